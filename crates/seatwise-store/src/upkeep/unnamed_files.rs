//! Files of a table that its newest version does not name. They can still have rows of a customer
//! that the table has no rows of: a mending import gave them up, or a writer was stopped.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use seatwise_types::CustomerId;

use crate::model::error::Cause;
use crate::table::delta::Table;
use crate::table::log::is_data_file;
use crate::upkeep::verify_log::Others;

/// The number of files in the folder of a table, not named by its newest version, that have rows of
/// a customer, or that are unreadable and may have them.
///
/// # Errors
/// If the folder or the log cannot be read.
pub(crate) fn left_files(table: &Table, customer: CustomerId) -> io::Result<u64> {
    let id = customer.to_string();
    let others = Others::of(table)?;
    let damaged: HashSet<&str> = others.damaged(&table.path)?.into_iter().collect();
    let live: HashSet<&str> = table.files.iter().map(|file| file.name.as_str()).collect();
    let mut found = 0;
    for entry in fs::read_dir(&table.path)? {
        let Ok(name) = entry?.file_name().into_string() else {
            continue;
        };
        if is_data_file(&name) && !live.contains(name.as_str()) {
            let is_damaged = damaged.contains(name.as_str());
            let may_have = is_damaged || has_rows_of(&table.path.join(&name), &id).unwrap_or(true);
            found += u64::from(may_have);
        }
    }
    Ok(found)
}

fn has_rows_of(path: &Path, customer: &str) -> Result<bool, Cause> {
    let name = "customer_tenant_id";
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let columns = ProjectionMask::columns(reader.parquet_schema(), [name]);
    for batch in reader.with_projection(columns).build()? {
        let batch = batch?;
        let customers = batch.column_by_name(name).ok_or("it has no customers")?;
        let customers = cast(customers, &DataType::Utf8View)?;
        if customers
            .as_string_view()
            .iter()
            .flatten()
            .any(|it| it == customer)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The number of files in a folder, which need not exist.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn files_in(folder: &Path) -> io::Result<u64> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.count() as u64),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(err) => Err(err),
    }
}
