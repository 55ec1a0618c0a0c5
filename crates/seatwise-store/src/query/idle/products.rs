//! One numbering of the products of deployment and usage.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;
use seatwise_types::ProcessedDateTime;

use super::inputs::IdleInputs;
use super::ranks::ranks;
use crate::model::texts::same_text;
use crate::query::snapshot::Snapshot;

/// The products of a question. A product with an id is identified by it, whatever its name in rows.
/// A row without an id belongs to the product with that name, if exactly one product with an id has
/// it; otherwise its name identifies it.
pub(super) struct Products<'a> {
    /// Id and newest name of each product.
    names: Vec<[&'a str; 2]>,
    /// The rank of each product by name, then id.
    ranks: Vec<u32>,
    /// The product's number of each group of texts; [`NO_ROW`] if no row has these texts.
    pub(super) of_deployment: Vec<u32>,
    pub(super) of_usage: Vec<u32>,
    pub(super) of_before: Vec<u32>,
}

/// The product number of texts that no row has.
const NO_ROW: u32 = u32::MAX;

/// Groups of texts that rows have: number, id and name of the product, and the newest processed
/// date.
type Groups<'a> = Vec<(u32, [&'a str; 2], Option<ProcessedDateTime>)>;

impl<'a> Products<'a> {
    pub(super) fn of(facts: &'a IdleInputs) -> Self {
        let groups = facts.snapshots().map(|it| it.map_or_else(Vec::new, groups));
        let all = || groups.iter().flatten();
        // The ids for each name.
        let mut ids: HashMap<&str, BTreeSet<&str>, RandomState> = HashMap::default();
        for (_, [id, name], _) in all().filter(|(_, [id, _], _)| !id.is_empty()) {
            ids.entry(name).or_default().insert(id);
        }
        let id_of = |[id, name]: [&'a str; 2]| match ids.get(name) {
            Some(known) if id.is_empty() && known.len() == 1 => {
                known.first().copied().unwrap_or_default()
            }
            _ => id,
        };
        let mut numbers: BTreeMap<[&str; 2], u32> = BTreeMap::new();
        let mut names: Vec<(Option<ProcessedDateTime>, [&str; 2])> = Vec::new();
        let of = groups.map(|groups| {
            let size = groups.iter().map(|(group, ..)| group + 1).max();
            let mut products = vec![NO_ROW; size.unwrap_or(0) as usize];
            for (group, product, newest) in groups {
                let id = id_of(product);
                let key = if id.is_empty() {
                    ["", product[1]]
                } else {
                    [id, ""]
                };
                let number = *numbers.entry(key).or_insert_with(|| {
                    names.push((None, [id, product[1]]));
                    names.len() as u32 - 1
                });
                let known = &mut names[number as usize];
                *known = (*known).max((newest, [id, product[1]]));
                products[group as usize] = number;
            }
            products
        });
        let names: Vec<[&str; 2]> = names.into_iter().map(|(_, product)| product).collect();
        let ranks = ranks(&names, |[id, name]| (name.to_lowercase(), *name, *id));
        let [of_deployment, of_usage, of_before] = of;
        Self {
            names,
            ranks,
            of_deployment,
            of_usage,
            of_before,
        }
    }

    /// The numbers of all products.
    pub(super) fn all(&self) -> std::ops::Range<u32> {
        0..self.names.len() as u32
    }

    /// Id and newest name; the id is empty if the product has none.
    pub(super) fn id_and_name(&self, product: u32) -> [&'a str; 2] {
        self.names[product as usize]
    }

    /// Its rank by name, then id.
    pub(super) fn rank(&self, product: u32) -> u32 {
        self.ranks[product as usize]
    }

    /// Whether each product has this id, or this name in some row; all `true` without a text.
    pub(super) fn called(&self, facts: &IdleInputs, text: Option<&str>) -> Vec<bool> {
        let Some(text) = text else {
            return vec![true; self.names.len()];
        };
        let mut called = vec![false; self.names.len()];
        for (snapshot, of) in [
            (&facts.deployment, &self.of_deployment),
            (&facts.usage, &self.of_usage),
        ] {
            let used = (0..).zip(of).filter(|(_, product)| **product != NO_ROW);
            for (group, product) in used {
                if snapshot.product(group).iter().any(|it| same_text(it, text)) {
                    called[*product as usize] = true;
                }
            }
        }
        called
    }
}

fn groups(snapshot: &Snapshot) -> Groups<'_> {
    let mut newest: Vec<Option<ProcessedDateTime>> = vec![None; snapshot.groups()];
    for it in snapshot.deliveries() {
        for row in it.rows() {
            let newest = &mut newest[row.group as usize];
            *newest = (*newest).max(Some(it.delivery.processed));
        }
    }
    let used = (0..).zip(newest).filter(|(_, newest)| newest.is_some());
    used.map(|(group, newest)| (group, snapshot.product(group), newest))
        .collect()
}
