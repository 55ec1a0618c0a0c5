//! Deliveries: all rows of one customer, service and channel with one processed date.

use jiff::civil::DateTime;
use uuid::Uuid;

use crate::customer::Customer;
use crate::service::{Service, Workload};

/// All rows of one customer, service and channel with one processed date.
///
/// It is delivered and replaced as a whole. A delivery without rows means that the customer has no
/// products of the service in this channel any more.
#[derive(Clone, Debug)]
pub struct Delivery<'a, Row> {
    /// When the source processed the figures, in UTC. Midnight of the day that they describe,
    /// except for deployment of `o365`, which has a time of day in hundredths of a second.
    pub processed: DateTime,
    /// The customer.
    pub customer: &'a Customer,
    /// The customer's name in this delivery. A renamed customer has another one in older
    /// deliveries.
    pub customer_name: &'a str,
    /// Whether the CSV files have the GUIDs of this delivery in upper case.
    pub capitals: bool,
    /// The service.
    pub service: &'static Service,
    /// The channel: `reseller`, `direct`, or an undocumented one.
    pub channel: &'static str,
    /// The figures by product.
    pub rows: Vec<Row>,
}

/// The use of a workload of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// The workload.
    pub workload: &'static Workload,
    /// The product's SKU id.
    pub product_id: Uuid,
    /// The product's name at the time.
    pub product_name: &'static str,
    /// Seats used in the last 28 days. Can exceed the qualified seats.
    pub licenses_active: u64,
    /// Seats entitled to the workload. Can be 0.
    pub licenses_qualified: u64,
}

/// The assigned seats of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeploymentRow {
    /// The product's SKU id.
    pub product_id: Uuid,
    /// The product's name at the time.
    pub product_name: &'static str,
    /// Seats assigned to users.
    pub licenses_deployed: u64,
    /// Seats bought; 0 for a trial.
    pub licenses_sold: u64,
}
