//! The pace of calls: one budget for all calls of a partner.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::clock::{Clock, Sleep};

/// The pace of requests, over all calls of a [`PartnerOperations`](crate::PartnerOperations) and
/// its clones.
///
/// Attempts start at even intervals. When the service throttles, all calls pause for the time that
/// it demands, and continue at 80 % of their rate; each answer raises the rate a little. So the
/// total time stays close to the number of requests divided by the allowed rate, even if that rate
/// is unknown.
///
/// # Example
///
/// ```
/// use seatwise_client::{Credential, Pace, PartnerOperations};
///
/// let pace = Pace { per_minute: 240, ..Pace::default() };
/// let partner = PartnerOperations::builder(Credential::token("eyJ0eXAi")).pace(pace).build()?;
/// # Ok::<(), seatwise_client::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pace {
    /// The largest number of attempts that start in a minute, including retries; 480 by default,
    /// slightly below the 500 that Partner Center documents for customers. 0 counts as 1.
    pub per_minute: u32,
    /// The largest number of concurrent attempts; 4 by default. 0 counts as 1.
    pub in_flight: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            per_minute: 480,
            in_flight: 4,
        }
    }
}

/// The state of a [`Pace`].
pub(crate) struct Pacer {
    in_flight: Semaphore,
    schedule: Mutex<Schedule>,
}

/// The schedule of attempts.
struct Schedule {
    /// The largest rate, in attempts per minute.
    most: f64,
    /// The current rate, in attempts per minute.
    rate: f64,
    /// The earliest start of the next attempt.
    next: Timestamp,
    /// No attempt starts before this instant, on demand of the service.
    closed_until: Timestamp,
    /// Throttling of attempts that started before this instant does not lower the rate again.
    slowed_at: Timestamp,
    /// The last reading of the clock.
    seen: Timestamp,
}

/// Permission for one attempt.
pub(crate) struct Turn<'a> {
    began: Timestamp,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Pacer {
    pub(crate) fn new(pace: Pace) -> Self {
        let most = f64::from(pace.per_minute.max(1));
        Self {
            in_flight: Semaphore::new(pace.in_flight.clamp(1, Semaphore::MAX_PERMITS)),
            schedule: Mutex::new(Schedule {
                most,
                rate: most,
                next: Timestamp::MIN,
                closed_until: Timestamp::MIN,
                slowed_at: Timestamp::MIN,
                seen: Timestamp::MIN,
            }),
        }
    }

    /// Waits until an attempt may begin.
    pub(crate) async fn turn(&self, clock: &Clock, sleep: &Sleep) -> Turn<'_> {
        // The semaphore is never closed. If it were, the schedule alone would apply.
        let permit = self.in_flight.acquire().await.ok();
        loop {
            let (began, wait) = self.schedule().reserve(clock());
            if wait > Duration::ZERO {
                sleep(wait).await;
            }
            // Another call may have paused all calls meanwhile.
            if self.schedule().closed_until <= began {
                return Turn {
                    began,
                    _permit: permit,
                };
            }
        }
    }

    /// Pauses all calls for a time; `slow` also lowers the rate.
    pub(crate) fn leave_alone(&self, turn: &Turn<'_>, now: Timestamp, time: Duration, slow: bool) {
        let mut schedule = self.schedule();
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let until = now.saturating_add(time).unwrap_or(Timestamp::MAX);
        schedule.closed_until = schedule.closed_until.max(until);
        // Concurrent attempts are throttled together and lower the rate only once.
        if slow && turn.began >= schedule.slowed_at {
            schedule.rate = (schedule.rate * 0.8).max(1.0);
            schedule.slowed_at = until;
        }
    }

    /// Raises the rate by 1/500 of the largest rate after an answer.
    pub(crate) fn answered(&self) {
        let mut schedule = self.schedule();
        schedule.rate = (schedule.rate + schedule.most / 500.0).min(schedule.most);
    }

    /// How long all calls pause from now on; zero if they do not.
    pub(crate) fn wait(&self, now: Timestamp) -> Duration {
        let left = self.schedule().closed_until.duration_since(now);
        Duration::try_from(left).unwrap_or_default()
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock()
    }
}

impl Schedule {
    /// Reserves a start time for one attempt. Returns it with the wait until then.
    fn reserve(&mut self, now: Timestamp) -> (Timestamp, Duration) {
        if now < self.seen {
            // The clock was set back: move the schedule by the same distance.
            let back = self.seen.duration_since(now);
            for time in [&mut self.next, &mut self.closed_until, &mut self.slowed_at] {
                *time = time.saturating_sub(back).unwrap_or(Timestamp::MIN);
            }
        }
        self.seen = now;
        let begin = now.max(self.next).max(self.closed_until);
        let distance = SignedDuration::from_secs_f64(60.0 / self.rate);
        self.next = begin.saturating_add(distance).unwrap_or(Timestamp::MAX);
        let wait = Duration::try_from(begin.duration_since(now)).unwrap_or_default();
        (begin, wait)
    }
}
