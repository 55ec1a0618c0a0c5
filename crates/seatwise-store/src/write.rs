//! From rows in order to Parquet files.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{
    ArrayRef, Date32Array, DictionaryArray, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Int32Type, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::schema::types::ColumnPath;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use seatwise_types::CustomerId;
use uuid::Uuid;

use crate::Kind;
use crate::delivery::ContentHash;
use crate::layout::{self, schema_with_text};
use crate::staging::{Fact, NO_COUNT, Texts, span};
use crate::table::{Bound, FileStats};

/// A file ends here at the latest; the memory of one file in the making is about 60 MiB.
pub(crate) const ROWS_IN_FILE: usize = 512 << 10;

/// A file ends at the border of a span of days only if it has this many rows: many spans with few
/// rows each share a file.
const ROWS_WORTH_A_FILE: usize = 64 << 10;

const ROWS_IN_BATCH: usize = 16 << 10;
const ROWS_IN_GROUP: usize = 128 << 10;

/// A file's content that is still to be encoded.
pub(crate) struct NewFile {
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) stats: FileStats,
}

/// Takes deliveries in the order of [`Staging`](crate::staging::Staging) and cuts them into files
/// that each have one service, one channel and few spans of days.
pub(crate) struct FileCutter<'a> {
    schema: SchemaRef,
    texts: &'a Texts,
    dictionaries: Vec<Arc<StringArray>>,
    recorded_at: Timestamp,
    rows: Vec<Row>,
    hashes: Vec<String>,
    batches: Vec<RecordBatch>,
    rows_in_file: usize,
    first: Option<Fact>,
    stats: Option<FileStats>,
}

#[derive(Clone, Copy)]
struct Row {
    fact: Fact,
    delivery_id: i64,
    hash: i32,
    position: i32,
}

impl<'a> FileCutter<'a> {
    pub(crate) fn new(kind: Kind, texts: &'a Texts, recorded_at: Timestamp) -> Self {
        let text = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
        let dictionaries = (0..layout::texts(kind).len())
            .map(|column| Arc::new(StringArray::from_iter_values(texts.values(column))))
            .collect();
        Self {
            schema: schema_with_text(kind, &text),
            texts,
            dictionaries,
            recorded_at,
            rows: Vec::with_capacity(ROWS_IN_BATCH),
            hashes: Vec::new(),
            batches: Vec::new(),
            rows_in_file: 0,
            first: None,
            stats: None,
        }
    }

    /// Takes the rows of a delivery; gives the file before it if that one is complete.
    pub(crate) fn push(
        &mut self,
        rows: &[Fact],
        delivery_id: i64,
        hash: ContentHash,
    ) -> Result<Option<NewFile>, ArrowError> {
        let complete = match (self.first, rows.first()) {
            (Some(before), Some(next)) if self.ends_between(&before, next) => self.finish()?,
            _ => None,
        };
        self.hashes.push(hash.to_text());
        for (position, fact) in (0..).zip(rows) {
            self.first.get_or_insert(*fact);
            let hash_number = self.hashes.len() as i32 - 1;
            self.rows.push(Row {
                fact: *fact,
                delivery_id,
                hash: hash_number,
                position,
            });
            if self.rows.len() == ROWS_IN_BATCH {
                self.flush()?;
                // The delivery may go on in the next batch.
                self.hashes.push(hash.to_text());
            }
        }
        if let Some(fact) = rows.first() {
            self.widen(fact, delivery_id);
        }
        self.rows_in_file += rows.len();
        Ok(complete)
    }

    fn ends_between(&self, first: &Fact, next: &Fact) -> bool {
        first.text[..2] != next.text[..2]
            || self.rows_in_file >= ROWS_IN_FILE
            || (span(first.day) != span(next.day) && self.rows_in_file >= ROWS_WORTH_A_FILE)
    }

    /// Ends the file; none if it has no rows.
    pub(crate) fn finish(&mut self) -> Result<Option<NewFile>, ArrowError> {
        self.flush()?;
        self.first = None;
        let rows = std::mem::take(&mut self.rows_in_file);
        Ok(self.stats.take().map(|stats| NewFile {
            batches: std::mem::take(&mut self.batches),
            stats: FileStats {
                num_records: rows as u64,
                ..stats
            },
        }))
    }

    /// Makes a batch of the rows that wait for it.
    fn flush(&mut self) -> Result<(), ArrowError> {
        if self.rows.is_empty() {
            self.hashes.clear();
            return Ok(());
        }
        let facts = || self.rows.iter().map(|row| &row.fact);
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Date32Array::from_iter_values(facts().map(|fact| fact.day))),
            Arc::new(customers(facts())?),
        ];
        for (column, dictionary) in self.dictionaries.iter().enumerate() {
            let keys = facts().map(|fact| fact.text[column]);
            let keys: Int32Array = keys.map(|id| (id != 0).then_some(id as i32)).collect();
            let values = Arc::clone(dictionary) as ArrayRef;
            columns.push(Arc::new(DictionaryArray::try_new(keys, values)?));
        }
        let processed = facts().map(|fact| fact.processed);
        columns.push(Arc::new(
            TimestampMicrosecondArray::from_iter_values(processed).with_timezone("UTC"),
        ));
        for part in 0..2 {
            let counts = facts().map(|fact| fact.counts[part]);
            let counts: Int64Array = counts
                .map(|count| (count != NO_COUNT).then_some(i64::from(count)))
                .collect();
            columns.push(Arc::new(counts));
        }
        let hashes = Int32Array::from_iter_values(self.rows.iter().map(|row| row.hash));
        let texts = StringArray::from_iter_values(self.hashes.drain(..));
        let recorded = vec![self.recorded_at.as_microsecond(); self.rows.len()];
        columns.extend([
            Arc::new(Int32Array::from_iter_values(
                self.rows.iter().map(|row| row.position),
            )) as ArrayRef,
            Arc::new(Int64Array::from_iter_values(
                self.rows.iter().map(|row| row.delivery_id),
            )),
            Arc::new(DictionaryArray::<Int32Type>::try_new(
                hashes,
                Arc::new(texts),
            )?),
            Arc::new(TimestampMicrosecondArray::from(recorded).with_timezone("UTC")),
        ]);
        self.batches
            .push(RecordBatch::try_new(Arc::clone(&self.schema), columns)?);
        self.rows.clear();
        Ok(())
    }

    /// Widens the bounds of the file so that they include the delivery.
    fn widen(&mut self, fact: &Fact, delivery_id: i64) {
        let bound = Bound {
            processed_date: day(fact.day),
            service_code: self.texts.of(fact, 0).to_owned(),
            channel: self.texts.of(fact, 1).to_owned(),
            customer_tenant_id: customer(fact.customer).to_string(),
            delivery_id,
            recorded_at: self.recorded_at,
        };
        match &mut self.stats {
            None => {
                let (min_values, max_values) = (bound.clone(), bound);
                self.stats = Some(FileStats {
                    num_records: 0,
                    min_values,
                    max_values,
                });
            }
            Some(FileStats {
                min_values: min,
                max_values: max,
                ..
            }) => {
                min.processed_date = min.processed_date.min(bound.processed_date);
                max.processed_date = max.processed_date.max(bound.processed_date);
                min.delivery_id = min.delivery_id.min(delivery_id);
                max.delivery_id = max.delivery_id.max(delivery_id);
                if bound.customer_tenant_id < min.customer_tenant_id {
                    min.customer_tenant_id = bound.customer_tenant_id;
                } else if bound.customer_tenant_id > max.customer_tenant_id {
                    max.customer_tenant_id = bound.customer_tenant_id;
                }
            }
        }
    }
}

/// The customers of consecutive rows; each text is made once per run of rows.
fn customers<'a>(
    facts: impl Iterator<Item = &'a Fact>,
) -> Result<DictionaryArray<Int32Type>, ArrowError> {
    let mut last = None;
    let mut texts = Vec::new();
    let keys = facts
        .map(|fact| {
            if last.replace(fact.customer) != Some(fact.customer) {
                texts.push(customer(fact.customer).to_string());
            }
            texts.len() as i32 - 1
        })
        .collect::<Vec<_>>();
    DictionaryArray::try_new(keys.into(), Arc::new(StringArray::from(texts)))
}

pub(crate) fn customer((high, low): (u64, u64)) -> CustomerId {
    CustomerId::new(Uuid::from_u64_pair(high, low))
}

/// The date that is this many days after 1970-01-01.
pub(crate) fn day(days: i32) -> Date {
    let epoch = date(1970, 1, 1);
    epoch
        .checked_add(jiff::Span::new().days(days))
        .unwrap_or(epoch)
}

/// The bytes of a Parquet file with these rows.
pub(crate) fn encode(batches: &[RecordBatch]) -> Result<Bytes, ParquetError> {
    let Some(first) = batches.first() else {
        return Ok(Bytes::new());
    };
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(ROWS_IN_GROUP))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    // Pages of one customer or one day can be skipped inside a row group.
    for column in ["customer_tenant_id", "processed_date"] {
        let column = ColumnPath::from(column);
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::Page);
    }
    let options = ArrowWriterOptions::new()
        .with_properties(properties.build())
        // Text is a dictionary on the way in only; readers shall see plain text.
        .with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), first.schema(), options)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.into_inner().map(Bytes::from)
}
