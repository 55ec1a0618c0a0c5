//! Encoding of data files.

use std::collections::HashMap;

use bytes::Bytes;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, Encoding, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::schema::types::ColumnPath;

use crate::model::content_hash::Contents;
use crate::table::checksum::{CHECKSUM_TAG, Checksum};
use crate::table::data_file::CONTENTS_TAG;

/// The largest number of rows in a file.
pub(crate) const ROWS_IN_FILE: usize = 512 << 10;

const ROWS_IN_GROUP: usize = 128 << 10;

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
    writer: Option<ArrowWriter<Vec<u8>>>,
}

impl FileEncoder {
    /// Adds rows. All batches have the same columns.
    pub(crate) fn push(&mut self, batch: RecordBatch) -> Result<(), ParquetError> {
        if let Some(writer) = &mut self.writer {
            return writer.write(&batch);
        }
        self.first.push(batch);
        match self.first.iter().map(RecordBatch::num_rows).sum::<usize>() {
            0..ROWS_WORTH_PACKING => Ok(()),
            _ => self.begin(Compression::ZSTD(ZstdLevel::try_new(1)?)),
        }
    }

    /// The bytes of the file; empty without batches.
    pub(crate) fn finish(mut self) -> Result<Bytes, ParquetError> {
        if self.writer.is_none() {
            self.begin(Compression::UNCOMPRESSED)?;
        }
        let bytes = self.writer.map(ArrowWriter::into_inner).transpose()?;
        Ok(bytes.unwrap_or_default().into())
    }

    /// Writes the first batches, if there are any.
    fn begin(&mut self, compression: Compression) -> Result<(), ParquetError> {
        let first = std::mem::take(&mut self.first);
        if let Some(batch) = first.first() {
            let writer = self.writer.insert(writer(batch.schema(), compression)?);
            first.iter().try_for_each(|batch| writer.write(batch))?;
        }
        Ok(())
    }
}

fn writer(
    schema: SchemaRef,
    compression: Compression,
) -> Result<ArrowWriter<Vec<u8>>, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(ROWS_IN_GROUP))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    // Numbers that grow, repeat or are small are fastest to write as deltas.
    for field in schema
        .fields()
        .iter()
        .filter(|field| field.data_type().is_primitive())
    {
        let column = ColumnPath::from(field.name().as_str());
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    // Page statistics allow readers to skip customers and days within a row group.
    for column in ["customer_tenant_id", "processed_date"] {
        let column = ColumnPath::from(column);
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::Page);
    }
    let options = ArrowWriterOptions::new()
        .with_properties(properties.build())
        // Text is a dictionary only while writing. Readers must see plain text.
        .with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(Vec::new(), schema, options)
}
