//! The bytes of a data file.

use bytes::Bytes;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, Encoding, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::schema::types::ColumnPath;

/// A file ends here at the latest; the memory of one file in the making is about 60 MiB.
pub(crate) const ROWS_IN_FILE: usize = 512 << 10;

const ROWS_IN_GROUP: usize = 128 << 10;

/// Fewer rows are not compressed: they have a few pages, each of which takes longer to begin to compress,
/// and later to unpack, than to write. They are soon merged with others.
const ROWS_WORTH_PACKING: usize = 1 << 10;

/// The bytes of a Parquet file with these rows. The memory of each batch is given back when it is
/// encoded.
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
    // Numbers that grow, stay or are small are quickest to write as differences.
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
    // Pages of one customer or one day can be skipped inside a row group.
    for column in ["customer_tenant_id", "processed_date"] {
        let column = ColumnPath::from(column);
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::Page);
    }
    let options = ArrowWriterOptions::new()
        .with_properties(properties.build())
        // Text is a dictionary on the way in only; readers shall see plain text.
        .with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), schema, options)?;
    for batch in batches {
        writer.write(&batch)?;
    }
    writer.into_inner().map(Bytes::from)
}
