//! A source with answers given by the test.

use jiff::SignedDuration;
use seatwise_client::{Credential, PartnerOperations, RetryPolicy};
use seatwise_collect::{CollectError, Progress, Run, Settings, Way, collect};
use seatwise_store::{Moment, Store};
use seatwise_types::CustomerId;
use seatwise_types::extensions::Metric;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::source::{Time, start};

pub(crate) const PARTNER: &str = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7";

pub(crate) fn customer(number: u32) -> CustomerId {
    format!("0a000000-0000-4000-8000-{number:012}")
        .parse()
        .unwrap()
}

pub(crate) fn json(body: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.into(), "application/json")
}

/// A source with answers given by the test.
pub(crate) struct Fake(pub(crate) MockServer);

impl Fake {
    /// A source with this many customers.
    pub(crate) async fn listing(customers: u32) -> Self {
        let server = MockServer::start().await;
        let items: Vec<String> = (1..=customers)
            .map(|number| {
                let id = customer(number);
                format!(r#"{{"id":"{id}","companyProfile":{{"companyName":"Customer {number}"}}}}"#)
            })
            .collect();
        let fake = Self(server);
        let list = format!(r#"{{"items":[{}]}}"#, items.join(","));
        fake.answer("/v1/customers", json(list)).await;
        fake
    }

    pub(crate) async fn answer(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(path(at))
            .respond_with(answer)
            .mount(&self.0)
            .await;
    }

    /// Sets the answers for usage and deployment of a customer, by metric.
    pub(crate) async fn customer(&self, number: u32, answer: impl Fn(Metric) -> ResponseTemplate) {
        for metric in Metric::ALL.iter().copied() {
            let id = customer(number);
            let at = format!("/v1/customers/{id}/analytics/licenses/{metric}");
            self.answer(&at, answer(metric)).await;
        }
    }

    pub(crate) fn client(&self, token: &str) -> PartnerOperations {
        PartnerOperations::builder(Credential::token(token.to_owned()))
            .base_url(self.0.uri())
            .retry(RetryPolicy::never())
            .build()
            .unwrap()
    }

    pub(crate) async fn collect(&self, store: &Store) -> Result<Run, CollectError> {
        self.collect_with(store, "a-token").await
    }

    pub(crate) async fn collect_with(
        &self,
        store: &Store,
        token: &str,
    ) -> Result<Run, CollectError> {
        self.collect_on(0, None, store, token).await
    }

    /// Collects this many days later.
    pub(crate) async fn collect_on(
        &self,
        day: i64,
        way: Option<Way>,
        store: &Store,
        token: &str,
    ) -> Result<Run, CollectError> {
        let settings = Settings {
            way,
            ..Settings::new(PARTNER.parse().unwrap(), self.0.uri())
        };
        let time = Time::new();
        time.set(start() + SignedDuration::from_hours(24 * day));
        let progress = Progress::default();
        let client = self.client(token);
        let run = collect(store, &client, &settings, &time.clock(), &progress).await?;
        assert_eq!(progress.rows(), run.rows);
        Ok(run)
    }

    pub(crate) async fn asked(&self) -> Vec<String> {
        let requests = self.0.received_requests().await.unwrap();
        requests.iter().map(|it| it.url.path().to_owned()).collect()
    }
}

/// The answer about one customer: a row of each metric.
pub(crate) fn one_row(metric: Metric) -> ResponseTemplate {
    json(match metric {
        Metric::Usage => r#"{"items":[{"productName":"E3","licensesActive":3,"licensesQualified":4,
                "workloadName":"Exchange","processedDateTime":"2026-10-30T00:00:00+00:00",
                "serviceName":"o365","channel":"reseller","customerId":"not-to-be-relied-on"}]}"#
            .replace(r#","customerId":"not-to-be-relied-on""#, ""),
        Metric::Deployment => {
            r#"{"items":[{"productName":"E3","licensesDeployed":3,"licensesSold":4,
                "processedDateTime":"2026-10-30T00:00:00+00:00","serviceName":"o365",
                "channel":"reseller"}]}"#
                .to_owned()
        }
    })
}

pub(crate) fn nothing(_: Metric) -> ResponseTemplate {
    json(r#"{"items":[]}"#)
}

pub(crate) async fn known(store: &Store) -> Vec<(CustomerId, usize)> {
    let partner = PARTNER.parse().unwrap();
    let facts = store
        .read_snapshot(partner, Metric::Usage.into(), Moment::NEWEST, None, None)
        .await
        .unwrap();
    facts
        .customers()
        .map(|known| (known.id, facts.rows_of(known.id).count()))
        .collect()
}

pub(crate) const ROW: &str = r#"{"processedDateTime":"2026-10-30T00:00:00","workloadCode":"EXO",
    "workloadName":"Exchange","serviceCode":"o365","serviceName":"Microsoft Office 365",
    "channel":"reseller","customerTenantId":"ID","customerName":"C","productId":"P",
    "productName":"E3","licensesActive":1,"licensesQualified":2,"licensesDeployed":1,
    "licensesSold":2}"#;

pub(crate) fn row(number: u32) -> String {
    ROW.replace("ID", &customer(number).to_string())
}

pub(crate) fn page(customers: &[u32], total: u32, next: Option<&str>) -> ResponseTemplate {
    let rows: Vec<String> = customers.iter().map(|number| row(*number)).collect();
    page_of(&rows, total, next)
}

pub(crate) fn page_of(rows: &[String], total: u32, next: Option<&str>) -> ResponseTemplate {
    let next = serde_json::to_string(&next).unwrap();
    let rows = rows.join(",");
    json(format!(
        r#"{{"Value":[{rows}],"@nextLink":{next},"TotalCount":{total}}}"#
    ))
}
