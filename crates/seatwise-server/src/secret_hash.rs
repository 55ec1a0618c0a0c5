//! The name under which a secret is kept: a reader of the memory learns no secret.

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

/// The SHA-256 of a secret.
pub type SecretHash = [u8; SHA256_OUTPUT_LEN];

/// The hash under which a secret is looked up: how long that takes says nothing about another secret.
pub fn secret_hash(secret: impl AsRef<[u8]>) -> SecretHash {
    let mut hash = [0; SHA256_OUTPUT_LEN];
    hash.copy_from_slice(digest(&SHA256, secret.as_ref()).as_ref());
    hash
}
