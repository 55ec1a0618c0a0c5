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
use super::read_ahead::ReadAhead;
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
        if source.format == Format::Parquet {
            let file = source::seekable(input, source, folder)?;
            return ParquetRows::open(file, kind, longest).map(Self::Parquet);
        }
        let content = Box::new(ReadAhead::new(source.content));
        match source.format {
            Format::Ndjson => JsonRows::lines(content, kind, options.customer).map(Self::Json),
            Format::Json => JsonRows::text(content, kind, options.customer).map(Self::Json),
            _ => CsvRows::open(content, kind).map(|rows| Self::Csv(Box::new(rows))),
        }
    }

    pub(super) fn columns(&self) -> &Columns {
        match self {
            Self::Csv(rows) => rows.columns(),
            Self::Json(rows) => rows.columns(),
            Self::Parquet(rows) => rows.columns(),
        }
    }

    /// Adds the next rows to an empty block; none at the end.
    pub(super) fn fill(&mut self, block: &mut Block) -> io::Result<()> {
        match self {
            Self::Csv(rows) => rows.fill(block),
            Self::Json(rows) => rows.fill(block),
            Self::Parquet(rows) => rows.fill(block),
        }
    }
}
