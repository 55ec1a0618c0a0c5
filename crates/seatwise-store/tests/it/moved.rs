//! A store that moves from a folder to object storage, and back.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use object_store::ObjectStore;
use object_store::memory::InMemory;
use seatwise_store::{Axes, DataFolder, Kind, KnownAt, ObjectStorage, Store, StoreError};
use seatwise_types::extensions::IdleFileKind;

use crate::axes::answer;
use crate::test_store::{TestStore, exchange, partner};

const PRICES: &str = "product,currency,pricePerSeatMonth,validFrom\nE3,EUR,10,2026-01-01\n";

fn minute(minute: i64) -> Timestamp {
    let start: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minute)
}

fn storage(objects: &Arc<InMemory>, path: &str, work_dir: &Path) -> DataFolder {
    fs::create_dir_all(work_dir).unwrap();
    let url = format!("memory://bucket/{path}").parse().unwrap();
    let objects = Arc::clone(objects) as Arc<dyn ObjectStore>;
    DataFolder::from(&ObjectStorage::new(objects, url, work_dir).unwrap())
}

async fn import(test: &mut TestStore, rows: &str, at: Timestamp) {
    let header = crate::test_store::USAGE_HEADER;
    let file = test.file("usage.csv", format!("{header}\n{rows}"));
    test.import_at(vec![file], at).await.unwrap();
}

/// Nine imports, domains, prices, compacted versions, the state of a collector, and an instant that
/// was settled after all of them.
async fn lived_in() -> TestStore {
    let mut test = TestStore::new();
    for number in 0..9 {
        let day = format!("2026-05-{:02}", number / 3 + 1);
        let rows = exchange(&day, number % 4, number, 40);
        import(&mut test, &rows, minute(number.into())).await;
    }
    let prices = PRICES.into();
    let set = test
        .store
        .set_idle_file(partner(), IdleFileKind::Prices, prices, minute(10), false);
    set.await.unwrap();
    let keep = SignedDuration::ZERO;
    let compacted = test.store.compact(partner(), Kind::Usage, keep, minute(11));
    compacted.await.unwrap();
    let collections = test.store.work_dir().join("collections/a");
    fs::create_dir_all(&collections).unwrap();
    fs::write(collections.join("progress"), "customers").unwrap();
    settled(&test.store, 20).await;
    test
}

async fn settled(store: &Store, at: i64) -> KnownAt {
    let settled = store.settle(partner(), minute(at), minute(30)).await;
    settled.unwrap()
}

/// All that a store says: answers as known at several instants, prices, and what is damaged.
async fn all(store: &Store) -> Vec<String> {
    let mut said = vec![answer(store, Axes::default()).await];
    for at in [0, 4, 8, 20] {
        let known_at = Some(settled(store, at).await);
        said.push(
            answer(
                store,
                Axes {
                    as_of: None,
                    known_at,
                },
            )
            .await,
        );
    }
    let prices = store.kept_idle_file(partner(), IdleFileKind::Prices).await;
    let prices = prices.unwrap().expect("a price file");
    said.push(format!("{} {:?}", prices.recorded_at, prices.text));
    let verified = store.verify(partner(), Kind::Usage).await.unwrap().unwrap();
    assert_eq!(verified.damages, 0, "{:?}", verified.findings);
    said.push(format!("{} {}", verified.rows, verified.deliveries));
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_moves_to_object_storage_and_back_with_all_that_it_says() {
    let test = lived_in().await;
    let objects = Arc::new(InMemory::new());
    let work = test.folder.path().join("work");
    let at = storage(&objects, "licences", &work);
    test.store.backup(&at).await.unwrap();
    let moved = Store::open(&at).unwrap();
    assert_eq!(all(&moved).await, all(&test.store).await);
    let progress = fs::read_to_string(work.join("collections/a/progress"));
    assert_eq!(progress.unwrap(), "customers");
    let names = objects
        .list(None)
        .map(|it| it.unwrap().location.to_string());
    let names: Vec<String> = names.collect().await;
    let stays = |name: &String| name.ends_with("settled-at") || name.contains("collections");
    assert!(!names.iter().any(stays), "{names:?}");
    // And back.
    let back = test.folder.path().join("back");
    moved.backup(&back).await.unwrap();
    let back = Store::open(&back).unwrap();
    assert_eq!(all(&back).await, all(&test.store).await);
    let progress = back.work_dir().join("collections/a/progress");
    assert_eq!(fs::read_to_string(progress).unwrap(), "customers");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_a_move_stays() {
    let mut test = lived_in().await;
    let objects = Arc::new(InMemory::new());
    let at = storage(&objects, "licences", &test.folder.path().join("work"));
    test.store.backup(&at).await.unwrap();
    let known_at = Some(settled(&test.store, 20).await);
    let axes = Axes {
        as_of: None,
        known_at,
    };
    let before = answer(&test.store, axes).await;
    // The clock of the new computer is behind.
    test.store = Store::open(&at).unwrap();
    import(&mut test, &exchange("2026-05-20", 1, 9, 90), minute(15)).await;
    assert_eq!(answer(&test.store, axes).await, before);
    let now = answer(&test.store, Axes::default()).await;
    assert_ne!(now, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_to_a_place_that_is_not_empty_changes_nothing() {
    let test = lived_in().await;
    let objects = Arc::new(InMemory::new());
    let work = test.folder.path().join("work");
    let at = storage(&objects, "licences", &work);
    test.store.backup(&at).await.unwrap();
    let again = test.store.backup(&at).await;
    assert!(
        matches!(again, Err(StoreError::Occupied { .. })),
        "{again:?}"
    );
    // Other storage, with the state of collectors of this one.
    let other = storage(&objects, "other", &work);
    let refused = test.store.backup(&other).await;
    assert!(matches!(&refused, Err(StoreError::Occupied { found, .. }) if found == "collections"));
    let moved = Store::open(&at).unwrap();
    let within = storage(&objects, "licences/copy", &test.folder.path().join("more"));
    let refused = moved.backup(&within).await;
    assert!(
        matches!(refused, Err(StoreError::Within { .. })),
        "{refused:?}"
    );
    assert_eq!(all(&moved).await, all(&test.store).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_storage_is_opened_by_what_fills_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Arc::new(InMemory::new());
    let at = storage(&objects, "licences", folder.path());
    for opened in [Store::open(&at), Store::open_to_read(&at)] {
        let err = opened.unwrap_err();
        assert!(matches!(err, StoreError::EmptyFolder { .. }), "{err}");
        assert_eq!(err.to_string(), "`memory://bucket/licences` is empty");
    }
    assert_eq!(objects.list(None).count().await, 0);
    Store::create(&at).unwrap();
    Store::open(&at).unwrap();
    let store = Store::open_to_read(&at).unwrap();
    assert_eq!(store.place(), "memory://bucket/licences");
}
