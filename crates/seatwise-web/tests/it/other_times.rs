//! Pages of another time.

use jiff::SignedDuration;

use crate::harness::{TestApp, USAGE_COLUMNS, attributes, partner};

fn row(day: &str, active: u32) -> String {
    format!(
        "{day},EXO,Exchange,o365,reseller,0a000000-0000-4000-8000-000000000001,Northwind,,E3,{active},100"
    )
}

#[tokio::test]
async fn a_permanent_link_shows_the_same_figures_after_later_deliveries() {
    let app = TestApp::new();
    app.import(partner(), USAGE_COLUMNS, &[&row("2026-10-30", 50)])
        .await;
    app.advance(SignedDuration::from_hours(1));
    let browser = app.browser(partner()).await;
    let page = browser.page("/").await;
    let link = attributes(&page, "href")
        .into_iter()
        .find(|it| it.contains("knownAt="))
        .unwrap();
    assert!(link.contains("asOf=2026-10-30"), "{link}");
    assert!(page.contains("50.00 %"));

    // A restatement of the day, and a later delivery.
    app.import(partner(), USAGE_COLUMNS, &[&row("2026-10-30", 60)])
        .await;
    assert!(browser.page("/").await.contains("60.00 %"));
    app.import(partner(), USAGE_COLUMNS, &[&row("2026-10-31", 70)])
        .await;
    assert!(browser.page("/").await.contains("70.00 %"));

    let then = browser.page(&link).await;
    assert!(then.contains("50.00 %") && !then.contains("60.00 %") && !then.contains("70.00 %"));
    assert!(
        then.contains("30 Oct 2026, as it was known on"),
        "there is no banner"
    );
    // All links keep the point of time.
    for href in attributes(&then, "href") {
        let is_page = href.starts_with("/customers") || href.starts_with("/explain");
        assert!(
            !is_page || href.contains("asOf=2026-10-30&knownAt="),
            "{href}"
        );
    }
    let today = then.split("class=\"banner\"").nth(1).unwrap();
    assert_eq!(attributes(today, "href")[0], "/");
}

#[tokio::test]
async fn a_permanent_link_keeps_its_prices() {
    let app = TestApp::with_portfolio(20, 10).await;
    app.advance(SignedDuration::from_hours(1));
    let price = |eur: &str| {
        format!(
            "product,currency,pricePerSeatMonth,validFrom\n\
             6fd2c87f-b296-42f0-b197-1e91e994b900,EUR,{eur},2026-01-01\n"
        )
    };
    app.set_prices(&price("21.4")).await;
    app.advance(SignedDuration::from_hours(1));
    let browser = app.browser(partner()).await;
    let page = browser.page("/idle").await;
    let worth = browser.page("/idle?csv=worth").await;
    assert!(worth.contains("EUR"), "{worth}");
    let link = attributes(&page, "href")
        .into_iter()
        .find(|it| it.contains("knownAt="))
        .unwrap();
    app.set_prices(&price("99.9")).await;
    assert_ne!(browser.page("/idle?csv=worth").await, worth);
    assert_eq!(browser.page(&format!("{link}&csv=worth")).await, worth);
}

#[tokio::test]
async fn a_figure_is_compared_with_a_week_a_month_and_a_year_ago() {
    let app = TestApp::new();
    let days = [
        ("2025-10-31", 20),
        ("2026-09-30", 30),
        ("2026-10-24", 40),
        ("2026-10-31", 50),
    ];
    for (day, active) in days {
        app.import(partner(), USAGE_COLUMNS, &[&row(day, active)])
            .await;
    }
    let browser = app.browser(partner()).await;
    let shown = crate::downloads::table(&browser, "/?csv=usage").await;
    let points = |of: &str| shown[0][of].clone();
    assert_eq!(points("Week, points"), "10.00");
    assert_eq!(points("Month, points"), "20.00");
    assert_eq!(points("Year, points"), "30.00");
    // Before the first delivery there is no figure, which is not zero.
    let then = crate::downloads::table(&browser, "/?csv=usage&asOf=2025-10-31").await;
    assert_eq!(then[0]["Month, points"], "");
    assert!(browser.page("/?asOf=2025-10-31").await.contains("unknown"));
}
