//! `seatwise import` and `seatwise status`: receipts, exit codes, standard input.

use std::io::Write as _;
use std::process::Stdio;

use crate::process::{PARTNER, USAGE_HEADER, import, run, seatwise};

fn rows(count: u32) -> String {
    let mut rows = format!("{USAGE_HEADER},remark\n");
    for number in 0..count {
        rows += &format!(
            "2026-05-01,EXO,Exchange,o365,,reseller,{number:08x}-70f4-4e1e-9ff1-b2bfce8d9f04,C,,P,1,2,x\n"
        );
    }
    rows
}

/// The output, without the time it took.
fn timeless(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        match (line.find(" in "), line.contains("rows/s")) {
            (Some(at), true) => lines += &format!("{} in TIME\n", &line[..at]),
            _ => lines += &format!("{line}\n"),
        }
    }
    lines
}

#[test]
fn receipts_for_people_and_programs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("usage.csv");
    std::fs::write(&file, rows(3)).unwrap();
    let (data, file) = (data.to_str().unwrap(), file.to_str().unwrap());
    let args = ["import", "--data-dir", data, "--partner", PARTNER, file];

    let dry = run([&args[..], &["--dry-run"]].concat());
    insta::assert_snapshot!(timeless(&dry.shown(folder.path())), @"
    exit Some(0)
    --- stdout
    checked 3 rows of 1 file in TIME
    deliveries: 3 new, 0 unchanged, 0 restated, 0 rejected; 3 rows would be stored
    --- stderr
    note: columns that are not used: remark
    ");
    assert!(!std::path::Path::new(data).exists());
    insta::assert_snapshot!(timeless(&run(args).shown(folder.path())), @"
    exit Some(0)
    --- stdout
    read 3 rows of 1 file in TIME
    deliveries: 3 new, 0 unchanged, 0 restated, 0 rejected; 3 rows stored
    --- stderr
    note: columns that are not used: remark
    ");
    // Repeated, it changes nothing, and that is not an error.
    let again = run([&args[..], &["--output", "json"]].concat()).expect_success();
    let receipt: serde_json::Value = serde_json::from_str(&again).unwrap();
    assert_eq!(receipt["deliveriesUnchanged"], 3);
    assert!(receipt["rowsPerSecond"].is_u64() && receipt["seconds"].is_f64());

    std::fs::write(file, rows(2).replace(",1,2,", ",1,two,")).unwrap();
    insta::assert_snapshot!(timeless(&run(args).shown(folder.path())), @"
    exit Some(7)
    --- stdout
    --- stderr
    error: `DIR/usage.csv` has 2 bad rows: nothing of it was stored
      DIR/usage.csv:2: licensesQualified `two`: a whole number of seats, 0 or more, is expected
      DIR/usage.csv:3: licensesQualified `two`: a whole number of seats, 0 or more, is expected
    hint: correct the rows and import again, or skip their deliveries with --skip-bad-rows
    ");
    let skipped = run([&args[..], &["--skip-bad-rows"]].concat());
    insta::assert_snapshot!(timeless(&skipped.shown(folder.path())), @"
    exit Some(0)
    --- stdout
    read 2 rows of 1 file in TIME
    deliveries: 0 new, 0 unchanged, 0 restated, 2 rejected; 0 rows stored
    left out: 2 bad rows; 2 deliveries with bad rows were rejected as a whole
    --- stderr
    note: columns that are not used: remark
    bad row: DIR/usage.csv:2: licensesQualified `two`: a whole number of seats, 0 or more, is expected
    bad row: DIR/usage.csv:3: licensesQualified `two`: a whole number of seats, 0 or more, is expected
    rejected rows are in DIR/usage.csv.rejected.csv
    ");

    let status = run(["status", "--data-dir", data]).expect_success();
    assert!(
        status.contains("usage: 3 deliveries of 3 customers, 3 rows"),
        "{status}"
    );
}

/// Rows of these workloads for this many customers.
fn of_workloads(workloads: &[&str], customers: u32) -> String {
    let mut rows = format!("{USAGE_HEADER}\n");
    for number in 0..customers {
        for workload in workloads {
            rows += &format!(
                "2026-05-01,,{workload},o365,,reseller,{number:08x}-70f4-4e1e-9ff1-b2bfce8d9f04,C,,P,1,2\n"
            );
        }
    }
    rows
}

#[test]
fn a_folder_of_parts_what_is_lost_and_who_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let parts = folder.path().join("parts");
    std::fs::create_dir(&parts).unwrap();
    std::fs::write(parts.join("0.csv"), of_workloads(&["Exchange"], 4)).unwrap();
    std::fs::write(parts.join("1.csv"), of_workloads(&["Teams", "Yammer"], 4)).unwrap();
    std::fs::write(parts.join("2.csv"), "").unwrap();
    let (data, parts) = (data.to_str().unwrap(), parts.to_str().unwrap());
    let import = |more: &[&str]| {
        let args = ["import", "--data-dir", data, "--partner", PARTNER];
        timeless(&run([&args[..], more].concat()).shown(folder.path()))
    };
    insta::assert_snapshot!(import(&[parts]), @"
    exit Some(0)
    --- stdout
    read 12 rows of 2 files in TIME
    deliveries: 4 new, 0 unchanged, 0 restated, 0 rejected; 12 rows stored
    joined 4 deliveries whose rows stand in several files: DIR/parts/0.csv, DIR/parts/1.csv
    --- stderr
    note: passed over DIR/parts/2.csv: it is empty
    ");
    let one = folder.path().join("exchange.csv");
    std::fs::write(&one, of_workloads(&["Exchange"], 1)).unwrap();
    let one = one.to_str().unwrap();
    insta::assert_snapshot!(import(&[one]), @"
    exit Some(7)
    --- stdout
    read 1 row of 1 file in TIME
    deliveries: 0 new, 0 unchanged, 0 restated, 0 rejected; 0 rows stored
    --- stderr
    note: the restatements take 2 rows of 1 delivery away:
      2026-05-01 o365 reseller 00000000-70f4-4e1e-9ff1-b2bfce8d9f04: P, Teams
      2026-05-01 o365 reseller 00000000-70f4-4e1e-9ff1-b2bfce8d9f04: P, Yammer
    error: `DIR/exchange.csv` would remove 2 of the 3 rows that its deliveries have now: no usage was stored
    hint: check it with --dry-run; if the files are right and the missing rows no longer exist, add --replace; if they are parts of deliveries, import them together with the other parts
    ");
    let replaced = import(&["--replace", one]);
    assert!(replaced.contains("0 unchanged, 1 restated"), "{replaced}");

    // If files look like both parts and versions, you must choose with `--files`.
    let both = folder.path().join("both.csv");
    std::fs::write(&both, of_workloads(&["Exchange", "Teams"], 1)).unwrap();
    let both = both.to_str().unwrap();
    insta::assert_snapshot!(import(&[one, both]), @"
    exit Some(7)
    --- stdout
    read 3 rows of 2 files in TIME
    deliveries: 0 new, 0 unchanged, 0 restated, 0 rejected; 0 rows stored
    --- stderr
    not stored: DIR/exchange.csv, DIR/both.csv
    error: `DIR/exchange.csv` and `DIR/both.csv` both have rows of usage of customer 00000000-70f4-4e1e-9ff1-b2bfce8d9f04, o365, reseller, 2026-05-01, and some rows name the same product and workload in both, and some do not
    hint: nothing was stored; give --files parts if the rows of both files belong together, --files versions if the later file restates the earlier one, or import the files one by one
    ");
    let versions = import(&["--files", "versions", one, both]);
    assert!(versions.contains("1 unchanged, 1 restated"), "{versions}");

    let newer = folder.path().join("newer.csv");
    let rows = of_workloads(&["Exchange"], 3).replace("2026-05-01", "2026-05-08");
    std::fs::write(&newer, rows).unwrap();
    let complete = import(&["--complete", newer.to_str().unwrap()]);
    let line = "added 1 delivery without rows, of known customers that are not in the files: \
                00000003-70f4-4e1e-9ff1-b2bfce8d9f04\n";
    assert!(complete.contains(line), "{complete}");
    assert!(complete.contains("deliveries: 4 new"), "{complete}");
}

#[test]
fn standard_input_and_no_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut command = seatwise();
    command
        .args(["import", "--partner", PARTNER, "-"])
        .env("SEATWISE_DATA_DIR", &data);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(rows(2).as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("2 new"));
    let status = run(["status", "--data-dir", folder.path().to_str().unwrap()]);
    insta::assert_snapshot!(status.shown(folder.path()), @"
    exit Some(8)
    --- stdout
    --- stderr
    error: `DIR` is not a Seatwise data folder: it contains `data` and no `seatwise-store.json`
    hint: check the path; a new data folder must be empty, or not exist yet
    ");
}

#[test]
fn a_file_of_which_nothing_was_read_has_an_error_and_no_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let missing = import(&data, &[&folder.path().join("missing.csv")]);
    insta::assert_snapshot!(missing.shown(folder.path()), @"
    exit Some(7)
    --- stdout
    --- stderr
    error: cannot import `DIR/missing.csv`: No such file or directory (os error 2)
    ");
}

#[test]
fn lengths_of_time_are_asked_for_in_the_words_of_the_command_line() {
    let refusal = |option: &str, length: &str| {
        let refused = run(["serve", "--data-dir", "nowhere", option, length]);
        assert_eq!(refused.code, Some(2));
        refused.stderr.lines().next().unwrap().to_owned()
    };
    let refusals = [
        refusal("--forget-after", "3y"),
        refusal("--forget-after", "0d"),
        refusal("--compact-every", "often"),
        refusal("--import-every", "5"),
    ];
    insta::assert_snapshot!(refusals.join("\n"), @"
    error: invalid value '3y' for '--forget-after <TIME>': months and years differ in length: give days, such as `1095d`
    error: invalid value '0d' for '--forget-after <TIME>': a duration longer than zero is expected, such as `1h`
    error: invalid value 'often' for '--compact-every <TIME>': a duration is expected, such as `90s`, `1h 30m`, `7d` or `2w`
    error: invalid value '5' for '--import-every <TIME>': a duration is expected, such as `90s`, `1h 30m`, `7d` or `2w`
    ");
}
