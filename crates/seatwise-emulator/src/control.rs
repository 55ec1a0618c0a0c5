//! The control endpoints of the emulator. Tests use them to set faults and to check requests.
//!
//! They need no token, because the emulator listens on this computer only. To keep web pages out,
//! requests from other origins are rejected, and also requests to host names that resolve to this
//! computer.

use std::sync::Arc;

use anyhow::Context;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, RawQuery, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, ORIGIN, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, StatusCode};
use seatwise_server::html::{NO_STORE, NOSNIFF};
use seatwise_server::{ApiError, AppState, JSON, means_this_computer};
use seatwise_types::{ErrorCode, PartnerId, wire};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::clock::{ClockChange, ClockReading};
use crate::emulation::Emulation;
use crate::overview;
use crate::plan::FaultPlan;
use crate::portfolios::{LoadError, Loaded, PortfolioRecipe};
use crate::requests::Seen;
use crate::token::TokenRecipe;

/// The routes: `/emulator` and the paths below it.
pub(crate) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/emulator", get(overview::page))
        .route("/emulator/token", post(make_token))
        .route("/emulator/reset", post(reset))
        .route("/emulator/clock", get(clock).put(set_clock))
        .route("/emulator/portfolio", post(load_portfolio))
        .route("/emulator/faults", get(faults).put(set_faults))
        .route("/emulator/requests", get(requests).delete(clear_requests))
        .method_not_allowed_fallback(unknown_method)
        .route_layer(from_fn(only_from_here))
}

/// Middleware: rejects requests that another site's page makes in a browser.
async fn only_from_here(request: Request, next: Next) -> Result<Response, ApiError> {
    let refuse = |description| Err(ApiError::new(ErrorCode::OperationDenied, description));
    let hosts = texts(request.headers(), HOST);
    if hosts.is_empty() || !hosts.iter().all(|host| means_this_computer(host)) {
        return refuse("the emulator is controlled under a name of this computer, as `localhost`");
    }
    let is_ours = |origin: &&str| {
        let origin = origin.split_once("://").map(|(_, host)| host);
        origin.is_some_and(|origin| hosts.iter().all(|host| host.eq_ignore_ascii_case(origin)))
    };
    if !texts(request.headers(), ORIGIN).iter().all(is_ours) {
        return refuse("the emulator is not controlled by pages of another origin");
    }
    Ok(next.run(request).await)
}

/// The values of a header; empty for a value that is not text.
fn texts(headers: &HeaderMap, name: http::HeaderName) -> Vec<&str> {
    let values = headers.get_all(name).into_iter();
    values
        .map(|value| value.to_str().unwrap_or_default())
        .collect()
}

async fn unknown_method() -> ApiError {
    ApiError::new(
        ErrorCode::NotSupported,
        "the emulator has no such method here",
    )
    .with_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// The result of a reset.
#[derive(Serialize)]
struct Undone {
    /// The removed partners.
    forgotten: Vec<PartnerId>,
}

/// `POST /emulator/reset`
async fn reset(
    State(app): State<Arc<AppState>>,
    Extension(emulation): Extension<Arc<Emulation>>,
) -> Result<Json<Undone>, ApiError> {
    emulation.faults.set(FaultPlan::default(), emulation.seed);
    emulation.clock.reset();
    if let Some(quota) = &emulation.quota {
        quota.reset();
    }
    let forgotten = emulation
        .portfolios
        .unload(app.store(), emulation.clock.real())
        .await;
    let forgotten = forgotten.map_err(failed)?;
    app.forget_snapshots().await;
    app.refresh_now().await;
    emulation.requests.clear();
    Ok(Json(Undone { forgotten }))
}

/// `GET /emulator/clock`
async fn clock(
    Extension(emulation): Extension<Arc<Emulation>>,
) -> Result<Json<ClockReading>, ApiError> {
    Ok(Json(emulation.clock.read()))
}

/// `PUT /emulator/clock`
async fn set_clock(
    Extension(emulation): Extension<Arc<Emulation>>,
    Json(change): Json<ClockChange>,
) -> Result<Json<ClockReading>, ApiError> {
    let clock = &emulation.clock;
    clock.change(change).map_err(invalid)?;
    Ok(Json(clock.read()))
}

/// `POST /emulator/token`
async fn make_token(
    State(app): State<Arc<AppState>>,
    Extension(emulation): Extension<Arc<Emulation>>,
    JsonOrNothing(recipe): JsonOrNothing<TokenRecipe>,
) -> Result<Response, ApiError> {
    if let Some(fault) = recipe.fault() {
        return Err(invalid(fault));
    }
    let identity = emulation.identity.as_ref();
    let Some(identity) = identity.filter(|_| app.trusts_development()) else {
        let description = "no token can be made: start the server with --dev-identity";
        return Err(invalid(description).with_status(StatusCode::CONFLICT));
    };
    let partner = match recipe.partner {
        Some(partner) => partner,
        None => only_partner(&app)?,
    };
    let made = recipe.make(partner, identity, emulation.clock.now());
    let made = made.map_err(|err| failed(err.into()))?;
    let headers = [(CACHE_CONTROL, NO_STORE), (X_CONTENT_TYPE_OPTIONS, NOSNIFF)];
    Ok((headers, Json(made)).into_response())
}

/// The only partner of the data folder, for a token without a partner.
fn only_partner(app: &AppState) -> Result<PartnerId, ApiError> {
    let partners = app.store().partners().map_err(|err| failed(err.into()))?;
    match partners[..] {
        [partner] => Ok(partner),
        _ => Err(invalid(format!(
            "name the `partner`: the data folder has {} of them",
            partners.len()
        ))),
    }
}

/// `POST /emulator/portfolio`
async fn load_portfolio(
    State(app): State<Arc<AppState>>,
    Extension(emulation): Extension<Arc<Emulation>>,
    Json(recipe): Json<PortfolioRecipe>,
) -> Result<Json<Loaded>, ApiError> {
    // Portfolios use the real time, whatever the emulator's clock shows.
    let now = emulation.clock.real();
    if let Some(fault) = recipe.fault(now) {
        return Err(invalid(fault));
    }
    let (portfolios, store) = (Arc::clone(&emulation.portfolios), app.store().clone());
    // In a separate task, because a client that disconnects must not leave half a portfolio.
    let loading = tokio::spawn(async move { portfolios.load(&store, recipe, now).await });
    let loaded = loading
        .await
        .context("loading a portfolio panicked")
        .map_err(failed)?;
    let loaded = loaded.map_err(|err| match err {
        LoadError::Loaded(_) | LoadError::Taken(_) => {
            invalid(err).with_status(StatusCode::CONFLICT)
        }
        LoadError::Failed(cause) => failed(cause),
    })?;
    app.refresh_now().await;
    Ok(Json(loaded))
}

/// A fault plan, current or requested.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanAndSeed {
    plan: String,
    /// If it is missing, the current seed stays.
    seed: Option<u64>,
}

/// `GET /emulator/faults`
async fn faults(
    Extension(emulation): Extension<Arc<Emulation>>,
) -> Result<Json<PlanAndSeed>, ApiError> {
    let (plan, seed) = emulation.faults.plan();
    Ok(Json(PlanAndSeed {
        plan: plan.to_string(),
        seed: Some(seed),
    }))
}

/// `PUT /emulator/faults`
async fn set_faults(
    Extension(emulation): Extension<Arc<Emulation>>,
    Json(wanted): Json<PlanAndSeed>,
) -> Result<Json<PlanAndSeed>, ApiError> {
    let faults = &emulation.faults;
    let plan: FaultPlan = wanted.plan.parse().map_err(invalid)?;
    let seed = wanted.seed.unwrap_or_else(|| faults.plan().1);
    let now_in_force = PlanAndSeed {
        plan: plan.to_string(),
        seed: Some(seed),
    };
    faults.set(plan, seed);
    Ok(Json(now_in_force))
}

/// Recorded requests, and the number of the last one.
#[derive(Serialize)]
struct Requests {
    requests: Vec<Seen>,
    last: u64,
}

/// `GET /emulator/requests?after=N`
async fn requests(
    Extension(emulation): Extension<Arc<Emulation>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Requests>, ApiError> {
    let query = query.unwrap_or_default();
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    let after = match parameters.find(|(name, _)| name == "after") {
        Some((_, number)) => number
            .parse()
            .map_err(|_| invalid("`after` is the number of a request"))?,
        None => 0,
    };
    let (requests, last) = emulation.requests.after(after);
    Ok(Json(Requests { requests, last }))
}

/// `DELETE /emulator/requests`
async fn clear_requests(
    Extension(emulation): Extension<Arc<Emulation>>,
) -> Result<StatusCode, ApiError> {
    emulation.requests.clear();
    Ok(StatusCode::NO_CONTENT)
}

fn invalid(problem: impl ToString) -> ApiError {
    ApiError::new(ErrorCode::InvalidInput, problem.to_string())
}

fn failed(cause: anyhow::Error) -> ApiError {
    ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause)
}

/// A JSON body, with any content type.
struct Json<T>(T);

/// A JSON body. An empty body counts as an empty object.
struct JsonOrNothing<T>(T);

impl<T: DeserializeOwned> FromRequest<Arc<AppState>> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, ApiError> {
        read(&body(request, app).await?).map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<AppState>> for JsonOrNothing<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, ApiError> {
        let body = body(request, app).await?;
        read(if body.is_empty() { b"{}" } else { &body }).map(Self)
    }
}

async fn body(request: Request, app: &Arc<AppState>) -> Result<Bytes, ApiError> {
    let body = Bytes::from_request(request, app).await;
    body.map_err(|err: BytesRejection| {
        ApiError::new(ErrorCode::InvalidInput, err.body_text()).with_status(err.status())
    })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    if body.is_empty() {
        return Err(invalid(
            "there is no body: send a JSON object; docs/emulator.md has one for each control",
        ));
    }
    let value = serde_json::from_slice(body);
    value.map_err(|err| invalid(format!("the body cannot be used: {err}")))
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, JSON)], Body::from(wire::encode(&self.0))).into_response()
    }
}
