//! One customer: its products and workloads, how they went, and what was restated. It can be printed.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::future::try_join;
use http::{HeaderMap, Uri};
use jiff::ToSpan as _;
use jiff::civil::Date;
use seatwise_server::Unanswered;
use seatwise_store::{Kind, Line as HistoryLine, Snapshot, SnapshotRow, percent};
use seatwise_types::extensions::{By, Metric, Selection};
use seatwise_types::query::CommercialField;
use seatwise_types::{Channel, CustomerId, ServiceCode};

use super::history::{self, Chart, Of};
use super::{changes, customer_names, explain_link, figure, guests};
use crate::Web;
use crate::chart::bar;
use crate::error::PageError;
use crate::model::lines::Seats;
use crate::model::risk;
use crate::session::Looker;
use crate::table::{Cell, Column, Table};
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
    let unknown = || Unanswered::not_found("no customer with this id is known at this time");
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
    let mut facts = Vec::new();
    if let Some(day) = line.late_since {
        facts.push(format!(
            "Late: the newest delivery of one of its services is of {}. It does not count in figures of \
             all customers any more; the tables below show it as late",
            words::day(day)
        ));
    }
    let reasons = risk::reasons(&line).into_iter();
    facts.extend(reasons.map(|reason| words::capitalized(&reason)));
    let page = CustomerPage {
        shell: view.shell(&*line.name, "Customers"),
        name: line.name.to_string(),
        id: id.to_string(),
        guests: guests::link(&view, id),
        day: line.newest.map(words::day),
        measures: vec![
            measure(
                "seats sold are deployed",
                &line.deployment,
                late(&deployment, id),
            ),
            measure(
                "qualified seats are active, over all workloads",
                &line.usage,
                late(&usage, id),
            ),
        ],
        facts,
        products: products(&view, id, &deployment),
        workloads: workloads(&view, id, &usage),
        charts,
        restated,
        names,
    };
    view.respond(page).await
}

/// How the customer's use and deployment went over a year, each of its service and channel with most seats.
async fn charts(view: &View, selection: &Selection) -> Result<Vec<(String, Chart)>, Unanswered> {
    let of = |kind, name, what: &str| Of {
        kind,
        by: By::Partner,
        selection: selection.clone(),
        name,
        title: what.to_owned(),
    };
    let of_both = [
        of(
            Kind::Usage,
            "use-history",
            "Active seats in percent of qualified seats of all workloads",
        ),
        of(
            Kind::Deployment,
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
        // The service and channel with most seats, of which something counts.
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

/// A figure on top of the page.
struct Measure {
    percent: Option<String>,
    text: String,
}

/// Seats that count, and those of rows that are late.
fn measure(what: &str, seats: &Seats, (part, whole): (u64, u64)) -> Measure {
    let of = |part, whole| format!("{} of {}", words::count(part), words::count(whole));
    let late = match whole {
        0 => String::new(),
        _ => format!("; late: {}", of(part, whole)),
    };
    Measure {
        percent: seats.percent().map(words::percent),
        text: match seats.rows {
            0 => format!("of {what}: unknown{late}"),
            _ => format!("{} {what}{late}", of(seats.part, seats.whole)),
        },
    }
}

/// The part and the whole of a customer's rows that are late.
fn late(snapshot: &Snapshot, id: CustomerId) -> (u64, u64) {
    let rows = snapshot.rows_of(id).filter(SnapshotRow::is_late);
    rows.fold((0, 0), |(part, whole), row| {
        (part + row.part(), whole + row.whole())
    })
}

/// The processed day of a row, and whether it is late.
fn processed(day: Option<Date>, is_late: bool) -> Cell {
    Cell::day(day).note(is_late.then(|| "late".to_owned()))
}

fn feed(service: &str, channel: &str) -> String {
    words::feed(&ServiceCode::from(service), &Channel::from(channel))
}

/// Texts of a row of a snapshot.
fn text(row: &SnapshotRow<'_>, field: CommercialField) -> String {
    row.field(field).unwrap_or_default().into_owned()
}

fn products(view: &View, id: CustomerId, deployment: &Snapshot) -> Table {
    let rows = deployment.rows_of(id).map(|row| {
        let (service, channel) = (
            text(&row, CommercialField::ServiceCode),
            text(&row, CommercialField::Channel),
        );
        let name = text(&row, CommercialField::ProductName);
        let product = Selection {
            // An id is the same under every name.
            product: row
                .field(CommercialField::ProductId)
                .map_or_else(|| Some(name.clone()), |id| Some(id.to_lowercase())),
            ..figure(&service, &channel, None)
        };
        let of_customer = Selection {
            customer: Some(id),
            ..product.clone()
        };
        let explain = explain_link(view, Metric::Deployment, &of_customer);
        let percent = row.percent();
        vec![
            Cell::text(name)
                .link(view.link_beyond("/product", super::of(&product)))
                .note(Some(feed(&service, &channel))),
            Cell::count(row.whole()),
            Cell::count(row.part()),
            Cell::percent(Some(percent))
                .link(explain)
                .bar(bar(percent, None)),
            Cell::count(row.whole().saturating_sub(row.part())),
            processed(row.processed().map(|it| it.day()), row.is_late()),
        ]
    });
    Table {
        name: "products",
        caption: "The products of this customer: seats sold and deployed".to_owned(),
        columns: vec![
            Column::text("Product").noted("Service"),
            Column::number("Sold"),
            Column::number("Deployed"),
            Column::number("Deployed, %"),
            Column::number("Not deployed"),
            Column::number("Processed").minor().noted("Note"),
        ],
        rows: rows.collect(),
        empty: "No deployment of this customer was delivered.",
        csv: view.download("products"),
    }
}

fn workloads(view: &View, id: CustomerId, usage: &Snapshot) -> Table {
    let mut sums: BTreeMap<[String; 3], (u64, u64, Option<Date>, bool)> = BTreeMap::new();
    for row in usage.rows_of(id) {
        let key = [
            CommercialField::ServiceCode,
            CommercialField::Channel,
            CommercialField::WorkloadName,
        ];
        let sum = sums.entry(key.map(|field| text(&row, field))).or_default();
        sum.0 += row.part();
        sum.1 += row.whole();
        sum.2 = sum.2.max(row.processed().map(|it| it.day()));
        sum.3 = row.is_late();
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    let of = |(_, (part, whole, ..)): &([String; 3], (u64, u64, _, _))| percent(*part, *whole);
    sums.sort_by(|a, b| of(a).total_cmp(&of(b)));
    let rows = sums.into_iter().map(
        |([service, channel, workload], (part, whole, day, is_late))| {
            let selection = figure(&service, &channel, Some(&workload));
            let of_customer = Selection {
                customer: Some(id),
                ..selection.clone()
            };
            let percent = percent(part, whole);
            vec![
                Cell::text(workload)
                    .link(view.link_beyond("/workload", super::of(&selection)))
                    .note(Some(feed(&service, &channel))),
                Cell::count(whole),
                Cell::count(part),
                Cell::percent(Some(percent))
                    .link(explain_link(view, Metric::Usage, &of_customer))
                    .bar(bar(percent, None)),
                processed(day, is_late),
            ]
        },
    );
    Table {
        name: "workloads",
        caption: "The workloads of this customer: seats qualified and active, the least used first"
            .to_owned(),
        columns: vec![
            Column::text("Workload").noted("Service"),
            Column::number("Qualified"),
            Column::number("Active"),
            Column::number("Active, %"),
            Column::number("Processed").minor().noted("Note"),
        ],
        rows: rows.collect(),
        empty: "No usage of this customer was delivered.",
        csv: view.download("workloads"),
    }
}

#[derive(Template)]
#[template(path = "customer.html")]
struct CustomerPage {
    shell: Shell,
    name: String,
    id: String,
    /// Where an operator makes a link for a guest.
    guests: Option<String>,
    day: Option<String>,
    measures: Vec<Measure>,
    /// What is worth to be said of it.
    facts: Vec<String>,
    products: Table,
    workloads: Table,
    charts: Vec<(String, Chart)>,
    restated: Table,
    /// If it has had several names.
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
