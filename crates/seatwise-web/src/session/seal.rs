//! A value that a browser keeps and cannot read or change.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What a sealed value is for. One that was sealed for something else does not open.
const PURPOSE: &[u8] = b"seatwise session 1";

/// The key of one process.
pub(super) struct Seal(RandomizedNonceKey);

impl Seal {
    pub(super) fn new() -> Self {
        let mut key = [0; 32];
        rand::fill(&mut key).expect("the system has random numbers");
        let key = RandomizedNonceKey::new(&AES_256_GCM, &key);
        Self(key.expect("a key of AES-256 has 32 bytes"))
    }

    /// The value as text of letters, digits, `-` and `_`.
    pub(super) fn close(&self, mut value: Vec<u8>) -> String {
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(PURPOSE), &mut value);
        let nonce = nonce.expect("a short value can be sealed");
        let sealed: Vec<u8> = nonce.as_ref().iter().copied().chain(value).collect();
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// The value; none if it was not sealed with this key, or was changed since.
    pub(super) fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, value) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut value = value.to_owned();
        let opened = self.0.open_in_place(nonce, Aad::from(PURPOSE), &mut value);
        opened.ok().map(|value| value.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_unless_a_bit_of_it_was_changed() {
        let seal = Seal::new();
        let sealed = seal.close(b"Ada".to_vec());
        assert_eq!(seal.open(&sealed).as_deref(), Some(&b"Ada"[..]));
        assert_ne!(sealed, seal.close(b"Ada".to_vec()));
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(seal.open(&URL_SAFE_NO_PAD.encode(changed)), None);
        }
        for broken in ["", "A", "&", &sealed[..sealed.len() - 4]] {
            assert_eq!(seal.open(broken), None, "{broken}");
        }
    }
}
