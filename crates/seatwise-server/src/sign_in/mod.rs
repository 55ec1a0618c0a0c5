//! Who asks: from the `Authorization` header to a [`Caller`].
//!
//! The header is read strictly. What the token says about its issuer and tenant chooses the key, the
//! signature is checked with it, and only then is a claim believed. A refused caller learns which of
//! the documented codes applies and nothing else; the reason goes to the log and to a counter.
//!
//! A route says which tokens it takes by the extractor that its handler has: [`Caller`] for users
//! alone, [`AppOrUser`] for applications too, [`Writer`] for those of both who may send facts in.
//!
//! People who look at pages sign in with a browser: [`CodeFlow`] sends them to their issuer, and finds out
//! who came back, by the same keys and rules.

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
