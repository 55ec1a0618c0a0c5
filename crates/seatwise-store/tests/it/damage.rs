//! Changes and losses on the disk are detected, and never answered as something else.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use seatwise_store::{Kind, Moment, Store, StoreError};

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, customer, exchange, partner};

/// Enough deliveries for a checkpoint and for merged files: 18 imports of usage, and two of
/// deployment.
pub(crate) async fn lived_in() -> TestStore {
    let mut test = TestStore::new();
    for day in 1..=18 {
        let day = format!("2026-05-{day:02}");
        let rows = exchange(&day, 1, 5, 10) + &exchange(&day, 2, 1, 3);
        test.usage(&rows).await.unwrap();
    }
    for (day, sold) in [("2026-05-01", 7), ("2026-05-02", 8)] {
        let row = format!(
            "{day},o365,,reseller,{},Customer 1,,E3,4,{sold}",
            customer(1)
        );
        let file = format!("{DEPLOYMENT_HEADER}\n{row}\n");
        test.content(&file).await.unwrap();
    }
    test
}

/// A copy of a data folder that can be damaged.
pub(crate) fn copy_of(folder: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_of(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The answers about the partner in a process that opens the folder; an error as its text.
pub(crate) async fn answers(data: &Path) -> Vec<Result<String, String>> {
    let store = match Store::open(data) {
        Ok(store) => store,
        Err(err) => return vec![Err(err.to_string())],
    };
    let message = |err: StoreError| err.to_string();
    let usage = store.usage_figures(partner()).await;
    let deployment = store.deployment_figures(partner()).await;
    let mut answers = vec![
        usage.map(|it| format!("{it:?}")).map_err(message),
        deployment.map(|it| format!("{it:?}")).map_err(message),
    ];
    let last_of_the_first_day = "2026-06-01T00:01:30Z".parse().unwrap();
    for kind in [Kind::Usage, Kind::Deployment] {
        for version in [None, Some(2)] {
            let facts = store
                .read_snapshot(partner(), kind, Moment::NEWEST, version, None)
                .await;
            let text = facts.map(|facts| {
                let customers = facts.customers().map(|known| format!("{known:?}"));
                let customers: Vec<String> = customers.collect();
                format!("{} rows, {customers:?}", facts.len())
            });
            answers.push(text.map_err(message));
        }
    }
    answers.push(
        known_at(&store, last_of_the_first_day)
            .await
            .map_err(message),
    );
    answers
}

pub(crate) async fn known_at(store: &Store, at: Timestamp) -> Result<String, StoreError> {
    let known_at = store.settle(partner(), at, "2026-06-01T00:31:00Z".parse().unwrap());
    let axes = seatwise_store::Axes {
        known_at: Some(known_at.await?),
        as_of: None,
    };
    let figures = store.usage_figures_at(partner(), axes).await?;
    Ok(format!("{figures:?}"))
}

/// The number of findings of `verify`; 1 if it cannot verify.
pub(crate) async fn damages(data: &Path) -> u64 {
    let Ok(store) = Store::open(data) else {
        return 1;
    };
    let Ok(partners) = store.partners() else {
        return 1;
    };
    let mut damages = 0;
    for partner in partners {
        for kind in Kind::ALL {
            damages += match store.verify(partner, kind).await {
                Ok(found) => found.map_or(0, |found| found.damages),
                Err(_) => 1,
            };
        }
        let now = "2027-01-01T00:00:00Z".parse().unwrap();
        damages += store.verify_clock(partner, now).await.len() as u64;
        damages += match store.verify_past_imports(partner).await {
            Ok(found) => found.map_or(0, |found| found.damages),
            Err(_) => 1,
        };
    }
    damages
}

/// All files below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

pub(crate) fn usage(data: &Path) -> PathBuf {
    data.join(format!("partners/{}/usage", partner()))
}

/// The newest entry of the usage table's log.
pub(crate) fn newest(data: &Path) -> PathBuf {
    let files = files_below(&usage(data).join("_delta_log"));
    let mut entries = files.into_iter().filter(|path| has_end(path, "json"));
    entries.next_back().unwrap()
}

pub(crate) fn has_end(path: &Path, end: &str) -> bool {
    path.extension().is_some_and(|it| it == end)
}

pub(crate) fn list(data: &Path) -> PathBuf {
    data.join(format!("checksums/{}/usage.sha256", partner()))
}

fn replace(path: &Path, text: &str, by: &str) {
    let content = fs::read_to_string(path).unwrap();
    assert!(content.contains(text), "{} has no {text}", path.display());
    fs::write(path, content.replacen(text, by, 1)).unwrap();
}

/// Flips one bit of a file.
pub(crate) fn flip(path: &Path, bit: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(path, bytes).unwrap();
}

/// A live data file of the usage table: the largest, a merged one.
pub(crate) fn data_file(data: &Path) -> PathBuf {
    let files = fs::read_dir(usage(data)).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let files = files.filter(|path| has_end(path, "parquet"));
    files
        .max_by_key(|path| fs::metadata(path).unwrap().len())
        .unwrap()
}

type Fault = (&'static str, fn(&Path));

const FAULTS: [Fault; 16] = [
    ("a bit of a data file", |data| flip(&data_file(data), 4321)),
    ("a data file is missing", |data| {
        fs::remove_file(data_file(data)).unwrap();
    }),
    ("a data file is cut off", |data| {
        let file = fs::File::options().write(true).open(data_file(data));
        file.unwrap().set_len(200).unwrap();
    }),
    ("the newest entry is empty", |data| {
        fs::write(newest(data), "").unwrap();
    }),
    ("the newest entry is missing", |data| {
        fs::remove_file(newest(data)).unwrap();
    }),
    ("a key of the newest entry", |data| {
        replace(&newest(data), "{\"add\":", "{\"adl\":");
    }),
    ("an old entry is missing", |data| {
        fs::remove_file(usage(data).join("_delta_log/00000000000000000003.json")).unwrap();
    }),
    ("a bit of a checkpoint", |data| {
        let files = files_below(&usage(data).join("_delta_log"));
        let checkpoint = files.iter().find(|path| has_end(path, "parquet"));
        flip(checkpoint.unwrap(), 9000);
    }),
    ("a table is gone", |data| {
        fs::remove_dir_all(usage(data)).unwrap();
    }),
    ("the log of a table is gone", |data| {
        fs::remove_dir_all(usage(data).join("_delta_log")).unwrap();
    }),
    ("a partner is gone", |data| {
        fs::remove_dir_all(usage(data).parent().unwrap()).unwrap();
    }),
    ("all partners are gone", |data| {
        fs::remove_dir_all(data.join("partners")).unwrap();
    }),
    ("a digit of the list of checksums", |data| {
        flip(
            &list(data),
            8 * (fs::metadata(list(data)).unwrap().len() as usize - 90),
        );
    }),
    ("the list of checksums is empty", |data| {
        fs::write(list(data), "").unwrap();
    }),
    (
        "a name in the list of checksums is that of another line",
        |data| {
            replace(
                &list(data),
                "00000000000000000004.json",
                "00000000000000000005.json",
            );
        },
    ),
    ("the list of checksums is gone", |data| {
        fs::remove_file(list(data)).unwrap();
    }),
];

#[tokio::test]
async fn every_damage_is_found_and_none_is_an_answer() {
    let test = lived_in().await;
    let right = answers(test.store.work_dir()).await;
    assert!(right.iter().all(Result::is_ok), "{right:?}");
    assert_eq!(damages(test.store.work_dir()).await, 0);
    for (fault, damage) in FAULTS {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        copy_of(test.store.work_dir(), &data);
        damage(&data);
        assert!(damages(&data).await > 0, "{fault}: not found");
        let message = answers(&data).await;
        for (message, right) in message.iter().zip(&right) {
            assert!(
                message.is_err() || message == right,
                "{fault}: {message:?} for {right:?}"
            );
        }
        // Deployment is answered while usage is damaged, unless both are missing.
        let both = fault.contains("partner");
        assert_eq!(message[1].is_ok(), !both, "{fault}: {message:?}");

        let copied = Store::open(&data)
            .unwrap()
            .backup(&folder.path().join("copy"))
            .await;
        // Without a list, only the list counts as damaged.
        let can_be_copied = fault == "the list of checksums is gone";
        assert_eq!(copied.is_ok(), can_be_copied, "{fault}: {copied:?}");
    }
}

#[tokio::test]
async fn a_hint_at_a_checkpoint_that_is_missing_is_passed_over() {
    let test = lived_in().await;
    let right = answers(test.store.work_dir()).await;
    let hint = usage(test.store.work_dir()).join("_delta_log/_last_checkpoint");
    for wrong in [
        r#"{"version":7,"size":1}"#,
        "",
        "{",
        r#"{"version":16,"size":"x"}"#,
    ] {
        fs::write(&hint, wrong).unwrap();
        assert_eq!(answers(test.store.work_dir()).await, right, "{wrong}");
    }
}

#[tokio::test]
async fn what_was_stopped_before_its_checksum_was_listed_counts_and_is_listed_next() {
    let mut test = lived_in().await;
    let right = answers(test.store.work_dir()).await;
    let listed = fs::read_to_string(list(test.store.work_dir())).unwrap();
    let last_line = listed.trim_end().rfind('\n').unwrap() + 1;
    // Stopped before the line, and by a power cut in the middle of it.
    for left in [last_line, last_line + 30] {
        fs::write(list(test.store.work_dir()), &listed[..left]).unwrap();
        assert_eq!(answers(test.store.work_dir()).await, right);
    }
    test.store = Store::open(test.store.work_dir()).unwrap();
    test.usage(&exchange("2026-05-19", 1, 5, 10)).await.unwrap();
    let now = fs::read_to_string(list(test.store.work_dir())).unwrap();
    assert!(now.starts_with(&listed), "{now}");
    assert_eq!(damages(test.store.work_dir()).await, 0);
}
