//! One budget for all calls of a partner.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use seatwise_client::{Builder, Credential, Pace, PartnerOperations, RetryPolicy, Traffic};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{PARTNER_USAGE, TOKEN, USAGE_PATH, json, server};

/// A clock that advances with each wait.
#[derive(Clone)]
struct Time(Arc<Mutex<Timestamp>>);

impl Time {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Timestamp::UNIX_EPOCH)))
    }

    fn seconds(&self) -> f64 {
        self.0.lock().unwrap().as_duration().as_secs_f64()
    }

    fn client(&self, url: &str, pace: Pace) -> PartnerOperations {
        self.builder(url, pace).build().unwrap()
    }

    fn builder(&self, url: &str, pace: Pace) -> Builder {
        let (clock, sleep) = (self.clone(), self.clone());
        PartnerOperations::builder(Credential::token(TOKEN))
            .base_url(url)
            .pace(pace)
            .clock(move || *clock.0.lock().unwrap())
            .sleep(move |wait| {
                *sleep.0.lock().unwrap() += SignedDuration::try_from(wait).unwrap();
                std::future::ready(())
            })
    }
}

async fn ask(partner: &PartnerOperations, times: usize) {
    for _ in 0..times {
        partner.analytics().licenses().usage().get().await.unwrap();
    }
}

/// A server that answers the request with this number with 429; also records when each request
/// arrived.
async fn throttling(time: &Time, at: usize, seconds: u64) -> (MockServer, Arc<Mutex<Vec<f64>>>) {
    let server = MockServer::start().await;
    let came = Arc::new(Mutex::new(Vec::new()));
    let (time, seen) = (time.clone(), Arc::clone(&came));
    Mock::given(path(USAGE_PATH))
        .respond_with(move |_: &Request| {
            let mut seen = seen.lock().unwrap();
            seen.push(time.seconds());
            if seen.len() == at {
                return ResponseTemplate::new(429)
                    .insert_header("Retry-After", seconds.to_string());
            }
            json(PARTNER_USAGE)
        })
        .mount(&server)
        .await;
    (server, came)
}

#[tokio::test]
async fn attempts_begin_at_even_distances_in_all_clones() {
    let server = server(USAGE_PATH, json(PARTNER_USAGE)).await;
    let time = Time::new();
    let pace = Pace {
        per_minute: 60,
        in_flight: 1,
    };
    let partner = time.client(&server.uri(), pace);
    let clone = partner.clone();
    tokio::join!(ask(&partner, 5), ask(&clone, 6));
    assert!((time.seconds() - 10.0).abs() < 1e-6, "{}", time.seconds());
    let expected = Traffic {
        requests: 11,
        ..Traffic::default()
    };
    assert_eq!(partner.traffic(), expected);
}

#[tokio::test]
async fn after_too_many_all_leave_the_service_alone_and_go_on_slower() {
    let time = Time::new();
    let (server, came) = throttling(&time, 3, 30).await;
    let pace = Pace {
        per_minute: 60,
        in_flight: 1,
    };
    let partner = time.client(&server.uri(), pace);
    tokio::join!(ask(&partner, 3), ask(&partner, 3));
    let came = came.lock().unwrap().clone();
    assert_eq!(came.len(), 7);
    let refused = came[2];
    assert!(came[3..].iter().all(|at| *at >= refused + 30.0), "{came:?}");
    // 80 % of one per second, and 1/500 more with each answer.
    let distance = came[6] - came[5];
    assert!((1.2..1.26).contains(&distance), "{came:?}");
    let expected = Traffic {
        requests: 7,
        retries: 1,
        throttled: 1,
    };
    assert_eq!(partner.traffic(), expected);
}

#[tokio::test]
async fn a_client_says_how_long_its_calls_pause() {
    let time = Time::new();
    let (server, _) = throttling(&time, 1, 100).await;
    let builder = time.builder(&server.uri(), Pace::default());
    let partner = builder.retry(RetryPolicy::never()).build().unwrap();
    assert_eq!(partner.wait(), Duration::ZERO);
    let usage = partner.analytics().licenses().usage();
    assert!(usage.get().await.unwrap_err().is_throttled());
    assert_eq!(partner.wait(), Duration::from_secs(100));
    *time.0.lock().unwrap() += SignedDuration::from_secs(40);
    assert_eq!(partner.wait(), Duration::from_secs(60));
    *time.0.lock().unwrap() += SignedDuration::from_secs(61);
    assert_eq!(partner.wait(), Duration::ZERO);
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stop_the_calls() {
    let server = server(USAGE_PATH, json(PARTNER_USAGE)).await;
    let time = Time::new();
    let partner = time.client(&server.uri(), Pace::default());
    ask(&partner, 3).await;
    let before = time.seconds() - 3600.0;
    *time.0.lock().unwrap() -= SignedDuration::from_hours(1);
    ask(&partner, 3).await;
    assert!(time.seconds() - before < 1.0, "{}", time.seconds());
}
