//! Figures over time: `/seatwise/v1/history`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_store::{HistoryQuestion, Kind, KnownAt, Line, LineOf};
use seatwise_types::extensions::{
    By, History, HistoryPoint, HistorySeries, Metric, Selection, Step,
};

use super::question;
use crate::axes;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::Parameters;
use crate::sign_in::Caller;
use crate::state::AppState;

/// `GET /seatwise/v1/history`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = Parameters::parse(query.as_deref().unwrap_or_default())?;
    let asked = Asked::parse(&query)?;
    let known_at = axes::known_at(&app, caller.partner, &query).await?;
    let question = asked.question(known_at);
    let _turn = app.questions.turn(caller.partner).await?;
    let found = app.store.history(caller.partner, &question).await;
    let found = found.map_err(|err| question::unanswered(&app, err))?;
    let points: usize = found.value.lines.iter().map(|it| it.points.len()).sum();
    let memory = app.snapshots.reserve(points * POINT_BYTES)?;
    let answer = move || {
        let _memory = (memory, found.memory);
        asked.answer(found.value, found.recorded_at)
    };
    question::respond(&app, &headers, answer).await
}

/// What is asked for.
struct Asked {
    metric: Metric,
    by: By,
    from: Date,
    to: Date,
    step: Step,
    selection: Selection,
}

impl Asked {
    fn parse(query: &Parameters<'_>) -> Result<Self, ApiError> {
        let metric = question::metric(query)?;
        let by = question::word(query, "by", By::Partner)?;
        let (from, to) = question::span(query)?;
        Ok(Self {
            metric,
            by,
            from,
            to,
            step: question::word(query, "step", Step::Day)?,
            selection: question::selection(query, metric)?,
        })
    }

    fn question(&self, known_at: Option<KnownAt>) -> HistoryQuestion {
        HistoryQuestion {
            kind: Kind::from(self.metric),
            by: self.by,
            selection: self.selection.clone(),
            from: self.from,
            to: self.to,
            step: self.step,
            known_at,
        }
    }

    fn answer(self, found: seatwise_store::History, known_at: Option<Timestamp>) -> History {
        let lines = found.lines.into_iter();
        History {
            metric: self.metric,
            by: self.by,
            step: self.step,
            from: self.from,
            to: self.to,
            known_at,
            series: lines.map(|line| series(line, &found.dates)).collect(),
        }
    }
}

/// An estimate of the memory per point while the response is made, in bytes.
const POINT_BYTES: usize = size_of::<HistoryPoint>() + 256;

fn series(line: Line, dates: &[Date]) -> HistorySeries {
    let points = dates.iter().zip(&line.points).map(|(date, point)| {
        let figure = point.as_ref().ok();
        HistoryPoint {
            date: *date,
            numerator: figure.map(|it| it.part),
            denominator: figure.map(|it| it.whole),
            percent: figure.map(seatwise_store::Point::percent),
            processed_date_time: figure.map(|it| it.processed),
            gap: point.err(),
        }
    });
    let points = points.collect();
    let mut series = HistorySeries {
        service_code: line.service_code.into(),
        channel: line.channel.into(),
        customer_id: None,
        customer_name: None,
        workload_code: None,
        workload_name: None,
        product_id: None,
        product_name: None,
        points,
    };
    match line.of {
        LineOf::Partner => {}
        LineOf::Customer(id, name) => {
            series.customer_id = Some(id);
            series.customer_name = Some(name);
        }
        LineOf::Workload(name, code) => {
            series.workload_code = code;
            series.workload_name = Some(name);
        }
        LineOf::Product(name, id) => {
            series.product_id = id;
            series.product_name = Some(name);
        }
    }
    series
}
