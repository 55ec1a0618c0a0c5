//! The list of imports: what is in it, how long it gets, and when it is emptied.

use std::fs;

use jiff::Timestamp;
use seatwise_store::import::{ImportError, ImportOptions};
use seatwise_store::{Erase, Kind, Remedy};
use seatwise_types::extensions::{ImportOutcome, ImportWay, PastImport};

use crate::test_store::{TestStore, USAGE_HEADER, customer, exchange, partner};
use crate::upkeep::much_later;

async fn listed(test: &TestStore) -> Vec<PastImport> {
    test.store.past_imports(partner()).await.unwrap()
}

#[tokio::test]
async fn imports_are_listed_with_what_became_of_them_the_newest_first() {
    let mut test = TestStore::new();
    assert!(listed(&test).await.is_empty());
    let first = exchange("2026-05-01", 1, 1, 2) + &exchange("2026-05-01", 2, 1, 2);
    test.usage(&first).await.unwrap();
    test.options.way = ImportWay::Folder;
    let second = exchange("2026-05-01", 1, 2, 2) + &exchange("2026-05-01", 2, 1, 2);
    test.usage(&second).await.unwrap();
    let imports = listed(&test).await;
    let counts = |it: &PastImport| {
        let PastImport {
            number,
            rows_read,
            deliveries_new,
            deliveries_restated,
            deliveries_unchanged,
            ..
        } = it;
        [
            *number,
            *rows_read,
            *deliveries_new,
            *deliveries_restated,
            *deliveries_unchanged,
        ]
    };
    let found: Vec<_> = imports.iter().map(counts).collect();
    assert_eq!(found, [[2, 2, 0, 1, 1], [1, 2, 2, 0, 0]]);
    let ways: Vec<_> = imports.iter().map(|it| it.way).collect();
    assert_eq!(ways, [ImportWay::Folder, ImportWay::Command]);
    let at: Timestamp = "2026-06-01T00:02:00Z".parse().unwrap();
    assert_eq!(imports[0].at, at);
    assert_eq!(imports[0].outcome, ImportOutcome::Stored);
    assert_eq!(imports[0].reason, None);
    assert!(imports[0].files[0].ends_with("file-2"));
    assert_eq!(imports[0].given, 1);
}

#[tokio::test]
async fn a_refused_file_is_listed_with_its_bad_rows() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    let rows: String = (0..12)
        .map(|number| exchange("2026-05-02", number, 1, 2).replace(",1,2\n", ",many,2\n"))
        .collect();
    let refused = test.usage(&rows).await;
    assert!(matches!(refused, Err(ImportError::BadRows { .. })));
    let newest = listed(&test).await.remove(0);
    assert_eq!(newest.outcome, ImportOutcome::Refused);
    assert_eq!((newest.rows_stored, newest.bad_rows), (0, 12));
    assert_eq!(newest.first_bad_rows.len(), 10);
    let bad = &newest.first_bad_rows[0];
    assert_eq!((bad.line, &*bad.column), (2, "licensesActive"));
    assert_eq!(bad.value, "many");
    assert!(newest.reason.unwrap().contains("12 bad rows"));

    // Left out and not refused.
    test.options.skip_bad_rows = true;
    test.usage(&rows).await.unwrap();
    let newest = listed(&test).await.remove(0);
    assert_eq!(newest.outcome, ImportOutcome::Stored);
    assert_eq!((newest.deliveries_rejected, newest.bad_rows), (12, 12));
    assert_eq!(newest.first_bad_rows.len(), 10);
}

#[tokio::test]
async fn what_stores_nothing_and_refuses_nothing_is_not_listed() {
    let mut test = TestStore::new();
    test.options.dry_run = true;
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    test.options.dry_run = false;
    // A partner does not become known by a file that is wrong.
    let file = test.file("usage.csv", "no table");
    test.import(vec![file]).await.unwrap_err();
    assert!(listed(&test).await.is_empty());
    assert!(test.store.partners().unwrap().is_empty());
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    // It is not the file that is wrong.
    let missing = test.folder.path().join("missing.csv");
    test.import(vec![missing]).await.unwrap_err();
    assert_eq!(listed(&test).await.len(), 1);
}

#[tokio::test]
async fn the_list_is_bounded_and_so_are_its_texts() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    let folder = test
        .store
        .work_dir()
        .join(format!("partners/{}/imports", partner()));
    let file = |number: u64| folder.join(format!("{number:012}.import"));
    // As several processes may leave them that write at once.
    for number in 2..=300 {
        fs::copy(file(1), file(number)).unwrap();
    }
    assert_eq!(listed(&test).await.len(), 200);
    let name = format!("{}.csv", "ä".repeat(100));
    let path = test
        .folder
        .path()
        .join("d".repeat(200))
        .join("e".repeat(200));
    fs::create_dir_all(&path).unwrap();
    let path = path.join(name);
    let rows = format!("{USAGE_HEADER}\n{}", exchange("2026-05-01", 1, 1, 2));
    fs::write(&path, rows).unwrap();
    test.import(vec![path]).await.unwrap();
    let imports = listed(&test).await;
    assert_eq!(imports.len(), 200);
    assert_eq!((imports[0].number, imports[1].number), (301, 1));
    assert!(file(102).exists() && !file(101).exists());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 200);
    let name = &imports[0].files[0];
    assert_eq!(name.chars().count(), 300);
    assert!(name.ends_with("äää.csv"), "{name}");
}

#[tokio::test]
async fn a_damaged_line_of_the_list_is_found_and_hides_no_other() {
    let mut test = TestStore::new();
    let verified =
        async |test: &TestStore| test.store.verify_past_imports(partner()).await.unwrap();
    assert_eq!(verified(&test).await, None);
    for active in [1, 2] {
        test.usage(&exchange("2026-05-01", 1, active, 2))
            .await
            .unwrap();
    }
    assert_eq!(verified(&test).await.unwrap().files, 2);
    let folder = test
        .store
        .work_dir()
        .join(format!("partners/{}/imports", partner()));
    let path = folder.join("000000000002.import");
    let whole = fs::read(&path).unwrap();
    for bit in 0..8 * whole.len() {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, damaged).unwrap();
        let numbers: Vec<u64> = listed(&test).await.iter().map(|it| it.number).collect();
        assert_eq!(numbers, [1], "bit {bit}");
    }
    let found = verified(&test).await.unwrap();
    assert_eq!(found.damages, 1);
    assert_eq!(found.findings[0].file, "imports/000000000002.import");
    assert_eq!(found.findings[0].remedy, Remedy::DeleteImport);
    fs::write(&path, whole).unwrap();
    assert_eq!(listed(&test).await.len(), 2);
    assert_eq!(verified(&test).await.unwrap().damages, 0);
}

#[tokio::test]
async fn imports_at_once_are_all_listed() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    let rows = format!("{USAGE_HEADER}\n{}", exchange("2026-05-01", 1, 1, 2));
    let file = test.file("usage.csv", rows);
    let now = "2026-06-02T00:00:00Z".parse().unwrap();
    let imports = (0..8).map(|_| test.import_at(vec![file.clone()], now));
    for imported in futures::future::join_all(imports).await {
        imported.unwrap();
    }
    let numbers: Vec<u64> = listed(&test).await.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn forgetting_a_customer_empties_the_list() {
    let mut test = TestStore::new();
    let two = exchange("2026-05-01", 1, 1, 2) + &exchange("2026-05-01", 2, 1, 2);
    test.usage(&two).await.unwrap();
    let other = ImportOptions::new("11111111-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap());
    let (other, own) = (other.partner, std::mem::replace(&mut test.options, other));
    test.usage(&two).await.unwrap();
    test.options = own;
    let erase = async |what, dry_run| {
        let erased = test
            .store
            .erase(partner(), Kind::Usage, what, much_later(), dry_run);
        erased.await.unwrap().unwrap()
    };
    let of_customer = Erase::Customer(customer(1).parse().unwrap());
    erase(of_customer, true).await;
    assert_eq!(listed(&test).await.len(), 1);
    erase(of_customer, false).await;
    assert!(listed(&test).await.is_empty());
    assert_eq!(test.store.past_imports(other).await.unwrap().len(), 1);
}
