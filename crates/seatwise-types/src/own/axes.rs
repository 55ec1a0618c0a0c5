//! The two axes of time, as they stand in a query.

use jiff::Timestamp;
use jiff::civil::Date;

/// How far a question looks on the two axes of time: for which days, and what was known.
///
/// Both can be asked of Seatwise's own endpoints and, as parameters of its own, of the licence
/// analytics of Partner Center's API. The answer to a question with both never changes.
///
/// # Example
///
/// ```
/// use seatwise_types::own::Axes;
///
/// let axes = Axes {
///     as_of: Some(Axes::parse_as_of("2026-10-31")?),
///     known_at: Some(Axes::parse_known_at("2026-11-05T09:00:00+01:00")?),
/// };
/// let asked: Vec<_> = axes.parameters().collect();
/// assert_eq!(asked, [
///     ("asOf", "2026-10-31".to_owned()),
///     ("knownAt", "2026-11-05T08:00:00Z".to_owned()),
/// ]);
/// # Ok::<(), seatwise_types::own::InvalidAxes>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Axes {
    /// Deliveries with a later processed date do not exist; all do if there is none.
    pub as_of: Option<Date>,
    /// What was recorded later does not exist; what is known now if there is none. It counts in
    /// whole milliseconds.
    pub known_at: Option<Timestamp>,
}

/// A text that is no point on one of the axes.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct InvalidAxes {
    text: String,
    expected: &'static str,
}

impl InvalidAxes {
    /// The same, where something else would have been understood.
    pub(super) fn expecting(self, expected: &'static str) -> Self {
        Self { expected, ..self }
    }
}

impl Axes {
    /// The name of the parameter with the day.
    pub const AS_OF: &str = "asOf";
    /// The name of the parameter with the instant.
    pub const KNOWN_AT: &str = "knownAt";

    /// Whether nothing is left out: the question is about today.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Names and values of the parameters.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let as_of = self.as_of.map(|day| (Self::AS_OF, day.to_string()));
        let known_at = self.known_at.map(|at| (Self::KNOWN_AT, at.to_string()));
        as_of.into_iter().chain(known_at)
    }

    /// Reads a day; of a date with a time the day in UTC.
    ///
    /// # Errors
    ///
    /// If it is neither.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::own::Axes;
    ///
    /// assert_eq!(Axes::parse_as_of("2026-10-31T23:30:00-01:00")?.to_string(), "2026-11-01");
    /// // As long as there are dates.
    /// assert_eq!(Axes::parse_as_of("9999-12-31")?.to_string(), "9999-12-31");
    /// assert!(Axes::parse_as_of("10000-01-01").is_err());
    /// # Ok::<(), seatwise_types::own::InvalidAxes>(())
    /// ```
    pub fn parse_as_of(text: &str) -> Result<Date, InvalidAxes> {
        crate::date::parse_day(text).ok_or_else(|| InvalidAxes {
            text: crate::excerpt(text),
            expected: "a date such as `2026-10-31`",
        })
    }

    /// Reads an instant. It has to say its offset from UTC: what was known changes within minutes.
    ///
    /// # Errors
    ///
    /// If it is none.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::own::Axes;
    ///
    /// let err = Axes::parse_known_at("2026-11-05").unwrap_err();
    /// assert_eq!(err.to_string(), "`2026-11-05` is not an instant such as `2026-11-05T08:00:00Z`");
    /// ```
    pub fn parse_known_at(text: &str) -> Result<Timestamp, InvalidAxes> {
        text.parse().map_err(|_| InvalidAxes {
            text: crate::excerpt(text),
            expected: "an instant such as `2026-11-05T08:00:00Z`",
        })
    }
}
