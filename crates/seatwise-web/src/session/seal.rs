//! Sealed values: a browser keeps them and cannot read or change them.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::SessionKey;

/// The purpose of a sealed value. It opens only for this purpose.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// The session of a visitor.
    Session,
    /// A sign-in that has begun.
    SignIn,
}

impl Purpose {
    fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Session => b"seatwise session 2",
            Self::SignIn => b"seatwise sign-in 1",
        }
    }
}

/// The key of the server, and the settings that values are bound to.
pub(super) struct Seal {
    key: RandomizedNonceKey,
    settings: String,
}

impl Seal {
    /// Opens only values that were sealed with the same key and settings.
    pub(super) fn new(key: &SessionKey, settings: &str) -> Self {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key.as_bytes());
        Self {
            key: key.expect("a key of AES-256 has 32 bytes"),
            settings: settings.to_owned(),
        }
    }

    fn bound_to(&self, purpose: Purpose) -> Aad<Vec<u8>> {
        Aad::from([purpose.as_bytes(), b"\0", self.settings.as_bytes()].concat())
    }

    /// Seals a value. The result consists of letters, digits, `-` and `_`.
    pub(super) fn close(&self, purpose: Purpose, mut value: Vec<u8>) -> String {
        let bound_to = self.bound_to(purpose);
        let nonce = self.key.seal_in_place_append_tag(bound_to, &mut value);
        let nonce = nonce.expect("a short value can be sealed");
        let sealed: Vec<u8> = nonce.as_ref().iter().copied().chain(value).collect();
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens a value; `None` if it was changed, or sealed with another key, other settings or for another
    /// purpose.
    pub(super) fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, value) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut value = value.to_owned();
        let bound_to = self.bound_to(purpose);
        let opened = self.key.open_in_place(nonce, bound_to, &mut value);
        opened.ok().map(|value| value.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_value_does_not_open() {
        let key = SessionKey::random();
        let seal = Seal::new(&key, "one issuer");
        let close = || seal.close(Purpose::Session, b"Ada".to_vec());
        let open = |sealed: &str| seal.open(Purpose::Session, sealed);
        let sealed = close();
        assert_eq!(open(&sealed).as_deref(), Some(&b"Ada"[..]));
        assert_ne!(sealed, close());
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&URL_SAFE_NO_PAD.encode(changed)), None);
        }
        for broken in ["", "A", "&", &sealed[..sealed.len() - 4]] {
            assert_eq!(open(broken), None, "{broken}");
        }
        assert_eq!(seal.open(Purpose::SignIn, &sealed), None);
        for other in [
            Seal::new(&SessionKey::random(), "one issuer"),
            Seal::new(&key, "another issuer"),
        ] {
            assert_eq!(other.open(Purpose::Session, &sealed), None);
        }
    }
}
