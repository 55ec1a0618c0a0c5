//! Sessions: a sign-in starts one, and a sealed cookie holds it.
//!
//! Every kind of sign-in gets the cookie from [`Sessions::start`], and an extractor reads it ([`visitor`]).
//! The server stores nothing: a session ends when its time is over, at sign-out, or when the server's key
//! changes.

mod key;
mod links;
mod origin;
mod public_url;
mod seal;
mod visitor;

use std::sync::Arc;

use http::header::{COOKIE, HOST};
use http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use seatwise_server::{Person, SignInAttempt};
use seatwise_store::GuestLink;
use seatwise_types::PartnerId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::links::Links;
use self::seal::{Purpose, Seal};

pub(crate) use self::links::secret;
pub(crate) use self::origin::FromOwnPage;
pub(crate) use self::visitor::{Looker, Operator, Visitor};
pub use key::SessionKey;
pub use public_url::{InvalidPublicUrl, PublicUrl};

/// The default life of a session.
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// How long a sign-in may take.
const SIGN_IN_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// Starts and reads sessions. Clones share their links.
#[derive(Clone)]
pub struct Sessions {
    seal: Arc<Seal>,
    links: Arc<Links>,
    is_secure: bool,
    lifetime: SignedDuration,
    public_url: Option<PublicUrl>,
}

/// A sign-in that has begun. The browser keeps it in a cookie until the issuer sends it back.
#[derive(Deserialize, Serialize)]
pub(crate) struct Begun {
    pub(crate) attempt: SignInAttempt,
    /// The page to return to: path and query.
    pub(crate) to: String,
    ends: Timestamp,
}

impl Sessions {
    /// Sessions with a new random key. `is_secure` says whether the server uses TLS.
    pub fn new(is_secure: bool) -> Self {
        Self {
            seal: Arc::new(Seal::new(&SessionKey::random(), "")),
            links: Arc::new(Links::default()),
            is_secure,
            lifetime: LIFETIME,
            public_url: None,
        }
    }

    /// Seals sessions with this key. `settings` is a text of the settings that decide who may sign in. A
    /// session is valid only with the settings that it was started with, so that servers for development and
    /// for production can share a data folder.
    pub fn with_key(self, key: &SessionKey, settings: &str) -> Self {
        Self {
            seal: Arc::new(Seal::new(key, settings)),
            ..self
        }
    }

    /// Sets the life of sessions. The default is 12 hours.
    pub fn with_lifetime(self, lifetime: SignedDuration) -> Self {
        Self { lifetime, ..self }
    }

    /// Sets the address at which browsers reach the server. The server then ignores the `Host` of requests.
    pub fn at(self, public_url: PublicUrl) -> Self {
        Self {
            is_secure: self.is_secure || public_url.is_https(),
            public_url: Some(public_url),
            ..self
        }
    }

    /// The path and query of a link that signs a user of a partner in as an operator. It works once, within
    /// ten minutes.
    ///
    /// The link is a secret. Give it only to a person who may see all figures of the partner, such as the one
    /// who started the server on this computer.
    pub fn link(&self, partner: PartnerId, user: &str, now: Timestamp) -> String {
        let token = self.links.make(partner, user, now);
        format!("{}?token={token}", crate::sign_in::PATH)
    }

    /// The cookie that starts a session, for a person who has just signed in.
    pub(crate) fn start(&self, person: &Person, now: Timestamp) -> HeaderValue {
        self.begin(&Visitor::person(person, self.end_of_one(now)))
    }

    /// The cookie that starts a session, for a guest who has opened a link.
    pub(crate) fn start_guest(
        &self,
        partner: PartnerId,
        link: &GuestLink,
        now: Timestamp,
    ) -> HeaderValue {
        self.begin(&Visitor::guest(partner, link, self.end_of_one(now)))
    }

    fn end_of_one(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.lifetime).unwrap_or(Timestamp::MAX)
    }

    fn begin(&self, visitor: &Visitor) -> HeaderValue {
        self.cookie(Purpose::Session, visitor, self.lifetime)
    }

    /// The cookie that ends a session.
    pub(crate) fn end(&self) -> HeaderValue {
        self.no_cookie(Purpose::Session)
    }

    /// Uses up a link: the person that it signs in. `None` if it does not exist, was used, or has expired.
    pub(crate) fn redeem(&self, token: &str, now: Timestamp) -> Option<Person> {
        let (partner, name) = self.links.take(token, now)?;
        Some(Person {
            partner,
            name,
            is_operator: true,
        })
    }

    /// The cookie of a sign-in that begins.
    pub(crate) fn begin_sign_in(
        &self,
        attempt: SignInAttempt,
        to: String,
        now: Timestamp,
    ) -> HeaderValue {
        let ends = now.saturating_add(SIGN_IN_LIFETIME);
        let begun = Begun {
            attempt,
            to,
            ends: ends.unwrap_or(Timestamp::MAX),
        };
        self.cookie(Purpose::SignIn, &begun, SIGN_IN_LIFETIME)
    }

    /// The sign-in that this browser began; `None` if there is none or it took too long.
    pub(crate) fn begun(&self, headers: &HeaderMap, now: Timestamp) -> Option<Begun> {
        let begun: Begun = self.opened(headers, Purpose::SignIn)?;
        (now < begun.ends).then_some(begun)
    }

    /// The cookie that removes a sign-in from the browser.
    pub(crate) fn end_sign_in(&self) -> HeaderValue {
        self.no_cookie(Purpose::SignIn)
    }

    /// The address at which browsers reach the server, such as `https://seatwise.example`: the configured
    /// one, or else the `Host` of the request. `None` if there is neither.
    pub(crate) fn origin(&self, headers: &HeaderMap) -> Option<String> {
        if let Some(url) = &self.public_url {
            return Some(url.origin().to_owned());
        }
        let host = headers.get(HOST)?.to_str().ok()?;
        let scheme = if self.is_secure { "https" } else { "http" };
        (!host.is_empty()).then(|| format!("{scheme}://{host}"))
    }

    fn visitor(&self, headers: &HeaderMap, now: Timestamp) -> Option<Visitor> {
        let visitor: Visitor = self.opened(headers, Purpose::Session)?;
        // A session that ends later than a new one comes from a wrong clock or a longer lifetime.
        let is_valid = now < visitor.ends && visitor.ends <= self.end_of_one(now);
        is_valid.then_some(visitor)
    }

    /// The content of a cookie; `None` if it is missing or not valid.
    fn opened<T: DeserializeOwned>(&self, headers: &HeaderMap, purpose: Purpose) -> Option<T> {
        let lines = headers.get_all(COOKIE).iter();
        let cookies = lines.filter_map(|line| line.to_str().ok());
        let mut cookies = cookies.flat_map(|line| line.split(';'));
        let sealed = cookies.find_map(|cookie| {
            let (name, value) = cookie.trim().split_once('=')?;
            (name == self.name(purpose)).then_some(value)
        })?;
        serde_json::from_slice(&self.seal.open(purpose, sealed)?).ok()
    }

    /// The name of a cookie. Browsers accept the prefix `__Host-` only over TLS and only for this host.
    fn name(&self, purpose: Purpose) -> &'static str {
        match (purpose, self.is_secure) {
            (Purpose::Session, true) => "__Host-seatwise-session",
            (Purpose::Session, false) => "seatwise-session",
            (Purpose::SignIn, true) => "__Host-seatwise-sign-in",
            (Purpose::SignIn, false) => "seatwise-sign-in",
        }
    }

    fn cookie(
        &self,
        purpose: Purpose,
        value: &impl Serialize,
        lifetime: SignedDuration,
    ) -> HeaderValue {
        let text = serde_json::to_vec(value).expect("ids, texts and times have a JSON form");
        self.raw_cookie(purpose, &self.seal.close(purpose, text), lifetime.as_secs())
    }

    fn no_cookie(&self, purpose: Purpose) -> HeaderValue {
        self.raw_cookie(purpose, "", 0)
    }

    fn raw_cookie(&self, purpose: Purpose, value: &str, seconds: i64) -> HeaderValue {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let cookie = format!(
            "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
            self.name(purpose)
        );
        HeaderValue::try_from(cookie).expect("a sealed value is visible ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Person {
        Person {
            partner: "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap(),
            name: "Ada".to_owned(),
            is_operator: false,
        }
    }

    fn with(cookie: &HeaderValue) -> HeaderMap {
        let cookie = cookie.to_str().unwrap();
        let pair = cookie.split(';').next().unwrap();
        let sent = format!("other=1; {pair}; last=2");
        HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(sent).unwrap())])
    }

    #[test]
    fn a_session_is_valid_until_its_end_and_only_with_its_key() {
        let (key, now) = (SessionKey::random(), Timestamp::UNIX_EPOCH);
        let sessions = Sessions::new(false).with_key(&key, "one issuer");
        let cookie = sessions.start(&ada(), now);
        let visitor = sessions.visitor(&with(&cookie), now).unwrap();
        assert_eq!(
            (visitor.partner, visitor.name.as_str()),
            (ada().partner, "Ada")
        );
        assert!(!visitor.is_operator());
        let end = now.saturating_add(LIFETIME).unwrap();
        assert_eq!(sessions.visitor(&with(&cookie), end), None);
        assert_eq!(Sessions::new(false).visitor(&with(&cookie), now), None);
        let restarted = Sessions::new(false).with_key(&key, "one issuer");
        assert_eq!(restarted.visitor(&with(&cookie), now), Some(visitor));
        let others = Sessions::new(false).with_key(&key, "another issuer");
        assert_eq!(others.visitor(&with(&cookie), now), None);
        let shorter = sessions
            .clone()
            .with_lifetime(SignedDuration::from_hours(1));
        assert_eq!(shorter.visitor(&with(&cookie), now), None);
        assert_eq!(sessions.visitor(&with(&sessions.end()), now), None);
    }

    #[test]
    fn cookies_are_http_only_and_secure_with_tls() {
        let cookies = |sessions: Sessions| {
            let cookies = [sessions.end(), sessions.end_sign_in()];
            cookies.map(|cookie| cookie.to_str().unwrap().to_owned())
        };
        let rest = "=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
        assert_eq!(
            cookies(Sessions::new(false)),
            ["seatwise-session", "seatwise-sign-in"].map(|name| format!("{name}{rest}"))
        );
        let secure = ["__Host-seatwise-session", "__Host-seatwise-sign-in"]
            .map(|name| format!("{name}{rest}; Secure"));
        assert_eq!(cookies(Sessions::new(true)), secure);
        let public = "https://seatwise.example".parse().unwrap();
        assert_eq!(cookies(Sessions::new(false).at(public)), secure);
    }
}
