//! Models that are made before the next visit.
//!
//! What is made shows in the memory of models and rows, which they keep for some minutes.

use std::time::Duration;

use seatwise_types::PartnerId;

use crate::harness::{TestApp, USAGE_COLUMNS, partner};

const FIRST: &str = "2026-10-30,EXO,Exchange,o365,reseller,0a000000-0000-4000-8000-000000000001,\
    Bakery,p1,E3,10,40";
const SECOND: &str = "2026-10-31,EXO,Exchange,o365,reseller,0a000000-0000-4000-8000-000000000001,\
    Bakery,p1,E3,20,40";

/// The value of a metric; 0 if there is none yet.
async fn metric(app: &TestApp, name: &str) -> u64 {
    let got = app.send(http::Method::GET, "/metrics", &[]).await;
    let value = got.text.lines().find_map(|line| line.strip_prefix(name));
    value.map_or(0, |value| value.trim().parse().unwrap())
}

async fn memory(app: &TestApp) -> u64 {
    metric(app, "seatwise_question_memory_bytes").await
}

/// Waits for a whole round of the background task: the next one may have begun already.
async fn a_round(app: &TestApp) {
    let done = r#"seatwise_duty_rounds_total{duty="preparing pages",outcome="done"}"#;
    let before = metric(app, done).await;
    while metric(app, done).await < before + 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn after_a_commit_the_first_page_of_a_recent_visitor_is_ready() {
    let app = TestApp::new();
    app.import(partner(), USAGE_COLUMNS, &[FIRST]).await;
    let browser = app.browser(partner()).await;
    assert!(browser.page("/").await.contains("25.00 %"));
    let visited = memory(&app).await;
    a_round(&app).await;
    assert_eq!(memory(&app).await, visited, "nothing changed");

    app.import(partner(), USAGE_COLUMNS, &[SECOND]).await;
    a_round(&app).await;
    let ahead = memory(&app).await;
    assert!(ahead > visited, "{ahead} bytes, {visited} before");
    assert!(browser.page("/").await.contains("50.00 %"));
    assert_eq!(memory(&app).await, ahead, "the page had to make something");
}

#[tokio::test]
async fn nothing_is_made_for_partners_without_a_visit() {
    let app = TestApp::new();
    let visited: PartnerId = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9".parse().unwrap();
    app.browser(visited).await.page("/").await;
    let before = memory(&app).await;
    app.import(partner(), USAGE_COLUMNS, &[FIRST]).await;
    a_round(&app).await;
    assert_eq!(memory(&app).await, before);
}
