//! Rows from Parquet files.

use std::fs::File;
use std::io;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::basic::LogicalType;
use uuid::Uuid;

use super::block::{Block, ROWS_IN_BLOCK};
use super::fields::{Columns, FIELDS, PART, PROCESSED, WHOLE};
use super::of_export::refuse_of_export;
use super::source::refuse_unpacked;
use crate::model::kind::Kind;

/// Reads the rows of a Parquet file.
pub(crate) struct ParquetRows {
    inner: ParquetRecordBatchReader,
    columns: Columns,
    /// The conversion of each field's values to text.
    ways: [Way; FIELDS],
    /// The number of the last row, from 1.
    row: u64,
    /// The length of the file, the limit for its rows as text, and their length so far, in bytes.
    packed: u64,
    longest: u64,
    unpacked: u64,
}

/// The most bytes of rows that are read together: a dictionary has a text once, its rows have it
/// many times.
const LARGEST_BATCH: usize = 256 << 20;

/// The conversion of a column's values to text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As Arrow formats them.
    Text,
    /// Bytes that are already text.
    Bytes,
    /// A number with fixed decimals, without trailing zeros, which could be read as thousands.
    Decimal,
    /// Sixteen bytes that are a GUID.
    Guid,
}

impl ParquetRows {
    /// Reads the schema. The rows as text are limited by [`refuse_unpacked`].
    ///
    /// # Errors
    /// If it is not a Parquet file, lacks a column, or has one of an unsupported type.
    pub(crate) fn open(file: File, kind: Option<Kind>, longest: u64) -> io::Result<Self> {
        let packed = file.metadata()?.len();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(invalid)?;
        let names = builder
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().as_str());
        let names: Vec<&str> = names.collect();
        refuse_of_export(&names)?;
        let mut columns = Columns::find(names.into_iter(), kind).map_err(invalid)?;
        let root = builder.parquet_schema().root_schema().get_fields();
        let mut ways = [Way::Text; FIELDS];
        for (field, way) in ways.iter_mut().enumerate() {
            if let Some(place) = columns.place[field] {
                let info = root[place].get_basic_info();
                let is_guid = info.logical_type_ref() == Some(&LogicalType::Uuid);
                let data_type = builder.schema().field(place).data_type();
                *way = way_of(data_type, field, is_guid)
                    .ok_or_else(|| unreadable(info.name(), data_type, field))?;
            }
        }
        let mut used: Vec<usize> = columns.place.iter().flatten().copied().collect();
        used.sort_unstable();
        let mask = ProjectionMask::roots(builder.parquet_schema(), used.iter().copied());
        // Only the used columns are read, so positions count among those.
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
            ways,
            row: 0,
            packed,
            longest,
            unpacked: 0,
        })
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Adds the next rows to an empty block; none at the end.
    pub(crate) fn fill(&mut self, block: &mut Block) -> io::Result<()> {
        let Some(batch) = self.inner.next().transpose().map_err(invalid)? else {
            return Ok(());
        };
        self.refuse_large(batch.get_array_memory_size())?;
        let texts = self.texts(&batch)?;
        let bytes = texts.iter().flatten().map(length).sum();
        self.refuse_large(bytes)?;
        // Counts one byte after each field, like a separator in text: a page of empty values takes
        // no room in the file.
        self.unpacked += (bytes + batch.num_rows() * FIELDS) as u64;
        refuse_unpacked(self.unpacked, self.packed, self.longest)?;
        for row in 0..batch.num_rows() {
            self.row += 1;
            block.push(self.row, |field| match &texts[field] {
                Some(column) if column.is_valid(row) => column.value(row),
                _ => &[],
            });
        }
        Ok(())
    }

    /// Rejects the next rows if they are too large.
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

    fn texts(&self, batch: &RecordBatch) -> io::Result<[Option<BinaryArray>; FIELDS]> {
        let mut texts = [const { None }; FIELDS];
        let fields = self.columns.place.iter().zip(self.ways);
        for (text, (place, way)) in texts.iter_mut().zip(fields) {
            if let Some(place) = *place {
                let values = way.texts(batch.column(place));
                *text = Some(values.map_err(|err| {
                    let name = batch.schema_ref().field(place).name();
                    invalid(format!("column `{name}`: {err}"))
                })?);
            }
        }
        Ok(texts)
    }
}

impl Way {
    fn texts(self, values: &ArrayRef) -> Result<BinaryArray, datafusion::arrow::error::ArrowError> {
        let texts = match self {
            // The check of rows detects bytes that are not UTF-8.
            Self::Bytes => return Ok(cast(values, &DataType::Binary)?.as_binary::<i32>().clone()),
            Self::Text => cast(values, &DataType::Utf8)?.as_string::<i32>().clone(),
            Self::Decimal => {
                let texts = cast(values, &DataType::Utf8)?;
                let texts = texts.as_string::<i32>().iter();
                texts.map(|text| text.map(without_zeros)).collect()
            }
            Self::Guid => {
                let guids = values.as_fixed_size_binary().iter();
                let guids = guids.map(|guid| guid.and_then(|it| Uuid::from_slice(it).ok()));
                StringArray::from_iter(guids.map(|guid| guid.map(|guid| guid.to_string())))
            }
        };
        Ok(texts.into())
    }
}

/// The conversion of values of this type to the text of a field; `None` if unsupported.
fn way_of(data_type: &DataType, field: usize, is_guid: bool) -> Option<Way> {
    use DataType::{
        Binary, BinaryView, Date32, Date64, Decimal32, Decimal64, Decimal128, Decimal256,
        Dictionary, FixedSizeBinary, Float32, Float64, LargeBinary, LargeUtf8, Null, Timestamp,
        Utf8, Utf8View,
    };
    match data_type {
        Utf8 | LargeUtf8 | Utf8View | Null => Some(Way::Text),
        Binary | LargeBinary | BinaryView => Some(Way::Bytes),
        Dictionary(_, values) => way_of(values, field, false),
        FixedSizeBinary(16) if is_guid => Some(Way::Guid),
        Date32 | Date64 | Timestamp(..) if field == PROCESSED => Some(Way::Text),
        number if number.is_integer() => Some(Way::Text),
        // A column without values often has type double, with "not a number".
        Float32 | Float64 if field != PROCESSED => Some(Way::Text),
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => Some(Way::Decimal),
        _ => None,
    }
}

/// The error for a column of an unsupported type.
fn unreadable(name: &str, data_type: &DataType, field: usize) -> io::Error {
    let (meant, sql) = match field {
        PROCESSED => ("a date, a timestamp or text", "TIMESTAMP"),
        PART | WHOLE => ("a whole number", "BIGINT"),
        _ => ("text", "VARCHAR"),
    };
    invalid(format!(
        "its column `{name}` is of type {data_type}, which is not read: write it as {meant}, in \
         SQL `CAST({name} AS {sql})`"
    ))
}

/// A number without trailing zeros in its fraction.
fn without_zeros(number: &str) -> &str {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

/// The total length of the texts, in bytes.
fn length(texts: &BinaryArray) -> usize {
    let ends = texts.value_offsets();
    let (first, last) = (ends.first().copied(), ends.last().copied());
    last.unwrap_or(0).abs_diff(first.unwrap_or(0)) as usize
}

fn invalid(err: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, err.to_string())
}
