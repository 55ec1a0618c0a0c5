//! How customers are distributed over the percents: a histogram, and the customers with the most unused seats
//! and with the highest percent.

use seatwise_types::extensions::{Metric, Selection};

use super::customer_link;
use crate::chart::{self, Column as Bin, Svg, bar};
use crate::model::lines::Line;
use crate::model::spread::Spread;
use crate::table::{Cell, Column, Table};
use crate::view::View;
use crate::words;

/// The customers of a workload or product.
pub(crate) struct SpreadTables {
    pub(crate) picture: Svg,
    pub(crate) table: Table,
    pub(crate) laggards: Table,
    pub(crate) leaders: Table,
    /// How many customers have a percent, and of how many.
    pub(crate) customers: String,
    pub(crate) laggards_title: &'static str,
    pub(crate) leaders_title: &'static str,
}

impl SpreadTables {
    pub(crate) fn new(view: &View, spread: &Spread, of: &Selection, metric: Metric) -> Self {
        let (picture, table) = histogram(view, spread, of, metric);
        Self {
            picture,
            table,
            laggards: list(view, metric, "laggards", &spread.laggards),
            leaders: list(view, metric, "leaders", &spread.leaders),
            customers: match spread.customers as u64 {
                all if all == spread.known => words::counted(all, "customer", "customers"),
                all => format!(
                    "{} of {}",
                    words::count(spread.known),
                    words::counted(all, "customer", "customers")
                ),
            },
            laggards_title: match metric {
                Metric::Usage => "Most unused seats",
                Metric::Deployment => "Most seats not deployed",
            },
            leaders_title: match metric {
                Metric::Usage => "Best used",
                Metric::Deployment => "Best deployed",
            },
        }
    }

    /// The tables that can be downloaded.
    pub(crate) fn tables(&self) -> [&Table; 3] {
        [&self.table, &self.laggards, &self.leaders]
    }
}

/// The number of customers in each range of ten percent, as a picture and a table. Columns of use link to the
/// customers in their range. The list of customers has no filter by deployment.
fn histogram(view: &View, spread: &Spread, of: &Selection, metric: Metric) -> (Svg, Table) {
    let bins = spread.counts.iter().enumerate().map(|(place, count)| {
        let (from, below) = (place * 10, (place < 10).then_some(place * 10 + 10));
        let between = match below {
            Some(below) => format!("{from} % to below {below} %"),
            None => "100 % and more".to_owned(),
        };
        let use_range = [
            ("useFrom", Some(from.to_string())),
            ("useBelow", below.map(|below| below.to_string())),
        ];
        let range = use_range.into_iter().filter(|_| metric == Metric::Usage);
        let href = view.link("/customers", super::of(of).chain(range));
        (between, *count, href)
    });
    let bins: Vec<(String, u64, String)> = bins.collect();
    let columns = bins.iter().map(|(between, count, href)| Bin {
        title: format!(
            "{}: {between}",
            words::counted(*count, "customer", "customers")
        ),
        count: *count,
        href: href.clone(),
    });
    let [part, whole] = words::seats(metric);
    let title = format!("Customers by seats {part} in percent of seats {whole}");
    let columns: Vec<Bin> = columns.collect();
    let picture = chart::histogram(&title, "a column for each ten percent", &columns);
    let rows = bins
        .into_iter()
        .map(|(between, count, href)| vec![Cell::text(between), Cell::count(count).link(href)]);
    let table = Table {
        name: "spread",
        caption: title,
        columns: vec![Column::text("Percent"), Column::number("Customers")],
        rows: rows.collect(),
        empty: "",
        csv: view.download("spread"),
    };
    (picture, table)
}

fn list(view: &View, metric: Metric, name: &'static str, lines: &[Line]) -> Table {
    let rows = lines.iter().map(|line| {
        let (seats, before) = (line.seats(metric), line.seats_before(metric));
        let percent = seats.percent();
        let picture = bar(percent.unwrap_or_default(), before.percent());
        let change = percent
            .zip(before.percent())
            .map(|(now, before)| now - before);
        vec![
            Cell::text(&*line.name).link(customer_link(view, line.id)),
            Cell::percent(percent).bar(picture),
            Cell::count(line.unused(metric)),
            Cell::points(change),
        ]
    });
    let [percent, left] = match metric {
        Metric::Usage => ["Active, %", "Seats not used"],
        Metric::Deployment => ["Deployed, %", "Seats not deployed"],
    };
    view.in_order(Table {
        name,
        caption: match (name, metric) {
            ("laggards", Metric::Usage) => "Customers with the most unused seats",
            ("laggards", Metric::Deployment) => "Customers with the most seats not deployed",
            (_, Metric::Usage) => "Customers that use most of their seats",
            (_, Metric::Deployment) => "Customers that have deployed most of their seats",
        }
        .to_owned(),
        columns: vec![
            Column::text("Customer"),
            Column::number(percent),
            Column::number(left),
            Column::number("Month, points").minor(),
        ],
        rows: rows.collect(),
        empty: "No customer has any.",
        csv: view.download(name),
    })
}
