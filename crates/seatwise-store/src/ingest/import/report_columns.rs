//! The columns of the downloads of Partner Center's Insights, and the tables of their rows.

use seatwise_types::ServiceCode;

use super::download::Report;
use super::fields::{
    CUSTOMER, Columns, FIELDS, PART, PROCESSED, PRODUCT_ID, PRODUCT_NAME, SERVICE_CODE,
    SERVICE_NAME, TEXT, WHOLE, WORKLOAD_NAME, is_called,
};
use crate::model::kind::Kind;

// Rows of a report have no service and channel. Other values use those fields.
pub(super) const DUPLICATE: usize = SERVICE_CODE;
pub(super) const SUBSCRIPTION: usize = SERVICE_CODE + 1;
const ASSIGNED: usize = SERVICE_NAME;
pub(super) const CUSTOMER_NAME: usize = TEXT + 3;

/// Columns of `EMSUsage` alone, the download of Enterprise Mobility. Its older form has the columns
/// of `OfficeUsage`, so it is also recognised by its workloads.
const EMS_COLUMNS: [&str; 4] = [
    "AATPActiveUsage",
    "MCASActiveUsage",
    "AADPPaidAvailableUnits",
    "IntunePaidAvailableUnits",
];

/// The used columns, by the fields that they stand for.
const OFFICE: &[(usize, &str)] = &[
    (PROCESSED, "Month"),
    (CUSTOMER, "CustomerTenantId"),
    (CUSTOMER_NAME, "CustomerName"),
    (WORKLOAD_NAME, "WorkloadName"),
    (PART, "MonthlyActiveUsers"),
    (WHOLE, "PaidAvailableUnits"),
    (DUPLICATE, "IsDuplicateRowForPGA"),
];
const DYNAMICS: &[(usize, &str)] = &[
    (PROCESSED, "Month"),
    (CUSTOMER, "CustomerTenantId"),
    (CUSTOMER_NAME, "CustomerName"),
    (SUBSCRIPTION, "SubscriptionId"),
    (PRODUCT_ID, "SKUId"),
    (PRODUCT_NAME, "SKU"),
    (PART, "ActiveSeats"),
    (ASSIGNED, "AssignedSeats"),
    (WHOLE, "AvailableSeats"),
    (DUPLICATE, "IsDuplicateRowForPGA"),
];

impl Report {
    /// The report with these columns; `None` for others. `PowerBIUsage` has the seats of
    /// `DynamicsUsage` without divisions and categories; `EMSUsage` has the users of `OfficeUsage`
    /// and additional columns.
    fn of(headers: &[&str]) -> Option<Self> {
        let has = |name: &str| headers.iter().any(|header| is_called(header, name));
        let is_dynamics = has("RevSumDivisionName") || has("RevSumCategoryName");
        let is_ems = EMS_COLUMNS.into_iter().any(has);
        if has("PaidAvailableUnits") && has("MonthlyActiveUsers") && has("WorkloadName") && !is_ems
        {
            Some(Self::OfficeUsage)
        } else if has("ActiveSeats") && has("AvailableSeats") && is_dynamics {
            Some(Self::DynamicsUsage)
        } else {
            None
        }
    }

    pub(super) fn columns(self) -> &'static [(usize, &'static str)] {
        match self {
            Self::OfficeUsage => OFFICE,
            Self::DynamicsUsage => DYNAMICS,
        }
    }

    pub(super) fn service(self) -> ServiceCode {
        match self {
            Self::OfficeUsage => ServiceCode::O365,
            Self::DynamicsUsage => ServiceCode::Crm,
        }
    }

    /// The tables of its rows, each with the field of the part.
    pub(crate) fn kinds(self) -> &'static [(Kind, usize)] {
        match self {
            Self::OfficeUsage => &[(Kind::UsageMonth, PART)],
            Self::DynamicsUsage => &[(Kind::UsageMonth, PART), (Kind::DeploymentMonth, ASSIGNED)],
        }
    }

    pub(super) fn column(self, field: usize) -> &'static str {
        let mut columns = self.columns().iter();
        columns
            .find_map(|(known, name)| (*known == field).then_some(*name))
            .unwrap_or_default()
    }

    /// Whether a value is optional.
    pub(super) fn is_optional(field: usize) -> bool {
        matches!(field, DUPLICATE | SUBSCRIPTION | PRODUCT_ID)
    }
}

/// Finds the columns of a report by name; `None` if these are not the columns of a report. Other
/// columns of reports are not needed, and no note mentions them.
///
/// # Errors
/// If a column is missing or occurs twice.
pub(crate) fn columns(headers: &[&str]) -> Option<Result<Columns, String>> {
    let report = Report::of(headers)?;
    let mut place = [None; FIELDS];
    for (field, name) in report.columns() {
        let mut found = (0..headers.len()).filter(|at| is_called(headers[*at], name));
        place[*field] = found.next();
        if found.next().is_some() {
            let reason = format!("it has two columns `{name}`: take one out");
            return Some(Err(reason));
        }
    }
    let columns = report.columns().iter();
    let missing: Vec<&str> = columns
        .filter(|(field, _)| place[*field].is_none() && !Report::is_optional(*field))
        .map(|(_, name)| *name)
        .collect();
    if !missing.is_empty() {
        return Some(Err(format!(
            "it looks like the download {} and has no column `{}`; found: {}",
            report.name(),
            missing.join("`, `"),
            headers.join(", ")
        )));
    }
    Some(Ok(Columns {
        kind: Kind::UsageMonth,
        report: Some(report),
        place,
        ignored: Vec::new(),
    }))
}
