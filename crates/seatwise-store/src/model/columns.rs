//! The text columns of a row.

use std::borrow::Cow;

use seatwise_types::{Channel, ServiceCode};
use uuid::Uuid;

use crate::model::kind::Kind;

/// The text columns, in the order of [`Fact::text`](crate::model::fact::Fact). Deployment has no
/// workloads: its tables have the first six.
pub(crate) const TEXTS: [&str; 8] = [
    "service_code",
    "channel",
    "service_name",
    "customer_name",
    "product_id",
    "product_name",
    "workload_code",
    "workload_name",
];

// The indexes of these columns.
pub(crate) const SERVICE: usize = 0;
pub(crate) const CHANNEL: usize = 1;
pub(crate) const SERVICE_NAME: usize = 2;
pub(crate) const CUSTOMER_NAME: usize = 3;
pub(crate) const PRODUCT_ID: usize = 4;
pub(crate) const PRODUCT: usize = 5;
pub(crate) const CODE: usize = 6;
pub(crate) const WORKLOAD: usize = 7;

/// The text columns of a kind.
pub(crate) fn texts(kind: Kind) -> &'static [&'static str] {
    if kind.has_workload() {
        &TEXTS
    } else {
        &TEXTS[..6]
    }
}

/// The functions that bring the values of each text column to the spelling of the store.
pub(crate) fn canonical() -> [fn(&str) -> Cow<'_, str>; 8] {
    fn as_is(text: &str) -> Cow<'_, str> {
        text.into()
    }
    fn service(text: &str) -> Cow<'_, str> {
        ServiceCode::from(text).as_str().to_owned().into()
    }
    fn channel(text: &str) -> Cow<'_, str> {
        Channel::from(text).as_str().to_owned().into()
    }
    fn lower_guid(text: &str) -> Cow<'_, str> {
        match Uuid::try_parse(text) {
            Ok(guid) if text.len() == 36 => guid.to_string().into(),
            _ => text.into(),
        }
    }
    let mut columns: [fn(&str) -> Cow<'_, str>; 8] = [as_is; 8];
    columns[SERVICE] = service;
    columns[CHANNEL] = channel;
    columns[PRODUCT_ID] = lower_guid;
    columns
}
