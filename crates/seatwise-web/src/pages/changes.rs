//! How every figure came from one day to another.

use askama::Template;
use axum::response::Response;
use jiff::civil::Date;
use seatwise_server::Unanswered;
use seatwise_store::{Axes, ChangesQuestion, Kind, RestatementsQuestion, changes};
use seatwise_types::own::{self, Change, ChangeFigure, Metric, RestatedUnit, Selection};

use super::bridge::{self, Bridge};
use super::{EXPLAIN, customer_link, explained, figure, selection};
use crate::error::PageError;
use crate::model::portfolio::by_weight;
use crate::table::{Cell, Column, Table};
use crate::view::{Look, Page, Shell, View};
use crate::words;

/// How many restated units are listed.
const MOST_RESTATED: usize = 100;

/// How many customers of a figure are listed.
const CUSTOMERS: usize = 20;

/// `GET /changes?from=…&to=…`
pub(crate) async fn get(Look(view, mut asked): Look) -> Result<Response, PageError> {
    let metric = asked.value("metric")?.unwrap_or(Metric::Usage);
    let day = |text: Option<String>, name: &str| {
        let day = text.map(|text| own::Axes::parse_as_of(&text)).transpose();
        day.map_err(|err| Unanswered::invalid(format!("{name}: {err}")))
    };
    let from = day(asked.text("from"), "from")?;
    let to = day(asked.text("to"), "to")?;
    let mut of = selection(&mut asked)?;
    asked.finish()?;
    if metric == Metric::Deployment {
        of.workload = None;
    }
    let to = to.or(view.standing.newest);
    let from = from.or_else(|| view.standing.month_ago());
    let (Some(from), Some(to)) = (from, to) else {
        return Err(Unanswered::not_found("nothing was delivered yet").into());
    };
    let all = read(&view, metric, from, to).await?;
    let restated = match from <= to {
        true => restated(&view, metric, from, to, &of).await?,
        false => Vec::new(),
    };
    let page = ChangesPage::new(&view, metric, [from, to], &of, &all, &restated);
    view.respond(page).await
}

/// What led from one day to the other, what is worth most seats first.
async fn read(
    view: &View,
    metric: Metric,
    from: Date,
    to: Date,
) -> Result<Vec<Change>, Unanswered> {
    let kind = Kind::from(metric);
    let at = |day| Axes {
        as_of: Some(day),
        ..view.axes
    };
    let before = view.reading.snapshot(kind, at(from)).await?;
    let after = view.reading.snapshot(kind, at(to)).await?;
    let bytes = 2 * before.bytes() + after.bytes();
    let question = ChangesQuestion::default().by_customer(view.range(1, CUSTOMERS));
    let work = move || changes(&before, &before, &after, &question);
    let mut all = view.reading.work(bytes, work).await?;
    by_weight(&mut all);
    Ok(all)
}

/// Deliveries of these days that were replaced, of the service, channel and customer of a selection.
pub(super) async fn restated(
    view: &View,
    metric: Metric,
    from: Date,
    to: Date,
    of: &Selection,
) -> Result<Vec<(Metric, RestatedUnit)>, Unanswered> {
    let question = RestatementsQuestion {
        kind: Kind::from(metric),
        from,
        to,
        selection: Selection {
            workload: None,
            product: None,
            ..of.clone()
        },
        known_at: view.axes.known_at,
    };
    let found = view.reading.restatements(&question).await?.value;
    Ok(found.into_iter().map(|unit| (metric, unit)).collect())
}

#[derive(Template)]
#[template(path = "changes.html")]
struct ChangesPage {
    shell: Shell,
    from: String,
    to: String,
    from_text: String,
    to_text: String,
    metrics: Vec<MetricChoice>,
    /// What the form keeps.
    kept: Vec<(String, String)>,
    bridge: Option<Bridge>,
    text: String,
    /// How the figures of both days came about, where there are some.
    explain: [Option<String>; 2],
    /// The customers that moved the figure.
    customers: Table,
    customer_count: String,
    changes: Table,
    restated: Table,
    restated_count: String,
}

struct MetricChoice {
    value: &'static str,
    text: &'static str,
    is_chosen: bool,
}

impl Page for ChangesPage {
    fn tables(&self) -> Vec<&Table> {
        vec![&self.customers, &self.changes, &self.restated]
    }
}

impl ChangesPage {
    fn new(
        view: &View,
        metric: Metric,
        [from, to]: [Date; 2],
        of: &Selection,
        all: &[Change],
        restated: &[(Metric, RestatedUnit)],
    ) -> Self {
        let is = |wanted: &Option<String>, text: &str| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(text))
        };
        let chosen = all.iter().find(|it| {
            is(&of.service, it.service_code.as_str())
                && is(&of.channel, it.channel.as_str())
                && is(
                    &of.workload,
                    it.workload_name.as_deref().unwrap_or_default(),
                )
        });
        let days = [words::day(from), words::day(to)];
        let span = [from.to_string(), to.to_string()];
        let of_chosen = chosen.map(|it| {
            figure(
                it.service_code.as_str(),
                it.channel.as_str(),
                it.workload_name.as_deref(),
            )
        });
        let explain = |day: Date, figure: fn(&Change) -> &ChangeFigure| {
            chosen.filter(|it| figure(it).percent.is_some())?;
            let of = explained(metric, of_chosen.as_ref()?);
            Some(view.link_as_of(EXPLAIN, of, day))
        };
        let page = chosen.and_then(|it| it.customers.as_ref());
        let count = page.map_or(0, |page| page.total_count);
        let choice = |it: Metric, text| MetricChoice {
            value: it.as_str(),
            text,
            is_chosen: it == metric,
        };
        Self {
            shell: view.shell("Changes", "Changes"),
            from: span[0].clone(),
            to: span[1].clone(),
            from_text: days[0].clone(),
            to_text: days[1].clone(),
            metrics: vec![
                choice(Metric::Usage, "use"),
                choice(Metric::Deployment, "deployment"),
            ],
            kept: view.kept(&["from", "to", "metric", "service", "channel", "workload"]),
            bridge: chosen.map(|it| bridge::bridge(it, days)),
            text: chosen
                .map(|it| bridge::in_words(view, it, span).text)
                .unwrap_or_default(),
            explain: [explain(from, |it| &it.from), explain(to, |it| &it.to)],
            customers: customers(view, metric, chosen),
            customer_count: words::counted(count, "customer", "customers"),
            changes: table(view, metric, all, chosen),
            restated: restatements(view, restated),
            restated_count: words::counted(restated.len() as u64, "delivery", "deliveries"),
        }
    }
}

/// The customers that moved a figure, those with the largest effects first. Their points add up to those
/// of the figure.
fn customers(view: &View, metric: Metric, chosen: Option<&Change>) -> Table {
    let page = chosen.and_then(|it| it.customers.as_ref());
    let items = page.map(|page| &page.items[..]).unwrap_or_default();
    let rows = items.iter().map(|it| {
        let part: i64 = it.steps.iter().map(|step| step.numerator).sum();
        let whole: i64 = it.steps.iter().map(|step| step.denominator).sum();
        vec![
            Cell::text(&it.customer_name)
                .link(customer_link(view, it.customer_id))
                .note(Some(bridge::causes(&it.steps))),
            Cell::points(Some(it.points)),
            Cell::difference(part),
            Cell::difference(whole),
        ]
    });
    let [part, whole] = match metric {
        Metric::Usage => ["Active", "Qualified"],
        Metric::Deployment => ["Deployed", "Sold"],
    };
    Table {
        name: "customers",
        caption: "The customers that moved the figure, those with the largest effects first"
            .to_owned(),
        columns: vec![
            Column::text("Customer").noted("Why"),
            Column::number("Points"),
            Column::number(part),
            Column::number(whole),
        ],
        rows: rows.collect(),
        empty: "No customer moved the figure.",
        csv: view.download("customers"),
    }
}

fn table(view: &View, metric: Metric, all: &[Change], chosen: Option<&Change>) -> Table {
    let rows = all.iter().map(|change| {
        let of = figure(
            change.service_code.as_str(),
            change.channel.as_str(),
            change.workload_name.as_deref(),
        );
        let name = change.workload_name.clone();
        let feed = words::feed(&change.service_code, &change.channel);
        let is_chosen = chosen.is_some_and(|it| std::ptr::eq(it, change));
        let cell = match name {
            Some(name) => Cell::text(name).note(Some(feed)),
            None => Cell::text(feed),
        };
        let here = ["service", "channel", "workload"].map(|name| {
            let value = of
                .parameters()
                .find(|(it, _)| *it == name)
                .map(|(_, value)| value);
            (name, value)
        });
        let cell = cell
            .link(view.with(here))
            .tone(if is_chosen { "chosen" } else { "" });
        let mut row = vec![cell, Cell::percent(change.from.percent)];
        row.extend(
            change
                .steps
                .iter()
                .map(|step| Cell::points(Some(step.points))),
        );
        row.push(Cell::percent(change.to.percent));
        row.push(Cell::points(Some(change.points)));
        row
    });
    Table {
        name: "changes",
        caption: "Each figure on both days, and by how many points each cause moved it".to_owned(),
        columns: vec![
            Column::text(match metric {
                Metric::Usage => "Workload",
                Metric::Deployment => "Service",
            })
            .noted("Service"),
            Column::number("Before"),
            Column::number("Restated").minor(),
            Column::number("Late").minor(),
            Column::number("New").minor(),
            Column::number("Lost").minor(),
            Column::number("Seats").minor(),
            Column::number("Use").minor(),
            Column::number("After"),
            Column::number("Change, points"),
        ],
        rows: rows.collect(),
        empty: "There is no figure on either day.",
        csv: view.download("changes"),
    }
}

/// Deliveries that were replaced, as a table.
pub(crate) fn restatements(view: &View, units: &[(Metric, RestatedUnit)]) -> Table {
    let rows = units
        .iter()
        .take(view.at_most(MOST_RESTATED))
        .filter_map(|(metric, unit)| {
            let (first, last) = (unit.versions.first()?, unit.versions.last()?);
            let seats = |version: &seatwise_types::own::DeliveryVersion| {
                let (part, whole) = (
                    words::count(version.numerator),
                    words::count(version.denominator),
                );
                Cell::text(format!("{part} of {whole}"))
            };
            Some(vec![
                Cell::text(&unit.customer_name)
                    .link(customer_link(view, unit.customer_id))
                    .note(Some(words::feed(&unit.service_code, &unit.channel))),
                Cell::text(metric.as_str()),
                Cell::day(Some(unit.processed_date)),
                seats(first),
                seats(last),
                Cell::count(unit.versions.len() as u64),
                Cell::instant(last.recorded_at),
            ])
        });
    Table {
        name: "restatements",
        caption: "Deliveries that were replaced by later ones of the same day".to_owned(),
        columns: vec![
            Column::text("Customer").noted("Service"),
            Column::text("Figures"),
            Column::number("Day"),
            Column::number("First said"),
            Column::number("Says now"),
            Column::number("Versions").minor(),
            Column::number("Recorded").minor(),
        ],
        rows: rows.collect(),
        empty: "No delivery of this time was replaced.",
        csv: view.download("restatements"),
    }
}
