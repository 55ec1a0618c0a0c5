//! What a history is asked for: rows, lines and dates.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use seatwise_types::extensions::{By, Selection, Step};

use crate::model::axes::{Axes, KnownAt};
use crate::model::columns::{CODE, PRODUCT, PRODUCT_ID, WORKLOAD};
use crate::model::kind::Kind;
use crate::model::limits::LATE_AFTER_DAYS;
use crate::query::question::{QuestionError, check_span};

/// A question for a history.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HistoryQuestion {
    /// The table.
    pub kind: Kind,
    /// What each line is about; deployment has no workloads.
    pub by: By,
    /// The selected rows.
    pub selection: Selection,
    /// The first day.
    pub from: Date,
    /// The last day, not before the first one.
    pub to: Date,
    /// The distance between dates.
    pub step: Step,
    /// Ignores deliveries recorded later; `None` ignores none.
    pub known_at: Option<KnownAt>,
}

impl HistoryQuestion {
    pub(super) fn check(&self) -> Result<(), QuestionError> {
        check_span(self.from, self.to)?;
        let asks_workloads = self.by == By::Workload || self.selection.workload.is_some();
        match asks_workloads && !self.kind.has_workload() {
            true => Err(QuestionError::NoWorkloads),
            false => Ok(()),
        }
    }

    pub(super) fn axes(&self) -> Axes {
        Axes {
            as_of: Some(self.to),
            known_at: self.known_at,
        }
    }

    /// Whether the rows of one customer are enough, if the days of all deliveries are known: those say
    /// when the customer is late. What a workload is called depends on the rows of all customers.
    pub(super) fn is_of_own_rows(&self) -> bool {
        let tells_workloads = self.by == By::Workload || self.selection.workload.is_some();
        self.selection.customer.is_some() && !tells_workloads
    }

    /// Whether the figures do not distinguish customers.
    pub(super) fn is_of_all_customers(&self) -> bool {
        self.by != By::Customer && self.selection.customer.is_none()
    }

    /// The first day of deliveries that can count: at a date with a delivery, those that count are
    /// at most this much older.
    pub(super) fn oldest(&self) -> Date {
        let days = i64::from(LATE_AFTER_DAYS).days();
        self.from.saturating_sub(days)
    }

    /// The columns of [`TEXTS`](crate::model::columns::TEXTS) that matter in addition to service and channel.
    pub(super) fn tells_apart(&self) -> impl Iterator<Item = usize> + use<> {
        let workload = self.by == By::Workload || self.selection.workload.is_some();
        let product = self.by == By::Product || self.selection.product.is_some();
        let workload = [CODE, WORKLOAD].into_iter().filter(move |_| workload);
        let product = [PRODUCT_ID, PRODUCT].into_iter().filter(move |_| product);
        workload.chain(product)
    }
}

/// The days of one step. Its figure is that of the last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) first: Date,
    pub(super) last: Date,
}

/// The steps from one day to another.
pub(super) fn periods(from: Date, to: Date, step: Step) -> Vec<Period> {
    let mut periods = Vec::new();
    let mut first = from;
    while first <= to {
        let last = match step {
            Step::Day => first,
            Step::Week => {
                let until_sunday = first.weekday().until(Weekday::Sunday);
                first.saturating_add(i64::from(until_sunday).days())
            }
            Step::Month => first.last_of_month(),
        };
        let last = last.min(to);
        periods.push(Period { first, last });
        match last.tomorrow() {
            Ok(next) => first = next,
            Err(_) => break,
        }
    }
    periods
}
