//! Each link of the call chain, with the documented answers.

use std::fmt::Debug;

use seatwise_client::{Credential, Error, PartnerOperations};
use seatwise_types::{Collection, CustomerId, ServiceCode, wire};
use serde::Serialize;

use crate::support::{PARTNER_USAGE, USAGE_PATH, client, server_with};

const CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

fn customer() -> CustomerId {
    CUSTOMER.to_uppercase().parse().unwrap()
}

/// Asserts that an answer is complete.
#[track_caller]
fn check<T: Debug + Serialize>(answer: Result<Collection<T>, Error>, sample: &str) {
    assert_eq!(
        String::from_utf8(wire::encode(&answer.unwrap())).unwrap(),
        sample
    );
}

#[tokio::test]
async fn partner_usage() {
    let server = server_with(USAGE_PATH, PARTNER_USAGE).await;
    let partner = client(&server.uri());
    let answer = partner.analytics().licenses().usage().get().await;
    check(answer, PARTNER_USAGE);
}

#[tokio::test]
async fn partner_usage_after_a_byte_order_mark() {
    let body = format!("\u{feff}{PARTNER_USAGE}");
    assert_eq!(body.len(), 1156);
    let server = server_with(USAGE_PATH, body).await;
    let partner = client(&server.uri());
    let answer = partner.analytics().licenses().usage().get().await.unwrap();
    assert_eq!(answer.total_count, 5);
    assert_eq!(answer.items[0].service_name, ServiceCode::Crm);
    assert_eq!(answer.items[4].workload_name, "Skype For Business");
    check(Ok(answer), PARTNER_USAGE);
}

#[tokio::test]
async fn partner_deployment() {
    let sample = include_str!("../../../seatwise-types/tests/fixtures/partner-deployment.json");
    let server = server_with("/v1/analytics/licenses/deployment", sample).await;
    let partner = client(&server.uri());
    check(
        partner.analytics().licenses().deployment().get().await,
        sample,
    );
}

#[tokio::test]
async fn customer_usage() {
    let sample = include_str!("../../../seatwise-types/tests/fixtures/customer-usage.json");
    let path = format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage");
    let server = server_with(&path, sample).await;
    let partner = client(&server.uri());
    check(
        partner
            .customers()
            .by_id(customer())
            .analytics()
            .licenses()
            .usage()
            .get()
            .await,
        sample,
    );
}

#[tokio::test]
async fn customer_deployment() {
    let sample = include_str!("../../../seatwise-types/tests/fixtures/customer-deployment.json");
    let path = format!("/v1/customers/{CUSTOMER}/analytics/licenses/deployment");
    let server = server_with(&path, sample).await;
    let partner = client(&server.uri());
    check(
        partner
            .customers()
            .by_id(customer())
            .analytics()
            .licenses()
            .deployment()
            .get()
            .await,
        sample,
    );
}

#[tokio::test]
async fn raw() {
    let server = server_with("/v1/customers", "\u{feff}{}").await;
    let body = client(&server.uri())
        .get_raw("/v1/customers?size=40")
        .await
        .unwrap();
    assert_eq!(body, b"\xEF\xBB\xBF{}");
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests[0].url.query(), Some("size=40"));
}

#[test]
fn everything_may_move_between_threads() {
    fn check<T: Send>(value: T) -> T {
        value
    }
    let partner = check(client("http://localhost"));
    drop(check(partner.analytics().licenses().usage().get()));
    drop(check(partner.get_raw("/")));
    let err = check(
        PartnerOperations::builder(Credential::token(""))
            .build()
            .unwrap_err(),
    );
    let _: Box<dyn std::error::Error + Send + Sync> = err.into();
}
