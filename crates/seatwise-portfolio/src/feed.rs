//! The deliveries of one customer, service and channel, one a day.
//!
//! Their days are counted back from the newest that the source could have sent: a delivery of age 0
//! is the newest of a customer that is on time, age 1 the one of the day before.

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
    /// Days by which all deliveries are behind those of other customers.
    pub(crate) late: i32,
    /// The age of the first delivery.
    pub(crate) joined: i32,
    /// The age of the last delivery.
    pub(crate) left: i32,
    /// The ages of deliveries without rows.
    pub(crate) empty: Range<i32>,
    /// The age of a delivery that never came.
    pub(crate) missing: Option<i32>,
    pub(crate) restated: Option<Restated>,
}

/// What differs in the second delivery of the same unit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Restated {
    /// Activity that had not been counted yet.
    MoreActive,
    /// A product that should not have been there.
    WithoutProduct,
    /// Nothing.
    Same,
}

impl Feed {
    /// A feed that is on time, since ever and still.
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

    /// The last delivery, without rows, is `age` days old.
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
    /// The rows as they are delivered the second time.
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
