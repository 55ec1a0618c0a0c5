//! Stopped at any moment, a collection resumes where it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use seatwise_client::PartnerOperations;
use seatwise_collect::{CollectError, Outcome, Run, Settings, Way, last_collection, runs};
use seatwise_emulator::RateLimits;
use seatwise_store::Store;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::source::{Source, target};

/// Numbers that are equal for equal seeds.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> u64 {
        // A step of the linear congruential generator of Knuth's MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// A client that signals the start of the call with this number.
fn stopping(source: &Source, at: u64) -> (PartnerOperations, Arc<Notify>) {
    let notice = Arc::new(Notify::new());
    let made = AtomicU64::new(0);
    let client = {
        let notice = Arc::clone(&notice);
        // Each call makes two ids.
        source.builder(source.credential()).new_id(move || {
            let number = made.fetch_add(1, Ordering::Relaxed);
            if number / 2 == at {
                notice.notify_one();
            }
            Uuid::from_u64_pair(2, number)
        })
    };
    (client.build().unwrap(), notice)
}

/// The number of customers that the collection found.
fn listed(store: &Store) -> u64 {
    runs(store, None).unwrap().last().unwrap().customers
}

/// Collects with many stops; returns the number of stops and of requests.
async fn with_stops(source: &Source, store: &Store, settings: &Settings, most: u64) -> (u64, u64) {
    let mut dice = Dice(u64::from(most as u32) + 5);
    let mut requests = 0;
    for stops in 0.. {
        source.time.set(source.time.after(Duration::from_secs(1)));
        let (client, notice) = stopping(source, dice.up_to(most));
        let ended = tokio::select! {
            ended = source.collect(store, &client, settings) => Some(ended.unwrap()),
            () = notice.notified() => None,
        };
        requests += client.traffic().requests;
        if let Some(run) = ended {
            assert_eq!(run.outcome, Outcome::Done);
            let recorded = runs(store, None).unwrap();
            assert_eq!(recorded.len() as u64, stops + 1);
            let stopped = recorded
                .iter()
                .filter(|run| run.outcome == Outcome::Stopped);
            assert_eq!(stopped.count() as u64, stops);
            return (stops, requests);
        }
    }
    unreachable!("it does not end before it is done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_by_one_at_most_the_requests_under_way_are_repeated() {
    let source = Source::with_customers(120, "none", RateLimits::None).await;
    let (store, _folder) = target();
    let settings = Settings {
        way: Some(Way::Customer),
        ..source.settings()
    };
    let (stops, requests) = with_stops(&source, &store, &settings, 60).await;
    assert!(stops > 3, "{stops}");
    let needed = 1 + 2 * listed(&store);
    let in_flight = settings.in_flight as u64;
    assert!(
        (needed..=needed + stops * in_flight).contains(&requests),
        "{requests} requests, {stops} stops"
    );
    let collected = Source::of(&store, source.partner).await;
    collected
        .answers()
        .await
        .assert_same_figures(&source.answers().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_by_page_at_most_one_page_is_repeated() {
    let source = Source::with_customers(2_000, "none", RateLimits::None).await;
    let (store, _folder) = target();
    let (stops, requests) = with_stops(&source, &store, &source.settings(), 5).await;
    assert!(stops > 1, "{stops}");
    // The number of requests without a stop.
    let client = source.client();
    let (other, _other_folder) = target();
    let run = source.collect(&other, &client, &source.settings()).await;
    let needed = run.unwrap().requests;
    assert!(needed > 8, "{needed}");
    assert!(
        (needed..=needed + stops).contains(&requests),
        "{requests} requests, {needed} needed, {stops} stops"
    );
    let collected = Source::of(&store, source.partner).await;
    collected
        .answers()
        .await
        .assert_same(&source.answers().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_are_too_far_apart_are_read_again() {
    let source = Source::with_customers(1_500, "none", RateLimits::None).await;
    let settings = source.settings();
    let (whole, _whole_folder) = target();
    let run = source.collect(&whole, &source.client(), &settings).await;
    let run = run.unwrap();
    let pages_of_customers = run.customers.div_ceil(500);

    let (store, _folder) = target();
    // After two pages of usage.
    let (client, notice) = stopping(&source, pages_of_customers + 2);
    tokio::select! {
        _ = source.collect(&store, &client, &settings) => panic!("it was to be stopped"),
        () = notice.notified() => {}
    }
    source
        .time
        .set(source.time.after(Duration::from_secs(2 * 3600)));
    let again = source.collect(&store, &source.client(), &settings).await;
    let again = again.unwrap();
    assert!(again.resumed);
    assert_eq!(again.requests, run.requests - pages_of_customers);
    let collected = Source::of(&store, source.partner).await;
    collected
        .answers()
        .await
        .assert_same(&source.answers().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn torn_files_are_cut_back() {
    let source = Source::with_customers(40, "none", RateLimits::None).await;
    let (store, _folder) = target();
    let settings = Settings {
        way: Some(Way::Customer),
        ..source.settings()
    };
    let (client, notice) = stopping(&source, 50);
    tokio::select! {
        _ = source.collect(&store, &client, &settings) => panic!("it was to be stopped"),
        () = notice.notified() => {}
    }
    let progress = std::fs::read_dir(store.work_dir().join("collections"))
        .and_then(|mut partners| partners.next().unwrap())
        .and_then(|partner| std::fs::read_dir(partner.path().join("sources")))
        .map(|mut sources| sources.next().unwrap().unwrap().path().join("progress"))
        .unwrap();
    for (file, torn) in [
        (
            "journal.ndjson",
            r#"{"step":"customer","metric":"usage","cust"#,
        ),
        ("usage.ndjson", r#"{"processedDateTime":"2026-10-31T"#),
        ("deployment.ndjson", "half a row"),
    ] {
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(progress.join(file))
            .unwrap();
        file.write_all(torn.as_bytes()).unwrap();
    }
    let client = source.client();
    let run = source.collect(&store, &client, &settings).await.unwrap();
    assert!(run.resumed);
    assert!(run.requests < 2 * 40, "{run:?}");
    let collected = Source::of(&store, source.partner).await;
    collected
        .answers()
        .await
        .assert_same_figures(&source.answers().await);
    assert!(!progress.join("journal.ndjson").exists());
}

/// The newest run in answers is that of `runs`, and the search stops at the newest finished one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_run_is_found_among_torn_ones() {
    let source = Source::with_customers(4, "none", RateLimits::None).await;
    let (store, _folder) = target();
    assert_eq!(last_collection(&store, source.partner).unwrap(), None);
    let settings = source.settings();
    let client = source.client();
    let done = source.collect(&store, &client, &settings).await.unwrap();
    let last = last_collection(&store, source.partner).unwrap().unwrap();
    assert_eq!(
        (last.outcome, last.last_done_at),
        (Outcome::Done, done.ended_at)
    );

    // Killed: no process holds the lock of a run recorded as running, even during concurrent
    // checks.
    let file = store
        .work_dir()
        .join(format!("collections/{}", source.partner));
    let mut records = std::fs::read_to_string(file.join("runs.ndjson")).unwrap();
    let killed = Run {
        started_at: done.ended_at.unwrap(),
        ended_at: None,
        outcome: Outcome::Running,
        ..done.clone()
    };
    records.push_str("\n{\"startedAt\":\"2026-\n");
    records.push_str(&serde_json::to_string(&killed).unwrap());
    std::fs::write(file.join("runs.ndjson"), records).unwrap();
    let looking = std::fs::File::open(file.join("collector.lock")).unwrap();
    looking.lock_shared().unwrap();
    let last = last_collection(&store, source.partner).unwrap().unwrap();
    assert_eq!(
        (last.outcome, last.last_done_at),
        (Outcome::Stopped, done.ended_at)
    );
    assert_eq!(last.started_at, killed.started_at);
    let all = runs(&store, Some(source.partner)).unwrap();
    assert_eq!(all.last().unwrap().outcome, Outcome::Stopped);
}

/// The records of a source that fails every few minutes stay bounded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_bounded_and_the_last_run_that_was_done_stays_known() {
    let source = Source::with_customers(40, "none", RateLimits::None).await;
    let (store, _folder) = target();
    let settings = source.settings();
    let client = source.client();
    let done = source.collect(&store, &client, &settings).await.unwrap();
    let file = store
        .work_dir()
        .join(format!("collections/{}/runs.ndjson", source.partner));
    let mut records = std::fs::read_to_string(&file).unwrap();
    let mut failed = Run {
        outcome: Outcome::Failed,
        error: Some("x".repeat(2000)),
        ..done.clone()
    };
    while records.len() <= 4 << 20 {
        failed.started_at += Duration::from_secs(900);
        failed.ended_at = Some(failed.started_at + Duration::from_secs(1));
        records.push_str(&serde_json::to_string(&failed).unwrap());
        records.push('\n');
    }
    std::fs::write(&file, &records).unwrap();
    let last = last_collection(&store, source.partner).unwrap().unwrap();
    assert_eq!(
        (last.outcome, last.last_done_at),
        (Outcome::Failed, done.ended_at)
    );

    let (client, notice) = stopping(&source, 0);
    tokio::select! {
        _ = source.collect(&store, &client, &settings) => panic!("it was to be stopped"),
        () = notice.notified() => {}
    }
    let length = std::fs::metadata(&file).unwrap().len();
    assert!((1 << 20..3 << 20).contains(&length), "{length}");
    let last = last_collection(&store, source.partner).unwrap().unwrap();
    assert_eq!(
        (last.outcome, last.last_done_at),
        (Outcome::Stopped, done.ended_at)
    );
    let all = runs(&store, Some(source.partner)).unwrap();
    assert!(
        all.contains(&done) && all.contains(&failed),
        "{}",
        all.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_collector_leaves_or_waits() {
    let source = Source::with_customers(40, "none", RateLimits::None).await;
    let (store, _folder) = target();
    let settings = Settings {
        way: Some(Way::Customer),
        ..source.settings()
    };
    let (first, notice) = stopping(&source, 5);
    let second = source.client();
    let waiting = Settings {
        wait: true,
        ..settings.clone()
    };
    let (first, second) = tokio::join!(source.collect(&store, &first, &settings), async {
        notice.notified().await;
        let refused = source
            .collect(&store, &second, &settings)
            .await
            .unwrap_err();
        assert!(matches!(refused, CollectError::Busy { .. }), "{refused}");
        source.collect(&store, &second, &waiting).await
    });
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(second.started_at >= first.started_at);
    assert_eq!(second.deliveries.new, 0);
    assert!(!second.resumed);
}
