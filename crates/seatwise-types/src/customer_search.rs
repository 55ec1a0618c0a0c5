//! The filter of the list of customers, and the position to seek to.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::wire;

/// A filter on customers: the query parameter `filter` of `/v1/customers`.
///
/// The parameter is JSON with the members `Field`, `Value` and `Operator`, and the only operator is
/// `starts_with` (documented; Microsoft's .NET SDK 3.4). [`Display`](fmt::Display) writes it.
/// [`FromStr`] accepts all names in any case, accepts `StartsWith` as the operator (Microsoft's
/// Swagger file and Java SDK), and ignores other members, such as the `fieldType` of the Java SDK.
///
/// # Example
///
/// ```
/// use seatwise_types::{CustomerField, CustomerFilter};
///
/// let filter = CustomerFilter::starts_with(CustomerField::CompanyName, "Cont");
/// let text = r#"{"Field":"CompanyName","Value":"Cont","Operator":"starts_with"}"#;
/// assert_eq!(filter.to_string(), text);
/// assert_eq!(text.parse(), Ok(filter.clone()));
/// assert!(filter.matches("CONTOSO Ltd") && !filter.matches("Fabrikam"));
///
/// let of_java = r#"{"fieldType":"simple","field":"CompanyName","value":"Cont","operator":"StartsWith"}"#;
/// assert_eq!(of_java.parse(), Ok(filter));
/// ```
///
/// # Example: another operator
///
/// ```
/// use seatwise_types::CustomerFilter;
///
/// let text = r#"{"Field":"Domain","Value":"contoso","Operator":"equals"}"#;
/// let err = text.parse::<CustomerFilter>().unwrap_err();
/// assert_eq!(err.to_string(), "the operator `equals` is not `starts_with`");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CustomerFilter {
    /// The field to compare.
    pub field: CustomerField,
    /// The prefix to look for; case does not matter.
    pub value: String,
}

/// The only operator of a [`CustomerFilter`], as Seatwise writes it.
const STARTS_WITH: &str = "starts_with";

/// The operator as Microsoft's Swagger file and Java SDK spell it.
const STARTS_WITH_IN_JAVA: &str = "StartsWith";

impl CustomerFilter {
    /// The longest filter that is accepted, in bytes.
    pub const MAX_LENGTH: usize = 2048;

    /// Selects the customers whose field begins with a text.
    pub fn starts_with(field: CustomerField, value: impl Into<String>) -> Self {
        Self {
            field,
            value: value.into(),
        }
    }

    /// Whether a field's value begins with the text; case does not matter.
    pub fn matches(&self, value: &str) -> bool {
        value.to_lowercase().starts_with(&self.value.to_lowercase())
    }
}

/// The members of a filter, as written.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Members<T> {
    field: T,
    value: T,
    operator: T,
}

/// Accepts names of members in any case, and ignores unknown members.
impl<'de> Deserialize<'de> for Members<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyCase;

        impl<'de> Visitor<'de> for AnyCase {
            type Value = Members<String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with `Field`, `Value` and `Operator`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let [mut field, mut value, mut operator] = [const { None }; 3];
                while let Some(name) = map.next_key::<String>()? {
                    let member = match name.to_ascii_lowercase().as_str() {
                        "field" => &mut field,
                        "value" => &mut value,
                        "operator" => &mut operator,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    if member.replace(map.next_value::<String>()?).is_some() {
                        return Err(A::Error::custom("a member is there twice"));
                    }
                }
                let needed = |member: Option<String>, name| {
                    member.ok_or_else(|| A::Error::missing_field(name))
                };
                Ok(Members {
                    field: needed(field, "Field")?,
                    value: needed(value, "Value")?,
                    operator: needed(operator, "Operator")?,
                })
            }
        }

        deserializer.deserialize_map(AnyCase)
    }
}

impl fmt::Display for CustomerFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = Members {
            field: self.field.as_str(),
            value: &self.value,
            operator: STARTS_WITH,
        };
        f.write_str(&String::from_utf8_lossy(&wire::encode(&members)))
    }
}

impl FromStr for CustomerFilter {
    type Err = InvalidCustomerFilter;

    fn from_str(text: &str) -> Result<Self, InvalidCustomerFilter> {
        if text.len() > Self::MAX_LENGTH {
            return Err(InvalidCustomerFilter::TooLong);
        }
        let members: Members<String> =
            wire::decode(text.as_bytes()).map_err(|_| InvalidCustomerFilter::Shape)?;
        let is_known = [STARTS_WITH, STARTS_WITH_IN_JAVA]
            .iter()
            .any(|known| members.operator.eq_ignore_ascii_case(known));
        if !is_known {
            return Err(InvalidCustomerFilter::Operator(crate::excerpt(
                &members.operator,
            )));
        }
        match CustomerField::lookup(&members.field) {
            Some(field) => Ok(Self::starts_with(field, members.value)),
            None => Err(InvalidCustomerFilter::Field(crate::excerpt(&members.field))),
        }
    }
}

/// The reason why a text is not a [`CustomerFilter`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCustomerFilter {
    /// The text is longer than [`CustomerFilter::MAX_LENGTH`].
    #[error("the filter is longer than {} bytes", CustomerFilter::MAX_LENGTH)]
    TooLong,
    /// The text is not JSON with the three members.
    #[error("the filter is not JSON with the texts `Field`, `Value` and `Operator`")]
    Shape,
    /// There is no such field.
    #[error("`{0}` is no field that customers can be searched by")]
    Field(String),
    /// There is no such operator.
    #[error("the operator `{0}` is not `starts_with`")]
    Operator(String),
}

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All values, in the documented order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The text on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                }
            }

            fn lookup(text: &str) -> Option<Self> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|known| known.as_str().eq_ignore_ascii_case(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

names! {
    /// A field that customers can be searched by (Microsoft's .NET SDK 3.4).
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::CustomerField;
    ///
    /// assert_eq!(CustomerField::CompanyName.to_string(), "CompanyName");
    /// ```
    CustomerField {
        /// The company's name.
        CompanyName,
        /// The tenant's default domain.
        Domain,
        /// The reseller that the partner, an indirect provider, sells through.
        IndirectReseller,
        /// The indirect provider that the partner, a reseller, buys from.
        IndirectCloudSolutionProvider,
    }
}

names! {
    /// The page to go to in a paged list: the query parameter `seekOperation`.
    ///
    /// Accepted in any case, because clients differ, and as the numbers 0 to 4, as in the API's
    /// description (their order is inferred from that of the names).
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::SeekOperation;
    ///
    /// assert_eq!("next".parse(), Ok(SeekOperation::Next));
    /// assert_eq!("4".parse(), Ok(SeekOperation::PageIndex));
    /// assert_eq!(SeekOperation::Next.to_string(), "Next");
    /// ```
    ///
    /// # Example: an unknown operation
    ///
    /// ```
    /// use seatwise_types::SeekOperation;
    ///
    /// let err = "5".parse::<SeekOperation>().unwrap_err();
    /// assert_eq!(
    ///     err.to_string(),
    ///     "`5` is not one of `Next`, `Previous`, `First`, `Last` and `PageIndex`",
    /// );
    /// ```
    SeekOperation {
        /// The page after that of the continuation token.
        Next,
        /// The page before that of the continuation token.
        Previous,
        /// The first page.
        First,
        /// The last page.
        Last,
        /// The page with a given number.
        PageIndex,
    }
}

impl FromStr for SeekOperation {
    type Err = InvalidSeekOperation;

    fn from_str(text: &str) -> Result<Self, InvalidSeekOperation> {
        let number = match text.as_bytes() {
            [digit @ b'0'..=b'4'] => Self::ALL.get(usize::from(digit - b'0')).copied(),
            _ => None,
        };
        number
            .or_else(|| Self::lookup(text))
            .ok_or_else(|| InvalidSeekOperation {
                text: crate::excerpt(text),
            })
    }
}

/// A text that is not a [`SeekOperation`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not one of `Next`, `Previous`, `First`, `Last` and `PageIndex`")]
pub struct InvalidSeekOperation {
    text: String,
}
