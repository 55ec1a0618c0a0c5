//! Hashes of secrets for look-ups, so that no secret is kept in memory.

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

/// The SHA-256 of a secret.
pub type SecretHash = [u8; SHA256_OUTPUT_LEN];

/// The hash with which a secret is looked up. The time of the look-up reveals nothing about other
/// secrets.
pub fn secret_hash(secret: impl AsRef<[u8]>) -> SecretHash {
    let mut hash = [0; SHA256_OUTPUT_LEN];
    hash.copy_from_slice(digest(&SHA256, secret.as_ref()).as_ref());
    hash
}
