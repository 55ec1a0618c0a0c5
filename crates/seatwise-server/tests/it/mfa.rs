//! The second factor: which tokens must show it, and the test header for it.

use axum::body::Body;
use http::Request;
use seatwise_server::MfaRule;
use serde_json::{Value, json};

use crate::harness::{Answer, TestServer, USAGE};
use crate::tokens::{app_claims, bearer, changed, signed, user_claims};

async fn ask(server: &TestServer, claims: &Value, validate: Option<&str>) -> Answer {
    let mut request = Request::get(USAGE).header("Authorization", bearer(&signed(claims)));
    if let Some(value) = validate {
        request = request.header("ValidateMfa", value);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn is_asked_for_by_rule() {
    let without = |ver: &str| changed(user_claims(), json!({ "amr": null, "ver": ver }));
    let v2 = |amr: Value| changed(user_claims(), json!({ "amr": amr, "ver": "2.0" }));
    for (rule, statuses) in [
        (MfaRule::Required, [200, 401, 401, 401, 401]),
        (MfaRule::ExceptV2, [200, 401, 401, 200, 401]),
        (MfaRule::Off, [200, 200, 200, 200, 200]),
    ] {
        let server = TestServer::with(|config| config.sign_in.mfa = rule).await;
        let tokens = [
            user_claims(),
            changed(user_claims(), json!({ "amr": ["pwd"] })),
            without("1.0"),
            without("2.0"),
            v2(json!(["pwd"])),
        ];
        for (claims, status) in tokens.iter().zip(statuses) {
            let answer = ask(&server, claims, None).await;
            assert_eq!(answer.head.status, status, "{rule:?}: {claims}");
            assert_eq!(answer.header("ismfacompliant"), "");
        }
    }
}

#[tokio::test]
async fn is_said_to_callers_who_ask() {
    let without = changed(user_claims(), json!({ "amr": null }));
    let expired = changed(user_claims(), json!({ "exp": 0 }));
    for rule in [MfaRule::Required, MfaRule::Off] {
        let server = TestServer::with(|config| config.sign_in.mfa = rule).await;
        for (claims, asked, compliant) in [
            (user_claims(), Some("true"), "true"),
            (user_claims(), Some("True"), "true"),
            (user_claims(), Some("false"), ""),
            (user_claims(), None, ""),
            (without.clone(), Some("true"), "false"),
            // Applications need no second factor, even if they are rejected.
            (app_claims(), Some("true"), "true"),
            (expired.clone(), Some("true"), ""),
        ] {
            let answer = ask(&server, &claims, asked).await;
            assert_eq!(
                answer.header("ismfacompliant"),
                compliant,
                "{asked:?} {claims}"
            );
        }
    }
}
