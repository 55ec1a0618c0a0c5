//! `seatwise idle`: seats that are sold but not used. Uses the SDK only.

use seatwise_service::Result;
use seatwise_types::extensions::{
    Idle, IdleCoverage, IdleCovered, IdleRow, IdleSeats, IdleUsage, IdleWarning, IdleWorth,
};

use crate::cli::IdleQuestion;
use crate::commands::extensions::{more, only_there, print, shown};
use crate::commands::given;
use crate::output::{self, counted, grouped};
use crate::table::{self, Column, minor};
use crate::{connection, customer};

pub(crate) async fn run(args: IdleQuestion) -> Result<()> {
    let partner = connection::open(args.source)?;
    let customer = customer::id(&partner, args.customer).await?;
    let question = partner.seatwise().idle().sort(args.sort).show(args.show);
    let question = given!(question,
        worth: args.without_prices.then_some(false),
        service: args.feed.service,
        channel: args.feed.channel,
        customer: customer,
        product: args.product,
        as_of: args.axes.as_of,
        known_at: args.axes.known_at,
        top: args.page.top,
        skip: args.page.skip,
    );
    let answer = question.get().await.map_err(only_there)?;
    answer
        .warnings
        .iter()
        .for_each(|it| output::note(warning(it)));
    if !args.output.is_table() {
        return print(
            &answer,
            args.output,
            &every_column(),
            answer.rows.items.iter(),
        );
    }
    totals(&answer)?;
    for here in &answer.coverage {
        output::line(coverage(here))?;
    }
    if answer.rows.items.is_empty() {
        output::note("no rows to show");
        return Ok(());
    }
    output::line(format_args!("\nRows: {}", grouped(answer.rows.total_count)))?;
    if args.explain {
        answer.rows.items.iter().try_for_each(explain)?;
    } else {
        table::print(&columns(), answer.rows.items.iter(), args.output)?;
    }
    let items = answer.rows.items.len() as u64;
    let skipped = args.page.skip.map_or(0, u64::from);
    more(skipped + items < answer.rows.total_count);
    Ok(())
}

/// The columns of the table.
fn columns<'a>() -> [Column<&'a IdleRow>; 7] {
    [
        Column::name("Customer", "", |row| row.customer_name.clone()),
        Column::name("Product", "", |row| row.product_name.clone()),
        minor(Column::text("Channel", "", |row| row.channel.to_string())),
        Column::number("Sold", "", |row| shown(row.deployment.map(|it| it.sold))),
        Column::number("Idle", "", |row| row.idle.to_string()),
        Column::number("Unused", "", |row| shown(row.usage.as_ref().map(unused))),
        Column::number("Exposure", "", |row| {
            shown(
                row.worth
                    .as_ref()
                    .map(|it| format!("{} {}", it.exposure, it.currency)),
            )
        }),
    ]
}

/// The columns of CSV.
fn every_column<'a>() -> [Column<&'a IdleRow>; 25] {
    [
        Column::text("", "serviceCode", |row| row.service_code.to_string()),
        Column::text("", "channel", |row| row.channel.to_string()),
        Column::text("", "customerId", |row| row.customer_id.to_string()),
        Column::text("", "customerName", |row| row.customer_name.clone()),
        Column::text("", "productId", |row| shown(row.product_id.as_ref())),
        Column::text("", "productName", |row| row.product_name.clone()),
        Column::text("", "processedDate", |row| {
            shown(row.deployment.map(|it| it.of.processed_date))
        }),
        Column::text("", "sold", |row| shown(row.deployment.map(|it| it.sold))),
        Column::text("", "deployed", |row| {
            shown(row.deployment.map(|it| it.deployed))
        }),
        Column::text("", "unassigned", |row| {
            shown(row.deployment.and_then(|it| it.unassigned))
        }),
        Column::text("", "overAssigned", |row| {
            shown(row.deployment.and_then(|it| it.over_assigned))
        }),
        Column::text("", "new", |row| shown(row.deployment.map(|it| it.new))),
        Column::text("", "idle", |row| row.idle.to_string()),
        Column::text("", "reassignable", |row| row.reassignable.to_string()),
        Column::text("", "reducible", |row| row.reducible.to_string()),
        Column::text("", "unusedAtLeast", |row| {
            shown(row.usage.as_ref().map(|it| it.unused_at_least))
        }),
        Column::text("", "unusedAtMost", |row| {
            shown(row.usage.as_ref().map(|it| it.unused_at_most))
        }),
        Column::text("", "currency", |row| {
            shown(row.price.as_ref().map(|it| it.currency.clone()))
        }),
        Column::text("", "pricePerSeatMonth", |row| {
            shown(row.price.as_ref().map(|it| it.price_per_seat_month))
        }),
        Column::text("", "exposure", |row| {
            amount(row, |it| it.exposure.to_string())
        }),
        Column::text("", "reassignableWorth", |row| {
            amount(row, |it| it.reassignable.to_string())
        }),
        Column::text("", "reducibleWorth", |row| {
            amount(row, |it| it.reducible.to_string())
        }),
        Column::text("", "termEnd", |row| {
            shown(row.price.as_ref().and_then(|it| it.term_end))
        }),
        Column::text("", "exclusion", |row| {
            shown(row.exclusion.as_ref().map(|it| it.kind))
        }),
        Column::text("", "reason", |row| {
            shown(row.exclusion.as_ref().map(|it| it.reason.clone()))
        }),
    ]
}

fn amount(row: &IdleRow, of: fn(&IdleWorth) -> String) -> String {
    shown(row.worth.as_ref().map(of))
}

/// The seats that no workload uses.
fn unused(usage: &IdleUsage) -> String {
    bounds(usage.unused_at_least, usage.unused_at_most)
}

/// A range of seats.
fn bounds(least: u64, most: u64) -> String {
    match least == most {
        true => grouped(least),
        false => format!("{} to {}", grouped(least), grouped(most)),
    }
}

fn totals(answer: &Idle) -> Result<()> {
    let IdleSeats {
        sold,
        idle,
        new,
        excluded,
        never_assigned,
        over_assigned,
        unpriced,
        reassignable,
        reducible,
        rows_with_usage,
        unused_at_least,
        unused_at_most,
        ..
    } = answer.totals;
    output::line(format_args!(
        "{} of {} sold: {} reassignable, {} reducible",
        counted(idle, "idle seat", "idle seats"),
        grouped(sold),
        grouped(reassignable),
        grouped(reducible),
    ))?;
    for it in &answer.worth {
        output::line(format_args!(
            "{} a month: {} exposure, {} reassignable, {} reducible; these overlap",
            it.currency, it.exposure, it.reassignable, it.reducible,
        ))?;
    }
    output::line(format_args!(
        "without a known price: {}",
        counted(unpriced, "idle seat", "idle seats")
    ))?;
    output::line(match rows_with_usage {
        0 => "used in no workload: unknown, as no usage counts".to_owned(),
        _ => format!(
            "used in no workload: {}",
            bounds(unused_at_least, unused_at_most)
        ),
    })?;
    output::line(format_args!(
        "beside these: {} new, {} excluded, {} never assigned, {} over-assigned",
        grouped(new),
        grouped(excluded),
        grouped(never_assigned),
        grouped(over_assigned),
    ))
}

fn coverage(here: &IdleCoverage) -> String {
    let IdleCoverage {
        service_code,
        channel,
        deployment,
        usage,
    } = here;
    let of = |it: &IdleCovered| {
        let mut text = counted(it.current, "customer", "customers");
        if let (Some(oldest), Some(newest)) = (it.oldest_processed_date, it.newest_processed_date) {
            text.push_str(&match oldest == newest {
                true => format!(" of {newest}"),
                false => format!(" of {oldest} to {newest}"),
            });
        }
        if it.late + it.missing > 0 {
            text.push_str(&format!(" ({} late, {} missing)", it.late, it.missing));
        }
        text
    };
    format!(
        "{service_code} {channel}:\n  deployment {}\n  usage {}",
        of(deployment),
        of(usage)
    )
}

fn warning(it: &IdleWarning) -> String {
    let IdleWarning {
        file,
        line,
        column,
        field,
        problem,
    } = it;
    let problem = output::visible(problem);
    format!("warning: {file}: line {line}, column {column}, `{field}`: {problem}")
}

/// Prints how a row was calculated.
fn explain(row: &IdleRow) -> Result<()> {
    let (customer, product) = (
        output::visible(&row.customer_name),
        output::visible(&row.product_name),
    );
    output::line(format_args!(
        "\n{customer}, {product} ({} {})",
        row.service_code, row.channel
    ))?;
    let id = row.product_id.as_deref().unwrap_or("no id");
    output::line(format_args!("  customer {}", row.customer_id))?;
    output::line(format_args!("  product {}", output::visible(id)))?;
    explain_deployment(row)?;
    if let Some(it) = &row.exclusion {
        output::line(format_args!(
            "  excluded ({}): {}; line {} of the policy",
            it.kind,
            output::visible(&it.reason),
            it.line
        ))?;
    }
    output::line(format_args!(
        "  {} idle, {} reassignable, {} reducible",
        row.idle, row.reassignable, row.reducible,
    ))?;
    if let Some(line) = row.buffer.line {
        let seats = row.buffer.seats;
        output::line(format_args!(
            "    beyond a buffer of {seats} (line {line} of the policy)"
        ))?;
    }
    explain_price(row)?;
    explain_usage(row)
}

fn explain_deployment(row: &IdleRow) -> Result<()> {
    match &row.deployment {
        None => output::line("  no delivery of deployment counts that has the product")?,
        Some(it) => {
            output::line(format_args!(
                "  {} sold, {} deployed: {} unassigned, {} over-assigned",
                it.sold,
                it.deployed,
                it.unassigned.map_or("none".to_owned(), grouped),
                it.over_assigned.map_or("none".to_owned(), grouped),
            ))?;
            output::line(format_args!(
                "    delivery {} of {}, recorded at {:.0}",
                it.of.delivery, it.of.processed_date, it.of.recorded_at
            ))?;
            if let (Some(before), Some(day)) = (it.sold_before, it.sold_before_date) {
                output::line(format_args!(
                    "    {} were sold as of {day}: {} unassigned seats are new",
                    before, it.new
                ))?;
            }
        }
    }
    Ok(())
}

fn explain_price(row: &IdleRow) -> Result<()> {
    match &row.price {
        None => output::line("  no price is known")?,
        Some(it) => {
            let scope = if it.of_customer {
                " for this customer"
            } else {
                ""
            };
            output::line(format_args!(
                "  {} {} a seat and month{scope} (line {} of the prices)",
                it.price_per_seat_month, it.currency, it.line
            ))?;
            let term = it.term_end.map(|day| format!("; the term ends on {day}"));
            output::line(format_args!(
                "    from {}{}",
                it.valid_from,
                term.unwrap_or_default()
            ))?;
        }
    }
    if let Some(it) = &row.worth {
        output::line(format_args!(
            "    {} exposure, {} reassignable, {} reducible",
            it.exposure, it.reassignable, it.reducible
        ))?;
    }
    Ok(())
}

fn explain_usage(row: &IdleRow) -> Result<()> {
    if let Some(it) = &row.usage {
        output::line(format_args!(
            "  used in no workload: {}",
            bounds(it.unused_at_least, it.unused_at_most)
        ))?;
        output::line(format_args!(
            "    delivery {} of {}, recorded at {:.0}",
            it.of.delivery, it.of.processed_date, it.of.recorded_at
        ))?;
        for workload in &it.workloads {
            output::line(format_args!(
                "    {}: {} of {} active, {} unused",
                output::visible(&workload.workload_name),
                workload.active,
                workload.qualified,
                workload.unused
            ))?;
        }
    }
    Ok(())
}
