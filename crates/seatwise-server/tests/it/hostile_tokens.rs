//! Tokens that must not open anything: each is refused with its code, and with nothing more.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderValue, Request};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::harness::{Answer, IDENTITY, TestServer, USAGE, app_token, partner, start, user_token};

/// The claims of a good token, to be spoilt.
fn good() -> Value {
    let payload = user_token(partner());
    let payload = URL_SAFE_NO_PAD
        .decode(payload.split('.').nth(1).unwrap())
        .unwrap();
    serde_json::from_slice(&payload).unwrap()
}

fn with(claim: &str, value: impl Into<Value>) -> Value {
    let mut claims = good();
    claims[claim] = value.into();
    claims
}

fn without(claim: &str) -> Value {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove(claim);
    claims
}

fn header() -> Header {
    jsonwebtoken::decode_header(user_token(partner())).unwrap()
}

fn trusted_key() -> EncodingKey {
    EncodingKey::from_rsa_pem(&std::fs::read(&IDENTITY.key_file).unwrap()).unwrap()
}

/// Signed with the trusted key, whatever it says.
fn signed(claims: &Value) -> String {
    jsonwebtoken::encode(&header(), claims, &trusted_key()).unwrap()
}

/// Signed with the trusted key over text that no JSON library would write.
fn signed_text(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), &trusted_key(), Algorithm::RS256);
    format!("{message}.{}", signature.unwrap())
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Another key under the trusted key's id.
fn signed_by_a_stranger(change: impl FnOnce(&mut Header)) -> String {
    let key = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&key);
    let text = pem::encode(&pem::Pem::new("PRIVATE KEY", der.unwrap().as_ref()));
    let key = EncodingKey::from_rsa_pem(text.as_bytes()).unwrap();
    let mut header = header();
    change(&mut header);
    jsonwebtoken::encode(&header, &good(), &key).unwrap()
}

/// HS256, with what an attacker knows of the trusted key as the secret.
fn signed_with_the_public_key() -> String {
    let text = std::fs::read(&IDENTITY.key_file).unwrap();
    let der = pem::parse(&text).unwrap();
    let key = aws_lc_rs::rsa::KeyPair::from_pkcs8(der.contents()).unwrap();
    let public = aws_lc_rs::signature::KeyPair::public_key(&key);
    let secret = EncodingKey::from_secret(public.as_ref());
    let header = Header {
        alg: Algorithm::HS256,
        ..header()
    };
    jsonwebtoken::encode(&header, &good(), &secret).unwrap()
}

fn unsigned() -> String {
    let header = json!({ "alg": "none", "typ": "JWT", "kid": header().kid });
    format!(
        "{}.{}.",
        encode(&header.to_string()),
        encode(&good().to_string())
    )
}

fn with_own_key_in_the_header() -> String {
    signed_by_a_stranger(|header| {
        let jwk = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
        header.jwk = serde_json::from_value(jwk).unwrap();
        header.jku = Some("https://attacker.example/keys".to_owned());
        header.kid = None;
    })
}

async fn ask(server: &TestServer, values: &[HeaderValue]) -> Answer {
    let mut request = Request::get(USAGE).body(Body::empty()).unwrap();
    for value in values {
        request.headers_mut().append("Authorization", value.clone());
    }
    server.send(request).await
}

fn bearer(token: &str) -> HeaderValue {
    HeaderValue::try_from(format!("Bearer {token}")).unwrap()
}

#[tokio::test]
async fn are_refused() {
    let server = TestServer::new().await;
    let token = user_token(partner());
    let (now, kid) = (start().as_second(), header().kid.unwrap());
    let other = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9";
    let basic = format!("Basic {token}");
    let lower_case = format!("bearer {token}");
    let no_parts = token.replace('.', "");
    let twice = good()
        .to_string()
        .replacen('{', &format!("{{\"tid\":\"{other}\","), 1);
    let plain_header = format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#);
    let critical = format!(r#"{{"alg":"RS256","kid":"{kid}","crit":["x"],"x":1}}"#);

    let cases: Vec<(&str, Vec<HeaderValue>, &str)> = vec![
        ("no header", vec![], "400"),
        ("two headers", vec![bearer(&token), bearer(&token)], "400"),
        (
            "another scheme",
            vec![HeaderValue::try_from(basic).unwrap()],
            "400",
        ),
        (
            "lower-case scheme",
            vec![HeaderValue::try_from(lower_case).unwrap()],
            "400",
        ),
        ("no token", vec![HeaderValue::from_static("Bearer")], "400"),
        ("two spaces", vec![bearer(&format!(" {token}"))], "400"),
        (
            "not UTF-8",
            vec![HeaderValue::from_bytes(b"Bearer \xff\xfe.\xff.\xff").unwrap()],
            "400",
        ),
        (
            "oversized",
            vec![bearer(&format!("{token}{}", "A".repeat(16 * 1024)))],
            "400",
        ),
        ("truncated", vec![bearer(&token[..token.len() - 10])], "400"),
        ("without dots", vec![bearer(&no_parts)], "400"),
        ("four parts", vec![bearer(&format!("{token}.AAAA"))], "400"),
        ("alg none", vec![bearer(&unsigned())], "400"),
        (
            "alg none with a signature",
            vec![bearer(&format!("{}AAAA", unsigned()))],
            "400",
        ),
        (
            "HS256 with the public key",
            vec![bearer(&signed_with_the_public_key())],
            "400",
        ),
        (
            "RS512",
            vec![bearer(&signed_text(
                &plain_header.replace("RS256", "RS512"),
                "{}",
            ))],
            "400",
        ),
        (
            "unknown key id",
            vec![bearer(&signed_by_a_stranger(|h| h.kid = Some("x".into())))],
            "400",
        ),
        (
            "no key id",
            vec![bearer(&signed_by_a_stranger(|h| h.kid = None))],
            "400",
        ),
        (
            "stolen key id",
            vec![bearer(&signed_by_a_stranger(|_| ()))],
            "400",
        ),
        (
            "own key in the header",
            vec![bearer(&with_own_key_in_the_header())],
            "400",
        ),
        (
            "critical extension",
            vec![bearer(&signed_text(&critical, &good().to_string()))],
            "400",
        ),
        (
            "claims twice",
            vec![bearer(&signed_text(&plain_header, &twice))],
            "400",
        ),
        (
            "claims that are no JSON",
            vec![bearer(&signed_text(&plain_header, "{"))],
            "400",
        ),
        (
            "wrong issuer",
            vec![bearer(&signed(&with("iss", "https://issuer.example/")))],
            "400",
        ),
        (
            "look-alike issuer",
            vec![bearer(&signed(&with(
                "iss",
                format!("https://sts.windows.net.attacker.example/{}/", partner()),
            )))],
            "400",
        ),
        (
            "issuer without its slash",
            vec![bearer(&signed(&with(
                "iss",
                format!("https://sts.windows.net/{}", partner()),
            )))],
            "400",
        ),
        (
            "other tenant in tid than in iss",
            vec![bearer(&signed(&with("tid", other)))],
            "400",
        ),
        ("no tid", vec![bearer(&signed(&without("tid")))], "400"),
        (
            "tid that is no GUID",
            vec![bearer(&signed(&with("tid", "common")))],
            "400",
        ),
        (
            "tid that is a path",
            vec![bearer(&signed(&with("tid", "../../other")))],
            "400",
        ),
        ("no issuer", vec![bearer(&signed(&without("iss")))], "400"),
        (
            "expired",
            vec![bearer(&signed(&with("exp", now - 60)))],
            "400",
        ),
        (
            "expires as a text",
            vec![bearer(&signed(&with("exp", "9999999999")))],
            "400",
        ),
        (
            "expires before time",
            vec![bearer(&signed(&with("exp", i64::MIN)))],
            "400",
        ),
        ("no exp", vec![bearer(&signed(&without("exp")))], "400"),
        (
            "not yet valid",
            vec![bearer(&signed(&with("nbf", now + 61)))],
            "400",
        ),
        (
            "wrong audience",
            vec![bearer(&signed(&with("aud", "https://graph.windows.net")))],
            "900420",
        ),
        (
            "no audience",
            vec![bearer(&signed(&without("aud")))],
            "900420",
        ),
        ("no scp", vec![bearer(&signed(&without("scp")))], "900329"),
        (
            "other scp",
            vec![bearer(&signed(&with("scp", "user_impersonation.none")))],
            "900329",
        ),
        ("app-only", vec![bearer(&app_token(partner()))], "900329"),
    ];
    for (name, values, code) in cases {
        let answer = ask(&server, &values).await;
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["code"], code, "{name}");
        let (status, description) = match code {
            "400" => (401, "the token is missing, invalid or expired"),
            "900420" => (401, "the token was issued for another audience"),
            _ => (403, "this resource needs a user's token"),
        };
        assert_eq!(
            (answer.head.status.as_u16(), &body["description"]),
            (status, &json!(description)),
            "{name}"
        );
        assert_eq!(
            answer.header("www-authenticate").is_empty(),
            status == 403,
            "{name}"
        );
    }
}

#[tokio::test]
async fn and_these_are_not() {
    let server = TestServer::new().await;
    let now = start().as_second();
    for (name, claims) in [
        ("as issued", good()),
        ("just expired", with("exp", now - 59)),
        ("valid in a moment", with("nbf", now + 60)),
        ("without nbf", without("nbf")),
        (
            "audience with a slash",
            with("aud", "https://api.partnercenter.microsoft.com/"),
        ),
        (
            "audience by its id",
            with("aud", "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"),
        ),
        ("several scopes", with("scp", "openid user_impersonation")),
        (
            "tid in upper case",
            with("tid", partner().to_string().to_uppercase()),
        ),
    ] {
        let answer = ask(&server, &[bearer(&signed(&claims))]).await;
        assert_eq!(answer.head.status, 200, "{name}");
    }
}

#[tokio::test]
async fn the_first_fault_counts() {
    let server = TestServer::new().await;
    let mut claims = with("aud", "https://graph.windows.net");
    claims["exp"] = json!(start().as_second() - 3600);
    claims["scp"] = json!("");
    let answer = ask(&server, &[bearer(&signed(&claims))]).await;
    assert!(
        answer.short().contains(r#""code":"400""#),
        "expired comes before the audience"
    );

    claims["exp"] = json!(start().as_second() + 3600);
    let answer = ask(&server, &[bearer(&signed(&claims))]).await;
    assert!(
        answer.short().contains(r#""code":"900420""#),
        "the audience comes before the user"
    );
}
