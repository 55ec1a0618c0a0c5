//! What the commands have in common that ask Seatwise's own endpoints: answers as rows with columns, and
//! what is said where there is no such endpoint.

use seatwise_client::Error;
use serde::Serialize;

use crate::cli::Output;
use crate::exit::{self, Failure};
use crate::output;

/// The beginning of a list among others.
pub(crate) fn section(title: &str, items: u64) -> anyhow::Result<()> {
    output::line(format_args!("\n{title}: {items}"))
}

/// Says that there are further pages, if there are.
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

/// Prints rows for people; nothing if there are none. Ids of customers are shortened where their names
/// stand beside them: people choose by the name, programs read the other forms.
pub(crate) fn rows<R>(
    columns: &[Column<R>],
    numbers: &[usize],
    of: impl Iterator<Item = R>,
) -> anyhow::Result<()> {
    let headings: Vec<_> = columns.iter().map(|(heading, ..)| *heading).collect();
    let id = headings.iter().position(|it| *it == "Customer");
    let id = id.filter(|_| headings.contains(&"Name"));
    let of = of.map(|row| {
        let mut cells = cells(columns, &row);
        if let Some(id) = id {
            cells[id] = shortened(&cells[id]);
        }
        cells
    });
    let mut of = of.peekable();
    if of.peek().is_none() {
        return Ok(());
    }
    output::table(&headings, numbers, of)
}

/// The beginning of an id.
fn shortened(id: &str) -> String {
    let beginning: String = id.chars().take(8).collect();
    format!("{beginning}…")
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

/// The error, with a hint if something was not found.
pub(crate) fn with_hint_if_not_found(err: Error, hint: &str) -> anyhow::Error {
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
