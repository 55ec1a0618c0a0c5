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
mod browser;
mod cache;
mod caller;
mod claims;
mod code_flow;
mod development;
mod in_process;
mod issuer_keys;
mod key_set;
mod mfa_answer;
mod refusal;
mod settings;
mod token_endpoint;
mod verifier;

pub use caller::{AppOrUser, Caller, Callers, Writer};
pub(crate) use code_flow::CodeFlow;
pub use code_flow::{BrowserSignIn, Person, SignInAttempt};
pub(crate) use development::DevProvider;
pub use development::{DevSignIn, DevelopmentKey, MakeProvider, ProviderSettings};
pub(crate) use in_process::InProcess;
pub(crate) use mfa_answer::MfaAnswer;
pub use refusal::Refusal;
pub use settings::{
    AUDIENCE, IMPORT_PERMISSION, InvalidIssuer, Issuer, MAX_CLOCK_SKEW, MfaRule, SignIn,
    USER_SCOPE, is_loopback,
};
pub(crate) use verifier::Verifier;
pub use verifier::issuer_of;
