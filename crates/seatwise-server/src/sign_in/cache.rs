//! Tokens that were verified a moment ago, so that a signature is checked once.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, PoisonError};

use crate::secret_hash::{SecretHash, secret_hash};

/// Tokens that are remembered at least; twice as many at most.
const ROOM: usize = 4096;

/// What is known about tokens, by their hash.
///
/// When the younger half is full it becomes the older one, and what was in that is forgotten unless
/// it was asked for meanwhile. So memory is bounded, and making room costs nothing.
pub(super) struct Cache<T>(Mutex<Halves<T>>);

struct Halves<T> {
    younger: HashMap<SecretHash, T>,
    older: HashMap<SecretHash, T>,
}

impl<T: Clone> Cache<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Halves {
            younger: HashMap::new(),
            older: HashMap::new(),
        }))
    }

    pub(super) fn get(&self, token: &str) -> Option<T> {
        let name = secret_hash(token);
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = halves.younger.get(&name) {
            return Some(known.clone());
        }
        let known = halves.older.remove(&name)?;
        halves.insert(name, known.clone());
        Some(known)
    }

    pub(super) fn insert(&self, token: &str, known: T) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.insert(secret_hash(token), known);
    }
}

impl<T> Halves<T> {
    fn insert(&mut self, name: SecretHash, known: T) {
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
    fn holds_what_is_used_and_not_more_than_it_has_room_for() {
        let cache = Cache::new();
        cache.insert("used", 0);
        for number in 1..4 * ROOM {
            cache.insert(&number.to_string(), number);
            assert_eq!(cache.get("used"), Some(0));
        }
        assert_eq!(cache.get("1"), None);
        assert_eq!(cache.get(&(4 * ROOM - 1).to_string()), Some(4 * ROOM - 1));
        let halves = cache.0.lock().unwrap();
        assert!(halves.younger.len() <= ROOM && halves.older.len() <= ROOM);
    }
}
