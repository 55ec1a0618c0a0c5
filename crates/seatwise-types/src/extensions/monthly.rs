//! Figures of calendar months. They do not compare with those of 28 days.

use std::fmt;
use std::iter;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::words::words;
use super::{Gap, Metric};
use crate::{ServiceCode, number};

/// A calendar month, written and read only as `2026-09`.
///
/// # Example
///
/// ```
/// use seatwise_types::extensions::Month;
///
/// let month: Month = "2026-09".parse()?;
/// assert_eq!(month.last_day().to_string(), "2026-09-30");
/// assert_eq!(month.to_string(), "2026-09");
///
/// let err = "2026-9".parse::<Month>().unwrap_err();
/// assert_eq!(err.to_string(), "`2026-9` is not a month such as `2026-09`");
/// # Ok::<(), seatwise_types::extensions::InvalidMonth>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Month {
    last_day: Date,
}

/// A text that is not a month.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not a month such as `2026-09`")]
pub struct InvalidMonth {
    text: String,
}

impl Month {
    /// The month of a day.
    pub fn of(day: Date) -> Self {
        Self {
            last_day: day.last_of_month(),
        }
    }

    /// Its first day.
    pub fn first_day(self) -> Date {
        self.last_day.first_of_month()
    }

    /// Its last day, the processed date of monthly deliveries.
    pub fn last_day(self) -> Date {
        self.last_day
    }

    /// The months from this one to `last`, both included; none if `last` is earlier.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::extensions::Month;
    ///
    /// let (from, to): (Month, Month) = ("2026-11".parse()?, "2027-01".parse()?);
    /// let months: Vec<_> = from.through(to).map(|month| month.to_string()).collect();
    /// assert_eq!(months, ["2026-11", "2026-12", "2027-01"]);
    /// assert_eq!(to.through(from).count(), 0);
    /// # Ok::<(), seatwise_types::extensions::InvalidMonth>(())
    /// ```
    pub fn through(self, last: Self) -> impl Iterator<Item = Self> + Clone {
        let next = |month: &Self| month.last_day.tomorrow().ok().map(Self::of);
        iter::successors(Some(self), next).take_while(move |month| *month <= last)
    }
}

impl FromStr for Month {
    type Err = InvalidMonth;

    fn from_str(text: &str) -> Result<Self, InvalidMonth> {
        let first: Option<Date> = format!("{text}-01").parse().ok();
        let month = first.map(Self::of);
        // Rejects other spellings of the same month.
        let month = month.filter(|month| month.to_string() == text);
        month.ok_or_else(|| InvalidMonth {
            text: crate::excerpt(text),
        })
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}",
            self.last_day.year(),
            self.last_day.month()
        )
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

words! {
    /// The period that figures cover. Figures of 28 days do not have this member.
    Window {
        /// A calendar month.
        Month = "month",
    }
}

/// Figures of one month: `GET /seatwise/v1/monthly`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MonthlyFigures {
    /// The metric.
    pub metric: Metric,
    /// Marks the figures as those of a month.
    pub window: Window,
    /// The month; `None` if the request named none and no month has figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Month>,
    /// The last day of the month, which is the processed date of its deliveries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_date: Option<Date>,
    /// The instant that the request named. With it, the answer never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// One figure for each service, workload and product, in this order. Empty if there are no
    /// deliveries, which is not zero.
    pub items: Vec<MonthlyFigure>,
}

/// Figures of several consecutive months: `GET /seatwise/v1/monthly?from=…&to=…`.
///
/// A customer counts in the months for which it has a delivery. A user can be active in several
/// months, so do not add up their figures.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MonthlyRange {
    /// The metric.
    pub metric: Metric,
    /// Marks the figures as those of months.
    pub window: Window,
    /// The first month.
    pub from: Month,
    /// The last month.
    pub to: Month,
    /// The instant that the request named, or else when the newest delivery in the answer was
    /// recorded; `None` if there is none. With this instant as `knownAt`, the answer never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// All months of the range, in order.
    pub months: Vec<MonthInRange>,
}

/// One month among several: its figures, or why there are none.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MonthInRange {
    /// The month.
    pub month: Month,
    /// Its last day, which is the processed date of its deliveries.
    pub processed_date: Date,
    /// One figure for each service, workload and product, in this order; none in a gap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<MonthlyFigure>,
    /// Why there are no figures; `None` if there are. Either the selected service and customer have
    /// no delivery for the month, or no row of it matches the workload and product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
}

/// One workload or product in a month, of all customers or of one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MonthlyFigure {
    /// The service's code, an open set.
    pub service_code: ServiceCode,
    /// The service's name; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// The workload, in figures by workload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_name: Option<String>,
    /// The product's id, in figures by product; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The product, in figures by product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// Seats used in the month; `None` for deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licenses_active: Option<u64>,
    /// Seats that could be used; `None` for deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licenses_qualified: Option<u64>,
    /// Active seats in percent of qualified seats.
    #[serde(default, skip_serializing_if = "number::no_percent")]
    pub usage_percent: Option<f64>,
    /// Seats assigned to users; `None` for usage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licenses_deployed: Option<u64>,
    /// Seats that could be assigned; `None` for usage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licenses_sold: Option<u64>,
    /// Deployed seats in percent of sold seats.
    #[serde(default, skip_serializing_if = "number::no_percent")]
    pub deployment_percent: Option<f64>,
}

impl MonthlyFigure {
    /// Seats active or deployed, depending on the metric.
    pub fn numerator(&self) -> Option<u64> {
        self.licenses_active.or(self.licenses_deployed)
    }

    /// Seats qualified or sold, depending on the metric.
    pub fn denominator(&self) -> Option<u64> {
        self.licenses_qualified.or(self.licenses_sold)
    }

    /// The numerator in percent of the denominator.
    pub fn percent(&self) -> Option<f64> {
        self.usage_percent.or(self.deployment_percent)
    }
}
