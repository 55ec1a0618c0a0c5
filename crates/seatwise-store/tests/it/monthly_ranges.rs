//! Figures over a range of months: gaps, limits, and what was known at an instant.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::{KnownAt, MonthlyQuestion, QuestionError, Store};
use seatwise_types::extensions::{Gap, Metric, Month, Selection};

use crate::monthly::{DYNAMICS, OFFICE, dynamics_in, lines, office, question};
use crate::test_store::{TestStore, customer, partner};

#[tokio::test]
async fn a_month_without_a_delivery_is_a_gap_and_no_zero() {
    let mut test = TestStore::new();
    let rows = office(1, "Exchange", "2026-01", 0, 10, 0)
        + &office(2, "Teams", "2026-03", 5, 10, 0)
        + &office(2, "Exchange", "2026-03", 6, 8, 0)
        + &office(1, "Exchange", "2026-03", 1, 8, 0);
    test.content(&format!("{OFFICE}\n{rows}")).await.unwrap();
    let rows = dynamics_in("2026-02", "s1", 1, "SALES", [2, 3, 4]);
    test.content(&format!("{DYNAMICS}\n{rows}")).await.unwrap();
    let month = |month: &str| month.parse::<Month>().unwrap();
    let message = async |selection: Selection| {
        let mut question = question(Metric::Usage, month("2025-12"), month("2026-03"));
        question.selection = selection;
        let message = test.store.monthly(partner(), &question).await.unwrap();
        lines(&message.value)
    };
    insta::assert_snapshot!(message(Selection::default()).await, @r"
    2025-12 noDelivery
    2026-01
    o365 Exchange: 0/10 = 0.0
    2026-02
    crm SALES: 2/4 = 50.0
    2026-03
    o365 Exchange: 7/16 = 43.75
    o365 Teams: 5/10 = 50.0
    ");
    let some = |text: &str| Some(text.to_owned());
    let exchange = Selection {
        service: some("O365"),
        workload: some("exchange"),
        customer: Some(customer(2).parse().unwrap()),
        ..Selection::default()
    };
    insta::assert_snapshot!(message(exchange).await, @r"
    2025-12 noDelivery
    2026-01 noDelivery
    2026-02 noDelivery
    2026-03
    o365 Exchange: 6/8 = 75.0
    ");
    let sales = Selection {
        product: some("sales"),
        ..Selection::default()
    };
    insta::assert_snapshot!(message(sales).await, @r"
    2025-12 noDelivery
    2026-01 noRows
    2026-02
    crm SALES: 2/4 = 50.0
    2026-03 noRows
    ");
}

#[tokio::test]
async fn at_most_ten_years_in_their_order() {
    let test = TestStore::new();
    let month = |month: &str| month.parse::<Month>().unwrap();
    let message = async |from: &str, to: &str| {
        let question = question(Metric::Deployment, month(from), month(to));
        test.store.monthly(partner(), &question).await
    };
    let ten_years = message("2017-01", "2026-12").await.unwrap();
    assert_eq!((ten_years.value.len(), ten_years.recorded_at), (120, None));
    assert!(
        ten_years
            .value
            .iter()
            .all(|it| it.gap == Some(Gap::NoDelivery))
    );
    for (from, to) in [("2016-12", "2026-12"), ("2026-02", "2026-01")] {
        let err = message(from, to).await.unwrap_err();
        assert!(matches!(err, QuestionError::Months { .. }));
        assert_eq!(
            err.to_string(),
            format!("from {from} to {to} is not a span of 1 to 120 months")
        );
    }
}

/// A row of a download: customer, month, product, and the three counts.
type DownloadRow = (u32, usize, u32, [u32; 3]);

const MONTHS: [&str; 5] = ["2025-11", "2025-12", "2026-01", "2026-02", "2026-04"];

/// Events in a store.
#[derive(Debug, Clone)]
enum Event {
    /// A download, this many milliseconds after the previous event, or before it.
    Import(Vec<DownloadRow>, i64),
    /// A question for a range, known this long ago.
    Ask(Asked, i64),
    /// Another process takes over.
    Restart,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    metric: Metric,
    from: usize,
    to: usize,
    customer: Option<u32>,
    product: Option<u32>,
}

fn event() -> impl Strategy<Value = Event> {
    let row = (0..3_u32, 0..MONTHS.len(), 0..3_u32, [0..9_u32, 0..9, 0..9]);
    let metric = prop_oneof![Just(Metric::Usage), Just(Metric::Deployment)];
    let some = || prop::option::of(0..3_u32);
    let asked = (metric, 0..MONTHS.len(), 0..MONTHS.len(), some(), some());
    let asked = asked.prop_map(|(metric, a, b, customer, product)| Asked {
        metric,
        from: a.min(b),
        to: a.max(b),
        customer,
        product,
    });
    let ago = prop_oneof![Just(0), 0..4_i64, 0..100_000_i64];
    prop_oneof![
        5 => (vec(row, 1..8), -50..5_000_i64).prop_map(|(rows, after)| Event::Import(rows, after)),
        4 => (asked, ago).prop_map(|(asked, ago)| Event::Ask(asked, ago)),
        1 => Just(Event::Restart),
    ]
}

impl Asked {
    fn question(self, known_at: KnownAt) -> MonthlyQuestion {
        let month = |number: usize| MONTHS[number].parse().unwrap();
        MonthlyQuestion {
            metric: self.metric,
            from: month(self.from),
            to: month(self.to),
            selection: Selection {
                customer: self
                    .customer
                    .map(|number| customer(number).parse().unwrap()),
                product: self.product.map(|number| format!("p{number}")),
                ..Selection::default()
            },
            known_at: Some(known_at),
        }
    }

    /// Month by month, from all known downloads: the last one for a customer and month counts.
    fn oracle(self, known: &[&Vec<DownloadRow>]) -> String {
        let mut text = String::new();
        let month = |number: usize| MONTHS[number].parse::<Month>().unwrap();
        for at in month(self.from).through(month(self.to)) {
            let is_of = |row: &&DownloadRow, of: u32| row.0 == of && month(row.1) == at;
            let mut sums: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
            let mut is_delivered = false;
            for of in 0..3 {
                let last = known.iter().rev();
                let last = last.map(|rows| rows.iter().filter(|row| is_of(row, of)).collect());
                let mut last = last.filter(|rows: &Vec<_>| !rows.is_empty());
                let Some(rows) = last.next() else { continue };
                if self.customer.is_some_and(|customer| customer != of) {
                    continue;
                }
                is_delivered = true;
                for (_, _, product, [active, assigned, available]) in rows {
                    if self.product.is_some_and(|wanted| wanted != *product) {
                        continue;
                    }
                    let part = match self.metric {
                        Metric::Usage => active,
                        Metric::Deployment => assigned,
                    };
                    let sum = sums.entry(*product).or_default();
                    *sum = (sum.0 + u64::from(*part), sum.1 + u64::from(*available));
                }
            }
            let gap = match (is_delivered, sums.is_empty()) {
                (false, _) => " noDelivery",
                (true, true) => " noRows",
                (true, false) => "",
            };
            writeln!(text, "{at}{gap}").unwrap();
            for (product, (part, whole)) in sums {
                let percent = seatwise_store::percent(part, whole);
                writeln!(text, "crm P{product}: {part}/{whole} = {percent:?}").unwrap();
            }
        }
        text
    }
}

pub(crate) async fn message(store: &Store, question: &MonthlyQuestion) -> String {
    let message = store.monthly(partner(), question).await.unwrap();
    let newest = store.newest_month(partner(), question.metric, question.known_at);
    let newest = newest.await.unwrap();
    let recorded_at = message.recorded_at;
    format!("{recorded_at:?} {newest:?}\n{}", lines(&message.value))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Imports are small, so files are merged every few imports.
    #[test]
    fn a_range_adds_up_what_was_known_and_never_changes(events in vec(event(), 8..32)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            test.options.replace = true;
            let mut now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
            let mut recorded: Vec<(BTreeMap<&str, Timestamp>, Vec<DownloadRow>)> = Vec::new();
            let mut answers = Vec::new();
            for event in events {
                match event {
                    Event::Import(rows, after) => {
                        now += SignedDuration::from_millis(after);
                        let subscriptions = rows.iter().enumerate();
                        let text = subscriptions.map(|(number, (of, month, product, counts))| {
                            let product = format!("P{product}");
                            dynamics_in(MONTHS[*month], &format!("s{number}"), *of, &product, *counts)
                        });
                        let text = format!("{DYNAMICS}\n{}", text.collect::<String>());
                        let file = test.file("rows.csv", text);
                        test.import_at(vec![file], now).await.unwrap();
                        let status = test.store.status().await.unwrap();
                        let at = status[0].tables.iter();
                        let at = at.map(|table| (table.kind, table.last_recorded_at.unwrap()));
                        recorded.push((at.collect(), rows));
                    }
                    Event::Ask(asked, ago) => {
                        let at = now - SignedDuration::from_millis(ago);
                        let known_at = test.store.settle(partner(), at, now).await.unwrap();
                        let table = format!("{}-month", asked.metric);
                        let known: Vec<_> = recorded
                            .iter()
                            .filter(|(recorded_at, _)| recorded_at[table.as_str()] <= at)
                            .map(|(_, rows)| rows)
                            .collect();
                        let question = asked.question(known_at);
                        let answer = message(&test.store, &question).await;
                        let known_months: BTreeSet<Month> = known
                            .iter()
                            .flat_map(|rows| rows.iter().map(|row| MONTHS[row.1].parse().unwrap()))
                            .collect();
                        let newest = known_months.last();
                        let expected =
                            format!("{:?} {newest:?}\n{}", Some(at), asked.oracle(&known));
                        assert_eq!(answer, expected, "{asked:?}");
                        answers.push((question, answer));
                    }
                    Event::Restart => test.store = Store::open(test.store.work_dir()).unwrap(),
                }
            }
            for (question, before) in answers {
                assert_eq!(message(&test.store, &question).await, before, "{question:?}");
            }
        });
    }
}
