//! Random rows, prices and policies, and the idle seats that they have by a slow and simple rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, customer};

pub(crate) const DAY: &str = "2026-05-20";

/// 28 days earlier.
const BEFORE: &str = "2026-04-22";

pub(crate) const CHANNELS: [&str; 2] = ["direct", "reseller"];

/// Id and name. The last product has no id.
pub(crate) const PRODUCTS: [(&str, &str); 3] = [
    ("6fd2c87f-b296-42f0-b197-1e91e994b900", "E3"),
    ("4b9405b0-7788-4568-add1-99614e613b69", "Plan 1"),
    ("", "Teams Rooms"),
];

pub(crate) const CURRENCIES: [&str; 2] = ["EUR", "USD"];

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
pub(crate) type Key = (u32, usize, usize);

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
pub(crate) struct Case {
    facts: BTreeMap<Key, Fact>,
    lines: Vec<Line>,
    new_days: bool,
    /// Seats, or hundredths of a percent.
    buffer: Option<Result<u64, u64>>,
    buffers: BTreeMap<Scope, Result<u64, u64>>,
    exclusions: BTreeMap<Scope, bool>,
    pub(crate) selection: (Option<u32>, Option<usize>, Option<usize>),
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
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

pub(crate) fn name_of(product: usize, by_name: bool) -> &'static str {
    match PRODUCTS[product] {
        ("", name) => name,
        (_, name) if by_name => name,
        (id, _) => id,
    }
}

impl Case {
    pub(crate) async fn import(&self, test: &mut TestStore) {
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

    pub(crate) fn prices(&self) -> String {
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

    pub(crate) fn policy(&self) -> String {
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

    pub(crate) fn expected(&self) -> BTreeMap<Key, Expected> {
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

    pub(crate) fn is_selected(&self, key: &Key) -> bool {
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
pub(crate) struct Expected {
    pub(crate) sold: u64,
    pub(crate) deployed: u64,
    pub(crate) unassigned: u64,
    pub(crate) over: u64,
    pub(crate) new: u64,
    pub(crate) idle: u64,
    pub(crate) reassignable: u64,
    pub(crate) reducible: u64,
    pub(crate) excess: u64,
    pub(crate) price: Option<(usize, u64)>,
    /// Whether it is an inventory; `None` without an exclusion.
    pub(crate) exclusion: Option<bool>,
}
