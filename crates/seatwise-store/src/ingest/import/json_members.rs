//! The members of JSON objects: rows, and answers that have rows.

use std::fmt;
use std::io;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// The largest length of a row, and of other members of an answer, in bytes.
pub(super) const LONGEST_ROW: usize = 1 << 20;

/// The members of an object as they occur, including duplicates.
#[derive(Debug, Default)]
pub(super) struct Members(pub(super) Vec<(String, Value)>);

impl Members {
    /// The first member with a name, in any case.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let mut members = self.0.iter();
        members.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    }

    /// Whether they belong to an answer, which has its rows in a list, and not to a row.
    pub(super) fn are_of_an_answer(&self) -> bool {
        let mut members = self.0.iter();
        members.any(|(name, value)| has_rows(name) && (value.is_array() || value.is_object()))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::with_capacity(map.size_hint().unwrap_or(12));
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// A row, or why it is invalid.
pub(super) type JsonRow = Result<Members, String>;

/// Whether the member of an answer with this name has its rows.
pub(super) fn has_rows(name: &str) -> bool {
    name.eq_ignore_ascii_case("value") || name.eq_ignore_ascii_case("items")
}

/// Rejects a single page: it can end in the middle of a delivery. The rows on the next page would
/// count as a restatement, and those on this one would no longer count.
pub(super) fn refuse_single_page(answer: &Members, rows_of_value: Option<u64>) -> io::Result<()> {
    let mut links = ["@nextLink", "nextLink"].into_iter();
    let goes_on = links.any(|name| answer.get(name).is_some_and(Value::is_string));
    let total = answer.get("totalCount").and_then(Value::as_u64);
    let is_part = rows_of_value.is_some_and(|rows| total.is_some_and(|total| total > rows));
    if goes_on || is_part {
        return Err(invalid(
            "it is one page of several: import all pages as one stream of rows, such as \
             `jq -c '.Value[]' page*.json | seatwise import … -`"
                .to_owned(),
        ));
    }
    Ok(())
}

pub(super) fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
