//! The order of rows, and those of one page without keeping all.

use std::cmp::{Ordering, Reverse};
use std::ops::Range;

use seatwise_types::CustomerId;
use seatwise_types::own::{Amount, IdleSort};

use super::work::Position;

/// What places a row among others: first what is asked for, then what tells ties apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'a> {
    /// The number of the currency, where amounts are compared.
    currency: u16,
    amount: Reverse<Amount>,
    seats: Reverse<(u64, u64)>,
    name: Name<'a>,
    /// The rank of the product, where products are compared.
    product: u32,
    pub(super) customer: CustomerId,
    rank: u32,
    pub(super) feed: u32,
}

/// A name, in any case first.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Name<'a>(&'a str);

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let lower = |name: &'_ str| {
            name.chars()
                .flat_map(char::to_lowercase)
                .collect::<String>()
        };
        if self.0 == other.0 {
            return Ordering::Equal;
        }
        lower(self.0)
            .cmp(&lower(other.0))
            .then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<'a> Key<'a> {
    pub(super) fn new(
        sort: IdleSort,
        it: &Position<'_>,
        customer: CustomerId,
        name: &'a str,
        rank: u32,
    ) -> Self {
        let mut key = Self {
            currency: 0,
            amount: Reverse(Amount::default()),
            seats: Reverse((0, 0)),
            name: Name(""),
            product: 0,
            customer,
            rank,
            feed: it.feed,
        };
        match sort {
            IdleSort::Idle => key.seats = Reverse((it.idle, 0)),
            IdleSort::Exposure => {
                key.currency = it.price.map_or(u16::MAX, |it| it.currency());
                let exposure = it.price.map(|price| price.of(it.idle));
                key.amount = Reverse(exposure.unwrap_or_default());
                key.seats = Reverse((it.idle, 0));
            }
            IdleSort::Unused => {
                let usage = it.usage.as_ref();
                key.seats = Reverse(usage.map_or((0, 0), |it| (it.at_least, it.at_most)));
            }
            IdleSort::Customer => key.name = Name(name),
            IdleSort::Product => key.product = rank,
        }
        key
    }

    /// The rank of the row's product.
    pub(super) fn rank(&self) -> u32 {
        self.rank
    }
}

/// The items of one page of a sorted list, whose items come in any order. It keeps twice as many as
/// there are up to the end of the page at most.
pub(super) struct Sorted<T> {
    page: Range<usize>,
    items: Vec<T>,
    count: usize,
}

impl<T: Ord> Sorted<T> {
    pub(super) fn new(page: Range<usize>) -> Self {
        Self {
            page,
            items: Vec::new(),
            count: 0,
        }
    }

    pub(super) fn add(&mut self, item: T) {
        self.count += 1;
        let end = self.page.end;
        if end == 0 {
            return;
        }
        if self.items.len() >= end.saturating_mul(2) {
            self.items.select_nth_unstable(end - 1);
            self.items.truncate(end);
        }
        self.items.push(item);
    }

    /// How many items there are in all, and those of the page.
    pub(super) fn finish(mut self) -> (usize, Vec<T>) {
        self.items.sort_unstable();
        let Range { start, end } = self.page;
        self.items.truncate(end);
        let page = self.items.split_off(start.min(self.items.len()));
        (self.count, page)
    }
}
