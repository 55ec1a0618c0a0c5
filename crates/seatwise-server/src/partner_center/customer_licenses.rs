//! One customer's licence analytics: `/v1/customers/{customer-id}/analytics/licenses/…`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use seatwise_store::{Axes, Kind, Moment, Snapshot, SnapshotRow};
use seatwise_types::query::CommercialField;
use seatwise_types::{
    Collection, CustomerId, CustomerLicensesDeploymentInsights, CustomerLicensesUsageInsights,
    PartnerId,
};

use super::customer_in_path::{CustomerInPath, unknown_customer};
use crate::axes;
use crate::plumbing::answer::respond_made;
use crate::plumbing::error::ApiError;
use crate::sign_in::Caller;
use crate::state::AppState;

/// `GET /v1/customers/{customer-id}/analytics/licenses/usage`
pub(crate) async fn usage(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    CustomerInPath(customer): CustomerInPath,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let axes = axes::asked(&app, caller.partner, query.as_deref()).await?;
    let kinds = [Kind::Usage, Kind::Deployment];
    let snapshot = snapshot_of(&app, caller.partner, customer, axes, kinds).await?;
    let wire = app.wire;
    let row = move |row: &SnapshotRow<'_>| usage_row(row, customer, wire.documented_fields);
    let response = respond(&app, &headers, snapshot, customer, move |rows| {
        wire.encode(&Collection::new(rows.iter().filter_map(row).collect()))
    });
    Ok(axes::named(axes, response.await?))
}

/// `GET /v1/customers/{customer-id}/analytics/licenses/deployment`
pub(crate) async fn deployment(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    CustomerInPath(customer): CustomerInPath,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let axes = axes::asked(&app, caller.partner, query.as_deref()).await?;
    let kinds = [Kind::Deployment, Kind::Usage];
    let snapshot = snapshot_of(&app, caller.partner, customer, axes, kinds).await?;
    let wire = app.wire;
    let row = move |row: &SnapshotRow<'_>| deployment_row(row, customer, wire.documented_fields);
    let response = respond(&app, &headers, snapshot, customer, move |rows| {
        wire.encode(&Collection::new(rows.iter().filter_map(row).collect()))
    });
    Ok(axes::named(axes, response.await?))
}

/// A row of usage; `None` if it lacks what every row has. `documented` adds the fields that are absent
/// from the documented samples.
fn usage_row(
    row: &SnapshotRow<'_>,
    customer: CustomerId,
    documented: bool,
) -> Option<CustomerLicensesUsageInsights> {
    let text = |field| row.field(field).map(String::from);
    let service = text(CommercialField::ServiceCode)?;
    Some(CustomerLicensesUsageInsights {
        customer_name: text(CommercialField::CustomerName),
        product_name: text(CommercialField::ProductName)?,
        licenses_active: Some(row.part()),
        licenses_qualified: Some(row.whole()),
        usage_percent: Some(row.percent()),
        workload_name: text(CommercialField::WorkloadName)?,
        processed_date_time: row.processed()?,
        service_name: service.clone().into(),
        channel: text(CommercialField::Channel)?.into(),
        attributes: CustomerLicensesUsageInsights::attributes(),
        customer_id: documented.then_some(customer),
        service_code: documented.then(|| service.into()),
        workload_code: text(CommercialField::WorkloadCode).filter(|_| documented),
    })
}

/// A row of deployment; `None` if it lacks what every row has. `documented` adds the fields that are absent
/// from the documented samples.
fn deployment_row(
    row: &SnapshotRow<'_>,
    customer: CustomerId,
    documented: bool,
) -> Option<CustomerLicensesDeploymentInsights> {
    let text = |field| row.field(field).map(String::from);
    let service = text(CommercialField::ServiceCode)?;
    Some(CustomerLicensesDeploymentInsights {
        customer_name: text(CommercialField::CustomerName),
        product_name: text(CommercialField::ProductName)?,
        licenses_deployed: Some(row.part()),
        deployment_percent: Some(row.percent()),
        licenses_sold: Some(row.whole()),
        processed_date_time: row.processed()?,
        service_name: service.clone().into(),
        channel: text(CommercialField::Channel)?.into(),
        attributes: CustomerLicensesDeploymentInsights::attributes(),
        customer_id: documented.then_some(customer),
        service_code: documented.then(|| service.into()),
    })
}

/// The response made from a customer's rows, by product.
async fn respond(
    app: &AppState,
    headers: &HeaderMap,
    snapshot: Arc<Snapshot>,
    customer: CustomerId,
    body: impl FnOnce(&[SnapshotRow<'_>]) -> Vec<u8> + Send + 'static,
) -> Result<Response, ApiError> {
    let memory = app
        .snapshots
        .reserve(snapshot.rows_of(customer).count() * ROW_BYTES)?;
    let body = move || {
        let _memory = memory;
        body(&by_product(snapshot.rows_of(customer)))
    };
    respond_made(&app.snapshots, headers, body).await
}

/// An estimate of the memory per row while the response is made, in bytes.
const ROW_BYTES: usize = 1024;

/// The snapshot of the first kind, if either kind has the customer of this partner.
///
/// A customer of another partner gets the same error as one that does not exist.
async fn snapshot_of(
    app: &AppState,
    partner: PartnerId,
    customer: CustomerId,
    axes: Option<Axes>,
    [kind, other]: [Kind; 2],
) -> Result<Arc<Snapshot>, ApiError> {
    let moment = Moment::At(axes.unwrap_or_default());
    let snapshot = app.snapshots.at(partner, kind, moment, None).await?;
    if snapshot.customer(customer).is_some() {
        return Ok(snapshot);
    }
    let known_otherwise = app
        .snapshots
        .at(partner, other, moment, None)
        .await?
        .customer(customer)
        .is_some();
    known_otherwise
        .then_some(snapshot)
        .ok_or_else(unknown_customer)
}

/// Products in the order of their delivery, which is the same for usage and deployment; workloads
/// of a product by name (documented samples).
fn by_product<'a>(rows: impl Iterator<Item = SnapshotRow<'a>>) -> Vec<SnapshotRow<'a>> {
    let mut products = HashMap::new();
    let mut keyed: Vec<_> = rows
        .map(|row| {
            let of = |field| row.field(field).map(String::from);
            let product =
                of(CommercialField::ProductId).or_else(|| of(CommercialField::ProductName));
            let delivery = (
                of(CommercialField::ServiceCode),
                of(CommercialField::Channel),
            );
            let position = products.len();
            let position = *products
                .entry((delivery.clone(), product))
                .or_insert(position);
            ((delivery, position, of(CommercialField::WorkloadName)), row)
        })
        .collect();
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    keyed.into_iter().map(|(_, row)| row).collect()
}
