//! The rows of a file in any format.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::block::Block;
use super::csv::CsvRows;
use super::fields::Columns;
use super::format::Format;
use super::json::JsonRows;
use super::options::ImportOptions;
use super::parquet::ParquetRows;
use super::source::{self, Input};
use crate::ingest::progress::Progress;

/// A file, read block by block.
pub(super) enum Rows {
    Csv(Box<CsvRows>),
    Json(JsonRows),
    Parquet(ParquetRows),
}

impl Rows {
    pub(super) fn open(
        input: &Input,
        options: &ImportOptions,
        folder: &Path,
        progress: &Arc<Progress>,
    ) -> io::Result<Self> {
        let longest = options.longest_unpacked;
        let source = source::open(input, options.format, longest, progress)?;
        let kind = options.kind;
        match source.format {
            Format::Auto | Format::Csv => {
                CsvRows::open(source.content, kind).map(|rows| Self::Csv(Box::new(rows)))
            }
            Format::Ndjson => {
                JsonRows::lines(source.content, kind, options.customer).map(Self::Json)
            }
            Format::Json => JsonRows::text(source.content, kind, options.customer).map(Self::Json),
            Format::Parquet => {
                let file = source::seekable(input, source, folder)?;
                ParquetRows::open(file, kind, longest).map(Self::Parquet)
            }
        }
    }

    pub(super) fn columns(&self) -> &Columns {
        match self {
            Self::Csv(rows) => rows.columns(),
            Self::Json(rows) => rows.columns(),
            Self::Parquet(rows) => rows.columns(),
        }
    }

    /// The next rows; an empty block at the end.
    pub(super) fn next_block(&mut self) -> io::Result<Block> {
        match self {
            Self::Csv(rows) => rows.next_block(),
            Self::Json(rows) => rows.next_block(),
            Self::Parquet(rows) => rows.next_block(),
        }
    }
}
