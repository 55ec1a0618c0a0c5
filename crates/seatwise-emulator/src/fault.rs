//! Faults of one response, and their text form.

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// 429 from the gateway.
    Throttled { retry_after: u32 },
    /// 401.
    Unauthorized(Unauthorized),
    /// 5xx.
    ServerError {
        status: u16,
        html: bool,
        retry_after: Option<u32>,
    },
    /// The connection is reset before the response.
    Reset,
    /// The response starts late.
    Latency(Span),
    /// The body takes this long.
    SlowBody(Span),
    /// The connection ends in the middle of the body.
    Truncated,
    /// The body is complete for HTTP, but its JSON ends in the middle.
    Malformed,
    /// The `MS-…` headers are missing.
    NoHeaders,
    /// The byte-order mark is missing.
    NoBom,
}

/// Why a 401 rejects the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unauthorized {
    /// It has expired.
    Expired,
    /// It is for another audience.
    Audience,
    /// It shows no second factor.
    Mfa,
    /// The gateway rejects it, with an error in its own form.
    Gateway,
}

/// A duration, or a range of durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) shortest: Duration,
    pub(crate) longest: Duration,
}

impl Fault {
    /// The fault's name in plans.
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

    /// Whether it replaces the response. At most one such fault applies to a request.
    pub(crate) fn is_instead(self) -> bool {
        matches!(
            self,
            Self::Throttled { .. } | Self::Unauthorized(_) | Self::ServerError { .. } | Self::Reset
        )
    }

    /// Whether it changes the body, which must then be uncompressed.
    pub(crate) fn is_of_the_body(self) -> bool {
        matches!(
            self,
            Self::SlowBody(_) | Self::Truncated | Self::Malformed | Self::NoBom
        )
    }

    /// The duration of the fault, if it has one.
    pub(crate) fn span(self) -> Option<Span> {
        match self {
            Self::Latency(span) | Self::SlowBody(span) => Some(span),
            _ => None,
        }
    }

    /// The fault with a fixed duration: `part` is the position between the shortest (0) and the
    /// longest (1).
    pub(crate) fn with_length(self, part: f64) -> Self {
        match self {
            Self::Latency(span) => Self::Latency(span.fixed(part)),
            Self::SlowBody(span) => Self::SlowBody(span.fixed(part)),
            other => other,
        }
    }

    /// Writes what follows the name and its value.
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

/// The text form, as in the request header.
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
    /// A fixed duration in whole milliseconds, so that its text form is exact.
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
