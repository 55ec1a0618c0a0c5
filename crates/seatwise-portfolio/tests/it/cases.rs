//! Every edge case occurs, for any seed, in the smallest portfolio that has all of them.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::DateTime;
use seatwise_portfolio::{Delivery, EdgeCase, Portfolio, UsageRow};

use crate::portfolio;

/// A portfolio, with accessors for the deliveries of a case.
struct Seen(Portfolio);

impl Seen {
    fn usage(&self, case: EdgeCase) -> Vec<Delivery<'_, UsageRow>> {
        self.0
            .usage_deliveries()
            .filter(|it| it.customer.case() == Some(case))
            .collect()
    }

    fn usage_of(&self, case: EdgeCase, service: &str) -> Vec<Delivery<'_, UsageRow>> {
        self.usage(case)
            .into_iter()
            .filter(|it| it.service.code == service)
            .collect()
    }

    /// The days by which the newest delivery is older than the newest of all customers.
    fn behind(&self, case: EdgeCase, service: &str) -> i32 {
        let newest = |it: Option<DateTime>| it.unwrap().date();
        let all = self
            .0
            .usage_deliveries()
            .filter(|it| it.service.code == service);
        let all = newest(
            all.filter(|it| it.channel == "reseller")
                .map(|it| it.processed)
                .max(),
        );
        let own = newest(
            self.usage_of(case, service)
                .iter()
                .map(|it| it.processed)
                .max(),
        );
        (all - own).get_days()
    }
}

/// Checks several seeds, because a case must not depend on chance.
fn check(test: impl Fn(Seen)) {
    for seed in [1, 2, 3, 42, u64::MAX] {
        test(Seen(portfolio(seed, 31, 31)));
    }
}

#[test]
fn each_case_has_its_customer() {
    for (index, case) in (1..).zip(EdgeCase::ALL) {
        assert_eq!(case.customer(), index);
        assert_eq!(EdgeCase::of(index), Some(case));
    }
    assert_eq!(EdgeCase::of(31), None);
}

#[test]
fn late_customers() {
    check(|seen| {
        for service in ["o365", "crm"] {
            assert_eq!(seen.behind(EdgeCase::TooLate, service), 40);
            assert_eq!(seen.behind(EdgeCase::Late, service), 20);
            assert_eq!(seen.behind(EdgeCase::JustNotTooLate, service), 35);
        }
        assert_eq!(seen.behind(EdgeCase::TooLateInOneService, "o365"), 0);
        assert_eq!(seen.behind(EdgeCase::TooLateInOneService, "crm"), 40);
    });
}

#[test]
fn a_product_vanishes() {
    check(|seen| {
        let products = |it: &Delivery<'_, UsageRow>| -> BTreeSet<_> {
            it.rows.iter().map(|row| row.product_id).collect()
        };
        let usage = seen.usage_of(EdgeCase::VanishedProduct, "o365");
        let (first, last) = (products(&usage[0]), products(usage.last().unwrap()));
        assert_eq!(first.difference(&last).count(), 1);
        assert!(last.is_subset(&first));
        assert_eq!(usage.iter().filter(|it| products(it) == last).count(), 10);
    });
}

#[test]
fn a_day_is_missing() {
    check(|seen| {
        let usage = seen.usage_of(EdgeCase::MissingDay, "o365");
        let gap = usage
            .windows(2)
            .find(|pair| (pair[1].processed - pair[0].processed).get_days() == 2);
        assert!(gap.is_some());
        assert_eq!(usage.len(), 30);
    });
}

#[test]
fn deliveries_without_rows() {
    check(|seen| {
        let usage = seen.usage_of(EdgeCase::EmptyDeliveries, "o365");
        let empty: Vec<_> = usage.iter().map(|it| it.rows.is_empty()).collect();
        assert_eq!(empty, [[false; 26].as_slice(), &[true; 5]].concat());

        let usage = seen.usage_of(EdgeCase::Left, "o365");
        assert_eq!(seen.behind(EdgeCase::Left, "o365"), 12);
        assert!(usage.last().unwrap().rows.is_empty());
        assert_eq!(usage.iter().filter(|it| it.rows.is_empty()).count(), 1);
    });
}

#[test]
fn a_customer_joins() {
    check(|seen| {
        let usage = seen.usage_of(EdgeCase::Joined, "o365");
        assert_eq!(usage.len(), 13);
        let active = |it: &Delivery<'_, UsageRow>| -> u64 {
            it.rows.iter().map(|row| row.licenses_active).sum()
        };
        assert!(active(&usage[0]) * 4 < active(&usage[12]));
    });
}

#[test]
fn names_change_and_are_shared() {
    check(|seen| {
        let usage = seen.usage_of(EdgeCase::Renamed, "o365");
        let names: Vec<_> = usage.iter().map(|it| it.customer_name).collect();
        assert_ne!(names[0], names[1]);
        assert!(
            names[1..]
                .iter()
                .all(|name| *name == usage[0].customer.name)
        );

        let usage = seen.usage_of(EdgeCase::RenamedProduct, "o365");
        let (old, new) = (usage[0].rows[0], usage.last().unwrap().rows[0]);
        assert_eq!(old.product_id, new.product_id);
        assert_ne!(old.product_name, new.product_name);

        let customers = seen.0.customers();
        let twin = &customers[EdgeCase::SharedName.customer() as usize];
        assert_eq!(twin.name, customers[0].name);
        assert_ne!(twin.id, customers[0].id);
    });
}

#[test]
fn over_a_hundred_percent() {
    check(|seen| {
        for case in [EdgeCase::MovedSeats, EdgeCase::GracePeriod] {
            for it in seen.usage_of(case, "o365") {
                let mail = it.rows[0];
                assert_eq!(mail.workload.name, "Exchange");
                assert!(mail.licenses_active > mail.licenses_qualified, "{mail:?}");
            }
        }
        for it in seen.usage_of(EdgeCase::UnlicensedYammer, "o365") {
            let yammer: Vec<_> = it
                .rows
                .iter()
                .filter(|row| row.workload.name == "Yammer")
                .collect();
            assert!(!yammer.is_empty());
            assert!(
                yammer
                    .iter()
                    .all(|row| row.licenses_active > row.licenses_qualified)
            );
        }
    });
}

#[test]
fn nothing_qualified() {
    check(|seen| {
        for it in seen.usage_of(EdgeCase::Trial, "o365") {
            let trial = it.rows.last().unwrap();
            assert!(trial.licenses_active > 0 && trial.licenses_qualified == 0);
        }
        for it in seen.usage_of(EdgeCase::SuspendedSeats, "o365") {
            assert!(!it.rows.is_empty());
            assert!(
                it.rows
                    .iter()
                    .all(|row| row.licenses_active + row.licenses_qualified == 0)
            );
        }
        for it in seen
            .0
            .deployment_deliveries()
            .filter(|it| it.service.code == "o365")
        {
            match it.customer.case() {
                Some(EdgeCase::Trial) => {
                    let trial = it.rows.last().unwrap();
                    assert!(trial.licenses_deployed > 0 && trial.licenses_sold == 0);
                }
                Some(EdgeCase::SuspendedSeats) => {
                    assert!(it.rows.iter().all(|row| row.licenses_sold > 0));
                }
                _ => {}
            }
        }
    });
}

#[test]
fn what_is_not_documented() {
    check(|seen| {
        let (mut service, mut workload, mut channel) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for it in seen.0.usage_deliveries() {
            let case = it.customer.case();
            if !["o365", "crm"].contains(&it.service.code) {
                service.insert(case);
            }
            if !["reseller", "direct"].contains(&it.channel) {
                channel.insert(case);
            }
            if it.rows.iter().any(|row| row.workload.code == "WHITEBOARD") {
                workload.insert(case);
            }
        }
        assert_eq!(service, BTreeSet::from([Some(EdgeCase::UnknownService)]));
        assert_eq!(workload, BTreeSet::from([Some(EdgeCase::UnknownWorkload)]));
        assert_eq!(channel, BTreeSet::from([Some(EdgeCase::UnknownChannel)]));
    });
}

#[test]
fn the_same_products_through_both_channels() {
    check(|seen| {
        let usage = seen.usage_of(EdgeCase::BothChannels, "o365");
        let through = |channel: &str| {
            let it = usage.iter().rfind(|it| it.channel == channel).unwrap();
            (
                it.processed,
                it.rows.iter().map(|row| row.product_id).collect::<Vec<_>>(),
            )
        };
        assert_eq!(through("reseller"), through("direct"));
    });
}

#[test]
fn restatements() {
    check(|seen| {
        let first: HashMap<_, _> = (seen.0.usage_deliveries())
            .map(|it| {
                (
                    (it.customer.id, it.service.code, it.channel, it.processed),
                    it.rows,
                )
            })
            .collect();
        let mut days: HashMap<EdgeCase, u32> = HashMap::new();
        for it in seen.0.usage_restatements() {
            let before = &first[&(it.customer.id, it.service.code, it.channel, it.processed)];
            let case = it.customer.case().unwrap();
            *days.entry(case).or_default() += 1;
            match case {
                EdgeCase::RestatedHigher => {
                    assert_eq!(before.len(), it.rows.len());
                    assert_ne!(*before, it.rows);
                    let higher = |(old, new): (&UsageRow, &UsageRow)| {
                        old.licenses_active <= new.licenses_active
                    };
                    assert!(before.iter().zip(&it.rows).all(higher));
                }
                EdgeCase::RestatedWithoutProduct => {
                    assert!(it.rows.len() < before.len());
                    assert!(before.starts_with(&it.rows));
                }
                EdgeCase::SentTwice => assert_eq!(*before, it.rows),
                _ => panic!("restated: {case:?}"),
            }
        }
        let expected = [
            EdgeCase::RestatedHigher,
            EdgeCase::RestatedWithoutProduct,
            EdgeCase::SentTwice,
        ];
        assert_eq!(days, expected.map(|case| (case, 7)).into());
    });
}

#[test]
fn the_largest_has_five_thousand_seats() {
    check(|seen| {
        let usage = seen.usage_of(EdgeCase::Largest, "o365");
        let qualified = usage
            .last()
            .unwrap()
            .rows
            .iter()
            .map(|row| row.licenses_qualified);
        assert!(qualified.max().unwrap() > 1000);
    });
}
