//! `seatwise monthly`: figures of calendar months. Uses the SDK only.

use seatwise_service::Result;
use seatwise_types::extensions::{Gap, Metric, Month, MonthlyFigure};
use serde::Serialize;

use crate::cli::{Monthly, Output};
use crate::commands::extensions::{counts, only_there, percent, print, shown};
use crate::commands::given;
use crate::table::Column;
use crate::{connection, customer, output};

/// A figure of a month, or why there is none.
type Row<'a> = (Month, Result<&'a MonthlyFigure, Gap>);

pub(crate) async fn run(args: Monthly) -> Result<()> {
    let partner = connection::open(args.source)?;
    let customer = customer::id(&partner, args.customer).await?;
    let question = given!(partner.seatwise().monthly().metric(args.metric),
        service: args.service,
        workload: args.workload,
        customer: customer,
        product: args.product,
        known_at: args.known_at,
    );
    if let (Some(from), Some(to)) = (args.from, args.to) {
        let range = question.months(from, to).get().await.map_err(only_there)?;
        let rows = range.months.iter().flat_map(|month| {
            let figures = month.items.iter().map(Ok).chain(month.gap.map(Err));
            figures.map(|figure| (month.month, figure))
        });
        return show(&range, args.metric, args.output, rows.collect());
    }
    let figures = given!(question, month: args.month);
    let figures = figures.get().await.map_err(only_there)?;
    let month = figures.month.into_iter();
    let rows = month.flat_map(|month| figures.items.iter().map(move |item| (month, Ok(item))));
    show(&figures, args.metric, args.output, rows.collect())
}

fn show<A: Serialize>(
    answer: &A,
    metric: Metric,
    output: Output,
    rows: Vec<Row<'_>>,
) -> Result<()> {
    if output.is_table() && !rows.is_empty() {
        output::line(format_args!(
            "{metric} by calendar month, from the downloads of Insights: not of 28 days"
        ))?;
    }
    let [part, whole] = counts(metric);
    let columns: &[Column<Row<'_>>] = &[
        Column::text("Month", "month", |(month, _)| month.to_string()),
        Column::text("Service", "serviceCode", |(_, figure)| {
            text(figure, |it| Some(it.service_code.as_str()))
        }),
        Column::name("Workload", "workloadName", |(_, figure)| {
            text(figure, |it| it.workload_name.as_deref())
        }),
        Column::name("Product", "productName", |(_, figure)| {
            text(figure, |it| it.product_name.as_deref())
        }),
        Column::number(part, "numerator", |(_, figure)| {
            shown(figure.ok().and_then(MonthlyFigure::numerator))
        }),
        Column::number(whole, "denominator", |(_, figure)| {
            shown(figure.ok().and_then(MonthlyFigure::denominator))
        }),
        Column::number("%", "percent", |(_, figure)| {
            percent(figure.ok().and_then(MonthlyFigure::percent))
        }),
        Column::text("Gap", "gap", |(_, figure)| shown(figure.err())),
    ];
    print(answer, output, columns, rows.into_iter())
}

/// A text field of a figure; empty for a gap.
fn text(
    figure: &Result<&MonthlyFigure, Gap>,
    of: impl Fn(&MonthlyFigure) -> Option<&str>,
) -> String {
    let figure = figure.ok();
    figure.and_then(of).unwrap_or_default().to_owned()
}
