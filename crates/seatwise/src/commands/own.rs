//! `seatwise history`, `explain`, `coverage` and `changes`: what Seatwise has and Partner Center does not, through the SDK alone.

use seatwise_client::Error;
use seatwise_types::own::{
    Cause, Change, DeliveryVersion, ExplainedDelivery, ExplainedRow, HistoryPoint, HistorySeries,
    LastCollection, LeftOut, Outcome, RestatedUnit, ServiceCoverage, UncoveredCustomer,
};
use serde::Serialize;

use super::given;
use crate::cli::{Changes, Coverage, Explain, History, Output};
use crate::connection;
use crate::exit::{self, Failure};
use crate::output::{self, counted};

pub(crate) async fn history(args: History) -> anyhow::Result<()> {
    let partner = connection::open(args.connection)?;
    let question = partner.seatwise().history(args.from, args.to);
    let question = question.metric(args.metric).by(args.by).step(args.step);
    let question = given!(question,
        service: args.selection.feed.service,
        channel: args.selection.feed.channel,
        workload: args.selection.workload,
        customer: args.selection.customer,
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

pub(crate) async fn explain(args: Explain) -> anyhow::Result<()> {
    let partner = connection::open(args.connection)?;
    // The command line has both of them, or it is refused.
    let [service, channel] =
        [args.selection.feed.service, args.selection.feed.channel].map(Option::unwrap_or_default);
    let question = partner.seatwise().explain(service, channel);
    let question = given!(question.metric(args.metric),
        workload: args.selection.workload,
        customer: args.selection.customer,
        product: args.selection.product,
        as_of: args.axes.as_of,
        known_at: args.axes.known_at,
        top: args.page.top,
        skip: args.page.skip,
    );
    let told = question.get().await.map_err(nothing_to_explain)?;
    let columns: &[Column<&ExplainedRow>] = &[
        ("Delivery", "delivery", |row| row.delivery.to_string()),
        ("Customer", "customerId", |row| row.customer_id.to_string()),
        ("Product", "productName", |row| row.product_name.clone()),
        ("Workload", "workloadName", |row| {
            shown(row.workload_name.as_ref())
        }),
        ("Part", "numerator", |row| row.numerator.to_string()),
        ("Whole", "denominator", |row| row.denominator.to_string()),
    ];
    if !matches!(args.output, Output::Table) {
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
    rows(columns, &[0, 4, 5], told.rows.items.iter())?;
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

pub(crate) async fn coverage(args: Coverage) -> anyhow::Result<()> {
    let partner = connection::open(args.connection)?;
    let question = given!(partner.seatwise().coverage().metric(args.metric),
        service: args.feed.service,
        channel: args.feed.channel,
        customer: args.customer,
        as_of: args.axes.as_of,
        known_at: args.axes.known_at,
        top: args.page.top,
        skip: args.page.skip,
    );
    let told = question.get().await.map_err(only_there)?;
    let columns: &[Column<&ServiceCoverage>] = &[
        ("Service", "serviceCode", |it| it.service_code.to_string()),
        ("Channel", "channel", |it| it.channel.to_string()),
        ("Expected", "expected", |it| it.expected.to_string()),
        ("Current", "current", |it| it.current.to_string()),
        ("Late", "late", |it| it.late.to_string()),
        ("Missing", "missing", |it| it.missing.to_string()),
        ("Oldest", "oldestProcessedDate", |it| {
            shown(it.oldest_processed_date)
        }),
        ("Newest", "newestProcessedDate", |it| {
            shown(it.newest_processed_date)
        }),
        ("Late seats %", "lateShare", |it| {
            percent(Some(it.late_share))
        }),
        ("Missing seats %", "missingShare", |it| {
            percent(Some(it.missing_share))
        }),
    ];
    let numbers = [2, 3, 4, 5, 8, 9];
    print(&told, args.output, columns, &numbers, told.services.iter())?;
    if matches!(args.output, Output::Table)
        && let Some(last) = &told.last_collection
    {
        output::line(last_collection(last))?;
    }
    if matches!(args.output, Output::Table) && !told.left_out.items.is_empty() {
        section("Left out", told.left_out.total_count)?;
        let customers: &[Column<&UncoveredCustomer>] = &[
            ("Service", "", |it| it.service_code.to_string()),
            ("Channel", "", |it| it.channel.to_string()),
            ("Customer", "", |it| it.customer_id.to_string()),
            ("Name", "", |it| it.customer_name.clone()),
            ("Why", "", |it| it.reason.to_string()),
            ("Processed", "", |it| shown(it.processed_date)),
            ("Seats", "", |it| it.seats.to_string()),
        ];
        rows(customers, &[6], told.left_out.items.iter())?;
        more(told.next_link.is_some());
    }
    Ok(())
}

pub(crate) async fn changes(args: Changes) -> anyhow::Result<()> {
    if args.restatements {
        return restatements(args).await;
    }
    let partner = connection::open(args.connection)?;
    let question = partner.seatwise().changes(args.from, args.to);
    let question = given!(question.metric(args.metric),
        from_known_at: args.from_known_at,
        to_known_at: args.to_known_at,
        service: args.feed.service,
        channel: args.feed.channel,
        workload: args.workload,
        customer: args.customer,
    );
    let told = question.get().await.map_err(only_there)?;
    let columns: &[Column<&Change>] = &[
        ("Service", "serviceCode", |it| it.service_code.to_string()),
        ("Channel", "channel", |it| it.channel.to_string()),
        ("Workload", "workloadName", |it| {
            shown(it.workload_name.as_ref())
        }),
        ("From %", "fromPercent", |it| percent(it.from.percent)),
        ("Restated", "restated", |it| step(it, Cause::Restated)),
        ("Late", "late", |it| step(it, Cause::Late)),
        ("New", "newCustomers", |it| step(it, Cause::NewCustomers)),
        ("Lost", "lostCustomers", |it| step(it, Cause::LostCustomers)),
        ("Seats", "seats", |it| step(it, Cause::Seats)),
        ("Use", "use", |it| step(it, Cause::Use)),
        ("To %", "toPercent", |it| percent(it.to.percent)),
        ("Points", "points", |it| format!("{:+.2}", it.points)),
    ];
    let numbers = [3, 4, 5, 6, 7, 8, 9, 10, 11];
    print(&told, args.output, columns, &numbers, told.changes.iter())
}

/// The points of a step.
fn step(change: &Change, cause: Cause) -> String {
    let step = change.steps.iter().find(|step| step.cause == cause);
    step.map(|step| format!("{:+.2}", step.points))
        .unwrap_or_default()
}

async fn restatements(args: Changes) -> anyhow::Result<()> {
    let partner = connection::open(args.connection)?;
    let question = partner.seatwise().restatements(args.from, args.to);
    let question = given!(question.metric(args.metric),
        service: args.feed.service,
        channel: args.feed.channel,
        customer: args.customer,
        known_at: args.to_known_at,
        top: args.top,
        skip: args.skip,
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

/// The beginning of a list among others.
fn section(title: &str, items: u64) -> anyhow::Result<()> {
    output::line(format_args!("\n{title}: {items}"))
}

pub(crate) fn more(is_there: bool) {
    if is_there {
        output::note("there is more: ask with --skip, or for more at a time with --top");
    }
}

/// A heading for people, a name for programs, and the text of a row.
pub(crate) type Column<R> = (&'static str, &'static str, fn(&R) -> String);

/// Prints an answer: as it came, or its rows.
pub(crate) fn print<A: Serialize, R>(
    answer: &A,
    output: Output,
    columns: &[Column<R>],
    numbers: &[usize],
    of: impl Iterator<Item = R>,
) -> anyhow::Result<()> {
    match output {
        Output::Json => output::line(serde_json::to_string_pretty(answer)?),
        Output::Csv => {
            let names: Vec<_> = columns.iter().map(|(_, name, _)| *name).collect();
            output::csv(&names, of.map(|row| cells(columns, &row)))
        }
        Output::Table => {
            let mut of = of.peekable();
            if of.peek().is_none() {
                output::note("nothing to show");
                return Ok(());
            }
            rows(columns, numbers, of)
        }
    }
}

/// Prints rows for people; nothing if there are none.
pub(crate) fn rows<R>(
    columns: &[Column<R>],
    numbers: &[usize],
    of: impl Iterator<Item = R>,
) -> anyhow::Result<()> {
    let mut of = of.map(|row| cells(columns, &row)).peekable();
    if of.peek().is_none() {
        return Ok(());
    }
    let headings: Vec<_> = columns.iter().map(|(heading, ..)| *heading).collect();
    output::table(&headings, numbers, of)
}

fn cells<R>(columns: &[Column<R>], row: &R) -> Vec<String> {
    columns.iter().map(|(.., cell)| cell(row)).collect()
}

pub(crate) fn shown<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

pub(crate) fn percent(percent: Option<f64>) -> String {
    percent.map(|it| format!("{it:.2}")).unwrap_or_default()
}

/// Partner Center does not know these calls, and its 404 does not say so.
pub(crate) fn only_there(err: Error) -> anyhow::Error {
    const HINT: &str = "only a Seatwise server answers this, Partner Center does not: give the \
        server's address with --url";
    with_hint_if_not_found(err, HINT)
}

/// A Seatwise server also says 404 where nothing was delivered.
fn nothing_to_explain(err: Error) -> anyhow::Error {
    const HINT: &str = "`seatwise coverage` shows the services and channels that there are; only a \
        Seatwise server answers either, so check --url";
    with_hint_if_not_found(err, HINT)
}

fn with_hint_if_not_found(err: Error, hint: &str) -> anyhow::Error {
    if !err.is_not_found() {
        return err.into();
    }
    Failure {
        code: exit::NOT_FOUND,
        message: err.to_string(),
        hint: Some(hint.to_owned()),
    }
    .into()
}
