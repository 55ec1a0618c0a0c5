//! `seatwise coverage`: whether figures are complete. Uses the SDK only.

use seatwise_service::Result;
use seatwise_types::extensions::{LastCollection, Outcome, ServiceCoverage, UncoveredCustomer};

use super::extensions::{more, only_there, percent, print, section, shown};
use super::given;
use crate::cli::Coverage;
use crate::output::{self, counted};
use crate::table::{self, Column, minor};
use crate::{connection, customer};

pub(crate) async fn run(args: Coverage) -> Result<()> {
    let partner = connection::open(args.source)?;
    let customer = customer::id(&partner, args.customer).await?;
    let question = given!(partner.seatwise().coverage().metric(args.metric),
        service: args.feed.service,
        channel: args.feed.channel,
        customer: customer,
        as_of: args.axes.as_of,
        known_at: args.axes.known_at,
        top: args.page.top,
        skip: args.page.skip,
    );
    let answer = question.get().await.map_err(only_there)?;
    let columns: &[Column<&ServiceCoverage>] = &[
        Column::text("Service", "serviceCode", |it| it.service_code.to_string()),
        minor(Column::text("Channel", "channel", |it| {
            it.channel.to_string()
        })),
        minor(Column::number("Expected", "expected", |it| {
            it.expected.to_string()
        })),
        Column::number("Current", "current", |it| it.current.to_string()),
        Column::number("Late", "late", |it| it.late.to_string()),
        Column::number("Missing", "missing", |it| it.missing.to_string()),
        minor(Column::day("Oldest", "oldestProcessedDate", |it| {
            shown(it.oldest_processed_date)
        })),
        Column::day("Newest", "newestProcessedDate", |it| {
            shown(it.newest_processed_date)
        }),
        Column::number("Late seats %", "lateShare", |it| {
            percent(Some(it.late_share))
        }),
        Column::number("Missing seats %", "missingShare", |it| {
            percent(Some(it.missing_share))
        }),
    ];
    print(&answer, args.output, columns, answer.services.iter())?;
    if args.output.is_table()
        && let Some(last) = &answer.last_collection
    {
        output::line(last_collection(last))?;
    }
    if args.output.is_table() && !answer.left_out.items.is_empty() {
        section("Left out", answer.left_out.total_count)?;
        let customers: &[Column<&UncoveredCustomer>] = &[
            Column::text("Service", "", |it| it.service_code.to_string()),
            minor(Column::text("Channel", "", |it| it.channel.to_string())),
            Column::id("Customer", "", |it| it.customer_id.to_string()),
            Column::name("Name", "", |it| it.customer_name.clone()),
            Column::text("Why", "", |it| it.reason.to_string()),
            Column::day("Processed", "", |it| shown(it.processed_date)),
            Column::number("Seats", "", |it| it.seats.to_string()),
        ];
        table::print(customers, answer.left_out.items.iter(), args.output)?;
        more(answer.next_link.is_some());
    }
    Ok(())
}

fn last_collection(last: &LastCollection) -> String {
    let mut text = format!(
        "\nLast collection: {} {:.0}, from {}; {}, {} without data",
        last.outcome,
        last.ended_at.unwrap_or(last.started_at),
        output::visible(&last.source),
        counted(last.customers, "customer", "customers"),
        last.without_data,
    );
    if let Some(error) = &last.error {
        text.push_str(&format!("; {}", output::visible(error)));
    }
    match last.last_done_at {
        Some(at) if last.outcome != Outcome::Done => {
            text.push_str(&format!("; the last one that was done: {at:.0}"));
        }
        _ => {}
    }
    text
}
