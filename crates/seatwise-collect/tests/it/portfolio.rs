//! Collected data equals the source's data, whatever fails on the way.

use std::time::Duration;

use seatwise_client::{Application, Cloud, Credential, RefreshTokenInMemory};
use seatwise_collect::{Outcome, Settings, Way, runs};
use seatwise_emulator::RateLimits;
use seatwise_types::PartnerId;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::source::{Source, Time, target, token};

const FAULTS: &str = "429=6%;retry-after=2,503=3%,reset=2%,truncate=2%,502=1%;html";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_customers_as_rows_of_all() {
    // A high rate of faults, because there are few requests.
    let plan = "429=25%;retry-after=2,503=15%,reset=10%,truncate=10%";
    let source = Source::with_customers(2_060, plan, RateLimits::None).await;
    let (store, _folder) = target();
    let client = source.client();
    let run = source
        .collect(&store, &client, &source.settings())
        .await
        .unwrap();
    assert_eq!(run.outcome, Outcome::Done);
    assert_eq!(
        (run.usage, run.deployment),
        (Some(Way::Commercial), Some(Way::Commercial))
    );
    // Some generated customers joined later, or left long ago.
    assert!(run.customers > 2_000 && run.gap_count == 0, "{run:?}");
    assert!(run.retries > 0, "{run:?}");
    assert_eq!(
        (run.deliveries.rejected, run.notes.len()),
        (0, 0),
        "{run:?}"
    );

    let collected = Source::of(&store, source.partner).await;
    let answers = collected.answers().await;
    answers.assert_same(&source.answers().await);

    // A second collection finds nothing new.
    let again = source
        .collect(&store, &client, &source.settings())
        .await
        .unwrap();
    assert_eq!((again.deliveries.new, again.deliveries.restated), (0, 0));
    assert_eq!(again.deliveries.unchanged, run.deliveries.new);
    assert_eq!(runs(&store, Some(source.partner)).unwrap(), [run, again]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_customers_one_by_one() {
    let source = Source::with_customers(2_060, FAULTS, RateLimits::None).await;
    let (store, _folder) = target();
    let settings = Settings {
        way: Some(Way::Customer),
        ..source.settings()
    };
    let client = source.client();
    let run = source.collect(&store, &client, &settings).await.unwrap();
    assert!(run.customers > 2_000 && run.gap_count == 0, "{run:?}");
    assert!(
        run.requests > 4_000 && run.retries > 400 && run.throttled > 100,
        "{run:?}"
    );

    let collected = Source::of(&store, source.partner).await;
    collected
        .answers()
        .await
        .assert_same_figures(&source.answers().await);
}

/// An authority whose tokens expire after two minutes, although it says one hour.
async fn authority(partner: PartnerId, time: Time) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(move |_: &wiremock::Request| {
            let token = token(partner, time.now(), Duration::from_secs(120));
            let body = format!(
                r#"{{"access_token":"{token}","expires_in":"3600","refresh_token":"the next"}}"#
            );
            ResponseTemplate::new(200).set_body_raw(body, "application/json")
        })
        .mount(&server)
        .await;
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_expire_are_renewed() {
    let source = Source::with_customers(60, "429=20%;retry-after=40", RateLimits::None).await;
    let authority = authority(source.partner, source.time.clone()).await;
    let application = Application::new(Cloud::Global, source.partner.to_string(), "a client");
    let application = application.authority(authority.uri());
    let refresh = RefreshTokenInMemory::new("the first");
    let credential = Credential::refresh_token(application, refresh);
    let client = source.builder(credential).build().unwrap();

    let (store, _folder) = target();
    let settings = Settings {
        way: Some(Way::Customer),
        ..source.settings()
    };
    let run = source.collect(&store, &client, &settings).await.unwrap();
    assert_eq!((run.outcome, run.gap_count), (Outcome::Done, 0), "{run:?}");
    let renewed = authority.received_requests().await.unwrap().len();
    assert!(renewed > 2, "{renewed}");
    let collected = Source::of(&store, source.partner).await;
    collected
        .answers()
        .await
        .assert_same_figures(&source.answers().await);
}
