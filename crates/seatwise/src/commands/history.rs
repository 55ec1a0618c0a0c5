//! `seatwise history`: figures over time. Uses the SDK only.

use seatwise_service::Result;
use seatwise_types::extensions::{By, HistoryPoint, HistorySeries};

use super::extensions::{counts, only_there, percent, print, shown};
use super::given;
use crate::cli::History;
use crate::table::{Column, minor};
use crate::{connection, customer};

pub(crate) async fn run(args: History) -> Result<()> {
    let partner = connection::open(args.source)?;
    let customer = customer::id(&partner, args.selection.customer).await?;
    let question = partner.seatwise().history(args.from, args.to);
    let question = question.metric(args.metric).by(args.by).step(args.step);
    let question = given!(question,
        service: args.selection.feed.service,
        channel: args.selection.feed.channel,
        workload: args.selection.workload,
        customer: customer,
        product: args.selection.product,
        known_at: args.known_at,
    );
    let history = question.get().await.map_err(only_there)?;
    let rows = history
        .series
        .iter()
        .flat_map(|series| series.points.iter().map(move |point| (series, point)));
    let [part, whole] = counts(args.metric);
    let of = match args.by {
        By::Partner => "",
        By::Customer => "Customer",
        By::Workload => "Workload",
        By::Product => "Product",
    };
    let columns: &[Column<(&HistorySeries, &HistoryPoint)>] = &[
        Column::text("Service", "serviceCode", |(series, _)| {
            series.service_code.to_string()
        }),
        minor(Column::text("Channel", "channel", |(series, _)| {
            series.channel.to_string()
        })),
        Column::name(of, "name", |(series, _)| name(series)),
        Column::day("Date", "date", |(_, point)| point.date.to_string()),
        Column::number(part, "numerator", |(_, point)| shown(point.numerator)),
        Column::number(whole, "denominator", |(_, point)| shown(point.denominator)),
        Column::number("%", "percent", |(_, point)| percent(point.percent)),
        Column::text("Gap", "gap", |(_, point)| shown(point.gap)),
    ];
    print(&history, args.output, columns, rows)
}

/// The name of a series; empty for the partner.
fn name(series: &HistorySeries) -> String {
    let names = [
        &series.customer_name,
        &series.workload_name,
        &series.product_name,
    ];
    names
        .into_iter()
        .flatten()
        .next()
        .cloned()
        .unwrap_or_default()
}
