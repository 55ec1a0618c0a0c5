//! Identifiers, each a GUID with a distinct type.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

/// A text that is not a GUID in its hyphenated form of 36 characters.
///
/// # Example
///
/// ```
/// use seatwise_types::CustomerId;
///
/// let err = "contoso.onmicrosoft.com".parse::<CustomerId>().unwrap_err();
/// assert_eq!(
///     err.to_string(),
///     "`contoso.onmicrosoft.com` is not a GUID like `4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04`",
/// );
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not a GUID like `4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04`")]
pub struct InvalidId {
    text: String,
}

macro_rules! guid {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// Makes an id of a GUID.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare GUID.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // Of the forms that `uuid` accepts, only the hyphenated one is 36 bytes long.
                if text.len() == 36
                    && let Ok(id) = Uuid::try_parse(text)
                {
                    return Ok(Self(id));
                }
                Err(InvalidId { text: crate::excerpt(text) })
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self.0.as_hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.as_hyphenated())
            }
        }
    };
}

guid! {
    /// A customer: the id of its Entra tenant.
    ///
    /// Parsing accepts any case, because the commercial endpoints use upper case and all others
    /// lower case (documented samples). Serde writes lower case, except in rows of the commercial
    /// endpoints. Parsing rejects braces, `urn:uuid:` and the form without hyphens, which Partner
    /// Center does not use.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::CustomerId;
    ///
    /// let id: CustomerId = "4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04".parse()?;
    /// assert_eq!(id.to_string(), "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04");
    /// # Ok::<(), seatwise_types::InvalidId>(())
    /// ```
    ///
    /// # Example: other forms of a GUID
    ///
    /// ```
    /// use seatwise_types::CustomerId;
    ///
    /// assert!("{4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04}".parse::<CustomerId>().is_err());
    /// assert!("4d3cf48770f44e1e9ff1b2bfce8d9f04".parse::<CustomerId>().is_err());
    /// ```
    CustomerId
}

guid! {
    /// A partner: the id of its Entra tenant, the claim `tid` of its access tokens.
    ///
    /// Accepts the same texts as [`CustomerId`], but the types do not mix.
    PartnerId
}

/// Writes a field in the form of the commercial endpoints.
pub(crate) fn serialize_upper<S: Serializer>(
    id: &Option<CustomerId>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => {
            let mut buffer = Uuid::encode_buffer();
            serializer.serialize_str(id.0.hyphenated().encode_upper(&mut buffer))
        }
        None => serializer.serialize_none(),
    }
}
