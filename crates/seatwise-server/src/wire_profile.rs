//! What about the bodies can be chosen: the evidence leaves it open, or users need it otherwise.

use seatwise_types::wire;
use serde::Serialize;

/// How successful bodies are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WireProfile {
    /// Whether they start with the byte-order mark that Partner Center sends; true. The
    /// commercial endpoints never have one.
    pub bom: bool,
    /// Whether fields are written that are documented and absent from the documented samples:
    /// `customerId`, `serviceCode` and `workloadCode` of one customer's rows, `licenseActive`
    /// beside `licensesActive` of the commercial ones; false.
    pub documented_fields: bool,
}

impl Default for WireProfile {
    fn default() -> Self {
        Self {
            bom: true,
            documented_fields: false,
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
