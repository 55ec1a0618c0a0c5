//! The bodies of an import by request.

use super::error::error;
use crate::openapi::schema::{Ordered, Schema};

/// The schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("ImportReceipt", import_receipt()),
        ("Losses", losses()),
        ("Loss", loss()),
        ("Mended", mended()),
        ("ImportError", import_error()),
        ("BadRow", bad_row()),
    ])
}

fn import_receipt() -> Schema {
    let count = |meaning: &'static str| Schema::count().means(meaning);
    let receipt = Schema::object()
        .means("The result of an import, as in `seatwise import --output json`.")
        .with("files", count("1, if the body was read to its end."))
        .with(
            "rowsRead",
            count("Rows that were read, bad ones among them."),
        )
        .with("rowsStored", count("Rows that were stored."))
        .with(
            "deliveriesNew",
            count("Deliveries of units that were not known."),
        )
        .with(
            "deliveriesUnchanged",
            count("Deliveries that were known already."),
        )
        .with(
            "deliveriesRestated",
            count("Deliveries that say something else than before about a known unit."),
        )
        .with(
            "deliveriesRejected",
            count("Deliveries that were left out because a row of them is bad."),
        )
        .with(
            "deliveriesJoined",
            count("0: a body is one file, so no delivery stands in several."),
        )
        .with("joinedFiles", Schema::list(Schema::text()).means("Empty."))
        .with(
            "deliveriesEmptied",
            count(
                "Deliveries without rows, of known customers that a complete body does not have; \
                 counted above too.",
            ),
        )
        .with(
            "firstEmptied",
            Schema::list(Schema::guid()).means("The first ten of these customers."),
        );
    with_findings(receipt)
}

/// Adds what the import found in the rows.
fn with_findings(receipt: Schema) -> Schema {
    let count = |meaning: &'static str| Schema::count().means(meaning);
    receipt
        .with("losses", Schema::named("Losses"))
        .with("mended", Schema::named("Mended"))
        .with("badRows", count("Rows that are bad."))
        .with(
            "firstBadRows",
            Schema::list(Schema::named("BadRow")).means("The first ten of them."),
        )
        .with(
            "rejectedFiles",
            Schema::list(Schema::text()).means("Empty: the caller has the rows."),
        )
        .with(
            "ignoredColumns",
            Schema::list(Schema::text()).means("Columns that are not used."),
        )
        .with(
            "passedOver",
            Schema::list(Schema::object()).means("Empty: a body is one file."),
        )
        .with(
            "notStored",
            Schema::list(Schema::text()).means("Empty: all of the body was stored."),
        )
        .with(
            "dryRun",
            Schema::truth().means("Nothing was stored because nothing was to be stored."),
        )
        .with(
            "takenFor",
            Schema::object().means(
                "`1` by the name of what the body was taken for: `usage`, `deployment`, \
                 `OfficeUsage` or `DynamicsUsage`.",
            ),
        )
        .with(
            "duplicateRows",
            count("Rows of a download that were left out because they are marked as duplicates."),
        )
        .with(
            "repeatedRows",
            count(
                "Rows of a download that are not marked as duplicates and repeat another one, which \
                 was counted once.",
            ),
        )
        .with(
            "noValueWords",
            Schema::object().means(
                "How often each word, such as `NULL`, was taken for \"no value\" in columns of codes \
                 and ids and in names that may be missing.",
            ),
        )
        .with(
            "domainsStored",
            count("Domains of customers that were not known, or were others."),
        )
        .with("seconds", Schema::number().means("How long it took."))
        .with("rowsPerSecond", count("Rows read in a second, on average."))
}

fn mended() -> Schema {
    let count = |meaning: &'static str| Schema::count().means(meaning);
    Schema::object()
        .means("What an import did about damaged data files. One that meets them mends, and records nothing else.")
        .with(
            "files",
            count("Files that were damaged or gone, and that no table names any more."),
        )
        .with(
            "deliveries",
            count("Deliveries that they had, and that are again as they were."),
        )
        .with(
            "rowsLost",
            count(
                "Rows that they had and that are lost: less those that were recorded as of now in their \
                 place.",
            ),
        )
        .with(
            "leftOut",
            count(
                "Deliveries of the import that were left out because it mended, and that the tables have \
                 in no version. If they are news, import them again.",
            ),
        )
        .with(
            "stillDamaged",
            count(
                "Data files that are still damaged. They are looked for where damage is in the way \
                 of an import, so this is 0 if it met none.",
            ),
        )
}

fn losses() -> Schema {
    Schema::object()
        .means("What the restatements of an import take away from the versions before them.")
        .with(
            "rows",
            Schema::count().means(
                "Rows of the versions before whose product or workload the restatement has not.",
            ),
        )
        .with(
            "deliveries",
            Schema::count().means("Deliveries that lose such rows."),
        )
        .with(
            "first",
            Schema::list(Schema::named("Loss")).means("The first ten of these rows."),
        )
}

fn loss() -> Schema {
    Schema::object()
        .means("A row that a restatement takes away.")
        .with("customerTenantId", Schema::guid().means("The customer."))
        .with(
            "serviceCode",
            Schema::text().means("The code of the service."),
        )
        .with("channel", Schema::text().means("The channel."))
        .with(
            "processedDate",
            Schema::text()
                .format("date")
                .means("The day of the delivery."),
        )
        .with(
            "productName",
            Schema::text()
                .means("The name of the product; empty where rows have none, as in `OfficeUsage`."),
        )
        .may_have(
            "workloadName",
            Schema::text().means("The name of the workload; left out for deployment."),
        )
}

/// An error; for bad rows it has more members.
fn import_error() -> Schema {
    error()
        .may_have("badRows", Schema::count().means("How many rows are bad."))
        .may_have(
            "firstBadRows",
            Schema::list(Schema::named("BadRow")).means("The first ten of them."),
        )
}

fn bad_row() -> Schema {
    Schema::object()
        .means("A row that cannot be stored, and what to do about it.")
        .with("file", Schema::text().means("`body`."))
        .with(
            "line",
            Schema::count().means("The line on which the row begins, else the number of the row."),
        )
        .with(
            "column",
            Schema::text().means("The column; empty if the row is broken as a whole."),
        )
        .with(
            "value",
            Schema::text().means("What stands there, shortened."),
        )
        .with(
            "remedy",
            Schema::text().means("What is wrong, and what should be there."),
        )
}

#[cfg(test)]
mod tests {
    use crate::extensions::import::BadRowsBody;
    use seatwise_store::import::{BadRow, Loss, Losses, Mended};
    use seatwise_types::{ErrorBody, ErrorCode, wire};

    use super::super::describes::{describes, id, text};
    use super::*;

    #[test]
    fn bad_rows_of_an_import() {
        let row = BadRow {
            file: text(),
            line: 1,
            column: "column",
            value: text(),
            remedy: text(),
        };
        describes(&bad_row(), &wire::encode(&row));
        let mut error = ErrorBody::new(ErrorCode::InvalidInput, text());
        error.data = vec![text()];
        let body = BadRowsBody {
            error,
            bad_rows: 1,
            first_bad_rows: &[row],
        };
        describes(&import_error(), &wire::encode(&body));
    }

    #[test]
    fn imports() {
        let row = BadRow {
            file: text(),
            line: 1,
            column: "channel",
            value: text(),
            remedy: text(),
        };
        describes(&bad_row(), &wire::encode(&row));
        let receipt = seatwise_store::import::Receipt::default();
        let timed = receipt.timed(std::time::Duration::ZERO);
        describes(&import_receipt(), &wire::encode(&timed));
        let loss = Loss {
            customer_tenant_id: id(),
            service_code: text(),
            channel: text(),
            processed_date: "2017-03-09".parse().unwrap(),
            product_name: text(),
            workload_name: Some(text()),
        };
        describes(&super::loss(), &wire::encode(&loss));
        describes(&losses(), &wire::encode(&Losses::default()));
        describes(&mended(), &wire::encode(&Mended::default()));
    }
}
