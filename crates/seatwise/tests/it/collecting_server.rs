//! Servers that collect.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::collect::Source;
use crate::process::{PARTNER, Running, run};

#[test]
fn a_server_collects_by_itself_and_says_so() {
    let source = Source::with(&["--customers", "5"]);
    let folder = tempfile::tempdir().unwrap();
    // The folder does not exist yet.
    let data = folder.path().join("data");
    let server = source.collected_by_a_server(&data);
    let status = source.status_when_waiting(&server, &data, 1);
    let args = ["token", "--data-dir", data.to_str().unwrap()];
    assert_eq!(status["partner"], source.partner.as_str());
    assert_eq!(status["collection"]["running"], false);
    assert_eq!(status["collection"]["lastError"], serde_json::Value::Null);
    let (_, metrics) = server.get("/metrics", "");
    let metrics = String::from_utf8(metrics).unwrap();
    assert!(
        metrics.contains("seatwise_collections_total{outcome=\"done\"} 1"),
        "{metrics}"
    );
    assert!(
        metrics.contains("seatwise_collection_running 0"),
        "{metrics}"
    );
    let token = run([&args[..], &["--partner", &source.partner]].concat()).expect_success();
    let (_, coverage) = server.get("/seatwise/v1/coverage", token.trim());
    let coverage: serde_json::Value = serde_json::from_slice(&coverage).unwrap();
    let last = &coverage["lastCollection"];
    assert_eq!(
        (&last["source"], &last["outcome"]),
        (&source.server.url().into(), &"done".into())
    );
    assert_eq!(last["lastDoneAt"], last["endedAt"], "{last}");
    assert_eq!(last["customers"], 5);
    // A settled answer never changes, so it does not have the last collection.
    let known_at = coverage["knownAt"].as_str().unwrap();
    let path = format!("/seatwise/v1/coverage?knownAt={known_at}");
    let (_, fixed) = server.get(&path, token.trim());
    let fixed: serde_json::Value = serde_json::from_slice(&fixed).unwrap();
    assert_eq!(fixed["lastCollection"], serde_json::Value::Null);
    assert_eq!(fixed["services"], coverage["services"]);
    let connection = ["coverage", "--url", &server.url(), "--token", token.trim()];
    let shown = run(connection).expect_success();
    assert!(shown.contains("\nLast collection: done "), "{shown}");

    // Another partner does not see it.
    let other = run([&args[..], &["--partner", PARTNER]].concat()).expect_success();
    let (_, body) = server.get("/seatwise/v1/status", other.trim());
    assert_eq!(
        String::from_utf8(body).unwrap(),
        format!(r#"{{"partner":"{PARTNER}","collection":null}}"#)
    );

    // A restarted server knows when the last collection ended.
    let age = "seatwise_collection_age_seconds -1\n";
    drop(server);
    let server = source.collected_by_a_server(&data);
    let again = source.status_when_waiting(&server, &data, 0);
    assert_eq!(
        again["collection"]["lastDoneAt"], last["endedAt"],
        "{again}"
    );
    let (_, metrics) = server.get("/metrics", "");
    let metrics = String::from_utf8(metrics).unwrap();
    assert!(!metrics.contains(age), "{metrics}");
}

/// A failure to collect affects that duty only.
#[test]
fn records_that_cannot_be_read_do_not_end_the_server() {
    let source = Source::with(&["--customers", "5"]);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let records = data.join("collections").join(&source.partner);
    seatwise_store::Store::create(&data).unwrap();
    std::fs::create_dir_all(records.join("runs.ndjson")).unwrap();
    let server = source.collected_by_a_server(&data);
    let failed = "seatwise_duty_rounds_total{duty=\"collecting\",outcome=\"failed\"} 1\n";
    loop {
        let (head, metrics) = server.get("/metrics", "");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        if String::from_utf8(metrics).unwrap().contains(failed) {
            break;
        }
        std::thread::yield_now();
    }
    let (head, _) = server.get("/readyz", "");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
}

impl Source {
    /// The status of collections, after this many are done and the server waits for the next one.
    pub(crate) fn status_when_waiting(
        &self,
        server: &Running,
        data: &Path,
        done: u64,
    ) -> serde_json::Value {
        let args = ["token", "--data-dir", data.to_str().unwrap()];
        let token = run([&args[..], &["--partner", &self.partner]].concat()).expect_success();
        loop {
            let (head, body) = server.get("/seatwise/v1/status", token.trim());
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            let status: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let collection = &status["collection"];
            if collection["done"] == done && collection["nextAt"].is_string() {
                return status;
            }
            assert_eq!(collection["failed"], 0, "{status}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_server_that_is_started_again_keeps_the_schedule() {
    let source = Source::with(&["--customers", "5"]);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    source.collect(&data, &[]).expect_success();
    let runs = data.join("collections").join(&source.partner);
    let runs = runs.join("runs.ndjson");
    let recorded = std::fs::read_to_string(&runs).unwrap();
    let mut last: serde_json::Value =
        serde_json::from_str(recorded.lines().last().unwrap()).unwrap();
    let time =
        |value: &serde_json::Value| -> Timestamp { value.as_str().unwrap().parse().unwrap() };
    let url = source.server.url();
    let options = [
        "--dev-identity",
        "--collect-every",
        "168h",
        "--collect-from",
        &url,
        "--collect-token",
        &source.token,
    ];
    let next = |done, more: &[&str]| {
        let server = Running::serve_with(&data, &[&options, more].concat());
        let status = source.status_when_waiting(&server, &data, done);
        time(&status["collection"]["nextAt"])
    };
    let daily = ["--collect-at", "03:30"];
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    let began = time(&last["startedAt"]);
    assert_eq!(next(0, &[]), began + 7 * DAY);
    let of_a_week = began + 6 * DAY..=began + 7 * DAY;
    assert!(of_a_week.contains(&next(0, &daily)));

    // A failed collection continues after a pause, an interrupted one at once.
    let mut record = |outcome: &str, ended_at: Option<Timestamp>| {
        last["startedAt"] = (time(&last["startedAt"]) + SignedDuration::from_secs(1))
            .to_string()
            .into();
        last["endedAt"] = ended_at.map(|at| at.to_string()).into();
        last["outcome"] = outcome.into();
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(&runs)
            .unwrap();
        writeln!(file, "{last}").unwrap();
    };
    let failed = began + SignedDuration::from_secs(60);
    record("failed", Some(failed));
    assert_eq!(next(0, &daily), failed + SignedDuration::from_mins(15));
    record("running", None);
    assert!(of_a_week.contains(&next(1, &daily)));
}

#[test]
fn schedules_that_cannot_be_kept_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    seatwise_store::Store::create(&data).unwrap();
    let serve = |options: &[&str]| {
        let args = [
            "serve",
            "--dev-identity",
            "--data-dir",
            data.to_str().unwrap(),
        ];
        run([&args[..], options].concat())
    };
    let often = serve(&["--collect-every", "36h", "--collect-at", "03:30"]);
    assert_eq!(often.code, Some(2), "{}", often.stderr);
    assert!(
        often
            .stderr
            .contains("give whole days with --collect-every"),
        "{}",
        often.stderr
    );
    let nowhere = serve(&["--collect-every", "24h", "--time-zone", "Europe/Nowhere"]);
    assert_eq!(nowhere.code, Some(2), "{}", nowhere.stderr);
    let signed_out = serve(&["--collect-every", "24h", "--time-zone", "Europe/Berlin"]);
    assert_eq!(signed_out.code, Some(3), "{}", signed_out.stderr);
    assert!(
        signed_out.stderr.contains("you are not signed in"),
        "{}",
        signed_out.stderr
    );
}
