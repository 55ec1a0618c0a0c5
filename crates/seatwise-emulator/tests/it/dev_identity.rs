//! The key in the data folder, and the tokens that it signs.

use std::path::Path;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use insta::assert_snapshot;
use seatwise_emulator::DevIdentity;

use crate::harness::{app_token, partner, user_token};

#[test]
fn tokens_have_the_documented_claims() {
    assert_snapshot!(claims(&user_token(partner())), @r#"
    {
      "acr": "1",
      "amr": [
        "pwd",
        "mfa"
      ],
      "appid": "5ea7d150-0000-4000-8000-000000000001",
      "appidacr": "1",
      "aud": "https://api.partnercenter.microsoft.com",
      "exp": 1489603391,
      "iat": 1489599791,
      "idp": "urn:seatwise:development-identity",
      "iss": "https://sts.windows.net/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/",
      "name": "admin@partner.example",
      "nbf": 1489599791,
      "oid": "376a84f9-d3f1-8839-b22d-43e532055ada",
      "scp": "user_impersonation",
      "tid": "a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a",
      "unique_name": "admin@partner.example",
      "upn": "admin@partner.example",
      "ver": "1.0"
    }
    "#);
    assert_snapshot!(claims(&app_token(partner())), @r#"
    {
      "acr": "1",
      "appid": "5ea7d150-0000-4000-8000-000000000001",
      "appidacr": "1",
      "aud": "https://api.partnercenter.microsoft.com",
      "exp": 1489603391,
      "iat": 1489599791,
      "idp": "urn:seatwise:development-identity",
      "iss": "https://sts.windows.net/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/",
      "nbf": 1489599791,
      "oid": "b60b4d5c-fb63-81db-a440-3c8f629eeb3b",
      "tid": "a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a",
      "ver": "1.0"
    }
    "#);
}

fn claims(token: &str) -> String {
    let claims = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    serde_json::to_string_pretty(&claims).unwrap()
}

#[test]
fn all_who_make_the_key_at_once_get_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let key_ids: Vec<String> = thread::scope(|scope| {
        let open = || scope.spawn(|| key_id(&DevIdentity::open_or_create(folder.path()).unwrap()));
        let openers: Vec<_> = (0..4).map(|_| open()).collect();
        openers
            .into_iter()
            .map(|opener| opener.join().unwrap())
            .collect()
    });
    let again = key_id(&DevIdentity::open_or_create(folder.path()).unwrap());
    assert_eq!(key_ids, [&*again; 4]);
    let files: Vec<_> = folder
        .path()
        .join("dev-identity")
        .read_dir()
        .unwrap()
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
}

fn key_id(identity: &DevIdentity) -> String {
    let request = seatwise_emulator::TokenRequest {
        partner: partner(),
        user: String::new(),
        app_only: true,
        write: false,
        expires_in: std::time::Duration::ZERO,
    };
    let token = identity.issue(&request, crate::harness::start()).unwrap();
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

#[test]
fn a_folder_that_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    assert_snapshot!(refusal(folder.path(), "missing"), @"data folder `DATA` does not exist");
}

#[test]
fn a_file_that_is_no_key() {
    let folder = tempfile::tempdir().unwrap();
    DevIdentity::open_or_create(folder.path()).unwrap();
    std::fs::write(folder.path().join("dev-identity/signing-key.pem"), "no key").unwrap();
    assert_snapshot!(refusal(folder.path(), ""), @"`DATA/dev-identity/signing-key.pem` holds no usable RSA key (malformedframing); remove it to get a new one");
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    DevIdentity::open_or_create(folder.path()).unwrap();
    let identity = folder.path().join("dev-identity");
    let key = identity.join("signing-key.pem");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(&identity), mode(&key)), (0o700, 0o600));

    fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    assert_snapshot!(refusal(folder.path(), ""), @"`DATA/dev-identity/signing-key.pem` is open to other users (mode 0640); remove `DATA/dev-identity` to get a new key, or close it with `chmod go= DATA/dev-identity/signing-key.pem` if no other user read it");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(&identity, Permissions::from_mode(0o755)).unwrap();
    assert_snapshot!(refusal(folder.path(), ""), @"`DATA/dev-identity` is open to other users (mode 0755); remove `DATA/dev-identity` to get a new key, or close it with `chmod go= DATA/dev-identity` if no other user read it");
}

/// The error with its causes. The temporary folder appears as `DATA`.
fn refusal(folder: &Path, below: &str) -> String {
    let Err(err) = DevIdentity::open_or_create(&folder.join(below)) else {
        panic!("it opens");
    };
    let text = format!("{:#}", anyhow::Error::from(err));
    text.replace(
        folder.join(below).to_str().unwrap().trim_end_matches('/'),
        "DATA",
    )
}
