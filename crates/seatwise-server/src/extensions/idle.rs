//! Idle seats and their price: `/seatwise/v1/idle`.

use std::sync::Arc;

use anyhow::anyhow;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use seatwise_store::{
    Axes, IdleInputs, IdleQuestion, IdleRules, IdleRulesError, Kind, Moment, idle,
};
use seatwise_types::PartnerId;
use seatwise_types::extensions::{self, Idle, IdleShow, IdleSort, Metric};

use super::page::Paging;
use super::question;
use crate::axes;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::Parameters;
use crate::sign_in::Caller;
use crate::state::AppState;

/// `GET /seatwise/v1/idle`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    let asked = Asked::parse(&app, &query, &uri)?;
    let axes = axes::read(&app, partner, &query).await?;
    let (facts, rules, axes) = Box::pin(read(&app, partner, axes, asked.with_prices)).await?;
    let _turn = app.questions.turn(partner).await?;
    // The answer needs less memory than the rows.
    let memory = app.snapshots.reserve(facts.bytes())?;
    let answer = move || {
        let _memory = memory;
        asked.answer(&facts, &rules, &axes)
    };
    question::respond(&app, &headers, answer).await
}

/// What is asked for.
struct Asked {
    sort: IdleSort,
    show: IdleShow,
    with_prices: bool,
    question: IdleQuestion,
    paging: Paging,
}

impl Asked {
    fn parse(app: &AppState, query: &Parameters<'_>, uri: &Uri) -> Result<Self, ApiError> {
        let sort = question::word(query, "sort", IdleSort::Idle)?;
        let show = question::word(query, "show", IdleShow::Idle)?;
        let with_prices = question::word(query, "worth", true)?;
        let selection = question::selection(query, Metric::Usage)?;
        let paging = Paging::parse(query, uri)?;
        let page = paging.skip()..paging.skip().saturating_add(paging.top());
        let question = IdleQuestion::new(selection, sort, show, page);
        Ok(Self {
            sort,
            show,
            with_prices,
            question: question.map_err(|err| question::unanswered(app, err))?,
            paging,
        })
    }

    fn answer(self, facts: &IdleInputs, rules: &IdleRules, axes: &Axes) -> Idle {
        let found = idle(facts, rules, &self.question);
        let known_at = axes::wire(axes).known_at;
        let most = found.rows.total_count.max(found.products.total_count);
        Idle {
            as_of: axes.as_of,
            known_at,
            sort: self.sort,
            show: self.show,
            totals: found.totals,
            worth: found.worth,
            coverage: found.coverage,
            prices: rules.prices(),
            policy: rules.policy(),
            warnings: found.warnings,
            products: found.products,
            rows: found.rows,
            next_link: self.paging.next_link(most as usize, known_at),
        }
    }
}

/// Reads rows, prices and policy at a point on the time axes, and returns the settled point, which
/// further pages use too.
pub(crate) async fn read(
    app: &AppState,
    partner: PartnerId,
    mut axes: Axes,
    with_prices: bool,
) -> Result<(IdleInputs, IdleRules, Axes), ApiError> {
    let rules = async |axes: Axes| {
        let rules = app
            .store
            .idle_rules(partner, axes.known_at, with_prices)
            .await;
        rules.map_err(|err| unknown(app, err))
    };
    let rows = async |kind, axes| {
        let moment = Moment::At(axes);
        app.snapshots.at(partner, kind, moment, None).await
    };
    let mut in_force = rules(axes).await?;
    let mut deployment = rows(Kind::Deployment, axes).await?;
    let mut usage = rows(Kind::Usage, axes).await?;
    let newest = deployment.recorded_at().max(usage.recorded_at());
    let newest = newest.max(in_force.recorded_at());
    if let (None, Some(newest)) = (axes.known_at, newest) {
        let known_at = axes::settle(app, partner, extensions::Axes::KNOWN_AT, newest).await?;
        axes.known_at = Some(known_at);
        in_force = rules(axes).await?;
        deployment = rows(Kind::Deployment, axes).await?;
        usage = rows(Kind::Usage, axes).await?;
    }
    let before = match in_force.new_since(&deployment) {
        None => None,
        Some(day) => {
            let as_of = Some(day);
            let before = rows(Kind::Deployment, Axes { as_of, ..axes }).await?;
            Some((day, before))
        }
    };
    let facts = IdleInputs {
        deployment,
        usage,
        before,
    };
    Ok((facts, in_force, axes))
}

/// The error if prices or policy cannot be read: figures without them would be wrong.
fn unknown(app: &AppState, err: IdleRulesError) -> ApiError {
    if let IdleRulesError::Store(err) = err {
        return question::unreadable(app, err);
    }
    let hint = err.hint().unwrap_or_default();
    let description = format!("{err}, so idle seats are not worked out: {hint}");
    let cause = anyhow!(err).context("cannot read prices and policy of idle seats");
    ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause).with_description(description)
}
