//! `seatwise changes --restatements`: deliveries that were replaced. Uses the SDK only.

use seatwise_service::Result;
use seatwise_types::extensions::{DeliveryVersion, RestatedUnit};

use super::extensions::{counts, more, only_there, print};
use super::given;
use crate::cli::Changes;
use crate::table::{Column, minor};
use crate::{connection, customer};

pub(crate) async fn run(args: Changes) -> Result<()> {
    let partner = connection::open(args.source)?;
    let customer = customer::id(&partner, args.customer).await?;
    let question = partner.seatwise().restatements(args.from, args.to);
    let question = given!(question.metric(args.metric),
        service: args.feed.service,
        channel: args.feed.channel,
        customer: customer,
        known_at: args.to_known_at,
        top: args.page.top,
        skip: args.page.skip,
    );
    let answer = question.get().await.map_err(only_there)?;
    let versions = answer
        .units
        .items
        .iter()
        .flat_map(|unit| unit.versions.iter().map(move |version| (unit, version)));
    let [part, whole] = counts(args.metric);
    let columns: &[Column<(&RestatedUnit, &DeliveryVersion)>] = &[
        Column::text("Service", "serviceCode", |(unit, _)| {
            unit.service_code.to_string()
        }),
        minor(Column::text("Channel", "channel", |(unit, _)| {
            unit.channel.to_string()
        })),
        minor(Column::id("Customer", "customerId", |(unit, _)| {
            unit.customer_id.to_string()
        })),
        Column::name("Name", "customerName", |(unit, _)| {
            unit.customer_name.clone()
        }),
        Column::day("Processed", "processedDate", |(unit, _)| {
            unit.processed_date.to_string()
        }),
        Column::instant("Recorded", "recordedAt", |(_, version)| {
            version.recorded_at.to_string()
        }),
        minor(Column::number("Delivery", "delivery", |(_, version)| {
            version.delivery.to_string()
        })),
        Column::number("Rows", "rows", |(_, version)| version.rows.to_string()),
        Column::number(part, "numerator", |(_, version)| {
            version.numerator.to_string()
        }),
        Column::number(whole, "denominator", |(_, version)| {
            version.denominator.to_string()
        }),
    ];
    print(&answer, args.output, columns, versions)?;
    if args.output.is_table() {
        more(answer.next_link.is_some());
    }
    Ok(())
}
