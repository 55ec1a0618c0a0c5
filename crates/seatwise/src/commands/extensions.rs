//! What the commands for Seatwise's endpoints share: printing, and the hint if a service lacks the
//! endpoint.

use seatwise_client::Error as ClientError;
use seatwise_service::{Error, ExitCode, Failure, Result};
use seatwise_types::extensions::Metric;
use serde::Serialize;

use crate::cli::Output;
use crate::output;
use crate::table::{self, Column};

/// Prints the heading of one of several lists.
pub(crate) fn section(title: &str, items: u64) -> Result<()> {
    output::line(format_args!("\n{title}: {items}"))
}

/// Notes that there are further pages.
pub(crate) fn more(is_there: bool) {
    if is_there {
        output::note("there are more items: continue with --skip, or list more at once with --top");
    }
}

/// Prints an answer as JSON, or its rows.
pub(crate) fn print<A: Serialize, R>(
    answer: &A,
    output: Output,
    columns: &[Column<R>],
    of: impl Iterator<Item = R>,
) -> Result<()> {
    if matches!(output, Output::Json) {
        return output::line(serde_json::to_string_pretty(answer)?);
    }
    let mut of = of.peekable();
    if output.is_table() && of.peek().is_none() {
        output::note("nothing to show");
        return Ok(());
    }
    table::print(columns, of, output)
}

/// The names of a figure's two counts.
pub(crate) fn counts(metric: Metric) -> [&'static str; 2] {
    match metric {
        Metric::Usage => ["Active", "Qualified"],
        Metric::Deployment => ["Deployed", "Sold"],
    }
}

pub(crate) fn shown<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

pub(crate) fn percent(percent: Option<f64>) -> String {
    percent.map(|it| format!("{it:.2}")).unwrap_or_default()
}

/// Adds a hint to a 404: Partner Center does not have Seatwise's endpoints.
pub(crate) fn only_there(err: ClientError) -> Error {
    const HINT: &str = "Partner Center does not have this call: give the URL of a Seatwise server \
        with --url";
    with_hint_if_not_found(err, HINT)
}

/// The error, with a hint if something was not found.
pub(crate) fn with_hint_if_not_found(err: ClientError, hint: &str) -> Error {
    if !err.is_not_found() {
        return err.into();
    }
    Failure {
        code: ExitCode::NotFound,
        message: err.to_string(),
        hint: Some(hint.to_owned()),
    }
    .into()
}
