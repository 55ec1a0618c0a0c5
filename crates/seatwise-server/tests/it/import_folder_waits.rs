//! Files in the watched folder that must wait: until they are complete, readable and movable, and
//! until those before them are stored.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use seatwise_server::AppState;
use seatwise_store::{Axes, ExportFormat};
use seatwise_types::PartnerId;

use crate::harness::{TestServer, USAGE_COLUMNS, partner};
use crate::import_folder::{SETTLE, Watched, csv, row};
use crate::recorder::Log;

/// The warnings about the folder, without parts that differ between tests.
fn warnings(log: &Log, watched: &Watched) -> String {
    let text = log.text();
    let lines = text.lines().filter(|line| line.contains("import_folder"));
    let lines = lines.filter_map(|line| line.split_once("WARN seatwise_server::import_folder: "));
    let root = watched.folder.path().to_str().unwrap();
    let lines: Vec<String> = lines
        .map(|(_, line)| {
            line.replace(root, "FOLDER")
                .replace(&partner().to_string(), "PARTNER")
        })
        .collect();
    lines.join("\n")
}

#[tokio::test]
async fn a_file_is_taken_when_it_has_not_changed_for_the_settle_time() {
    let watched = Watched::with(Some(partner())).await;
    let first = csv(&row("2017-03-09", "1"));
    let whole = csv(&(row("2017-03-09", "1") + &row("2017-03-10", "2")));
    watched.drop_in("usage.csv", &first);
    watched.look_after(Duration::ZERO).await;
    // An upload that stalls for fifteen seconds, and continues.
    for _ in 0..3 {
        watched.look_after(Duration::from_secs(5)).await;
    }
    watched.drop_in("usage.csv", &whole);
    watched.look_after(Duration::from_secs(15)).await;
    watched.look_after(Duration::from_secs(29)).await;
    assert_eq!(watched.files(), "usage.csv");
    watched.look_after(Duration::from_secs(1)).await;
    assert_eq!(
        watched.files(),
        "done/usage.csv\ndone/usage.csv.receipt.json"
    );
    assert_eq!(
        watched.figures(partner()).await,
        "2017-03-10T00:00:00+00:00 2/10"
    );
}

#[tokio::test]
async fn without_a_settle_time_a_file_is_taken_for_whole() {
    let watched = Watched::settled_after(Duration::ZERO, Some(partner())).await;
    let text = csv(&row("2017-03-09", "1"));
    watched.drop_in("usage.csv", text.trim_end());
    watched.look_after(Duration::ZERO).await;
    assert_eq!(
        watched.files(),
        "done/usage.csv\ndone/usage.csv.receipt.json"
    );
}

#[tokio::test]
async fn what_has_no_end_is_held_back_and_reported_once_and_later_files_wait() {
    let (log, _guard) = Log::record();
    let watched = Watched::with(Some(partner())).await;
    let whole = csv(&row("2017-03-09", "10"));
    // Cut in the middle of `10`, so that the rest is still readable.
    let cut = whole.rfind("0,10").unwrap();
    watched.drop_in("a.csv", &whole[..cut]);
    watched.drop_in("b.csv", csv(&row("2017-03-09", "5")));
    watched.look().await;
    watched.look_after(SETTLE * 9).await;
    assert_eq!(warnings(&log, &watched), "");
    for _ in 0..3 {
        watched.look().await;
    }
    assert_eq!(watched.files(), "a.csv\nb.csv");
    assert_snapshot!(warnings(&log, &watched), @"`FOLDER/a.csv` is held back, and the files after it wait: the end of its last line is missing, so it may not be whole; write the rest of it, or remove it. If your program writes such files, let it rename them into place, and give --import-settle 0s");

    watched.drop_in("a.csv", &whole);
    watched.look().await;
    watched.look().await;
    // In the order of their names.
    assert_eq!(
        watched.figures(partner()).await,
        "2017-03-09T00:00:00+00:00 5/10"
    );
    assert_snapshot!(watched.counted().await, @r#"seatwise_imports_total{way="folder",outcome="stored"} 2"#);
}

#[tokio::test]
async fn files_of_one_partner_do_not_wait_for_those_of_others() {
    let watched = Watched::with(None).await;
    let (store, rows) = (&watched.server.store, row("2017-03-09", "10"));
    let held: PartnerId = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9".parse().unwrap();
    watched.server.import(held, USAGE_COLUMNS, &rows).await;
    // Another process writes to the tables of the partner with the lowest id.
    let last: PartnerId = "f0000000-0000-4000-8000-000000000001".parse().unwrap();
    assert!(held < partner() && partner() < last);
    let lock = store
        .work_dir()
        .join(format!("partners/{held}/writer.lock"));
    let lock = File::open(lock).unwrap();
    lock.lock().unwrap();
    for partner in [held, partner(), last] {
        watched.drop_in(format!("{partner}/usage.csv"), csv(&rows));
    }
    watched.look().await;
    let stored = async {
        for partner in [partner(), last] {
            while watched.figures(partner).await.is_empty() {
                tokio::task::yield_now().await;
            }
        }
        assert!(!watched.files().contains(&format!("{held}/done")));
        lock.unlock().unwrap();
    };
    tokio::join!(watched.look(), stored);
    assert!(watched.files().contains(&format!("{held}/done/usage.csv")));
}

#[tokio::test]
async fn other_forms_have_an_end_too() {
    let watched = Watched::with(Some(partner())).await;
    let rows = csv(&row("2017-03-09", "1"));
    let server = TestServer::new().await;
    server
        .import(partner(), USAGE_COLUMNS, &row("2017-03-09", "1"))
        .await;
    let folder = tempfile::tempdir().unwrap();
    let now = "2017-03-15T00:00:00Z".parse().unwrap();
    let export = server.store.export(
        partner(),
        Axes::default(),
        folder.path(),
        ExportFormat::Parquet,
        now,
    );
    export.await.unwrap();
    let parquet = fs::read(folder.path().join("usage.parquet")).unwrap();
    for (name, content) in [
        ("a.parquet", &parquet[..parquet.len() - 100]),
        ("b.json", br#"{"items":[{"customerName":"C"}]"#),
        ("c.ndjson", br#"{"customerName":"#),
        ("d.csv", &rows.as_bytes()[..rows.len() - 1]),
    ] {
        watched.drop_in(name, content);
        for _ in 0..12 {
            watched.look().await;
        }
        assert_eq!(watched.files(), name);
        fs::remove_file(watched.folder.path().join(name)).unwrap();
    }
    watched.drop_in("whole.parquet", &parquet);
    watched.look().await;
    watched.look().await;
    assert_eq!(
        watched.files(),
        "done/whole.parquet\ndone/whole.parquet.receipt.json"
    );
}

#[tokio::test]
async fn what_cannot_be_a_table_stays_where_it_is_with_one_line_in_the_log() {
    let (log, _guard) = Log::record();
    let watched = Watched::with(Some(partner())).await;
    watched.drop_in("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR,");
    watched.drop_in("b.txt", "Drop your files here.\n");
    watched.drop_in("c", "");
    watched.drop_in("Thumbs.db", b"\xd0\xcf\x11\xe0\0\0");
    watched.drop_in("d\nERROR.png", b"\0");
    watched.drop_in("z.csv", csv(&row("2017-03-09", "1")));
    for _ in 0..12 {
        watched.look().await;
    }
    assert_eq!(
        watched.files(),
        "Thumbs.db\na.png\nb.txt\nc\nd\nERROR.png\ndone/z.csv\ndone/z.csv.receipt.json"
    );
    assert_snapshot!(warnings(&log, &watched), @r"
    `FOLDER/a.png` is left alone: it is neither text nor Parquet
    `FOLDER/b.txt` is left alone: no line of it has commas, semicolons or tabs
    `FOLDER/c` is left alone: it is empty
    `FOLDER/d\nERROR.png` is left alone: it is neither text nor Parquet
    ");
}

#[cfg(unix)]
#[tokio::test]
async fn what_cannot_be_read_is_not_overtaken() {
    use std::os::unix::fs::PermissionsExt as _;

    if !crate::permissions::bind("import_folder_waits::what_cannot_be_read_is_not_overtaken") {
        return;
    }
    let watched = Watched::with(Some(partner())).await;
    watched.drop_in("3.csv", csv(&row("2017-03-09", "3")));
    // A file of another user, who makes it readable later.
    let foreign = watched.drop_in("4.csv", csv(&row("2017-03-09", "4")));
    fs::set_permissions(&foreign, fs::Permissions::from_mode(0o000)).unwrap();
    watched.drop_in("5.csv", csv(&row("2017-03-09", "5")));
    watched.look().await;
    watched.look().await;
    assert_snapshot!(watched.files(), @r"
    4.csv
    5.csv
    done/3.csv
    done/3.csv.receipt.json
    ");
    fs::set_permissions(&foreign, fs::Permissions::from_mode(0o600)).unwrap();
    watched.look().await;
    watched.look().await;
    assert_eq!(watched.files().lines().count(), 6, "{}", watched.files());
    assert_eq!(
        watched.figures(partner()).await,
        "2017-03-09T00:00:00+00:00 5/10"
    );
}

#[tokio::test]
async fn a_damaged_file_is_rejected_and_those_after_it_are_imported() {
    let server = TestServer::new().await;
    let rows: String = (1..=9)
        .map(|day| row(&format!("2017-03-0{day}"), "1"))
        .collect();
    server.import(partner(), USAGE_COLUMNS, &rows).await;
    let folder = tempfile::tempdir().unwrap();
    let now = "2017-03-15T00:00:00Z".parse().unwrap();
    let export = server.store.export(
        partner(),
        Axes::default(),
        folder.path(),
        ExportFormat::Parquet,
        now,
    );
    export.await.unwrap();
    let whole = fs::read(folder.path().join("usage.parquet")).unwrap();

    let watched = Watched::with(Some(partner())).await;
    // Both magic numbers stay. Without them the file would not be Parquet.
    let bits: Vec<usize> = (4 * 8..(whole.len() - 8) * 8).step_by(101).collect();
    for bit in &bits {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        watched.drop_in(format!("{bit:06}.parquet"), flipped);
    }
    watched.drop_in("last.csv", csv(&row("2017-03-11", "7")));
    watched.look().await;
    watched.look().await;
    let files = watched.files();
    assert_eq!(files.lines().count(), 2 * (bits.len() + 1), "{files}");
    assert!(files.contains("done/last.csv.receipt.json"), "{files}");
    let rejected = files.lines().filter(|file| file.ends_with(".reason.txt"));
    // In all others, a value has changed in a row that is still valid.
    assert!(rejected.count() > bits.len() / 10, "{files}");
}

#[tokio::test]
async fn a_name_of_any_length_is_imported_once() {
    let watched = Watched::with(Some(partner())).await;
    let text = csv(&row("2017-03-09", "1"));
    let names = [(1, 242), (2, 243), (3, 244), (4, 251), (5, 255)].map(|(number, length)| {
        let middle = length - "1-2017.csv".len();
        let middle = "ä".repeat(middle / 2) + &"x".repeat(middle % 2);
        format!("{number}{middle}-2017.csv")
    });
    for name in &names {
        watched.drop_in(name, &text);
    }
    watched.drop_in(format!("x.{}", "e".repeat(253)), &text);
    for _ in 0..4 {
        watched.look().await;
    }
    let files = watched.files();
    let files: Vec<&str> = files.lines().collect();
    assert_eq!(files.len(), 12, "{files:#?}");
    for pair in files.chunks(2) {
        assert!(pair[0].starts_with("done/"), "{pair:#?}");
        assert_eq!(pair[1], format!("{}.receipt.json", pair[0]));
    }
    assert_eq!(
        files
            .iter()
            .filter(|file| file.ends_with("-2017.csv"))
            .count(),
        5,
        "{files:#?}"
    );
    assert_snapshot!(watched.counted().await, @r#"seatwise_imports_total{way="folder",outcome="stored"} 6"#);
}

#[tokio::test]
async fn where_a_file_cannot_be_moved_it_is_imported_once_also_after_a_restart() {
    let (log, _guard) = Log::record();
    let watched = Watched::with(Some(partner())).await;
    // Files in place of folders.
    let folder = watched.folder.path();
    let blocks = ["done", "rejected"].map(|name| folder.join(name));
    for block in &blocks {
        File::create(block).unwrap();
    }
    watched.drop_in("a.csv", csv(&row("2017-03-09", "1")));
    watched.drop_in("b.csv", csv(&row("2017-03-09", "one")));
    watched.drop_in("c.csv", csv(&row("2017-03-10", "2")));
    for _ in 0..4 {
        watched.look().await;
    }
    let again = AppState::new(&watched.server.config, watched.server.store.clone()).unwrap();
    for _ in 0..2 {
        again.import_from_folder(Instant::now()).await;
    }
    // Each import logs its result, and each server logs an immovable file once.
    let log = log.text();
    let count = |what: &str| log.lines().filter(|line| line.contains(what)).count();
    assert_eq!(
        (count("file imported"), count("file rejected")),
        (2, 1),
        "{log}"
    );
    assert_eq!(count("cannot move aside"), 2 * 3, "{log}");
    for block in &blocks {
        fs::remove_file(block).unwrap();
    }
    watched.look().await;
    assert_snapshot!(watched.files(), @r"
    done/a.csv
    done/a.csv.receipt.json
    done/c.csv
    done/c.csv.receipt.json
    rejected/b.csv
    rejected/b.csv.reason.txt
    ");
    let receipt = fs::read_to_string(folder.join("done/a.csv.receipt.json")).unwrap();
    assert!(receipt.contains(r#""deliveriesNew": 1"#), "{receipt}");
    assert_snapshot!(watched.counted().await, @r#"
    seatwise_imports_total{way="folder",outcome="rejected"} 1
    seatwise_imports_total{way="folder",outcome="stored"} 2
    "#);
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_not_followed() {
    let (log, _guard) = Log::record();
    let watched = Watched::with(Some(partner())).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let link = |name: &str| {
        std::os::unix::fs::symlink(elsewhere.path(), watched.folder.path().join(name)).unwrap();
    };
    link("done");
    link("rejected");
    watched.drop_in("a.csv", csv(&row("2017-03-09", "1")));
    watched.drop_in("b.csv", csv(&row("2017-03-09", "one")));
    for _ in 0..3 {
        watched.look().await;
    }
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    for name in ["done", "rejected"] {
        fs::remove_file(watched.folder.path().join(name)).unwrap();
    }
    watched.look().await;
    assert_eq!(watched.files().lines().count(), 4, "{}", watched.files());

    fs::remove_dir_all(watched.folder.path().join(".taken")).unwrap();
    link(".taken");
    watched.drop_in("c.csv", csv(&row("2017-03-10", "1")));
    watched.look().await;
    watched.look().await;
    assert!(watched.folder.path().join("c.csv").exists());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    let warned = warnings(&log, &watched);
    for name in ["done", "rejected", ".taken"] {
        let said = format!("`{name}` in it is no folder, and a link is not followed");
        assert_eq!(warned.matches(&said).count(), 1, "{warned}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_moved_aside_is_for_those_who_use_the_folder() {
    use std::os::unix::fs::PermissionsExt as _;

    let watched = Watched::with(Some(partner())).await;
    fs::set_permissions(watched.folder.path(), fs::Permissions::from_mode(0o2750)).unwrap();
    watched.drop_in("a.csv", csv(&row("2017-03-09", "1")));
    watched.look().await;
    watched.look().await;
    let mode = |path: &str| {
        let found = fs::metadata(watched.folder.path().join(path)).unwrap();
        found.permissions().mode() & 0o7777
    };
    assert_eq!(mode("done"), 0o2750);
    assert_eq!(mode("done/a.csv.receipt.json"), 0o640);
}
