//! What all customers of a question are calculated with.

use super::feeds::Feeds;
use super::inputs::IdleInputs;
use super::policy::PolicyBook;
use super::price_book::PriceBook;
use super::products::Products;
use super::rules::IdleRules;
use super::selector::Warnings;
use super::workloads::WorkloadNumbers;

/// What all customers are calculated with.
pub(super) struct Context<'a> {
    pub(super) facts: &'a IdleInputs,
    pub(super) products: Products<'a>,
    pub(super) feeds: Feeds<'a>,
    pub(super) workloads: WorkloadNumbers,
    pub(super) prices: PriceBook<'a>,
    pub(super) policy: PolicyBook<'a>,
}

impl<'a> Context<'a> {
    /// Those of some rows, and the lines of the partner's files that have no effect.
    pub(super) fn of(facts: &'a IdleInputs, rules: &'a IdleRules) -> (Self, Warnings) {
        let products = Products::of(facts);
        let (prices, policy, warnings) = rules.books(&rules.names(facts, &products));
        let context = Self {
            facts,
            products,
            feeds: Feeds::of(facts),
            workloads: WorkloadNumbers::of(&facts.usage),
            prices,
            policy,
        };
        (context, warnings)
    }
}
