//! Erased data is in no response any more, whichever process erased it.

use axum::body::Body;
use seatwise_store::{Erase, Kind, Store};
use seatwise_types::{Collection, CommercialPage, Customer, LicensesUsageRow, wire};

use crate::harness::{
    Answer, DEPLOYMENT_COLUMNS, TestServer, USAGE, USAGE_COLUMNS, get, partner, start,
};

const COMMERCIAL: &str = "/v1/analytics/commercial/usage/license";

fn customer(number: u32) -> String {
    format!("0a000000-0000-4000-8000-{number:012}")
}

fn usage(day: &str, number: u32) -> String {
    let id = customer(number);
    format!(
        "{day},Exchange,o365,,reseller,{id},Customer {number},E3,1,{}\n",
        10 * number
    )
}

/// Three customers with two days each.
async fn server() -> TestServer {
    let server = TestServer::new().await;
    for day in ["2017-01-01", "2017-03-09"] {
        let rows: String = (1..=3).map(|number| usage(day, number)).collect();
        server.import(partner(), USAGE_COLUMNS, rows.trim()).await;
    }
    let sold: String = (1..=3)
        .map(|number| {
            let id = customer(number);
            format!("2017-03-09,o365,,reseller,{id},Customer {number},E3,1,10\n")
        })
        .collect();
    server
        .import(partner(), DEPLOYMENT_COLUMNS, sold.trim())
        .await;
    server.app.refresh_now().await;
    server.advance(std::time::Duration::from_secs(60));
    server
}

/// Erases like another process.
async fn erase(server: &TestServer, what: Erase) {
    let elsewhere = Store::open(server.store.work_dir()).unwrap();
    for kind in [Kind::Usage, Kind::Deployment] {
        let erased = elsewhere.erase(partner(), kind, what, start(), false);
        erased.await.unwrap();
    }
}

fn assert_gone(answer: &Answer) {
    insta::allow_duplicates! {
        insta::assert_snapshot!(answer.short(), @r#"
        400 Bad Request
        {"code":3000,"description":"the page belongs to a list that is gone: begin again with its first page","data":[],"source":"PartnerApiServiceControllers"}
        "#);
    }
}

#[tokio::test]
async fn links_of_before_an_erasure_are_those_of_versions_that_are_gone() {
    let server = server().await;
    let mut links = Vec::new();
    for query in ["?top=1", "?top=1&processedDateTime=2017-03-09"] {
        let first = server.get(&format!("{COMMERCIAL}{query}")).await;
        let first: CommercialPage<LicensesUsageRow> = wire::decode(&first.body).unwrap();
        let next = first.next_link.unwrap();
        // The page is now in memory.
        assert!(server.get(&next).await.text().contains("Customer 2"));
        links.push(next);
    }
    let list = server.get("/v1/customers?size=1").await;
    let list: Collection<Customer> = wire::decode(&list.body).unwrap();
    let token = list.continuation_token.unwrap();
    let next = || {
        let request = get("/v1/customers?seekOperation=Next");
        let request = request.header("MS-ContinuationToken", &token);
        server.send(request.body(Body::empty()).unwrap())
    };
    assert!(next().await.text().contains("Customer 2"));
    let licenses = format!("/v1/customers/{}/analytics/licenses/usage", customer(2));
    let known = format!("{licenses}?asOf=2017-03-09&knownAt=2017-03-15T17:43:30Z");
    for path in [&licenses, &known] {
        assert_eq!(server.get(path).await.head.status, 200);
    }

    erase(&server, Erase::Customer(customer(2).parse().unwrap())).await;
    for link in &links {
        assert_gone(&server.get(link).await);
    }
    assert_gone(&next().await);
    for path in [&licenses, &known] {
        assert_eq!(server.get(path).await.head.status, 404, "{path}");
    }
    for path in [
        COMMERCIAL,
        "/v1/customers",
        "/seatwise/v1/explain?service=o365&channel=reseller",
        "/seatwise/v1/history?by=customer&from=2017-01-01&to=2017-03-10",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.head.status, 200, "{}", answer.text());
        assert!(!answer.text().contains("Customer 2"), "{}", answer.text());
        assert!(answer.text().contains("Customer 3"), "{}", answer.text());
    }
    let coverage = server.get("/seatwise/v1/coverage").await.text();
    assert!(
        coverage.contains(r#""expected":2,"current":2,"#),
        "{coverage}"
    );
}

#[tokio::test]
async fn published_figures_are_without_what_was_erased() {
    let server = server().await;
    // First three of 60 seats, then two of 30.
    assert!(server.get(USAGE).await.text().contains("Percent\":5.0,"));
    erase(&server, Erase::Customer(customer(3).parse().unwrap())).await;
    server.app.refresh_now().await;
    let answer = server.get(USAGE).await.text();
    assert!(answer.contains("Percent\":6.67,"), "{answer}");
}

#[tokio::test]
async fn days_that_were_erased_are_in_no_answer() {
    let server = server().await;
    let old = format!("{COMMERCIAL}?top=1&processedDateTime=2017-01-01");
    let first = server.get(&old).await;
    let first: CommercialPage<LicensesUsageRow> = wire::decode(&first.body).unwrap();
    let next = first.next_link.unwrap();
    assert_eq!(server.get(&next).await.head.status, 200);
    erase(&server, Erase::Before("2017-02-01".parse().unwrap())).await;
    assert_gone(&server.get(&next).await);
    let now = server.get(&old).await.text();
    assert!(now.contains(r#""TotalCount":0"#), "{now}");
}
