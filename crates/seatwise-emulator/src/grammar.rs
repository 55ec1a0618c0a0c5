//! The syntax of fault plans.
//!
//! ```text
//! plan   = "none" | fault *( "," fault )
//! fault  = kind [ "=" value ] *( ";" detail )
//! value  = length                     of latency and slow-body
//!        | share                      of all others; all requests if it is missing
//! length = time [ ".." time ]         such as 2s or 200ms..2s
//! detail = "retry-after=" seconds     of 429 and of 5xx
//!        | "reason=" reason           of 401: expired, audience, mfa, gateway
//!        | "html"                     of 5xx
//!        | "share=" share             of latency and slow-body
//! share  = number "%"
//! ```

use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;

use crate::fault::{Fault, Span, Unauthorized};
use crate::plan::{ALWAYS, Entry, FaultPlan, NONE};

/// The longest text of a plan, in bytes.
const LONGEST_TEXT: usize = 2 * 1024;

/// Longer than clients wait: Microsoft's .NET SDK 3.4 gives up after 3 minutes.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

/// The default `Retry-After` of a 429, in seconds. It is short so that tests are fast.
const DEFAULT_RETRY_AFTER: u32 = 1;

/// One day, in seconds. More is probably a mistake.
const LONGEST_RETRY_AFTER: u32 = 24 * 60 * 60;

const KINDS: &str = "429, 401, 500, 501, 502, 503, 504, reset, latency, slow-body, truncate, \
    malformed, no-headers or no-bom";

/// An invalid fault plan: what is wrong, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` at character {position} {problem}: {remedy}")]
pub struct FaultSyntaxError {
    found: String,
    position: usize,
    problem: &'static str,
    remedy: String,
}

impl FaultSyntaxError {
    /// The position in characters, from 1.
    pub fn position(&self) -> usize {
        self.position
    }
}

impl FromStr for FaultPlan {
    type Err = FaultSyntaxError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        plan(text)
    }
}

/// Parses a plan.
fn plan(text: &str) -> Result<FaultPlan, FaultSyntaxError> {
    let whole = Piece {
        whole: text,
        begin: 0,
        end: text.len(),
    };
    if text.len() > LONGEST_TEXT {
        let problem = "is where the plan becomes too long";
        let remedy = format!("keep it within {LONGEST_TEXT} bytes");
        return Err(whole.beyond(LONGEST_TEXT).error(problem, remedy));
    }
    if whole.trim().text() == NONE {
        return Ok(FaultPlan::default());
    }
    let mut entries: Vec<Entry> = Vec::new();
    for piece in whole.split(',') {
        let entry = entry(piece)?;
        let mut before = entries.iter().map(|entry| entry.fault);
        if !entry.fault.is_instead() && before.any(|fault| fault.name() == entry.fault.name()) {
            return Err(piece.error("is asked for twice", "leave one of them out"));
        }
        entries.push(entry);
        let instead = entries.iter().filter(|entry| entry.fault.is_instead());
        // Shares such as 33.3% and 66.7% can add up to slightly over 100%.
        if instead.map(|entry| entry.share).sum::<f64>() > ALWAYS + 1e-9 {
            let problem = "makes the faults that take the place of the answer more than all";
            return Err(piece.error(problem, "let their shares add up to 100% at most"));
        }
    }
    Ok(FaultPlan { entries })
}

/// Parses the faults of one request, which have no shares.
pub(crate) fn of_one_request(text: &str) -> Result<Vec<Fault>, FaultSyntaxError> {
    let plan = plan(text)?;
    if plan.entries.iter().any(|entry| entry.share < ALWAYS) {
        let at = text.find('%').unwrap_or_default();
        let share = Piece {
            whole: text,
            begin: at,
            end: at + 1,
        };
        let remedy = "leave the share out, or give it to the server's own plan";
        return Err(share.error("says how many requests, and this is one", remedy));
    }
    Ok(plan.entries.into_iter().map(|entry| entry.fault).collect())
}

fn entry(piece: Piece<'_>) -> Result<Entry, FaultSyntaxError> {
    let mut parts = piece.split(';');
    let Some(head) = parts.next() else {
        return Err(piece.error("is no fault", format!("write {KINDS}")));
    };
    let (kind, value) = head.split_once('=');
    let mut details = Details(parts.collect());
    let fault = match kind.text() {
        "429" => Fault::Throttled {
            retry_after: details.retry_after()?.unwrap_or(DEFAULT_RETRY_AFTER),
        },
        "401" => Fault::Unauthorized(details.reason()?.unwrap_or(Unauthorized::Expired)),
        "500" | "501" | "502" | "503" | "504" => Fault::ServerError {
            status: kind.text().parse().unwrap_or(500),
            html: details.html()?,
            retry_after: details.retry_after()?,
        },
        "reset" => Fault::Reset,
        "latency" => Fault::Latency(length(kind, value)?),
        "slow-body" => Fault::SlowBody(length(kind, value)?),
        "truncate" => Fault::Truncated,
        "malformed" => Fault::Malformed,
        "no-headers" => Fault::NoHeaders,
        "no-bom" => Fault::NoBom,
        _ => return Err(kind.error("is no fault", format!("write {KINDS}"))),
    };
    let share = if fault.span().is_some() {
        details.take("share")?
    } else {
        value
    };
    let entry = Entry {
        fault,
        share: share.map_or(Ok(ALWAYS), percentage)?,
    };
    details.nothing_left(fault)?;
    Ok(entry)
}

/// The details of a fault that are not yet taken.
struct Details<'a>(Vec<Piece<'a>>);

impl<'a> Details<'a> {
    /// Takes the value of a detail, if it is present.
    fn take(&mut self, name: &str) -> Result<Option<Piece<'a>>, FaultSyntaxError> {
        let is_it = |piece: &Piece<'a>| piece.split_once('=').0.text() == name;
        let Some(at) = self.0.iter().position(is_it) else {
            return Ok(None);
        };
        let detail = self.0.remove(at);
        match detail.split_once('=').1 {
            Some(value) => Ok(Some(value)),
            None => Err(detail.error("has no value", format!("write `{name}=…`"))),
        }
    }

    fn retry_after(&mut self) -> Result<Option<u32>, FaultSyntaxError> {
        let seconds = self.take("retry-after")?;
        seconds.map(seconds_to_wait).transpose()
    }

    fn reason(&mut self) -> Result<Option<Unauthorized>, FaultSyntaxError> {
        let Some(value) = self.take("reason")? else {
            return Ok(None);
        };
        let mut known = Unauthorized::ALL.into_iter();
        let reason = known.find(|reason| reason.name() == value.text());
        let unknown = || {
            let remedy = "write expired, audience, mfa or gateway";
            value.error("is no reason for a 401", remedy)
        };
        reason.map(Some).ok_or_else(unknown)
    }

    fn html(&mut self) -> Result<bool, FaultSyntaxError> {
        let there = self.0.iter().position(|piece| piece.text() == "html");
        Ok(there.map(|at| self.0.remove(at)).is_some())
    }

    fn nothing_left(self, fault: Fault) -> Result<(), FaultSyntaxError> {
        let Some(detail) = self.0.first() else {
            return Ok(());
        };
        let remedy = match fault {
            Fault::Throttled { .. } => "the detail of 429 is retry-after",
            Fault::Unauthorized(_) => "the detail of 401 is reason",
            Fault::ServerError { .. } => "the details of a 5xx are html and retry-after",
            Fault::Latency(_) | Fault::SlowBody(_) => "its detail is share",
            _ => "it has none",
        };
        let problem = "is not a detail of this fault, or there twice";
        Err(detail.error(problem, remedy))
    }
}

fn percentage(piece: Piece<'_>) -> Result<f64, FaultSyntaxError> {
    let number = piece.text().strip_suffix('%').map(str::trim_end);
    let number = number.filter(|number| number.bytes().all(|it| it.is_ascii_digit() || it == b'.'));
    let share = number.and_then(|number| number.parse::<f64>().ok());
    share
        .filter(|share| *share > 0.0 && *share <= ALWAYS)
        .ok_or_else(|| {
            let remedy = "write a percentage above 0 and up to 100, such as `5%`";
            piece.error("is not a share", remedy)
        })
}

fn seconds_to_wait(piece: Piece<'_>) -> Result<u32, FaultSyntaxError> {
    let seconds = piece.text().parse().ok();
    seconds
        .filter(|seconds| *seconds <= LONGEST_RETRY_AFTER)
        .ok_or_else(|| {
            let remedy = format!("write whole seconds up to {LONGEST_RETRY_AFTER}, such as `7`");
            piece.error("is no time to wait", remedy)
        })
}

fn length(kind: Piece<'_>, value: Option<Piece<'_>>) -> Result<Span, FaultSyntaxError> {
    let Some(value) = value else {
        let remedy = format!("write `{0}=2s` or `{0}=200ms..2s`", kind.text());
        return Err(kind.error("does not say how long", remedy));
    };
    let (shortest, longest) = value.split_once_at("..");
    let shortest_time = time(shortest)?;
    let longest_time = longest.map_or(Ok(shortest_time), time)?;
    if longest_time < shortest_time {
        return Err(value.error("ends before it begins", "write the shorter time first"));
    }
    Ok(Span {
        shortest: shortest_time,
        longest: longest_time,
    })
}

fn time(piece: Piece<'_>) -> Result<Duration, FaultSyntaxError> {
    let time = piece.text().parse::<SignedDuration>().ok();
    let time = time.and_then(|time| Duration::try_from(time).ok());
    time.filter(|time| *time <= LONGEST_WAIT).ok_or_else(|| {
        let remedy = "write up to five minutes, such as `200ms` or `2s`";
        piece.error("is not a length of time", remedy)
    })
}

/// A part of the text, with its position.
#[derive(Clone, Copy)]
struct Piece<'a> {
    whole: &'a str,
    begin: usize,
    end: usize,
}

impl<'a> Piece<'a> {
    fn text(self) -> &'a str {
        &self.whole[self.begin..self.end]
    }

    fn beyond(self, byte: usize) -> Self {
        Self {
            begin: self.whole.floor_char_boundary(byte),
            ..self
        }
    }

    /// The piece without blanks around it.
    fn trim(self) -> Self {
        let begin = self.end - self.text().trim_start().len();
        let end = begin + self.text().trim().len();
        Self { begin, end, ..self }
    }

    fn split(self, separator: char) -> impl Iterator<Item = Self> {
        let mut begin = self.begin;
        self.text().split(separator).map(move |part| {
            let piece = Self {
                begin,
                end: begin + part.len(),
                ..self
            };
            begin = piece.end + separator.len_utf8();
            piece.trim()
        })
    }

    fn split_once(self, separator: char) -> (Self, Option<Self>) {
        self.split_once_at(separator.encode_utf8(&mut [0; 4]))
    }

    fn split_once_at(self, separator: &str) -> (Self, Option<Self>) {
        let Some(at) = self.text().find(separator) else {
            return (self.trim(), None);
        };
        let before = Self {
            end: self.begin + at,
            ..self
        };
        let after = Self {
            begin: self.begin + at + separator.len(),
            ..self
        };
        (before.trim(), Some(after.trim()))
    }

    fn error(self, problem: &'static str, remedy: impl Into<String>) -> FaultSyntaxError {
        /// Enough to find the place.
        const SHOWN: usize = 40;
        let mut found: String = self.text().chars().take(SHOWN).collect();
        if found.len() < self.text().len() {
            found.push('…');
        }
        FaultSyntaxError {
            found,
            position: self.whole[..self.begin].chars().count() + 1,
            problem,
            remedy: remedy.into(),
        }
    }
}
