//! Queries to the commercial endpoints: which rows, how they are grouped, and from which position.
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
//! Texts are expected after the decoding of the query string: this module does not decode `%20`.

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
