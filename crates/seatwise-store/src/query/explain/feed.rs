//! The deliveries of one service and channel, as explanations list them or leave them out.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::ops::Range;

use datafusion::arrow::array::RecordBatch;
use jiff::Timestamp;
use seatwise_types::extensions::{
    ExplainedDelivery, ExplainedRow, LeftOut, LeftOutReason, Page, Selection,
};
use seatwise_types::{Channel, CustomerId};

use super::explanation::Explanation;
use super::reasons::Excesses;
use crate::model::columns::{CHANNEL, CODE, PRODUCT, PRODUCT_ID, SERVICE, WORKLOAD};
use crate::model::days::day;
use crate::model::error::StoreError;
use crate::model::kind::Kind;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::model::texts::same_text;
use crate::query::snapshot::{Counted, Row, Snapshot};
use crate::query::workload::{Naming, Workload, Workloads};
use crate::table::engine::Reserved;
use crate::table::stored_row::{self, StoredRow};

/// The approximate memory of an item that is left out, in bytes, including its map entry.
pub(super) const LEFT_OUT_BYTES: usize = 2 * size_of::<LeftOut>() + 64;

/// Deliveries before those that count.
#[derive(Default)]
pub(super) struct EarlierDeliveries {
    /// The number of rows read.
    pub(super) rows: usize,
    /// Replaced versions first, then vanished products in the order of reading.
    pub(super) left_out: BTreeMap<BeforeKey, LeftOut>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BeforeKey {
    Version(CustomerId, i64),
    Vanished(usize),
}

impl EarlierDeliveries {
    pub(super) fn into_left_out(self) -> impl Iterator<Item = LeftOut> {
        self.left_out.into_values()
    }
}

/// The newest deliveries of one service and channel.
pub(super) struct Feed<'a> {
    snapshot: &'a Snapshot,
    number: u32,
    /// The deliveries of the selected customer, or of all.
    deliveries: Vec<Counted<'a>>,
    workloads: Workloads<'a>,
    /// The selected workloads; `None` for all.
    wanted: Option<HashSet<Workload<'a>>>,
    /// Whether the question includes each group, by its number.
    wants: Vec<bool>,
}

impl<'a> Feed<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, number: u32, selection: &Selection) -> Self {
        let all = snapshot.deliveries();
        let all: Vec<Counted<'_>> = all.filter(|it| it.delivery.feed == number).collect();
        let counting = all.iter().filter(|it| !it.is_late());
        let groups = snapshot.groups_of(counting.flat_map(Counted::rows));
        let of_customer = |it: &Counted<'_>| selection.customer.is_none_or(|id| id == it.id());
        let mut feed = Self {
            snapshot,
            number,
            deliveries: all.iter().copied().filter(of_customer).collect(),
            workloads: Workloads::of(groups.into_iter().map(|group| naming(snapshot, group))),
            wanted: None,
            wants: Vec::new(),
        };
        if let Some(text) = &selection.workload {
            let is_counting = |it: &Counted<'_>| !it.is_late() || selection.customer.is_some();
            let counting = all.iter().filter(|it| is_counting(it));
            let late = all.iter().filter(|it| !is_counting(it));
            let called = snapshot.groups_called(text, counting, late).into_iter();
            let workload = |group| feed.workloads.workload(naming(snapshot, group));
            feed.wanted = Some(called.map(workload).collect());
        }
        let groups = 0..snapshot.groups() as u32;
        let wants = groups
            .map(|group| feed.wants(snapshot.product(group), naming(snapshot, group), selection));
        feed.wants = wants.collect();
        feed
    }

    /// Whether the question includes a product and workload.
    fn wants<'b>(
        &'b self,
        product: [&str; 2],
        workload: Naming<'b>,
        selection: &Selection,
    ) -> bool {
        let is_product = |wanted: &String| product.iter().any(|it| same_text(it, wanted));
        let is_workload = |wanted: &HashSet<Workload<'b>>| {
            let workloads: &Workloads<'b> = &self.workloads;
            wanted.contains(&workloads.workload(workload))
        };
        selection.product.as_ref().is_none_or(is_product)
            && self.wanted.as_ref().is_none_or(is_workload)
    }

    pub(super) fn explain(
        &self,
        (kind, selection, page): (Kind, &Selection, &Range<usize>),
        version: u64,
        memory: &mut Reserved,
    ) -> Result<Explanation, StoreError> {
        let mut explanation = Explanation::nothing(self.snapshot.feed(self.number), version);
        let mut excesses = Excesses::default();
        for counted in &self.deliveries {
            let (customer, is_late) = (counted.customer(), counted.is_late());
            let rows = counted.rows().iter();
            let rows: Vec<&Row> = rows.filter(|row| self.wants[row.group as usize]).collect();
            let part = rows.iter().map(|row| u64::from(row.part)).sum();
            let whole = rows.iter().map(|row| u64::from(row.whole)).sum();
            let delivery = counted.delivery;
            if is_late && selection.customer.is_none() {
                if !rows.is_empty() {
                    explanation.left_out.push(LeftOut {
                        customer_id: Some(customer.id),
                        customer_name: Some(customer.name.to_owned()),
                        processed_date: Some(day(delivery.day)),
                        recorded_at: Some(delivery.recorded_at),
                        delivery: Some(delivery.number),
                        ..left_out(LeftOutReason::Late, (part, whole))
                    });
                }
                continue;
            }
            if rows.is_empty() {
                continue;
            }
            explanation.part += part;
            explanation.whole += whole;
            explanation.processed = explanation.processed.max(Some(delivery.processed));
            let delivered = || ExplainedDelivery {
                customer_id: customer.id,
                customer_name: customer.name.to_owned(),
                processed_date: day(delivery.day),
                recorded_at: delivery.recorded_at,
                delivery: delivery.number,
                rows: rows.len() as u64,
                numerator: part,
                denominator: whole,
            };
            let before = explanation.deliveries.items.len();
            add(&mut explanation.deliveries, page, delivered);
            let deliveries = explanation.deliveries.items.len() - before;
            let shown = explanation.rows.items.len();
            for row in &rows {
                excesses.add(row);
                add(&mut explanation.rows, page, || self.explained(counted, row));
            }
            let shown = &explanation.rows.items[shown..];
            memory.grow(bytes_of(shown) + deliveries * 2 * size_of::<ExplainedDelivery>())?;
        }
        explanation.reasons = excesses.reasons(kind, explanation.whole);
        Ok(explanation)
    }

    /// A row that counts.
    fn explained(&self, counted: &Counted<'_>, row: &Row) -> ExplainedRow {
        let [product_id, product_name] = self.snapshot.product(row.group);
        let (.., code, workload) = self.snapshot.naming(row.group);
        ExplainedRow {
            delivery: counted.delivery.number,
            customer_id: counted.id(),
            product_id: text(product_id),
            product_name: product_name.to_owned(),
            workload_code: code.and_then(text),
            workload_name: text(workload),
            numerator: row.part.into(),
            denominator: row.whole.into(),
        }
    }

    /// The delivery of a customer that counts.
    fn counting(&self, id: CustomerId, selection: &Selection) -> Option<Counted<'a>> {
        let mut of_customer = self.snapshot.deliveries_of(id);
        let counting = of_customer.find(|it| it.delivery.feed == self.number)?;
        match selection.customer {
            Some(wanted) => (wanted == id).then_some(counting),
            None => (!counting.is_late()).then_some(counting),
        }
    }

    /// Notes the earlier deliveries in a batch of a [`Reading`](super::earlier::Reading): replaced
    /// versions and, from the customers' previous deliveries, products that have vanished.
    pub(super) fn before(
        &self,
        (kind, selection): (Kind, &Selection),
        batch: &RecordBatch,
        may_be_vanished: bool,
        before: &mut EarlierDeliveries,
    ) -> io::Result<()> {
        for row in stored_row::rows(kind, batch)? {
            let row = row?;
            // Other tools can put several services into one file.
            if (row.text[SERVICE], row.text[CHANNEL]) != self.snapshot.feed(self.number) {
                continue;
            }
            let counting = self.counting(row.customer, selection);
            let (Some(current), Some((part, whole))) = (counting, row.counts) else {
                continue;
            };
            let product = [row.text[PRODUCT_ID], row.text[PRODUCT]];
            if !self.wants(product, naming_of(&row), selection) {
                continue;
            }
            let newest = current.delivery;
            if row.day == newest.day && row.delivery != newest.number {
                let key = BeforeKey::Version(row.customer, row.delivery);
                let recorded_at = Timestamp::from_microsecond(row.recorded).ok();
                let version = before.left_out.entry(key).or_insert_with(|| LeftOut {
                    recorded_at,
                    ..self.of_version(LeftOutReason::Superseded, &row)
                });
                version.numerator += u64::from(part);
                version.denominator += u64::from(whole);
            } else if may_be_vanished
                && row.day < newest.day
                && row.day >= newest.day - i32::from(LATE_AFTER_DAYS)
                && !self.is_there(&row, &current)
            {
                let key = BeforeKey::Vanished(before.left_out.len());
                let vanished = LeftOut {
                    product_name: Some(row.text[PRODUCT].to_owned()),
                    numerator: part.into(),
                    denominator: whole.into(),
                    ..self.of_version(LeftOutReason::VanishedProduct, &row)
                };
                before.left_out.insert(key, vanished);
            }
        }
        Ok(())
    }

    /// Whether a delivery has the product and workload of a row.
    fn is_there<'b>(&'b self, row: &StoredRow<'b>, delivery: &Counted<'_>) -> bool {
        let workloads: &Workloads<'b> = &self.workloads;
        let workload = workloads.workload(naming_of(row));
        delivery.rows().iter().any(|it| {
            is_product(row, self.snapshot.product(it.group))
                && workload == workloads.workload(naming(self.snapshot, it.group))
        })
    }

    fn of_version(&self, reason: LeftOutReason, row: &StoredRow<'_>) -> LeftOut {
        let known = self.snapshot.customer(row.customer);
        let name = known.map(|known| known.name);
        LeftOut {
            customer_id: Some(row.customer),
            customer_name: name.map(ToOwned::to_owned),
            processed_date: Some(day(row.day)),
            delivery: Some(row.delivery),
            ..left_out(reason, (0, 0))
        }
    }

    /// The seats of other channels, which have separate figures.
    pub(super) fn of_other_channels(&self, selection: &Selection) -> Vec<LeftOut> {
        let (service, own) = self.snapshot.feed(self.number);
        let mut channels: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for delivery in self.snapshot.deliveries() {
            let (of, channel) = delivery.feed();
            let is_other = of == service && channel != own;
            if !is_other
                || delivery.is_late() && selection.customer.is_none()
                || selection.customer.is_some_and(|id| id != delivery.id())
            {
                continue;
            }
            let rows = delivery.rows().iter();
            for row in rows.filter(|row| self.wants[row.group as usize]) {
                let sum = channels.entry(channel).or_default();
                sum.0 += u64::from(row.part);
                sum.1 += u64::from(row.whole);
            }
        }
        let left_out = channels.into_iter().map(|(channel, counts)| LeftOut {
            channel: Some(Channel::from(channel)),
            customer_id: selection.customer,
            ..left_out(LeftOutReason::OtherChannel, counts)
        });
        left_out.collect()
    }
}

/// The workload's naming in a group, without service and channel, so that it also matches rows of
/// other channels.
fn naming(snapshot: &Snapshot, group: u32) -> Naming<'_> {
    let (_, _, code, name) = snapshot.naming(group);
    ("", "", code, name)
}

/// A text; `None` if it is empty.
fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn left_out(reason: LeftOutReason, (numerator, denominator): (u64, u64)) -> LeftOut {
    LeftOut {
        reason,
        customer_id: None,
        customer_name: None,
        channel: None,
        product_name: None,
        processed_date: None,
        recorded_at: None,
        delivery: None,
        numerator,
        denominator,
    }
}

/// Adds an item to a page if it is in the wanted range; counts it in any case.
fn add<T>(page: &mut Page<T>, wanted: &Range<usize>, item: impl FnOnce() -> T) {
    if wanted.contains(&(page.total_count as usize)) {
        page.items.push(item());
    }
    page.total_count += 1;
}

/// The approximate memory of rows in an explanation, in bytes.
fn bytes_of(rows: &[ExplainedRow]) -> usize {
    let texts = |row: &ExplainedRow| {
        let [id, code, workload] = [&row.product_id, &row.workload_code, &row.workload_name]
            .map(|text| text.as_ref().map_or(0, String::len));
        id + row.product_name.len() + code + workload
    };
    let rows = rows
        .iter()
        .map(|row| size_of::<ExplainedRow>() + texts(row));
    // A growing list has up to twice the capacity that it needs.
    2 * rows.sum::<usize>()
}

/// Whether a row has this product: the same id or, without ids, the same name.
fn is_product(row: &StoredRow<'_>, [id, name]: [&str; 2]) -> bool {
    let (own_id, own_name) = (row.text[PRODUCT_ID], row.text[PRODUCT]);
    if own_id.is_empty() && id.is_empty() {
        own_name == name
    } else {
        own_id == id
    }
}

/// The workload's naming in a row of a table, as in [`naming`].
fn naming_of<'a>(row: &StoredRow<'a>) -> Naming<'a> {
    let code = Some(row.text[CODE]).filter(|code| !code.is_empty());
    ("", "", code, row.text[WORKLOAD])
}
