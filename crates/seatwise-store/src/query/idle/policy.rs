//! The policy of a partner: which unassigned seats are no waste.

use std::ops::Range;

use seatwise_types::CustomerId;
use seatwise_types::extensions::{Exclusion, IdleBuffer, IdleExclusion, IdleFileKind};
use serde::Deserialize;
use toml::{Spanned, Value};
use uuid::Uuid;

use super::problems::{IdleFileError, Problems};
use super::selector::{Mentioned, Names, Resolver, Scoped, Selector, Warnings};
use super::text_position::position;

/// The default: seats bought within these days are new.
const NEW_DAYS: u16 = 28;

/// Replaces the id of an erased customer.
const NO_CUSTOMER: Uuid = Uuid::nil();

/// The largest number of days for which seats are new.
const MOST_NEW_DAYS: i64 = 400;

/// Buffers and exclusions.
#[derive(Debug)]
pub struct Policy {
    pub(super) text: String,
    pub(super) new_days: u16,
    buffer: Option<Buffer>,
    buffers: Vec<(Scope, Buffer)>,
    exclusions: Vec<(Scope, IdleExclusion)>,
}

/// The scope of an entry: a product, a customer or both.
#[derive(Debug)]
struct Scope {
    /// The byte offset of the entry.
    at: usize,
    product: Option<Selector>,
    customer: Option<Selector>,
    /// The byte range of the customer, with its quotes.
    customer_span: Range<usize>,
}

/// The number of seats that may stay unassigned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Buffer {
    size: Size,
    line: u64,
}

#[derive(Debug, Clone, Copy)]
enum Size {
    Seats(u64),
    /// A share of the seats sold, in hundredths of a percent.
    Share(u64),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    new_days: Option<Spanned<i64>>,
    buffer: Option<Spanned<Value>>,
    #[serde(default)]
    buffers: Vec<BufferEntry>,
    #[serde(default)]
    exclusions: Vec<ExclusionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BufferEntry {
    product: Option<Spanned<String>>,
    customer: Option<Spanned<String>>,
    buffer: Spanned<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExclusionEntry {
    product: Option<Spanned<String>>,
    customer: Option<Spanned<String>>,
    kind: Spanned<String>,
    reason: Spanned<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            text: String::new(),
            new_days: NEW_DAYS,
            buffer: None,
            buffers: Vec::new(),
            exclusions: Vec::new(),
        }
    }
}

impl Policy {
    /// Parses a TOML file.
    ///
    /// # Errors
    /// If it is not TOML, or an entry is invalid; lists up to 100 such entries.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_store::Policy;
    ///
    /// let file = "# Seats for newcomers.\nbuffer = \"five\"\n";
    /// let err = Policy::parse(file.into()).unwrap_err();
    /// assert_eq!((err.problems[0].line, err.problems[0].column), (2, 10));
    /// ```
    pub fn parse(text: String) -> Result<Self, IdleFileError> {
        let mut problems = Problems::new(IdleFileKind::Policy, &text);
        let file = match toml::from_str::<File>(&text) {
            Ok(file) => Some(file),
            Err(err) => {
                let at = err.span().map_or(0, |span| span.start);
                let message = err.message().trim().replace('\n', "; ");
                problems.add(at, key_at(&text, at), message);
                None
            }
        };
        let policy = file.map(|file| file.read(&text, &mut problems));
        problems.into_result()?;
        Ok(Self {
            text,
            ..policy.unwrap_or_default()
        })
    }

    /// The file with each mention of a customer replaced by the nil GUID, and their number. The
    /// entries stay.
    pub(crate) fn without(&self, customer: &Mentioned) -> (String, u64) {
        let scopes = self.buffers.iter().map(|(scope, _)| scope);
        let scopes = scopes.chain(self.exclusions.iter().map(|(scope, _)| scope));
        let mentions = scopes.filter_map(|scope| {
            let selector = scope.customer.as_ref()?;
            customer.is(selector).then_some(scope.customer_span.clone())
        });
        let mut mentions: Vec<Range<usize>> = mentions.collect();
        mentions.sort_by_key(|span| span.start);
        let mut text = self.text.clone();
        for span in mentions.iter().rev() {
            text.replace_range(span.clone(), &format!("\"{NO_CUSTOMER}\""));
        }
        (text, mentions.len() as u64)
    }

    pub(super) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        let buffers = self.buffers.iter().map(|(scope, _)| scope);
        let exclusions = self.exclusions.iter().map(|(scope, _)| scope);
        let all = buffers.chain(exclusions);
        all.flat_map(|scope| scope.product.iter().chain(&scope.customer))
    }
}

/// The first word of the line at a byte offset, usually the invalid key.
fn key_at(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |line| line + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let word = line.split(['=', '#']).next().unwrap_or_default();
    word.trim_matches(['[', ']', ' ', '\t'])
}

impl File {
    fn read(self, text: &str, problems: &mut Problems<'_>) -> Policy {
        let new_days = match &self.new_days {
            None => NEW_DAYS,
            Some(days) if (0..=MOST_NEW_DAYS).contains(days.get_ref()) => *days.get_ref() as u16,
            Some(days) => {
                let problem = format!("a number of days from 0 to {MOST_NEW_DAYS} is expected");
                problems.add(days.span().start, "new-days", problem);
                NEW_DAYS
            }
        };
        let buffer = self.buffer.as_ref();
        let buffer = buffer.and_then(|it| read_buffer(it, text, problems));
        let mut buffers = Vec::new();
        for entry in self.buffers {
            let at = entry.buffer.span().start;
            let buffer = read_buffer(&entry.buffer, text, problems);
            let scope = scope(at, entry.product, entry.customer, "buffer", problems);
            buffers.extend(scope.zip(buffer));
        }
        let mut exclusions = Vec::new();
        for entry in self.exclusions {
            let at = entry.kind.span().start;
            let kind = entry.kind.get_ref().parse::<Exclusion>();
            if let Err(err) = &kind {
                problems.add(at, "kind", err.to_string());
            }
            let reason = entry.reason.get_ref().trim();
            if reason.is_empty() {
                let problem = "it is empty: say why, for those who read the answer".to_owned();
                problems.add(entry.reason.span().start, "reason", problem);
            }
            let exclusion = kind.ok().map(|kind| IdleExclusion {
                kind,
                reason: reason.to_owned(),
                line: position(text, at).0,
            });
            let scope = scope(at, entry.product, entry.customer, "kind", problems);
            exclusions.extend(scope.zip(exclusion));
        }
        Policy {
            text: String::new(),
            new_days,
            buffer,
            buffers,
            exclusions,
        }
    }
}

fn scope(
    at: usize,
    product: Option<Spanned<String>>,
    customer: Option<Spanned<String>>,
    field: &str,
    problems: &mut Problems<'_>,
) -> Option<Scope> {
    if product.is_none() && customer.is_none() {
        let problem = "the entry names neither a product nor a customer: name one of them, or both";
        problems.add(at, field, problem.to_owned());
        return None;
    }
    let selector = |text: Spanned<String>| Selector {
        at: text.span().start,
        text: text.into_inner().trim().to_owned(),
    };
    let span = customer.as_ref().map(Spanned::span);
    Some(Scope {
        at,
        customer_span: span.unwrap_or_default(),
        product: product.map(selector),
        customer: customer.map(selector),
    })
}

fn read_buffer(value: &Spanned<Value>, text: &str, problems: &mut Problems<'_>) -> Option<Buffer> {
    let at = value.span().start;
    let size = match value.get_ref() {
        Value::Integer(seats) => u64::try_from(*seats).ok().map(Size::Seats),
        Value::String(share) => share
            .strip_suffix('%')
            .and_then(read_share)
            .map(Size::Share),
        _ => None,
    };
    if size.is_none() {
        let problem = "a number of seats such as `5`, or a share of the seats sold from \"0%\" to \
                       \"100%\" with at most two digits after the point, is expected";
        problems.add(at, "buffer", problem.to_owned());
    }
    let line = position(text, at).0;
    size.map(|size| Buffer { size, line })
}

/// Parses a percentage in hundredths of a percent.
fn read_share(text: &str) -> Option<u64> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() > 2 {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let part: u64 = format!("{part:0<2}").parse().ok()?;
    let share = whole.checked_mul(100)?.checked_add(part)?;
    (share <= 100 * 100).then_some(share)
}

impl Buffer {
    /// The number of seats, given the seats sold; fractions are rounded up.
    fn seats(self, sold: u64) -> u64 {
        match self.size {
            Size::Seats(seats) => seats,
            Size::Share(share) => sold.saturating_mul(share).div_ceil(100 * 100),
        }
    }
}

/// The policy, indexed by the products and customers of a question.
pub(super) struct PolicyBook<'a> {
    buffer: Option<Buffer>,
    buffers: Scoped<Buffer>,
    exclusions: Scoped<&'a IdleExclusion>,
}

impl<'a> PolicyBook<'a> {
    pub(super) fn new(policy: &'a Policy, names: &Names, warnings: &mut Warnings) -> Self {
        let mut resolver = Resolver {
            names,
            file: IdleFileKind::Policy,
            text: &policy.text,
            warnings,
        };
        let buffers = policy.buffers.iter().map(|(scope, said)| (scope, *said));
        let exclusions = policy.exclusions.iter().map(|(scope, said)| (scope, said));
        Self {
            buffer: policy.buffer,
            buffers: scoped(buffers, &mut resolver, "buffers"),
            exclusions: scoped(exclusions, &mut resolver, "exclusions"),
        }
    }

    pub(super) fn buffer(&self, product: u32, customer: CustomerId, sold: u64) -> IdleBuffer {
        let buffer = self.buffers.get(product, customer).copied();
        buffer
            .or(self.buffer)
            .map_or_else(IdleBuffer::default, |it| IdleBuffer {
                seats: it.seats(sold),
                line: Some(it.line),
            })
    }

    pub(super) fn exclusion(
        &self,
        product: u32,
        customer: CustomerId,
    ) -> Option<&'a IdleExclusion> {
        self.exclusions.get(product, customer).copied()
    }
}

fn scoped<'a, T>(
    entries: impl Iterator<Item = (&'a Scope, T)>,
    resolver: &mut Resolver<'_>,
    list: &str,
) -> Scoped<T> {
    let mut scoped = Scoped::default();
    for (scope, said) in entries {
        let customer = scope.customer.as_ref().map(|it| it.text.parse::<Uuid>());
        if customer == Some(Ok(NO_CUSTOMER)) {
            continue;
        }
        let found = resolver.scope(scope.product.as_ref(), scope.customer.as_ref());
        if let Some(found) = found
            && !scoped.insert(found, said)
        {
            let problem = format!(
                "an earlier entry of `{list}` is about the same product and customer: remove one of \
                 them; this one has no effect"
            );
            resolver.wrong(scope.at, list, problem);
        }
    }
    scoped
}
