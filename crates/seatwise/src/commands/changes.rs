//! `seatwise changes`: the steps from one answer to another, and the customers behind them. Uses
//! the SDK only.

use seatwise_service::Result;
use seatwise_types::extensions::{
    By, Cause, Change, Changes as Answer, CustomerChange, CustomerStep,
};

use super::extensions::{only_there, percent, print, shown};
use super::{given, restatements};
use crate::cli::{Changes, Output};
use crate::table::{Column, minor};
use crate::{connection, customer, output};

pub(crate) async fn run(args: Changes) -> Result<()> {
    if args.restatements {
        return restatements::run(args).await;
    }
    let partner = connection::open(args.source)?;
    let customer = customer::id(&partner, args.customer).await?;
    let question = partner.seatwise().changes(args.from, args.to).by(args.by);
    let question = given!(question.metric(args.metric),
        from_known_at: args.from_known_at,
        to_known_at: args.to_known_at,
        service: args.feed.service,
        channel: args.feed.channel,
        workload: args.workload,
        customer: customer,
        top: args.page.top,
        skip: args.page.skip,
    );
    let answer = question.get().await.map_err(only_there)?;
    if args.output.is_table()
        && let Some(days) = days(&answer)
    {
        output::line(days)?;
    }
    match args.by {
        By::Customer => of_customers(&answer, args.output),
        _ => of_partner(&answer, args.output),
    }
}

/// The days that stand for the months of the query; `None` if it has no month.
fn days(answer: &Answer) -> Option<String> {
    let end = |day, month: Option<_>| match month {
        Some(month) => format!("{day}, the newest day of {month}"),
        None => format!("{day}"),
    };
    answer.from_month.or(answer.to_month)?;
    let from = end(answer.from, answer.from_month);
    let to = end(answer.to, answer.to_month);
    Some(format!("from {from}, to {to}"))
}

fn of_partner(answer: &Answer, output: Output) -> Result<()> {
    let columns: &[Column<&Change>] = &[
        Column::text("Service", "serviceCode", |it| it.service_code.to_string()),
        minor(Column::text("Channel", "channel", |it| {
            it.channel.to_string()
        })),
        Column::name("Workload", "workloadName", |it| {
            shown(it.workload_name.as_ref())
        }),
        Column::number("From %", "fromPercent", |it| percent(it.from.percent)),
        minor(Column::number("Restated", "restated", |it| {
            step(it, Cause::Restated)
        })),
        minor(Column::number("Late", "late", |it| step(it, Cause::Late))),
        minor(Column::number("New", "newCustomers", |it| {
            step(it, Cause::NewCustomers)
        })),
        minor(Column::number("Lost", "lostCustomers", |it| {
            step(it, Cause::LostCustomers)
        })),
        Column::number("Seats", "seats", |it| step(it, Cause::Seats)),
        Column::number("Use", "use", |it| step(it, Cause::Use)),
        Column::number("To %", "toPercent", |it| percent(it.to.percent)),
        Column::number("Points", "points", |it| format!("{:+.2}", it.points)),
    ];
    print(answer, output, columns, answer.changes.iter())
}

/// The points of a step; empty if there is no such step.
fn step(change: &Change, cause: Cause) -> String {
    let step = change.steps.iter().find(|step| step.cause == cause);
    step.map(|step| format!("{:+.2}", step.points))
        .unwrap_or_default()
}

/// A customer in the bridge of a figure.
type Row<'a> = (&'a Change, &'a CustomerChange);

fn of_customers(answer: &Answer, output: Output) -> Result<()> {
    let columns: &[Column<Row<'_>>] = &[
        Column::text("Service", "serviceCode", |(it, _)| {
            it.service_code.to_string()
        }),
        minor(Column::text("Channel", "channel", |(it, _)| {
            it.channel.to_string()
        })),
        Column::name("Workload", "workloadName", |(it, _)| {
            shown(it.workload_name.as_ref())
        }),
        Column::id("Customer", "customerId", |(_, it)| {
            it.customer_id.to_string()
        }),
        Column::name("Name", "customerName", |(_, it)| it.customer_name.clone()),
        minor(Column::number("Restated", "restated", |row| {
            part(row, Cause::Restated)
        })),
        minor(Column::number("Late", "late", |row| part(row, Cause::Late))),
        minor(Column::number("New", "newCustomers", |row| {
            part(row, Cause::NewCustomers)
        })),
        minor(Column::number("Lost", "lostCustomers", |row| {
            part(row, Cause::LostCustomers)
        })),
        Column::number("Seats", "seats", |row| part(row, Cause::Seats)),
        Column::number("Use", "use", |row| part(row, Cause::Use)),
        Column::number("Points", "points", |(_, it)| format!("{:+.2}", it.points)),
        minor(Column::number("Effect", "effect", |(_, it)| {
            format!("{:+.6}", it.effect)
        })),
    ];
    let rows = answer.changes.iter().flat_map(|change| {
        let customers = change.customers.iter().flat_map(|page| &page.items);
        customers.map(move |customer| (change, customer))
    });
    print(answer, output, columns, rows)?;
    if output.is_table()
        && let (Some(_), Some(known_at)) = (&answer.next_link, answer.to_known_at)
    {
        output::note(format_args!(
            "there are more items: continue with --skip and --to-known-at {known_at}, or list more at \
             once with --top"
        ));
    }
    Ok(())
}

/// The points of a customer in a step; empty if it has none.
fn part((_, customer): &Row<'_>, cause: Cause) -> String {
    let is_it = |step: &&CustomerStep| step.cause == cause;
    let step = customer.steps.iter().find(is_it);
    step.map(|step| format!("{:+.2}", step.points))
        .unwrap_or_default()
}
