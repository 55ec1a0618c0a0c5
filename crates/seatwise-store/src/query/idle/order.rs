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

/// A name that is compared in any case first.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Name<'a> {
    /// The first bytes in lower case: mostly they tell two names apart.
    start: [u8; START],
    text: &'a str,
}

/// How many bytes of a name are kept in lower case.
const START: usize = 24;

impl<'a> Name<'a> {
    const NONE: Self = Self {
        start: [0; START],
        text: "",
    };

    fn new(text: &'a str) -> Self {
        let mut start = [0; START];
        let mut length = 0;
        for sign in lower(text) {
            let mut bytes = [0; 4];
            // The bytes of UTF-8 are in the order of the letters, also those of half a letter.
            let bytes = sign.encode_utf8(&mut bytes).bytes();
            for (place, byte) in start[length..].iter_mut().zip(bytes) {
                *place = byte;
            }
            length += sign.len_utf8();
            if length >= START {
                break;
            }
        }
        Self { start, text }
    }
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_start = self.start.cmp(&other.start);
        by_start
            .then_with(|| lower(self.text).cmp(lower(other.text)))
            .then_with(|| self.text.cmp(other.text))
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
            name: Name::NONE,
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
            IdleSort::Customer => key.name = Name::new(name),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_of_names_order_them_as_all_of_them_do() {
        let long = "Customer of a long name ";
        let names = [
            "",
            "a",
            "A",
            "b",
            "Å",
            "å",
            "zebra",
            "Zebra 1",
            "ß",
            "İ",
            "\u{1F600}",
            "a\0",
            "a\0b",
        ];
        let mut names: Vec<String> = names.map(ToOwned::to_owned).into();
        // Letters of several bytes that the first bytes cut.
        for cut in 0..4 {
            for end in ["a", "é", "É", "z", "\u{1F600}", ""] {
                names.push(format!("{}{end}", &long[cut..]));
            }
        }
        for a in &names {
            for b in &names {
                let whole = lower(a).cmp(lower(b)).then_with(|| a.cmp(b));
                assert_eq!(Name::new(a).cmp(&Name::new(b)), whole, "{a:?} {b:?}");
            }
        }
    }
}
