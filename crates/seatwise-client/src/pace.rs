//! How fast calls are made: one budget for all calls of a partner.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::sign_in::Clock;
use crate::transport::Sleep;

/// How fast to ask, counted over all calls of a [`PartnerOperations`](crate::PartnerOperations) and
/// its clones.
///
/// Attempts begin at even distances. Where the service says that it was too much, all calls leave it
/// alone for as long as it wants, and go on at four fifths of their rate; answers bring it back
/// little by little. So the total time stays near the number of requests over the allowed rate, also
/// where it is not known what is allowed.
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
    /// How many attempts may begin within a minute, retries among them; 480 by default, a little
    /// less than the 500 that Partner Center documents for customers. 0 is taken as 1.
    pub per_minute: u32,
    /// How many attempts may be under way at once; 4 by default. 0 is taken as 1.
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

/// A [`Pace`] at work.
pub(crate) struct Pacer {
    in_flight: Semaphore,
    schedule: Mutex<Schedule>,
}

/// When attempts begin.
struct Schedule {
    /// Attempts a minute: never more than this,
    most: f64,
    /// and this many now.
    rate: f64,
    /// When the next attempt may begin.
    next: Timestamp,
    /// Until when the service wants to be left alone.
    closed_until: Timestamp,
    /// Attempts that began before are no reason to slow down again.
    slowed_at: Timestamp,
    /// The last time that the clock showed.
    seen: Timestamp,
}

/// An attempt that may be made now.
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
        // The semaphore is never closed; if it were, the schedule alone would hold.
        let permit = self.in_flight.acquire().await.ok();
        loop {
            let (began, wait) = self.schedule().reserve(clock());
            if wait > Duration::ZERO {
                sleep(wait).await;
            }
            // Another call may have got a wait for all meanwhile.
            if self.schedule().closed_until <= began {
                return Turn {
                    began,
                    _permit: permit,
                };
            }
        }
    }

    /// All calls leave the service alone for a time; they are slower afterwards if they were too
    /// many.
    pub(crate) fn leave_alone(&self, turn: &Turn<'_>, now: Timestamp, time: Duration, slow: bool) {
        let mut schedule = self.schedule();
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let until = now.saturating_add(time).unwrap_or(Timestamp::MAX);
        schedule.closed_until = schedule.closed_until.max(until);
        // What was under way together was refused together: one reason, not several.
        if slow && turn.began >= schedule.slowed_at {
            schedule.rate = (schedule.rate * 0.8).max(1.0);
            schedule.slowed_at = until;
        }
    }

    /// An attempt was answered: a five-hundredth of the pace comes back.
    pub(crate) fn answered(&self) {
        let mut schedule = self.schedule();
        schedule.rate = (schedule.rate + schedule.most / 500.0).min(schedule.most);
    }

    /// How long the service wants to be left alone from now on; zero if it does not.
    pub(crate) fn wait(&self, now: Timestamp) -> Duration {
        let left = self.schedule().closed_until.duration_since(now);
        Duration::try_from(left).unwrap_or_default()
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        // It is whole between two statements, whatever happened to the thread that held it.
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Schedule {
    /// The time at which an attempt may begin, which is its alone, and how long that is from now.
    fn reserve(&mut self, now: Timestamp) -> (Timestamp, Duration) {
        if now < self.seen {
            // The clock was set back: what was planned is as far away as before.
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
