//! Figures of whole months, as the downloads of Partner Center's Insights tell them.
//!
//! They are in tables of their own and measure something else than the 28-day figures: who was
//! active in a calendar month. Nothing here reads the other tables, and nothing else these.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use seatwise_types::PartnerId;
use seatwise_types::query::{CommercialKind, GroupBy};

use crate::facts::{Facts, Moment, Selected};
use crate::{Kind, Store, StoreError};

/// A calendar month.
///
/// ```
/// use seatwise_store::Month;
///
/// let month: Month = "2026-09".parse().unwrap();
/// assert_eq!(month.last_day().to_string(), "2026-09-30");
/// assert_eq!(month.to_string(), "2026-09");
/// assert!("2026-9".parse::<Month>().is_err());
/// assert!("2026-13".parse::<Month>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(Date);

/// Why a text is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a month such as `2026-09` is expected")]
pub struct InvalidMonth;

impl Month {
    /// The month that a day is in.
    pub fn of(day: Date) -> Self {
        Self(day.last_of_month())
    }

    /// The day that stands for the month in the tables.
    pub fn last_day(self) -> Date {
        self.0
    }
}

impl FromStr for Month {
    type Err = InvalidMonth;

    fn from_str(text: &str) -> Result<Self, InvalidMonth> {
        let first: Date = format!("{text}-01").parse().map_err(|_| InvalidMonth)?;
        let month = Self::of(first);
        // No other spelling: what is printed is what can be asked for.
        (month.to_string() == text)
            .then_some(month)
            .ok_or(InvalidMonth)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

/// The figures of one month, over all customers of a partner.
pub struct Monthly {
    /// The month; none if none was asked for and nothing is known.
    pub month: Option<Month>,
    facts: Facts,
    group_by: GroupBy,
}

impl Store {
    /// The figures of usage or of deployment of a month, of the newest month if none is given.
    /// Each delivery of the month counts in the version that was recorded last. A kind of 28 days
    /// means the one of months.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn monthly(
        &self,
        partner: PartnerId,
        kind: Kind,
        month: Option<Month>,
    ) -> Result<Monthly, StoreError> {
        let (kind, fields) = match kind {
            Kind::Usage | Kind::UsageMonth => (Kind::UsageMonth, CommercialKind::Usage),
            Kind::Deployment | Kind::DeploymentMonth => {
                (Kind::DeploymentMonth, CommercialKind::Deployment)
            }
        };
        let table = self.table(partner, kind).await?;
        let files = table.iter().flat_map(|table| table.files.iter());
        let newest = files.map(|file| file.stats.max_values.processed_date).max();
        let month = month.or(newest.map(Month::of));
        // Any day will do where there is nothing.
        let day = month.map_or(Date::constant(1970, 1, 1), Month::last_day);
        let version = table.map(|table| table.version());
        let facts = self.facts(partner, kind, Moment::Day(day), version).await?;
        Ok(Monthly {
            month,
            facts,
            group_by: GroupBy::parse(named(fields), fields).unwrap_or_default(),
        })
    }
}

/// What figures of months are added up by.
fn named(kind: CommercialKind) -> &'static str {
    match kind {
        CommercialKind::Usage => "serviceCode,serviceName,workloadName,productId,productName",
        CommercialKind::Deployment => "serviceCode,serviceName,productId,productName",
    }
}

impl Monthly {
    /// Sums over all customers, one for each service, workload and product, in this order.
    pub fn figures(&self) -> Selected<'_> {
        self.facts.select(None, &self.group_by)
    }
}
