//! Rows from JSON: one object a line, or a saved answer of the API.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, BufRead, Read as _};

use seatwise_types::{CustomerId, ServiceCode, workload_code};
use serde_json::{Map, Value};

use super::block::Block;
use super::fields::{
    CUSTOMER, Columns, FIELDS, SERVICE_CODE, SERVICE_NAME, WORKLOAD_CODE, WORKLOAD_NAME, names,
};
use crate::Kind;

/// No row is longer than this.
const LONGEST_LINE: u64 = 1 << 20;

/// An answer is read as a whole: the largest one of the API has 10,000 rows.
const LONGEST_ANSWER: u64 = 256 << 20;

type Object = Map<String, Value>;

/// Reads rows that are JSON objects.
pub(crate) struct JsonRows {
    rows: Rows,
    columns: Columns,
    /// The field of each member name seen so far; none if it is not a field.
    fields: HashMap<String, Option<usize>>,
    /// The customer of an answer that does not name it.
    customer: Option<CustomerId>,
}

enum Rows {
    Lines {
        content: Box<dyn BufRead + Send>,
        line: u64,
        first: Option<(u64, Object)>,
    },
    Answer(std::iter::Zip<std::ops::RangeFrom<u64>, std::vec::IntoIter<Value>>),
}

impl JsonRows {
    /// Reads the first line; its members tell the kind.
    ///
    /// # Errors
    /// If the file cannot be read, has no rows, or the first one has not the members of a row.
    pub(crate) fn lines(content: Box<dyn BufRead + Send>, kind: Option<Kind>) -> io::Result<Self> {
        let mut rows = Rows::Lines {
            content,
            line: 0,
            first: None,
        };
        let (line, first) = match rows.next()? {
            Some((line, Ok(first))) => (line, first),
            Some((line, Err(reason))) => return Err(invalid(format!("line {line}: {reason}"))),
            None => return Err(invalid("it has no rows".to_owned())),
        };
        let mut members: Vec<&str> = first.keys().map(String::as_str).collect();
        let has = |field: usize| {
            let name = names(Kind::Usage)[field];
            first.keys().any(|key| key.eq_ignore_ascii_case(name))
        };
        if has(SERVICE_NAME) && !has(SERVICE_CODE) {
            members.push(names(Kind::Usage)[SERVICE_CODE]);
        }
        let columns = Columns::find(members.into_iter(), kind).map_err(invalid)?;
        if let Rows::Lines { first: waiting, .. } = &mut rows {
            *waiting = Some((line, first));
        }
        Ok(Self {
            rows,
            columns,
            fields: HashMap::new(),
            customer: None,
        })
    }

    /// Reads a whole answer: rows of all customers (`Value`), or those of one (`items`).
    ///
    /// # Errors
    /// If it cannot be read, is no such answer, or does not say whose rows it has and `customer`
    /// does not either.
    pub(crate) fn answer(
        content: Box<dyn BufRead + Send>,
        kind: Option<Kind>,
        customer: Option<CustomerId>,
    ) -> io::Result<Self> {
        let mut text = Vec::new();
        content.take(LONGEST_ANSWER + 1).read_to_end(&mut text)?;
        if text.len() as u64 > LONGEST_ANSWER {
            return Err(invalid(format!(
                "it is longer than {LONGEST_ANSWER} bytes: split it, or make it one object a line"
            )));
        }
        let answer: Value = serde_json::from_slice(&text)
            .map_err(|err| invalid(format!("it is not JSON: {err}")))?;
        refuse_single_page(&answer)?;
        let rows = rows_of(answer)?;
        let first = rows
            .first()
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let object_type = object_type(&first);
        if object_type.starts_with("Partner") {
            return Err(invalid(format!(
                "it is an answer about all customers together (`{object_type}`): figures that are \
                 added up already cannot be taken apart; import the answers per customer"
            )));
        }
        let names_customer = first
            .keys()
            .any(|key| key.eq_ignore_ascii_case(names(Kind::Usage)[CUSTOMER]));
        if !names_customer && !rows.is_empty() && customer.is_none() {
            return Err(invalid(
                "it does not say which customer it is about: give the customer with --customer"
                    .to_owned(),
            ));
        }
        let mut members: Vec<&str> = first.keys().map(String::as_str).collect();
        if !names_customer {
            members.extend([
                names(Kind::Usage)[CUSTOMER],
                names(Kind::Usage)[SERVICE_CODE],
            ]);
            members.retain(|name| !matches!(*name, "attributes"));
        }
        let kind = match (rows.is_empty(), kind) {
            // Without rows nothing tells the kind, and it does not matter.
            (true, kind) => Some(kind.unwrap_or(Kind::Usage)),
            (false, kind) => kind,
        };
        let columns = if rows.is_empty() {
            let kind = kind.unwrap_or(Kind::Usage);
            Columns {
                kind,
                report: None,
                place: [None; FIELDS],
                ignored: Vec::new(),
            }
        } else {
            Columns::find(members.into_iter(), kind).map_err(invalid)?
        };
        let customer = customer.filter(|_| !names_customer);
        let rows = Rows::Answer((1..).zip(rows));
        Ok(Self {
            rows,
            columns,
            fields: HashMap::new(),
            customer,
        })
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next rows; an empty block at the end.
    pub(crate) fn next_block(&mut self) -> io::Result<Block> {
        let mut block = Block::default();
        while !block.is_full() {
            let Some((place, row)) = self.rows.next()? else {
                break;
            };
            match row.and_then(|row| self.fields_of(row)) {
                Ok(fields) => block.push(place, |field| fields[field].as_bytes()),
                Err(reason) => block.push_broken(place, reason),
            }
        }
        Ok(block)
    }

    fn fields_of(&mut self, row: Object) -> Result<[String; FIELDS], String> {
        let mut fields: [String; FIELDS] = Default::default();
        for (name, value) in row {
            let Some(field) = self.field(&name) else {
                continue;
            };
            fields[field] = match value {
                Value::Null => String::new(),
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                    return Err(format!("`{name}` is neither text nor a number"));
                }
            };
        }
        if let Some(customer) = self.customer {
            // `customerId` in the body of such an answer is not to be relied on.
            fields[CUSTOMER] = customer.to_string();
        }
        if self.customer.is_some() || fields[SERVICE_CODE].is_empty() {
            find_codes(&mut fields);
        }
        Ok(fields)
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

/// A row of an answer about one customer has the service's code where rows of all customers have its
/// name, and no codes of workloads.
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
    /// The next row and its place; none at the end.
    fn next(&mut self) -> io::Result<Option<(u64, Result<Object, String>)>> {
        match self {
            Self::Answer(values) => Ok(values.next().map(|(place, value)| match value {
                Value::Object(row) => (place, Ok(row)),
                other => (place, Err(format!("it is not an object but {other}"))),
            })),
            Self::Lines { first: Some(_), .. } => {
                let Self::Lines { first, .. } = self else {
                    return Ok(None);
                };
                Ok(first.take().map(|(line, row)| (line, Ok(row))))
            }
            Self::Lines { content, line, .. } => loop {
                let mut text = Vec::new();
                content
                    .take(LONGEST_LINE + 1)
                    .read_until(b'\n', &mut text)?;
                if text.is_empty() {
                    return Ok(None);
                }
                *line += 1;
                if text.len() as u64 > LONGEST_LINE {
                    return Err(invalid(format!(
                        "line {line} is longer than {LONGEST_LINE} bytes"
                    )));
                }
                if text.trim_ascii().is_empty() {
                    continue;
                }
                let row = serde_json::from_slice(&text)
                    .map_err(|err| format!("it is not a JSON object: {err}"));
                return Ok(Some((*line, row)));
            },
        }
    }
}

/// A delivery may be cut by the end of a page. Its rows on the next page would be taken for a
/// restatement, and those on this one would no longer count.
fn refuse_single_page(answer: &Value) -> io::Result<()> {
    let member = |name: &str| {
        let members = answer.as_object().into_iter().flatten();
        members
            .into_iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    let rows = member("value")
        .and_then(Value::as_array)
        .map_or(0, Vec::len) as u64;
    let goes_on = ["@nextLink", "nextLink"]
        .into_iter()
        .filter_map(member)
        .any(Value::is_string);
    let is_part = member("totalCount")
        .and_then(Value::as_u64)
        .is_some_and(|total| total > rows);
    if goes_on || (member("value").is_some() && is_part) {
        return Err(invalid(
            "it is one page of several: import all pages as one stream of rows, such as \
             `jq -c '.Value[]' page*.json | seatwise import … -`"
                .to_owned(),
        ));
    }
    Ok(())
}

/// The list of rows in an answer.
fn rows_of(answer: Value) -> io::Result<Vec<Value>> {
    let answer = match answer {
        Value::Array(rows) => return Ok(rows),
        Value::Object(answer) => answer,
        _ => {
            return Err(invalid(
                "it is neither an answer of the API nor a list of rows".into(),
            ));
        }
    };
    let members: BTreeSet<String> = answer.keys().cloned().collect();
    answer
        .into_iter()
        .find_map(|(name, value)| match value {
            Value::Array(rows)
                if name.eq_ignore_ascii_case("value") || name.eq_ignore_ascii_case("items") =>
            {
                Some(rows)
            }
            _ => None,
        })
        .ok_or_else(|| {
            let members = members.into_iter().collect::<Vec<_>>().join(", ");
            invalid(format!(
                "it is no answer with rows: it has no list `Value` or `items`; found: {members}"
            ))
        })
}

fn object_type(row: &Object) -> &str {
    let attributes = row.get("attributes").and_then(Value::as_object);
    attributes
        .and_then(|it| it.get("objectType"))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
