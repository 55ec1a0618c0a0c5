//! Figures of whole months, which measure something else than those of 28 days.

use std::fmt;
use std::iter;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::words::words;
use super::{Gap, Metric};
use crate::{ServiceCode, number};

/// A calendar month. It is written as `2026-09`, and read in this spelling alone.
///
/// # Example
///
/// ```
/// use seatwise_types::own::Month;
///
/// let month: Month = "2026-09".parse()?;
/// assert_eq!(month.last_day().to_string(), "2026-09-30");
/// assert_eq!(month.to_string(), "2026-09");
///
/// let err = "2026-9".parse::<Month>().unwrap_err();
/// assert_eq!(err.to_string(), "`2026-9` is not a month such as `2026-09`");
/// # Ok::<(), seatwise_types::own::InvalidMonth>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Month {
    last_day: Date,
}

/// A text that is no month.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not a month such as `2026-09`")]
pub struct InvalidMonth {
    text: String,
}

impl Month {
    /// The month that a day is in.
    pub fn of(day: Date) -> Self {
        Self {
            last_day: day.last_of_month(),
        }
    }

    /// Its first day.
    pub fn first_day(self) -> Date {
        self.last_day.first_of_month()
    }

    /// The day that stands for the month where a processed date is needed.
    pub fn last_day(self) -> Date {
        self.last_day
    }

    /// This month and those after it, to another one, which is among them; none if that one is
    /// earlier.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::own::Month;
    ///
    /// let (from, to): (Month, Month) = ("2026-11".parse()?, "2027-01".parse()?);
    /// let months: Vec<_> = from.through(to).map(|month| month.to_string()).collect();
    /// assert_eq!(months, ["2026-11", "2026-12", "2027-01"]);
    /// assert_eq!(to.through(from).count(), 0);
    /// # Ok::<(), seatwise_types::own::InvalidMonth>(())
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
        // No other spelling: what is written is what can be asked for.
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
    /// What time figures look at. It tells these from those of 28 days, which do not say it.
    Window {
        /// A calendar month.
        Month = "month",
    }
}

/// Figures of one month: `GET /seatwise/v1/monthly`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MonthlyFigures {
    /// Which figures.
    pub metric: Metric,
    /// That they are of a month.
    pub window: Window,
    /// The month; nothing if none was asked for and none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Month>,
    /// The last day of the month, which is the processed date of its deliveries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_date: Option<Date>,
    /// The instant that was asked for. Asked with it, the answer never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// One for each service, workload and product, in this order; none if nothing is known, which
    /// is not zero.
    pub items: Vec<MonthlyFigure>,
}

/// Figures of several months, one after the other: `GET /seatwise/v1/monthly?from=…&to=…`.
///
/// A customer counts in the months that it was delivered for. Who was active in one month may have
/// been active in another one too, so figures of several months are never to be added up.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MonthlyRange {
    /// Which figures.
    pub metric: Metric,
    /// That they are of months.
    pub window: Window,
    /// The first month.
    pub from: Month,
    /// The last one.
    pub to: Month,
    /// When the newest delivery in the answer was recorded, or the instant that was asked for. Asked with
    /// it, the answer never changes. Nothing if nothing was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// All of them, in their order.
    pub months: Vec<MonthInRange>,
}

/// One month among several: its figures, or why there are none.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MonthInRange {
    /// The month.
    pub month: Month,
    /// Its last day, which is the processed date of its deliveries.
    pub processed_date: Date,
    /// One for each service, workload and product, in this order; none in a gap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<MonthlyFigure>,
    /// Why there are no figures, if there are none: nothing of the month was delivered, of the
    /// service and customer that were asked for, or no row of it is of the workload and product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
}

/// One workload or product in a month, over all customers or of one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MonthlyFigure {
    /// The service's code.
    pub service_code: ServiceCode,
    /// The service's name, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// The workload, where figures are by workload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_name: Option<String>,
    /// The product's id, where figures are by product and it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The product, where figures are by product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// Seats used in the month; nothing of deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licenses_active: Option<u64>,
    /// Seats that could be used; nothing of deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licenses_qualified: Option<u64>,
    /// The ones in percent of the others.
    #[serde(default, skip_serializing_if = "number::no_percent")]
    pub usage_percent: Option<f64>,
    /// Seats assigned to users; nothing of usage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licenses_deployed: Option<u64>,
    /// Seats that could be assigned; nothing of usage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licenses_sold: Option<u64>,
    /// The ones in percent of the others.
    #[serde(default, skip_serializing_if = "number::no_percent")]
    pub deployment_percent: Option<f64>,
}

impl MonthlyFigure {
    /// Seats active or deployed, whichever it tells.
    pub fn numerator(&self) -> Option<u64> {
        self.licenses_active.or(self.licenses_deployed)
    }

    /// Seats qualified or sold, whichever it tells.
    pub fn denominator(&self) -> Option<u64> {
        self.licenses_qualified.or(self.licenses_sold)
    }

    /// The one in percent of the other.
    pub fn percent(&self) -> Option<f64> {
        self.usage_percent.or(self.deployment_percent)
    }
}
