//! All routes, and the layers around them.

use std::any::Any;
use std::borrow::Cow;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use anyhow::anyhow;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use axum::routing::future::RouteFuture;
use axum::{BoxError, Router};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, ready};
use http::{Extensions, StatusCode};
use hyper::body::Body as _;
use seatwise_types::ErrorCode;
use tokio::time::timeout;
use tower::Service;
use tower::layer::layer_fn;
use tracing::Instrument as _;

use crate::plumbing::bounds::Bounds;
use crate::plumbing::error::ApiError;
use crate::plumbing::{target, unreadable};
use crate::request_context::RequestContext;
use crate::sign_in::MfaAnswer;
use crate::state::AppState;
use crate::{endpoints, fast_path};

/// The server without its sockets. Clones share everything.
#[derive(Clone)]
pub struct Answers {
    app: Arc<AppState>,
    routes: Router,
    /// Extensions of each request on this connection.
    of_connection: Extensions,
    /// The header case that hyper uses for responses.
    header_case: Extensions,
}

impl Answers {
    /// The answers from this state.
    pub fn new(app: Arc<AppState>) -> Self {
        Self::with_pages(app, Router::new())
    }

    /// The answers from this state, with pages beside the API. Pages have all common layers, but
    /// check access themselves.
    pub fn with_pages(app: Arc<AppState>, pages: Router<Arc<AppState>>) -> Self {
        Self {
            routes: routes(Arc::clone(&app), pages),
            app,
            of_connection: Extensions::new(),
            header_case: Extensions::new(),
        }
    }

    /// Sets the header case of responses: see [`header_case`](crate::plumbing::header_case).
    pub(crate) fn with_header_case(mut self, header_case: Extensions) -> Self {
        self.header_case = header_case;
        self
    }

    /// Adds an extension to each request of a connection.
    pub(crate) fn of_connection(mut self, known: impl Clone + Send + Sync + 'static) -> Self {
        self.of_connection.insert(known);
        self
    }

    /// Answers one request.
    pub fn answer<B>(
        &self,
        request: http::Request<B>,
    ) -> impl Future<Output = Response> + Send + 'static + use<B>
    where
        B: hyper::body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let is_common = self.of_connection.is_empty();
        let at_once = is_common.then(|| fast_path::answer(&self.app, &request));
        let answered = match at_once.flatten() {
            Some(answer) => Either::Left(ready(Ok(answer))),
            // Boxed, so that answers of the fast path do not reserve room for it.
            None => Either::Right(Box::pin(self.route(request.map(Body::new)))),
        };
        let header_case = self.header_case.clone();
        async move {
            let Ok(mut answer) = answered.await;
            answer.extensions_mut().extend(header_case);
            answer
        }
    }

    /// Answers through the router.
    fn route(&self, request: Request) -> RouteFuture<Infallible> {
        // Normalize the path before routing.
        let mut request = target::plain(request);
        if !self.of_connection.is_empty() {
            request.extensions_mut().extend(self.of_connection.clone());
        }
        self.routes.clone().call(request)
    }
}

fn routes(app: Arc<AppState>, pages: Router<Arc<AppState>>) -> Router {
    let mut others = pages.fallback(unknown_route);
    if let Some(provider) = &app.dev_provider {
        others = others.merge(provider.routes.clone().with_state(()));
    }
    if let Some(additions) = &app.additions {
        others = others.merge(additions.routes.clone());
    }
    let mut routes = layered(&app, Bounds::common(&app.limits), others);
    for call in endpoints::all() {
        let handler = match &app.additions {
            Some(additions) => (additions.endpoint)(&app, call.path, call.handler),
            None => call.handler,
        };
        let route = Router::new().route(call.path.trim_end_matches('/'), handler);
        routes = routes.merge(layered(&app, (call.bounds)(&app.limits), route));
    }
    if let Some(additions) = &app.additions {
        let surrounded = surrounded(&app);
        routes = (additions.layer)(&app, routes).layer(layer_fn(surrounded));
    }
    routes.with_state(app)
}

/// Adds the common layers to routes with these bounds. With an emulator it adds the inner one alone:
/// the emulator's layers are between the two.
fn layered(
    app: &Arc<AppState>,
    bounds: Bounds,
    routes: Router<Arc<AppState>>,
) -> Router<Arc<AppState>> {
    let routes = routes.method_not_allowed_fallback(unknown_method);
    let limited = {
        let app = Arc::clone(app);
        move |handler| Limited {
            app: Arc::clone(&app),
            bounds,
            handler,
        }
    };
    if app.additions.is_some() {
        return routes.layer(layer_fn(limited));
    }
    let surrounded = surrounded(app);
    routes.layer(layer_fn(move |handler| surrounded(limited(handler))))
}

/// Puts the outermost layer around what is inside of it.
fn surrounded<S>(
    app: &Arc<AppState>,
) -> impl Fn(S) -> Surrounded<S> + Clone + Send + Sync + use<S> {
    let app = Arc::clone(app);
    move |inner| Surrounded {
        app: Arc::clone(&app),
        inner,
    }
}

/// The outermost layer, which every request goes through: ids, log, and panics. It is inside the
/// router, because it needs the matched route. What is inside of it is [`Limited`], in the same
/// layer, because each layer costs every request several allocations. With an emulator, its layers
/// are between the two.
#[derive(Clone)]
struct Surrounded<S> {
    app: Arc<AppState>,
    inner: S,
}

impl<S> Service<Request> for Surrounded<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    /// From the outside in: ids and log, unreadable requests, panics.
    fn call(&mut self, mut request: Request) -> Self::Future {
        let app = Arc::clone(&self.app);
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map(|path| Cow::Owned(path.as_str().to_owned()));
        let (method, headers) = (request.method(), request.headers());
        let context = RequestContext::begin(&app, method, headers, route, None);
        let answered = match unreadable::refusal(&mut request) {
            Some(refused) => Either::Left(ready(Ok(refused.into_response()))),
            None => Either::Right(self.inner.call(request)),
        };
        let answered = AssertUnwindSafe(answered).catch_unwind();
        let answered = answered.instrument(context.span().clone());
        Box::pin(async move {
            let answer = match answered.await {
                Ok(Ok(answer)) => answer,
                Err(panic) => panicked(panic),
            };
            Ok(context.end(&app, answer))
        })
    }
}

/// A handler within the limits.
#[derive(Clone)]
struct Limited {
    app: Arc<AppState>,
    bounds: Bounds,
    handler: Route,
}

impl Service<Request> for Limited {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.handler, context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (app, handler) = (Arc::clone(&self.app), self.handler.clone());
        Box::pin(handled(app, self.bounds, request, handler).map(Ok))
    }
}

/// Runs a handler within the limits.
async fn handled(
    app: Arc<AppState>,
    bounds: Bounds,
    mut request: Request,
    mut handler: Route,
) -> Response {
    if let Err(refused) = bounds.check(&app.limits, app.loopback_only, &request) {
        return refused.into_response();
    }
    let time = bounds.time;
    if !request.body().is_end_stream() {
        // For bodies without an announced length.
        DefaultBodyLimit::max(app.limits.body).apply(&mut request);
    }
    let mfa_answer = MfaAnswer::asked(&mut request);
    let Ok(answered) = timeout(time, handler.call(request)).await else {
        let cause = anyhow!("no answer after {time:?}");
        return ApiError::internal(StatusCode::SERVICE_UNAVAILABLE, cause).into_response();
    };
    let Ok(mut answer) = answered;
    if let Some(mfa_answer) = mfa_answer {
        mfa_answer.add_to(&mut answer);
    }
    answer
}

async fn unknown_route() -> ApiError {
    ApiError::new(ErrorCode::NotFound, ErrorCode::NotFound.meaning())
}

/// The router adds `Allow`.
async fn unknown_method() -> ApiError {
    ApiError::new(
        ErrorCode::NotSupported,
        "this resource can only be read, with GET or HEAD",
    )
    .with_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// The response to a panic in a handler.
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
    use crate::Config;

    /// Status and body of the response from a misbehaving route.
    async fn answer_of(route: axum::routing::MethodRouter<Arc<AppState>>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let new_id = Arc::new(uuid::Uuid::nil);
        let clock = Arc::new(|| jiff::Timestamp::UNIX_EPOCH);
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), clock, new_id);
        config.sign_in.issuers = vec!["https://issuer.example/".parse().unwrap()];
        config.sign_in.tenants = vec![seatwise_types::PartnerId::new(uuid::Uuid::nil())];
        config.limits.request_timeout = Duration::from_millis(1);
        let app = AppState::new(&config, store).unwrap();
        let router = Router::new().route("/", route);
        let router = layered(&app, Bounds::common(&app.limits), router).with_state(app);

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
