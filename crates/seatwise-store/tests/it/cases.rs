//! Files as common tools write them: each is read with the correct value, or rejected with advice.
//! The files are in `tests/cases`; [docs/import.md] describes each form.
//!
//! [docs/import.md]: ../../../../docs/import.md

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use seatwise_store::import::{ImportError, Receipt};
use seatwise_store::{Axes, ExportFormat, Kind, Moment};
use seatwise_types::extensions::Metric;

use crate::monthly::monthly;
use crate::test_store::{TestStore, partner};

/// The percents of a delivery, in one file or in parts.
const PARTS: &str = "Exchange 78.57, SharePoint 30.00, Skype For Business 10.00, Teams 85.71";

/// Accepted files, and the percents of their workloads.
const READ: [(&str, &str); 24] = [
    // Words for "no value" in codes and ids mean absence.
    (
        "null-words-empty.csv",
        "Exchange 83.33, Teams 80.00, Yammer 0.00",
    ),
    ("null-words.csv", "Exchange 83.33, Teams 80.00, Yammer 0.00"),
    (
        "null-words-na.csv",
        "Exchange 83.33, Teams 80.00, Yammer 0.00",
    ),
    // Quotes within a value, doubled or after a backslash.
    ("rfc4180.csv", "Exchange 50.00"),
    ("quote-inside.csv", "Exchange 50.00"),
    // Blank rows and columns; first lines that are not a header.
    ("blank-rows-at-end.csv", "Exchange 50.00, SharePoint 30.00"),
    ("extra-empty-column.csv", "Exchange 50.00, SharePoint 30.00"),
    ("type-line.csv", "Exchange 50.00, SharePoint 30.00"),
    ("sep-line.csv", "Exchange 95.00, SharePoint 1.20"),
    ("spaced-header.csv", "Exchange 95.00, SharePoint 1.20"),
    ("cr-only.csv", "Exchange 50.00, SharePoint 30.00"),
    // Unambiguous dates.
    ("sql-server-datetimeoffset.csv", "Exchange 50.00"),
    ("bigquery.csv", "Exchange 50.00"),
    ("java-localdatetime.csv", "Exchange 50.00"),
    // Ids with a separate type.
    ("duckdb.csv", "Exchange 50.00, SharePoint 30.00"),
    ("duckdb-uuid.parquet", "Exchange 50.00, SharePoint 30.00"),
    // JSON in several forms.
    ("bracket-first.ndjson", "Exchange 50.00, SharePoint 50.00"),
    ("list-extra.ndjson", "Exchange 50.00, SharePoint 50.00"),
    ("empty-delivery-first.ndjson", "Exchange 50.00, Teams 50.00"),
    ("single-row-pretty.json", "Exchange 50.00"),
    // One delivery in several files, the last of which is empty.
    ("parts", PARTS),
    ("whole.csv", PARTS),
    // A customer without rows in the second week.
    ("week1.csv", "Exchange 50.00"),
    ("week2.csv", "Exchange 10.00"),
];

/// Downloads of one month, the sums of their workloads, and repeated rows: those marked as
/// duplicates, and those without the mark.
const DOWNLOADS: [(&str, &str, [u64; 2]); 3] = [
    (
        "system-query.csv",
        "2026-09\no365 Exchange: 80/100 = 80.0\no365 Teams: 60/100 = 60.0\n",
        [1, 0],
    ),
    (
        "own-query-without-duplicate-mark.csv",
        "2026-09\no365 Exchange: 80/100 = 80.0\no365 Teams: 60/100 = 60.0\n",
        [0, 1],
    ),
    (
        "two-attributions-both-0.csv",
        "2026-09\no365 Exchange: 80/100 = 80.0\n",
        [0, 1],
    ),
];

/// Rejected files, and their messages.
const REFUSED: [(&str, &str); 5] = [
    (
        "thousands-dot-round.csv",
        "thousands-dot-round.csv:2: licensesQualified `1.000`: it can be read as 1 and as 1000: \
         write the count without a point",
    ),
    (
        "short-rows.csv",
        "short-rows.csv:3: it has 10 fields, the header has 11: a row has a separator between all \
         columns, also where values are empty; a line break in a value must stand in quotes",
    ),
    (
        "totals-row.csv",
        "totals-row.csv:4: processedDateTime `Total`: a date such as `2017-03-10` or \
         `2017-03-10T00:00:00+00:00` is expected",
    ),
    (
        "first-row-lacks-a-count.ndjson",
        "first-row-lacks-a-count.ndjson:1: licensesActive: it is empty: every row needs a count \
         here, `0` if there is none",
    ),
    (
        "answer-one-item-unrolled.json",
        "it does not say which customer its rows are about: give the customer with --customer",
    ),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// Imports a case into an empty store; returns the percents too.
async fn imported(name: &str, test: &TestStore) -> Result<(Receipt, String), ImportError> {
    let receipt = test.import_at(vec![folder().join(name)], now()).await?;
    Ok((receipt, percents(test, Axes::default()).await))
}

/// When the cases are imported.
fn now() -> Timestamp {
    "2026-11-01T00:00:00Z".parse().unwrap()
}

/// The percents of the workloads.
async fn percents(test: &TestStore, axes: Axes) -> String {
    let figures = test.store.usage_figures_at(partner(), axes).await.unwrap();
    let figures = figures
        .iter()
        .map(|figure| format!("{} {:.2}", figure.workload_name, figure.percent()));
    figures.collect::<Vec<_>>().join(", ")
}

/// The message for a rejected file.
fn message(err: &ImportError) -> String {
    match err {
        ImportError::BadRows { bad, .. } => bad.lines().next().unwrap_or_default(),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn each_file_is_read_with_the_right_value_or_refused_with_what_to_do() {
    let mut wrong = Vec::new();
    for (name, expected) in READ {
        match imported(name, &TestStore::new()).await {
            Ok((_, found)) if found == expected => {}
            Ok((_, found)) => wrong.push(format!("{name}: {found}")),
            Err(err) => wrong.push(format!("{name}: {}", message(&err))),
        }
    }
    for (name, expected) in REFUSED {
        match imported(name, &TestStore::new()).await {
            Ok((_, found)) => wrong.push(format!("{name}: {found}")),
            Err(err) if message(&err).ends_with(expected) => {}
            Err(err) => wrong.push(format!("{name}: {}", message(&err))),
        }
    }
    for (name, expected, repeated) in DOWNLOADS {
        let test = TestStore::new();
        let (receipt, _) = imported(name, &test).await.unwrap();
        let found = monthly(&test, Metric::Usage, None).await;
        let repeats = [receipt.duplicate_rows, receipt.repeated_rows];
        if (found.as_str(), repeats) != (expected, repeated) {
            wrong.push(format!("{name}: {repeats:?} {found}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
    // Each file there is tested.
    let downloads = DOWNLOADS.map(|(name, figures, _)| (name, figures));
    let tested = READ.iter().chain(&REFUSED).chain(&downloads);
    let tested = tested.map(|(name, _)| (*name).into());
    let files = std::fs::read_dir(folder()).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(tested.collect::<BTreeSet<String>>(), files.collect());
}

#[tokio::test]
async fn the_receipt_says_which_words_were_taken_for_no_value() {
    for (name, words) in [
        ("null-words.csv", vec![("NULL", 3)]),
        ("null-words-na.csv", vec![("NA", 3)]),
        ("null-words-empty.csv", vec![]),
    ] {
        let (receipt, _) = imported(name, &TestStore::new()).await.unwrap();
        let found = receipt.no_value_words.iter();
        let found: Vec<_> = found.map(|(word, count)| (word.as_str(), *count)).collect();
        assert_eq!(found, words, "{name}");
    }
}

#[tokio::test]
async fn names_with_quotes_are_kept_as_they_are() {
    for name in ["rfc4180.csv", "quote-inside.csv"] {
        let test = TestStore::new();
        imported(name, &test).await.unwrap();
        let facts = test
            .store
            .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, None, None);
        let facts = facts.await.unwrap();
        let names: Vec<&str> = facts.customers().map(|customer| customer.name).collect();
        assert_eq!(names, ["Brockhaus \"Nord\" GmbH"], "{name}");
    }
}

#[tokio::test]
async fn what_holds_nothing_is_not_noted() {
    for (name, ignored) in [
        ("extra-empty-column.csv", vec![]),
        ("blank-rows-at-end.csv", vec![]),
        ("list-extra.ndjson", vec!["tags"]),
    ] {
        let (receipt, _) = imported(name, &TestStore::new()).await.unwrap();
        assert_eq!(Vec::from_iter(&receipt.ignored_columns), ignored, "{name}");
        assert_eq!(receipt.rows_read, 2, "{name}");
    }
}

#[tokio::test]
async fn an_answer_whose_list_of_one_was_unrolled_is_read() {
    let mut test = TestStore::new();
    test.options.customer = Some("5ea70001-0b5e-4c1a-9d2f-6e1f0a7c3b11".parse().unwrap());
    let (_, figures) = imported("answer-one-item-unrolled.json", &test)
        .await
        .unwrap();
    assert_eq!(figures, "Exchange 50.00");
}

#[tokio::test]
async fn a_delivery_without_rows_is_one_where_it_leaves_its_members_out() {
    let test = TestStore::new();
    let (receipt, _) = imported("empty-delivery-first.ndjson", &test)
        .await
        .unwrap();
    assert_eq!((receipt.deliveries_new, receipt.rows_read), (2, 3));
    let facts = test
        .store
        .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, None, None);
    assert_eq!(facts.await.unwrap().customers().len(), 2);
}

#[tokio::test]
async fn two_weeks_are_exported_and_imported_with_the_same_answers_of_every_day() {
    let test = TestStore::new();
    let later = now() + SignedDuration::from_mins(1);
    imported("week1.csv", &test).await.unwrap();
    let week2 = vec![folder().join("week2.csv")];
    test.import_at(week2, later).await.unwrap();
    for format in [
        ExportFormat::Csv,
        ExportFormat::SpreadsheetCsv,
        ExportFormat::Parquet,
    ] {
        let again = TestStore::new();
        let to = again.folder.path().join("export");
        let export = test
            .store
            .export(partner(), Axes::default(), &to, format, later);
        let files = export.await.unwrap().into_iter().map(|file| file.file);
        let usage = files.filter(|file| file.starts_with("usage."));
        let usage = usage.map(|file| to.join(file)).collect();
        again.import_at(usage, later).await.unwrap();
        for (day, expected) in [
            ("2026-10-13", ""),
            ("2026-10-14", "Exchange 50.00"),
            ("2026-10-20", "Exchange 50.00"),
            ("2026-10-21", "Exchange 10.00"),
            ("2026-10-31", "Exchange 10.00"),
        ] {
            let axes = Axes {
                as_of: Some(day.parse().unwrap()),
                ..Axes::default()
            };
            for test in [&test, &again] {
                assert_eq!(percents(test, axes).await, expected, "{format:?} {day}");
            }
        }
    }
}
