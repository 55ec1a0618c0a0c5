//! The importing process is killed at random moments, many times.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use crate::house::{PARTNER, USAGE_HEADER, run, seatwise};

const ROUNDS: u32 = 40;

/// Rows of one round: some deliveries of twelve rows each, of customers of its own.
fn rows(round: u32) -> String {
    let mut rows = format!("{USAGE_HEADER}\n");
    for customer in 0..20 {
        for product in 0..12 {
            rows += &format!(
                "2026-05-{:02},EXO,Exchange,o365,,reseller,{round:08x}-70f4-4e1e-9ff1-{customer:012x},\
                 C,product-{product},P,{round},{}\n",
                1 + round % 28,
                round + 1
            );
        }
    }
    rows
}

/// How long the process may live: from before it reads the file to after it is done. Numbers like
/// dice, but the same in each run.
fn moment(round: u32) -> Duration {
    let dice = u64::from(round).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    Duration::from_micros(10_000 + dice * 2)
}

#[test]
fn what_was_acknowledged_is_there_and_nothing_is_half_there() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let args = |file: &PathBuf| {
        let data = data.as_os_str().to_owned();
        let mut args: Vec<std::ffi::OsString> = vec!["import".into(), "--data-dir".into(), data];
        args.extend(["--partner".into(), PARTNER.into(), file.into()]);
        args
    };
    let mut acknowledged = Vec::new();
    let mut files = Vec::new();
    for round in 0..ROUNDS {
        let file = folder.path().join(format!("{round}.csv"));
        std::fs::write(&file, rows(round)).unwrap();
        let mut command = seatwise();
        let mut child = command
            .args(args(&file))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(moment(round));
        child.kill().ok();
        let output = child.wait_with_output().unwrap();
        acknowledged.push(String::from_utf8_lossy(&output.stdout).contains("20 new"));
        files.push(file);
    }
    let mut stored = 0;
    for (file, acknowledged) in files.iter().zip(&acknowledged) {
        let mut args = args(file);
        args.extend(["--dry-run".into(), "--output".into(), "json".into()]);
        let receipt: serde_json::Value = serde_json::from_str(&run(args).expect_success()).unwrap();
        // A delivery that is half there would be another one: a restatement.
        assert_eq!(receipt["deliveriesRestated"], 0);
        let unchanged = receipt["deliveriesUnchanged"].as_u64().unwrap();
        assert!(unchanged == 0 || unchanged == 20, "a commit is half there");
        assert!(
            !acknowledged || unchanged == 20,
            "an acknowledged delivery is gone"
        );
        stored += unchanged;
    }
    // The table opens and goes on, and its rows are those of whole deliveries.
    let status = run([
        "status",
        "--data-dir",
        data.to_str().unwrap(),
        "--output",
        "json",
    ]);
    let status: serde_json::Value = serde_json::from_str(&status.expect_success()).unwrap();
    let table = &status[0]["tables"][0];
    assert_eq!(table["deliveries"].as_u64().unwrap_or(0), stored);
    assert_eq!(table["rows"].as_u64().unwrap_or(0), 12 * stored);
    for file in &files {
        run(args(file)).expect_success();
    }
    let status = run([
        "status",
        "--data-dir",
        data.to_str().unwrap(),
        "--output",
        "json",
    ]);
    let status: serde_json::Value = serde_json::from_str(&status.expect_success()).unwrap();
    assert_eq!(status[0]["tables"][0]["deliveries"], 20 * ROUNDS);
}
