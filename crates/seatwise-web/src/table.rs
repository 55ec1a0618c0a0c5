//! A table of a page, which is also what is downloaded as CSV: the same cells in the same order.

use askama::Template;
use seatwise_store::harmless;
use seatwise_types::extensions::Amount;

use crate::chart::Svg;
use crate::reader::Reader;
use crate::words;

/// The most letters that a page shows of a text from outside.
const LONGEST: usize = 100;

/// A table.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "table.html")]
pub(crate) struct Table {
    /// What tells it from other tables of the page, and the name of its download.
    pub(crate) name: &'static str,
    /// What it holds, for those who cannot see where it stands.
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// What is said in the place of rows where there are none.
    pub(crate) empty: &'static str,
    /// Where it is downloaded; nowhere if it is not.
    pub(crate) csv: Option<String>,
}

/// A column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    /// Its heading, with the unit.
    pub(crate) title: &'static str,
    /// Numbers stand at the right.
    pub(crate) is_number: bool,
    /// Where rows are put in order by it; nowhere if they are not.
    pub(crate) sort: Option<String>,
    /// Whether they are: `ascending` or `descending`.
    pub(crate) sorted: Option<&'static str>,
    /// The word for it in an [order](crate::table_order) of the address; empty if there is none.
    pub(crate) order: String,
    /// Left out where there is little room.
    pub(crate) is_minor: bool,
    /// It has pictures alone, so it is not downloaded.
    pub(crate) is_picture: bool,
    /// The heading of the notes of its cells in a download; they are left out if there is none.
    pub(crate) notes: &'static str,
}

/// What stands in a cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    /// As it is shown.
    pub(crate) text: String,
    /// As it is downloaded, where that is something else.
    raw: Option<String>,
    /// Where it leads.
    pub(crate) href: Option<String>,
    /// The same as a picture.
    pub(crate) bar: Option<Svg>,
    /// What is to be added, in small letters.
    pub(crate) note: Option<String>,
    /// What it means: `good`, `bad`, `quiet`, `unknown`.
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

    /// A text from outside, of which the page shows the beginning and the end. It is downloaded whole.
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

    /// A count that is known between bounds.
    pub(crate) fn between(least: u64, most: u64) -> Self {
        if least == most {
            return Self::count(least);
        }
        Self {
            raw: Some(format!("{least} to {most}")),
            ..Self::text(format!("{} to {}", words::count(least), words::count(most)))
        }
    }

    /// By how many seats something grew, or shrank.
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

    /// An amount. It is downloaded with its currency too, as a column may have several.
    pub(crate) fn money(currency: &str, amount: Amount) -> Self {
        Self {
            raw: Some(format!("{currency} {amount}")),
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

    /// There is no value, which is not zero. It is downloaded as an empty field.
    pub(crate) fn unknown() -> Self {
        Self {
            raw: Some(String::new()),
            tone: "unknown",
            ..Self::text("unknown")
        }
    }

    /// There is nothing that a value could be of. It is downloaded as an empty field.
    pub(crate) fn none() -> Self {
        Self {
            raw: Some(String::new()),
            tone: "quiet",
            ..Self::text("none")
        }
    }

    /// The value as it is downloaded.
    pub(crate) fn exact(&self) -> &str {
        self.raw.as_deref().unwrap_or(&self.text)
    }

    /// Whether the value is something else than a text: a number, a day, an amount.
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

/// What a difference means: less use is bad.
pub(crate) fn tone(points: f64) -> &'static str {
    match points {
        points if points >= 0.005 => "good",
        points if points <= -0.005 => "bad",
        _ => "quiet",
    }
}

impl Table {
    /// The table as CSV: a line of headings, numbers without separators, dates as `2026-10-31`. A text
    /// that a spreadsheet would take for a formula is made harmless.
    pub(crate) fn to_csv(&self) -> Vec<u8> {
        let mut csv = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
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
                    None => harmless(&cell.text).into_owned(),
                });
                if !column.notes.is_empty() {
                    let note = cell.note.as_deref().unwrap_or_default();
                    fields.push(harmless(note).into_owned());
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
        // Notes have numbers too. A file is the same for all readers.
        Reader::default().write(&csv).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_has_the_cells_of_the_page_in_a_form_for_programs() {
        let table = Table {
            columns: vec![
                Column::text("Customer").noted("Why"),
                Column::number("Seats"),
                Column::number("Change, points"),
            ],
            rows: vec![
                vec![
                    Cell::text("=2+3 Bakery").note(Some("late".to_owned())),
                    Cell::count(1234),
                    Cell::points(Some(-1.5)),
                ],
                vec![Cell::text("A, \"B\""), Cell::count(0), Cell::points(None)],
            ],
            ..Table::default()
        };
        let text = String::from_utf8(table.to_csv()).unwrap();
        insta::assert_snapshot!(text.replace('\r', ""), @r#"
        Customer,Why,Seats,"Change, points"
        '=2+3 Bakery,late,1234,-1.50
        "A, ""B""",,0,
        "#);
    }
}
