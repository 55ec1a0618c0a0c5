//! Checks of every row before any row of its file is stored.

use std::io;

use jiff::Timestamp;
use seatwise_types::CustomerId;

use super::bad_rows::{BadRow, BadRows};
use super::block::{Block, BrokenRow};
use super::count::{count, is_absent, missing};
use super::date;
use super::fault::{Fault, fault};
use super::fields::{
    CUSTOMER, CUSTOMER_NAME, DOMAIN, FIELDS, PART, PROCESSED, PRODUCT_ID, PRODUCT_NAME, TEXT,
    WHOLE, WORKLOAD_CODE, WORKLOAD_NAME, applies, is_required, names,
};
use super::no_value::{NoValueWords, is_no_value, may_be_a_customer};
use super::reject::Rejects;
use super::shortened::shortened;
use crate::ingest::checked::Checked;
use crate::model::fact::{DeliveryKey, Fact, NO_COUNT, OWN_TEXT, Unit};
use crate::model::limits::{LARGEST_DELIVERY, MOST_AHEAD};
use crate::table::domains::is_domain;

/// The largest length of names and codes, in bytes.
const LONGEST_TEXT: usize = 1024;

pub(super) const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// The rows of one kind checked so far, and the state for checking more.
pub(crate) struct Checker {
    pub(crate) checked: Checked,
    /// The newest valid processed date.
    latest: i64,
    /// The words that were read as "no value".
    pub(crate) no_value_words: NoValueWords,
    last_processed: (Vec<u8>, i64),
    last_customer: (Vec<u8>, (u64, u64)),
}

/// A file during its check.
pub(crate) struct File<'a> {
    pub(crate) number: u32,
    pub(crate) name: &'a str,
    pub(crate) bad: &'a mut BadRows,
    /// Whether deliveries with a bad row are left out, so that the others can be stored.
    pub(crate) leaves_out: bool,
    /// Where rejected rows are written, if anywhere.
    pub(crate) rejects: Option<&'a mut Rejects>,
}

impl File<'_> {
    pub(super) fn refuse_broken<'a>(
        &mut self,
        broken: impl Iterator<Item = &'a BrokenRow>,
    ) -> io::Result<()> {
        for BrokenRow { place, reason, .. } in broken {
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

/// The fault of a row that exceeds the largest delivery.
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
            no_value_words: NoValueWords::default(),
            last_processed: Default::default(),
            last_customer: Default::default(),
        }
    }

    /// Accepts the good rows of a block, and reports or rejects bad ones.
    ///
    /// # Errors
    /// If rows that do not fit in memory, or rejected rows, cannot be written.
    pub(crate) fn take(&mut self, block: &Block, file: &mut File<'_>) -> io::Result<()> {
        let rows = block.rows();
        let count = rows.len();
        for (row, (line, fields)) in rows.enumerate() {
            file.refuse_broken(block.broken_before(row))?;
            let fact = self.fact(line, &fields);
            match fact.and_then(|it| Ok((it, domain(&fields)?))) {
                Ok(((unit, fact), domain)) => {
                    let key = DeliveryKey {
                        unit,
                        file: file.number,
                    };
                    if !self.checked.staging.push(key, fact)? {
                        self.refuse(line, &fields, full(), file)?;
                    } else if let Some(domain) = domain {
                        self.checked.domains.add(&unit, key.file, domain);
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
        // The delivery of the row, as far as the row has it.
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
        .all(|field| is_absent(fields[*field]));
        let mut text = [0; 8];
        for (column, number) in text.iter_mut().enumerate() {
            *number = self.text(column, fields)?;
        }
        for field in TEXT..PART {
            let required = is_required(self.checked.kind, field)
                && !(empty_delivery && matches!(field, PRODUCT_NAME | WORKLOAD_NAME));
            if required && text[field - TEXT] == 0 {
                return missing(field, fields[field], "every row needs a value here");
            }
        }
        let counts = if empty_delivery {
            for word in [PART, WHOLE].map(|field| fields[field].trim_ascii()) {
                if !word.is_empty() {
                    self.no_value_words.add(word);
                }
            }
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
        let parsed = std::str::from_utf8(text).ok().and_then(date::read);
        let Some(processed) = parsed else {
            return fault(PROCESSED, date::remedy(text));
        };
        if processed < 0 {
            return fault(PROCESSED, "it is before 1970");
        }
        if processed > self.latest {
            return fault(
                PROCESSED,
                "it is in the future: no source has aggregated it yet",
            );
        }
        self.last_processed = (text.to_owned(), processed);
        Ok(processed)
    }

    /// The latest valid instant, in microseconds since 1970.
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

    /// The number of the text of a column; 0 if it is empty or the kind lacks the column.
    fn text(&mut self, column: usize, fields: &[&[u8]; FIELDS]) -> Result<u32, Fault> {
        let field = TEXT + column;
        if !applies(self.checked.kind, field) {
            return Ok(0);
        }
        self.number(column, field, fields[field])
    }

    /// The number of a column's text in this field; 0 if it is empty or a word for "no value".
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
        if is_no_value(text) && (field != CUSTOMER_NAME || !may_be_a_customer(text)) {
            // Unit columns are rejected instead, because each row needs them.
            if column >= OWN_TEXT {
                self.no_value_words.add(text);
            }
            return Ok(0);
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

/// The customer's domain, if the row has one.
fn domain<'a>(fields: &[&'a [u8]; FIELDS]) -> Result<Option<&'a str>, Fault> {
    let text = fields[DOMAIN].trim_ascii();
    if is_absent(text) {
        return Ok(None);
    }
    match std::str::from_utf8(text) {
        Ok(text) if is_domain(text) => Ok(Some(text)),
        _ => fault(
            DOMAIN,
            "the customer's domain is expected, such as `contoso.onmicrosoft.com`, or nothing if it \
             is not known",
        ),
    }
}
