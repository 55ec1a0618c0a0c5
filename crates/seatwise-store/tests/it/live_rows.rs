//! The rows of a table in its files, read without the store: a slow oracle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use datafusion::arrow::util::display::array_value_to_string;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::damage::has_end;
use crate::test_store::partner;

/// A row of a table: values by column name.
pub(crate) type Row = BTreeMap<String, String>;

pub(crate) fn folder(data: &Path, kind: &str) -> PathBuf {
    data.join(format!("partners/{}/{kind}", partner()))
}

/// The data files of the newest version, from the log entries alone, in order.
pub(crate) fn live_files(data: &Path, kind: &str) -> Vec<PathBuf> {
    let folder = folder(data, kind);
    let Ok(log) = fs::read_dir(folder.join("_delta_log")) else {
        return Vec::new();
    };
    let mut entries: Vec<PathBuf> = log.map(|entry| entry.unwrap().path()).collect();
    entries.retain(|path| has_end(path, "json"));
    entries.sort();
    assert!(entries[0].ends_with("00000000000000000000.json"));
    let mut files: Vec<String> = Vec::new();
    for entry in entries {
        for line in fs::read_to_string(entry).unwrap().lines() {
            let action: serde_json::Value = serde_json::from_str(line).unwrap();
            let path = |of: &str| action[of]["path"].as_str().map(ToOwned::to_owned);
            if let Some(removed) = path("remove") {
                files.retain(|file| *file != removed);
            }
            files.extend(path("add"));
        }
    }
    files.into_iter().map(|file| folder.join(file)).collect()
}

/// The rows of a data file.
pub(crate) fn rows_of(file: &Path) -> BTreeSet<Row> {
    let file = File::open(file).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let mut rows = BTreeSet::new();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        for number in 0..batch.num_rows() {
            let schema = batch.schema();
            let columns = schema.fields().iter().zip(batch.columns());
            let row = columns.map(|(field, column)| {
                let value = array_value_to_string(column, number).unwrap();
                (field.name().clone(), value)
            });
            assert!(rows.insert(row.collect()), "no row stands there twice");
        }
    }
    rows
}

/// The rows of all existing live files of a kind.
pub(crate) fn rows(data: &Path, kind: &str) -> BTreeSet<Row> {
    let files = live_files(data, kind).into_iter();
    let files = files.filter(|file| file.exists());
    files.flat_map(|file| rows_of(&file)).collect()
}

/// The stored domains.
pub(crate) fn domains(data: &Path) -> String {
    let file = data.join(format!("partners/{}/domains.ndjson", partner()));
    fs::read_to_string(file).unwrap_or_default()
}
