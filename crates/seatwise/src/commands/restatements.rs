//! `seatwise changes --restatements`: deliveries that were replaced, through the SDK alone.

use seatwise_types::own::{DeliveryVersion, RestatedUnit};

use super::given;
use super::own::{Column, more, only_there, print};
use crate::cli::{Changes, Output};
use crate::{connection, customer};

pub(crate) async fn run(args: Changes) -> anyhow::Result<()> {
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
    let told = question.get().await.map_err(only_there)?;
    let versions = told
        .units
        .items
        .iter()
        .flat_map(|unit| unit.versions.iter().map(move |version| (unit, version)));
    let columns: &[Column<(&RestatedUnit, &DeliveryVersion)>] = &[
        ("Service", "serviceCode", |(unit, _)| {
            unit.service_code.to_string()
        }),
        ("Channel", "channel", |(unit, _)| unit.channel.to_string()),
        ("Customer", "customerId", |(unit, _)| {
            unit.customer_id.to_string()
        }),
        ("Name", "customerName", |(unit, _)| {
            unit.customer_name.clone()
        }),
        ("Processed", "processedDate", |(unit, _)| {
            unit.processed_date.to_string()
        }),
        ("Recorded", "recordedAt", |(_, version)| {
            version.recorded_at.to_string()
        }),
        ("Delivery", "delivery", |(_, version)| {
            version.delivery.to_string()
        }),
        ("Rows", "rows", |(_, version)| version.rows.to_string()),
        ("Part", "numerator", |(_, version)| {
            version.numerator.to_string()
        }),
        ("Whole", "denominator", |(_, version)| {
            version.denominator.to_string()
        }),
    ];
    print(&told, args.output, columns, &[6, 7, 8, 9], versions)?;
    if matches!(args.output, Output::Table) {
        more(told.next_link.is_some());
    }
    Ok(())
}
