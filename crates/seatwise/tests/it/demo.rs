//! `seatwise demo`, the first minute.

use std::path::Path;

use crate::process::{PARTNER, Running, import, run};

#[test]
fn once_prints_the_same_table_for_the_same_seed() {
    let table = || {
        let args = [
            "demo",
            "--once",
            "--seed",
            "7",
            "--customers",
            "40",
            "--days",
            "35",
        ];
        run(args).expect_success()
    };
    let first = table();
    insta::assert_snapshot!(first);
    assert_eq!(table(), first);
    assert_ne!(
        run([
            "demo",
            "--once",
            "--seed",
            "8",
            "--customers",
            "40",
            "--days",
            "35"
        ])
        .expect_success(),
        first
    );
}

#[test]
fn the_line_that_is_printed_works() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let args = [
        "--data-dir",
        data.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
    ];
    let small = ["--customers", "10", "--days", "5"];
    let (demo, printed) = Running::demo(&[&args[..], &small[..]].concat());
    let token = &Running::token(&printed);
    let (head, body) = demo.get("/v1/analytics/licenses/usage", token);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(body.starts_with("\u{feff}{\"totalCount\":".as_bytes()));
    assert_eq!(demo.interrupt(), Some(0));
    // The folder remains for further use.
    let status = run([
        "status",
        "--data-dir",
        data.to_str().unwrap(),
        "--output",
        "json",
    ]);
    let status: serde_json::Value = serde_json::from_str(&status.expect_success()).unwrap();
    assert_eq!(status[0]["tables"][0]["kind"], "usage");
    assert!(status[0]["tables"][0]["deliveries"].as_u64().unwrap() > 50);
}

#[test]
fn a_folder_of_real_facts_is_no_place_for_a_demo() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("facts");
    let demo = || {
        let small = ["--customers", "5", "--days", "3", "--once", "--data-dir"];
        run(["demo"]
            .iter()
            .chain(&small)
            .chain(&[data.to_str().unwrap()]))
    };
    demo().expect_success();
    // The demo can run again, and leaves no copy of the imported files.
    demo().expect_success();
    assert!(!data.join("portfolio").exists());
    let usage = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/usage.csv");
    import(&data, &[Path::new(usage)]).expect_success();
    let refused = demo();
    insta::assert_snapshot!(refused.shown(folder.path()).replace(PARTNER, "PARTNER"), @"
    exit Some(2)
    --- stdout
    --- stderr
    error: `DIR/facts` has data of partner PARTNER, which no demo made
    hint: name a new folder or an empty one with --data-dir
    ");
}
