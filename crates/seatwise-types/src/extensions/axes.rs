//! The two axes of time, as parameters of a query.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Serialize, Serializer};

/// A point on the two axes of time: the day that a question is about, and the instant up to which
/// deliveries are recorded.
///
/// Seatwise's endpoints accept both, and so do the licence analytics, as an extension. The answer
/// to a question with both never changes.
///
/// # Example
///
/// ```
/// use seatwise_types::extensions::Axes;
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
/// # Ok::<(), seatwise_types::extensions::InvalidAxes>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Axes {
    /// Ignores deliveries with a later processed date; `None` ignores none.
    pub as_of: Option<Date>,
    /// Ignores deliveries that were recorded later; `None` ignores none. Precise to the
    /// millisecond.
    pub known_at: Option<Timestamp>,
}

/// A text that is not a point on one of the axes.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct InvalidAxes {
    text: String,
    expected: &'static str,
}

impl InvalidAxes {
    /// The same error, where the text could have had other forms.
    pub(super) fn expecting(self, expected: &'static str) -> Self {
        Self { expected, ..self }
    }
}

impl Axes {
    /// The name of the parameter for the day.
    pub const AS_OF: &str = "asOf";
    /// The name of the parameter for the instant.
    pub const KNOWN_AT: &str = "knownAt";

    /// Whether neither axis is set: the question is about the present.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Names and values of the parameters that are set.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let as_of = self.as_of.map(|day| (Self::AS_OF, day.to_string()));
        let known_at = self.known_at.map(|at| (Self::KNOWN_AT, at.to_string()));
        as_of.into_iter().chain(known_at)
    }

    /// Reads a date, or the day in UTC of a date with a time.
    ///
    /// # Errors
    ///
    /// If the text is neither.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::extensions::Axes;
    ///
    /// assert_eq!(Axes::parse_as_of("2026-10-31T23:30:00-01:00")?.to_string(), "2026-11-01");
    /// // As long as there are dates.
    /// assert_eq!(Axes::parse_as_of("9999-12-31")?.to_string(), "9999-12-31");
    /// assert!(Axes::parse_as_of("10000-01-01").is_err());
    /// # Ok::<(), seatwise_types::extensions::InvalidAxes>(())
    /// ```
    pub fn parse_as_of(text: &str) -> Result<Date, InvalidAxes> {
        crate::date::parse_day(text).ok_or_else(|| InvalidAxes {
            text: crate::excerpt(text),
            expected: "a date such as `2026-10-31`",
        })
    }

    /// Reads an instant. The offset from UTC is required, because what is known changes within
    /// minutes.
    ///
    /// # Errors
    ///
    /// If the text is not an instant with an offset.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::extensions::Axes;
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

/// As the [parameters](Axes::parameters) that are set.
impl Serialize for Axes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.parameters())
    }
}
