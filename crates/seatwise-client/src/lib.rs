//! Licence analytics of Partner Center from Rust.
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
//! The chain of calls is that of Microsoft's SDK. It works against Partner Center as it is, and
//! against a Seatwise server with [`base_url`](Builder::base_url). One customer's figures have the
//! same chain behind its id:
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
//! Lists that come in pages are streams over all of them:
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
//! Rows of all customers can be chosen and added up: see [`CommercialQuery`].
//!
//! # Signing in
//!
//! | Who signs in | How |
//! |---|---|
//! | somebody else did | [`Credential::token`] |
//! | an application alone, for customers | [`Credential::client_secret`] |
//! | a user, by the Secure Application Model | [`Credential::secure_application_model`] |
//! | a user, on another device | [`DeviceCode`], then [`Credential::refresh_token`] |
//!
//! Tokens are asked for at the [`Cloud`]'s authority and nowhere else, and renewed in time. Where
//! refresh tokens are in between is up to a [`RefreshTokenStore`].
//!
//! What has no types yet can be had as bytes: [`PartnerOperations::get_raw`]. [`readiness()`] asks a
//! Seatwise server whether it is ready, without a token.
//!
//! # When a call fails
//!
//! Throttling, faults of the service and of the connection are retried by a [`RetryPolicy`] before
//! an [`Error`] is returned. It has a predicate for each cause that a program can do something
//! about:
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
//! in all attempts of it), `MS-CorrelationId`, `X-Locale`, `MS-PartnerCenter-Client: Seatwise`,
//! `MS-SdkVersion` and, if set, `MS-PartnerCenter-Application`. The token goes to the origin of the
//! base URL and nowhere else, and is never printed. A link to a next page may add headers that begin
//! with `MS-`, such as `MS-ContinuationToken`, and no others.

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
mod fault;
mod http;
mod own;
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
pub use futures_util::future::BoxFuture;
pub use futures_util::{Stream, StreamExt, TryStreamExt};
pub use own::{
    ChangesQuery, CoverageQuery, ExplainQuery, HistoryQuery, IdleQuery, ImportsQuery, MonthlyQuery,
    MonthlyRangeQuery, RestatementsQuery, Seatwise,
};
pub use pace::Pace;
pub use partner::PartnerOperations;
pub use readiness::readiness;
pub use retry::RetryPolicy;
pub use secrecy::{ExposeSecret, SecretString};
pub use secret_file::SecretFile;
pub use token_store::{RefreshTokenInMemory, RefreshTokenStore};
pub use traffic::Traffic;

/// The page for those who come from .NET: its examples are compiled here.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/from-dotnet.md")]
struct FromDotnet;

/// The page about the emulator, whose example in Rust is compiled here.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/emulator.md")]
struct EmulatorPage;
