//! The page about the data: deliveries by day, late and missing customers, restatements, collections and
//! imports.

pub(crate) mod collections;
mod imports;

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use futures_util::future::try_join;
use jiff::ToSpan as _;
use jiff::civil::Date;
use seatwise_server::Unanswered;
use seatwise_store::{HistoryQuestion, Kind};
use seatwise_types::extensions::{By, Gap, Metric, Selection, Step, Uncovered, UncoveredCustomer};

use self::collections::{Button, Collections};
use self::imports::Imports;
use super::{changes, customer_link};
use crate::chart::{Square, Svg, calendar};
use crate::error::PageError;
use crate::model::Restated;
use crate::table::{Cell, Column, Table};
use crate::view::{Look, Page, Shell, View};
use crate::words;

/// The number of weeks in the calendar.
const WEEKS: i64 = 26;
/// The number of late and missing customers on the page. A download has all.
const LISTED: usize = 200;

/// `GET /data`
pub(crate) async fn get(Look(view, asked): Look) -> Result<Response, PageError> {
    asked.finish()?;
    let left_out = &view.standing.left_out;
    let (days, restated) = match view.standing.newest {
        Some(newest) => days(&view, newest).await?,
        None => (Vec::new(), Vec::new()),
    };
    let restated_count: usize = restated.iter().map(|(_, it)| it.len()).sum();
    // A page of an earlier time does not show the present: neither the collector's state nor new imports.
    let now = match view.model.axes.known_at {
        None => Some((Collections::read(&view).await, Imports::read(&view).await?)),
        Some(_) => None,
    };
    let page = DataPage {
        shell: view.shell("Data", "Data"),
        has_data: view.standing.newest.is_some(),
        services: services(&view),
        left_out_count: words::count(left_out.len() as u64),
        left_out: left_out_table(&view, left_out),
        calendar: calendar(
            "Deliveries by day",
            "A dark square is a day with a delivery of every service and channel; an empty square is a day without deliveries.",
            &days,
        ),
        days: days_table(&view, &days),
        restated_count: words::counted(restated_count as u64, "delivery", "deliveries"),
        restated: changes::restatements(&view, &restated),
        now,
    };
    view.respond(page).await
}

/// What was delivered and restated on each day.
async fn days(
    view: &View,
    newest: Date,
) -> Result<(Vec<Square>, Vec<(Metric, Arc<Restated>)>), Unanswered> {
    let from = newest
        .saturating_sub(WEEKS.weeks())
        .tomorrow()
        .unwrap_or(newest);
    // How many services and channels, of both metrics, have a figure on each day, and how many there are.
    let mut delivered: BTreeMap<Date, u64> = BTreeMap::new();
    let mut feeds = 0;
    let mut restated = Vec::new();
    for metric in [Metric::Usage, Metric::Deployment] {
        let question = HistoryQuestion {
            kind: Kind::from(metric),
            by: By::Partner,
            selection: Selection::default(),
            from,
            to: newest,
            step: Step::Day,
            known_at: view.model.axes.known_at,
        };
        let all = Selection::default();
        let (history, of_metric) = try_join(
            view.model.history(question),
            changes::restated(view, metric, from, newest, &all),
        )
        .await?;
        feeds += history.lines.len() as u64;
        for line in &history.lines {
            for (date, point) in history.dates.iter().zip(&line.points) {
                let is_delivered = !matches!(point, Err(Gap::NoDelivery));
                *delivered.entry(*date).or_default() += u64::from(is_delivered);
            }
        }
        restated.push((metric, of_metric));
    }
    let squares = delivered.into_iter().map(|(day, count)| Square {
        day,
        level: match count {
            0 => 0,
            count if count == feeds => 4,
            count => (count * 3 / feeds.max(1)) as u8 + 1,
        },
        title: format!("{}: {}", words::day(day), said(count, feeds)),
    });
    Ok((squares.collect(), restated))
}

fn said(count: u64, feeds: u64) -> String {
    match count {
        0 => "nothing was delivered".to_owned(),
        count if count == feeds => "all services were delivered".to_owned(),
        count => format!("{count} of {feeds} services were delivered"),
    }
}

fn services(view: &View) -> Table {
    let rows = view.standing.services.iter().map(|(metric, it)| {
        vec![
            Cell::text(words::feed(&it.service_code, &it.channel)),
            Cell::text(metric.as_str()),
            Cell::count(it.expected),
            Cell::count(it.current),
            Cell::count(it.late).tone(if it.late > 0 { "bad" } else { "" }),
            Cell::count(it.missing).tone(if it.missing > 0 { "bad" } else { "" }),
            Cell::percent(Some(it.late_share)),
            Cell::percent(Some(it.missing_share)),
            Cell::day(it.oldest_processed_date),
            Cell::day(it.newest_processed_date),
        ]
    });
    Table {
        name: "services",
        caption: "Who is in the figures of each service".to_owned(),
        columns: vec![
            Column::text("Service"),
            Column::text("Figures"),
            Column::number("Customers"),
            Column::number("Current"),
            Column::number("Late"),
            Column::number("Missing"),
            Column::number("Late seats, %").minor(),
            Column::number("Missing seats, %").minor(),
            Column::number("Oldest").minor(),
            Column::number("Newest"),
        ],
        rows: rows.collect(),
        empty: "Nothing was delivered yet.",
        csv: view.download("services"),
    }
}

fn left_out_table(view: &View, left_out: &[(Metric, UncoveredCustomer)]) -> Table {
    let rows = left_out
        .iter()
        .take(view.at_most(LISTED))
        .map(|(metric, it)| {
            let why = match it.reason {
                Uncovered::Late if it.seats == 0 => {
                    "late: its newest delivery is too old to count, and has no seats"
                }
                Uncovered::Late => "late: its newest delivery is too old to count",
                Uncovered::Missing => match metric {
                    Metric::Usage => {
                        "missing: it has seats deployed, and no usage was ever delivered"
                    }
                    Metric::Deployment => {
                        "missing: it has seats in use, and no deployment was ever delivered"
                    }
                },
            };
            vec![
                Cell::text(&it.customer_name)
                    .link(customer_link(view, it.customer_id))
                    .note(Some(words::feed(&it.service_code, &it.channel))),
                Cell::text(metric.as_str()),
                Cell::text(why),
                Cell::day(it.processed_date),
                Cell::count(it.seats),
            ]
        });
    Table {
        name: "not-in-the-figures",
        caption: "Customers that are not in the figures, and why".to_owned(),
        columns: vec![
            Column::text("Customer").noted("Service"),
            Column::text("Figures"),
            Column::text("Why"),
            Column::number("Newest delivery"),
            Column::number("Seats"),
        ],
        rows: rows.collect(),
        empty: "All customers are in the figures.",
        csv: view.download("not-in-the-figures"),
    }
}

fn days_table(view: &View, days: &[Square]) -> Table {
    let rows = days.iter().rev().map(|it| {
        let said = it.title.split_once(": ").map_or("", |(_, said)| said);
        vec![Cell::day(Some(it.day)), Cell::text(said)]
    });
    Table {
        name: "days",
        caption: "Deliveries by day".to_owned(),
        columns: vec![Column::text("Day"), Column::text("Delivered")],
        rows: rows.collect(),
        empty: "Nothing was delivered yet.",
        csv: view.download("days"),
    }
}

#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    shell: Shell,
    has_data: bool,
    services: Table,
    left_out: Table,
    left_out_count: String,
    calendar: Svg,
    days: Table,
    restated: Table,
    restated_count: String,
    /// The sections about the present; `None` on a page of an earlier time.
    now: Option<(Collections, Imports)>,
}

impl Page for DataPage {
    fn tables(&self) -> Vec<&Table> {
        let always = [&self.services, &self.left_out, &self.days, &self.restated];
        let now = self
            .now
            .iter()
            .flat_map(|(collections, imports)| [&collections.past, &imports.all, &imports.refused]);
        always.into_iter().chain(now).collect()
    }
}
