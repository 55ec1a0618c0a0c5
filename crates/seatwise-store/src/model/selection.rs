//! The rows that a selection includes.

use seatwise_types::CustomerId;
use seatwise_types::extensions::Selection;

use crate::model::texts::same_text;

/// Whether a selection includes a service and channel.
pub(crate) fn selects(selection: &Selection, (service, channel): (&str, &str)) -> bool {
    let is = |wanted: &Option<String>, text| {
        wanted.as_ref().is_none_or(|wanted| same_text(wanted, text))
    };
    is(&selection.service, service) && is(&selection.channel, channel)
}

/// The SQL condition, to append to others, for rows of one customer; empty for all customers.
pub(crate) fn and_of_customer(customer: Option<CustomerId>) -> String {
    customer.map_or_else(String::new, |id| {
        format!(" and customer_tenant_id = '{id}'")
    })
}
