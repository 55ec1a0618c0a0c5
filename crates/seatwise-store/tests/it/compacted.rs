//! Compaction keeps every row and the versions that are to be kept.

use std::fs::{self, File};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_store::{Kind, Moment, Store, StoreError};

use crate::test_store::{TestStore, USAGE_HEADER, exchange, partner};
use crate::upkeep::{A_DAY, all_files, data_files, much_later, table, verified};

#[tokio::test]
async fn compacting_keeps_every_row_and_removes_what_is_not_needed() {
    let mut test = TestStore::new();
    for day in 1..=9 {
        let rows = exchange(&format!("2026-05-{day:02}"), 1, day, 10)
            + &exchange(&format!("2026-05-{day:02}"), 2, day, 100);
        test.usage(&rows).await.unwrap();
    }
    let figures = test.usage_figures().await;
    let before = verified(&test.store).await;
    let earlier = before.version - 1;

    let forever = SignedDuration::from_hours(24 * 365 * 1000);
    let kept = test
        .store
        .compact(partner(), Kind::Usage, forever, much_later());
    let kept = kept.await.unwrap().unwrap();
    assert_eq!((kept.files_before, kept.files_after), (2, 1));
    assert_eq!(kept.files_removed, 0);
    let facts =
        test.store
            .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, Some(earlier), None);
    facts.await.unwrap();

    let vacuumed = test
        .store
        .compact(partner(), Kind::Usage, A_DAY, much_later());
    let vacuumed = vacuumed.await.unwrap().unwrap();
    assert_eq!((vacuumed.files_before, vacuumed.files_after), (1, 1));
    assert_eq!(vacuumed.files_removed, 10);
    assert_eq!(data_files(&test.store).len(), 1);
    let gone =
        test.store
            .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, Some(earlier), None);
    assert!(matches!(gone.await, Err(StoreError::NoVersion { .. })));

    let after = verified(&test.store).await;
    assert_eq!(
        (after.deliveries, after.rows),
        (before.deliveries, before.rows)
    );
    assert_eq!(after.findings, []);
    assert_eq!(test.usage_figures().await, figures);
    // Existing deliveries are still recognised.
    let again = test.usage(&exchange("2026-05-03", 1, 3, 10)).await.unwrap();
    assert_eq!(again.deliveries_unchanged, 1);
}

/// Makes all files of the table look as if written on this day.
pub(crate) fn written_on(store: &Store, day: &str) {
    let time: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
    for (path, _) in all_files(&table(store)) {
        let file = File::options().append(true).open(path).unwrap();
        file.set_modified(time.into()).unwrap();
    }
}

#[tokio::test]
async fn versions_that_are_to_be_kept_are_kept_after_others_were_not() {
    let mut test = TestStore::new();
    let of_crm = |day: &str| exchange(day, 1, 1, 10).replace("o365,Microsoft Office 365", "crm,D");
    let first = exchange("2026-05-01", 1, 1, 10) + &of_crm("2026-05-01");
    test.usage(&first).await.unwrap();
    test.usage(&exchange("2026-05-02", 1, 1, 10)).await.unwrap();
    written_on(&test.store, "2001-01-01");
    // Two files of `o365` become one and are removed; the file of `crm` is as old and stays.
    let compact = async |store: &Store, keep| {
        let compacted = store.compact(partner(), Kind::Usage, keep, much_later());
        compacted.await.unwrap().unwrap()
    };
    assert_eq!(compact(&test.store, A_DAY).await.files_removed, 2);

    test.usage(&of_crm("2026-05-02")).await.unwrap();
    let before = verified(&test.store).await.version;
    let since: Timestamp = "2002-01-01T00:00:00Z".parse().unwrap();
    let merged = compact(&test.store, much_later().duration_since(since)).await;
    assert_eq!((merged.files_before, merged.files_after), (3, 2));
    assert_eq!(merged.files_removed, 0);
    let facts =
        test.store
            .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, Some(before), None);
    facts.await.unwrap();

    assert_eq!(compact(&test.store, A_DAY).await.files_removed, 2);
}

#[tokio::test]
async fn nothing_is_there_to_compact() {
    let test = TestStore::new();
    let compacted = test
        .store
        .compact(partner(), Kind::Usage, A_DAY, much_later());
    assert_eq!(compacted.await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compacting_hinders_no_other_process() {
    let test = TestStore::new();
    let writer = {
        let store = Store::open(test.store.work_dir()).unwrap();
        let folder = test.folder.path().to_owned();
        tokio::spawn(async move {
            for number in 0..12 {
                let file = folder.join(format!("{number}.csv"));
                let rows = exchange("2026-05-01", number, 1, 10);
                fs::write(&file, format!("{USAGE_HEADER}\n{rows}")).unwrap();
                let now = "2026-06-01T00:00:00Z".parse().unwrap();
                let progress = Arc::new(Progress::default());
                let options = ImportOptions::new(partner());
                import(&store, &options, vec![Input::File(file)], now, progress)
                    .await
                    .unwrap();
            }
        })
    };
    let reader = Store::open(test.store.work_dir()).unwrap();
    let mut seen = 0;
    while !writer.is_finished() {
        let compacted = test.store.compact(
            partner(),
            Kind::Usage,
            A_DAY,
            "2026-06-02T00:00:00Z".parse().unwrap(),
        );
        compacted.await.unwrap();
        let figures = reader.usage_figures(partner()).await.unwrap();
        let qualified = figures.first().map_or(0, |figure| figure.qualified);
        assert!(qualified >= seen, "{qualified} after {seen}");
        seen = qualified;
    }
    writer.await.unwrap();
    let found = verified(&reader).await;
    assert_eq!((found.deliveries, found.damages), (12, 0));
}
