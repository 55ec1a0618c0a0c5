//! The daily deliveries of one customer, service and channel.
//!
//! Ages are counted back from the newest delivery that the source could send: for a customer that
//! is on time, the newest delivery has age 0, and that of the day before has age 1.

use std::ops::Range;

use crate::day::Day;
use crate::delivery::{DeploymentRow, UsageRow};
use crate::holding::Holding;
use crate::service::Service;

#[derive(Clone, Debug)]
pub(crate) struct Feed {
    pub(crate) service: &'static Service,
    pub(crate) channel: &'static str,
    pub(crate) holdings: Vec<Holding>,
    /// The number of days by which all deliveries are late.
    pub(crate) late: i32,
    /// The age of the first delivery.
    pub(crate) joined: i32,
    /// The age of the last delivery.
    pub(crate) left: i32,
    /// The ages of deliveries without rows.
    pub(crate) empty: Range<i32>,
    /// The age of a missing delivery.
    pub(crate) missing: Option<i32>,
    pub(crate) restated: Option<Restated>,
}

/// How the restatement of a delivery differs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Restated {
    /// It counts more activity.
    MoreActive,
    /// It lacks a product.
    WithoutProduct,
    /// It is equal.
    Same,
}

impl Feed {
    /// A feed that is on time, without a beginning and an end.
    pub(crate) fn new(
        service: &'static Service,
        channel: &'static str,
        holdings: Vec<Holding>,
    ) -> Feed {
        Feed {
            service,
            channel,
            holdings,
            late: 0,
            joined: i32::MAX,
            left: 0,
            empty: 0..0,
            missing: None,
            restated: None,
        }
    }

    /// Ends the feed with a delivery without rows at `age`.
    pub(crate) fn leave(&mut self, age: i32) {
        self.left = age;
        self.empty = age..age + 1;
    }

    pub(crate) fn delivers(&self, age: i32) -> bool {
        (self.left..=self.joined).contains(&age) && self.missing != Some(age)
    }

    pub(crate) fn usage(&self, age: i32, day: Day) -> Vec<UsageRow> {
        let member_for = self.joined - age;
        self.held(age)
            .flat_map(|it| it.usage(age, day, member_for))
            .collect()
    }

    pub(crate) fn deployment(&self, age: i32, day: Day) -> Vec<DeploymentRow> {
        self.held(age).map(|it| it.deployment(age, day)).collect()
    }

    fn held(&self, age: i32) -> impl Iterator<Item = &Holding> {
        let empty = self.empty.contains(&age);
        self.holdings
            .iter()
            .filter(move |it| !empty && age >= it.gone)
    }
}

impl Restated {
    /// The rows of the restatement.
    pub(crate) fn usage(self, mut rows: Vec<UsageRow>) -> Vec<UsageRow> {
        match self {
            Restated::MoreActive => {
                for row in &mut rows {
                    let more = row.licenses_active + row.licenses_active / 20 + 1;
                    row.licenses_active = more.min(row.licenses_qualified);
                }
            }
            Restated::WithoutProduct => {
                let last = rows.last().map(|row| row.product_id);
                rows.retain(|row| Some(row.product_id) != last);
            }
            Restated::Same => {}
        }
        rows
    }
}
