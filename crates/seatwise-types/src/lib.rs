//! The contract of Partner Center's licence analytics, as types.
//!
//! Server and client of `GET /v1/analytics/licenses/usage` and its siblings share this crate:
//! identifiers, resources and their envelopes, error bodies, header names, and the exact bytes of
//! an answer. It has no code for HTTP, files or tables.
//!
//! | Answer of | Type |
//! |---|---|
//! | `/v1/analytics/licenses/usage` | [`Collection`]`<`[`PartnerLicensesUsageInsights`]`>` |
//! | `/v1/analytics/licenses/deployment` | [`Collection`]`<`[`PartnerLicensesDeploymentInsights`]`>` |
//! | `/v1/customers/{id}/analytics/licenses/usage` | [`Collection`]`<`[`CustomerLicensesUsageInsights`]`>` |
//! | `/v1/customers/{id}/analytics/licenses/deployment` | [`Collection`]`<`[`CustomerLicensesDeploymentInsights`]`>` |
//! | `/v1/customers` | [`Collection`]`<`[`Customer`]`>` |
//! | `/v1/customers/{id}` | [`Customer`] |
//! | `/v1/analytics/commercial/usage/license/` | [`CommercialPage`]`<`[`LicensesUsageRow`]`>` |
//! | `/v1/analytics/commercial/deployment/license/` | [`CommercialPage`]`<`[`LicensesDeploymentRow`]`>` |
//! | an error | [`ErrorBody`], or [`GatewayError`] for 429 |
//!
//! Queries to the commercial endpoints are in [`query`]; Seatwise's extensions are in [`extensions`].
//!
//! Encoding is exact: members in the documented order, missing values left out, percents with a
//! decimal point. Decoding is tolerant: it accepts every spelling in documentation, samples and
//! observed traffic. [`wire`] does both.
//!
//! # Example
//!
//! ```
//! use seatwise_types::{Collection, PartnerLicensesDeploymentInsights, ServiceCode, wire};
//!
//! let body = br#"{"totalCount":1,"items":[{"proratedDeploymentPercent":26.16,"licensesSold":474,
//!     "processedDateTime":"2017-10-13T03:55:46.21Z","serviceName":"o365","channel":"reseller"}]}"#;
//! let answer: Collection<PartnerLicensesDeploymentInsights> = wire::decode(body)?;
//!
//! let row = &answer.items[0];
//! assert_eq!(row.service_name, ServiceCode::O365);
//! assert_eq!(row.licenses_sold, Some(474));
//! assert_eq!(row.prorated_deployment_percent, Some(26.16));
//! # Ok::<(), wire::DecodeError>(())
//! ```

mod collection;
mod commercial;
mod customer;
mod customer_search;
mod date;
mod error;
pub mod extensions;
pub mod header;
mod id;
mod insights;
mod number;
mod open_enum;
pub mod query;
#[cfg(feature = "schema")]
mod schema;
mod service;
pub mod wire;

pub use collection::{Collection, Link, LinkHeader, Links, ResourceAttributes};
pub use commercial::{CommercialPage, LicensesDeploymentRow, LicensesUsageRow};
pub use customer::{Customer, CustomerCompanyProfile, RelationshipToPartner};
pub use customer_search::{
    CustomerField, CustomerFilter, InvalidCustomerFilter, InvalidSeekOperation, SeekOperation,
};
pub use date::{InvalidProcessedDateTime, ProcessedDateTime};
pub use error::{ErrorBody, ErrorCode, ErrorForm, GatewayError};
pub use id::{CustomerId, InvalidId, PartnerId};
pub use insights::{
    CustomerLicensesDeploymentInsights, CustomerLicensesUsageInsights,
    PartnerLicensesDeploymentInsights, PartnerLicensesUsageInsights,
};
pub use service::{Channel, ServiceCode, workload_code, workload_name};

/// The value of the claim `idp` in tokens of a Seatwise development identity, which are valid only
/// on the computer that issued them. In tokens of Entra the claim names the provider that signed
/// the user in, if it is not the issuer (documented).
pub const DEVELOPMENT_IDENTITY: &str = "urn:seatwise:development-identity";

/// The beginning of a rejected text, short enough for an error message.
fn excerpt(text: &str) -> String {
    const MAX_CHARS: usize = 64;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
