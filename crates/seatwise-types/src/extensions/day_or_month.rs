//! A day, or the newest day of a month.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::{Axes, InvalidAxes, Month};

/// The day of an answer: a date, or a month, which stands for the newest day in it with a delivery.
///
/// # Example
///
/// ```
/// use seatwise_types::extensions::DayOrMonth;
///
/// let day: DayOrMonth = "2026-10-14".parse()?;
/// let month: DayOrMonth = "2026-10".parse()?;
/// assert_eq!((day.first_day(), day.last_day()), (day.first_day(), day.first_day()));
/// assert_eq!(month.first_day().to_string(), "2026-10-01");
/// assert_eq!(month.last_day().to_string(), "2026-10-31");
/// assert_eq!(month.to_string(), "2026-10");
///
/// let err = "soon".parse::<DayOrMonth>().unwrap_err();
/// let expected = "`soon` is not a date such as `2026-10-31` or a month such as `2026-10`";
/// assert_eq!(err.to_string(), expected);
/// # Ok::<(), seatwise_types::extensions::InvalidAxes>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum DayOrMonth {
    /// A day.
    Day(Date),
    /// A month.
    Month(Month),
}

impl DayOrMonth {
    /// The day, or the first one of the month.
    pub fn first_day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Month(month) => month.first_day(),
        }
    }

    /// The day, or the last one of the month.
    pub fn last_day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Month(month) => month.last_day(),
        }
    }

    /// The month; `None` for a day.
    pub fn month(self) -> Option<Month> {
        match self {
            Self::Day(_) => None,
            Self::Month(month) => Some(month),
        }
    }
}

impl From<Date> for DayOrMonth {
    fn from(day: Date) -> Self {
        Self::Day(day)
    }
}

impl From<Month> for DayOrMonth {
    fn from(month: Month) -> Self {
        Self::Month(month)
    }
}

impl FromStr for DayOrMonth {
    type Err = InvalidAxes;

    fn from_str(text: &str) -> Result<Self, InvalidAxes> {
        if let Ok(month) = text.parse() {
            return Ok(Self::Month(month));
        }
        let day = Axes::parse_as_of(text).map(Self::Day);
        day.map_err(|err| err.expecting("a date such as `2026-10-31` or a month such as `2026-10`"))
    }
}

impl fmt::Display for DayOrMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Month(month) => month.fmt(f),
        }
    }
}

/// As its text.
impl Serialize for DayOrMonth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
