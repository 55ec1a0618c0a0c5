//! The price of a product for a customer on a day.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use jiff::civil::Date;
use seatwise_types::CustomerId;
use seatwise_types::extensions::{Amount, IdleFileKind, IdlePrice};

use super::prices::{PriceLine, Prices};
use super::selector::{Names, Resolver, Warnings};

/// Prices, indexed by the products and customers of a question.
#[derive(Default)]
pub(super) struct PriceBook<'a> {
    prices: Option<&'a Prices>,
    /// The lines for each product, and for each product of a customer, sorted by day.
    general: HashMap<u32, Vec<&'a PriceLine>, RandomState>,
    of_customers: HashMap<(u32, CustomerId), Vec<&'a PriceLine>, RandomState>,
}

/// A price in force.
#[derive(Clone, Copy)]
pub(super) struct Price<'a> {
    line: &'a PriceLine,
    prices: &'a Prices,
}

impl<'a> PriceBook<'a> {
    pub(super) fn new(prices: &'a Prices, names: &Names, warnings: &mut Warnings) -> Self {
        let mut resolver = Resolver {
            names,
            file: IdleFileKind::Prices,
            text: &prices.text,
            warnings,
        };
        let mut book = Self {
            prices: Some(prices),
            ..Self::default()
        };
        for line in &prices.lines {
            let scope = resolver.scope(Some(&line.product), line.customer.as_ref());
            let Some((Some(product), customer)) = scope else {
                continue;
            };
            let lines = match customer {
                Some(customer) => book.of_customers.entry((product, customer)).or_default(),
                None => book.general.entry(product).or_default(),
            };
            match lines.binary_search_by_key(&line.from, |it| it.from) {
                Ok(known) => {
                    let problem = format!(
                        "line {} has a price for the same product, customer and day under another \
                         name: remove one of them; this line has no effect",
                        lines[known].line
                    );
                    resolver.wrong(line.product.at, "product", problem);
                }
                Err(place) => lines.insert(place, line),
            }
        }
        book
    }

    /// The price on a day: the newest one for the customer, or else the newest one for all
    /// customers.
    pub(super) fn price(&self, product: u32, customer: CustomerId, day: Date) -> Option<Price<'a>> {
        let newest = |lines: Option<&Vec<&'a PriceLine>>| {
            let lines = lines?;
            let end = lines.partition_point(|it| it.from <= day);
            lines[..end].last().copied()
        };
        let of_customer = || self.of_customers.get(&(product, customer));
        let line = match self.of_customers.is_empty() {
            true => None,
            false => newest(of_customer()),
        };
        Some(Price {
            line: line.or_else(|| newest(self.general.get(&product)))?,
            prices: self.prices?,
        })
    }

    pub(super) fn currencies(&self) -> &'a [String] {
        self.prices.map_or(&[], |it| &it.currencies)
    }
}

impl Price<'_> {
    /// The number of the currency, in alphabetical order.
    pub(super) fn currency(&self) -> u16 {
        self.line.currency
    }

    pub(super) fn of(&self, seats: u64) -> Amount {
        self.line.price.times(seats)
    }

    /// The price as shown in answers for a day.
    pub(super) fn shown(&self, day: Date) -> IdlePrice {
        let line = self.line;
        IdlePrice {
            currency: self.prices.currencies[line.currency as usize].clone(),
            price_per_seat_month: line.price,
            valid_from: line.from,
            term_end: line.term_end.filter(|end| *end >= day),
            of_customer: line.customer.is_some(),
            line: line.line,
        }
    }
}
