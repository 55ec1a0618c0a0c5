//! Encoding of a text column whose rows name texts by number.
//!
//! The library hashes the text of each row to find its number again, which took an eighth of the
//! processor time of a large import. Here each distinct text is hashed once. The column has the form
//! that the library writes: a dictionary page, then pages with the numbers of the rows.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _};
use datafusion::arrow::datatypes::{DataType, Int32Type};
use datafusion::parquet::basic::{Compression, Encoding};
use datafusion::parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter as _};
use datafusion::parquet::column::writer::ColumnCloseResult;
use datafusion::parquet::data_type::ByteArray;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder};
use datafusion::parquet::file::statistics::Statistics;
use datafusion::parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use datafusion::parquet::schema::types::ColumnDescPtr;
use foldhash::fast::RandomState;

use crate::table::packed_runs::append_runs;

/// The number of rows in a page.
const ROWS_IN_PAGE: usize = 16 << 10;

/// Stands for a row without a text.
const ABSENT: u32 = u32::MAX;

/// Stands for a text that has no number yet.
const UNKNOWN: u32 = u32::MAX - 1;

/// A column of a row group in the making.
pub(super) struct TextColumn {
    column: ColumnDescPtr,
    compression: Compression,
    /// Whether the row group has the smallest and the largest text.
    has_bounds: bool,
    /// The numbers of the texts in this column.
    numbers: HashMap<Box<[u8]>, u32, RandomState>,
    /// The texts in the form of a dictionary page: each with its length before it.
    dictionary: Vec<u8>,
    /// The number of each row, or [`ABSENT`].
    rows: Vec<u32>,
    /// The texts of the last batch, and their numbers in this column as far as they are known. Most
    /// batches have the same texts.
    last: Option<(ArrayRef, Vec<u32>)>,
}

impl TextColumn {
    /// Whether columns of this type can be encoded here.
    pub(super) fn takes(data_type: &DataType) -> bool {
        let text = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
        *data_type == text
    }

    /// An empty column. One that is not optional takes no rows without a text.
    pub(super) fn new(column: ColumnDescPtr, compression: Compression, has_bounds: bool) -> Self {
        Self {
            column,
            compression,
            has_bounds,
            numbers: HashMap::default(),
            dictionary: Vec::new(),
            rows: Vec::new(),
            last: None,
        }
    }

    /// Adds rows of a type that it [takes](Self::takes).
    pub(super) fn write(&mut self, values: &ArrayRef) {
        let values = values.as_dictionary::<Int32Type>();
        let texts = values.values();
        let known = match self.last.take() {
            Some((of, known)) if Arc::ptr_eq(&of, texts) => known,
            _ => vec![UNKNOWN; texts.len()],
        };
        let (_, known) = self.last.insert((Arc::clone(texts), known));
        let texts = texts.as_string::<i32>();
        self.rows.reserve(values.len());
        for key in values.keys() {
            let Some(key) = key else {
                self.rows.push(ABSENT);
                continue;
            };
            let key = key as usize;
            let number = &mut known[key];
            if *number == UNKNOWN && texts.is_null(key) {
                *number = ABSENT;
            } else if *number == UNKNOWN {
                let text = texts.value(key).as_bytes();
                let next = self.numbers.len() as u32;
                *number = *self.numbers.entry(text.into()).or_insert_with(|| {
                    let length = text.len() as u32;
                    self.dictionary.extend_from_slice(&length.to_le_bytes());
                    self.dictionary.extend_from_slice(text);
                    next
                });
            }
            self.rows.push(*number);
        }
    }

    /// The bytes of the column, and what the row group has to know of them.
    pub(super) fn close(self) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let bounds = self.has_bounds.then(|| self.bounds());
        let mut bytes = TrackedWrite::new(Vec::new());
        let mut pages = Pages {
            writer: SerializedPageWriter::new(&mut bytes),
            compression: self.compression,
            compressed: 0,
            uncompressed: 0,
        };
        let texts = self.numbers.len() as u32;
        let first_page = pages.write(self.dictionary, |buf| Page::DictionaryPage {
            buf,
            num_values: texts,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        })?;
        let is_optional = self.column.max_def_level() > 0;
        let mut offsets = OffsetIndexBuilder::new();
        for rows in self.rows.chunks(ROWS_IN_PAGE) {
            let written = pages.write(page_of(rows, texts, is_optional), |buf| Page::DataPage {
                buf,
                num_values: rows.len() as u32,
                encoding: Encoding::RLE_DICTIONARY,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            })?;
            offsets.append_row_count(rows.len() as i64);
            let size = i32::try_from(written.compressed_size)?;
            offsets.append_offset_and_size(written.offset as i64, size);
        }
        let encodings = vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY];
        let mut metadata = ColumnChunkMetaData::builder(self.column);
        if let Some(bounds) = bounds {
            metadata = metadata.set_statistics(bounds);
        }
        let metadata = metadata
            .set_encodings(encodings)
            .set_compression(self.compression)
            .set_num_values(self.rows.len() as i64)
            .set_total_compressed_size(pages.compressed)
            .set_total_uncompressed_size(pages.uncompressed)
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(first_page.bytes_written as i64)
            .build()?;
        let bytes = Bytes::from(bytes.into_inner()?);
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows.len() as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(offsets.build()),
        };
        Ok((bytes, close))
    }

    /// The smallest and the largest text, and the number of rows without one.
    fn bounds(&self) -> Statistics {
        let bound = |text: Option<&Box<[u8]>>| text.map(|text| ByteArray::from(text.to_vec()));
        let (least, most) = (self.numbers.keys().min(), self.numbers.keys().max());
        let absent = self.rows.iter().filter(|row| **row == ABSENT).count() as u64;
        Statistics::byte_array(bound(least), bound(most), None, Some(absent), false)
    }
}

/// The pages of a column, and their sizes in bytes with their headers.
struct Pages<'a> {
    writer: SerializedPageWriter<'a, Vec<u8>>,
    compression: Compression,
    compressed: i64,
    uncompressed: i64,
}

impl Pages<'_> {
    fn write(
        &mut self,
        plain: Vec<u8>,
        page: impl FnOnce(Bytes) -> Page,
    ) -> Result<PageWriteSpec, ParquetError> {
        let length = plain.len();
        let content = match self.compression {
            Compression::ZSTD(level) => zstd::bulk::compress(&plain, level.compression_level())?,
            _ => plain,
        };
        let page = CompressedPage::new(page(content.into()), length);
        let written = self.writer.write_page(page)?;
        self.compressed += written.compressed_size as i64;
        self.uncompressed += written.uncompressed_size as i64;
        Ok(written)
    }
}

/// The content of a page with these rows: in an optional column which of them have a text, and the
/// numbers of these, below `texts`.
fn page_of(rows: &[u32], texts: u32, is_optional: bool) -> Vec<u8> {
    let mut page = Vec::new();
    if is_optional {
        let present: Vec<u32> = rows.iter().map(|row| u32::from(*row != ABSENT)).collect();
        page.resize(4, 0);
        append_runs(&mut page, &present, 1);
        let length = page.len() as u32 - 4;
        page[..4].copy_from_slice(&length.to_le_bytes());
    }
    // Not every reader accepts numbers of no bits.
    let width = (u32::BITS - texts.saturating_sub(1).leading_zeros()).max(1);
    page.push(width as u8);
    if rows.contains(&ABSENT) {
        let numbers: Vec<u32> = rows.iter().copied().filter(|row| *row != ABSENT).collect();
        append_runs(&mut page, &numbers, width);
    } else {
        append_runs(&mut page, rows, width);
    }
    page
}

#[cfg(test)]
mod tests {
    use std::iter;

    use datafusion::arrow::array::{Array, DictionaryArray, Int32Array, RecordBatch, StringArray};
    use datafusion::arrow::compute::{cast, concat};
    use datafusion::arrow::datatypes::{Field, Schema};
    use datafusion::parquet::arrow::arrow_reader::{
        ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
    };
    use datafusion::parquet::file::metadata::PageIndexPolicy;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::table::encode::{ROWS_IN_GROUP, encode};

    /// Runs of rows with the same text, as (length, text); no text stands for none.
    fn runs(longest: usize) -> impl Strategy<Value = Vec<(usize, Option<u32>)>> {
        let text = prop_oneof![
            1 => Just(None),
            4 => (0..5_u32).prop_map(Some),
            4 => any::<u16>().prop_map(|it| Some(it.into())),
        ];
        let length = prop_oneof![4 => 1..20_usize, 1 => 1..longest];
        vec((length, text), 0..60)
    }

    /// The bounds of the column in each row group, and the number of rows without a text.
    fn bounds(file: Bytes) -> Vec<(Option<String>, Option<String>, Option<u64>)> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let groups = reader.metadata().row_groups().iter().map(|group| {
            let found = group.column(0).statistics().unwrap();
            let text = |bytes: Option<&[u8]>| Some(String::from_utf8(bytes?.to_vec()).unwrap());
            let (least, most) = (found.min_bytes_opt(), found.max_bytes_opt());
            (text(least), text(most), found.null_count_opt())
        });
        groups.collect()
    }

    /// Rows whose texts are named by numbers. With `shares`, all batches have the same texts.
    fn batches(
        parts: &[Vec<(usize, Option<u32>)>],
        shares: bool,
        is_optional: bool,
    ) -> Vec<RecordBatch> {
        let all = iter::once(String::new()).chain((0..1 << 16).map(|text| format!("text {text}")));
        let shared: ArrayRef = Arc::new(StringArray::from_iter_values(all));
        let batch = |runs: &Vec<(usize, Option<u32>)>| {
            let rows = runs.iter().flat_map(|(length, text)| {
                let text = text.or((!is_optional).then_some(3));
                iter::repeat_n(text, *length)
            });
            let (numbers, texts) = match shares {
                true => {
                    let numbers = rows.map(|text| text.map(|text| text as i32 + 1));
                    (numbers.collect::<Int32Array>(), Arc::clone(&shared))
                }
                // Also with texts that are equal, or missing.
                false => {
                    let texts = rows.map(|text| Some(format!("text {}", text?)));
                    let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
                    let numbers = (0..texts.len() as i32).map(|row| (row % 5 > 0).then_some(row));
                    let numbers = match is_optional {
                        true => numbers.collect(),
                        false => (0..texts.len() as i32).collect::<Int32Array>(),
                    };
                    (numbers, texts)
                }
            };
            let column = DictionaryArray::<Int32Type>::new(numbers, texts);
            let field = Field::new("channel", column.data_type().clone(), is_optional);
            let schema = Arc::new(Schema::new(vec![field]));
            RecordBatch::try_new(schema, vec![Arc::new(column)]).unwrap()
        };
        parts.iter().map(batch).collect()
    }

    fn read(file: Bytes, selection: Option<RowSelection>) -> ArrayRef {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        let mut reader =
            ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).unwrap();
        if let Some(selection) = selection {
            reader = reader.with_row_selection(selection);
        }
        let batches = reader.build().unwrap().map(|batch| {
            let batch = batch.unwrap();
            cast(batch.column(0), &DataType::Utf8).unwrap()
        });
        let batches: Vec<_> = batches.collect();
        let batches: Vec<&dyn Array> = batches.iter().map(AsRef::as_ref).collect();
        concat(&batches).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn rows_are_read_as_they_were_written(
            parts in vec(runs(6_000), 1..4),
            shares: bool,
            is_optional: bool,
            (from, count) in (any::<Index>(), any::<Index>()),
        ) {
            let batches = batches(&parts, shares, is_optional);
            let rows = batches.iter().map(|batch| cast(batch.column(0), &DataType::Utf8).unwrap());
            let rows: Vec<_> = rows.collect();
            let rows: Vec<&dyn Array> = rows.iter().map(AsRef::as_ref).collect();
            let rows = concat(&rows).unwrap();
            prop_assume!(!rows.is_empty());
            let file = encode(batches).unwrap();
            prop_assert_eq!(&read(file.clone(), None), &rows);
            let texts: Vec<_> = rows.as_string::<i32>().iter().collect();
            let groups = texts.chunks(ROWS_IN_GROUP).map(|texts| {
                let present = || texts.iter().flatten().map(ToString::to_string);
                let absent = texts.iter().filter(|text| text.is_none()).count();
                (present().min(), present().max(), Some(absent as u64))
            });
            prop_assert_eq!(bounds(file.clone()), groups.collect::<Vec<_>>());
            let from = from.index(rows.len());
            let count = count.index(rows.len() - from) + 1;
            let selection = [RowSelector::skip(from), RowSelector::select(count)];
            let part = read(file, Some(Vec::from(selection).into()));
            prop_assert_eq!(&part, &rows.slice(from, count));
        }
    }

    #[test]
    fn numbers_of_each_width_are_read_as_they_were_written() {
        for texts in [0, 1, 2, 3, 255, 256, 257, 65_535, 65_536, 65_537] {
            let texts = StringArray::from_iter_values((0..texts).map(|text| text.to_string()));
            let texts: ArrayRef = Arc::new(texts);
            let numbers = (0..texts.len() as i32).map(Some).chain([None]);
            let numbers: Int32Array = numbers.collect();
            let column = DictionaryArray::<Int32Type>::new(numbers, texts);
            let column: ArrayRef = Arc::new(column);
            let batch = RecordBatch::try_from_iter([("name", Arc::clone(&column))]).unwrap();
            let rows = cast(&column, &DataType::Utf8).unwrap();
            assert_eq!(&read(encode(vec![batch]).unwrap(), None), &rows);
        }
    }
}
