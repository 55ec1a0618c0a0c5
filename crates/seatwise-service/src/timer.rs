//! The clock and the timer of background work.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use seatwise_server::Clock;

type Sleep = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The longest sleep: the clock may be set meanwhile, or the computer suspended.
const LOOK: Duration = Duration::from_secs(30);

/// A clock, and a timer that waits. Tests replace both.
#[derive(Clone)]
pub struct Timer {
    clock: Clock,
    sleep: Sleep,
}

impl Timer {
    /// This clock, with the timer of tokio.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            sleep: Arc::new(|wait| Box::pin(tokio::time::sleep(wait))),
        }
    }

    /// Replaces the timer.
    #[cfg(test)]
    pub(crate) fn with_sleep<F, Fut>(mut self, sleep: F) -> Self
    where
        F: Fn(Duration) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.sleep = Arc::new(move |wait| Box::pin(sleep(wait)));
        self
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The clock alone.
    pub fn clock(&self) -> Clock {
        Arc::clone(&self.clock)
    }

    /// Waits until an instant of the clock; returns at once if it has passed.
    pub async fn until(&self, instant: Timestamp) {
        while let Ok(left) = Duration::try_from(instant.duration_since(self.now()))
            && left > Duration::ZERO
        {
            (self.sleep)(left.min(LOOK)).await;
        }
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timer")
    }
}

/// A virtual clock for tests.
#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, Mutex};

    use jiff::{SignedDuration, Timestamp};

    use super::Timer;

    /// A timer whose waits take no time, but move its clock on. Each wait calls `then` with the new
    /// time.
    pub(crate) fn virtual_timer(
        now: &str,
        then: impl Fn(Timestamp) + Send + Sync + 'static,
    ) -> Timer {
        let time = Arc::new(Mutex::new(now.parse::<Timestamp>().unwrap()));
        let clock = Arc::clone(&time);
        let timer = Timer::new(Arc::new(move || *clock.lock().unwrap()));
        timer.with_sleep(move |wait| {
            let now = {
                let mut time = time.lock().unwrap();
                *time += SignedDuration::try_from(wait).unwrap();
                *time
            };
            then(now);
            tokio::task::yield_now()
        })
    }

    #[tokio::test]
    async fn a_wait_ends_at_its_instant_and_looks_at_the_clock_meanwhile() {
        let looks = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&looks);
        let timer = virtual_timer("2026-11-02T08:00:00Z", move |_| {
            *counted.lock().unwrap() += 1;
        });
        let instant = "2026-11-02T08:01:10Z".parse().unwrap();
        timer.until(instant).await;
        assert_eq!((timer.now(), *looks.lock().unwrap()), (instant, 3));
        timer.until("2026-11-02T07:00:00Z".parse().unwrap()).await;
        assert_eq!((timer.now(), *looks.lock().unwrap()), (instant, 3));
    }
}
