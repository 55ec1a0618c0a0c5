//! Tables and CSV, from one list of columns. Tables fit the terminal.

use comfy_table::{CellAlignment, Table, presets};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use seatwise_service::Result;

use crate::cli::Output;
use crate::{output, system};

/// The spaces between two columns.
const GAP: usize = 2;
/// The smallest width to which a name is cut.
const NARROWEST_NAME: usize = 12;
/// The characters of an id that a table shows.
const BEGINNING: usize = 8;

/// A column of an answer.
pub(crate) struct Column<R> {
    /// The heading in tables; empty if tables leave the column out.
    heading: Heading,
    /// The name in CSV, as in the API; empty if CSV leaves the column out.
    name: &'static str,
    cell: fn(&R) -> String,
}

/// The kind of a column, which decides how a table shows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Text that is never cut.
    Text,
    /// A name or sentence, which is cut on a narrow terminal.
    Name,
    /// The id of something that another column names. Tables show the first characters.
    Id,
    /// A day. A time after it is left out.
    Day,
    /// An instant in UTC. Tables show minutes.
    Instant,
    /// A number, aligned to the right.
    Number,
    /// A bar for a number in another column. It is left out first on a narrow terminal.
    Bar,
}

impl<R> Column<R> {
    const fn new(
        kind: Kind,
        text: &'static str,
        name: &'static str,
        cell: fn(&R) -> String,
    ) -> Self {
        let heading = Heading {
            text,
            kind,
            is_minor: false,
        };
        Self {
            heading,
            name,
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
}

/// Makes a column optional: on a narrow terminal, tables leave out optional columns from the left.
pub(crate) fn minor<R>(mut column: Column<R>) -> Column<R> {
    column.heading.is_minor = true;
    column
}

/// Prints rows as a table or CSV.
///
/// # Errors
/// If standard output is closed or full.
pub(crate) fn print<R>(
    columns: &[Column<R>],
    rows: impl Iterator<Item = R>,
    form: Output,
) -> Result<()> {
    let cells = |columns: &[&Column<R>], row: R| columns.iter().map(|it| (it.cell)(&row)).collect();
    if matches!(form, Output::Csv) {
        let columns: Vec<_> = columns.iter().filter(|it| !it.name.is_empty()).collect();
        let names: Vec<_> = columns.iter().map(|it| it.name).collect();
        return output::csv(&names, rows.map(|row| cells(&columns, row)));
    }
    let columns: Vec<_> = columns
        .iter()
        .filter(|it| !it.heading.text.is_empty())
        .collect();
    let headings = columns.iter().map(|it| it.heading).collect();
    let rows = rows.map(|row| cells(&columns, row)).collect();
    show(headings, rows, form)
}

/// The heading of a column of prepared cells.
#[derive(Clone, Copy)]
pub(crate) struct Heading {
    pub(crate) text: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_minor: bool,
}

/// Prints a table: as wide as the terminal, or in full. Prints nothing without rows.
///
/// # Errors
/// If standard output is closed or full.
pub(crate) fn show(headings: Vec<Heading>, rows: Vec<Vec<String>>, form: Output) -> Result<()> {
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
    /// The indexes of the columns to show.
    shown: Vec<usize>,
}

impl Cut {
    /// Shortens ids, days and instants.
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

    /// Makes the table at most this wide: bars are left out first, then names are cut, then optional
    /// columns are left out, from the left. Returns the headings of these columns. A table that cannot
    /// become narrower stays wider.
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

    /// The width of each column after names are cut as needed, and whether the table fits.
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

    fn print(&self) -> Result<()> {
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

/// Cuts a text to this width. The last character shows the cut.
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
        assert_eq!(
            line(&narrow),
            "4d3cf487…|Humongous Insura…|2026-10-31|62.40"
        );
        // A table stays wider than an unusably narrow terminal.
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
