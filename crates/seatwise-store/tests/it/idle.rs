//! Idle seats and their cost, compared with a slow and simple oracle.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::{
    Axes, IdleFound, IdleInputs, IdleQuestion, IdleRules, Kind, KnownAt, Moment, Policy, Prices,
    idle,
};
use seatwise_types::extensions::{Exclusion, IdleRow, IdleShow, IdleSort, IdleWorth, Selection};

use crate::idle_cases::{CHANNELS, CURRENCIES, Case, DAY, Expected, Key, PRODUCTS, case, name_of};
use crate::test_store::{TestStore, customer, partner};

/// The rows that count, as a server reads them.
pub(crate) async fn facts(
    test: &TestStore,
    rules: &IdleRules,
    known_at: Option<KnownAt>,
) -> IdleInputs {
    let read = async |kind, as_of| {
        let moment = Moment::At(Axes { as_of, known_at });
        let snapshot = test
            .store
            .read_snapshot(partner(), kind, moment, None, None);
        Arc::new(snapshot.await.unwrap())
    };
    let deployment = read(Kind::Deployment, None).await;
    let before = match rules.new_since(&deployment) {
        Some(day) => Some((day, read(Kind::Deployment, Some(day)).await)),
        None => None,
    };
    IdleInputs {
        deployment,
        usage: read(Kind::Usage, None).await,
        before,
    }
}

pub(crate) fn question(selection: &Selection, sort: IdleSort, show: IdleShow) -> IdleQuestion {
    IdleQuestion::new(selection.clone(), sort, show, 0..1_000).unwrap()
}

/// Ten-thousandths of an amount.
fn parts(amount: impl ToString) -> u64 {
    let text = amount.to_string();
    let (whole, part) = text.split_once('.').unwrap();
    whole.parse::<u64>().unwrap() * 10_000 + format!("{part:0<4}").parse::<u64>().unwrap()
}

fn key_of(row: &IdleRow) -> Key {
    let number = u32::from_str_radix(&row.customer_id.to_string()[..8], 16).unwrap();
    let product = PRODUCTS.iter().position(|it| it.1 == row.product_name);
    let channel = CHANNELS
        .iter()
        .position(|it| *it == row.channel.to_string());
    (number, product.unwrap(), channel.unwrap())
}

fn check(case: &Case, facts: &IdleInputs, rules: &IdleRules) {
    let (id, product, channel) = case.selection;
    let selection = Selection {
        customer: id.map(|number| customer(number).parse().unwrap()),
        product: product.map(|it| name_of(it, true).to_uppercase()),
        channel: channel.map(|it| CHANNELS[it].to_owned()),
        ..Selection::default()
    };
    let found = idle(
        facts,
        rules,
        &question(&selection, IdleSort::Idle, IdleShow::All),
    );
    let expected: BTreeMap<Key, Expected> = case
        .expected()
        .into_iter()
        .filter(|(key, _)| case.is_selected(key))
        .collect();
    let rows = |found: &IdleFound| {
        let rows = found.rows.items.iter().filter(|row| key_of(row).0 < 90);
        rows.cloned().collect::<Vec<_>>()
    };
    let all = rows(&found);
    let keys: BTreeSet<Key> = all.iter().map(key_of).collect();
    assert_eq!(keys.len(), all.len());
    assert_eq!(keys, expected.keys().copied().collect());
    for row in &all {
        let it = &expected[&key_of(row)];
        let answer = (row.idle, row.reassignable, row.reducible);
        assert_eq!(answer, (it.idle, it.reassignable, it.reducible), "{row:?}");
        let deployment = row.deployment.map(|it| (it.sold, it.deployed, it.new));
        assert_eq!(
            deployment.unwrap_or_default(),
            (it.sold, it.deployed, it.new)
        );
        let price = row.price.as_ref().map(|it| {
            let currency = CURRENCIES.iter().position(|known| *known == it.currency);
            (currency.unwrap(), parts(it.price_per_seat_month))
        });
        assert_eq!(price, it.price);
        let kind = row
            .exclusion
            .as_ref()
            .map(|it| it.kind == Exclusion::Inventory);
        assert_eq!(kind, it.exclusion);
    }
    let sum = |of: fn(&Expected) -> u64| expected.values().map(of).sum::<u64>();
    let totals = found.totals;
    let with_usage = all.iter().filter(|row| row.usage.is_some()).count();
    assert_eq!(totals.rows_with_usage, with_usage as u64);
    assert_eq!(totals.sold, sum(|it| it.sold));
    assert_eq!(totals.deployed, sum(|it| it.deployed));
    assert_eq!(totals.unassigned, sum(|it| it.unassigned));
    assert_eq!(totals.over_assigned, sum(|it| it.over));
    assert_eq!(totals.idle, sum(|it| it.idle));
    assert_eq!(totals.new, sum(|it| it.new));
    assert_eq!(
        totals.unassigned,
        totals.idle + totals.new + totals.excluded
    );
    let never = |it: &Expected| {
        if it.exclusion == Some(false) {
            it.sold
        } else {
            0
        }
    };
    assert_eq!(totals.never_assigned, sum(never));
    let unpriced = |it: &Expected| if it.price.is_none() { it.idle } else { 0 };
    assert_eq!(totals.unpriced, sum(unpriced));
    assert_eq!(totals.reassignable, sum(|it| it.reassignable));
    assert_eq!(totals.reducible, sum(|it| it.reducible));
    let worth = |it: &IdleWorth| {
        let amounts = [it.exposure, it.reassignable, it.reducible].map(parts);
        (it.currency.clone(), it.seats, amounts)
    };
    let mut amounts: BTreeMap<&str, (u64, [u64; 3])> = BTreeMap::new();
    for it in expected.values().filter(|it| it.idle > 0) {
        let Some((currency, price)) = it.price else {
            continue;
        };
        let (seats, sums) = amounts.entry(CURRENCIES[currency]).or_default();
        *seats += it.idle;
        for (sum, seats) in sums
            .iter_mut()
            .zip([it.idle, it.reassignable, it.reducible])
        {
            *sum += seats * price;
        }
    }
    let amounts: Vec<_> = amounts
        .into_iter()
        .map(|(currency, (seats, sums))| (currency.to_owned(), seats, sums))
        .collect();
    assert_eq!(found.worth.iter().map(worth).collect::<Vec<_>>(), amounts);
    let by_product = found.products.items.iter().map(|it| it.totals.idle);
    assert_eq!(by_product.sum::<u64>(), totals.idle);
    pages(&selection, facts, rules, &found);
}

/// Pages of each order add up to the whole list, which has only the selected rows.
fn pages(selection: &Selection, facts: &IdleInputs, rules: &IdleRules, all: &IdleFound) {
    for sort in IdleSort::ALL {
        let whole = idle(facts, rules, &question(selection, *sort, IdleShow::All))
            .rows
            .items;
        let mut together = Vec::new();
        for skip in (0..whole.len()).step_by(3) {
            let of = IdleQuestion::new(selection.clone(), *sort, IdleShow::All, skip..skip + 3);
            let page = idle(facts, rules, &of.unwrap());
            assert_eq!(page.totals, all.totals);
            assert_eq!(page.rows.total_count, whole.len() as u64);
            together.extend(page.rows.items);
        }
        assert_eq!(together, whole, "{sort}");
        let is_sorted = match sort {
            IdleSort::Idle => whole.is_sorted_by(|a, b| a.idle >= b.idle),
            IdleSort::Exposure => whole.is_sorted_by_key(|row| {
                let exposure = row.worth.as_ref().map_or(0, |it| parts(it.exposure));
                let currency = row.price.as_ref().map_or("~", |it| &it.currency);
                (currency.to_owned(), std::cmp::Reverse(exposure))
            }),
            IdleSort::Unused => whole.is_sorted_by_key(|row| {
                let unused = row.usage.as_ref().map_or(0, |it| it.unused_at_least);
                std::cmp::Reverse(unused)
            }),
            IdleSort::Customer => whole.is_sorted_by_key(|row| row.customer_name.clone()),
            IdleSort::Product => whole.is_sorted_by_key(|row| row.product_name.to_lowercase()),
        };
        assert!(is_sorted, "{sort}: {whole:?}");
    }
    for show in IdleShow::ALL {
        let some = idle(
            facts,
            rules,
            &question(selection, IdleSort::Customer, *show),
        );
        let is_shown = |row: &&IdleRow| match show {
            IdleShow::All => true,
            IdleShow::Excluded => row.exclusion.is_some(),
            IdleShow::Unpriced => row.idle > 0 && row.price.is_none(),
            IdleShow::Idle => {
                let over = row
                    .deployment
                    .is_some_and(|it| it.over_assigned > Some(0) || it.new > 0);
                let workloads = row.usage.iter().flat_map(|it| &it.workloads);
                let unused: u64 = workloads.map(|it| it.unused).sum();
                row.exclusion.is_none() && (row.idle + unused > 0 || over)
            }
        };
        let keys = |rows: Vec<&IdleRow>| rows.into_iter().map(key_of).collect::<BTreeSet<_>>();
        let wanted = keys(all.rows.items.iter().filter(is_shown).collect());
        assert_eq!(keys(some.rows.items.iter().collect()), wanted, "{show}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn figures_are_those_that_one_would_add_up_by_hand(case in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            case.import(&mut test).await;
            let prices = Prices::parse(case.prices()).unwrap();
            let policy = Policy::parse(case.policy()).unwrap();
            let rules = IdleRules::of(Some(prices), Some(policy));
            let facts = facts(&test, &rules, None).await;
            check(&case, &facts, &rules);
        });
    }
}

/// A user of a product: the enabled workloads, and the used ones.
type User = (Vec<bool>, Vec<bool>);

fn users() -> impl Strategy<Value = Vec<User>> {
    vec((vec(any::<bool>(), 4), vec(any::<bool>(), 4)), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_truth_of_made_up_users_lies_between_the_bounds(products in vec(users(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            let mut rows = String::new();
            let mut truths = Vec::new();
            for (number, users) in products.iter().enumerate() {
                // The first workload is enabled for every user. A disabled workload is not used.
                let is_on = |user: &User, workload: usize| workload == 0 || user.0[workload];
                let is_active = |user: &User, workload: usize| is_on(user, workload) && user.1[workload];
                for workload in 0..4 {
                    let qualified = users.iter().filter(|it| is_on(it, workload)).count();
                    let active = users.iter().filter(|it| is_active(it, workload)).count();
                    writeln!(
                        rows,
                        "{DAY},W{workload},Workload {workload},o365,,reseller,{},One,P{number:02},\
                         Product {number:02},{active},{qualified}",
                        customer(1)
                    ).unwrap();
                }
                let unused = users.iter().filter(|it| (0..4).all(|workload| !is_active(it, workload)));
                truths.push(unused.count() as u64);
            }
            test.usage(&rows).await.unwrap();
            let rules = IdleRules::default();
            let facts = facts(&test, &rules, None).await;
            let all = question(&Selection::default(), IdleSort::Product, IdleShow::All);
            let found = idle(&facts, &rules, &all);
            assert_eq!(found.rows.items.len(), truths.len());
            for (row, truth) in found.rows.items.iter().zip(&truths) {
                let it = row.usage.as_ref().unwrap();
                assert!(it.unused_at_least <= *truth && *truth <= it.unused_at_most, "{row:?}: {truth}");
            }
            let truth: u64 = truths.iter().sum();
            assert!(found.totals.unused_at_least <= truth && truth <= found.totals.unused_at_most);
        });
    }
}
