//! JSON schemas of the values that are strings on the wire.
//!
//! Those of the resources are derived: doc comments become descriptions.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::extensions::{Amount, Month};
use crate::{Channel, CustomerId, PartnerId, ProcessedDateTime, ServiceCode};

macro_rules! strings {
    ($($name:ident $schema:tt)+) => {
        $(impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        })+
    };
}

strings! {
    CustomerId { "type": "string", "format": "uuid" }
    PartnerId { "type": "string", "format": "uuid" }
    ServiceCode { "type": "string", "examples": ["o365", "crm"] }
    Channel { "type": "string", "examples": ["reseller", "direct"] }
    ProcessedDateTime {
        "type": "string",
        "format": "date-time",
        "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?\+00:00$",
        "examples": ["2017-03-14T03:25:16.36+00:00"]
    }
    Amount { "type": "string", "pattern": r"^[0-9]+\.[0-9]{2,4}$", "examples": ["12.50"] }
    Month { "type": "string", "examples": ["2026-09"] }
}
