//! Names with markup and scripts in them.

use crate::harness::{DEPLOYMENT_COLUMNS, TestApp, USAGE_COLUMNS, partner};

const NAME: &str = "<script>alert(1)</script>' onload=alert(2) & <b>Bakery";

#[tokio::test]
async fn names_are_only_text() {
    let app = TestApp::new();
    let id = "0a000000-0000-4000-8000-000000000001";
    for (day, active) in [("2026-09-28", 9), ("2026-10-31", 1)] {
        let row = format!("{day},EXO,{NAME},o365,reseller,{id},{NAME},,{NAME},{active},20");
        app.import(partner(), USAGE_COLUMNS, &[&row]).await;
        let row = format!("{day},o365,reseller,{id},{NAME},,{NAME},{active},20");
        app.import(partner(), DEPLOYMENT_COLUMNS, &[&row]).await;
    }
    let browser = app.browser(partner()).await;
    let of = "service=o365&channel=reseller";
    let name = "%3Cscript%3Ealert(1)%3C%2Fscript%3E'+onload%3Dalert(2)+%26+%3Cb%3EBakery";
    for page in [
        "/".to_owned(),
        "/customers".to_owned(),
        format!("/customers?search={name}"),
        format!("/customers/{id}"),
        format!("/workload?{of}&workload={name}"),
        format!("/product?{of}&product={name}"),
        format!("/explain?{of}&workload={name}"),
        "/changes".to_owned(),
        "/idle?show=all".to_owned(),
        "/data".to_owned(),
    ] {
        let text = browser.page(&page).await;
        assert!(!text.contains("<script>"), "{page}");
        assert!(!text.contains("<b>Bakery"), "{page}");
        assert!(!text.contains("' onload"), "{page}");
        assert!(
            page == "/data" || text.contains("&#60;script&#62;"),
            "{page} does not show the name"
        );
    }
    let got = browser.get("/?%3Cscript%3E=1").await;
    assert!(!got.text.contains("<script>"));
}
