//! The error of a request, and its response.
//!
//! The body is Partner Center's `{code, description, data, source}` in one of two
//! [forms](ErrorForm), without a byte-order mark: the documented lengths prove the mark for
//! successful bodies only. A 401 always has the same challenge, which does not show what is wrong
//! with the token.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use seatwise_store::StoreError;
use seatwise_store::import::ImportError;
use seatwise_types::header::CONTENT_TYPE_JSON;
use seatwise_types::{ErrorBody, ErrorCode, ErrorForm, wire};

/// The content type of JSON bodies, as documented.
pub const JSON: HeaderValue = HeaderValue::from_static(CONTENT_TYPE_JSON);
const INVALID_TOKEN: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");

/// A failed request. The client gets all but the failure, which is for the log.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    code: ErrorCode,
    description: Cow<'static, str>,
    /// The body in each form, if it has more members than usual. Boxed, because few errors have one
    /// and every result reserves room for it.
    bodies: Option<Box<Bodies>>,
    /// Seconds after which the client can try again.
    retry_after: Option<u32>,
    failure: Failure,
}

/// The body of an error in both forms.
#[derive(Clone, Debug)]
struct Bodies {
    number_code: Bytes,
    text_code: Bytes,
}

impl Bodies {
    fn of(encode: impl Fn(ErrorForm) -> Vec<u8>) -> Self {
        Self {
            number_code: encode(ErrorForm::NumberCode).into(),
            text_code: encode(ErrorForm::TextCode).into(),
        }
    }
}

/// What the log says about a response, and the client must not see.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    /// Why the caller was refused.
    pub refused: Option<&'static str>,
    /// Details of the refusal, such as the wrong claim of a token; short, and without secrets.
    pub detail: Option<String>,
    /// The cause of a server error.
    pub cause: Option<Arc<anyhow::Error>>,
}

impl ApiError {
    /// An error with the documented status of its code.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let status =
            StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let failure = Failure::default();
        Self {
            status,
            code,
            description: description.into(),
            bodies: None,
            retry_after: None,
            failure,
        }
    }

    /// 503: the server is busy, and the client can try again after this many seconds.
    pub(crate) fn busy(description: impl Into<Cow<'static, str>>, retry_after: u32) -> Self {
        let busy = Self::new(ErrorCode::UnexpectedError, description);
        Self {
            retry_after: Some(retry_after),
            ..busy.with_status(StatusCode::SERVICE_UNAVAILABLE)
        }
    }

    /// Sets a status that no code of Partner Center has.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Sets the body, for an error with more members.
    pub(crate) fn with_body(mut self, encode: impl Fn(ErrorForm) -> Vec<u8>) -> Self {
        self.bodies = Some(Box::new(Bodies::of(encode)));
        self
    }

    /// A server error. The client gets the name of the status, and never the cause. If the data
    /// folder or a table is gone the status is 503, because it may come back.
    pub fn internal(status: StatusCode, cause: anyhow::Error) -> Self {
        let of_import = || cause.downcast_ref().and_then(ImportError::store);
        let status = match cause.downcast_ref().or_else(of_import) {
            Some(StoreError::Gone { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            _ => status,
        };
        let description = status.canonical_reason().unwrap_or("unexpected error");
        let mut err = Self::new(ErrorCode::UnexpectedError, description).with_status(status);
        err.failure.cause = Some(Arc::new(cause));
        err
    }

    /// Sets the description, if the client can do something about a server error.
    pub(crate) fn with_description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = description.into();
        self
    }

    /// The data was not stored, and the client is not to blame: 507 if the disk is full, else 500.
    pub(crate) fn unstored(is_full: bool, cause: anyhow::Error) -> Self {
        let status = if is_full {
            StatusCode::INSUFFICIENT_STORAGE
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        Self::internal(status, cause)
    }

    /// The status of the response.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The description for the client.
    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// The details for the log.
    pub(crate) fn failure(&self) -> &Failure {
        &self.failure
    }

    /// Records for log and metrics why the caller was refused.
    pub(crate) fn refused(mut self, reason: &'static str) -> Self {
        self.failure.refused = Some(reason);
        self
    }

    /// Records details for the log.
    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.failure.detail = Some(detail.into());
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let bodies = match self.bodies {
            Some(bodies) => *bodies,
            None => {
                let body = ErrorBody::new(self.code, self.description);
                Bodies::of(|form| wire::encode(&body.in_form(form)))
            }
        };
        let mut response = Response::new(Body::from(bodies.number_code.clone()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, INVALID_TOKEN);
        }
        response.extensions_mut().insert(self.failure);
        response.extensions_mut().insert(bodies);
        response
    }
}

/// Converts an error response to a form. Handlers do not know the form, so this runs on the way
/// out.
pub fn in_form(mut response: Response, form: ErrorForm) -> Response {
    let Some(bodies) = response.extensions_mut().remove::<Bodies>() else {
        return response;
    };
    let body = match form {
        // The body has this form already.
        ErrorForm::NumberCode => return response,
        ErrorForm::TextCode => bodies.text_code,
    };
    // The response to a HEAD has the length of the body.
    if let Some(length) = response.headers_mut().get_mut(CONTENT_LENGTH) {
        *length = HeaderValue::from(body.len());
    }
    *response.body_mut() = Body::from(body);
    response
}
