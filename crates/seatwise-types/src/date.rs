//! The processed date and its text forms.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// When the source aggregated the figures of a row.
///
/// An instant from year 0 to 9999 with nanoseconds. Each row has its own: services of one answer
/// differ (documented sample: `crm` a day after `o365`).
///
/// [`Display`](fmt::Display) and serde write the form of the documented samples: UTC as `+00:00`, a
/// fraction only if it is not zero, without trailing zeros. Parsing also accepts `Z`, any other
/// offset, no offset (UTC, as the commercial endpoints write it), a date alone (midnight in UTC), a
/// space instead of `T`, and a fraction of 1 to 9 digits.
///
/// # Example
///
/// ```
/// use seatwise_types::ProcessedDateTime;
///
/// let date: ProcessedDateTime = "2017-03-14 05:25:16.360+02:00".parse()?;
/// assert_eq!(date.to_string(), "2017-03-14T03:25:16.36+00:00");
///
/// let date: ProcessedDateTime = "2018-10-14".parse()?;
/// assert_eq!(date.to_string(), "2018-10-14T00:00:00+00:00");
/// # Ok::<(), seatwise_types::InvalidProcessedDateTime>(())
/// ```
///
/// # Example: an invalid date
///
/// ```
/// use seatwise_types::ProcessedDateTime;
///
/// let err = "2017-02-29T00:00:00Z".parse::<ProcessedDateTime>().unwrap_err();
/// assert_eq!(err.to_string(), "`2017-02-29T00:00:00Z` is not a processed date: no such day");
///
/// assert!("14/10/2018".parse::<ProcessedDateTime>().is_err());
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ProcessedDateTime(Timestamp);

/// The reason why a text or a number is not a processed date.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not a processed date: {reason}")]
pub struct InvalidProcessedDateTime {
    text: String,
    reason: &'static str,
}

const SHAPE: &str = "expected a form like `2017-03-10T00:00:00+00:00`";
const NO_SUCH_DAY: &str = "no such day";
const NO_SUCH_TIME: &str = "no such time of day";
const FRACTION: &str = "a fraction of a second has 1 to 9 digits";
const NO_SUCH_OFFSET: &str = "no such offset from UTC";
const OUT_OF_RANGE: &str = "outside of the years 0 to 9999";

impl ProcessedDateTime {
    /// Makes a processed date of an instant.
    ///
    /// # Errors
    ///
    /// If its year in UTC is not from 0 to 9999, because no text form can hold it.
    pub fn new(timestamp: Timestamp) -> Result<Self, InvalidProcessedDateTime> {
        if (0..=9999).contains(&Offset::UTC.to_datetime(timestamp).year()) {
            return Ok(Self(timestamp));
        }
        Err(InvalidProcessedDateTime {
            text: timestamp.to_string(),
            reason: OUT_OF_RANGE,
        })
    }

    /// The processed date at a number of microseconds since the Unix epoch; negative before it.
    ///
    /// # Errors
    ///
    /// If it is not in the years 0 to 9999.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::ProcessedDateTime;
    ///
    /// let date = ProcessedDateTime::from_microsecond(1_489_461_916_360_000)?;
    /// assert_eq!(date.to_string(), "2017-03-14T03:25:16.36+00:00");
    ///
    /// assert!(ProcessedDateTime::from_microsecond(i64::MAX).is_err());
    /// # Ok::<(), seatwise_types::InvalidProcessedDateTime>(())
    /// ```
    pub fn from_microsecond(microsecond: i64) -> Result<Self, InvalidProcessedDateTime> {
        match Timestamp::from_microsecond(microsecond) {
            Ok(timestamp) => Self::new(timestamp),
            Err(_) => Err(InvalidProcessedDateTime {
                text: microsecond.to_string(),
                reason: OUT_OF_RANGE,
            }),
        }
    }

    /// Microseconds since the Unix epoch. Finer digits are dropped.
    pub fn as_microsecond(self) -> i64 {
        self.0.as_microsecond()
    }

    /// The instant.
    pub const fn timestamp(self) -> Timestamp {
        self.0
    }

    /// The day in UTC on which the figures were aggregated.
    pub fn day(self) -> Date {
        Offset::UTC.to_datetime(self.0).date()
    }

    /// The form without a zone in which the commercial endpoints write a processed date, such as
    /// `2018-10-14T00:00:00` (documented sample). It is in UTC.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::ProcessedDateTime;
    ///
    /// let date: ProcessedDateTime = "2018-10-14T00:00:00+00:00".parse()?;
    /// assert_eq!(date.zoneless().to_string(), "2018-10-14T00:00:00");
    /// # Ok::<(), seatwise_types::InvalidProcessedDateTime>(())
    /// ```
    pub fn zoneless(self) -> impl fmt::Display {
        fmt::from_fn(move |f| self.write_zoneless(f))
    }

    fn write_zoneless(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = Offset::UTC.to_datetime(self.0);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            utc.year(),
            utc.month(),
            utc.day(),
            utc.hour(),
            utc.minute(),
            utc.second(),
        )?;
        let (mut fraction, mut digits) = (utc.subsec_nanosecond(), 9);
        if fraction == 0 {
            return Ok(());
        }
        while fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        write!(f, ".{fraction:0digits$}")
    }
}

impl fmt::Display for ProcessedDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_zoneless(f)?;
        f.write_str("+00:00")
    }
}

impl fmt::Debug for ProcessedDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProcessedDateTime({self})")
    }
}

impl FromStr for ProcessedDateTime {
    type Err = InvalidProcessedDateTime;

    fn from_str(text: &str) -> Result<Self, InvalidProcessedDateTime> {
        parse(text.as_bytes())
            .map(Self)
            .map_err(|reason| InvalidProcessedDateTime {
                text: crate::excerpt(text),
                reason,
            })
    }
}

/// Reads all forms in one pass over the bytes, because an import does this for every row.
fn parse(text: &[u8]) -> Result<Timestamp, &'static str> {
    let (date, rest) = date(text)?;

    let (hour, minute, second, rest) = match rest {
        [] => return utc(date.to_datetime(Time::midnight())),
        [
            b'T' | b't' | b' ',
            h1,
            h2,
            b':',
            m1,
            m2,
            b':',
            s1,
            s2,
            rest @ ..,
        ] => (pair(*h1, *h2)?, pair(*m1, *m2)?, pair(*s1, *s2)?, rest),
        _ => return Err(SHAPE),
    };
    let (nanosecond, rest) = match rest {
        [b'.', rest @ ..] => fraction(rest)?,
        _ => (0, rest),
    };
    let time = Time::new(hour, minute, second, nanosecond).map_err(|_| NO_SUCH_TIME)?;
    let local = date.to_datetime(time);

    let (sign, hours, minutes) = match rest {
        [] | [b'Z' | b'z'] | b"+00:00" => return utc(local),
        [sign @ (b'+' | b'-'), h1, h2] => (sign, pair(*h1, *h2)?, 0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            (sign, pair(*h1, *h2)?, pair(*m1, *m2)?)
        }
        _ => return Err(SHAPE),
    };
    if hours > 23 || minutes > 59 {
        return Err(NO_SUCH_OFFSET);
    }
    let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
    let offset = Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds })
        .map_err(|_| NO_SUCH_OFFSET)?;
    let timestamp = offset.to_timestamp(local).map_err(|_| OUT_OF_RANGE)?;
    // An offset can move the first or last day out of the range.
    ProcessedDateTime::new(timestamp)
        .map(ProcessedDateTime::timestamp)
        .map_err(|_| OUT_OF_RANGE)
}

/// The day in UTC of a text in any of the forms. A date alone may be later than the last valid
/// instant, such as `9999-12-31`.
pub(crate) fn parse_day(text: &str) -> Option<Date> {
    match date(text.as_bytes()) {
        Ok((date, [])) => Some(date),
        _ => text.parse().ok().map(ProcessedDateTime::day),
    }
}

/// The date at the start of a text, and the rest of the text.
fn date(text: &[u8]) -> Result<(Date, &[u8]), &'static str> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, rest @ ..] = text else {
        return Err(SHAPE);
    };
    let year = i16::from(pair(*y1, *y2)?) * 100 + i16::from(pair(*y3, *y4)?);
    let date = Date::new(year, pair(*m1, *m2)?, pair(*d1, *d2)?).map_err(|_| NO_SUCH_DAY)?;
    Ok((date, rest))
}

fn utc(local: DateTime) -> Result<Timestamp, &'static str> {
    Offset::UTC.to_timestamp(local).map_err(|_| OUT_OF_RANGE)
}

/// The number that two digits represent.
fn pair(tens: u8, ones: u8) -> Result<i8, &'static str> {
    if tens.is_ascii_digit() && ones.is_ascii_digit() {
        return Ok(((tens - b'0') * 10 + (ones - b'0')).cast_signed());
    }
    Err(SHAPE)
}

/// The nanoseconds of the digits after the point, and the rest of the text.
fn fraction(text: &[u8]) -> Result<(i32, &[u8]), &'static str> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&digits) {
        return Err(FRACTION);
    }
    let (digits, rest) = text.split_at(digits);
    let value = digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
    let missing = 9 - u32::try_from(digits.len()).unwrap_or(9);
    Ok((value * 10_i32.pow(missing), rest))
}

impl Serialize for ProcessedDateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProcessedDateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Writes a field in the form of the commercial endpoints.
pub(crate) fn serialize_zoneless<S: Serializer>(
    date: &Option<ProcessedDateTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => serializer.collect_str(&date.zoneless()),
        None => serializer.serialize_none(),
    }
}
