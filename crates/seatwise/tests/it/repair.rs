//! A folder with a wrong clock in its past: each step follows the hint of the one before.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use seatwise_store::Store;
use seatwise_store::import::{ImportOptions, Input, Progress, import};

use crate::process::{self, PARTNER, USAGE_HEADER, run};

fn row(day: &str, customer: u32) -> String {
    format!(
        "{day},EXO,Exchange,o365,,reseller,{customer:08x}-70f4-4e1e-9ff1-b2bfce8d9f04,C,p1,E3,1,2\n"
    )
}

fn file(folder: &Path, name: &str, rows: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, format!("{USAGE_HEADER}\n{rows}")).unwrap();
    path
}

/// A data folder whose only import used this clock.
fn imported_at(data: &Path, file: PathBuf, now: &str) {
    let now: Timestamp = now.parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::create(data).unwrap();
        let options = ImportOptions::new(PARTNER.parse().unwrap());
        let inputs = vec![Input::File(file)];
        let imported = import(&store, &options, inputs, now, Arc::new(Progress::default()));
        imported.await.unwrap();
    });
}

/// The date of this computer, from a dry run.
fn today(data: &str) -> String {
    let shown = run(["repair", "--data-dir", data, "--output", "json"]).expect_success();
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["dryRun"], true);
    shown["at"].as_str().unwrap()[..10].to_owned()
}

#[test]
fn a_folder_that_met_a_clock_of_2998_is_mended_as_the_hints_say() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let rows = row("2026-10-01", 1) + &row("2034-05-01", 2);
    imported_at(
        &data,
        file(folder.path(), "wrong.csv", &rows),
        "2998-01-01T00:00:00Z",
    );
    let right = file(folder.path(), "right.csv", &row("2026-10-02", 1));
    let data = data.to_str().unwrap();

    let found = run(["verify", "--data-dir", data]);
    insta::assert_snapshot!(found.shown(folder.path()), @"
    exit Some(8)
    --- stdout
    usage of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: 2 deliveries, 2 rows in 1 file at version 1: whole
    clock of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: it has records of the future
      usage: something in it was recorded at 2998-01-01T00:00:00Z, which is still to come
      usage: something in it was processed on 2034-05-01, which is still to come
    imports of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: 1 file: whole
    --- stderr
    error: damage was found in 2 places
    hint: nothing was changed; `seatwise repair` shows the records of the future and corrects them
    ");
    let import = || process::import(Path::new(data), &[&right]);
    let refused = import();
    assert_eq!(refused.code, Some(8));
    assert!(
        refused.stderr.contains("`seatwise repair` shows"),
        "{}",
        refused.stderr
    );

    let shown = run(["repair", "--data-dir", data]);
    assert_eq!(shown.code, Some(0));
    assert!(
        shown.stdout.contains("1 delivery, recorded from 2998-"),
        "{}",
        shown.stdout
    );
    assert!(
        shown.stdout.contains("2034-05-01 of customer 00000002-"),
        "{}",
        shown.stdout
    );
    assert!(
        shown.stderr.contains("nothing was changed: if it is "),
        "{}",
        shown.stderr
    );
    assert_eq!(run(["verify", "--data-dir", data]).code, Some(8));

    // A date that differs from the computer's is rejected.
    let other = run(["repair", "--data-dir", data, "--today", "2020-01-01"]);
    assert_eq!(other.code, Some(2));
    assert!(other.stderr.contains("not 2020-01-01"), "{}", other.stderr);
    assert_eq!(run(["verify", "--data-dir", data]).code, Some(8));

    let today = today(data);
    run(["repair", "--data-dir", data, "--today", &today]).expect_success();
    run(["verify", "--data-dir", data]).expect_success();
    let stored = import().expect_success();
    assert!(stored.contains("1 new, 0 unchanged"), "{stored}");
    let again = run(["repair", "--data-dir", data, "--today", &today]).expect_success();
    assert!(
        again.starts_with("nothing to repair: by this computer's clock it is "),
        "{again}"
    );
    let status = run(["status", "--data-dir", data]).expect_success();
    assert!(
        status.contains(&format!("last recorded {today}")),
        "{status}"
    );
}

#[test]
fn a_folder_that_slept_for_years_goes_on_when_somebody_says_that_the_clock_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let old = file(folder.path(), "old.csv", &row("2017-03-01", 1));
    imported_at(&data, old, "2017-03-15T12:00:00Z");
    let new = file(folder.path(), "new.csv", &row("2026-10-02", 1));
    let data = data.to_str().unwrap();
    let import = || process::import(Path::new(data), &[&new]);
    let refused = import();
    assert_eq!(refused.code, Some(8));
    assert!(
        refused.stderr.contains("`seatwise repair --today DATE`"),
        "{}",
        refused.stderr
    );
    run(["verify", "--data-dir", data]).expect_success();
    run(["repair", "--data-dir", data, "--today", &today(data)]).expect_success();
    import().expect_success();
}
