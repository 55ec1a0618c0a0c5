//! The fields that filter and group rows.

use std::fmt;

/// One of the two commercial endpoints.
///
/// # Example
///
/// ```
/// use seatwise_types::query::{CommercialField, CommercialKind};
///
/// assert_eq!(CommercialKind::Usage.fields().count(), 9);
/// assert!(CommercialKind::Deployment.fields().all(|it| it != CommercialField::WorkloadCode));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CommercialKind {
    /// Seats active and qualified: `/v1/analytics/commercial/usage/license/`.
    Usage,
    /// Seats deployed and sold: `/v1/analytics/commercial/deployment/license/`.
    Deployment,
}

impl CommercialKind {
    /// The fields that filter and group rows of this kind, in the order of a row.
    pub fn fields(self) -> impl Iterator<Item = CommercialField> {
        CommercialField::ALL
            .iter()
            .copied()
            .filter(move |field| field.is_of(self))
    }
}

/// A field that filters and groups rows (documented list).
///
/// # Example
///
/// ```
/// use seatwise_types::query::CommercialField;
///
/// assert_eq!(CommercialField::lookup("SERVICECODE"), Some(CommercialField::ServiceCode));
/// assert_eq!(CommercialField::ServiceCode.to_string(), "serviceCode");
/// ```
///
/// # Example: a field that is not a key
///
/// ```
/// use seatwise_types::query::CommercialField;
///
/// assert_eq!(CommercialField::lookup("licensesActive"), None);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum CommercialField {
    /// The workload's code, such as `EXO`; only in usage.
    WorkloadCode,
    /// The workload's display name, such as `Exchange`; only in usage.
    WorkloadName,
    /// The service's code, such as `o365`.
    ServiceCode,
    /// The service's display name, such as `Microsoft Office 365`.
    ServiceName,
    /// How the licences are sold.
    Channel,
    /// The customer's tenant.
    CustomerTenantId,
    /// The customer's name.
    CustomerName,
    /// The product's id.
    ProductId,
    /// The product's name.
    ProductName,
}

impl CommercialField {
    /// All fields, in the order of a row.
    pub const ALL: [Self; 9] = [
        Self::WorkloadCode,
        Self::WorkloadName,
        Self::ServiceCode,
        Self::ServiceName,
        Self::Channel,
        Self::CustomerTenantId,
        Self::CustomerName,
        Self::ProductId,
        Self::ProductName,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WorkloadCode => "workloadCode",
            Self::WorkloadName => "workloadName",
            Self::ServiceCode => "serviceCode",
            Self::ServiceName => "serviceName",
            Self::Channel => "channel",
            Self::CustomerTenantId => "customerTenantId",
            Self::CustomerName => "customerName",
            Self::ProductId => "productId",
            Self::ProductName => "productName",
        }
    }

    /// Whether rows of a kind have the field.
    pub const fn is_of(self, kind: CommercialKind) -> bool {
        match kind {
            CommercialKind::Usage => true,
            CommercialKind::Deployment => !matches!(self, Self::WorkloadCode | Self::WorkloadName),
        }
    }

    /// The field with this name, in any case; `None` if there is none.
    pub fn lookup(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|field| field.as_str().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for CommercialField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
