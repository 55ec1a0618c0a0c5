//! Rows from Parquet files.

use std::fs::File;
use std::io;

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};

use super::block::{Block, ROWS_IN_BLOCK};
use super::fields::{Columns, FIELDS};
use super::source::too_long;
use crate::Kind;

/// Reads the rows of a Parquet file.
pub(crate) struct ParquetRows {
    inner: ParquetRecordBatchReader,
    columns: Columns,
    /// The number of the last row, from 1.
    row: u64,
    /// How many bytes its rows may have as text, and how many of them are left.
    longest: u64,
    left: u64,
}

/// Rows that are read together have no more bytes: in a dictionary a text stands once, as text it
/// stands in each row.
const LARGEST_BATCH: usize = 256 << 20;

impl ParquetRows {
    /// Reads the schema. Of the rows up to `longest` bytes are read, counted as text.
    ///
    /// # Errors
    /// If it is not a Parquet file, or lacks a column.
    pub(crate) fn open(file: File, kind: Option<Kind>, longest: u64) -> io::Result<Self> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(invalid)?;
        let names = builder
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().as_str());
        let mut columns = Columns::find(names, kind).map_err(invalid)?;
        let mut used: Vec<usize> = columns.place.iter().flatten().copied().collect();
        used.sort_unstable();
        let mask = ProjectionMask::roots(builder.parquet_schema(), used.iter().copied());
        // Only the used columns are read, so their places among those are what counts.
        for place in columns.place.iter_mut().flatten() {
            *place = used
                .iter()
                .position(|column| column == place)
                .unwrap_or(*place);
        }
        let inner = builder
            .with_projection(mask)
            .with_batch_size(ROWS_IN_BLOCK)
            .build()
            .map_err(invalid)?;
        Ok(Self {
            inner,
            columns,
            row: 0,
            longest,
            left: longest,
        })
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next rows; an empty block at the end.
    pub(crate) fn next_block(&mut self) -> io::Result<Block> {
        let mut block = Block::default();
        let Some(batch) = self.inner.next().transpose().map_err(invalid)? else {
            return Ok(block);
        };
        self.refuse_large(batch.get_array_memory_size())?;
        let texts = self.texts(&batch)?;
        let bytes = texts.iter().flatten().map(length).sum();
        self.refuse_large(bytes)?;
        // Each field is taken to be followed by something, as it is in other formats: a page of
        // empty ones takes no room in the file.
        let unpacked = bytes + batch.num_rows() * FIELDS;
        self.left = self
            .left
            .checked_sub(unpacked as u64)
            .ok_or_else(|| too_long(self.longest))?;
        for row in 0..batch.num_rows() {
            self.row += 1;
            block.push(self.row, |field| match &texts[field] {
                Some(column) if column.is_valid(row) => column.value(row).as_bytes(),
                _ => &[],
            });
        }
        Ok(block)
    }

    /// Refuses the next rows if they have so many bytes.
    fn refuse_large(&self, bytes: usize) -> io::Result<()> {
        if bytes <= LARGEST_BATCH {
            return Ok(());
        }
        Err(invalid(format!(
            "the {ROWS_IN_BLOCK} rows after row {} are longer than 256 MiB: a name or a code has at \
             most 1024 bytes",
            self.row
        )))
    }

    fn texts(&self, batch: &RecordBatch) -> io::Result<[Option<StringArray>; FIELDS]> {
        let mut texts = [const { None }; FIELDS];
        for (text, place) in texts.iter_mut().zip(self.columns.place) {
            if let Some(place) = place {
                let column: ArrayRef =
                    cast(batch.column(place), &DataType::Utf8).map_err(invalid)?;
                *text = Some(column.as_string::<i32>().clone());
            }
        }
        Ok(texts)
    }
}

/// How many bytes the texts have.
fn length(texts: &StringArray) -> usize {
    let ends = texts.value_offsets();
    let (first, last) = (ends.first().copied(), ends.last().copied());
    last.unwrap_or(0).abs_diff(first.unwrap_or(0)) as usize
}

fn invalid(err: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, err.to_string())
}
