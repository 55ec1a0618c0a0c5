//! The two axes of time as parameters, and histories.

use axum::body::Body;
use http::Request;
use insta::assert_snapshot;

use crate::customers::CUSTOMER;
use crate::harness::{DEPLOYMENT, TestServer, USAGE, USAGE_COLUMNS, partner};
#[cfg(unix)]
use crate::permissions;

fn row(day: &str, active: u32) -> String {
    format!("{day},Exchange,o365,,reseller,{CUSTOMER},Contoso,E3,{active},10")
}

/// Three imports, a millisecond apart. The second restates the first.
async fn server() -> TestServer {
    let server = TestServer::new().await;
    for row in [
        row("2017-03-09", 5),
        row("2017-03-09", 4),
        row("2017-03-11", 9),
    ] {
        server.import(partner(), USAGE_COLUMNS, &row).await;
    }
    server.app.refresh_now().await;
    server
}

fn percents(body: &str) -> Vec<String> {
    let percents = body.split("Percent\":").skip(1);
    let percents = percents.map(|rest| rest.split(',').next().unwrap().to_owned());
    percents.collect()
}

#[tokio::test]
async fn partner_center_s_answers_of_another_day_and_instant() {
    let server = server().await;
    let customer = format!("/v1/customers/{CUSTOMER}/analytics/licenses/usage");
    for path in [USAGE, customer.as_str()] {
        for (query, expected) in [
            ("", "90.0"),
            ("?asOf=2017-03-10", "40.0"),
            ("?asOf=9999-12-31", "90.0"),
            ("?ASOF=2017-03-10T23:00:00-05:00", "90.0"),
            ("?knownat=2017-03-15T17:43:11Z", "50.0"),
            (
                "?knownAt=2017-03-15T18:43:11.0019%2B01:00&asOf=2017-03-09",
                "40.0",
            ),
            ("?knownAt=2017-03-15T17:43:11.000Z&asOf=&x=1&x=2", "50.0"),
        ] {
            server.advance(std::time::Duration::from_millis(3));
            let answer = server.get(&format!("{path}{query}")).await;
            assert_eq!(answer.head.status, 200, "{path}{query}: {}", answer.text());
            assert_eq!(percents(&answer.text()), [expected], "{path}{query}");
            assert_eq!(answer.header("seatwise-axes").is_empty(), query.is_empty());
            let tag = answer.header("etag").to_owned();
            let request =
                crate::harness::get(&format!("{path}{query}")).header("If-None-Match", tag);
            let again = server.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(again.head.status, 304);
        }
    }
    let answer = server
        .get(&format!(
            "{USAGE}?asOf=2017-03-09&knownAt=2017-03-15T17:43:11Z"
        ))
        .await;
    assert_eq!(
        answer.header("seatwise-axes"),
        "asOf=2017-03-09; knownAt=2017-03-15T17:43:11Z"
    );
    assert_snapshot!(answer.text(), @r#"<mark>{"totalCount":1,"items":[{"proratedLicensesUsagePercent":50.0,"workloadName":"Exchange","processedDateTime":"2017-03-09T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"PartnerLicensesUsageInsights"}}],"attributes":{"objectType":"Collection"}}"#);
    // Nothing was known of the customer, and no deployment at all.
    let before = server.get(&format!("{customer}?asOf=2017-03-08")).await;
    assert_eq!(before.head.status, 404);
    let nothing = server
        .get(&format!("{DEPLOYMENT}?knownAt=2017-03-15T17:43:11Z"))
        .await;
    assert!(nothing.text().contains("\"totalCount\":0"));
}

#[cfg(unix)]
#[tokio::test]
async fn on_a_disk_that_cannot_be_written_to_what_is_settled_is_answered_and_the_rest_is_not() {
    let name =
        "on_a_disk_that_cannot_be_written_to_what_is_settled_is_answered_and_the_rest_is_not";
    if !permissions::bind(&format!("axes::{name}")) {
        return;
    }
    let server = server().await;
    server.advance(std::time::Duration::from_secs(1));
    permissions::set_writable(server.store.work_dir(), false);
    let settled = server
        .get(&format!("{USAGE}?knownAt=2017-03-15T17:43:11.002Z"))
        .await;
    let unsettled = server
        .get(&format!("{USAGE}?knownAt=2017-03-15T17:43:11.5Z"))
        .await;
    let today = server.get(USAGE).await;
    permissions::set_writable(server.store.work_dir(), true);
    let mended = server
        .get(&format!("{USAGE}?knownAt=2017-03-15T17:43:11.5Z"))
        .await;
    for answer in [settled, today, mended] {
        assert_eq!(answer.head.status, 200, "{}", answer.text());
        assert_eq!(percents(&answer.text()), ["90.0"]);
    }
    assert_snapshot!(unsettled.short(), @r#"
    503 Service Unavailable
    {"code":800003,"description":"knownAt: the data folder cannot be written to, so what was known at `2017-03-15T17:43:11.5Z` may still change; ask for an instant before the last import, or again when the folder can be written to","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn what_is_no_point_on_an_axis_is_refused() {
    let server = server().await;
    let mut shown = String::new();
    for query in [
        "asOf=yesterday",
        "knownAt=2017-03-15",
        "knownAt=2017-03-15T17:43:12Z",
        "asOf=2017-03-09&AsOf=2017-03-09",
    ] {
        shown += &server.get(&format!("{USAGE}?{query}")).await.short();
        shown += "\n";
    }
    assert_snapshot!(shown, @r#"
    400 Bad Request
    {"code":3000,"description":"asOf: `yesterday` is not a date such as `2026-10-31`","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"knownAt: `2017-03-15` is not an instant such as `2026-11-05T08:00:00Z`","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"knownAt: `2017-03-15T17:43:12Z` is in the future: it is 2017-03-15T17:43:11Z now","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"the parameter `AsOf` is there twice","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}

#[tokio::test]
async fn a_parameter_of_odata_is_refused_where_others_are_ignored() {
    let server = server().await;
    let refused = server.get(&format!("{USAGE}?$filter=x")).await.short();
    let said = "there is no parameter `$filter`: names are written without the `$` here";
    assert!(refused.starts_with("400 Bad Request\n"), "{refused}");
    assert!(refused.contains(said), "{refused}");
    let other = server.get(&format!("{USAGE}?filter=x")).await;
    assert_eq!(other.head.status, 200);
}

#[tokio::test]
async fn an_answer_without_axes_is_that_of_today() {
    let server = server().await;
    let answer = server.get(USAGE).await;
    let other = server
        .get(&format!("{USAGE}?asof=&knownAt=&top=1&top=2"))
        .await;
    assert_eq!(answer.body, other.body);
    assert_eq!(other.header("seatwise-axes"), "");
    // Each of these two parameters must occur at most once.
    let anonymous = Request::get(format!("{USAGE}?asOf=x")).body(Body::empty());
    assert_eq!(server.send(anonymous.unwrap()).await.head.status, 401);
}

#[tokio::test]
async fn figures_over_time() {
    let server = server().await;
    let path = "/seatwise/v1/history?from=2017-03-09&to=2017-03-11";
    assert_snapshot!(server.get(&format!("{path}&by=workload")).await.text(), @r#"{"metric":"usage","by":"workload","step":"day","from":"2017-03-09","to":"2017-03-11","knownAt":"2017-03-15T17:43:11.002Z","series":[{"serviceCode":"o365","channel":"reseller","workloadName":"Exchange","points":[{"date":"2017-03-09","numerator":4,"denominator":10,"percent":40.0,"processedDateTime":"2017-03-09T00:00:00+00:00"},{"date":"2017-03-10","gap":"noDelivery"},{"date":"2017-03-11","numerator":9,"denominator":10,"percent":90.0,"processedDateTime":"2017-03-11T00:00:00+00:00"}]}]}"#);
    let known = server
        .get(&format!("{path}&knownAt=2017-03-15T17:43:11Z&by=customer"))
        .await;
    assert_snapshot!(known.text(), @r#"{"metric":"usage","by":"customer","step":"day","from":"2017-03-09","to":"2017-03-11","knownAt":"2017-03-15T17:43:11Z","series":[{"serviceCode":"o365","channel":"reseller","customerId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","customerName":"Contoso","points":[{"date":"2017-03-09","numerator":5,"denominator":10,"percent":50.0,"processedDateTime":"2017-03-09T00:00:00+00:00"},{"date":"2017-03-10","gap":"noDelivery"},{"date":"2017-03-11","gap":"noDelivery"}]}]}"#);
    let mut shown = String::new();
    for query in [
        "",
        "?from=2017-03-09",
        "?from=2017-03-09&to=2017-03-08",
        "?from=2017-03-09&to=2017-03-09&step=hour",
        "?from=2017-03-09&to=2017-03-09&metric=deployment&by=workload",
        "?from=2017-03-09&to=2017-03-09&customer=contoso",
    ] {
        shown += &server
            .get(&format!("/seatwise/v1/history{query}"))
            .await
            .short();
        shown += "\n";
    }
    assert_snapshot!(shown, @r#"
    400 Bad Request
    {"code":3000,"description":"from: a date such as `2026-10-31` is expected","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"to: a date such as `2026-10-31` is expected","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"to: from 2017-03-09 to 2017-03-08 is not a span of 1 to 3653 days","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"step: `hour` is none of day, week, month","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"by: deployment has no workloads","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"customer: `contoso` is not a GUID like `4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04`","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}
