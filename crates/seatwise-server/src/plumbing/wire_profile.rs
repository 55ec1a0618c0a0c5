//! Settings for bodies, where evidence is ambiguous or clients differ.

use seatwise_types::{ErrorForm, wire};
use serde::Serialize;

/// The form of bodies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WireProfile {
    /// Whether bodies start with the byte-order mark, like Partner Center's. Default: true. The
    /// commercial endpoints never have one.
    pub bom: bool,
    /// Whether to write fields that are documented but absent from the documented samples:
    /// `customerId`, `serviceCode` and `workloadCode` in one customer's rows, and `licenseActive`
    /// beside `licensesActive` in the commercial ones. Default: false.
    pub documented_fields: bool,
    /// The form of errors. Default: as in the documented samples.
    pub errors: ErrorForm,
}

impl Default for WireProfile {
    fn default() -> Self {
        Self {
            bom: true,
            documented_fields: false,
            errors: ErrorForm::default(),
        }
    }
}

impl WireProfile {
    /// Serializes a resource.
    pub(crate) fn encode<T: Serialize>(self, resource: &T) -> Vec<u8> {
        if self.bom {
            wire::encode_with_mark(resource)
        } else {
            wire::encode(resource)
        }
    }
}
