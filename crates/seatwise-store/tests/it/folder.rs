//! Data folders in every state: Seatwise's, foreign, damaged.

use std::fs;

use seatwise_store::{Store, StoreError};

use crate::test_store::{TestStore, exchange, partner};
use crate::upkeep::data_files;

fn message(err: &StoreError) -> String {
    let mut text = err.to_string();
    let mut cause = std::error::Error::source(err);
    while let Some(err) = cause {
        text += &format!("\n  {err}");
        cause = err.source();
    }
    text
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "x").unwrap();
    for result in [Store::open(folder.path()), Store::create(folder.path())] {
        let err = result.unwrap_err();
        assert!(matches!(&err, StoreError::ForeignFolder { found, .. } if found == "thesis.tex"));
        assert!(err.hint().is_some());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("seatwise-store.json"),
        r#"{"layout":99}"#,
    )
    .unwrap();
    let err = Store::create(folder.path()).unwrap_err();
    assert!(matches!(err, StoreError::Newer { found: 99, .. }), "{err}");
}

#[tokio::test]
async fn a_table_of_a_newer_version_is_left_alone() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    let log = log_of(&test).join("00000000000000000000.json");
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains(r#""seatwise.layout":"2""#));
    fs::write(
        &log,
        text.replace(r#""seatwise.layout":"2""#, r#""seatwise.layout":"7""#),
    )
    .unwrap();
    // A newer version may have other checksums too.
    fs::remove_dir_all(test.store.work_dir().join("checksums")).unwrap();
    let store = Store::open(test.store.work_dir()).unwrap();
    let err = store.usage_figures(partner()).await.unwrap_err();
    assert!(matches!(err, StoreError::Newer { found: 7, .. }), "{err}");
}

#[tokio::test]
async fn a_damaged_log_is_an_error_and_not_written_over() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    let log = log_of(&test).join("00000000000000000001.json");
    fs::write(&log, "{ not json").unwrap();
    test.store = Store::open(test.store.work_dir()).unwrap();
    let err = test.store.usage_figures(partner()).await.unwrap_err();
    let text = message(&err);
    assert!(matches!(err, StoreError::Damaged { .. }), "{text}");
    assert!(
        text.contains(&partner().to_string()) && text.contains("`usage`"),
        "{text}"
    );
    test.usage(&exchange("2026-05-02", 1, 1, 2))
        .await
        .unwrap_err();
    assert_eq!(fs::read_to_string(&log).unwrap(), "{ not json");
}

#[tokio::test]
async fn data_without_a_log_is_damage_and_not_an_empty_table() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    fs::remove_dir_all(log_of(&test)).unwrap();
    test.store = Store::open(test.store.work_dir()).unwrap();
    let err = test
        .usage(&exchange("2026-05-02", 1, 1, 2))
        .await
        .unwrap_err();
    assert!(err.to_string().contains("cannot find the log"), "{err}");
}

#[tokio::test]
async fn a_missing_data_file_is_named() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    let file = data_files(&test.store).remove(0);
    fs::remove_file(&file).unwrap();
    let err = test.store.usage_figures(partner()).await.unwrap_err();
    let text = message(&err);
    assert!(
        text.contains(file.file_name().unwrap().to_str().unwrap()),
        "{text}"
    );
}

fn log_of(test: &TestStore) -> std::path::PathBuf {
    test.store
        .work_dir()
        .join(format!("partners/{}/usage/_delta_log", partner()))
}

#[tokio::test]
async fn a_partner_that_is_forgotten_can_begin_again() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    let now = "2026-05-02T00:00:00Z".parse().unwrap();
    let collections = test.store.work_dir().join("collections");
    let collected = collections.join(format!("{}/runs.ndjson", partner()));
    fs::create_dir_all(collected.parent().unwrap()).unwrap();
    fs::write(&collected, "{}\n").unwrap();
    test.store.remove_partner(partner(), now).await.unwrap();
    assert_eq!(collections.read_dir().unwrap().count(), 0);
    assert_eq!(test.store.partners().unwrap(), []);
    assert_eq!(test.store.usage_figures(partner()).await.unwrap(), []);
    // Nothing of it is left, under any name.
    let left = fs::read_dir(test.store.work_dir()).unwrap();
    assert_eq!(left.count(), 4);

    test.usage(&exchange("2026-05-01", 1, 1, 4)).await.unwrap();
    let figures = test.store.usage_figures(partner()).await.unwrap();
    assert_eq!((figures.len(), figures[0].percent()), (1, 25.0));
    test.store.remove_partner(partner(), now).await.unwrap();
    test.store.remove_partner(partner(), now).await.unwrap();
}

#[tokio::test]
async fn a_folder_that_is_opened_to_be_read_is_not_written_to() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 5, 10)).await.unwrap();
    let store = Store::open_to_read(test.store.work_dir()).unwrap();
    assert_eq!(store.usage_figures(partner()).await.unwrap().len(), 1);
    let last = "2026-06-01T00:01:00Z".parse().unwrap();
    assert!(store.settle(partner(), last, last).await.is_ok());
    let later = "2026-06-01T00:02:00Z".parse().unwrap();
    let err = store.settle(partner(), later, later).await.unwrap_err();
    assert!(matches!(err, StoreError::OnlyRead { .. }), "{err:?}");
    // Other open stores continue to work.
    assert!(test.store.settle(partner(), later, later).await.is_ok());
}
