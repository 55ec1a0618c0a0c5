//! What all customers of a question are worked out with, and which of their rows it is about.

use seatwise_types::extensions::Selection;

use super::feeds::Feeds;
use super::inputs::IdleInputs;
use super::policy::PolicyBook;
use super::price_book::PriceBook;
use super::products::Products;
use super::rules::IdleRules;
use super::selector::Warnings;
use super::work::Position;
use super::workloads::WorkloadNumbers;
use crate::model::selection::selects;

/// What all customers are worked out with.
pub(super) struct Tools<'a> {
    pub(super) facts: &'a IdleInputs,
    pub(super) products: Products<'a>,
    pub(super) feeds: Feeds<'a>,
    pub(super) workloads: WorkloadNumbers,
    pub(super) prices: PriceBook<'a>,
    pub(super) policy: PolicyBook<'a>,
}

impl<'a> Tools<'a> {
    /// Those of some rows, and the lines of the partner's files that have no effect.
    pub(super) fn of(facts: &'a IdleInputs, rules: &'a IdleRules) -> (Self, Warnings) {
        let products = Products::of(facts);
        let (prices, policy, warnings) = rules.books(&rules.names(facts, &products));
        let tools = Self {
            facts,
            products,
            feeds: Feeds::of(facts),
            workloads: WorkloadNumbers::of(&facts.usage),
            prices,
            policy,
        };
        (tools, warnings)
    }
}

/// The rows that a selection wants, but for the customer.
pub(super) struct Wanted {
    /// By the numbers of services and channels.
    pub(super) feeds: Vec<bool>,
    /// By the numbers of products.
    products: Vec<bool>,
}

impl Wanted {
    pub(super) fn of(tools: &Tools<'_>, selection: &Selection) -> Self {
        let Tools {
            facts,
            products,
            feeds,
            ..
        } = tools;
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
