//! Verification of what lies in the future.

use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::PartnerId;

use crate::model::kind::Kind;
use crate::table::clock::Future;
use crate::table::delta::Table;
use crate::table::store::Store;
use crate::upkeep::finding::Finding;
use crate::upkeep::remedy::Remedy;

impl Store {
    /// What lies in the future for a partner: tables with deliveries recorded more than a day after
    /// `now`, or with a processed date that no import would accept now, and the instant in
    /// `settled-at`, which is also reported if it is unreadable. Empty if there is nothing.
    ///
    /// Reads only logs. Tables that cannot be opened are left out; [`Store::verify`] says why.
    pub async fn verify_clock(&self, partner: PartnerId, now: Timestamp) -> Vec<Finding> {
        let future = Future::of(now);
        let mut findings = Vec::new();
        let settled = self.noted_settled(partner);
        if let Err(err) = &settled {
            let problem = with_causes(err);
            findings.push(Finding::of_file("settled-at", problem, Remedy::NextImport));
        }
        let mut found = |file: &str, problem: String| {
            findings.push(Finding::of_file(file, problem, Remedy::Repair));
        };
        if let Ok(Some(at)) = settled
            && at > future.recorded
        {
            let problem = format!("it says {at}, which is still to come");
            found("settled-at", problem);
        }
        for kind in Kind::ALL {
            let Ok(Some(table)) = self.table(partner, kind).await else {
                continue;
            };
            if let Some(at) = table.last_recorded().filter(|at| *at > future.recorded) {
                found(
                    kind.as_str(),
                    format!("something in it was recorded at {at}, which is still to come"),
                );
            }
            if let Some(day) = last_processed(&table).filter(|day| *day > future.processed) {
                found(
                    kind.as_str(),
                    format!("something in it was processed on {day}, which is still to come"),
                );
            }
        }
        findings
    }
}

/// The latest day with a delivery in a table.
fn last_processed(table: &Table) -> Option<Date> {
    let days = table
        .files
        .iter()
        .map(|file| file.stats.max_values.processed_date);
    days.max()
}

/// An error with its causes, on one line.
fn with_causes(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut next = err.source();
    while let Some(cause) = next {
        text += &format!(": {cause}");
        next = cause.source();
    }
    text
}
