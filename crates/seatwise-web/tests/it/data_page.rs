//! The page about the data: the button that requests a collection, collections, imports, and refused rows.

use std::sync::Arc;

use http::{Method, StatusCode};
use seatwise_server::{CollectionProgress, CollectionStatus};
use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_types::extensions::{ImportWay, Outcome, PastCollection};
use seatwise_web::Sessions;

use crate::harness::{TestApp, USAGE_COLUMNS, attributes, partner, start};

const BUTTON: &str = "Collect now";

/// A server that collects for a partner.
fn collecting(partner: seatwise_types::PartnerId) -> (TestApp, Arc<CollectionStatus>) {
    let status = Arc::new(CollectionStatus::new(partner));
    let own = Arc::clone(&status);
    let app = TestApp::with(Sessions::new(false), |config| config.collection = Some(own));
    (app, status)
}

#[tokio::test]
async fn an_operator_requests_a_collection_and_sees_its_progress() {
    let (app, status) = collecting(partner());
    let browser = app.browser(partner()).await;
    status.update(|state| state.next_at = Some(start()));
    let page = browser.page("/data").await;
    assert!(page.contains(BUTTON), "{page}");
    assert!(page.contains("The next collection begins 2 Nov 2026, 09:00 UTC."));
    assert!(attributes(&page, "action").contains(&"/data/collect".to_owned()));

    // A second request changes nothing.
    for _ in 0..2 {
        let got = browser.send_form("/data/collect", "").await;
        assert_eq!(got.location(), "/data#collections");
    }
    status.until_requested().await;
    let page = browser.page("/data").await;
    assert!(page.contains("A collection was requested, and begins in a moment."));
    assert!(!page.contains(BUTTON) && page.contains("Look again"));

    status.update(|state| {
        state.running = true;
        state.requested = false;
        state.progress = Some(CollectionProgress {
            customers: 1234,
            rows: 1,
            percent: Some(40),
        });
    });
    let page = browser.page("/data").await;
    let far = "So far the source listed 1,234 customers, and 1 row came. This step, of usage or of \
        deployment, is done to 40 %.";
    assert!(page.contains(far), "{page}");
    assert!(!page.contains(BUTTON));
    // While a collection runs, no second one is requested.
    let got = browser.send_form("/data/collect", "").await;
    assert_eq!(got.location(), "/data#collections");
    assert!(!status.state().requested);
    let status = app.api("/seatwise/v1/status").await;
    assert_eq!(status["collection"]["progress"]["customers"], 1234);
}

#[tokio::test]
async fn without_a_collector_there_is_no_button() {
    let other = "11111111-0e3f-4c2b-9d1a-7b8f6e5d4c3a".parse().unwrap();
    let (of_other, status) = collecting(other);
    for app in [TestApp::new(), of_other] {
        let browser = app.browser(partner()).await;
        let page = browser.page("/data").await;
        assert!(!page.contains(BUTTON));
        assert!(page.contains("This server does not collect by itself."));
        let got = browser.send_form("/data/collect", "").await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{}", got.text);
    }
    assert!(!status.state().requested);
}

#[tokio::test]
async fn only_a_form_of_this_server_requests_a_collection() {
    let (app, status) = collecting(partner());
    let browser = app.browser(partner()).await;
    let cookie = browser.get("/data/collect").await;
    assert_eq!(cookie.status, StatusCode::METHOD_NOT_ALLOWED);
    let elsewhere = browser
        .post("/data/collect", &[("sec-fetch-site", "cross-site")])
        .await;
    assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
    let own_page = [("sec-fetch-site", "same-origin")];
    let signed_out = app.send(Method::POST, "/data/collect", &own_page).await;
    assert_eq!(signed_out.status, StatusCode::UNAUTHORIZED);
    assert!(!status.state().requested);
}

#[tokio::test]
async fn the_newest_collections_are_listed_with_their_errors() {
    let collection = |outcome, error: Option<&str>| PastCollection {
        source: "https://api.partnercenter.microsoft.com".to_owned(),
        started_at: start(),
        ended_at: (outcome != Outcome::Running).then(start),
        outcome,
        customers: 250,
        without_data: 3,
        rows: 1_000,
        new: 40,
        restated: 2,
        rejected: 1,
        notes: vec!["bad usage rows: 7".to_owned()],
        error: error.map(ToOwned::to_owned),
    };
    let all = vec![
        collection(Outcome::Running, None),
        collection(Outcome::Failed, Some("<b>the network</b>")),
    ];
    let app = TestApp::with(Sessions::new(false), |config| {
        config.past_collections = Some(Arc::new(move |asked, most| {
            assert_eq!((asked, most), (partner(), 20));
            Ok(all.clone())
        }));
    });
    let browser = app.browser(partner()).await;
    let page = browser.page("/data").await;
    assert!(page.contains("&#60;b&#62;the network&#60;/b&#62;; bad usage rows: 7"));
    let csv = browser.page("/data?csv=collections").await;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3);
    let failed =
        "failed; the next one goes on,250,3,1000,40,2,1,<b>the network</b>; bad usage rows: 7";
    assert!(lines[2].ends_with(failed), "{csv}");
    // The counts of a running collection are unknown.
    assert!(
        lines[1].ends_with("at work,,,,,,,bad usage rows: 7"),
        "{csv}"
    );
    // A page of an earlier time says nothing about the present.
    let past = browser.page("/data?knownAt=2026-11-01T00:00:00Z").await;
    assert!(!past.contains("Collections") && !past.contains("Imports"));
}

#[tokio::test]
async fn unreadable_collections_are_an_error_and_not_an_empty_list() {
    let app = TestApp::with(Sessions::new(false), |config| {
        config.past_collections = Some(Arc::new(|_, _| {
            Err(std::io::Error::other("a damaged disk").into())
        }));
    });
    let page = app.browser(partner()).await.page("/data").await;
    assert!(page.contains("The collections cannot be read."));
    assert!(!page.contains("a damaged disk"));
}

#[tokio::test]
async fn imports_equal_those_of_the_api_and_refused_rows_have_file_line_and_field() {
    let app = TestApp::new();
    let id = "0a000000-0000-4000-8000-000000000001";
    let row = |day: &str, active: &str| {
        format!("{day},EXO,Exchange,o365,reseller,{id},Northwind,p1,E3,{active},2")
    };
    app.import(partner(), USAGE_COLUMNS, &[&row("2026-10-31", "1")])
        .await;
    let bad: Vec<String> = (1..=12)
        .map(|day| row(&format!("2026-10-{day:02}"), "=2"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("<b>usage.csv");
    std::fs::write(&file, format!("{USAGE_COLUMNS}\n{}\n", bad.join("\n"))).unwrap();
    let options = ImportOptions {
        way: ImportWay::Folder,
        ..ImportOptions::new(partner())
    };
    let inputs = vec![Input::File(file.clone())];
    let refused = import(
        &app.store,
        &options,
        inputs,
        start(),
        Arc::new(Progress::default()),
    );
    refused.await.unwrap_err();

    let browser = app.browser(partner()).await;
    let page = browser.page("/data").await;
    assert!(!page.contains("<b>usage.csv"));
    assert!(page.contains("&#60;b&#62;usage.csv"), "{page}");
    assert!(page.contains("the watched folder"));
    assert!(page.contains("and 2 other bad rows of this import"));
    let csv = browser.page("/data?csv=imports").await;
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[1].starts_with("2,2026-11-02T09:00:00Z,the watched folder,"));
    assert!(lines[1].ends_with(",,refused,12,0,0,0,12"), "{csv}");
    assert!(lines[2].ends_with(",,imported,1,1,0,0,0"), "{csv}");
    let csv = browser.page("/data?csv=refused").await;
    let lines: Vec<&str> = csv.lines().collect();
    // The import, its first ten bad rows, and the number of other bad rows.
    assert_eq!(lines.len(), 1 + 1 + 10 + 1, "{csv}");
    assert!(lines[2].contains(",2,licensesActive,'=2,"), "{csv}");

    let api = app.api("/seatwise/v1/imports?top=1").await;
    assert_eq!(api["imports"]["totalCount"], 2);
    let newest = &api["imports"]["items"][0];
    assert_eq!(newest["outcome"], "refused");
    assert_eq!(newest["badRows"], 12);
    assert_eq!(newest["firstBadRows"][0]["line"], 2);
    let next = api["nextLink"].as_str().unwrap();
    let oldest = app.api(next).await;
    assert_eq!(oldest["imports"]["items"][0]["number"], 1);
    assert!(oldest.get("nextLink").is_none());
}

#[tokio::test]
async fn a_long_file_name_is_shortened_only_on_the_page() {
    let app = TestApp::new();
    let row =
        "2026-10-31,EXO,Exchange,o365,reseller,0a000000-0000-4000-8000-000000000001,N,p1,E3,1,2";
    app.import(partner(), USAGE_COLUMNS, &[row]).await;
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{}.csv", "long-".repeat(40));
    let file = folder.path().join(&name);
    std::fs::write(&file, format!("{USAGE_COLUMNS}\n{row}\n")).unwrap();
    let options = ImportOptions::new(partner());
    let inputs = vec![Input::File(file)];
    import(
        &app.store,
        &options,
        inputs,
        start(),
        Arc::new(Progress::default()),
    )
    .await
    .unwrap();
    let browser = app.browser(partner()).await;
    assert!(!browser.page("/data").await.contains(&name));
    assert!(browser.page("/data?csv=imports").await.contains(&name));
}
