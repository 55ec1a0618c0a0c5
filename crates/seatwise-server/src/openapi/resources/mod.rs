//! The bodies of responses: all members in order.
//!
//! Tests compare these schemas with what the types of `seatwise-types` serialize.

mod changes;
mod coverage;
mod customers;
#[cfg(test)]
mod describes;
mod error;
mod explanation;
mod fields;
mod figures;
mod history;
mod idle;
mod idle_row;
mod import;
mod imports;
mod lists;
mod monthly;
mod status;

pub(super) use self::lists::{collection, commercial_page, paged_collection};
use super::schema::{Ordered, Schema};

/// All schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    figures::all()
        .and(customers::all())
        .and(status::all())
        .and(import::all())
        .and(error::all())
        .and(history::all())
        .and(explanation::all())
        .and(coverage::all())
        .and(changes::all())
        .and(monthly::all())
        .and(idle::all())
        .and(imports::all())
}
