//! A customer whose newest delivery of a service is late.

use crate::harness::{TestApp, USAGE_COLUMNS, partner};

const LATE: &str = "0a000000-0000-4000-8000-000000000001";
const OTHER: &str = "0a000000-0000-4000-8000-000000000002";

#[tokio::test]
async fn late_seats_stand_beside_those_that_count() {
    let app = TestApp::new();
    let exchange = |day: &str, id: &str, seats: &str| {
        format!("{day},EXO,Exchange,o365,reseller,{id},Bakery,p1,E3,{seats}")
    };
    // A row that is 35 days older than the newest delivery counts; one that is 36 days older does not.
    let late = exchange("2026-09-25", LATE, "10,40");
    let other = exchange("2026-10-31", OTHER, "1,2");
    app.import(partner(), USAGE_COLUMNS, &[&late, &other]).await;
    let browser = app.browser(partner()).await;
    let address = format!("/customers/{LATE}");
    let page = browser.page(&address).await;
    let top = "qualified seats: unknown; late: 10 of 40";
    assert!(page.contains(top), "{page}");
    assert!(page.contains("Late: usage of Microsoft 365, reseller is of 25 Sep 2026."));
    let table = format!("{address}?csv=workloads");
    let rows = crate::downloads::table(&browser, &table).await;
    assert_eq!(rows[0]["Processed"], "2026-09-25");
    assert_eq!(rows[0]["Note"], "late");

    // Another service has a current delivery.
    let crm = format!("2026-10-31,CRM,Dynamics,crm,reseller,{LATE},Bakery,p2,Sales,3,4");
    app.import(partner(), USAGE_COLUMNS, &[&crm]).await;
    let page = browser.page(&address).await;
    let top =
        "<b>75.00 %</b> 3 of 4 qualified seats are active, over all workloads; late: 10 of 40";
    assert!(page.contains(top), "{page}");
    let rows = crate::downloads::table(&browser, &table).await;
    let notes: Vec<_> = rows.iter().map(|row| row["Note"].as_str()).collect();
    assert_eq!(notes, ["late", ""]);

    // As of the day before, the row counted.
    let page = browser.page(&format!("{address}?asOf=2026-10-30")).await;
    assert!(
        page.contains("10 of 40 qualified seats are active"),
        "{page}"
    );
    assert!(!page.contains("late: "), "{page}");
}
