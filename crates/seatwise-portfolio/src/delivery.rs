//! What arrives: all rows of one customer, service and channel with one processed date.

use jiff::civil::DateTime;
use uuid::Uuid;

use crate::customer::Customer;
use crate::service::{Service, Workload};

/// All rows of one customer, service and channel that were processed at one time.
///
/// It arrives and is replaced as a whole. One without rows says that the customer holds nothing of
/// the service through this channel any more.
#[derive(Clone, Debug)]
pub struct Delivery<'a, Row> {
    /// When the source aggregated the figures, UTC. Midnight of the day that they describe, but for
    /// deployment of `o365`, which has a time of day to the hundredth of a second.
    pub processed: DateTime,
    /// The customer.
    pub customer: &'a Customer,
    /// The customer's name in this delivery; a renamed customer has another in older ones.
    pub customer_name: &'a str,
    /// Whether the CSV files write the GUIDs of this delivery in capitals.
    pub capitals: bool,
    /// The service.
    pub service: &'static Service,
    /// How it is sold: `reseller`, `direct`, or a word that Partner Center does not document.
    pub channel: &'static str,
    /// The figures, product by product.
    pub rows: Vec<Row>,
}

/// The use of one workload through one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// The workload.
    pub workload: &'static Workload,
    /// The product's SKU id.
    pub product_id: Uuid,
    /// The product's name at the time.
    pub product_name: &'static str,
    /// Seats used in the last 28 days. Can be more than are qualified.
    pub licenses_active: u64,
    /// Seats entitled to the workload. Can be none.
    pub licenses_qualified: u64,
}

/// The assignment of one product's seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeploymentRow {
    /// The product's SKU id.
    pub product_id: Uuid,
    /// The product's name at the time.
    pub product_name: &'static str,
    /// Seats assigned to a user.
    pub licenses_deployed: u64,
    /// Seats bought. None of a trial.
    pub licenses_sold: u64,
}
