//! Partner Center's endpoints.

pub(crate) mod commercial;
mod customer_in_path;
pub(crate) mod customer_licenses;
pub(crate) mod customer_page;
pub(crate) mod customers;
pub(crate) mod licenses;
