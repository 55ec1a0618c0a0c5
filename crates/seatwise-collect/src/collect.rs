//! A collection from its start, or from where it was stopped, to its end.

use std::io;
use std::sync::Arc;

use seatwise_client::{PartnerOperations, Traffic};
use seatwise_store::Store;
use seatwise_store::import::{self, Format, ImportOptions, Input};
use seatwise_types::PartnerId;
use seatwise_types::extensions::{ImportWay, Metric};
use tokio::task::spawn_blocking;

use crate::empty::write_empty;
use crate::folder::CollectorFolder;
use crate::gather::{Gatherer, rows_of_all};
use crate::journal::{Journal, Stored};
use crate::run::Run;
use crate::settings::{Clock, Settings};
use crate::source::Source;
use crate::{CollectError, Deliveries, Outcome, Progress, Way, full_message};

/// Collects the figures of a partner from a source, or resumes a stopped collection.
///
/// The caller sets the known route of the rows of all customers: see [`commercial_route`]. Dropping
/// the future stops the collection; so does an error. In both cases the next call resumes it, and
/// repeats at most the requests that were in progress.
///
/// # Errors
/// If another collector is running, the source does not answer, or something cannot be read or
/// written.
pub async fn collect(
    store: &Store,
    partner: &PartnerOperations,
    settings: &Settings,
    clock: &Clock,
    progress: &Progress,
) -> Result<Run, CollectError> {
    let folder = CollectorFolder::of(store, settings.partner);
    let _lock = folder.lock(settings.wait).await?;
    let mut attempt = Attempt {
        run: Run::started(clock(), settings.partner, &settings.source),
        before: partner.traffic(),
        is_open: true,
        partner,
        clock,
        progress,
        folder: &folder,
    };
    attempt.run.record(&folder)?;
    let result = Collection {
        store,
        partner,
        settings,
        clock,
        progress,
        folder: &folder,
    }
    .run(&mut attempt.run)
    .await;
    attempt.run.error = result.as_ref().err().map(|err| full_message(err));
    attempt.end(match &result {
        Ok(()) => Outcome::Done,
        Err(_) => Outcome::Failed,
    })?;
    result.map(|()| attempt.run.clone())
}

/// An attempt that is recorded however it ends, unless the process is killed.
struct Attempt<'a> {
    run: Run,
    partner: &'a PartnerOperations,
    /// The traffic of its client before the attempt.
    before: Traffic,
    clock: &'a Clock,
    progress: &'a Progress,
    folder: &'a CollectorFolder,
    is_open: bool,
}

impl Attempt<'_> {
    fn end(&mut self, outcome: Outcome) -> Result<(), CollectError> {
        self.is_open = false;
        let (before, after) = (self.before, self.partner.traffic());
        let run = &mut self.run;
        run.requests = after.requests - before.requests;
        run.retries = after.retries - before.retries;
        run.throttled = after.throttled - before.throttled;
        run.ended_at = Some((self.clock)());
        run.outcome = outcome;
        run.record(self.folder)
    }
}

impl Drop for Attempt<'_> {
    /// The future was dropped before its end.
    fn drop(&mut self) {
        if self.is_open {
            self.run.customers = self.progress.customers();
            self.run.rows = self.progress.rows();
            if let Err(err) = self.end(Outcome::Stopped) {
                tracing::warn!(error = full_message(&err), "a stopped run is not recorded");
            }
        }
    }
}

/// The route where the rows of all customers were last found, for the client's
/// [builder](seatwise_client::Builder::commercial_route); `None` if unknown.
///
/// # Errors
/// If it cannot be read.
///
/// # Example
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// use seatwise_store::Store;
///
/// let store = Store::create(&folder.path().join("data"))?;
/// let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse()?;
/// let source = "https://api.partnercenter.microsoft.com";
/// assert_eq!(seatwise_collect::commercial_route(&store, partner, source)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn commercial_route(
    store: &Store,
    partner: PartnerId,
    source: &str,
) -> Result<Option<seatwise_client::CommercialRoute>, CollectError> {
    let folder = CollectorFolder::of(store, partner).source(source);
    let known = Source::read(&folder, source)?;
    Ok(known.route.and_then(|route| route.parse().ok()))
}

/// The parts of a collection.
struct Collection<'a> {
    store: &'a Store,
    partner: &'a PartnerOperations,
    settings: &'a Settings,
    clock: &'a Clock,
    progress: &'a Progress,
    folder: &'a CollectorFolder,
}

impl Collection<'_> {
    async fn run(&self, run: &mut Run) -> Result<(), CollectError> {
        let folder = self.folder.source(&self.settings.source);
        let mut journal = Journal::open(&folder.join("progress"), (self.clock)())?;
        let mut source = Source::read(&folder, &self.settings.source)?;
        self.progress.came(
            journal.of_metric(Metric::Usage).rows + journal.of_metric(Metric::Deployment).rows,
        );
        let mut gatherer = Gatherer {
            partner: self.partner,
            journal: &mut journal,
            progress: self.progress,
            clock: self.clock,
            in_flight: self.settings.in_flight,
        };
        let result = self.gather(&mut gatherer, &mut source).await;
        let reported = self.report(&journal, run).await;
        // The reason of the stop matters more than a failure to record it.
        result?;
        reported?;
        journal.finish()
    }

    /// Requests and stores everything.
    async fn gather(
        &self,
        gatherer: &mut Gatherer<'_>,
        source: &mut Source,
    ) -> Result<(), CollectError> {
        gatherer.customers().await?;
        for metric in Metric::ALL.iter().copied() {
            if gatherer.journal.of_metric(metric).stored.is_some() {
                continue;
            }
            self.rows(metric, gatherer, source).await?;
            self.store(metric, gatherer).await?;
        }
        Ok(())
    }

    /// Gathers the rows of a metric, in the way that the settings name, that worked last time, or
    /// that works.
    async fn rows(
        &self,
        metric: Metric,
        gatherer: &mut Gatherer<'_>,
        source: &mut Source,
    ) -> Result<(), CollectError> {
        let now = (self.clock)();
        let wanted = self.settings.way;
        let begun = gatherer.journal.of_metric(metric).way;
        let begun = begun
            .filter(|way| wanted.is_none_or(|wanted| wanted == *way))
            .filter(|_| !gatherer.has_old_pages(metric));
        let way = match begun {
            Some(way) => way,
            None => {
                let known = wanted.or_else(|| source.way(metric, now));
                let way = known.unwrap_or(Way::Commercial);
                gatherer.begin_again(metric, way)?;
                way
            }
        };
        if way == Way::Commercial {
            let all = self.partner.analytics().commercial();
            let missing = match metric {
                Metric::Usage => {
                    let query = all.usage().licenses();
                    gatherer.rows_of_all(metric, query).await?
                }
                Metric::Deployment => {
                    let query = all.deployment().licenses();
                    gatherer.rows_of_all(metric, query).await?
                }
            };
            match missing {
                None => {
                    source.route = Some(self.partner.commercial_route().to_string());
                    source.learn(metric, Way::Commercial, now);
                    return source.write(&self.folder.source(&self.settings.source));
                }
                Some(err) if wanted.is_some() => {
                    return Err(CollectError::source(rows_of_all(metric))(err));
                }
                Some(_) => {
                    source.learn(metric, Way::Customer, now);
                    source.write(&self.folder.source(&self.settings.source))?;
                }
            }
            gatherer.begin_again(metric, Way::Customer)?;
        }
        gatherer.customer_by_customer(metric).await
    }

    /// Imports the gathered rows of a metric, with an empty delivery for each customer without
    /// rows.
    async fn store(&self, metric: Metric, gatherer: &mut Gatherer<'_>) -> Result<(), CollectError> {
        let mut stored = Stored::default();
        // Without rows, the service and day of empty deliveries are unknown.
        if gatherer.journal.of_metric(metric).rows > 0 {
            let now = (self.clock)();
            let (rows, empty) = (
                gatherer.journal.rows(metric),
                gatherer.journal.empty(metric),
            );
            let written = spawn_blocking({
                let (rows, empty) = (rows.clone(), empty.clone());
                let customers = Arc::clone(&gatherer.journal.customers);
                let without_data = gatherer.without_data(metric);
                move || write_empty(metric, &rows, &customers, &without_data, now, &empty)
            });
            let written = written.await.map_err(io::Error::from);
            let written = written.map_err(CollectError::file("write", &empty))??;
            let options = ImportOptions {
                way: ImportWay::Collection,
                kind: Some(metric.into()),
                format: Format::Ndjson,
                // A bad row of the source must not exclude all other customers.
                skip_bad_rows: true,
                // What the source no longer has is gone: the run notes it and does not reject it.
                replace: true,
                ..ImportOptions::new(self.settings.partner)
            };
            let import = async || {
                let mut inputs = vec![Input::File(rows.clone())];
                inputs.extend((written.deliveries > 0).then(|| Input::File(empty.clone())));
                import::import(self.store, &options, inputs, now, Arc::default()).await
            };
            let mut receipt = import().await?;
            if receipt.mended.left_out > 0 {
                // The import only restored damaged files. The source's current data is new.
                receipt = import().await?;
            }
            let files = receipt.rejected_files.iter();
            stored = Stored {
                deliveries: Deliveries::of(&receipt, written.deliveries),
                bad_rows: receipt.bad_rows,
                rejected_files: files.map(|file| file.display().to_string()).collect(),
                without_customer: written.without_customer,
                lost_rows: receipt.losses.rows,
                lost_of: receipt.losses.deliveries,
            };
        }
        gatherer.journal.stored(metric, stored)
    }

    /// Adds the state of the collection to the run, however far it came.
    async fn report(&self, journal: &Journal, run: &mut Run) -> Result<(), CollectError> {
        run.resumed = journal.resumed;
        run.customers = journal.customers.len() as u64;
        for metric in Metric::ALL.iter().copied() {
            let gathering = journal.of_metric(metric);
            match metric {
                Metric::Usage => run.usage = gathering.way,
                Metric::Deployment => run.deployment = gathering.way,
            }
            run.rows += gathering.rows;
            run.add_gaps(&gathering.gaps);
            let Some(stored) = &gathering.stored else {
                continue;
            };
            run.deliveries.add(&stored.deliveries);
            let rejected = stored.deliveries.rejected;
            if stored.bad_rows > 0 || rejected > 0 {
                run.notes.push(format!(
                    "bad {metric} rows: {}; deliveries that were left out for that: {rejected}; see \
                     `{}`",
                    stored.bad_rows,
                    stored.rejected_files.join("`, `"),
                ));
            }
            if stored.lost_rows > 0 {
                run.notes.push(format!(
                    "{metric} rows of earlier versions that the source does not have any more: {}, \
                     of {} deliveries that it restated",
                    stored.lost_rows, stored.lost_of,
                ));
            }
            if stored.without_customer > 0 {
                run.notes.push(format!(
                    "{metric} rows that name no customer: {}; because of them no customer was taken to \
                     have nothing",
                    stored.without_customer,
                ));
            }
            if gathering.rows == 0 {
                let partner = self.settings.partner;
                let known = self.store.table_version(partner, metric.into()).await?;
                run.notes.push(match known {
                    Some(_) => format!(
                        "no {metric} rows came, although the store has some: nothing was recorded, \
                         and no customer was taken to have nothing"
                    ),
                    None => format!("no {metric} rows came"),
                });
            }
        }
        Ok(())
    }
}
