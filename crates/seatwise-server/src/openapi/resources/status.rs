//! The body of the server's status.

use crate::openapi::schema::{Ordered, Schema};

/// The schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("Status", status()),
        ("Collection", collection_state()),
        ("CollectionProgress", collection_progress()),
    ])
}

fn status() -> Schema {
    let none = Schema::null().means("The server does not collect for the partner.");
    Schema::object()
        .means("What a server reports about itself to a partner.")
        .with("partner", Schema::guid())
        .with(
            "collection",
            Schema::any_of([Schema::named("Collection"), none]),
        )
}

fn collection_state() -> Schema {
    let time = || Schema::text().format("date-time").or_null();
    Schema::object()
        .means("How the collections of a partner are.")
        .with("running", Schema::truth().means("Whether one is at work."))
        .may_have("progress", Schema::named("CollectionProgress"))
        .with(
            "requested",
            Schema::truth().means("Whether an operator requested one that has not begun yet."),
        )
        .with(
            "nextAt",
            time().means("When the next one begins; `null` while one is at work."),
        )
        .with(
            "lastDoneAt",
            time().means("When the last one came to its end; `null` if none did since the start."),
        )
        .with(
            "lastError",
            Schema::text()
                .or_null()
                .means("Why the last one failed; `null` if it did not."),
        )
        .with(
            "done",
            Schema::count().means("How many came to their end since the start."),
        )
        .with(
            "failed",
            Schema::count().means("How many failed since the start."),
        )
}

fn collection_progress() -> Schema {
    Schema::object()
        .means("How far the collection that is at work is; not there while none is.")
        .with(
            "customers",
            Schema::count().means("How many customers the source has listed so far."),
        )
        .with("rows", Schema::count().means("How many rows came so far."))
        .may_have(
            "percent",
            Schema::count().means(
                "How much of the metric that is asked for is done, from 0 to 100; not there as long as \
                 it is not known how much there is.",
            ),
        )
}

#[cfg(test)]
mod tests {
    use seatwise_types::wire;

    use super::super::describes::{describes, id};
    use super::*;

    #[test]
    fn status_of_the_server() {
        let progress = crate::CollectionProgress {
            percent: Some(1),
            ..crate::CollectionProgress::default()
        };
        describes(&collection_progress(), &wire::encode(&progress));
        let state = crate::CollectionState {
            progress: Some(progress),
            ..crate::CollectionState::default()
        };
        describes(&collection_state(), &wire::encode(&state));
        let full = crate::extensions::status::Status {
            partner: seatwise_types::PartnerId::new(*id().as_uuid()),
            collection: Some(state),
        };
        describes(&status(), &wire::encode(&full));
    }
}
