//! The call chain to Seatwise's extensions: one file for each query.
//!
//! A builder is the query: its fields are the parameters, in the order in which they are sent.

mod changes;
mod coverage;
mod explain;
mod history;
mod idle;
mod imports;
mod monthly;
mod restatements;
mod setters;

use jiff::civil::Date;
use seatwise_types::extensions::DayOrMonth;

pub use self::changes::ChangesQuery;
pub use self::coverage::CoverageQuery;
pub use self::explain::ExplainQuery;
pub use self::history::HistoryQuery;
pub use self::idle::IdleQuery;
pub use self::imports::ImportsQuery;
pub use self::monthly::{MonthlyQuery, MonthlyRangeQuery};
pub use self::restatements::RestatementsQuery;
use crate::client::Client;

/// Seatwise's extensions to Partner Center's API.
///
/// Partner Center has none of them: there, these calls are
/// [not found](crate::Error::is_not_found).
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct Seatwise<'a> {
    client: &'a Client,
}

impl<'a> Seatwise<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Figures over time, from one day to another: `GET /seatwise/v1/history`.
    pub fn history(self, from: Date, to: Date) -> HistoryQuery<'a> {
        HistoryQuery::new(self.client, from, to)
    }

    /// The explanation of a figure of a service and channel: `GET /seatwise/v1/explain`.
    pub fn explain(
        self,
        service: impl Into<String>,
        channel: impl Into<String>,
    ) -> ExplainQuery<'a> {
        ExplainQuery::new(self.client, service.into(), channel.into())
    }

    /// Which customers are in the figures and which are not: `GET /seatwise/v1/coverage`.
    pub fn coverage(self) -> CoverageQuery<'a> {
        CoverageQuery::new(self.client)
    }

    /// The changes between the answers of two days, or of the newest days of two months: `GET
    /// /seatwise/v1/changes`.
    pub fn changes(
        self,
        from: impl Into<DayOrMonth>,
        to: impl Into<DayOrMonth>,
    ) -> ChangesQuery<'a> {
        ChangesQuery::new(self.client, from.into(), to.into())
    }

    /// The replaced deliveries of a range of days or months: `GET
    /// /seatwise/v1/changes/restatements`.
    pub fn restatements(
        self,
        from: impl Into<DayOrMonth>,
        to: impl Into<DayOrMonth>,
    ) -> RestatementsQuery<'a> {
        RestatementsQuery::new(self.client, from.into(), to.into())
    }

    /// Idle seats and their cost: `GET /seatwise/v1/idle`.
    pub fn idle(self) -> IdleQuery<'a> {
        IdleQuery::new(self.client)
    }

    /// What was imported or refused, the newest first: `GET /seatwise/v1/imports`.
    pub fn imports(self) -> ImportsQuery<'a> {
        ImportsQuery::new(self.client)
    }

    /// Figures of calendar months, from the downloads of Partner Center's Insights. They do not
    /// compare with figures of 28 days: `GET /seatwise/v1/monthly`.
    pub fn monthly(self) -> MonthlyQuery<'a> {
        MonthlyQuery::new(self.client)
    }
}
