//! Explanations, coverage, changes and restatements, compared with their rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::{
    Axes, ChangesQuestion, CoverageQuestion, ExplainQuestion, Explanation, Kind, LATE_AFTER_DAYS,
    Moment, Snapshot, changes, coverage, percent,
};
use seatwise_types::extensions::{Cause, Selection};

use crate::figures::{CHANNELS, Delivery, SERVICES, delivery};
use crate::test_store::{TestStore, customer, exchange, partner};

pub(crate) fn of(service: &str, channel: &str, workload: Option<&str>) -> Selection {
    Selection {
        service: Some(service.to_owned()),
        channel: Some(channel.to_owned()),
        workload: workload.map(ToOwned::to_owned),
        ..Selection::default()
    }
}

pub(crate) async fn facts(test: &TestStore, kind: Kind, axes: Axes) -> Snapshot {
    let facts = test
        .store
        .read_snapshot(partner(), kind, Moment::At(axes), None, None);
    facts.await.unwrap()
}

async fn explain(test: &TestStore, axes: Axes, selection: &Selection) -> Option<Explanation> {
    let facts = Arc::new(facts(test, Kind::Usage, axes).await);
    let question = ExplainQuestion {
        kind: Kind::Usage,
        axes,
        selection: selection.clone(),
        page: 0..usize::MAX,
    };
    let explained = test.store.explain(partner(), &question, facts).await;
    explained.unwrap().map(|it| it.value)
}

fn shown(answer: &Explanation) -> String {
    let mut text = format!(
        "{}/{} {:?} {:?}\n",
        answer.part,
        answer.whole,
        answer.percent(),
        answer.exact_percent()
    );
    writeln!(text, "version {}, {:?}", answer.version, answer.reasons).unwrap();
    for it in &answer.deliveries.items {
        let name = &it.customer_name;
        writeln!(
            text,
            "{} of {name}, {}: {}/{}",
            it.delivery, it.processed_date, it.numerator, it.denominator
        )
        .unwrap();
    }
    for it in &answer.left_out {
        let name = it.customer_name.as_deref().unwrap_or_default();
        let what = it
            .product_name
            .clone()
            .or(it.channel.as_ref().map(ToString::to_string));
        writeln!(
            text,
            "not {name} {:?} {:?} {:?}: {} {}/{}",
            it.processed_date, it.delivery, what, it.reason, it.numerator, it.denominator
        )
        .unwrap();
    }
    text
}

#[tokio::test]
async fn what_a_figure_is_made_of_and_what_is_left_out() {
    let mut test = TestStore::new();
    let other = |row: String| {
        row.replace("6fd2c87f", "7fd2c87f")
            .replace("ENTERPRISEPACK", "OTHER")
    };
    let imports = [
        exchange("2026-05-01", 1, 9, 10)
            + &exchange("2026-05-01", 2, 5, 40)
            + &other(exchange("2026-05-01", 2, 7, 8))
            + &exchange("2026-03-01", 3, 100, 100)
            + &exchange("2026-05-01", 4, 3, 5).replace("reseller", "direct"),
        exchange("2026-05-01", 1, 12, 10),
        other(exchange("2026-05-02", 2, 1, 0)),
    ];
    for rows in &imports {
        test.usage(rows).await.unwrap();
    }
    let exchange = of("O365", "Reseller", Some("exchange"));
    let answer = explain(&test, Axes::default(), &exchange).await.unwrap();
    insta::assert_snapshot!(shown(&answer), @r#"
    13/10 Some(130.0) Some("130/1")
    version 3, [Reason { code: QualifiedZero, rows: 1, excess: 1 }, Reason { code: ActiveOverQualified, rows: 1, excess: 2 }]
    5 of Customer 1, 2026-05-01: 12/10
    6 of Customer 2, 2026-05-02: 1/0
    not Customer 3 Some(2026-03-01) Some(1) None: late 100/100
    not Customer 1 Some(2026-05-01) Some(2) None: superseded 9/10
    not Customer 2 Some(2026-05-01) Some(3) Some("ENTERPRISEPACK"): vanishedProduct 5/40
    not  None None Some("direct"): otherChannel 3/5
    "#);
    // A single customer is shown, late or not.
    let late = Selection {
        customer: Some(customer(3).parse().unwrap()),
        ..exchange.clone()
    };
    let answer = explain(&test, Axes::default(), &late).await.unwrap();
    insta::assert_snapshot!(shown(&answer), @r#"
    100/100 Some(100.0) Some("100/1")
    version 3, []
    1 of Customer 3, 2026-03-01: 100/100
    "#);
    // A product by name, which one customer no longer has.
    let product = Selection {
        product: Some("Enterprisepack".to_owned()),
        ..exchange.clone()
    };
    let answer = explain(&test, Axes::default(), &product).await.unwrap();
    insta::assert_snapshot!(shown(&answer), @r#"
    12/10 Some(120.0) Some("120/1")
    version 3, [Reason { code: ActiveOverQualified, rows: 1, excess: 2 }]
    5 of Customer 1, 2026-05-01: 12/10
    not Customer 3 Some(2026-03-01) Some(1) None: late 100/100
    not Customer 1 Some(2026-05-01) Some(2) None: superseded 9/10
    not Customer 2 Some(2026-05-01) Some(3) Some("ENTERPRISEPACK"): vanishedProduct 5/40
    not  None None Some("direct"): otherChannel 3/5
    "#);
    // Without rows there is no figure, not zero.
    let nothing = of("o365", "reseller", Some("Teams"));
    let answer = explain(&test, Axes::default(), &nothing).await.unwrap();
    assert_eq!((answer.percent(), answer.rows.items.len()), (None, 0));
    assert!(
        explain(&test, Axes::default(), &of("crm", "reseller", None))
            .await
            .is_none()
    );
    // What was known at first is at the first version of the table, whatever came later.
    let first = "2026-06-01T00:01:00Z".parse().unwrap();
    let known_at = Some(test.store.settle(partner(), first, first).await.unwrap());
    let axes = Axes {
        known_at,
        ..Axes::default()
    };
    let answer = explain(&test, axes, &exchange).await.unwrap();
    assert_eq!((answer.part, answer.whole, answer.version), (21, 58, 1));
}

#[tokio::test]
async fn a_page_has_some_of_the_rows_and_the_sums_of_all() {
    let mut test = TestStore::new();
    let rows = (1..=9).map(|it| exchange("2026-05-01", it, it + 6, 10));
    test.usage(&rows.collect::<String>()).await.unwrap();
    let snapshot = Arc::new(facts(&test, Kind::Usage, Axes::default()).await);
    let ask = async |page| {
        let question = ExplainQuestion {
            kind: Kind::Usage,
            axes: Axes::default(),
            selection: of("o365", "reseller", None),
            page,
        };
        let explained = test
            .store
            .explain(partner(), &question, Arc::clone(&snapshot));
        explained.await.unwrap().unwrap().value
    };
    let all = ask(0..usize::MAX).await;
    assert_eq!((all.rows.items.len(), all.deliveries.items.len()), (9, 9));
    let some = ask(3..5).await;
    assert_eq!(some.rows.items, all.rows.items[3..5]);
    assert_eq!(some.deliveries.items, all.deliveries.items[3..5]);
    assert_eq!((some.rows.total_count, some.deliveries.total_count), (9, 9));
    let of = |it: &Explanation| (it.part, it.whole, it.processed, it.reasons.clone());
    assert_eq!(of(&some), of(&all));
    assert_eq!(all.reasons.len(), 1);
    assert!(ask(9..20).await.rows.items.is_empty());
}

#[tokio::test]
async fn of_the_day_before_only_the_version_that_counted_is_shown() {
    let mut test = TestStore::new();
    test.options.replace = true;
    let product = |number: u32, active| {
        let row = exchange("2026-05-01", 1, active, 10);
        row.replace("6fd2c87f", &format!("{number}fd2c87f"))
            .replace("ENTERPRISEPACK", &format!("PLAN {number}"))
    };
    let imports = [
        exchange("2026-04-01", 1, 1, 10),
        // The previous day has other content in its second version.
        product(1, 1) + &product(2, 2),
        product(2, 3) + &product(3, 4),
        // The newest day has three versions.
        product(2, 5).replace("2026-05-01", "2026-05-02"),
        product(4, 6).replace("2026-05-01", "2026-05-02"),
        product(2, 7).replace("2026-05-01", "2026-05-02"),
    ];
    for rows in &imports {
        test.usage(rows).await.unwrap();
    }
    let reseller = of("o365", "reseller", None);
    let answer = explain(&test, Axes::default(), &reseller).await.unwrap();
    insta::assert_snapshot!(shown(&answer), @r#"
    7/10 Some(70.0) Some("70/1")
    version 6, []
    6 of Customer 1, 2026-05-02: 7/10
    not Customer 1 Some(2026-05-02) Some(4) None: superseded 5/10
    not Customer 1 Some(2026-05-02) Some(5) None: superseded 6/10
    not Customer 1 Some(2026-05-01) Some(3) Some("PLAN 3"): vanishedProduct 4/10
    "#);
}

#[tokio::test]
async fn a_service_that_is_spelled_in_two_ways_is_found_for_each_customer() {
    let mut test = TestStore::new();
    let rows = exchange("2026-05-01", 1, 1, 10).replace("o365", "Visio")
        + &exchange("2026-05-01", 2, 2, 10).replace("o365", "VISIO");
    test.usage(&rows).await.unwrap();
    for (number, spelling, part) in [(1, "Visio", 1), (2, "VISIO", 2)] {
        let selection = Selection {
            customer: Some(customer(number).parse().unwrap()),
            ..of("visio", "reseller", None)
        };
        let answer = explain(&test, Axes::default(), &selection).await.unwrap();
        assert_eq!(
            (answer.service_code.as_str(), answer.part),
            (spelling, part)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn what_is_explained_adds_up(deliveries in vec(delivery(), 1..40), days in (0..80_i32, 0..80_i32), cut in 0..40_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            test.options.replace = true;
            let mut known_at = None;
            for (number, some) in deliveries.chunks(4).enumerate() {
                let mut units = BTreeSet::new();
                let rows: String = some.iter().filter(|it| units.insert(it.unit())).map(Delivery::rows).collect();
                test.usage(&rows).await.unwrap();
                if number == cut / 4 {
                    let at = test.store.status().await.unwrap()[0].tables[0].last_recorded_at.unwrap();
                    known_at = Some(test.store.settle(partner(), at, at).await.unwrap());
                }
            }
            // The explanation of each figure has all rows, which give the same percent.
            for figure in test.store.usage_figures(partner()).await.unwrap() {
                let selection = of(&figure.service_code, &figure.channel, Some(&figure.workload_name));
                let answer = explain(&test, Axes::default(), &selection).await.unwrap();
                let part: u64 = answer.rows.items.iter().map(|row| row.numerator).sum();
                let whole: u64 = answer.rows.items.iter().map(|row| row.denominator).sum();
                assert_eq!((part, whole), (figure.active, figure.qualified));
                assert_eq!(percent(part, whole).to_bits(), figure.percent().to_bits());
                assert_eq!(answer.percent().map(f64::to_bits), Some(figure.percent().to_bits()));
                assert_eq!(answer.processed, Some(figure.processed));
                let of_deliveries: u64 = answer.deliveries.items.iter().map(|it| it.numerator).sum();
                assert_eq!(of_deliveries, part);
            }
            // The bridge leads from the answered figures of one day to those of another.
            let first: jiff::civil::Date = "2026-01-15".parse().unwrap();
            let day = |days: i32| Some(first.checked_add(jiff::Span::new().days(days)).unwrap());
            let from = Axes { as_of: day(days.0), known_at };
            let corrected = Axes { as_of: day(days.0), known_at: None };
            let to = Axes { as_of: day(days.1), known_at: None };
            let [before, between, after] = [
                facts(&test, Kind::Usage, from).await,
                facts(&test, Kind::Usage, corrected).await,
                facts(&test, Kind::Usage, to).await,
            ];
            let mut ends: [BTreeMap<(String, String, u64, u64), u32>; 2] = Default::default();
            for change in changes(&before, &between, &after, &ChangesQuestion::default()) {
                let hundredths = |points: f64| {
                    let whole = (points * 100.0).round();
                    assert_eq!(whole / 100.0, points);
                    whole as i64
                };
                let steps: i64 = change.steps.iter().map(|step| hundredths(step.points)).sum();
                assert_eq!(steps, hundredths(change.points));
                let percents = [&change.from, &change.to].map(|it| hundredths(it.percent.unwrap_or(0.0)));
                assert_eq!(percents[1] - percents[0], steps);
                let sum = |of: fn(&seatwise_types::extensions::ChangeStep) -> i64| change.steps.iter().map(of).sum::<i64>();
                assert_eq!(sum(|it| it.numerator), change.to.numerator as i64 - change.from.numerator as i64);
                assert_eq!(sum(|it| it.denominator), change.to.denominator as i64 - change.from.denominator as i64);
                let causes: Vec<Cause> = change.steps.iter().map(|step| step.cause).collect();
                assert_eq!(causes, Cause::ALL);
                for (end, figure) in ends.iter_mut().zip([&change.from, &change.to]) {
                    if figure.percent.is_some() {
                        let key = (change.service_code.to_string(), change.channel.to_string(), figure.numerator, figure.denominator);
                        *end.entry(key).or_default() += 1;
                    }
                }
            }
            for (end, axes) in ends.iter().zip([from, to]) {
                let mut expected: BTreeMap<_, u32> = BTreeMap::new();
                for it in test.store.usage_figures_at(partner(), axes).await.unwrap() {
                    *expected.entry((it.service_code, it.channel, it.active, it.qualified)).or_default() += 1;
                }
                assert_eq!(*end, expected);
            }
            // A customer with any delivery is current or late.
            let none = facts(&test, Kind::Deployment, Axes::default()).await;
            let all = facts(&test, Kind::Usage, Axes::default()).await;
            let (services, left_out) = coverage(&all, &none, &CoverageQuestion::default());
            for found in &services {
                let here: Vec<_> = deliveries.iter().filter(|it| {
                    SERVICES[it.service as usize] == found.service_code.as_str()
                        && CHANNELS[it.channel as usize] == found.channel.as_str()
                }).collect();
                let newest = here.iter().map(|it| it.day).max().unwrap();
                let customers: BTreeSet<u8> = here.iter().map(|it| it.customer).collect();
                let is_late = |customer: &&u8| {
                    let own = here.iter().filter(|it| it.customer == **customer).map(|it| it.day);
                    own.max().unwrap() + LATE_AFTER_DAYS < newest
                };
                let late = customers.iter().filter(is_late).count() as u64;
                assert_eq!((found.expected, found.late, found.missing), (customers.len() as u64, late, 0));
            }
            assert_eq!(left_out.len() as u64, services.iter().map(|it| it.late).sum::<u64>());
        });
    }
}
