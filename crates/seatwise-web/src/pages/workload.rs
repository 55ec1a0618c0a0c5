//! The page of one workload.

use askama::Template;
use axum::response::Response;
use seatwise_server::Unanswered;
use seatwise_store::{History, percent};
use seatwise_types::extensions::{By, Metric, Selection};
use seatwise_types::{Channel, ServiceCode};

use super::history::{self, Chart, Of};
use super::spread::SpreadTables;
use super::{explain_link, selection};
use crate::error::PageError;
use crate::model::nothing;
use crate::table::Table;
use crate::view::{Look, Page, Shell, View};
use crate::words;

/// `GET /workload?service=…&channel=…&workload=…`
pub(crate) async fn get(Look(view, mut asked): Look) -> Result<Response, PageError> {
    let of = selection(&mut asked)?;
    asked.finish()?;
    let (Some(service), Some(channel), Some(workload)) =
        (of.service.clone(), of.channel.clone(), of.workload.clone())
    else {
        let err = "service, channel and workload are expected";
        return Err(Unanswered::invalid(err).into());
    };
    let spread = view.model.spread(of.clone(), Metric::Usage).await?;
    if spread.customers == 0 {
        return Err(nothing().into());
    }
    let over_time = Of {
        metric: Metric::Usage,
        by: By::Workload,
        selection: of.clone(),
        name: "history",
        title: format!("Use of {workload} in percent of qualified seats"),
    };
    let history = history::read(&view, &over_time).await?;
    let line = |history: &History| {
        let line = history.lines.first()?;
        Some(history::chart(&view, &over_time, &history.dates, line))
    };
    let chart = history.and_then(|history| line(&history));
    let (active, qualified) = (spread.part, spread.whole);
    let feed = words::feed(&ServiceCode::from(service), &Channel::from(channel));
    let page = WorkloadPage {
        shell: view.shell(format!("{workload}, {feed}"), "Portfolio"),
        title: workload,
        feed,
        figure: words::percent(percent(active, qualified)),
        explain: explain_link(&view, Metric::Usage, &of),
        seats: format!(
            "{} of {} qualified seats are active",
            words::count(active),
            words::count(qualified)
        ),
        list: list(&view, &of),
        spread: SpreadTables::new(&view, &spread, &of, Metric::Usage),
        chart,
    };
    view.respond(page).await
}

fn list(view: &View, of: &Selection) -> String {
    let sort = [("sort", Some("use".to_owned()))];
    view.link("/customers", super::of(of).chain(sort))
}

#[derive(Template)]
#[template(path = "workload.html")]
struct WorkloadPage {
    shell: Shell,
    title: String,
    feed: String,
    figure: String,
    explain: String,
    seats: String,
    /// The address of the list of its customers.
    list: String,
    spread: SpreadTables,
    chart: Option<Chart>,
}

impl Page for WorkloadPage {
    fn tables(&self) -> Vec<&Table> {
        let spread = self.spread.tables();
        let chart = self.chart.iter().map(|chart| &chart.table);
        spread.into_iter().chain(chart).collect()
    }
}
