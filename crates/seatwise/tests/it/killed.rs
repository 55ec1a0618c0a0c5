//! An importing process is killed at every stage of its work, many times.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{PARTNER, USAGE_HEADER, run, seatwise};

const ROUNDS: u32 = 40;

/// The rows of one round: deliveries of twelve rows each, for new customers.
pub(crate) fn rows(round: u32) -> String {
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

/// When a process is killed. Each moment is visible from outside, so no round depends on the speed
/// of the computer, except for whether the kill comes in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moment {
    /// As soon as it runs.
    AtOnce,
    /// As soon as it has written something, before the log has it.
    Writing,
    /// As soon as the log has a new entry, before it is reported.
    Committed,
    /// As soon as it has reported success, before it ends.
    Acknowledged,
}

pub(crate) const MOMENTS: [Moment; 4] = [
    Moment::AtOnce,
    Moment::Writing,
    Moment::Committed,
    Moment::Acknowledged,
];

/// The entries of a partner's usage table and of its log.
pub(crate) fn seen(data: &Path, partner: &str) -> [BTreeSet<OsString>; 2] {
    let table = data.join("partners").join(partner).join("usage");
    [table.clone(), table.join("_delta_log")].map(|folder| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name()).collect()
    })
}

/// The result of one round.
#[derive(Default)]
pub(crate) struct Round {
    /// Killed after it had begun to write, before it reported success.
    pub(crate) in_the_middle: bool,
    pub(crate) acknowledged: bool,
}

/// Runs a process that writes to a partner's table, kills it at the moment, and returns how far it
/// came. The process prints `done` on success.
pub(crate) fn killed(
    mut command: Command,
    (data, partner): (&Path, &str),
    moment: Moment,
    done: &str,
) -> Round {
    let before = seen(data, partner);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = String::new();
    let mut out = child.stdout.take().unwrap();
    match moment {
        Moment::AtOnce => {}
        Moment::Acknowledged => {
            let mut lines = BufReader::new(&mut out);
            while !output.contains(done) && lines.read_line(&mut output).unwrap() > 0 {}
        }
        Moment::Writing | Moment::Committed => {
            let place = usize::from(moment == Moment::Committed);
            while seen(data, partner)[place] == before[place] && child.try_wait().unwrap().is_none()
            {
            }
        }
    }
    child.kill().ok();
    let was_killed = child.wait().unwrap().code().is_none();
    out.read_to_string(&mut output).unwrap();
    let acknowledged = output.contains(done);
    Round {
        in_the_middle: was_killed && !acknowledged && seen(data, partner) != before,
        acknowledged,
    }
}

#[test]
fn what_was_acknowledged_is_there_and_nothing_is_half_there() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let args = |file: &PathBuf| {
        let data = data.as_os_str().to_owned();
        let mut args: Vec<OsString> = vec!["import".into(), "--data-dir".into(), data];
        args.extend(["--partner".into(), PARTNER.into(), file.into()]);
        args
    };
    let mut acknowledged = Vec::new();
    let mut files = Vec::new();
    let mut in_the_middle = Vec::new();
    for (round, moment) in (0..ROUNDS).zip(MOMENTS.into_iter().cycle()) {
        let file = folder.path().join(format!("{round}.csv"));
        fs::write(&file, rows(round)).unwrap();
        let mut command = seatwise();
        command.args(args(&file));
        let ended = killed(command, (&data, PARTNER), moment, "20 new");
        acknowledged.push(ended.acknowledged);
        in_the_middle.push(ended.in_the_middle);
        files.push(file);
    }
    // Otherwise the test shows nothing.
    let count = |rounds: &[bool]| rounds.iter().filter(|happened| **happened).count();
    assert!(
        count(&in_the_middle) >= ROUNDS as usize / 8,
        "{in_the_middle:?}"
    );
    assert!(
        count(&acknowledged) >= ROUNDS as usize / 4,
        "{acknowledged:?}"
    );
    let mut stored = 0;
    for (file, acknowledged) in files.iter().zip(&acknowledged) {
        let mut args = args(file);
        args.extend(["--dry-run".into(), "--output".into(), "json".into()]);
        let receipt: serde_json::Value = serde_json::from_str(&run(args).expect_success()).unwrap();
        // Half a delivery would count as a restatement.
        assert_eq!(receipt["deliveriesRestated"], 0);
        let unchanged = receipt["deliveriesUnchanged"].as_u64().unwrap();
        assert!(unchanged == 0 || unchanged == 20, "a commit is half there");
        assert!(
            !acknowledged || unchanged == 20,
            "an acknowledged delivery is gone"
        );
        stored += unchanged;
    }
    // The table can be opened, and has the rows of whole deliveries.
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
