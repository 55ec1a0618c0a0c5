//! Rows of CSV files.

use std::io::{self, BufRead};

use super::block::Block;
use super::fields::Columns;
use super::of_export::refuse_of_export;
use super::records::Records;
use super::report_columns;
use crate::model::kind::Kind;

/// Reads the rows of a CSV file.
pub(crate) struct CsvRows {
    records: Records,
    columns: Columns,
}

impl CsvRows {
    /// Reads the header.
    ///
    /// # Errors
    /// If the file cannot be read, or the header lacks a column.
    pub(crate) fn open(content: Box<dyn BufRead + Send>, kind: Option<Kind>) -> io::Result<Self> {
        let (records, names) = Records::open(content)?;
        let headers: Vec<&str> = names.iter().map(String::as_str).collect();
        refuse_of_export(&headers)?;
        let columns = kind
            .is_none()
            .then(|| report_columns::columns(&headers))
            .flatten()
            .unwrap_or_else(|| Columns::find(headers.iter().copied(), kind));
        let columns =
            columns.map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))?;
        Ok(Self { records, columns })
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Adds the next rows to an empty block; none at the end.
    pub(crate) fn fill(&mut self, block: &mut Block) -> io::Result<()> {
        while !block.is_full()
            && let Some(record) = self.records.next(block.text())?
        {
            if let Some(reason) = record.broken {
                block.push_broken(record.line, reason);
                continue;
            }
            let fields = self.records.fields();
            let field = |place: Option<usize>| place.map_or(0..0, |at| fields[at].clone());
            block.push_found(record.line, self.columns.place.map(field));
        }
        Ok(())
    }
}
