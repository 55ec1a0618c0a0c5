//! `seatwise collect` and `seatwise runs`: the real binary against a real server.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::process::{Ended, PARTNER, Running, run, run_with, seatwise};

/// A source with a made-up partner and a token for it.
pub(crate) struct Source {
    pub(crate) server: Running,
    pub(crate) token: String,
    pub(crate) partner: String,
}

impl Source {
    pub(crate) fn with(options: &[&str]) -> Self {
        let size = ["--listen", "127.0.0.1:0", "--days", "3"];
        let (server, printed) = Running::demo(&[&size[..], options].concat());
        let after = |words: &str, end: char| {
            let rest = printed.split(words).nth(1).unwrap();
            rest.split(end).next().unwrap().to_owned()
        };
        Self {
            token: Running::token(&printed),
            partner: after("Serving partner ", ' '),
            server,
        }
    }

    /// A server over this data folder that collects from the source once a day.
    pub(crate) fn collected_by_a_server(&self, data: &Path) -> Running {
        let url = self.server.url();
        let options = [
            "--dev-identity",
            "--collect-every",
            "24h",
            "--collect-from",
            &url,
            "--collect-token",
            &self.token,
        ];
        Running::serve_with(data, &options)
    }

    pub(crate) fn environment(&self) -> [(&str, &str); 1] {
        [("SEATWISE_TOKEN", self.token.as_str())]
    }

    pub(crate) fn args<'a>(data: &'a Path, url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let args = [
            "collect",
            "--data-dir",
            data.to_str().unwrap(),
            "--from",
            url,
        ];
        [&args[..], more].concat()
    }

    pub(crate) fn collect(&self, data: &Path, more: &[&str]) -> Ended {
        let url = self.server.url();
        run_with(Self::args(data, &url, more), &self.environment())
    }

    /// The figures of the partner, as served.
    fn figures(server: &Running, token: &str) -> [Vec<u8>; 2] {
        ["usage", "deployment"].map(|kind| {
            let (head, body) = server.get(&format!("/v1/analytics/licenses/{kind}"), token);
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            body
        })
    }

    /// Asserts that the collected data gives the same bytes as the source.
    pub(crate) fn assert_collected(&self, data: &Path) {
        let server = Running::serve(data);
        let args = ["token", "--data-dir", data.to_str().unwrap()];
        let token = run([&args[..], &["--partner", &self.partner]].concat()).expect_success();
        assert!(
            Self::figures(&self.server, &self.token) == Self::figures(&server, token.trim()),
            "the answers differ"
        );
    }
}

#[test]
fn what_was_collected_is_answered_as_the_source_answers() {
    let source = Source::with(&["--customers", "40"]);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let collected = source.collect(&data, &[]).expect_success();
    let lines: Vec<&str> = collected.lines().collect();
    assert!(
        lines[0].contains(" customers with 3 requests in "),
        "{collected}"
    );
    assert!(
        lines[1].contains(" 0 unchanged, 0 restated, 0 rejected; "),
        "{collected}"
    );
    source.assert_collected(&data);

    let again = source
        .collect(&data, &["--output", "json"])
        .expect_success();
    let again: serde_json::Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["deliveries"]["new"], 0);
    assert_eq!(again["outcome"], "done");
    assert_eq!(again["usage"], "commercial");

    let runs = run(["runs", "--data-dir", data.to_str().unwrap()]).expect_success();
    assert_eq!(runs.lines().count(), 3, "{runs}");
    assert!(
        runs.lines().skip(1).all(|line| line.contains("done")),
        "{runs}"
    );
}

#[test]
fn a_collector_that_is_killed_goes_on_where_it_was() {
    let faults = "429=3%;retry-after=1,503=2%,reset=2%,truncate=2%";
    let source = Source::with(&["--customers", "60", "--fault", faults]);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = source.server.url();
    let manner = ["--ask", "customers", "--requests-per-minute", "6000"];
    let args = Source::args(&data, &url, &manner);
    let mut killed_in_the_middle = 0;
    for _ in 0..6 {
        let before = journal_length(&data, &source.partner);
        let mut child = seatwise()
            .args(&args)
            .envs(source.environment())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // After a few more responses.
        while journal_length(&data, &source.partner) <= before + 500
            && child.try_wait().unwrap().is_none()
        {
            std::thread::yield_now();
        }
        child.kill().ok();
        let was_killed = child.wait().unwrap().code().is_none();
        killed_in_the_middle += u32::from(was_killed);
    }
    assert_eq!(killed_in_the_middle, 6);
    let runs = ["runs", "--data-dir", data.to_str().unwrap(), "--output"];
    let records = run([&runs[..], &["json"]].concat()).expect_success();
    let records: serde_json::Value = serde_json::from_str(&records).unwrap();
    let stopped = records.as_array().unwrap().iter();
    assert!(
        stopped.clone().all(|run| run["outcome"] == "stopped"),
        "{records}"
    );
    assert_eq!(stopped.count(), 6);
    // The number of their requests is unknown, so it is not shown.
    let shown = run([&runs[..], &["table"]].concat()).expect_success();
    let last = shown.lines().last().unwrap();
    assert!(last.trim_end().ends_with("stopped"), "{shown}");

    let ended = [&args[..], &["--output", "json"]].concat();
    let ended = run_with(ended, &source.environment()).expect_success();
    let ended: serde_json::Value = serde_json::from_str(&ended).unwrap();
    assert_eq!(ended["resumed"], true);
    // Each of 60 customers would need two requests.
    assert!(ended["requests"].as_u64().unwrap() < 110, "{ended}");
    source.stop_faults();
    source.assert_collected(&data);
}

/// The length of a collection's journal; 0 if there is none.
fn journal_length(data: &Path, partner: &str) -> u64 {
    let sources = data.join("collections").join(partner).join("sources");
    let sources = std::fs::read_dir(sources).into_iter().flatten().flatten();
    let journals = sources.map(|source| source.path().join("progress/journal.ndjson"));
    let lengths = journals.filter_map(|journal| Some(journal.metadata().ok()?.len()));
    lengths.sum()
}

/// Ctrl-C ends a collection with the exit code of shells, and the record shows its progress.
#[cfg(unix)]
#[test]
fn a_collection_that_is_interrupted_says_how_far_it_came() {
    let source = Source::with(&["--customers", "60"]);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = source.server.url();
    let manner = ["--ask", "customers", "--requests-per-minute", "600"];
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let before = journal_length(&data, &source.partner);
        let mut child = seatwise()
            .args(Source::args(&data, &url, &manner))
            .envs(source.environment())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while journal_length(&data, &source.partner) <= before + 500 {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::yield_now();
        }
        let pid = child.id().to_string();
        std::process::Command::new("kill")
            .args([signal, &pid])
            .status()
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
    let args = [
        "runs",
        "--data-dir",
        data.to_str().unwrap(),
        "--output",
        "json",
    ];
    let records = run(args).expect_success();
    let records: serde_json::Value = serde_json::from_str(&records).unwrap();
    for run in records.as_array().unwrap() {
        assert_eq!(run["outcome"], "stopped");
        assert!(run["requests"].as_u64().unwrap() > 1, "{records}");
        assert!(run["rows"].as_u64().unwrap() > 0, "{records}");
        assert!(run["customers"].as_u64().unwrap() > 50, "{records}");
    }
}

impl Source {
    fn stop_faults(&self) {
        use std::io::Read as _;
        let mut stream = std::net::TcpStream::connect(&self.server.address).unwrap();
        let body = r#"{"plan":"none"}"#;
        write!(
            stream,
            "PUT /emulator/faults HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            self.server.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[test]
fn mistakes_say_what_to_do() {
    let source = Source::with(&["--customers", "5"]);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let other = source.collect(&data, &["--partner", PARTNER]);
    assert_eq!(other.code, Some(3), "{}", other.stderr);
    let expected = format!(
        "the sign-in is for partner {}, not for {PARTNER}",
        source.partner
    );
    assert!(other.stderr.contains(&expected), "{}", other.stderr);

    let url = source.server.url();
    let opaque = [("SEATWISE_TOKEN", "opaque")];
    let ended = run_with(Source::args(&data, &url, &[]), &opaque);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("give the partner's tenant id with --partner")
    );

    let args = Source::args(&data, &url, &["--partner", PARTNER]);
    let ended = run_with(args, &opaque);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("error: cannot ask for the customers"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("it continues where it stopped"),
        "{}",
        ended.stderr
    );
    let args = [
        "runs",
        "--data-dir",
        data.to_str().unwrap(),
        "--output",
        "json",
    ];
    let runs = run(args).expect_success();
    let runs: serde_json::Value = serde_json::from_str(&runs).unwrap();
    assert_eq!(runs[0]["outcome"], "failed");
    assert!(
        runs[0]["error"]
            .as_str()
            .unwrap()
            .starts_with("cannot ask for the customers: status 401")
    );
}

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
    let url = source.server.url();
    let server = Running::serve_with(
        &data,
        &[
            "--dev-identity",
            "--collect-every",
            "24h",
            "--collect-from",
            &url,
            "--collect-token",
            &source.token,
        ],
    );
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

#[test]
fn a_doctor_says_what_is_wrong_and_what_to_do() {
    let source = Source::with(&["--customers", "40", "--fault", "none"]);
    let url = source.server.url();
    let doctor = |environment: &[(&str, &str)]| {
        run_with(["doctor", "--from", &url, "--output", "json"], environment)
    };
    let well = doctor(&source.environment());
    let findings: serde_json::Value = serde_json::from_str(&well.stdout).unwrap();
    let all: Vec<_> = findings.as_array().unwrap().iter().collect();
    assert_eq!(well.code, Some(0), "{findings}");
    assert_eq!(all.len(), 10, "{findings}");
    assert!(
        all.iter().all(|finding| finding["result"] == "good"),
        "{findings}"
    );

    let expired = doctor(&[("SEATWISE_TOKEN", "opaque")]);
    assert_eq!(expired.code, Some(3), "{}", expired.stderr);
    let findings: serde_json::Value = serde_json::from_str(&expired.stdout).unwrap();
    assert_eq!(findings[0]["result"], "notice");
    let text = findings.to_string();
    assert!(
        text.contains("get a new token with `seatwise login`"),
        "{text}"
    );
}
