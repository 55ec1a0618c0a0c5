//! A client for the licence analytics of Partner Center.
//!
//! ```
//! # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
//! # use example::*;
//! # service_at(async |url, token| {
//! use seatwise_client::{Credential, PartnerOperations};
//!
//! let partner = PartnerOperations::builder(Credential::token(token))
//! #   .base_url(url)
//!     .build()?;
//! let usage = partner.analytics().licenses().usage().get().await?;
//! for row in &usage.items {
//!     let percent = row.prorated_licenses_usage_percent;
//!     println!("{} {}: {percent:?} %", row.service_name, row.workload_name);
//! }
//! # assert_eq!(usage.items.len(), 1);
//! # Ok(())
//! # });
//! ```
//!
//! The call chain is that of Microsoft's SDK. It works with Partner Center, and with a Seatwise
//! server through [`base_url`](Builder::base_url). The figures of one customer have the same chain
//! after its id:
//!
//! ```
//! # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
//! # use example::*;
//! # service(async |partner| {
//! let customer = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse()?;
//! let deployment =
//!     partner.customers().by_id(customer).analytics().licenses().deployment().get().await?;
//! # Ok(())
//! # });
//! ```
//!
//! Paged lists are streams over all pages:
//!
//! ```
//! # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
//! # use example::*;
//! # service(async |partner| {
//! use seatwise_client::TryStreamExt as _;
//!
//! let mut customers = partner.customers().list().stream();
//! while let Some(customer) = customers.try_next().await? {
//!     println!("{} {:?}", customer.id, customer.company_profile.company_name);
//! }
//! # Ok(())
//! # });
//! ```
//!
//! You can filter and group the rows of all customers: see [`CommercialQuery`]. The types of
//! requests and answers are in [`types`].
//!
//! # Signing in
//!
//! | Sign-in | Use |
//! |---|---|
//! | you already have a token | [`Credential::token`] |
//! | an application alone, for customers | [`Credential::client_secret`] |
//! | a user, with the Secure Application Model | [`Credential::secure_application_model`] |
//! | a user, on another device | [`DeviceCode`], then [`Credential::refresh_token`] |
//!
//! The client requests tokens only from the [`Cloud`]'s authority, and renews them in time. A
//! [`RefreshTokenStore`] keeps refresh tokens between uses.
//!
//! [`PartnerOperations::get_raw`] returns bytes of resources without types in this crate.
//! [`readiness()`] asks a Seatwise server whether it is ready, without a token.
//!
//! # When a call fails
//!
//! A [`RetryPolicy`] retries calls that fail because of throttling, the service or the connection.
//! After that, the call returns an [`Error`] with a predicate for each cause that a program can
//! react to:
//!
//! ```
//! # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/service.rs")); }
//! # use example::*;
//! # service(async |partner| {
//! match partner.analytics().licenses().usage().get().await {
//!     Ok(usage) => println!("{} rows", usage.items.len()),
//!     Err(err) if err.needs_user_token() => println!("sign in as a user, not as an application"),
//!     Err(err) if err.is_throttled() => println!("come back in {:?}", err.retry_after()),
//!     Err(err) => return Err(err.into()),
//! }
//! # Ok(())
//! # });
//! ```
//!
//! If an answer could not be read, [`Error::body`] has its first 4 KiB.
//!
//! # What is sent
//!
//! `Authorization`, `Accept`, `Accept-Encoding: gzip`, `MS-RequestId` (new for each call, the same
//! in all its attempts), `MS-CorrelationId`, `X-Locale`, `MS-PartnerCenter-Client: Seatwise`,
//! `MS-SdkVersion` and, if set, `MS-PartnerCenter-Application`. The token goes only to the origin
//! of the base URL, and is never printed. A link to a next page may add headers that begin with
//! `MS-`, such as `MS-ContinuationToken`, and no others.
//!
//! # Versions
//!
//! The crate follows semantic versioning, with [`types`] as a part of it. Before 1.0, a new minor
//! version can break programs, and a new patch version cannot. These are not breaking changes:
//!
//! - new methods, and new members of structs and enums that are `#[non_exhaustive]`;
//! - new values of open sets, which arrive as `Other` until they have a name;
//! - the wording of messages and hints, and what `Debug` shows;
//! - a higher minimum version of Rust.
//!
//! `jiff`, `uuid`, `futures-util` and `secrecy` are visible in the API. A new major version of one
//! of them is a breaking change here.

mod analytics;
mod application;
mod axes;
mod base_url;
mod builder;
mod check;
mod client;
mod clock;
mod cloud;
mod commercial;
mod connection_fault;
mod context;
mod credential;
mod customer_list;
mod customers;
mod development_token;
mod device_code;
mod entra;
mod error;
mod extensions;
mod fault;
mod http;
mod pace;
mod paging;
mod partner;
mod readiness;
mod redirect;
mod retry;
mod secret_file;
mod sign_in;
mod tls_fault;
mod token_store;
mod traffic;
mod transport;

pub use analytics::{
    PartnerAnalytics, PartnerLicenses, PartnerLicensesDeployment, PartnerLicensesUsage,
};
pub use application::Application;
pub use builder::Builder;
pub use check::Checked;
pub use cloud::{Cloud, InvalidCloud};
pub use commercial::{
    CommercialAnalytics, CommercialCursor, CommercialDeployment, CommercialQuery, CommercialRoute,
    CommercialUsage, InvalidRoute,
};
pub use context::RequestContext;
pub use credential::Credential;
pub use customer_list::{CustomerCursor, CustomerList};
pub use customers::{
    Customer, CustomerAnalytics, CustomerLicenses, CustomerLicensesDeployment,
    CustomerLicensesUsage, Customers,
};
pub use device_code::DeviceCode;
pub use error::{Error, ErrorKind};
pub use extensions::{
    ChangesQuery, CoverageQuery, ExplainQuery, HistoryQuery, IdleQuery, ImportsQuery, MonthlyQuery,
    MonthlyRangeQuery, RestatementsQuery, Seatwise,
};
pub use futures_util::future::BoxFuture;
pub use futures_util::{Stream, StreamExt, TryStreamExt};
pub use pace::Pace;
pub use partner::PartnerOperations;
pub use readiness::readiness;
pub use retry::RetryPolicy;
pub use secrecy::{ExposeSecret, SecretString};
pub use secret_file::SecretFile;
pub use tls_fault::TlsFault;
pub use token_store::{RefreshTokenInMemory, RefreshTokenStore};
pub use traffic::Traffic;

/// The types of requests and answers: the crate `seatwise-types`.
pub use seatwise_types as types;

/// Compiles the example of the front page.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
