//! The metrics at `/metrics`. Labels are routes, status classes and reasons. They never contain a
//! partner, an id, or other text from a client.

use std::borrow::Cow;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::collection_status::CollectionState;
use crate::duties::Duties;

/// The content type in the OpenMetrics specification.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The histogram's bounds, from published answers in memory up to the timeout.
const SECONDS: [f64; 12] = [
    0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0,
];

/// The path of a route, as in the router.
pub(crate) type Route = Cow<'static, str>;

/// The metrics of a server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RequestLabels, Histogram, fn() -> Histogram>,
    refusals: Family<RefusalLabels, Counter>,
    refresh_failures: Counter,
    published_age: Gauge,
    collection: CollectionMetrics,
    imports: Family<ImportLabels, Counter>,
    unreadable_partners: Gauge,
    certificate_end: Gauge,
    disk_free: Gauge,
    pub(crate) duties: Duties,
    question_memory: Gauge,
}

/// All zero if the server does not collect.
#[derive(Default)]
struct CollectionMetrics {
    running: Gauge,
    age: Gauge,
    ended: Family<OutcomeLabels, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

/// How an import arrived, and its result.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct ImportLabels {
    pub(crate) way: &'static str,
    pub(crate) outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    route: Route,
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RefusalLabels {
    reason: &'static str,
}

impl Metrics {
    #[expect(
        clippy::too_many_lines,
        reason = "a list with one entry for each metric"
    )]
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("seatwise"),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            refusals: Family::default(),
            refresh_failures: Counter::default(),
            published_age: Gauge::default(),
            collection: CollectionMetrics::default(),
            imports: Family::default(),
            unreadable_partners: Gauge::default(),
            certificate_end: Gauge::default(),
            disk_free: Gauge::default(),
            duties: Duties::default(),
            question_memory: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register(
            "http_requests",
            "Requests answered, by route and class of status",
            metrics.requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time from the head of a request to its answer",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register(
            "sign_in_refusals",
            "Requests whose caller was refused, by reason",
            metrics.refusals.clone(),
        );
        registry.register(
            "refresh_failures",
            "Times that the figures of a partner could not be read for publishing",
            metrics.refresh_failures.clone(),
        );
        registry.register_with_unit(
            "published_age",
            "Time since the published answers of all readable partners were last equal to the store, -1 before",
            Unit::Seconds,
            metrics.published_age.clone(),
        );
        registry.register(
            "collection_running",
            "Whether a collection is running",
            metrics.collection.running.clone(),
        );
        registry.register_with_unit(
            "collection_age",
            "Time since a collection was completed, -1 if none ever was",
            Unit::Seconds,
            metrics.collection.age.clone(),
        );
        registry.register(
            "collections",
            "Collections that ended since the server started, by outcome",
            metrics.collection.ended.clone(),
        );
        registry.register(
            "imports",
            "Imports of the server, by way and outcome",
            metrics.imports.clone(),
        );
        registry.register(
            "unreadable_partners",
            "Partners whose figures could not be read at the last publishing",
            metrics.unreadable_partners.clone(),
        );
        registry.register_with_unit(
            "certificate_end_timestamp",
            "End of the server's certificate in seconds since 1970, -1 if there is none",
            Unit::Seconds,
            metrics.certificate_end.clone(),
        );
        registry.register_with_unit(
            "disk_free",
            "Free bytes for the server on the disk of the data folder, -1 if unknown",
            Unit::Bytes,
            metrics.disk_free.clone(),
        );
        registry.register(
            "build",
            "The version of the server",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register_with_unit(
            "question_memory",
            "Memory that queries use",
            Unit::Bytes,
            metrics.question_memory.clone(),
        );
        metrics.duties.register(registry);
        metrics.certificate_ends(None);
        metrics
    }

    pub(crate) fn answered(&self, route: Route, status: StatusCode, duration: Duration) {
        let labels = RequestLabels {
            route,
            status: class(status),
        };
        self.requests.get_or_create(&labels).inc();
        self.durations
            .get_or_create(&labels)
            .observe(duration.as_secs_f64());
    }

    pub(crate) fn refused(&self, reason: &'static str) {
        self.refusals.get_or_create(&RefusalLabels { reason }).inc();
    }

    pub(crate) fn imported(&self, labels: ImportLabels) {
        self.imports.get_or_create(&labels).inc();
    }

    pub(crate) fn set_question_memory(&self, bytes: usize) {
        self.question_memory
            .set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    pub(crate) fn refresh_failed(&self) {
        self.refresh_failures.inc();
    }

    /// Sets the number of partners that cannot be read.
    pub(crate) fn unreadable(&self, partners: usize) {
        let partners = i64::try_from(partners).unwrap_or(i64::MAX);
        self.unreadable_partners.set(partners);
    }

    /// Sets the end of the certificate, in seconds since 1970; `None` if there is no readable one.
    pub(crate) fn certificate_ends(&self, at: Option<i64>) {
        self.certificate_end.set(at.unwrap_or(-1));
    }

    /// Sets the free bytes of the disk, if known.
    pub(crate) fn disk_has_free(&self, bytes: Option<u64>) {
        let bytes = bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
        self.disk_free.set(bytes.unwrap_or(-1));
    }

    /// The text of a scrape. The age is `-1` if nothing is published.
    pub(crate) fn render(
        &self,
        published_age: Option<i64>,
        collection: &CollectionState,
        now: Timestamp,
    ) -> Result<String, std::fmt::Error> {
        self.published_age.set(published_age.unwrap_or(-1));
        let age = collection.last_done_at.map(|at| now.duration_since(at));
        let metrics = &self.collection;
        metrics.running.set(collection.running.into());
        metrics.age.set(age.map_or(-1, |age| age.as_secs().max(0)));
        for (outcome, count) in [("done", collection.done), ("failed", collection.failed)] {
            let counter = metrics.ended.get_or_create(&OutcomeLabels { outcome });
            counter.inc_by(count.saturating_sub(counter.get()));
        }
        self.duties.look_at_ages();
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
