//! The sort order of rows, and paging without keeping all rows.

use std::cmp::Reverse;
use std::ops::Range;

use seatwise_types::CustomerId;
use seatwise_types::extensions::{Amount, IdleSort};

use super::inputs::{IdleInputs, known_customers};
use super::positions::Position;
use super::ranks::ranks;

/// The sort key of a row: first the requested order, then tie-breakers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowKey {
    /// The number of the currency, when sorting by amount.
    currency: u16,
    amount: Reverse<Amount>,
    seats: Reverse<(u64, u64)>,
    /// The rank of the customer's name, when sorting by customer.
    name: u32,
    /// The rank of the product, when sorting by product.
    product: u32,
    pub(super) customer: CustomerId,
    rank: u32,
    pub(super) feed: u32,
}

impl RowKey {
    /// `name` is the rank of the customer's name, `rank` that of the product.
    pub(super) fn new(
        sort: IdleSort,
        it: &Position<'_>,
        customer: CustomerId,
        name: u32,
        rank: u32,
    ) -> Self {
        let mut key = Self {
            currency: 0,
            amount: Reverse(Amount::default()),
            seats: Reverse((0, 0)),
            name: 0,
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
            IdleSort::Customer => key.name = name,
            IdleSort::Product => key.product = rank,
        }
        key
    }

    /// The rank of the row's product.
    pub(super) fn rank(&self) -> u32 {
        self.rank
    }
}

/// One page of a sorted list, whose items arrive in any order. Keeps at most twice the items up to
/// the end of the page.
pub(super) struct SortedPage<T> {
    page: Range<usize>,
    items: Vec<T>,
    count: usize,
}

impl<T: Ord> SortedPage<T> {
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

    /// The total number of items, and those of the page.
    pub(super) fn finish(mut self) -> (usize, Vec<T>) {
        self.items.sort_unstable();
        let Range { start, end } = self.page;
        self.items.truncate(end);
        let page = self.items.split_off(start.min(self.items.len()));
        (self.count, page)
    }
}

/// The rank of each customer's name, for customers in the order of their ids. Compares names once
/// for each customer instead of each row.
pub(super) fn ranks_of_names(facts: &IdleInputs) -> Vec<u32> {
    let names: Vec<&str> = known_customers(facts).map(|it| it.name).collect();
    ranks(&names, |name| (name.to_lowercase(), *name))
}
