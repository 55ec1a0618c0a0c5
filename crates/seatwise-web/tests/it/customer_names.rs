//! The names of a customer, on its page.

use http::{Method, StatusCode};

use crate::harness::{DEPLOYMENT_COLUMNS, TestApp, USAGE_COLUMNS, partner};

const OWN: &str = "0a000000-0000-4000-8000-000000000001";
const OTHER: &str = "0a000000-0000-4000-8000-000000000002";

fn usage(day: &str, id: &str, name: &str) -> String {
    format!("{day},EXO,Exchange,o365,reseller,{id},{name},p1,E3,1,2")
}

async fn app() -> TestApp {
    let app = TestApp::new();
    for (day, own) in [
        ("2026-09-30", "Northwind"),
        ("2026-10-01", "Northwind"),
        ("2026-10-31", "Northwind & Sons"),
    ] {
        let rows = [usage(day, OWN, own), usage(day, OTHER, "Secret Bakery")];
        let rows = rows.each_ref().map(String::as_str);
        app.import(partner(), USAGE_COLUMNS, &rows).await;
    }
    let deployed = format!("2026-10-31,o365,reseller,{OWN},Northwind & Sons,p1,E3,1,2");
    app.import(partner(), DEPLOYMENT_COLUMNS, &[&deployed])
        .await;
    app
}

#[tokio::test]
async fn the_names_of_a_customer_have_their_days() {
    let app = app().await;
    let browser = app.browser(partner()).await;
    let page = browser.page(&format!("/customers/{OWN}")).await;
    assert!(page.contains("<h2>Names</h2>"));
    let csv = browser.page(&format!("/customers/{OWN}?csv=names")).await;
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(
        lines,
        [
            "Name,Delivered from,Until",
            "Northwind & Sons,2026-10-31,2026-10-31",
            "Northwind,2026-09-30,2026-10-01",
        ]
    );
    // As of a day when it had only one name, there is nothing to list.
    let path = format!("/customers/{OWN}?asOf=2026-10-01");
    assert!(!browser.page(&path).await.contains("<h2>Names</h2>"));
    let path = format!("/customers/{OTHER}");
    assert!(!browser.page(&path).await.contains("<h2>Names</h2>"));
    let path = format!("/customers/{OTHER}?csv=names");
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_guest_sees_the_names_of_their_customer() {
    let app = app().await;
    let operator = app.browser(partner()).await;
    let got = operator
        .send_form("/guests", &format!("customer={OWN}"))
        .await;
    let link = got.text.split("<code>http://localhost").nth(1).unwrap();
    let link = link.split("</code>").next().unwrap();
    let got = app.send(Method::GET, link, &[]).await;
    let guest = app.with_cookie(got.cookie("seatwise-session"));
    let csv = guest.page(&format!("/customers/{OWN}?csv=names")).await;
    assert!(csv.contains("Northwind,2026-09-30"), "{csv}");
    assert!(!csv.contains("Secret Bakery"));
    let other = guest.get(&format!("/customers/{OTHER}?csv=names")).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
}
