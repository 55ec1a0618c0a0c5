//! The bodies of error answers.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The body of an error that the API itself reports.
///
/// Serde writes the form of the documented samples and reads both forms; [`in_form`](Self::in_form)
/// writes either.
///
/// # Example
///
/// ```
/// use seatwise_types::{ErrorBody, ErrorCode, ErrorForm, wire};
///
/// let body = ErrorBody::new(ErrorCode::TenantNotFound, "no such customer");
/// assert_eq!(
///     String::from_utf8_lossy(&wire::encode(&body)),
///     concat!(
///         r#"{"code":60003,"description":"no such customer","data":[],"#,
///         r#""source":"PartnerApiServiceControllers"}"#,
///     ),
/// );
/// assert_eq!(
///     String::from_utf8_lossy(&wire::encode(&body.in_form(ErrorForm::TextCode))),
///     concat!(
///         r#"{"code":"60003","description":"no such customer","#,
///         r#""source":"PartnerApiServiceControllers"}"#,
///     ),
/// );
/// ```
///
/// # Example: a body of another shape
///
/// ```
/// use seatwise_types::{ErrorBody, wire};
///
/// assert!(wire::decode::<ErrorBody>(br#"{"error":"invalid_grant"}"#).is_err());
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct ErrorBody {
    /// The code, usually digits: a number in documented samples, a string on the page of error
    /// codes. Decoding accepts both. [`ErrorCode`] has the known codes.
    #[serde(alias = "Code", deserialize_with = "text_or_number")]
    pub code: String,
    /// A description for people, of at most 1024 characters (documented). Empty if absent.
    #[serde(alias = "Description", default)]
    pub description: String,
    /// Details, such as names of fields; empty in most errors. Elements that are not strings are
    /// kept as JSON text.
    #[serde(alias = "Data", default, deserialize_with = "texts")]
    pub data: Vec<String>,
    /// The part of the service that reports the error. Empty if absent.
    #[serde(alias = "Source", default)]
    pub source: String,
}

impl ErrorBody {
    /// The source in the error sample of Microsoft's .NET SDK 3.4.
    pub const SOURCE: &'static str = "PartnerApiServiceControllers";

    /// The longest description, in characters (documented).
    pub const MAX_DESCRIPTION: usize = 1024;

    /// An error without data. A longer description is truncated to
    /// [`MAX_DESCRIPTION`](Self::MAX_DESCRIPTION).
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        let mut description = description.into();
        if let Some((end, _)) = description.char_indices().nth(Self::MAX_DESCRIPTION) {
            description.truncate(end);
        }
        Self {
            code: code.code().to_owned(),
            description,
            data: Vec::new(),
            source: Self::SOURCE.to_owned(),
        }
    }

    /// This body, serialised in the given form.
    pub fn in_form(&self, form: ErrorForm) -> impl Serialize {
        InForm { body: self, form }
    }
}

impl Serialize for ErrorBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.in_form(ErrorForm::default()).serialize(serializer)
    }
}

/// How an [`ErrorBody`] is written. The evidence has two forms, both without a byte-order mark.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ErrorForm {
    /// `code` is a number and `data` is always present: as in five documented samples of sibling
    /// resources, of 2017 and 2019, whose `Content-Length` proves them to the byte.
    #[default]
    NumberCode,
    /// `code` is a string, and `data` is present only if it has elements: as the page of error
    /// codes describes it.
    TextCode,
}

struct InForm<'a> {
    body: &'a ErrorBody,
    form: ErrorForm,
}

impl Serialize for InForm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ErrorBody {
            code,
            description,
            data,
            source,
        } = self.body;
        // A code that would change as a number, such as `007`, stays a string.
        let number = code.parse::<u64>().ok();
        let number = number
            .filter(|number| self.form == ErrorForm::NumberCode && number.to_string() == *code);
        let has_data = self.form == ErrorForm::NumberCode || !data.is_empty();
        let mut members = serializer.serialize_struct("ErrorBody", 3 + usize::from(has_data))?;
        match number {
            Some(number) => members.serialize_field("code", &number)?,
            None => members.serialize_field("code", code)?,
        }
        members.serialize_field("description", description)?;
        if has_data {
            members.serialize_field("data", data)?;
        }
        members.serialize_field("source", source)?;
        members.end()
    }
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom(
            "an error code is a text or a number",
        )),
    }
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    // An error stays readable even if `data` is not as expected.
    let Value::Array(elements) = Value::deserialize(deserializer)? else {
        return Ok(Vec::new());
    };
    let texts = elements.into_iter().map(|element| match element {
        Value::String(text) => text,
        other => other.to_string(),
    });
    Ok(texts.collect())
}

/// The body of an error of the gateway in front of the API: in practice, of status 429.
///
/// It has its own shape and, unlike all other bodies, spaces and no byte-order mark (documented
/// sample). Therefore [`wire`](crate::wire) does not write it.
///
/// # Example
///
/// ```
/// use seatwise_types::GatewayError;
///
/// let body = GatewayError::rate_limited(57).to_bytes();
/// assert_eq!(
///     body,
///     br#"{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds." }"#,
/// );
/// assert_eq!(body.len(), 84);
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct GatewayError {
    /// The HTTP status again.
    #[serde(alias = "StatusCode")]
    pub status_code: u16,
    /// A description for people.
    #[serde(alias = "Message")]
    pub message: String,
}

impl GatewayError {
    /// Too many requests. The header `Retry-After` must have the same number of seconds.
    pub fn rate_limited(retry_after_seconds: u64) -> Self {
        Self {
            status_code: 429,
            message: format!("Rate limit is exceeded. Try again in {retry_after_seconds} seconds."),
        }
    }

    /// The body with the exact spacing of the gateway.
    pub fn to_bytes(&self) -> Vec<u8> {
        let message = Value::from(self.message.as_str());
        format!(
            r#"{{ "statusCode": {}, "message": {message} }}"#,
            self.status_code
        )
        .into_bytes()
    }
}

macro_rules! error_codes {
    ($($name:ident = $code:literal, $status:literal, $meaning:literal;)+) => {
        /// Partner Center's error codes for licence analytics.
        ///
        /// The set is open: an answer may have any other code.
        ///
        /// # Example
        ///
        /// ```
        /// use seatwise_types::ErrorCode;
        ///
        /// let code = ErrorCode::lookup("900329").unwrap();
        /// assert_eq!(code, ErrorCode::AppOnlyNotSupported);
        /// assert_eq!(code.status(), 403);
        ///
        /// assert_eq!(ErrorCode::lookup("418"), None);
        /// ```
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum ErrorCode {
            $(
                #[doc = concat!("`", $code, "`, status ", $status, ": ", $meaning, ".")]
                $name,
            )+
        }

        impl ErrorCode {
            /// All codes, by status.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code on the wire.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// The HTTP status of answers with this code.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)+
                }
            }

            /// The meaning, in a few words.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)+
                }
            }

            /// The known code with this text on the wire; `None` for other codes.
            pub fn lookup(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.code() == code)
            }
        }
    };
}

error_codes! {
    UnsupportedSearch = "2000", 400, "operator or field not supported in a customer search";
    InvalidProperty = "3000", 400, "a parameter or field has an invalid name or value";
    InvalidInput = "800002", 400, "the request's input is invalid";
    InvalidCustomerId = "900118", 400, "the customer id is not a GUID";
    InvalidEnumValue = "900126", 400, "a value is not one of those allowed";
    NotSupportedInEnvironment = "900127", 400, "not supported in this environment";
    NotSupported = "900141", 400, "not supported";
    PartnerTokenNotAllowed = "900316", 400, "licence calls do not take a partner token";
    AccessDenied = "400", 401, "the token is missing, invalid or expired";
    PartnerTokenMissing = "800001", 401, "the request came without a partner token";
    InvalidAudience = "900420", 401, "the token was issued for another audience";
    MfaMissing = "900421", 401, "the user did not sign in with a second factor";
    OperationDenied = "2032", 403, "access denied";
    NoCustomerRelationship = "20002", 403, "the partner has no relationship with the customer";
    TokenNotIssued = "90000", 403, "Entra failed to issue a token";
    ResellerProgramNotActive = "800039", 403, "the reseller program is not active";
    ResellerAgreementNotAccepted = "900123", 403, "the reseller has not accepted the agreement";
    PartnerAgreementNotAccepted = "900124", 403, "the partner has not accepted the agreement";
    ProgramNotActive = "900149", 403, "the program is not active";
    RoleNotAllowed = "900150", 403, "the user's role has no right to this operation";
    InsufficientPrivileges = "900308", 403, "the user's privileges are insufficient";
    BlockedByConditionalAccess = "900309", 403, "a Conditional Access policy blocks the user";
    AppOnlyNotSupported = "900329", 403, "this resource needs a user's token";
    NotFound = "1000", 404, "no such resource";
    UserNotFound = "60002", 404, "no such user";
    TenantNotFound = "60003", 404, "no such tenant";
    UnexpectedError = "800003", 500, "unexpected error of the service";
    NotDefined = "0", 501, "not defined";
}
