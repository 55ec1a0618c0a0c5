//! The calls for imports.

use seatwise_types::ErrorCode;

use super::common::{of_holder, of_user};
use crate::extensions::import::{DOWNLOADS, FORMATS, IDEMPOTENCY_KEY, KINDS};
use crate::openapi::operation::{APPLICATION, Operation, Parameter, RequestBody, Response, USER};
use crate::openapi::samples;
use crate::openapi::schema::Schema;
use crate::openapi::tags::IMPORT;

pub(crate) fn import() -> Operation {
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
        "One file: CSV, JSON Lines, Parquet, or a saved answer of the API; plain, or \
         compressed with gzip or zstd. At most 1 GiB, or what the server is set to.",
    ));
    answered(with_parameters(operation))
}

fn with_parameters(operation: Operation) -> Operation {
    operation
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
        .takes_named(&["MS-RequestId", "MS-CorrelationId", "ValidateMfa"])
}

fn answered(operation: Operation) -> Operation {
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

pub(crate) fn imports() -> Operation {
    let answer = Response::json(
        "The imports, the newest first.",
        Schema::named("PastImports"),
    );
    of_user(
        "getImports",
        IMPORT,
        "What was imported or refused",
        "The last 200 imports of the partner, however they came in: what was stored of each, or why it \
         was refused. Dry runs are not listed, nor are imports that failed because of the server. The \
         list is emptied when a customer is erased.",
    )
    .in_pages()
    .answers("200", of_holder(answer).such_as(samples::IMPORTS))
    .finish(&[ErrorCode::InvalidInput], &[])
}
