//! Who looks at a page: a session that was started by a sign-in, in a cookie that only this server can
//! open.
//!
//! Whichever way a visitor signs in, [`Sessions::start`] gives the cookie and [`Visitor`] reads it. There
//! is nothing to keep on the server: the session ends at its time, at sign-out, and when the server
//! starts again, which has another key.

mod links;
mod origin;
mod seal;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::header::COOKIE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;
use serde::{Deserialize, Serialize};

use self::links::Links;
use self::seal::Seal;
use crate::Web;
use crate::error::PageError;

pub(crate) use self::origin::is_same_origin;

/// How long a session lasts.
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// The name of the cookie. With `__Host-`, browsers take it from this host alone, over TLS alone.
const COOKIE_NAME: &str = "seatwise-session";
const SECURE_COOKIE_NAME: &str = "__Host-seatwise-session";

/// A person who signed in, and may see the pages of one partner.
///
/// A handler of a page has no other way to a partner id, so it cannot show the figures of another one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Visitor {
    /// Whose figures they may see.
    pub(crate) partner: PartnerId,
    /// What they are called.
    pub(crate) name: String,
    /// When the session ends.
    ends: Timestamp,
}

/// Starts sessions and reads them. Clones are the same.
#[derive(Clone)]
pub struct Sessions {
    seal: Arc<Seal>,
    links: Arc<Links>,
    is_secure: bool,
}

impl Sessions {
    /// With a new random key, for a server that speaks TLS or does not.
    pub fn new(is_secure: bool) -> Self {
        Self {
            seal: Arc::new(Seal::new()),
            links: Arc::new(Links::default()),
            is_secure,
        }
    }

    /// Path and query of an address that signs a user of a partner in, once, within the next ten minutes.
    ///
    /// It is a secret. Give it only to a person who may see all figures of the partner, such as the one
    /// who started the server on this computer.
    pub fn link(&self, partner: PartnerId, user: &str, now: Timestamp) -> String {
        let token = self.links.make(partner, user, now);
        format!("{}?token={token}", crate::sign_in::PATH)
    }

    /// The cookie that starts the session of a person who has just signed in.
    pub(crate) fn start(&self, partner: PartnerId, name: &str, now: Timestamp) -> HeaderValue {
        let visitor = Visitor {
            partner,
            name: name.to_owned(),
            ends: now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX),
        };
        let text = serde_json::to_vec(&visitor).expect("ids, texts and times have a JSON form");
        self.cookie(&self.seal.close(text), LIFETIME.as_secs())
    }

    /// The cookie that ends a session.
    pub(crate) fn end(&self) -> HeaderValue {
        self.cookie("", 0)
    }

    /// Whom a link is for, which is worth nothing any more after that; none if it never was one, was
    /// used, or is too old.
    pub(crate) fn redeem(&self, token: &str, now: Timestamp) -> Option<(PartnerId, String)> {
        self.links.take(token, now)
    }

    fn visitor(&self, headers: &HeaderMap, now: Timestamp) -> Option<Visitor> {
        let lines = headers.get_all(COOKIE).iter();
        let cookies = lines.filter_map(|line| line.to_str().ok());
        let mut cookies = cookies.flat_map(|line| line.split(';'));
        let sealed = cookies.find_map(|cookie| {
            let (name, value) = cookie.trim().split_once('=')?;
            (name == self.name()).then_some(value)
        })?;
        let visitor: Visitor = serde_json::from_slice(&self.seal.open(sealed)?).ok()?;
        (now < visitor.ends).then_some(visitor)
    }

    fn name(&self) -> &'static str {
        match self.is_secure {
            true => SECURE_COOKIE_NAME,
            false => COOKIE_NAME,
        }
    }

    fn cookie(&self, value: &str, seconds: i64) -> HeaderValue {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let cookie = format!(
            "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
            self.name()
        );
        HeaderValue::try_from(cookie).expect("a sealed value is visible ASCII")
    }
}

impl FromRequestParts<Arc<Web>> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, PageError> {
        let visitor = web.sessions.visitor(&parts.headers, web.app.now());
        visitor.ok_or_else(|| PageError::signed_out(web.app.trusts_development()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partner() -> PartnerId {
        "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap()
    }

    fn with(cookie: &HeaderValue) -> HeaderMap {
        let cookie = cookie.to_str().unwrap();
        let pair = cookie.split(';').next().unwrap();
        let sent = format!("other=1; {pair}; last=2");
        HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(sent).unwrap())])
    }

    #[test]
    fn a_session_is_read_until_its_time_and_by_this_server_alone() {
        let (sessions, now) = (Sessions::new(false), Timestamp::UNIX_EPOCH);
        let cookie = sessions.start(partner(), "Ada", now);
        let visitor = sessions.visitor(&with(&cookie), now).unwrap();
        assert_eq!((visitor.partner, visitor.name.as_str()), (partner(), "Ada"));
        let end = now.saturating_add(LIFETIME).unwrap();
        assert_eq!(sessions.visitor(&with(&cookie), end), None);
        assert_eq!(Sessions::new(false).visitor(&with(&cookie), now), None);
        assert_eq!(sessions.visitor(&with(&sessions.end()), now), None);
    }

    #[test]
    fn the_cookie_is_for_no_script_and_with_tls_for_no_other_connection() {
        let cookie = |is_secure| {
            let cookie = Sessions::new(is_secure).end();
            cookie.to_str().unwrap().to_owned()
        };
        assert_eq!(
            cookie(false),
            "seatwise-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            cookie(true),
            "__Host-seatwise-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
        );
    }
}
