//! Data folders without checksums, of an earlier layout, gone, or with a damaged note.

use std::fs;
use std::path::Path;

use seatwise_store::{Store, StoreError};

use crate::damage::{
    answers, copy_of, damages, files_below, has_end, known_at, list, lived_in, newest, usage,
};
use crate::test_store::{TestStore, USAGE_HEADER, exchange, partner};

#[tokio::test]
async fn a_folder_without_checksums_is_taken_over_by_the_next_import() {
    let mut test = lived_in().await;
    let data = test.store.work_dir().to_owned();
    let right = answers(&data).await;
    // As an earlier version left it.
    fs::remove_dir_all(data.join("checksums")).unwrap();
    fs::write(data.join("seatwise-store.json"), "{\"layout\":1}\n").unwrap();
    for file in files_below(&data.join("partners")) {
        if !file.parent().unwrap().ends_with("_delta_log") {
            continue;
        }
        if has_end(&file, "json") {
            let text = fs::read_to_string(&file).unwrap();
            fs::write(&file, text.replace("seatwise.sha256", "nothing")).unwrap();
        } else {
            // A checkpoint has the checksums too; the log is readable without it.
            fs::remove_file(file).unwrap();
        }
    }
    assert_eq!(answers(&data).await, right);
    assert_eq!(damages(&data).await, 0);

    test.store = Store::open(&data).unwrap();
    let again = test.usage(&exchange("2026-05-18", 1, 5, 10)).await.unwrap();
    assert_eq!(again.deliveries_unchanged, 1);
    let marker = fs::read_to_string(data.join("seatwise-store.json")).unwrap();
    assert_eq!(marker, "{\"layout\":2}\n");
    assert_eq!(answers(&data).await, right);
    assert_eq!(damages(&data).await, 0);
    fs::remove_file(newest(&data)).unwrap();
    assert!(damages(&data).await > 0);
    assert!(answers(&data).await[0].is_err());
}

/// The version before checksums wrote the folder, from the rows below.
#[tokio::test]
async fn a_folder_of_layout_1_is_whole_and_its_deliveries_are_known() {
    let mut test = TestStore::new();
    let data = test.folder.path().join("old");
    let written = concat!(env!("CARGO_MANIFEST_DIR"), "/folders/layout-1");
    copy_of(Path::new(written), &data);
    test.store = Store::open(&data).unwrap();
    assert_eq!(damages(&data).await, 0);
    let figures = test.usage_figures().await;
    assert!(figures.contains("Exchange: 6/13"), "{figures}");
    assert!(!data.join("checksums").exists());

    let rows = exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-01", 2, 1, 3);
    let file = test.file("again.csv", format!("{USAGE_HEADER}\n{rows}"));
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let receipt = test.import_at(vec![file], now).await.unwrap();
    assert_eq!((receipt.deliveries_unchanged, receipt.rows_stored), (2, 0));
    let marker = fs::read_to_string(data.join("seatwise-store.json")).unwrap();
    assert_eq!(marker, "{\"layout\":2}\n");
    let listed = fs::read_to_string(list(&data)).unwrap();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert_eq!(test.usage_figures().await, figures);
    assert_eq!(damages(&data).await, 0);
}

#[tokio::test]
async fn a_folder_that_is_gone_is_no_empty_one() {
    let test = lived_in().await;
    let data = test.store.work_dir().to_owned();
    test.store.usage_figures(partner()).await.unwrap();
    let away = test.folder.path().join("away");
    fs::rename(&data, &away).unwrap();
    // As after a disk is unmounted.
    fs::create_dir(&data).unwrap();
    let gone = |err: StoreError| assert!(matches!(err, StoreError::Gone { .. }), "{err:?}");
    gone(test.store.partners().unwrap_err());
    gone(test.store.usage_figures(partner()).await.unwrap_err());
    let other = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9".parse().unwrap();
    gone(test.store.usage_figures(other).await.unwrap_err());
    // Nor does a writer create one there.
    let now = "2026-07-01T00:00:00Z".parse().unwrap();
    let file = test.folder.path().join("file-1");
    test.import_at(vec![file], now).await.unwrap_err();
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0);

    fs::remove_dir(&data).unwrap();
    fs::rename(&away, &data).unwrap();
    test.store.usage_figures(partner()).await.unwrap();
}

#[tokio::test]
async fn an_empty_note_of_what_is_settled_is_found_and_mended() {
    let mut test = lived_in().await;
    let data = test.store.work_dir().to_owned();
    let right = answers(&data).await;
    let message = "2026-06-01T00:30:00Z".parse().unwrap();
    let before = known_at(&test.store, message).await.unwrap();
    let note = usage(&data).with_file_name("settled-at");
    fs::write(&note, "").unwrap();
    assert!(damages(&data).await > 0);
    test.store = Store::open(&data).unwrap();
    assert_eq!(known_at(&test.store, message).await.unwrap(), before);
    assert_eq!(answers(&data).await, right);
    assert_eq!(damages(&data).await, 0);
    // A record by a slow clock does not change earlier answers.
    test.usage(&exchange("2026-05-18", 1, 9, 10)).await.unwrap();
    assert_eq!(known_at(&test.store, message).await.unwrap(), before);
}
