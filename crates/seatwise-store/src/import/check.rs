//! Every row is checked before any of its file is stored.

use std::borrow::Cow;
use std::fmt;
use std::io;

use jiff::{SignedDuration, Timestamp};
use seatwise_types::{Channel, CustomerId, ProcessedDateTime, ServiceCode};
use serde::Serialize;
use uuid::Uuid;

use super::block::{Block, Broken};
use super::fields::{
    CUSTOMER, FIELDS, PART, PROCESSED, PRODUCT_ID, PRODUCT_NAME, SERVICE_CODE, TEXT, WHOLE,
    WORKLOAD_CODE, WORKLOAD_NAME, applies, is_required, names,
};
use super::reject::Rejects;
use crate::Kind;
use crate::record::Checked;
use crate::staging::{DeliveryKey, Fact, LARGEST_DELIVERY, NO_COUNT, Texts, Unit};

/// No count is larger: a billion seats are more than all that Microsoft has sold, and sums of
/// nine billion such rows still fit.
pub const LARGEST_COUNT: u32 = 1_000_000_000;

/// No processed date lies further ahead of the clock: clocks and time zones differ, but a year that
/// was typed wrong lies further off.
pub const MOST_AHEAD: SignedDuration = SignedDuration::from_hours(48);

/// No name or code is longer, in bytes.
const LONGEST_TEXT: usize = 1024;

/// How many bad rows are told in full.
const TOLD: usize = 10;

pub(super) const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// A row that cannot be stored, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The file, as it was given.
    pub file: String,
    /// Where the row begins, from 1: the line of a text file, else the number of the row.
    pub line: u64,
    /// The column, by its name in the commercial resources; empty if the row is broken as a whole.
    pub column: &'static str,
    /// What stands there, shortened.
    pub value: String,
    /// What is wrong, and what should be there.
    pub remedy: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            value,
            remedy,
        } = self;
        match (column.is_empty(), value.is_empty()) {
            (true, _) => write!(f, "{file}:{line}: {remedy}"),
            (false, true) => write!(f, "{file}:{line}: {column}: {remedy}"),
            (false, false) => write!(f, "{file}:{line}: {column} `{value}`: {remedy}"),
        }
    }
}

/// The bad rows of one file: the first ten, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BadRows {
    /// The first ten.
    pub first: Vec<BadRow>,
    /// How many there are in all.
    pub count: u64,
}

impl BadRows {
    /// A line for each of the first ten, and one that counts the others.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let more = self.count - self.first.len() as u64;
        let more = (more > 0).then(|| format!("and {more} more"));
        self.first.iter().map(ToString::to_string).chain(more)
    }

    pub(crate) fn add(&mut self, row: BadRow) {
        self.count += 1;
        if self.first.len() < TOLD {
            self.first.push(row);
        }
    }
}

/// How many there are: `a bad row`, `2 bad rows`.
impl fmt::Display for BadRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => f.write_str("a bad row"),
            count => write!(f, "{count} bad rows"),
        }
    }
}

/// The rows of one kind that are on their way into the store, and the means to check more.
pub(crate) struct Checker {
    pub(crate) checked: Checked,
    /// The newest processed date that can be true.
    latest: i64,
    last_processed: (Vec<u8>, i64),
    last_customer: (Vec<u8>, (u64, u64)),
}

/// A file that is being checked.
pub(crate) struct File<'a> {
    pub(crate) number: u32,
    pub(crate) name: &'a str,
    pub(crate) bad: &'a mut BadRows,
    /// Whether deliveries with a bad row are left out, so that the others can be stored.
    pub(crate) leaves_out: bool,
    /// Where the rows go that are left out, if they go anywhere.
    pub(crate) rejects: Option<&'a mut Rejects>,
}

impl File<'_> {
    pub(super) fn refuse_broken<'a>(
        &mut self,
        broken: impl Iterator<Item = &'a Broken>,
    ) -> io::Result<()> {
        for Broken { place, reason, .. } in broken {
            self.bad.add(BadRow {
                file: self.name.to_owned(),
                line: *place,
                column: "",
                value: String::new(),
                remedy: reason.clone(),
            });
            if let Some(rejects) = &mut self.rejects {
                rejects.broken(*place, reason)?;
            }
        }
        Ok(())
    }
}

/// What is wrong with a field.
pub(super) struct Fault {
    pub(super) field: usize,
    pub(super) remedy: Cow<'static, str>,
}

pub(super) fn fault<T>(field: usize, remedy: impl Into<Cow<'static, str>>) -> Result<T, Fault> {
    Err(Fault {
        field,
        remedy: remedy.into(),
    })
}

/// What is wrong with a row whose delivery is full.
pub(super) fn full() -> Fault {
    let remedy = format!(
        "its customer has {LARGEST_DELIVERY} rows of this service, channel and day before it: one \
         for each product and workload is expected"
    );
    Fault {
        field: CUSTOMER,
        remedy: remedy.into(),
    }
}

impl Checker {
    pub(crate) fn new(checked: Checked, now: Timestamp) -> Self {
        let latest = now.saturating_add(MOST_AHEAD);
        Self {
            checked,
            latest: latest.map_or(i64::MAX, Timestamp::as_microsecond),
            last_processed: Default::default(),
            last_customer: Default::default(),
        }
    }

    /// Takes the good rows of a block in; bad ones are told or rejected.
    ///
    /// # Errors
    /// If rows that do not fit in memory, or rejected rows, cannot be written.
    pub(crate) fn take(&mut self, block: &Block, file: &mut File<'_>) -> io::Result<()> {
        let rows = block.rows();
        let count = rows.len();
        for (row, (line, fields)) in rows.enumerate() {
            file.refuse_broken(block.broken_before(row))?;
            match self.fact(line, &fields) {
                Ok((unit, fact)) => {
                    let key = DeliveryKey {
                        unit,
                        file: file.number,
                    };
                    if !self.checked.staging.push(key, fact)? {
                        self.refuse(line, &fields, full(), file)?;
                    }
                }
                Err(fault) => self.refuse(line, &fields, fault, file)?,
            }
        }
        file.refuse_broken(block.broken_before(count))
    }

    fn refuse(
        &mut self,
        line: u64,
        fields: &[&[u8]; FIELDS],
        fault: Fault,
        file: &mut File<'_>,
    ) -> io::Result<()> {
        let bad = BadRow {
            file: file.name.to_owned(),
            line,
            column: names(self.checked.kind)[fault.field],
            value: shortened(fields[fault.field]),
            remedy: fault.remedy.into_owned(),
        };
        if let Some(rejects) = &mut file.rejects {
            rejects.row(line, &format!("{}: {}", bad.column, bad.remedy), fields)?;
        }
        // The delivery that the row belongs to, as far as the row tells.
        if file.leaves_out
            && let Ok(unit) = self.unit(fields)
        {
            let file = file.number;
            self.checked
                .rejected
                .entry(DeliveryKey { unit, file })
                .or_insert(line);
        }
        file.bad.add(bad);
        Ok(())
    }

    fn unit(&mut self, fields: &[&[u8]; FIELDS]) -> Result<Unit, Fault> {
        let processed = self.processed(fields[PROCESSED])?;
        Ok(Unit {
            service: self.text(0, fields)?,
            channel: self.text(1, fields)?,
            customer: self.customer(fields[CUSTOMER])?,
            day: day_of(processed),
        })
    }

    fn fact(&mut self, line: u64, fields: &[&[u8]; FIELDS]) -> Result<(Unit, Fact), Fault> {
        let processed = self.processed(fields[PROCESSED])?;
        let customer = self.customer(fields[CUSTOMER])?;
        let empty_delivery = [
            PRODUCT_ID,
            PRODUCT_NAME,
            WORKLOAD_CODE,
            WORKLOAD_NAME,
            PART,
            WHOLE,
        ]
        .iter()
        .all(|field| fields[*field].trim_ascii().is_empty());
        let mut text = [0; 8];
        for (column, number) in text.iter_mut().enumerate() {
            *number = self.text(column, fields)?;
        }
        for field in TEXT..PART {
            let required = is_required(self.checked.kind, field)
                && !(empty_delivery && matches!(field, PRODUCT_NAME | WORKLOAD_NAME));
            if required && text[field - TEXT] == 0 {
                return fault(field, "it is empty: every row needs a value here");
            }
        }
        let counts = if empty_delivery {
            [NO_COUNT; 2]
        } else {
            [count(PART, fields)?, count(WHOLE, fields)?]
        };
        let [service, channel, text @ ..] = text;
        let unit = Unit {
            service,
            channel,
            customer,
            day: day_of(processed),
        };
        let fact = Fact {
            text,
            counts,
            processed,
            line,
        };
        Ok((unit, fact))
    }

    fn processed(&mut self, text: &[u8]) -> Result<i64, Fault> {
        if self.last_processed.0 == text && !text.is_empty() {
            return Ok(self.last_processed.1);
        }
        let parsed = std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.trim().parse::<ProcessedDateTime>().ok());
        let Some(processed) = parsed.map(ProcessedDateTime::as_microsecond) else {
            let form = "a date such as `2017-03-10` or `2017-03-10T00:00:00+00:00` is expected";
            return fault(PROCESSED, form);
        };
        if processed < 0 {
            return fault(PROCESSED, "it lies before 1970");
        }
        if processed > self.latest {
            return fault(
                PROCESSED,
                "it lies in the future: no source has aggregated it yet",
            );
        }
        self.last_processed = (text.to_owned(), processed);
        Ok(processed)
    }

    /// The latest instant that can be true, in microseconds since 1970.
    pub(super) fn latest(&self) -> i64 {
        self.latest
    }

    pub(super) fn customer(&mut self, text: &[u8]) -> Result<(u64, u64), Fault> {
        if self.last_customer.0 == text && !text.is_empty() {
            return Ok(self.last_customer.1);
        }
        let parsed = std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.trim().parse::<CustomerId>().ok());
        let Some(customer) = parsed else {
            let form = "the customer's tenant id is expected, a GUID such as \
                        `4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04`";
            return fault(CUSTOMER, form);
        };
        self.last_customer = (text.to_owned(), customer.as_uuid().as_u64_pair());
        Ok(self.last_customer.1)
    }

    /// The number of the text of a column; 0 if it is empty or the kind has no such column.
    fn text(&mut self, column: usize, fields: &[&[u8]; FIELDS]) -> Result<u32, Fault> {
        let field = TEXT + column;
        if !applies(self.checked.kind, field) {
            return Ok(0);
        }
        self.number(column, field, fields[field])
    }

    /// The number of a text of a column, which stands in this field.
    pub(super) fn number(
        &mut self,
        column: usize,
        field: usize,
        text: &[u8],
    ) -> Result<u32, Fault> {
        let text = text.trim_ascii();
        if text.len() > LONGEST_TEXT {
            return fault(field, format!("it is longer than {LONGEST_TEXT} bytes"));
        }
        let Some(number) = self.checked.texts.number(column, text) else {
            return fault(field, "it is not UTF-8: save the file as UTF-8");
        };
        Ok(number)
    }
}

fn day_of(processed: i64) -> i32 {
    (processed.div_euclid(MICROSECONDS_A_DAY)) as i32
}

/// A count: digits, also with a fraction of zeros, as some sources write `206.0`.
pub(super) fn count(field: usize, fields: &[&[u8]; FIELDS]) -> Result<u32, Fault> {
    let text = fields[field].trim_ascii();
    let (digits, fraction) = match text.iter().position(|byte| *byte == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"0"[..]),
    };
    if text.is_empty() {
        return fault(
            field,
            "it is empty: every row needs a count here, `0` if there is none",
        );
    }
    if digits.is_empty()
        || fraction.is_empty()
        || !digits.iter().all(u8::is_ascii_digit)
        || !fraction.iter().all(|byte| *byte == b'0')
    {
        return fault(field, "a whole number of seats, 0 or more, is expected");
    }
    let number = digits.iter().try_fold(0_u32, |number, digit| {
        number.checked_mul(10)?.checked_add(u32::from(digit - b'0'))
    });
    match number {
        Some(number) if number <= LARGEST_COUNT => Ok(number),
        _ => fault(
            field,
            format!("at most {LARGEST_COUNT} seats are taken for true"),
        ),
    }
}

pub(super) fn shortened(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// How the values of each text column are spelled in the store.
pub(crate) fn canonical() -> [fn(&str) -> Cow<'_, str>; 8] {
    fn as_is(text: &str) -> Cow<'_, str> {
        text.into()
    }
    fn service(text: &str) -> Cow<'_, str> {
        ServiceCode::from(text).as_str().to_owned().into()
    }
    fn channel(text: &str) -> Cow<'_, str> {
        Channel::from(text).as_str().to_owned().into()
    }
    fn lower_guid(text: &str) -> Cow<'_, str> {
        match Uuid::try_parse(text) {
            Ok(guid) if text.len() == 36 => guid.to_string().into(),
            _ => text.into(),
        }
    }
    let mut columns: [fn(&str) -> Cow<'_, str>; 8] = [as_is; 8];
    columns[SERVICE_CODE - TEXT] = service;
    columns[SERVICE_CODE - TEXT + 1] = channel;
    columns[PRODUCT_ID - TEXT] = lower_guid;
    columns
}

/// An empty set of checked rows.
pub(crate) fn nothing_checked(
    kind: Kind,
    folder: &std::path::Path,
    rows_in_memory: usize,
) -> Checked {
    Checked {
        kind,
        staging: crate::staging::Staging::new(folder, rows_in_memory),
        texts: Texts::new(canonical()),
        rejected: Default::default(),
        roles: Vec::new(),
        good: 0,
    }
}
