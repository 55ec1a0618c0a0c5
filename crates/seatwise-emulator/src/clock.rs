//! A clock that tests can set.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use parking_lot::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};

use seatwise_server::Clock;

use crate::times::{instant_or_none, length_or_none};

/// The range of the clock: years that an HTTP date can have.
const FIRST: Timestamp = Timestamp::UNIX_EPOCH;
const LAST: Timestamp = Timestamp::constant(32_503_680_000, 0);

/// A clock with an offset to the real one, or a frozen clock.
pub(crate) struct SettableClock {
    real: Clock,
    /// The time at the start and after a reset; `None` for the real time.
    start: Option<Timestamp>,
    reading: Mutex<Reading>,
}

#[derive(Clone, Copy)]
enum Reading {
    Running { ahead: SignedDuration },
    Frozen { at: Timestamp },
}

/// Changes to the clock, applied in the order of the fields.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockChange {
    /// Sets the clock.
    #[serde(default, deserialize_with = "instant_or_none")]
    now: Option<Timestamp>,
    /// Advances the clock.
    #[serde(default, deserialize_with = "length_or_none")]
    advance: Option<SignedDuration>,
    /// Freezes the clock, or lets it run on.
    frozen: Option<bool>,
}

/// The state of the clock.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct ClockReading {
    now: Timestamp,
    frozen: bool,
    real: Timestamp,
}

/// `2026-11-22 10:00:00Z, runs`
impl fmt::Display for ClockReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manner = if self.frozen { "stands" } else { "runs" };
        write!(f, "{}, {manner}", self.now.strftime("%Y-%m-%d %H:%M:%SZ"))
    }
}

/// A time outside the clock's range, from 1970 up to 3000.
#[derive(Debug, thiserror::Error)]
#[error("the clock goes from {FIRST} to {LAST}")]
pub(crate) struct OutOfRange;

impl SettableClock {
    /// A clock that starts at `start`, or with the real time.
    pub(crate) fn new(real: Clock, start: Option<Timestamp>) -> Result<Self, OutOfRange> {
        if start.is_some_and(|start| !(FIRST..LAST).contains(&start)) {
            return Err(OutOfRange);
        }
        let clock = Self {
            real,
            start,
            reading: Mutex::new(REAL),
        };
        clock.reset();
        Ok(clock)
    }

    pub(crate) fn now(&self) -> Timestamp {
        let reading = *self.reading();
        reading.at((self.real)())
    }

    /// The real time.
    pub(crate) fn real(&self) -> Timestamp {
        (self.real)()
    }

    pub(crate) fn change(&self, change: ClockChange) -> Result<(), OutOfRange> {
        let real = self.real();
        let mut reading = self.reading();
        let frozen = matches!(*reading, Reading::Frozen { .. });
        let mut now = change.now.unwrap_or_else(|| reading.at(real));
        if let Some(by) = change.advance {
            now = now.checked_add(by).map_err(|_| OutOfRange)?;
        }
        if !(FIRST..LAST).contains(&now) {
            return Err(OutOfRange);
        }
        *reading = if change.frozen.unwrap_or(frozen) {
            Reading::Frozen { at: now }
        } else {
            let ahead = now.duration_since(real);
            Reading::Running { ahead }
        };
        Ok(())
    }

    pub(crate) fn read(&self) -> ClockReading {
        let reading = *self.reading();
        let real = self.real();
        ClockReading {
            now: reading.at(real),
            frozen: matches!(reading, Reading::Frozen { .. }),
            real,
        }
    }

    /// Sets the clock as it was at the start.
    pub(crate) fn reset(&self) {
        let real = self.real();
        let ahead = self.start.map(|start| start.duration_since(real));
        *self.reading() = ahead.map_or(REAL, |ahead| Reading::Running { ahead });
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock()
    }
}

const REAL: Reading = Reading::Running {
    ahead: SignedDuration::ZERO,
};

impl Reading {
    fn at(self, real: Timestamp) -> Timestamp {
        match self {
            Self::Running { ahead } => real.checked_add(ahead).unwrap_or(LAST),
            Self::Frozen { at } => at,
        }
    }
}
