//! The rows that answers about single customers are made of, kept as long as they are asked for.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::anyhow;
use http::StatusCode;
use seatwise_store::{Axes, Facts, Kind, Moment, Store, StoreError};
use seatwise_types::{ErrorCode, PartnerId};
use tokio::sync::OnceCell;

use crate::error::ApiError;

/// How many sets of rows are kept, and how many rows all of them may have: 88 bytes each, and
/// their texts.
const MOST_SETS: usize = 16;
const MOST_ROWS: usize = 4 << 20;

/// What a set of rows is read by. A version that is named never changes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    partner: PartnerId,
    kind: Kind,
    moment: Moment,
    version: Option<u64>,
}

type Cell = Arc<OnceCell<Arc<Facts>>>;

/// Reads rows once for all requests that want the same, and forgets those that were asked for
/// longest ago.
pub(crate) struct FactsCache {
    store: Store,
    /// The last one is the one that was asked for last.
    sets: Mutex<Vec<(Key, Cell)>>,
}

impl FactsCache {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            sets: Mutex::default(),
        }
    }

    /// The rows that count at a version of the table, at its newest one if none is given.
    pub(crate) async fn at(
        &self,
        partner: PartnerId,
        kind: Kind,
        moment: Moment,
        version: Option<u64>,
    ) -> Result<Arc<Facts>, ApiError> {
        let newest = self.store.table_version(partner, kind).await;
        let newest = newest.map_err(unreadable)?;
        let version = version.or(newest.map(|newest| newest.number));
        let moment = match (moment, newest) {
            // All of it was known then, so this is the same set of rows under another name.
            (
                Moment::At(Axes {
                    as_of,
                    known_at: Some(known_at),
                }),
                Some(newest),
            ) if version == Some(newest.number) && newest.is_known_at(known_at) => {
                Moment::At(Axes {
                    as_of,
                    known_at: None,
                })
            }
            _ => moment,
        };
        let key = Key {
            partner,
            kind,
            moment,
            version,
        };
        let cell = self.cell(key);
        let read = async || {
            let facts = self.store.facts(partner, kind, moment, version).await;
            facts.map(Arc::new)
        };
        let facts = cell.get_or_try_init(read).await.map_err(unreadable)?;
        Ok(Arc::clone(facts))
    }

    /// Forgets all rows: a partner may be another one now, with the same versions.
    pub(crate) fn clear(&self) {
        self.sets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn cell(&self, key: Key) -> Cell {
        // The list is whole between two statements, whatever happened to the thread that held it.
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = match sets.iter().position(|(known, _)| *known == key) {
            Some(at) => sets.remove(at).1,
            None => Cell::default(),
        };
        let rows = |sets: &[(Key, Cell)]| -> usize {
            let read = sets.iter().filter_map(|(_, cell)| cell.get());
            read.map(|facts| facts.len()).sum()
        };
        while sets.len() >= MOST_SETS || (!sets.is_empty() && rows(&sets) > MOST_ROWS) {
            sets.remove(0);
        }
        sets.push((key, Arc::clone(&cell)));
        cell
    }
}

fn unreadable(err: StoreError) -> ApiError {
    match err {
        StoreError::NoVersion { .. } => ApiError::new(
            ErrorCode::InvalidProperty,
            "the page belongs to a list that is gone: begin again with its first page",
        ),
        err => {
            let cause = anyhow!(err).context("cannot read the rows of a partner");
            ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause)
        }
    }
}

#[cfg(test)]
mod tests {
    use seatwise_store::import::{ImportOptions, Input, Progress, import};

    use super::*;

    const ROWS: &str = "processedDateTime,serviceCode,channel,customerTenantId,customerName,\
        productName,licensesDeployed,licensesSold\n\
        2026-05-01,o365,reseller,0a000000-0000-4000-8000-000000000001,Northwind,E3,1,2\n";

    #[tokio::test]
    async fn an_instant_at_which_all_was_known_is_read_once_with_today() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
        let file = folder.path().join("rows.csv");
        std::fs::write(&file, ROWS).unwrap();
        let noon: jiff::Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        let (options, inputs) = (ImportOptions::new(partner), vec![Input::File(file)]);
        let progress = Arc::new(Progress::default());
        let imported = import(&store, &options, inputs, noon, progress).await;
        imported.unwrap();
        let cache = FactsCache::new(store.clone());
        let at = async |seconds: i64| {
            let instant = noon + jiff::SignedDuration::from_secs(seconds);
            let known_at = store.settle(partner, instant, instant).await.unwrap();
            let axes = Axes {
                as_of: None,
                known_at: Some(known_at),
            };
            let facts = cache.at(partner, Kind::Deployment, Moment::At(axes), None);
            facts.await.unwrap()
        };
        let today = cache.at(partner, Kind::Deployment, Moment::NEWEST, None);
        let today = today.await.unwrap();
        assert!(Arc::ptr_eq(&today, &at(0).await));
        assert!(Arc::ptr_eq(&today, &at(3600).await));
        let before = at(-1).await;
        assert_eq!((today.len(), before.len()), (1, 0));
    }
}
