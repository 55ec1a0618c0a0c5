//! When to retry a failed attempt, and after how long.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::Error;

/// The number of attempts for a call, and the waits between them.
///
/// The client retries only after status 408, 429 or 5xx, a failed connection, or an incomplete
/// body. After 429 and 503 it waits as long as `Retry-After` says, or one minute for 429 without
/// it. Otherwise the wait doubles with each attempt, plus a random part of up to the same length,
/// so that clients do not retry in step.
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
    /// The largest number of attempts for a call; 4 by default, as in Microsoft's .NET SDK 3.4. 0
    /// counts as 1.
    pub attempts: u32,
    /// The wait after the first attempt, unless the service says otherwise; 500 ms by default.
    pub first_wait: Duration,
    /// The longest single wait; two minutes by default. If the service demands a longer one, the
    /// call returns the error at once, with that wait as [`Error::retry_after`].
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
    /// One attempt, without retries.
    pub fn never() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// The waits between attempts for which the service names none. The seed determines the random
    /// part.
    pub(crate) fn waits(&self, seed: u64) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::new()
            .with_min_delay(self.first_wait)
            .with_max_delay(self.longest_wait)
            .with_max_times(self.attempts.saturating_sub(1) as usize)
            .with_jitter()
            .with_jitter_seed(seed)
            .build()
    }

    /// The wait before the next attempt; `None` if there is no further attempt.
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
            // The random part may exceed the longest wait.
            None => Some(planned.min(self.longest_wait)),
        }
    }
}

/// The wait that the service demands.
pub(crate) fn retry_after(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    /// The shortest window over which the gateway counts.
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
    // The date is by the server's clock, which may differ from this machine's.
    let now = date(headers)?;
    let wait = http_date(value)?.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

/// The time at the server.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::parse(text).ok().map(|date| date.timestamp())
}
