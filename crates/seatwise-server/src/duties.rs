//! What a server does besides answering, and how that is supervised.
//!
//! Each duty has a name. Whatever goes wrong in one, an error or a panic, is logged and counted in
//! one way, ends neither the server nor another duty, and the duty begins again after a pause.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// The supervisor of all duties of a server. Cheap to clone; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Duties {
    rounds: Family<Round, Counter>,
    ages: Family<Duty, Gauge>,
    /// When each duty was done last.
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
    /// What they count, with the names of `/metrics`.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "duty_rounds",
            "Rounds of what the server does besides answering, by outcome",
            self.rounds.clone(),
        );
        registry.register_with_unit(
            "duty_age",
            "Time since a duty was done the last time; a duty that was never done is not there",
            Unit::Seconds,
            self.ages.clone(),
        );
    }

    /// Brings the ages of the duties up to date.
    pub(crate) fn look_at_ages(&self) {
        for (duty, done) in self.done().iter() {
            let age = done.elapsed().as_secs();
            let age = i64::try_from(age).unwrap_or(i64::MAX);
            self.ages.get_or_create(&Duty { duty }).set(age);
        }
    }

    /// Does one round after the other until the future is dropped. A round says how long the next
    /// one has to wait. One that fails is logged and counted, and the next one begins after
    /// `pause`.
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

    /// Does something once, in a task of its own, which goes on if this future is dropped. None if
    /// it failed, which is logged and counted.
    pub(crate) async fn attempt<T: Send + 'static>(
        &self,
        duty: &'static str,
        work: impl Future<Output = anyhow::Result<T>> + Send + 'static,
    ) -> Option<T> {
        let result = tokio::spawn(work).await;
        self.ended(duty, result.map_err(anyhow::Error::from).flatten())
    }

    /// Does something at once, on this thread. None if it failed, which is logged and counted.
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
        // It is whole between two statements, whatever happened to the thread that held it.
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
