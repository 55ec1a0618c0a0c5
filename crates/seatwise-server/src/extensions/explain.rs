//! The rows and deliveries behind a figure: `/seatwise/v1/explain`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_store::{Answer, Axes, ExplainQuestion, Explanation as Explained, Kind, Moment};
use seatwise_types::ErrorCode;
use seatwise_types::extensions::{Explanation, Metric, Page, Selection};

use super::page::Paging;
use super::question::{self, required};
use crate::axes;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::Parameters;
use crate::sign_in::Caller;
use crate::state::AppState;

/// `GET /seatwise/v1/explain`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    let asked = Asked::parse(&query, &uri)?;
    let axes = axes::read(&app, partner, &query).await?;
    let question = asked.question(axes);
    let moment = Moment::At(axes);
    let snapshot = app
        .snapshots
        .at(partner, question.kind, moment, None)
        .await?;
    // Further pages must be of the same answer, whatever is recorded meanwhile.
    let known_at = axes::wire(&axes).known_at.or(snapshot.recorded_at());
    let _turn = app.questions.turn(partner).await?;
    let explained = app.store.explain(partner, &question, snapshot).await;
    let explained = explained.map_err(|err| question::unanswered(&app, err))?;
    let Answer { value, memory, .. } = explained.ok_or_else(nothing)?;
    let answer = move || asked.answer(value, axes.as_of, known_at);
    let response = question::respond(&app, &headers, answer).await;
    drop(memory);
    response
}

fn nothing() -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        "nothing was delivered of this service, channel and customer",
    )
}

/// What is asked for.
struct Asked {
    metric: Metric,
    selection: Selection,
    paging: Paging,
}

impl Asked {
    fn parse(query: &Parameters<'_>, uri: &Uri) -> Result<Self, ApiError> {
        let metric = question::metric(query)?;
        let selection = question::selection(query, metric)?;
        let (service, channel) = (&selection.service, &selection.channel);
        required(service.as_ref(), "service", "a code such as `o365`")?;
        required(channel.as_ref(), "channel", "a channel such as `reseller`")?;
        Ok(Self {
            metric,
            selection,
            paging: Paging::parse(query, uri)?,
        })
    }

    fn question(&self, axes: Axes) -> ExplainQuestion {
        ExplainQuestion {
            kind: Kind::from(self.metric),
            axes,
            selection: self.selection.clone(),
            page: self.paging.range(),
        }
    }

    fn answer(
        self,
        explained: Explained,
        as_of: Option<Date>,
        known_at: Option<Timestamp>,
    ) -> Explanation {
        let Self {
            metric,
            selection,
            paging,
        } = self;
        let (deliveries, rows) = (&explained.deliveries, &explained.rows);
        let most = deliveries.total_count.max(rows.total_count);
        let most = explained.left_out.len().max(most as usize);
        let has_rows = explained.processed.is_some();
        Explanation {
            metric,
            exact_percent: explained.exact_percent().filter(|_| has_rows),
            percent: explained.percent(),
            service_code: explained.service_code.into(),
            channel: explained.channel.into(),
            workload: selection.workload,
            customer_id: selection.customer,
            product: selection.product,
            as_of,
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
        }
    }
}
