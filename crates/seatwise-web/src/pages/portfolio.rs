//! The first page: how well licences are used, what changed, and which customers need attention.

use askama::Template;
use axum::response::Response;
use jiff::civil::Date;
use seatwise_types::extensions::{Change, IdleSeats, Metric};

use super::bridge::{Bridge, InWords, bridge, in_words};
use super::{customer_link, explain_link, workload_link};
use crate::chart::{Line, bar};
use crate::error::PageError;
use crate::model::Standing;
use crate::model::movers::Movers;
use crate::model::portfolio::{Figure, Portfolio, by_size};
use crate::table::{Cell, Column, Table};
use crate::view::{Look, Page, Shell, View};
use crate::words;

/// The number of changes shown.
const MOST_CHANGES: usize = 5;

/// The number of products with idle seats shown.
const MOST_IDLE: usize = 5;

/// `GET /`
pub(crate) async fn get(Look(view, asked): Look) -> Result<Response, PageError> {
    asked.finish()?;
    let portfolio = view.model.portfolio().await?;
    let page = PortfolioPage::new(&view, &portfolio);
    view.respond(page).await
}

#[derive(Template)]
#[template(path = "portfolio.html")]
struct PortfolioPage {
    shell: Shell,
    totals: Vec<Total>,
    usage: Table,
    /// Workloads with few seats.
    small_usage: Table,
    deployment: Table,
    /// Services with few seats.
    small_deployment: Table,
    /// The first day of the comparison; `None` if there is nothing to compare.
    since: Option<String>,
    bridge: Option<Bridge>,
    bridge_href: String,
    changes: Vec<InWords>,
    movers: Table,
    /// How much of what customers had is not known now; `None` if all of it is.
    late: Option<String>,
    at_risk: Table,
    at_risk_href: String,
    at_risk_count: u64,
    idle: Idle,
}

/// Idle seats on the first page.
struct Idle {
    href: String,
    /// Why the idle seats are unknown; `None` if they are known.
    unknown: Option<String>,
    /// Unassigned seats that are not idle: how many are new, and how many are excluded; `None` without any.
    without: Option<String>,
    /// The price in each currency, and how many seats have one.
    worth: Vec<(String, String)>,
    /// How many have no known price; `None` if all have one.
    unpriced: Option<String>,
    products: Table,
}

/// A sum at the top of the page.
struct Total {
    value: String,
    unit: &'static str,
}

impl Page for PortfolioPage {
    fn tables(&self) -> Vec<&Table> {
        vec![
            &self.usage,
            &self.small_usage,
            &self.deployment,
            &self.small_deployment,
            &self.movers,
            &self.at_risk,
            &self.idle.products,
        ]
    }
}

impl PortfolioPage {
    fn new(view: &View, portfolio: &Portfolio) -> Self {
        let span = portfolio.span;
        let end = |place: usize| span.map(|days| days[place].to_string());
        let changes = portfolio
            .changes
            .iter()
            .filter(|change| change.points != 0.0);
        let changes: Vec<_> = changes.take(MOST_CHANGES).collect();
        let largest = changes.first().zip(span);
        let largest = largest.map(|(change, days)| bridge(change, days.map(words::day)));
        let [large, small] = by_size(&portfolio.usage);
        let [large_services, small_services] = by_size(&portfolio.deployment);
        let bridge_href = view.link("/changes", [("from", end(0)), ("to", end(1))]);
        let in_words = |(change, days): (&Change, [Date; 2])| {
            in_words(view, change, days.map(|day| day.to_string()))
        };
        Self {
            shell: view.shell("Portfolio", "Portfolio"),
            totals: totals(view, portfolio),
            usage: usage(view, "usage", &large),
            small_usage: usage(view, "usage-of-few-seats", &small),
            deployment: deployment(view, "deployment", &large_services),
            small_deployment: deployment(view, "deployment-of-few-seats", &small_services),
            since: span.map(|[from, _]| words::day(from)),
            bridge: largest,
            bridge_href,
            changes: changes
                .into_iter()
                .filter_map(|change| Some((change, span?)))
                .map(in_words)
                .collect(),
            movers: movers(view, portfolio),
            late: late(&portfolio.movers),
            at_risk: at_risk(view, portfolio),
            at_risk_href: view.link(
                "/customers",
                [
                    ("only", Some("risk".to_owned())),
                    ("sort", Some("-stake".to_owned())),
                ],
            ),
            at_risk_count: portfolio.at_risk_count,
            idle: idle(view, portfolio),
        }
    }
}

/// The sums over all services and channels. Only seats are added up, never percents.
fn totals(view: &View, portfolio: &Portfolio) -> Vec<Total> {
    let deployed: u64 = portfolio.deployment.iter().map(|it| it.part).sum();
    let sold: u64 = portfolio.deployment.iter().map(|it| it.whole).sum();
    let total = |value: u64, unit| Total {
        value: words::count(value),
        unit,
    };
    let mut totals = vec![
        total(view.standing.customers, "customers"),
        total(sold, "seats sold"),
        total(deployed, "seats deployed"),
    ];
    if let Some((found, _)) = portfolio.idle.as_deref().ok().map(|it| &**it) {
        totals.push(total(found.totals.idle, "seats idle"));
    }
    totals
}

fn idle(view: &View, portfolio: &Portfolio) -> Idle {
    let found = portfolio.idle.as_ref().map(|it| &it.0);
    let unpriced = found.map_or(0, |found| found.totals.unpriced);
    let worth = found
        .map(|found| &found.worth[..])
        .unwrap_or_default()
        .iter();
    let products = found
        .map(|found| &found.products.items[..])
        .unwrap_or_default();
    Idle {
        href: view.link("/idle", []),
        unknown: found.err().cloned(),
        worth: worth
            .map(|it| {
                let seats = words::counted(it.seats, "seat", "seats");
                (words::money(&it.currency, it.exposure), seats)
            })
            .collect(),
        without: found.ok().and_then(|found| without(&found.totals)),
        unpriced: (unpriced > 0).then(|| words::count(unpriced)),
        products: super::idle::products(view, products.iter().take(MOST_IDLE)),
    }
}

/// Unassigned seats that do not count as idle.
fn without(totals: &IdleSeats) -> Option<String> {
    let parts = [(totals.new, "new"), (totals.excluded, "excluded")];
    let parts = parts.into_iter().filter(|(seats, _)| *seats > 0);
    let parts = parts.map(|(seats, name)| format!("{} {name}", words::count(seats)));
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// Customers of which nothing current is known cannot be among those that lost seats.
fn late(movers: &Movers) -> Option<String> {
    (movers.late > 0).then(|| {
        format!(
            "{} with {} then, late now",
            words::counted(movers.late, "customer", "customers"),
            words::counted(movers.late_seats, "active seat", "active seats")
        )
    })
}

/// The text below the name of a figure: service, day, and how many customers are left out.
fn beside(standing: &Standing, metric: Metric, figure: &Figure) -> String {
    let day = words::day(figure.processed);
    let mut parts = match figure.workload {
        Some(_) => vec![words::feed(&figure.service, &figure.channel), day],
        None => vec![day],
    };
    let feed = (figure.service.as_str(), figure.channel.as_str());
    if let Some(coverage) = standing.of_feed(metric, feed.0, feed.1) {
        let out = coverage.late + coverage.missing;
        if out > 0 {
            let expected = words::count(coverage.expected);
            parts.push(format!(
                "{} of {expected} customers left out",
                words::count(out)
            ));
        }
    }
    parts.join(" \u{b7} ")
}

fn columns(name: &'static str, measure: &'static str, seats: &'static str) -> Vec<Column> {
    vec![
        Column::text(name).noted("Of"),
        Column::number(measure),
        Column::number(seats).minor(),
        Column::number("Week, points").minor(),
        Column::number("Month, points"),
        Column::number("Year, points").minor(),
        Column::picture("Trend"),
    ]
}

fn cells(figure: &Figure, name: Cell, explain: String, spark: Cell) -> Vec<Cell> {
    let ago = |place: usize| {
        let before = figure.before[place];
        Cell::points(before.map(|before| figure.percent - before))
    };
    let measure = Cell::percent(Some(figure.percent));
    vec![
        name,
        measure
            .link(explain)
            .bar(bar(figure.percent, figure.before[1])),
        Cell::part_of(figure.part, figure.whole),
        ago(0),
        ago(1),
        ago(2),
        spark,
    ]
}

fn spark(figure: &Figure, id: &str, title: &str) -> Cell {
    let values = figure.trend.iter().filter_map(|point| point.value.ok());
    let (least, most) = values.fold((f64::MAX, f64::MIN), |(least, most), value| {
        (least.min(value), most.max(value))
    });
    if least > most {
        return Cell::unknown();
    }
    let first = figure.trend.first().map_or("", |point| &point.at);
    let desc = format!(
        "week by week since {first}: between {} and {}",
        words::percent(least),
        words::percent(most)
    );
    let line = Line {
        id,
        class: "spark",
        title,
        desc: &desc,
        points: &figure.trend,
        // The margins keep the line off the edge. The range is at least 10 points, so that noise does not
        // look large.
        range: [least - 2.0, most.max(least + 6.0) + 2.0],
    };
    Cell::text("").bar(line.draw())
}

fn usage(view: &View, name: &'static str, figures: &[&Figure]) -> Table {
    let row = |(place, figure): (usize, &&Figure)| {
        let workload = figure.workload.as_deref();
        let of = super::figure(figure.service.as_str(), figure.channel.as_str(), workload);
        let workload = workload.unwrap_or_default();
        let note = beside(&view.standing, Metric::Usage, figure);
        let title = format!(
            "Use of {workload}, {}",
            words::feed(&figure.service, &figure.channel)
        );
        cells(
            figure,
            Cell::text(workload)
                .link(workload_link(view, &of))
                .note(Some(note)),
            explain_link(view, Metric::Usage, &of),
            spark(figure, &format!("{name}-{place}"), &title),
        )
    };
    Table {
        name,
        caption: "Active seats of each workload, in percent of qualified seats".to_owned(),
        columns: columns(
            "Workload",
            "Active, % of qualified",
            "Active of qualified seats",
        ),
        rows: figures.iter().enumerate().map(row).collect(),
        empty: "No usage was delivered.",
        csv: view.download(name),
    }
}

fn deployment(view: &View, name: &'static str, figures: &[&Figure]) -> Table {
    let row = |(place, figure): (usize, &&Figure)| {
        let of = super::figure(figure.service.as_str(), figure.channel.as_str(), None);
        let feed = words::feed(&figure.service, &figure.channel);
        let customers = view.link("/customers", super::of(&of));
        let note = beside(&view.standing, Metric::Deployment, figure);
        cells(
            figure,
            Cell::text(&feed).link(customers).note(Some(note)),
            explain_link(view, Metric::Deployment, &of),
            spark(
                figure,
                &format!("{name}-{place}"),
                &format!("Deployment of {feed}"),
            ),
        )
    };
    Table {
        name,
        caption: "Deployed seats of each service, in percent of seats sold".to_owned(),
        columns: columns("Service", "Deployed, % of sold", "Deployed of sold seats"),
        rows: figures.iter().enumerate().map(row).collect(),
        empty: "No deployment was delivered.",
        csv: view.download(name),
    }
}

fn movers(view: &View, portfolio: &Portfolio) -> Table {
    let rows = portfolio.movers.most.iter().map(|mover| {
        let lost = i64::try_from(mover.lost).unwrap_or(i64::MAX);
        vec![
            Cell::text(&mover.name)
                .link(customer_link(view, mover.id))
                .note(Some(mover.why.clone())),
            Cell::difference(-lost).tone("bad"),
            super::percent_cell(&mover.before),
            super::percent_cell(&mover.now),
        ]
    });
    Table {
        name: "losses",
        caption: "The customers that lost most active seats within a month, and why".to_owned(),
        columns: vec![
            Column::text("Customer").noted("Why"),
            Column::number("Active seats"),
            Column::number("Use before, %").minor(),
            Column::number("Use now, %"),
        ],
        rows: rows.collect(),
        empty: "No customer has fewer active seats than a month ago.",
        csv: view.download("losses"),
    }
}

fn at_risk(view: &View, portfolio: &Portfolio) -> Table {
    let rows = portfolio.at_risk.iter().map(|it| {
        vec![
            Cell::text(&it.name)
                .link(customer_link(view, it.id))
                .note(Some(it.reasons.clone())),
            Cell::count(it.seats),
        ]
    });
    Table {
        name: "at-risk",
        caption: "Customers at risk, those with most seats first, and why".to_owned(),
        columns: vec![
            Column::text("Customer").noted("Why"),
            Column::number("Seats at stake"),
        ],
        rows: rows.collect(),
        empty: "No customer is at risk.",
        csv: view.download("at-risk"),
    }
}
