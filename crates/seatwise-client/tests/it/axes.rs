//! The two axes of time, and Seatwise's extensions.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use seatwise_client::ErrorKind;
use seatwise_types::extensions::{By, IdleShow, IdleSort, Metric, Month, Step};
use wiremock::MockServer;

use crate::support::{PARTNER_USAGE, USAGE_PATH, client, json, server, server_with};

fn day() -> Date {
    date(2026, 10, 31)
}

fn instant() -> Timestamp {
    "2026-11-05T08:00:00Z".parse().unwrap()
}

/// The requests so far: path and query.
async fn asked(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    let of = |url: &url::Url| format!("{}?{}", url.path(), url.query().unwrap_or_default());
    requests.iter().map(|request| of(&request.url)).collect()
}

#[tokio::test]
async fn a_point_on_the_axes() {
    let answer = json(PARTNER_USAGE).insert_header("Seatwise-Axes", "asOf=2026-10-31");
    let server = server(USAGE_PATH, answer).await;
    let partner = client(&server.uri());
    let usage = partner.analytics().licenses().usage();
    usage.as_of(day()).known_at(instant()).get().await.unwrap();
    assert_eq!(
        asked(&server).await,
        [format!(
            "{USAGE_PATH}?asOf=2026-10-31&knownAt=2026-11-05T08%3A00%3A00Z"
        )]
    );
}

#[tokio::test]
async fn a_service_without_a_history_answers_for_today_which_is_an_error() {
    let server = server_with(USAGE_PATH, PARTNER_USAGE).await;
    let partner = client(&server.uri());
    let usage = partner.analytics().licenses().usage();
    let err = usage.as_of(day()).get().await.unwrap_err();
    assert!(matches!(err.kind(), ErrorKind::Decode { .. }));
    assert_eq!(
        err.to_string(),
        "the service keeps no history: it answered for today"
    );
    assert!(usage.get().await.is_ok());
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one call for each parameter")]
async fn every_parameter_of_our_own_calls() {
    let server = MockServer::start().await;
    let partner = client(&server.uri());
    let own = partner.seatwise();
    let customer = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse().unwrap();
    let (from, to) = (date(2026, 10, 1), day());
    let history = own
        .history(from, to)
        .metric(Metric::Deployment)
        .by(By::Product);
    let history = history
        .step(Step::Week)
        .channel("direct")
        .product("E3")
        .customer(customer);
    assert!(
        history
            .known_at(instant())
            .get()
            .await
            .unwrap_err()
            .is_not_found()
    );
    let explain = own
        .explain("o365", "reseller")
        .workload("Exchange & Co")
        .as_of(to);
    assert!(
        explain
            .top(5)
            .skip(10)
            .get()
            .await
            .unwrap_err()
            .is_not_found()
    );
    let coverage = own.coverage().service("crm").customer(customer);
    let coverage = coverage.known_at(instant()).top(1);
    assert!(coverage.get().await.unwrap_err().is_not_found());
    let changes = own
        .changes(from, to)
        .from_known_at(instant())
        .to_known_at(instant());
    assert!(changes.get().await.unwrap_err().is_not_found());
    let later_page = own.restatements(from, to).customer(customer).skip(3);
    assert!(later_page.get().await.unwrap_err().is_not_found());
    let month: Month = "2026-09".parse().unwrap();
    let monthly = own.monthly().customer(customer).product("SALES");
    let one = monthly.clone().metric(Metric::Deployment).month(month);
    assert!(one.get().await.unwrap_err().is_not_found());
    let several = monthly.known_at(instant()).months(month, Month::of(day()));
    assert!(several.get().await.unwrap_err().is_not_found());
    let idle = own
        .idle()
        .sort(IdleSort::Exposure)
        .show(IdleShow::All)
        .worth(false);
    let idle = idle
        .service("o365")
        .product("E3")
        .as_of(to)
        .known_at(instant())
        .top(5)
        .skip(10);
    assert!(idle.get().await.unwrap_err().is_not_found());
    assert!(
        own.idle()
            .customer(customer)
            .get()
            .await
            .unwrap_err()
            .is_not_found()
    );
    let newest = own.monthly().service("o365").workload("Exchange");
    assert!(newest.get().await.unwrap_err().is_not_found());
    insta::assert_snapshot!(asked(&server).await.join("\n"), @"
    /seatwise/v1/history?metric=deployment&by=product&from=2026-10-01&to=2026-10-31&step=week&channel=direct&customer=4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04&product=E3&knownAt=2026-11-05T08%3A00%3A00Z
    /seatwise/v1/explain?metric=usage&service=o365&channel=reseller&workload=Exchange%20%26%20Co&asOf=2026-10-31&top=5&skip=10
    /seatwise/v1/coverage?metric=usage&service=crm&customer=4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04&knownAt=2026-11-05T08%3A00%3A00Z&top=1
    /seatwise/v1/changes?metric=usage&from=2026-10-01&to=2026-10-31&fromKnownAt=2026-11-05T08%3A00%3A00Z&toKnownAt=2026-11-05T08%3A00%3A00Z
    /seatwise/v1/changes/restatements?metric=usage&from=2026-10-01&to=2026-10-31&customer=4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04&skip=3
    /seatwise/v1/monthly?metric=deployment&month=2026-09&customer=4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04&product=SALES
    /seatwise/v1/monthly?metric=usage&from=2026-09&to=2026-10&customer=4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04&product=SALES&knownAt=2026-11-05T08%3A00%3A00Z
    /seatwise/v1/idle?sort=exposure&show=all&worth=false&service=o365&product=E3&asOf=2026-10-31&knownAt=2026-11-05T08%3A00%3A00Z&top=5&skip=10
    /seatwise/v1/idle?customer=4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
    /seatwise/v1/monthly?metric=usage&service=o365&workload=Exchange
    ");
}
