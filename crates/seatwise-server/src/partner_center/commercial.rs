//! The rows of all customers: `/v1/analytics/commercial/{usage|deployment}/license`.

use std::fmt;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use seatwise_store::{Kind, Moment, Snapshot, SnapshotRow};
use seatwise_types::query::{CommercialField, CommercialKind, Filter, GroupBy, Skip, Top};
use seatwise_types::{
    CommercialPage, ErrorCode, LicensesDeploymentRow, LicensesUsageRow, ProcessedDateTime, wire,
};
use serde::Serialize;

use crate::plumbing::answer::respond_made;
use crate::plumbing::error::ApiError;
use crate::plumbing::list::List;
use crate::plumbing::parameters::Parameters;
use crate::sign_in::Caller;
use crate::state::AppState;

/// Seatwise's parameter in links to further pages: the version of the table that the first page is
/// from.
const TABLE_VERSION: &str = "tableVersion";

/// `GET /v1/analytics/commercial/usage/license`
pub(crate) async fn usage(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let documented = app.wire.documented_fields;
    let row = move |fact: SnapshotRow<'_>| UsageRow {
        license_active: documented.then_some(fact.part()),
        row: usage_row(fact),
    };
    answer(&app, caller, CommercialKind::Usage, &uri, &headers, row).await
}

/// `GET /v1/analytics/commercial/deployment/license`
pub(crate) async fn deployment(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(
        &app,
        caller,
        CommercialKind::Deployment,
        &uri,
        &headers,
        deployment_row,
    )
    .await
}

/// One page of rows, serialized in the form that `row` makes.
async fn answer<T: Serialize>(
    app: &AppState,
    caller: Caller,
    kind: CommercialKind,
    uri: &Uri,
    headers: &HeaderMap,
    row: impl Fn(SnapshotRow<'_>) -> T + Send + 'static,
) -> Result<Response, ApiError> {
    let question = Question::parse(uri, kind)?;
    let (moment, version) = (question.moment, question.version);
    let kind = match kind {
        CommercialKind::Usage => Kind::Usage,
        CommercialKind::Deployment => Kind::Deployment,
    };
    let snapshots = &app.snapshots;
    let snapshot = snapshots.at(caller.partner, kind, moment, version).await?;
    // A page needs no work. Grouping needs a turn, and about as much memory as the rows.
    let (_turn, memory) = if question.group_by.is_empty() {
        (None, None)
    } else {
        let turn = app.questions.turn(caller.partner).await?;
        (Some(turn), Some(app.snapshots.reserve(snapshot.bytes())?))
    };
    let body = move || {
        let _memory = memory;
        question.page(&snapshot, row)
    };
    respond_made(&app.snapshots, headers, body).await
}

/// The query parameters.
struct Question {
    filter: Option<Filter>,
    group_by: GroupBy,
    top: Top,
    skip: Skip,
    moment: Moment,
    /// The table version of the first page; `None` on the first page itself.
    version: Option<u64>,
    list: List,
}

impl Question {
    fn parse(uri: &Uri, kind: CommercialKind) -> Result<Self, ApiError> {
        let query = Parameters::parse(uri.query().unwrap_or_default())?;
        let top = query.get("top").map(str::parse).transpose();
        let skip = query.get("skip").map(str::parse).transpose();
        let filter = query.get("filter").map(|text| Filter::parse(text, kind));
        let group_by = query.get("groupby").map(|text| GroupBy::parse(text, kind));
        let date = query.get_instant("processedDateTime");
        let date: Option<Result<ProcessedDateTime, _>> = date.map(|text| text.parse());
        let version = query.get(TABLE_VERSION).map(|text| {
            let reason = "the version of a table is expected, as the link has it";
            text.parse().map_err(|_| reason)
        });
        let (input, property) = (ErrorCode::InvalidInput, ErrorCode::InvalidProperty);
        Ok(Self {
            top: top.map_err(invalid(input, "top"))?.unwrap_or_default(),
            skip: skip.map_err(invalid(input, "skip"))?.unwrap_or_default(),
            filter: filter.transpose().map_err(invalid(property, "filter"))?,
            group_by: group_by
                .transpose()
                .map_err(invalid(property, "groupby"))?
                .unwrap_or_default(),
            // A delivery counts for its day, at any time of day.
            moment: date
                .transpose()
                .map_err(invalid(property, "processedDateTime"))?
                .map_or(Moment::NEWEST, |date| Moment::Day(date.day())),
            version: version
                .transpose()
                .map_err(invalid(property, TABLE_VERSION))?,
            list: List::of(uri, &query, &["top", "skip", TABLE_VERSION]),
        })
    }

    /// The serialized page, without a byte-order mark: no evidence shows one on these endpoints.
    fn page<T: Serialize>(
        &self,
        snapshot: &Snapshot,
        row: impl Fn(SnapshotRow<'_>) -> T,
    ) -> Vec<u8> {
        let selected = snapshot.select(self.filter.as_ref(), &self.group_by);
        let (skip, top) = (self.skip.get() as usize, self.top.get() as usize);
        let end = skip.saturating_add(top);
        let version = snapshot.version().unwrap_or_default();
        wire::encode(&CommercialPage {
            value: selected.page(skip, top).into_iter().map(row).collect(),
            next_link: (end < selected.len()).then(|| self.next_link(end, version)),
            total_count: Some(selected.len() as u64),
        })
    }

    fn next_link(&self, skip: usize, version: u64) -> String {
        self.list.page([
            ("top", self.top.to_string()),
            ("skip", skip.to_string()),
            (TABLE_VERSION, version.to_string()),
        ])
    }
}

/// The error for an invalid parameter.
fn invalid<E: fmt::Display>(code: ErrorCode, name: &'static str) -> impl FnOnce(E) -> ApiError {
    move |err| ApiError::new(code, format!("{name}: {err}"))
}

/// A usage row, which can also have the active seats under the name in the documented sample.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsageRow {
    #[serde(flatten)]
    pub(crate) row: LicensesUsageRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) license_active: Option<u64>,
}

fn usage_row(fact: SnapshotRow<'_>) -> LicensesUsageRow {
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

fn deployment_row(fact: SnapshotRow<'_>) -> LicensesDeploymentRow {
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
