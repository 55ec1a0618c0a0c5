//! Erasures: what is erased is nowhere, and the rest stays.

use std::fs;

use seatwise_store::{Erase, Erased, KeptReceipt, Kind, Moment, Store, StoreError};

use crate::test_store::{TestStore, customer, exchange, partner};
use crate::upkeep::{all_files, lived_in, much_later, table, verified};

#[tokio::test]
async fn an_erased_customer_is_nowhere() {
    let mut test = lived_in().await;
    for day in 3..=20 {
        let rows = exchange(&format!("2026-05-{day:02}"), 1, 1, 10)
            + &exchange(&format!("2026-05-{day:02}"), 2, 1, 3);
        test.usage(&rows).await.unwrap();
    }
    let what = Erase::Customer(customer(2).parse().unwrap());
    let erase = async |store: &Store, kind, dry_run| {
        let erased = store
            .erase(partner(), kind, what, much_later(), dry_run)
            .await;
        erased.unwrap().unwrap()
    };
    // A receipt with a bad row.
    let receipt = KeptReceipt {
        key: "key".to_owned(),
        content: "content".to_owned(),
        kept_at: much_later(),
        receipt: format!(r#"{{"firstBadRows":[{{"value":"{}"}}]}}"#, customer(2)),
    };
    test.store.keep_receipt(partner(), &receipt).unwrap();
    let planned = erase(&test.store, Kind::Usage, true).await;
    let kept = test.store.kept_receipt(partner(), "key", much_later());
    assert_eq!(kept.unwrap(), Some(receipt));
    assert_eq!(
        (planned.deliveries, planned.rows, planned.files_removed),
        (21, 21, 0)
    );
    let erased = erase(&test.store, Kind::Usage, false).await;
    assert_eq!((erased.deliveries, erased.rows), (21, 21));
    assert!(erased.files_removed > 0);
    assert_eq!(erase(&test.store, Kind::Deployment, false).await.rows, 0);

    let id = customer(2);
    for (path, bytes) in all_files(test.store.work_dir()) {
        let found = bytes.windows(id.len()).any(|part| part == id.as_bytes());
        assert!(!found, "{} has it", path.display());
    }
    let found = verified(&Store::open(test.store.work_dir()).unwrap()).await;
    assert_eq!((found.deliveries, found.damages), (21, 0));
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 1/10 = 10.0 at 2026-05-20T00:00:00+00:00");
    // Another open store, and the one that erased, continue to work.
    test.usage(&exchange("2026-05-21", 1, 2, 10)).await.unwrap();
    assert_eq!(
        erase(&test.store, Kind::Usage, false).await,
        Erased::default()
    );
}

/// Readers during erasures find the state before or after one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_beside_erasures_meet_no_damage() {
    const CUSTOMERS: u32 = 24;
    let mut test = TestStore::new();
    for day in 1..=4 {
        let rows = (0..=CUSTOMERS).map(|it| exchange(&format!("2026-05-{day:02}"), it, 1, 2));
        test.usage(&rows.collect::<String>()).await.unwrap();
    }
    let store = test.store.clone();
    let erasing = tokio::spawn(async move {
        for number in 1..=CUSTOMERS {
            let what = Erase::Customer(customer(number).parse().unwrap());
            let erased = store.erase(partner(), Kind::Usage, what, much_later(), false);
            assert_eq!(erased.await.unwrap().unwrap().deliveries, 4);
        }
    });
    let mut left = u64::from(CUSTOMERS) + 1;
    while !erasing.is_finished() {
        // Opened again each time, so that the whole log is read.
        let reader = Store::open(test.store.work_dir()).unwrap();
        let figures = reader.usage_figures(partner()).await.unwrap();
        let [figure] = &figures[..] else {
            panic!("{figures:?}");
        };
        assert!(figure.active <= left && figure.qualified == 2 * figure.active);
        left = figure.active;
    }
    erasing.await.unwrap();
}

#[tokio::test]
async fn where_nothing_is_to_be_erased_earlier_versions_stay() {
    let test = lived_in().await;
    let unknown = Erase::Customer(customer(9).parse().unwrap());
    let erase = async || {
        let erased = test
            .store
            .erase(partner(), Kind::Usage, unknown, much_later(), false);
        erased.await.unwrap().unwrap()
    };
    let facts = async |version| {
        let facts =
            test.store
                .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, Some(version), None);
        facts.await
    };
    assert_eq!(erase().await, Erased::default());
    facts(1).await.unwrap();

    // As left by an erasure that stopped before the files were removed, even in a backup.
    let marker = table(&test.store).join("_erasing");
    fs::write(&marker, "").unwrap();
    fs::write(marker.with_file_name("part-of-no-version.parquet"), "").unwrap();
    let copy = test.folder.path().join("backup");
    test.store.backup(&copy).await.unwrap();
    let copy = Store::open(&copy).unwrap();
    assert!(table(&copy).join("_erasing").exists());
    assert_eq!(verified(&test.store).await.damages, 0);
    assert_eq!(erase().await.files_removed, 1);
    assert!(!marker.exists());
    assert!(matches!(facts(1).await, Err(StoreError::NoVersion { .. })));
    assert_eq!(erase().await, Erased::default());
    let found = verified(&Store::open(test.store.work_dir()).unwrap()).await;
    assert_eq!((found.deliveries, found.damages), (6, 0));
}

#[tokio::test]
async fn days_long_past_are_erased_and_those_that_count_are_not() {
    let mut test = TestStore::new();
    for date in ["2025-01-01", "2025-06-01", "2026-05-01"] {
        test.usage(&exchange(date, 1, 1, 10)).await.unwrap();
    }
    let before = |text: &str| Erase::Before(text.parse().unwrap());
    let erase = async |what| {
        let erased = test
            .store
            .erase(partner(), Kind::Usage, what, much_later(), false)
            .await;
        erased.unwrap().unwrap().deliveries
    };
    assert_eq!(erase(before("2025-03-01")).await, 1);
    assert_eq!(erase(before("2030-01-01")).await, 1);
    let found = verified(&test.store).await;
    assert_eq!((found.deliveries, found.damages), (1, 0));
    let figures = test.store.usage_figures(partner()).await.unwrap();
    assert_eq!(figures[0].qualified, 10);
}
