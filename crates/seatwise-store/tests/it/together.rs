//! Concurrent writers, and many sequential imports.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_store::{Kind, Store, TableVersion};

use crate::test_store::{TestStore, USAGE_HEADER, exchange, partner};

/// Concurrent writers, each with a separate view of the folder: nothing is lost or doubled. Without
/// the lock file, only the commits prevent it.
async fn write_at_once<const WRITERS: u32>(with_lock: bool) {
    const IMPORTS: u32 = 4;
    let test = TestStore::new();
    let done = Arc::new(AtomicBool::new(false));
    let remover = {
        let lock = test
            .store
            .work_dir()
            .join(format!("partners/{}/writer.lock", partner()));
        let done = Arc::clone(&done);
        std::thread::spawn(move || {
            while !with_lock && !done.load(Ordering::Relaxed) {
                std::fs::remove_file(&lock).ok();
                std::thread::yield_now();
            }
        })
    };
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = Store::open(test.store.work_dir()).unwrap();
        let folder = test.folder.path().to_owned();
        writers.spawn(async move {
            let mut new = 0;
            for number in 0..IMPORTS {
                let file = folder.join(format!("{writer}-{number}.csv"));
                // One unique delivery, and one that all writers have.
                let rows = exchange("2026-05-01", 100 + writer * IMPORTS + number, 1, 10)
                    + &exchange("2026-05-01", number, 1, 10);
                std::fs::write(&file, format!("{USAGE_HEADER}\n{rows}")).unwrap();
                let now = "2026-06-01T00:00:00Z".parse().unwrap();
                let inputs = vec![Input::File(file)];
                let progress = Arc::new(Progress::default());
                let options = ImportOptions::new(partner());
                new += import(&store, &options, inputs, now, progress)
                    .await
                    .unwrap()
                    .deliveries_new;
            }
            new
        });
    }
    let new: u64 = writers.join_all().await.into_iter().sum();
    done.store(true, Ordering::Relaxed);
    remover.join().unwrap();
    let expected = u64::from(WRITERS * IMPORTS + IMPORTS);
    assert_eq!(new, expected);
    let figures = test.store.usage_figures(partner()).await.unwrap();
    assert_eq!(
        (figures[0].active, figures[0].qualified),
        (expected, 10 * expected)
    );
    let status = test.store.status().await.unwrap();
    assert_eq!(status[0].tables[0].deliveries, expected);
    assert_eq!(status[0].tables[0].rows, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_take_turns() {
    write_at_once::<12>(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_do_not_wait_for_each_other_lose_nothing() {
    write_at_once::<4>(false).await;
}

async fn usage_version(store: &Store) -> Option<TableVersion> {
    store.table_version(partner(), Kind::Usage).await.unwrap()
}

#[tokio::test]
async fn another_process_sees_a_commit_and_the_version_tells() {
    let mut test = TestStore::new();
    let reader = Store::open(test.store.work_dir()).unwrap();
    let before = usage_version(&reader).await;
    assert_eq!(before, None);
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    let after = usage_version(&reader).await;
    assert_ne!(before, after);
    assert_eq!(usage_version(&reader).await, after);
    assert_eq!(
        reader.usage_figures(partner()).await.unwrap()[0].percent(),
        50.0
    );
    // Existing content makes no new version.
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    assert_eq!(usage_version(&reader).await, after);
}

#[tokio::test]
async fn many_small_imports_leave_few_files_and_every_delivery() {
    let mut test = TestStore::new();
    let days: Vec<String> = (1..=28).map(|day| format!("2026-02-{day:02}")).collect();
    for (number, day) in days.iter().enumerate() {
        test.usage(&exchange(day, 1, number as u32, 100))
            .await
            .unwrap();
        // Each second day is restated.
        if number % 2 == 0 {
            test.usage(&exchange(day, 1, number as u32 + 1, 100))
                .await
                .unwrap();
        }
    }
    let status = test.store.status().await.unwrap();
    let table = &status[0].tables[0];
    assert_eq!((table.deliveries, table.rows), (42, 42));
    assert!(table.files <= 14, "{} files", table.files);
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 27/100 = 27.0 at 2026-02-28T00:00:00+00:00");
    // Each version of the table is still readable: no file that it names is gone.
    let folder = test
        .store
        .work_dir()
        .join(format!("partners/{}/usage", partner()));
    let mut named = 0;
    for entry in std::fs::read_dir(folder.join("_delta_log")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "json") {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let action: serde_json::Value = serde_json::from_str(line).unwrap();
            if let Some(name) = action["add"]["path"].as_str() {
                assert!(folder.join(name).exists(), "{name} is gone");
                named += 1;
            }
        }
    }
    assert!(named > 42);
    // A new process reads the same from the log and its checkpoints.
    test.store = Store::open(test.store.work_dir()).unwrap();
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 27/100 = 27.0 at 2026-02-28T00:00:00+00:00");
}
