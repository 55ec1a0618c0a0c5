//! What can go wrong with a call.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use seatwise_types::{ErrorCode, wire};
use uuid::Uuid;

use crate::fault::Fault;
use crate::redirect::RefusedRedirect;

/// Why a call failed.
///
/// [`kind`](Self::kind) says what happened, predicates such as
/// [`is_not_found`](Self::is_not_found) what can be done about it. The message does not repeat its
/// [`source`](StdError::source). It never holds a token.
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    ids: Option<RequestIds>,
    retry_after: Option<Duration>,
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
        /// The code in the body, mostly digits; nothing if the body has none.
        code: Option<String>,
        /// What the service says about it, on one line; the reason in the status line if it says
        /// nothing.
        description: String,
    },
    /// The service could not be reached, or the connection broke before the answer was complete.
    Connection,
    /// The answer was not complete in time.
    Timeout,
    /// The service redirected or linked to another host, or over and over.
    Redirect,
    /// The answer was larger than [allowed](crate::Builder::max_body).
    TooLarge,
    /// The answer was complete, but is not what it should be.
    Decode {
        /// Where, such as `items[3].licensesActive`; `.` is the body as a whole.
        path: String,
    },
    /// There is no token that could be sent.
    Auth,
    /// An argument or setting cannot be used. Nothing was sent.
    Invalid,
}

impl Error {
    /// What happened.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The HTTP status, if the service answered with an error.
    pub fn status(&self) -> Option<u16> {
        match &self.0.kind {
            ErrorKind::Service { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The code in the body, if the service answered with one; see
    /// [`seatwise_types::ErrorCode`].
    pub fn code(&self) -> Option<&str> {
        match &self.0.kind {
            ErrorKind::Service { code, .. } => code.as_deref(),
            _ => None,
        }
    }

    /// What the service says, if it answered with an error.
    pub fn description(&self) -> Option<&str> {
        match &self.0.kind {
            ErrorKind::Service { description, .. } => Some(description),
            _ => None,
        }
    }

    /// The `MS-RequestId` of the call: the service's, or the one that was sent. Nothing if nothing
    /// was sent. Microsoft's support asks for it.
    pub fn request_id(&self) -> Option<Uuid> {
        self.0.ids.map(|ids| ids.request_id)
    }

    /// The `MS-CorrelationId` of the call: the service's, or the one that was sent. Nothing if
    /// nothing was sent.
    pub fn correlation_id(&self) -> Option<Uuid> {
        self.0.ids.map(|ids| ids.correlation_id)
    }

    /// How long to leave the service alone, if it is throttling (a minute if it does not say) or
    /// unavailable and says so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the customer or another resource does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the token is missing, invalid, expired, of the wrong audience or lacks a second
    /// factor.
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether the token is valid but not enough: the user's role, a missing relationship with the
    /// customer, or [an application's token](Self::needs_user_token).
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether the token is that of an application where a user's is needed.
    pub fn needs_user_token(&self) -> bool {
        self.has_code(ErrorCode::AppOnlyNotSupported)
    }

    /// Whether the user must sign in again, with a second factor.
    ///
    /// Partner Center says so with a code, and formerly did with the reason in the status line
    /// (documented until 2023).
    pub fn needs_mfa(&self) -> bool {
        let said = |text: &str| text.to_ascii_lowercase().contains("mfa required");
        self.has_code(ErrorCode::MfaMissing)
            || self.is_unauthorized() && self.description().is_some_and(said)
    }

    /// Whether the token was issued for another API.
    pub fn wrong_audience(&self) -> bool {
        self.has_code(ErrorCode::InvalidAudience)
    }

    /// Whether too much was asked for in too short a time; see [`retry_after`](Self::retry_after).
    pub fn is_throttled(&self) -> bool {
        self.status() == Some(429)
    }

    /// Whether the same call may succeed later: status 408, 429 or 5xx, or a fault of the
    /// connection.
    pub fn is_retryable(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Service { status, .. } => matches!(status, 408 | 429 | 500..=599),
            ErrorKind::Connection | ErrorKind::Timeout => true,
            ErrorKind::Redirect
            | ErrorKind::TooLarge
            | ErrorKind::Decode { .. }
            | ErrorKind::Auth
            | ErrorKind::Invalid => false,
        }
    }

    fn has_code(&self, code: ErrorCode) -> bool {
        self.code() == Some(code.code())
    }

    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Inner {
            kind,
            message,
            ids: None,
            retry_after: None,
            source: None,
        }))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn auth(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Auth, message)
    }

    pub(crate) fn decode(err: wire::DecodeError, ids: RequestIds) -> Self {
        let kind = ErrorKind::Decode {
            path: err.path().to_owned(),
        };
        Self::new(kind, "the answer is not what it should be")
            .of(ids)
            .because(err)
    }

    /// The body could be read, but a text in it cannot be used.
    pub(crate) fn unusable(path: &str, message: impl Into<String>) -> Self {
        let path = path.to_owned();
        Self::new(ErrorKind::Decode { path }, message)
    }

    pub(crate) fn foreign_link(origin: &str) -> Self {
        let message =
            format!("refused to follow a link to `{origin}`, because the token would go there");
        Self::new(ErrorKind::Redirect, message)
    }

    pub(crate) fn endless(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Redirect, message)
    }

    pub(crate) fn too_large(limit: usize, ids: RequestIds) -> Self {
        Self::new(
            ErrorKind::TooLarge,
            format!("the answer is larger than {limit} bytes"),
        )
        .of(ids)
    }

    pub(crate) fn service(
        status: u16,
        fault: Fault,
        retry_after: Option<Duration>,
        ids: RequestIds,
    ) -> Self {
        let Fault { code, description } = fault;
        let message = match &code {
            Some(code) => format!("status {status}, code `{code}`: {description}"),
            None => format!("status {status}: {description}"),
        };
        let mut err = Self::new(
            ErrorKind::Service {
                status,
                code,
                description,
            },
            message,
        )
        .of(ids);
        err.0.retry_after = retry_after;
        err
    }

    pub(crate) fn transport(err: reqwest::Error, ids: RequestIds) -> Self {
        let host = err
            .url()
            .map(|url| url.origin().ascii_serialization())
            .unwrap_or_default();
        let new = |kind, message| Self::new(kind, message).of(ids);
        if let Some(refused) = refused_redirect(&err) {
            return new(ErrorKind::Redirect, refused.to_string());
        }
        let err = err.without_url();
        if err.is_timeout() {
            return new(
                ErrorKind::Timeout,
                format!("no complete answer from `{host}` in time"),
            )
            .because(err);
        }
        if err.is_builder() {
            return new(ErrorKind::Invalid, "failed to make the request".to_owned()).because(err);
        }
        let message = if err.is_connect() {
            format!("failed to connect to `{host}`")
        } else {
            format!("the connection to `{host}` broke before the answer was complete")
        };
        new(ErrorKind::Connection, message).because(err)
    }

    fn of(mut self, ids: RequestIds) -> Self {
        self.0.ids = Some(ids);
        self
    }

    pub(crate) fn because(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }
}

fn refused_redirect(err: &reqwest::Error) -> Option<&RefusedRedirect> {
    std::iter::successors(err.source(), |&err| err.source()).find_map(|err| err.downcast_ref())
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
