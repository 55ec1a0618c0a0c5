//! Changes and losses on the disk are detected, and never answered as something else.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use seatwise_store::{Kind, Moment, Store, StoreError};

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, customer, exchange, partner};

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

async fn known_at(store: &Store, at: Timestamp) -> Result<String, StoreError> {
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
fn files_below(folder: &Path) -> Vec<PathBuf> {
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
fn newest(data: &Path) -> PathBuf {
    let files = files_below(&usage(data).join("_delta_log"));
    let mut entries = files.into_iter().filter(|path| has_end(path, "json"));
    entries.next_back().unwrap()
}

pub(crate) fn has_end(path: &Path, end: &str) -> bool {
    path.extension().is_some_and(|it| it == end)
}

fn list(data: &Path) -> PathBuf {
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
fn data_file(data: &Path) -> PathBuf {
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
    let right = answers(test.store.path()).await;
    assert!(right.iter().all(Result::is_ok), "{right:?}");
    assert_eq!(damages(test.store.path()).await, 0);
    for (fault, damage) in FAULTS {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        copy_of(test.store.path(), &data);
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
async fn a_bit_that_is_lost_without_a_write_is_found_when_files_are_read_again() {
    let test = lived_in().await;
    let recheck = || test.store.recheck(partner(), Kind::Usage);
    let figures = || test.store.usage_figures(partner());
    let right = figures().await.unwrap();
    let files = recheck().await.unwrap();
    assert!(files > 0);

    let file = data_file(test.store.path());
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    let flip_in_silence = || {
        flip(&file, 4321);
        let file = fs::File::options().write(true).open(&file).unwrap();
        file.set_modified(modified).unwrap();
    };
    flip_in_silence();
    let found = recheck().await.unwrap_err();
    let StoreError::Damaged { source, .. } = &found else {
        panic!("{found}");
    };
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(source.to_string().contains(name), "{source}");
    figures().await.unwrap_err();

    flip_in_silence();
    assert_eq!(figures().await.unwrap(), right);
    assert_eq!(recheck().await.unwrap(), files);
}

#[tokio::test]
async fn a_hint_at_a_checkpoint_that_is_missing_is_passed_over() {
    let test = lived_in().await;
    let right = answers(test.store.path()).await;
    let hint = usage(test.store.path()).join("_delta_log/_last_checkpoint");
    for wrong in [
        r#"{"version":7,"size":1}"#,
        "",
        "{",
        r#"{"version":16,"size":"x"}"#,
    ] {
        fs::write(&hint, wrong).unwrap();
        assert_eq!(answers(test.store.path()).await, right, "{wrong}");
    }
}

#[tokio::test]
async fn what_was_stopped_before_its_checksum_was_listed_counts_and_is_listed_next() {
    let mut test = lived_in().await;
    let right = answers(test.store.path()).await;
    let listed = fs::read_to_string(list(test.store.path())).unwrap();
    let last_line = listed.trim_end().rfind('\n').unwrap() + 1;
    // Stopped before the line, and by a power cut in the middle of it.
    for left in [last_line, last_line + 30] {
        fs::write(list(test.store.path()), &listed[..left]).unwrap();
        assert_eq!(answers(test.store.path()).await, right);
    }
    test.store = Store::open(test.store.path()).unwrap();
    test.usage(&exchange("2026-05-19", 1, 5, 10)).await.unwrap();
    let now = fs::read_to_string(list(test.store.path())).unwrap();
    assert!(now.starts_with(&listed), "{now}");
    assert_eq!(damages(test.store.path()).await, 0);
}

#[tokio::test]
async fn a_folder_without_checksums_is_taken_over_by_the_next_import() {
    let mut test = lived_in().await;
    let data = test.store.path().to_owned();
    let right = answers(&data).await;
    // As an earlier version left it.
    fs::remove_dir_all(data.join("checksums")).unwrap();
    fs::write(data.join("seatwise-store.json"), "{\"layout\":1}\n").unwrap();
    for file in files_below(&data.join("partners")) {
        if !file.parent().unwrap().ends_with("_delta_log") {
            continue;
        }
        if has_end(&file, "json") {
            let text = fs::read_to_string(&file).unwrap();
            fs::write(&file, text.replace("seatwise.sha256", "nothing")).unwrap();
        } else {
            // A checkpoint has the checksums too; the log is readable without it.
            fs::remove_file(file).unwrap();
        }
    }
    assert_eq!(answers(&data).await, right);
    assert_eq!(damages(&data).await, 0);

    test.store = Store::open(&data).unwrap();
    let again = test.usage(&exchange("2026-05-18", 1, 5, 10)).await.unwrap();
    assert_eq!(again.deliveries_unchanged, 1);
    let marker = fs::read_to_string(data.join("seatwise-store.json")).unwrap();
    assert_eq!(marker, "{\"layout\":2}\n");
    assert_eq!(answers(&data).await, right);
    assert_eq!(damages(&data).await, 0);
    fs::remove_file(newest(&data)).unwrap();
    assert!(damages(&data).await > 0);
    assert!(answers(&data).await[0].is_err());
}

/// The version before checksums wrote the folder, from the rows below.
#[tokio::test]
async fn a_folder_of_layout_1_is_whole_and_its_deliveries_are_known() {
    let mut test = TestStore::new();
    let data = test.folder.path().join("old");
    let written = concat!(env!("CARGO_MANIFEST_DIR"), "/folders/layout-1");
    copy_of(Path::new(written), &data);
    test.store = Store::open(&data).unwrap();
    assert_eq!(damages(&data).await, 0);
    let figures = test.usage_figures().await;
    assert!(figures.contains("Exchange: 6/13"), "{figures}");
    assert!(!data.join("checksums").exists());

    let rows = exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-01", 2, 1, 3);
    let file = test.file("again.csv", format!("{USAGE_HEADER}\n{rows}"));
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let receipt = test.import_at(vec![file], now).await.unwrap();
    assert_eq!((receipt.deliveries_unchanged, receipt.rows_stored), (2, 0));
    let marker = fs::read_to_string(data.join("seatwise-store.json")).unwrap();
    assert_eq!(marker, "{\"layout\":2}\n");
    let listed = fs::read_to_string(list(&data)).unwrap();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert_eq!(test.usage_figures().await, figures);
    assert_eq!(damages(&data).await, 0);
}

#[tokio::test]
async fn a_folder_that_is_gone_is_no_empty_one() {
    let test = lived_in().await;
    let data = test.store.path().to_owned();
    test.store.usage_figures(partner()).await.unwrap();
    let away = test.folder.path().join("away");
    fs::rename(&data, &away).unwrap();
    // As after a disk is unmounted.
    fs::create_dir(&data).unwrap();
    let gone = |err: StoreError| assert!(matches!(err, StoreError::Gone { .. }), "{err:?}");
    gone(test.store.partners().unwrap_err());
    gone(test.store.usage_figures(partner()).await.unwrap_err());
    let other = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9".parse().unwrap();
    gone(test.store.usage_figures(other).await.unwrap_err());
    // Nor does a writer create one there.
    let now = "2026-07-01T00:00:00Z".parse().unwrap();
    let file = test.folder.path().join("file-1");
    test.import_at(vec![file], now).await.unwrap_err();
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0);

    fs::remove_dir(&data).unwrap();
    fs::rename(&away, &data).unwrap();
    test.store.usage_figures(partner()).await.unwrap();
}

#[tokio::test]
async fn an_empty_note_of_what_is_settled_is_found_and_mended() {
    let mut test = lived_in().await;
    let data = test.store.path().to_owned();
    let right = answers(&data).await;
    let message = "2026-06-01T00:30:00Z".parse().unwrap();
    let before = known_at(&test.store, message).await.unwrap();
    let note = usage(&data).with_file_name("settled-at");
    fs::write(&note, "").unwrap();
    assert!(damages(&data).await > 0);
    test.store = Store::open(&data).unwrap();
    assert_eq!(known_at(&test.store, message).await.unwrap(), before);
    assert_eq!(answers(&data).await, right);
    assert_eq!(damages(&data).await, 0);
    // A record by a slow clock does not change earlier answers.
    test.usage(&exchange("2026-05-18", 1, 9, 10)).await.unwrap();
    assert_eq!(known_at(&test.store, message).await.unwrap(), before);
}

/// Flips random bits of data files, entries, checkpoints, lists of checksums, and files of the list of
/// imports; returns their number.
async fn flips(seed: u64, count: usize) -> usize {
    let test = lived_in().await;
    let right = answers(test.store.path()).await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    copy_of(test.store.path(), &data);
    let files = files_below(&data).into_iter().filter(|path| {
        // A wrong hint is ignored, and the others have no facts.
        has_end(path, "parquet")
            || has_end(path, "json") && path.parent() != Some(&data)
            || has_end(path, "sha256")
            || has_end(path, "import")
    });
    let files: Vec<PathBuf> = files.collect();
    let mut random = seed;
    let mut below = |bound: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) as usize % bound
    };
    for number in 0..count {
        let file = &files[below(files.len())];
        let bit = below(8 * fs::metadata(file).unwrap().len() as usize);
        let name = file.strip_prefix(&data).unwrap().display();
        flip(file, bit);
        assert!(
            damages(&data).await > 0,
            "{number}: bit {bit} of {name} is not found"
        );
        for (message, right) in answers(&data).await.iter().zip(&right) {
            let is_right = message.is_err() || message == right;
            assert!(
                is_right,
                "{number}: bit {bit} of {name}: {message:?} for {right:?}"
            );
        }
        flip(file, bit);
    }
    assert_eq!(damages(&data).await, 0);
    assert_eq!(answers(&data).await, right);
    count
}

#[tokio::test]
async fn a_bit_anywhere_is_found_and_never_answered() {
    assert_eq!(flips(7, 40).await, 40);
}

/// `just damage`
#[tokio::test]
#[ignore = "takes minutes: a thousand of what the test above does forty times"]
async fn a_thousand_bits_anywhere_are_found_and_never_answered() {
    assert_eq!(flips(2026, 1000).await, 1000);
}
