//! The history of a figure over a year: a line chart with its table.

use std::sync::Arc;

use askama::Template;
use jiff::civil::Date;
use seatwise_server::Unanswered;
use seatwise_store::{History, Line as HistoryLine, Point};
use seatwise_types::extensions::{By, Gap, Metric, Selection};

use crate::chart::{Line, Svg, gaps};
use crate::model::Counted;
use crate::model::portfolio::points;
use crate::table::{Cell, Column, Table};
use crate::view::View;
use crate::words;

/// A line chart with its axes and its table.
#[derive(Template)]
#[template(path = "chart.html")]
pub(crate) struct Chart {
    pub(crate) picture: Svg,
    /// The labels at the top and the bottom of the axis.
    pub(crate) top: String,
    pub(crate) bottom: String,
    /// The first and last day of the line.
    pub(crate) first: String,
    pub(crate) last: String,
    /// The labels of its gaps.
    pub(crate) gaps: Vec<String>,
    pub(crate) table: Table,
}

/// The figure to draw.
pub(crate) struct Of {
    pub(crate) metric: Metric,
    pub(crate) by: By,
    pub(crate) selection: Selection,
    /// The name of the chart and of its table, and the title.
    pub(crate) name: &'static str,
    pub(crate) title: String,
}

/// The weekly history of a year; `None` if there is no data.
pub(crate) async fn read(
    view: &View,
    of: &Of,
) -> Result<Option<Arc<Counted<History>>>, Unanswered> {
    let year = view.model.year(of.metric, of.by, of.selection.clone());
    year.await
}

/// The newest point of a line. Dates without a delivery are skipped, because the figure before them still
/// holds. `None` if no row counts on the newest date.
pub(crate) fn newest(line: &HistoryLine) -> Option<Point> {
    let mut points = line.points.iter().rev();
    let newest = points.find(|point| !matches!(point, Err(Gap::NoDelivery)));
    newest.copied()?.ok()
}

/// The chart of one line.
pub(crate) fn chart(view: &View, of: &Of, dates: &[Date], line: &HistoryLine) -> Chart {
    let points = points(dates, line);
    let values = points.iter().filter_map(|point| point.value.ok());
    // The axis goes from the ten below to the ten above, so its ends are round numbers.
    let (least, most) = values.fold((f64::MAX, f64::MIN), |(least, most), value| {
        (least.min(value), most.max(value))
    });
    let bottom = (least / 10.0).floor() * 10.0;
    let top = ((most / 10.0).floor() * 10.0 + 10.0).max(bottom + 10.0);
    let end =
        |point: Option<&crate::chart::Point>| point.map(|it| it.at.clone()).unwrap_or_default();
    let (first, last) = (end(points.first()), end(points.last()));
    let desc = format!(
        "week by week from {first} to {last}: between {} and {}",
        words::percent(least),
        words::percent(most)
    );
    let picture = Line {
        id: of.name,
        class: "history",
        title: &of.title,
        desc: &desc,
        points: &points,
        range: [bottom, top],
    };
    Chart {
        picture: picture.draw(),
        top: format!("{top:.0} %"),
        bottom: format!("{bottom:.0} %"),
        first,
        last,
        gaps: gaps(&points).into_iter().map(|gap| gap.label).collect(),
        table: table(view, of, dates, line),
    }
}

fn table(view: &View, of: &Of, dates: &[Date], line: &HistoryLine) -> Table {
    let [part, whole] = words::seat_columns(of.metric);
    let rows = dates.iter().zip(&line.points);
    let rows = rows.skip_while(|(_, point)| point.is_err());
    let rows = rows.map(|(date, point)| match point {
        Ok(point) => vec![
            Cell::day(Some(*date)),
            Cell::count(point.part),
            Cell::count(point.whole),
            Cell::percent(Some(point.percent())),
            Cell::text(""),
        ],
        Err(gap) => vec![
            Cell::day(Some(*date)),
            Cell::unknown(),
            Cell::unknown(),
            Cell::unknown(),
            Cell::text(words::gap(*gap)),
        ],
    });
    let mut rows: Vec<Vec<Cell>> = rows.collect();
    rows.reverse();
    Table {
        name: of.name,
        caption: of.title.clone(),
        columns: vec![
            Column::text("As of"),
            Column::number(part),
            Column::number(whole),
            Column::number("%"),
            Column::text("Gap"),
        ],
        rows,
        empty: "There is no history yet.",
        csv: view.download(of.name),
    }
}
