//! Invalid rows of another tool: `verify` reports them, and every reader fails.

use std::fs::{self, File};
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, ArrayRef, Int64Array, RecordBatch, new_null_array};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use seatwise_store::{Axes, Erase, ExportFormat, Kind, Moment, Store};

use crate::test_store::{TestStore, customer, exchange, partner};
use crate::upkeep::{data_files, much_later, table, verified};

/// Commits a file to the table as another tool would: the changed rows of the first file, which it
/// replaces.
fn write_as_another_tool(store: &Store, change: impl Fn(&RecordBatch) -> RecordBatch) {
    let table = table(store);
    let [old] = data_files(store).try_into().unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&old).unwrap()).unwrap();
    let batch = change(&reader.build().unwrap().next().unwrap().unwrap());
    let new = table.join("part-of-another-tool.parquet");
    let mut writer =
        ArrowWriter::try_new(File::create(&new).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let entry = |version: u64| table.join(format!("_delta_log/{version:020}.json"));
    let log = fs::read_to_string(entry(1)).unwrap();
    let mut lines = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mut add = lines.find(|line| line.get("add").is_some()).unwrap();
    let add = add["add"].as_object_mut().unwrap();
    let remove = serde_json::json!({"remove": {
        "path": add["path"], "deletionTimestamp": 1_800_000_000_000_u64, "dataChange": true,
    }});
    add.insert("path".to_owned(), "part-of-another-tool.parquet".into());
    add.insert("size".to_owned(), fs::metadata(&new).unwrap().len().into());
    add.remove("tags");
    let add = serde_json::json!({ "add": add });
    fs::write(entry(2), format!("{remove}\n{add}\n")).unwrap();
}

/// The rows with other values in a column.
fn with(batch: &RecordBatch, name: &str, column: ArrayRef) -> RecordBatch {
    let place = batch.schema().index_of(name).unwrap();
    let mut columns = batch.columns().to_vec();
    columns[place] = column;
    RecordBatch::try_new(batch.schema(), columns).unwrap()
}

fn two_counts(batch: &RecordBatch, name: &str, counts: [Option<i64>; 2]) -> RecordBatch {
    with(batch, name, Arc::new(Int64Array::from(counts.to_vec())))
}

async fn one_file() -> TestStore {
    let mut test = TestStore::new();
    let rows = exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-01", 2, 7, 10);
    test.usage(&rows).await.unwrap();
    test
}

#[tokio::test]
async fn no_reader_makes_something_of_a_row_that_cannot_be() {
    type Change = fn(&RecordBatch) -> RecordBatch;
    let changes: [(Change, &str); 6] = [
        (
            |batch| two_counts(batch, "licenses_active", [Some(5), Some(-7)]),
            "its row 2 cannot be: its licenses_active is -7",
        ),
        (
            |batch| two_counts(batch, "licenses_qualified", [Some(1 << 40), Some(-1)]),
            "its row 1 cannot be: its licenses_qualified is 1099511627776, and another row cannot be",
        ),
        (
            |batch| two_counts(batch, "licenses_active", [None, Some(7)]),
            "its row 1 cannot be: it has no licenses_active",
        ),
        (
            |batch| two_counts(batch, "delivery_id", [Some(0), Some(2)]),
            "its row 1 cannot be: its delivery_id is 0",
        ),
        (
            |batch| {
                let column = batch.column_by_name("customer_tenant_id").unwrap();
                with(
                    batch,
                    "customer_tenant_id",
                    new_null_array(column.data_type(), 2),
                )
            },
            "its row 1 cannot be: it has no customer_tenant_id, and another row cannot be",
        ),
        (
            |batch| {
                let place = batch.schema().index_of("recorded_at").unwrap();
                let mut batch = batch.clone();
                batch.remove_column(place);
                batch
            },
            "its row 1 cannot be: it has no recorded_at, and another row cannot be",
        ),
    ];
    for (change, why) in changes {
        let mut test = one_file().await;
        write_as_another_tool(&test.store, change);
        let store = Store::open(test.store.work_dir()).unwrap();
        let found = verified(&store).await;
        assert_eq!(found.damages, 1, "{why}: {found:?}");
        assert_eq!(found.findings[0].file, "part-of-another-tool.parquet");
        assert!(found.findings[0].problem.contains(why), "{found:?}");

        let (partner, now) = (partner(), much_later());
        let to = test.folder.path().join("flat");
        let what = Erase::Customer(customer(1).parse().unwrap());
        let failed = [
            store.usage_figures(partner).await.err(),
            store
                .read_snapshot(partner, Kind::Usage, Moment::NEWEST, None, None)
                .await
                .err(),
            store.status().await.err(),
            store
                .erase(partner, Kind::Usage, what, now, false)
                .await
                .err(),
            store
                .export(partner, Axes::default(), &to, ExportFormat::Csv, now)
                .await
                .err(),
        ];
        for err in failed {
            let err = with_causes(&err.unwrap());
            assert!(err.contains(why), "{err}");
        }
        let imported = test.usage(&exchange("2026-05-01", 1, 6, 10)).await;
        assert!(with_causes(&imported.unwrap_err()).contains(why));
    }
}

#[tokio::test]
async fn rows_of_another_tool_that_can_be_are_read() {
    let test = one_file().await;
    let figures = test.usage_figures().await;
    write_as_another_tool(&test.store, |batch| batch.clone());
    let store = Store::open(test.store.work_dir()).unwrap();
    assert_eq!(verified(&store).await.findings, []);
    assert_eq!(test.usage_figures().await, figures);
}

/// An error with its causes.
fn with_causes(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        text += &format!(": {err}");
        cause = err.source();
    }
    text
}
