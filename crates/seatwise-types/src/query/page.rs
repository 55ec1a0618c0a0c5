//! The page of rows in an answer: the query parameters `top` and `skip`.

use std::fmt;
use std::str::FromStr;

/// The largest number of rows in an answer: 1 to 10,000, by default 10,000 (documented).
///
/// # Example
///
/// ```
/// use seatwise_types::query::Top;
///
/// assert_eq!("500".parse(), Top::new(500));
/// assert_eq!(Top::default().get(), 10_000);
/// ```
///
/// # Example: too many
///
/// ```
/// use seatwise_types::query::Top;
///
/// let err = Top::new(10_001).unwrap_err();
/// assert_eq!(err.to_string(), "`10001` is not a whole number from 1 to 10000");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Top(u32);

impl Top {
    /// The largest value.
    pub const MAX: u32 = 10_000;

    /// Sets the number of rows.
    ///
    /// # Errors
    ///
    /// If it is 0, or more than [`MAX`](Self::MAX).
    pub fn new(rows: u32) -> Result<Self, InvalidCount> {
        between(1, Self::MAX, Some(rows), &rows.to_string()).map(Self)
    }

    /// The number of rows.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for Top {
    fn default() -> Self {
        Self(Self::MAX)
    }
}

impl FromStr for Top {
    type Err = InvalidCount;

    fn from_str(text: &str) -> Result<Self, InvalidCount> {
        between(1, Self::MAX, digits(text), text).map(Self)
    }
}

impl fmt::Display for Top {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of rows to leave out before the first one; 0 by default.
///
/// # Example
///
/// ```
/// use seatwise_types::query::Skip;
///
/// assert_eq!("20000".parse(), Skip::new(20_000));
/// assert!("-1".parse::<Skip>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Skip(u32);

impl Skip {
    /// The largest value of the documented type, `int`.
    pub const MAX: u32 = i32::MAX.cast_unsigned();

    /// Sets the number of rows.
    ///
    /// # Errors
    ///
    /// If it is more than [`MAX`](Self::MAX).
    pub fn new(rows: u32) -> Result<Self, InvalidCount> {
        between(0, Self::MAX, Some(rows), &rows.to_string()).map(Self)
    }

    /// The number of rows.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl FromStr for Skip {
    type Err = InvalidCount;

    fn from_str(text: &str) -> Result<Self, InvalidCount> {
        between(0, Self::MAX, digits(text), text).map(Self)
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number of rows out of range.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not a whole number from {min} to {max}")]
pub struct InvalidCount {
    text: String,
    min: u32,
    max: u32,
}

/// The number that a text of digits represents; `None` if it has other characters or is too large.
fn digits(text: &str) -> Option<u32> {
    let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| only_digits)
}

fn between(min: u32, max: u32, number: Option<u32>, text: &str) -> Result<u32, InvalidCount> {
    number
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| InvalidCount {
            text: crate::excerpt(text),
            min,
            max,
        })
}
