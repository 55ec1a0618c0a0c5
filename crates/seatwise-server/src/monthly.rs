//! Figures of whole months: `GET /seatwise/v1/monthly`.

use std::sync::Arc;

use anyhow::anyhow;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use seatwise_store::{Fact, Kind, Month};
use seatwise_types::query::CommercialField;
use seatwise_types::{ErrorCode, wire};
use serde::Serialize;

use crate::AppState;
use crate::answer::respond_once;
use crate::error::ApiError;
use crate::parameters::Parameters;
use crate::sign_in::Caller;

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MonthlyFigures {
    pub(crate) metric: &'static str,
    /// What tells these figures from those of 28 days.
    pub(crate) window: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) month: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) processed_date: Option<String>,
    pub(crate) items: Vec<MonthlyFigure>,
}

/// One workload or product, over all customers.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MonthlyFigure {
    pub(crate) service_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workload_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) product_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) product_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) licenses_active: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) licenses_qualified: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) usage_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) licenses_deployed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) licenses_sold: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deployment_percent: Option<f64>,
}

/// `GET /seatwise/v1/monthly`
pub(crate) async fn figures(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    let invalid = |description: String| ApiError::new(ErrorCode::InvalidProperty, description);
    let kinds = [Kind::Usage, Kind::Deployment];
    let metric = query.get("metric").unwrap_or_default();
    let kind = kinds
        .into_iter()
        .find(|kind| kind.as_str().eq_ignore_ascii_case(metric))
        .ok_or_else(|| invalid("metric: `usage` or `deployment` is expected".to_owned()))?;
    let month = query.get("month").map(str::parse::<Month>).transpose();
    let month = month.map_err(|err| invalid(format!("month: {err}")))?;

    let monthly = app.imports.store.monthly(caller.partner, kind, month).await;
    let monthly = monthly.map_err(|err| {
        let cause = anyhow!(err).context("cannot read the figures of a month");
        ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause)
    })?;
    let items = monthly.figures();
    let answer = MonthlyFigures {
        metric: kind.as_str(),
        window: "month",
        month: monthly.month.map(|month| month.to_string()),
        processed_date: monthly.month.map(|month| month.last_day().to_string()),
        items: items
            .page(0, items.len())
            .map(|fact| figure(kind, fact))
            .collect(),
    };
    Ok(respond_once(wire::encode(&answer), &headers))
}

fn figure(kind: Kind, fact: Fact<'_>) -> MonthlyFigure {
    let text = |field| fact.field(field).map(String::from);
    let figure = MonthlyFigure {
        service_code: text(CommercialField::ServiceCode).unwrap_or_default(),
        service_name: text(CommercialField::ServiceName),
        workload_name: text(CommercialField::WorkloadName),
        product_id: text(CommercialField::ProductId),
        product_name: text(CommercialField::ProductName),
        ..MonthlyFigure::default()
    };
    let (part, whole) = (Some(fact.part()), Some(fact.whole()));
    let percent = Some(fact.percent());
    if kind == Kind::Usage {
        MonthlyFigure {
            licenses_active: part,
            licenses_qualified: whole,
            usage_percent: percent,
            ..figure
        }
    } else {
        MonthlyFigure {
            licenses_deployed: part,
            licenses_sold: whole,
            deployment_percent: percent,
            ..figure
        }
    }
}
