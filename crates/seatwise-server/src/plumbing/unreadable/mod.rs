//! Requests that are not valid HTTP, and do not reach the router.
//!
//! hyper answers a request that it cannot read with a status only, without body, ids or log line.
//! `held_back` suppresses that response, and the router answers instead, as for other requests. An
//! HTTP/1.1 request without exactly one `Host` is rejected in the same way.

mod held_back;
mod in_its_place;
mod refusal;

pub(crate) use self::held_back::Exchanges;
pub(crate) use self::in_its_place::answer;
pub(crate) use self::refusal::{Unreadable, refusal};
