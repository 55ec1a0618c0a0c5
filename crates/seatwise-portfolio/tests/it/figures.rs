//! Whether the figures are possible, and realistic.

use std::collections::{BTreeMap, HashSet};

use seatwise_portfolio::{EdgeCase, Portfolio};

use crate::{LAST_DAY, portfolio};

fn demo() -> Portfolio {
    portfolio(1, 250, 90)
}

#[test]
fn every_row_can_be() {
    for seed in 1..4 {
        let portfolio = portfolio(seed, 120, 40);
        for delivery in portfolio.usage_deliveries() {
            assert!(!delivery.customer_name.is_empty());
            let mut keys = HashSet::new();
            for row in &delivery.rows {
                assert!(
                    keys.insert((row.product_id, row.workload.code)),
                    "twice: {row:?}"
                );
                assert!(!row.product_name.is_empty() && !row.workload.name.is_empty());
                if delivery.customer.case().is_none() {
                    assert!(row.licenses_active <= row.licenses_qualified, "{row:?}");
                }
            }
        }
        for delivery in portfolio.deployment_deliveries() {
            let products: HashSet<_> = delivery.rows.iter().map(|row| row.product_id).collect();
            assert_eq!(products.len(), delivery.rows.len());
            if delivery.customer.case() != Some(EdgeCase::Trial) {
                let can_be = |it: &seatwise_portfolio::DeploymentRow| {
                    it.licenses_deployed <= it.licenses_sold
                };
                assert!(delivery.rows.iter().all(can_be));
            }
        }
    }
}

#[test]
fn no_unit_is_delivered_twice() {
    let demo = demo();
    let mut units = HashSet::new();
    for it in demo.usage_deliveries() {
        assert!(units.insert((it.customer.id, it.service.code, it.channel, it.processed)));
    }
}

#[test]
fn ids_are_guids_and_each_is_used_once() {
    let demo = demo();
    let ids: HashSet<_> = demo.customers().iter().map(|it| it.id).collect();
    assert_eq!(ids.len(), 250);
    assert!(
        ids.iter()
            .all(|id| id.get_version_num() == 4 && id.get_variant() == uuid::Variant::RFC4122)
    );
}

#[test]
fn sizes_are_those_of_a_partner() {
    for seed in 1..6 {
        let portfolio = portfolio(seed, 1000, 1);
        let mut seats: BTreeMap<u32, u64> = BTreeMap::new();
        for delivery in portfolio.deployment_deliveries() {
            let most = delivery
                .rows
                .iter()
                .map(|row| row.licenses_sold)
                .max()
                .unwrap_or(0);
            let sold = seats.entry(delivery.customer.index).or_default();
            *sold = (*sold).max(most);
        }
        let mut seats: Vec<_> = seats.into_values().collect();
        seats.sort_unstable();
        let (median, large) = (
            seats[seats.len() / 2],
            seats.iter().filter(|it| **it > 300).count(),
        );
        assert!((10..60).contains(&median), "{median}");
        assert!((10..100).contains(&large), "{large}");
        assert!(*seats.last().unwrap() <= 5000);
    }
}

#[test]
fn a_customer_has_about_twenty_rows_a_day() {
    let demo = demo();
    let rows: usize = demo.usage_deliveries().map(|it| it.rows.len()).sum();
    let each = rows as f64 / (250.0 * 90.0);
    assert!((18.0..22.0).contains(&each), "{each}");
}

#[test]
fn most_is_sold_by_resellers_and_some_directly() {
    let demo = demo();
    let mut channels: BTreeMap<&str, HashSet<u32>> = BTreeMap::new();
    for it in demo.usage_deliveries() {
        channels
            .entry(it.channel)
            .or_default()
            .insert(it.customer.index);
    }
    assert!(channels["reseller"].len() > 220);
    assert!(
        (10..45).contains(&channels["direct"].len()),
        "{}",
        channels["direct"].len()
    );
    assert_eq!(channels["marketplace"].len(), 1);
}

#[test]
fn use_grows_and_falls_and_seats_change_in_steps() {
    let portfolio = portfolio(1, 31, 200);
    let large = portfolio
        .usage_deliveries()
        .filter(|it| it.customer.case() == Some(EdgeCase::Largest));
    let rows: Vec<_> = large
        .filter(|it| it.service.code == "o365")
        .map(|it| it.rows[0])
        .collect();
    let (mut up, mut down, mut steps) = (0, 0, 0);
    for pair in rows.windows(2) {
        let share = |row: &seatwise_portfolio::UsageRow| {
            row.licenses_active as f64 / row.licenses_qualified as f64
        };
        let change = share(&pair[1]) - share(&pair[0]);
        assert!(change.abs() < 0.03, "not smooth: {pair:?}");
        up += i32::from(change > 0.0);
        down += i32::from(change < 0.0);
        steps += i32::from(pair[0].licenses_qualified != pair[1].licenses_qualified);
    }
    assert!(up > 40 && down > 40, "{up} up, {down} down");
    assert!((1..30).contains(&steps), "{steps}");
}

#[test]
fn dates_are_midnight_but_for_deployment_of_o365() {
    let portfolio = portfolio(1, 40, 30);
    for it in portfolio.usage_deliveries() {
        assert_eq!(it.processed, it.processed.date().at(0, 0, 0, 0));
    }
    let mut runs = BTreeMap::new();
    for it in portfolio.deployment_deliveries() {
        if it.service.code == "o365" {
            assert!((3..=4).contains(&it.processed.hour()));
            assert_eq!(it.processed.subsec_nanosecond() % 10_000_000, 0);
            // One run covers all customers.
            assert_eq!(
                *runs.entry(it.processed.date()).or_insert(it.processed),
                it.processed
            );
        } else {
            assert_eq!(it.processed, it.processed.date().at(0, 0, 0, 0));
        }
    }
    assert_eq!(*runs.keys().last().unwrap(), LAST_DAY);
}

#[test]
fn names_say_that_they_are_made_up_and_are_not_all_ascii() {
    let demo = demo();
    let names: Vec<_> = demo.customers().iter().map(|it| it.name.as_str()).collect();
    for what in [",", "&", "\""] {
        assert!(
            names.iter().filter(|name| name.contains(what)).count() >= 3,
            "{what}"
        );
    }
    assert!(names.iter().filter(|name| !name.is_ascii()).count() > 20);
    let different: HashSet<_> = names.iter().collect();
    assert!(different.len() > 240);
}
