//! Rows of JSON files: one object per line, or saved answers of the API.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, Read as _};

use seatwise_types::{CustomerId, ServiceCode, workload_code};
use serde_json::Value;

use super::blanks::Blanks;
use super::block::{Block, ROWS_IN_BLOCK};
use super::fields::{
    CUSTOMER, Columns, FIELDS, PART, PRODUCT_ID, PRODUCT_NAME, SERVICE_CODE, SERVICE_NAME, WHOLE,
    WORKLOAD_CODE, WORKLOAD_NAME, names,
};
use super::json_members::{JsonRow, LONGEST_ROW, Members, invalid};
use super::json_text::JsonText;
use crate::model::kind::Kind;

/// Reads rows that are JSON objects.
pub(crate) struct JsonRows {
    rows: Rows,
    /// Rows that were read ahead to find the columns.
    waiting: VecDeque<(u64, JsonRow)>,
    columns: Columns,
    blanks: Blanks,
    /// The field of each member name seen so far; `None` if it is not a field.
    fields: HashMap<String, Option<usize>>,
    /// The customer of rows without one.
    customer: Option<CustomerId>,
}

enum Rows {
    Lines(Lines),
    Text(JsonText),
}

impl JsonRows {
    /// Reads one object per line.
    ///
    /// # Errors
    /// If the file cannot be read, or its first rows lack the members of rows.
    pub(crate) fn lines(
        content: Box<dyn BufRead + Send>,
        kind: Option<Kind>,
        customer: Option<CustomerId>,
    ) -> io::Result<Self> {
        Self::open(Rows::Lines(Lines::new(content)), kind, customer)
    }

    /// Reads answers with rows of all customers (`Value`) or of one (`items`), lists of rows, and
    /// rows over several lines.
    ///
    /// # Errors
    /// If the file cannot be read or is not JSON, if its first rows lack the members of rows, or if
    /// neither they nor `customer` name the customer.
    pub(crate) fn text(
        content: Box<dyn BufRead + Send>,
        kind: Option<Kind>,
        customer: Option<CustomerId>,
    ) -> io::Result<Self> {
        Self::open(Rows::Text(JsonText::new(content)), kind, customer)
    }

    /// Reads rows until all columns are found: members without a value may be left out, so the
    /// first row is not enough.
    fn open(mut rows: Rows, kind: Option<Kind>, customer: Option<CustomerId>) -> io::Result<Self> {
        let mut waiting = VecDeque::new();
        let mut members: Vec<String> = Vec::new();
        let columns = loop {
            let Some((place, row)) = rows.next()? else {
                break without_rows(&rows, &waiting, kind)
                    .map_or_else(|| columns(&members, kind, customer), Ok);
            };
            if let Ok(row) = &row {
                refuse_sums(row)?;
                for (name, _) in &row.0 {
                    if !members.contains(name) {
                        members.push(name.clone());
                    }
                }
            }
            waiting.push_back((place, row));
            let columns = columns(&members, kind, customer);
            if columns.is_ok() || waiting.len() == ROWS_IN_BLOCK {
                break columns;
            }
        };
        let columns = columns.map_err(|reason| match waiting.front() {
            // For a file without any object, this says more than the missing members.
            Some((place, Err(broken))) if members.is_empty() => match rows {
                Rows::Lines(_) => invalid(format!("line {place}: {broken}")),
                Rows::Text(_) => invalid(format!("row {place}: {broken}")),
            },
            _ => invalid(reason),
        })?;
        Ok(Self {
            rows,
            waiting,
            columns,
            blanks: Blanks::default(),
            fields: HashMap::new(),
            customer,
        })
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Adds the next rows to an empty block; none at the end.
    pub(crate) fn fill(&mut self, block: &mut Block) -> io::Result<()> {
        while !block.is_full() {
            let row = match self.waiting.pop_front() {
                Some(row) => Some(row),
                None => self.rows.next()?,
            };
            let Some((place, row)) = row else {
                break;
            };
            match row.and_then(|row| self.fields_of(row)) {
                Ok(Some(fields)) => block.push(place, |field| fields[field].as_bytes()),
                Ok(None) => self.blanks.one_more()?,
                Err(reason) => block.push_broken(place, reason),
            }
        }
        Ok(())
    }

    /// The fields of a row; `None` if it is blank.
    fn fields_of(&mut self, row: Members) -> Result<Option<[String; FIELDS]>, String> {
        let mut fields: [String; FIELDS] = Default::default();
        let mut is_blank = true;
        for (name, value) in row.0 {
            is_blank &= value.is_null() || value == "";
            let Some(field) = self.field(&name) else {
                continue;
            };
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                    return Err(format!("`{name}` is neither text nor a number"));
                }
            };
            if !fields[field].is_empty() && !text.is_empty() && fields[field] != text {
                return Err(format!(
                    "`{name}` is there twice, with two values: take one out"
                ));
            }
            if fields[field].is_empty() {
                fields[field] = text;
            }
        }
        if is_blank {
            return Ok(None);
        }
        let given = self.customer.filter(|_| fields[CUSTOMER].is_empty());
        if let Some(customer) = given {
            // `customerId` in an answer for one customer is not reliable.
            fields[CUSTOMER] = customer.to_string();
        }
        if given.is_some() || fields[SERVICE_CODE].is_empty() {
            find_codes(&mut fields);
        }
        Ok(Some(fields))
    }

    fn field(&mut self, name: &str) -> Option<usize> {
        if let Some(field) = self.fields.get(name) {
            return *field;
        }
        let found = Columns::find_one(name, self.columns.kind);
        self.fields.insert(name.to_owned(), found);
        found
    }
}

/// Finds the columns among the members of the rows.
fn columns(
    members: &[String],
    kind: Option<Kind>,
    customer: Option<CustomerId>,
) -> Result<Columns, String> {
    let usage = names(Kind::Usage);
    let stands_for = |field: usize, kind: Kind| {
        members
            .iter()
            .any(|name| Columns::find_one(name, kind) == Some(field))
    };
    let has = |field: usize| stands_for(field, Kind::Usage);
    // The attributes of an answer are not a column.
    let mut found: Vec<&str> = members.iter().map(String::as_str).collect();
    found.retain(|name| *name != "attributes");
    if has(SERVICE_NAME) && !has(SERVICE_CODE) {
        found.push(usage[SERVICE_CODE]);
    }
    if let Some(kind) = kind {
        // Rows that mark empty deliveries may leave out empty values.
        let own = [
            PRODUCT_ID,
            PRODUCT_NAME,
            WORKLOAD_CODE,
            WORKLOAD_NAME,
            PART,
            WHOLE,
        ];
        if !members.is_empty() && !own.iter().any(|field| stands_for(*field, kind)) {
            found.extend([PRODUCT_NAME, PART, WHOLE].map(|field| names(kind)[field]));
            found.extend(kind.has_workload().then_some(usage[WORKLOAD_NAME]));
        }
    }
    let columns = Columns::find(found.iter().copied(), kind);
    if columns.is_ok() || has(CUSTOMER) {
        return columns;
    }
    match Columns::find(found.into_iter().chain([usage[CUSTOMER]]), kind) {
        Ok(columns) if customer.is_some() => Ok(columns),
        Ok(_) => Err(
            "it does not say which customer its rows are about: give the customer with --customer"
                .to_owned(),
        ),
        Err(_) => columns,
    }
}

/// The columns of an answer or list without rows. Its kind is unknown and does not matter.
fn without_rows(
    rows: &Rows,
    waiting: &VecDeque<(u64, JsonRow)>,
    kind: Option<Kind>,
) -> Option<Columns> {
    (waiting.is_empty() && matches!(rows, Rows::Text(_))).then(|| Columns {
        kind: kind.unwrap_or(Kind::Usage),
        report: None,
        place: [None; FIELDS],
        ignored: Vec::new(),
    })
}

/// Rejects a row of an answer about all customers together.
fn refuse_sums(row: &Members) -> io::Result<()> {
    let attributes = row.get("attributes").and_then(|it| it.get("objectType"));
    match attributes.and_then(Value::as_str) {
        Some(object_type) if object_type.starts_with("Partner") => Err(invalid(format!(
            "it is an answer about all customers together (`{object_type}`): figures that are \
             added up already cannot be taken apart; import the answers per customer"
        ))),
        _ => Ok(()),
    }
}

/// Completes a row of an answer for one customer: it has the service's code in the place of its
/// name, and no workload codes.
fn find_codes(fields: &mut [String; FIELDS]) {
    if fields[SERVICE_CODE].is_empty() {
        let service = ServiceCode::from_name(&fields[SERVICE_NAME]);
        fields[SERVICE_NAME] = service.display_name().unwrap_or_default().to_owned();
        fields[SERVICE_CODE] = service.as_str().to_owned();
    }
    if fields[WORKLOAD_CODE].is_empty() {
        fields[WORKLOAD_CODE] = workload_code(&fields[WORKLOAD_NAME])
            .unwrap_or_default()
            .to_owned();
    }
}

impl Rows {
    /// The next row and its position; `None` at the end.
    fn next(&mut self) -> io::Result<Option<(u64, JsonRow)>> {
        match self {
            Self::Lines(lines) => lines.next(),
            Self::Text(text) => text.next(),
        }
    }
}

/// One object per line.
struct Lines {
    content: Box<dyn BufRead + Send>,
    line: u64,
    blanks: Blanks,
}

impl Lines {
    fn new(content: Box<dyn BufRead + Send>) -> Self {
        Self {
            content,
            line: 0,
            blanks: Blanks::default(),
        }
    }

    fn next(&mut self) -> io::Result<Option<(u64, JsonRow)>> {
        let mut text = Vec::new();
        loop {
            text.clear();
            let mut content = (&mut self.content).take(LONGEST_ROW as u64 + 1);
            content.read_until(b'\n', &mut text)?;
            if text.is_empty() {
                return Ok(None);
            }
            self.line += 1;
            if text.len() > LONGEST_ROW {
                return Err(invalid(format!(
                    "line {} is longer than {LONGEST_ROW} bytes",
                    self.line
                )));
            }
            if text.trim_ascii().is_empty() {
                self.blanks.one_more()?;
                continue;
            }
            let row = serde_json::from_slice(&text);
            let row = row.map_err(|err| format!("it is not a JSON object: {err}"));
            return Ok(Some((self.line, row)));
        }
    }
}
