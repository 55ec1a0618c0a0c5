//! The snapshots for answers about single customers, kept while they are used.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use moka::policy::EvictionPolicy;
use seatwise_store::{Axes, Kind, Moment, Reserved, Snapshot, Store, StoreError};
use seatwise_types::{ErrorCode, PartnerId};

use crate::duties::Duties;
use crate::plumbing::error::ApiError;
use crate::questions::Questions;

/// Unused snapshots are removed after this time.
const KEPT: Duration = Duration::from_mins(5);

/// The interval between checks for snapshots to remove.
const TIDIED_EVERY: Duration = Duration::from_secs(10);

/// The key of a snapshot. A table version never changes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    partner: PartnerId,
    kind: Kind,
    moment: Moment,
    version: Option<u64>,
    /// The history that the version belongs to.
    history: u64,
}

/// Reads each snapshot once for all requests. Snapshots take at most half of the query memory. The
/// least recently used are removed first, and those of an erased version at once.
pub(crate) struct SnapshotCache {
    store: Store,
    questions: Arc<Questions>,
    sets: Cache<Key, Arc<Snapshot>>,
}

impl SnapshotCache {
    /// `memory` is the counted part of the query memory, in bytes.
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

    /// The rows that count at a table version; `None` for the newest. Reading them counts as a
    /// query, which waits for its turn.
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
            // All rows were known at that instant, so this is the same snapshot.
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

    /// The snapshot of the last earlier version, if it is cached: the next one shares rows with it.
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

    /// Removes all snapshots: after a reset, another partner can have the same id and versions.
    pub(crate) async fn clear(&self) {
        clear(&self.sets).await;
    }

    /// Reserves query memory for an answer.
    pub(crate) fn reserve(&self, bytes: usize) -> Result<Reserved, ApiError> {
        let reserved = self.store.reserve(bytes);
        reserved.map_err(|err| self.failed(err, "cannot keep memory"))
    }

    /// The error if the store fails to answer. `what` describes the failed work.
    ///
    /// If memory was short, the cached snapshots are removed, so that the client can try again.
    pub(crate) fn failed(&self, err: StoreError, what: &'static str) -> ApiError {
        let is_kept = self.sets.iter().next().is_some();
        if is_kept && matches!(err, StoreError::Memory { .. }) {
            let sets = self.sets.clone();
            tokio::spawn(async move { clear(&sets).await });
        }
        self.questions.failed(err, what, is_kept)
    }

    /// Removes expired snapshots in an interval, until the future is dropped.
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

    /// Removes expired and erased snapshots.
    pub(crate) async fn tidy(&self) {
        for (key, _) in &self.sets {
            if self.is_gone(&key) {
                self.sets.invalidate(&*key).await;
            }
        }
        self.sets.run_pending_tasks().await;
    }

    /// Whether the version can no longer be read. An erasure by any process ends all earlier
    /// versions, and nothing that was read from them may be answered any more.
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

    struct TestStore {
        _folder: tempfile::TempDir,
        store: Store,
        partner: PartnerId,
        cache: SnapshotCache,
    }

    fn noon() -> jiff::Timestamp {
        "2026-06-01T12:00:00Z".parse().unwrap()
    }

    async fn test() -> TestStore {
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
        TestStore {
            _folder: folder,
            store,
            partner,
            cache,
        }
    }

    #[tokio::test]
    async fn rows_of_a_version_that_was_erased_leave_memory_without_a_request() {
        let test = test().await;
        let read = async || {
            let (partner, moment) = (test.partner, Moment::NEWEST);
            let snapshot = test.cache.at(partner, Kind::Deployment, moment, None);
            snapshot.await.unwrap().len()
        };
        assert_eq!(read().await, 1);
        test.cache.tidy().await;
        assert!(test.store.memory_in_use() > 0);
        let elsewhere = Store::open(test.store.work_dir()).unwrap();
        let customer = "0a000000-0000-4000-8000-000000000001".parse().unwrap();
        let what = seatwise_store::Erase::Customer(customer);
        let erased = elsewhere.erase(test.partner, Kind::Deployment, what, noon(), false);
        assert_eq!(erased.await.unwrap().unwrap().rows, 1);
        test.cache.tidy().await;
        assert_eq!(test.store.memory_in_use(), 0);
        assert_eq!(read().await, 0);
    }

    #[tokio::test]
    async fn an_instant_at_which_all_was_known_is_read_once_with_today() {
        let TestStore {
            _folder,
            store,
            partner,
            cache,
        } = test().await;
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
