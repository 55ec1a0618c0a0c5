//! Encoding of data files.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{Field, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions,
    compute_leaves,
};
use datafusion::parquet::basic::{Compression, Encoding, ZstdLevel};
use datafusion::parquet::column::writer::ColumnCloseResult;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::file::writer::SerializedFileWriter;
use datafusion::parquet::schema::types::ColumnPath;
use parking_lot::Mutex;

use crate::model::content_hash::Contents;
use crate::table::checksum::{CHECKSUM_TAG, Checksum};
use crate::table::data_file::CONTENTS_TAG;
use crate::table::text_column::TextColumn;

/// The largest number of rows in a file.
pub(crate) const ROWS_IN_FILE: usize = 512 << 10;

/// The largest number of rows in a row group.
pub(super) const ROWS_IN_GROUP: usize = 128 << 10;

/// The columns by which queries choose pages within a row group.
const SEARCHED_IN_PAGES: [&str; 2] = ["customer_tenant_id", "processed_date"];

/// The other text columns by which queries choose rows.
const SEARCHED_TEXTS: [&str; 2] = ["service_code", "channel"];

/// The smallest number of rows for which a second thread is worth its start.
const ROWS_WORTH_A_THREAD: usize = 4 << 10;

/// The smallest number of rows that are compressed. Fewer rows have few pages, for which
/// compression takes longer than writing, and they are soon merged with others.
const ROWS_WORTH_PACKING: usize = 1 << 10;

/// Encodes a Parquet file with these rows. Frees each batch after encoding it.
pub(crate) fn encode(batches: Vec<RecordBatch>) -> Result<Bytes, ParquetError> {
    let mut encoder = FileEncoder::default();
    batches
        .into_iter()
        .try_for_each(|batch| encoder.push(batch))?;
    encoder.finish()
}

/// The bytes of a data file, and the tags of its entry in the log.
pub(crate) struct Encoded {
    pub(crate) content: Bytes,
    pub(crate) tags: HashMap<String, Option<String>>,
}

impl Encoded {
    /// Takes the checksum. `contents` are those of the file's deliveries, if their hashes cover the
    /// units.
    pub(crate) fn new(content: Bytes, contents: Option<Contents>) -> Self {
        let checksum = Checksum::of(&content).to_string();
        let mut tags = HashMap::from([(CHECKSUM_TAG.to_owned(), Some(checksum))]);
        if let Some(contents) = contents {
            tags.insert(CONTENTS_TAG.to_owned(), Some(contents.to_text()));
        }
        Self { content, tags }
    }
}

/// A Parquet file to which rows are added batch by batch.
#[derive(Default)]
pub(crate) struct FileEncoder {
    /// The first batches, until there are enough rows to choose the compression.
    first: Vec<RecordBatch>,
    file: Option<OpenFile>,
}

impl FileEncoder {
    /// Adds rows. All batches have the same columns.
    pub(crate) fn push(&mut self, batch: RecordBatch) -> Result<(), ParquetError> {
        if let Some(file) = &mut self.file {
            return file.write(&batch);
        }
        self.first.push(batch);
        match self.first.iter().map(RecordBatch::num_rows).sum::<usize>() {
            0..ROWS_WORTH_PACKING => Ok(()),
            _ => self.begin(Compression::ZSTD(ZstdLevel::try_new(1)?)),
        }
    }

    /// The bytes of the file; empty without batches.
    pub(crate) fn finish(mut self) -> Result<Bytes, ParquetError> {
        if self.file.is_none() {
            self.begin(Compression::UNCOMPRESSED)?;
        }
        let bytes = self.file.map(OpenFile::finish).transpose()?;
        Ok(bytes.unwrap_or_default().into())
    }

    /// Writes the first batches, if there are any.
    fn begin(&mut self, compression: Compression) -> Result<(), ParquetError> {
        let first = std::mem::take(&mut self.first);
        if let Some(batch) = first.first() {
            let file = self
                .file
                .insert(OpenFile::new(batch.schema(), compression)?);
            first.iter().try_for_each(|batch| file.write(batch))?;
        }
        Ok(())
    }
}

/// A file with its row group in the making. Its columns are encoded on several threads, because an
/// import writes one file after the other.
struct OpenFile {
    writer: SerializedFileWriter<Vec<u8>>,
    groups: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    compression: Compression,
    columns: Vec<Column>,
    /// The number of rows in the row group.
    rows: usize,
}

/// A column of a row group in the making.
enum Column {
    Text(TextColumn),
    Other(Box<ArrowColumnWriter>),
}

impl Column {
    fn write(&mut self, field: &Field, values: &ArrayRef) -> Result<(), ParquetError> {
        match self {
            Self::Text(column) => {
                column.write(values);
                Ok(())
            }
            Self::Other(column) => {
                let mut leaves = compute_leaves(field, values)?.into_iter();
                leaves.try_for_each(|leaf| column.write(&leaf))
            }
        }
    }

    fn close(self) -> Result<ClosedColumn, ParquetError> {
        Ok(match self {
            Self::Text(column) => {
                let (bytes, close) = column.close()?;
                ClosedColumn::Text(bytes, Box::new(close))
            }
            Self::Other(column) => ClosedColumn::Other(Box::new(column.close()?)),
        })
    }
}

/// A column of a row group.
enum ClosedColumn {
    Text(Bytes, Box<ColumnCloseResult>),
    Other(Box<ArrowColumnChunk>),
}

impl OpenFile {
    fn new(schema: SchemaRef, compression: Compression) -> Result<Self, ParquetError> {
        let (writer, groups) =
            writer(Arc::clone(&schema), compression)?.into_serialized_writer()?;
        Ok(Self {
            writer,
            groups,
            schema,
            compression,
            columns: Vec::new(),
            rows: 0,
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        let mut start = 0;
        while start < batch.num_rows() {
            if self.columns.is_empty() {
                self.columns = self.new_columns()?;
            }
            let rows = (ROWS_IN_GROUP - self.rows).min(batch.num_rows() - start);
            write_columns(&mut self.columns, &batch.slice(start, rows))?;
            start += rows;
            self.rows += rows;
            if self.rows == ROWS_IN_GROUP {
                self.end_group()?;
            }
        }
        Ok(())
    }

    fn new_columns(&self) -> Result<Vec<Column>, ParquetError> {
        let number = self.writer.flushed_row_groups().len();
        let others = self.groups.create_column_writers(number)?.into_iter();
        let descriptions = self.writer.schema_descr().columns().iter();
        let columns = others.zip(descriptions).zip(self.schema.fields());
        let columns = columns.map(|((other, description), field)| {
            let name = field.name().as_str();
            if !TextColumn::takes(field.data_type()) || SEARCHED_IN_PAGES.contains(&name) {
                return Column::Other(Box::new(other));
            }
            let has_bounds = SEARCHED_TEXTS.contains(&name);
            Column::Text(TextColumn::new(
                Arc::clone(description),
                self.compression,
                has_bounds,
            ))
        });
        Ok(columns.collect())
    }

    fn end_group(&mut self) -> Result<(), ParquetError> {
        let columns = std::mem::take(&mut self.columns);
        let mut group = self.writer.next_row_group()?;
        for column in on_threads(self.rows, columns, Column::close)? {
            match column {
                ClosedColumn::Text(bytes, close) => group.append_column(&bytes, *close)?,
                ClosedColumn::Other(chunk) => chunk.append_to_row_group(&mut group)?,
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, ParquetError> {
        if self.rows > 0 {
            self.end_group()?;
        }
        self.writer.into_inner()
    }
}

/// Encodes the columns of a batch.
fn write_columns(columns: &mut [Column], batch: &RecordBatch) -> Result<(), ParquetError> {
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    let columns: Vec<_> = columns.iter_mut().zip(fields).collect();
    on_threads(batch.num_rows(), columns, |(column, (field, values))| {
        column.write(field, values)
    })
    .map(drop)
}

/// Does the same work for each column, for many rows on two threads: each takes the next column when
/// it is done with one. Returns the results in the order of the columns.
fn on_threads<T: Send, R: Send>(
    rows: usize,
    columns: Vec<T>,
    work: impl Fn(T) -> Result<R, ParquetError> + Sync,
) -> Result<Vec<R>, ParquetError> {
    if rows < ROWS_WORTH_A_THREAD {
        return columns.into_iter().map(work).collect();
    }
    let left = Mutex::new(columns.into_iter().enumerate());
    let take_and_work = || {
        let mut done = Vec::new();
        while let Some((at, column)) = { left.lock().next() } {
            done.push((at, work(column)?));
        }
        Ok::<_, ParquetError>(done)
    };
    let (here, there) = thread::scope(|threads| {
        let there = threads.spawn(take_and_work);
        let here = take_and_work();
        (
            here,
            there.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    });
    let mut done = here?;
    done.append(&mut there?);
    done.sort_unstable_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

fn writer(
    schema: SchemaRef,
    compression: Compression,
) -> Result<ArrowWriter<Vec<u8>>, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(ROWS_IN_GROUP))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for field in schema.fields() {
        let column = ColumnPath::from(field.name().as_str());
        if field.data_type().is_primitive() {
            // Numbers that grow, repeat or are small are fastest to write as deltas.
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        } else if !SEARCHED_TEXTS.contains(&field.name().as_str()) {
            // No query uses them, and to find the smallest and the largest compares each text twice.
            properties = properties.set_column_statistics_enabled(column, EnabledStatistics::None);
        }
    }
    for column in SEARCHED_IN_PAGES {
        let column = ColumnPath::from(column);
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::Page);
    }
    let options = ArrowWriterOptions::new()
        .with_properties(properties.build())
        // Text is a dictionary only while writing. Readers must see plain text.
        .with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(Vec::new(), schema, options)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Date32Array, Int64Array, StringArray};

    use super::*;

    /// Rows with the numbers from `start` on.
    fn batch(start: usize, rows: usize) -> RecordBatch {
        let numbers = start as i64..(start + rows) as i64;
        let columns: [(&str, ArrayRef); 4] = [
            (
                "customer_tenant_id",
                Arc::new(StringArray::from_iter_values(
                    numbers
                        .clone()
                        .map(|number| format!("customer {}", number / 100)),
                )),
            ),
            (
                "processed_date",
                Arc::new(Date32Array::from_iter_values(
                    numbers.clone().map(|number| number as i32 / 1000),
                )),
            ),
            (
                "count",
                Arc::new(Int64Array::from_iter_values(numbers.clone())),
            ),
            (
                "name",
                Arc::new(StringArray::from_iter(numbers.map(|number| {
                    (number % 3 > 0).then(|| format!("{}", number % 7))
                }))),
            ),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    /// The file as the library writes it on one thread.
    fn by_the_library(batches: &[RecordBatch], compression: Compression) -> Vec<u8> {
        let mut writer = writer(batches[0].schema(), compression).unwrap();
        batches
            .iter()
            .for_each(|batch| writer.write(batch).unwrap());
        writer.into_inner().unwrap()
    }

    #[test]
    fn a_file_of_several_threads_has_the_bytes_of_one_thread() {
        let zstd = Compression::ZSTD(ZstdLevel::try_new(1).unwrap());
        let sizes: [(&[usize], _); 4] = [
            (&[10], Compression::UNCOMPRESSED),
            (&[600, 0, ROWS_WORTH_A_THREAD + 1], zstd),
            (&[ROWS_IN_GROUP - 1, 3, ROWS_WORTH_A_THREAD], zstd),
            (&[2 * ROWS_IN_GROUP], zstd),
        ];
        for (sizes, compression) in sizes {
            let mut start = 0;
            let mut batches = Vec::new();
            for size in sizes {
                batches.push(batch(start, *size));
                start += size;
            }
            let expected = by_the_library(&batches, compression);
            let encoded = encode(batches).unwrap();
            assert!(encoded == expected, "{sizes:?}");
        }
        assert!(encode(Vec::new()).unwrap().is_empty());
    }
}
