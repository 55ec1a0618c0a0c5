//! `seatwise explain`: why a figure is what it is, through the SDK alone.

use seatwise_client::Error;
use seatwise_types::own::{ExplainedDelivery, ExplainedRow, LeftOut};

use super::given;
use super::own::{counts, more, print, section, shown, with_hint_if_not_found};
use crate::cli::Explain;
use crate::output::{self, counted, grouped};
use crate::table::{self, Column, minor};
use crate::{connection, customer};

pub(crate) async fn run(args: Explain) -> anyhow::Result<()> {
    let partner = connection::open(args.source)?;
    let customer = customer::id(&partner, args.selection.customer).await?;
    // The command line has both of them, or it is refused.
    let [service, channel] =
        [args.selection.feed.service, args.selection.feed.channel].map(Option::unwrap_or_default);
    let question = partner.seatwise().explain(service, channel);
    let question = given!(question.metric(args.metric),
        workload: args.selection.workload,
        customer: customer,
        product: args.selection.product,
        as_of: args.axes.as_of,
        known_at: args.axes.known_at,
        top: args.page.top,
        skip: args.page.skip,
    );
    let told = question.get().await.map_err(nothing_to_explain)?;
    if !args.output.is_table() {
        let columns: &[Column<&ExplainedRow>] = &[
            Column::text("", "delivery", |row| row.delivery.to_string()),
            Column::text("", "customerId", |row| row.customer_id.to_string()),
            Column::text("", "productName", |row| row.product_name.clone()),
            Column::text("", "workloadName", |row| shown(row.workload_name.as_ref())),
            Column::text("", "numerator", |row| row.numerator.to_string()),
            Column::text("", "denominator", |row| row.denominator.to_string()),
        ];
        return print(&told, args.output, columns, told.rows.items.iter());
    }
    match (told.numerator, told.denominator, told.percent) {
        (Some(part), Some(whole), Some(percent)) => output::line(format_args!(
            "{} of {}: {percent:.2} % (exactly {})",
            grouped(part),
            counted(whole, "seat", "seats"),
            told.exact_percent.as_deref().unwrap_or("undefined"),
        ))?,
        _ => output::line("no row counts")?,
    }
    let known_at = told.known_at.map(|at| format!(", known at {at}"));
    output::line(format_args!(
        "table version {}{}",
        told.table_version,
        known_at.unwrap_or_default()
    ))?;
    for reason in &told.reasons {
        output::line(format_args!(
            "{}: {}, {}",
            reason.code,
            counted(reason.rows, "row", "rows"),
            counted(reason.excess, "seat", "seats"),
        ))?;
    }
    let [part, whole] = counts(args.metric);
    section("Deliveries", told.deliveries.total_count)?;
    let deliveries: &[Column<&ExplainedDelivery>] = &[
        minor(Column::number("Delivery", "", |it| it.delivery.to_string())),
        minor(Column::id("Customer", "", |it| it.customer_id.to_string())),
        Column::name("Name", "", |it| it.customer_name.clone()),
        Column::day("Processed", "", |it| it.processed_date.to_string()),
        Column::instant("Recorded", "", |it| it.recorded_at.to_string()),
        Column::number("Rows", "", |it| it.rows.to_string()),
        Column::number(part, "", |it| it.numerator.to_string()),
        Column::number(whole, "", |it| it.denominator.to_string()),
    ];
    table::print(deliveries, told.deliveries.items.iter(), args.output)?;
    section("Rows", told.rows.total_count)?;
    let of_rows: &[Column<(&ExplainedRow, &str)>] = &[
        minor(Column::number("Delivery", "", |(row, _)| {
            row.delivery.to_string()
        })),
        minor(Column::id("Customer", "", |(row, _)| {
            row.customer_id.to_string()
        })),
        Column::name("Name", "", |(_, name)| (*name).to_owned()),
        Column::name("Product", "", |(row, _)| row.product_name.clone()),
        Column::name("Workload", "", |(row, _)| shown(row.workload_name.as_ref())),
        Column::number(part, "", |(row, _)| row.numerator.to_string()),
        Column::number(whole, "", |(row, _)| row.denominator.to_string()),
    ];
    let named = told.rows.items.iter().map(|row| {
        let mut deliveries = told.deliveries.items.iter();
        let delivery = deliveries.find(|it| it.delivery == row.delivery);
        // A page of rows may be of other deliveries than the page of these.
        (row, delivery.map_or("", |it| it.customer_name.as_str()))
    });
    table::print(of_rows, named, args.output)?;
    section("Left out", told.left_out.total_count)?;
    let left_out: &[Column<&LeftOut>] = &[
        Column::text("Why", "", |it| it.reason.to_string()),
        Column::name("Name", "", |it| shown(it.customer_name.as_ref())),
        minor(Column::text("Channel", "", |it| shown(it.channel.as_ref()))),
        Column::name("Product", "", |it| shown(it.product_name.as_ref())),
        Column::day("Processed", "", |it| shown(it.processed_date)),
        minor(Column::number("Delivery", "", |it| shown(it.delivery))),
        Column::number(part, "", |it| it.numerator.to_string()),
        Column::number(whole, "", |it| it.denominator.to_string()),
    ];
    table::print(left_out, told.left_out.items.iter(), args.output)?;
    more(told.next_link.is_some());
    Ok(())
}

/// A Seatwise server also says 404 where nothing was delivered.
fn nothing_to_explain(err: Error) -> anyhow::Error {
    const HINT: &str = "`seatwise coverage` shows the services and channels that there are; only a \
        Seatwise server answers either, so check --url";
    with_hint_if_not_found(err, HINT)
}
