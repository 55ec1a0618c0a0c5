//! Responses for the process itself, without a socket and a token.

use http::header::ALLOW;
use http::{Method, Request, StatusCode};
use seatwise_server::LocalAnswers;
use seatwise_store::Store;
use seatwise_types::PartnerId;

use crate::harness::{DEPLOYMENT, TestServer, USAGE, USAGE_COLUMNS, partner};

const ROW: &str =
    "2017-03-01,Exchange,o365,,reseller,0a000000-0000-4000-8000-000000000001,C,E3,9,10";

fn asked(method: Method, path: &str) -> Request<()> {
    let request = Request::builder().method(method).uri(path);
    request.body(()).unwrap()
}

/// A folder that is opened read-only.
fn local(server: &TestServer, partner: PartnerId) -> LocalAnswers {
    let store = Store::open_to_read(server.store.work_dir()).unwrap();
    LocalAnswers::new(&server.config, store, partner).unwrap()
}

#[tokio::test]
async fn a_process_gets_the_answers_of_a_server() {
    let server = TestServer::new().await;
    server.import(partner(), USAGE_COLUMNS, ROW).await;
    server.app.refresh_now().await;
    let local = local(&server, partner());
    let customer = "/v1/customers/0a000000-0000-4000-8000-000000000001/analytics/licenses/usage";
    for path in [
        USAGE,
        DEPLOYMENT,
        &format!("{USAGE}?asOf=2017-03-02"),
        customer,
        "/v1/customers",
        "/seatwise/v1/coverage",
        "/seatwise/v1/changes?from=2017-03&to=2017-03&by=customer",
        "/seatwise/v1/forecast",
    ] {
        let here = local.answer(asked(Method::GET, path)).await;
        let there = server.get(path).await;
        assert_eq!(here.status(), there.head.status, "{path}");
        assert_eq!(here.body()[..], there.body[..], "{path}");
    }
}

#[tokio::test]
async fn it_reads_one_partner_and_sends_nothing_in() {
    let server = TestServer::new().await;
    server.import(partner(), USAGE_COLUMNS, ROW).await;
    let other: PartnerId = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
    let path = "/seatwise/v1/coverage";
    let answer = local(&server, other).answer(asked(Method::GET, path)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let body = String::from_utf8(answer.into_body()).unwrap();
    assert!(body.contains("\"services\":[]"), "{body}");

    let local = local(&server, partner());
    let path = "/seatwise/v1/import";
    let answer = local.answer(asked(Method::POST, path)).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let answer = local.answer(asked(Method::DELETE, path)).await;
    assert_eq!(answer.headers()[ALLOW], "POST");
    // No connection can do this: a connection needs a token.
    let request = Request::get(USAGE).body(axum::body::Body::empty()).unwrap();
    let answer = server.send(request).await;
    assert_eq!(answer.head.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_instant_that_may_still_change_is_refused() {
    let server = TestServer::new().await;
    server.import(partner(), USAGE_COLUMNS, ROW).await;
    server.advance(std::time::Duration::from_secs(5));
    let local = local(&server, partner());
    let at = |instant: &str| asked(Method::GET, &format!("{USAGE}?knownAt={instant}"));
    let settled = local.answer(at("2017-03-15T17:43:11Z")).await;
    assert_eq!(settled.status(), StatusCode::OK);
    let open = local.answer(at("2017-03-15T17:43:12Z")).await;
    assert_eq!(open.status(), StatusCode::BAD_REQUEST);
    let body = String::from_utf8(open.into_body()).unwrap();
    assert!(body.contains("knownAt: what was known at"), "{body}");
}
