//! What several calls share: tokens, headers, bounds and pages.

use std::borrow::Cow;

use seatwise_types::extensions::{Axes, DEFAULT_TOP, MAX_TOP};
use seatwise_types::query::Skip;
use seatwise_types::{ErrorCode, header};

use crate::openapi::operation::{APPLICATION, Operation, Parameter, Response, USER};
use crate::openapi::schema::Schema;
use crate::openapi::tags::OPERATION;

/// Responses to requests with any path.
pub(super) const BOUNDS: [(&str, &str); 7] = [
    ("405", "MethodNotAllowed"),
    ("413", "ContentTooLarge"),
    ("414", "UriTooLong"),
    ("429", "TooManyRequests"),
    ("431", "HeadTooLarge"),
    ("500", "Failed"),
    ("503", "Unavailable"),
];

pub(super) fn of_user(
    operation_id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: impl Into<Cow<'static, str>>,
) -> Operation {
    Operation::new(operation_id, tag, summary, description).needs(&[USER])
}

pub(super) fn of_user_or_application(
    operation_id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
) -> Operation {
    Operation::new(operation_id, tag, summary, description).needs(&[USER, APPLICATION])
}

pub(super) fn own(
    operation_id: &'static str,
    summary: &'static str,
    description: &'static str,
) -> Operation {
    Operation::new(operation_id, OPERATION, summary, description)
        .takes_named(&["MS-RequestId", "MS-CorrelationId"])
}

/// Adds the headers for caching and compression.
pub(super) fn cacheable(response: Response) -> Response {
    response.with_headers(&["ETag", "Vary", "Content-Encoding"])
}

/// A response to a valid token, for a point on the time axes.
pub(super) fn of_a_point(response: Response) -> Response {
    of_holder(response).with_headers(&[header::SEATWISE_AXES])
}

/// A response to a valid token.
pub(super) fn of_holder(response: Response) -> Response {
    cacheable(response).with_headers(&["isMfaCompliant"])
}

impl Operation {
    /// Adds the two axes of time.
    pub(super) fn on_axes(self) -> Self {
        self.takes_named(&[Axes::AS_OF, Axes::KNOWN_AT])
    }

    /// Adds what all calls with a token share.
    pub(super) fn finish(self, invalid: &[ErrorCode], unknown: &[ErrorCode]) -> Self {
        let takes_applications = self.security.len() > 1;
        let mut forbidden = vec![ErrorCode::RoleNotAllowed, ErrorCode::OperationDenied];
        if !takes_applications {
            forbidden.insert(0, ErrorCode::AppOnlyNotSupported);
        }
        let refused = [
            ErrorCode::AccessDenied,
            ErrorCode::InvalidAudience,
            ErrorCode::MfaMissing,
        ];
        let mut operation = self
            .takes_named(&[
                "MS-RequestId",
                "MS-CorrelationId",
                "ValidateMfa",
                "If-None-Match",
            ])
            .answers_named(&[("304", "NotModified")]);
        if !invalid.is_empty() {
            operation = operation.refuses("400", invalid);
        }
        operation = operation
            .refuses("401", &refused)
            .refuses("403", &forbidden);
        if !unknown.is_empty() {
            operation = operation.refuses("404", unknown);
        }
        operation.answers_named(&BOUNDS)
    }

    /// Adds what all calls without a token share.
    pub(super) fn bounded(self) -> Self {
        self.refuses("403", &[ErrorCode::OperationDenied])
            .answers_named(&BOUNDS)
    }

    /// Adds the parameters of pages.
    pub(super) fn in_pages(self) -> Self {
        self.takes(Parameter::query(
            "top",
            Schema::whole_number(1, MAX_TOP, DEFAULT_TOP),
            "Items of each list, at the most.",
        ))
        .takes(Parameter::query(
            "skip",
            Schema::whole_number(0, Skip::MAX, 0),
            "Items of each list to leave out before the first one of the answer.",
        ))
    }
}
