//! Files of a table that its newest version does not name. They can still have rows of a customer
//! that the table has no rows of: a mending import gave them up, or a writer was stopped.

use std::collections::HashSet;
use std::io;

use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use seatwise_types::CustomerId;

use crate::model::error::Cause;
use crate::table::delta::Table;
use crate::table::log::is_data_file;
use crate::table::storage::Location;
use crate::upkeep::verify_log::Others;

/// The number of files in the folder of a table, not named by its newest version, that have rows of
/// a customer, or that are unreadable and may have them.
///
/// # Errors
/// If the folder or the log cannot be read.
pub(crate) fn left_files(table: &Table, customer: CustomerId) -> io::Result<u64> {
    let id = customer.to_string();
    let others = Others::of(table)?;
    let damaged: HashSet<&str> = others.damaged(&table.folder)?.into_iter().collect();
    let live: HashSet<&str> = table.files.iter().map(|file| file.name.as_str()).collect();
    let mut found = 0;
    for entry in table.folder.list()? {
        let Some(name) = entry.name() else {
            continue;
        };
        if is_data_file(name) && !live.contains(name) {
            let is_damaged = damaged.contains(name);
            let may_have = is_damaged || has_rows_of(&entry.location, &id).unwrap_or(true);
            found += u64::from(may_have);
        }
    }
    Ok(found)
}

fn has_rows_of(file: &Location, customer: &str) -> Result<bool, Cause> {
    let name = "customer_tenant_id";
    let reader = ParquetRecordBatchReaderBuilder::try_new(file.open()?)?;
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
pub(crate) fn files_in(folder: &Location) -> io::Result<u64> {
    match folder.list() {
        Ok(entries) => Ok(entries.len() as u64),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(err) => Err(err),
    }
}
