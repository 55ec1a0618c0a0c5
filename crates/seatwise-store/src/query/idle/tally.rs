//! Sums of seats and of their cost.

use seatwise_types::extensions::{Amount, Exclusion, IdleSeats, IdleWorth};

use super::positions::Position;

/// Sums of rows.
#[derive(Default, Clone)]
pub(super) struct IdleTally {
    pub(super) seats: IdleSeats,
    /// By the number of the currency.
    worth: Vec<Worth>,
}

#[derive(Default, Clone, Copy)]
struct Worth {
    seats: u64,
    exposure: Amount,
    reassignable: Amount,
    reducible: Amount,
}

impl IdleTally {
    pub(super) fn add(&mut self, it: &Position<'_>) {
        let sums = &mut self.seats;
        sums.rows += 1;
        sums.rows_with_deployment += u64::from(it.deployment.is_some());
        sums.rows_with_usage += u64::from(it.usage.is_some());
        let kind = it.exclusion.map(|it| it.kind);
        if let Some(deployment) = &it.deployment {
            let unassigned = deployment.unassigned.unwrap_or(0);
            sums.sold += deployment.sold;
            sums.deployed += deployment.deployed;
            sums.unassigned += unassigned;
            sums.over_assigned += deployment.over_assigned.unwrap_or(0);
            sums.new += deployment.new;
            match kind {
                Some(Exclusion::Inventory) => sums.excluded += unassigned,
                Some(Exclusion::NeverAssigned) => sums.never_assigned += deployment.sold,
                None => {}
            }
        }
        sums.idle += it.idle;
        sums.reassignable += it.reassignable;
        sums.reducible += it.reducible;
        if let (Some(usage), false) = (&it.usage, kind == Some(Exclusion::Inventory)) {
            sums.unused_at_least += usage.at_least;
            sums.unused_at_most += usage.at_most;
        }
        if it.idle == 0 {
            return;
        }
        let Some(price) = it.price else {
            sums.unpriced += it.idle;
            return;
        };
        let currency = usize::from(price.currency());
        if self.worth.len() <= currency {
            self.worth.resize(currency + 1, Worth::default());
        }
        let worth = &mut self.worth[currency];
        worth.seats += it.idle;
        worth.exposure = worth.exposure.plus(price.of(it.idle));
        worth.reassignable = worth.reassignable.plus(price.of(it.reassignable));
        worth.reducible = worth.reducible.plus(price.of(it.reducible));
    }

    /// The amounts of each currency with seats, in alphabetical order.
    pub(super) fn worth(&self, currencies: &[String]) -> Vec<IdleWorth> {
        let all = currencies.iter().zip(&self.worth);
        all.filter(|(_, it)| it.seats > 0)
            .map(|(currency, it)| IdleWorth {
                currency: currency.clone(),
                seats: it.seats,
                exposure: it.exposure,
                reassignable: it.reassignable,
                reducible: it.reducible,
            })
            .collect()
    }
}
