//! `seatwise history`: figures over time, through the SDK alone.

use seatwise_types::own::{HistoryPoint, HistorySeries};

use super::given;
use super::own::{Column, only_there, percent, print, shown};
use crate::cli::History;
use crate::{connection, customer};

pub(crate) async fn run(args: History) -> anyhow::Result<()> {
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
    let columns: &[Column<(&HistorySeries, &HistoryPoint)>] = &[
        ("Service", "serviceCode", |(series, _)| {
            series.service_code.to_string()
        }),
        ("Channel", "channel", |(series, _)| {
            series.channel.to_string()
        }),
        ("Of", "name", |(series, _)| name(series)),
        ("Date", "date", |(_, point)| point.date.to_string()),
        ("Part", "numerator", |(_, point)| shown(point.numerator)),
        ("Whole", "denominator", |(_, point)| {
            shown(point.denominator)
        }),
        ("%", "percent", |(_, point)| percent(point.percent)),
        ("Gap", "gap", |(_, point)| shown(point.gap)),
    ];
    print(&history, args.output, columns, &[4, 5, 6], rows)
}

/// What a line is about; nothing if it is the partner.
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
