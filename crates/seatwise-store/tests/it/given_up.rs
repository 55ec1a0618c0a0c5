//! `--mend` gives up damaged files that are not restored.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::import::{Files, ImportError, Mended, Receipt};
use seatwise_store::{Kind, StoreError};
use tokio::runtime::Runtime;

use crate::damage::{damages, lived_in};
use crate::live_rows::{Row, live_files, rows, rows_of};
use crate::mended::{again, data_files, two_imports};
use crate::test_store::{TestStore, USAGE_HEADER, exchange, partner};

/// Imports files with these rows, one after the other.
async fn imported(imports: &[String]) -> (TestStore, Vec<PathBuf>) {
    let mut test = TestStore::new();
    test.options.replace = true;
    test.options.files = Files::Versions;
    let mut files = Vec::new();
    for (number, rows) in imports.iter().enumerate() {
        let file = test.file(&format!("{number}.csv"), format!("{USAGE_HEADER}\n{rows}"));
        test.import(vec![file.clone()]).await.unwrap();
        files.push(file);
    }
    (test, files)
}

fn of_first(active: u32) -> String {
    exchange("2026-05-01", 1, active, 10)
}

/// Merges all files into one.
async fn merge(test: &TestStore) {
    let now = "2200-01-01T00:00:00Z".parse().unwrap();
    let merged = test
        .store
        .compact(partner(), Kind::Usage, SignedDuration::ZERO, now);
    merged.await.unwrap();
}

fn lose(test: &mut TestStore, files: &[PathBuf]) {
    files.iter().for_each(|file| fs::remove_file(file).unwrap());
    again(test);
    test.options.mend = true;
}

fn recorded(receipt: &Receipt) -> [u64; 3] {
    let Receipt {
        deliveries_new,
        deliveries_unchanged,
        deliveries_restated,
        ..
    } = receipt;
    [*deliveries_new, *deliveries_unchanged, *deliveries_restated]
}

fn given_up(files: u64, deliveries: u64, rows_lost: u64) -> Mended {
    Mended {
        files,
        deliveries,
        rows_lost,
        left_out: 0,
        still_damaged: 0,
    }
}

#[tokio::test]
async fn no_newer_version_is_taken_away() {
    let (mut test, _) = two_imports().await;
    let data = test.store.work_dir().to_owned();
    let first = data_files(&data)[0].clone();
    lose(&mut test, &[first]);
    // 2026-05-02 has a known version that is newer than the damaged file.
    let rows = exchange("2026-05-01", 2, 5, 10) + &exchange("2026-05-02", 1, 5, 10);
    let receipt = test.usage(&rows).await.unwrap();
    assert_eq!(receipt.mended, given_up(1, 0, 3));
    assert_eq!(recorded(&receipt), [1, 0, 0]);
    assert_eq!(damages(&data).await, 0);
    let message = test.usage_figures().await;
    assert!(message.contains("Exchange: 12/20"), "{message}");
}

#[tokio::test]
async fn a_file_of_several_imports_comes_back_only_as_recorded_now() {
    let mut test = lived_in().await;
    let data = test.store.work_dir().to_owned();
    let files = data_files(&data).into_iter();
    let largest = files.max_by_key(|path| fs::metadata(path).unwrap().len());
    lose(&mut test, &[largest.unwrap()]);
    assert!(damages(&data).await > 0);
    let all: Vec<PathBuf> = (1..=18)
        .map(|number| test.folder.path().join(format!("file-{number}")))
        .collect();
    test.options.mend = false;
    let err = test.import(all.clone()).await.unwrap_err();
    let ImportError::Store(unmended @ StoreError::Unmended { .. }) = &err else {
        panic!("{err:?}");
    };
    let text = unmended.to_string();
    assert!(
        text.ends_with("several imports were merged in it"),
        "{text}"
    );
    test.options.mend = true;
    let receipt = test.import(all).await.unwrap();
    assert_eq!((receipt.mended.files, receipt.mended.rows_lost), (1, 0));
    assert!(receipt.deliveries_new > 0 && receipt.deliveries_restated == 0);
    assert_eq!(damages(&data).await, 0);
    let message = test.usage_figures().await;
    assert!(message.contains("Exchange: 6/13"), "{message}");
}

#[tokio::test]
async fn versions_of_a_merged_file_do_not_count_after_a_later_one_that_comes_back() {
    let (mut test, files) = imported(&[of_first(0), of_first(1)]).await;
    let data = test.store.work_dir().to_owned();
    merge(&test).await;
    test.usage(&of_first(7)).await.unwrap();
    let last = test.folder.path().join("file-1");
    let right = test.usage_figures().await;
    let damaged = live_files(&data, "usage");
    lose(&mut test, &damaged);
    let receipt = test.import([&files[..], &[last]].concat()).await.unwrap();
    assert_eq!(receipt.mended, given_up(2, 1, 2));
    assert_eq!(recorded(&receipt), [0, 0, 0]);
    assert_eq!(test.usage_figures().await, right);
    assert_eq!(damages(&data).await, 0);
}

#[tokio::test]
async fn a_part_of_a_lost_file_does_not_count_after_a_later_one_that_comes_back() {
    let first = of_first(0) + &exchange("2026-05-01", 2, 0, 10);
    let (mut test, files) = imported(&[first, of_first(7)]).await;
    let data = test.store.work_dir().to_owned();
    let damaged = live_files(&data, "usage");
    lose(&mut test, &damaged);
    let part = test.file("part.csv", format!("{USAGE_HEADER}\n{}", of_first(0)));
    let receipt = test.import(vec![part, files[1].clone()]).await.unwrap();
    assert_eq!(receipt.mended, given_up(2, 1, 2));
    assert_eq!(recorded(&receipt), [0, 0, 0]);
    let message = test.usage_figures().await;
    assert!(message.contains("Exchange: 7/10"), "{message}");
}

#[tokio::test]
async fn a_file_in_between_that_can_be_read_counts_as_it_did() {
    // Eight small files become one. The large file, older than the last of them, stays.
    let small = |number: u32| {
        let day = format!("2026-05-{number:02}");
        of_first(number % 2) + &exchange(&day, 2, number, 10)
    };
    let mut imports: Vec<String> = (1..=7).map(small).collect();
    let large = (1..=9).map(|of| exchange("2026-05-01", of, 7, 10));
    imports.push(large.collect());
    imports.push(exchange("2026-05-08", 2, 8, 10));
    let (mut test, files) = imported(&imports).await;
    let data = test.store.work_dir().to_owned();
    let counts = || {
        let newest = newest(&data).into_iter();
        let counts = newest.map(|(unit, row)| (unit, row["licenses_active"].clone()));
        counts.collect::<Vec<_>>()
    };
    let right = counts();
    let live = live_files(&data, "usage");
    assert_eq!(live.len(), 2);
    let mut merged = live.into_iter().filter(|file| rows_of(file).len() > 9);
    lose(&mut test, &[merged.next().unwrap()]);
    let receipt = test.import(files).await.unwrap();
    assert_eq!((receipt.mended.files, receipt.mended.left_out), (1, 0));
    assert_eq!(receipt.deliveries_restated, 0);
    assert_eq!(counts(), right);
    assert_eq!(damages(&data).await, 0);
}

#[tokio::test]
async fn a_return_to_earlier_content_is_recorded() {
    let third: String = [1, 2, 3]
        .map(|of| exchange("2026-05-01", of, 1, 10))
        .concat();
    let (mut test, _) = imported(&[of_first(1), of_first(2), third]).await;
    let data = test.store.work_dir().to_owned();
    let damaged = live_files(&data, "usage")[2].clone();
    lose(&mut test, &[damaged]);
    let part = of_first(1) + &exchange("2026-05-01", 2, 1, 10);
    let receipt = test.usage(&part).await.unwrap();
    assert_eq!(receipt.mended, given_up(1, 0, 1));
    assert_eq!(recorded(&receipt), [1, 0, 1]);
    let message = test.usage_figures().await;
    assert!(message.contains("Exchange: 2/20"), "{message}");
    assert_eq!(damages(&data).await, 0);
}

#[tokio::test]
async fn a_file_leaves_the_table_although_nothing_comes_in_its_place() {
    // A merged file whose deliveries are all restated since, and a file of one import.
    for merged in [true, false] {
        let (mut test, _) = imported(&[of_first(0), of_first(1)]).await;
        let data = test.store.work_dir().to_owned();
        if merged {
            merge(&test).await;
        }
        test.usage(&of_first(7)).await.unwrap();
        let right = test.usage_figures().await;
        let lost = live_files(&data, "usage")[0].clone();
        let had = rows_of(&lost).len() as u64;
        lose(&mut test, &[lost]);
        test.options.dry_run = true;
        let dry = test.usage(&of_first(7)).await.unwrap();
        assert!(damages(&data).await > 0);
        test.options.dry_run = false;
        // New content makes no difference: it is no newer than what is known.
        let active = if merged { 7 } else { 3 };
        let receipt = test.usage(&of_first(active)).await.unwrap();
        assert_eq!(receipt.mended, given_up(1, 0, had));
        assert_eq!(dry.mended, receipt.mended);
        assert_eq!(receipt.rows_stored, 0);
        assert_eq!(damages(&data).await, 0);
        assert_eq!(test.usage_figures().await, right);
        // Nothing blocks it any more: now it is new.
        let receipt = test.usage(&of_first(3)).await.unwrap();
        assert_eq!(recorded(&receipt), [0, 0, 1]);
    }
}

#[tokio::test]
async fn a_version_that_takes_most_away_is_refused_as_in_any_import() {
    let product = |number: u32| of_first(1).replace("6fd2c87f", &format!("{number}fd2c87f"));
    let all: String = (1..=6).map(product).collect();
    let (mut test, _) = imported(&[all, exchange("2026-05-01", 1, 9, 10)]).await;
    let data = test.store.work_dir().to_owned();
    let last = live_files(&data, "usage")[1].clone();
    lose(&mut test, &[last]);
    test.options.replace = false;
    let err = test.usage(&product(1)).await.unwrap_err();
    assert!(matches!(err, ImportError::Loses { .. }), "{err:?}");
    assert!(damages(&data).await > 0, "nothing was given up");
    test.options.replace = true;
    let receipt = test.usage(&product(1)).await.unwrap();
    assert_eq!((receipt.deliveries_restated, receipt.losses.rows), (1, 5));
    assert_eq!(damages(&data).await, 0);
}

/// The newest version of each day and customer.
fn newest(data: &Path) -> BTreeMap<(String, String), Row> {
    let mut newest: BTreeMap<_, Row> = BTreeMap::new();
    for row in rows(data, "usage") {
        let known = newest.entry(unit(&row)).or_insert_with(|| row.clone());
        if number(known) < number(&row) {
            *known = row;
        }
    }
    newest
}

/// The day and the customer of a row.
fn unit(row: &Row) -> (String, String) {
    let day = row["processed_date"].clone();
    (day, row["customer_tenant_id"].clone())
}

fn number(row: &Row) -> i64 {
    row["delivery_id"].parse().unwrap()
}

/// Deliveries of one import: the day, the customer and the seats.
type Said = Vec<(u32, u32, u32)>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_given_up_takes_the_last_version_of_the_import(
        imports in vec((vec((1..4_u32, 1..6_u32, 1..4_u32), 1..6), any::<bool>()), 1..6),
        damaged in vec(any::<bool>(), 8),
        done_again in vec(any::<bool>(), 6),
    ) {
        Runtime::new().unwrap().block_on(give_up(imports, damaged, done_again));
    }
}

async fn give_up(imports: Vec<(Said, bool)>, damaged: Vec<bool>, done_again: Vec<bool>) {
    let mut test = TestStore::new();
    test.options.replace = true;
    test.options.files = Files::Versions;
    let data = test.store.work_dir().to_owned();
    let (mut files, mut last) = (Vec::new(), BTreeMap::new());
    for (number, ((said, merges), again)) in imports.into_iter().zip(done_again).enumerate() {
        let said: BTreeMap<_, _> = said
            .into_iter()
            .map(|(day, of, it)| ((day, of), it))
            .collect();
        let rows = said.iter();
        let rows = rows.map(|((day, of), it)| exchange(&format!("2026-05-{day:02}"), *of, *it, 10));
        let rows: String = rows.collect();
        let file = test.file(&format!("{number}.csv"), format!("{USAGE_HEADER}\n{rows}"));
        test.import(vec![file.clone()]).await.unwrap();
        if merges {
            merge(&test).await;
        }
        if again {
            files.push(file);
            for ((day, of), seats) in said {
                let unit = (format!("2026-05-{day:02}"), crate::test_store::customer(of));
                last.insert(unit, seats.to_string());
            }
        }
    }
    let mut lost = Vec::new();
    let mut whole = BTreeSet::new();
    for (file, is_damaged) in live_files(&data, "usage").into_iter().zip(damaged) {
        let rows = rows_of(&file);
        match is_damaged {
            true => lost.push((file, rows)),
            false => whole.extend(rows),
        }
    }
    // By the log, a file can have anything between its first and its last day and customer.
    let may_hold = |rows: &BTreeSet<Row>, unit: &(String, String)| {
        let units: Vec<_> = rows.iter().map(self::unit).collect();
        let days = units.iter().map(|it| &it.0);
        let customers = units.iter().map(|it| &it.1);
        (days.clone().min() <= Some(&unit.0) && Some(&unit.0) <= days.max())
            && (customers.clone().min() <= Some(&unit.1) && Some(&unit.1) <= customers.max())
    };
    let is_in_the_way = |rows: &BTreeSet<Row>| last.keys().any(|unit| may_hold(rows, unit));
    let paths: Vec<PathBuf> = lost.iter().map(|(file, _)| file.clone()).collect();
    let away = lost.iter().filter(|(_, rows)| !is_in_the_way(rows)).count() as u64;
    if away == lost.len() as u64 {
        return;
    }
    lose(&mut test, &paths);
    let receipt = test.import(files).await.unwrap();
    let now = rows(&data, "usage");
    // A file is restored completely, or not at all.
    let (back, lost): (Vec<_>, Vec<_>) = lost
        .into_iter()
        .filter(|(_, rows)| is_in_the_way(rows))
        .partition(|(_, rows)| rows.is_subset(&now));
    let back: BTreeSet<Row> = back.into_iter().flat_map(|(_, rows)| rows).collect();
    let known: BTreeSet<Row> = whole.union(&back).cloned().collect();
    let mut expected = BTreeSet::new();
    for (unit, seats) in &last {
        let lost = lost.iter().filter(|(_, rows)| may_hold(rows, unit));
        let Some(newest_lost) = lost.flat_map(|(_, rows)| rows).map(number).max() else {
            continue;
        };
        let versions = known.iter().filter(|row| self::unit(row) == *unit);
        let counts = versions
            .max_by_key(|row| number(row))
            .is_some_and(|newest| {
                newest["licenses_active"] == *seats || number(newest) > newest_lost
            });
        if !counts {
            expected.insert((unit.clone(), seats.clone()));
        }
    }
    assert!(known.is_subset(&now));
    let news: Vec<_> = now.difference(&known).collect();
    let recorded = news
        .iter()
        .map(|row| (unit(row), row["licenses_active"].clone()));
    assert_eq!(recorded.collect::<BTreeSet<_>>(), expected);
    assert_eq!(news.len(), expected.len());
    assert_eq!(
        receipt.deliveries_new + receipt.deliveries_restated,
        expected.len() as u64
    );
    let all = known.iter().chain(lost.iter().flat_map(|(_, rows)| rows));
    let newest = all.map(number).max();
    assert!(news.iter().all(|row| Some(number(row)) > newest));
    assert_eq!(receipt.mended.deliveries, back.len() as u64);
    assert_eq!(receipt.mended.still_damaged, away);
    assert_eq!(damages(&data).await, away);
}
