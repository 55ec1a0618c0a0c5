//! The idle seats of each customer, in one number.

use std::iter;

use seatwise_types::CustomerId;
use seatwise_types::extensions::Selection;

use super::check_workload;
use super::context::Context;
use super::inputs::{IdleInputs, OfCustomer, each_customer};
use super::positions::Positions;
use super::rules::IdleRules;
use super::wanted::Wanted;
use crate::query::question::QuestionError;

/// The idle seats of each customer that has deployment, of what a selection wants, in the order of their ids.
/// They are those of the customer's rows in [`idle`](super::idle()), and add up to its totals. A customer whose deployment
/// does not count, because it is late, has 0.
///
/// # Errors
/// If it is to select by a workload.
pub fn idle_by_customer(
    facts: &IdleInputs,
    rules: &IdleRules,
    selection: &Selection,
) -> Result<Vec<(CustomerId, u64)>, QuestionError> {
    check_workload(selection)?;
    let (context, _) = Context::of(facts, rules);
    let wanted = Wanted::of(&context, selection);
    let mut positions = Positions::new(&context);
    let mut all = Vec::new();
    let add = |id, of: &OfCustomer<'_>| {
        let positions = positions.of_customer(id, of).iter();
        let idle = positions.filter(|it| wanted.has(it)).map(|it| it.idle);
        if selection.customer.is_none_or(|it| it == id) {
            all.push((id, idle.sum()));
        }
    };
    // Use says which seats are needed elsewhere, not which are idle.
    each_customer(facts, iter::empty(), add);
    Ok(all)
}
