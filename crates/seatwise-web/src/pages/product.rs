//! The page of one product: how many of its seats are assigned, and how its workloads are used.

use askama::Template;
use axum::response::Response;
use futures_util::future::try_join;
use seatwise_server::Unanswered;
use seatwise_store::{Line, LineOf, Point, percent};
use seatwise_types::extensions::{By, Metric, Selection};
use seatwise_types::{Channel, ServiceCode};

use super::history::{self, Chart, Of};
use super::spread::SpreadTables;
use super::{explain_link, selection, workload_link};
use crate::chart::bar;
use crate::error::PageError;
use crate::model::nothing;
use crate::table::{Cell, Column, Table};
use crate::view::{Look, Page, Shell, View};
use crate::words;

/// `GET /product?service=…&channel=…&product=…`
pub(crate) async fn get(Look(view, mut asked): Look) -> Result<Response, PageError> {
    let of = selection(&mut asked)?;
    asked.finish()?;
    let (Some(service), Some(channel), Some(product)) =
        (of.service.clone(), of.channel.clone(), of.product.clone())
    else {
        let err = "service, channel and product are expected";
        return Err(Unanswered::invalid(err).into());
    };
    let spread = view.model.spread(of.clone(), Metric::Deployment).await?;
    if spread.customers == 0 {
        return Err(nothing().into());
    }
    let over_time = Of {
        metric: Metric::Deployment,
        by: By::Product,
        selection: of.clone(),
        name: "history",
        title: "Deployed seats in percent of seats sold".to_owned(),
    };
    let by_workload = Of {
        metric: Metric::Usage,
        by: By::Workload,
        name: "workloads",
        selection: of.clone(),
        title: String::new(),
    };
    let (over_a_year, workloads) = try_join(
        history::read(&view, &over_time),
        history::read(&view, &by_workload),
    )
    .await?;
    let line = over_a_year.as_ref().and_then(|it| it.lines.first());
    let workloads = workloads.iter().flat_map(|it| &it.lines);
    let workloads = of_workloads(&view, &of, workloads);
    let (deployed, sold) = (spread.part, spread.whole);
    let feed = words::feed(&ServiceCode::from(service), &Channel::from(channel));
    let title = title(line, product);
    let page = ProductPage {
        shell: view.shell(title.clone(), "Portfolio"),
        title,
        feed,
        figure: words::percent(percent(deployed, sold)),
        explain: explain_link(&view, Metric::Deployment, &of),
        seats: format!(
            "{} of {} seats sold are deployed",
            words::count(deployed),
            words::count(sold)
        ),
        list: view.link("/customers", super::of(&of)),
        workloads,
        spread: SpreadTables::new(&view, &spread, &of, Metric::Deployment),
        chart: over_a_year
            .as_ref()
            .zip(line)
            .map(|(history, line)| history::chart(&view, &over_time, &history.dates, line)),
    };
    view.respond(page).await
}

/// The newest name of the product. The address can hold an id.
fn title(line: Option<&Line>, product: String) -> String {
    match line.map(|line| &line.of) {
        Some(LineOf::Product(name, _)) => name.clone(),
        _ => product,
    }
}

fn of_workloads<'a>(
    view: &View,
    of: &Selection,
    workloads: impl Iterator<Item = &'a Line>,
) -> Table {
    let newest = workloads.filter_map(|line| match &line.of {
        LineOf::Workload(name, _) => Some((name.as_str(), history::newest(line)?)),
        _ => None,
    });
    let mut workloads: Vec<(&str, Point)> = newest.collect();
    workloads.sort_by(|a, b| a.1.percent().total_cmp(&b.1.percent()));
    let rows = workloads.into_iter().map(|(name, point)| {
        let of_all = Selection {
            workload: Some(name.to_owned()),
            product: None,
            ..of.clone()
        };
        let of_product = Selection {
            product: of.product.clone(),
            ..of_all.clone()
        };
        let explain = explain_link(view, Metric::Usage, &of_product);
        let percent = point.percent();
        vec![
            Cell::text(name).link(workload_link(view, &of_all)),
            Cell::percent(Some(percent))
                .link(explain)
                .bar(bar(percent, None)),
            Cell::count(point.part),
            Cell::count(point.whole),
        ]
    });
    view.in_order(Table {
        name: "workloads",
        caption: "Use of the workloads of this product, the least used first".to_owned(),
        columns: vec![
            Column::text("Workload"),
            Column::number("Active, %"),
            Column::number("Active"),
            Column::number("Qualified"),
        ],
        rows: rows.collect(),
        empty: "No use of this product was delivered.",
        csv: view.download("workloads"),
    })
}

#[derive(Template)]
#[template(path = "product.html")]
struct ProductPage {
    shell: Shell,
    title: String,
    feed: String,
    figure: String,
    explain: String,
    seats: String,
    list: String,
    workloads: Table,
    spread: SpreadTables,
    chart: Option<Chart>,
}

impl Page for ProductPage {
    fn tables(&self) -> Vec<&Table> {
        let spread = self.spread.tables();
        let chart = self.chart.iter().map(|chart| &chart.table);
        [&self.workloads]
            .into_iter()
            .chain(spread)
            .chain(chart)
            .collect()
    }
}
