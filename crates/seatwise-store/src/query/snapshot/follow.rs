//! Updates a snapshot to a later version: reads what was added, and shares the rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use seatwise_types::CustomerId;

use super::customer::CustomerBuilder;
use super::gather::{Gathered, InOrder};
use super::{Customer, Delivery, Memory, Row, Snapshot};
use crate::model::error::StoreError;
use crate::query::moment::Moment;
use crate::table::delta::Table;
use crate::table::engine::Engine;

/// The most added rows for an update. With more, the whole snapshot is read again.
const MOST_ADDED: u64 = 1 << 18;

/// The bytes that replaced customers may occupy, regardless of how many are shared.
const LEAST_SHARED: usize = 1 << 20;

impl Snapshot {
    /// The snapshot of a later version of the table. `None` if it must be read in full: if this
    /// snapshot is not of the newest moment, if the table lost rows, or if too much was added.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(super) async fn follow(
        &self,
        engine: &Engine,
        table: &Table,
        moment: Moment,
    ) -> Result<Option<Self>, StoreError> {
        let Some(covers) = &self.covers else {
            return Ok(None);
        };
        let Moment::At(axes) = moment else {
            return Ok(None);
        };
        if self.moment != moment || !covers.can_follow(table) {
            return Ok(None);
        }
        let mut next = Self::at(engine, table, moment);
        let now = next.covers.as_ref().map_or(0, |covers| covers.rows);
        let added = now.saturating_sub(covers.rows);
        // Replaced customers occupy memory as long as the others are shared.
        let stale = self.memory.own.bytes();
        if added > MOST_ADDED || stale > LEAST_SHARED.max(self.memory.shared.bytes() / 2) {
            return Ok(None);
        }
        let mut gathered =
            Gathered::new(engine, self.vocabulary.as_ref().clone(), self.feeds.clone());
        let after = covers.last_delivery;
        gathered.added_after(engine, table, axes, after).await?;
        // If rows were removed meanwhile, others would be missing too.
        if gathered.read != added {
            return Ok(None);
        }
        let order = gathered.in_order();
        let feeds = gathered.feeds_in_order();
        let mut rows = self.rows;
        let mut changed: BTreeMap<CustomerId, Arc<Customer>> = BTreeMap::new();
        for found in order.chunk_by(|a, b| gathered.customer(a) == gathered.customer(b)) {
            let id = gathered.customer(&found[0]);
            let place = self.place(id);
            let before = place.map(|place| &self.customers[place]);
            let customer = changed_by(before, found, &gathered, &feeds);
            rows = rows + customer.rows.len() - before.map_or(0, |before| before.rows.len());
            changed.insert(id, Arc::new(customer));
        }
        let mut own = engine.reservation("rows that count");
        let is_same = gathered.vocabulary.bytes() == self.vocabulary.bytes();
        let words = if is_same {
            0
        } else {
            gathered.vocabulary.bytes()
        };
        let more: usize = changed.values().map(|customer| customer.bytes()).sum();
        own.resize(stale + more + words)?;
        next.memory = Memory {
            shared: Arc::clone(&self.memory.shared),
            own,
        };
        next.vocabulary = match is_same {
            true => Arc::clone(&self.vocabulary),
            false => Arc::new(gathered.vocabulary),
        };
        next.feeds = gathered.feeds;
        next.rows = rows;
        next.customers = merged(&self.customers, changed);
        Ok(Some(next))
    }
}

/// A customer after new deliveries. `found` has these in order; `feeds` has the ranks of services
/// and channels.
fn changed_by(
    before: Option<&Arc<Customer>>,
    found: &[InOrder],
    gathered: &Gathered,
    feeds: &[u32],
) -> Customer {
    let mut newest: BTreeMap<u32, (&Delivery, Rows<'_>)> = BTreeMap::new();
    let kept = before.iter().flat_map(|customer| {
        let rows = |it: &Delivery| &customer.rows[it.rows.start as usize..it.rows.end as usize];
        customer
            .deliveries
            .iter()
            .map(move |it| (it, Rows::Kept(rows(it))))
    });
    let added = found
        .iter()
        .map(|one| (gathered.delivery(one), Rows::Added(one)));
    for (delivery, rows) in kept.chain(added) {
        let place = newest.entry(feeds[delivery.feed as usize]);
        let of = |it: &Delivery| (it.day, it.number);
        let known = place.or_insert((delivery, rows));
        if of(known.0) < of(delivery) {
            *known = (delivery, rows);
        }
    }
    let id = gathered.customer(&found[0]);
    let mut customer = CustomerBuilder::new(id);
    for (delivery, rows) in newest.into_values() {
        match rows {
            Rows::Kept(rows) => customer.add(delivery, rows.iter().copied()),
            Rows::Added(one) => customer.add(delivery, gathered.rows_of(one)),
        }
    }
    customer.build(&gathered.vocabulary)
}

/// Rows of an existing delivery, or of a new one.
#[derive(Clone, Copy)]
enum Rows<'a> {
    Kept(&'a [Row]),
    Added(&'a InOrder),
}

/// All customers by id, with the changed ones replaced.
fn merged(
    before: &[Arc<Customer>],
    changed: BTreeMap<CustomerId, Arc<Customer>>,
) -> Vec<Arc<Customer>> {
    let mut all = Vec::with_capacity(before.len() + changed.len());
    let mut rest = before;
    for (id, customer) in changed {
        let (smaller, others) = rest.split_at(rest.partition_point(|it| it.id < id));
        all.extend(smaller.iter().cloned());
        all.push(customer);
        rest = match others {
            [first, others @ ..] if first.id == id => others,
            others => others,
        };
    }
    all.extend(rest.iter().cloned());
    all
}
