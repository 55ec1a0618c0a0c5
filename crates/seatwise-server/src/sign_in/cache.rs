//! Recently verified tokens, so that a signature is checked only once.

use std::collections::HashMap;
use std::mem;

use parking_lot::Mutex;
use xxhash_rust::xxh3::xxh3_128;

use crate::secret_hash::{SecretHash, secret_hash};

/// The fewest tokens to keep; at most twice as many.
const ROOM: usize = 4096;

/// The key of a token in the cache: the hash of its signature, and a checksum of the signed text.
///
/// No signature is kept in memory, and without one there is no token. The checksum distinguishes
/// texts with the same signature, of which at most one is valid: a client that finds another text
/// for it has the valid token, and gets only what that allows.
pub(super) type Name = (SecretHash, u128);

/// The cache key of a token in three parts.
pub(super) fn name(token: &[u8]) -> Name {
    let signature = memchr::memrchr(b'.', token).map_or(0, |dot| dot + 1);
    let (signed, signature) = token.split_at(signature);
    (secret_hash(signature), xxh3_128(signed))
}

/// Verified tokens by their keys.
///
/// When the younger half is full, it becomes the older half, and the old older half is dropped. A
/// look-up moves an entry to the younger half. So memory is bounded, and eviction costs nothing.
pub(super) struct Cache<T>(Mutex<Halves<T>>);

struct Halves<T> {
    younger: HashMap<Name, T>,
    older: HashMap<Name, T>,
}

impl<T: Clone> Cache<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Halves {
            younger: HashMap::new(),
            older: HashMap::new(),
        }))
    }

    pub(super) fn get(&self, name: &Name) -> Option<T> {
        let mut halves = self.0.lock();
        if let Some(known) = halves.younger.get(name) {
            return Some(known.clone());
        }
        let known = halves.older.remove(name)?;
        halves.insert(*name, known.clone());
        Some(known)
    }

    pub(super) fn insert(&self, name: Name, known: T) {
        let mut halves = self.0.lock();
        halves.insert(name, known);
    }
}

impl<T> Halves<T> {
    fn insert(&mut self, name: Name, known: T) {
        if self.younger.len() >= ROOM {
            self.older = mem::take(&mut self.younger);
        }
        self.younger.insert(name, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_that_differ_anywhere_have_different_names() {
        let token = b"head.claims.signature".to_vec();
        for place in 0..token.len() {
            let mut other = token.clone();
            other[place] ^= 1;
            assert_ne!(name(&other), name(&token), "{place}");
        }
    }

    #[test]
    fn holds_what_is_used_and_not_more_than_it_has_room_for() {
        let cache = Cache::new();
        let name = |number: usize| name(number.to_string().as_bytes());
        cache.insert(name(0), 0);
        for number in 1..4 * ROOM {
            cache.insert(name(number), number);
            assert_eq!(cache.get(&name(0)), Some(0));
        }
        assert_eq!(cache.get(&name(1)), None);
        assert_eq!(cache.get(&name(4 * ROOM - 1)), Some(4 * ROOM - 1));
        let halves = cache.0.lock();
        assert!(halves.younger.len() <= ROOM && halves.older.len() <= ROOM);
    }
}
