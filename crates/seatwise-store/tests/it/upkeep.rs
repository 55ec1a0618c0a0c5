//! Upkeep: verify, compact, backup, export, erase.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, Int64Array, RecordBatch, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use jiff::{SignedDuration, Timestamp};
use seatwise_store::{Kind, Store, Verified};

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, customer, exchange, partner};

/// Long after all files of a test were written, on any date.
pub(crate) fn much_later() -> Timestamp {
    "2200-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Two customers on two days, one of them restated, and a customer with an empty delivery.
pub(crate) async fn lived_in() -> TestStore {
    let mut test = TestStore::new();
    let empty = format!(
        "2026-05-02,,,o365,Microsoft Office 365,reseller,{},Customer 3,,,,\n",
        customer(3)
    );
    let deployment = format!(
        "{DEPLOYMENT_HEADER}\n2026-05-02,o365,Microsoft Office 365,reseller,{},Customer 1,,E3,4,5\n",
        customer(1)
    );
    for rows in [
        exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-01", 2, 1, 2),
        exchange("2026-05-02", 1, 6, 10) + &exchange("2026-05-02", 2, 1, 3) + &empty,
        exchange("2026-05-02", 2, 2, 3),
    ] {
        test.usage(&rows).await.unwrap();
    }
    test.content(&deployment).await.unwrap();
    test
}

pub(crate) async fn verified(store: &Store) -> Verified {
    store.verify(partner(), Kind::Usage).await.unwrap().unwrap()
}

pub(crate) fn table(store: &Store) -> PathBuf {
    store
        .work_dir()
        .join(format!("partners/{}/usage", partner()))
}

pub(crate) fn data_files(store: &Store) -> Vec<PathBuf> {
    let entries = fs::read_dir(table(store)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "parquet"))
        .collect()
}

#[tokio::test]
async fn a_whole_table_is_found_whole() {
    let test = lived_in().await;
    let found = verified(&test.store).await;
    assert_eq!(found.findings, []);
    assert_eq!((found.damages, found.files), (0, 3));
    assert_eq!((found.deliveries, found.rows), (6, 6));
    let deployment = test
        .store
        .verify(partner(), Kind::Deployment)
        .await
        .unwrap();
    assert_eq!(deployment.unwrap().damages, 0);
}

/// Changes the largest data file, and adapts the log to it.
fn tamper(store: &Store, change: impl Fn(&RecordBatch) -> RecordBatch) -> String {
    let files = data_files(store);
    let path = files.iter().max_by_key(|path| rows_in(path)).unwrap();
    let before = fs::metadata(path).unwrap().len();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let batches: Vec<_> = reader
        .build()
        .unwrap()
        .map(|it| change(&it.unwrap()))
        .collect();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batches[0].schema(), None).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let after = fs::metadata(path).unwrap().len();
    in_the_log(
        store,
        &name,
        &format!("\"size\":{before}"),
        &format!("\"size\":{after}"),
    );
    name
}

fn rows_in(path: &Path) -> i64 {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    reader.metadata().file_metadata().num_rows()
}

/// Changes a text in the log entry of a file, and removes all checksums, as if another tool wrote
/// the table.
fn in_the_log(store: &Store, name: &str, text: &str, by: &str) {
    for entry in fs::read_dir(table(store).join("_delta_log")).unwrap() {
        let path = entry.unwrap().path();
        let content = fs::read_to_string(&path).unwrap_or_default();
        if content.contains(name) {
            assert!(content.contains(text), "{content} has no {text}");
            fs::write(&path, content.replace(text, by)).unwrap();
        }
        let content = fs::read_to_string(&path).unwrap_or_default();
        if content.contains("seatwise.sha256") {
            fs::write(&path, content.replace("seatwise.sha256", "another.tag")).unwrap();
        }
    }
    fs::remove_dir_all(store.work_dir().join("checksums")).ok();
}

async fn problems(test: &TestStore) -> String {
    let store = Store::open(test.store.work_dir()).unwrap();
    let found = verified(&store).await;
    let lines = found.findings.iter().map(|finding| {
        let delivery = finding.delivery.map(|id| id.to_string());
        format!("{}: {}", delivery.unwrap_or_default(), finding.problem)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_changed_count_is_found() {
    let test = lived_in().await;
    tamper(&test.store, |batch| {
        let active = batch.schema().index_of("licenses_active").unwrap();
        let mut columns = batch.columns().to_vec();
        let counts = columns[active].as_primitive::<Int64Type>();
        let more = counts.iter().map(|count| count.map(|count| count + 1));
        columns[active] = Arc::new(more.collect::<Int64Array>());
        RecordBatch::try_new(batch.schema(), columns).unwrap()
    });
    let found = problems(&test).await;
    assert_eq!(found.lines().count(), 2, "{found}");
    assert!(found.contains(": its content has the hash "), "{found}");
}

#[tokio::test]
async fn a_row_that_moved_to_another_customer_or_day_is_found_by_its_content_s_hash() {
    let of_two_customers = exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-01", 2, 1, 2);
    let of_two_days = exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-02", 1, 1, 2);
    for (rows, moved) in [
        (of_two_customers, &["customer_tenant_id"][..]),
        (of_two_days, &["processed_date", "processed_date_time"]),
    ] {
        let mut test = TestStore::new();
        test.usage(&rows).await.unwrap();
        assert_eq!(problems(&test).await, "");
        // Each row has the values of the other: no sum and no bound in the log differs.
        tamper(&test.store, |batch| {
            let mut columns = batch.columns().to_vec();
            for name in moved {
                let at = batch.schema().index_of(name).unwrap();
                columns[at] = take(&columns[at], &UInt32Array::from(vec![1, 0]), None).unwrap();
            }
            RecordBatch::try_new(batch.schema(), columns).unwrap()
        });
        let found = problems(&test).await;
        let hashes = found.matches(": its content has the hash ").count();
        assert_eq!(hashes, 2, "{moved:?}: {found}");
    }
}

#[tokio::test]
async fn data_files_of_no_version_are_counted_and_are_no_damage() {
    let test = lived_in().await;
    let whole = verified(&test.store).await;
    assert_eq!((whole.unnamed_files, whole.unnamed_bytes), (0, 0));
    // As left by an import that stopped before its commit.
    let left = table(&test.store).join("part-00000-left.parquet");
    fs::copy(&data_files(&test.store)[0], &left).unwrap();
    let found = verified(&test.store).await;
    assert_eq!((found.unnamed_files, found.damages), (1, 0));
    assert_eq!(found.unnamed_bytes, fs::metadata(&left).unwrap().len());
    assert_eq!((found.findings, found.files), (vec![], whole.files));
}

#[tokio::test]
async fn a_missing_row_is_found() {
    let mut test = TestStore::new();
    let second = exchange("2026-05-01", 1, 1, 2).replace("6fd2c87f", "7fd2c87f");
    test.usage(&(exchange("2026-05-01", 1, 5, 10) + &second))
        .await
        .unwrap();
    tamper(&test.store, |batch| batch.slice(1, 1));
    let found = problems(&test).await;
    assert!(found.contains("1: some of its rows are missing"), "{found}");
    assert!(found.contains(": it has 1 rows, the log says 2"), "{found}");
}

#[tokio::test]
async fn a_missing_file_and_a_broken_one_are_found() {
    let test = lived_in().await;
    let files = data_files(&test.store);
    fs::remove_file(&files[0]).unwrap();
    let length = fs::metadata(&files[1]).unwrap().len() as usize;
    fs::write(&files[1], vec![0; length]).unwrap();
    let found = problems(&test).await;
    assert_eq!(found.matches(": it cannot be read").count(), 2, "{found}");
    let store = Store::open(test.store.work_dir()).unwrap();
    assert_eq!(verified(&store).await.damages, 2);
}

#[tokio::test]
async fn a_log_that_would_hide_rows_is_found() {
    let test = lived_in().await;
    let files = data_files(&test.store);
    let largest = files.iter().max_by_key(|path| rows_in(path)).unwrap();
    let name = largest.file_name().unwrap().to_str().unwrap();
    in_the_log(
        &test.store,
        name,
        "\\\"processed_date\\\":\\\"2026-05-02\\\"",
        "\\\"processed_date\\\":\\\"2026-05-09\\\"",
    );
    let found = problems(&test).await;
    assert_eq!(
        found.matches("its processed date is not within").count(),
        3,
        "{found}"
    );
}

/// All files below a folder, with their bytes.
pub(crate) fn all_files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(all_files(&path));
        } else {
            files.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    files
}
