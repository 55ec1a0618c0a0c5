//! The downloads of Partner Center's Insights: figures of calendar months.
//!
//! They measure something else than the commercial resources (a month, not 28 days), so their rows
//! go to separate tables. This module defines the meaning of their columns.

use std::collections::BTreeMap;
use std::io;

use jiff::tz::TimeZone;

use super::bad_rows::BadRow;
use super::block::Block;
use super::check::{Checker, File, MICROSECONDS_A_DAY, full};
use super::count::count;
use super::download::Report;
use super::fault::{Fault, fault};
use super::fields::{
    CUSTOMER, FIELDS, PROCESSED, PRODUCT_ID, PRODUCT_NAME, SERVICE_CODE, SERVICE_NAME, TEXT, WHOLE,
    WORKLOAD_CODE, WORKLOAD_NAME, is_called,
};
use super::options::ImportOptions;
use super::report_columns::{CUSTOMER_NAME, DUPLICATE, SUBSCRIPTION};
use super::report_month::month;
use super::shortened::shortened;
use crate::model::days::days;
use crate::model::fact::{DeliveryKey, Fact, Unit};
use crate::model::kind::Kind;

/// The only channel. Reports do not say how seats were sold: their attribution says why a partner
/// sees a customer, and changes. With one channel, a month has one delivery of a customer and
/// service.
const CHANNEL: &str = "all";

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
    let processed = i64::from(unit.day) * MICROSECONDS_A_DAY;
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
        return fault(PROCESSED, "it is before 1970");
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
