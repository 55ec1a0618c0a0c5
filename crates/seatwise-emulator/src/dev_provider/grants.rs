//! Codes and refresh tokens that can be exchanged for tokens.
//!
//! Each is found by the hash of its secret, can be used once, and expires. When there is no room,
//! the entry that expires first is removed.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use seatwise_types::PartnerId;

use super::scopes::Scopes;
use seatwise_server::{SecretHash, secret_hash};

/// The most entries of each kind.
const ROOM: usize = 1000;

const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// In seconds, as in responses. Entra has the same.
pub(super) const DEVICE_LIFE: i64 = 900;
const REFRESH_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);

#[derive(Default)]
pub(super) struct Grants {
    codes: Kept<Code>,
    devices: Kept<Device>,
    refresh: Kept<Session>,
}

/// A user who signed in to an application.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) partner: PartnerId,
    pub(super) client: String,
    pub(super) user: String,
    pub(super) scopes: Scopes,
}

/// An authorization code, and what the exchange must match.
#[derive(Clone, Debug)]
pub(super) struct Code {
    /// `None` if the sign-in started at `common`.
    pub(super) partner: Option<PartnerId>,
    pub(super) client: String,
    pub(super) user: String,
    pub(super) scopes: Scopes,
    pub(super) redirect_uri: String,
    /// The hash of the verifier; `None` if the client has a secret instead.
    pub(super) challenge: Option<String>,
    pub(super) nonce: Option<String>,
}

/// A device that waits for approval.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) session: Session,
    user_code: String,
    approved: bool,
}

impl Grants {
    pub(super) fn add_code(&mut self, secret: &str, code: Code, now: Timestamp) {
        self.codes.add(secret, code, now, CODE_LIFE);
    }

    pub(super) fn take_code(&mut self, secret: &str, now: Timestamp) -> Option<Code> {
        self.codes.take(secret, now)
    }

    pub(super) fn add_refresh(&mut self, secret: &str, session: Session, now: Timestamp) {
        self.refresh.add(secret, session, now, REFRESH_LIFE);
    }

    pub(super) fn take_refresh(&mut self, secret: &str, now: Timestamp) -> Option<Session> {
        self.refresh.take(secret, now)
    }

    pub(super) fn add_device(
        &mut self,
        secret: &str,
        user_code: &str,
        session: Session,
        now: Timestamp,
    ) {
        let device = Device {
            session,
            user_code: user_code.to_owned(),
            approved: false,
        };
        let life = SignedDuration::from_secs(DEVICE_LIFE);
        self.devices.add(secret, device, now, life);
    }

    /// Approves the device with this code. Returns its application.
    pub(super) fn approve(
        &mut self,
        partner: PartnerId,
        user_code: &str,
        now: Timestamp,
    ) -> Option<String> {
        let mut waiting = self.devices.at(now);
        let device = waiting.find(|device| {
            device.session.partner == partner
                && !device.approved
                && device.user_code.eq_ignore_ascii_case(user_code)
        })?;
        device.approved = true;
        Some(device.session.client.clone())
    }

    /// Takes the session of an approved device; an error if it waits or is unknown.
    pub(super) fn take_device(&mut self, secret: &str, now: Timestamp) -> Result<Session, Waiting> {
        match self.devices.get(secret, now) {
            None => Err(Waiting::Unknown),
            Some(device) if !device.approved => Err(Waiting::ForUser),
            Some(_) => {
                let device = self.devices.take(secret, now);
                device.map(|device| device.session).ok_or(Waiting::Unknown)
            }
        }
    }
}

/// Why a device gets no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// The user has not approved yet.
    ForUser,
    /// The code is unknown or expired.
    Unknown,
}

/// A bounded number of expiring entries, by the hash of a secret.
struct Kept<T>(HashMap<SecretHash, (Timestamp, T)>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Kept<T> {
    fn add(&mut self, secret: &str, it: T, now: Timestamp, life: SignedDuration) {
        if self.0.len() >= ROOM {
            self.0.retain(|_, (expires, _)| *expires > now);
        }
        if self.0.len() >= ROOM {
            let oldest = self.0.iter().min_by_key(|(_, (expires, _))| *expires);
            let oldest = oldest.map(|(name, _)| *name);
            oldest.map(|name| self.0.remove(&name));
        }
        let expires = now.saturating_add(life).unwrap_or(Timestamp::MAX);
        self.0.insert(secret_hash(secret), (expires, it));
    }

    fn get(&self, secret: &str, now: Timestamp) -> Option<&T> {
        let (expires, it) = self.0.get(&secret_hash(secret))?;
        (*expires > now).then_some(it)
    }

    fn take(&mut self, secret: &str, now: Timestamp) -> Option<T> {
        let (expires, it) = self.0.remove(&secret_hash(secret))?;
        (expires > now).then_some(it)
    }

    /// The entries that have not expired.
    fn at(&mut self, now: Timestamp) -> impl Iterator<Item = &mut T> {
        let all = self.0.values_mut();
        all.filter_map(move |(expires, it)| (*expires > now).then_some(it))
    }
}
