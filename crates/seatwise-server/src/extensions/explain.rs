//! The rows and deliveries behind a figure: `/seatwise/v1/explain`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use seatwise_store::{ExplainQuestion, Kind, Moment};
use seatwise_types::ErrorCode;
use seatwise_types::extensions::{Explanation, Page};

use super::page::Paging;
use super::question::{self, required};
use crate::AppState;
use crate::axes;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::Parameters;
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
    // Further pages must be of the same answer, whatever is recorded meanwhile.
    let known_at = axes::wire(&axes).known_at.or(snapshot.recorded_at());
    let _turn = app.questions.turn(partner).await?;
    let question = ExplainQuestion {
        kind,
        axes,
        selection,
        page: paging.range(),
    };
    let explained = app.store.explain(partner, &question, snapshot).await;
    let explained = explained.map_err(|err| question::unanswered(&app, err))?;
    let explained = explained.ok_or_else(|| {
        ApiError::new(
            ErrorCode::NotFound,
            "nothing was delivered of this service, channel and customer",
        )
    })?;
    let (explained, memory, selection) = (explained.value, explained.memory, question.selection);
    let most = explained
        .deliveries
        .total_count
        .max(explained.rows.total_count);
    let most = explained.left_out.len().max(most as usize);
    let has_rows = explained.processed.is_some();
    let answer = move || Explanation {
        metric,
        exact_percent: explained.exact_percent().filter(|_| has_rows),
        percent: explained.percent(),
        service_code: explained.service_code.into(),
        channel: explained.channel.into(),
        workload: selection.workload,
        customer_id: selection.customer,
        product: selection.product,
        as_of: axes.as_of,
        known_at,
        table_version: explained.version,
        numerator: has_rows.then_some(explained.part),
        denominator: has_rows.then_some(explained.whole),
        processed_date_time: explained.processed,
        reasons: explained.reasons,
        deliveries: explained.deliveries,
        rows: explained.rows,
        left_out: Page::of(explained.left_out, paging.skip(), paging.top()),
        next_link: paging.next_link(most, known_at),
    };
    let response = question::respond(&app, &headers, answer).await;
    drop(memory);
    response
}
