//! Splitting of separated values into records and fields.

use std::io::{self, BufRead};
use std::ops::Range;

use memchr::memchr;

use super::blanks::Blanks;
use super::csv_header::{is_blank, is_directive, separator_in};
use super::csv_lines::{TextLines, invalid};
use super::separators::each_place;
use super::unquote::{Step, Unquoted};

/// Splits a text into records and fields.
///
/// Most lines have no quotes, or only around whole fields: they are cut at the separators in place.
/// Others are parsed value by value, over as many lines as it takes to close the quotes.
pub(super) struct Records {
    lines: TextLines,
    delimiter: u8,
    /// Whether a backslash escapes a quote. True for all records after the first one that has no
    /// other meaning.
    escapes: bool,
    /// The number of fields in the header, without trailing ones without a name, and in all; `None`
    /// before it is read.
    width: Option<(usize, usize)>,
    blanks: Blanks,
    /// The ranges of the last record's fields in its text.
    fields: Vec<Range<u32>>,
}

/// A record that is not blank.
pub(super) struct Record {
    /// The line on which it begins.
    pub(super) line: u64,
    /// Why it cannot be split; `None` if it can.
    pub(super) broken: Option<String>,
}

impl Records {
    /// Reads the header, which is the first line that is neither blank nor a directive of the
    /// program that wrote the file. Returns its names; empty if there is no such line.
    ///
    /// # Errors
    /// If the text cannot be read, or the header cannot be split.
    pub(super) fn open(content: Box<dyn BufRead + Send>) -> io::Result<(Self, Vec<String>)> {
        let mut records = Self {
            lines: TextLines::new(content),
            delimiter: b',',
            escapes: false,
            width: None,
            blanks: Blanks::default(),
            fields: Vec::new(),
        };
        let mut text = Vec::new();
        let mut has_line = records.lines.read_first(&mut text)?;
        let mut delimiter = None;
        while has_line && (is_blank(&text) || is_directive(&text, &mut delimiter)) {
            text.clear();
            records.blanks.one_more()?;
            has_line = records.lines.read(&mut text, 0)?;
        }
        if !has_line {
            return Ok((records, Vec::new()));
        }
        records.delimiter = delimiter.unwrap_or_else(|| separator_in(&text));
        let line = records.lines.count;
        if let Some(reason) = records.take_apart(&mut text, 0)? {
            return Err(invalid(format!("the header in line {line}: {reason}")));
        }
        let fields = records.fields.iter().map(|field| &text[to_usize(field)]);
        let names: Vec<String> = fields
            .map(|name| String::from_utf8_lossy(name).trim().to_owned())
            .collect();
        let named = names.iter().rposition(|name| !name.is_empty());
        records.width = Some((named.map_or(0, |last| last + 1), names.len()));
        Ok((records, names))
    }

    /// Appends the next record that is not blank to `text`, and finds its fields there; `None` at
    /// the end.
    pub(super) fn next(&mut self, text: &mut Vec<u8>) -> io::Result<Option<Record>> {
        loop {
            let start = text.len();
            if !self.lines.read(text, start)? {
                return Ok(None);
            }
            let line = self.lines.count;
            let broken = self.take_apart(text, start)?;
            let mut fields = self.fields.iter();
            if broken.is_some() {
                text.truncate(start);
            } else if fields.all(|field| text[to_usize(field)].trim_ascii().is_empty()) {
                text.truncate(start);
                self.blanks.one_more()?;
                continue;
            }
            return Ok(Some(Record { line, broken }));
        }
    }

    /// The ranges of the last record's fields in its text.
    pub(super) fn fields(&self) -> &[Range<u32>] {
        &self.fields
    }

    /// Finds the fields of the record whose first line is at the end of `text`; returns the reason
    /// if it cannot be split.
    fn take_apart(&mut self, text: &mut Vec<u8>, start: usize) -> io::Result<Option<String>> {
        if !self.cut(&text[start..], start) {
            return self.unquote(text, start);
        }
        let is_as_wide = |(named, width)| (named..=width).contains(&self.fields.len());
        if self.width.is_none_or(is_as_wide) || self.reads_with_escapes(text, start) {
            return Ok(None);
        }
        let line: &[u8] = text;
        let values = self.fields.iter().map(|field| &line[to_usize(field)]);
        Ok(self.wrong_width(values))
    }

    /// Finds the fields of a line whose quotes, if any, surround whole fields; false if there are
    /// other quotes.
    fn cut(&mut self, line: &[u8], offset: usize) -> bool {
        self.fields.clear();
        let line = line.strip_suffix(&[self.lines.end]).unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.escapes && memchr(b'\\', line).is_some() {
            return false;
        }
        let field = |start, end| (offset + start) as u32..(offset + end) as u32;
        let mut start = 0;
        if memchr(b'"', line).is_none() {
            each_place(self.delimiter, line, |separator| {
                self.fields.push(field(start, separator));
                start = separator + 1;
            });
            self.fields.push(field(start, line.len()));
            return true;
        }
        loop {
            let rest = &line[start..];
            let (begin, end, next) = if let Some(quoted) = rest.strip_prefix(b"\"") {
                let Some(length) = memchr(b'"', quoted) else {
                    return false;
                };
                let end = start + 1 + length;
                (start + 1, end, end + 1)
            } else {
                let length = memchr(self.delimiter, rest).unwrap_or(rest.len());
                (start, start + length, start + length)
            };
            self.fields.push(field(begin, end));
            match line.get(next) {
                None => return true,
                Some(byte) if *byte == self.delimiter => start = next + 1,
                Some(_) => return false,
            }
        }
    }

    /// Replaces the first line of a record with quotes, at the end of `text`, by its values;
    /// returns the reason if they cannot be separated.
    fn unquote(&mut self, text: &mut Vec<u8>, start: usize) -> io::Result<Option<String>> {
        let first_line = self.lines.count;
        let mut values = Unquoted::new(self.delimiter, self.escapes);
        let mut step = values.add_line(&text[start..], self.lines.end);
        if step == Step::Whole && self.wrong_width(values.values()).is_none() {
            if self.is_ambiguous(&text[start..], &values) {
                let reason = "a backslash before a quote can be meant in two ways here: write a \
                              quote within a value twice (`\"\"`)";
                return Ok(Some(reason.to_owned()));
            }
            self.put(text, start, &values);
            return Ok(None);
        }
        // Try this before adding more lines.
        if self.reads_with_escapes(text, start) {
            return Ok(None);
        }
        while step == Step::Open {
            let next = text.len();
            if !self.lines.read(text, start)? {
                break;
            }
            step = values.add_line(&text[next..], self.lines.end);
        }
        let reason = match step {
            Step::Whole => self.wrong_width(values.values()),
            Step::Open => Some("a quote is not closed".to_owned()),
            Step::TextAfterQuote => Some(
                "text stands between a closing quote and the next separator: write a quote within \
                 a value twice (`\"\"`)"
                    .to_owned(),
            ),
        };
        let Some(reason) = reason else {
            self.put(text, start, &values);
            return Ok(None);
        };
        Ok(Some(if self.lines.count > first_line {
            format!("{reason}; the row goes on to line {}", self.lines.count)
        } else {
            reason
        }))
    }

    /// Whether a line is a valid record if backslashes escape quotes. If so, reads it and the rest
    /// of the file that way.
    fn reads_with_escapes(&mut self, text: &mut Vec<u8>, start: usize) -> bool {
        let Some(values) = self.with_escapes(&text[start..]) else {
            return false;
        };
        self.put(text, start, &values);
        self.escapes = true;
        true
    }

    /// Whether a line has other values than these if backslashes escape quotes.
    fn is_ambiguous(&self, line: &[u8], values: &Unquoted) -> bool {
        let others = self.with_escapes(line);
        others.is_some_and(|others| !others.values().eq(values.values()))
    }

    /// The values of a line whose backslashes escape quotes; `None` if there is no such quote, or
    /// if it is then not a valid record.
    fn with_escapes(&self, line: &[u8]) -> Option<Unquoted> {
        if self.escapes || !line.windows(2).any(|signs| signs == br#"\""#) {
            return None;
        }
        let mut values = Unquoted::new(self.delimiter, true);
        let step = values.add_line(line, self.lines.end);
        let is_record = step == Step::Whole && self.wrong_width(values.values()).is_none();
        is_record.then_some(values)
    }

    /// Replaces a record by its values.
    fn put(&mut self, text: &mut Vec<u8>, start: usize, values: &Unquoted) {
        text.truncate(start);
        self.fields.clear();
        for value in values.values() {
            let field = text.len() as u32;
            text.extend_from_slice(value);
            self.fields.push(field..text.len() as u32);
        }
    }

    /// What is wrong with the number of values, if anything. Where the header has no name, empty
    /// values may be missing, and surplus values are allowed.
    fn wrong_width<'a>(
        &self,
        values: impl ExactSizeIterator<Item = &'a [u8]> + Clone,
    ) -> Option<String> {
        let (named, width) = self.width?;
        let count = values.len();
        if (named..=width).contains(&count) {
            return None;
        }
        let are_blank = |from| {
            values
                .clone()
                .skip(from)
                .all(|it| it.trim_ascii().is_empty())
        };
        if are_blank(0) || (count > width && are_blank(width)) {
            return None;
        }
        let fields = if count == 1 { "field" } else { "fields" };
        let remedy = if count < named {
            "a row has a separator between all columns, also where values are empty; a line break \
             in a value must stand in quotes"
        } else {
            "a value with the separator in it must stand in quotes"
        };
        Some(format!(
            "it has {count} {fields}, the header has {width}: {remedy}"
        ))
    }
}

pub(super) fn to_usize(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// The records of a text, and whether all could be split. Trims values, as the import does.
    fn read(text: &str, width: Option<usize>) -> (Vec<Vec<String>>, bool, u8) {
        let content = Box::new(io::Cursor::new(text.as_bytes().to_vec()));
        let Ok((mut records, names)) = Records::open(content) else {
            return (Vec::new(), false, b',');
        };
        let (least, most) = (width.unwrap_or(0), width.unwrap_or(usize::MAX));
        records.width = Some((least, most));
        let mut found = Vec::from_iter((!is_blank(&names)).then_some(names));
        let mut text = Vec::new();
        let mut are_whole = true;
        while let Ok(Some(record)) = records.next(&mut text) {
            are_whole &= record.broken.is_none();
            if record.broken.is_none() {
                let fields = records.fields().iter().map(|field| &text[to_usize(field)]);
                found.push(fields.map(trimmed).collect());
            }
        }
        (found, are_whole, records.delimiter)
    }

    fn trimmed(value: &[u8]) -> String {
        String::from_utf8_lossy(value).trim().to_owned()
    }

    fn is_blank(record: &[String]) -> bool {
        record.iter().all(String::is_empty)
    }

    /// Rows of three values with these characters.
    fn rows(signs: &'static str) -> impl Strategy<Value = Vec<Vec<String>>> {
        let value = signs.prop_map(|text| text.trim().to_owned());
        let row = vec(value, 3).prop_filter("not blank", |row| !is_blank(row));
        vec(row, 1..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Accepted texts are split as by the `csv` crate, which is slower.
        #[test]
        fn any_text_is_refused_or_cut_as_the_csv_crate_cuts_it(
            text in "([a ,\"\n]|\r\n|\"\"|,\"){0,40}"
        ) {
            let (ours, are_whole, delimiter) = read(&text, None);
            if are_whole {
                let mut reader = csv::ReaderBuilder::new()
                    .delimiter(delimiter)
                    .has_headers(false)
                    .flexible(true)
                    .terminator(csv::Terminator::Any(b'\n'))
                    .from_reader(text.as_bytes());
                let mut theirs = Vec::new();
                for record in reader.byte_records() {
                    let record: Vec<_> = record?.iter().map(trimmed).collect();
                    if !is_blank(&record) {
                        theirs.push(record);
                    }
                }
                prop_assert_eq!(ours, theirs);
            }
        }

        /// Texts of the `csv` crate, with any quoting, are read back.
        #[test]
        fn any_quoting_is_read(
            rows in prop_oneof![rows("[ab ,;\"\n]{0,6}"), rows("[ab ,;\\\\]{0,6}")],
            always: bool,
        ) {
            let mut writer = csv::WriterBuilder::new()
                .quote_style(match always {
                    true => csv::QuoteStyle::Always,
                    false => csv::QuoteStyle::Necessary,
                })
                .from_writer(Vec::new());
            writer.write_record(["x", "y", "z"])?;
            for row in &rows {
                writer.write_record(row)?;
            }
            let text = String::from_utf8(writer.into_inner()?)?;
            let (found, are_whole, _) = read(&text, Some(3));
            prop_assert!(are_whole, "{}", text);
            prop_assert_eq!(&found[1..], &rows[..], "{}", text);
        }

        /// Quotes after backslashes are read, or rejected where they are ambiguous.
        #[test]
        fn backslashes_before_quotes_are_understood_or_refused(rows in rows("[ab ,;\"]{0,6}")) {
            let mut text = "x,y,z\n".to_owned();
            for row in &rows {
                let values = row.iter().map(|value| value.replace('"', r#"\""#));
                let values: Vec<_> = values.map(|value| format!("\"{value}\"")).collect();
                text += &(values.join(",") + "\n");
            }
            let (found, are_whole, _) = read(&text, Some(3));
            if are_whole {
                prop_assert_eq!(&found[1..], &rows[..], "{}", text);
            }
        }
    }

    #[test]
    fn text_after_a_quote_is_refused_and_the_rows_after_it_are_read() {
        let text = "x,y,z\n\"a\"b,1,2\n\"c\" ,1,2\n\"d\",\"1\" \"2\",3\ne,\"1,2\nf,3\",4\ng,\"1,2";
        let (found, are_whole, _) = read(text, Some(3));
        assert!(!are_whole);
        assert_eq!(
            found[1..],
            [vec!["c", "1", "2"], vec!["e", "1,2\nf,3", "4"]]
        );
    }
}
