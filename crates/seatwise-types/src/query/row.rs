//! Access to the fields of rows by name.

use std::borrow::Cow;

use super::{CommercialField, CommercialKind};
use crate::{LicensesDeploymentRow, LicensesUsageRow};

/// A row of a commercial endpoint.
///
/// # Example
///
/// ```
/// use seatwise_types::LicensesUsageRow;
/// use seatwise_types::query::{CommercialField, CommercialRow};
///
/// let row = LicensesUsageRow { workload_code: Some("EXO".to_owned()), ..Default::default() };
/// assert_eq!(row.field(CommercialField::WorkloadCode).as_deref(), Some("EXO"));
/// assert_eq!(row.field(CommercialField::Channel), None);
/// ```
pub trait CommercialRow {
    /// The endpoint of such rows.
    const KIND: CommercialKind;

    /// The text of a field on the wire; `None` if this row, or every row of its kind, lacks it.
    fn field(&self, field: CommercialField) -> Option<Cow<'_, str>>;
}

impl CommercialRow for LicensesUsageRow {
    const KIND: CommercialKind = CommercialKind::Usage;

    fn field(&self, field: CommercialField) -> Option<Cow<'_, str>> {
        match field {
            CommercialField::WorkloadCode => self.workload_code.as_deref().map(Cow::from),
            CommercialField::WorkloadName => self.workload_name.as_deref().map(Cow::from),
            CommercialField::ServiceCode => self.service_code.as_ref().map(|it| it.as_str().into()),
            CommercialField::ServiceName => self.service_name.as_deref().map(Cow::from),
            CommercialField::Channel => self.channel.as_ref().map(|it| it.as_str().into()),
            CommercialField::CustomerTenantId => self
                .customer_tenant_id
                .map(|it| it.to_string().to_uppercase().into()),
            CommercialField::CustomerName => self.customer_name.as_deref().map(Cow::from),
            CommercialField::ProductId => self.product_id.as_deref().map(Cow::from),
            CommercialField::ProductName => self.product_name.as_deref().map(Cow::from),
        }
    }
}

impl CommercialRow for LicensesDeploymentRow {
    const KIND: CommercialKind = CommercialKind::Deployment;

    fn field(&self, field: CommercialField) -> Option<Cow<'_, str>> {
        match field {
            CommercialField::WorkloadCode | CommercialField::WorkloadName => None,
            CommercialField::ServiceCode => self.service_code.as_ref().map(|it| it.as_str().into()),
            CommercialField::ServiceName => self.service_name.as_deref().map(Cow::from),
            CommercialField::Channel => self.channel.as_ref().map(|it| it.as_str().into()),
            CommercialField::CustomerTenantId => self
                .customer_tenant_id
                .map(|it| it.to_string().to_uppercase().into()),
            CommercialField::CustomerName => self.customer_name.as_deref().map(Cow::from),
            CommercialField::ProductId => self.product_id.as_deref().map(Cow::from),
            CommercialField::ProductName => self.product_name.as_deref().map(Cow::from),
        }
    }
}
