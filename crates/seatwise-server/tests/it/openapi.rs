//! The description of the API, and that it matches the responses.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};
use http::{Method, Request};
use serde_json::Value;

use crate::harness::{
    Answer, TestServer, app_token, get, partner, user_token, writer_token, writing_app_token,
};

async fn ask(server: &TestServer, path: &str) -> Answer {
    server
        .send(Request::get(path).body(Body::empty()).unwrap())
        .await
}

/// Each call of the document: method, path with a customer, and description.
fn calls() -> Vec<(Method, String, Value)> {
    let document: Value = serde_json::from_str(&seatwise_server::openapi_document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let customer = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
    let calls = paths.iter().flat_map(|(path, item)| {
        let calls = item.as_object().unwrap().iter();
        calls.map(move |(method, call)| {
            let method = method.to_uppercase().parse().unwrap();
            (
                method,
                path.replace("{customer-id}", customer),
                call.clone(),
            )
        })
    });
    calls.collect()
}

/// A request with this method and the token of a user who can read.
fn asking(method: &Method, path: &str) -> http::request::Builder {
    get(path).method(method.clone())
}

/// Like the snapshots of insta: `INSTA_UPDATE=always` writes the file instead of comparing it.
#[test]
fn the_committed_document_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let document = seatwise_server::openapi_document();
    #[expect(
        clippy::disallowed_methods,
        reason = "the switch for snapshots is a variable of the environment"
    )]
    let update = std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always");
    if update {
        std::fs::write(&path, &document).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == document,
        "docs/openapi.json differs from the code: CONTRIBUTING.md says how to write it"
    );
}

#[tokio::test]
async fn served_to_every_caller_and_kept_by_its_tag() {
    let server = TestServer::unpublished(|_| {});
    for (path, media_type) in [
        ("/openapi.json", "application/json; charset=utf-8"),
        ("/openapi", "text/html; charset=utf-8"),
    ] {
        let answer = ask(&server, path).await;
        assert_eq!(answer.head.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), media_type);
        assert_eq!(answer.header("cache-control"), "no-cache");
        let request = Request::get(path).header(IF_NONE_MATCH, answer.header("etag"));
        let again = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(again.head.status, 304, "{path}");
        let request = Request::get(path).header(ACCEPT_ENCODING, "gzip");
        let packed = server.send(request.body(Body::empty()).unwrap()).await;
        assert!(packed.body.len() * 4 < answer.body.len(), "{path}");
    }
    let document = ask(&server, "/openapi.json").await;
    assert_eq!(document.text(), seatwise_server::openapi_document());
}

#[tokio::test]
async fn the_page_loads_nothing_and_shows_every_call() {
    let server = TestServer::unpublished(|_| {});
    let page = ask(&server, "/openapi").await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    let html = page.text();
    for foreign in [
        "<script", "<link", "<img", "src=", "url(", "@import", "style=", "//",
    ] {
        let html = html.replace("<wbr>/", "");
        assert!(!html.contains(foreign), "{foreign}");
    }
    for (_, _, call) in calls() {
        let id = call["operationId"].as_str().unwrap();
        assert!(html.contains(&format!("<article id=\"{id}\">")), "{id}");
    }
    let ids: BTreeSet<_> = html
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next())
        .collect();
    for link in html.split("href=\"#").skip(1) {
        let target = link.split('"').next();
        assert!(ids.contains(&target), "{target:?}");
    }
}

#[tokio::test]
async fn every_call_takes_the_tokens_that_are_said() {
    let server = TestServer::new().await;
    for (method, path, call) in calls() {
        let security = call["security"].to_string();
        let status = async |token: Option<String>| {
            let mut request = Request::builder().method(method.clone()).uri(&path);
            if let Some(token) = token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            let answer = server.send(request.body(Body::empty()).unwrap()).await;
            answer.head.status
        };
        let (of_user, of_application) = match method {
            Method::GET => (user_token(partner()), app_token(partner())),
            _ => (writer_token(partner()), writing_app_token(partner())),
        };
        let anonymous = status(None).await;
        let user = status(Some(of_user)).await;
        let application = status(Some(of_application)).await;
        let refused = (anonymous == 401, user == 401, application == 403);
        let expected = match security.as_str() {
            "[]" => (false, false, false),
            r#"[{"user":[]}]"# => (true, false, true),
            r#"[{"user":[]},{"application":[]}]"# => (true, false, false),
            other => panic!("{other}"),
        };
        assert_eq!(refused, expected, "{path}");
    }
}

#[tokio::test]
async fn every_answer_is_one_that_is_said() {
    let server = TestServer::new().await;
    for (method, path, call) in calls() {
        let get = |path: &str| asking(&method, path);
        let wrong_method = Request::delete(&path).body(Body::empty());
        let long = get(&format!("{path}?{}", "x".repeat(9000))).body(Body::empty());
        let large = get(&path)
            .header("Content-Length", (2_u64 << 30).to_string())
            .body(Body::empty());
        let known = get(&path).header(IF_NONE_MATCH, "*").body(Body::empty());
        let head = get(&path)
            .header("X", "x".repeat(40_000))
            .body(Body::empty());
        let foreign = get(&path)
            .header("Host", "elsewhere.example")
            .body(Body::empty());
        let anonymous = Request::builder().method(method.clone()).uri(&path);
        for (request, status) in [
            (get(&path).body(Body::empty()), None),
            (anonymous.body(Body::empty()), None),
            (known, None),
            (wrong_method, Some(405)),
            (long, Some(414)),
            (large, Some(413)),
            (head, Some(431)),
            (foreign, Some(403)),
        ] {
            let answer = server.send(request.unwrap()).await;
            let answered = answer.head.status.as_u16();
            assert!(
                status.is_none_or(|status| status == answered),
                "{path}: {answered}"
            );
            let responses = call["responses"].as_object().unwrap();
            assert!(
                responses.contains_key(&answered.to_string()),
                "{path}: {answered}"
            );
        }
    }
}

#[test]
fn references_lead_somewhere() {
    let document: Value = serde_json::from_str(&seatwise_server::openapi_document()).unwrap();
    let text = document.to_string();
    let mut used = BTreeSet::new();
    for reference in text.split(r##""$ref":"#"##).skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
        used.insert(pointer.to_owned());
    }
    for kind in ["schemas", "parameters", "headers", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let pointer = format!("/components/{kind}/{name}");
            assert!(used.contains(&pointer), "nothing refers to {pointer}");
        }
    }
}
