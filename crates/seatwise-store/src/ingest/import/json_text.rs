//! A streaming reader of rows in a JSON text, with one row in memory at a time.

use std::io::{self, BufRead};

use memchr::memchr_iter;
use serde::Deserialize;
use serde_json::Value;

use super::json_members::{JsonRow, LONGEST_ROW, Members, has_rows, invalid, refuse_single_page};
use super::json_scan::ValueScan;
use super::shortened::shortened;

/// Reads the rows of answers, lists and single objects, any number of them in sequence.
pub(super) struct JsonText {
    content: Box<dyn BufRead + Send>,
    place: Position,
    /// The current line.
    line: u64,
    /// The number of rows read.
    rows: u64,
    /// The members of the current object; in an answer, those except its rows.
    members: Members,
    /// Their length in bytes.
    length: usize,
    /// The number of its rows read so far, if it has a list `Value`.
    rows_of_value: Option<u64>,
}

/// The position of the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Outside,
    /// In a list of rows; `is_start` is before the first row.
    List {
        is_start: bool,
        in_answer: bool,
    },
    /// In an answer, after a member.
    Answer,
}

impl JsonText {
    pub(super) fn new(content: Box<dyn BufRead + Send>) -> Self {
        Self {
            content,
            place: Position::Outside,
            line: 1,
            rows: 0,
            members: Members::default(),
            length: 0,
            rows_of_value: None,
        }
    }

    /// The next row and its number, from 1; `None` at the end.
    ///
    /// # Errors
    /// If the text cannot be read or is not JSON, or if an answer is one page of several.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, JsonRow)>> {
        loop {
            let sign = self.sign()?;
            match (self.place, sign) {
                (Position::Outside, None) => return Ok(None),
                (Position::Outside, Some(b'[')) => {
                    self.skip();
                    self.place = Position::List {
                        is_start: true,
                        in_answer: false,
                    };
                }
                (Position::Outside, Some(b'{')) => {
                    self.skip();
                    (self.members, self.length) = (Members::default(), 0);
                    self.rows_of_value = None;
                    if let Some(row) = self.read_members(true)? {
                        return Ok(Some(row));
                    }
                }
                (Position::List { in_answer, .. }, Some(b']')) => {
                    self.skip();
                    self.place = match in_answer {
                        true => Position::Answer,
                        false => Position::Outside,
                    };
                }
                (
                    Position::List {
                        is_start,
                        in_answer,
                    },
                    Some(sign),
                ) => {
                    if !is_start {
                        self.expect(sign, b',')?;
                    }
                    self.place = Position::List {
                        is_start: false,
                        in_answer,
                    };
                    return self.row().map(Some);
                }
                (Position::Answer, Some(_)) => {
                    if let Some(row) = self.read_members(false)? {
                        return Ok(Some(row));
                    }
                }
                (Position::Outside, Some(_)) => {
                    return Err(self.wrong("an object or a list is expected"));
                }
                (_, None) => return Err(self.wrong("it ends in the middle")),
            }
        }
    }

    /// Reads members to the end of their object, or to the rows of an answer. Returns the object if
    /// it is a row, or the only row of an answer that has it in place of a list.
    fn read_members(&mut self, mut is_start: bool) -> io::Result<Option<(u64, JsonRow)>> {
        loop {
            match self.sign()? {
                Some(b'}') => {
                    self.skip();
                    let is_row = self.place == Position::Outside;
                    self.place = Position::Outside;
                    let members = std::mem::take(&mut self.members);
                    if is_row {
                        self.rows += 1;
                        return Ok(Some((self.rows, Ok(members))));
                    }
                    refuse_single_page(&members, self.rows_of_value)?;
                    return Ok(None);
                }
                Some(sign) if !is_start => self.expect(sign, b',')?,
                _ => {}
            }
            is_start = false;
            let name: String = self.parsed()?;
            self.length += name.len();
            let sign = self.sign()?.unwrap_or_default();
            self.expect(sign, b':')?;
            let has_rows = has_rows(&name);
            match self.sign()? {
                Some(b'[' | b'{') if has_rows && self.place == Position::Answer => {
                    let line = self.line;
                    return Err(invalid(format!(
                        "`{name}` in line {line} is a second list of rows: make two files of it"
                    )));
                }
                Some(sign @ (b'[' | b'{')) if has_rows => {
                    self.rows_of_value = name.eq_ignore_ascii_case("value").then_some(0);
                    self.place = Position::Answer;
                    if sign == b'{' {
                        return self.row().map(Some);
                    }
                    self.skip();
                    self.place = Position::List {
                        is_start: true,
                        in_answer: true,
                    };
                    return Ok(None);
                }
                _ => {
                    let value = self.parsed()?;
                    self.refuse_long(self.length)?;
                    self.members.0.push((name, value));
                }
            }
        }
    }

    /// Reads the row at the current position.
    fn row(&mut self) -> io::Result<(u64, JsonRow)> {
        self.rows += 1;
        if let Some(rows) = &mut self.rows_of_value {
            *rows += 1;
        }
        let length = self.length;
        let row = match self.sign()? {
            Some(b'{') => Ok(self.parsed()?),
            _ => {
                let value: Value = self.parsed()?;
                let text = shortened(value.to_string().as_bytes());
                Err(format!("it is not an object but {text}"))
            }
        };
        self.length = length;
        Ok((self.rows, row))
    }

    /// Parses the value at the current position.
    fn parsed<T: for<'de> Deserialize<'de>>(&mut self) -> io::Result<T> {
        let line = self.line;
        let text = self.value()?;
        self.length += text.len();
        serde_json::from_slice(&text).map_err(|err| {
            // The error counts lines from the start of the value.
            let line = line + (err.line() as u64).saturating_sub(1);
            let reason = err.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            invalid(format!("it is not JSON: {reason} in line {line}"))
        })
    }

    /// The text of the value at the current position, up to its end if it is valid.
    fn value(&mut self) -> io::Result<Vec<u8>> {
        self.sign()?;
        let mut text = Vec::new();
        let mut scan = ValueScan::default();
        loop {
            let buffer = match self.content.fill_buf() {
                Err(err) if err.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            let end = scan.end_in(buffer);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let is_whole = end.is_some() || part.is_empty();
            self.line += memchr_iter(b'\n', part).count() as u64;
            text.extend_from_slice(part);
            let count = part.len();
            self.content.consume(count);
            self.refuse_long(text.len())?;
            if is_whole {
                return Ok(text);
            }
        }
    }

    /// The next byte that is not whitespace, without consuming it; `None` at the end.
    fn sign(&mut self) -> io::Result<Option<u8>> {
        loop {
            let buffer = match self.content.fill_buf() {
                Err(err) if err.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            let blank = buffer
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            let sign = buffer.get(blank).copied();
            let is_end = buffer.is_empty();
            self.line += memchr_iter(b'\n', &buffer[..blank]).count() as u64;
            self.content.consume(blank);
            if sign.is_some() || is_end {
                return Ok(sign);
            }
        }
    }

    /// Consumes the byte that [`sign`](Self::sign) returned.
    fn skip(&mut self) {
        self.content.consume(1);
    }

    /// Consumes the byte that [`sign`](Self::sign) returned if it is the expected one.
    fn expect(&mut self, found: u8, expected: u8) -> io::Result<()> {
        if found != expected {
            return Err(self.wrong(&format!("`{}` is expected", char::from(expected))));
        }
        self.skip();
        Ok(())
    }

    fn refuse_long(&self, length: usize) -> io::Result<()> {
        if length <= LONGEST_ROW {
            return Ok(());
        }
        let line = self.line;
        Err(invalid(format!(
            "the object in line {line} is longer than {LONGEST_ROW} bytes: a row has twelve values"
        )))
    }

    fn wrong(&self, reason: &str) -> io::Error {
        invalid(format!("it is not JSON: {reason} in line {}", self.line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    /// The rows of a text as JSON, through a reader that returns a few bytes at a time.
    fn rows(text: &[u8], at_once: usize) -> io::Result<Vec<Value>> {
        let content = io::BufReader::with_capacity(at_once, io::Cursor::new(text.to_vec()));
        let mut reader = JsonText::new(Box::new(content));
        let mut found = Vec::new();
        while let Some((number, row)) = reader.next()? {
            assert_eq!(number, found.len() as u64 + 1);
            let members = row.map_err(invalid)?;
            found.push(Value::Object(members.0.into_iter().collect()));
        }
        Ok(found)
    }

    fn value() -> impl Strategy<Value = Value> {
        let plain = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a\\\\\"{}\\[\\],:\n ]{0,6}".prop_map(Value::from),
        ];
        plain.prop_recursive(2, 8, 3, |inner| vec(inner, 0..3).prop_map(Value::from))
    }

    fn row() -> impl Strategy<Value = Value> {
        let member = ("[a-c\"\\\\]{1,3}", value());
        vec(member, 1..4).prop_map(|members| Value::Object(members.into_iter().collect()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Rows are the same in any wrapping.
        #[test]
        fn rows_in_any_wrapping_are_the_same_rows(
            expected in vec(row(), 0..4),
            pretty: bool,
            wrapping in 0..4_usize,
            at_once in 1..20_usize,
        ) {
            let list = Value::from(expected.clone());
            let wrapped = match wrapping {
                0 => vec![list],
                1 => vec![serde_json::json!({"totalCount": expected.len(), "items": list, "attributes": {"objectType": "Collection"}})],
                2 => vec![serde_json::json!({"@nextLink": null, "TotalCount": expected.len(), "Value": list})],
                _ => expected.clone(),
            };
            let write = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
            let texts: Vec<String> = wrapped.iter().map(|value| write(value).unwrap_or_default()).collect();
            prop_assert_eq!(rows(texts.join("\n").as_bytes(), at_once)?, expected);
        }

        /// A text that serde_json rejects is rejected here.
        #[test]
        fn what_is_not_json_is_refused(
            parts in vec(select(vec!["[", "]", "{", "}", ",", ":", "\"a\"", "\"items\"", "1", "null", "{\"a\":1}", " "]), 1..10),
        ) {
            let text = parts.concat();
            let mut values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
            let is_json = values.all(|value| value.is_ok());
            if !is_json {
                prop_assert!(rows(text.as_bytes(), 64).is_err(), "{}", text);
            }
        }
    }
}
