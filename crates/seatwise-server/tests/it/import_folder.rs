//! The watched folder: complete files are imported once, and moved aside.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;
use seatwise_server::{AppState, Config, ImportFrom};
use seatwise_types::PartnerId;
use tempfile::TempDir;

use crate::harness::{TestServer, USAGE_COLUMNS, partner};

const CUSTOMER: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

pub(crate) fn row(day: &str, active: &str) -> String {
    format!("{day},Exchange,o365,,reseller,{CUSTOMER},C,E3,{active},10\n")
}

pub(crate) fn csv(rows: &str) -> String {
    format!("{USAGE_COLUMNS}\n{rows}")
}

/// The settle time, unless a test sets another one.
pub(crate) const SETTLE: Duration = Duration::from_secs(30);

/// The most bytes of an unpacked file.
const LONGEST_UNPACKED: u64 = 1 << 20;

/// A server and its watched folder. Each look is a call.
pub(crate) struct Watched {
    pub(crate) server: TestServer,
    pub(crate) folder: TempDir,
    /// The instant of the last look. Tests set the time between looks.
    looked_at: Mutex<Instant>,
}

impl Watched {
    pub(crate) async fn with(partner: Option<PartnerId>) -> Self {
        Self::settled_after(SETTLE, partner).await
    }

    pub(crate) async fn settled_after(settle: Duration, partner: Option<PartnerId>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let from = ImportFrom {
            folder: folder.path().to_owned(),
            partner,
            every: Duration::from_secs(5),
            settle,
        };
        let server = TestServer::with(|config| {
            config.import_from = Some(from);
            config.limits.import_unpacked = LONGEST_UNPACKED;
        })
        .await;
        Self {
            server,
            folder,
            looked_at: Mutex::new(Instant::now()),
        }
    }

    pub(crate) fn drop_in(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Looks when files that have not changed since the last look have settled.
    pub(crate) async fn look(&self) {
        self.look_after(SETTLE).await;
    }

    /// Looks this long after the last look.
    pub(crate) async fn look_after(&self, time: Duration) {
        let at = self.pass(time);
        self.server.app.import_from_folder(at).await;
    }

    fn pass(&self, time: Duration) -> Instant {
        let mut at = self.looked_at.lock().unwrap();
        *at += time;
        *at
    }

    /// All files below the folder, except for the lock of servers.
    pub(crate) fn files(&self) -> String {
        let mut files = Vec::new();
        collect(self.folder.path(), &mut files);
        let root = self.folder.path();
        let mut names: Vec<_> = files
            .iter()
            .map(|file| file.strip_prefix(root).unwrap().display().to_string())
            .filter(|file| !file.ends_with(".taken/.lock"))
            .collect();
        names.sort();
        names.join("\n")
    }

    pub(crate) async fn figures(&self, partner: PartnerId) -> String {
        let figures = self.server.store.usage_figures(partner).await.unwrap();
        let figures = figures.iter();
        let texts: Vec<_> = figures
            .map(|figure| {
                format!(
                    "{} {}/{}",
                    figure.processed, figure.active, figure.qualified
                )
            })
            .collect();
        texts.join("\n")
    }

    pub(crate) async fn counted(&self) -> String {
        let metrics = self.server.get("/metrics").await.text();
        let lines = metrics.lines();
        let lines = lines.filter(|line| line.starts_with("seatwise_imports_total"));
        let mut lines: Vec<_> = lines.collect();
        lines.sort_unstable();
        lines.join("\n")
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[tokio::test]
async fn a_small_file_that_stands_for_a_large_one_is_rejected() {
    let watched = Watched::with(Some(partner())).await;
    let rows = row("2026-05-01", "1").repeat(LONGEST_UNPACKED as usize / 80);
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(csv(&rows).as_bytes()).unwrap();
    watched.drop_in("usage.csv.gz", packed.finish().unwrap());
    watched.look().await;
    watched.look().await;
    let reason = fs::read_to_string(
        watched
            .folder
            .path()
            .join("rejected/usage.csv.gz.reason.txt"),
    );
    let reason = reason.unwrap_or_else(|_| panic!("{}", watched.files()));
    assert!(
        reason.contains("unpacked it is longer than 1048576 bytes"),
        "{reason}"
    );
}

#[tokio::test]
async fn the_folder_names_the_partner_and_a_file_is_taken_when_it_settled() {
    let watched = Watched::with(None).await;
    let other: PartnerId = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
    let name = format!("{other}/usage.csv");
    watched.drop_in(&name, csv(&row("2017-03-09", "1")));
    watched.look().await;
    // The file grew in between.
    let whole = csv(&(row("2017-03-09", "1") + &row("2017-03-10", "2")));
    watched.drop_in(&name, &whole);
    watched.look().await;
    assert_eq!(watched.files(), name);
    assert_eq!(watched.figures(other).await, "");

    watched.look().await;
    assert_eq!(
        watched.files().replace(&other.to_string(), "PARTNER"),
        "PARTNER/done/usage.csv\nPARTNER/done/usage.csv.receipt.json"
    );
    assert_eq!(
        watched.figures(other).await,
        "2017-03-10T00:00:00+00:00 2/10"
    );
    let done = watched.folder.path().join(format!("{other}/done"));
    assert_eq!(fs::read_to_string(done.join("usage.csv")).unwrap(), whole);
    let receipt = fs::read(done.join("usage.csv.receipt.json")).unwrap();
    let receipt: serde_json::Value = serde_json::from_slice(&receipt).unwrap();
    assert_eq!(receipt["deliveriesNew"], 2);
    assert!(receipt["rowsPerSecond"].is_u64());
    assert_eq!(watched.server.store.partners().unwrap(), [other]);
}

#[tokio::test]
async fn a_wrong_file_is_put_aside_with_the_reason() {
    let watched = Watched::with(Some(partner())).await;
    watched.drop_in(
        "a.csv",
        csv(&(row("2017-03-09", "one") + &row("2017-03-10", "2"))),
    );
    watched.drop_in("b.txt", "PK\u{3}\u{4}");
    watched.look().await;
    watched.look().await;
    assert_snapshot!(watched.files(), @r"
    rejected/a.csv
    rejected/a.csv.reason.txt
    rejected/b.txt
    rejected/b.txt.reason.txt
    ");
    let reason = |name: &str| {
        let path = watched.folder.path().join("rejected").join(name);
        fs::read_to_string(path).unwrap()
    };
    assert_snapshot!(reason("a.csv.reason.txt") + &reason("b.txt.reason.txt"), @r"
    `a.csv` has a bad row: nothing of it was stored
    a.csv:2: licensesActive `one`: a whole number of seats, 0 or more, is expected
    Mend the file and drop it in again.
    cannot import `b.txt`: it is a zip archive or an Excel workbook: unpack it, or save the sheet as `CSV UTF-8`
    Mend the file and drop it in again.
    ");
    assert_eq!(watched.figures(partner()).await, "");
    assert_snapshot!(watched.counted().await, @r#"seatwise_imports_total{way="folder",outcome="rejected"} 2"#);
}

#[tokio::test]
async fn files_of_one_name_stay_beside_each_other() {
    let watched = Watched::with(Some(partner())).await;
    for active in ["1", "2", "2"] {
        watched.drop_in("usage.csv", csv(&row("2017-03-09", active)));
        watched.look().await;
        watched.look().await;
    }
    assert_snapshot!(watched.files(), @r"
    done/usage.2.csv
    done/usage.2.csv.receipt.json
    done/usage.3.csv
    done/usage.3.csv.receipt.json
    done/usage.csv
    done/usage.csv.receipt.json
    ");
    let receipt = |name: &str| {
        let path = watched.folder.path().join("done").join(name);
        let text = fs::read_to_string(path).unwrap();
        let lines = text.lines().filter(|line| line.contains("deliveries"));
        lines.map(str::trim).collect::<String>()
    };
    assert_snapshot!(receipt("usage.2.csv.receipt.json"), @r#""deliveriesNew": 0,"deliveriesUnchanged": 0,"deliveriesRestated": 1,"deliveriesRejected": 0,"deliveriesJoined": 0,"deliveriesEmptied": 0,"deliveries": 0,"deliveries": 0,"#);
    assert_snapshot!(receipt("usage.3.csv.receipt.json"), @r#""deliveriesNew": 0,"deliveriesUnchanged": 1,"deliveriesRestated": 0,"deliveriesRejected": 0,"deliveriesJoined": 0,"deliveriesEmptied": 0,"deliveries": 0,"deliveries": 0,"#);
}

/// Names of common programs, as in `docs/import.md`.
const UNFINISHED: [&str; 32] = [
    ".usage.csv",
    ".usage.csv.Xy12ab",
    ".~lock.usage.csv#",
    "_SUCCESS",
    "_temporary",
    "~$usage.csv",
    "#usage.csv#",
    "usage.csv~",
    "usage.TMP",
    "usage.csv.temp",
    "usage.csv.part",
    "usage.csv.partial",
    "usage.csv.filepart",
    "usage.csv.crdownload",
    "usage.csv.download",
    "usage.csv.opdownload",
    "usage.csv.aria2",
    "usage.csv_.gstmp",
    "usage.csv.gdownload",
    "usage.csv.driveupload",
    "usage.csv.uploading",
    "usage.csv.upload",
    "usage.csv.writing",
    "usage.csv.incomplete",
    "usage.csv.inprogress",
    "usage.csv.lock",
    "usage.swp",
    "usage.csv.bak",
    "usage.csv.old",
    "usage.csv.orig",
    "desktop.ini",
    "a.receipt.json",
];

#[cfg(unix)]
#[tokio::test]
async fn what_is_unfinished_by_its_name_or_of_no_partner_is_left_alone() {
    let watched = Watched::with(None).await;
    let text = csv(&row("2017-03-09", "1"));
    let partner = partner();
    for name in UNFINISHED {
        watched.drop_in(format!("{partner}/{name}"), &text);
    }
    let stray = watched.drop_in("usage.csv", &text);
    watched.drop_in("not-a-partner/usage.csv", &text);
    let link = watched.folder.path().join(format!("{partner}/link.csv"));
    std::os::unix::fs::symlink(&stray, link).unwrap();
    let before = watched.files();
    for _ in 0..3 {
        watched.look().await;
    }
    assert_eq!(watched.files(), before);
    assert_eq!(watched.counted().await, "");
}

#[tokio::test]
async fn two_servers_take_each_file_once() {
    let watched = Watched::with(Some(partner())).await;
    let second = AppState::new(&watched.server.config, watched.server.store.clone()).unwrap();
    for day in 1..=9 {
        let rows = row(&format!("2017-03-0{day}"), "1");
        watched.drop_in(format!("{day}.csv"), csv(&rows));
    }
    watched.look().await;
    let start = watched.pass(Duration::ZERO);
    second.import_from_folder(start).await;
    let later = watched.pass(SETTLE);
    let both = [Arc::clone(&watched.server.app), second].map(|app| {
        tokio::spawn(async move {
            app.import_from_folder(later).await;
        })
    });
    for look in both {
        look.await.unwrap();
    }
    let files = watched.files();
    assert_eq!(files.lines().count(), 18, "{files}");
    assert!(!files.contains(".2."), "{files}");
    let done = watched.folder.path().join("done");
    for day in 1..=9 {
        let receipt = fs::read_to_string(done.join(format!("{day}.csv.receipt.json"))).unwrap();
        assert!(receipt.contains(r#""deliveriesNew": 1"#), "{receipt}");
    }
}

#[tokio::test]
async fn a_file_that_was_taken_and_not_finished_is_taken_again() {
    let watched = Watched::with(Some(partner())).await;
    let text = csv(&row("2017-03-09", "1"));
    watched.drop_in(".taken/a/left.csv", &text);
    let taken = watched.folder.path().join(".taken");
    fs::create_dir_all(taken.join("c")).unwrap();
    // Locks the place, like a server that imports.
    let lock = File::create(taken.join(".lock")).unwrap();
    lock.lock().unwrap();
    watched.look().await;
    assert_eq!(watched.files(), ".taken/a/left.csv");
    drop(lock);
    watched.look().await;
    assert_snapshot!(watched.files(), @r"
    done/left.csv
    done/left.csv.receipt.json
    ");
    // Only the lock is left.
    assert_eq!(fs::read_dir(taken).unwrap().count(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_failure_of_the_store_is_not_the_file_s_fault() {
    let watched = Watched::with(Some(partner())).await;
    watched.drop_in("usage.csv", csv(&row("2017-03-09", "1")));
    // A file in place of the folder of partners.
    let partners = watched.server.store.work_dir().join("partners");
    fs::write(&partners, "").unwrap();
    watched.look().await;
    watched.look().await;
    assert!(
        watched.files().ends_with("/usage.csv"),
        "{}",
        watched.files()
    );
    fs::remove_file(&partners).unwrap();
    watched.look().await;
    assert!(
        watched.files().starts_with("done/usage.csv"),
        "{}",
        watched.files()
    );
    assert_snapshot!(watched.counted().await, @r#"
    seatwise_imports_total{way="folder",outcome="failed"} 1
    seatwise_imports_total{way="folder",outcome="stored"} 1
    "#);
}

#[tokio::test]
async fn what_was_taken_and_left_is_imported_in_the_order_of_its_names() {
    let watched = Watched::with(Some(partner())).await;
    for (folder, file) in [("c", 1), ("a", 2), ("e", 3), ("b", 4), ("f", 5), ("d", 6)] {
        let content = csv(&row("2017-03-09", &file.to_string()));
        watched.drop_in(format!(".taken/{folder}/{file}.csv"), &content);
    }
    watched.look().await;
    assert_eq!(
        watched.figures(partner()).await,
        "2017-03-09T00:00:00+00:00 6/10"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn what_cannot_be_stored_now_keeps_later_files_of_its_partner_waiting() {
    let watched = Watched::with(Some(partner())).await;
    let other: PartnerId = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
    for (name, active) in [("a.csv", "1"), ("b.csv", "2"), ("c.csv", "3")] {
        watched.drop_in(name, csv(&row("2017-03-09", active)));
    }
    watched.drop_in(format!("{other}/a.csv"), csv(&row("2017-03-09", "4")));
    // A file in place of the partner's folder.
    let partners = watched.server.store.work_dir().join("partners");
    let blocked = partners.join(partner().to_string());
    fs::create_dir_all(&partners).unwrap();
    fs::write(&blocked, "").unwrap();
    for _ in 0..3 {
        watched.look().await;
    }
    let files = watched.files();
    let files: Vec<&str> = files.lines().collect();
    assert!(files[0].starts_with(".taken/") && files[0].ends_with("/a.csv"));
    assert_eq!(
        &files[1..],
        [
            format!("{other}/done/a.csv").as_str(),
            &format!("{other}/done/a.csv.receipt.json"),
            "b.csv",
            "c.csv"
        ]
    );

    fs::remove_file(&blocked).unwrap();
    watched.look().await;
    assert_eq!(
        watched.figures(partner()).await,
        "2017-03-09T00:00:00+00:00 3/10"
    );
    assert_snapshot!(watched.counted().await, @r#"
    seatwise_imports_total{way="folder",outcome="failed"} 2
    seatwise_imports_total{way="folder",outcome="stored"} 4
    "#);
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_file_stops_no_other() {
    let watched = Watched::with(Some(partner())).await;
    let text = csv(&row("2017-03-09", "1"));
    // Among taken files: a folder, and a pipe without a writer.
    watched.drop_in(".taken/a/1.csv/deep", &text);
    fs::create_dir(watched.folder.path().join(".taken/b")).unwrap();
    let pipe = watched.folder.path().join(".taken/b/2.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    watched.drop_in(".taken/c/3.csv", &text);
    watched.look().await;
    watched.look().await;
    assert_snapshot!(watched.files(), @r"
    .taken/a/1.csv/deep
    .taken/b/2.csv
    done/3.csv
    done/3.csv.receipt.json
    ");
}

#[tokio::test]
async fn a_file_that_takes_most_away_is_rejected_with_the_word_that_lets_it_in() {
    let watched = Watched::with(Some(partner())).await;
    let of = |product: &str| row("2017-03-09", "1").replace(",E3,", &format!(",{product},"));
    watched.drop_in("a.csv", csv(&(of("E1") + &of("E3") + &of("E5"))));
    watched.drop_in("b.csv", csv(&of("E3")));
    watched.drop_in("c.csv", csv(&(of("E1") + &of("E3"))));
    watched.look().await;
    watched.look().await;
    let folder = watched.folder.path();
    let reason = fs::read_to_string(folder.join("rejected/b.csv.reason.txt")).unwrap();
    assert_snapshot!(reason, @r"
    `b.csv` would remove 2 of the 3 rows that its deliveries have now: no usage was stored
    If the file is right and what it does not have is gone, import it with `seatwise import --replace`.
    ");
    // A smaller loss is stored, and the receipt reports it.
    let receipt = fs::read(folder.join("done/c.csv.receipt.json")).unwrap();
    let receipt: serde_json::Value = serde_json::from_slice(&receipt).unwrap();
    assert_eq!(receipt["losses"]["rows"], 1);
    assert_eq!(
        watched.figures(partner()).await,
        "2017-03-09T00:00:00+00:00 2/20"
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_watched() {
    let server = TestServer::new().await;
    let refusal = |folder: &Path| {
        let mut config: Config = server.config.clone();
        config.import_from = Some(ImportFrom {
            folder: folder.to_owned(),
            partner: None,
            every: Duration::from_secs(5),
            settle: SETTLE,
        });
        match AppState::new(&config, server.store.clone()) {
            Ok(_) => "started".to_owned(),
            Err(err) => format!("{:#}", anyhow::Error::from(err)),
        }
    };
    let data = server.store.work_dir();
    let refusals = [refusal(&data.join("missing")), refusal(data)];
    assert_snapshot!(refusals.join("\n").replace(data.to_str().unwrap(), "DATA"), @"
    cannot import from `DATA/missing`: No such file or directory (os error 2)
    cannot import from `DATA`: it is inside the data folder, whose files belong to the server
    ");
}
