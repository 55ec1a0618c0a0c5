//! The rows that a selection includes.

use seatwise_types::extensions::Selection;

use super::context::Context;
use super::positions::Position;
use crate::model::selection::selects;

/// The rows that a selection includes, regardless of the customer.
pub(super) struct Wanted {
    /// By the numbers of services and channels.
    pub(super) feeds: Vec<bool>,
    /// By the numbers of products.
    products: Vec<bool>,
}

impl Wanted {
    pub(super) fn of(context: &Context<'_>, selection: &Selection) -> Self {
        let Context {
            facts,
            products,
            feeds,
            ..
        } = context;
        let numbers = 0..feeds.len() as u32;
        Self {
            feeds: numbers
                .map(|feed| selects(selection, feeds.texts(feed)))
                .collect(),
            products: products.called(facts, selection.product.as_deref()),
        }
    }

    pub(super) fn has(&self, it: &Position<'_>) -> bool {
        self.feeds[it.feed as usize] && self.products[it.product as usize]
    }
}
