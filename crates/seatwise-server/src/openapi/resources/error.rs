//! The bodies of errors.

use seatwise_types::ErrorBody;

use crate::openapi::schema::{Ordered, Schema};

/// The schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([("Error", error()), ("GatewayError", gateway_error())])
}

pub(super) fn error() -> Schema {
    Schema::object()
        .means("An error that the API itself found. It has no byte-order mark before it.")
        .with(
            "code",
            Schema::any_of([Schema::count(), Schema::text().pattern("^[0-9]+$")]).means(
                "A number; an open set. It says more than the status does. With \
                 `seatwise serve --text-error-codes` it is the same digits as a text.",
            ),
        )
        .with(
            "description",
            Schema::text()
                .at_most(ErrorBody::MAX_DESCRIPTION)
                .means("What went wrong, for people."),
        )
        .may_have(
            "data",
            Schema::list(Schema::text()).means(
                "What it went wrong with, mostly nothing. With `seatwise serve --text-error-codes` it \
                 is left out if it is empty.",
            ),
        )
        .with("source", Schema::constant(ErrorBody::SOURCE))
}

fn gateway_error() -> Schema {
    Schema::object()
        .means("What the gateway before the API says. It has blanks inside, and no mark before it.")
        .with("statusCode", Schema::count().means("The status once more."))
        .with(
            "message",
            Schema::text().such_as(["Rate limit is exceeded. Try again in 57 seconds."]),
        )
}

#[cfg(test)]
mod tests {
    use seatwise_types::{GatewayError, wire};

    use super::super::describes::{describes, text};
    use super::*;

    #[test]
    fn errors() {
        let body = ErrorBody {
            code: "1".to_owned(),
            description: text(),
            data: vec![text()],
            source: ErrorBody::SOURCE.to_owned(),
        };
        describes(&error(), &wire::encode(&body));
        describes(&gateway_error(), &GatewayError::rate_limited(1).to_bytes());
    }
}
