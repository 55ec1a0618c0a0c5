//! `seatwise imports`: what was imported or refused, through the SDK alone.

use seatwise_types::own::{BadImportRow, PastImport};

use super::given;
use super::own::{Column, more, only_there, print, rows, section};
use crate::cli::{ImportList, Output};
use crate::connection;

pub(crate) async fn run(args: ImportList) -> anyhow::Result<()> {
    let partner = connection::open(args.source)?;
    let question = given!(partner.seatwise().imports(), top: args.page.top, skip: args.page.skip);
    let told = question.get().await.map_err(only_there)?;
    let columns: &[Column<&PastImport>] = &[
        ("Number", "number", |it| it.number.to_string()),
        ("At", "at", |it| format!("{:.0}", it.at)),
        ("Way", "way", |it| it.way.to_string()),
        ("Files", "files", files),
        ("Outcome", "outcome", |it| it.outcome.to_string()),
        ("Rows", "rowsRead", |it| it.rows_read.to_string()),
        ("Stored", "rowsStored", |it| it.rows_stored.to_string()),
        ("New", "deliveriesNew", |it| it.deliveries_new.to_string()),
        ("Restated", "deliveriesRestated", |it| {
            it.deliveries_restated.to_string()
        }),
        ("Unchanged", "deliveriesUnchanged", |it| {
            it.deliveries_unchanged.to_string()
        }),
        ("Bad rows", "badRows", |it| it.bad_rows.to_string()),
        ("Reason", "reason", |it| {
            it.reason.clone().unwrap_or_default()
        }),
    ];
    let numbers = [0, 5, 6, 7, 8, 9, 10];
    let imports = &told.imports.items;
    print(&told, args.output, columns, &numbers, imports.iter())?;
    if matches!(args.output, Output::Table) {
        let bad = imports
            .iter()
            .flat_map(|it| it.first_bad_rows.iter().map(move |row| (it, row)));
        let count = bad.clone().count();
        if count > 0 {
            section("Bad rows, at most ten of each import", count as u64)?;
            let columns: &[Column<(&PastImport, &BadImportRow)>] = &[
                ("Number", "", |(it, _)| it.number.to_string()),
                ("File", "", |(_, row)| row.file.clone()),
                ("Line", "", |(_, row)| row.line.to_string()),
                ("Column", "", |(_, row)| row.column.clone()),
                ("Value", "", |(_, row)| row.value.clone()),
                ("What is wrong", "", |(_, row)| row.remedy.clone()),
            ];
            rows(columns, &[0, 2], bad)?;
        }
        more(told.next_link.is_some());
    }
    Ok(())
}

/// The first file, and how many more there are.
fn files(import: &&PastImport) -> String {
    let first = import.files.first().cloned().unwrap_or_default();
    match import.given.saturating_sub(1) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
