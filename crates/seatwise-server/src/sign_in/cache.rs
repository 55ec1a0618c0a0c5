//! Tokens that were verified a moment ago, so that a signature is checked once.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::xxh3_128;

use crate::secret_hash::{SecretHash, secret_hash};

/// Tokens that are remembered at least; twice as many at most.
const ROOM: usize = 4096;

/// The name under which a token is kept: the hash of its signature, and a checksum of what is signed.
///
/// A reader of the memory learns no signature, and without one there is no token. The checksum tells
/// tokens with one signature apart, of which at most one is good: somebody who finds another text for it
/// holds the good one, and gets what that one gets.
pub(super) type Name = (SecretHash, u128);

/// The name of a token in three parts.
pub(super) fn name(token: &[u8]) -> Name {
    let signature = memchr::memrchr(b'.', token).map_or(0, |dot| dot + 1);
    let (signed, signature) = token.split_at(signature);
    (secret_hash(signature), xxh3_128(signed))
}

/// What is known about tokens, by their names.
///
/// When the younger half is full it becomes the older one, and what was in that is forgotten unless
/// it was asked for meanwhile. So memory is bounded, and making room costs nothing.
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
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = halves.younger.get(name) {
            return Some(known.clone());
        }
        let known = halves.older.remove(name)?;
        halves.insert(*name, known.clone());
        Some(known)
    }

    pub(super) fn insert(&self, name: Name, known: T) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        let halves = cache.0.lock().unwrap();
        assert!(halves.younger.len() <= ROOM && halves.older.len() <= ROOM);
    }
}
