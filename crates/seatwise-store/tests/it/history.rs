//! Figures over time, compared with the figures at each date.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::ToSpan as _;
use jiff::civil::Date;
use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::{Axes, HistoryQuestion, Kind, LineOf, Moment, QuestionError, Snapshot};
use seatwise_types::extensions::{By, Gap, Selection, Step};
use seatwise_types::query::{CommercialField, Filter, GroupBy};

use crate::figures::{CHANNELS, Delivery, SERVICES, delivery};
use crate::test_store::{TestStore, customer, exchange, partner};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn question(by: By, from: &str, to: &str, step: Step) -> HistoryQuestion {
    HistoryQuestion {
        kind: Kind::Usage,
        by,
        selection: Selection::default(),
        from: date(from),
        to: date(to),
        step,
        known_at: None,
    }
}

async fn answer(test: &TestStore, question: &HistoryQuestion) -> String {
    let history = test.store.history(partner(), question).await.unwrap().value;
    let mut text = String::new();
    for line in &history.lines {
        writeln!(text, "{} {} {:?}", line.service_code, line.channel, line.of).unwrap();
        for (date, point) in history.dates.iter().zip(&line.points) {
            match point {
                Ok(it) => {
                    let percent = it.percent();
                    writeln!(text, "  {date} {}/{} {percent:?}", it.part, it.whole).unwrap();
                }
                Err(gap) => writeln!(text, "  {date} {gap}").unwrap(),
            }
        }
    }
    text
}

#[tokio::test]
async fn gaps_are_no_zeros() {
    let mut test = TestStore::new();
    let rows = exchange("2026-03-02", 1, 5, 10)
        + &exchange("2026-03-02", 2, 1, 10)
        + &exchange("2026-03-05", 1, 6, 10)
        + &exchange("2026-04-09", 1, 7, 10);
    test.usage(&rows).await.unwrap();
    let days = question(By::Workload, "2026-03-01", "2026-03-06", Step::Day);
    insta::assert_snapshot!(answer(&test, &days).await, @r#"
    o365 reseller Workload("Exchange", Some("EXO"))
      2026-03-01 noDelivery
      2026-03-02 6/20 30.0
      2026-03-03 noDelivery
      2026-03-04 noDelivery
      2026-03-05 7/20 35.0
      2026-03-06 noDelivery
    "#);
    // Customer 2 is late from 9 April on.
    let weeks = question(By::Customer, "2026-03-02", "2026-04-10", Step::Week);
    insta::assert_snapshot!(answer(&test, &weeks).await, @r#"
    o365 reseller Customer(CustomerId(00000001-70f4-4e1e-9ff1-b2bfce8d9f04), "Customer 1")
      2026-03-08 6/10 60.0
      2026-03-15 noDelivery
      2026-03-22 noDelivery
      2026-03-29 noDelivery
      2026-04-05 noDelivery
      2026-04-10 7/10 70.0
    o365 reseller Customer(CustomerId(00000002-70f4-4e1e-9ff1-b2bfce8d9f04), "Customer 2")
      2026-03-08 1/10 10.0
      2026-03-15 noDelivery
      2026-03-22 noDelivery
      2026-03-29 noDelivery
      2026-04-05 noDelivery
      2026-04-10 noRows
    "#);
    let months = question(By::Partner, "2026-02-10", "2026-04-10", Step::Month);
    insta::assert_snapshot!(answer(&test, &months).await, @"
    o365 reseller Partner
      2026-02-28 noDelivery
      2026-03-31 7/20 35.0
      2026-04-10 7/10 70.0
    ");
}

#[tokio::test]
async fn what_cannot_be_answered() {
    let test = TestStore::new();
    let ask = async |question: &HistoryQuestion| {
        let answer = test.store.history(partner(), question).await;
        answer.map(|history| history.value.lines.len())
    };
    let backwards = question(By::Partner, "2026-03-02", "2026-03-01", Step::Day);
    assert!(matches!(
        ask(&backwards).await,
        Err(QuestionError::Span { .. })
    ));
    let endless = question(By::Partner, "0001-03-02", "2026-03-01", Step::Day);
    assert!(matches!(
        ask(&endless).await,
        Err(QuestionError::Span { .. })
    ));
    let mut none = question(By::Workload, "2026-03-01", "2026-03-01", Step::Day);
    assert_eq!(ask(&none).await.unwrap(), 0);
    none.kind = Kind::Deployment;
    assert!(matches!(ask(&none).await, Err(QuestionError::NoWorkloads)));
}

#[tokio::test]
async fn a_history_has_an_end() {
    let mut test = TestStore::new();
    let rows: String = (1..=40)
        .map(|number| {
            exchange("2026-03-01", number, 1, 2)
                + &exchange("2026-03-01", number, 1, 2).replace("o365", "crm")
        })
        .collect();
    test.usage(&rows).await.unwrap();
    // 80 lines of 3,653 dates are too many, 40 are not.
    let mut days = question(By::Customer, "2020-01-01", "2029-12-31", Step::Day);
    let err = test.store.history(partner(), &days).await.unwrap_err();
    assert_eq!(
        err.to_string(),
        "there are more than 200000 points: ask for a larger step, fewer days, or one service and \
         channel"
    );
    days.selection.service = Some("CRM".to_owned());
    let history = test.store.history(partner(), &days).await.unwrap().value;
    assert_eq!((history.lines.len(), history.dates.len()), (40, 3653));
}

/// Service, channel and name, with the points: the two counts, or a gap.
type Lines = BTreeMap<Key, Vec<Result<(u64, u64), Gap>>>;

/// Service, channel and name.
type Key = (String, String, String);

/// The figures of a date, calculated separately: the partner's figures by workload, otherwise sums
/// of the rows that count.
async fn at_one_date(
    test: &TestStore,
    by: By,
    selection: &Selection,
    day: Date,
) -> Vec<(Key, (u64, u64))> {
    let axes = Axes {
        as_of: Some(day),
        known_at: None,
    };
    if by == By::Workload {
        let figures = test.store.usage_figures_at(partner(), axes).await.unwrap();
        return figures
            .into_iter()
            .filter(|it| {
                let wanted = selection.service.as_ref();
                wanted.is_none_or(|wanted| it.service_code.eq_ignore_ascii_case(wanted))
            })
            .map(|it| {
                (
                    (it.service_code, it.channel, it.workload_name),
                    (it.active, it.qualified),
                )
            })
            .collect();
    }
    let facts: Snapshot = test
        .store
        .read_snapshot(partner(), Kind::Usage, Moment::At(axes), None, None)
        .await
        .unwrap();
    let texts = [
        (CommercialField::ServiceCode, &selection.service),
        (CommercialField::ProductId, &selection.product),
    ];
    let filter = texts
        .into_iter()
        .find_map(|(field, text)| Some(field.eq(text.as_ref()?.as_str())));
    let filter = match (&filter, selection.customer) {
        (_, Some(id)) => {
            let of_customer = CommercialField::CustomerTenantId.eq(id.to_string());
            Some(filter.into_iter().fold(of_customer, Filter::and))
        }
        _ => filter,
    };
    let name = match by {
        By::Customer => Some(CommercialField::CustomerTenantId),
        By::Product => Some(CommercialField::ProductId),
        _ => None,
    };
    let fields = [
        Some(CommercialField::ServiceCode),
        Some(CommercialField::Channel),
        name,
    ];
    let group_by: GroupBy = fields.into_iter().flatten().collect();
    let selected = facts.select(filter.as_ref(), &group_by);
    selected
        .page(0, usize::MAX)
        .into_iter()
        .map(|row| {
            let text = |field| {
                row.field(field)
                    .map(|it| it.to_lowercase())
                    .unwrap_or_default()
            };
            let name = name.map(text).unwrap_or_default();
            let key = (
                text(CommercialField::ServiceCode),
                text(CommercialField::Channel),
                name,
            );
            (key, (row.part(), row.whole()))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn each_date_has_the_figure_that_it_would_have_alone(
        deliveries in vec(delivery(), 1..40),
        by in prop::sample::select(By::ALL.to_vec()),
        step in prop::sample::select(Step::ALL.to_vec()),
        start in 0..60_i32,
        days in 0..40_i32,
        chosen in 0..4_u8,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            test.options.replace = true;
            for some in deliveries.chunks(4) {
                let mut units = std::collections::BTreeSet::new();
                let rows: String = some.iter().filter(|it| units.insert(it.unit())).map(Delivery::rows).collect();
                test.usage(&rows).await.unwrap();
            }
            let from = date("2026-01-10") + start.days();
            let mut question = question(by, "2026-01-10", "2026-01-10", step);
            question.from = from;
            question.to = from + days.days();
            // Workloads are compared with the partner's figures, which have no filter.
            match chosen {
                3 => question.selection.service = Some(SERVICES[0].to_uppercase()),
                1 if by != By::Workload => question.selection.customer = Some(customer(1).parse().unwrap()),
                2 if by != By::Workload => question.selection.product = Some("product-1".to_owned()),
                _ => {}
            }
            let history = test.store.history(partner(), &question).await.unwrap().value;
            let found: Lines = history
                .lines
                .iter()
                .enumerate()
                .map(|(nth, line)| {
                    let name = match &line.of {
                        LineOf::Partner => String::new(),
                        LineOf::Customer(id, _) => id.to_string(),
                        LineOf::Workload(..) => nth.to_string(),
                        LineOf::Product(_, id) => id.clone().unwrap(),
                    };
                    let points = line.points.iter().map(|it| it.map(|it| (it.part, it.whole)));
                    ((line.service_code.clone(), line.channel.clone(), name), points.collect())
                })
                .collect();
            // The last dates of the steps, day by day.
            let mut dates = Vec::new();
            let mut day = question.from;
            while day <= question.to {
                let ends = match step {
                    Step::Day => true,
                    Step::Week => day.weekday() == jiff::civil::Weekday::Sunday,
                    Step::Month => day == day.last_of_month(),
                };
                if ends || day == question.to {
                    dates.push(day);
                }
                day = day.tomorrow().unwrap();
            }
            assert_eq!(history.dates, dates);
            let mut expected = Lines::new();
            for (number, day) in dates.iter().enumerate() {
                let figures = at_one_date(&test, by, &question.selection, *day).await;
                for (nth, (mut key, counts)) in figures.into_iter().enumerate() {
                    if by == By::Workload {
                        key.2 = nth.to_string();
                    }
                    let line = expected.entry(key).or_insert_with(|| vec![Err(Gap::NoRows); dates.len()]);
                    line[number] = Ok(counts);
                }
            }
            // A date without a delivery since the previous one is a gap.
            for ((service, channel, _), line) in &mut expected {
                let mut since = question.from;
                for (day, point) in dates.iter().zip(line) {
                    let is_delivered = deliveries.iter().any(|it| {
                        SERVICES[it.service as usize] == service
                            && CHANNELS[it.channel as usize] == channel
                            && (since..=*day).contains(&it.date())
                    });
                    if !is_delivered {
                        *point = Err(Gap::NoDelivery);
                    }
                    since = day.tomorrow().unwrap();
                }
            }
            expected.retain(|_, line| line.iter().any(Result::is_ok));
            if by == By::Workload {
                // A workload renamed in between is one line here and several there, and two of them
                // can have the same name in the end: so compare the figures of each date.
                let points = |lines: &Lines| {
                    let mut points = Vec::new();
                    for ((service, channel, _), line) in lines {
                        for (number, counts) in line.iter().enumerate() {
                            if let Ok(counts) = counts {
                                points.push((service.clone(), channel.clone(), number, *counts));
                            }
                        }
                    }
                    points.sort();
                    points
                };
                assert_eq!(points(&found), points(&expected));
            } else {
                assert_eq!(found, expected);
            }
        });
    }
}
