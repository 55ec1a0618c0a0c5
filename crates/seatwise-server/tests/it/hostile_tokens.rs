//! Invalid tokens: each is rejected with its code, and without details.
//!
//! All are tried with the development identity, and with an issuer that publishes the same key.

use axum::body::Body;
use http::{HeaderValue, Request};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fake_issuer::FakeIssuer;
use crate::harness::{Answer, TestServer, USAGE, app_token, partner, start};
use crate::tokens::{
    app_claims, bearer, changed, header, key_id, new_key, signed, signed_text, signed_with,
    signed_with_the_public_key, unsigned, user_claims,
};

/// A server, and the issuer that it trusts.
pub(crate) struct Door {
    pub(crate) server: TestServer,
    pub(crate) issuer: String,
}

impl Door {
    pub(crate) async fn development() -> Self {
        Self {
            server: TestServer::new().await,
            issuer: format!("https://sts.windows.net/{}/", partner()),
        }
    }

    async fn configured() -> Self {
        Self::of(&FakeIssuer::start().await).await
    }

    async fn of(issuer: &FakeIssuer) -> Self {
        Self {
            server: TestServer::with(|config| issuer.configure(config)).await,
            issuer: issuer.name(),
        }
    }

    pub(crate) async fn both() -> [Self; 2] {
        [Self::development().await, Self::configured().await]
    }

    /// The claims of a valid token of a user.
    pub(crate) fn good(&self) -> Value {
        changed(user_claims(), json!({ "iss": self.issuer }))
    }

    pub(crate) fn with(&self, claim: &str, value: impl Into<Value>) -> Value {
        changed(self.good(), json!({ claim: value.into() }))
    }

    pub(crate) fn without(&self, claim: &str) -> Value {
        self.with(claim, Value::Null)
    }

    fn app_only(&self) -> Value {
        changed(app_claims(), json!({ "iss": self.issuer }))
    }
}

pub(crate) async fn ask(server: &TestServer, values: &[HeaderValue]) -> Answer {
    let mut request = Request::get(USAGE).body(Body::empty()).unwrap();
    for value in values {
        request.headers_mut().append("Authorization", value.clone());
    }
    server.send(request).await
}

/// Requests that get 401 and code 400 because of their `Authorization` headers.
fn bad_headers(door: &Door) -> Vec<(&'static str, Vec<HeaderValue>)> {
    let token = signed(&door.good());
    let text = |text: String| vec![HeaderValue::try_from(text).unwrap()];
    vec![
        ("no header", vec![]),
        ("two headers", vec![bearer(&token), bearer(&token)]),
        ("another scheme", text(format!("Basic {token}"))),
        ("a longer scheme", text(format!("Bearers {token}"))),
        ("no token", text("Bearer".to_owned())),
        ("two spaces", text(format!("Bearer  {token}"))),
        (
            "two tokens",
            text(format!("Bearer {token}, Bearer {token}")),
        ),
        (
            "not UTF-8",
            vec![HeaderValue::from_bytes(b"Bearer \xff\xfe.\xff.\xff").unwrap()],
        ),
    ]
}

/// Tokens that get 401 and code 400 although the header is valid.
fn bad_tokens(door: &Door) -> Vec<(&'static str, String)> {
    let good = door.good();
    let token = signed(&good);
    let stranger = new_key();
    let (now, kid) = (start().as_second(), key_id());
    let other = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9";
    let of_other = door.issuer.replace(&partner().to_string(), other);
    let twice = |claim: &str| {
        let claims = good.to_string().replacen('{', &format!("{{{claim},"), 1);
        signed_text(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#), &claims)
    };
    let with_header = |header: &str| signed_text(&header.replace("KID", &kid), &good.to_string());
    let dot = token.rfind('.').unwrap();
    vec![
        ("oversized", format!("{token}{}", "A".repeat(16 * 1024))),
        ("truncated", token[..token.len() - 10].to_owned()),
        ("without its signature", token[..=dot].to_owned()),
        ("without dots", token.replace('.', "")),
        ("four parts", format!("{token}.AAAA")),
        ("five parts, as if encrypted", format!("{token}.AAAA.AAAA")),
        ("padded", format!("{token}==")),
        ("another alphabet", token.replace(['-', '_'], "+") + "+"),
        ("alg none", unsigned(&good)),
        (
            "alg none with a signature",
            format!("{}AAAA", unsigned(&good)),
        ),
        ("alg None", with_header(r#"{"alg":"None","kid":"KID"}"#)),
        (
            "HS256 with the public key",
            signed_with_the_public_key(&good),
        ),
        ("RS512", with_header(r#"{"alg":"RS512","kid":"KID"}"#)),
        ("PS256", with_header(r#"{"alg":"PS256","kid":"KID"}"#)),
        ("ES256", with_header(r#"{"alg":"ES256","kid":"KID"}"#)),
        (
            "alg twice",
            with_header(r#"{"alg":"none","alg":"RS256","kid":"KID"}"#),
        ),
        ("a header that is no JSON", with_header("{")),
        (
            "a critical extension",
            with_header(r#"{"alg":"RS256","kid":"KID","crit":["x"],"x":1}"#),
        ),
        (
            "unknown key id",
            signed_with(&stranger, &good, |header| header.kid = Some("x".into())),
        ),
        (
            "a key id that is a path",
            signed_with(&stranger, &good, |header| {
                header.kid = Some("../../keys".into())
            }),
        ),
        (
            "no key id",
            signed_with(&stranger, &good, |header| header.kid = None),
        ),
        ("stolen key id", signed_with(&stranger, &good, |_| ())),
        (
            "own key in the header",
            signed_with(&stranger, &good, |header| {
                let own = crate::tokens::jwk(&new_key(), &key_id());
                header.jwk = serde_json::from_value(own).unwrap();
            }),
        ),
        (
            "address of an own key in the header",
            signed_with(&stranger, &good, |header| {
                header.jku = Some("https://attacker.example/keys".to_owned());
                header.x5u = Some("https://attacker.example/keys".to_owned());
                header.kid = Some("mine".to_owned());
            }),
        ),
        ("tid twice", twice(&format!(r#""tid":"{other}""#))),
        ("iss twice", twice(r#""iss":"https://issuer.example/""#)),
        ("aud twice", twice(r#""aud":"https://graph.windows.net""#)),
        ("exp twice", twice(r#""exp":9999999999"#)),
        ("amr twice", twice(r#""amr":["mfa"]"#)),
        (
            "claims that are no JSON",
            signed_text(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#), "{"),
        ),
        (
            "claims that are a list",
            signed_text(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#), "[]"),
        ),
        (
            "wrong issuer",
            signed(&door.with("iss", "https://issuer.example/")),
        ),
        (
            "look-alike issuer, longer",
            signed(&door.with(
                "iss",
                door.issuer.replacen("/", ".attacker.example/", 3).replacen(
                    ".attacker.example/",
                    "/",
                    2,
                ),
            )),
        ),
        (
            "look-alike issuer, with the right one as its path",
            signed(&door.with("iss", format!("https://attacker.example/{}", door.issuer))),
        ),
        (
            "look-alike issuer, with the right one as its user",
            signed(&door.with("iss", door.issuer.replacen("://", "://sts.windows.net@", 1))),
        ),
        (
            "issuer in upper case",
            signed(&door.with("iss", door.issuer.to_uppercase())),
        ),
        (
            "issuer without its slash",
            signed(&door.with("iss", door.issuer.trim_end_matches('/'))),
        ),
        (
            "issuer as a pattern",
            signed(&door.with("iss", door.issuer.replace(&partner().to_string(), "{tid}"))),
        ),
        ("no issuer", signed(&door.without("iss"))),
        (
            "other tenant in tid than in iss",
            signed(&door.with("tid", other)),
        ),
        (
            "other tenant in iss than in tid",
            signed(&door.with("iss", of_other.clone())),
        ),
        ("no tid", signed(&door.without("tid"))),
        ("tid that is no GUID", signed(&door.with("tid", "common"))),
        (
            "tid that is a path",
            signed(&door.with("tid", "../../other")),
        ),
        (
            "tid that is a list",
            signed(&door.with("tid", json!([partner()]))),
        ),
        ("expired", signed(&door.with("exp", now - 60))),
        ("expires as a text", signed(&door.with("exp", "9999999999"))),
        ("expires before time", signed(&door.with("exp", i64::MIN))),
        ("no exp", signed(&door.without("exp"))),
        ("not yet valid", signed(&door.with("nbf", now + 61))),
        ("valid after time", signed(&door.with("nbf", i64::MAX))),
    ]
}

/// Tokens with a valid signature that lack something, with the expected status and code.
fn weak_tokens(door: &Door) -> Vec<(&'static str, Value, (u16, &'static str))> {
    vec![
        (
            "wrong audience",
            door.with("aud", "https://graph.windows.net"),
            (401, "900420"),
        ),
        (
            "look-alike audience",
            door.with(
                "aud",
                "https://api.partnercenter.microsoft.com.attacker.example",
            ),
            (401, "900420"),
        ),
        (
            "audience in upper case",
            door.with("aud", "HTTPS://API.PARTNERCENTER.MICROSOFT.COM"),
            (401, "900420"),
        ),
        (
            "several wrong audiences",
            door.with("aud", json!(["https://graph.windows.net", ""])),
            (401, "900420"),
        ),
        ("no audience", door.without("aud"), (401, "900420")),
        (
            "no second factor",
            door.with("amr", json!(["pwd"])),
            (401, "900421"),
        ),
        (
            "a second factor that is none",
            door.with("amr", json!(["pwd", "MFA", "mfa2"])),
            (401, "900421"),
        ),
        ("no amr", door.without("amr"), (401, "900421")),
        (
            "no amr in a v2.0 token",
            changed(door.without("amr"), json!({ "ver": "2.0" })),
            (401, "900421"),
        ),
        ("app-only", door.app_only(), (403, "900329")),
        ("no scp", door.without("scp"), (403, "900150")),
        (
            "other scp",
            door.with("scp", "user_impersonation.none"),
            (403, "900150"),
        ),
        (
            "an app's token with the names of a user",
            changed(door.app_only(), json!({ "upn": "a@b", "amr": ["mfa"] })),
            (403, "900150"),
        ),
    ]
}

#[tokio::test]
async fn are_refused() {
    for door in Door::both().await {
        let mut cases: Vec<_> = bad_headers(&door)
            .into_iter()
            .map(|(name, values)| (name, values, (401, "400")))
            .collect();
        for (name, token) in bad_tokens(&door) {
            cases.push((name, vec![bearer(&token)], (401, "400")));
        }
        for (name, claims, answer) in weak_tokens(&door) {
            cases.push((name, vec![bearer(&signed(&claims))], answer));
        }
        for (name, values, (status, code)) in cases {
            let answer = ask(&door.server, &values).await;
            let name = format!("{name} at {}", door.issuer);
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            let description = match code {
                "400" => "the token is missing, invalid or expired",
                "900420" => "the token was issued for another audience",
                "900421" => "the user did not sign in with a second factor",
                "900329" => "this resource needs a user's token",
                _ => "the user's role has no right to this operation",
            };
            assert_eq!(
                (
                    answer.head.status.as_u16(),
                    &body["code"],
                    &body["description"]
                ),
                (status, &number(code), &json!(description)),
                "{name}"
            );
            let challenge = match status {
                401 => "Bearer error=\"invalid_token\"",
                _ => "",
            };
            assert_eq!(answer.header("www-authenticate"), challenge, "{name}");
        }
    }
}

#[tokio::test]
async fn a_token_that_no_key_can_help_makes_the_server_ask_no_issuer() {
    let issuer = FakeIssuer::start().await;
    let door = Door::of(&issuer).await;
    for (name, values) in bad_headers(&door) {
        ask(&door.server, &values).await;
        assert_eq!(issuer.fetches(), 0, "{name}");
    }
    // Each with a server without keys. Those that remain name a trusted issuer, its tenant and a
    // key, like a valid token.
    let mut fetched = Vec::new();
    for (name, token) in bad_tokens(&door) {
        let door = Door::of(&issuer).await;
        let before = issuer.fetches();
        ask(&door.server, &[bearer(&token)]).await;
        if issuer.fetches() > before {
            fetched.push(name);
        }
    }
    assert_snapshot!(fetched.join("\n"), @r"
    truncated
    unknown key id
    a key id that is a path
    stolen key id
    own key in the header
    address of an own key in the header
    expired
    expires as a text
    expires before time
    no exp
    not yet valid
    valid after time
    ");
    // However many arrive, a server fetches once until the pause has passed.
    let before = issuer.fetches();
    for (_, token) in bad_tokens(&door) {
        ask(&door.server, &[bearer(&token)]).await;
    }
    assert_eq!(issuer.fetches() - before, 1);
}

#[tokio::test]
async fn and_these_are_not() {
    let now = start().as_second();
    for door in Door::both().await {
        for (name, claims) in [
            ("as issued", door.good()),
            ("just expired", door.with("exp", now - 59)),
            ("valid in a moment", door.with("nbf", now + 60)),
            ("without nbf", door.without("nbf")),
            (
                "audience with a slash",
                door.with("aud", "https://api.partnercenter.microsoft.com/"),
            ),
            (
                "audience by its id",
                door.with("aud", "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"),
            ),
            (
                "one of several audiences",
                door.with(
                    "aud",
                    json!(["account", "https://api.partnercenter.microsoft.com"]),
                ),
            ),
            (
                "several scopes",
                door.with("scp", "openid user_impersonation"),
            ),
            (
                "tid in upper case",
                door.with("tid", partner().to_string().to_uppercase()),
            ),
        ] {
            let token = bearer(&signed(&claims));
            for _ in ["checked", "remembered"] {
                let answer = ask(&door.server, std::slice::from_ref(&token)).await;
                assert_eq!(answer.head.status, 200, "{name} at {}", door.issuer);
            }
        }
    }
}

/// A code as errors have it.
fn number(code: &str) -> Value {
    json!(code.parse::<u64>().unwrap())
}

#[tokio::test]
async fn the_first_fault_counts() {
    for door in Door::both().await {
        let mut claims = changed(
            door.good(),
            json!({
                "exp": start().as_second() - 3600,
                "aud": "https://graph.windows.net",
                "amr": null,
                "scp": "",
            }),
        );
        for (code, mend) in [
            ("400", json!({ "exp": start().as_second() + 3600 })),
            (
                "900420",
                json!({ "aud": "https://api.partnercenter.microsoft.com" }),
            ),
            ("900421", json!({ "amr": ["mfa"] })),
            ("900150", json!({ "scp": "user_impersonation" })),
        ] {
            let answer = ask(&door.server, &[bearer(&signed(&claims))]).await;
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(body["code"], number(code));
            claims = changed(claims, mend);
        }
        let answer = ask(&door.server, &[bearer(&signed(&claims))]).await;
        assert_eq!(answer.head.status, 200);
    }
}

#[tokio::test]
async fn a_token_of_the_other_door_opens_nothing() {
    let [development, configured] = Door::both().await;
    for (door, claims) in [
        (&development, configured.good()),
        (&configured, development.good()),
    ] {
        let answer = ask(&door.server, &[bearer(&signed(&claims))]).await;
        assert_eq!(answer.head.status, 401);
    }
    let of_the_identity = crate::harness::user_token(partner());
    let answer = ask(&configured.server, &[bearer(&of_the_identity)]).await;
    assert_eq!(answer.head.status, 401);
    let of_the_identity = app_token(partner());
    let answer = ask(&configured.server, &[bearer(&of_the_identity)]).await;
    assert_eq!(answer.head.status, 401);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Random bytes, bytes that look like a token, and a valid token with one byte changed.
    #[test]
    fn random_bytes_are_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        parts in "[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}",
        json in "\\{\"(alg|kid|iss|tid|exp)\":[\\[{\"a-z0-9:,}\\]]{0,40}",
        at in any::<prop::sample::Index>(),
        byte in "[A-Za-z0-9_.-]",
    ) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            for door in Door::both().await {
                let good = signed(&door.good());
                let mut changed = good.clone();
                let at = at.index(changed.len());
                changed.replace_range(at..=at, &byte);
                let header = serde_json::to_string(&header()).unwrap();
                let mut tokens = vec![
                    parts.clone().into_bytes(),
                    signed_text(&json, &json).into_bytes(),
                    signed_text(&header, &json).into_bytes(),
                    bytes.clone(),
                ];
                // The last byte of a signature has unused bits.
                if changed != good && at + 1 < good.len() {
                    tokens.push(changed.into_bytes());
                }
                for token in tokens {
                    let Ok(value) = HeaderValue::from_bytes(&[b"Bearer ", &*token].concat()) else {
                        continue;
                    };
                    assert_eq!(ask(&door.server, &[value]).await.head.status, 401);
                }
            }
        });
    }
}
