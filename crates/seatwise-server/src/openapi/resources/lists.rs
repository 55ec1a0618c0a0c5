//! The bodies that are lists.

use seatwise_types::Collection;

use super::fields::{attributes, total_count};
use crate::openapi::schema::Schema;

/// The collection of endpoints A to D.
pub(in super::super) fn collection(item: &str) -> Schema {
    Schema::object()
        .with("totalCount", total_count())
        .with("items", Schema::list(Schema::named(item)))
        .with("attributes", attributes(Collection::<()>::OBJECT_TYPE))
}

/// The collection of endpoint G.
pub(in super::super) fn paged_collection(item: &str) -> Schema {
    Schema::object()
        .with("totalCount", total_count())
        .with("items", Schema::list(Schema::named(item)))
        .may_have(
            "continuationToken",
            Schema::text().means(
                "What to send as `MS-ContinuationToken` for the next page; not on the last one.",
            ),
        )
        .with("links", Schema::named("Links"))
        .with("attributes", attributes(Collection::<()>::OBJECT_TYPE))
}

/// The page of endpoints E and F.
pub(in super::super) fn commercial_page(row: &str) -> Schema {
    Schema::object()
        .with("Value", Schema::list(Schema::named(row)))
        .with(
            "@nextLink",
            Schema::text().or_null().means(
                "Path and query of the next page, with the parameters that were asked and a \
                 `tableVersion` that keeps the pages those of one time; `null` on the last page.",
            ),
        )
        .with(
            "TotalCount",
            Schema::count().means("How many rows there are on all pages."),
        )
}
