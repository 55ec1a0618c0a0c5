//! The keys of an issuer, parsed strictly.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use anyhow::{bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::DecodingKey;
use seatwise_types::PartnerId;
use serde::Deserialize;

use super::settings;

/// Entra publishes about ten.
const MAX_KEYS: usize = 100;

/// The allowed bytes of a modulus: at least 2048 bits, as RS256 requires, and at most 8192.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

/// The usable keys of a document.
pub(super) struct KeySet {
    keys: HashMap<String, Key>,
    /// When the document was read.
    pub(super) read_at: Timestamp,
    /// Increases when the keys change: tokens verified with an earlier set are then verified again.
    pub(super) generation: u64,
}

struct Key {
    modulus: String,
    exponent: String,
    decoding: DecodingKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Member>,
}

/// A key in the document. Keys of other types lack some members.
#[derive(Deserialize)]
struct Member {
    kty: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    /// Entra's extension: the issuer that can use the key.
    issuer: Option<String>,
}

impl KeySet {
    /// Parses the document of an issuer for these tenants.
    ///
    /// Keys of other types and purposes are ignored. A document with two keys of the same id is
    /// rejected, because it is unclear which one counts.
    pub(super) fn parse(
        document: &[u8],
        tenants: &[PartnerId],
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let Document { keys: members } = serde_json::from_slice(document)?;
        ensure!(
            members.len() <= MAX_KEYS,
            "there are {} keys and not {MAX_KEYS} at most",
            members.len()
        );
        let mut keys = HashMap::new();
        for member in members {
            let Some((id, key)) = member.usable(tenants) else {
                continue;
            };
            match keys.entry(id) {
                Entry::Occupied(_) => bail!("there are two keys of one id"),
                Entry::Vacant(entry) => drop(entry.insert(key)),
            }
        }
        ensure!(
            !keys.is_empty(),
            "there is no RSA key to check signatures with"
        );
        Ok(Self {
            keys,
            read_at: now,
            generation: 0,
        })
    }

    pub(super) fn get(&self, id: &str) -> Option<&DecodingKey> {
        self.keys.get(id).map(|key| &key.decoding)
    }

    /// This set as the successor of an earlier one.
    pub(super) fn after(mut self, earlier: &Self) -> Self {
        let same = self.keys.len() == earlier.keys.len()
            && self.keys.iter().all(|(id, key)| {
                earlier.keys.get(id).is_some_and(|earlier| {
                    (&key.modulus, &key.exponent) == (&earlier.modulus, &earlier.exponent)
                })
            });
        self.generation = earlier.generation + u64::from(!same);
        self
    }
}

impl Member {
    fn usable(self, tenants: &[PartnerId]) -> Option<(String, Key)> {
        let is = |member: &Option<String>, value| member.as_deref().is_none_or(|it| it == value);
        if self.kty.as_deref() != Some("RSA")
            || !is(&self.purpose, "sig")
            || !is(&self.alg, "RS256")
        {
            return None;
        }
        // Entra's documents for all tenants contain keys that are valid for one tenant only.
        let for_us = |issuer: &str| {
            issuer.contains("{tenantid}")
                || tenants
                    .iter()
                    .any(|tenant| settings::names(issuer, *tenant))
        };
        if !self.issuer.as_deref().is_none_or(for_us) {
            return None;
        }
        let (id, modulus, exponent) = (self.kid?, self.n?, self.e?);
        let length = URL_SAFE_NO_PAD.decode(&modulus).ok()?.len();
        if !MODULUS.contains(&length) {
            return None;
        }
        let decoding = DecodingKey::from_rsa_components(&modulus, &exponent).ok()?;
        let key = Key {
            modulus,
            exponent,
            decoding,
        };
        Some((id, key))
    }
}
