//! Tokens that no issuer would make: changed claims of a valid token, signed with its key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::harness::{IDENTITY, app_token, partner, user_token};

/// The claims of a user's token.
pub(crate) fn user_claims() -> Value {
    claims_of(&user_token(partner()))
}

/// The claims of an app-only token.
pub(crate) fn app_claims() -> Value {
    claims_of(&app_token(partner()))
}

/// Changes claims; `null` removes one.
pub(crate) fn changed(mut claims: Value, changes: Value) -> Value {
    for (claim, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(claim)),
            value => claims[claim] = value.clone(),
        }
    }
    claims
}

fn claims_of(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    serde_json::from_slice(&payload).unwrap()
}

pub(crate) fn header() -> Header {
    jsonwebtoken::decode_header(user_token(partner())).unwrap()
}

pub(crate) fn key_id() -> String {
    header().kid.unwrap()
}

fn trusted_key() -> EncodingKey {
    EncodingKey::from_rsa_pem(&std::fs::read(&IDENTITY.key_file).unwrap()).unwrap()
}

/// The trusted key as a JWK.
pub(crate) fn trusted_jwk() -> Value {
    let text = std::fs::read(&IDENTITY.key_file).unwrap();
    let der = pem::parse(&text).unwrap();
    let key = aws_lc_rs::rsa::KeyPair::from_pkcs8(der.contents()).unwrap();
    jwk(&key, &key_id())
}

pub(crate) fn jwk(key: &aws_lc_rs::rsa::KeyPair, id: &str) -> Value {
    let public = aws_lc_rs::signature::KeyPair::public_key(key);
    let encode = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
    json!({
        "kty": "RSA",
        "use": "sig",
        "kid": id,
        "n": encode(public.modulus().big_endian_without_leading_zero()),
        "e": encode(public.exponent().big_endian_without_leading_zero()),
    })
}

/// Claims signed with the trusted key.
pub(crate) fn signed(claims: &Value) -> String {
    jsonwebtoken::encode(&header(), claims, &trusted_key()).unwrap()
}

/// Text that no JSON library would write, signed with the trusted key.
pub(crate) fn signed_text(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), &trusted_key(), Algorithm::RS256);
    format!("{message}.{}", signature.unwrap())
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A key that no issuer has.
pub(crate) fn new_key() -> aws_lc_rs::rsa::KeyPair {
    aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap()
}

/// Claims signed with another key, under the trusted key's id unless `change` sets another.
pub(crate) fn signed_with(
    key: &aws_lc_rs::rsa::KeyPair,
    claims: &Value,
    change: impl FnOnce(&mut Header),
) -> String {
    let der = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(key);
    let text = pem::encode(&pem::Pem::new("PRIVATE KEY", der.unwrap().as_ref()));
    let key = EncodingKey::from_rsa_pem(text.as_bytes()).unwrap();
    let mut header = header();
    change(&mut header);
    jsonwebtoken::encode(&header, claims, &key).unwrap()
}

/// An HS256 token whose secret is the trusted public key, which an attacker knows.
pub(crate) fn signed_with_the_public_key(claims: &Value) -> String {
    let text = std::fs::read(&IDENTITY.key_file).unwrap();
    let der = pem::parse(&text).unwrap();
    let key = aws_lc_rs::rsa::KeyPair::from_pkcs8(der.contents()).unwrap();
    let public = aws_lc_rs::signature::KeyPair::public_key(&key);
    let secret = EncodingKey::from_secret(public.as_ref());
    let header = Header {
        alg: Algorithm::HS256,
        ..header()
    };
    jsonwebtoken::encode(&header, claims, &secret).unwrap()
}

pub(crate) fn unsigned(claims: &Value) -> String {
    let header = json!({ "alg": "none", "typ": "JWT", "kid": key_id() });
    format!(
        "{}.{}.",
        encode(&header.to_string()),
        encode(&claims.to_string())
    )
}

pub(crate) fn bearer(token: &str) -> HeaderValue {
    HeaderValue::try_from(format!("Bearer {token}")).unwrap()
}
