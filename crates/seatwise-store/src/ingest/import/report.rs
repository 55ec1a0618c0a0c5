//! The downloads of Partner Center's Insights: figures of calendar months.
//!
//! They measure something else than the commercial resources (a month, not 28 days), so their rows
//! go to separate tables. This module defines the meaning of their columns.

use std::collections::BTreeMap;
use std::io;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use seatwise_types::ServiceCode;

use super::block::Block;
use super::check::{BadRow, Checker, Fault, File, count, fault, full};
use super::download::Report;
use super::fields::{
    CUSTOMER, Columns, FIELDS, PART, PROCESSED, PRODUCT_ID, PRODUCT_NAME, SERVICE_CODE,
    SERVICE_NAME, TEXT, WHOLE, WORKLOAD_CODE, WORKLOAD_NAME, is_called,
};
use super::options::ImportOptions;
use super::shortened::shortened;
use crate::model::days::days;
use crate::model::fact::{DeliveryKey, Fact, Unit};
use crate::model::kind::Kind;

/// The only channel. Reports do not say how seats were sold: their attribution says why a partner
/// sees a customer, and changes. With one channel, a month has one delivery of a customer and
/// service.
const CHANNEL: &str = "all";

// Rows of a report have no service and channel. Other values use those fields.
const DUPLICATE: usize = SERVICE_CODE;
const SUBSCRIPTION: usize = SERVICE_CODE + 1;
const ASSIGNED: usize = SERVICE_NAME;
const CUSTOMER_NAME: usize = TEXT + 3;

/// Columns of `EMSUsage` alone, the download of Enterprise Mobility. Its older form has the columns
/// of `OfficeUsage`, so it is also recognised by its workloads.
const EMS_COLUMNS: [&str; 4] = [
    "AATPActiveUsage",
    "MCASActiveUsage",
    "AADPPaidAvailableUnits",
    "IntunePaidAvailableUnits",
];

/// The workloads of `EMSUsage`: the short forms in its column names, and the names of the products.
const EMS_WORKLOADS: [&str; 21] = [
    "AADP",
    "AAD Premium",
    "Azure Active Directory Premium",
    "Azure AD Premium",
    "Entra ID P1",
    "Entra ID P2",
    "AATP",
    "ATA",
    "Azure ATP",
    "Azure Advanced Threat Protection",
    "Azip",
    "AIP",
    "Azure Information Protection",
    "MCAS",
    "Cloud App Security",
    "Microsoft Cloud App Security",
    "Intune",
    "Microsoft Intune",
    "MDM",
    "MAM",
    "SSPR",
];

/// The used columns, by the fields that they stand for.
const OFFICE: &[(usize, &str)] = &[
    (PROCESSED, "Month"),
    (CUSTOMER, "CustomerTenantId"),
    (CUSTOMER_NAME, "CustomerName"),
    (WORKLOAD_NAME, "WorkloadName"),
    (PART, "MonthlyActiveUsers"),
    (WHOLE, "PaidAvailableUnits"),
    (DUPLICATE, "IsDuplicateRowForPGA"),
];
const DYNAMICS: &[(usize, &str)] = &[
    (PROCESSED, "Month"),
    (CUSTOMER, "CustomerTenantId"),
    (CUSTOMER_NAME, "CustomerName"),
    (SUBSCRIPTION, "SubscriptionId"),
    (PRODUCT_ID, "SKUId"),
    (PRODUCT_NAME, "SKU"),
    (PART, "ActiveSeats"),
    (ASSIGNED, "AssignedSeats"),
    (WHOLE, "AvailableSeats"),
    (DUPLICATE, "IsDuplicateRowForPGA"),
];

impl Report {
    /// The report with these columns; `None` for others. `PowerBIUsage` has the seats of
    /// `DynamicsUsage` without divisions and categories; `EMSUsage` has the users of `OfficeUsage`
    /// and additional columns.
    fn of(headers: &[&str]) -> Option<Self> {
        let has = |name: &str| headers.iter().any(|header| is_called(header, name));
        let is_dynamics = has("RevSumDivisionName") || has("RevSumCategoryName");
        let is_ems = EMS_COLUMNS.into_iter().any(has);
        if has("PaidAvailableUnits") && has("MonthlyActiveUsers") && has("WorkloadName") && !is_ems
        {
            Some(Self::OfficeUsage)
        } else if has("ActiveSeats") && has("AvailableSeats") && is_dynamics {
            Some(Self::DynamicsUsage)
        } else {
            None
        }
    }

    fn columns(self) -> &'static [(usize, &'static str)] {
        match self {
            Self::OfficeUsage => OFFICE,
            Self::DynamicsUsage => DYNAMICS,
        }
    }

    fn service(self) -> ServiceCode {
        match self {
            Self::OfficeUsage => ServiceCode::O365,
            Self::DynamicsUsage => ServiceCode::Crm,
        }
    }

    /// The tables of its rows, each with the field of the part.
    pub(crate) fn kinds(self) -> &'static [(Kind, usize)] {
        match self {
            Self::OfficeUsage => &[(Kind::UsageMonth, PART)],
            Self::DynamicsUsage => &[(Kind::UsageMonth, PART), (Kind::DeploymentMonth, ASSIGNED)],
        }
    }

    fn column(self, field: usize) -> &'static str {
        let mut columns = self.columns().iter();
        columns
            .find_map(|(known, name)| (*known == field).then_some(*name))
            .unwrap_or_default()
    }

    /// Whether a value is optional.
    fn is_optional(field: usize) -> bool {
        matches!(field, DUPLICATE | SUBSCRIPTION | PRODUCT_ID)
    }
}

/// Finds the columns of a report by name; `None` if these are not the columns of a report. Other
/// columns of reports are not needed, and no note mentions them.
///
/// # Errors
/// If a column is missing or occurs twice.
pub(crate) fn columns(headers: &[&str]) -> Option<Result<Columns, String>> {
    let report = Report::of(headers)?;
    let mut place = [None; FIELDS];
    for (field, name) in report.columns() {
        let mut found = (0..headers.len()).filter(|at| is_called(headers[*at], name));
        place[*field] = found.next();
        if found.next().is_some() {
            let reason = format!("it has two columns `{name}`: take one out");
            return Some(Err(reason));
        }
    }
    let columns = report.columns().iter();
    let missing: Vec<&str> = columns
        .filter(|(field, _)| place[*field].is_none() && !Report::is_optional(*field))
        .map(|(_, name)| *name)
        .collect();
    if !missing.is_empty() {
        return Some(Err(format!(
            "it looks like the download {} and has no column `{}`; found: {}",
            report.name(),
            missing.join("`, `"),
            headers.join(", ")
        )));
    }
    Some(Ok(Columns {
        kind: Kind::UsageMonth,
        report: Some(report),
        place,
        ignored: Vec::new(),
    }))
}

/// Checks that a file that looks like a download is allowed as one.
///
/// # Errors
/// If the options name another download, or say that the files are complete.
pub(super) fn accept(report: Report, options: &ImportOptions) -> io::Result<()> {
    let name = report.name();
    match options.download {
        Some(asked) if asked != report => {
            let asked = asked.name();
            refused(format!(
                "it has the columns of the download {name}, and {asked} is asked for"
            ))
        }
        _ if options.complete => refused(format!(
            "it is the download {name}, whose customers count in the months that they are delivered \
             for: leave out --complete (complete=true)"
        )),
        _ => Ok(()),
    }
}

/// Checks that a file that does not look like a download is allowed.
///
/// # Errors
/// If the options name a download.
pub(super) fn refuse_other(options: &ImportOptions) -> io::Result<()> {
    match options.download {
        Some(asked) => refused(format!(
            "it does not have the columns of the download {}",
            asked.name()
        )),
        None => Ok(()),
    }
}

fn refused(reason: String) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::InvalidData, reason))
}

/// Checks that a row is of `OfficeUsage` and not of `EMSUsage`, which can have the same columns.
fn refuse_ems(report: Report, line: u64, fields: &[&[u8]; FIELDS]) -> io::Result<()> {
    let workload = std::str::from_utf8(fields[WORKLOAD_NAME]).unwrap_or_default();
    let workload = workload.trim();
    let is_ems = EMS_WORKLOADS
        .iter()
        .any(|known| is_called(workload, &known.replace(' ', "")));
    if report != Report::OfficeUsage || !is_ems {
        return Ok(());
    }
    refused(format!(
        "line {line} has the workload `{workload}`, so it looks like the download EMSUsage, which is \
         not read: if it is OfficeUsage, say --download OfficeUsage (download=OfficeUsage)"
    ))
}

/// Accepts the good rows of a block into the tables of their report; returns the number of rows
/// left out because the report marks them as duplicates. With `any_content`, rows of `OfficeUsage`
/// may have any workload.
///
/// # Errors
/// If a row is of another download, or if rows that do not fit in memory cannot be written.
pub(super) fn take(
    report: Report,
    block: &Block,
    any_content: bool,
    checkers: &mut BTreeMap<Kind, Checker>,
    file: &mut File<'_>,
) -> io::Result<u64> {
    let mut duplicates = 0;
    let rows = block.rows();
    let count = rows.len();
    for (row, (line, fields)) in rows.enumerate() {
        file.refuse_broken(block.broken_before(row))?;
        if !any_content {
            refuse_ems(report, line, &fields)?;
        }
        if is_duplicate(fields[DUPLICATE]) {
            duplicates += 1;
            continue;
        }
        for (kind, part) in report.kinds() {
            let Some(checker) = checkers.get_mut(kind) else {
                continue;
            };
            match fact(checker, report, *part, line, &fields) {
                Ok((unit, fact)) => {
                    let key = DeliveryKey {
                        unit,
                        file: file.number,
                    };
                    if !checker.checked.staging.push(key, fact)? {
                        refuse(report, line, &fields, full(), checkers, file);
                        break;
                    }
                }
                Err(fault) => {
                    refuse(report, line, &fields, fault, checkers, file);
                    break;
                }
            }
        }
    }
    file.refuse_broken(block.broken_before(count))?;
    Ok(duplicates)
}

/// Whether a row is marked as a duplicate: several partner locations of one company have the same
/// row, and all but one are marked.
fn is_duplicate(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    text == b"1" || text == b"1.0" || text.eq_ignore_ascii_case(b"true")
}

fn fact(
    checker: &mut Checker,
    report: Report,
    part: usize,
    line: u64,
    fields: &[&[u8]; FIELDS],
) -> Result<(Unit, Fact), Fault> {
    let unit = unit(checker, report, fields)?;
    let names = [
        report
            .service()
            .display_name()
            .unwrap_or_default()
            .as_bytes(),
        fields[CUSTOMER_NAME],
        fields[PRODUCT_ID],
        fields[PRODUCT_NAME],
        // Not stored. It distinguishes rows of one subscription from those of several.
        fields[SUBSCRIPTION],
        fields[WORKLOAD_NAME],
    ];
    // The fields of the other report are empty.
    let of = [
        SERVICE_NAME,
        CUSTOMER_NAME,
        PRODUCT_ID,
        PRODUCT_NAME,
        WORKLOAD_CODE,
        WORKLOAD_NAME,
    ];
    let mut text = [0; 6];
    for ((number, name), field) in text.iter_mut().zip(names).zip(of) {
        *number = checker.number(field - TEXT, field, name)?;
        let is_used = report.columns().iter().any(|(used, _)| *used == field);
        if *number == 0 && is_used && !Report::is_optional(field) {
            return fault(field, "it is empty: every row needs a value here");
        }
    }
    let processed = i64::from(unit.day) * super::check::MICROSECONDS_A_DAY;
    let fact = Fact {
        text,
        counts: [count(part, fields)?, count(WHOLE, fields)?],
        processed,
        line,
    };
    Ok((unit, fact))
}

fn unit(checker: &mut Checker, report: Report, fields: &[&[u8]; FIELDS]) -> Result<Unit, Fault> {
    let month = std::str::from_utf8(fields[PROCESSED]).ok().and_then(month);
    let Some(month) = month else {
        let form = "a month such as `2026-09`, `2026-09-01` or `9/1/2026` is expected";
        return fault(PROCESSED, form);
    };
    let begins = month.first_of_month().to_zoned(TimeZone::UTC);
    let begins = begins.map_or(i64::MAX, |first| first.timestamp().as_microsecond());
    if begins < 0 {
        return fault(PROCESSED, "it lies before 1970");
    }
    if begins > checker.latest() {
        return fault(PROCESSED, "it has not begun yet");
    }
    Ok(Unit {
        service: checker.number(0, SERVICE_CODE, report.service().as_str().as_bytes())?,
        channel: checker.number(1, SUBSCRIPTION, CHANNEL.as_bytes())?,
        customer: checker.customer(fields[CUSTOMER])?,
        day: days(month.last_of_month()),
    })
}

/// A day in the month of a text: a date with or without time, `2026-09`, `202609`, or the first of
/// the month with slashes. In `9/1/2026` and `1/9/2026`, the number that is not 1 is the month,
/// because months are given by their first day.
fn month(text: &str) -> Option<Date> {
    let text = text.trim();
    let date = text.split(['T', ' ']).next()?;
    let number = |text: &str| text.parse::<i16>().ok();
    if let [first, second, year] = date.split('/').collect::<Vec<_>>()[..] {
        let (first, second) = (number(first)?, number(second)?);
        let month = match (first, second) {
            (month, 1) | (1, month) => month,
            _ => return None,
        };
        return Date::new(number(year)?, i8::try_from(month).ok()?, 1).ok();
    }
    let all_digits = date.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits && date.len() == 6 {
        let month = i8::try_from(number(&date[4..])?).ok()?;
        return Date::new(number(&date[..4])?, month, 1).ok();
    }
    if date.len() == 7 {
        return format!("{date}-01").parse().ok();
    }
    date.parse()
        .ok()
        .or_else(|| text.parse::<DateTime>().ok().map(DateTime::date))
}

fn refuse(
    report: Report,
    line: u64,
    fields: &[&[u8]; FIELDS],
    fault: Fault,
    checkers: &mut BTreeMap<Kind, Checker>,
    file: &mut File<'_>,
) {
    file.bad.add(BadRow {
        file: file.name.to_owned(),
        line,
        column: report.column(fault.field),
        value: shortened(fields[fault.field]),
        remedy: fault.remedy.into_owned(),
    });
    if !file.leaves_out {
        return;
    }
    // The deliveries of the row, as far as the row has them.
    for (kind, _) in report.kinds() {
        if let Some(checker) = checkers.get_mut(kind)
            && let Ok(unit) = unit(checker, report, fields)
        {
            let file = file.number;
            let key = DeliveryKey { unit, file };
            checker.checked.rejected.entry(key).or_insert(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_in_the_ways_in_which_they_are_written() {
        for text in [
            "2026-09",
            "2026-09-01",
            "2026-09-30T00:00:00",
            "2026-09-01 00:00:00.000",
            "202609",
            "9/1/2026",
            "09/01/2026 12:00:00 AM",
            "1/9/2026",
            " 2026-09 ",
        ] {
            let found = month(text).map(|date| (date.year(), date.month()));
            assert_eq!(found, Some((2026, 9)), "{text}");
        }
        for text in [
            "",
            "2026",
            "9/2/2026",
            "2026-13",
            "September",
            "202613",
            "1/1",
        ] {
            assert_eq!(month(text), None, "{text}");
        }
    }
}
