//! The page of one customer: its products and workloads, their history, and restatements. It is made to be
//! printed.

mod measures;
mod tables;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::future::try_join;
use http::{HeaderMap, Uri};
use jiff::ToSpan as _;
use seatwise_server::Unanswered;
use seatwise_store::{IdleQuestion, Kind, Line as HistoryLine, Snapshot, SnapshotRow};
use seatwise_types::extensions::{By, IdleShow, IdleSort, Metric, Selection};
use seatwise_types::query::CommercialField;
use seatwise_types::{Channel, CustomerId, ServiceCode};

use self::measures::{Measure, late_seats, late_services, measure};
use self::tables::{products, workloads};
use super::history::{self, Chart, Of};
use super::{changes, customer_names, guests};
use crate::Web;
use crate::error::PageError;
use crate::model::lines::Line;
use crate::model::{Idle, risk};
use crate::session::Looker;
use crate::table::Table;
use crate::view::{Page, Shell, View};
use crate::words;

/// `GET /customers/{id}`
pub(crate) async fn get(
    State(web): State<Arc<Web>>,
    looker: Looker,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let unknown = || Unanswered::not_found("no customer with this id is known as of this day");
    let id: Option<CustomerId> = id.parse().ok();
    let visitor = looker.at(id)?;
    let (view, asked) = View::open(&web, visitor, &uri, headers).await?;
    asked.finish()?;
    let id = id.ok_or_else(unknown)?;
    let lines = view.model.lines(Selection::default()).await?;
    let line = lines.get(id).ok_or_else(unknown)?.clone();
    let usage = view
        .model
        .reading
        .snapshot(Kind::Usage, view.model.axes)
        .await?;
    let deployment = view
        .model
        .reading
        .snapshot(Kind::Deployment, view.model.axes)
        .await?;
    let selection = Selection {
        customer: Some(id),
        ..Selection::default()
    };
    let (charts, restated) =
        try_join(charts(&view, &selection), restated(&view, &selection)).await?;
    let names = customer_names::read(&view, id).await?;
    let idle = idle(&view, selection).await?;
    let page = CustomerPage {
        shell: view.shell(&*line.name, "Customers"),
        name: line.name.to_string(),
        id: id.to_string(),
        guests: guests::link(&view, id),
        day: line.newest.map(words::day),
        measures: vec![
            measure(
                ["seats sold", "are deployed"],
                &line.deployment,
                late_seats(&deployment, id),
            ),
            measure(
                ["qualified seats", "are active, over all workloads"],
                &line.usage,
                late_seats(&usage, id),
            ),
        ],
        facts: facts(&line, &usage, &deployment),
        products: products(&view, id, &deployment, idle.as_ref().map(|it| &it.0)),
        workloads: workloads(&view, id, &usage),
        charts,
        restated,
        names,
    };
    view.respond(page).await
}

/// What needs attention about a customer, as sentences without their full stops.
fn facts(line: &Line, usage: &Snapshot, deployment: &Snapshot) -> Vec<String> {
    let late: Vec<String> = [(Metric::Usage, usage), (Metric::Deployment, deployment)]
        .into_iter()
        .flat_map(|(metric, it)| late_services(metric, it, line.id))
        .collect();
    let mut facts = Vec::new();
    if !late.is_empty() {
        facts.push(format!(
            "Late: {}. Late deliveries do not count in figures of all customers; the tables below show them",
            late.join("; ")
        ));
    }
    let late_or_new = super::customers::late_or_new(line).filter(|_| late.is_empty());
    let reasons = late_or_new.into_iter().chain(risk::reasons(line));
    facts.extend(reasons.map(|reason| words::capitalized(&reason)));
    facts
}

/// The histories of use and deployment over a year. Each chart shows the service and channel with the most
/// seats.
async fn charts(view: &View, selection: &Selection) -> Result<Vec<(String, Chart)>, Unanswered> {
    let of = |metric, name, what: &str| Of {
        metric,
        by: By::Partner,
        selection: selection.clone(),
        name,
        title: what.to_owned(),
    };
    let of_both = [
        of(
            Metric::Usage,
            "use-history",
            "Active seats in percent of qualified seats of all workloads",
        ),
        of(
            Metric::Deployment,
            "deployment-history",
            "Deployed seats in percent of seats sold",
        ),
    ];
    let [usage, deployment] = of_both.each_ref().map(|of| history::read(view, of));
    let histories = <[_; 2]>::from(try_join(usage, deployment).await?);
    let mut charts = Vec::new();
    for (of, history) in of_both.into_iter().zip(histories) {
        let Some(history) = history else {
            continue;
        };
        // The service and channel with the most seats among those that count.
        let seats = |line: &&HistoryLine| history::newest(line).map_or(0, |point| point.whole);
        if let Some(line) = history.lines.iter().max_by_key(seats) {
            let feed = feed(&line.service_code, &line.channel);
            let title = format!("{}, {feed}", of.title);
            let of = Of { title, ..of };
            let chart = history::chart(view, &of, &history.dates, line);
            charts.push((of.title, chart));
        }
    }
    Ok(charts)
}

async fn restated(view: &View, selection: &Selection) -> Result<Table, Unanswered> {
    let Some(newest) = view.standing.newest else {
        return Ok(changes::restatements(view, &[]));
    };
    let from = newest.saturating_sub(1.year());
    let of = |metric| changes::restated(view, metric, from, newest, selection);
    let (usage, deployment) = try_join(of(Metric::Usage), of(Metric::Deployment)).await?;
    let units = [(Metric::Usage, usage), (Metric::Deployment, deployment)];
    Ok(changes::restatements(view, &units))
}

/// The idle seats of a customer, by service, channel and product; `None` if they are unknown.
async fn idle(view: &View, selection: Selection) -> Result<Option<Arc<Idle>>, Unanswered> {
    let all = 0..usize::MAX;
    let question = IdleQuestion::new(selection, IdleSort::Idle, IdleShow::All, all);
    let question = question.map_err(|err| Unanswered::invalid(err.to_string()))?;
    Ok(view.model.idle_or_reason(question).await?.ok())
}

fn feed(service: &str, channel: &str) -> String {
    words::feed(&ServiceCode::from(service), &Channel::from(channel))
}

/// The text of a field; empty if the row does not have it.
fn text(row: &SnapshotRow<'_>, field: CommercialField) -> String {
    row.field(field).unwrap_or_default().into_owned()
}

#[derive(Template)]
#[template(path = "customer.html")]
struct CustomerPage {
    shell: Shell,
    name: String,
    id: String,
    /// The address where an operator makes a link for a guest; `None` for other visitors.
    guests: Option<String>,
    day: Option<String>,
    measures: Vec<Measure>,
    /// Sentences about the customer, without full stops.
    facts: Vec<String>,
    products: Table,
    workloads: Table,
    charts: Vec<(String, Chart)>,
    restated: Table,
    /// Its names; `None` if it always had the same one.
    names: Option<Table>,
}

impl Page for CustomerPage {
    fn tables(&self) -> Vec<&Table> {
        let charts = self.charts.iter().map(|(_, chart)| &chart.table);
        let tables = [&self.products, &self.workloads, &self.restated];
        tables
            .into_iter()
            .chain(&self.names)
            .chain(charts)
            .collect()
    }
}
