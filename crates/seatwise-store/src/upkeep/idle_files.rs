//! Setting and verification of a partner's price file and policy.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::AsArray as _;
use jiff::Timestamp;
use seatwise_types::extensions::{IdleFileKind, IdleWarning};
use seatwise_types::{CustomerId, PartnerId};

use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::query::idle::{IdleFileError, IdleInputs, IdleRules, Mentioned, Policy, Prices, check};
use crate::query::moment::Moment;
use crate::table::damage::damaged;
use crate::table::domains::is_damage;
use crate::table::names::IDLE;
use crate::table::session::query;
use crate::table::settle::until_first;
use crate::table::store::Store;
use crate::upkeep::erase::{Erase, Erased};
use crate::upkeep::finding::{Finding, Verified};
use crate::upkeep::remedy::Remedy;

/// The largest size of a file in bytes: enough for a hundred thousand prices of single customers.
const LARGEST_FILE: usize = 16 << 20;

/// The result of setting a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdleFileSet {
    /// When it came into force; `None` if it was only checked, or is already in force.
    pub recorded_at: Option<Timestamp>,
    /// Lines without effect, because they name nothing known. They take effect as soon as the name
    /// exists.
    pub warnings: Vec<IdleWarning>,
}

/// Why a file was not set.
#[derive(Debug, thiserror::Error)]
pub enum IdleFileSetError {
    /// The file is invalid. Nothing changed.
    #[error(transparent)]
    File(#[from] IdleFileError),
    /// The file is too large.
    #[error("the file has more than {} MiB", LARGEST_FILE >> 20)]
    TooLarge,
    /// The file is not UTF-8.
    #[error("the file is no text in UTF-8")]
    NoText,
    /// The data folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Sets the price file or the policy of a partner from now on. Answers as known at earlier
    /// instants keep the file that was in force then. Setting the same file again changes nothing.
    /// With `dry_run` the file is only checked.
    ///
    /// # Errors
    /// If a line is invalid, or names several products or customers; if the data folder cannot be
    /// read or written. Nothing changes then.
    pub async fn set_idle_file(
        &self,
        partner: PartnerId,
        kind: IdleFileKind,
        content: Vec<u8>,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<IdleFileSet, IdleFileSetError> {
        if content.len() > LARGEST_FILE {
            return Err(IdleFileSetError::TooLarge);
        }
        let text = String::from_utf8(content.clone()).map_err(|_| IdleFileSetError::NoText)?;
        let rules = match kind {
            IdleFileKind::Prices => IdleRules::of(Some(Prices::parse(text)?), None),
            IdleFileKind::Policy => IdleRules::of(None, Some(Policy::parse(text)?)),
        };
        let warnings = self.check_names(partner, kind, &rules).await?;
        if dry_run {
            return Ok(IdleFileSet {
                recorded_at: None,
                warnings,
            });
        }
        let lock = Arc::new(self.lock(partner, now).await?);
        let recorded_at = until_first(|| {
            let (content, lock) = (content.clone(), Arc::clone(&lock));
            async move {
                let next = self.next_instant(partner, now).await?;
                self.blocking("write to", move |store| {
                    let in_force = store.idle_file_at(partner, kind, None)?;
                    // A damaged one is replaced.
                    let is_same = in_force.and_then(|it| it.read().ok());
                    if is_same.is_some_and(|(before, _)| before == content) {
                        return Ok(None);
                    }
                    store.keep_idle_file(partner, kind, (content, next), &lock)?;
                    Ok(Some(next))
                })
                .await
            }
        })
        .await?;
        Ok(IdleFileSet {
            recorded_at,
            warnings,
        })
    }

    /// The lines of a file with unknown names.
    ///
    /// # Errors
    /// If a line names several products or customers.
    async fn check_names(
        &self,
        partner: PartnerId,
        kind: IdleFileKind,
        rules: &IdleRules,
    ) -> Result<Vec<IdleWarning>, IdleFileSetError> {
        let read = async |kind| {
            let newest = Moment::NEWEST;
            let snapshot = self.read_snapshot(partner, kind, newest, None, None).await;
            snapshot.map(Arc::new)
        };
        let facts = IdleInputs {
            deployment: read(Kind::Deployment).await?,
            usage: read(Kind::Usage).await?,
            before: None,
        };
        let warnings = check(&facts, rules);
        match warnings.wrong.is_empty() {
            true => Ok(warnings.unknown),
            false => Err(IdleFileError {
                file: kind,
                problems: warnings.wrong,
            }
            .into()),
        }
    }

    /// Erases a customer from all price files and policies that were ever set: its own prices, and
    /// its id and names in entries of policies. Comments and reasons stay. Call it before erasing
    /// the tables, which have the names. `None` if no file was set. With `dry_run` it only counts.
    ///
    /// # Errors
    /// If a file or a table cannot be read or written.
    pub async fn erase_from_idle_files(
        &self,
        partner: PartnerId,
        what: Erase,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<Option<Erased>, StoreError> {
        let Erase::Customer(customer) = what else {
            return Ok(None);
        };
        if self.idle_files(partner)?.is_empty() {
            return Ok(None);
        }
        let mentioned = Mentioned {
            id: customer,
            names: self.names_of(partner, customer).await?,
        };
        let lock = self.lock(partner, now).await?;
        if !dry_run {
            lock.excludes_others(&self.partner_folder(partner))?;
        }
        self.blocking("erase from", move |store| {
            let _lock = lock;
            let mut erased = Erased::default();
            for version in store.idle_files(partner)? {
                let (content, checksum) = version.read()?;
                let text = String::from_utf8_lossy(&content).into_owned();
                let without = match version.kind {
                    IdleFileKind::Prices => Prices::parse(text).map(|it| it.without(&mentioned)),
                    IdleFileKind::Policy => Policy::parse(text).map(|it| it.without(&mentioned)),
                };
                let path = &version.file.location;
                let (text, lines) = without
                    .map_err(|err| StoreError::from_cause("understand", path, Box::new(err)))?;
                erased.rows += lines;
                if lines > 0 && !dry_run {
                    let written = version.file.write(Some(checksum), text.into_bytes());
                    written.map_err(|err| StoreError::io("write to", path, err))?;
                }
            }
            Ok(Some(erased))
        })
        .await
    }

    /// All names that a customer ever had, in lower case.
    async fn names_of(
        &self,
        partner: PartnerId,
        customer: CustomerId,
    ) -> Result<HashSet<String>, StoreError> {
        let sql = format!(
            "select distinct customer_name from facts where customer_tenant_id = '{customer}'"
        );
        let mut names = HashSet::new();
        for kind in Kind::ALL {
            let Some(table) = self.table(partner, kind).await? else {
                continue;
            };
            let found = query(self.session(), &table, table.files.iter(), &sql).await;
            let found = found
                .map_err(|err| damaged(partner, kind, "read its names", &table.folder, err))?;
            for batch in &found {
                let texts = batch.column(0).as_string_view().iter().flatten();
                names.extend(texts.map(str::to_lowercase));
            }
        }
        Ok(names)
    }

    /// Reads the price files and policies that a partner ever set, and compares them with their
    /// checksums. `None` if none was set.
    ///
    /// # Errors
    /// If they cannot be listed or read. Damage is not an error, but part of the result.
    pub async fn verify_idle_files(
        &self,
        partner: PartnerId,
    ) -> Result<Option<Verified>, StoreError> {
        self.blocking("read from", move |store| {
            let versions = store.idle_files(partner)?;
            let mut verified = Verified::default();
            for version in &versions {
                verified.files += 1;
                match version.file.read() {
                    Ok(_) => {}
                    Err(err) if is_damage(&err) => {
                        let name = format!("{IDLE}/{}", version.name);
                        let remedy = Remedy::SetAgain;
                        verified.found(Finding::of_file(&name, err.to_string(), remedy));
                    }
                    Err(err) => return Err(StoreError::io("read", &version.file.location, err)),
                }
            }
            Ok((!versions.is_empty()).then_some(verified))
        })
        .await
    }
}
