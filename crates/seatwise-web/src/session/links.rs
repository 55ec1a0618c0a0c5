//! Links that sign in once, with one click.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use seatwise_server::secret_hash;
use seatwise_types::PartnerId;

/// How long a link is valid.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// The largest number of unused links. A new link replaces the oldest.
const MOST: usize = 64;

/// The unused links. Only hashes of their secrets are kept, so the time of a lookup reveals nothing about a
/// secret.
#[derive(Default)]
pub(super) struct Links(Mutex<HashMap<[u8; 32], Link>>);

struct Link {
    partner: PartnerId,
    user: String,
    ends: Timestamp,
}

impl Links {
    /// Makes a link and returns its secret.
    pub(super) fn make(&self, partner: PartnerId, user: &str, now: Timestamp) -> String {
        let secret = secret();
        let link = Link {
            partner,
            user: user.to_owned(),
            ends: now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX),
        };
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        links.retain(|_, link| now < link.ends);
        if links.len() >= MOST {
            let oldest = links.iter().min_by_key(|(_, link)| link.ends);
            let oldest = oldest.map(|(hash, _)| *hash);
            oldest.map(|oldest| links.remove(&oldest));
        }
        links.insert(secret_hash(&secret), link);
        secret
    }

    /// Uses up a link: the partner and user that it signs in. `None` if it does not exist or has expired.
    pub(super) fn take(&self, secret: &str, now: Timestamp) -> Option<(PartnerId, String)> {
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let link = links.remove(&secret_hash(secret))?;
        (now < link.ends).then_some((link.partner, link.user))
    }
}

/// 32 random bytes as base64url.
pub(crate) fn secret() -> String {
    let mut secret = [0; 32];
    rand::fill(&mut secret).expect("the system has random numbers");
    URL_SAFE_NO_PAD.encode(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_once_within_ten_minutes() {
        let (links, now) = (Links::default(), Timestamp::UNIX_EPOCH);
        let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
        let link = links.make(partner, "Ada", now);
        assert_eq!(links.take(&link, now), Some((partner, "Ada".to_owned())));
        assert_eq!(links.take(&link, now), None);
        let late = links.make(partner, "Ada", now);
        let end = now.saturating_add(LIFETIME).unwrap();
        assert_eq!(links.take(&late, end), None);
        assert_eq!(links.take("", now), None);
    }

    #[test]
    fn unused_links_are_bounded() {
        let (links, now) = (Links::default(), Timestamp::UNIX_EPOCH);
        let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
        for _ in 0..3 * MOST {
            links.make(partner, "Ada", now);
        }
        assert_eq!(links.0.lock().unwrap().len(), MOST);
    }
}
