//! What can go wrong with one answer, and how it is written down.

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// The gateway's 429.
    Throttled { retry_after: u32 },
    /// A 401.
    Unauthorized(Unauthorized),
    /// A 5xx.
    ServerError {
        status: u16,
        html: bool,
        retry_after: Option<u32>,
    },
    /// The connection is reset before the answer.
    Reset,
    /// The answer begins late.
    Latency(Span),
    /// The body takes this long to arrive.
    SlowBody(Span),
    /// The connection ends in the middle of the body.
    Truncated,
    /// The body is whole for HTTP, and ends in the middle for JSON.
    Malformed,
    /// The headers `MS-…` are missing.
    NoHeaders,
    /// The byte-order mark is missing.
    NoBom,
}

/// Why a token is said not to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unauthorized {
    /// It is past its end.
    Expired,
    /// It is for another service.
    Audience,
    /// Its user did not show a second factor.
    Mfa,
    /// The gateway refuses it, in its own shape.
    Gateway,
}

/// A length of time: a fixed one, or any between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) shortest: Duration,
    pub(crate) longest: Duration,
}

impl Fault {
    /// The word that it is asked for with.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Throttled { .. } => "429",
            Self::Unauthorized(_) => "401",
            Self::ServerError { status: 501, .. } => "501",
            Self::ServerError { status: 502, .. } => "502",
            Self::ServerError { status: 503, .. } => "503",
            Self::ServerError { status: 504, .. } => "504",
            Self::ServerError { .. } => "500",
            Self::Reset => "reset",
            Self::Latency(_) => "latency",
            Self::SlowBody(_) => "slow-body",
            Self::Truncated => "truncate",
            Self::Malformed => "malformed",
            Self::NoHeaders => "no-headers",
            Self::NoBom => "no-bom",
        }
    }

    /// Whether it takes the place of the answer. A request has one such fault at most.
    pub(crate) fn is_instead(self) -> bool {
        matches!(
            self,
            Self::Throttled { .. } | Self::Unauthorized(_) | Self::ServerError { .. } | Self::Reset
        )
    }

    /// Whether it needs the answer's body as it is without compression.
    pub(crate) fn is_of_the_body(self) -> bool {
        matches!(
            self,
            Self::SlowBody(_) | Self::Truncated | Self::Malformed | Self::NoBom
        )
    }

    /// How long it takes, if that is what it is about.
    pub(crate) fn span(self) -> Option<Span> {
        match self {
            Self::Latency(span) | Self::SlowBody(span) => Some(span),
            _ => None,
        }
    }

    /// The same one with a length of time that is fixed: `part`, from 0 to 1, of the way from the
    /// shortest to the longest.
    pub(crate) fn with_length(self, part: f64) -> Self {
        match self {
            Self::Latency(span) => Self::Latency(span.fixed(part)),
            Self::SlowBody(span) => Self::SlowBody(span.fixed(part)),
            other => other,
        }
    }

    /// What stands after the name and its value.
    pub(crate) fn write_details(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Throttled { retry_after } => write!(f, ";retry-after={retry_after}"),
            Self::Unauthorized(reason) => write!(f, ";reason={}", reason.name()),
            Self::ServerError {
                html, retry_after, ..
            } => {
                if html {
                    f.write_str(";html")?;
                }
                match retry_after {
                    Some(seconds) => write!(f, ";retry-after={seconds}"),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

/// As it is asked for in the header of a request.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Some(span) = self.span() {
            write!(f, "={span}")?;
        }
        self.write_details(f)
    }
}

impl Unauthorized {
    pub(crate) const ALL: [Self; 4] = [Self::Expired, Self::Audience, Self::Mfa, Self::Gateway];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Audience => "audience",
            Self::Mfa => "mfa",
            Self::Gateway => "gateway",
        }
    }
}

impl Span {
    /// To the millisecond, so that it can be written down and asked for again.
    fn fixed(self, part: f64) -> Self {
        let length = self.shortest + (self.longest - self.shortest).mul_f64(part);
        let length = Duration::from_millis(u64::try_from(length.as_millis()).unwrap_or(u64::MAX));
        Self {
            shortest: length,
            longest: length,
        }
    }
}

/// `2s`, or `200ms..2s`
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let friendly = |length| SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX);
        write!(f, "{:#}", friendly(self.shortest))?;
        if self.longest > self.shortest {
            write!(f, "..{:#}", friendly(self.longest))?;
        }
        Ok(())
    }
}
