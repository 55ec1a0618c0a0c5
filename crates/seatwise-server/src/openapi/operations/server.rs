//! The calls about the server itself.

use seatwise_types::ErrorCode;

use super::common::{BOUNDS, cacheable, of_holder, of_user, own};
use crate::metrics;
use crate::openapi::operation::{Content, Operation, Response};
use crate::openapi::schema::Schema;
use crate::openapi::tags::SEATWISE;

pub(crate) fn health() -> Operation {
    own(
        "getHealth",
        "Alive?",
        "The process answers. Nothing else is checked.",
    )
    .answers("200", Response::text("It does.", "ok\n"))
    .bounded()
}

pub(crate) fn status() -> Operation {
    let answer = Response::json(
        "The partner of the token, and how its collections are.",
        Schema::named("Status"),
    );
    of_user(
        "getStatus",
        SEATWISE,
        "Status",
        "Whether the server collects for the partner, when it does so again, and how the last time \
         ended. Not Partner Center's: no byte-order mark.",
    )
    .answers("200", of_holder(answer))
    .finish(&[], &[])
}

pub(crate) fn readiness() -> Operation {
    let unready = Response::text(
        "Not yet, or nothing of the data can be read now, or the server works longer than 30 seconds on the request, which it says with an \
         error body.",
        "nothing is published yet\n",
    );
    own(
        "getReadiness",
        "Ready?",
        "Whether figures are published and the data can be read. While it cannot, the last figures \
         are given. Tables that alone cannot be read are counted in a 200.",
    )
    .answers("200", Response::text("It can.", "ready\n"))
    .refuses("403", &[ErrorCode::OperationDenied])
    .answers_named(&BOUNDS[..6])
    .answers(
        "503",
        unready.with("application/json", Content::of(Schema::named("Error"))),
    )
}

pub(crate) fn metrics() -> Operation {
    let answer = Response::new("OpenMetrics text.");
    own(
        "getMetrics",
        "Metrics",
        "Requests, their durations, refusals by reason, and the age of what is answered. No label \
         holds a partner, an id, or anything else that a caller chose.",
    )
    .answers(
        "200",
        answer.with(metrics::CONTENT_TYPE, Content::of(Schema::text())),
    )
    .bounded()
}

pub(crate) fn document() -> Operation {
    let answer = Response::json("An OpenAPI document.", Schema::object());
    own(
        "getOpenApi",
        "This document",
        "The description of this API, in OpenAPI 3.1.",
    )
    .takes_named(&["If-None-Match"])
    .answers("200", cacheable(answer).with_headers(&["Cache-Control"]))
    .answers_named(&[("304", "NotModified")])
    .bounded()
}

pub(crate) fn page() -> Operation {
    let answer = Response::new("A page of HTML that loads nothing and runs nothing.")
        .with("text/html", Content::of(Schema::text()));
    own(
        "getOpenApiPage",
        "This document as a page",
        "The same, for people.",
    )
    .takes_named(&["If-None-Match"])
    .answers("200", cacheable(answer).with_headers(&["Cache-Control"]))
    .answers_named(&[("304", "NotModified")])
    .bounded()
}
