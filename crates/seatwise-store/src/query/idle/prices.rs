//! The price file of a partner.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use csv::{ReaderBuilder, StringRecord, Trim};
use foldhash::fast::RandomState;
use jiff::civil::Date;
use seatwise_types::extensions::{Amount, IdleFileKind};

use super::problems::{IdleFileError, Problems};
use super::selector::{Mentioned, Selector};

/// The columns, in any order. The last two are optional.
const COLUMNS: [&str; 6] = [
    "product",
    "currency",
    "pricePerSeatMonth",
    "validFrom",
    "customer",
    "termEnd",
];
const PRODUCT: usize = 0;
const CURRENCY: usize = 1;
const PRICE: usize = 2;
const FROM: usize = 3;
const CUSTOMER: usize = 4;
const TERM_END: usize = 5;

/// The number of required columns.
const REQUIRED: usize = 4;

/// The lines of a price file.
#[derive(Debug, Default)]
pub struct Prices {
    pub(super) text: String,
    pub(super) lines: Vec<PriceLine>,
    /// The currencies, in alphabetical order.
    pub(super) currencies: Vec<String>,
}

/// The price of a product from a day on, for one customer or for all.
#[derive(Debug)]
pub(super) struct PriceLine {
    pub(super) line: u64,
    /// The byte range of the line in the file, without its end.
    span: Range<usize>,
    pub(super) product: Selector,
    pub(super) customer: Option<Selector>,
    /// The number of the currency, in alphabetical order.
    pub(super) currency: u16,
    pub(super) price: Amount,
    pub(super) from: Date,
    pub(super) term_end: Option<Date>,
}

impl Prices {
    /// Parses a CSV file with a header.
    ///
    /// # Errors
    /// If a line is invalid, or two lines have the same key; lists up to 100 such lines.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_store::Prices;
    ///
    /// let file = "product,currency,pricePerSeatMonth,validFrom\nE3,EUR,\"12,5\",2026-01-01\n";
    /// let err = Prices::parse(file.into()).unwrap_err();
    /// assert_eq!(err.problems[0].line, 2);
    /// assert_eq!(err.problems[0].field, "pricePerSeatMonth");
    /// ```
    pub fn parse(text: String) -> Result<Self, IdleFileError> {
        let mut problems = Problems::new(IdleFileKind::Prices, &text);
        let (lines, currencies) = read(&text, &mut problems);
        problems.into_result()?;
        Ok(Self {
            text,
            lines,
            currencies,
        })
    }

    /// The file without the prices of a customer, and their number. Other lines keep their line
    /// numbers.
    pub(crate) fn without(&self, customer: &Mentioned) -> (String, u64) {
        let mut text = self.text.clone();
        let is_of = |line: &&PriceLine| line.customer.as_ref().is_some_and(|it| customer.is(it));
        let lines: Vec<&PriceLine> = self.lines.iter().filter(is_of).collect();
        for line in lines.iter().rev() {
            text.replace_range(line.span.clone(), "");
        }
        (text, lines.len() as u64)
    }

    pub(super) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        let lines = self.lines.iter();
        lines.flat_map(|line| line.customer.iter().chain([&line.product]))
    }
}

fn read(text: &str, problems: &mut Problems<'_>) -> (Vec<PriceLine>, Vec<String>) {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let text = &text[start..];
    let head = text.lines().next().unwrap_or_default();
    // Spreadsheets in many countries use semicolons.
    let delimiter = [b';', b'\t'].into_iter();
    let mut delimiter = delimiter.filter(|it| head.bytes().any(|byte| byte == *it));
    let delimiter = delimiter.next().unwrap_or(b',');
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut read_next = |record: &mut StringRecord| reader.read_record(record).unwrap_or(false);
    if !read_next(&mut record) {
        let header = COLUMNS[..REQUIRED].join(",");
        problems.add(0, "header", format!("it is missing: begin with `{header}`"));
        return (Vec::new(), Vec::new());
    }
    let at = |field| start + field_start(text, 0, field, delimiter);
    let Some(columns) = columns(&record, at, problems) else {
        return (Vec::new(), Vec::new());
    };
    let mut reading = Reading {
        text,
        start,
        delimiter,
        columns,
        fields: record.len(),
        currencies: Vec::new(),
        seen: HashSet::default(),
    };
    let mut lines = Vec::new();
    while read_next(&mut record) {
        if record.iter().any(|field| !field.is_empty()) {
            lines.extend(reading.line(&record, problems));
        }
        if problems.are_too_many() {
            break;
        }
    }
    in_alphabetical_order(lines, reading.currencies)
}

/// The currencies in alphabetical order, and the lines with their new numbers.
fn in_alphabetical_order(
    mut lines: Vec<PriceLine>,
    currencies: Vec<String>,
) -> (Vec<PriceLine>, Vec<String>) {
    let mut sorted = currencies.clone();
    sorted.sort_unstable();
    for line in &mut lines {
        let found = sorted.binary_search(&currencies[line.currency as usize]);
        line.currency = found.unwrap_or_default() as u16;
    }
    (lines, sorted)
}

/// The field index of each of the [`COLUMNS`]; `None` and a problem if the header is invalid. `at`
/// returns the offset of a field of the header.
fn columns(
    header: &StringRecord,
    at: impl Fn(usize) -> usize,
    problems: &mut Problems<'_>,
) -> Option<[Option<usize>; 6]> {
    let mut found = [None; 6];
    for (place, name) in header.iter().enumerate() {
        let column = COLUMNS.iter().position(|it| it.eq_ignore_ascii_case(name));
        match column.map(|column| &mut found[column]) {
            Some(free @ None) => *free = Some(place),
            Some(_) => problems.add(
                at(place),
                name,
                "the column is there twice: remove one".to_owned(),
            ),
            None => {
                let known = COLUMNS.join(", ");
                let problem = format!("there is no such column: the columns are {known}");
                problems.add(at(place), name, problem);
            }
        }
    }
    for (name, column) in COLUMNS[..REQUIRED].iter().zip(&found) {
        if column.is_none() {
            problems.add(
                0,
                name,
                "the column is missing: add it to the header".to_owned(),
            );
        }
    }
    problems.is_empty().then_some(found)
}

/// The key of a line: product, customer and day.
type Key = (String, String, Date);

struct Reading<'a> {
    text: &'a str,
    /// The byte offset of the text in the file.
    start: usize,
    delimiter: u8,
    columns: [Option<usize>; 6],
    /// The number of fields in the header.
    fields: usize,
    currencies: Vec<String>,
    seen: HashSet<Key, RandomState>,
}

impl Reading<'_> {
    fn line(&mut self, record: &StringRecord, problems: &mut Problems<'_>) -> Option<PriceLine> {
        let position = record.position()?;
        let byte = position.byte() as usize;
        // Blank lines may precede the record, and its position is where they begin.
        let rest = &self.text[byte..];
        let blank = &rest[..rest.len() - rest.trim_start_matches(['\r', '\n']).len()];
        let line = position.line() + blank.matches('\n').count() as u64;
        let byte = byte + blank.len();
        if record.len() != self.fields {
            let problem = format!(
                "the line has {} fields and the header {}: a text with the separator in it stands in \
                 quotes",
                record.len(),
                self.fields
            );
            problems.add(self.start + byte, "line", problem);
            return None;
        }
        let fields = Fields {
            reading: self,
            record,
            byte,
        };
        let (price, from, term_end) = fields.values(problems)?;
        let (product, customer) = (fields.selector(PRODUCT), fields.text(CUSTOMER));
        let customer = (!customer.is_empty()).then(|| fields.selector(CUSTOMER));
        let currency = fields.text(CURRENCY).to_owned();
        let key = (
            fields.text(PRODUCT).to_lowercase(),
            fields.text(CUSTOMER).to_lowercase(),
            from,
        );
        if !self.seen.insert(key) {
            let problem =
                "an earlier line has the same product, customer and day: remove one of them";
            problems.add(product.at, COLUMNS[PRODUCT], problem.to_owned());
            return None;
        }
        let known = self.currencies.iter().position(|it| *it == currency);
        let number = known.unwrap_or(self.currencies.len());
        if known.is_none() {
            self.currencies.push(currency);
        }
        Some(PriceLine {
            span: self.start + byte..self.start + line_end(self.text, byte),
            line,
            product,
            customer,
            // There are at most 26³ currencies.
            currency: number as u16,
            price,
            from,
            term_end,
        })
    }
}

/// The fields of a record that begins at a byte of the text.
struct Fields<'a> {
    reading: &'a Reading<'a>,
    record: &'a StringRecord,
    byte: usize,
}

impl<'a> Fields<'a> {
    /// The text of a column; empty without the column.
    fn text(&self, column: usize) -> &'a str {
        let field = self.reading.columns[column].and_then(|field| self.record.get(field));
        field.unwrap_or_default()
    }

    /// The offset of a column's field in the file.
    fn at(&self, column: usize) -> usize {
        let Reading {
            text,
            start,
            delimiter,
            columns,
            ..
        } = self.reading;
        start + field_start(text, self.byte, columns[column].unwrap_or(0), *delimiter)
    }

    fn selector(&self, column: usize) -> Selector {
        Selector {
            text: self.text(column).to_owned(),
            at: self.at(column),
        }
    }

    /// The price, its first day, and the end of its term; `None` if anything is wrong in the record.
    fn values(&self, problems: &mut Problems<'_>) -> Option<(Amount, Date, Option<Date>)> {
        let before = problems.len();
        let mut wrong = |column: usize, problem: &dyn fmt::Display| {
            problems.add(self.at(column), COLUMNS[column], problem.to_string());
        };
        if self.text(PRODUCT).is_empty() {
            wrong(
                PRODUCT,
                &"it is empty: give the product's id or its newest name",
            );
        }
        let currency = self.text(CURRENCY);
        if currency.len() != 3 || !currency.bytes().all(|it| it.is_ascii_uppercase()) {
            let problem = "three capital letters of ISO 4217 are expected, such as `EUR`";
            wrong(CURRENCY, &format_args!("`{}`: {problem}", shown(currency)));
        }
        let price = self.text(PRICE).parse::<Amount>();
        if let Err(err) = &price {
            wrong(PRICE, err);
        }
        let mut day = |column: usize| {
            let text = self.text(column);
            let day = text.parse::<Date>();
            if day.is_err() {
                let problem = "a date such as `2026-10-31` is expected";
                wrong(column, &format_args!("`{}`: {problem}", shown(text)));
            }
            day.ok()
        };
        let from = day(FROM);
        let term_end = match self.text(TERM_END) {
            "" => None,
            _ => day(TERM_END),
        };
        if problems.len() > before {
            return None;
        }
        Some((price.ok()?, from?, term_end))
    }
}

/// The byte offset of the end of a record, without its line end.
fn line_end(text: &str, record: usize) -> usize {
    let mut quoted = false;
    for (byte, sign) in text.bytes().enumerate().skip(record) {
        match sign {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => return byte,
            _ => {}
        }
    }
    text.len()
}

/// The beginning of a text, short enough for a message.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The byte offset of a field of a record.
fn field_start(text: &str, record: usize, field: usize, delimiter: u8) -> usize {
    let (mut left, mut quoted) = (field, false);
    for (byte, sign) in text.bytes().enumerate().skip(record) {
        if left == 0 {
            return byte;
        }
        match sign {
            b'"' => quoted = !quoted,
            _ if sign == delimiter && !quoted => left -= 1,
            _ => {}
        }
    }
    text.len()
}
