//! Made-up partners that are added to and removed from a running server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{io, mem};

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use seatwise_store::Store;
use seatwise_store::import::{Files, ImportOptions, Input, Progress, Receipt, import};
use seatwise_types::PartnerId;
use seatwise_types::extensions::ImportWay;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::times::day;

/// The parameters of a made-up partner, which determine every byte.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PortfolioRecipe {
    /// Another seed makes another partner.
    pub seed: u64,
    /// The number of customers. Default: 250.
    #[serde(default = "default_customers")]
    pub customers: u32,
    /// The number of days of history. Default: 90.
    #[serde(default = "default_days")]
    pub days: u16,
    /// The last day of the history. Default: that of the demo, 2026-10-31.
    #[serde(default = "default_last_day", deserialize_with = "day")]
    pub last_day: Date,
}

fn default_customers() -> u32 {
    250
}

fn default_days() -> u16 {
    90
}

fn default_last_day() -> Date {
    jiff::civil::date(2026, 10, 31)
}

/// Writes the files of a made-up partner to a folder. Returns the partner's id, and the files in
/// the order of import.
pub type MakePortfolio =
    Arc<dyn Fn(PortfolioRecipe, &Path) -> io::Result<(PartnerId, Vec<PathBuf>)> + Send + Sync>;

/// The largest portfolio: a larger one would exceed the time of a request.
const MOST_CUSTOMER_DAYS: u64 = 100_000;

impl PortfolioRecipe {
    /// The problem with the recipe at this time, if there is one.
    pub(crate) fn fault(&self, now: Timestamp) -> Option<String> {
        let customer_days = u64::from(self.customers) * u64::from(self.days);
        if customer_days == 0 {
            return Some("`customers` and `days` begin with 1".to_owned());
        }
        if customer_days > MOST_CUSTOMER_DAYS {
            return Some(format!(
                "`customers` times `days` is more than {MOST_CUSTOMER_DAYS}"
            ));
        }
        let latest = Self::latest_last_day(now);
        (self.last_day > latest).then(|| format!("`lastDay` is later than {latest}"))
    }

    /// The latest allowed last day, which is tomorrow: an import rejects rows further in the
    /// future.
    pub fn latest_last_day(now: Timestamp) -> Date {
        let today = now.to_zoned(TimeZone::UTC).date();
        today.tomorrow().unwrap_or(today)
    }
}

/// A made-up partner that was imported.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Loaded {
    pub(crate) partner: PartnerId,
    pub(crate) receipt: Receipt,
}

/// Why a partner was not added.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The partner exists with another recipe, and histories must not mix.
    #[error(
        "partner {0} was made up with other numbers already: take another `seed`, or have all that \
         was made up removed with POST /emulator/reset"
    )]
    Loaded(PartnerId),
    /// The partner existed before the start, and a reset does not remove it.
    #[error("partner {0} has a history already, which a reset leaves alone: take another `seed`")]
    Taken(PartnerId),
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// The partners that were added since the start.
pub(crate) struct Portfolios {
    make: MakePortfolio,
    /// Locked while a partner is added, or all are removed.
    loaded: Mutex<BTreeMap<PartnerId, (PortfolioRecipe, Receipt)>>,
}

impl Portfolios {
    pub(crate) fn new(make: MakePortfolio) -> Self {
        Self {
            make,
            loaded: Mutex::default(),
        }
    }

    /// Adds the partner of this recipe, unless it exists already.
    pub(crate) async fn load(
        &self,
        store: &Store,
        recipe: PortfolioRecipe,
        now: Timestamp,
    ) -> Result<Loaded, LoadError> {
        let mut loaded = self.loaded.lock().await;
        let mut known = loaded.iter().filter(|(_, (known, _))| *known == recipe);
        if let Some((partner, (_, receipt))) = known.next() {
            return Ok(Loaded {
                partner: *partner,
                receipt: receipt.clone(),
            });
        }
        let folder = tempfile::tempdir().context("cannot make a folder for the portfolio")?;
        let (partner, files) = self.make(recipe, folder.path()).await?;
        let partners = store.partners().map_err(anyhow::Error::from)?;
        if loaded.contains_key(&partner) {
            return Err(LoadError::Loaded(partner));
        }
        if partners.contains(&partner) {
            return Err(LoadError::Taken(partner));
        }
        // Recorded before the import, so that a failed import is removed too.
        loaded.insert(partner, (recipe, Receipt::default()));
        let options = ImportOptions {
            way: ImportWay::Request,
            // The portfolio restates some days.
            files: Files::Versions,
            ..ImportOptions::new(partner)
        };
        let inputs = files.into_iter().map(Input::File).collect();
        let progress = Arc::new(Progress::default());
        let imported = import(store, &options, inputs, now, progress).await;
        match imported {
            Ok(receipt) => {
                loaded.insert(partner, (recipe, receipt.clone()));
                Ok(Loaded { partner, receipt })
            }
            Err(err) => {
                let forgotten = store.remove_partner(partner, now).await;
                forgotten.map_err(anyhow::Error::from)?;
                loaded.remove(&partner);
                Err(anyhow!(err).context("cannot import the portfolio").into())
            }
        }
    }

    /// Removes all added partners, and returns them.
    pub(crate) async fn unload(
        &self,
        store: &Store,
        now: Timestamp,
    ) -> anyhow::Result<Vec<PartnerId>> {
        let mut loaded = self.loaded.lock().await;
        for partner in loaded.keys() {
            store.remove_partner(*partner, now).await?;
        }
        Ok(mem::take(&mut *loaded).into_keys().collect())
    }

    async fn make(
        &self,
        recipe: PortfolioRecipe,
        folder: &Path,
    ) -> anyhow::Result<(PartnerId, Vec<PathBuf>)> {
        let (make, folder) = (Arc::clone(&self.make), folder.to_owned());
        let made = spawn_blocking(move || make(recipe, &folder)).await;
        made.context("making the portfolio panicked")?
            .context("cannot make the portfolio")
    }
}
