//! Idle seats and their price: rows of both metrics, prices and a policy in one response.

use insta::assert_snapshot;
use seatwise_types::extensions::{Idle, IdleFileKind};
use seatwise_types::wire;

use crate::harness::{DEPLOYMENT_COLUMNS, TestServer, USAGE_COLUMNS, partner, start};

const PRICES: &str = "product,currency,pricePerSeatMonth,validFrom\nE3,EUR,10,2017-01-01\n";

fn deployed(day: &str, customer: u32, deployed: u32, sold: u32) -> String {
    let id = format!("0a000000-0000-4000-8000-{customer:012}");
    format!("{day},o365,,reseller,{id},Customer {customer},E3,{deployed},{sold}\n")
}

fn used(day: &str, customer: u32, active: u32, qualified: u32) -> String {
    let id = format!("0a000000-0000-4000-8000-{customer:012}");
    format!("{day},Exchange,o365,,reseller,{id},Customer {customer},E3,{active},{qualified}\n")
}

/// Customers with 6, 4 and 2 unassigned seats, one with two over-assigned seats, and one that is
/// late.
async fn server() -> TestServer {
    let server = TestServer::new().await;
    // Seats that were sold a month ago are not new.
    let rows = (1..=4).map(|customer| deployed("2017-02-01", customer, 0, 10));
    let rows: String = rows.collect();
    server
        .import(partner(), DEPLOYMENT_COLUMNS, rows.trim())
        .await;
    let rows = deployed("2017-03-01", 1, 4, 10)
        + &deployed("2017-03-01", 2, 6, 10)
        + &deployed("2017-03-01", 3, 8, 10)
        + &deployed("2017-03-01", 4, 12, 10)
        + &deployed("2017-01-01", 5, 0, 99);
    server
        .import(partner(), DEPLOYMENT_COLUMNS, rows.trim())
        .await;
    let rows = used("2017-03-01", 1, 3, 4) + &used("2017-03-01", 6, 1, 2);
    server.import(partner(), USAGE_COLUMNS, rows.trim()).await;
    server.advance(std::time::Duration::from_secs(60));
    server
}

async fn set(server: &TestServer, kind: IdleFileKind, text: &str) {
    let now = start() + jiff::SignedDuration::from_secs(10);
    let set = server
        .store
        .set_idle_file(partner(), kind, text.into(), now, false);
    set.await.unwrap();
}

async fn ask(server: &TestServer, path: &str) -> Idle {
    let answer = server.get(path).await;
    assert_eq!(answer.head.status, 200, "{path}: {}", answer.text());
    wire::decode(&answer.body).unwrap()
}

#[tokio::test]
async fn an_answer_has_totals_and_rows_with_all_that_they_are_made_of() {
    let server = server().await;
    set(&server, IdleFileKind::Prices, PRICES).await;
    let policy = "buffer = 1\n[[exclusions]]\ncustomer = \"Customer 3\"\nkind = \"inventory\"\n\
                  reason = \"stock\"\n[[buffers]]\nproduct = \"E9\"\nbuffer = 3\n";
    set(&server, IdleFileKind::Policy, policy).await;
    let answer = server.get("/seatwise/v1/idle").await.text();
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&answer).unwrap());
}

#[tokio::test]
async fn pages_keep_rows_and_prices_of_the_first_one() {
    let server = server().await;
    set(&server, IdleFileKind::Prices, PRICES).await;
    let whole = ask(&server, "/seatwise/v1/idle?sort=customer").await;
    let mut next = Some("/seatwise/v1/idle?sort=customer&top=2".to_owned());
    let (mut rows, mut pages) = (Vec::new(), 0);
    while let Some(path) = next {
        let page = ask(&server, &path).await;
        assert_eq!((page.totals, &page.worth), (whole.totals, &whole.worth));
        assert_eq!(page.known_at, whole.known_at);
        rows.extend(page.rows.items);
        next = page.next_link;
        // Meanwhile prices rise and seats are added.
        pages += 1;
        set(
            &server,
            IdleFileKind::Prices,
            &PRICES.replace("10", &format!("2{pages}")),
        )
        .await;
        let more = deployed(&format!("2017-03-0{}", pages + 1), 9, 0, 50);
        server
            .import(partner(), DEPLOYMENT_COLUMNS, more.trim())
            .await;
    }
    assert_eq!((rows, pages), (whole.rows.items, 3));
    let now = ask(&server, "/seatwise/v1/idle?show=all").await;
    assert_eq!(
        (now.totals.new, now.totals.unassigned),
        (50, whole.totals.unassigned + 50)
    );
    assert_ne!(now.worth[0].exposure, whole.worth[0].exposure);
}

#[tokio::test]
async fn the_figures_of_customers_add_up_to_those_of_all() {
    let server = server().await;
    set(&server, IdleFileKind::Prices, PRICES).await;
    let all = ask(&server, "/seatwise/v1/idle").await;
    let mut idle = 0;
    for customer in 1..=6 {
        let path = format!("/seatwise/v1/idle?customer=0a000000-0000-4000-8000-{customer:012}");
        let one = ask(&server, &path).await;
        idle += one.totals.idle;
        let late: u64 = one.coverage.iter().map(|it| it.deployment.late).sum();
        assert_eq!(late, u64::from(customer == 5));
    }
    assert_eq!((idle, all.totals.idle), (12, 12));
    assert_eq!(all.coverage[0].deployment.late, 1);
    assert_eq!(all.coverage[0].deployment.missing, 1);
    let none = ask(&server, "/seatwise/v1/idle?service=crm").await;
    assert_eq!((none.totals.rows, none.coverage.len()), (0, 0));
    let early = ask(&server, "/seatwise/v1/idle?asOf=2017-01-31").await;
    assert_eq!(early.totals.idle, 99);
}

#[tokio::test]
async fn a_damaged_price_file_is_an_error_and_never_no_price() {
    let server = server().await;
    set(&server, IdleFileKind::Prices, PRICES).await;
    let folder = server
        .store
        .work_dir()
        .join(format!("partners/{}/idle", partner()));
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    std::fs::write(file.path(), PRICES.replace("10", "11")).unwrap();
    let answer = server.get("/seatwise/v1/idle").await;
    assert_eq!(answer.head.status, 500);
    assert!(
        answer
            .text()
            .contains("the file of prices that was set at 2017-03-15T"),
        "{}",
        answer.text()
    );
    assert!(
        answer.text().contains("seatwise idle prices set"),
        "{}",
        answer.text()
    );
    assert!(!answer.text().contains("partners/"), "{}", answer.text());
    let seats = ask(&server, "/seatwise/v1/idle?worth=false").await;
    assert_eq!((seats.totals.idle, seats.totals.unpriced), (12, 12));
    assert_eq!(seats.prices, None);
    // The next file replaces it.
    set(&server, IdleFileKind::Prices, &PRICES.replace("10", "12")).await;
    let now = ask(&server, "/seatwise/v1/idle").await;
    assert_eq!(now.worth[0].exposure.to_string(), "144.00");
}

#[tokio::test]
async fn what_cannot_be_asked_of_idle_seats() {
    let server = server().await;
    let mut shown = String::new();
    for query in [
        "sort=price",
        "show=none",
        "worth=maybe",
        "workload=EXO",
        "top=0",
        "customer=Contoso",
    ] {
        let answer = server.get(&format!("/seatwise/v1/idle?{query}")).await;
        shown.push_str(&format!(
            "{query}: {} {}\n",
            answer.head.status,
            answer.text()
        ));
    }
    assert_snapshot!(shown);
}
