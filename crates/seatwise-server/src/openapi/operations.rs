//! All calls: descriptions, parameters, responses and errors.

use std::borrow::Cow;

use seatwise_types::extensions::Axes;
use seatwise_types::query::{CommercialKind, Filter, Skip, Top};
use seatwise_types::{Customer, CustomerFilter, ErrorCode, Links, SeekOperation, header, wire};

use super::operation::{
    APPLICATION, Content, Link, Operation, Parameter, RequestBody, Response, USER,
};
use super::resources::{collection, commercial_page, paged_collection};
use super::samples;
use super::schema::{Ordered, Schema};
use crate::customer_page::{LARGEST_PAGE, MAX_SIZE};
use crate::imports::{DOWNLOADS, FORMATS, IDEMPOTENCY_KEY, KINDS};
use crate::{customers, metrics};

/// The groups of calls, with their descriptions.
pub(super) const TAGS: [(&str, &str); 7] = [
    (PARTNER, "Figures of the partner over all its customers."),
    (
        CUSTOMERS,
        "The partner's customers, and the figures of one of them.",
    ),
    (
        COMMERCIAL,
        "The rows of all customers, chosen and added up by a query.",
    ),
    (
        SEATWISE,
        "What Partner Center does not have: figures over time, and why they are what they are. No \
         byte-order mark.",
    ),
    (
        MONTHS,
        "Of the server's own: figures of whole months, from the downloads of Partner Center's \
         Insights. They measure something else than the others and are never added to them. No \
         byte-order mark.",
    ),
    (
        IMPORT,
        "Of the server's own: how facts come in while it runs. No byte-order mark.",
    ),
    (
        OPERATION,
        "For those who run the server. No token, no byte-order mark.",
    ),
];
const PARTNER: &str = "Partner";
const CUSTOMERS: &str = "Customers";
const COMMERCIAL: &str = "Commercial";
pub(super) const SEATWISE: &str = "Seatwise";
pub(super) const MONTHS: &str = "Months";
pub(super) const IMPORT: &str = "Import";
const OPERATION: &str = "Operation";

/// Responses to requests with any path.
const BOUNDS: [(&str, &str); 7] = [
    ("405", "MethodNotAllowed"),
    ("413", "ContentTooLarge"),
    ("414", "UriTooLong"),
    ("429", "TooManyRequests"),
    ("431", "HeadTooLarge"),
    ("500", "Failed"),
    ("503", "Unavailable"),
];

pub(crate) fn partner_usage() -> Operation {
    let answer = Response::json(
        "One item per service, channel and workload, ordered by service code, channel and workload \
         name; no items for a partner of whom nothing is known.",
        collection("PartnerLicensesUsageInsights"),
    );
    of_user(
        "getPartnerLicensesUsage",
        PARTNER,
        "Partner usage",
        "How much of what all customers are entitled to is used, in percent.",
    )
    .on_axes()
    .answers("200", of_a_point(answer).such_as(samples::PARTNER_USAGE))
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}

pub(crate) fn partner_deployment() -> Operation {
    let answer = Response::json(
        "One item per service and channel, ordered by service code and channel; no items for a \
         partner of whom nothing is known.",
        collection("PartnerLicensesDeploymentInsights"),
    );
    of_user(
        "getPartnerLicensesDeployment",
        PARTNER,
        "Partner deployment",
        "How much of what all customers have bought is assigned to users, in percent.",
    )
    .on_axes()
    .answers(
        "200",
        of_a_point(answer).such_as(samples::PARTNER_DEPLOYMENT),
    )
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}

pub(crate) fn customer_usage() -> Operation {
    let answer = Response::json(
        "One item per product and workload: products in the order of their delivery, workloads by \
         name.",
        collection("CustomerLicensesUsageInsights"),
    );
    of_user(
        "getCustomerLicensesUsage",
        CUSTOMERS,
        "Customer usage",
        "How much one customer uses of what it is entitled to.",
    )
    .takes(customer_id())
    .on_axes()
    .answers("200", of_a_point(answer).such_as(samples::CUSTOMER_USAGE))
    .finish(
        &[
            ErrorCode::InvalidCustomerId,
            ErrorCode::InvalidProperty,
            ErrorCode::InvalidInput,
        ],
        &[ErrorCode::TenantNotFound],
    )
}

pub(crate) fn customer_deployment() -> Operation {
    let answer = Response::json(
        "One item per product, in the order of their delivery.",
        collection("CustomerLicensesDeploymentInsights"),
    );
    of_user(
        "getCustomerLicensesDeployment",
        CUSTOMERS,
        "Customer deployment",
        "How much one customer has assigned of what it has bought.",
    )
    .takes(customer_id())
    .on_axes()
    .answers(
        "200",
        of_a_point(answer).such_as(samples::CUSTOMER_DEPLOYMENT),
    )
    .finish(
        &[
            ErrorCode::InvalidCustomerId,
            ErrorCode::InvalidProperty,
            ErrorCode::InvalidInput,
        ],
        &[ErrorCode::TenantNotFound],
    )
}

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

pub(crate) fn customers() -> Operation {
    let token = "$response.body#/continuationToken";
    let first = "$response.body#/items/0/id";
    let of_first = |operation_id| Link {
        operation_id,
        parameters: Ordered::from_iter([("path.customer-id", first)]),
    };
    let answer = Response::json(
        "A page of customers, ordered by what is searched by, else by id.",
        paged_collection("Customer"),
    )
    .leads_to(
        "NextPage",
        Link {
            operation_id: "getCustomers",
            parameters: Ordered::from_iter([("header.MS-ContinuationToken", token)]),
        },
    )
    .leads_to("Customer", of_first("getCustomer"))
    .leads_to("CustomerUsage", of_first("getCustomerLicensesUsage"))
    .leads_to(
        "CustomerDeployment",
        of_first("getCustomerLicensesDeployment"),
    );

    let seeks = SeekOperation::ALL.iter().copied();
    let seeks = seeks.filter(|seek| *seek != SeekOperation::PageIndex);
    let seeks = seeks.map(SeekOperation::as_str).chain(["0", "1", "2", "3"]);
    of_user_or_application(
        "getCustomers",
        CUSTOMERS,
        "List of customers",
        "The partner's customers, page by page. A next page is asked for as `links.next` says, or \
         with `seekOperation=Next` and the header `MS-ContinuationToken`: the token knows size and \
         filter, which need not be repeated, and keeps all pages those of one time.",
    )
    .takes(Parameter::query(
        "size",
        Schema::whole_number(0, MAX_SIZE, 0),
        format!("Customers per page. 0, and more than {LARGEST_PAGE}, ask for {LARGEST_PAGE}."),
    ))
    .takes(
        Parameter::query(
            "filter",
            customer_filter(),
            format!(
                "Customers whose name or domain begins with a text, without regard to case: JSON of \
                 at most {} bytes. Names of its members may have any case, others are ignored.",
                CustomerFilter::MAX_LENGTH
            ),
        )
        .holding_json(),
    )
    .takes(Parameter::query(
        "seekOperation",
        Schema::one_of(seeks),
        "Which page; `Next` and `Previous` are seen from that of the token. In any case; the \
         numbers mean the same in this order. `PageIndex` is refused.",
    ))
    .takes_named(&["MS-ContinuationToken"])
    .answers("200", of_holder(answer).such_as(&customer_list()))
    .finish(
        &[
            ErrorCode::InvalidProperty,
            ErrorCode::InvalidInput,
            ErrorCode::UnsupportedSearch,
            ErrorCode::InvalidEnumValue,
        ],
        &[],
    )
}

pub(crate) fn customer() -> Operation {
    let answer = Response::json("What is known of the customer.", Schema::named("Customer"));
    of_user_or_application(
        "getCustomer",
        CUSTOMERS,
        "One customer",
        "A customer of the partner. One of another partner is answered as one that does not exist.",
    )
    .takes(customer_id())
    .answers("200", of_holder(answer).such_as(&one_customer()))
    .finish(
        &[ErrorCode::InvalidCustomerId],
        &[ErrorCode::TenantNotFound],
    )
}

pub(crate) fn import() -> Operation {
    let answer = Response::json(
        "The receipt. What it says was stored is on the disk.",
        Schema::named("ImportReceipt"),
    );
    let invalid = "- `800002`: the body cannot be read, or has bad rows: nothing of it was \
        stored. The first ten bad rows are named.\n- `3000`: a parameter, or the key, cannot be \
        used";
    let refused = |what: &'static str| Response::json(what, Schema::named("Error"));
    let busy = Response::json(
        "As many bodies as may come at once are coming, and `Retry-After` says when to come \
         again; or the import takes longer than an hour, and is stored when it is done; or the \
         token's issuer was never reached.",
        Schema::named("Error"),
    );
    let operation = Operation::new(
        "importLicenseFacts",
        IMPORT,
        "Store licence facts",
        "Stores what a file holds, as `seatwise import` does: the same formats, columns, checks and \
         receipt. The partner is that of the token, which needs the scope or the role to send \
         facts in, `Seatwise.Import` without other settings. Deliveries that are known already \
         change nothing, so an import may be repeated.",
    )
    .needs(&[USER, APPLICATION])
    .posts(RequestBody::bytes(
        "One file: CSV, one JSON object a line, Parquet, or a saved answer of the API; plain, or \
         compressed with gzip or zstd. At most 1 GiB, or what the server is set to.",
    ))
    .takes(Parameter::query(
        "kind",
        Schema::one_of(KINDS.map(|(name, _)| name)),
        "Which facts; found from the columns without it.",
    ))
    .takes(Parameter::query(
        "format",
        Schema::one_of(FORMATS.map(|(name, _)| name)),
        "How they are written down; found from the first bytes without it.",
    ))
    .takes(Parameter::query(
        "download",
        Schema::one_of(DOWNLOADS.map(|(name, _)| name)),
        "Which download of Partner Center's Insights it is; found from columns and workloads without \
         it.",
    ))
    .takes(Parameter::query(
        "customer",
        Schema::guid(),
        "The customer of JSON rows that do not name one.",
    ))
    .takes(Parameter::query(
        "dryRun",
        Schema::truth(),
        "Check and compare everything, store nothing.",
    ))
    .takes(Parameter::query(
        "skipBadRows",
        Schema::truth(),
        "Leave out deliveries that hold a bad row, instead of storing nothing.",
    ))
    .takes(Parameter::query(
        "replace",
        Schema::truth(),
        "Store it also if it takes more than half of what is known of its deliveries away.",
    ))
    .takes(Parameter::query(
        "mend",
        Schema::truth(),
        "Give up damaged data files that the body does not bring back: the last version of what may \
         have been in them is recorded as of now, the rest is lost.",
    ))
    .takes(Parameter::query(
        "complete",
        Schema::truth(),
        "It has all customers of its services, channels and dates: those that are known and missing \
         have nothing any more. Not together with `skipBadRows`.",
    ))
    .takes(
        Parameter::header(
            IDEMPOTENCY_KEY,
            Schema::text().pattern("^[!-~]{1,255}$"),
            "A name of the caller's for this import. With the same one, body and parameters within \
             seven days the receipt of the first time is answered and nothing is done. A dry run \
             has none.",
        )
        .such_as("2f1c8f0e-usage-2026-10-21"),
    )
    .takes_named(&["MS-RequestId", "MS-CorrelationId", "ValidateMfa"]);
    operation
        .answers("200", answer.with_headers(&["isMfaCompliant"]))
        .answers("400", Response::json(invalid, Schema::named("ImportError")))
        .refuses(
            "401",
            &[
                ErrorCode::AccessDenied,
                ErrorCode::InvalidAudience,
                ErrorCode::MfaMissing,
            ],
        )
        .refuses(
            "403",
            &[ErrorCode::RoleNotAllowed, ErrorCode::OperationDenied],
        )
        .answers(
            "405",
            refused("The method is not POST.").with_headers(&["Allow"]),
        )
        .answers("408", refused("Nothing of the body came for 30 seconds."))
        .answers(
            "409",
            refused("An import with the same `Idempotency-Key` is running."),
        )
        .answers(
            "413",
            refused("The body is longer than 1 GiB, or than the server is set to."),
        )
        .answers(
            "415",
            refused("The body is a form, and not the file itself."),
        )
        .answers(
            "422",
            refused("The `Idempotency-Key` was used for another body or other parameters."),
        )
        .answers_named(&[
            ("414", "UriTooLong"),
            ("429", "TooManyRequests"),
            ("431", "HeadTooLarge"),
            ("500", "Failed"),
        ])
        .answers("503", busy)
        .answers("507", refused("The disk of the server is full."))
}

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

pub(super) fn of_user(
    operation_id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: impl Into<Cow<'static, str>>,
) -> Operation {
    Operation::new(operation_id, tag, summary, description).needs(&[USER])
}

fn of_user_or_application(
    operation_id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
) -> Operation {
    Operation::new(operation_id, tag, summary, description).needs(&[USER, APPLICATION])
}

fn own(operation_id: &'static str, summary: &'static str, description: &'static str) -> Operation {
    Operation::new(operation_id, OPERATION, summary, description)
        .takes_named(&["MS-RequestId", "MS-CorrelationId"])
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
    let names: Vec<_> = fields().map(|field| format!("`{field}`")).collect();
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
        .takes(
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
            .such_as("serviceCode eq 'o365' and (channel eq 'reseller' or channel eq 'direct')"),
        )
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

fn customer_id() -> Parameter {
    Parameter::path(
        "customer-id",
        Schema::guid().pattern("^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"),
        "The customer's tenant: a GUID with hyphens, in any case.",
    )
}

fn customer_filter() -> Schema {
    Schema::object()
        .with("Field", Schema::one_of(["CompanyName", "Domain"]))
        .with("Value", Schema::text())
        .with("Operator", Schema::one_of(["starts_with", "StartsWith"]))
}

/// Adds the headers for caching and compression.
fn cacheable(response: Response) -> Response {
    response.with_headers(&["ETag", "Vary", "Content-Encoding"])
}

/// A response to a valid token, for a point on the time axes.
fn of_a_point(response: Response) -> Response {
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
    fn bounded(self) -> Self {
        self.refuses("403", &[ErrorCode::OperationDenied])
            .answers_named(&BOUNDS)
    }
}

fn example_customer() -> Option<Customer> {
    let id = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse().ok()?;
    Some(customers::resource(
        id,
        "Contoso",
        Some("contoso.onmicrosoft.com"),
    ))
}

fn customer_list() -> Vec<u8> {
    let mut list = seatwise_types::Collection::new(example_customer().into_iter().collect());
    list.links = Some(Links::to_itself("/customers?size=40"));
    wire::encode(&list)
}

fn one_customer() -> Vec<u8> {
    wire::encode(&example_customer())
}
