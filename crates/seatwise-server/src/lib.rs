//! The HTTP server: Partner Center's licence analytics, served from a partner's stored data.
//!
//! A [`Server`] answers from a [`Store`](seatwise_store::Store), for callers with a valid token.
//! Each request goes through [`Answers`]: it normalizes the path, adds ids, common headers and a
//! log line, turns a panic into a 500, and bounds sizes and time. The route's handler gets a
//! verified caller, and for the partner's figures sends bytes that were published beforehand.
//!
//! Not here: figures and percents (`seatwise-store`), the form of resources and errors
//! (`seatwise-types`), options and environment (the binary).

mod answer;
mod axes;
mod collection;
mod commercial;
mod config;
mod connection_cutter;
mod customer_licenses;
mod customer_page;
mod customers;
mod disk;
mod duties;
mod endpoints;
mod error;
mod extensions;
mod gate;
mod guests;
mod header_case;
pub mod html;
mod idle;
mod import_folder;
mod imports;
mod key_file;
mod licenses;
mod limits;
mod list;
mod local;
mod metrics;
mod openapi;
mod parameters;
mod patience;
mod probes;
mod published;
mod questions;
mod reading;
mod request_context;
mod router;
mod seats;
mod secret_hash;
mod server;
mod sign_in;
mod snapshot_cache;
mod state;
mod target;
mod tls;
mod unreadable;
mod upload;
mod wire_profile;

pub use collection::{CollectionProgress, CollectionState, CollectionStatus};
pub use config::{
    AskLastCollection, AskPastCollections, Clock, Config, MAX_CLOCK_SKEW, NewId, StartError,
};
pub use connection_cutter::ConnectionCutter;
pub use duties::Duties;
pub use error::{ApiError, Failure, JSON, in_form};
pub use import_folder::ImportFrom;
pub use key_file::{create_key_file, exposed_mode};
pub use limits::{Limits, means_this_computer};
pub use local::LocalAnswers;
pub use openapi::openapi_document;
pub use reading::{Reading, Unanswered, Versions};
pub use request_context::Bare;
pub use router::Answers;
pub use secret_hash::{SecretHash, secret_hash};
pub use server::Server;
pub use sign_in::{
    AUDIENCE, AppOrUser, BrowserSignIn, Caller, DevSignIn, DevelopmentKey, IMPORT_PERMISSION,
    InvalidIssuer, Issuer, MakeProvider, MfaRule, Person, ProviderSettings, Refusal, SignIn,
    SignInAttempt, USER_SCOPE, Writer, is_loopback, issuer_of,
};
pub use state::{AddToEndpoint, AddToRoutes, Additions, AppState};
pub use tls::{TlsError, TlsFiles};
pub use wire_profile::WireProfile;
