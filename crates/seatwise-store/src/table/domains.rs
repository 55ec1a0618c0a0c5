//! The domains of customers over time.
//!
//! A domain is not part of a delivery. It is a fact about a customer that arrives with deliveries,
//! so it restates no figures, and a delivery without a domain removes none. A partner's domains are
//! few and rarely change. One file beside the partner's tables has a line for each change, and is
//! rewritten as a whole. Its first line has a hash of the others, so damage is an error and never
//! an answer.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;
use jiff::civil::Date;
use parking_lot::Mutex;
use seatwise_types::{CustomerId, PartnerId};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::model::error::StoreError;
use crate::table::checksum::{Checksum, damage};
use crate::table::listed_file::ListedFile;
use crate::table::store::Store;

/// The remedy if the file is damaged or lost.
const REMEDY: &str = "restore it and `domains.sha256` from a backup, or remove both and import the \
                      domains again";

/// The layout of the file.
const LAYOUT: u32 = 1;

/// The largest length of the first line, in bytes.
const LONGEST_HEAD: u64 = 256;

/// The largest length of a domain, in bytes (RFC 1035).
const LONGEST_DOMAIN: usize = 253;

/// The domains of a partner's customers over time.
#[derive(Debug, Default)]
pub struct Domains {
    /// The first line of the file; empty if there is no file.
    pub(crate) head: String,
    /// The checksum of the file; `None` if there is no file.
    pub(crate) checksum: Option<Checksum>,
    /// In object storage: nothing is recorded at or before this instant any more.
    pub(crate) settled: Option<Timestamp>,
    /// In the order of recording.
    pub(crate) statements: Vec<Statement>,
    /// The indexes of the statements about each customer.
    pub(crate) of: HashMap<CustomerId, Vec<usize>, RandomState>,
}

/// A customer has a domain from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement {
    pub(crate) customer_tenant_id: CustomerId,
    pub(crate) domain: String,
    pub(crate) processed_date: Date,
    pub(crate) recorded_at: Timestamp,
}

/// A customer has a domain from `since` until the day before `until`.
pub(crate) struct Span<'a> {
    pub(crate) customer: CustomerId,
    pub(crate) domain: &'a str,
    pub(crate) since: Date,
    pub(crate) until: Date,
}

/// The first line of the file.
#[derive(Deserialize, Serialize)]
struct Head {
    layout: u32,
    statements: usize,
    /// The hash of all bytes after this line.
    xxh3: String,
    /// See [`Domains`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settled: Option<Timestamp>,
}

impl Domains {
    /// The domain of a customer: among the statements up to a day and an instant, that of the
    /// latest day and, for this day, the one recorded last. `None` if there is no statement.
    pub fn of(
        &self,
        customer: CustomerId,
        as_of: Option<Date>,
        known_at: Option<Timestamp>,
    ) -> Option<&str> {
        let about = self.of.get(&customer)?.iter();
        let seen = about
            .map(|number| (*number, &self.statements[*number]))
            .filter(|(_, it)| {
                as_of.is_none_or(|as_of| it.processed_date <= as_of)
                    && known_at.is_none_or(|known_at| it.recorded_at <= known_at)
            });
        let newest = seen.max_by_key(|(number, it)| (it.processed_date, *number));
        newest.map(|(_, it)| it.domain.as_str())
    }

    /// The domains of all customers over the days, as known at an instant.
    pub(crate) fn spans(&self, known_at: Option<Timestamp>) -> Vec<Span<'_>> {
        let mut spans = Vec::new();
        for (customer, about) in &self.of {
            let about = about.iter().map(|number| &self.statements[*number]);
            let known = about.filter(|it| known_at.is_none_or(|at| it.recorded_at <= at));
            // For each day, the statement recorded last.
            let days: BTreeMap<Date, &str> = known
                .map(|it| (it.processed_date, it.domain.as_str()))
                .collect();
            let untils = days.keys().skip(1).copied().chain([Date::MAX]);
            spans.extend(
                days.iter()
                    .zip(untils)
                    .map(|((since, domain), until)| Span {
                        customer: *customer,
                        domain,
                        since: *since,
                        until,
                    }),
            );
        }
        spans
    }

    /// When the last statement was recorded; `None` if there is none. Later statements are recorded
    /// after it.
    pub fn recorded_at(&self) -> Option<Timestamp> {
        self.statements.last().map(|it| it.recorded_at)
    }

    /// The latest instant at or before which no statement is added any more.
    pub(crate) fn settled_up_to(&self) -> Option<Timestamp> {
        self.settled.max(self.recorded_at())
    }

    pub(crate) fn of_statements(head: String, statements: Vec<Statement>) -> Self {
        let mut domains = Self {
            head,
            ..Self::default()
        };
        for it in statements {
            domains.add(it);
        }
        domains
    }

    pub(crate) fn add(&mut self, statement: Statement) {
        let about = self.of.entry(statement.customer_tenant_id).or_default();
        about.push(self.statements.len());
        self.statements.push(statement);
    }

    /// Reads a file; reuses `known` if it is unchanged.
    pub(crate) fn read(listed: &ListedFile, known: Option<Arc<Self>>) -> io::Result<Arc<Self>> {
        let with_remedy = |err: io::Error| match is_damage(&err) {
            true => damage(format!("{err}: {REMEDY}")),
            false => err,
        };
        let Some(file) = listed.open().map_err(with_remedy)? else {
            return Ok(Arc::default());
        };
        let mut file = BufReader::new(file);
        let mut head = String::new();
        (&mut file).take(LONGEST_HEAD).read_line(&mut head)?;
        let parsed: Head = serde_json::from_str(&head).map_err(|_| invalid("its first line"))?;
        if let Some(known) = known.filter(|known| known.head == head)
            && let Some(checksum) = known.checksum
            && listed.may_have(checksum)?
        {
            return Ok(known);
        }
        if parsed.layout > LAYOUT {
            let reason = "a newer version of seatwise wrote it: use that version";
            return Err(io::Error::new(io::ErrorKind::Unsupported, reason));
        }
        let content = listed.read().map_err(with_remedy)?;
        // The file may have been replaced since its first line was read.
        let content = content.unwrap_or_default();
        let end = content.iter().position(|byte| *byte == b'\n');
        let (first, text) = content.split_at(end.map_or(0, |end| end + 1));
        let parsed: Head = serde_json::from_slice(first).map_err(|_| invalid("its first line"))?;
        let head = String::from_utf8_lossy(first).into_owned();
        if Head::of(text, parsed.statements, parsed.settled).line()? != head {
            return Err(invalid("its content"));
        }
        let lines = text
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let statements = lines
            .map(serde_json::from_slice)
            .collect::<Result<Vec<_>, _>>();
        let statements = statements.map_err(|_| invalid("one of its lines"))?;
        if statements.len() != parsed.statements {
            return Err(invalid("the number of its lines"));
        }
        let checksum = Some(Checksum::of(&content));
        let domains = Self::of_statements(head, statements);
        Ok(Arc::new(Self {
            checksum,
            settled: parsed.settled,
            ..domains
        }))
    }

    /// The content of a file with these statements.
    fn encode(statements: &[Statement], settled: Option<Timestamp>) -> io::Result<Vec<u8>> {
        let mut lines = Vec::new();
        for it in statements {
            serde_json::to_writer(&mut lines, it)?;
            lines.push(b'\n');
        }
        let mut file = Head::of(&lines, statements.len(), settled)
            .line()?
            .into_bytes();
        file.append(&mut lines);
        Ok(file)
    }
}

impl Head {
    /// The first line for these lines.
    fn of(lines: &[u8], statements: usize, settled: Option<Timestamp>) -> Self {
        Self {
            layout: LAYOUT,
            statements,
            xxh3: format!("{:032x}", xxh3_128(lines)),
            settled,
        }
    }

    fn line(&self) -> io::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }
}

fn invalid(what: &str) -> io::Error {
    damage(format!("{what} is not what was written: {REMEDY}"))
}

/// Whether an error means that a file is damaged.
pub(crate) fn is_damage(err: &io::Error) -> bool {
    matches!(
        err.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}

/// Whether a text is a valid domain, such as `contoso.onmicrosoft.com`.
pub fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .chars()
                .all(|sign| sign.is_alphanumeric() || matches!(sign, '-' | '_'))
    };
    text.len() <= LONGEST_DOMAIN && text.contains('.') && text.split('.').all(is_label)
}

/// The domains of each partner's customers, as last read.
#[derive(Default)]
struct LastRead(Mutex<HashMap<PartnerId, Arc<Domains>>>);

impl Store {
    /// The domains of a partner's customers; empty if none is recorded.
    ///
    /// # Errors
    /// If the file cannot be read, or is damaged.
    pub async fn domains(&self, partner: PartnerId) -> Result<Arc<Domains>, StoreError> {
        self.blocking("read from", move |store| store.read_domains(partner))
            .await
    }

    pub(crate) fn read_domains(&self, partner: PartnerId) -> Result<Arc<Domains>, StoreError> {
        self.partner_is_there(partner)?;
        let file = self.domains_file(partner);
        let last_read = self.extension::<LastRead>();
        let known = last_read.0.lock().get(&partner).cloned();
        let domains = Domains::read(&file, known)
            .map_err(|err| StoreError::io("read", file.location, err))?;
        last_read.0.lock().insert(partner, Arc::clone(&domains));
        Ok(domains)
    }

    /// Replaces `before`, which was read, by these statements, at or before `settled` of which none
    /// is added any more.
    ///
    /// # Errors
    /// With the kind `ResourceBusy` if another process replaced the file meanwhile; if the file
    /// cannot be written.
    pub(crate) fn write_domains(
        &self,
        partner: PartnerId,
        before: &Domains,
        statements: &[Statement],
        settled: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let file = self.domains_file(partner);
        let written = Domains::encode(statements, settled)
            .and_then(|content| file.write(before.checksum, content));
        written
            .map(drop)
            .map_err(|err| StoreError::io("write to", file.location, err))
    }
}
