//! Encoding of data files.

use bytes::Bytes;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, Encoding, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::schema::types::ColumnPath;

/// The largest number of rows in a file. Building one takes about 60 MiB of memory.
pub(crate) const ROWS_IN_FILE: usize = 512 << 10;

const ROWS_IN_GROUP: usize = 128 << 10;

/// The smallest number of rows that are compressed. Fewer rows have few pages, for which
/// compression takes longer than writing, and they are soon merged with others.
const ROWS_WORTH_PACKING: usize = 1 << 10;

/// Encodes a Parquet file with these rows. Frees each batch after encoding it.
pub(crate) fn encode(batches: Vec<RecordBatch>) -> Result<Bytes, ParquetError> {
    let Some(first) = batches.first() else {
        return Ok(Bytes::new());
    };
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let compression = match rows < ROWS_WORTH_PACKING {
        true => Compression::UNCOMPRESSED,
        false => Compression::ZSTD(ZstdLevel::try_new(1)?),
    };
    let mut properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(ROWS_IN_GROUP))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    // Numbers that grow, repeat or are small are fastest to write as deltas.
    let schema = first.schema();
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
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), schema, options)?;
    for batch in batches {
        writer.write(&batch)?;
    }
    writer.into_inner().map(Bytes::from)
}
