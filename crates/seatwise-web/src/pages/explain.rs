//! How a figure came about: the rows that count, those that do not, and why.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use seatwise_server::Unanswered;
use seatwise_store::{ExplainQuestion, Explanation, Kind};
use seatwise_types::extensions::{Metric, Selection};
use seatwise_types::{Channel, ServiceCode};

use super::{customer_link, selection};
use crate::Web;
use crate::address::Asked;
use crate::error::PageError;
use crate::session::Looker;
use crate::table::{Cell, Column, Table};
use crate::view::{Page, Shell, View};
use crate::words;

/// The number of rows and of deliveries on a page.
const PAGE: usize = 100;

/// `GET /explain?metric=…&service=…&channel=…`
pub(crate) async fn get(
    State(web): State<Arc<Web>>,
    looker: Looker,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let visitor = looker.at(Asked::parse(uri.query())?.value("customer")?)?;
    let (view, mut asked) = View::open(&web, visitor, &uri, headers).await?;
    let metric = asked.value("metric")?.unwrap_or(Metric::Usage);
    let of = selection(&mut asked)?;
    let page = asked.page()?;
    asked.finish()?;
    if of.service.is_none() || of.channel.is_none() {
        return Err(Unanswered::invalid("service and channel are expected").into());
    }
    if metric == Metric::Deployment && of.workload.is_some() {
        return Err(Unanswered::invalid("workload: deployment has no workloads").into());
    }
    let question = ExplainQuestion {
        kind: Kind::from(metric),
        axes: view.model.axes,
        selection: of,
        page: view.range(page, PAGE),
    };
    let of = question.selection.clone();
    let explained = view.model.explained(question).await?;
    let rows = explained.rows.total_count;
    view.check_download(rows.max(explained.deliveries.total_count))?;
    let make = move |view: &View| ExplainPage::new(view, metric, &of, &explained, page);
    view.respond_with(make).await
}

#[derive(Template)]
#[template(path = "explain.html")]
struct ExplainPage {
    shell: Shell,
    title: String,
    percent: String,
    /// The seats that the percent is made of; `None` if no row counts.
    sum: Option<String>,
    exact: Option<String>,
    day: Option<String>,
    version: u64,
    reasons: Vec<String>,
    deliveries: Table,
    delivery_count: String,
    rows: Table,
    row_count: String,
    left_out: Table,
    left_out_count: String,
    previous: Option<String>,
    next: Option<String>,
    /// The address of the same question to the API.
    api: String,
}

impl Page for ExplainPage {
    fn tables(&self) -> Vec<&Table> {
        vec![&self.deliveries, &self.rows, &self.left_out]
    }
}

impl ExplainPage {
    fn new(
        view: &View,
        metric: Metric,
        of: &Selection,
        explained: &Explanation,
        page: usize,
    ) -> Self {
        let [part, whole] = match metric {
            Metric::Usage => ["active", "qualified"],
            Metric::Deployment => ["deployed", "sold"],
        };
        let service = ServiceCode::from(explained.service_code.as_str());
        let channel = Channel::from(explained.channel.as_str());
        let mut title = vec![words::feed(&service, &channel)];
        let customer = of.customer.map(|id| {
            let mut deliveries = explained.deliveries.items.iter();
            let known = deliveries.find(|it| it.customer_id == id);
            known.map_or_else(|| id.to_string(), |it| it.customer_name.clone())
        });
        title.extend(
            [of.workload.clone(), of.product.clone(), customer]
                .into_iter()
                .flatten(),
        );
        let (rows, deliveries) = (explained.rows.total_count, explained.deliveries.total_count);
        let has_more = (page as u64) * (PAGE as u64) < rows.max(deliveries);
        let to = |page: usize| view.with([("page", (page > 1).then(|| page.to_string()))]);
        let is_known = explained.processed.is_some();
        let reasons = explained.reasons.iter().map(|reason| {
            format!(
                "In {} {}, {} in all.",
                words::counted(reason.rows, "row", "rows"),
                words::reason(reason.code),
                words::counted(reason.excess, "seat", "seats"),
            )
        });
        let metric_name = ("metric", Some(metric.to_string()));
        let percent = explained.percent();
        Self {
            shell: view.shell("How a figure came about", ""),
            title: title.join(" · "),
            percent: percent.map_or_else(|| "unknown".to_owned(), words::percent),
            sum: is_known.then(|| {
                format!(
                    "{} {part} of {} {whole} seats",
                    words::count(explained.part),
                    words::count(explained.whole)
                )
            }),
            exact: explained.exact_percent().filter(|_| is_known),
            day: explained.processed.map(|it| words::day(it.day())),
            version: explained.version,
            reasons: reasons.collect(),
            delivery_count: words::counted(deliveries, "delivery", "deliveries"),
            row_count: words::counted(rows, "row", "rows"),
            left_out_count: words::count(explained.left_out.len() as u64),
            deliveries: deliveries_of(view, explained, [part, whole]),
            rows: rows_of(view, explained, metric),
            left_out: left_out_of(view, explained),
            previous: (page > 1).then(|| to(page - 1)),
            next: has_more.then(|| to(page + 1)),
            api: view.link(
                "/seatwise/v1/explain",
                [metric_name].into_iter().chain(super::of(of)),
            ),
        }
    }
}

fn seats([part, whole]: [&'static str; 2]) -> [Column; 2] {
    let title = |word| match word {
        "active" => "Active",
        "qualified" => "Qualified",
        "deployed" => "Deployed",
        _ => "Sold",
    };
    [Column::number(title(part)), Column::number(title(whole))]
}

fn deliveries_of(view: &View, explained: &Explanation, names: [&'static str; 2]) -> Table {
    let rows = explained.deliveries.items.iter().map(|it| {
        vec![
            Cell::text(&it.customer_name).link(customer_link(view, it.customer_id)),
            Cell::day(Some(it.processed_date)),
            Cell::instant(it.recorded_at),
            Cell::count(it.rows),
            Cell::count(it.numerator),
            Cell::count(it.denominator),
        ]
    });
    let [part, whole] = seats(names);
    Table {
        name: "deliveries",
        caption: "The deliveries that the figure is made of".to_owned(),
        columns: vec![
            Column::text("Customer"),
            Column::number("Processed"),
            Column::number("Recorded").minor(),
            Column::number("Rows").minor(),
            part,
            whole,
        ],
        rows: rows.collect(),
        empty: "No delivery counts.",
        csv: view.download("deliveries"),
    }
}

fn rows_of(view: &View, explained: &Explanation, metric: Metric) -> Table {
    let names: std::collections::HashMap<_, _> = explained
        .deliveries
        .items
        .iter()
        .map(|it| (it.customer_id, it.customer_name.as_str()))
        .collect();
    let rows = explained.rows.items.iter().map(|it| {
        let name = names
            .get(&it.customer_id)
            .map_or_else(|| it.customer_id.to_string(), |it| (*it).to_owned());
        let mut row = vec![
            Cell::text(name).link(customer_link(view, it.customer_id)),
            Cell::text(&it.product_name),
        ];
        if metric == Metric::Usage {
            row.push(Cell::text(it.workload_name.clone().unwrap_or_default()));
        }
        row.extend([Cell::count(it.numerator), Cell::count(it.denominator)]);
        row
    });
    let names = match metric {
        Metric::Usage => ["active", "qualified"],
        Metric::Deployment => ["deployed", "sold"],
    };
    let mut columns = vec![Column::text("Customer"), Column::text("Product")];
    if metric == Metric::Usage {
        columns.push(Column::text("Workload").minor());
    }
    columns.extend(seats(names));
    Table {
        name: "rows",
        caption: "The rows that are added up".to_owned(),
        columns,
        rows: rows.collect(),
        empty: "No row counts.",
        csv: view.download("rows"),
    }
}

fn left_out_of(view: &View, explained: &Explanation) -> Table {
    let most = if view.is_download() { usize::MAX } else { PAGE };
    let rows = explained.left_out.iter().take(most).map(|it| {
        let name = it.customer_name.clone().or(it.product_name.clone());
        let name = name.or(it.channel.as_ref().map(|it| it.to_string()));
        let name = Cell::text(name.unwrap_or_default());
        let name = match it.customer_id {
            Some(id) => name.link(customer_link(view, id)),
            None => name,
        };
        vec![
            name.note(
                it.product_name
                    .clone()
                    .filter(|_| it.customer_name.is_some()),
            ),
            Cell::text(words::left_out(it.reason)),
            Cell::day(it.processed_date),
            Cell::count(it.numerator),
            Cell::count(it.denominator),
        ]
    });
    Table {
        name: "left-out",
        caption: "What is not in the figure, and why".to_owned(),
        columns: vec![
            Column::text("What").noted("Product"),
            Column::text("Why it is left out"),
            Column::number("Processed").minor(),
            Column::number("Active or deployed").minor(),
            Column::number("Qualified or sold"),
        ],
        rows: rows.collect(),
        empty: "Nothing is left out.",
        csv: view.download("left-out"),
    }
}
