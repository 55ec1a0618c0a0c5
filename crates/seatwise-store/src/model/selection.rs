//! What a selection leaves of a table.

use seatwise_types::own::Selection;

use crate::model::texts::same_text;

/// Whether a service and channel are among those of a selection.
pub(crate) fn selects(selection: &Selection, (service, channel): (&str, &str)) -> bool {
    let is = |wanted: &Option<String>, text| {
        wanted.as_ref().is_none_or(|wanted| same_text(wanted, text))
    };
    is(&selection.service, service) && is(&selection.channel, channel)
}
