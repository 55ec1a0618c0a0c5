//! Seatwise's endpoints: explanations, coverage, changes, restatements.

use insta::assert_snapshot;
use seatwise_types::extensions::{Changes, Coverage, Explanation, Restatements};
use seatwise_types::wire;

use crate::harness::{DEPLOYMENT_COLUMNS, TestServer, USAGE, USAGE_COLUMNS, partner};

fn row(day: &str, customer: u32, active: u32, qualified: u32) -> String {
    let id = format!("0a000000-0000-4000-8000-{customer:012}");
    format!("{day},Exchange,o365,,reseller,{id},Customer {customer},E3,{active},{qualified}\n")
}

async fn server() -> TestServer {
    let server = TestServer::new().await;
    let first =
        row("2017-03-01", 1, 9, 10) + &row("2017-03-01", 2, 1, 3) + &row("2017-01-01", 3, 7, 7);
    for rows in [
        first,
        row("2017-03-01", 1, 4, 10),
        row("2017-03-02", 2, 5, 4),
    ] {
        server.import(partner(), USAGE_COLUMNS, rows.trim()).await;
    }
    let missing =
        "2017-03-01,o365,,reseller,0a000000-0000-4000-8000-000000000004,Customer 4,E3,1,8";
    server.import(partner(), DEPLOYMENT_COLUMNS, missing).await;
    server.app.refresh_now().await;
    server.advance(std::time::Duration::from_secs(1));
    server
}

const EXPLAIN: &str = "/seatwise/v1/explain?service=o365&channel=reseller&workload=Exchange";

#[tokio::test]
async fn an_explanation_in_pages_makes_the_figure_again() {
    let server = server().await;
    assert_snapshot!(server.get(EXPLAIN).await.text(), @r#"{"metric":"usage","serviceCode":"o365","channel":"reseller","workload":"Exchange","knownAt":"2017-03-15T17:43:11.002Z","tableVersion":3,"numerator":9,"denominator":14,"exactPercent":"450/7","percent":64.29,"processedDateTime":"2017-03-02T00:00:00+00:00","reasons":[{"code":"activeOverQualified","rows":1,"excess":1}],"deliveries":{"totalCount":2,"items":[{"customerId":"0a000000-0000-4000-8000-000000000001","customerName":"Customer 1","processedDate":"2017-03-01","recordedAt":"2017-03-15T17:43:11.001Z","delivery":4,"rows":1,"numerator":4,"denominator":10},{"customerId":"0a000000-0000-4000-8000-000000000002","customerName":"Customer 2","processedDate":"2017-03-02","recordedAt":"2017-03-15T17:43:11.002Z","delivery":5,"rows":1,"numerator":5,"denominator":4}]},"rows":{"totalCount":2,"items":[{"delivery":4,"customerId":"0a000000-0000-4000-8000-000000000001","productName":"E3","workloadName":"Exchange","numerator":4,"denominator":10},{"delivery":5,"customerId":"0a000000-0000-4000-8000-000000000002","productName":"E3","workloadName":"Exchange","numerator":5,"denominator":4}]},"leftOut":{"totalCount":2,"items":[{"reason":"late","customerId":"0a000000-0000-4000-8000-000000000003","customerName":"Customer 3","processedDate":"2017-01-01","recordedAt":"2017-03-15T17:43:11Z","delivery":1,"numerator":7,"denominator":7},{"reason":"superseded","customerId":"0a000000-0000-4000-8000-000000000001","customerName":"Customer 1","processedDate":"2017-03-01","recordedAt":"2017-03-15T17:43:11Z","delivery":2,"numerator":9,"denominator":10}]}}"#);
    // Page after page, with imports in between.
    let mut next = Some(format!("{EXPLAIN}&top=1"));
    let (mut part, mut whole, mut pages) = (0, 0, 0);
    let mut percent = None;
    while let Some(path) = next {
        let answer = server.get(&path).await;
        assert_eq!(answer.head.status, 200, "{}", answer.text());
        let page: Explanation = wire::decode(&answer.body).unwrap();
        part += page.rows.items.iter().map(|row| row.numerator).sum::<u64>();
        whole += page
            .rows
            .items
            .iter()
            .map(|row| row.denominator)
            .sum::<u64>();
        let day = format!("2017-03-1{pages}");
        server
            .import(partner(), USAGE_COLUMNS, row(&day, 9, 1, 100).trim())
            .await;
        next = page.next_link;
        pages += 1;
        percent = page.percent;
    }
    assert_eq!((part, whole, pages), (9, 14, 2));
    // Half away from zero, in integers.
    let hundredths = (part * 20_000 + whole) / (2 * whole);
    assert_eq!(
        percent.map(f64::to_bits),
        Some((hundredths as f64 / 100.0).to_bits())
    );
}

#[tokio::test]
async fn the_figure_that_is_explained_is_the_one_of_partner_center_s_answer() {
    let server = server().await;
    let explained: Explanation = wire::decode(&server.get(EXPLAIN).await.body).unwrap();
    let percent = format!(
        "\"proratedLicensesUsagePercent\":{:?},",
        explained.percent.unwrap()
    );
    assert!(server.get(USAGE).await.text().contains(&percent));
}

#[tokio::test]
async fn who_is_missing() {
    let server = server().await;
    assert_snapshot!(server.get("/seatwise/v1/coverage").await.text(), @r#"{"metric":"usage","knownAt":"2017-03-15T17:43:11.003Z","services":[{"serviceCode":"o365","channel":"reseller","expected":4,"current":2,"late":1,"missing":1,"oldestProcessedDate":"2017-03-01","newestProcessedDate":"2017-03-02","lastRecordedAt":"2017-03-15T17:43:11.002Z","currentSeats":14,"lateSeats":7,"lateShare":33.33,"missingSeats":8,"missingShare":100.0}],"leftOut":{"totalCount":2,"items":[{"serviceCode":"o365","channel":"reseller","customerId":"0a000000-0000-4000-8000-000000000003","customerName":"Customer 3","reason":"late","processedDate":"2017-01-01","seats":7},{"serviceCode":"o365","channel":"reseller","customerId":"0a000000-0000-4000-8000-000000000004","customerName":"Customer 4","reason":"missing","seats":8}]}}"#);
    let page = server.get("/seatwise/v1/coverage?top=1").await;
    let page: Coverage = wire::decode(&page.body).unwrap();
    let next: Coverage = wire::decode(&server.get(&page.next_link.unwrap()).await.body).unwrap();
    assert_eq!(next.left_out.total_count, 2);
    assert_eq!(next.left_out.items[0].customer_name, "Customer 4");
    assert_eq!(next.next_link, None);
}

#[tokio::test]
async fn what_changed() {
    let server = server().await;
    let path = "/seatwise/v1/changes?from=2017-03-01&to=2017-03-02";
    let known = "fromKnownAt=2017-03-15T17:43:11Z";
    assert_snapshot!(server.get(&format!("{path}&{known}")).await.text(), @r#"{"metric":"usage","from":"2017-03-01","to":"2017-03-02","fromKnownAt":"2017-03-15T17:43:11Z","changes":[{"serviceCode":"o365","channel":"reseller","workloadName":"Exchange","from":{"numerator":10,"denominator":13,"percent":76.92},"to":{"numerator":9,"denominator":14,"percent":64.29},"points":-12.63,"steps":[{"cause":"restated","customers":1,"numerator":-5,"denominator":0,"points":-38.46},{"cause":"late","customers":0,"numerator":0,"denominator":0,"points":0.0},{"cause":"newCustomers","customers":0,"numerator":0,"denominator":0,"points":0.0},{"cause":"lostCustomers","customers":0,"numerator":0,"denominator":0,"points":0.0},{"cause":"seats","customers":1,"numerator":0,"denominator":1,"points":-2.75},{"cause":"use","customers":1,"numerator":4,"denominator":0,"points":28.58}]}]}"#);
    let now: Changes = wire::decode(&server.get(path).await.body).unwrap();
    assert_eq!(now.changes[0].steps[0].points, 0.0);
    let restated = "/seatwise/v1/changes/restatements?from=2017-03-01&to=2017-03-02";
    assert_snapshot!(server.get(restated).await.text(), @r#"{"metric":"usage","from":"2017-03-01","to":"2017-03-02","knownAt":"2017-03-15T17:43:11.002Z","units":{"totalCount":1,"items":[{"serviceCode":"o365","channel":"reseller","customerId":"0a000000-0000-4000-8000-000000000001","customerName":"Customer 1","processedDate":"2017-03-01","versions":[{"delivery":2,"recordedAt":"2017-03-15T17:43:11Z","rows":1,"numerator":9,"denominator":10},{"delivery":4,"recordedAt":"2017-03-15T17:43:11.001Z","rows":1,"numerator":4,"denominator":10}]}]}}"#);
    let early = server
        .get(&format!("{restated}&knownAt=2017-03-15T17:43:11Z"))
        .await;
    let early: Restatements = wire::decode(&early.body).unwrap();
    assert_eq!(early.units.total_count, 0);
}

#[tokio::test]
async fn what_cannot_be_asked() {
    let server = server().await;
    let mut shown = String::new();
    for path in [
        "explain",
        "explain?service=o365",
        "explain?service=crm&channel=reseller",
        "explain?service=o365&channel=reseller&top=1001",
        "explain?service=o365&channel=reseller&skip=-1",
        "explain?service=o365&channel=reseller&metric=deployment&workload=EXO",
        "coverage?metric=seats",
        "coverage?workload=EXO",
        "coverage?metric=deployment&product=E3",
        "changes?from=2017-03-01",
        "changes?from=2017-03-01&to=2017-03-02&product=E3",
        "changes/restatements?from=2017-03-02&to=2017-03-01",
        "changes/restatements?from=2017-03-01&to=2017-03-02&workload=EXO",
        "forecast",
    ] {
        shown += &server.get(&format!("/seatwise/v1/{path}")).await.short();
        shown += "\n";
    }
    let long = "x".repeat(129);
    shown += &server
        .get(&format!("{EXPLAIN}&product={long}"))
        .await
        .short();
    assert_snapshot!(shown, @r#"
    400 Bad Request
    {"code":3000,"description":"service: a code such as `o365` is expected","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"channel: a channel such as `reseller` is expected","data":[],"source":"PartnerApiServiceControllers"}
    404 Not Found
    {"code":1000,"description":"nothing was delivered of this service, channel and customer","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"top: a whole number from 1 to 1000 is expected","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"skip: `-1` is not a whole number from 0 to 2147483647","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"workload: deployment has no workloads","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"metric: `seats` is none of usage, deployment","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"workload: a customer's delivery is there with all workloads and products, or not at all","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"product: a customer's delivery is there with all workloads and products, or not at all","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"to: a date such as `2026-10-31` or a month such as `2026-10` is expected","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"product: changes have no products; `history?by=product` has figures of products","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"to: from 2017-03-02 to 2017-03-01 is not a span of 1 to 3653 days","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"workload: a delivery is restated as a whole, with all workloads and products","data":[],"source":"PartnerApiServiceControllers"}
    404 Not Found
    {"code":1000,"description":"no such resource","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"product: at most 128 letters are expected","data":[],"source":"PartnerApiServiceControllers"}
    "#);
    // Another customer has no services.
    let other = "/seatwise/v1/coverage?customer=0a000000-0000-4000-8000-000000000009";
    assert!(server.get(other).await.text().contains("\"services\":[]"));
}
