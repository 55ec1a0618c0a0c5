//! The HTTP server: Partner Center's licence analytics, served from a partner's stored data.
//!
//! A [`Server`] answers from a [`Store`](seatwise_store::Store), for callers with a valid token.
//! Each request goes through [`Answers`]: it normalizes the path, adds ids, common headers and a
//! log line, turns a panic into a 500, and bounds sizes and time. The route's handler gets a
//! verified caller, and for the partner's figures sends bytes that were published beforehand.
//!
//! Not here: figures and percents (`seatwise-store`), the form of resources and errors
//! (`seatwise-types`), options and environment (the binary).

mod axes;
mod clock;
mod collection_status;
mod config;
mod description;
mod disk;
mod duties;
mod endpoints;
mod extensions;
mod fast_path;
mod gate;
mod guests;
mod import_folder;
mod importing;
mod key_file;
mod local;
mod log;
mod metrics;
mod openapi;
mod partner_center;
mod plumbing;
mod published;
mod questions;
mod reading;
mod request_context;
mod router;
mod secret_hash;
mod server;
mod sign_in;
mod snapshot_cache;
mod start;
mod start_error;
mod state;
mod unanswered;

pub use clock::{Clock, NewId};
pub use collection_status::{
    AskLastCollection, AskPastCollections, CollectionProgress, CollectionState, CollectionStatus,
};
pub use config::Config;
pub use description::openapi_document;
pub use duties::Duties;
pub use import_folder::ImportFrom;
pub use key_file::{create_key_file, exposed_mode};
pub use local::LocalAnswers;
pub use log::Log;
pub use plumbing::bounds::means_this_computer;
pub use plumbing::connection_cutter::ConnectionCutter;
pub use plumbing::error::{ApiError, Failure, JSON, in_form};
pub use plumbing::html;
pub use plumbing::limits::Limits;
pub use plumbing::tls::{TlsError, TlsFiles};
pub use plumbing::wire_profile::WireProfile;
pub use reading::{Reading, Versions};
pub use request_context::Bare;
pub use router::Answers;
pub use secret_hash::{SecretHash, secret_hash};
pub use server::Server;
pub use sign_in::{
    AUDIENCE, AppOrUser, BrowserSignIn, Caller, Callers, DevSignIn, DevelopmentKey,
    IMPORT_PERMISSION, InvalidIssuer, Issuer, MAX_CLOCK_SKEW, MakeProvider, MfaRule, Person,
    ProviderSettings, Refusal, SignIn, SignInAttempt, USER_SCOPE, Writer, is_loopback, issuer_of,
};
pub use start_error::StartError;
pub use state::{AddToEndpoint, AddToRoutes, Additions, AppState};
pub use unanswered::Unanswered;
