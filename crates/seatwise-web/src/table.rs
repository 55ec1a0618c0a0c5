//! A table of a page. Its CSV download has the same cells in the same order.

use askama::Template;
use seatwise_store::harmless;
use seatwise_types::extensions::Amount;

use crate::chart::Svg;
use crate::reader::Reader;
use crate::words;

/// The most that a page shows of a text from outside, in characters.
const LONGEST: usize = 100;

/// A table.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "table.html")]
pub(crate) struct Table {
    /// Unique among the tables of the page, and the name of the download.
    pub(crate) name: &'static str,
    /// What the table shows, for screen readers.
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// The text to show if there are no rows.
    pub(crate) empty: &'static str,
    /// The address of the download; `None` if it cannot be downloaded.
    pub(crate) csv: Option<String>,
}

/// A column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    /// The heading, with the unit.
    pub(crate) title: &'static str,
    /// Numbers are aligned to the right.
    pub(crate) is_number: bool,
    /// The address that sorts rows by this column; `None` if they cannot be sorted by it.
    pub(crate) sort: Option<String>,
    /// `ascending` or `descending` if rows are sorted by this column.
    pub(crate) sorted: Option<&'static str>,
    /// The word for this column in an [order](crate::table_order) of the address; empty if it has none.
    pub(crate) order: String,
    /// Hidden on narrow screens.
    pub(crate) is_minor: bool,
    /// The column has only pictures, so a download leaves it out.
    pub(crate) is_picture: bool,
    /// Hidden on paper, which customers get.
    pub(crate) is_private: bool,
    /// Only a download has the column.
    pub(crate) is_for_files: bool,
    /// The heading of the notes in a download; without it, the download has no notes.
    pub(crate) notes: &'static str,
}

/// A cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    /// The text on the page.
    pub(crate) text: String,
    /// The value in a download, if it is not the text.
    raw: Option<String>,
    /// The address that the cell links to.
    pub(crate) href: Option<String>,
    /// The value as a picture.
    pub(crate) bar: Option<Svg>,
    /// A note in small print.
    pub(crate) note: Option<String>,
    /// The meaning of the value: `good`, `bad`, `quiet`, `unknown`, `money`, or empty.
    pub(crate) tone: &'static str,
}

impl Column {
    pub(crate) fn text(title: &'static str) -> Self {
        Self {
            title,
            ..Self::default()
        }
    }

    pub(crate) fn number(title: &'static str) -> Self {
        Self {
            is_number: true,
            ..Self::text(title)
        }
    }

    pub(crate) fn private(self) -> Self {
        Self {
            is_private: true,
            ..self
        }
    }

    pub(crate) fn for_files(title: &'static str) -> Self {
        Self {
            is_for_files: true,
            ..Self::text(title)
        }
    }

    pub(crate) fn picture(title: &'static str) -> Self {
        Self {
            is_picture: true,
            ..Self::text(title)
        }
    }

    pub(crate) fn noted(self, notes: &'static str) -> Self {
        Self { notes, ..self }
    }

    pub(crate) fn minor(self) -> Self {
        Self {
            is_minor: true,
            ..self
        }
    }
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// A text from outside. A long one is shortened in the middle on the page and complete in a download.
    pub(crate) fn shortened(text: &str) -> Self {
        let letters = text.chars().count();
        if letters <= LONGEST {
            return Self::text(text);
        }
        let first = text.chars().take(LONGEST / 2 - 1);
        let last = text.chars().skip(letters - LONGEST / 2);
        Self {
            raw: Some(harmless(text).into_owned()),
            ..Self::text(first.chain(['…']).chain(last).collect::<String>())
        }
    }

    pub(crate) fn count(number: u64) -> Self {
        Self {
            raw: Some(number.to_string()),
            ..Self::text(words::count(number))
        }
    }

    /// A part of a whole, as counts.
    pub(crate) fn part_of(part: u64, whole: u64) -> Self {
        Self {
            raw: Some(format!("{part} of {whole}")),
            ..Self::text(format!("{} of {}", words::count(part), words::count(whole)))
        }
    }

    /// A count between two bounds.
    pub(crate) fn between(least: u64, most: u64) -> Self {
        if least == most {
            return Self::count(least);
        }
        Self {
            raw: Some(format!("{least} to {most}")),
            ..Self::text(format!("{} to {}", words::count(least), words::count(most)))
        }
    }

    /// A change of a number of seats.
    pub(crate) fn difference(number: i64) -> Self {
        Self {
            raw: Some(number.to_string()),
            tone: if number == 0 { "quiet" } else { "" },
            ..Self::text(words::difference(number))
        }
    }

    pub(crate) fn percent(percent: Option<f64>) -> Self {
        match percent {
            None => Self::unknown(),
            Some(percent) => Self {
                raw: Some(format!("{percent:.2}")),
                ..Self::text(words::percent(percent))
            },
        }
    }

    pub(crate) fn points(points: Option<f64>) -> Self {
        match points {
            None => Self::unknown(),
            Some(points) => Self {
                raw: Some(format!("{points:.2}")),
                tone: tone(points),
                ..Self::text(words::points(points))
            },
        }
    }

    /// An amount. The download contains the currency too, because a column can have several.
    pub(crate) fn money(currency: &str, amount: Amount) -> Self {
        Self {
            raw: Some(format!("{currency} {amount}")),
            tone: "money",
            ..Self::text(words::money(currency, amount))
        }
    }

    pub(crate) fn day(day: Option<jiff::civil::Date>) -> Self {
        match day {
            None => Self::unknown(),
            Some(day) => Self {
                raw: Some(day.to_string()),
                ..Self::text(words::day(day))
            },
        }
    }

    pub(crate) fn instant(at: jiff::Timestamp) -> Self {
        Self {
            raw: Some(at.to_string()),
            ..Self::text(words::instant(at))
        }
    }

    /// The value is unknown, which is not zero. In a download the field is empty.
    pub(crate) fn unknown() -> Self {
        Self {
            raw: Some(String::new()),
            tone: "unknown",
            ..Self::text("unknown")
        }
    }

    /// There is nothing to have a value. In a download the field is empty.
    pub(crate) fn none() -> Self {
        Self {
            raw: Some(String::new()),
            tone: "quiet",
            ..Self::text("none")
        }
    }

    /// The value in a download.
    pub(crate) fn exact(&self) -> &str {
        self.raw.as_deref().unwrap_or(&self.text)
    }

    /// Whether the value is not plain text: a number, a day or an amount.
    pub(crate) fn is_exact(&self) -> bool {
        self.raw.is_some()
    }

    pub(crate) fn link(self, href: impl Into<Option<String>>) -> Self {
        Self {
            href: href.into(),
            ..self
        }
    }

    pub(crate) fn bar(self, bar: Svg) -> Self {
        Self {
            bar: Some(bar),
            ..self
        }
    }

    pub(crate) fn note(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }

    pub(crate) fn tone(self, tone: &'static str) -> Self {
        Self { tone, ..self }
    }
}

/// The tone of a change in points: more use is good, less is bad.
pub(crate) fn tone(points: f64) -> &'static str {
    match points {
        points if points >= 0.005 => "good",
        points if points <= -0.005 => "bad",
        _ => "quiet",
    }
}

/// Text in a download, with numbers and days as everyone can read them.
fn plain(text: &str) -> String {
    harmless(&Reader::default().write(text)).into_owned()
}

impl Table {
    /// The table as CSV: a line of headings, numbers without separators, dates such as `2026-10-31`. Text
    /// that a spreadsheet would run as a formula is made harmless. Excel takes the encoding from the byte-order
    /// mark.
    pub(crate) fn to_csv(&self) -> Vec<u8> {
        let mut csv = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::from("\u{feff}"));
        let mut titles = Vec::new();
        for column in self.columns.iter().filter(|column| !column.is_picture) {
            titles.push(column.title);
            titles.extend(Some(column.notes).filter(|notes| !notes.is_empty()));
        }
        let lines = self.rows.iter().map(|row| {
            let mut fields = Vec::with_capacity(titles.len());
            let cells = self.columns.iter().zip(row);
            for (column, cell) in cells.filter(|(column, _)| !column.is_picture) {
                fields.push(match &cell.raw {
                    Some(raw) => raw.clone(),
                    None => plain(&cell.text),
                });
                if !column.notes.is_empty() {
                    fields.push(plain(cell.note.as_deref().unwrap_or_default()));
                }
            }
            fields
        });
        let mut written = csv.write_record(&titles);
        for line in lines {
            written = written.and_then(|()| csv.write_record(line));
        }
        written.expect("memory takes every line, and all lines have as many fields");
        let csv = csv.into_inner().expect("memory takes every byte");
        let csv = String::from_utf8(csv).expect("all fields are texts");
        // Notes contain marked numbers. Every reader gets the same file.
        Reader::default().write(&csv).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_has_the_cells_in_a_format_for_programs() {
        let table = Table {
            columns: vec![
                Column::text("Customer").noted("Why"),
                Column::number("Seats"),
                Column::number("Change, points"),
            ],
            rows: vec![
                vec![
                    Cell::text("=2+3 Bakery").note(Some(format!("late, {}", words::count(1000)))),
                    Cell::count(1234),
                    Cell::points(Some(-1.5)),
                ],
                vec![Cell::text("A, \"B\""), Cell::count(0), Cell::points(None)],
            ],
            ..Table::default()
        };
        let text = String::from_utf8(table.to_csv()).unwrap();
        let text = text.strip_prefix('\u{feff}').unwrap();
        insta::assert_snapshot!(text.replace('\r', ""), @r#"
        Customer,Why,Seats,"Change, points"
        '=2+3 Bakery,"late, 1,000",1234,-1.50
        "A, ""B""",,0,
        "#);
    }
}
