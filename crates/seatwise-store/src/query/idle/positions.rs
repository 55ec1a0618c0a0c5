//! Idle seats of one customer.

use std::ops::Range;

use jiff::civil::Date;
use seatwise_types::CustomerId;
use seatwise_types::extensions::{
    Exclusion, IdleBuffer, IdleDelivery, IdleDeployment, IdleExclusion, IdleRow, IdleUsage,
    IdleWorkload, IdleWorth,
};

use super::context::Context;
use super::inputs::OfCustomer;
use super::price_book::Price;
use crate::model::days::day;
use crate::query::snapshot::{Counted, Delivery, KnownCustomer};

/// The source of a piece. Pieces are sorted in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Deployment,
    Usage,
}

/// A row of a current delivery.
#[derive(Debug, Clone, Copy)]
struct Piece {
    product: u32,
    feed: u32,
    source: Source,
    /// The number of the workload of a row of usage.
    workload: u32,
    /// The number of the row's texts.
    group: u32,
    /// The index of the delivery among those of the customer.
    delivery: u32,
    part: u32,
    whole: u32,
}

/// A product of a customer in one service and channel.
pub(super) struct Position<'a> {
    pub(super) product: u32,
    pub(super) feed: u32,
    pub(super) deployment: Option<Deployed>,
    pub(super) usage: Option<Used>,
    pub(super) exclusion: Option<&'a IdleExclusion>,
    pub(super) buffer: IdleBuffer,
    pub(super) idle: u64,
    pub(super) reassignable: u64,
    pub(super) reducible: u64,
    /// The price on the processed date of deployment.
    pub(super) price: Option<Price<'a>>,
}

/// Seats sold and deployed of a product of a customer.
#[derive(Clone, Copy)]
pub(super) struct Deployed {
    /// The index of the delivery among those of the customer.
    delivery: u32,
    day: i32,
    pub(super) sold: u64,
    pub(super) deployed: u64,
    pub(super) unassigned: Option<u64>,
    pub(super) over_assigned: Option<u64>,
    pub(super) new: u64,
    sold_before: Option<u64>,
}

/// The usage of a product of a customer.
pub(super) struct Used {
    /// The index of the delivery among those of the customer.
    delivery: u32,
    pub(super) at_least: u64,
    pub(super) at_most: u64,
    /// Whether any workload has unused seats.
    pub(super) is_any_unused: bool,
    /// The largest excess of active over qualified seats in one workload.
    excess: u64,
    pieces: Range<usize>,
}

/// Calculates idle seats, one customer after the other.
pub(super) struct Positions<'a> {
    context: &'a Context<'a>,
    pieces: Vec<Piece>,
    positions: Vec<Position<'a>>,
}

impl<'a> Positions<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            pieces: Vec::new(),
            positions: Vec::new(),
        }
    }

    /// The products of a customer, each in the order of services and channels.
    pub(super) fn of_customer(&mut self, id: CustomerId, of: &OfCustomer<'_>) -> &[Position<'a>] {
        let context = self.context;
        self.pieces.clear();
        for (source, deliveries) in [
            (Source::Deployment, &of.deployment),
            (Source::Usage, &of.usage),
        ] {
            for (place, it) in (0..).zip(deliveries).filter(|(_, it)| !it.is_late()) {
                let (feed, products) = match source {
                    Source::Deployment => (
                        context.feeds.of_deployment(it),
                        &context.products.of_deployment,
                    ),
                    Source::Usage => (context.feeds.of_usage(it), &context.products.of_usage),
                };
                self.pieces.extend(it.rows().iter().map(|row| Piece {
                    product: products[row.group as usize],
                    feed,
                    source,
                    workload: match source {
                        Source::Deployment => 0,
                        Source::Usage => context.workloads.number(row.group),
                    },
                    group: row.group,
                    delivery: place,
                    part: row.part,
                    whole: row.whole,
                }));
            }
        }
        self.pieces
            .sort_unstable_by_key(|it| (it.product, it.feed, it.source, it.workload, it.group));
        self.positions.clear();
        let mut start = 0;
        let pieces = &self.pieces;
        let same = |a: &Piece, b: &Piece| (a.product, a.feed) == (b.product, b.feed);
        let chunks = pieces.chunk_by(same);
        self.positions.extend(chunks.map(|pieces| {
            let end = start + pieces.len();
            let position = position(context, id, of, pieces, start);
            start = end;
            position
        }));
        let same = |a: &Position<'_>, b: &Position<'_>| a.product == b.product;
        self.positions.chunk_by_mut(same).for_each(reassign);
        &self.positions
    }

    /// The row of a position from the last call of [`positions`](Self::positions), of the same
    /// customer.
    pub(super) fn row(
        &self,
        is_it: impl Fn(&Position<'_>) -> bool,
        of: &OfCustomer<'_>,
    ) -> Option<IdleRow> {
        let context = self.context;
        let position = self.positions.iter().find(|it| is_it(it))?;
        let KnownCustomer { id, name, .. } = of.known()?;
        let (service, channel) = context.feeds.texts(position.feed);
        let [product_id, product_name] = context.products.id_and_name(position.product);
        let before = context.facts.before.as_ref().map(|(day, _)| *day);
        let price = position.price.zip(position.deployment.as_ref());
        let price = price.map(|(price, it)| price.shown(day(it.day)));
        Some(IdleRow {
            service_code: service.into(),
            channel: channel.into(),
            customer_id: id,
            customer_name: name.to_owned(),
            product_id: (!product_id.is_empty()).then(|| product_id.to_owned()),
            product_name: product_name.to_owned(),
            deployment: position
                .deployment
                .as_ref()
                .map(|it| it.shown(&of.deployment, before)),
            usage: position.usage.as_ref().map(|it| IdleUsage {
                of: delivery(&of.usage, it.delivery),
                unused_at_least: it.at_least,
                unused_at_most: it.at_most,
                workloads: self.workloads(&self.pieces[it.pieces.clone()]),
            }),
            exclusion: position.exclusion.cloned(),
            buffer: position.buffer,
            idle: position.idle,
            reassignable: position.reassignable,
            reducible: position.reducible,
            worth: price
                .as_ref()
                .zip(position.price)
                .filter(|_| position.idle > 0)
                .map(|(shown, price)| IdleWorth {
                    currency: shown.currency.clone(),
                    seats: position.idle,
                    exposure: price.of(position.idle),
                    reassignable: price.of(position.reassignable),
                    reducible: price.of(position.reducible),
                }),
            price,
        })
    }

    fn workloads(&self, pieces: &[Piece]) -> Vec<IdleWorkload> {
        let shown = by_workload(pieces).map(|(group, qualified, active)| {
            let (_, _, code, name) = self.context.facts.usage.naming(group);
            IdleWorkload {
                workload_code: code.map(ToOwned::to_owned),
                workload_name: name.to_owned(),
                qualified,
                active,
                unused: qualified.saturating_sub(active),
            }
        });
        let mut shown: Vec<IdleWorkload> = shown.collect();
        shown.sort_by(|a, b| {
            (&a.workload_name, &a.workload_code).cmp(&(&b.workload_name, &b.workload_code))
        });
        shown
    }
}

/// The seats of each workload: the number of its texts, seats qualified and active.
fn by_workload(pieces: &[Piece]) -> impl Iterator<Item = (u32, u64, u64)> {
    pieces
        .chunk_by(|a, b| a.workload == b.workload)
        .map(|rows| {
            let sum = |of: fn(&Piece) -> u32| rows.iter().map(|it| u64::from(of(it))).sum();
            // Rows with a code sort before those with only a name.
            let group = rows.iter().map(|it| it.group).min().unwrap_or_default();
            (group, sum(|it| it.whole), sum(|it| it.part))
        })
}

/// Calculates the position of one product in one service and channel. `start` is the index of its
/// first piece.
fn position<'a>(
    context: &Context<'a>,
    id: CustomerId,
    of: &OfCustomer<'_>,
    pieces: &[Piece],
    start: usize,
) -> Position<'a> {
    let (product, feed) = (pieces[0].product, pieces[0].feed);
    let usage_from = pieces.partition_point(|it| it.source == Source::Deployment);
    let (deployment, usage) = pieces.split_at(usage_from);
    let exclusion = context.policy.exclusion(product, id);
    let deployment = deployment.first().map(|first| {
        let sum = |of: fn(&Piece) -> u32| deployment.iter().map(|it| u64::from(of(it))).sum();
        let (sold, deployed): (u64, u64) = (sum(|it| it.whole), sum(|it| it.part));
        let is_assigned = exclusion.is_none_or(|it| it.kind != Exclusion::NeverAssigned);
        let unassigned = is_assigned.then(|| sold.saturating_sub(deployed));
        let sold_before = sold_before(context, of, product, feed);
        let new = match (exclusion, sold_before) {
            (None, Some(before)) => sold.saturating_sub(before).min(unassigned.unwrap_or(0)),
            _ => 0,
        };
        Deployed {
            delivery: first.delivery,
            day: of.deployment[first.delivery as usize].delivery.day,
            sold,
            deployed,
            unassigned,
            over_assigned: is_assigned.then(|| deployed.saturating_sub(sold)),
            new,
            sold_before,
        }
    });
    let usage = usage
        .first()
        .map(|first| used(usage, start + usage_from, first.delivery));
    let sold = deployment.as_ref().map_or(0, |it| it.sold);
    let buffer = context.policy.buffer(product, id, sold);
    let idle = match (&deployment, exclusion) {
        (Some(it), None) => it.unassigned.unwrap_or(0) - it.new,
        _ => 0,
    };
    let price = deployment.as_ref();
    let price = price.and_then(|it| context.prices.price(product, id, day(it.day)));
    Position {
        product,
        feed,
        deployment,
        usage,
        exclusion,
        buffer,
        idle,
        reassignable: 0,
        reducible: idle.saturating_sub(buffer.seats),
        price,
    }
}

fn used(pieces: &[Piece], start: usize, delivery: u32) -> Used {
    let (mut smallest, mut largest) = (u64::MAX, 0);
    let (mut all_active, mut most_active, mut excess) = (0, 0, 0);
    let mut is_any_unused = false;
    for (_, qualified, active) in by_workload(pieces) {
        smallest = qualified.min(smallest);
        largest = qualified.max(largest);
        all_active += active;
        most_active = active.max(most_active);
        excess = active.saturating_sub(qualified).max(excess);
        is_any_unused |= qualified > active;
    }
    Used {
        delivery,
        at_least: smallest.saturating_sub(all_active),
        at_most: largest.saturating_sub(most_active),
        is_any_unused,
        excess,
        pieces: start..start + pieces.len(),
    }
}

/// The seats of a product sold before the new ones; `None` if the service and channel have no
/// delivery from that time.
fn sold_before(context: &Context<'_>, of: &OfCustomer<'_>, product: u32, feed: u32) -> Option<u64> {
    context.feeds.is_known_before(feed).then(|| {
        let here = of
            .before
            .iter()
            .filter(|it| context.feeds.of_before(it) == feed);
        let rows = here.flat_map(|it| it.rows());
        let rows = rows.filter(|row| context.products.of_before[row.group as usize] == product);
        rows.map(|row| u64::from(row.whole)).sum()
    })
}

/// Assigns idle seats of a product to other needs of the same customer, each seat once.
fn reassign(of_product: &mut [Position<'_>]) {
    let needs = of_product.iter().map(|it| {
        let over_assigned = it.deployment.as_ref().and_then(|it| it.over_assigned);
        let excess = it.usage.as_ref().map_or(0, |it| it.excess);
        over_assigned.unwrap_or(0).max(excess)
    });
    let mut needed: u64 = needs.sum();
    for it in of_product {
        it.reassignable = it.idle.min(needed);
        needed -= it.reassignable;
    }
}

impl Deployed {
    fn shown(&self, deliveries: &[Counted<'_>], before: Option<Date>) -> IdleDeployment {
        IdleDeployment {
            of: delivery(deliveries, self.delivery),
            sold: self.sold,
            deployed: self.deployed,
            unassigned: self.unassigned,
            over_assigned: self.over_assigned,
            new: self.new,
            sold_before: self.sold_before,
            sold_before_date: before,
        }
    }
}

fn delivery(deliveries: &[Counted<'_>], place: u32) -> IdleDelivery {
    let Delivery {
        number,
        day: on,
        recorded_at,
        ..
    } = *deliveries[place as usize].delivery;
    IdleDelivery {
        delivery: number,
        processed_date: day(on),
        recorded_at,
    }
}
