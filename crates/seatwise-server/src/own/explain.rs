//! Why a figure is what it is: `/seatwise/v1/explain`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use seatwise_store::{Kind, Moment};
use seatwise_types::ErrorCode;
use seatwise_types::own::{Explanation, Page};

use super::page::Paging;
use super::question::{self, required};
use crate::AppState;
use crate::axes;
use crate::error::ApiError;
use crate::parameters::Parameters;
use crate::sign_in::Caller;

/// `GET /seatwise/v1/explain`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    let metric = question::metric(&query)?;
    let selection = question::selection(&query, metric)?;
    required(
        selection.service.as_ref(),
        "service",
        "a code such as `o365`",
    )?;
    required(
        selection.channel.as_ref(),
        "channel",
        "a channel such as `reseller`",
    )?;
    let paging = Paging::parse(&query, &uri)?;
    let axes = axes::read(&app, partner, &query).await?;
    let kind = Kind::from(metric);
    let moment = Moment::At(axes);
    let snapshot = app.snapshots.at(partner, kind, moment, None).await?;
    // Further pages are those of the same answer, whatever is recorded meanwhile.
    let known_at = axes::wire(&axes).known_at.or(snapshot.recorded_at());
    let _turn = app.questions.turn(partner).await?;
    let told = app
        .store
        .explain(partner, kind, axes, snapshot, selection.clone())
        .await;
    let told = told.map_err(|err| question::unanswered(&app, err))?;
    let (told, memory) = told.ok_or_else(|| {
        ApiError::new(
            ErrorCode::NotFound,
            "nothing was delivered of this service, channel and customer",
        )
    })?;
    let most = told.deliveries.len().max(told.rows.len());
    let most = most.max(told.left_out.len());
    let has_rows = told.processed.is_some();
    let answer = move || Explanation {
        metric,
        exact_percent: told.exact_percent().filter(|_| has_rows),
        percent: told.percent(),
        service_code: told.service_code.into(),
        channel: told.channel.into(),
        workload: selection.workload,
        customer_id: selection.customer,
        product: selection.product,
        as_of: axes.as_of,
        known_at,
        table_version: told.version,
        numerator: has_rows.then_some(told.part),
        denominator: has_rows.then_some(told.whole),
        processed_date_time: told.processed,
        reasons: told.reasons,
        deliveries: Page::of(told.deliveries, paging.skip(), paging.top()),
        rows: Page::of(told.rows, paging.skip(), paging.top()),
        left_out: Page::of(told.left_out, paging.skip(), paging.top()),
        next_link: paging.next_link(most, known_at),
    };
    let response = question::respond(&app, &headers, answer).await;
    drop(memory);
    response
}
