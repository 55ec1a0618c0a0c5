//! The extractors of callers, on routes beside the API.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::Request;
use jiff::Timestamp;
use seatwise_emulator::{DevIdentity, TokenRequest};
use seatwise_server::{AppOrUser, AppState, Caller, Config, Writer};
use seatwise_store::Store;
use tower::ServiceExt as _;

#[tokio::test]
async fn a_route_says_by_its_argument_which_tokens_it_takes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("data")).unwrap();
    let identity = DevIdentity::open_or_create(folder.path()).unwrap();
    let now = Timestamp::UNIX_EPOCH;
    let new_id = Arc::new(uuid::Uuid::nil);
    let mut config = Config::new(
        "127.0.0.1:0".parse().unwrap(),
        Arc::new(move || now),
        new_id,
    );
    config.dev_identity = Some(identity.sign_in());
    let routes = Router::new()
        .route("/users", get(async |_: Caller| ()))
        .route(
            "/both",
            get(async |AppOrUser(caller): AppOrUser| caller.partner().to_string()),
        )
        .route(
            "/writers",
            get(async |writer: Writer| writer.partner().to_string()),
        )
        .with_state(AppState::new(&config, store).unwrap());

    for (path, app_only, write, status) in [
        ("/users", false, false, 200),
        ("/users", false, true, 200),
        ("/users", true, false, 403),
        ("/users", true, true, 403),
        ("/both", false, false, 200),
        ("/both", true, false, 200),
        ("/writers", false, false, 403),
        ("/writers", false, true, 200),
        ("/writers", true, false, 403),
        ("/writers", true, true, 200),
    ] {
        let token = TokenRequest {
            partner: "a5c6b0d2-0e3f-4c2b-9d1a-7b8f6e5d4c3a".parse().unwrap(),
            user: "admin@partner.example".to_owned(),
            app_only,
            write,
            expires_in: Duration::from_secs(60),
        };
        let token = identity.issue(&token, now).unwrap();
        let request = Request::get(path).header("Authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).unwrap();
        let answer = routes.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{path} {app_only} {write}");
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = routes.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 401, "{path} without a token");
    }
}
