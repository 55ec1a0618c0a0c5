//! The price file and the policy in force.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;
use jiff::civil::Date;
use parking_lot::Mutex;
use seatwise_types::PartnerId;
use seatwise_types::extensions::{IdleFile, IdleFileKind};

use super::inputs::{IdleInputs, new_since};
use super::policy::{Policy, PolicyBook};
use super::price_book::PriceBook;
use super::prices::Prices;
use super::problems::IdleFileError;
use super::products::Products;
use super::selector::{Names, Warnings};
use crate::model::axes::KnownAt;
use crate::model::error::StoreError;
use crate::query::snapshot::Snapshot;
use crate::table::checksum::Checksum;
use crate::table::store::Store;

/// The inputs of idle seats besides rows: a partner's prices and policy in force at an instant.
#[derive(Clone, Default)]
pub struct IdleRules {
    prices: Option<Arc<Kept<Prices>>>,
    policy: Option<Arc<Kept<Policy>>>,
    default: Arc<Policy>,
}

/// A file that was set, and its parsed content.
struct Kept<T> {
    recorded_at: Timestamp,
    checksum: Checksum,
    content: T,
}

/// A file that was set, with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptIdleFile {
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Its text.
    pub text: String,
}

/// Why the prices and the policy of a partner are unavailable. Without them, no figures are
/// calculated.
#[derive(Debug, thiserror::Error)]
pub enum IdleRulesError {
    /// A file cannot be read, or differs from what was written.
    #[error("the file of {kind} that was set at {recorded_at} cannot be read")]
    Unreadable {
        /// The file.
        kind: IdleFileKind,
        /// When it was recorded.
        recorded_at: Timestamp,
        /// The cause.
        #[source]
        source: StoreError,
    },
    /// A file is invalid: a newer version of Seatwise may have written it.
    #[error("the file of {} that was set at {recorded_at} is not understood", source.file)]
    NotUnderstood {
        /// When it was recorded.
        recorded_at: Timestamp,
        /// The cause.
        #[source]
        source: IdleFileError,
    },
    /// The data folder cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IdleRulesError {
    /// A hint on how to fix it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unreadable { kind, .. } => Some(match kind {
                IdleFileKind::Prices => {
                    "restore it from a backup, or set the prices again with `seatwise idle prices set`"
                }
                IdleFileKind::Policy => {
                    "restore it from a backup, or set the policy again with `seatwise idle policy set`"
                }
            }),
            Self::NotUnderstood { .. } => Some("use the version of seatwise that set it"),
            Self::Store(err) => err.hint(),
        }
    }
}

/// The files read last, so that unchanged ones are not read again.
#[derive(Default)]
struct Cache {
    prices: Files<Prices>,
    policies: Files<Policy>,
}

type Files<T> = Mutex<HashMap<PartnerId, Arc<Kept<T>>, RandomState>>;

impl IdleRules {
    /// Rules without a store, to try files.
    pub fn of(prices: Option<Prices>, policy: Option<Policy>) -> Self {
        fn kept<T>(content: T) -> Arc<Kept<T>> {
            Arc::new(Kept {
                recorded_at: Timestamp::UNIX_EPOCH,
                checksum: Checksum::of(b""),
                content,
            })
        }
        Self {
            prices: prices.map(kept),
            policy: policy.map(kept),
            default: Arc::default(),
        }
    }

    /// When the last of the files was recorded; `None` if there are no files.
    pub fn recorded_at(&self) -> Option<Timestamp> {
        let prices = self.prices.as_ref().map(|it| it.recorded_at);
        prices.max(self.policy.as_ref().map(|it| it.recorded_at))
    }

    /// The price file in force, as shown in answers.
    pub fn prices(&self) -> Option<IdleFile> {
        self.prices.as_deref().map(Kept::named)
    }

    /// The policy in force, as shown in answers.
    pub fn policy(&self) -> Option<IdleFile> {
        self.policy.as_deref().map(Kept::named)
    }

    /// The day as of which seats of deployment are not new; `None` if no seat counts as new, or
    /// without deliveries.
    pub fn new_since(&self, deployment: &Snapshot) -> Option<Date> {
        new_since(deployment, self.in_force().new_days)
    }

    fn in_force(&self) -> &Policy {
        self.policy
            .as_ref()
            .map_or(&*self.default, |it| &it.content)
    }

    /// The products and customers that both files name.
    pub(super) fn names(&self, facts: &IdleInputs, products: &Products<'_>) -> Names {
        let prices = self.prices.iter().flat_map(|it| it.content.selectors());
        let selectors = prices.chain(self.in_force().selectors());
        Names::of(facts, products, selectors)
    }

    /// Prices and policy, indexed by products and customers, and the lines of both without effect.
    pub(super) fn books<'a>(&'a self, names: &Names) -> (PriceBook<'a>, PolicyBook<'a>, Warnings) {
        let mut warnings = Warnings::default();
        let prices = match &self.prices {
            None => PriceBook::default(),
            Some(prices) => PriceBook::new(&prices.content, names, &mut warnings),
        };
        let policy = PolicyBook::new(self.in_force(), names, &mut warnings);
        (prices, policy, warnings)
    }
}

impl<T> Kept<T> {
    fn named(&self) -> IdleFile {
        IdleFile {
            recorded_at: self.recorded_at,
            sha256: self.checksum.to_string(),
        }
    }
}

impl Store {
    /// The prices and the policy of a partner in force at an instant; `None` is now. Unchanged
    /// files are not read again. Prices are left out unless `with_prices`.
    ///
    /// # Errors
    /// If a file cannot be read, is damaged, or is invalid: without it, figures would be wrong.
    pub async fn idle_rules(
        &self,
        partner: PartnerId,
        known_at: Option<KnownAt>,
        with_prices: bool,
    ) -> Result<IdleRules, IdleRulesError> {
        let known_at = known_at.map(KnownAt::timestamp);
        self.blocking("read from", move |store| {
            let cache = store.extension::<Cache>();
            let prices = || {
                store.kept(
                    partner,
                    IdleFileKind::Prices,
                    known_at,
                    &cache.prices,
                    Prices::parse,
                )
            };
            let prices = with_prices.then(prices).transpose()?;
            let policies = &cache.policies;
            let policy = store.kept(
                partner,
                IdleFileKind::Policy,
                known_at,
                policies,
                Policy::parse,
            )?;
            Ok(IdleRules {
                prices: prices.flatten(),
                policy,
                default: Arc::default(),
            })
        })
        .await
    }

    /// The price file or policy in force, as written; `None` if none is set.
    ///
    /// # Errors
    /// As [`idle_rules`](Self::idle_rules).
    pub async fn kept_idle_file(
        &self,
        partner: PartnerId,
        kind: IdleFileKind,
    ) -> Result<Option<KeptIdleFile>, IdleRulesError> {
        self.blocking("read from", move |store| {
            let Some(version) = store.idle_file_at(partner, kind, None)? else {
                return Ok(None);
            };
            let recorded_at = version.recorded_at;
            let read = version.read().map_err(|source| IdleRulesError::Unreadable {
                kind,
                recorded_at,
                source,
            });
            let (content, _) = read?;
            Ok(Some(KeptIdleFile {
                recorded_at,
                text: String::from_utf8_lossy(&content).into_owned(),
            }))
        })
        .await
    }

    fn kept<T>(
        &self,
        partner: PartnerId,
        kind: IdleFileKind,
        known_at: Option<Timestamp>,
        cache: &Files<T>,
        parse: fn(String) -> Result<T, IdleFileError>,
    ) -> Result<Option<Arc<Kept<T>>>, IdleRulesError> {
        let Some(version) = self.idle_file_at(partner, kind, known_at)? else {
            return Ok(None);
        };
        let recorded_at = version.recorded_at;
        let unreadable = |source| IdleRulesError::Unreadable {
            kind,
            recorded_at,
            source,
        };
        let known = cache.lock().get(&partner).cloned();
        if let Some(known) = known.filter(|it| it.recorded_at == recorded_at)
            && version.is(known.checksum).map_err(unreadable)?
        {
            return Ok(Some(known));
        }
        let (content, checksum) = version.read().map_err(unreadable)?;
        let text = String::from_utf8_lossy(&content).into_owned();
        let content = parse(text).map_err(|source| IdleRulesError::NotUnderstood {
            recorded_at,
            source,
        })?;
        let kept = Arc::new(Kept {
            recorded_at,
            checksum,
            content,
        });
        cache.lock().insert(partner, Arc::clone(&kept));
        Ok(Some(kept))
    }
}
