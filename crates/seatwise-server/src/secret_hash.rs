//! The name under which a secret is kept: a reader of the memory learns no secret.

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

pub(crate) type SecretHash = [u8; SHA256_OUTPUT_LEN];

pub(crate) fn secret_hash(secret: impl AsRef<[u8]>) -> SecretHash {
    let mut hash = [0; SHA256_OUTPUT_LEN];
    hash.copy_from_slice(digest(&SHA256, secret.as_ref()).as_ref());
    hash
}
