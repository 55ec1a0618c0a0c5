//! Valid tokens in an unusual form are accepted, and the log names an invalid claim.

use http::HeaderValue;
use seatwise_server::MfaRule;
use serde_json::{Value, json};

use crate::harness::{TestServer, start};
use crate::hostile_tokens::{Door, ask};
use crate::recorder::Log;
use crate::tokens::{bearer, changed, key_id, signed, signed_text, user_claims};

/// RFC 9110 allows any case of the scheme.
#[tokio::test]
async fn the_scheme_may_have_any_case() {
    for door in Door::both().await {
        let token = signed(&door.good());
        for scheme in ["bearer", "BEARER", "bEARER"] {
            let value = HeaderValue::try_from(format!("{scheme} {token}")).unwrap();
            let answer = ask(&door.server, &[value]).await;
            assert_eq!(answer.head.status, 200, "{scheme}");
        }
    }
}

/// Numbers in any form in `exp` and `nbf`, and any form of claims that are not needed.
#[tokio::test]
async fn only_claims_that_are_needed_must_have_their_form() {
    for door in Door::both().await {
        let text = |claims: Value, from: &str, to: &str| {
            let header = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, key_id());
            let claims = claims.to_string();
            assert!(claims.contains(from), "{claims}");
            signed_text(&header, &claims.replace(from, to))
        };
        let now = start().as_second();
        let exp = format!("\"exp\":{}", now + 3600);
        let nbf = format!("\"nbf\":{now}");
        for (name, token) in [
            (
                "a fraction in exp",
                text(door.good(), &exp, "\"exp\":1489599852.5"),
            ),
            (
                "an exponent in exp",
                text(door.good(), &exp, "\"exp\":1.5e9"),
            ),
            (
                "a fraction in nbf",
                text(door.good(), &nbf, "\"nbf\":1489599790.75"),
            ),
            ("a number in ver", signed(&door.with("ver", 1.0))),
            ("a list in ver", signed(&door.with("ver", json!(["1.0"])))),
            ("a number in upn", signed(&door.with("upn", 7))),
            (
                "an object in unique_name",
                signed(&door.with("unique_name", json!({ "a": 1 }))),
            ),
            ("a number in sub", signed(&door.with("sub", 7))),
            (
                "an object in sub",
                signed(&door.with("sub", json!({ "a": [1] }))),
            ),
            ("null in nbf", text(door.good(), &nbf, "\"nbf\":null")),
        ] {
            let answer = ask(&door.server, &[bearer(&token)]).await;
            assert_eq!(answer.head.status, 200, "{name} at {}", door.issuer);
        }
        for (name, token) in [
            // A minute and half a second ago; the allowed skew is a minute.
            (
                "just expired",
                text(door.good(), &exp, "\"exp\":1489599730.5"),
            ),
            (
                "not yet valid",
                text(door.good(), &nbf, "\"nbf\":1489599851.5"),
            ),
            (
                "no version in a number",
                signed(&changed(door.without("amr"), json!({ "ver": 2.0 }))),
            ),
        ] {
            let answer = ask(&door.server, &[bearer(&token)]).await;
            assert_eq!(answer.head.status, 401, "{name} at {}", door.issuer);
        }
    }
}

#[tokio::test]
async fn the_log_names_the_claim_that_spoils_a_token() {
    let door = Door::development().await;
    let (log, _guard) = Log::record();
    let refused_for = async |token: &str| {
        ask(&door.server, &[bearer(token)]).await;
        let text = log.text();
        let line = text.lines().last().unwrap();
        line.split("refused=").nth(1).unwrap().to_owned()
    };
    for (claim, value) in [
        ("iss", json!(7)),
        ("aud", json!(7)),
        ("exp", json!("9999999999")),
        ("nbf", json!("0")),
        ("scp", json!(["user_impersonation"])),
        ("roles", json!("Admin")),
        ("amr", json!("mfa")),
    ] {
        let logged = refused_for(&signed(&door.with(claim, value))).await;
        assert_eq!(logged, format!("\"claims\" detail=\"{claim}\""));
    }
    let claims = door.good().to_string().replacen('{', r#"{"tid":"x","#, 1);
    let twice = signed_text(
        &format!(r#"{{"alg":"RS256","kid":"{}"}}"#, key_id()),
        &claims,
    );
    assert_eq!(refused_for(&twice).await, "\"claims\" detail=\"tid\"");
}

#[tokio::test]
async fn amr_may_have_any_form_where_no_second_factor_is_asked_for() {
    let server = TestServer::with(|config| config.sign_in.mfa = MfaRule::Off).await;
    for amr in [json!("pwd"), json!(7), json!(["pwd", 7])] {
        let token = signed(&changed(user_claims(), json!({ "amr": amr })));
        assert_eq!(ask(&server, &[bearer(&token)]).await.head.status, 200);
    }
}
