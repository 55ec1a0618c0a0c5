//! The current answers of all partners as ready bytes.
//!
//! Handlers read from memory and run no query. After each commit of this process to a partner's
//! tables, a task makes the new bytes and swaps all of them at once: a request gets the old answers
//! or the new ones, never a mix. It also checks all partners in an interval, because other
//! processes commit too.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use arc_swap::ArcSwap;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use seatwise_store::{
    ChangeHint, DeploymentFigure, Kind, Store, StoreError, TableVersion, UsageFigure,
};
use seatwise_types::{
    Collection, PartnerId, PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights,
};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tracing::field;

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::plumbing::answer::Answer;
use crate::plumbing::error::ApiError;
use crate::plumbing::wire_profile::WireProfile;

/// The time from a panic of the engine to the next refresh.
const AFTER_A_FAILURE: Duration = Duration::from_secs(5);

/// How long an unchanged hint of object storage is trusted.
const HINT_TRUSTED: Duration = Duration::from_secs(20);

/// A shorter interval would leave no time for other work.
const LEAST_INTERVAL: Duration = Duration::from_millis(1);

/// The published answers, and what is needed to refresh them.
pub(crate) struct Published {
    store: Store,
    wire: WireProfile,
    clock: Clock,
    metrics: Arc<Metrics>,
    /// The answers for a partner without stored data.
    nothing: HashMap<Kind, Arc<Answer>>,
    current: ArcSwap<Current>,
    /// The failures of the last refresh, which are already logged; `None` after the end of the
    /// server. Locked during a refresh, so that refreshes do not overlap.
    failures: Mutex<Option<Failures>>,
}

/// What could not be read: a partner's figures of a kind, or the list of partners.
type Failures = HashMap<Option<(PartnerId, Kind)>, String>;

/// An answer, and the version of its table; `None` if there is no table.
type Made = (Option<TableVersion>, Arc<Answer>);

/// What handlers read. A partner whose figures could never be read is present, without an answer.
#[derive(Clone, Default)]
struct Current {
    partners: HashMap<PartnerId, HashMap<Kind, Made>>,
    /// When everything readable was last known to equal the store; `None` until the partners were
    /// listed once.
    as_of: Option<Timestamp>,
    readiness: Readiness,
}

/// The result of the last attempt to read the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// There was no attempt yet.
    #[default]
    NotYet,
    /// The data folder, or every table in it, cannot be read. Earlier answers are served.
    Lost,
    /// The store was read, except for some tables.
    Ready {
        /// The number of tables that cannot be read.
        unreadable: usize,
    },
}

impl Published {
    pub(crate) fn new(
        store: Store,
        wire: WireProfile,
        clock: Clock,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            store,
            wire,
            clock,
            metrics,
            nothing: HashMap::from([
                (Kind::Usage, answer(usage_body(Vec::new(), wire))),
                (Kind::Deployment, answer(deployment_body(Vec::new(), wire))),
            ]),
            current: ArcSwap::default(),
            failures: Mutex::new(Some(Failures::new())),
        }
    }

    /// The answer of a kind for this partner; 503 until its figures could be read once.
    pub(crate) fn answer(&self, partner: PartnerId, kind: Kind) -> Result<Arc<Answer>, ApiError> {
        let current = self.current.load();
        let known = match current.partners.get(&partner) {
            Some(kinds) => kinds.get(&kind).map(|(_, answer)| answer),
            None if current.as_of.is_some() => self.nothing.get(&kind),
            None => None,
        };
        known.map(Arc::clone).ok_or_else(|| {
            let cause = anyhow!("the {kind} figures of partner {partner} are not published");
            ApiError::internal(StatusCode::SERVICE_UNAVAILABLE, cause)
        })
    }

    /// Whether the store can be read.
    pub(crate) fn readiness(&self) -> Readiness {
        self.current.load().readiness
    }

    /// The time since all readable answers were last known to equal the store. Unreadable tables do
    /// not count.
    pub(crate) fn age(&self) -> Option<SignedDuration> {
        Some((self.clock)().duration_since(self.current.load().as_of?))
    }

    /// Refreshes until the future is dropped: changed tables after each commit, and all tables at
    /// the start and in each interval. Commits during a refresh are handled together in the next
    /// one.
    pub(crate) async fn keep_fresh(self: Arc<Self>, poll_interval: Duration) -> Infallible {
        let duties = self.metrics.duties.clone();
        let mut commits = self.store.commits();
        let mut polls = interval(poll_interval.max(LEAST_INTERVAL));
        polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_look = None;
        loop {
            let tables = tokio::select! {
                // `biased`, so that frequent commits do not delay looking for other processes'
                // changes.
                biased;
                _ = polls.tick() => match self.may_have_changed(&mut last_look).await {
                    true => None,
                    false => continue,
                },
                tables = commits.next() => Some(tables),
            };
            let published = Arc::clone(&self);
            let refresh = async move {
                published.refresh(tables).await;
                Ok(())
            };
            if duties.attempt("publishing", refresh).await.is_none() {
                sleep(AFTER_A_FAILURE).await;
                last_look = None;
                polls.reset_immediately();
            }
        }
    }

    /// Whether other processes may have committed since the last look, so that all tables must be
    /// looked at. In object storage a hint says so, which costs one request for all partners.
    async fn may_have_changed(&self, last_look: &mut Option<(ChangeHint, Instant)>) -> bool {
        let (hint, now) = (self.store.change_hint().await, Instant::now());
        let has_failures = self
            .failures
            .lock()
            .await
            .as_ref()
            .is_some_and(|it| !it.is_empty());
        let is_same = match (&hint, &*last_look) {
            (Some(hint), Some((before, at))) => hint == before && now - *at < HINT_TRUSTED,
            _ => false,
        };
        if !is_same {
            *last_look = hint.map(|hint| (hint, now));
        }
        !is_same || has_failures
    }

    /// Publishes the changes of these tables, or of all tables.
    ///
    /// A table that cannot be read keeps its last answer. The failure is counted, and logged once
    /// until it changes.
    pub(crate) async fn refresh(&self, tables: Option<Vec<(PartnerId, Kind)>>) {
        let mut logged = self.failures.lock().await;
        let Some(logged) = logged.as_mut() else {
            return;
        };
        let failures = match tables {
            // If the partners could not be listed, refresh everything.
            Some(tables) if !logged.contains_key(&None) => {
                self.publish_changed(tables, logged).await
            }
            _ => self.publish_all((self.clock)()).await,
        };
        for (table, cause) in &failures {
            if logged.get(table) != Some(cause) {
                let partner = table.map(|(partner, _)| field::display(partner));
                let table = table.map(|(_, kind)| field::display(kind));
                tracing::error!(
                    partner,
                    table,
                    cause,
                    "failed to refresh the published answers"
                );
            }
        }
        *logged = failures;
    }

    /// Waits for a running refresh, and prevents further ones, so that the data folder can be
    /// removed.
    pub(crate) async fn end(&self) {
        *self.failures.lock().await = None;
    }

    /// Publishes these tables. Returns their failures, and the `known` ones of other tables.
    async fn publish_changed(&self, tables: Vec<(PartnerId, Kind)>, known: &Failures) -> Failures {
        let next = Current::clone(&self.current.load());
        // A new partner needs the answers of all kinds.
        let tables = tables.into_iter();
        let tables = tables.flat_map(|table| match next.partners.contains_key(&table.0) {
            true => vec![table],
            false => Kind::ALL.map(|kind| (table.0, kind)).into(),
        });
        let tables: Vec<_> = tables.collect();
        let others = known.iter();
        let others = others.filter(|(of, _)| of.is_some_and(|table| !tables.contains(&table)));
        let others = others.map(|(of, cause)| (*of, cause.clone())).collect();
        self.publish(tables, next, others).await
    }

    /// Publishes all tables, and returns failures.
    async fn publish_all(&self, now: Timestamp) -> Failures {
        let before = self.current.load_full();
        let partners = match self.store.partners() {
            Ok(partners) => partners,
            Err(err) => {
                self.metrics.refresh_failed();
                self.metrics.unreadable(before.partners.len());
                self.current.store(Arc::new(Current {
                    readiness: Readiness::Lost,
                    ..Current::clone(&before)
                }));
                return Failures::from([(None, chain(err))]);
            }
        };
        let known = |partner| before.partners.get(&partner).cloned().unwrap_or_default();
        let next = Current {
            partners: partners.iter().map(|it| (*it, known(*it))).collect(),
            as_of: Some(now),
            readiness: before.readiness,
        };
        let tables = partners.into_iter();
        let tables = tables.flat_map(|partner| Kind::ALL.map(|kind| (partner, kind)));
        self.publish(tables.collect(), next, Failures::new()).await
    }

    /// Publishes tables on top of `next`, and adds their failures.
    async fn publish(
        &self,
        tables: Vec<(PartnerId, Kind)>,
        mut next: Current,
        mut failures: Failures,
    ) -> Failures {
        for (partner, kind) in tables {
            let kinds = next.partners.entry(partner).or_default();
            let version = kinds.get(&kind).map(|(version, _)| *version);
            match self.read_unless(version, partner, kind).await {
                Ok(Some(newer)) => drop(kinds.insert(kind, newer)),
                Ok(None) => {}
                Err(err) => {
                    self.metrics.refresh_failed();
                    failures.insert(Some((partner, kind)), chain(err));
                }
            }
        }
        next.readiness = next.readiness_after(&failures);
        if next.readiness == Readiness::Lost {
            next.as_of = self.current.load().as_of;
        }
        let unreadable = failures.keys().flatten().map(|(partner, _)| *partner);
        self.metrics
            .unreadable(unreadable.collect::<HashSet<_>>().len());
        self.current.store(Arc::new(next));
        failures
    }

    /// The new answer of a kind; `None` if the table still has this version. Months have no
    /// published answer: for them this only checks that the table can be read.
    async fn read_unless(
        &self,
        published: Option<Option<TableVersion>>,
        partner: PartnerId,
        kind: Kind,
    ) -> Result<Option<Made>, StoreError> {
        // Read the version first: a commit in between is then published twice, and never missed.
        let version = self.store.table_version(partner, kind).await?;
        if published == Some(version) {
            return Ok(None);
        }
        let body = match kind {
            Kind::Usage => usage_body(self.store.usage_figures(partner).await?, self.wire),
            Kind::Deployment => {
                deployment_body(self.store.deployment_figures(partner).await?, self.wire)
            }
            Kind::UsageMonth | Kind::DeploymentMonth => return Ok(None),
        };
        let answer = spawn_blocking(|| answer(body)).await;
        let number = version.map(|version| version.number);
        tracing::info!(%partner, %kind, version = number, "publishing a new answer");
        Ok(Some((
            version,
            answer.expect("every body can be compressed"),
        )))
    }
}

impl Current {
    fn readiness_after(&self, failures: &Failures) -> Readiness {
        let unreadable = failures.len();
        let is_readable = |partner: PartnerId, kind: Kind, (version, _): &Made| {
            version.is_some() && !failures.contains_key(&Some((partner, kind)))
        };
        let mut tables = self
            .partners
            .iter()
            .flat_map(|(partner, kinds)| kinds.iter().map(|(kind, made)| (*partner, *kind, made)));
        let any = tables.any(|(partner, kind, made)| is_readable(partner, kind, made));
        if unreadable > 0 && !any {
            Readiness::Lost
        } else {
            Readiness::Ready { unreadable }
        }
    }
}

/// The error with all its causes.
fn chain(err: StoreError) -> String {
    format!("{:#}", anyhow::Error::from(err))
}

fn answer(body: Vec<u8>) -> Arc<Answer> {
    Arc::new(Answer::new(body))
}

/// The response body of partner usage.
pub(crate) fn usage_body(figures: Vec<UsageFigure>, wire: WireProfile) -> Vec<u8> {
    let rows = figures.into_iter().map(usage_row);
    wire.encode(&Collection::new(rows.collect()))
}

/// The response body of partner deployment.
pub(crate) fn deployment_body(figures: Vec<DeploymentFigure>, wire: WireProfile) -> Vec<u8> {
    let rows = figures.into_iter().map(deployment_row);
    wire.encode(&Collection::new(rows.collect()))
}

fn usage_row(figure: UsageFigure) -> PartnerLicensesUsageInsights {
    PartnerLicensesUsageInsights {
        prorated_licenses_usage_percent: Some(figure.percent()),
        workload_name: figure.workload_name,
        processed_date_time: figure.processed,
        service_name: figure.service_code.into(),
        channel: figure.channel.into(),
        attributes: PartnerLicensesUsageInsights::attributes(),
    }
}

fn deployment_row(figure: DeploymentFigure) -> PartnerLicensesDeploymentInsights {
    PartnerLicensesDeploymentInsights {
        prorated_deployment_percent: Some(figure.percent()),
        licenses_sold: Some(figure.sold),
        processed_date_time: figure.processed,
        service_name: figure.service_code.into(),
        channel: figure.channel.into(),
        attributes: PartnerLicensesDeploymentInsights::attributes(),
    }
}
