//! Helpers of tests: whether a schema has the members that a type writes.

use std::collections::HashMap;

use seatwise_types::{CustomerId, ProcessedDateTime};
use serde_json::value::RawValue;

use crate::openapi::schema::Schema;

/// The members of an object, in the order in which they are written.
fn members(json: &[u8]) -> Vec<String> {
    let text = str::from_utf8(json).unwrap();
    let members: HashMap<String, &RawValue> = serde_json::from_str(text).unwrap();
    let mut members: Vec<_> = members.into_iter().collect();
    // All values borrow from one text, so their addresses show their order.
    members.sort_by_key(|(_, value)| value.get().as_ptr());
    members.into_iter().map(|(name, _)| name).collect()
}

/// Asserts that all members are described, in the written order.
#[track_caller]
pub(super) fn describes(schema: &Schema, full: &[u8]) {
    let described: Vec<_> = schema.properties.iter().map(|(name, _)| name).collect();
    assert_eq!(members(full), described);
}

pub(super) fn id() -> CustomerId {
    "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse().unwrap()
}

pub(super) fn date() -> ProcessedDateTime {
    "2017-03-09".parse().unwrap()
}

pub(super) fn text() -> String {
    "text".to_owned()
}
