//! Sign-in with OpenID Connect, through the router of a server and an issuer.

use std::sync::Arc;

use http::header::SET_COOKIE;
use http::{Method, StatusCode};
use jiff::SignedDuration;
use seatwise_server::CollectionStatus;
use seatwise_web::Sessions;
use serde_json::{Value, json};
use url::Url;

use crate::fake_issuer::{CLIENT, FakeIssuer, SECRET, Says};
use crate::harness::{DEPLOYMENT_COLUMNS, Got, TestApp, attributes, partner};

const PUBLIC: &str = "https://seatwise.example";
const SESSION: &str = "__Host-seatwise-session";
const SIGN_IN: &str = "__Host-seatwise-sign-in";
const ROW: &str = "2026-10-31,o365,reseller,0a000000-0000-4000-8000-000000000001,Northwind,,E3,1,2";

/// A server behind its public address. People sign in at this issuer.
async fn app(issuer: &FakeIssuer) -> TestApp {
    let sessions = Sessions::new(false).at(PUBLIC.parse().unwrap());
    let app = TestApp::with(sessions, |config| issuer.configure(config));
    app.import(partner(), DEPLOYMENT_COLUMNS, &[ROW]).await;
    app
}

/// Begins a sign-in: the cookie of the attempt, and the address of the issuer.
async fn begin(app: &TestApp, path: &str) -> (String, String) {
    let got = app.send(Method::GET, path, &[]).await;
    let cookie = got.cookie(SIGN_IN);
    (cookie, got.location().to_owned())
}

async fn come_back(app: &TestApp, cookie: &str, code: &str, state: &str) -> Got {
    let path = format!("/sign-in/callback?code={code}&state={state}&session_state=1");
    app.send(Method::GET, &path, &[("cookie", cookie)]).await
}

/// Runs a whole sign-in with these answers of the issuer.
async fn sign_in(app: &TestApp, issuer: &FakeIssuer, says: Says) -> Got {
    issuer.says(says);
    let (cookie, address) = begin(app, "/sign-in").await;
    let (code, state) = issuer.approve(&address);
    come_back(app, &cookie, &code, &state).await
}

/// Asserts that no session was started and that the attempt is over.
#[track_caller]
fn assert_refused(got: &Got, status: StatusCode, says: &str) {
    assert_eq!(got.status, status, "{}", got.text);
    assert!(got.text.contains(says), "{says}: {}", got.text);
    assert!(got.text.contains("/sign-in"), "{}", got.text);
    assert!(got.cookies().all(|it| it == format!("{SIGN_IN}=")));
    for secret in [SECRET, "code-0", "eyJ"] {
        assert!(!got.text.contains(secret), "{}", got.text);
    }
}

#[tokio::test]
async fn a_person_signs_in_and_returns_to_the_requested_page() {
    let issuer = FakeIssuer::start().await;
    for basic in [false, true] {
        issuer.says(Says {
            basic,
            ..Says::default()
        });
        let app = app(&issuer).await;
        let page = "/customers?only=late&sort=name";
        let got = app.send(Method::GET, page, &[]).await;
        assert_eq!(got.status, StatusCode::UNAUTHORIZED);
        let links = attributes(&got.text, "href");
        let link = links.iter().find(|it| it.starts_with("/sign-in"));

        let got = app.send(Method::GET, link.unwrap(), &[]).await;
        let set = got.headers[SET_COOKIE].to_str().unwrap();
        assert!(set.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"));
        assert_eq!(got.headers["cache-control"], "no-store");
        let address: Url = got.location().parse().unwrap();
        assert_eq!(
            address.origin().ascii_serialization(),
            format!("http://{}", issuer.address)
        );
        let asked: std::collections::HashMap<_, _> = address.query_pairs().into_owned().collect();
        assert_eq!(asked["redirect_uri"], format!("{PUBLIC}/sign-in/callback"));
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["code_challenge_method"], "S256");
        assert_eq!(
            asked["scope"],
            "openid profile https://api.partnercenter.microsoft.com/user_impersonation"
        );
        let [state, nonce, challenge] = ["state", "nonce", "code_challenge"].map(|it| &asked[it]);
        assert!(state != nonce && nonce != challenge && state.len() == 43 && nonce.len() == 43);

        let (code, state) = issuer.approve(address.as_str());
        let got = come_back(&app, &got.cookie(SIGN_IN), &code, &state).await;
        assert_eq!(got.location(), page);
        let cookies: Vec<_> = got.cookies().collect();
        assert_eq!(cookies.len(), 2);
        assert_eq!(cookies[1], format!("{SIGN_IN}="));
        let browser = app.with_cookie(got.cookie(SESSION));
        let text = browser.page("/").await;
        assert!(text.contains("Signed in as Grace"));
        assert_eq!(browser.get("/guests").await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_code_of_another_attempt_starts_no_session() {
    let issuer = FakeIssuer::start().await;
    let app = app(&issuer).await;
    let (mine, address) = begin(&app, "/sign-in").await;
    let (code, state) = issuer.approve(&address);
    let (theirs, other) = begin(&app, "/sign-in").await;
    let (their_code, their_state) = issuer.approve(&other);
    let refused = StatusCode::BAD_REQUEST;
    let not_here = "was not begun in this browser";
    for (cookie, state) in [
        (mine.as_str(), their_state.as_str()),
        (&mine, "x"),
        (&mine, ""),
        (&theirs, &state),
        ("a=b", &state),
        ("__Host-seatwise-sign-in=AAAA", &state),
    ] {
        let got = come_back(&app, cookie, &code, state).await;
        assert_refused(&got, refused, not_here);
    }
    // A code of another attempt, which has another PKCE verifier.
    let got = come_back(&app, &mine, &their_code, &state).await;
    assert_refused(&got, refused, "finished already");
    let got = come_back(&app, &mine, "none", &state).await;
    assert_refused(&got, refused, "finished already");
    let path = format!("/sign-in/callback?state={state}");
    let got = app.send(Method::GET, &path, &[("cookie", &mine)]).await;
    assert_refused(&got, refused, "no code");
    let path = format!("/sign-in/callback?state={state}&code={code}&iss=https://other.example");
    let got = app.send(Method::GET, &path, &[("cookie", &mine)]).await;
    assert_refused(&got, StatusCode::FORBIDDEN, "not to be trusted");
    let path = format!(
        "/sign-in/callback?state={state}&error=access_denied&error_description=%3Cb%3ENot+today%3C/b%3E"
    );
    let got = app.send(Method::GET, &path, &[("cookie", &mine)]).await;
    assert_refused(&got, StatusCode::FORBIDDEN, "&#60;b&#62;Not today");

    let got = come_back(&app, &mine, &code, &state).await;
    assert_eq!(got.location(), "/");
    // A code is valid only once.
    let again = come_back(&app, &mine, &code, &state).await;
    assert_refused(&again, refused, "finished already");

    // A cookie that was sealed for one purpose is not valid for another.
    let session = got.cookie(SESSION);
    let as_attempt = session.replace(SESSION, SIGN_IN);
    let got = come_back(&app, &as_attempt, &code, &state).await;
    assert_refused(&got, refused, not_here);
    let browser = app.with_cookie(mine.replace(SIGN_IN, SESSION));
    assert_eq!(browser.get("/").await.status, StatusCode::UNAUTHORIZED);

    let (late, address) = begin(&app, "/sign-in").await;
    let (code, state) = issuer.approve(&address);
    app.advance(SignedDuration::from_mins(10));
    let got = come_back(&app, &late, &code, &state).await;
    assert_refused(&got, refused, not_here);
}

#[tokio::test]
async fn tokens_of_another_sign_in_are_refused() {
    let issuer = FakeIssuer::start().await;
    let app = app(&issuer).await;
    let now = crate::harness::start().as_second();
    let other = "b5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a";
    for id in [
        json!({ "nonce": "other" }),
        json!({ "nonce": null }),
        json!({ "iss": "https://other.example/v2.0" }),
        json!({ "iss": format!("http://{}/{other}/v2.0", issuer.address), "tid": other }),
        json!({ "tid": other }),
        json!({ "tid": null }),
        json!({ "aud": "another application" }),
        json!({ "aud": [CLIENT, "another application"] }),
        json!({ "aud": null }),
        json!({ "exp": now - 61 }),
        json!({ "exp": null }),
        json!({ "nbf": now + 61 }),
        json!({ "groups": "x" }),
    ] {
        let says = Says {
            id: id.clone(),
            ..Says::default()
        };
        let got = sign_in(&app, &issuer, says).await;
        assert_refused(&got, StatusCode::FORBIDDEN, "not to be trusted");
    }
    let other_key = Says {
        other_key: true,
        ..Says::default()
    };
    let got = sign_in(&app, &issuer, other_key).await;
    assert_refused(&got, StatusCode::FORBIDDEN, "not to be trusted");
    for (access, says) in [
        (json!({ "aud": CLIENT }), "not to be trusted"),
        (json!({ "exp": now - 61 }), "not to be trusted"),
        (json!({ "tid": other }), "not to be trusted"),
        // The API has the same rules.
        (json!({ "amr": ["pwd"] }), "asks for a second factor"),
        (json!({ "amr": null }), "asks for a second factor"),
        (
            json!({ "scp": "other" }),
            "neither the permission nor the role",
        ),
        (
            json!({ "scp": null, "upn": null, "amr": null }),
            "neither the permission nor the role",
        ),
    ] {
        let says_so = Says {
            access,
            ..Says::default()
        };
        let got = sign_in(&app, &issuer, says_so).await;
        assert_refused(&got, StatusCode::FORBIDDEN, says);
    }
    let got = sign_in(&app, &issuer, Says::default()).await;
    assert_eq!(got.location(), "/");
}

#[tokio::test]
async fn a_failing_issuer_gives_a_page_that_says_what_to_do() {
    let issuer = FakeIssuer::start().await;
    let app = app(&issuer).await;
    issuer.says(Says {
        down: true,
        ..Says::default()
    });
    let got = app.send(Method::GET, "/sign-in?to=/data", &[]).await;
    assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(got.text.contains("cannot be reached now") && got.text.contains("Try again"));
    assert!(attributes(&got.text, "href").contains(&"/sign-in?to=%2Fdata".to_owned()));
    // The server asks a failed issuer again only after a moment.
    app.advance(SignedDuration::from_secs(5));
    let answers = |status, answer: &str| Says {
        answer: Some((status, answer.to_owned())),
        ..Says::default()
    };
    let unreachable = (StatusCode::SERVICE_UNAVAILABLE, "cannot be reached now");
    let refused = (StatusCode::BAD_GATEWAY, "does not accept this server");
    for (says, (status, text)) in [
        (answers(500, ""), unreachable),
        (answers(503, "<html>"), unreachable),
        (answers(200, "{}"), unreachable),
        (
            answers(200, r#"{"id_token":"eyJ","access_token":1}"#),
            unreachable,
        ),
        (answers(401, r#"{"error":"invalid_client"}"#), refused),
        (answers(400, r#"{"error":"unauthorized_client"}"#), refused),
        (answers(302, ""), unreachable),
    ] {
        let got = sign_in(&app, &issuer, says).await;
        assert_refused(&got, status, text);
    }
}

#[tokio::test]
async fn a_role_or_a_group_makes_an_operator() {
    let issuer = FakeIssuer::start().await;
    let app = app(&issuer).await;
    let role = json!({ "roles": ["Other", "Seatwise.Operator"] });
    let group = json!({ "groups": ["5d7c0d3e-1111-4b8f-9f6a-000000000001"] });
    let none = json!({ "roles": ["seatwise.operator"], "groups": ["Seatwise.Operator"] });
    for (id, access, status) in [
        (role.clone(), Value::Null, StatusCode::OK),
        (Value::Null, role, StatusCode::OK),
        (group.clone(), Value::Null, StatusCode::OK),
        (Value::Null, group, StatusCode::OK),
        (none.clone(), none, StatusCode::FORBIDDEN),
    ] {
        let says = Says {
            id,
            access,
            ..Says::default()
        };
        let got = sign_in(&app, &issuer, says).await;
        let browser = app.with_cookie(got.cookie(SESSION));
        assert_eq!(browser.get("/guests").await.status, status);
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
        assert_eq!(
            browser.page("/").await.contains("href=\"/guests\""),
            status == StatusCode::OK
        );
    }
}

#[tokio::test]
async fn an_operator_requests_a_collection_and_a_viewer_sees_its_progress() {
    let issuer = FakeIssuer::start().await;
    let status = Arc::new(CollectionStatus::new(partner()));
    let sessions = Sessions::new(false).at(PUBLIC.parse().unwrap());
    let app = TestApp::with(sessions, |config| {
        issuer.configure(config);
        config.collection = Some(Arc::clone(&status));
    });
    app.import(partner(), DEPLOYMENT_COLUMNS, &[ROW]).await;
    let viewer = sign_in(&app, &issuer, Says::default()).await;
    let viewer = app.with_cookie(viewer.cookie(SESSION));
    let page = viewer.page("/data").await;
    assert!(!page.contains("/data/collect"), "{page}");
    let got = viewer.send_form("/data/collect", "").await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    assert!(!status.state().requested);

    let says = Says {
        id: json!({ "roles": ["Seatwise.Operator"] }),
        ..Says::default()
    };
    let operator = sign_in(&app, &issuer, says).await;
    let operator = app.with_cookie(operator.cookie(SESSION));
    let page = operator.page("/data").await;
    assert!(attributes(&page, "action").contains(&"/data/collect".to_owned()));
    operator.send_form("/data/collect", "").await.location();
    assert!(status.state().requested);
    assert!(
        viewer
            .page("/data")
            .await
            .contains("A collection was requested")
    );
}

#[tokio::test]
async fn only_known_partners_that_may_sign_in_can() {
    let issuer = FakeIssuer::start().await;
    let other: seatwise_types::PartnerId = "b5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a".parse().unwrap();
    let absent = "c5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a".parse().unwrap();
    let sessions = Sessions::new(false).at(PUBLIC.parse().unwrap());
    let app = TestApp::with(sessions, |config| {
        issuer.configure(config);
        config.sign_in.tenants = vec![partner(), absent];
    });
    // No partner has imported anything.
    let got = app.send(Method::GET, "/sign-in", &[]).await;
    assert_eq!(got.status, StatusCode::UNAUTHORIZED);
    for it in [partner(), other] {
        app.import(it, DEPLOYMENT_COLUMNS, &[ROW]).await;
    }
    for it in [other, absent] {
        let path = format!("/sign-in?partner={it}");
        let got = app.send(Method::GET, &path, &[]).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        assert!(got.cookies().next().is_none());
    }
    let got = app.send(Method::GET, "/sign-in?partner=x", &[]).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    let (_, address) = begin(&app, "/sign-in").await;
    assert!(address.starts_with(&format!("http://{}/authorize?", issuer.address)));
}

#[tokio::test]
async fn a_server_of_several_partners_asks_for_one_and_lists_none() {
    let issuer = FakeIssuer::start().await;
    let other: seatwise_types::PartnerId = "b5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a".parse().unwrap();
    let sessions = Sessions::new(false).at(PUBLIC.parse().unwrap());
    let app = TestApp::with(sessions, |config| {
        issuer.configure(config);
        config.sign_in.tenants = vec![partner(), other];
    });
    for it in [partner(), other] {
        app.import(it, DEPLOYMENT_COLUMNS, &[ROW]).await;
    }
    let got = app.send(Method::GET, "/sign-in?to=/data", &[]).await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.text.contains("Tenant id of your organisation"));
    assert!(attributes(&got.text, "value").contains(&"/data".to_owned()));
    for it in [partner(), other] {
        assert!(!got.text.contains(&it.to_string()));
    }
    // A form may lead only to this server, so the page has a link to the issuer.
    let path = format!("/sign-in?to=/data&partner={}", partner());
    let got = app.send(Method::GET, &path, &[]).await;
    assert_eq!(got.status, StatusCode::OK);
    let links = attributes(&got.text, "href");
    let address = links.iter().find(|it| it.starts_with("http://")).unwrap();
    let (code, state) = issuer.approve(address);
    let got = come_back(&app, &got.cookie(SIGN_IN), &code, &state).await;
    assert_eq!(got.location(), "/data");
}

#[tokio::test]
async fn a_sign_in_returns_only_to_this_server() {
    let issuer = FakeIssuer::start().await;
    let app = app(&issuer).await;
    for to in [
        "https://other.example/",
        "//other.example/",
        "/%5Cother.example/",
        "/%09/other.example",
        "%2F%2Fother.example",
        "/sign-in",
    ] {
        let (cookie, address) = begin(&app, &format!("/sign-in?to={to}")).await;
        let (code, state) = issuer.approve(&address);
        let got = come_back(&app, &cookie, &code, &state).await;
        assert_eq!(got.location(), "/", "{to}");
    }
}

#[tokio::test]
async fn a_sign_in_with_the_development_identity_needs_no_network() {
    let app = TestApp::new();
    app.import(partner(), DEPLOYMENT_COLUMNS, &[ROW]).await;
    let got = app.send(Method::GET, "/data?csv=services", &[]).await;
    let links = attributes(&got.text, "href");
    let link = links.iter().find(|it| it.starts_with("/sign-in")).unwrap();
    let got = app.send(Method::GET, link, &[]).await;
    let cookie = got.cookie("seatwise-sign-in");
    let provider = got.location().strip_prefix("http://localhost").unwrap();
    let page = app.send(Method::GET, provider, &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    // The page of the provider is a form with the code and the state.
    let action = attributes(&page.text, "action");
    assert_eq!(action, ["http://localhost/sign-in/callback"]);
    let (names, values) = (
        attributes(&page.text, "name"),
        attributes(&page.text, "value"),
    );
    let names = names.iter().filter(|name| *name != "viewport");
    let query: Vec<_> = names
        .zip(&values)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let path = format!("/sign-in/callback?{}", query.join("&"));
    // Another browser cannot use it.
    let got = app.send(Method::GET, &path, &[]).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    let got = app.send(Method::GET, &path, &[("cookie", &cookie)]).await;
    assert_eq!(got.location(), "/data?csv=services");
    let browser = app.with_cookie(got.cookie("seatwise-session"));
    assert!(
        browser
            .page("/")
            .await
            .contains("Signed in as developer@localhost")
    );
    // A user of the development identity can be anyone, also an operator.
    assert_eq!(browser.get("/guests").await.status, StatusCode::OK);
    let got = app.send(Method::GET, &path, &[("cookie", &cookie)]).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST, "{}", got.text);
}

#[tokio::test]
async fn a_session_opens_no_api_and_a_token_opens_no_page() {
    let app = TestApp::new();
    app.import(partner(), DEPLOYMENT_COLUMNS, &[ROW]).await;
    let browser = app.browser(partner()).await;
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    for path in [
        "/v1/analytics/licenses/deployment",
        "/seatwise/v1/coverage",
        "/v1/customers",
    ] {
        assert_eq!(
            browser.get(path).await.status,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
    let bearer = app.bearer();
    let headers = [("authorization", bearer.as_str())];
    for (path, status) in [
        ("/v1/analytics/licenses/deployment", StatusCode::OK),
        ("/", StatusCode::UNAUTHORIZED),
        ("/customers", StatusCode::UNAUTHORIZED),
    ] {
        let got = app.send(Method::GET, path, &headers).await;
        assert_eq!(got.status, status, "{path}");
    }
    let token = bearer.strip_prefix("Bearer ").unwrap();
    let forged = app.with_cookie(format!("seatwise-session={token}"));
    assert_eq!(forged.get("/").await.status, StatusCode::UNAUTHORIZED);
}
