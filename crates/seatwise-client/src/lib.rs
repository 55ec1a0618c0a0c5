//! A client for the licence analytics of Partner Center.
//!
//! ```
//! # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
//! # use example::*;
//! # emulator_at(async |url, token| {
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
//! # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
//! # use example::*;
//! # emulator(async |partner| {
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
//! # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
//! # use example::*;
//! # emulator(async |partner| {
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
//! You can filter and group the rows of all customers: see [`CommercialQuery`].
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
//! # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
//! # use example::*;
//! # emulator(async |partner| {
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
//! # What is sent
//!
//! `Authorization`, `Accept`, `Accept-Encoding: gzip`, `MS-RequestId` (new for each call, the same
//! in all its attempts), `MS-CorrelationId`, `X-Locale`, `MS-PartnerCenter-Client: Seatwise`,
//! `MS-SdkVersion` and, if set, `MS-PartnerCenter-Application`. The token goes only to the origin
//! of the base URL, and is never printed. A link to a next page may add headers that begin with
//! `MS-`, such as `MS-ContinuationToken`, and no others.

mod analytics;
mod application;
mod axes;
mod base_url;
mod builder;
mod check;
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
pub use connection_fault::TlsFault;
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
pub use token_store::{RefreshTokenInMemory, RefreshTokenStore};
pub use traffic::Traffic;

/// Compiles the examples of the page for users of .NET.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/from-dotnet.md")]
struct FromDotnet;

/// Compiles the example of the page for Rust programs.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/clients/rust.md")]
struct RustPage;

/// Compiles the Rust example of the page about the emulator.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/emulator.md")]
struct EmulatorPage;
