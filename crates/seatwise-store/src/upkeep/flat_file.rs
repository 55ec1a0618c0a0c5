//! Files with one flat table for other tools, written completely or not at all.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::prelude::DataFrame;
use futures::{TryStreamExt as _, stream};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::model::error::Cause;
use crate::table::disk::DurableFiles;

/// A written file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Its name in the folder.
    pub file: String,
    /// The number of its rows.
    pub rows: u64,
}

/// The format of an exported table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// CSV with a header, and quotes where needed.
    Csv,
    /// As [`Csv`](Self::Csv), for spreadsheets: each text is made [`harmless`]. Names can differ
    /// from the stored ones, so do not import it.
    SpreadsheetCsv,
    /// Apache Parquet.
    Parquet,
}

impl ExportFormat {
    fn extension(self) -> &'static str {
        match self {
            Self::Csv | Self::SpreadsheetCsv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// A cell that no spreadsheet reads as a formula: prefixes texts that begin like a formula with an
/// apostrophe. Signed numbers are left unchanged.
///
/// ```
/// # use seatwise_store::harmless;
/// assert_eq!(harmless("=1+1"), "'=1+1");
/// assert_eq!(harmless("\u{feff}＝1+1"), "'\u{feff}＝1+1");
/// assert_eq!(harmless("-5"), "-5");
/// ```
pub fn harmless(cell: &str) -> Cow<'_, str> {
    // Spreadsheets pass over spaces and invisible characters, and read full-width signs like the others.
    let passed_over = |sign: char| {
        sign.is_whitespace()
            || sign.is_control()
            || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let start = cell.trim_start_matches(passed_over);
    let is_formula = start.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || cell.starts_with(['\t', '\r']);
    if is_formula && cell.parse::<f64>().is_err() {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// A file for one table.
pub(crate) struct FlatFile {
    files: DurableFiles,
    path: PathBuf,
    name: String,
    format: ExportFormat,
}

impl FlatFile {
    pub(crate) fn new(files: &DurableFiles, to: &Path, name: &str, format: ExportFormat) -> Self {
        let name = format!("{name}.{}", format.extension());
        Self {
            files: files.clone(),
            path: to.join(&name),
            name,
            format,
        }
    }

    /// Writes the rows of these queries, which have the same columns, in sequence. The file
    /// replaces an earlier one when it is complete and synced.
    pub(crate) async fn write(self, rows: Vec<DataFrame>) -> Result<Exported, Cause> {
        let first = rows.first().ok_or("a table without columns")?;
        let schema = Arc::clone(first.schema().inner());
        let each = rows.into_iter().map(Ok::<_, DataFusionError>);
        let mut batches = pin!(
            stream::iter(each)
                .and_then(DataFrame::execute_stream)
                .try_flatten()
        );
        let (send, received) = mpsc::channel(2);
        let writing = spawn_blocking(move || {
            let written = self.files.write_with(&self.path, false, |file| {
                write_all(file, schema, self.format, received)
            });
            written.map(|rows| Exported {
                file: self.name,
                rows,
            })
        });
        let read = loop {
            match batches.try_next().await {
                Ok(None) => {
                    send.send(Part::End).await.ok();
                    break Ok(());
                }
                Ok(Some(batch)) => {
                    if send.send(Part::Rows(batch)).await.is_err() {
                        // The writer failed, and its error is the one to return.
                        break Ok(());
                    }
                }
                Err(err) => break Err(err),
            }
        };
        // Without the end marker, the writer discards the file.
        drop(send);
        let written = writing.await?;
        read?;
        Ok(written?)
    }
}

/// A part of a table.
enum Part {
    Rows(RecordBatch),
    /// The end of the rows. Without it, the file is incomplete.
    End,
}

/// Writes a table into a file; returns the number of rows.
fn write_all(
    file: &mut File,
    schema: SchemaRef,
    format: ExportFormat,
    mut parts: mpsc::Receiver<Part>,
) -> io::Result<u64> {
    let mut writer = Writer::new(file, schema, format)?;
    let mut rows = 0;
    loop {
        match parts.blocking_recv() {
            Some(Part::Rows(batch)) => {
                rows += batch.num_rows() as u64;
                writer.write(&batch)?;
            }
            Some(Part::End) => break,
            None => return Err(io::Error::other("its rows could not be read to their end")),
        }
    }
    writer.finish()?;
    Ok(rows)
}

enum Writer<'a> {
    Csv {
        inner: Box<csv::Writer<&'a mut File>>,
        for_spreadsheets: bool,
    },
    Parquet(Box<ArrowWriter<&'a mut File>>),
}

impl<'a> Writer<'a> {
    fn new(file: &'a mut File, schema: SchemaRef, format: ExportFormat) -> io::Result<Self> {
        if format == ExportFormat::Parquet {
            let level = ZstdLevel::try_new(3).map_err(from_parquet)?;
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(level))
                .build();
            let options = ArrowWriterOptions::new()
                .with_properties(properties)
                // With the metadata, older readers meet a text type that they do not support.
                .with_skip_arrow_metadata(true);
            let writer = ArrowWriter::try_new_with_options(file, schema, options);
            return Ok(Self::Parquet(Box::new(writer.map_err(from_parquet)?)));
        }
        let mut inner = csv::WriterBuilder::new().with_header(true).build(file);
        // Writes the header even without rows.
        inner
            .write(&RecordBatch::new_empty(schema))
            .map_err(from_arrow)?;
        Ok(Self::Csv {
            inner: Box::new(inner),
            for_spreadsheets: format == ExportFormat::SpreadsheetCsv,
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        match self {
            Self::Csv {
                inner,
                for_spreadsheets: false,
            } => inner.write(batch).map_err(from_arrow),
            Self::Csv { inner, .. } => {
                let batch = without_formulas(batch).map_err(from_arrow)?;
                inner.write(&batch).map_err(from_arrow)
            }
            Self::Parquet(inner) => inner.write(batch).map_err(from_parquet),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            // Each batch is already flushed.
            Self::Csv { .. } => Ok(()),
            Self::Parquet(inner) => inner.close().map(drop).map_err(from_parquet),
        }
    }
}

/// The same rows with texts that are [`harmless`].
fn without_formulas(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(batch.schema_ref().fields());
    let columns = columns.map(|(column, field)| {
        let column: ArrayRef = match column.data_type() {
            DataType::Utf8 | DataType::Utf8View => {
                let texts = cast(column, &DataType::Utf8)?;
                let texts = texts.as_string::<i32>().iter();
                Arc::new(StringArray::from_iter(texts.map(|text| text.map(harmless))))
            }
            _ => Arc::clone(column),
        };
        Ok((field.name(), column))
    });
    RecordBatch::try_from_iter(columns.collect::<Result<Vec<_>, ArrowError>>()?)
}

fn from_arrow(err: ArrowError) -> io::Error {
    match err {
        ArrowError::IoError(_, err) => err,
        err => io::Error::other(err),
    }
}

fn from_parquet(err: ParquetError) -> io::Error {
    match err {
        ParquetError::External(err) => io::Error::other(err),
        err => io::Error::other(err),
    }
}
