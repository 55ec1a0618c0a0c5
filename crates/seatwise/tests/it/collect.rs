//! `seatwise collect` and `seatwise runs`: the real binary against a real server.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

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
