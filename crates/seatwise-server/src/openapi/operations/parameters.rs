//! Parameters of several of Seatwise's calls.

use seatwise_types::extensions::Metric;

use crate::extensions::question::LONGEST_TEXT;
use crate::openapi::operation::Parameter;
use crate::openapi::schema::Schema;

pub(super) fn metric() -> Parameter {
    Parameter::query(
        "metric",
        Schema::one_of(Metric::ALL.iter().map(|metric| metric.as_str())),
        "Which figures; `usage` if it is missing.",
    )
}

/// The first and the last day of a span have different formats, so that test programs can generate
/// valid spans.
pub(super) fn day(name: &'static str, what: &'static str) -> Parameter {
    Parameter::query(name, Schema::text().format(day_format(name)), what).required()
}

fn day_format(name: &'static str) -> &'static str {
    match name {
        "from" => "first-day",
        _ => "last-day",
    }
}

/// A day, or a month such as `2026-10`.
pub(super) fn day_or_month(name: &'static str, what: &'static str) -> Parameter {
    let month = Schema::text().format("month-with-deliveries");
    let either = Schema::any_of([Schema::text().format(day_format(name)), month]);
    Parameter::query(name, either, what).required()
}

fn text() -> Schema {
    Schema::text().at_most(LONGEST_TEXT)
}

pub(super) fn some_text() -> Schema {
    text().pattern("^.+$")
}

pub(super) fn service() -> Parameter {
    Parameter::query("service", text(), "Of this service: its code.")
}

pub(super) fn channel() -> Parameter {
    Parameter::query("channel", text(), "Of this channel.")
}

pub(super) fn workload() -> Parameter {
    let what = "Of this workload: its code or its name. Deployment has none.";
    Parameter::query("workload", text().format("workload"), what)
}

pub(super) fn customer() -> Parameter {
    // An empty parameter counts as missing.
    let id = Schema::any_of([Schema::guid(), Schema::constant("")]);
    Parameter::query("customer", id, "Of this customer: its tenant.")
}

pub(super) fn product() -> Parameter {
    Parameter::query("product", text(), "Of this product: its id or its name.")
}
