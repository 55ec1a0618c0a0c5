//! The rows that answers about single customers are made of, kept as long as they are asked for.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use moka::policy::EvictionPolicy;
use seatwise_store::{Axes, Kind, Moment, Snapshot, Store, StoreError};
use seatwise_types::{ErrorCode, PartnerId};

use crate::Duties;
use crate::error::ApiError;
use crate::questions::Questions;

/// Rows that are not asked for go after this time.
const KEPT: Duration = Duration::from_mins(5);

/// How often it is looked for rows that are to go.
const TIDIED_EVERY: Duration = Duration::from_secs(10);

/// What a set of rows is read by. A version that is named never changes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    partner: PartnerId,
    kind: Kind,
    moment: Moment,
    version: Option<u64>,
    /// The history that the version is of.
    history: u64,
}

/// Reads rows once for all requests that want the same. They may take half of the memory of
/// questions; those that were asked for longest ago go first, and those of a version that was erased
/// at once.
pub(crate) struct SnapshotCache {
    store: Store,
    questions: Arc<Questions>,
    sets: Cache<Key, Arc<Snapshot>>,
}

impl SnapshotCache {
    /// `memory` is what of that of questions is counted, in bytes.
    pub(crate) fn new(store: Store, questions: Arc<Questions>, memory: u64) -> Self {
        let kibibytes = |bytes: usize| u32::try_from(bytes >> 10).unwrap_or(u32::MAX);
        Self {
            store,
            questions,
            sets: Cache::builder()
                .max_capacity(memory >> 11)
                .weigher(move |_, snapshot: &Arc<Snapshot>| kibibytes(snapshot.bytes()).max(1))
                .eviction_policy(EvictionPolicy::lru())
                .time_to_idle(KEPT)
                .build(),
        }
    }

    /// The rows that count at a version of the table, at its newest one if none is given. If they
    /// have to be read, that is a question and has to wait for its turn.
    pub(crate) async fn at(
        &self,
        partner: PartnerId,
        kind: Kind,
        moment: Moment,
        version: Option<u64>,
    ) -> Result<Arc<Snapshot>, ApiError> {
        let newest = self.store.table_version(partner, kind).await;
        let newest = newest.map_err(|err| self.unreadable(err))?;
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
            history: newest.map_or(0, |newest| newest.history),
        };
        if self.is_gone(&key) {
            self.sets.invalidate(&key).await;
        }
        let read = async {
            let _turn = self.questions.turn(partner).await?;
            let before = self.before(&key);
            let snapshot = self
                .store
                .read_snapshot(partner, kind, moment, version, before);
            let snapshot = snapshot.await.map(Arc::new);
            snapshot.map_err(|err| self.unreadable(err))
        };
        let snapshot = self.sets.try_get_with(key, read).await;
        snapshot.map_err(Arc::unwrap_or_clone)
    }

    /// The snapshot of the last version before, if it is there: the next one shares rows with it.
    fn before(&self, key: &Key) -> Option<Arc<Snapshot>> {
        let sets = self.sets.iter();
        let earlier = sets.filter(|(it, _)| {
            (it.partner, it.kind, it.moment, it.history)
                == (key.partner, key.kind, key.moment, key.history)
                && it.version < key.version
        });
        let last = earlier.max_by_key(|(it, _)| it.version)?;
        Some(last.1)
    }

    /// Forgets all rows: a partner may be another one now, with the same versions.
    pub(crate) async fn clear(&self) {
        clear(&self.sets).await;
    }

    /// The error where the store did not answer a question. `what` is what could not be done.
    ///
    /// Rows that are kept for later must not stand in the way of a question: if there was not enough
    /// memory for it they go, and it may be asked again.
    pub(crate) fn failed(&self, err: StoreError, what: &'static str) -> ApiError {
        let is_kept = self.sets.iter().next().is_some();
        if is_kept && matches!(err, StoreError::Memory { .. }) {
            let sets = self.sets.clone();
            tokio::spawn(async move { clear(&sets).await });
        }
        self.questions.failed(err, what, is_kept)
    }

    /// Lets rows go when their time is over, also without any request, until the future is dropped.
    pub(crate) async fn keep_tidy(self: Arc<Self>, duties: &Duties) -> Infallible {
        let round = || {
            let cache = Arc::clone(&self);
            async move {
                cache.tidy().await;
                Ok(TIDIED_EVERY)
            }
        };
        duties.keep_on("tidying", TIDIED_EVERY, round).await
    }

    /// Lets rows go whose time is over, and those that were erased.
    pub(crate) async fn tidy(&self) {
        for (key, _) in &self.sets {
            if self.is_gone(&key) {
                self.sets.invalidate(&*key).await;
            }
        }
        self.sets.run_pending_tasks().await;
    }

    /// Whether the version cannot be read any more. An erasure ends all versions before it, whichever
    /// process made it, and no answer may be made any more of what was read of them.
    fn is_gone(&self, key: &Key) -> bool {
        key.version
            .is_some_and(|version| !self.store.has_version(key.partner, key.kind, version))
    }

    fn unreadable(&self, err: StoreError) -> ApiError {
        match err {
            StoreError::NoVersion { .. } => ApiError::new(
                ErrorCode::InvalidProperty,
                "the page belongs to a list that is gone: begin again with its first page",
            ),
            err => self.failed(err, "cannot read the rows of a partner"),
        }
    }
}

async fn clear(sets: &Cache<Key, Arc<Snapshot>>) {
    sets.invalidate_all();
    sets.run_pending_tasks().await;
}

#[cfg(test)]
mod tests {
    use seatwise_store::import::{ImportOptions, Input, Progress, import};

    use super::*;

    const ROWS: &str = "processedDateTime,serviceCode,channel,customerTenantId,customerName,\
        productName,licensesDeployed,licensesSold\n\
        2026-05-01,o365,reseller,0a000000-0000-4000-8000-000000000001,Northwind,E3,1,2\n";

    struct House {
        _folder: tempfile::TempDir,
        store: Store,
        partner: PartnerId,
        cache: SnapshotCache,
    }

    fn noon() -> jiff::Timestamp {
        "2026-06-01T12:00:00Z".parse().unwrap()
    }

    async fn house() -> House {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
        let file = folder.path().join("rows.csv");
        std::fs::write(&file, ROWS).unwrap();
        let (options, inputs) = (ImportOptions::new(partner), vec![Input::File(file)]);
        let progress = Arc::new(Progress::default());
        let imported = import(&store, &options, inputs, noon(), progress).await;
        imported.unwrap();
        let limits = crate::Limits::default();
        let questions = Arc::new(Questions::new(&limits));
        let cache = SnapshotCache::new(store.clone(), questions, limits.counted_memory());
        House {
            _folder: folder,
            store,
            partner,
            cache,
        }
    }

    #[tokio::test]
    async fn rows_of_a_version_that_was_erased_leave_memory_without_a_request() {
        let house = house().await;
        let read = async || {
            let (partner, moment) = (house.partner, Moment::NEWEST);
            let snapshot = house.cache.at(partner, Kind::Deployment, moment, None);
            snapshot.await.unwrap().len()
        };
        assert_eq!(read().await, 1);
        house.cache.tidy().await;
        assert!(house.store.memory_in_use() > 0);
        let elsewhere = Store::open(house.store.path()).unwrap();
        let customer = "0a000000-0000-4000-8000-000000000001".parse().unwrap();
        let what = seatwise_store::Erase::Customer(customer);
        let erased = elsewhere.erase(house.partner, Kind::Deployment, what, noon(), false);
        assert_eq!(erased.await.unwrap().unwrap().rows, 1);
        house.cache.tidy().await;
        assert_eq!(house.store.memory_in_use(), 0);
        assert_eq!(read().await, 0);
    }

    #[tokio::test]
    async fn an_instant_at_which_all_was_known_is_read_once_with_today() {
        let House {
            _folder,
            store,
            partner,
            cache,
        } = house().await;
        let noon = noon();
        let at = async |seconds: i64| {
            let instant = noon + jiff::SignedDuration::from_secs(seconds);
            let known_at = store.settle(partner, instant, instant).await.unwrap();
            let axes = Axes {
                as_of: None,
                known_at: Some(known_at),
            };
            let snapshot = cache.at(partner, Kind::Deployment, Moment::At(axes), None);
            snapshot.await.unwrap()
        };
        let today = cache.at(partner, Kind::Deployment, Moment::NEWEST, None);
        let today = today.await.unwrap();
        assert!(Arc::ptr_eq(&today, &at(0).await));
        assert!(Arc::ptr_eq(&today, &at(3600).await));
        let before = at(-1).await;
        assert_eq!((today.len(), before.len()), (1, 0));
    }
}
