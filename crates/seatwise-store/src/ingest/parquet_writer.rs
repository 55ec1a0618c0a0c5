//! Writing of sorted rows to Parquet files.

use std::io;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Date32Array, DictionaryArray, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Int32Type, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use jiff::Timestamp;

use crate::ingest::bounds::Bounds;
use crate::model::columns;
use crate::model::content_hash::{ContentHash, Contents};
use crate::model::days::day;
use crate::model::fact::{Fact, NO_COUNT, Unit, customer, span};
use crate::model::kind::Kind;
use crate::model::texts::Texts;
use crate::table::encode::ROWS_IN_FILE;
use crate::table::layout::schema_with_text;
use crate::table::stats::{Bound, FileStats};

/// The number of rows from which a file ends at the border of a span of days. Spans with fewer rows
/// share a file.
const ROWS_WORTH_A_FILE: usize = 64 << 10;

/// The number of rows after which a batch ends, at the end of a delivery.
const ROWS_IN_BATCH: usize = 16 << 10;

/// A part of a file. A file is its rows in sequence, and an end.
pub(crate) enum Part {
    Rows(RecordBatch),
    End(Box<FileEnd>),
}

/// What is known about a file when all its rows are made.
pub(crate) struct FileEnd {
    pub(crate) stats: FileStats,
    /// `None` if a hash does not cover the unit.
    pub(crate) contents: Option<Contents>,
}

/// Splits deliveries, in the order of [`Staging`](crate::ingest::staging::Staging), into files with
/// one service, one channel and few spans of days.
pub(crate) struct FileCutter<'a> {
    schema: SchemaRef,
    texts: &'a Texts,
    dictionaries: Vec<Arc<StringArray>>,
    recorded_at: Timestamp,
    /// The rows of the current batch, and their deliveries.
    rows: Vec<Fact>,
    deliveries: Vec<Delivery>,
    file: Option<FileInTheMaking>,
}

/// A delivery with rows in the current batch.
struct Delivery {
    unit: Unit,
    id: i64,
    hash: ContentHash,
    rows: usize,
}

struct FileInTheMaking {
    first: Unit,
    contents: Option<Contents>,
    bounds: Bounds,
    first_delivery: i64,
    last_delivery: i64,
    rows: usize,
}

impl<'a> FileCutter<'a> {
    pub(crate) fn new(kind: Kind, texts: &'a Texts, recorded_at: Timestamp) -> Self {
        let text = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
        let dictionaries = (0..columns::texts(kind).len())
            .map(|column| Arc::new(StringArray::from_iter_values(texts.values(column))))
            .collect();
        Self {
            schema: schema_with_text(kind, &text),
            texts,
            dictionaries,
            recorded_at,
            rows: Vec::with_capacity(ROWS_IN_BATCH),
            deliveries: Vec::new(),
            file: None,
        }
    }

    /// Adds the rows of a delivery. `take` gets the parts of files that this completes.
    pub(crate) fn push(
        &mut self,
        unit: Unit,
        rows: &[Fact],
        id: i64,
        hash: ContentHash,
        mut take: impl FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.file.as_ref().is_some_and(|it| it.ends_before(&unit)) {
            self.finish(&mut take)?;
        }
        let file = self.file.get_or_insert_with(|| FileInTheMaking {
            first: unit,
            contents: Some(Contents::default()),
            bounds: Bounds::with(None, &unit),
            first_delivery: id,
            last_delivery: id,
            rows: 0,
        });
        file.bounds = Bounds::with(Some(file.bounds), &unit);
        file.last_delivery = id;
        file.rows += rows.len();
        match &mut file.contents {
            Some(contents) if hash.covers_unit() => {
                contents.add(hash, id.abs_diff(file.first_delivery));
            }
            contents => *contents = None,
        }
        self.rows.extend_from_slice(rows);
        self.deliveries.push(Delivery {
            unit,
            id,
            hash,
            rows: rows.len(),
        });
        if self.rows.len() >= ROWS_IN_BATCH {
            take(Part::Rows(self.batch().map_err(io::Error::other)?))?;
        }
        Ok(())
    }

    /// Ends the file, if there is one.
    pub(crate) fn finish(
        &mut self,
        mut take: impl FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        if !self.rows.is_empty() {
            take(Part::Rows(self.batch().map_err(io::Error::other)?))?;
        }
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        take(Part::End(Box::new(FileEnd {
            stats: file.stats(self.texts, self.recorded_at),
            contents: file.contents,
        })))
    }

    /// Makes a batch of the waiting rows.
    fn batch(&mut self) -> Result<RecordBatch, ArrowError> {
        let deliveries = &self.deliveries;
        let [service, channel, own @ ..] = self.dictionaries.as_slice() else {
            return Err(ArrowError::SchemaError("no columns of text".to_owned()));
        };
        let customer = |delivery: &Delivery| customer(delivery.unit.customer).to_string();
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Date32Array::from(each(deliveries, |delivery| {
                delivery.unit.day
            }))),
            text_of_each(deliveries, customer)?,
            known_text(each(deliveries, |delivery| delivery.unit.service), service)?,
            known_text(each(deliveries, |delivery| delivery.unit.channel), channel)?,
        ];
        for (column, dictionary) in own.iter().enumerate() {
            let numbers = self.rows.iter().map(|row| row.text[column]).collect();
            columns.push(known_text(numbers, dictionary)?);
        }
        let processed = self.rows.iter().map(|row| row.processed);
        columns.push(Arc::new(
            TimestampMicrosecondArray::from_iter_values(processed).with_timezone("UTC"),
        ));
        for part in 0..2 {
            let counts = self.rows.iter().map(|row| row.counts[part]);
            let counts: Int64Array = counts
                .map(|count| (count != NO_COUNT).then_some(i64::from(count)))
                .collect();
            columns.push(Arc::new(counts));
        }
        let positions = deliveries
            .iter()
            .flat_map(|delivery| 0..delivery.rows as i32);
        let recorded = vec![self.recorded_at.as_microsecond(); self.rows.len()];
        columns.extend([
            Arc::new(Int32Array::from_iter_values(positions)) as ArrayRef,
            Arc::new(Int64Array::from(each(deliveries, |delivery| delivery.id))),
            text_of_each(deliveries, |delivery| delivery.hash.to_text())?,
            Arc::new(TimestampMicrosecondArray::from(recorded).with_timezone("UTC")),
        ]);
        self.rows.clear();
        self.deliveries.clear();
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

impl FileInTheMaking {
    /// Whether a delivery of this unit starts a new file.
    fn ends_before(&self, next: &Unit) -> bool {
        (self.first.service, self.first.channel) != (next.service, next.channel)
            || self.rows >= ROWS_IN_FILE
            || (span(self.first.day) != span(next.day) && self.rows >= ROWS_WORTH_A_FILE)
    }

    fn stats(&self, texts: &Texts, recorded_at: Timestamp) -> FileStats {
        let Bounds { customers, days } = self.bounds;
        let bound = |of_customer, of_day, delivery_id| Bound {
            processed_date: day(of_day),
            service_code: texts.text(0, self.first.service).to_owned(),
            channel: texts.text(1, self.first.channel).to_owned(),
            customer_tenant_id: customer(of_customer).to_string(),
            delivery_id,
            recorded_at,
        };
        FileStats {
            num_records: self.rows as u64,
            min_values: bound(customers.0, days.0, self.first_delivery),
            max_values: bound(customers.1, days.1, self.last_delivery),
        }
    }
}

/// A value of each delivery, repeated for its rows.
fn each<T: Copy>(deliveries: &[Delivery], of: impl Fn(&Delivery) -> T) -> Vec<T> {
    let rows = deliveries
        .iter()
        .flat_map(|delivery| std::iter::repeat_n(of(delivery), delivery.rows));
    rows.collect()
}

/// A text of each delivery, repeated for its rows.
fn text_of_each(
    deliveries: &[Delivery],
    text: impl Fn(&Delivery) -> String,
) -> Result<ArrayRef, ArrowError> {
    let texts = StringArray::from_iter_values(deliveries.iter().map(text));
    let numbers = (0..)
        .zip(deliveries)
        .flat_map(|(number, delivery)| std::iter::repeat_n(number, delivery.rows));
    let numbers = Int32Array::from_iter_values(numbers);
    let column = DictionaryArray::<Int32Type>::try_new(numbers, Arc::new(texts))?;
    Ok(Arc::new(column))
}

/// Texts by their numbers; 0 is absent.
fn known_text(numbers: Vec<u32>, dictionary: &Arc<StringArray>) -> Result<ArrayRef, ArrowError> {
    let numbers: Int32Array = numbers
        .into_iter()
        .map(|number| (number != 0).then_some(number as i32))
        .collect();
    let values = Arc::clone(dictionary) as ArrayRef;
    let column = DictionaryArray::<Int32Type>::try_new(numbers, values)?;
    Ok(Arc::new(column))
}
