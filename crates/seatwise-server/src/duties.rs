//! Background tasks of a server ("duties"), and their supervision.
//!
//! Each duty has a name. Its errors and panics are logged and counted. They end neither the server
//! nor other duties, and the duty restarts after a pause.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use parking_lot::{Mutex, MutexGuard};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// Supervises the duties of a server. Clones are cheap and share counts.
#[derive(Clone, Debug, Default)]
pub struct Duties {
    rounds: Family<Round, Counter>,
    ages: Family<Duty, Gauge>,
    /// When each duty last succeeded.
    done: Arc<Mutex<BTreeMap<&'static str, Instant>>>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Round {
    duty: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Duty {
    duty: &'static str,
}

impl Duties {
    /// Registers the metrics of duties.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "duty_rounds",
            "Rounds of background tasks, by outcome",
            self.rounds.clone(),
        );
        registry.register_with_unit(
            "duty_age",
            "Time since a background task last succeeded; absent if it never did",
            Unit::Seconds,
            self.ages.clone(),
        );
    }

    /// Updates the ages of the duties.
    pub(crate) fn look_at_ages(&self) {
        for (duty, done) in self.done().iter() {
            let age = done.elapsed().as_secs();
            let age = i64::try_from(age).unwrap_or(i64::MAX);
            self.ages.get_or_create(&Duty { duty }).set(age);
        }
    }

    /// Runs rounds until the future is dropped. A round returns the wait before the next one. A
    /// failed round is logged and counted, and the next one starts after `pause`.
    pub async fn keep_on<F>(
        &self,
        duty: &'static str,
        pause: Duration,
        round: impl Fn() -> F,
    ) -> Infallible
    where
        F: Future<Output = anyhow::Result<Duration>> + Send + 'static,
    {
        loop {
            let wait = self.attempt(duty, round()).await.unwrap_or(pause);
            tokio::time::sleep(wait).await;
        }
    }

    /// Runs work once in a separate task, which continues if this future is dropped. Logs and
    /// counts a failure, and returns `None`.
    pub(crate) async fn attempt<T: Send + 'static>(
        &self,
        duty: &'static str,
        work: impl Future<Output = anyhow::Result<T>> + Send + 'static,
    ) -> Option<T> {
        let result = tokio::spawn(work).await;
        self.ended(duty, result.map_err(anyhow::Error::from).flatten())
    }

    /// Runs work on this thread. Logs and counts a failure, and returns `None`.
    pub(crate) fn attempt_now<T>(
        &self,
        duty: &'static str,
        work: impl FnOnce() -> anyhow::Result<T>,
    ) -> Option<T> {
        let result = catch_unwind(AssertUnwindSafe(work));
        self.ended(duty, result.unwrap_or_else(|_| Err(anyhow!("it panicked"))))
    }

    fn ended<T>(&self, duty: &'static str, result: anyhow::Result<T>) -> Option<T> {
        let outcome = match &result {
            Ok(_) => {
                self.done().insert(duty, Instant::now());
                "done"
            }
            Err(err) => {
                let error = format!("{err:#}");
                tracing::error!(
                    duty,
                    error,
                    "a duty of the server failed and begins again later"
                );
                "failed"
            }
        };
        self.rounds.get_or_create(&Round { duty, outcome }).inc();
        result.ok()
    }

    fn done(&self) -> MutexGuard<'_, BTreeMap<&'static str, Instant>> {
        self.done.lock()
    }
}
