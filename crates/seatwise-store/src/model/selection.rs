//! What a selection leaves of a table.

use seatwise_types::CustomerId;
use seatwise_types::own::Selection;

use crate::model::texts::same_text;

/// Whether a service and channel are among those of a selection.
pub(crate) fn selects(selection: &Selection, (service, channel): (&str, &str)) -> bool {
    let is = |wanted: &Option<String>, text| {
        wanted.as_ref().is_none_or(|wanted| same_text(wanted, text))
    };
    is(&selection.service, service) && is(&selection.channel, channel)
}

/// The condition in SQL, after others, for rows of one customer; nothing if rows of all are wanted.
pub(crate) fn and_of_customer(customer: Option<CustomerId>) -> String {
    customer.map_or_else(String::new, |id| {
        format!(" and customer_tenant_id = '{id}'")
    })
}
