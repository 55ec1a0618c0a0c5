//! Coverage counts a seat once, however many workloads it is entitled to.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::{Axes, CoverageQuestion, Kind, LATE_AFTER_DAYS, Moment, Snapshot, coverage};
use seatwise_types::extensions::Uncovered;

use crate::figures::{CHANNELS, Delivery, SERVICES, WORKLOADS, delivery};
use crate::test_store::{DEPLOYMENT_HEADER, TestStore, customer, partner};

async fn facts(test: &TestStore, kind: Kind) -> Snapshot {
    let newest = Moment::At(Axes::default());
    let facts = test
        .store
        .read_snapshot(partner(), kind, newest, None, None);
    facts.await.unwrap()
}

#[tokio::test]
async fn a_seat_with_six_workloads_is_one_seat() {
    let mut test = TestStore::new();
    let id = customer(1);
    let product = |name: &str, workloads: &[&str], seats: u32| -> String {
        let row = |workload: &&str| {
            format!("2026-05-01,,{workload},o365,,reseller,{id},One,{name},{name},1,{seats}\n")
        };
        workloads.iter().map(row).collect()
    };
    let suite = [
        "Exchange",
        "SharePoint",
        "Teams",
        "Yammer",
        "Skype",
        "Office",
    ];
    let rows = product("E3", &suite, 45) + &product("PLAN 1", &["Exchange"], 5);
    test.usage(&rows).await.unwrap();
    let (usage, none) = (
        facts(&test, Kind::Usage).await,
        facts(&test, Kind::Deployment).await,
    );
    let (services, _) = coverage(&usage, &none, &CoverageQuestion::default());
    assert_eq!(services[0].current_seats, 50);
    // The other metric counts the seats of a missing customer the same way.
    let (services, left_out) = coverage(&none, &usage, &CoverageQuestion::default());
    assert_eq!(services[0].missing_seats, 50);
    assert_eq!(
        (left_out[0].reason, left_out[0].seats),
        (Uncovered::Missing, 50)
    );
}

/// The newest delivery of each customer in a service and channel.
fn newest<'a>(deliveries: &'a [Delivery], service: &str, channel: &str) -> Vec<&'a Delivery> {
    let mut newest: BTreeMap<u8, &Delivery> = BTreeMap::new();
    for it in deliveries {
        let is_here =
            SERVICES[it.service as usize] == service && CHANNELS[it.channel as usize] == channel;
        let known = newest.get(&it.customer);
        // Of two with the same day, the one recorded last.
        if is_here && known.is_none_or(|known| known.day <= it.day) {
            newest.insert(it.customer, it);
        }
    }
    newest.into_values().collect()
}

/// Seats counted by hand: for each product, those of its largest workload.
fn seats(delivery: &Delivery, all: &[&Delivery]) -> u64 {
    // A row without a code belongs to the workload with its name elsewhere.
    let rows = all.iter().flat_map(|it| it.content.keys());
    let named: Vec<_> = rows.map(|(_, it)| WORKLOADS[*it as usize]).collect();
    let workload = |number: u8| {
        let (code, name) = WORKLOADS[number as usize];
        let codes = named.iter().filter(|it| it.1 == name).map(|it| it.0);
        let known = codes.filter(|code| !code.is_empty()).min();
        let code = Some(code).filter(|code| !code.is_empty()).or(known);
        code.map_or(("name", name), |code| ("code", code))
    };
    let products: BTreeSet<u8> = delivery
        .content
        .keys()
        .map(|(product, _)| *product)
        .collect();
    let mut seats = 0;
    for product in products {
        let of_product = delivery
            .content
            .iter()
            .filter(|((it, _), _)| *it == product);
        let rows: Vec<_> = of_product
            .map(|((_, it), (_, qualified))| (workload(*it), u64::from(*qualified)))
            .collect();
        let sums = rows.iter().map(|(workload, _)| {
            let same = rows.iter().filter(|(other, _)| other == workload);
            same.map(|(_, qualified)| qualified).sum::<u64>()
        });
        seats += sums.max().unwrap_or(0);
    }
    seats
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn seats_are_those_of_each_products_largest_workload(deliveries in vec(delivery(), 1..24), sold in 0..9_u32) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            let mut units = BTreeSet::new();
            let deliveries: Vec<Delivery> =
                deliveries.into_iter().filter(|it| units.insert(it.unit())).collect();
            let rows: String = deliveries.iter().map(Delivery::rows).collect();
            test.usage(&rows).await.unwrap();
            // Deployment has one customer, with two products.
            let id = customer(99);
            let row = |product: &str| {
                format!("2026-05-01,o365,,reseller,{id},Ninety-nine,,{product},1,{sold}\n")
            };
            test.content(&format!("{DEPLOYMENT_HEADER}\n{}{}", row("A"), row("B"))).await.unwrap();
            let (usage, deployment) =
                (facts(&test, Kind::Usage).await, facts(&test, Kind::Deployment).await);
            let (services, left_out) = coverage(&usage, &deployment, &CoverageQuestion::default());
            for found in &services {
                let here = newest(&deliveries, found.service_code.as_str(), found.channel.as_str());
                let newest = here.iter().map(|it| it.day).max().unwrap_or(0);
                let is_late = |it: &&&Delivery| it.day + LATE_AFTER_DAYS < newest;
                let sum = |late: bool| {
                    let some = here.iter().filter(|it| is_late(it) == late);
                    some.map(|it| seats(it, &here)).sum::<u64>()
                };
                assert_eq!((found.current_seats, found.late_seats), (sum(false), sum(true)));
                let is_here = |service: &str, channel: &str| {
                    (found.service_code.as_str(), found.channel.as_str()) == (service, channel)
                };
                let missing = if is_here("o365", "reseller") { u64::from(2 * sold) } else { 0 };
                assert_eq!(found.missing_seats, missing);
                for it in here.iter().filter(|it| is_late(it)) {
                    let answer = left_out.iter().find(|answer| {
                        answer.customer_id.to_string() == customer(u32::from(it.customer))
                            && is_here(&answer.service_code.to_string(), &answer.channel.to_string())
                    });
                    assert_eq!(answer.unwrap().seats, seats(it, &here));
                }
            }
        });
    }
}
