//! What can be asked of the commercial endpoints: which rows, added up by what, from which place.
//!
//! ```
//! use seatwise_types::LicensesDeploymentRow;
//! use seatwise_types::query::{CommercialField, CommercialKind, Filter};
//!
//! let filter = CommercialField::ServiceCode.eq("o365").and(CommercialField::Channel.ne("direct"));
//! assert_eq!(filter.to_string(), "serviceCode eq 'o365' and channel ne 'direct'");
//! assert_eq!(Filter::parse(&filter.to_string(), CommercialKind::Deployment)?, filter);
//!
//! let row = LicensesDeploymentRow {
//!     service_code: Some("O365".into()),
//!     channel: Some("Reseller".into()),
//!     ..LicensesDeploymentRow::default()
//! };
//! assert!(filter.matches(&row));
//! # Ok::<(), seatwise_types::query::InvalidQuery>(())
//! ```
//!
//! Texts are taken as they are after the decoding of a query string: nothing here knows of `%20`.

mod field;
mod filter;
mod group_by;
mod page;
mod parse;
mod row;

pub use field::{CommercialField, CommercialKind};
pub use filter::{Comparison, Filter};
pub use group_by::GroupBy;
pub use page::{InvalidCount, Skip, Top};
pub use parse::InvalidQuery;
pub use row::CommercialRow;
