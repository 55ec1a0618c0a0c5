//! A condition for the customers of a query that skips most rows of others.

use std::fmt::Write as _;

use seatwise_types::CustomerId;

use crate::table::delta::DataFile;

/// The most customers named in a query; with more, the query has only the first and the last.
const NAMED_CUSTOMERS: usize = 256;

/// The first and the last of a set of customers, as text.
pub(crate) struct CustomerRange {
    first: String,
    last: String,
    /// All of them, if there are few.
    named: Vec<String>,
}

impl CustomerRange {
    pub(crate) fn of(customers: impl IntoIterator<Item = CustomerId> + Clone) -> Self {
        let text = |id: Option<CustomerId>| id.map(|id| id.to_string()).unwrap_or_default();
        let mut named: Vec<CustomerId> = Vec::new();
        for id in customers.clone() {
            if !named.contains(&id) {
                named.push(id);
            }
            if named.len() > NAMED_CUSTOMERS {
                named.clear();
                break;
            }
        }
        Self {
            first: text(customers.clone().into_iter().min()),
            last: text(customers.into_iter().max()),
            named: named.iter().map(ToString::to_string).collect(),
        }
    }

    pub(crate) fn may_be_in(&self, file: &DataFile) -> bool {
        let (min, max) = (&file.stats.min_values, &file.stats.max_values);
        min.customer_tenant_id <= self.last && self.first <= max.customer_tenant_id
    }

    /// A condition that all rows of these customers meet. With many customers, it includes others
    /// between them.
    pub(crate) fn condition(&self) -> String {
        let Self { first, last, named } = self;
        let mut condition = format!("customer_tenant_id between '{first}' and '{last}'");
        let mut and = " and customer_tenant_id in (";
        for id in named {
            let _ = write!(condition, "{and}'{id}'");
            and = ", ";
        }
        if !named.is_empty() {
            condition.push(')');
        }
        condition
    }
}
