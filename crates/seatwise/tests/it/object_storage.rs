//! Commands with the data in object storage.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::process::{Ended, PARTNER, Running, USAGE_HEADER, run, run_with};

/// The settings of a storage that no test asks.
const SETTINGS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "key-of-a-test"),
    ("AWS_SECRET_ACCESS_KEY", "secret-of-a-test"),
];

fn usage(day: &str, customer: u32, active: u32) -> String {
    format!(
        "{day},EXO,Exchange,o365,Microsoft Office 365,reseller,0a000000-0000-4000-8000-{customer:012},\
         Northwind,6fd2c87f-b296-42f0-b197-1e91e994b900,OFFICE 365 ENTERPRISE E3,{active},100\n"
    )
}

#[test]
fn a_url_needs_a_folder_on_this_computer_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let status = |url: &str, work: &[&str]| -> Ended {
        let args = [&["status", "--data-dir", url], work].concat();
        run_with(args, &SETTINGS)
    };
    let missing = status("s3://bucket/licences", &[]);
    assert_eq!(missing.code, Some(2));
    assert_eq!(
        missing.stderr,
        "error: object storage needs a folder on this computer for uploads, keys and progress\n\
         hint: name one with --work-dir, or in SEATWISE_WORK_DIR\n"
    );
    let work = home.path().join("work");
    fs::create_dir(&work).unwrap();
    fs::write(work.join("storage"), "s3://bucket/other\n").unwrap();
    let of_other = status(
        "s3://bucket/licences",
        &["--work-dir", work.to_str().unwrap()],
    );
    assert_eq!(of_other.code, Some(2));
    assert_eq!(
        of_other.shown(home.path()),
        "exit Some(2)\n--- stdout\n--- stderr\n\
         error: `DIR/work` is the work folder of `s3://bucket/other`\n\
         hint: name another folder with --work-dir\n"
    );
}

#[test]
fn a_url_of_no_storage_is_refused_before_a_request() {
    let home = tempfile::tempdir().unwrap();
    let work = home.path().join("work");
    for (url, problem) in [
        ("ftp://bucket/licences", "Unable to recognise URL"),
        (
            "s3://user:password@bucket/licences",
            "must not have a password",
        ),
        ("file:///tmp/licences", "is not a kind of object storage"),
    ] {
        let args = [
            "status",
            "--storage",
            url,
            "--work-dir",
            work.to_str().unwrap(),
        ];
        let refused = run_with(args, &SETTINGS);
        assert_eq!(refused.code, Some(2), "{url}: {}", refused.stderr);
        assert!(
            refused.stderr.contains(problem),
            "{url}: {}",
            refused.stderr
        );
        assert!(!refused.stderr.contains(":password"), "{}", refused.stderr);
        assert!(!work.join("storage").exists());
    }
}

#[test]
fn a_profile_can_name_a_url() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("seatwise.toml");
    let path = config.to_str().unwrap();
    let init = [
        "init",
        "--config",
        path,
        "--partner",
        PARTNER,
        "--data-dir",
        "az://box/a",
    ];
    let work = home.path().join("work");
    run(init.iter().chain(&["--work-dir", work.to_str().unwrap()])).expect_success();
    let text = fs::read_to_string(&config).unwrap();
    assert!(text.contains("data-dir = \"az://box/a\"\n"), "{text}");
    // Without an account, no request is sent.
    let status = run(["status", "--config", path]);
    assert_eq!(status.code, Some(2), "{}", status.stderr);
    assert!(
        status.stderr.contains("cannot use the URL"),
        "{}",
        status.stderr
    );
    assert!(work.is_dir());
}

#[test]
fn storage_that_does_not_answer_is_an_error_that_says_what_to_check() {
    let home = tempfile::tempdir().unwrap();
    // No server listens on a port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    let settings = [
        ("AWS_ENDPOINT", address.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "us-east-1"),
        SETTINGS[0],
        SETTINGS[1],
    ];
    let work = home.path().join("work");
    let args = ["status", "--data-dir", "s3://bucket/a", "--work-dir"];
    let args = args
        .iter()
        .map(std::ffi::OsStr::new)
        .chain([work.as_os_str()]);
    let refused = run_with(args, &settings);
    assert_eq!(refused.code, Some(8), "{}", refused.stderr);
    assert!(
        refused
            .stderr
            .starts_with("error: cannot use `s3://bucket/a`\n"),
        "{}",
        refused.stderr
    );
    assert!(
        refused
            .stderr
            .contains("hint: check the URL, that its bucket or container exists"),
        "{}",
        refused.stderr
    );
    assert!(
        !refused.stderr.contains(SETTINGS[1].1),
        "{}",
        refused.stderr
    );
}

/// A folder with its data in object storage, and commands for both.
struct Both<'a> {
    home: &'a Path,
    url: String,
}

impl Both<'_> {
    fn data(&self) -> String {
        self.home.join("data").to_str().unwrap().to_owned()
    }

    fn work(&self) -> String {
        self.home.join("work").to_str().unwrap().to_owned()
    }

    fn in_storage(&self, words: &[&str]) -> Ended {
        let work = self.work();
        run([words, &["--data-dir", &self.url, "--work-dir", &work]].concat())
    }

    fn in_folder(&self, words: &[&str]) -> Ended {
        run([words, &["--data-dir", &self.data()]].concat())
    }

    /// Both must say the same.
    #[track_caller]
    fn same(&self, words: &[&str]) {
        let there = self.in_storage(words).expect_success();
        assert_eq!(there, self.in_folder(words).expect_success(), "{words:?}");
    }

    fn same_answers(&self) {
        for words in [
            "usage --output json",
            "usage --as-of 2026-10-02 --output json",
            "deployment --output json",
            "history --by customer --from 2026-10-01 --to 2026-10-05 --output csv",
            "coverage --output csv",
            "query usage --output csv",
        ] {
            self.same(&words.split(' ').collect::<Vec<_>>());
        }
    }
}

/// Runs on the object storage of `SEATWISE_TEST_STORAGE`, with the credentials of the environment.
#[test]
#[ignore = "needs the doubles that `crates/seatwise-store/tests/doubles/run.sh` starts"]
fn commands_with_the_object_storage_of_a_cloud_say_the_same_as_with_a_folder() {
    let home = tempfile::tempdir().unwrap();
    let mut settings = std::env::vars();
    let (_, url) = settings
        .find(|(name, _)| name == "SEATWISE_TEST_STORAGE")
        .expect("a URL in SEATWISE_TEST_STORAGE");
    let both = Both {
        home: home.path(),
        url: format!("{url}/commands"),
    };
    let empty = both.in_storage(&["status"]);
    assert_eq!(empty.code, Some(8), "{}", empty.stderr);
    assert!(empty.stderr.contains("is empty"), "{}", empty.stderr);

    // A folder moves to the storage.
    let file = |name: &str, rows: String| {
        let file = home.path().join(name);
        fs::write(&file, format!("{USAGE_HEADER}\n{rows}")).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let first = file(
        "1.csv",
        usage("2026-10-01", 1, 50) + &usage("2026-10-01", 2, 60),
    );
    let import = |path| ["import", "--partner", PARTNER, path];
    both.in_folder(&import(&first)).expect_success();
    both.in_storage(&["restore", &both.data()]).expect_success();
    both.same_answers();
    let again = both.in_storage(&["restore", &both.data()]);
    assert_eq!(again.code, Some(8), "{}", again.stderr);

    // Both get the same files, one of them through a server.
    let second = file(
        "2.csv",
        usage("2026-10-02", 1, 55) + &usage("2026-10-01", 2, 61),
    );
    both.in_folder(&import(&second)).expect_success();
    let server = Running::serve_with(
        Path::new(&both.url),
        &["--dev-identity", "--work-dir", &both.work()],
    );
    let token = both
        .in_storage(&["token", "--partner", PARTNER])
        .expect_success();
    let usage_now = || -> Value {
        let (_, body) = server.get("/v1/analytics/licenses/usage", token.trim());
        let text = String::from_utf8(body).unwrap();
        serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap()
    };
    let before = usage_now();
    let receipt = both.in_storage(&import(&second)).expect_success();
    assert!(receipt.contains("1 restated"), "{receipt}");
    while usage_now() == before {
        std::thread::yield_now();
    }
    both.same_answers();
    let verified = both.in_storage(&["verify"]);
    assert_eq!(
        verified.code,
        Some(0),
        "{}{}",
        verified.stdout,
        verified.stderr
    );

    // What needs a lock is refused, and says what to do.
    let customer = "0a000000-0000-4000-8000-000000000001";
    let forget = [
        "forget",
        "--partner",
        PARTNER,
        "--customer",
        customer,
        "--yes",
    ];
    let refused = both.in_storage(&forget);
    assert_eq!(refused.code, Some(8), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("seatwise restore"),
        "{}",
        refused.stderr
    );
    both.same_answers();

    // And the storage moves back to a folder.
    let copy = home.path().join("copy");
    both.in_storage(&["backup", copy.to_str().unwrap()])
        .expect_success();
    fs::remove_dir_all(both.data()).unwrap();
    fs::rename(&copy, both.data()).unwrap();
    both.same_answers();
    both.in_folder(&forget).expect_success();
}
