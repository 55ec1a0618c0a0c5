//! Authentication: from the `Authorization` header to a [`Caller`].
//!
//! The header is parsed strictly. Issuer and tenant in the token select the key that verifies the
//! signature. Only then are claims trusted. A refused caller gets the documented error code and
//! nothing else; the reason goes to the log and to a counter.
//!
//! The extractor of a handler decides which tokens its route accepts: [`Caller`] for users only,
//! [`AppOrUser`] for applications too, [`Writer`] for both if they can import.
//!
//! For pages, people sign in with a browser. [`CodeFlow`] sends them to their issuer, and verifies
//! the result with the same keys and rules.

mod bearer;
mod cache;
mod caller;
mod claims;
mod code_flow;
mod issuer_keys;
mod key_set;
mod mfa_answer;
mod refusal;
mod settings;
mod token_endpoint;
mod verifier;

pub(crate) use caller::{AppOrUser, Caller, Writer};
pub(crate) use code_flow::CodeFlow;
pub use code_flow::{BrowserSignIn, Person, SignInAttempt};
pub(crate) use mfa_answer::MfaAnswer;
pub(crate) use refusal::Refusal;
pub(crate) use settings::{AUDIENCE, IMPORT_PERMISSION, USER_SCOPE, is_loopback};
pub use settings::{InvalidIssuer, Issuer, MfaRule, SignIn};
pub(crate) use verifier::{DevelopmentKey, Verifier, issuer_of};
