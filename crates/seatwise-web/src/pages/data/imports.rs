//! The sections about imports: the files, and what was refused of them.

use seatwise_server::Unanswered;
use seatwise_types::extensions::{ImportOutcome, ImportWay, PastImport};

use crate::table::{Cell, Column, Table};
use crate::view::View;
use crate::words;

/// The number of imports and of bad rows on the page. A download has all.
const LISTED: usize = 50;

/// The sections about imports.
pub(super) struct Imports {
    pub(super) all: Table,
    pub(super) refused: Table,
}

impl Imports {
    pub(super) async fn read(view: &View) -> Result<Self, Unanswered> {
        let imports = view.model.reading.past_imports().await?;
        Ok(Self {
            all: all(view, &imports),
            refused: refused(view, &imports),
        })
    }
}

fn all(view: &View, imports: &[PastImport]) -> Table {
    let rows = imports.iter().take(view.at_most(LISTED)).map(|it| {
        let first = it.files.first().map(String::as_str).unwrap_or_default();
        let more = it.given.saturating_sub(1);
        let more = (more > 0).then(|| format!("and {}", words::counted(more, "other", "others")));
        vec![
            Cell::count(it.number),
            Cell::instant(it.at),
            Cell::text(way(it.way)),
            Cell::shortened(first).note(more),
            match it.outcome {
                ImportOutcome::Stored => Cell::text("imported").tone("good"),
                ImportOutcome::Refused => Cell::text("refused").tone("bad"),
            },
            Cell::count(it.rows_read),
            Cell::count(it.deliveries_new),
            Cell::count(it.deliveries_restated),
            Cell::count(it.deliveries_unchanged),
            Cell::count(it.bad_rows).tone(if it.bad_rows > 0 { "bad" } else { "" }),
        ]
    });
    Table {
        name: "imports",
        caption: "Imports, the newest first".to_owned(),
        columns: vec![
            Column::number("Number").minor(),
            Column::number("At"),
            Column::text("From"),
            Column::text("File").noted("Others"),
            Column::text("Outcome"),
            Column::number("Rows"),
            Column::number("New deliveries"),
            Column::number("Restated"),
            Column::number("Unchanged"),
            Column::number("Bad rows"),
        ],
        rows: rows.collect(),
        empty: "No import is known.",
        csv: view.download("imports"),
    }
}

fn way(way: ImportWay) -> &'static str {
    match way {
        ImportWay::Command => "the command line",
        ImportWay::Request => "a request",
        ImportWay::Folder => "the watched folder",
        ImportWay::Collection => "a collection",
    }
}

/// A line for each refused import and for each of its first bad rows. A successful import has lines for the
/// rows that it left out.
fn refused(view: &View, imports: &[PastImport]) -> Table {
    let rows = imports.iter().flat_map(lines).take(view.at_most(LISTED));
    Table {
        name: "refused",
        caption: "What was refused, and why".to_owned(),
        columns: vec![
            Column::number("Number").minor(),
            Column::number("At"),
            Column::text("File"),
            Column::number("Line"),
            Column::text("Field"),
            Column::text("Value"),
            Column::text("What is wrong"),
        ],
        rows: rows.collect(),
        empty: "Nothing was refused.",
        csv: view.download("refused"),
    }
}

fn lines(import: &PastImport) -> impl Iterator<Item = Vec<Cell>> {
    let line = |file: &str, line: Cell, [column, value, wrong]: [&str; 3]| {
        vec![
            Cell::count(import.number),
            Cell::instant(import.at),
            Cell::shortened(file),
            line,
            Cell::text(column),
            Cell::shortened(value),
            Cell::text(wrong),
        ]
    };
    let first = import.files.first().map(String::as_str).unwrap_or_default();
    let whole = |wrong: &str| line(first, Cell::text(""), ["", "", wrong]);
    let reason = import.reason.as_deref().map(whole);
    let rows = import.first_bad_rows.iter().map(|row| {
        let texts = [&*row.column, &row.value, &row.remedy];
        line(&row.file, Cell::count(row.line), texts)
    });
    let more = import.bad_rows - (import.first_bad_rows.len() as u64).min(import.bad_rows);
    let more = (more > 0).then(|| {
        let more = words::counted(more, "other bad row", "other bad rows");
        whole(&format!("and {more} of this import"))
    });
    let rows: Vec<_> = reason.into_iter().chain(rows).chain(more).collect();
    rows.into_iter()
}
