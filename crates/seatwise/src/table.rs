//! Tables for people and spreadsheets: one list of columns for both. A table fits the terminal.

use comfy_table::{CellAlignment, Table, presets};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::cli::Output;
use crate::{output, system};

/// Between two columns.
const GAP: usize = 2;
/// A name keeps at least so much of its width.
const NARROWEST_NAME: usize = 12;
/// Of an id that stands beside a name, tables show so many characters.
const BEGINNING: usize = 8;

/// A column of an answer.
pub(crate) struct Column<R> {
    /// For people. Without one, the column is for spreadsheets alone.
    heading: &'static str,
    /// For spreadsheets, as the API names it. Without one, the column is for people alone.
    name: &'static str,
    kind: Kind,
    is_minor: bool,
    cell: fn(&R) -> String,
}

/// What a column holds, and so how a table shows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A word that stays whole.
    Text,
    /// A name or a sentence, which is cut where the terminal is narrow.
    Name,
    /// The id of what another column names. Tables show its beginning.
    Id,
    /// A day, also one with a time that says nothing more.
    Day,
    /// An instant in UTC. Tables show it to the minute.
    Instant,
    /// A number, on the right.
    Number,
    /// A drawing of a number beside it, which goes first where the terminal is narrow.
    Bar,
}

impl<R> Column<R> {
    const fn new(
        kind: Kind,
        heading: &'static str,
        name: &'static str,
        cell: fn(&R) -> String,
    ) -> Self {
        Self {
            heading,
            name,
            kind,
            is_minor: false,
            cell,
        }
    }

    pub(crate) const fn text(
        heading: &'static str,
        name: &'static str,
        cell: fn(&R) -> String,
    ) -> Self {
        Self::new(Kind::Text, heading, name, cell)
    }

    pub(crate) const fn name(
        heading: &'static str,
        name: &'static str,
        cell: fn(&R) -> String,
    ) -> Self {
        Self::new(Kind::Name, heading, name, cell)
    }

    pub(crate) const fn id(
        heading: &'static str,
        name: &'static str,
        cell: fn(&R) -> String,
    ) -> Self {
        Self::new(Kind::Id, heading, name, cell)
    }

    pub(crate) const fn day(
        heading: &'static str,
        name: &'static str,
        cell: fn(&R) -> String,
    ) -> Self {
        Self::new(Kind::Day, heading, name, cell)
    }

    pub(crate) const fn instant(
        heading: &'static str,
        name: &'static str,
        cell: fn(&R) -> String,
    ) -> Self {
        Self::new(Kind::Instant, heading, name, cell)
    }

    pub(crate) const fn number(
        heading: &'static str,
        name: &'static str,
        cell: fn(&R) -> String,
    ) -> Self {
        Self::new(Kind::Number, heading, name, cell)
    }

    pub(crate) const fn bar(cell: fn(&R) -> String) -> Self {
        Self::new(Kind::Bar, " ", "", cell)
    }

    fn heading(&self) -> Heading {
        Heading {
            text: self.heading,
            kind: self.kind,
            is_minor: self.is_minor,
        }
    }
}

/// A column that goes where the terminal is too narrow for all of them, the first such column first.
pub(crate) fn minor<R>(column: Column<R>) -> Column<R> {
    Column {
        is_minor: true,
        ..column
    }
}

/// Prints rows in the form that was asked for, which is not JSON.
///
/// # Errors
/// If standard output is closed or full.
pub(crate) fn print<R>(
    columns: &[Column<R>],
    rows: impl Iterator<Item = R>,
    form: Output,
) -> anyhow::Result<()> {
    let cells = |columns: &[&Column<R>], row: R| columns.iter().map(|it| (it.cell)(&row)).collect();
    if matches!(form, Output::Csv) {
        let columns: Vec<_> = columns.iter().filter(|it| !it.name.is_empty()).collect();
        let names: Vec<_> = columns.iter().map(|it| it.name).collect();
        return output::csv(&names, rows.map(|row| cells(&columns, row)));
    }
    let columns: Vec<_> = columns.iter().filter(|it| !it.heading.is_empty()).collect();
    let headings = columns.iter().map(|it| it.heading()).collect();
    let rows = rows.map(|row| cells(&columns, row)).collect();
    show(headings, rows, form)
}

/// The heading of a column whose cells were made before.
#[derive(Clone, Copy)]
pub(crate) struct Heading {
    pub(crate) text: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_minor: bool,
}

/// Prints a table for people: as wide as the terminal, or with all that there is. Without rows it prints
/// nothing.
///
/// # Errors
/// If standard output is closed or full.
pub(crate) fn show(
    headings: Vec<Heading>,
    rows: Vec<Vec<String>>,
    form: Output,
) -> anyhow::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let is_wide = matches!(form, Output::Wide);
    let terminal = output::to_terminal();
    let mut cut = Cut {
        shown: (0..headings.len())
            .filter(|place| headings[*place].kind != Kind::Bar || terminal)
            .collect(),
        headings,
        rows,
    };
    if !is_wide {
        cut.shorten();
    }
    let width = match is_wide {
        true => None,
        false => system::columns().or_else(|| Table::new().width().map(usize::from)),
    };
    let gone = width.map(|width| cut.fit(width)).unwrap_or_default();
    cut.print()?;
    if !gone.is_empty() {
        output::note(format_args!(
            "this terminal is too narrow for: {}. `--output wide` shows all",
            gone.join(", ")
        ));
    }
    Ok(())
}

/// A table that is cut to the terminal.
struct Cut {
    headings: Vec<Heading>,
    rows: Vec<Vec<String>>,
    /// The places of the columns that are left.
    shown: Vec<usize>,
}

impl Cut {
    /// Shows ids, days and instants in their short forms.
    fn shorten(&mut self) {
        for row in &mut self.rows {
            for (cell, heading) in row.iter_mut().zip(&self.headings) {
                match heading.kind {
                    Kind::Id if cell.len() > BEGINNING => {
                        *cell = format!("{}…", cell.chars().take(BEGINNING).collect::<String>());
                    }
                    Kind::Day => *cell = cell.chars().take("2026-10-31".len()).collect(),
                    Kind::Instant => {
                        let minute = cell.chars().take("2026-10-31T12:00".len());
                        *cell = minute.collect::<String>().replace('T', " ");
                    }
                    _ => {}
                }
            }
        }
    }

    /// Makes the table at most so wide: first bars go, then names are cut, then minor columns go, the first
    /// one first. Gives the headings of the minor columns that had to go. A table with nothing more to
    /// give up stays wider.
    fn fit(&mut self, width: usize) -> Vec<&'static str> {
        let mut gone = Vec::new();
        if self.full_width() > width {
            let is_bar = |place: &usize| self.headings[*place].kind == Kind::Bar;
            self.shown.retain(|place| !is_bar(place));
        }
        loop {
            let (widths, fits) = self.widths(width);
            let is_minor = |place: &usize| self.headings[*place].is_minor;
            match self.shown.iter().position(is_minor) {
                Some(next) if !fits => gone.push(self.headings[self.shown.remove(next)].text),
                _ => {
                    self.cut_to(&widths);
                    return gone;
                }
            }
        }
    }

    /// How wide the table is when all is shown.
    fn full_width(&self) -> usize {
        let (widths, _) = self.widths(usize::MAX);
        widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
    }

    /// How wide each column is when names are cut as far as it takes, and whether that is enough.
    fn widths(&self, width: usize) -> (Vec<usize>, bool) {
        let of = |place: &usize| {
            let cells = self.rows.iter().map(|row| row[*place].width());
            cells
                .chain([self.headings[*place].text.width()])
                .max()
                .unwrap_or(0)
        };
        let mut widths: Vec<usize> = self.shown.iter().map(of).collect();
        let gaps = GAP * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > width {
            let names = (0..widths.len()).filter(|at| {
                self.headings[self.shown[*at]].kind == Kind::Name && widths[*at] > NARROWEST_NAME
            });
            let Some(widest) = names.max_by_key(|at| widths[*at]) else {
                return (widths, false);
            };
            widths[widest] -= 1;
        }
        (widths, true)
    }

    fn cut_to(&mut self, widths: &[usize]) {
        for row in &mut self.rows {
            for (place, width) in self.shown.iter().zip(widths) {
                row[*place] = cut(&row[*place], *width);
            }
        }
    }

    fn print(&self) -> anyhow::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        let headings = self.shown.iter().map(|place| self.headings[*place].text);
        table.set_header(headings.map(str::trim).collect::<Vec<_>>());
        for row in &self.rows {
            let cells = self.shown.iter().map(|place| output::visible(&row[*place]));
            table.add_row(cells.collect::<Vec<_>>());
        }
        for (column, place) in table.column_iter_mut().zip(&self.shown) {
            column.set_padding((0, GAP as u16));
            if self.headings[*place].kind == Kind::Number {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for text in table.lines() {
            output::line(text.trim_end())?;
        }
        Ok(())
    }
}

/// A text that is at most so wide, with a sign where it was cut.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let mut short = String::new();
    for sign in text.chars() {
        let wide = sign.width().unwrap_or(0);
        if wide > left {
            break;
        }
        left -= wide;
        short.push(sign);
    }
    format!("{}…", short.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heading(text: &'static str, kind: Kind, is_minor: bool) -> Heading {
        Heading {
            text,
            kind,
            is_minor,
        }
    }

    fn table() -> Cut {
        let headings = vec![
            heading("Customer", Kind::Id, false),
            heading("Name", Kind::Name, false),
            heading("Channel", Kind::Text, true),
            heading("Processed", Kind::Day, false),
            heading("Used %", Kind::Number, false),
            heading(" ", Kind::Bar, false),
        ];
        let row = [
            "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04",
            "Humongous Insurance of Central and Western Europe",
            "reseller",
            "2026-10-31T00:00:00+00:00",
            "62.40",
            "████████████░░░░░░░░",
        ];
        let mut cut = Cut {
            shown: (0..headings.len()).collect(),
            headings,
            rows: vec![row.map(str::to_owned).to_vec()],
        };
        cut.shorten();
        cut
    }

    fn line(cut: &Cut) -> String {
        let row = &cut.rows[0];
        let cells: Vec<_> = cut.shown.iter().map(|place| row[*place].as_str()).collect();
        cells.join("|")
    }

    #[test]
    fn a_table_gives_up_its_bar_then_parts_of_names_then_minor_columns() {
        let mut wide = table();
        assert_eq!(wide.fit(200), Vec::<&str>::new());
        assert_eq!(
            line(&wide),
            "4d3cf487…|Humongous Insurance of Central and Western Europe|reseller|2026-10-31|62.40|\
             ████████████░░░░░░░░"
        );
        let mut eighty = table();
        assert_eq!(eighty.fit(80), Vec::<&str>::new());
        assert_eq!(
            line(&eighty),
            "4d3cf487…|Humongous Insurance of Central and Wes…|reseller|2026-10-31|62.40"
        );
        let mut narrow = table();
        assert_eq!(narrow.fit(48), ["Channel"]);
        assert_eq!(line(&narrow), "4d3cf487…|Humongous Insura…|2026-10-31|62.40");
        // It stays wider than a terminal of no use.
        let mut narrowest = table();
        assert_eq!(narrowest.fit(10), ["Channel"]);
        assert_eq!(line(&narrowest), "4d3cf487…|Humongous I…|2026-10-31|62.40");
    }

    #[test]
    fn wide_signs_count_twice_and_are_not_halved() {
        assert_eq!(cut("株式会社コントソ", 7), "株式会…");
        assert_eq!(cut("株式会社コントソ", 8), "株式会…");
        assert_eq!(cut("Contoso", 7), "Contoso");
    }
}
