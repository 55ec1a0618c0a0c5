//! The upkeep commands, as shown in the README.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{PARTNER, Running, USAGE_HEADER, import, run, seatwise};

pub(crate) const LUMENMOOR: &str = "5ea70002-7c4d-4e8b-8a35-1b9d2f4e6c22";

pub(crate) fn examples(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let files = ["usage.csv", "deployment.csv"].map(|name| Path::new(examples).join(name));
    import(&data, &[&files[0], &files[1]]).expect_success();
    data
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_backup_is_checked_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    let [backup, again] = ["backup", "again"].map(|name| folder.path().join(name));
    run(["backup", "--data-dir", text(&data), text(&backup)]).expect_success();
    let restored = run(["restore", text(&backup), "--data-dir", text(&again)]).expect_success();
    // Usage, deployment and the list of imports.
    assert_eq!(restored.matches(": whole\n").count(), 3, "{restored}");
    let status = |data: &Path| run(["status", "--data-dir", text(data)]).expect_success();
    assert_eq!(status(&again), status(&data));

    let inside = data.join("backup");
    let refused = run(["backup", "--data-dir", text(&data), text(&inside)]);
    insta::assert_snapshot!(refused.shown(folder.path()), @"
    exit Some(8)
    --- stdout
    --- stderr
    error: `DIR/data/backup` is inside `DIR/data`, the folder to copy
    hint: choose a folder outside of it
    ");
    assert!(!inside.exists());
    let occupied = run(["restore", text(&backup), "--data-dir", text(&again)]);
    assert!(
        occupied
            .stderr
            .contains("move this folder away, and restore in its place")
    );
    let inside = backup.join("again");
    let refused = run(["restore", text(&backup), "--data-dir", text(&inside)]);
    assert_eq!(refused.code, Some(8));
    assert!(!inside.exists());
    let refused = run(["backup", "--data-dir", text(&data), text(&backup)]);
    insta::assert_snapshot!(refused.shown(folder.path()), @"
    exit Some(8)
    --- stdout
    --- stderr
    error: `DIR/backup` is not empty: it contains `checksums`
    hint: give an empty folder, or one that does not exist yet
    ");
}

#[test]
fn damage_is_reported_and_a_damaged_backup_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    let whole = run(["verify", "--data-dir", text(&data)]).expect_success();
    insta::assert_snapshot!(whole, @"
    usage of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: 10 deliveries, 36 rows in 2 files at version 1: whole
    deployment of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: 10 deliveries, 14 rows in 2 files at version 1: whole
    imports of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: 1 file: whole
    ");
    let table = data.join(format!("partners/{PARTNER}/usage"));
    let files = fs::read_dir(table)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let file = files.filter(|path| path.is_file()).min().unwrap();
    fs::write(&file, "not a table").unwrap();
    let damaged = run(["verify", "--data-dir", text(&data), "--output", "json"]);
    assert_eq!(damaged.code, Some(8));
    let again = folder.path().join("again");
    let refused = run(["restore", text(&data), "--data-dir", text(&again)]);
    assert_eq!(refused.code, Some(8));
    assert!(!again.exists());
}

#[test]
fn what_is_lost_is_reported_and_not_copied_and_a_backup_brings_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    let [backup, broken, again] =
        ["backup", "broken", "again"].map(|name| folder.path().join(name));
    run(["backup", "--data-dir", text(&data), text(&backup)]).expect_success();
    let figures = run(["status", "--data-dir", text(&data)]).expect_success();
    fs::remove_dir_all(data.join(format!("partners/{PARTNER}/usage"))).unwrap();

    let verified = run(["verify", "--data-dir", text(&data)]);
    insta::assert_snapshot!(verified.shown(folder.path()), @"
    exit Some(8)
    --- stdout
    usage of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: `DIR/data/partners/2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7/usage` is gone
    deployment of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: 10 deliveries, 14 rows in 2 files at version 1: whole
    imports of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: 1 file: whole
    --- stderr
    error: damage was found in 1 place
    hint: nothing was changed; move the data folder away, and restore the folder from a backup with `seatwise restore`
    ");
    let status = run(["status", "--data-dir", text(&data)]);
    assert_eq!(status.code, Some(8));
    let shown = status.shown(folder.path());
    assert!(shown.contains("\ndeployment: 10 deliveries of "), "{shown}");
    assert!(shown.contains("\nusage: cannot be read: "), "{shown}");

    let copied = run(["backup", "--data-dir", text(&data), text(&broken)]);
    assert_eq!(copied.code, Some(8));
    assert!(!broken.join("seatwise-store.json").exists());

    // Follow the hint.
    run(["restore", text(&backup), "--data-dir", text(&again)]).expect_success();
    run(["verify", "--data-dir", text(&again)]).expect_success();
    assert_eq!(
        run(["status", "--data-dir", text(&again)]).expect_success(),
        figures
    );
}

#[test]
fn an_import_mends_damaged_data_as_the_hint_says() {
    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    let status = || run(["status", "--data-dir", text(&data)]).expect_success();
    let figures = status();
    let table = data.join(format!("partners/{PARTNER}/usage"));
    let files = fs::read_dir(table)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    fs::remove_file(files.filter(|path| path.is_file()).min().unwrap()).unwrap();
    let damaged = run(["verify", "--data-dir", text(&data)]);
    let shown = damaged.shown(folder.path());
    assert!(
        shown.ends_with(
            "hint: nothing was changed; import the files of these days again, which mends data \
             files, or restore the folder from a backup with `seatwise restore`\n"
        ),
        "{shown}"
    );

    let examples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples"));
    let usage = examples.join("usage.csv");
    let all = fs::read_to_string(&usage).unwrap();
    // Only the first customer.
    let part = folder.path().join("part.csv");
    let lines: Vec<&str> = all.lines().collect();
    let first = lines[1].split(',').find(|it| it.len() == 36).unwrap();
    let of_first = lines.iter().filter(|line| line.contains(first));
    let rows: Vec<&str> = std::iter::once(&lines[0])
        .chain(of_first)
        .copied()
        .collect();
    fs::write(&part, rows.join("\n") + "\n").unwrap();
    let refused = import(&data, &[&part]);
    assert_eq!(refused.code, Some(8), "{}", refused.shown(folder.path()));
    let shown = refused.shown(folder.path());
    assert!(shown.contains("and this import has "), "{shown}");
    assert!(
        shown.contains("hint: import all files of these days again"),
        "{shown}"
    );

    let mended = import(&data, &[&usage]).expect_success();
    assert!(mended.contains("mended 1 damaged data file: "), "{mended}");
    assert!(mended.contains(" as before, 0 rows lost"), "{mended}");
    run(["verify", "--data-dir", text(&data)]).expect_success();
    assert_eq!(status(), figures);
}

#[test]
fn compacting_and_exporting() {
    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    insta::assert_snapshot!(run(["compact", "--data-dir", text(&data)]).expect_success(), @"
    usage of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: 2 files, nothing to merge, 0 old files removed (0 bytes)
    deployment of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: 2 files, nothing to merge, 0 old files removed (0 bytes)
    ");
    let tables = folder.path().join("tables");
    let export = [
        "export",
        "--data-dir",
        text(&data),
        "--to",
        text(&tables),
        "--format",
        "csv",
    ];
    let written = run(export).expect_success();
    insta::assert_snapshot!(written.replace(text(&tables), "TABLES"), @"
    TABLES/2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7/usage.csv: 36 rows
    TABLES/2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7/deployment.csv: 14 rows
    TABLES/2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7/customers.csv: 3 rows
    ");
    let usage = tables.join(PARTNER).join("usage.csv");
    let again = import(&data, &[&usage]).expect_success();
    assert!(again.contains("0 new"), "{again}");

    // The spreadsheet format is not for imports.
    let sheets = folder.path().join("sheets");
    let export = ["export", "--data-dir", text(&data), "--to", text(&sheets)];
    run([&export[..], &["--format", "spreadsheet-csv"]].concat()).expect_success();
    assert!(sheets.join(PARTNER).join("usage.csv").exists());

    // A relative path, and text in an encoding that all programs read.
    let mut export = seatwise();
    export.args(["export", "--data-dir", text(&data), "--to", "flat"]);
    let ended = export.current_dir(folder.path()).output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    let usage = folder
        .path()
        .join("flat")
        .join(PARTNER)
        .join("usage.parquet");
    let content = fs::read(usage).unwrap();
    let holds = |name: &[u8]| content.windows(name.len()).any(|it| it == name);
    assert!(holds(b"productName") && !holds(b"ARROW:schema"));
}

#[test]
fn compacting_says_what_it_keeps_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for day in 1..=9 {
        let file = folder.path().join("usage.csv");
        let row = format!("2026-05-0{day},EXO,Exchange,o365,,reseller,{LUMENMOOR},L,,E3,1,2");
        fs::write(&file, format!("{USAGE_HEADER}\n{row}\n")).unwrap();
        import(&data, &[&file]).expect_success();
    }
    let table = data.join(format!("partners/{PARTNER}/usage"));
    fs::write(table.join("part-of-an-import.parquet"), "rows").unwrap();
    let compact = |keep: &str| {
        let output = run(["compact", "--data-dir", text(&data), "--keep", keep]).expect_success();
        // The sizes of files do not matter.
        let lines = output
            .lines()
            .map(|line| match (line.find('('), line.find(')')) {
                (Some(start), Some(end)) => format!("{}(SIZE{}", &line[..start], &line[end..]),
                _ => line.to_owned(),
            });
        lines.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(compact("1h"), @"
    usage of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: 2 files became 1, 0 old files removed (SIZE)
      10 old files kept (SIZE), replaced less than 1h ago (--keep)
      1 file of no version kept (SIZE): an import may be writing there; what is a day old goes
    ");
    insta::assert_snapshot!(compact("0"), @"
    usage of partner 2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7: 1 file, nothing to merge, 10 old files removed (SIZE)
      1 file of no version kept (SIZE): an import may be writing there; what is a day old goes
    ");
    let files = fs::read_dir(&table)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    assert_eq!(files.filter(|path| path.is_file()).count(), 2);
}

#[cfg(unix)]
#[test]
fn what_is_stored_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    let mut folders = vec![data.clone()];
    while let Some(next) = folders.pop() {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&next), 0o700, "{}", next.display());
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        }
    }
}

#[test]
fn a_server_reads_its_data_files_again_and_again_and_counts_a_damaged_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = examples(folder.path());
    let server = Running::serve_with(&data, &["--dev-identity", "--recheck-every", "1s"]);
    let wait_for = |outcome: &str, rounds: u64| {
        let counted = format!("duty=\"rechecking\",outcome=\"{outcome}\"}} ");
        loop {
            let metrics = server.get("/metrics", "").1;
            let metrics = String::from_utf8_lossy(&metrics);
            let count = metrics.lines().find_map(|line| line.split_once(&counted));
            if count.is_some_and(|(_, count)| count.parse::<u64>().unwrap() >= rounds) {
                break;
            }
            std::thread::yield_now();
        }
    };
    wait_for("done", 1);
    let table = data.join(format!("partners/{PARTNER}/usage"));
    let files = fs::read_dir(table).unwrap();
    let mut files = files.map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.is_file()).unwrap();
    let mut content = fs::read(&file).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(&file, content).unwrap();
    // A failure does not change when the next round starts.
    wait_for("failed", 2);
}
