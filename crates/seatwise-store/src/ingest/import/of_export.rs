//! Files of an export that imports reject, because the other files of the export have all their
//! content.

use std::io;

/// The columns of `customers`.
pub(crate) const CUSTOMERS: [&str; 3] = ["customerTenantId", "customerName", "customerDomain"];

/// The column with the month in monthly figures.
pub(crate) const MONTH: &str = "month";

/// Why a file of an export is rejected.
#[derive(Debug, thiserror::Error)]
enum OfExport {
    #[error("it has the names and domains of an export's customers, as the other files have too")]
    Customers,
    #[error("it has an export's figures of months: import the downloads that they come from")]
    Months,
}

/// Rejects a file with the columns of such a file.
///
/// # Errors
/// If it has these columns.
pub(super) fn refuse_of_export(columns: &[&str]) -> io::Result<()> {
    let has = |name: &str| columns.contains(&name);
    let why = if columns.len() == CUSTOMERS.len() && CUSTOMERS.into_iter().all(has) {
        OfExport::Customers
    } else if has(MONTH) && has(CUSTOMERS[0]) && !has("processedDateTime") {
        OfExport::Months
    } else {
        return Ok(());
    };
    Err(io::Error::new(io::ErrorKind::InvalidData, why))
}

/// Whether a file was rejected as such a file.
pub(super) fn is_of_export(err: &io::Error) -> bool {
    err.get_ref().is_some_and(|reason| reason.is::<OfExport>())
}
