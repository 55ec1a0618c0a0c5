//! What about the bodies can be chosen: the evidence leaves it open, or users need it otherwise.

use seatwise_types::{ErrorForm, wire};
use serde::Serialize;

/// How bodies are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WireProfile {
    /// Whether they start with the byte-order mark that Partner Center sends; true. The
    /// commercial endpoints never have one.
    pub bom: bool,
    /// Whether fields are written that are documented and absent from the documented samples:
    /// `customerId`, `serviceCode` and `workloadCode` of one customer's rows, `licenseActive`
    /// beside `licensesActive` of the commercial ones; false.
    pub documented_fields: bool,
    /// How errors are written: as in the documented samples.
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
    /// The body of a resource.
    pub(crate) fn encode<T: Serialize>(self, resource: &T) -> Vec<u8> {
        if self.bom {
            wire::encode_with_mark(resource)
        } else {
            wire::encode(resource)
        }
    }
}
