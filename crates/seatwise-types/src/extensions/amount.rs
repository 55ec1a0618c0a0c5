//! Amounts of money, exact to one ten-thousandth.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Parts in one unit of the currency.
const PARTS: u128 = 10_000;

/// The largest price that is accepted: one billion.
const LARGEST: u128 = 1_000_000_000 * PARTS;

/// An amount of money in whole ten-thousandths of an unspecified currency. A string on the wire,
/// because JSON numbers can lose digits.
///
/// # Example
///
/// ```
/// use seatwise_types::extensions::Amount;
///
/// let price: Amount = "12.5".parse()?;
/// assert_eq!(price.times(3).to_string(), "37.50");
/// assert_eq!("0.0125".parse::<Amount>()?.to_string(), "0.0125");
/// assert!("1,50".parse::<Amount>().is_err());
/// # Ok::<(), seatwise_types::extensions::InvalidAmount>(())
/// ```
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Amount(u128);

/// A text that is not an amount.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{text}` is not an amount such as `12.50`: digits, a point, and at most four digits after it, up \
     to a billion"
)]
pub struct InvalidAmount {
    text: String,
}

impl Amount {
    /// The amount multiplied by a count, saturating.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(u128::from(count)))
    }

    /// The sum of two amounts of the same currency, saturating.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    fn read(text: &str, largest: u128) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 4 {
            return None;
        }
        let whole: u128 = whole.parse().ok()?;
        let part: u128 = format!("{part:0<4}").parse().ok()?;
        let amount = whole.checked_mul(PARTS)?.checked_add(part)?;
        (amount <= largest).then_some(Self(amount))
    }

    fn invalid(text: &str) -> InvalidAmount {
        InvalidAmount {
            text: crate::excerpt(text),
        }
    }
}

/// Reads a price: at most one billion.
impl FromStr for Amount {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        Self::read(text, LARGEST).ok_or_else(|| Self::invalid(text))
    }
}

/// Reads an amount of an answer, which may exceed any price.
impl TryFrom<String> for Amount {
    type Error = InvalidAmount;

    fn try_from(text: String) -> Result<Self, InvalidAmount> {
        Self::read(&text, u128::MAX).ok_or_else(|| Self::invalid(&text))
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.to_string()
    }
}

/// Two digits after the point, or up to four if the amount has them.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:04}", self.0 % PARTS);
        let after = match digits.trim_end_matches('0') {
            "" => &digits[..2],
            part => &digits[..part.len().max(2)],
        };
        f.pad(&format!("{}.{after}", self.0 / PARTS))
    }
}
