//! Scheduled collections of a server.

use std::convert::Infallible;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use seatwise_collect::{Outcome, Progress, full_message, last_collection, past_collections, runs};
use seatwise_server::{
    AskLastCollection, AskPastCollections, CollectionProgress, CollectionStatus, Duties,
};
use seatwise_store::Store;

use crate::{Collection, Schedule, Timer};

/// The time from a failed collection to its next attempt.
const AFTER_A_FAILURE: SignedDuration = SignedDuration::from_mins(15);

/// The interval between updates of a collection's progress.
const SHOW: Duration = Duration::from_secs(1);

/// Collections on a schedule and on request, with the status that the server reports.
#[derive(Debug)]
pub struct Collecting {
    collection: Collection,
    schedule: Schedule,
    timer: Timer,
    status: Arc<CollectionStatus>,
}

/// The next collection.
struct Next {
    /// The start of the interval to the collection after this one.
    due: Timestamp,
    begin: Timestamp,
}

impl Collecting {
    /// Collections of this kind, on this schedule. Shows the last one in the status.
    pub fn new(collection: Collection, schedule: Schedule, timer: Timer) -> Self {
        let partner = collection.settings.partner;
        let status = Arc::new(CollectionStatus::new(partner));
        match last_collection(&collection.store, partner) {
            Ok(last) => status.update(|state| {
                state.last_done_at = last.as_ref().and_then(|last| last.last_done_at);
                state.last_error = last.and_then(|last| last.error);
            }),
            // Each collection reports this error too.
            Err(err) => tracing::warn!(error = full_message(&err), "earlier runs are not known"),
        }
        Self {
            collection,
            schedule,
            timer,
            status,
        }
    }

    /// The status, which the server reports and through which it requests a collection.
    pub fn status(&self) -> &Arc<CollectionStatus> {
        &self.status
    }

    /// Collects on schedule in a separate task, so that connections do not wait for its disk
    /// writes. It ends with the process; the next one continues a stopped collection.
    pub fn start(self, duties: Duties) {
        let collecting = Arc::new(self);
        let pause = AFTER_A_FAILURE.unsigned_abs();
        tokio::spawn(async move {
            let round = || Arc::clone(&collecting).keep_on();
            match duties.keep_on("collecting", pause, round).await {}
        });
    }

    /// Collects in a loop, on schedule and on request. Returns only with an error that prevents collections.
    async fn keep_on(self: Arc<Self>) -> anyhow::Result<Duration> {
        self.status.update(|state| {
            if mem::take(&mut state.running) {
                state.progress = None;
                state.failed += 1;
                state.last_error =
                    Some("the collection stopped unexpectedly: see the log".to_owned());
            }
        });
        let Next { mut due, mut begin } = self.first()?;
        loop {
            self.status.update(|state| state.next_at = Some(begin));
            tracing::info!(next = %begin, "next collection");
            tokio::select! {
                () = self.timer.until(begin) => {}
                () = self.status.until_requested() => {}
            }
            if self.once().await {
                let now = self.timer.now();
                // A requested collection does not move the next scheduled one.
                if due <= now {
                    due = self.schedule.after(due, now);
                }
                begin = due;
            } else {
                begin = later(self.timer.now());
            }
        }
    }

    /// The next collection, as if the server had not been stopped: an unfinished collection
    /// continues, else the schedule counts from the last one.
    fn first(&self) -> anyhow::Result<Next> {
        let now = self.timer.now();
        let settings = &self.collection.settings;
        let mut runs = runs(&self.collection.store, Some(settings.partner))?;
        runs.retain(|run| run.source == settings.source);
        let done = runs.iter().rposition(|run| run.outcome == Outcome::Done);
        let attempts = &runs[done.map_or(0, |done| done + 1)..];
        if let (Some(first), Some(last)) = (attempts.first(), attempts.last()) {
            // All attempts of one collection are due at the start of the first.
            let due = first.started_at;
            match last.outcome {
                Outcome::Stopped => return Ok(Next { due, begin: now }),
                Outcome::Failed => {
                    let begin = later(last.ended_at.unwrap_or(last.started_at)).max(now);
                    return Ok(Next { due, begin });
                }
                Outcome::Done | Outcome::Running => {}
            }
        }
        let last = done.map(|done| runs[done].started_at);
        let due = self.schedule.first(last, now);
        Ok(Next { due, begin: due })
    }

    /// Collects once. Returns whether it was completed.
    async fn once(&self) -> bool {
        self.status.update(|state| {
            state.running = true;
            state.requested = false;
            state.next_at = None;
        });
        let (clock, progress) = (self.timer.clock(), Progress::default());
        let result = tokio::select! {
            result = self.collection.run(&clock, &progress) => result,
            never = self.show(&progress) => match never {},
        };
        match &result {
            Ok(run) => tracing::info!(
                customers = run.customers,
                rows = run.rows,
                requests = run.requests,
                throttled = run.throttled,
                new = run.deliveries.new,
                restated = run.deliveries.restated,
                without_data = run.gap_count,
                "collected",
            ),
            Err(err) => {
                let err: &dyn std::error::Error = err;
                tracing::error!(err, "the collection failed, and goes on later");
            }
        }
        self.status.update(|state| {
            state.running = false;
            state.progress = None;
            match &result {
                Ok(_) => {
                    state.done += 1;
                    state.last_done_at = Some(self.timer.now());
                    state.last_error = None;
                }
                Err(err) => {
                    state.failed += 1;
                    state.last_error = Some(full_message(err));
                }
            }
        });
        result.is_ok()
    }

    /// Updates the progress in the status.
    async fn show(&self, progress: &Progress) -> Infallible {
        loop {
            let share = progress.share();
            let now = CollectionProgress {
                customers: progress.customers(),
                rows: progress.rows(),
                percent: share.map(|(done, to_do)| done.saturating_mul(100) / to_do),
            };
            self.status.update(|state| state.progress = Some(now));
            tokio::time::sleep(SHOW).await;
        }
    }
}

/// When to try again after a failure at this time.
fn later(failed: Timestamp) -> Timestamp {
    let later = failed.saturating_add(AFTER_A_FAILURE);
    later.unwrap_or(Timestamp::MAX)
}

/// Reports the last collection of a partner to the server, from any process.
pub fn ask_last_collection(store: Store) -> AskLastCollection {
    Arc::new(move |partner| Ok(last_collection(&store, partner)?))
}

/// Reports the last collections of a partner to the server, from any process.
pub fn ask_past_collections(store: Store) -> AskPastCollections {
    Arc::new(move |partner, most| Ok(past_collections(&store, partner, most)?))
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, OnceLock};

    use seatwise_client::{Credential, PartnerOperations, RetryPolicy};
    use seatwise_collect::Settings;
    use seatwise_types::PartnerId;
    use tempfile::TempDir;

    use super::*;
    use crate::timer::tests::virtual_timer;

    const SOURCE: &str = "http://localhost";

    fn partner() -> PartnerId {
        "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap()
    }

    /// A source without customers, which fails a few times first.
    struct Source {
        failures: usize,
        /// The number of collections after which the test ends.
        last: usize,
    }

    /// Collects each day from the source, with a server that starts at `now`. Returns when the
    /// collections started. At `request_at` one is requested.
    async fn collect_daily(
        folder: &TempDir,
        source: Source,
        now: &str,
        request_at: Option<&str>,
    ) -> Vec<String> {
        let request_at: Option<Timestamp> = request_at.map(|it| it.parse().unwrap());
        let asked = Arc::new(OnceLock::<Arc<CollectionStatus>>::new());
        let timer = virtual_timer(now, {
            let asked = Arc::clone(&asked);
            move |now| {
                if Some(now) == request_at {
                    asked.get().unwrap().request();
                }
            }
        });
        let starts = Arc::new(Mutex::new(Vec::new()));
        let enough = Arc::new(tokio::sync::Notify::new());
        let answer = {
            let (starts, enough, timer) = (Arc::clone(&starts), Arc::clone(&enough), timer.clone());
            move |request: http::Request<()>| {
                let is_list = request.uri().path() == "/v1/customers";
                let mut starts = starts.lock().unwrap();
                if is_list {
                    starts.push(timer.now().to_string());
                    if starts.len() == source.last {
                        enough.notify_one();
                    }
                }
                let mut answer = http::Response::new(NOTHING.as_bytes().to_vec());
                if starts.len() <= source.failures {
                    *answer.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
                }
                std::future::ready(answer)
            }
        };
        let client = PartnerOperations::builder(Credential::token("token"))
            .base_url(SOURCE)
            .retry(RetryPolicy::never())
            .in_process(answer)
            .build()
            .unwrap();
        let collection = Collection {
            store: Store::create(&folder.path().join("data")).unwrap(),
            client,
            settings: Settings::new(partner(), SOURCE),
        };
        let daily = Schedule::Every(SignedDuration::from_hours(24));
        let collecting = Collecting::new(collection, daily, timer);
        asked.set(Arc::clone(collecting.status())).unwrap();
        tokio::select! {
            ended = Arc::new(collecting).keep_on() => panic!("it ended with {ended:?}"),
            () = enough.notified() => {}
        }
        Arc::into_inner(starts).map_or_else(Vec::new, |it| it.into_inner().unwrap())
    }

    /// The answer to every request: a list of customers and a page of rows.
    const NOTHING: &str = r#"{"totalCount":0,"items":[],"value":[]}"#;

    #[tokio::test]
    async fn a_failed_collection_is_tried_again_after_a_quarter_of_an_hour() {
        let folder = tempfile::tempdir().unwrap();
        let source = Source {
            failures: 2,
            last: 5,
        };
        let starts = collect_daily(&folder, source, "2026-11-02T08:00:00Z", None).await;
        assert_eq!(
            starts,
            [
                "2026-11-02T08:00:00Z",
                "2026-11-02T08:15:00Z",
                "2026-11-02T08:30:00Z",
                // The failures did not move the schedule.
                "2026-11-03T08:00:00Z",
                "2026-11-04T08:00:00Z",
            ]
        );
    }

    #[tokio::test]
    async fn a_requested_collection_does_not_move_the_schedule() {
        let folder = tempfile::tempdir().unwrap();
        let source = Source {
            failures: 0,
            last: 3,
        };
        let request_at = Some("2026-11-02T18:00:00Z");
        let starts = collect_daily(&folder, source, "2026-11-02T08:00:00Z", request_at).await;
        assert_eq!(
            starts,
            [
                "2026-11-02T08:00:00Z",
                "2026-11-02T18:00:00Z",
                "2026-11-03T08:00:00Z",
            ]
        );
    }

    #[tokio::test]
    async fn a_restarted_server_continues_a_stopped_collection_and_keeps_the_schedule() {
        let folder = tempfile::tempdir().unwrap();
        let source = |last| Source { failures: 0, last };
        // The test ends while the second collection runs: it is stopped.
        let starts = collect_daily(&folder, source(2), "2026-11-02T08:00:00Z", None).await;
        assert_eq!(starts, ["2026-11-02T08:00:00Z", "2026-11-03T08:00:00Z"]);
        let starts = collect_daily(&folder, source(2), "2026-11-03T20:00:00Z", None).await;
        assert_eq!(starts, ["2026-11-03T20:00:00Z", "2026-11-04T08:00:00Z"]);
    }
}
