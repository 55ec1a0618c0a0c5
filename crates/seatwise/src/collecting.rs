//! Collections that run again and again beside a server.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use seatwise_collect::{Outcome, Progress, Run, runs};
use seatwise_server::CollectionStatus;
use seatwise_store::Store;

use crate::cli;
use crate::commands::collect::Collection;
use crate::schedule::Schedule;
use crate::system;

/// When a collection that failed goes on.
const AFTER_A_FAILURE: SignedDuration = SignedDuration::from_mins(15);

/// The clock is looked at so often: it may be set, and the computer may have slept.
const LOOK: Duration = Duration::from_secs(30);

/// Collections on a schedule, with the state that the server tells.
pub(crate) struct Collecting {
    collection: Collection,
    schedule: Schedule,
    pub(crate) status: Arc<CollectionStatus>,
}

impl Collecting {
    /// What the options ask for; nothing if they ask for none.
    pub(crate) fn prepare(store: &Store, args: cli::Collecting) -> anyhow::Result<Option<Self>> {
        let Some(schedule) = args.schedule()? else {
            return Ok(None);
        };
        let collection = Collection::prepare(
            store.clone(),
            args.connection,
            args.collect_partner,
            &args.manner,
        );
        let collection = collection.context("cannot collect while serving")?;
        let status = Arc::new(CollectionStatus::new(collection.settings.partner));
        Ok(Some(Self {
            collection,
            schedule,
            status,
        }))
    }

    /// Collects whenever it is time, until it is dropped.
    pub(crate) async fn keep_on(self) -> anyhow::Result<()> {
        let mut next = self.first()?;
        loop {
            self.status.update(|state| state.next_at = Some(next));
            tracing::info!(%next, "next collection");
            while let Ok(left) = Duration::try_from(next.duration_since(system::now()))
                && left > Duration::ZERO
            {
                tokio::time::sleep(left.min(LOOK)).await;
            }
            let began = system::now();
            next = match self.once().await {
                true => self.schedule.next(began),
                false => {
                    let soon = system::now().saturating_add(AFTER_A_FAILURE);
                    soon.unwrap_or(Timestamp::MAX)
                }
            };
        }
    }

    /// When to begin: at its time of the day, or so long after the last one as it would have been
    /// had the server run on.
    fn first(&self) -> anyhow::Result<Timestamp> {
        let now = system::now();
        if matches!(self.schedule, Schedule::At { .. }) {
            return Ok(self.schedule.next(now));
        }
        let settings = &self.collection.settings;
        let is_done = |run: &&Run| run.outcome == Outcome::Done && run.source == settings.source;
        let runs = runs(&self.collection.store, Some(settings.partner))?;
        let last = runs.iter().rfind(is_done);
        Ok(last.map_or(now, |run| self.schedule.next(run.started_at).max(now)))
    }

    /// Collects, and says whether it came to its end.
    async fn once(&self) -> bool {
        self.status.update(|state| {
            state.running = true;
            state.next_at = None;
        });
        let result = self.collection.run(&Progress::default()).await;
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
            match &result {
                Ok(_) => {
                    state.done += 1;
                    state.last_done_at = Some(system::now());
                    state.last_error = None;
                }
                Err(err) => {
                    state.failed += 1;
                    state.last_error = Some(err.full_message());
                }
            }
        });
        result.is_ok()
    }
}
