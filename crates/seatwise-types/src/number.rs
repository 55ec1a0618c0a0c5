//! Counts and percents in all spellings that occur.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, Unexpected, Visitor};

/// From here on, a double cannot represent every whole number.
const EXACT_DOUBLES_END: f64 = 9_007_199_254_740_992.0;

/// Reads a count of seats: `206`, `206.0` or `"206"`; `None` if `null`.
///
/// Some Java clients write counts as doubles, and sibling endpoints of Partner Center as strings.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    deserializer.deserialize_any(CountVisitor)
}

/// Reads a percent: `26.16`, `26` or `"26.16"`; `None` if `null`.
pub(crate) fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    deserializer.deserialize_any(PercentVisitor)
}

/// Whether there is no percent to write. JSON has no NaN and no infinity, and a missing figure must
/// not become zero.
pub(crate) fn no_percent(percent: &Option<f64>) -> bool {
    !percent.is_some_and(f64::is_finite)
}

struct CountVisitor;

impl Visitor<'_> for CountVisitor {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of seats, zero or more")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        match u64::try_from(value) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(value), &self)),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        if value.fract() == 0.0 && (0.0..EXACT_DOUBLES_END).contains(&value) {
            return Ok(Some(value as u64));
        }
        Err(E::invalid_value(Unexpected::Float(value), &self))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        if let Ok(value) = value.parse() {
            return Ok(Some(value));
        }
        match value.parse() {
            Ok(value) => self.visit_f64(value),
            Err(_) => Err(E::invalid_value(Unexpected::Str(value), &self)),
        }
    }
}

struct PercentVisitor;

impl Visitor<'_> for PercentVisitor {
    type Value = Option<f64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a percent as a decimal number")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value as f64))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value as f64))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        match value.parse() {
            // Rust reads `NaN` and `inf` as numbers too.
            Ok(percent) if f64::is_finite(percent) => Ok(Some(percent)),
            _ => Err(E::invalid_value(Unexpected::Str(value), &self)),
        }
    }
}
