//! The columns of an import, and their positions in a file.

use super::download::Report;
use super::shortened::shortened;
use super::unreadable::READ;
use crate::model::kind::Kind;

/// The number of possible columns. Deployment leaves the two of the workload empty.
pub(crate) const FIELDS: usize = 13;

pub(crate) const PROCESSED: usize = 0;
pub(crate) const CUSTOMER: usize = 1;
/// The first of the eight text columns, in the order of [`TEXTS`](crate::model::columns::TEXTS).
pub(crate) const TEXT: usize = 2;
pub(crate) const SERVICE_CODE: usize = TEXT;
pub(crate) const SERVICE_NAME: usize = TEXT + 2;
pub(crate) const CUSTOMER_NAME: usize = TEXT + 3;
pub(crate) const PRODUCT_ID: usize = TEXT + 4;
pub(crate) const PRODUCT_NAME: usize = TEXT + 5;
pub(crate) const WORKLOAD_CODE: usize = TEXT + 6;
pub(crate) const WORKLOAD_NAME: usize = TEXT + 7;
pub(crate) const PART: usize = 10;
pub(crate) const WHOLE: usize = 11;
/// The customer's domain, which is not part of a delivery.
pub(crate) const DOMAIN: usize = 12;

/// Additional columns of rejected rows. A file of rejected rows can be imported after correction
/// without removing them.
pub(crate) const REJECTION: [&str; 2] = ["line", "reason"];

/// The names of the columns in the commercial resources.
pub(crate) fn names(kind: Kind) -> [&'static str; FIELDS] {
    let [part, whole] = match kind {
        Kind::Usage | Kind::UsageMonth => ["licensesActive", "licensesQualified"],
        Kind::Deployment | Kind::DeploymentMonth => ["licensesDeployed", "licensesSold"],
    };
    [
        "processedDateTime",
        "customerTenantId",
        "serviceCode",
        "channel",
        "serviceName",
        "customerName",
        "productId",
        "productName",
        "workloadCode",
        "workloadName",
        part,
        whole,
        "customerDomain",
    ]
}

/// Whether rows of a kind can have this column.
pub(crate) fn applies(kind: Kind, field: usize) -> bool {
    match field {
        WORKLOAD_CODE | WORKLOAD_NAME => kind.has_workload(),
        DOMAIN => !kind.is_of_months(),
        _ => true,
    }
}

/// Whether each row must have a value. Codes and ids beside a name are optional: Partner Center's
/// answers for one customer lack them. Most sources have no domains.
pub(crate) fn is_required(kind: Kind, field: usize) -> bool {
    applies(kind, field) && !matches!(field, SERVICE_NAME | PRODUCT_ID | WORKLOAD_CODE | DOMAIN)
}

/// The positions of the columns in a file.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pub(crate) kind: Kind,
    /// The download with these columns; `None` for those of the commercial resources.
    pub(crate) report: Option<Report>,
    /// The position of each field in the file, if it has one.
    pub(crate) place: [Option<usize>; FIELDS],
    /// The names of unused columns.
    pub(crate) ignored: Vec<String>,
}

impl Columns {
    /// Finds the columns by name. Case, spaces, underscores and hyphens make no difference. Columns
    /// without a name are ignored.
    ///
    /// # Errors
    /// If the kind is neither given nor recognised, a column is missing, or two columns have the
    /// same name.
    pub(crate) fn find<'a>(
        headers: impl Iterator<Item = &'a str>,
        kind: Option<Kind>,
    ) -> Result<Self, String> {
        let headers: Vec<&str> = headers.map(str::trim).collect();
        let kind = match kind {
            Some(kind) => kind,
            None => kind_of(&headers)?,
        };
        let names = names(kind);
        let mut place = [None; FIELDS];
        let mut ignored = Vec::new();
        for (at, header) in headers.iter().enumerate() {
            match Self::find_one(header, kind) {
                Some(field) => {
                    if let Some(other) = place[field] {
                        let (name, other) = (names[field], headers[other]);
                        return Err(if other == *header {
                            format!("it has two columns `{other}`: take one out")
                        } else {
                            format!(
                                "its columns `{other}` and `{header}` both stand for `{name}`: \
                                 take one out"
                            )
                        });
                    }
                    place[field] = Some(at);
                }
                None if header.is_empty() || REJECTION.contains(header) => {}
                None => ignored.push((*header).to_owned()),
            }
        }
        let missing: Vec<&str> = (0..FIELDS)
            .filter(|field| is_required(kind, *field) && place[*field].is_none())
            .map(|field| names[field])
            .collect();
        if missing.is_empty() {
            return Ok(Self {
                kind,
                report: None,
                place,
                ignored,
            });
        }
        Err(format!(
            "it has no column `{}`; the columns of {kind} rows are {}; found: {}",
            missing.join("`, `"),
            (0..FIELDS)
                .filter(|field| applies(kind, *field))
                .map(|field| names[field])
                .collect::<Vec<_>>()
                .join(", "),
            found(&headers),
        ))
    }
}

impl Columns {
    /// The field that a column or member name stands for; `None` for other names.
    pub(crate) fn find_one(name: &str, kind: Kind) -> Option<usize> {
        let names = names(kind);
        (0..FIELDS).find(|field| {
            applies(kind, *field)
                && (is_called(name, names[*field])
                    || (kind == Kind::Usage && is_alias(name, *field)))
        })
    }
}

/// Compares names, which vary: case, spaces, underscores and hyphens make no difference.
pub(super) fn is_called(header: &str, name: &str) -> bool {
    let letters = header
        .chars()
        .filter(|sign| !matches!(sign, ' ' | '_' | '-' | '\u{feff}'));
    letters
        .map(|sign| sign.to_ascii_lowercase())
        .eq(name.chars().map(|sign| sign.to_ascii_lowercase()))
}

/// The spelling in a documented sample of usage rows.
fn is_alias(header: &str, field: usize) -> bool {
    field == PART && is_called(header, "licenseActive")
}

/// The names in a file for messages, limited to the first 50.
fn found(headers: &[&str]) -> String {
    const SHOWN: usize = 50;
    let mut names: Vec<_> = headers
        .iter()
        .take(SHOWN)
        .map(|name| shortened(name.as_bytes()))
        .collect();
    if headers.len() > SHOWN {
        names.push(format!("and {} more", headers.len() - SHOWN));
    }
    names.join(", ")
}

fn kind_of(headers: &[&str]) -> Result<Kind, String> {
    let has = |kind: Kind| {
        headers.iter().any(|header| {
            names(kind)[PART..=WHOLE]
                .iter()
                .any(|name| is_called(header, name))
                || (kind == Kind::Usage && is_alias(header, PART))
        })
    };
    match (has(Kind::Usage), has(Kind::Deployment)) {
        (true, false) => Ok(Kind::Usage),
        (false, true) => Ok(Kind::Deployment),
        (true, true) => Err(
            "it has the counts of both usage and deployment: say which one is \
                             meant with --kind, or make two files of it"
                .to_owned(),
        ),
        (false, false) if headers.len() == 1 => Err(format!(
            "it does not look like rows, because it has only one column, `{}`: {READ}, with the \
             columns of docs/import.md",
            found(headers)
        )),
        (false, false) => Err(format!(
            "it has neither `licensesActive` and `licensesQualified` nor `licensesDeployed` and \
             `licensesSold`; found: {}",
            found(headers)
        )),
    }
}
