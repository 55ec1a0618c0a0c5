//! Erasure of a customer from files that the table no longer names.

use std::fs;
use std::path::{Path, PathBuf};

use seatwise_store::{Erase, Erased, Kind};

use crate::damage::{damages, flip, usage};
use crate::live_rows::live_files;
use crate::mended::{again, data_files};
use crate::test_store::{TestStore, customer, exchange, partner};
use crate::upkeep::much_later;

async fn forget(test: &TestStore, of: u32, dry_run: bool) -> Erased {
    let what = Erase::Customer(customer(of).parse().unwrap());
    let erased = test
        .store
        .erase(partner(), Kind::Usage, what, much_later(), dry_run);
    erased.await.unwrap().unwrap()
}

/// Files in the folder with the id of a customer in plain bytes.
fn naming(folder: &Path, of: u32) -> Vec<PathBuf> {
    let id = customer(of);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(naming(&path, of));
        } else {
            let bytes = fs::read(&path).unwrap();
            if bytes.windows(id.len()).any(|part| part == id.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}

fn two(active: u32) -> String {
    exchange("2026-05-01", 1, active, 10) + &exchange("2026-05-01", 2, active, 10)
}

#[tokio::test]
async fn files_of_earlier_versions_go_with_a_customer_whom_a_lossy_mend_gave_up() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    let mut alone = Vec::new();
    // Eight files become one, and stay for earlier versions.
    for number in 1..=8 {
        let day = |row: String| row.replace("05-01", &format!("05-{number:02}"));
        test.usage(&day(two(number))).await.unwrap();
        let of_first = day(exchange("2026-05-01", 1, number, 10));
        let content = format!("{}\n{of_first}", crate::test_store::USAGE_HEADER);
        alone.push(test.file(&format!("alone-{number}.csv"), content));
    }
    let merged = live_files(&data, "usage");
    assert_eq!(merged.len(), 1);
    flip(&merged[0], 4321);
    again(&mut test);
    test.options.mend = true;
    let receipt = test.import(alone).await.unwrap();
    assert_eq!(receipt.mended.rows_lost, 8);
    assert!(!naming(&data, 2).is_empty());

    // Eight merged files, and the one that was moved aside.
    let dry = forget(&test, 2, true).await;
    assert_eq!((dry.rows, dry.other_files, dry.files_removed), (0, 9, 0));
    assert!(!naming(&data, 2).is_empty());
    let erased = forget(&test, 2, false).await;
    assert_eq!((erased.rows, erased.other_files), (0, 9));
    assert_eq!(erased.files_removed, 9);
    assert_eq!(naming(&data, 2), Vec::<PathBuf>::new());
    assert!(
        !data
            .join("damaged")
            .join(partner().to_string())
            .join("usage")
            .exists()
    );
    assert_eq!(forget(&test, 2, false).await, Erased::default());
    again(&mut test);
    assert_eq!(damages(&data).await, 0);
}

#[tokio::test]
async fn a_damaged_file_that_was_not_put_aside_goes_too() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    test.usage(&two(1)).await.unwrap();
    let damaged = data_files(&data)[0].clone();
    flip(&damaged, 4321);
    again(&mut test);
    test.options.mend = true;
    test.usage(&exchange("2026-05-01", 1, 1, 10)).await.unwrap();
    // As if the process was killed between the commit and the move.
    let aside = data.join(format!("damaged/{}/usage", partner()));
    fs::rename(aside.join(damaged.file_name().unwrap()), &damaged).unwrap();
    let erased = forget(&test, 2, false).await;
    assert_eq!((erased.rows, erased.other_files), (0, 1));
    assert_eq!(naming(&data, 2), Vec::<PathBuf>::new());
    assert_eq!(forget(&test, 2, false).await, Erased::default());
}

#[tokio::test]
async fn a_file_that_no_version_names_is_looked_into() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    test.usage(&two(1)).await.unwrap();
    // As left by an import that stopped before its commit.
    let left = usage(&data).join("part-00000-left.parquet");
    fs::copy(&data_files(&data)[0], &left).unwrap();
    // It has nothing of customer 3, and stays.
    assert_eq!(forget(&test, 3, false).await, Erased::default());
    assert!(left.exists());
    fs::write(&left, "no rows that can be read").unwrap();
    let erased = forget(&test, 3, false).await;
    assert_eq!((erased.rows, erased.other_files), (0, 1));
    assert!(!left.exists());
}
