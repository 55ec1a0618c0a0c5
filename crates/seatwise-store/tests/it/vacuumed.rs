//! Replaced files are removed: on request, and by imports after a week.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use seatwise_store::{KEPT, Kind};

use crate::compacted::written_on;
use crate::test_store::{TestStore, exchange, partner};
use crate::upkeep::{data_files, table, verified};

/// A store after this many small imports, one day each.
async fn after_imports(count: u32) -> TestStore {
    let mut test = TestStore::new();
    import_more(&mut test, 1..=count).await;
    test
}

async fn import_more(test: &mut TestStore, numbers: std::ops::RangeInclusive<u32>) {
    for number in numbers {
        let rows = exchange("2026-05-01", number, 1, 10);
        test.usage(&rows).await.unwrap();
    }
}

fn log_files(test: &TestStore) -> usize {
    let log = table(&test.store).join("_delta_log");
    fs::read_dir(log).unwrap().count()
}

async fn compacted(
    test: &TestStore,
    keep: SignedDuration,
    now: Timestamp,
) -> seatwise_store::Compacted {
    let compacted = test.store.compact(partner(), Kind::Usage, keep, now);
    compacted.await.unwrap().unwrap()
}

#[tokio::test]
async fn with_no_time_to_keep_only_what_the_newest_version_names_stays() {
    let test = after_imports(60).await;
    let (files, log, figures) = (
        data_files(&test.store).len(),
        log_files(&test),
        test.usage_figures().await,
    );
    assert!(files > 60 && log > 60, "{files} {log}");
    let now = Timestamp::from_second(1_900_000_000).unwrap();
    let done = compacted(&test, SignedDuration::ZERO, now).await;
    assert_eq!(data_files(&test.store).len() as u64, done.files_after);
    assert_eq!(done.files_after, 1);
    assert_eq!((done.files_kept, done.files_unnamed), (0, 0));
    // Two checkpoints, and everything after the first of them.
    assert!(
        done.log_files_removed > 30 && log_files(&test) < 40,
        "{done:?} {}",
        log_files(&test)
    );
    let found = verified(&test.store).await;
    assert_eq!((found.deliveries, found.findings), (60, vec![]));
    assert_eq!(test.usage_figures().await, figures);
    let copy = test.folder.path().join("backup");
    test.store.backup(&copy).await.unwrap();
    let copy = seatwise_store::Store::open(&copy).unwrap();
    assert_eq!(verified(&copy).await.findings, []);
}

#[tokio::test]
async fn what_was_replaced_goes_after_the_time_that_is_asked_for_and_the_rest_is_counted() {
    let test = after_imports(9).await;
    // Eight of the nine became one. A file that no version names may belong to an import in
    // progress.
    let stray = table(&test.store).join("part-of-an-import.parquet");
    fs::write(&stray, "rows").unwrap();
    let written = fs::metadata(&stray).unwrap().modified().unwrap();
    let written = Timestamp::try_from(written).unwrap();
    let second = SignedDuration::from_secs(1);
    let now = written + second;
    let young = compacted(&test, SignedDuration::from_hours(1), now).await;
    assert_eq!(
        (
            young.files_removed,
            young.files_unnamed,
            young.bytes_unnamed
        ),
        (0, 1, 4)
    );
    assert_eq!(young.files_kept, 10);
    assert!(young.bytes_kept > 0);

    let old = compacted(&test, second, now + second * 3600).await;
    assert_eq!(
        (old.files_removed, old.files_kept, old.files_unnamed),
        (10, 0, 1)
    );
    assert!(stray.exists());
    let older = compacted(&test, second, now + second * 25 * 3600).await;
    assert_eq!((older.files_removed, older.files_unnamed), (1, 0));
    assert_eq!(verified(&test.store).await.findings, []);
}

#[tokio::test]
async fn imports_remove_what_was_replaced_a_week_ago() {
    let mut test = after_imports(40).await;
    let before = data_files(&test.store).len();
    written_on(&test.store, "2001-01-01");
    import_more(&mut test, 41..=56).await;
    let after = data_files(&test.store).len();
    assert!(after < before, "{before} {after}");
    let first = table(&test.store).join("_delta_log/00000000000000000000.json");
    assert!(!first.exists());
    let found = verified(&test.store).await;
    assert_eq!((found.deliveries, found.findings), (56, vec![]));
    // Nothing is left for the same rule to remove.
    let again = compacted(&test, KEPT, "2026-06-02T00:00:00Z".parse().unwrap()).await;
    assert_eq!((again.files_removed, again.log_files_removed), (0, 0));
}
