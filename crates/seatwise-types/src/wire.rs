//! Encoding and decoding of bodies.

use std::io::{self, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::ser::{Formatter, Serializer};

/// The three bytes before the JSON of every successful answer.
///
/// The `Content-Length` of the documented samples is three more than their compact JSON, and so it
/// is in observed traffic of 2019. Some clients drop the first character of a body without a check:
/// without the mark they would lose the opening brace.
pub const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Encodes as compact JSON: no whitespace, characters outside ASCII unescaped, every double with a
/// decimal point and without an exponent.
///
/// # Panics
///
/// If `Serialize` of the value fails, or if a map has keys that are not strings. Neither happens
/// with types of this crate.
///
/// # Example
///
/// ```
/// use seatwise_types::wire;
///
/// let json = r#"[0.0,10000000000000000.0,"Größe & Co"]"#;
/// assert_eq!(wire::encode(&(0.0, 1e16, "Größe & Co")), json.as_bytes());
/// ```
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    encode_after(Vec::new(), value)
}

/// Encodes as [`encode`] does, after a [byte-order mark](BYTE_ORDER_MARK).
///
/// # Panics
///
/// As [`encode`].
///
/// # Example
///
/// ```
/// use seatwise_types::wire;
///
/// assert_eq!(wire::encode_with_mark("Exchange"), b"\xEF\xBB\xBF\"Exchange\"");
/// ```
pub fn encode_with_mark<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    encode_after(BYTE_ORDER_MARK.to_vec(), value)
}

fn encode_after<T: Serialize + ?Sized>(mut bytes: Vec<u8>, value: &T) -> Vec<u8> {
    let mut serializer = Serializer::with_formatter(&mut bytes, PlainNumbers);
    value
        .serialize(&mut serializer)
        .expect("a resource always has a JSON form");
    bytes
}

/// Compact JSON in which every double has a decimal point and no exponent.
struct PlainNumbers;

impl Formatter for PlainNumbers {
    fn write_f64<W: Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write!(writer, "{value}")?;
        if value.fract() == 0.0 {
            writer.write_all(b".0")?;
        }
        Ok(())
    }
}

/// Decodes a body, with or without a [byte-order mark](BYTE_ORDER_MARK).
///
/// # Errors
///
/// If the bytes are not JSON, if more follows the JSON, or if a member is missing or invalid.
///
/// # Example
///
/// ```
/// use seatwise_types::{CommercialPage, LicensesUsageRow, wire};
///
/// let body = b"\xEF\xBB\xBF{\"Value\":[{\"licensesActive\":206.0}]}";
/// let page: CommercialPage<LicensesUsageRow> = wire::decode(body)?;
/// assert_eq!(page.value[0].licenses_active, Some(206));
/// # Ok::<(), wire::DecodeError>(())
/// ```
///
/// # Example: half a seat
///
/// ```
/// use std::error::Error;
///
/// use seatwise_types::{CommercialPage, LicensesUsageRow, wire};
///
/// let body = br#"{"Value":[{"licensesActive":0.5}]}"#;
/// let err = wire::decode::<CommercialPage<LicensesUsageRow>>(body).unwrap_err();
/// assert_eq!(err.path(), "Value[0].licensesActive");
/// assert_eq!(err.to_string(), "failed to decode `Value[0].licensesActive`");
/// assert!(err.source().unwrap().to_string().starts_with(
///     "invalid value: floating point `0.5`, expected a whole number of seats, zero or more",
/// ));
/// ```
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    let json = body.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(body);
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|err| DecodeError {
        path: err.path().to_string(),
        source: err.into_inner(),
    })?;
    deserializer.end().map_err(|source| DecodeError {
        path: ".".to_owned(),
        source,
    })?;
    Ok(value)
}

/// A body that does not have the expected form. The source says what is wrong, with line and
/// column.
#[derive(Debug, thiserror::Error)]
#[error("failed to decode `{path}`")]
pub struct DecodeError {
    path: String,
    source: serde_json::Error,
}

impl DecodeError {
    /// The position in the body, such as `items[3].licensesActive`; `.` is the whole body.
    pub fn path(&self) -> &str {
        &self.path
    }
}
