//! Tables as CSV.

use std::collections::BTreeMap;

use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::harness::{Browser, TestApp, attributes, partner};

/// Downloads a table: its rows, with fields by heading.
pub(crate) async fn table(browser: &Browser<'_>, path: &str) -> Vec<BTreeMap<String, String>> {
    rows_of(&browser.page(path).await)
}

/// The rows of a CSV text, with fields by heading.
pub(crate) fn rows_of(text: &str) -> Vec<BTreeMap<String, String>> {
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Result<Vec<BTreeMap<String, String>>, _> = reader.deserialize().collect();
    rows.unwrap()
}

#[tokio::test]
async fn every_table_can_be_downloaded_with_all_its_rows() {
    let app = TestApp::with_portfolio(130, 12).await;
    let browser = app.browser(partner()).await;
    let page = browser.page("/customers").await;
    assert_eq!(
        page.matches("<tr>").count(),
        1 + 100,
        "a page has a hundred customers"
    );
    let link = attributes(&page, "href")
        .into_iter()
        .find(|it| it.contains("csv="))
        .unwrap();
    let got = browser.get(&link).await;
    assert_eq!(got.headers[CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(
        got.headers[CONTENT_DISPOSITION],
        "attachment; filename=\"customers-2026-10-31.csv\""
    );
    let rows = table(&browser, &link).await;
    let known = app.api("/v1/customers?size=500").await["items"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(rows.len(), known);
    // A spreadsheet must not run a name as a formula.
    assert!(rows.iter().any(|row| row["Customer"] == "'=2+3 Bakery"));
}

#[tokio::test]
async fn a_download_has_the_rows_of_the_page() {
    let app = TestApp::with_portfolio(60, 45).await;
    let browser = app.browser(partner()).await;
    let question = "/customers?only=late&sort=-sold";
    let page = browser.page(question).await;
    let link = attributes(&page, "href")
        .into_iter()
        .find(|it| it.contains("csv="))
        .unwrap();
    let rows = table(&browser, &link).await;
    assert!(!rows.is_empty());
    for row in &rows {
        assert!(
            page.contains(&format!(">{}</a>", askama_escaped(&row["Customer"]))),
            "{row:?}"
        );
        assert!(row["Remark"].starts_with("late since"), "{row:?}");
    }
    let sold = rows
        .iter()
        .filter_map(|row| row["Sold"].parse::<u64>().ok());
    assert!(sold.rev().is_sorted());
}

/// Text as pages escape it.
fn askama_escaped(text: &str) -> String {
    text.replace('&', "&#38;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}
