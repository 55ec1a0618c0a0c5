//! Who asks: from the `Authorization` header to a [`Caller`].
//!
//! The header is read strictly, then the signature is checked, and only then is a claim believed.
//! A refused caller learns which of the documented codes applies and nothing else; the reason goes
//! to the log and to a counter.

mod bearer;
mod caller;
mod refusal;
mod verifier;

pub(crate) use caller::Caller;
pub(crate) use refusal::Refusal;
pub(crate) use verifier::{AUDIENCE, USER_SCOPE, Verifier, issuer_of};
