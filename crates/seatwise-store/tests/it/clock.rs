//! Wrong clocks: what is not recorded, what is found, and how it is repaired.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::import::{ImportError, Receipt};
use seatwise_store::{Axes, Kind, KnownAt, Repaired, Store, StoreError};

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, customer, exchange, partner};

/// The time of a correct clock.
fn noon() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn after(days: i64) -> Timestamp {
    noon() + SignedDuration::from_hours(24 * days)
}

async fn record(test: &mut TestStore, rows: &str, now: Timestamp) -> Result<Receipt, ImportError> {
    let file = test.file("rows.csv", format!("{USAGE_HEADER}\n{rows}"));
    test.import_at(vec![file], now).await
}

/// The store error of an import.
fn clock_error(result: Result<Receipt, ImportError>) -> StoreError {
    match result {
        Err(ImportError::Store(err)) => err,
        other => panic!("{other:?}"),
    }
}

async fn last_recorded(store: &Store) -> Option<Timestamp> {
    let status = store.status().await.unwrap();
    let tables = status.iter().flat_map(|partner| &partner.tables);
    tables.filter_map(|table| table.last_recorded_at).max()
}

async fn findings(store: &Store, now: Timestamp) -> Vec<String> {
    let found = store.verify_clock(partner(), now).await;
    let lines = found
        .iter()
        .map(|it| format!("{}: {}", it.file, it.problem));
    lines.collect()
}

async fn repair(store: &Store, now: Timestamp) -> Repaired {
    let shown = store.repair(partner(), now, true).await.unwrap();
    let mut done = store.repair(partner(), now, false).await.unwrap();
    // The removed files are known only then.
    let receipt = done.clone();
    done.tables
        .iter_mut()
        .for_each(|table| table.files_removed = 0);
    assert_eq!(shown, done);
    // Everything is intact, and nothing is left to do.
    for kind in Kind::ALL {
        let found = store.verify(partner(), kind).await.unwrap();
        assert!(found.is_none_or(|found| found.findings.is_empty()));
    }
    assert_eq!(findings(store, now).await, [""; 0]);
    let again = store.repair(partner(), now, false).await.unwrap();
    assert!(again.is_empty(), "{again:?}");
    receipt
}

#[tokio::test]
async fn a_folder_that_slept_for_a_year_goes_on() {
    let mut test = TestStore::new();
    let rows = [
        exchange("2026-05-01", 1, 5, 10),
        exchange("2027-06-01", 1, 6, 10),
    ];
    record(&mut test, &rows[0], noon()).await.unwrap();
    record(&mut test, &rows[1], after(366)).await.unwrap();
    assert_eq!(last_recorded(&test.store).await, Some(after(366)));
}

#[tokio::test]
async fn a_clock_that_is_years_ahead_records_nothing_until_somebody_says_that_it_is_right() {
    let mut test = TestStore::new();
    record(&mut test, &exchange("2026-05-01", 1, 5, 10), noon())
        .await
        .unwrap();
    let rows = exchange("2034-01-01", 1, 2, 2);
    let refused = clock_error(record(&mut test, &rows, after(3_500)).await);
    assert!(matches!(refused, StoreError::ClockAhead { .. }));
    insta::assert_snapshot!(refused, @"this computer's clock says 2035-12-31T12:00:00Z, 3500 days after the last record, of 2026-06-01T12:00:00Z");
    assert!(refused.hint().unwrap().contains("seatwise repair --today"));
    let settled = test
        .store
        .settle(partner(), after(3_499), after(3_500))
        .await;
    assert!(matches!(settled, Err(StoreError::ClockAhead { .. })));
    // Rejected imports left nothing: the correct time continues.
    assert!(findings(&test.store, noon()).await.is_empty());
    record(&mut test, &exchange("2026-05-02", 1, 6, 10), after(1))
        .await
        .unwrap();
    assert_eq!(last_recorded(&test.store).await, Some(after(1)));

    let said = repair(&test.store, after(3_500)).await.settled_at.unwrap();
    assert_eq!((said.from, said.to), (None, after(3_500)));
    record(&mut test, &rows, after(3_501)).await.unwrap();
    assert_eq!(last_recorded(&test.store).await, Some(after(3_501)));
}

#[tokio::test]
async fn what_was_recorded_in_the_future_is_found_and_recorded_now() {
    let mut test = TestStore::new();
    record(&mut test, &exchange("2026-05-01", 1, 5, 10), noon())
        .await
        .unwrap();
    let answer = test
        .store
        .settle(partner(), after(1), after(1))
        .await
        .unwrap();
    // A clock one year ahead, for two imports.
    let deployment = format!(
        "{DEPLOYMENT_HEADER}\n2026-05-02,o365,,reseller,{},Customer 1,,E3,4,5\n",
        customer(1)
    );
    record(&mut test, &exchange("2026-05-01", 1, 7, 10), after(365))
        .await
        .unwrap();
    let file = test.file("deployment.csv", deployment);
    test.import_at(vec![file], after(365)).await.unwrap();

    let now = after(2);
    insta::assert_snapshot!(findings(&test.store, now).await.join("\n"), @"
    usage: something in it was recorded at 2027-06-01T12:00:00Z, which is still to come
    deployment: something in it was recorded at 2027-06-01T12:00:00.001Z, which is still to come
    ");
    // Nothing is recorded after it, and no answer is given as known then.
    let rows = exchange("2026-05-03", 1, 9, 10);
    let refused = clock_error(record(&mut test, &rows, now).await);
    assert!(matches!(refused, StoreError::ClockBehind { .. }));
    insta::assert_snapshot!(refused, @"this computer's clock says 2026-06-03T12:00:00Z, but the last record is of `2027-06-01T12:00:00.001Z`: one of the two is wrong");
    assert!(refused.hint().unwrap().contains("seatwise repair"));
    let asked = test.store.settle(partner(), after(300), now).await;
    assert!(matches!(asked, Err(StoreError::NotYet { .. })));

    let figures = test.usage_figures().await;
    let receipt = repair(&test.store, now).await;
    assert_eq!(test.usage_figures().await, figures);
    insta::assert_snapshot!(serde_json::to_string_pretty(&receipt).unwrap(), @r#"
    {
      "tables": [
        {
          "kind": "usage",
          "moved": {
            "deliveries": 1,
            "fromFirst": "2027-06-01T12:00:00Z",
            "fromLast": "2027-06-01T12:00:00Z",
            "toFirst": "2026-06-03T12:00:00Z",
            "toLast": "2026-06-03T12:00:00Z"
          },
          "filesRemoved": 1
        },
        {
          "kind": "deployment",
          "moved": {
            "deliveries": 1,
            "fromFirst": "2027-06-01T12:00:00.001Z",
            "fromLast": "2027-06-01T12:00:00.001Z",
            "toFirst": "2026-06-03T12:00:00.001Z",
            "toLast": "2026-06-03T12:00:00.001Z"
          },
          "filesRemoved": 1
        }
      ]
    }
    "#);
    // An earlier answer is given again: the restatement is younger.
    let axes = Axes {
        as_of: None,
        known_at: Some(answer),
    };
    let before = test.store.usage_figures_at(partner(), axes).await.unwrap();
    assert_eq!(before[0].active, 5);
    record(&mut test, &rows, after(3)).await.unwrap();
    assert_eq!(last_recorded(&test.store).await, Some(after(3)));
}

#[tokio::test]
async fn rows_of_days_to_come_are_found_and_removed() {
    let mut test = TestStore::new();
    // Everything under a clock of 2035, from the first import on.
    let wrong = after(3_500);
    let rows = exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-01", 2, 1, 10);
    record(&mut test, &rows, wrong).await.unwrap();
    record(&mut test, &exchange("2034-05-01", 3, 1, 2), wrong)
        .await
        .unwrap();
    // All other customers are late.
    assert!(test.usage_figures().await.contains(": 1/2 ="));
    let found = findings(&test.store, noon()).await.join("\n");
    assert!(found.contains("processed on 2034-05-01"), "{found}");
    let receipt = repair(&test.store, noon()).await;
    let table = &receipt.tables[0];
    let removed = table.removed.as_ref().unwrap();
    assert_eq!((removed.deliveries, removed.rows), (1, 1));
    assert_eq!(removed.first[0].customer_id, customer(3));
    assert_eq!(table.moved.unwrap().deliveries, 2);
    assert!(test.usage_figures().await.contains(": 6/20 ="));
    assert_eq!(last_recorded(&test.store).await, Some(noon()));
    // Nothing of it is left on the disk either.
    let folder = test
        .store
        .work_dir()
        .join(format!("partners/{}/usage", partner()));
    let logs = fs::read_dir(folder.join("_delta_log")).unwrap();
    for log in logs {
        let text = fs::read(log.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains("\"processed_date\\\":\\\"2034"), "{text}");
    }
}

#[tokio::test]
async fn a_settled_instant_that_cannot_be_is_found_and_set_to_now() {
    let mut test = TestStore::new();
    record(&mut test, &exchange("2026-05-01", 1, 5, 10), noon())
        .await
        .unwrap();
    let path = test
        .store
        .work_dir()
        .join(format!("partners/{}/settled-at", partner()));
    for (text, from) in [
        ("2998-01-01T00:00:00Z\n", Some("2998-01-01T00:00:00Z")),
        ("", None),
        ("no instant", None),
    ] {
        fs::write(&path, text).unwrap();
        let found = findings(&test.store, after(1)).await.join("\n");
        assert!(found.starts_with("settled-at: "), "{found}");
        let receipt = repair(&test.store, after(1)).await;
        let settled = receipt.settled_at.unwrap();
        assert_eq!(settled.from.map(|at| at.to_string()).as_deref(), from);
        assert_eq!(settled.to, after(1));
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            format!("{}\n", after(1))
        );
    }
    // An answer may just have been given, so the next import comes after it.
    record(&mut test, &exchange("2026-05-02", 1, 5, 10), noon())
        .await
        .unwrap();
    assert!(last_recorded(&test.store).await > Some(after(1)));
}

/// The customer and the active seats of each import, in order.
type Imports = Vec<(u32, u32)>;

/// Imports by the correct clock, and by one a year ahead.
fn imports() -> impl Strategy<Value = (Imports, Imports)> {
    let import = || (0..3_u32, 0..10_u32);
    (vec(import(), 1..12), vec(import(), 1..12))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn repairing_changes_no_figure_and_no_answer_that_was_given(
        (right, wrong) in imports(), asked in vec(0..12_usize, 0..6)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            let minute = SignedDuration::from_mins(1);
            let (mut now, mut ahead) = (noon(), after(365));
            let mut recorded = Vec::new();
            let mut answer: Vec<(KnownAt, String)> = Vec::new();
            for (number, (of, active)) in right.iter().enumerate() {
                now += minute;
                record(&mut test, &exchange("2026-05-01", *of, *active, 10), now).await.unwrap();
                recorded.push(now);
                if asked.contains(&number) {
                    let known_at = test.store.settle(partner(), now, now).await.unwrap();
                    answer.push((known_at, figures_at(&test.store, Some(known_at)).await));
                }
            }
            for (of, active) in &wrong {
                ahead += minute;
                record(&mut test, &exchange("2026-05-01", *of, *active, 10), ahead).await.unwrap();
            }
            let newest = figures_at(&test.store, None).await;
            let (from, to) = ("2026-05-01".parse().unwrap(), "2026-05-01".parse().unwrap());
            let versions = async |store: &Store| {
                let question = seatwise_store::RestatementsQuestion {
                    kind: Kind::Usage,
                    from,
                    to,
                    selection: seatwise_types::extensions::Selection::default(),
                    known_at: None,
                };
                let found = store.restatements(partner(), &question).await.unwrap().value;
                let sums = found.iter().map(|unit| {
                    unit.versions.iter().map(|it| (it.numerator, it.denominator)).collect::<Vec<_>>()
                });
                sums.collect::<Vec<_>>()
            };
            let before = versions(&test.store).await;
            now += minute;
            repair(&test.store, now).await;
            let store = Store::open(test.store.work_dir()).unwrap();
            assert_eq!(figures_at(&store, None).await, newest);
            assert_eq!(versions(&store).await, before);
            for (known_at, answer) in answer {
                assert_eq!(figures_at(&store, Some(known_at)).await, answer);
            }
            let last = last_recorded(&store).await.unwrap();
            assert!(last < now + SignedDuration::from_secs(1), "{last}");
        });
    }
}

async fn figures_at(store: &Store, known_at: Option<KnownAt>) -> String {
    let axes = Axes {
        as_of: None,
        known_at,
    };
    format!(
        "{:#?}",
        store.usage_figures_at(partner(), axes).await.unwrap()
    )
}
