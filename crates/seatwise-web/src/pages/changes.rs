//! How every figure changed between two days.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use futures_util::future::try_join;
use jiff::civil::Date;
use seatwise_server::Unanswered;
use seatwise_store::{ChangesQuestion, Kind, RestatementsQuestion};
use seatwise_types::extensions::{self, Change, ChangeFigure, CustomerChange, Metric, Selection};

use super::bridge::{self, Bridge};
use super::{EXPLAIN, customer_link, explained, figure, selection};
use crate::error::PageError;
use crate::model::{Restated, Span};
use crate::table::{Cell, Column, Table};
use crate::view::{Look, Page, Pages, Shell, View};
use crate::words;

/// The number of restated units on the page.
const MOST_RESTATED: usize = 100;

/// The number of customers on a page of the list.
const CUSTOMERS: usize = 20;

/// `GET /changes?from=…&to=…`
pub(crate) async fn get(Look(view, mut asked): Look) -> Result<Response, PageError> {
    let metric = asked.value("metric")?.unwrap_or(Metric::Usage);
    let day = |text: Option<String>, name: &str| {
        let day = text
            .map(|text| extensions::Axes::parse_as_of(&text))
            .transpose();
        day.map_err(|err| Unanswered::invalid(format!("{name}: {err}")))
    };
    let from = day(asked.text("from"), "from")?;
    let to = day(asked.text("to"), "to")?;
    let mut of = selection(&mut asked)?;
    let page = asked.page()?;
    asked.finish()?;
    if metric == Metric::Deployment {
        of.workload = None;
    }
    let to = to.or(view.standing.newest_of(metric));
    let from = from.or_else(|| view.standing.month_before(metric));
    let (Some(from), Some(to)) = (from, to) else {
        return Err(Unanswered::not_found("nothing was delivered yet").into());
    };
    let span = Span { metric, from, to };
    let all = view.model.changes(span, ChangesQuestion::default());
    let restated = async {
        match from <= to {
            true => restated(&view, metric, from, to, &of).await.map(Some),
            false => Ok(None),
        }
    };
    let (all, restated) = try_join(all, restated).await?;
    let chosen = all.iter().position(|it| is_chosen(it, &of));
    let customers = match chosen {
        Some(place) => Some(customers_of(&view, span, &all[place], page).await?),
        None => None,
    };
    let asked = Asked {
        metric,
        days: [from, to],
        page,
    };
    let make = move |view: &View| {
        let found = Found {
            all: &all,
            chosen: chosen.map(|place| &all[place]),
            customers: customers.as_ref(),
            restated: &Vec::from_iter(restated.map(|it| (metric, it))),
        };
        ChangesPage::new(view, &asked, &found)
    };
    view.respond_with(make).await
}

/// Whether a change is of the selected service, channel and workload.
fn is_chosen(change: &Change, of: &Selection) -> bool {
    let is = |wanted: &Option<String>, text: &str| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(text))
    };
    is(&of.service, change.service_code.as_str())
        && is(&of.channel, change.channel.as_str())
        && is(
            &of.workload,
            change.workload_name.as_deref().unwrap_or_default(),
        )
}

/// The selection of the figure that changed.
fn of_change(change: &Change) -> Selection {
    figure(
        change.service_code.as_str(),
        change.channel.as_str(),
        change.workload_name.as_deref(),
    )
}

/// One page of the list of customers that moved a figure.
async fn customers_of(
    view: &View,
    span: Span,
    change: &Change,
    page: usize,
) -> Result<extensions::Page<CustomerChange>, Unanswered> {
    let question = ChangesQuestion::new(of_change(change));
    let question = question.map_err(|err| Unanswered::invalid(err.to_string()))?;
    let question = question.by_customer(view.range(page, CUSTOMERS));
    let found = view.model.changes(span, question).await?;
    let is_it = |it: &&Change| of_change(it) == of_change(change);
    let customers = found.iter().find(is_it).and_then(|it| it.customers.clone());
    Ok(customers.unwrap_or_else(|| extensions::Page::of(Vec::new(), 0, 0)))
}

/// The restated units of these days, of the selected service, channel and customer.
pub(super) async fn restated(
    view: &View,
    metric: Metric,
    from: Date,
    to: Date,
    of: &Selection,
) -> Result<Arc<Restated>, Unanswered> {
    let question = RestatementsQuestion {
        kind: Kind::from(metric),
        from,
        to,
        selection: Selection {
            workload: None,
            product: None,
            ..of.clone()
        },
        known_at: view.model.axes.known_at,
    };
    view.model.restated(question).await
}

/// What the address asks for.
struct Asked {
    metric: Metric,
    /// The first day and the last.
    days: [Date; 2],
    /// The page of the list of customers, from 1.
    page: usize,
}

/// The data of the page.
struct Found<'a> {
    all: &'a [Change],
    chosen: Option<&'a Change>,
    /// The customers that moved the chosen figure; `None` if no figure is chosen.
    customers: Option<&'a extensions::Page<CustomerChange>>,
    restated: &'a [(Metric, Arc<Restated>)],
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
    /// The hidden fields of the form.
    kept: Vec<(String, String)>,
    bridge: Option<Bridge>,
    text: String,
    /// The explanations of both figures; `None` where there is no figure.
    explain: [Option<String>; 2],
    /// The customers that moved the figure.
    customers: Table,
    customer_count: String,
    pages: Option<Pages>,
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
    fn new(view: &View, asked: &Asked, found: &Found<'_>) -> Self {
        let Asked {
            metric,
            days: [from, to],
            page,
        } = *asked;
        let chosen = found.chosen;
        let days = [words::day(from), words::day(to)];
        let span = [from.to_string(), to.to_string()];
        let of_chosen = chosen.map(of_change);
        let explain = |day: Date, figure: fn(&Change) -> &ChangeFigure| {
            chosen.filter(|it| figure(it).percent.is_some())?;
            let of = explained(metric, of_chosen.as_ref()?);
            Some(view.link_as_of(EXPLAIN, of, day))
        };
        let count = found.customers.map_or(0, |it| it.total_count);
        let restated = found.restated.iter().map(|(_, it)| it.len()).sum::<usize>();
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
            kept: view.kept(&[
                "from", "to", "metric", "service", "channel", "workload", "page",
            ]),
            bridge: chosen.map(|it| bridge::bridge(it, days)),
            text: chosen
                .map(|it| bridge::in_words(view, it, span).text)
                .unwrap_or_default(),
            explain: [explain(from, |it| &it.from), explain(to, |it| &it.to)],
            customers: customers(view, metric, found.customers),
            customer_count: words::counted(count, "customer", "customers"),
            pages: Pages::of(view, page, CUSTOMERS, count as usize),
            changes: table(view, metric, found.all, chosen),
            restated: restatements(view, found.restated),
            restated_count: words::counted(restated as u64, "delivery", "deliveries"),
        }
    }
}

/// The customers that moved a figure, the largest effect first. Their points add up to the change of the
/// figure.
fn customers(
    view: &View,
    metric: Metric,
    page: Option<&extensions::Page<CustomerChange>>,
) -> Table {
    let items = page.map(|page| &page.items[..]).unwrap_or_default();
    let rows = items.iter().map(|it| {
        let part: i64 = it.steps.iter().map(|step| step.numerator).sum();
        let whole: i64 = it.steps.iter().map(|step| step.denominator).sum();
        vec![
            Cell::text(&it.customer_name)
                .link(customer_link(view, it.customer_id))
                .note(Some(bridge::causes(metric, &it.steps))),
            Cell::points(Some(it.points)),
            Cell::difference(part),
            Cell::difference(whole),
        ]
    });
    let [part, whole] = words::seat_columns(metric);
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
        let of = of_change(change);
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
        let here = here.into_iter().chain([("page", None)]);
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
    view.in_order(Table {
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
            Column::number(match metric {
                Metric::Usage => "Use",
                Metric::Deployment => "Assigned",
            })
            .minor(),
            Column::number("After"),
            Column::number("Change, points"),
        ],
        rows: rows.collect(),
        empty: "There is no figure on either day.",
        csv: view.download("changes"),
    })
}

/// Restated units as a table.
pub(crate) fn restatements(view: &View, units: &[(Metric, Arc<Restated>)]) -> Table {
    let units = units.iter().flat_map(|(metric, units)| {
        let units = units.iter();
        units.map(move |unit| (metric, unit))
    });
    let rows = units
        .take(view.at_most(MOST_RESTATED))
        .filter_map(|(metric, unit)| {
            let (first, last) = (unit.versions.first()?, unit.versions.last()?);
            let seats = |version: &seatwise_types::extensions::DeliveryVersion| {
                Cell::part_of(version.numerator, version.denominator)
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
