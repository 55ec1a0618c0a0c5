//! A backup replaces a folder, and later commits reuse version numbers.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use seatwise_store::{Axes, Kind, Store};

use crate::damage::copy_of;
use crate::followed::{newest, text_of};
use crate::test_store::{TestStore, exchange, partner};

/// The content of a backup: the tables and their checksums, without ledgers.
const SAVED: [&str; 2] = ["partners", "checksums"];

/// A folder with a ledger of two days, and its backup after the first one.
async fn with_backup() -> (TestStore, PathBuf) {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 10)).await.unwrap();
    let (data, saved) = (
        test.store.work_dir().to_owned(),
        test.folder.path().join("saved"),
    );
    for part in SAVED {
        copy_of(&data.join(part), &saved.join(part));
    }
    test.usage(&exchange("2026-05-02", 1, 5, 10)).await.unwrap();
    assert!(keep_ledger(&test.store).await);
    (test, saved)
}

async fn keep_ledger(store: &Store) -> bool {
    store.keep_ledger(partner(), Kind::Usage).await.unwrap()
}

/// Restores the backup.
fn put_back(data: &Path, saved: &Path) {
    for part in SAVED {
        fs::remove_dir_all(data.join(part)).unwrap();
        copy_of(&saved.join(part), &data.join(part));
    }
}

/// The active seats as of the second day.
async fn second_day(store: &Store) -> u64 {
    let axes = Axes {
        as_of: Some(date(2026, 5, 2)),
        known_at: None,
    };
    store.usage_figures_at(partner(), axes).await.unwrap()[0].active
}

/// Restores the backup, and imports another second day: with as many rows and deliveries, and the
/// same version, as in the lost history. `further` imports one more day.
async fn go_on_with(test: &mut TestStore, saved: &Path, further: bool) {
    put_back(test.store.work_dir(), saved);
    test.store = Store::open(test.store.work_dir()).unwrap();
    test.usage(&exchange("2026-05-02", 1, 7, 10)).await.unwrap();
    if further {
        test.usage(&exchange("2026-05-03", 2, 1, 10)).await.unwrap();
    }
}

#[tokio::test]
async fn a_ledger_of_the_history_before_is_not_taken_for_one_of_the_history_after() {
    for further in [false, true] {
        let (mut test, saved) = with_backup().await;
        go_on_with(&mut test, &saved, further).await;
        test.store = Store::open(test.store.work_dir()).unwrap();
        assert_eq!(second_day(&test.store).await, 7, "{further}");
        assert!(keep_ledger(&test.store).await);
        assert_eq!(second_day(&test.store).await, 7, "{further}");
        let verified = test.store.verify(partner(), Kind::Usage).await.unwrap();
        assert_eq!(verified.unwrap().damages, 0);
    }
}

#[tokio::test]
async fn a_store_that_is_open_notices_that_a_backup_took_the_place_of_a_table() {
    for further in [false, true] {
        let (mut test, saved) = with_backup().await;
        let running = test.store.clone();
        let before = running.table_version(partner(), Kind::Usage).await.unwrap();
        let lost = newest(&running, None).await.unwrap();
        assert!(text_of(&lost).contains("5/10"), "{}", text_of(&lost));

        go_on_with(&mut test, &saved, further).await;
        let after = running.table_version(partner(), Kind::Usage).await.unwrap();
        assert_ne!(before, after);
        let before = before.unwrap();
        let after = after.unwrap();
        assert_ne!(before.history, after.history);
        assert_eq!(before.number + u64::from(further), after.number);
        assert_eq!(second_day(&running).await, 7);
        // The lost data is not shared with the current data.
        let now = newest(&running, Some(lost)).await.unwrap();
        let fresh = Store::open(test.store.work_dir()).unwrap();
        let fresh = newest(&fresh, None).await.unwrap();
        assert_eq!(text_of(&now), text_of(&fresh));
        assert!(text_of(&now).contains("7/10"), "{}", text_of(&now));
    }
}
