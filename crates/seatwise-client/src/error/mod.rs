//! Errors of calls.

mod constructors;
mod sign_in_hint;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use seatwise_types::ErrorCode;
use uuid::Uuid;

use crate::tls_fault::TlsFault;

/// Why a call failed.
///
/// [`kind`](Self::kind) says what happened, and predicates such as
/// [`is_not_found`](Self::is_not_found) say how to react. The message does not repeat its
/// [`source`](StdError::source), and never contains a token.
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    ids: Option<RequestIds>,
    /// Whether the error comes from the authority that issues tokens, not from the service.
    is_of_authority: bool,
    retry_after: Option<Duration>,
    /// The beginning of a body that could not be read; empty if there is none.
    body: Vec<u8>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The ids of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestIds {
    pub(crate) request_id: Uuid,
    pub(crate) correlation_id: Uuid,
}

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The service answered with an error.
    Service {
        /// The HTTP status.
        status: u16,
        /// The code in the body, usually digits; `None` if the body has none.
        code: Option<String>,
        /// The service's description, on one line; the reason phrase of the status line if there is
        /// none.
        description: String,
    },
    /// The service is unreachable, or the connection broke before the answer was complete.
    Connection,
    /// The secure connection failed, and retrying does not help. Nothing was sent.
    Tls {
        /// The cause.
        fault: TlsFault,
    },
    /// The answer was not complete in time.
    Timeout,
    /// The service redirected or linked to another host, or without end.
    Redirect,
    /// The answer was larger than [allowed](crate::Builder::max_body).
    TooLarge,
    /// The answer was complete, but not as expected.
    Decode {
        /// The position, such as `items[3].licensesActive`; `.` is the whole body.
        path: String,
    },
    /// The authority refused to issue a token; see [`sign_in_hint`](Error::sign_in_hint).
    SignIn {
        /// The HTTP status.
        status: u16,
        /// The name of the error, such as `invalid_grant`; `None` if the body has none.
        error: Option<String>,
        /// Entra's error numbers, such as 50076; empty if the body has none.
        codes: Vec<u64>,
        /// The authority's description, on one line; the name of the status if there is none.
        description: String,
    },
    /// There is no usable token.
    Auth,
    /// The token comes from a development identity, and must not leave this computer. Nothing was
    /// sent.
    DevelopmentToken,
    /// An argument or setting is invalid. Nothing was sent.
    Invalid,
}

impl Error {
    /// What happened.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The HTTP status, if the service returned an error; `None` for a failed sign-in.
    pub fn status(&self) -> Option<u16> {
        match &self.0.kind {
            ErrorKind::Service { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The code of the service's error (see [`seatwise_types::ErrorCode`]), or the name of the
    /// sign-in error.
    pub fn code(&self) -> Option<&str> {
        match &self.0.kind {
            ErrorKind::Service { code, .. } => code.as_deref(),
            ErrorKind::SignIn { error, .. } => error.as_deref(),
            _ => None,
        }
    }

    /// The description of the service's or the authority's error.
    pub fn description(&self) -> Option<&str> {
        match &self.0.kind {
            ErrorKind::Service { description, .. } | ErrorKind::SignIn { description, .. } => {
                Some(description)
            }
            _ => None,
        }
    }

    /// The `MS-RequestId` of the call: the service's, or else the one that was sent. `None` if
    /// nothing was sent. Microsoft's support asks for it.
    pub fn request_id(&self) -> Option<Uuid> {
        self.0.ids.map(|ids| ids.request_id)
    }

    /// The `MS-CorrelationId` of the call: the service's, or else the one that was sent. `None` if
    /// nothing was sent.
    pub fn correlation_id(&self) -> Option<Uuid> {
        self.0.ids.map(|ids| ids.correlation_id)
    }

    /// The first 4 KiB of an answer of the service that could not be read: with a value that is not
    /// as expected, or an error in an unknown form, such as the page of a proxy. `None` for other
    /// errors.
    ///
    /// It can contain data of customers, so neither `Display` nor `Debug` shows it.
    ///
    /// # Example
    ///
    /// ```
    /// # fn example(err: seatwise_client::Error) {
    /// if let Some(body) = err.body() {
    ///     eprintln!("the service answered: {}", String::from_utf8_lossy(body));
    /// }
    /// # }
    /// ```
    pub fn body(&self) -> Option<&[u8]> {
        Some(self.0.body.as_slice()).filter(|body| !body.is_empty())
    }

    /// How long to wait before the next call, if the service throttles (one minute if it does not
    /// say) or is unavailable and says so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the customer or another resource does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the token is missing, invalid, expired, for another audience, or lacks a second
    /// factor.
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether the token is valid but not sufficient: because of the user's role, a missing
    /// relationship with the customer, or [an application's token](Self::needs_user_token).
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether the call needs a user's token, but the token is an application's.
    pub fn needs_user_token(&self) -> bool {
        self.has_code(ErrorCode::AppOnlyNotSupported)
    }

    /// Whether the user must sign in again, with a second factor.
    ///
    /// Partner Center reports this with a code. Formerly it used the reason phrase of the status
    /// line (documented until 2023).
    pub fn needs_mfa(&self) -> bool {
        let said = |text: &str| text.to_ascii_lowercase().contains("mfa required");
        self.has_code(ErrorCode::MfaMissing)
            || self.is_unauthorized() && self.description().is_some_and(said)
            || self.sign_in_hint() == Some(sign_in_hint::MFA)
    }

    /// A hint on how to fix a failed sign-in; `None` if there is none, or for other errors.
    ///
    /// # Example
    ///
    /// ```
    /// # async fn example(err: seatwise_client::Error) {
    /// eprintln!("{err}");
    /// if let Some(hint) = err.sign_in_hint() {
    ///     eprintln!("hint: {hint}");
    /// }
    /// # }
    /// ```
    pub fn sign_in_hint(&self) -> Option<&'static str> {
        match &self.0.kind {
            ErrorKind::SignIn { error, codes, .. } => sign_in_hint::of(error.as_deref(), codes),
            _ => None,
        }
    }

    /// Whether the authority, which issues tokens, refused or was unreachable; otherwise it was the
    /// service.
    pub fn is_of_authority(&self) -> bool {
        self.0.is_of_authority
    }

    /// Whether the token was issued for another API.
    pub fn wrong_audience(&self) -> bool {
        self.has_code(ErrorCode::InvalidAudience)
    }

    /// Whether the service throttled the call; see [`retry_after`](Self::retry_after).
    pub fn is_throttled(&self) -> bool {
        self.status() == Some(429)
    }

    /// Whether the same call may succeed later: status 408, 429 or 5xx, or a failed connection.
    pub fn is_retryable(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Service { status, .. } | ErrorKind::SignIn { status, .. } => {
                matches!(status, 408 | 429 | 500..=599)
            }
            ErrorKind::Connection | ErrorKind::Timeout => true,
            ErrorKind::Tls { .. }
            | ErrorKind::Redirect
            | ErrorKind::TooLarge
            | ErrorKind::Decode { .. }
            | ErrorKind::Auth
            | ErrorKind::DevelopmentToken
            | ErrorKind::Invalid => false,
        }
    }

    fn has_code(&self, code: ErrorCode) -> bool {
        self.code() == Some(code.code())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("ids", &self.0.ids)
            .field("retry_after", &self.0.retry_after)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_ref()
            .map(|source| &**source as &(dyn StdError + 'static))
    }
}
