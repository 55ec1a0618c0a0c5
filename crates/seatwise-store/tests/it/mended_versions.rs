//! Versions and overlapping files restore damaged data files together or one after the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use seatwise_store::StoreError;
use seatwise_store::import::{Files, ImportError};

use crate::damage::{answers, damages};
use crate::mended::{again, data_files};
use crate::test_store::{TestStore, USAGE_HEADER, exchange};

/// Two versions of one unit.
fn versions() -> [String; 2] {
    [5, 6].map(|active| format!("{USAGE_HEADER}\n{}", exchange("2026-05-01", 1, active, 10)))
}

#[tokio::test]
async fn versions_in_another_order_are_not_those_of_a_damaged_file() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    let mut number = 0;
    let files = versions().map(|rows| {
        number += 1;
        test.file(&format!("version-{number}.csv"), rows)
    });
    test.import(files.to_vec()).await.unwrap();
    let right = test.usage_figures().await;
    fs::remove_file(&data_files(&data)[0]).unwrap();
    again(&mut test);
    let [first, second] = files.clone();
    let err = test.import(vec![second, first]).await.unwrap_err();
    assert!(matches!(
        err,
        ImportError::Store(StoreError::Unmended { .. })
    ));
    let receipt = test.import(files.to_vec()).await.unwrap();
    assert_eq!(receipt.mended.deliveries, 2);
    assert_eq!(test.usage_figures().await, right);
}

#[tokio::test]
async fn a_delivery_comes_back_to_all_files_that_had_it() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    let [first, second] = versions();
    for rows in [&first, &second, &first] {
        test.content(rows).await.unwrap();
    }
    let right = answers(&data).await;
    let files = data_files(&data);
    fs::remove_file(&files[0]).unwrap();
    fs::remove_file(&files[2]).unwrap();
    again(&mut test);
    let receipt = test.content(&first).await.unwrap();
    let mended = receipt.mended;
    assert_eq!((mended.files, mended.deliveries), (2, 2));
    assert_eq!((receipt.rows_stored, mended.still_damaged), (2, 0));
    assert_eq!(damages(&data).await, 0);
    assert_eq!(answers(&data).await[0], right[0]);
}

/// Two imports of overlapping customers and days; the second restates some of the first.
pub(crate) async fn overlapping() -> (TestStore, [PathBuf; 2]) {
    let mut test = TestStore::new();
    let first = ["2026-05-01", "2026-05-02"].map(|day| {
        [1, 2, 4]
            .map(|customer| exchange(day, customer, 5, 10))
            .concat()
    });
    let second = exchange("2026-05-01", 2, 6, 10)
        + &exchange("2026-05-01", 3, 5, 10)
        + &exchange("2026-05-02", 4, 5, 10);
    let files = [first.concat(), second].map(|rows| format!("{USAGE_HEADER}\n{rows}"));
    let [first, second] = files;
    let files = [
        test.file("first.csv", first),
        test.file("second.csv", second),
    ];
    for (file, stored) in files.iter().zip([6, 2]) {
        let receipt = test.import(vec![file.clone()]).await.unwrap();
        assert_eq!(receipt.rows_stored, stored);
    }
    (test, files)
}

#[tokio::test]
async fn overlapping_files_come_back_together_or_one_after_the_other() {
    for together in [true, false] {
        let (mut test, files) = overlapping().await;
        let data = test.store.work_dir().to_owned();
        let right = answers(&data).await;
        for file in data_files(&data) {
            fs::remove_file(file).unwrap();
        }
        again(&mut test);
        if together {
            let receipt = test.import(files.to_vec()).await.unwrap();
            let mended = receipt.mended;
            assert_eq!((mended.files, mended.deliveries), (2, 8));
            assert_eq!(
                (receipt.deliveries_new, receipt.deliveries_restated),
                (0, 0)
            );
        } else {
            for (file, left) in files.into_iter().zip([1, 0]) {
                let receipt = test.import(vec![file]).await.unwrap();
                assert_eq!(
                    (receipt.mended.files, receipt.mended.still_damaged),
                    (1, left)
                );
                assert_eq!(
                    (receipt.deliveries_new, receipt.deliveries_restated),
                    (0, 0)
                );
                assert_eq!(damages(&data).await, left);
            }
        }
        assert_eq!(damages(&data).await, 0);
        for (place, (after, right)) in answers(&data).await.iter().zip(&right).enumerate() {
            // An earlier version named the damaged files.
            assert!(place == 3 || after == right, "{after:?} {right:?}");
        }
    }
}

#[tokio::test]
async fn more_files_than_the_damaged_one_had_mend_it_too() {
    // All files of these days, one of them intact; and one file with all rows.
    for in_one in [false, true] {
        let (mut test, files) = overlapping().await;
        let data = test.store.work_dir().to_owned();
        let right = answers(&data).await;
        let damaged = usize::from(!in_one);
        fs::remove_file(&data_files(&data)[damaged]).unwrap();
        again(&mut test);
        let files = if in_one {
            let rows = [1, 2, 3, 4]
                .map(|it| exchange("2026-05-01", it, 5, 10))
                .concat()
                + &[1, 2, 4]
                    .map(|it| exchange("2026-05-02", it, 5, 10))
                    .concat();
            vec![test.file("all.csv", format!("{USAGE_HEADER}\n{rows}"))]
        } else {
            files.to_vec()
        };
        let receipt = test.import(files).await.unwrap();
        assert_eq!(receipt.mended.files, 1, "{in_one}");
        assert_eq!(
            (receipt.deliveries_new, receipt.deliveries_restated),
            (0, 0),
            "{in_one}"
        );
        assert_eq!(damages(&data).await, 0);
        assert_eq!(answers(&data).await[0], right[0]);
    }
}

/// The content of one file: customers with their seats, and whether the service is `crm`.
type FileSaid = Vec<(u32, bool, u32)>;

fn file_said(said: &FileSaid) -> String {
    let said: BTreeMap<_, _> = said
        .iter()
        .map(|(it, crm, seats)| ((it, crm), seats))
        .collect();
    let rows = said.into_iter().map(|((it, crm), seats)| {
        let row = exchange("2026-05-01", *it, *seats, 10);
        if *crm {
            row.replace("o365", "crm")
        } else {
            row
        }
    });
    format!("{USAGE_HEADER}\n{}", rows.collect::<String>())
}

#[tokio::test]
async fn an_earlier_version_of_the_same_import_is_no_news_when_it_is_done_again() {
    let mut test = TestStore::new();
    test.options.files = Files::Versions;
    let data = test.store.work_dir().to_owned();
    let files = [
        vec![(1, false, 1), (1, true, 1)],
        vec![(1, false, 2), (2, true, 1)],
    ];
    let files = files.iter().zip(["a.csv", "b.csv"]);
    let files: Vec<PathBuf> = files
        .map(|(said, name)| test.file(name, file_said(said)))
        .collect();
    test.import(files.clone()).await.unwrap();
    let right = test.usage_figures().await;
    for file in 0..2 {
        fs::remove_file(&data_files(&data)[file]).unwrap();
        again(&mut test);
        let receipt = test.import(files.clone()).await.unwrap();
        assert_eq!(receipt.mended.files, 1);
        assert_eq!(receipt.deliveries_restated, 0, "{receipt:?}");
        assert_eq!(test.usage_figures().await, right);
    }
}

#[tokio::test]
async fn all_versions_together_do_not_make_an_earlier_one_count() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    let mut files = Vec::new();
    for seats in 1..=3 {
        let file = test.file(&format!("{seats}.csv"), file_said(&vec![(1, false, seats)]));
        test.import(vec![file.clone()]).await.unwrap();
        files.push(file);
    }
    let right = test.usage_figures().await;
    fs::remove_file(&data_files(&data)[2]).unwrap();
    again(&mut test);
    let receipt = test.import(files).await.unwrap();
    assert_eq!((receipt.mended.files, receipt.mended.left_out), (1, 0));
    assert_eq!(
        (receipt.deliveries_unchanged, receipt.deliveries_restated),
        (2, 0)
    );
    assert_eq!(test.usage_figures().await, right);
}
