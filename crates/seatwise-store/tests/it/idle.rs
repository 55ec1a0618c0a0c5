//! Idle seats and their cost, compared with a slow and simple oracle.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use seatwise_store::{
    Axes, IdleFound, IdleInputs, IdleQuestion, IdleRules, Kind, KnownAt, Moment, Policy, Prices,
    idle,
};
use seatwise_types::extensions::{Exclusion, IdleRow, IdleShow, IdleSort, IdleWorth, Selection};

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, customer, partner};

const DAY: &str = "2026-05-20";
/// 28 days earlier.
const BEFORE: &str = "2026-04-22";
const CHANNELS: [&str; 2] = ["direct", "reseller"];
/// Id and name. The last product has no id.
const PRODUCTS: [(&str, &str); 3] = [
    ("6fd2c87f-b296-42f0-b197-1e91e994b900", "E3"),
    ("4b9405b0-7788-4568-add1-99614e613b69", "Plan 1"),
    ("", "Teams Rooms"),
];
const CURRENCIES: [&str; 2] = ["EUR", "USD"];

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

fn deployment_row(day: &str, of: Key, seats: (u32, u32)) -> String {
    let ((id, name), channel) = (PRODUCTS[of.1], CHANNELS[of.2]);
    let (deployed, sold) = seats;
    let tenant = customer(of.0);
    format!(
        "{day},o365,,{channel},{tenant},Customer {},{id},{name},{deployed},{sold}\n",
        of.0
    )
}

/// Customer, product, channel.
type Key = (u32, usize, usize);

/// The data of a product of a customer in a channel.
#[derive(Debug, Clone)]
struct Fact {
    /// Deployed and sold.
    seats: Option<(u32, u32)>,
    /// Sold 28 days earlier.
    before: Option<u32>,
    /// Active and qualified, for each workload.
    workloads: Vec<(u32, u32)>,
}

fn fact() -> impl Strategy<Value = Fact> {
    let seats = option::weighted(0.9, (0..12_u32, 0..12_u32));
    let workloads = vec((0..9_u32, 0..9_u32), 0..3);
    (seats, option::of(0..12_u32), workloads).prop_map(|(seats, before, workloads)| Fact {
        seats,
        before,
        workloads,
    })
}

/// A line of prices: product, customer, currency, price in ten-thousandths, day, and form of the
/// name.
#[derive(Debug, Clone)]
struct Line {
    product: usize,
    customer: Option<u32>,
    currency: usize,
    price: u64,
    day: u8,
    by_name: bool,
}

fn line() -> impl Strategy<Value = Line> {
    let scope = (0..3_usize, option::of(0..3_u32));
    (scope, 0..2_usize, 0..200_000_u64, 10..29_u8, any::<bool>()).prop_map(
        |((product, customer), currency, price, day, by_name)| Line {
            product,
            customer,
            currency,
            price,
            day,
            by_name,
        },
    )
}

/// An entry of a policy: its scope, and its buffer or exclusion.
type Scope = (Option<usize>, Option<u32>);

fn scope() -> impl Strategy<Value = Scope> {
    let some = (option::of(0..3_usize), option::of(0..3_u32));
    some.prop_filter("it names something", |(product, customer)| {
        product.is_some() || customer.is_some()
    })
}

#[derive(Debug, Clone)]
struct Case {
    facts: BTreeMap<Key, Fact>,
    lines: Vec<Line>,
    new_days: bool,
    /// Seats, or hundredths of a percent.
    buffer: Option<Result<u64, u64>>,
    buffers: BTreeMap<Scope, Result<u64, u64>>,
    exclusions: BTreeMap<Scope, bool>,
    selection: (Option<u32>, Option<usize>, Option<usize>),
}

fn case() -> impl Strategy<Value = Case> {
    let size = prop_oneof![
        (0..6_u64).prop_map(Ok),
        (0..=10_000_u64).prop_map(Err::<u64, u64>)
    ];
    let keys = (0..3_u32, 0..3_usize, 0..2_usize);
    (
        btree_map(keys, fact(), 1..14),
        vec(line(), 0..8),
        any::<bool>(),
        option::of(size.clone()),
        btree_map(scope(), size, 0..4),
        btree_map(scope(), any::<bool>(), 0..2),
        (
            option::of(0..3_u32),
            option::of(0..3_usize),
            option::of(0..2_usize),
        ),
    )
        .prop_map(
            |(facts, lines, new_days, buffer, buffers, exclusions, selection)| {
                // Two prices for one day are rejected.
                let mut seen = BTreeSet::new();
                let is_new = |it: &Line| seen.insert((it.product, it.customer, it.day));
                Case {
                    facts,
                    lines: lines.into_iter().filter(is_new).collect(),
                    new_days,
                    buffer,
                    buffers,
                    exclusions,
                    selection,
                }
            },
        )
}

fn name_of(product: usize, by_name: bool) -> &'static str {
    match PRODUCTS[product] {
        ("", name) => name,
        (_, name) if by_name => name,
        (id, _) => id,
    }
}

impl Case {
    async fn import(&self, test: &mut TestStore) {
        let (mut before, mut now) = (DEPLOYMENT_HEADER.to_owned() + "\n", String::new());
        let mut usage = USAGE_HEADER.to_owned() + "\n";
        for (key, fact) in &self.facts {
            // Without a current delivery, the previous one would count.
            let mut same = self
                .facts
                .iter()
                .filter(|(it, _)| (it.0, it.2) == (key.0, key.2));
            let is_delivered = same.any(|(_, it)| it.seats.is_some());
            if let (Some(sold), true) = (fact.before, is_delivered) {
                before.push_str(&deployment_row(BEFORE, *key, (0, sold)));
            }
            if let Some(seats) = fact.seats {
                now.push_str(&deployment_row(DAY, *key, seats));
            }
            let ((id, name), channel) = (PRODUCTS[key.1], CHANNELS[key.2]);
            let tenant = customer(key.0);
            for (number, (active, qualified)) in fact.workloads.iter().enumerate() {
                writeln!(
                    usage,
                    "{DAY},W{number},Workload {number},o365,,{channel},{tenant},Customer {},{id},\
                     {name},{active},{qualified}",
                    key.0
                )
                .unwrap();
            }
        }
        // Two customers without seats: one makes all channels and products known, the other existed
        // earlier.
        for (number, day) in [(98, DAY), (99, BEFORE)] {
            for (place, _) in CHANNELS.iter().enumerate() {
                for product in 0..PRODUCTS.len() {
                    now.push_str(&deployment_row(day, (number, product, place), (0, 0)));
                }
            }
        }
        let mut content = before;
        content.push_str(&now);
        test.content(&content).await.unwrap();
        if usage.lines().count() > 1 {
            test.content(&usage).await.unwrap();
        }
    }

    fn prices(&self) -> String {
        let mut text = "product,customer,currency,pricePerSeatMonth,validFrom\n".to_owned();
        for it in &self.lines {
            let (whole, part) = (it.price / 10_000, it.price % 10_000);
            writeln!(
                text,
                "{},{},{},{whole}.{part:04},2026-05-{}",
                name_of(it.product, it.by_name),
                it.customer
                    .map(|number| caller(number, it.by_name))
                    .unwrap_or_default(),
                CURRENCIES[it.currency],
                it.day
            )
            .unwrap();
        }
        text
    }

    fn policy(&self) -> String {
        let mut text = format!("new-days = {}\n", if self.new_days { 28 } else { 0 });
        let size = |size: &Result<u64, u64>| match size {
            Ok(seats) => seats.to_string(),
            Err(share) => format!("\"{}.{:02}%\"", share / 100, share % 100),
        };
        if let Some(it) = &self.buffer {
            writeln!(text, "buffer = {}", size(it)).unwrap();
        }
        let scope = |(product, customer): &Scope| {
            let product = product.map(|it| format!("product = \"{}\"\n", name_of(it, true)));
            let customer = customer.map(|it| format!("customer = \"{}\"\n", caller(it, true)));
            product.unwrap_or_default() + &customer.unwrap_or_default()
        };
        for (of, it) in &self.buffers {
            writeln!(text, "[[buffers]]\n{}buffer = {}", scope(of), size(it)).unwrap();
        }
        for (of, is_inventory) in &self.exclusions {
            let kind = if *is_inventory {
                "inventory"
            } else {
                "never-assigned"
            };
            writeln!(
                text,
                "[[exclusions]]\n{}kind = \"{kind}\"\nreason = \"why\"",
                scope(of)
            )
            .unwrap();
        }
        text
    }

    /// The value of the narrowest scope.
    fn said<'a, T>(of: &'a BTreeMap<Scope, T>, key: &Key) -> Option<&'a T> {
        let (customer, product, _) = *key;
        of.get(&(Some(product), Some(customer)))
            .or_else(|| of.get(&(None, Some(customer))))
            .or_else(|| of.get(&(Some(product), None)))
    }

    /// Currency and price.
    fn price(&self, key: &Key) -> Option<(usize, u64)> {
        let (customer, product, _) = *key;
        let newest = |of: Option<u32>| {
            let some = self
                .lines
                .iter()
                .filter(|it| it.product == product && it.customer == of && it.day <= 20);
            some.max_by_key(|it| it.day)
                .map(|it| (it.currency, it.price))
        };
        newest(Some(customer)).or_else(|| newest(None))
    }

    fn expected(&self) -> BTreeMap<Key, Expected> {
        let mut expected = BTreeMap::new();
        for (key, fact) in &self.facts {
            // A customer or product without data is in no snapshot.
            if fact.seats.is_none() && fact.workloads.is_empty() {
                continue;
            }
            let exclusion = Self::said(&self.exclusions, key).copied();
            let mut it = Expected::default();
            if let Some((deployed, sold)) = fact.seats.map(|(a, b)| (u64::from(a), u64::from(b))) {
                it.sold = sold;
                it.deployed = deployed;
                if exclusion != Some(false) {
                    it.unassigned = sold.saturating_sub(deployed);
                    it.over = deployed.saturating_sub(sold);
                }
                let before = u64::from(fact.before.unwrap_or(0));
                if self.new_days && exclusion.is_none() {
                    it.new = it.unassigned.min(sold.saturating_sub(before));
                }
                if exclusion.is_none() {
                    it.idle = it.unassigned - it.new;
                }
                let said = Self::said(&self.buffers, key).or(self.buffer.as_ref());
                let buffer = match said {
                    None => 0,
                    Some(Ok(seats)) => *seats,
                    // Fractions of a seat are rounded up.
                    Some(Err(share)) => (sold * share).div_ceil(10_000),
                };
                it.reducible = it.idle.saturating_sub(buffer);
                it.price = self.price(key);
            }
            for (active, qualified) in &fact.workloads {
                it.excess = it.excess.max(active.saturating_sub(*qualified).into());
            }
            it.exclusion = exclusion;
            expected.insert(*key, it);
        }
        let all = expected.clone();
        for (key, it) in &mut expected {
            let same = all
                .iter()
                .filter(|(other, _)| (other.0, other.1) == (key.0, key.1));
            let needed: u64 = same.clone().map(|(_, it)| it.over.max(it.excess)).sum();
            let earlier = same.filter(|(other, _)| other.2 < key.2);
            let given: u64 = earlier.map(|(_, it)| it.idle).sum();
            it.reassignable = it.idle.min(needed.saturating_sub(given));
        }
        expected
    }

    fn is_selected(&self, key: &Key) -> bool {
        let (customer, product, channel) = self.selection;
        customer.is_none_or(|it| it == key.0)
            && product.is_none_or(|it| it == key.1)
            && channel.is_none_or(|it| it == key.2)
    }
}

fn caller(number: u32, by_name: bool) -> String {
    match by_name {
        true => format!("customer {number}"),
        false => customer(number),
    }
}

#[derive(Debug, Default, Clone)]
struct Expected {
    sold: u64,
    deployed: u64,
    unassigned: u64,
    over: u64,
    new: u64,
    idle: u64,
    reassignable: u64,
    reducible: u64,
    excess: u64,
    price: Option<(usize, u64)>,
    /// Whether it is an inventory; `None` without an exclusion.
    exclusion: Option<bool>,
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
