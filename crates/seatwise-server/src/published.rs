//! The current answers of all partners as ready bytes, kept equal to the store.
//!
//! Handlers read from memory and never query. A task asks the store every so often whether a
//! partner's tables changed, through this process or another one, makes the new bytes and swaps
//! them in at once: a request sees the old answers or the new ones, never a mix.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use arc_swap::ArcSwap;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use seatwise_store::{DeploymentFigure, Store, StoreError, StoreVersion, UsageFigure};
use seatwise_types::{
    Collection, PartnerId, PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights,
};
use tokio::sync::Mutex;
use tracing::field;

use crate::WireProfile;
use crate::answer::Answer;
use crate::config::{Clock, Config};
use crate::error::ApiError;
use crate::metrics::Metrics;
use crate::sign_in::Caller;

/// How long after a panic of the engine the next refresh begins.
const AFTER_A_FAILURE: Duration = Duration::from_secs(5);

/// Both answers of one partner.
pub(crate) struct Answers {
    pub(crate) usage: Answer,
    pub(crate) deployment: Answer,
}

/// What is published, and what it takes to publish again.
pub(crate) struct Published {
    store: Store,
    wire: WireProfile,
    clock: Clock,
    metrics: Arc<Metrics>,
    /// What a partner gets of whom the store knows nothing.
    nothing: Arc<Answers>,
    current: ArcSwap<Current>,
    /// The failures of the last refresh, which are logged already. Held while refreshing, so that
    /// two do not overlap.
    failures: Mutex<Failures>,
}

/// What could not be read: one partner's figures, or the list of partners.
type Failures = HashMap<Option<PartnerId>, String>;

/// What handlers see. A partner whose figures were never readable is in here without answers.
#[derive(Clone, Default)]
struct Current {
    partners: HashMap<PartnerId, Option<(StoreVersion, Arc<Answers>)>>,
    /// When the answers of all partners that can be read were last known to be what the store holds.
    /// None until the partners of the store were listed once.
    as_of: Option<Timestamp>,
}

impl Published {
    pub(crate) fn new(store: Store, config: &Config, metrics: Arc<Metrics>) -> Self {
        Self {
            store,
            wire: config.wire,
            clock: Arc::clone(&config.clock),
            metrics,
            nothing: Arc::new(Answers::new(Vec::new(), Vec::new(), config.wire)),
            current: ArcSwap::default(),
            failures: Mutex::default(),
        }
    }

    /// The answers for this caller: 503 as long as its figures could not be read once.
    pub(crate) fn answers(&self, caller: Caller) -> Result<Arc<Answers>, ApiError> {
        let current = self.current.load();
        match current.partners.get(&caller.partner) {
            Some(Some((_, answers))) => Ok(Arc::clone(answers)),
            None if current.as_of.is_some() => Ok(Arc::clone(&self.nothing)),
            _ => {
                let cause = anyhow!(
                    "the figures of partner {} are not published",
                    caller.partner
                );
                Err(ApiError::internal(StatusCode::SERVICE_UNAVAILABLE, cause))
            }
        }
    }

    /// Whether answers were published: of all partners but those that could never be read, and of
    /// one at least if there are partners.
    pub(crate) fn is_ready(&self) -> bool {
        let current = self.current.load();
        let partners = &current.partners;
        let is_any = partners.values().any(Option::is_some);
        current.as_of.is_some() && (partners.is_empty() || is_any)
    }

    /// How long ago the answers of all partners that can be read were last known to be what the
    /// store holds. One that cannot be read makes no other look old: it is counted by itself.
    pub(crate) fn age(&self) -> Option<SignedDuration> {
        Some((self.clock)().duration_since(self.current.load().as_of?))
    }

    /// Refreshes until the future is dropped.
    pub(crate) async fn keep_fresh(self: Arc<Self>, interval: Duration) -> Infallible {
        let duties = self.metrics.duties.clone();
        let round = || {
            let published = Arc::clone(&self);
            async move {
                published.refresh().await;
                Ok(interval)
            }
        };
        duties.keep_on("publishing", AFTER_A_FAILURE, round).await
    }

    /// Publishes what the store holds now, of each partner whose tables changed.
    ///
    /// What cannot be read keeps its last answer; that is counted, and logged once as long as it
    /// stays the same.
    pub(crate) async fn refresh(&self) {
        let mut logged = self.failures.lock().await;
        let failures = self.publish((self.clock)()).await;
        for (partner, cause) in &failures {
            self.metrics.refresh_failed();
            if logged.get(partner) != Some(cause) {
                let partner = partner.map(field::display);
                tracing::error!(partner, cause, "failed to refresh the published answers");
            }
        }
        *logged = failures;
    }

    async fn publish(&self, now: Timestamp) -> Failures {
        let partners = match self.store.partners() {
            Ok(partners) => partners,
            Err(err) => return Failures::from([(None, chain(err))]),
        };
        let mut failures = Failures::new();
        let before = self.current.load_full();
        let mut next = Current {
            as_of: Some(now),
            partners: HashMap::with_capacity(partners.len()),
        };
        for partner in partners {
            let published = before.partners.get(&partner).cloned().flatten();
            let version = published.as_ref().map(|(version, _)| *version);
            let published = match self.read_unless(version, partner).await {
                Ok(Some(newer)) => Some(newer),
                Ok(None) => published,
                Err(err) => {
                    failures.insert(Some(partner), chain(err));
                    published
                }
            };
            next.partners.insert(partner, published);
        }
        self.metrics.unreadable(failures.len());
        self.current.store(Arc::new(next));
        failures
    }

    /// The answers of a partner, unless its tables still have this version.
    async fn read_unless(
        &self,
        published: Option<StoreVersion>,
        partner: PartnerId,
    ) -> Result<Option<(StoreVersion, Arc<Answers>)>, StoreError> {
        // The version comes first: a commit in between is then published twice, and never missed.
        let version = self.store.version(partner).await?;
        if published == Some(version) {
            return Ok(None);
        }
        let usage = self.store.usage_figures(partner).await?;
        let deployment = self.store.deployment_figures(partner).await?;
        tracing::info!(%partner, ?version, "publishing new answers");
        let answers = Answers::new(usage, deployment, self.wire);
        Ok(Some((version, Arc::new(answers))))
    }
}

/// The error with all its causes.
fn chain(err: StoreError) -> String {
    format!("{:#}", anyhow::Error::from(err))
}

impl Answers {
    fn new(usage: Vec<UsageFigure>, deployment: Vec<DeploymentFigure>, wire: WireProfile) -> Self {
        Self {
            usage: Answer::new(usage_body(usage, wire)),
            deployment: Answer::new(deployment_body(deployment, wire)),
        }
    }
}

/// The bytes of an answer of partner usage.
pub(crate) fn usage_body(figures: Vec<UsageFigure>, wire: WireProfile) -> Vec<u8> {
    let rows = figures.into_iter().map(usage_row);
    wire.encode(&Collection::new(rows.collect()))
}

/// The bytes of an answer of partner deployment.
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
