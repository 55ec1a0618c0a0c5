//! Tokens by the emulator's clock, the clock at the start, and the page for browsers.

use axum::body::Body;
use http::Request;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{
    Answer, TestServer, USAGE, USAGE_COLUMNS, emulated, emulated_as, emulator, partner, user_token,
};
use crate::recorder::Log;

const ROW: &str =
    "2017-03-09,Exchange,o365,,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,A,E3,1,2";

async fn control(server: &TestServer, method: &str, path: &str, body: Value) -> Answer {
    let body = if body.is_null() {
        Body::empty()
    } else {
        Body::from(body.to_string())
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("Host", "localhost:8080");
    server.send(request.body(body).unwrap()).await
}

/// Requests a token from the emulator.
async fn token(server: &TestServer, recipe: Value) -> String {
    let answer = control(server, "POST", "/emulator/token", recipe).await;
    assert_eq!(answer.head.status, 200, "{}", answer.text());
    let made: Value = serde_json::from_slice(&answer.body).unwrap();
    made["token"].as_str().unwrap().to_owned()
}

/// The status and error code of a request with this token.
async fn code(server: &TestServer, path: &str, token: &str) -> String {
    let request = Request::get(path).header("Authorization", format!("Bearer {token}"));
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    let body = answer.text();
    let body: Value = serde_json::from_str(body.trim_start_matches("<mark>")).unwrap_or_default();
    let code = body["code"].as_u64();
    let code = code.map_or("-".to_owned(), |code| code.to_string());
    format!("{} {code}", answer.head.status.as_u16())
}

async fn server_of_one_partner() -> TestServer {
    let server = TestServer::with(emulated("none")).await;
    server.import(partner(), USAGE_COLUMNS, ROW).await;
    server.app.refresh_now().await;
    server
}

#[tokio::test]
async fn a_token_is_good_by_a_clock_that_was_set() {
    let server = server_of_one_partner().await;
    control(
        &server,
        "PUT",
        "/emulator/clock",
        json!({ "now": "2999-01-01T00:00:00Z" }),
    )
    .await;
    assert_eq!(
        code(&server, USAGE, &user_token(partner())).await,
        "401 400"
    );
    let answer = control(&server, "POST", "/emulator/token", Value::Null).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let mut made: Value = serde_json::from_slice(&answer.body).unwrap();
    let token = made["token"].take();
    assert_snapshot!(made, @r#"{"expiresAt":"2999-01-01T01:00:00Z","partner":"a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a","token":null,"validFrom":"2999-01-01T00:00:00Z"}"#);
    let token = token.as_str().unwrap();
    assert_eq!(code(&server, USAGE, token).await, "200 -");
    control(
        &server,
        "PUT",
        "/emulator/clock",
        json!({ "advance": "62m" }),
    )
    .await;
    assert_eq!(code(&server, USAGE, token).await, "401 400");
}

#[tokio::test]
async fn a_token_is_what_was_asked_for() {
    let server = server_of_one_partner().await;
    let customers = "/v1/customers";
    let app = token(&server, json!({ "appOnly": true })).await;
    assert_eq!(code(&server, USAGE, &app).await, "403 900329");
    assert_eq!(code(&server, customers, &app).await, "200 -");
    let import = "/seatwise/v1/import?dryRun=true";
    for (recipe, status) in [
        (json!({}), 403),
        (json!({ "write": true }), 400),
        (json!({ "appOnly": true, "write": true }), 400),
    ] {
        let token = token(&server, recipe).await;
        let request = Request::post(import).header("Authorization", format!("Bearer {token}"));
        let answer = server
            .send(request.body(Body::from("no facts")).unwrap())
            .await;
        assert_eq!(answer.head.status, status);
    }
    let brief = token(&server, json!({ "expiresIn": "1s", "user": "a@b.example" })).await;
    assert_eq!(code(&server, USAGE, &brief).await, "200 -");
    server.advance(std::time::Duration::from_secs(62));
    assert_eq!(code(&server, USAGE, &brief).await, "401 400");
    let other = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9";
    let other = token(&server, json!({ "partner": other })).await;
    assert_eq!(code(&server, USAGE, &other).await, "200 -");
}

#[tokio::test]
async fn each_defect_is_refused_for_what_it_is() {
    let server = server_of_one_partner().await;
    let (log, _guard) = Log::record();
    for (defect, expected, refused) in [
        ("expired", "401 400", "expired"),
        ("notYetValid", "401 400", "not_yet_valid"),
        ("issuer", "401 400", "issuer"),
        ("tenant", "401 400", "tenant"),
        ("key", "401 400", "unknown_key"),
        ("signature", "401 400", "signature"),
        ("audience", "401 900420", "audience"),
        ("secondFactor", "401 900421", "second_factor"),
        ("permission", "403 900150", "permission"),
    ] {
        let token = token(&server, json!({ "defect": defect })).await;
        assert_eq!(code(&server, USAGE, &token).await, expected, "{defect}");
        let text = log.text();
        let line = text.lines().last().unwrap();
        assert!(line.contains(&format!("refused=\"{refused}\"")), "{line}");
    }
}

#[tokio::test]
async fn a_recipe_that_cannot_be_followed_is_refused() {
    let server = TestServer::with(emulated("none")).await;
    for (recipe, said) in [
        (
            json!({}),
            "name the `partner`: the data folder has 0 of them",
        ),
        (json!({ "partner": "x" }), "the body cannot be used"),
        (
            json!({ "partner": partner(), "user": "a", "appOnly": true }),
            "it cannot have a `user`",
        ),
        (
            json!({ "partner": partner(), "defect": "permission", "appOnly": true }),
            "are of a user's token",
        ),
        (
            json!({ "partner": partner(), "expiresIn": "5 parsecs" }),
            "`5 parsecs` is not a time that is understood: write hours, minutes and seconds, such as `90m`",
        ),
        (
            json!({ "partner": partner(), "expiresIn": "0s" }),
            "`expiresIn` is from one second",
        ),
        (
            json!({ "partner": partner(), "expiresIn": "100000h" }),
            "to ten years",
        ),
        (
            json!({ "partner": partner(), "defect": "late" }),
            "unknown variant `late`",
        ),
        (
            json!({ "partner": partner(), "life": "1h" }),
            "unknown field `life`",
        ),
    ] {
        let answer = control(&server, "POST", "/emulator/token", recipe).await;
        assert_eq!(answer.head.status, 400, "{said}");
        assert!(answer.text().contains(said), "{}", answer.text());
    }
    let issuer = crate::fake_issuer::FakeIssuer::start().await;
    let server = TestServer::with(|config| {
        issuer.configure(config);
        emulated("none")(config);
    })
    .await;
    let recipe = json!({ "partner": partner() });
    let answer = control(&server, "POST", "/emulator/token", recipe).await;
    assert_eq!(answer.head.status, 409);
    assert!(
        answer
            .text()
            .contains("start the server with --dev-identity")
    );
}

#[tokio::test]
async fn the_clock_begins_at_the_time_that_is_set_and_a_reset_returns_there() {
    let server = TestServer::with(emulated_as(|emulator| {
        emulator.now = Some("2030-05-01T12:00:00Z".parse().unwrap());
    }))
    .await;
    let date = async || server.get(USAGE).await.header("date").to_owned();
    assert_eq!(date().await, "Wed, 01 May 2030 12:00:00 GMT");
    server.advance(std::time::Duration::from_secs(60));
    assert_eq!(date().await, "Wed, 01 May 2030 12:01:00 GMT");
    control(
        &server,
        "PUT",
        "/emulator/clock",
        json!({ "now": "2017-03-15T17:43:11Z" }),
    )
    .await;
    assert_eq!(date().await, "Wed, 15 Mar 2017 17:43:11 GMT");
    control(&server, "POST", "/emulator/reset", Value::Null).await;
    assert_eq!(date().await, "Wed, 01 May 2030 12:00:00 GMT");
}

#[tokio::test]
async fn a_time_beyond_the_clock_is_an_error_at_the_start() {
    let server = TestServer::new().await;
    let mut emulator = emulator();
    emulator.now = Some("3000-01-01T00:00:00Z".parse().unwrap());
    let refused = emulator.start(server.config.clock);
    let text = format!("{:#}", anyhow::Error::from(refused.err().unwrap()));
    assert_snapshot!(text, @"the emulator's clock cannot start at that time: the clock goes from 1970-01-01T00:00:00Z to 3000-01-01T00:00:00Z");
}

#[tokio::test]
async fn a_browser_finds_a_page() {
    let server = TestServer::with(emulated("429=5%")).await;
    server.import(partner(), USAGE_COLUMNS, ROW).await;
    let page = control(&server, "GET", "/emulator/", Value::Null).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    let page = page.text();
    for shown in [
        "2017-03-15 17:43:11Z, runs",
        "429=5%;retry-after=1",
        "a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a",
        "curl -X POST http://localhost:8080/emulator/token",
        "--no-bom",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("<script"));
    let unmarked = TestServer::with(|config| {
        config.wire.bom = false;
        emulated("none")(config);
    })
    .await;
    let page = control(&unmarked, "GET", "/emulator", Value::Null).await;
    assert!(!page.text().contains("byte-order"), "{}", page.text());
    // The page is not recorded, and works on this computer only.
    let seen = control(&server, "GET", "/emulator/requests", Value::Null).await;
    assert!(seen.text().contains("\"requests\":[]"), "{}", seen.text());
    let request = Request::get("/emulator").header("Host", "attacker.example");
    let refused = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(refused.head.status, 403);
}
