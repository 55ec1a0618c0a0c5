//! `seatwise imports`: the list of imports. Uses the SDK only.

use seatwise_service::Result;
use seatwise_types::extensions::{BadImportRow, PastImport};

use super::extensions::{more, only_there, print, section};
use super::given;
use crate::cli::ImportList;
use crate::table::{self, Column, minor};
use crate::{connection, output};

pub(crate) async fn run(args: ImportList) -> Result<()> {
    let partner = connection::open(args.source)?;
    let question = given!(partner.seatwise().imports(), top: args.page.top, skip: args.page.skip);
    let answer = question.get().await.map_err(only_there)?;
    let imports = &answer.imports.items;
    let columns: &[Column<&PastImport>] = &[
        Column::number("Number", "number", |it| it.number.to_string()),
        Column::instant("At", "at", |it| format!("{:.0}", it.at)),
        Column::text("Way", "way", |it| it.way.to_string()),
        Column::text("Outcome", "outcome", |it| it.outcome.to_string()),
        Column::number("Rows", "rowsRead", |it| it.rows_read.to_string()),
        minor(Column::number("Stored", "rowsStored", |it| {
            it.rows_stored.to_string()
        })),
        Column::number("New", "deliveriesNew", |it| it.deliveries_new.to_string()),
        Column::number("Restated", "deliveriesRestated", |it| {
            it.deliveries_restated.to_string()
        }),
        minor(Column::number("Unchanged", "deliveriesUnchanged", |it| {
            it.deliveries_unchanged.to_string()
        })),
        Column::number("Bad rows", "badRows", |it| it.bad_rows.to_string()),
        Column::name("File", "file", file),
        Column::name("Reason", "reason", |it| {
            it.reason.clone().unwrap_or_default()
        }),
    ];
    print(&answer, args.output, columns, imports.iter())?;
    if !args.output.is_table() {
        return Ok(());
    }
    let bad = imports
        .iter()
        .flat_map(|it| it.first_bad_rows.iter().map(move |row| (it, row)));
    let count = bad.clone().count();
    if count > 0 {
        section("Bad rows, at most ten of each import", count as u64)?;
        let columns: &[Column<(&PastImport, &BadImportRow)>] = &[
            Column::number("Number", "", |(it, _)| it.number.to_string()),
            minor(Column::name("File", "", |(_, row)| row.file.clone())),
            Column::number("Line", "", |(_, row)| row.line.to_string()),
            Column::text("Column", "", |(_, row)| row.column.clone()),
            Column::text("Value", "", |(_, row)| row.value.clone()),
            Column::name("What is wrong", "", |(_, row)| row.remedy.clone()),
        ];
        table::print(columns, bad, args.output)?;
    }
    more(answer.next_link.is_some());
    Ok(())
}

/// The first file, and the number of others.
fn file(import: &&PastImport) -> String {
    let first = import.files.first().cloned().unwrap_or_default();
    match import.given.saturating_sub(1) {
        0 => first,
        more => format!("{first} and {} more", output::grouped(more)),
    }
}
