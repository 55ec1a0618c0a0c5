//! The rows of all customers: `/v1/analytics/commercial/{usage|deployment}/license`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use seatwise_store::{Fact, Facts, Kind, Moment};
use seatwise_types::query::{CommercialField, CommercialKind, Filter, GroupBy, Skip, Top};
use seatwise_types::{
    CommercialPage, ErrorCode, LicensesDeploymentRow, LicensesUsageRow, ProcessedDateTime, wire,
};
use serde::Serialize;
use tokio::task::spawn_blocking;
use url::form_urlencoded;

use crate::AppState;
use crate::answer::respond_once;
use crate::error::ApiError;
use crate::parameters::Parameters;
use crate::sign_in::Caller;

/// The parameter of our own in the links to further pages: the version of the table that the first
/// page was made from.
const TABLE_VERSION: &str = "tableVersion";

/// `GET /v1/analytics/commercial/usage/license`
pub(crate) async fn usage(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = query.unwrap_or_default();
    let question = Question::parse(&query, CommercialKind::Usage)?;
    let facts = question.facts(&app, caller, Kind::Usage).await?;
    let documented = app.wire.documented_fields;
    let path = uri.path().to_owned();
    let body = in_background(move || {
        question.page(&facts, &query, &path, |fact| UsageRow {
            license_active: documented.then_some(fact.part()),
            row: usage_row(fact),
        })
    });
    Ok(respond_once(body.await?, &headers))
}

/// `GET /v1/analytics/commercial/deployment/license`
pub(crate) async fn deployment(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = query.unwrap_or_default();
    let question = Question::parse(&query, CommercialKind::Deployment)?;
    let facts = question.facts(&app, caller, Kind::Deployment).await?;
    let path = uri.path().to_owned();
    let body = in_background(move || question.page(&facts, &query, &path, deployment_row));
    Ok(respond_once(body.await?, &headers))
}

/// Ten thousand rows take some milliseconds, in which other requests are to be answered.
async fn in_background(
    work: impl FnOnce() -> Result<Vec<u8>, ApiError> + Send + 'static,
) -> Result<Vec<u8>, ApiError> {
    spawn_blocking(work).await.unwrap_or_else(|err| {
        let cause = anyhow::Error::from(err).context("a page was not finished");
        Err(ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause))
    })
}

/// What the parameters ask for.
struct Question {
    filter: Option<Filter>,
    group_by: GroupBy,
    top: Top,
    skip: Skip,
    moment: Moment,
    /// Of the first page, if this is a further one.
    version: Option<u64>,
}

impl Question {
    fn parse(query: &str, kind: CommercialKind) -> Result<Self, ApiError> {
        let query = Parameters::parse(query)?;
        let invalid = |code, name: &'static str| {
            move |err: &dyn std::fmt::Display| ApiError::new(code, format!("{name}: {err}"))
        };
        let count = |name| invalid(ErrorCode::InvalidInput, name);
        let property = |name| invalid(ErrorCode::InvalidProperty, name);
        let top = query.get("top").map(str::parse).transpose();
        let skip = query.get("skip").map(str::parse).transpose();
        let filter = query.get("filter").map(|text| Filter::parse(text, kind));
        let group_by = query.get("groupby").map(|text| GroupBy::parse(text, kind));
        let date = query.get("processedDateTime").map(str::parse).transpose();
        let version = query.get(TABLE_VERSION).map(str::parse).transpose();
        Ok(Self {
            top: top.map_err(|err| count("top")(&err))?.unwrap_or_default(),
            skip: skip.map_err(|err| count("skip")(&err))?.unwrap_or_default(),
            filter: filter.transpose().map_err(|err| property("filter")(&err))?,
            group_by: group_by
                .transpose()
                .map_err(|err| property("groupby")(&err))?
                .unwrap_or_default(),
            moment: date
                .map_err(|err| property("processedDateTime")(&err))?
                .map_or(Moment::Newest, day_of),
            version: version.map_err(|_| {
                let reason = "the version of a table is expected, as the link has it";
                property(TABLE_VERSION)(&reason)
            })?,
        })
    }

    async fn facts(
        &self,
        app: &AppState,
        caller: Caller,
        kind: Kind,
    ) -> Result<Arc<Facts>, ApiError> {
        app.facts
            .at(caller.partner, kind, self.moment, self.version)
            .await
    }

    /// The page, written down. It has no byte-order mark: no evidence shows one on these endpoints.
    fn page<T: Serialize>(
        &self,
        facts: &Facts,
        query: &str,
        path: &str,
        row: impl Fn(Fact<'_>) -> T,
    ) -> Result<Vec<u8>, ApiError> {
        let selected = facts.select(self.filter.as_ref(), &self.group_by);
        let (skip, top) = (self.skip.get() as usize, self.top.get() as usize);
        let end = skip.saturating_add(top);
        let version = facts.version().unwrap_or_default();
        let next_link = (end < selected.len()).then(|| self.next_link(query, path, end, version));
        let page = CommercialPage {
            value: selected.page(skip, top).map(row).collect(),
            next_link: next_link.transpose()?,
            total_count: Some(selected.len() as u64),
        };
        Ok(wire::encode(&page))
    }

    fn next_link(
        &self,
        query: &str,
        path: &str,
        skip: usize,
        version: u64,
    ) -> Result<String, ApiError> {
        let asked = Parameters::parse(query)?;
        let next = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(asked.without(&["top", "skip", TABLE_VERSION]))
            .append_pair("top", &self.top.to_string())
            .append_pair("skip", &skip.to_string())
            .append_pair(TABLE_VERSION, &version.to_string())
            .finish();
        Ok(format!("{path}?{next}"))
    }
}

/// All deliveries of a day have that day's processed date, at whatever time of it.
fn day_of(date: ProcessedDateTime) -> Moment {
    Moment::Day(date.day())
}

/// A usage row, with the active seats also as the documented sample spells them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsageRow {
    #[serde(flatten)]
    pub(crate) row: LicensesUsageRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) license_active: Option<u64>,
}

fn usage_row(fact: Fact<'_>) -> LicensesUsageRow {
    let text = |field| fact.field(field).map(String::from);
    LicensesUsageRow {
        processed_date_time: fact.processed(),
        workload_code: text(CommercialField::WorkloadCode),
        workload_name: text(CommercialField::WorkloadName),
        service_code: text(CommercialField::ServiceCode).map(Into::into),
        service_name: text(CommercialField::ServiceName),
        channel: text(CommercialField::Channel).map(Into::into),
        customer_tenant_id: fact.customer(),
        customer_name: text(CommercialField::CustomerName),
        product_id: text(CommercialField::ProductId),
        product_name: text(CommercialField::ProductName),
        licenses_active: Some(fact.part()),
        licenses_qualified: Some(fact.whole()),
    }
}

fn deployment_row(fact: Fact<'_>) -> LicensesDeploymentRow {
    let text = |field| fact.field(field).map(String::from);
    LicensesDeploymentRow {
        processed_date_time: fact.processed(),
        service_code: text(CommercialField::ServiceCode).map(Into::into),
        service_name: text(CommercialField::ServiceName),
        channel: text(CommercialField::Channel).map(Into::into),
        customer_tenant_id: fact.customer(),
        customer_name: text(CommercialField::CustomerName),
        product_id: text(CommercialField::ProductId),
        product_name: text(CommercialField::ProductName),
        licenses_deployed: Some(fact.part()),
        licenses_sold: Some(fact.whole()),
    }
}
