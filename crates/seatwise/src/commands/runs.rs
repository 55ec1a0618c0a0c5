//! `seatwise runs`: lists collections.

use seatwise_collect::{Run, runs};
use seatwise_service::Result;
use seatwise_store::Store;

use super::extensions::print;
use crate::cli::Runs;
use crate::output::{self, grouped};
use crate::table::{Column, minor};

pub(crate) fn run(args: &Runs) -> Result<()> {
    let store = Store::open_to_read(args.data.folder()?)?;
    let mut runs = runs(&store, args.partner)?;
    if let Some(last) = args.last {
        runs.drain(..runs.len().saturating_sub(last));
    }
    let columns: &[Column<&Run>] = &[
        Column::instant("Started", "startedAt", |run| {
            format!("{:.0}", run.started_at)
        }),
        minor(Column::instant("Ended", "endedAt", |run| {
            let ended = run.ended_at.map(|time| format!("{time:.0}"));
            ended.unwrap_or_default()
        })),
        minor(Column::name("Source", "source", |run| run.source.clone())),
        Column::text("Outcome", "outcome", |run| run.outcome.to_string()),
        minor(Column::number("Requests", "requests", |run| {
            count(run, run.requests)
        })),
        minor(Column::number("Retries", "retries", |run| {
            count(run, run.retries)
        })),
        minor(Column::number("Throttled", "throttled", |run| {
            count(run, run.throttled)
        })),
        Column::number("Customers", "customers", |run| count(run, run.customers)),
        Column::number("Rows", "rows", |run| count(run, run.rows)),
        Column::number("New", "new", |run| count(run, run.deliveries.new)),
        Column::number("Restated", "restated", |run| {
            count(run, run.deliveries.restated)
        }),
        Column::number("No data", "withoutData", |run| count(run, run.gap_count)),
        Column::name("Error", "error", |run| {
            run.error.clone().unwrap_or_default()
        }),
    ];
    if args.output.is_table() && runs.is_empty() {
        output::note("nothing was collected yet");
        return Ok(());
    }
    print(&runs, args.output, columns, runs.iter())
}

/// A count. It is written at the end of a run, so a running or killed one has none.
fn count(run: &Run, number: u64) -> String {
    run.ended_at.map(|_| grouped(number)).unwrap_or_default()
}
