//! The development identity as a provider: documents, flows, pages and errors.

use std::collections::HashMap;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use insta::assert_snapshot;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::fake_issuer::FakeIssuer;
use crate::harness::{Answer, TestServer, USAGE, partner};
use crate::recorder::Log;

const CLIENT: &str = "b7bf1c29-5b3e-4c1f-9a53-3a1b6cb1d0d4";
const OTHER_CLIENT: &str = "c7bf1c29-5b3e-4c1f-9a53-3a1b6cb1d0d4";
const OTHER_TENANT: &str = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9";
const RESOURCE: &str = "https://api.partnercenter.microsoft.com";
const SCOPE: &str =
    "https://api.partnercenter.microsoft.com/user_impersonation openid profile offline_access";
const REPLY_TO: &str = "http://localhost:8400/";
const VERIFIER: &str = "a-verifier-of-at-least-43-characters-as-it-has-to-be";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))
}

fn at(path: &str) -> String {
    format!("/dev/identity/{}{path}", partner())
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

async fn get(server: &TestServer, path: &str) -> Answer {
    let request = Request::get(path).header("Host", "127.0.0.1:8080");
    server.send(request.body(Body::empty()).unwrap()).await
}

async fn post(server: &TestServer, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = Request::post(path)
        .header("Host", "127.0.0.1:8080")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("client-request-id", "6b588e9b-1d02-471a-bce2-79374497c24e");
    let body = Body::from(encoded(fields));
    server.send(request.body(body).unwrap()).await
}

/// Requests a token with these fields. Returns status and body.
async fn token(server: &TestServer, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
    let answer = post(server, path, fields).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let body = serde_json::from_slice(&answer.body).unwrap();
    (answer.head.status.as_u16(), body)
}

fn text<'a>(answer: &'a Value, member: &str) -> &'a str {
    answer[member]
        .as_str()
        .unwrap_or_else(|| panic!("no {member}: {answer}"))
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// The status and error code of a request with this token.
async fn figures(server: &TestServer, token: &str) -> (u16, String) {
    let request = Request::get(USAGE)
        .header("Host", "127.0.0.1:8080")
        .header("Authorization", format!("Bearer {token}"));
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    let body = answer.text();
    let body: Value = serde_json::from_str(body.trim_start_matches("<mark>")).unwrap();
    // A successful body has no code.
    let code = body["code"].as_u64().map(|code| code.to_string());
    let code = code.unwrap_or_default();
    (answer.head.status.as_u16(), code)
}

/// The hidden fields of a page, and the target of its form.
struct Form {
    method: String,
    action: String,
    fields: HashMap<String, String>,
}

fn form(page: &str) -> Form {
    let plain = |text: &str| {
        [
            ("&quot;", "\""),
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&amp;", "&"),
        ]
        .into_iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!("{name}=\"")).nth(1)?;
        Some(plain(value.split('"').next().unwrap()))
    };
    let tag = page
        .split("<form ")
        .nth(1)
        .unwrap_or_else(|| panic!("{page}"));
    assert_eq!(page.matches("<button").count(), 1, "{page}");
    let inputs = page.split("<input ").skip(1);
    Form {
        method: attribute(tag, "method").unwrap(),
        action: attribute(tag, "action").unwrap(),
        fields: inputs
            .map(|tag| {
                let name = attribute(tag, "name").unwrap();
                (name, attribute(tag, "value").unwrap())
            })
            .collect(),
    }
}

fn authorize(fields: &[(&str, &str)]) -> String {
    let mut all = vec![
        ("client_id", CLIENT),
        ("response_type", "code"),
        ("redirect_uri", REPLY_TO),
        ("scope", SCOPE),
    ];
    for (name, value) in fields {
        all.retain(|(known, _)| known != name);
        if !value.is_empty() {
            all.push((name, value));
        }
    }
    format!("{}?{}", at("/oauth2/v2.0/authorize"), encoded(&all))
}

/// A code, as the form would send it.
async fn code(server: &TestServer) -> String {
    let challenge = challenge();
    let path = authorize(&[
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    form(&get(server, &path).await.text()).fields["code"].clone()
}

async fn redeem(server: &TestServer, code: &str) -> (u16, Value) {
    token(server, &at("/oauth2/v2.0/token"), &redemption(code)).await
}

fn redemption(code: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("code", code),
        ("redirect_uri", REPLY_TO),
        ("code_verifier", VERIFIER),
    ]
}

#[tokio::test]
async fn documents_name_the_address_that_was_asked() {
    let server = TestServer::new().await;
    let answer = get(&server, &at("/v2.0/.well-known/openid-configuration")).await;
    let document: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "authorization_endpoint": "http://127.0.0.1:8080/dev/identity/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/oauth2/v2.0/authorize",
      "code_challenge_methods_supported": [
        "S256"
      ],
      "device_authorization_endpoint": "http://127.0.0.1:8080/dev/identity/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/oauth2/v2.0/devicecode",
      "grant_types_supported": [
        "authorization_code",
        "client_credentials",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code"
      ],
      "id_token_signing_alg_values_supported": [
        "RS256"
      ],
      "issuer": "http://127.0.0.1:8080/dev/identity/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/v2.0",
      "jwks_uri": "http://127.0.0.1:8080/dev/identity/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/discovery/v2.0/keys",
      "response_modes_supported": [
        "query",
        "form_post"
      ],
      "response_types_supported": [
        "code",
        "code id_token"
      ],
      "scopes_supported": [
        "openid",
        "profile",
        "email",
        "offline_access"
      ],
      "subject_types_supported": [
        "public"
      ],
      "token_endpoint": "http://127.0.0.1:8080/dev/identity/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/oauth2/v2.0/token",
      "token_endpoint_auth_methods_supported": [
        "client_secret_post",
        "private_key_jwt"
      ]
    }
    "#);
    for (path, issuer) in [
        ("/.well-known/openid-configuration", "/"),
        ("/v2.0/.well-known/openid-configuration", "/v2.0"),
    ] {
        let answer = get(&server, &at(path)).await;
        let document: Value = serde_json::from_slice(&answer.body).unwrap();
        let here = format!("http://127.0.0.1:8080{}", at(issuer));
        assert_eq!(document["issuer"], here);
        let keys = text(&document, "jwks_uri").strip_prefix("http://127.0.0.1:8080");
        let keys = get(&server, keys.unwrap()).await;
        let keys: Value = serde_json::from_slice(&keys.body).unwrap();
        assert_eq!(keys["keys"][0]["kid"], crate::tokens::key_id());
    }
}

/// ADAL, MSAL.NET and the credentials of Microsoft's .NET SDK require an authority of one segment:
/// the host and the tenant.
#[tokio::test]
async fn an_authority_may_have_one_segment() {
    let server = TestServer::new().await;
    let short = |path: &str| format!("/{}{path}", partner());
    for (path, issuer, endpoint) in [
        ("/.well-known/openid-configuration", "/", "/oauth2/token"),
        (
            "/v2.0/.well-known/openid-configuration",
            "/v2.0",
            "/oauth2/v2.0/token",
        ),
    ] {
        let answer = get(&server, &short(path)).await;
        let document: Value = serde_json::from_slice(&answer.body).unwrap();
        let here = "http://127.0.0.1:8080";
        assert_eq!(document["issuer"], format!("{here}{}", short(issuer)));
        assert_eq!(
            document["token_endpoint"],
            format!("{here}{}", short(endpoint))
        );
        let keys = text(&document, "jwks_uri").strip_prefix(here).unwrap();
        assert_eq!(get(&server, keys).await.head.status, 200);
    }
    let v1 = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", "anything"),
        ("resource", RESOURCE),
    ];
    let (status, answer) = token(&server, &short("/oauth2/token"), &v1).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(figures(&server, text(&answer, "access_token")).await.0, 403);
    let scope = format!("{RESOURCE}/.default");
    let v2 = [&v1[..3], &[("scope", &scope)]].concat();
    assert_eq!(
        token(&server, &short("/oauth2/v2.0/token"), &v2).await.0,
        200
    );

    // A device: its page is below the same authority, and the user signs in there.
    let asked = [("client_id", CLIENT), ("scope", SCOPE)];
    let (_, begun) = token(&server, &short("/oauth2/v2.0/devicecode"), &asked).await;
    let page = format!("http://127.0.0.1:8080{}", short("/oauth2/deviceauth"));
    assert_eq!(begun["verification_uri"], page);
    let approved = [("user_code", text(&begun, "user_code"))];
    let approved = post(&server, &short("/oauth2/deviceauth"), &approved).await;
    assert_eq!(approved.head.status, 200);
    let device = [
        ("grant_type", DEVICE_CODE),
        ("client_id", CLIENT),
        ("device_code", text(&begun, "device_code")),
    ];
    let (_, given) = token(&server, &short("/oauth2/v2.0/token"), &device).await;
    assert_eq!(figures(&server, text(&given, "access_token")).await.0, 200);
    let id = claims(text(&given, "id_token"));
    assert_eq!(
        id["iss"],
        format!("http://127.0.0.1:8080{}", short("/v2.0"))
    );

    // The error for an unknown tenant is Entra's. Other paths below a tenant do not exist.
    let (status, answer) = token(&server, "/contoso/oauth2/token", &v1).await;
    assert_eq!((status, &answer["error_codes"]), (400, &json!([90002])));
    assert_eq!(get(&server, &short("")).await.head.status, 404);
    assert_eq!(get(&server, &short("/oauth2")).await.head.status, 404);
}

#[tokio::test]
async fn an_application_signs_in_alone() {
    let server = TestServer::new().await;
    let application = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", "anything"),
    ];
    let v1 = [&application[..], &[("resource", RESOURCE)]].concat();
    let (status, mut answer) = token(&server, &at("/oauth2/token"), &v1).await;
    assert_eq!(status, 200);
    let access = answer["access_token"].take();
    let access = access.as_str().unwrap();
    assert_snapshot!(answer, @r#"{"access_token":null,"expires_in":"3600","expires_on":"1489603391","ext_expires_in":"3600","not_before":"1489599791","resource":"https://api.partnercenter.microsoft.com","token_type":"Bearer"}"#);
    assert_snapshot!(claims(access), @r#"{"acr":"1","appid":"b7bf1c29-5b3e-4c1f-9a53-3a1b6cb1d0d4","appidacr":"1","aud":"https://api.partnercenter.microsoft.com","exp":1489603391,"iat":1489599791,"idp":"urn:seatwise:development-identity","iss":"https://sts.windows.net/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/","nbf":1489599791,"oid":"8bccbf03-4d5e-8b25-ba13-be60d16830e5","tid":"a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a","ver":"1.0"}"#);
    assert_eq!(figures(&server, access).await, (403, "900329".into()));

    let scope = format!("{RESOURCE}/.default");
    let v2 = [&application[..], &[("scope", &scope)]].concat();
    let (status, mut answer) = token(&server, &at("/oauth2/v2.0/token"), &v2).await;
    assert_eq!(status, 200);
    let access = answer["access_token"].take();
    assert_snapshot!(answer, @r#"{"access_token":null,"expires_in":3600,"ext_expires_in":3600,"token_type":"Bearer"}"#);
    let status = figures(&server, access.as_str().unwrap()).await;
    assert_eq!(status, (403, "900329".into()));
}

#[tokio::test]
async fn a_user_signs_in_in_a_browser() {
    let server = TestServer::new().await;
    let challenge = challenge();
    let page = get(
        &server,
        &authorize(&[
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("state", "a\"<state>&"),
            ("nonce", "n"),
            ("login_hint", "admin@partner.example"),
            ("redirect_uri", "http://localhost:8400/reply?step=1&x=%22"),
        ]),
    )
    .await;
    assert_eq!(page.head.status, 200);
    assert_snapshot!(page.header("content-security-policy"), @"default-src 'none'; style-src 'sha256-OJcuRMRFUanL/eTDJ7X8g1+yQiiNUAM1Zlh5xy7ltH4='; form-action http://localhost:8400; frame-ancestors 'none'; base-uri 'none'");
    assert_eq!(page.header("cache-control"), "no-store");
    let page = page.text();
    assert!(
        !page.contains("<state>") && !page.contains("<script"),
        "{page}"
    );
    let form = form(&page);
    assert_eq!(
        (&*form.method, &*form.action),
        ("get", "http://localhost:8400/reply")
    );
    assert_eq!(form.fields["state"], "a\"<state>&");
    assert_eq!((&*form.fields["step"], &*form.fields["x"]), ("1", "\""));

    let mut fields = redemption(&form.fields["code"]);
    fields.retain(|(name, _)| *name != "redirect_uri");
    fields.push(("redirect_uri", "http://localhost:8400/reply?step=1&x=%22"));
    fields.push(("client_info", "1"));
    let (status, mut answer) = token(&server, &at("/oauth2/v2.0/token"), &fields).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(figures(&server, text(&answer, "access_token")).await.0, 200);
    let id_token = claims(text(&answer, "id_token"));
    assert_snapshot!(serde_json::to_string_pretty(&id_token).unwrap(), @r#"
    {
      "aud": "b7bf1c29-5b3e-4c1f-9a53-3a1b6cb1d0d4",
      "exp": 1489603391,
      "iat": 1489599791,
      "iss": "http://127.0.0.1:8080/dev/identity/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/v2.0",
      "name": "admin@partner.example",
      "nbf": 1489599791,
      "nonce": "n",
      "oid": "376a84f9-d3f1-8839-b22d-43e532055ada",
      "preferred_username": "admin@partner.example",
      "sub": "376a84f9-d3f1-8839-b22d-43e532055ada",
      "tid": "a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a",
      "ver": "2.0"
    }
    "#);
    for secret in ["access_token", "id_token", "refresh_token"] {
        assert!(text(&answer, secret).len() >= 64);
        answer[secret].take();
    }
    assert_snapshot!(answer, @r#"{"access_token":null,"client_info":"eyJ1aWQiOiIzNzZhODRmOS1kM2YxLTg4MzktYjIyZC00M2U1MzIwNTVhZGEiLCJ1dGlkIjoiYTVjNmIwZDItMGUzZi00YzJiLTlkMWEtN2I4ZjZlNWQ0YzNhIn0","expires_in":3600,"ext_expires_in":3600,"id_token":null,"refresh_token":null,"scope":"https://api.partnercenter.microsoft.com/user_impersonation openid profile","token_type":"Bearer"}"#);
}

#[tokio::test]
async fn a_code_is_for_the_one_who_asked_for_it_and_once() {
    let server = TestServer::new().await;
    let first = code(&server).await;
    assert_eq!(redeem(&server, &first).await.0, 200);
    assert_eq!(redeem(&server, &first).await.1["error"], "invalid_grant");

    for (field, value) in [
        (
            "code_verifier",
            "another-verifier-of-at-least-43-characters-here",
        ),
        ("code_verifier", ""),
        ("client_id", OTHER_CLIENT),
        ("redirect_uri", "http://localhost:8401/"),
    ] {
        let code = code(&server).await;
        let mut fields = redemption(&code);
        fields.retain(|(name, _)| *name != field);
        // A secret does not replace the verifier.
        fields.extend([(field, value), ("client_secret", "anything")]);
        let (status, answer) = token(&server, &at("/oauth2/v2.0/token"), &fields).await;
        assert_eq!(
            (status, &answer["error"]),
            (400, &json!("invalid_grant")),
            "{field}={value}"
        );
    }

    let other_tenant = format!("/dev/identity/{OTHER_TENANT}/oauth2/v2.0/token");
    let code_of_tenant = code(&server).await;
    let (_, answer) = token(&server, &other_tenant, &redemption(&code_of_tenant)).await;
    assert_eq!(answer["error"], "invalid_grant");

    let late = code(&server).await;
    server.advance(Duration::from_secs(600));
    assert_eq!(redeem(&server, &late).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn without_a_verifier_a_secret_is_needed() {
    let server = TestServer::new().await;
    for (secret, status) in [("anything", 200), ("", 401)] {
        let page = get(&server, &authorize(&[])).await.text();
        let code = &form(&page).fields["code"];
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("client_secret", secret),
            ("code", code),
            ("redirect_uri", REPLY_TO),
        ];
        let (answered, _) = token(&server, &at("/oauth2/token"), &fields).await;
        assert_eq!(answered, status);
    }
}

#[tokio::test]
async fn a_sign_in_that_began_at_common_ends_at_a_tenant() {
    let server = TestServer::new().await;
    let path =
        authorize(&[("response_mode", "form_post")]).replace(&partner().to_string(), "common");
    let form = form(&get(&server, &path).await.text());
    assert_eq!(form.method, "post");
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("client_secret", "anything"),
        ("resource", RESOURCE),
        ("code", &form.fields["code"]),
        ("redirect_uri", REPLY_TO),
    ];
    let (status, answer) = token(&server, &at("/oauth2/token"), &fields).await;
    assert_eq!(
        (status, text(&answer, "scope")),
        (200, "user_impersonation")
    );
    let access = claims(text(&answer, "access_token"));
    assert_eq!(access["tid"], partner().to_string());

    for path in ["oauth2/token", "oauth2/devicecode"] {
        let path = format!("/dev/identity/common/{path}");
        let (status, answer) = token(&server, &path, &fields).await;
        assert_eq!((status, &answer["error_codes"]), (400, &json!([90002])));
    }
}

#[tokio::test]
async fn the_permission_to_send_facts_in_is_for_those_who_ask_for_it() {
    let server = TestServer::new().await;
    let code = code(&server).await;
    let (_, first) = redeem(&server, &code).await;
    assert_eq!(
        claims(text(&first, "access_token"))["scp"],
        "user_impersonation"
    );
    let scope = "https://api.partnercenter.microsoft.com/Seatwise.Import";
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT),
        ("refresh_token", text(&first, "refresh_token")),
        ("scope", scope),
    ];
    let (status, second) = token(&server, &at("/oauth2/v2.0/token"), &fields).await;
    assert_eq!(status, 200, "{second}");
    let claims = claims(text(&second, "access_token"));
    assert_eq!(claims["scp"], "user_impersonation Seatwise.Import");
}

#[tokio::test]
async fn a_refresh_token_is_used_once() {
    let server = TestServer::new().await;
    let code = code(&server).await;
    let (_, first) = redeem(&server, &code).await;
    let renew = async |tenant: &str, client: &str, refresh_token: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("scope", SCOPE),
            ("refresh_token", refresh_token),
        ];
        let path = format!("/dev/identity/{tenant}/oauth2/v2.0/token");
        token(&server, &path, &fields).await
    };
    let here = partner().to_string();
    let first = text(&first, "refresh_token");
    let (status, second) = renew(&here, CLIENT, first).await;
    assert_eq!(status, 200);
    assert_eq!(figures(&server, text(&second, "access_token")).await.0, 200);
    assert_eq!(
        renew(&here, CLIENT, first).await.1["error"],
        "invalid_grant"
    );

    server.advance(Duration::from_secs(89 * 24 * 3600));
    let (status, third) = renew(&here, CLIENT, text(&second, "refresh_token")).await;
    assert_eq!(status, 200);
    server.advance(Duration::from_secs(90 * 24 * 3600));
    let late = renew(&here, CLIENT, text(&third, "refresh_token")).await;
    assert_eq!(late.1["error"], "invalid_grant");

    for (tenant, client) in [(&*here, OTHER_CLIENT), (OTHER_TENANT, CLIENT)] {
        let code = self::code(&server).await;
        let (_, answer) = redeem(&server, &code).await;
        let stolen = renew(tenant, client, text(&answer, "refresh_token")).await;
        assert_eq!(stolen.1["error"], "invalid_grant");
    }
}

#[tokio::test]
async fn a_user_signs_in_on_a_device() {
    let server = TestServer::new().await;
    let begin = [("client_id", CLIENT), ("scope", SCOPE)];
    let (status, mut answer) = token(&server, &at("/oauth2/v2.0/devicecode"), &begin).await;
    assert_eq!(status, 200);
    let device_code = answer["device_code"].take();
    assert_snapshot!(serde_json::to_string_pretty(&answer).unwrap(), @r#"
    {
      "device_code": null,
      "expires_in": 900,
      "interval": 5,
      "message": "To sign in, use a web browser to open the page http://127.0.0.1:8080/dev/identity/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/oauth2/deviceauth and enter the code RVUQLWSVJ to authenticate.",
      "user_code": "RVUQLWSVJ",
      "verification_uri": "http://127.0.0.1:8080/dev/identity/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/oauth2/deviceauth",
      "verification_uri_complete": "http://127.0.0.1:8080/dev/identity/a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a/oauth2/deviceauth?user_code=RVUQLWSVJ"
    }
    "#);
    let poll = [
        ("grant_type", DEVICE_CODE),
        ("client_id", CLIENT),
        ("device_code", device_code.as_str().unwrap()),
    ];
    let (status, waiting) = token(&server, &at("/oauth2/v2.0/token"), &poll).await;
    assert_eq!(
        (status, &waiting["error"]),
        (400, &json!("authorization_pending"))
    );

    let complete = text(&answer, "verification_uri_complete");
    let complete = complete.strip_prefix("http://127.0.0.1:8080").unwrap();
    let page = form(&get(&server, complete).await.text());
    assert_eq!(page.fields["user_code"], text(&answer, "user_code"));
    let press = async |code: &str| {
        post(&server, &at("/oauth2/deviceauth"), &[("user_code", code)])
            .await
            .text()
    };
    let other_partner = format!("/dev/identity/{OTHER_TENANT}/oauth2/deviceauth");
    let user_code = text(&answer, "user_code");
    let wrong = post(&server, &other_partner, &[("user_code", user_code)]).await;
    assert!(wrong.text().contains("That code is not known"));
    assert!(press("AAAAAAAAA").await.contains("That code is not known"));
    // As typed by hand.
    let pressed = press(&format!(" {} ", user_code.to_lowercase())).await;
    assert!(pressed.contains("You are signed in"), "{pressed}");
    assert!(press(user_code).await.contains("That code is not known"));

    let (status, answer) = token(&server, &at("/oauth2/v2.0/token"), &poll).await;
    assert_eq!(status, 200);
    assert_eq!(figures(&server, text(&answer, "access_token")).await.0, 200);
    let (_, again) = token(&server, &at("/oauth2/v2.0/token"), &poll).await;
    assert_eq!(again["error"], "expired_token");
}

#[tokio::test]
async fn a_device_by_the_older_endpoint() {
    let server = TestServer::new().await;
    let begin = [("client_id", CLIENT), ("resource", RESOURCE)];
    let (_, answer) = token(&server, &at("/oauth2/devicecode"), &begin).await;
    assert!(text(&answer, "verification_url").ends_with("/oauth2/deviceauth"));
    let code = [("user_code", text(&answer, "user_code"))];
    post(&server, &at("/oauth2/deviceauth"), &code).await;
    let poll = [
        ("grant_type", "device_code"),
        ("client_id", CLIENT),
        ("code", text(&answer, "device_code")),
    ];
    assert_eq!(token(&server, &at("/oauth2/token"), &poll).await.0, 200);

    let (_, answer) = token(&server, &at("/oauth2/devicecode"), &begin).await;
    server.advance(Duration::from_secs(900));
    let code = [("user_code", text(&answer, "user_code"))];
    let late = post(&server, &at("/oauth2/deviceauth"), &code).await;
    assert!(late.text().contains("That code is not known"));
}

#[tokio::test]
async fn a_page_of_another_site_cannot_press_the_button() {
    let server = TestServer::new().await;
    let begin = [("client_id", CLIENT), ("scope", SCOPE)];
    let (_, answer) = token(&server, &at("/oauth2/v2.0/devicecode"), &begin).await;
    for (origin, status) in [
        ("https://attacker.example", 400),
        ("null", 400),
        ("http://127.0.0.1:8081", 400),
        ("http://127.0.0.1:8080", 200),
    ] {
        let body = encoded(&[("user_code", text(&answer, "user_code"))]);
        let request = Request::post(at("/oauth2/deviceauth"))
            .header("Host", "127.0.0.1:8080")
            .header("Origin", origin);
        let answer = server.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.head.status, status, "{origin}");
    }
}

#[tokio::test]
async fn the_page_lets_browsers_say_that_its_button_was_pressed() {
    let server = TestServer::new().await;
    let page = get(&server, &at("/oauth2/deviceauth")).await;
    // With `no-referrer`, browsers would send `Origin: null`.
    assert_eq!(page.header("referrer-policy"), "same-origin");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self';"), "{policy}");
    let page = get(
        &server,
        &authorize(&[("redirect_uri", "http://[::1]:8400/")]),
    )
    .await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action http:;"), "{policy}");
}

#[tokio::test]
async fn an_application_that_cannot_sign_in_is_refused_on_the_page() {
    let server = TestServer::new().await;
    let challenge = challenge();
    for (fields, number) in [
        (
            vec![("redirect_uri", "https://partner.example/")],
            "AADSTS50011",
        ),
        (
            vec![("redirect_uri", "http://localhost.attacker.example/")],
            "AADSTS50011",
        ),
        (
            vec![("redirect_uri", "http://localhost:8400/#x")],
            "AADSTS50011",
        ),
        (vec![("redirect_uri", "javascript:alert(1)")], "AADSTS50011"),
        (vec![("redirect_uri", "")], "AADSTS900144"),
        (vec![("client_id", "<b>")], "AADSTS700016"),
        (vec![("response_type", "token")], "AADSTS700054"),
        (vec![("response_mode", "fragment")], "AADSTS700541"),
        (
            vec![
                ("response_type", "code id_token"),
                ("response_mode", "query"),
            ],
            "AADSTS700541",
        ),
        (vec![("code_challenge", &challenge)], "AADSTS501481"),
        (
            vec![
                ("code_challenge", VERIFIER),
                ("code_challenge_method", "plain"),
            ],
            "AADSTS501481",
        ),
        (
            vec![("scope", "https://unknown.example/.default")],
            "AADSTS500011",
        ),
        (vec![("login_hint", "\n")], "AADSTS90023"),
    ] {
        let answer = get(&server, &authorize(&fields)).await;
        assert_eq!(answer.head.status, 400, "{fields:?}");
        let page = answer.text();
        assert!(
            page.contains(number) && !page.contains("<b>"),
            "{fields:?}: {page}"
        );
        assert!(!page.contains("<form"), "{page}");
    }
}

#[tokio::test]
async fn errors_are_shaped_as_those_of_entra() {
    let server = TestServer::new().await;
    let (status, answer) = token(&server, &at("/oauth2/token"), &[]).await;
    assert_eq!(status, 400);
    assert_snapshot!(serde_json::to_string_pretty(&answer).unwrap(), @r#"
    {
      "correlation_id": "6b588e9b-1d02-471a-bce2-79374497c24e",
      "error": "invalid_request",
      "error_codes": [
        900144
      ],
      "error_description": "AADSTS900144: The request must contain the following parameter: 'grant_type'. Trace ID: 10000000-0000-4000-8000-000000000004 Correlation ID: 6b588e9b-1d02-471a-bce2-79374497c24e Timestamp: 2017-03-15 17:43:11Z",
      "timestamp": "2017-03-15 17:43:11Z",
      "trace_id": "10000000-0000-4000-8000-000000000004"
    }
    "#);
    let read = get(&server, &at("/oauth2/token")).await;
    assert!(read.text().contains("AADSTS900561"), "{}", read.text());
    let application = ("grant_type", "client_credentials");
    let secret = ("client_secret", "anything");
    for (path, fields, status, error, number) in [
        (
            at("/oauth2/token"),
            vec![("grant_type", "password")],
            400,
            "unsupported_grant_type",
            70003,
        ),
        (
            at("/oauth2/token"),
            vec![application],
            400,
            "invalid_request",
            900144,
        ),
        (
            at("/oauth2/token"),
            vec![application, ("client_id", "x")],
            400,
            "unauthorized_client",
            700016,
        ),
        (
            at("/oauth2/token"),
            vec![application, ("client_id", CLIENT)],
            401,
            "invalid_client",
            7000218,
        ),
        (
            at("/oauth2/token"),
            vec![
                application,
                ("client_id", CLIENT),
                secret,
                ("resource", "https://unknown.example"),
            ],
            400,
            "invalid_resource",
            500011,
        ),
        (
            at("/oauth2/v2.0/token"),
            vec![application, ("client_id", CLIENT), secret, ("scope", SCOPE)],
            400,
            "invalid_scope",
            1002012,
        ),
        (
            at("/oauth2/token"),
            vec![application, application],
            400,
            "invalid_request",
            9000411,
        ),
        (
            "/dev/identity/contoso.example/oauth2/token".into(),
            vec![],
            400,
            "invalid_request",
            90002,
        ),
        (
            at("/oauth2/v2.0/token"),
            vec![
                ("grant_type", DEVICE_CODE),
                ("client_id", CLIENT),
                ("device_code", "x"),
            ],
            400,
            "expired_token",
            70019,
        ),
    ] {
        let (answered, body) = token(&server, &path, &fields).await;
        assert_eq!(
            (answered, &body["error"], &body["error_codes"]),
            (status, &json!(error), &json!([number])),
            "{fields:?}"
        );
    }
}

#[tokio::test]
async fn an_audience_of_the_past_shows_what_partner_center_says() {
    let server = TestServer::new().await;
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", "anything"),
        ("resource", "https://graph.windows.net"),
    ];
    let (_, answer) = token(&server, &at("/oauth2/token"), &fields).await;
    let refused = figures(&server, text(&answer, "access_token")).await;
    assert_eq!(refused, (401, "900420".into()));
}

#[tokio::test]
async fn an_id_token_opens_nothing() {
    let server = TestServer::new().await;
    let code = code(&server).await;
    let (_, answer) = redeem(&server, &code).await;
    let refused = figures(&server, text(&answer, "id_token")).await;
    assert_eq!(refused, (401, "400".into()));
}

#[tokio::test]
async fn what_is_outstanding_is_bounded() {
    let server = TestServer::new().await;
    let first = code(&server).await;
    server.advance(Duration::from_secs(1));
    let second = code(&server).await;
    for _ in 0..999 {
        code(&server).await;
    }
    assert_eq!(redeem(&server, &first).await.0, 400);
    assert_eq!(redeem(&server, &second).await.0, 200);
}

#[tokio::test]
async fn nothing_of_a_sign_in_is_logged() {
    let server = TestServer::new().await;
    let (log, _guard) = Log::record();
    let code = code(&server).await;
    let (_, answer) = redeem(&server, &code).await;
    let log = log.text();
    for secret in [
        &*code,
        VERIFIER,
        text(&answer, "access_token"),
        text(&answer, "refresh_token"),
    ] {
        assert!(!log.contains(secret));
    }
    assert_eq!(log.lines().count(), 2);
}

#[tokio::test]
async fn is_not_there_without_the_development_identity() {
    let issuer = FakeIssuer::start().await;
    let server = TestServer::with(|config| issuer.configure(config)).await;
    for path in [
        "/.well-known/openid-configuration",
        "/discovery/keys",
        "/oauth2/authorize",
    ] {
        assert_eq!(get(&server, &at(path)).await.head.status, 404, "{path}");
    }
    assert_eq!(
        post(&server, &at("/oauth2/token"), &[]).await.head.status,
        404
    );
}

#[tokio::test]
async fn answers_to_names_of_this_computer_only() {
    let server = TestServer::new().await;
    let request =
        Request::get(at("/.well-known/openid-configuration")).header("Host", "attacker.example");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.head.status, 403);
    // User information before an `@` does not become part of a URL.
    let request = Request::get(at("/.well-known/openid-configuration"))
        .header("Host", "attacker.example@localhost:8080");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert!(!answer.text().contains("attacker"), "{}", answer.text());
}
