//! How the client makes its errors.

use std::error::Error as StdError;
use std::time::Duration;

use seatwise_types::wire;

use super::{Error, ErrorKind, Inner, RequestIds};
use crate::fault::Fault;

/// The largest part of a body that an error keeps, in bytes.
const MAX_KEPT: usize = 4096;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Inner {
            kind,
            message,
            ids: None,
            is_of_authority: false,
            retry_after: None,
            body: Vec::new(),
            source: None,
        }))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn auth(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Auth, message)
    }

    pub(crate) fn development_token(service: &str) -> Self {
        let message = format!(
            "the token is one of a development identity, and is not sent to `{service}`: it is \
             good on its own computer alone"
        );
        Self::new(ErrorKind::DevelopmentToken, message)
    }

    pub(crate) fn decode(err: wire::DecodeError) -> Self {
        let kind = ErrorKind::Decode {
            path: err.path().to_owned(),
        };
        Self::new(kind, "the answer is not what it should be").because(err)
    }

    /// The error of a body that is readable, but has an unusable value.
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

    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(
            ErrorKind::TooLarge,
            format!("the answer is larger than {limit} bytes"),
        )
    }

    pub(crate) fn sign_in(
        status: u16,
        fault: Fault,
        codes: Vec<u64>,
        retry_after: Option<Duration>,
    ) -> Self {
        let Fault {
            code, description, ..
        } = fault;
        let message = match &code {
            Some(error) => format!("sign-in failed with `{error}`: {description}"),
            None => format!("sign-in failed with status {status}: {description}"),
        };
        let kind = ErrorKind::SignIn {
            status,
            error: code,
            codes,
            description,
        };
        let mut err = Self::new(kind, message).of_authority();
        err.0.retry_after = retry_after;
        err
    }

    pub(crate) fn service(
        status: u16,
        fault: Fault,
        retry_after: Option<Duration>,
        ids: RequestIds,
    ) -> Self {
        let Fault {
            code, description, ..
        } = fault;
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

    /// Marks an error of the request for a token.
    pub(crate) fn of_authority(mut self) -> Self {
        self.0.is_of_authority = true;
        self
    }

    pub(crate) fn of(mut self, ids: RequestIds) -> Self {
        self.0.ids = Some(ids);
        self
    }

    /// Keeps the beginning of a body that could not be read. For answers of the service alone:
    /// those of the authority have tokens.
    pub(crate) fn with_body(mut self, body: &[u8]) -> Self {
        self.0.body = body[..body.len().min(MAX_KEPT)].to_vec();
        self
    }

    pub(crate) fn because(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }
}
