//! When a failed attempt is made again, and after how long.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::Error;

/// How often a call is attempted, and how long to wait in between.
///
/// Made again are attempts that failed by status 408, 429 or 5xx, by the connection, or by a body
/// that was cut off; nothing else. After 429 and 503 the wait is what `Retry-After` says, for 429
/// without it a minute. Otherwise it doubles from one attempt to the next, and up to the same is
/// added at random, so that many clients do not come back at once.
///
/// # Example
///
/// ```
/// use std::time::Duration;
///
/// use seatwise_client::RetryPolicy;
///
/// let patient = RetryPolicy { longest_wait: Duration::from_secs(600), ..RetryPolicy::default() };
/// assert_eq!(patient.attempts, 4);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryPolicy {
    /// How often a call is attempted at most; 4 by default, as in Microsoft's .NET SDK 3.4. 0 is
    /// taken as 1.
    pub attempts: u32,
    /// How long to wait after the first attempt if the service does not say; half a second by
    /// default.
    pub first_wait: Duration,
    /// The longest single wait; two minutes by default. If the service wants a longer one, the
    /// error is returned at once, with that wait as [`Error::retry_after`].
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// One attempt, whatever happens.
    pub fn never() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// The waits between attempts where the service does not say how long. The seed decides the
    /// random part.
    pub(crate) fn waits(&self, seed: u64) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::new()
            .with_min_delay(self.first_wait)
            .with_max_delay(self.longest_wait)
            .with_max_times(self.attempts.saturating_sub(1) as usize)
            .with_jitter()
            .with_jitter_seed(seed)
            .build()
    }

    /// How long to wait after an error before the next attempt; nothing if there is to be none.
    pub(crate) fn wait(
        &self,
        err: &Error,
        waits: &mut impl Iterator<Item = Duration>,
    ) -> Option<Duration> {
        if !err.is_retryable() {
            return None;
        }
        let planned = waits.next()?;
        match err.retry_after() {
            Some(wanted) if wanted > self.longest_wait => None,
            Some(wanted) => Some(wanted),
            // The random part is added on top of the longest wait.
            None => Some(planned.min(self.longest_wait)),
        }
    }
}

/// How long the service wants to be left alone.
pub(crate) fn retry_after(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    /// How long the gateway's window of counting is, at least.
    const THROTTLED: Duration = Duration::from_secs(60);
    match status {
        StatusCode::TOO_MANY_REQUESTS => Some(read_retry_after(headers).unwrap_or(THROTTLED)),
        StatusCode::SERVICE_UNAVAILABLE => read_retry_after(headers),
        _ => None,
    }
}

fn read_retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // A date counts from the server's own clock, which this machine's may not agree with.
    let now = date(headers)?;
    let wait = http_date(value)?.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

/// What time it is for the server.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::parse(text).ok().map(|date| date.timestamp())
}
