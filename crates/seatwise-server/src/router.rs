//! Every path that is answered, and what surrounds it.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use anyhow::anyhow;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state, map_request};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use http::StatusCode;
use seatwise_types::ErrorCode;

use crate::AppState;
use crate::error::ApiError;
use crate::{dev_provider, emulator, endpoints, exchange, limits, sign_in, target, unreadable};

/// The whole server but its sockets.
pub fn router(app: Arc<AppState>) -> Router {
    let routes = Router::new().merge(
        app.dev_provider
            .clone()
            .map(dev_provider::routes)
            .unwrap_or_default(),
    );
    let routes = match app.emulation {
        Some(_) => routes.merge(emulator::routes()),
        None => routes,
    };
    let routes = endpoints::all().into_iter().fold(routes, |routes, call| {
        let handler = match &app.emulation {
            Some(emulation) if emulation.has_quota(call.path) => call
                .handler
                .route_layer(from_fn_with_state(Arc::clone(&app), emulator::keep_quota)),
            _ => call.handler,
        };
        routes.route(call.path.trim_end_matches('/'), handler)
    });
    // Paths are brought into one form before the routes are looked at, so this is a layer around a
    // router and not one of it.
    Router::new()
        .fallback_service(surround(routes, app))
        .layer(map_request(target::plain))
}

/// Adds to the routes what every answer goes through. The last layer is the outermost.
fn surround(routes: Router<Arc<AppState>>, app: Arc<AppState>) -> Router {
    routes
        .fallback(unknown_route)
        .method_not_allowed_fallback(unknown_method)
        // For bodies that do not say how long they are.
        .layer(DefaultBodyLimit::max(app.limits.body))
        .layer(from_fn_with_state(Arc::clone(&app), around))
        .with_state(app)
}

/// All that is around a handler, from the outside to the inside. It is one layer of the router, because
/// each layer costs every request several boxes.
async fn around(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let app = app.as_ref();
    exchange::observe(app, request, async |mut request| {
        if let Some(refused) = unreadable::refusal(&mut request) {
            return refused.into_response();
        }
        let handled = async |request| {
            limits::enforce(app, request, async |request| {
                sign_in::answer_validate_mfa(request, next).await
            })
            .await
        };
        let answered = async {
            match &app.emulation {
                Some(emulation) => emulator::misbehave(app, emulation, request, handled).await,
                None => handled(request).await,
            }
        };
        let answered = AssertUnwindSafe(answered).catch_unwind().await;
        answered.unwrap_or_else(panicked)
    })
    .await
}

async fn unknown_route() -> ApiError {
    ApiError::new(ErrorCode::NotFound, ErrorCode::NotFound.meaning())
}

/// The answer gets its `Allow` from the route.
async fn unknown_method() -> ApiError {
    ApiError::new(
        ErrorCode::NotSupported,
        "this resource can only be read, with GET or HEAD",
    )
    .with_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// A panic further in.
fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    let cause = anyhow!("a handler panicked: {text}");
    ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause).into_response()
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use axum::body::Body;
    use axum::extract::Request;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use seatwise_store::Store;
    use tower::ServiceExt;

    use super::*;
    use crate::{Config, DevIdentity};

    /// Status and body of an answer by a route that does not behave.
    async fn answer_of(route: axum::routing::MethodRouter<Arc<AppState>>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let new_id = Arc::new(uuid::Uuid::nil);
        let clock = Arc::new(|| jiff::Timestamp::UNIX_EPOCH);
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), clock, new_id);
        config.dev_identity = Some(DevIdentity::open_or_create(folder.path()).unwrap());
        config.limits.request_timeout = Duration::from_millis(1);
        let router = surround(
            Router::new().route("/", route),
            AppState::new(&config, store).unwrap(),
        );

        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(
            answer.headers()["ms-requestid"],
            uuid::Uuid::nil().to_string()
        );
        let (status, body) = (answer.status(), answer.into_body());
        let body = body.collect().await.unwrap().to_bytes();
        format!("{status}\n{}", String::from_utf8_lossy(&body))
    }

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let answer = answer_of(get(async || -> &str { panic!("secret") })).await;
        insta::assert_snapshot!(answer, @r#"
        500 Internal Server Error
        {"code":800003,"description":"Internal Server Error","data":[],"source":"PartnerApiServiceControllers"}
        "#);
    }

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_given_up() {
        let answer = answer_of(get(async || pending::<&str>().await)).await;
        insta::assert_snapshot!(answer, @r#"
        503 Service Unavailable
        {"code":800003,"description":"Service Unavailable","data":[],"source":"PartnerApiServiceControllers"}
        "#);
    }
}
