//! `seatwise explain`: the rows and deliveries behind a figure. Uses the SDK only.

use seatwise_client::Error as ClientError;
use seatwise_service::{Error, Result};
use seatwise_types::extensions::{ExplainedDelivery, ExplainedRow, Explanation, LeftOut};

use super::extensions::{counts, more, print, section, shown, with_hint_if_not_found};
use super::given;
use crate::cli::{Explain, Output};
use crate::output::{self, counted, grouped};
use crate::table::{self, Column, minor};
use crate::{connection, customer};

pub(crate) async fn run(args: Explain) -> Result<()> {
    let partner = connection::open(args.source)?;
    let customer = customer::id(&partner, args.selection.customer).await?;
    // The command line requires both.
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
    let answer = question.get().await.map_err(nothing_to_explain)?;
    if !args.output.is_table() {
        let columns: &[Column<&ExplainedRow>] = &[
            Column::text("", "delivery", |row| row.delivery.to_string()),
            Column::text("", "customerId", |row| row.customer_id.to_string()),
            Column::text("", "productName", |row| row.product_name.clone()),
            Column::text("", "workloadName", |row| shown(row.workload_name.as_ref())),
            Column::text("", "numerator", |row| row.numerator.to_string()),
            Column::text("", "denominator", |row| row.denominator.to_string()),
        ];
        return print(&answer, args.output, columns, answer.rows.items.iter());
    }
    headline(&answer)?;
    let counts = counts(args.metric);
    deliveries(&answer, counts, args.output)?;
    rows(&answer, counts, args.output)?;
    left_out(&answer, counts, args.output)?;
    more(answer.next_link.is_some());
    Ok(())
}

/// The figure, with the table version and the reasons for what is left out.
fn headline(answer: &Explanation) -> Result<()> {
    match (answer.numerator, answer.denominator, answer.percent) {
        (Some(part), Some(whole), Some(percent)) => output::line(format_args!(
            "{} of {}: {percent:.2} % (exactly {})",
            grouped(part),
            counted(whole, "seat", "seats"),
            answer.exact_percent.as_deref().unwrap_or("undefined"),
        ))?,
        _ => output::line("no row counts")?,
    }
    let known_at = answer.known_at.map(|at| format!(", known at {at}"));
    output::line(format_args!(
        "table version {}{}",
        answer.table_version,
        known_at.unwrap_or_default()
    ))?;
    for reason in &answer.reasons {
        output::line(format_args!(
            "{}: {}, {}",
            reason.code,
            counted(reason.rows, "row", "rows"),
            counted(reason.excess, "seat", "seats"),
        ))?;
    }
    Ok(())
}

/// The headings of numerator and denominator.
type Counts = [&'static str; 2];

fn deliveries(answer: &Explanation, [part, whole]: Counts, output: Output) -> Result<()> {
    section("Deliveries", answer.deliveries.total_count)?;
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
    table::print(deliveries, answer.deliveries.items.iter(), output)
}

fn rows(answer: &Explanation, [part, whole]: Counts, output: Output) -> Result<()> {
    section("Rows", answer.rows.total_count)?;
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
    let named = answer.rows.items.iter().map(|row| {
        let mut deliveries = answer.deliveries.items.iter();
        let delivery = deliveries.find(|it| it.delivery == row.delivery);
        // The page of rows and the page of deliveries can be about different deliveries.
        (row, delivery.map_or("", |it| it.customer_name.as_str()))
    });
    table::print(of_rows, named, output)
}

fn left_out(answer: &Explanation, [part, whole]: Counts, output: Output) -> Result<()> {
    section("Left out", answer.left_out.total_count)?;
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
    table::print(left_out, answer.left_out.items.iter(), output)
}

/// A Seatwise server also returns 404 if nothing was delivered.
fn nothing_to_explain(err: ClientError) -> Error {
    const HINT: &str = "`seatwise coverage` lists the services and channels; both commands need a \
        Seatwise server, so check --url";
    with_hint_if_not_found(err, HINT)
}
