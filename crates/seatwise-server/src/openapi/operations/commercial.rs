//! The calls of Partner Center for the rows of all customers.

use seatwise_types::ErrorCode;
use seatwise_types::query::{CommercialKind, Filter, Skip, Top};

use super::common::{of_holder, of_user};
use crate::openapi::operation::{Operation, Parameter, Response};
use crate::openapi::resources::commercial_page;
use crate::openapi::samples;
use crate::openapi::schema::Schema;
use crate::openapi::tags::COMMERCIAL;

/// The two documented prefixes each need an operation id.
pub(crate) fn commercial_usage(operation_id: &'static str) -> Operation {
    let answer = Response::json(
        "A page of rows; no order of them is promised. No byte-order mark.",
        commercial_page("LicensesUsageRow"),
    );
    commercial(
        operation_id,
        "Usage rows",
        "Seats active and qualified of all customers, by product and workload.",
        CommercialKind::Usage,
    )
    .answers("200", of_holder(answer).such_as(samples::USAGE_ROWS))
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}

/// The two documented prefixes each need an operation id.
pub(crate) fn commercial_deployment(operation_id: &'static str) -> Operation {
    let answer = Response::json(
        "A page of rows; no order of them is promised. No byte-order mark.",
        commercial_page("LicensesDeploymentRow"),
    );
    commercial(
        operation_id,
        "Deployment rows",
        "Seats deployed and sold of all customers, by product.",
        CommercialKind::Deployment,
    )
    .answers("200", of_holder(answer).such_as(samples::DEPLOYMENT_ROWS))
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}

fn commercial(
    operation_id: &'static str,
    summary: &'static str,
    description: &'static str,
    kind: CommercialKind,
) -> Operation {
    let fields = || kind.fields().map(|field| field.as_str());
    let date = Schema::any_of([
        Schema::text().format("date"),
        Schema::text().format("date-time"),
        Schema::text().format("date-time-local"),
    ]);
    of_user(operation_id, COMMERCIAL, summary, description)
        .takes(Parameter::query(
            "top",
            Schema::whole_number(1, Top::MAX, Top::MAX),
            "Rows per answer, at the most.",
        ))
        .takes(Parameter::query(
            "skip",
            Schema::whole_number(0, Skip::MAX, 0),
            "Rows to leave out before the first one of the answer.",
        ))
        .takes(filter(kind))
        .takes(
            Parameter::query(
                "groupby",
                Schema::list(Schema::one_of(fields())).distinct(),
                "Fields that rows are added up by, with commas between; in any case. Only these and \
                 the counts are answered.",
            )
            .with_commas(),
        )
        .takes(
            Parameter::query(
                "processedDateTime",
                date,
                "The day, in UTC, whose rows are answered, whatever the time of it. Without it, the \
                 newest day of each customer, service and channel.",
            )
            .such_as("2026-10-14"),
        )
        .takes(Parameter::query(
            "tableVersion",
            Schema::text().pattern("^[0-9]*$").format("table-version"),
            "Of our own, and only in links to further pages: the version of the table that the \
             first page was made from. One that is not there is refused.",
        ))
}

fn filter(kind: CommercialKind) -> Parameter {
    let fields = kind.fields().map(|field| format!("`{}`", field.as_str()));
    let names: Vec<_> = fields.collect();
    Parameter::query(
                "filter",
                Schema::text()
                    .format(match kind {
                        CommercialKind::Usage => "usage-filter",
                        CommercialKind::Deployment => "deployment-filter",
                    })
                    .at_most(Filter::MAX_LENGTH),
                format!(
                    "Which rows: conditions `field eq 'text'` or `field ne 'text'`, with `and`, \
                     `or` and parentheses; a quote in a text is doubled. Names, words and texts are \
                     compared without regard to case. At most {} conditions, {} parentheses deep, \
                     {} bytes. The fields are {}.",
                    Filter::MAX_CONDITIONS,
                    Filter::MAX_DEPTH,
                    Filter::MAX_LENGTH,
                    names.join(", "),
                ),
            )
            .such_as("serviceCode eq 'o365' and (channel eq 'reseller' or channel eq 'direct')")
}
