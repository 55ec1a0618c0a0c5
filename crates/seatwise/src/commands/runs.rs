//! `seatwise runs`: what was collected, when, and what was missing.

use seatwise_collect::{Run, runs};
use seatwise_store::Store;

use crate::cli::{Runs, TableOrJson};
use crate::output::{self, grouped};

pub(crate) fn run(args: &Runs) -> anyhow::Result<()> {
    let store = Store::open(&args.data_dir)?;
    let mut runs = runs(&store, args.partner)?;
    if let Some(last) = args.last {
        runs.drain(..runs.len().saturating_sub(last));
    }
    match args.output {
        TableOrJson::Json => output::line(serde_json::to_string_pretty(&runs)?),
        TableOrJson::Table if runs.is_empty() => {
            output::note("nothing was collected yet");
            Ok(())
        }
        TableOrJson::Table => {
            let header = [
                "Started",
                "Ended",
                "Source",
                "Outcome",
                "Requests",
                "Retries",
                "Throttled",
                "Customers",
                "Rows",
                "New",
                "Restated",
                "No data",
                "Error",
            ];
            output::table(&header, &[4, 5, 6, 7, 8, 9, 10, 11], runs.iter().map(cells))
        }
    }
}

fn cells(run: &Run) -> Vec<String> {
    let ended = run.ended_at.map(|time| format!("{time:.0}"));
    // The counts are written at the end: a run that is at work, or was killed, has none.
    let grouped = |number| ended.as_ref().map_or(String::new(), |_| grouped(number));
    vec![
        format!("{:.0}", run.started_at),
        ended.clone().unwrap_or_default(),
        run.source.clone(),
        run.outcome.to_string(),
        grouped(run.requests),
        grouped(run.retries),
        grouped(run.throttled),
        grouped(run.customers),
        grouped(run.rows),
        grouped(run.deliveries.new),
        grouped(run.deliveries.restated),
        grouped(run.gap_count),
        run.error.clone().unwrap_or_default(),
    ]
}
