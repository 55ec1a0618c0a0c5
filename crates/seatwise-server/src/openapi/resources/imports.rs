//! The body of the list of imports.

use seatwise_types::extensions::{ImportOutcome, ImportWay};

use super::fields::{date_time, page};
use super::import::bad_row_of;
use crate::openapi::schema::{Ordered, Schema};

/// All schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("PastImports", answer()),
        ("PastImport", past_import()),
        ("BadImportRow", bad_row()),
    ])
}

fn answer() -> Schema {
    Schema::object()
        .means("A page of the list of imports.")
        .with("imports", page("PastImport"))
        .may_have(
            "nextLink",
            Schema::text().means("Path and query of the next page; not on the last one."),
        )
}

fn past_import() -> Schema {
    let count = |meaning: &'static str| Schema::count().means(meaning);
    Schema::object()
        .means(
            "One import that was made or refused. Of texts with more than 300 letters the middle is left \
             out.",
        )
        .with(
            "number",
            count("From 1, in the order of the imports; from 1 again after an erasure."),
        )
        .with("at", date_time("When it was made."))
        .with(
            "way",
            Schema::one_of(ImportWay::ALL.iter().map(|way| way.as_str())).means(
                "How its files came in: on a command line, as the body of a request, in the watched \
                 folder, or from a collection.",
            ),
        )
        .with(
            "outcome",
            Schema::one_of(ImportOutcome::ALL.iter().map(|outcome| outcome.as_str())),
        )
        .with("given", count("How many files or folders were given."))
        .with(
            "files",
            Schema::list(Schema::text()).means("The first ten of them, as they were given."),
        )
        .with("rowsRead", count("Rows that were read, bad ones among them."))
        .with("rowsStored", count("Rows that were stored."))
        .with("deliveriesNew", count("Deliveries of units that were not known."))
        .with("deliveriesUnchanged", count("Deliveries that were known already."))
        .with(
            "deliveriesRestated",
            count("Deliveries that say something else than before about a known unit."),
        )
        .with(
            "deliveriesRejected",
            count("Deliveries that were left out because a row of them is bad."),
        )
        .with("badRows", count("Rows that are bad."))
        .with(
            "firstBadRows",
            Schema::list(Schema::named("BadImportRow")).means("The first ten of them."),
        )
        .may_have("reason", Schema::text().means("Why it was refused."))
}

fn bad_row() -> Schema {
    let file = "The file, as it was given.";
    bad_row_of(
        "A row that was not stored, and why.",
        file,
        "What stands there.",
    )
}

#[cfg(test)]
mod tests {
    use seatwise_types::extensions::{BadImportRow, Imports, Page, PastImport};
    use seatwise_types::wire;

    use super::super::describes::{date, describes, text};
    use super::*;

    #[test]
    fn the_list_of_imports() {
        let row = BadImportRow {
            file: text(),
            line: 1,
            column: text(),
            value: text(),
            remedy: text(),
        };
        describes(&bad_row(), &wire::encode(&row));
        let import = PastImport {
            number: 1,
            at: date().timestamp(),
            way: ImportWay::Folder,
            outcome: ImportOutcome::Refused,
            given: 1,
            files: vec![text()],
            rows_read: 1,
            rows_stored: 1,
            deliveries_new: 1,
            deliveries_unchanged: 1,
            deliveries_restated: 1,
            deliveries_rejected: 1,
            bad_rows: 1,
            first_bad_rows: vec![row],
            reason: Some(text()),
        };
        describes(&past_import(), &wire::encode(&import));
        let all = Imports {
            imports: Page::of(vec![import], 0, 1),
            next_link: Some(text()),
        };
        describes(&answer(), &wire::encode(&all));
    }
}
