//! How the customers are spread over the percents: a histogram, those with most to gain, and the best.

use seatwise_types::own::Selection;

use super::customer_link;
use crate::chart::{Column as Bin, Svg, bar, histogram};
use crate::model::lines::{Line, Lines, Seats};
use crate::table::{Cell, Column, Table};
use crate::view::View;
use crate::words;

/// How many customers are listed at each end.
const LISTED: usize = 10;

/// The customers of a workload or product.
pub(crate) struct Spread {
    pub(crate) picture: Svg,
    pub(crate) table: Table,
    pub(crate) laggards: Table,
    pub(crate) leaders: Table,
    pub(crate) customers: String,
}

impl Spread {
    /// Those that can be downloaded.
    pub(crate) fn tables(&self) -> [&Table; 3] {
        [&self.table, &self.laggards, &self.leaders]
    }
}

/// What is spread: use or deployment.
#[derive(Clone, Copy)]
pub(crate) struct Measure {
    pub(crate) seats: fn(&Line) -> &Seats,
    pub(crate) before: fn(&Line) -> &Seats,
    /// Such as `active`, `qualified`.
    pub(crate) names: [&'static str; 2],
    /// Columns of the histogram lead to the customers between these percents of use, and so only use has
    /// such links.
    pub(crate) is_use: bool,
}

impl Measure {
    /// The seats of all customers: the part and the whole.
    pub(crate) fn sum(self, lines: &Lines) -> (u64, u64) {
        let seats = lines.all.iter().map(self.seats);
        seats.fold((0, 0), |sum, it| (sum.0 + it.part, sum.1 + it.whole))
    }
}

pub(crate) const USE: Measure = Measure {
    seats: |line| &line.usage,
    before: |line| &line.usage_before,
    names: ["active", "qualified"],
    is_use: true,
};

pub(crate) const DEPLOYMENT: Measure = Measure {
    seats: |line| &line.deployment,
    before: |line| &line.deployment_before,
    names: ["deployed", "sold"],
    is_use: false,
};

pub(crate) fn spread(view: &View, lines: &Lines, of: &Selection, measure: Measure) -> Spread {
    let known = lines
        .all
        .iter()
        .filter(|line| (measure.seats)(line).percent().is_some());
    let mut known: Vec<&Line> = known.collect();
    let mut counts = [0_u64; 11];
    for line in &known {
        let percent = (measure.seats)(line).percent().unwrap_or_default();
        counts[((percent / 10.0) as usize).min(10)] += 1;
    }
    let bins = counts.iter().enumerate().map(|(place, count)| {
        let (from, below) = (place * 10, (place < 10).then_some(place * 10 + 10));
        let between = match below {
            Some(below) => format!("{from} % to below {below} %"),
            None => "100 % and more".to_owned(),
        };
        let use_range = [
            ("useFrom", Some(from.to_string())),
            ("useBelow", below.map(|below| below.to_string())),
        ];
        let range = use_range.into_iter().filter(|_| measure.is_use);
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
    let title = format!(
        "Customers by seats {} in percent of seats {}",
        measure.names[0], measure.names[1]
    );
    let columns: Vec<Bin> = columns.collect();
    let picture = histogram(&title, "a column for each ten percent", &columns);
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
    let customers = words::counted(known.len() as u64, "customer", "customers");
    // Those with most seats that are not used, and those who use most, of many seats first.
    let unused = |line: &Line| {
        let seats = (measure.seats)(line);
        seats.whole.saturating_sub(seats.part)
    };
    known.sort_by_key(|line| (std::cmp::Reverse(unused(line)), line.id));
    let laggards = known.iter().filter(|line| unused(line) > 0).take(LISTED);
    let laggards = list(view, measure, "laggards", laggards.copied());
    known.sort_by(|a, b| {
        let percent = |line: &Line| (measure.seats)(line).percent().unwrap_or_default();
        let whole = |line: &Line| (measure.seats)(line).whole;
        let order = percent(b).total_cmp(&percent(a));
        order.then_with(|| (whole(b), a.id).cmp(&(whole(a), b.id)))
    });
    let leaders = list(view, measure, "leaders", known.iter().take(LISTED).copied());
    Spread {
        picture,
        table,
        laggards,
        leaders,
        customers,
    }
}

fn list<'a>(
    view: &View,
    measure: Measure,
    name: &'static str,
    lines: impl Iterator<Item = &'a Line>,
) -> Table {
    let rows = lines.map(|line| {
        let (seats, before) = ((measure.seats)(line), (measure.before)(line));
        let percent = seats.percent();
        let picture = bar(percent.unwrap_or_default(), before.percent());
        let change = percent
            .zip(before.percent())
            .map(|(now, before)| now - before);
        vec![
            Cell::text(&line.name).link(customer_link(view, line.id)),
            Cell::percent(percent).bar(picture),
            Cell::count(seats.whole.saturating_sub(seats.part)),
            Cell::points(change),
        ]
    });
    let percent = match measure.is_use {
        true => "Active, %",
        false => "Deployed, %",
    };
    Table {
        name,
        caption: match name {
            "laggards" => "Customers with most seats that are not used".to_owned(),
            _ => "Customers that use most of their seats".to_owned(),
        },
        columns: vec![
            Column::text("Customer"),
            Column::number(percent),
            Column::number("Seats not used"),
            Column::number("Month, points").minor(),
        ],
        rows: rows.collect(),
        empty: "No customer has any.",
        csv: view.download(name),
    }
}
