//! The customers who moved a figure, and months instead of days: `/seatwise/v1/changes`.

use insta::assert_snapshot;
use seatwise_types::extensions::{Changes, CustomerChange};
use seatwise_types::wire;

use crate::harness::{TestServer, USAGE_COLUMNS, partner};

fn row(day: &str, customer: u32, active: u32) -> String {
    let id = format!("0a000000-0000-4000-8000-{customer:012}");
    format!("{day},Exchange,o365,,reseller,{id},Customer {customer},E3,{active},100\n")
}

async fn import(server: &TestServer, rows: &str) {
    let partner = partner();
    server.import(partner, USAGE_COLUMNS, rows.trim()).await;
    server.advance(std::time::Duration::from_secs(1));
}

/// Seven customers on two days. The last of them by id moved the figure.
async fn server() -> TestServer {
    let server = TestServer::new().await;
    let first: String = (1..8).map(|it| row("2017-01-30", it, 50)).collect();
    let second = (1..7).map(|it| row("2017-02-27", it, 50 - it));
    let second = second.collect::<String>() + &row("2017-02-27", 7, 0);
    import(&server, &first).await;
    import(&server, &second).await;
    server
}

const CHANGES: &str = "/seatwise/v1/changes?from=2017-01-30&to=2017-02-27&by=customer";

async fn changes(server: &TestServer, path: &str) -> Changes {
    wire::decode(&server.get(path).await.body).unwrap()
}

fn customers(answer: &Changes) -> Vec<CustomerChange> {
    let pages = answer.changes.iter().flat_map(|it| &it.customers);
    pages.flat_map(|page| page.items.clone()).collect()
}

#[tokio::test]
async fn the_customers_that_moved_a_figure() {
    let server = server().await;
    assert_snapshot!(server.get(&format!("{CHANGES}&top=2")).await.text(), @r#"{"metric":"usage","from":"2017-01-30","to":"2017-02-27","toKnownAt":"2017-03-15T17:43:11.001Z","changes":[{"serviceCode":"o365","channel":"reseller","workloadName":"Exchange","from":{"numerator":350,"denominator":700,"percent":50.0},"to":{"numerator":279,"denominator":700,"percent":39.86},"points":-10.14,"steps":[{"cause":"restated","customers":0,"numerator":0,"denominator":0,"points":0.0},{"cause":"late","customers":0,"numerator":0,"denominator":0,"points":0.0},{"cause":"newCustomers","customers":0,"numerator":0,"denominator":0,"points":0.0},{"cause":"lostCustomers","customers":0,"numerator":0,"denominator":0,"points":0.0},{"cause":"seats","customers":0,"numerator":0,"denominator":0,"points":0.0},{"cause":"use","customers":7,"numerator":-71,"denominator":0,"points":-10.14}],"customers":{"totalCount":7,"items":[{"customerId":"0a000000-0000-4000-8000-000000000007","customerName":"Customer 7","points":-7.14,"effect":-7.142857,"steps":[{"cause":"use","numerator":-50,"denominator":0,"points":-7.14}]},{"customerId":"0a000000-0000-4000-8000-000000000006","customerName":"Customer 6","points":-0.86,"effect":-0.857143,"steps":[{"cause":"use","numerator":-6,"denominator":0,"points":-0.86}]}]}}],"nextLink":"/seatwise/v1/changes?from=2017-01-30&to=2017-02-27&by=customer&toKnownAt=2017-03-15T17%3A43%3A11.001Z&top=2&skip=2"}"#);
}

#[tokio::test]
async fn pages_are_of_one_answer_while_deliveries_arrive() {
    let server = server().await;
    let whole = customers(&changes(&server, CHANGES).await);
    assert_eq!(whole.len(), 7);
    let mut page = changes(&server, &format!("{CHANGES}&top=3")).await;
    let mut found = customers(&page);
    import(
        &server,
        &row("2017-02-27", 1, 100).replace("Customer 1", "Renamed"),
    )
    .await;
    while let Some(next) = page.next_link {
        assert!(next.contains("toKnownAt=2017-"), "{next}");
        page = changes(&server, &next).await;
        found.extend(customers(&page));
    }
    assert_eq!(found, whole);
    // The instant in an answer reproduces the answer.
    let known_at = page.to_known_at.unwrap();
    let again = changes(&server, &format!("{CHANGES}&toKnownAt={known_at}")).await;
    assert_eq!(customers(&again), whole);
    let now = customers(&changes(&server, CHANGES).await);
    assert_eq!(now[0].customer_name, "Renamed");
}

#[tokio::test]
async fn a_month_is_its_newest_day_with_a_delivery() {
    let server = server().await;
    let crm = row("2017-02-28", 1, 1).replace("o365", "crm");
    import(&server, &crm).await;
    let of_days = |from: &str, to: &str| format!("/seatwise/v1/changes?from={from}&to={to}");
    let months = changes(&server, &of_days("2017-01", "2017-02")).await;
    let days = [months.from, months.to].map(|day| day.to_string());
    assert_eq!(days, ["2017-01-30", "2017-02-28"]);
    let named = [months.from_month, months.to_month].map(|month| month.unwrap().to_string());
    assert_eq!(named, ["2017-01", "2017-02"]);
    let days = changes(&server, &of_days("2017-01-30", "2017-02-28")).await;
    assert_eq!((days.from_month, days.to_month), (None, None));
    assert_eq!(days.changes, months.changes);
    // With a service, the month stands for the newest day of that service.
    let o365 = format!("{}&service=o365", of_days("2017-01-30", "2017-02"));
    assert_eq!(changes(&server, &o365).await.to.to_string(), "2017-02-27");
    // With both instants, an answer never changes.
    let fixed = "fromKnownAt=2017-03-15T17:43:11Z&toKnownAt=2017-03-15T17:43:11.001Z";
    let fixed = format!("{}&{fixed}", of_days("2017-01", "2017-02"));
    let early = changes(&server, &fixed).await;
    assert_eq!(early.to.to_string(), "2017-02-27");
    import(&server, &row("2017-01-31", 1, 1)).await;
    assert_eq!(changes(&server, &fixed).await, early);
    let now = changes(&server, &of_days("2017-01", "2017-02")).await;
    assert_eq!(now.from.to_string(), "2017-01-31");
    // For the day that was newest then, the restatement counts now.
    let then = "fromKnownAt=2017-03-15T17:43:11Z";
    let both = changes(
        &server,
        &format!("{}&{then}", of_days("2017-01", "2017-02")),
    )
    .await;
    assert_eq!(both.from.to_string(), "2017-01-30");
    assert_eq!(both.changes[1].steps[0].customers, 0);
}

#[tokio::test]
async fn restatements_of_months() {
    let server = server().await;
    import(&server, &row("2017-01-30", 2, 49)).await;
    let of =
        |from: &str, to: &str| format!("/seatwise/v1/changes/restatements?from={from}&to={to}");
    let months = server.get(&of("2017-01", "2017-02")).await;
    let days = server.get(&of("2017-01-01", "2017-02-28")).await;
    assert_eq!(months.text(), days.text());
    assert!(months.text().contains("\"totalCount\":1"));
}

#[tokio::test]
async fn what_cannot_be_asked() {
    let server = server().await;
    let mut shown = String::new();
    for query in [
        "from=2017-01-30&to=2017-03",
        "from=2016-12&to=2017-02",
        "from=2017-1&to=2017-02",
        "from=2017-01&to=2017-02&by=product",
        "from=2017-01&to=2017-02&by=everyone",
        "from=2017-01&to=2017-02&by=customer&top=0",
        "from=2017-01&to=2017-02&service=crm",
    ] {
        let path = format!("/seatwise/v1/changes?{query}");
        shown += &server.get(&path).await.short();
        shown += "\n";
    }
    assert_snapshot!(shown, @r#"
    400 Bad Request
    {"code":3000,"description":"to: nothing was delivered in 2017-03, the newest delivery before it is of 2017-02-27","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"from: nothing was delivered in 2016-12","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"from: `2017-1` is not a date such as `2026-10-31` or a month such as `2026-10`","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"by: changes are those of workloads, and have no products: `partner` or `customer` is expected","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"by: `everyone` is none of partner, customer, workload, product","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":800002,"description":"top: a whole number from 1 to 1000 is expected","data":[],"source":"PartnerApiServiceControllers"}
    400 Bad Request
    {"code":3000,"description":"to: nothing was delivered in 2017-02","data":[],"source":"PartnerApiServiceControllers"}
    "#);
}
