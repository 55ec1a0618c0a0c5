//! `seatwise explain`: why a figure is what it is, through the SDK alone.

use seatwise_client::Error;
use seatwise_types::own::{ExplainedDelivery, ExplainedRow, LeftOut};

use super::given;
use super::own::{Column, more, print, rows, section, shown, with_hint_if_not_found};
use crate::cli::{Explain, Output};
use crate::output::{self, counted};
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
    if !matches!(args.output, Output::Table) {
        let columns: &[Column<&ExplainedRow>] = &[
            ("", "delivery", |row| row.delivery.to_string()),
            ("", "customerId", |row| row.customer_id.to_string()),
            ("", "productName", |row| row.product_name.clone()),
            ("", "workloadName", |row| shown(row.workload_name.as_ref())),
            ("", "numerator", |row| row.numerator.to_string()),
            ("", "denominator", |row| row.denominator.to_string()),
        ];
        return print(&told, args.output, columns, &[], told.rows.items.iter());
    }
    match (told.numerator, told.denominator, told.percent) {
        (Some(part), Some(whole), Some(percent)) => output::line(format_args!(
            "{part} of {}: {percent:.2} % (exactly {})",
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
    section("Deliveries", told.deliveries.total_count)?;
    let deliveries: &[Column<&ExplainedDelivery>] = &[
        ("Delivery", "", |it| it.delivery.to_string()),
        ("Customer", "", |it| it.customer_id.to_string()),
        ("Name", "", |it| it.customer_name.clone()),
        ("Processed", "", |it| it.processed_date.to_string()),
        ("Recorded", "", |it| it.recorded_at.to_string()),
        ("Rows", "", |it| it.rows.to_string()),
        ("Part", "", |it| it.numerator.to_string()),
        ("Whole", "", |it| it.denominator.to_string()),
    ];
    rows(deliveries, &[0, 5, 6, 7], told.deliveries.items.iter())?;
    section("Rows", told.rows.total_count)?;
    let of_rows: &[Column<(&ExplainedRow, &str)>] = &[
        ("Delivery", "", |(row, _)| row.delivery.to_string()),
        ("Customer", "", |(row, _)| row.customer_id.to_string()),
        ("Name", "", |(_, name)| (*name).to_owned()),
        ("Product", "", |(row, _)| row.product_name.clone()),
        ("Workload", "", |(row, _)| shown(row.workload_name.as_ref())),
        ("Part", "", |(row, _)| row.numerator.to_string()),
        ("Whole", "", |(row, _)| row.denominator.to_string()),
    ];
    let named = told.rows.items.iter().map(|row| {
        let mut deliveries = told.deliveries.items.iter();
        let delivery = deliveries.find(|it| it.delivery == row.delivery);
        // A page of rows may be of other deliveries than the page of these.
        (row, delivery.map_or("", |it| it.customer_name.as_str()))
    });
    rows(of_rows, &[0, 5, 6], named)?;
    section("Left out", told.left_out.total_count)?;
    let left_out: &[Column<&LeftOut>] = &[
        ("Why", "", |it| it.reason.to_string()),
        ("Name", "", |it| shown(it.customer_name.as_ref())),
        ("Channel", "", |it| shown(it.channel.as_ref())),
        ("Product", "", |it| shown(it.product_name.as_ref())),
        ("Processed", "", |it| shown(it.processed_date)),
        ("Delivery", "", |it| shown(it.delivery)),
        ("Part", "", |it| it.numerator.to_string()),
        ("Whole", "", |it| it.denominator.to_string()),
    ];
    rows(left_out, &[5, 6, 7], told.left_out.items.iter())?;
    more(told.next_link.is_some());
    Ok(())
}

/// A Seatwise server also says 404 where nothing was delivered.
fn nothing_to_explain(err: Error) -> anyhow::Error {
    const HINT: &str = "`seatwise coverage` shows the services and channels that there are; only a \
        Seatwise server answers either, so check --url";
    with_hint_if_not_found(err, HINT)
}
