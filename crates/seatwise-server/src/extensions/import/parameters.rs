//! The parameters of an import.

use http::Uri;
use seatwise_store::Kind;
use seatwise_store::import::{Format, ImportOptions, Report};
use seatwise_types::extensions::ImportWay;
use seatwise_types::{CustomerId, ErrorCode, PartnerId};

use crate::plumbing::error::ApiError;
use crate::plumbing::limits::Limits;
use crate::plumbing::parameters::Parameters;

/// The parameters, named like the options of `seatwise import`.
const PARAMETERS: [&str; 9] = [
    "kind",
    "format",
    "download",
    "customer",
    "dryRun",
    "skipBadRows",
    "replace",
    "mend",
    "complete",
];

/// The values of `kind`.
pub(crate) const KINDS: [(&str, Kind); 2] =
    [("usage", Kind::Usage), ("deployment", Kind::Deployment)];

/// The values of `download`.
pub(crate) const DOWNLOADS: [(&str, Report); 2] = [
    ("OfficeUsage", Report::OfficeUsage),
    ("DynamicsUsage", Report::DynamicsUsage),
];

/// The values of `format`.
pub(crate) const FORMATS: [(&str, Format); 5] = [
    ("auto", Format::Auto),
    ("csv", Format::Csv),
    ("ndjson", Format::Ndjson),
    ("parquet", Format::Parquet),
    ("json", Format::Json),
];

/// Parses the parameters. Unlike elsewhere, an unknown one is an error: a misspelt `dryRun` would
/// store.
pub(super) fn options(
    uri: &Uri,
    partner: PartnerId,
    limits: &Limits,
) -> Result<ImportOptions, ApiError> {
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    if let Some((name, _)) = query.without(&PARAMETERS).next() {
        return Err(ApiError::new(
            ErrorCode::InvalidProperty,
            format!(
                "there is no parameter `{}`; there are {}; the partner is that of the token",
                name.escape_debug(),
                PARAMETERS.join(", ")
            ),
        ));
    }
    let answers = [("true", true), ("false", false)];
    let customer = query.get("customer").map(str::parse::<CustomerId>);
    let customer = customer.transpose().map_err(|_| {
        let description = "customer: the customer's tenant id is expected, a GUID";
        ApiError::new(ErrorCode::InvalidProperty, description)
    })?;
    let is_set = |name| one_of(&query, name, &answers).map(Option::unwrap_or_default);
    let (skip_bad_rows, complete) = (is_set("skipBadRows")?, is_set("complete")?);
    if skip_bad_rows && complete {
        let description =
            "complete and skipBadRows: a body with bad rows does not have all customers";
        return Err(ApiError::new(ErrorCode::InvalidProperty, description));
    }
    Ok(ImportOptions {
        way: ImportWay::Request,
        kind: one_of(&query, "kind", &KINDS)?,
        format: one_of(&query, "format", &FORMATS)?.unwrap_or_default(),
        download: one_of(&query, "download", &DOWNLOADS)?,
        customer,
        dry_run: is_set("dryRun")?,
        skip_bad_rows,
        replace: is_set("replace")?,
        mend: is_set("mend")?,
        complete,
        longest_unpacked: limits.import_unpacked,
        ..ImportOptions::new(partner)
    })
}

/// The value of a parameter, one of `values` in any case.
fn one_of<T: Copy>(
    query: &Parameters<'_>,
    name: &'static str,
    values: &[(&'static str, T)],
) -> Result<Option<T>, ApiError> {
    let Some(text) = query.get(name) else {
        return Ok(None);
    };
    let mut known = values.iter();
    match known.find(|(value, _)| value.eq_ignore_ascii_case(text)) {
        Some((_, value)) => Ok(Some(*value)),
        None => {
            let values: Vec<&str> = values.iter().map(|(value, _)| *value).collect();
            let description = format!("{name}: one of {} is expected", values.join(", "));
            Err(ApiError::new(ErrorCode::InvalidProperty, description))
        }
    }
}

/// The options as text: the same body with other options is another import.
pub(super) fn how(options: &ImportOptions) -> String {
    let ImportOptions {
        kind,
        format,
        download,
        customer,
        skip_bad_rows,
        replace,
        mend,
        complete,
        ..
    } = options;
    let mut how = format!("{kind:?} {format:?} {customer:?} {skip_bad_rows}");
    // Left out if not set, so that receipts from before these parameters stay valid.
    if *replace {
        how += " replace";
    }
    if *mend {
        how += " mend";
    }
    if *complete {
        how += " complete";
    }
    if let Some(download) = download {
        how = how + " " + download.name();
    }
    how
}
