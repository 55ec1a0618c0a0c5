//! The customers that moved a figure: each one's part in a bridge, and that the parts add up.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::{Axes, ChangesQuestion, Kind, KnownAt, Moment, Snapshot, changes};
use seatwise_types::CustomerId;
use seatwise_types::extensions::{Cause, Change, CustomerChange, Selection};

use crate::test_store::{TestStore, customer, exchange, partner};

async fn at(test: &TestStore, day: &str, known_at: Option<KnownAt>) -> Snapshot {
    let axes = Axes {
        as_of: Some(day.parse().unwrap()),
        known_at,
    };
    let moment = Moment::At(axes);
    let snapshot = test
        .store
        .read_snapshot(partner(), Kind::Usage, moment, None, None);
    snapshot.await.unwrap()
}

/// The instant of the newest record, at which the answers differ.
async fn answer(test: &TestStore) -> KnownAt {
    let status = test.store.status().await.unwrap();
    let at = status[0].tables[0].last_recorded_at.unwrap();
    test.store.settle(partner(), at, at).await.unwrap()
}

fn all() -> ChangesQuestion {
    ChangesQuestion::default().by_customer(0..usize::MAX)
}

fn customers(change: &Change) -> &[CustomerChange] {
    &change.customers.as_ref().unwrap().items
}

#[tokio::test]
async fn the_customer_that_moved_a_figure_comes_first() {
    let mut test = TestStore::new();
    let first = exchange("2026-03-01", 1, 5, 10)
        + &exchange("2026-03-01", 2, 10, 10)
        + &exchange("2026-03-01", 3, 0, 20)
        + &exchange("2026-03-01", 4, 8, 10)
        + &exchange("2026-03-01", 6, 1, 1);
    test.usage(&first).await.unwrap();
    let known_at = Some(answer(&test).await);
    test.usage(&exchange("2026-03-01", 1, 6, 10)).await.unwrap();
    let id = customer(3);
    let gone = format!("2026-04-06,,,o365,,reseller,{id},Customer 3,,,,\n");
    let second = exchange("2026-04-06", 1, 8, 16)
        + &exchange("2026-04-06", 5, 1, 4).replace("Customer 5", "New & Co")
        + &exchange("2026-04-06", 6, 1, 1)
        + &gone;
    test.usage(&second).await.unwrap();
    let before = at(&test, "2026-03-01", known_at).await;
    let corrected = at(&test, "2026-03-01", None).await;
    let after = at(&test, "2026-04-06", None).await;
    let found = changes(&before, &corrected, &after, &all());
    let mut shown = String::new();
    for step in &found[0].steps {
        writeln!(shown, "{} {:+}", step.cause, step.points).unwrap();
    }
    for it in customers(&found[0]) {
        let (name, points, effect) = (&it.customer_name, it.points, it.effect);
        writeln!(shown, "{name}: {points:+} ({effect:+})").unwrap();
        for step in &it.steps {
            let (part, whole) = (step.numerator, step.denominator);
            writeln!(
                shown,
                "  {}: {part:+}/{whole:+}, {:+}",
                step.cause, step.points
            )
            .unwrap();
        }
    }
    // Before the second step 25 of 51 seats are active, after it 7 of 31. Customer 2 removes 10 of
    // 10, where the previous percent would have had 4.90, so its effect is (-10 + 4.90) / 31 =
    // -16.45 points.
    insta::assert_snapshot!(shown, @"
    restated +1.96
    late -26.44
    newCustomers +0.28
    lostCustomers +30.47
    seats -15.23
    use +9.52
    Customer 3: +30.47 (+30.47619)
      lostCustomers: +0/-20, +30.47
    Customer 2: -16.45 (-16.445288)
      late: -10/-10, -16.45
    Customer 4: -9.99 (-9.993675)
      late: -8/-10, -9.99
    Customer 1: -3.75 (-3.753501)
      restated: +1/+0, +1.96
      seats: +0/+6, -15.23
      use: +2/+0, +9.52
    New & Co: +0.28 (+0.276498)
      newCustomers: +1/+4, +0.28
    ");
    // Without customers the bridge is the same.
    let plain = changes(&before, &corrected, &after, &ChangesQuestion::default());
    assert_eq!(plain[0].customers, None);
    assert_eq!(plain[0].steps, found[0].steps);
    // No customer takes part in a bridge from an answer to itself.
    let same = changes(&after, &after, &after, &all());
    assert_eq!(same[0].customers.as_ref().unwrap().total_count, 0);
}

/// Days of deliveries: the first answer is as of the third, the second as of the last. On both, the
/// first day of the list is late.
const DAYS: [&str; 5] = [
    "2026-01-01",
    "2026-02-20",
    "2026-03-01",
    "2026-03-20",
    "2026-04-06",
];

#[derive(Debug, Clone)]
struct Fact {
    customer: u32,
    day: usize,
    /// Active and qualified; `None` is an empty delivery.
    seats: Option<(u32, u32)>,
}

impl Fact {
    fn row(&self) -> String {
        let Self {
            customer: number,
            day,
            seats,
        } = self;
        let day = DAYS[*day];
        let id = customer(*number);
        match seats {
            Some((active, qualified)) => exchange(day, *number, *active, *qualified),
            None => format!("{day},,,o365,,reseller,{id},Customer {number},,,,\n"),
        }
    }
}

fn fact() -> impl Strategy<Value = Fact> {
    let count = prop_oneof![
        2 => Just(0_u32),
        6 => 0..40_u32,
        1 => 999_999_000..=1_000_000_000_u32,
    ];
    let seats = prop_oneof![9 => (count.clone(), count).prop_map(Some), 1 => Just(None)];
    let fact = (1..9_u32, 0..DAYS.len(), seats);
    fact.prop_map(|(customer, day, seats)| Fact {
        customer,
        day,
        seats,
    })
}

/// One row for each unit.
fn rows(facts: &[Fact]) -> String {
    let units: BTreeMap<_, _> = facts.iter().map(|it| ((it.customer, it.day), it)).collect();
    units.into_values().map(Fact::row).collect()
}

/// A double with two or six decimals as an integer.
fn whole(value: f64, unit: f64) -> i128 {
    let whole = (value * unit).round();
    assert_eq!(
        whole / unit,
        value,
        "{value} is not the nearest double to its decimals"
    );
    whole as i128
}

/// The seats of one customer before the first step and after each, from its bridge.
fn path(change: &Change) -> Vec<(i128, i128)> {
    let mut seats = (change.from.numerator.into(), change.from.denominator.into());
    let mut path = vec![seats];
    for step in &change.steps {
        seats.0 += i128::from(step.numerator);
        seats.1 += i128::from(step.denominator);
        path.push(seats);
    }
    path
}

/// The effect of a customer in a step, in hundredths of a point: numerator and denominator.
fn effect(
    of: [(i128, i128); 2],
    [(part, whole), (new_part, new_whole)]: [(i128, i128); 2],
) -> (i128, i128) {
    let [old, new] = of;
    match (whole, new_whole) {
        (0, 0) => (0, 1),
        // The percent of nothing is 0, so the whole other side is the effect.
        (0, _) => (10_000 * new.0, new_whole),
        (_, 0) => (-10_000 * old.0, whole),
        _ => {
            // The added seats, minus the previous percent's share of them, of all seats after.
            let came = (new.0 - old.0) * whole - (new.1 - old.1) * part;
            assert!(new_part >= 0);
            (10_000 * came, whole * new_whole)
        }
    }
}

/// A fraction in integer parts, halves away from zero.
fn rounded((numerator, denominator): (i128, i128), parts: i128) -> i128 {
    let size = numerator.abs() * parts;
    (2 * size + denominator) / (2 * denominator) * numerator.signum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_customers_of_each_step_add_up_to_it(first in vec(fact(), 1..30), second in vec(fact(), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            test.options.replace = true;
            test.usage(&rows(&first)).await.unwrap();
            let known_at = Some(answer(&test).await);
            test.usage(&rows(&second)).await.unwrap();
            let before = at(&test, DAYS[2], known_at).await;
            let corrected = at(&test, DAYS[2], None).await;
            let after = at(&test, DAYS[4], None).await;
            let ask = |question: &ChangesQuestion| changes(&before, &corrected, &after, question);
            let found = ask(&all());
            // Rows of one workload belong to one figure.
            assert!(found.len() <= 1);
            for change in &found {
                let of_all = path(change);
                let listed = customers(change);
                assert_eq!(change.customers.as_ref().unwrap().total_count, listed.len() as u64);
                let mut of_effects = BTreeMap::new();
                for number in 1..9 {
                    let id: CustomerId = customer(number).parse().unwrap();
                    let selection = Selection { customer: Some(id), ..Selection::default() };
                    let own = ask(&ChangesQuestion::new(selection).unwrap());
                    let answer = listed.iter().find(|it| it.customer_id == id);
                    let Some(own) = own.first() else {
                        assert_eq!(answer, None);
                        continue;
                    };
                    let mut points = 0;
                    let mut fine = 0;
                    for (step, cause) in Cause::ALL.iter().enumerate() {
                        let answer = answer.and_then(|it| it.steps.iter().find(|it| it.cause == *cause));
                        let own_path = path(own);
                        let (numerator, denominator) = effect(
                            [own_path[step], own_path[step + 1]],
                            [of_all[step], of_all[step + 1]],
                        );
                        let has_part = own.steps[step].customers > 0 || numerator != 0;
                        assert_eq!(answer.is_some(), has_part);
                        let Some(answer) = answer else { continue };
                        assert_eq!(answer.numerator, own.steps[step].numerator);
                        assert_eq!(answer.denominator, own.steps[step].denominator);
                        let own_points = whole(answer.points, 100.0);
                        points += own_points;
                        fine += rounded((numerator, denominator), 10_000);
                        // At most a hundredth away, and zero without an effect.
                        assert!((own_points * denominator - numerator).abs() <= denominator);
                        assert!(numerator != 0 || own_points == 0);
                    }
                    let Some(answer) = answer else { continue };
                    assert_eq!(whole(answer.points, 100.0), points);
                    assert_eq!(answer.effect, fine as f64 / 1_000_000.0);
                    of_effects.insert(id, fine);
                }
                for (step, cause) in change.steps.iter().zip(Cause::ALL) {
                    let of_step = || listed.iter().flat_map(|it| &it.steps).filter(|it| it.cause == *cause);
                    let points: i128 = of_step().map(|it| whole(it.points, 100.0)).sum();
                    assert_eq!(points, whole(step.points, 100.0), "{}", cause);
                    assert_eq!(of_step().map(|it| it.numerator).sum::<i64>(), step.numerator);
                    assert_eq!(of_step().map(|it| it.denominator).sum::<i64>(), step.denominator);
                    assert!(of_step().count() as u64 >= step.customers);
                }
                let ids: Vec<CustomerId> = listed.iter().map(|it| it.customer_id).collect();
                let mut expected: Vec<CustomerId> = of_effects.keys().copied().collect();
                expected.sort_by_key(|id| (Reverse(of_effects[id].abs()), *id));
                assert_eq!(ids, expected);
                assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
                // Pages are parts of the whole list.
                for start in 0..=listed.len() {
                    let page = ask(&ChangesQuestion::default().by_customer(start..start + 2));
                    let page = page[0].customers.as_ref().unwrap();
                    assert_eq!(page.total_count, listed.len() as u64);
                    let end = listed.len().min(start + 2);
                    assert_eq!(page.items, listed[start..end]);
                }
            }
        });
    }
}
