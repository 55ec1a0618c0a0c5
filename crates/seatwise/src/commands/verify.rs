//! `seatwise verify`: checks the stored data.

use std::collections::BTreeSet;

use seatwise_collect::full_message;
use seatwise_service::{DOMAINS, ExitCode, Failure, IDLE, Result};
use seatwise_store::{Finding, Kind, Remedy, Store, Verified};
use seatwise_types::PartnerId;
use serde::Serialize;

use super::status::size;
use crate::cli::{TextOrJson, Verify};
use crate::output::{self, counted, grouped};
use crate::system;

/// Stands for a table's name in findings about the clock.
const CLOCK: &str = "clock";

/// Stands for a table's name in findings about the list of imports.
const IMPORTS: &str = "imports";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    partner: PartnerId,
    kind: &'static str,
    #[serde(flatten)]
    found: Found,
}

/// The result for one table, or the error that prevents opening it.
#[derive(Serialize)]
#[serde(untagged)]
enum Found {
    Read(Verified),
    Unreadable { error: String },
    Clock(Clock),
}

/// Findings with a time in the future.
#[derive(Serialize)]
struct Clock {
    findings: Vec<Finding>,
    damages: u64,
}

pub(crate) async fn run(args: Verify) -> Result<()> {
    let (store, partners) = args.tables.open()?;
    let tables = tables(&store, partners).await;
    match args.output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&tables)?)?,
        TextOrJson::Text => tables.iter().try_for_each(show)?,
    }
    let damages: u64 = tables.iter().map(|table| table.found.damages()).sum();
    if damages > 0 {
        return Err(Failure {
            code: ExitCode::Store,
            message: format!(
                "damage was found in {}",
                counted(damages, "place", "places")
            ),
            hint: Some(hint(&tables)),
        }
        .into());
    }
    Ok(())
}

/// The remedies. A backup helps with all damage, but not with times in the future.
fn hint(tables: &[Table]) -> String {
    let mut remedies: BTreeSet<Remedy> = tables.iter().flat_map(|it| it.found.remedies()).collect();
    if remedies.contains(&Remedy::Restore) {
        remedies.retain(|it| [Remedy::Restore, Remedy::Repair].contains(it));
    }
    let hints: Vec<&str> = remedies.into_iter().map(Remedy::hint).collect();
    format!("nothing was changed; {}", hints.join("; "))
}

async fn tables(store: &Store, partners: Vec<PartnerId>) -> Vec<Table> {
    let mut tables = Vec::new();
    for partner in partners {
        for kind in Kind::ALL {
            let found = match store.verify(partner, kind).await {
                Ok(None) => continue,
                Ok(Some(verified)) => Found::Read(verified),
                Err(err) => Found::Unreadable {
                    error: full_message(&err),
                },
            };
            tables.push(Table {
                partner,
                kind: kind.as_str(),
                found,
            });
        }
        let findings = store.verify_clock(partner, system::now()).await;
        if !findings.is_empty() {
            let damages = findings.len() as u64;
            tables.push(Table {
                partner,
                kind: CLOCK,
                found: Found::Clock(Clock { findings, damages }),
            });
        }
        for (kind, found) in [
            (IMPORTS, store.verify_past_imports(partner).await),
            (DOMAINS, store.verify_domains(partner).await),
            (IDLE, store.verify_idle_files(partner).await),
        ] {
            let found = match found {
                Ok(None) => continue,
                Ok(Some(verified)) => Found::Read(verified),
                Err(err) => Found::Unreadable {
                    error: full_message(&err),
                },
            };
            tables.push(Table {
                partner,
                kind,
                found,
            });
        }
    }
    tables
}

impl Found {
    fn damages(&self) -> u64 {
        match self {
            Self::Read(verified) => verified.damages,
            Self::Unreadable { .. } => 1,
            Self::Clock(clock) => clock.damages,
        }
    }

    fn remedies(&self) -> Vec<Remedy> {
        let findings = match self {
            Self::Read(verified) => &verified.findings,
            Self::Unreadable { .. } => return vec![Remedy::Restore],
            Self::Clock(clock) => &clock.findings,
        };
        findings.iter().map(|finding| finding.remedy).collect()
    }
}

fn show(table: &Table) -> Result<()> {
    let name = format!("{} of partner {}", table.kind, table.partner);
    let verified = match &table.found {
        Found::Unreadable { error } => return output::line(format_args!("{name}: {error}")),
        Found::Clock(clock) => return show_clock(table.partner, clock),
        Found::Read(verified) => verified,
    };
    let verdict = if verified.damages == 0 {
        "whole".to_owned()
    } else {
        format!(
            "damaged in {}",
            counted(verified.damages, "place", "places")
        )
    };
    if table.kind == DOMAINS {
        output::line(format_args!(
            "{name}: {} in one file: {verdict}",
            grouped(verified.rows)
        ))?;
    } else if [IDLE, IMPORTS].contains(&table.kind) {
        let files = counted(verified.files, "file", "files");
        output::line(format_args!("{name}: {files}: {verdict}"))?;
    } else {
        output::line(format_args!(
            "{name}: {}, {} in {} at version {}: {verdict}",
            counted(verified.deliveries, "delivery", "deliveries"),
            counted(verified.rows, "row", "rows"),
            counted(verified.files, "file", "files"),
            verified.version,
        ))?;
    }
    if verified.unnamed_files > 0 {
        output::line(format_args!(
            "  {} of no version ({}): left by an import that was stopped; `seatwise compact` \
             removes what is a day old",
            counted(verified.unnamed_files, "file", "files"),
            size(verified.unnamed_bytes),
        ))?;
    }
    for finding in &verified.findings {
        let delivery = finding.delivery.map(|id| format!(", delivery {id}"));
        output::line(format_args!(
            "  {}{}: {}",
            finding.file,
            delivery.unwrap_or_default(),
            finding.problem
        ))?;
    }
    Ok(())
}

fn show_clock(partner: PartnerId, clock: &Clock) -> Result<()> {
    let is_ahead = |it: &Finding| it.remedy == Remedy::Repair;
    let what = match clock.findings.iter().any(is_ahead) {
        true => "it has records of the future",
        false => "damaged",
    };
    output::line(format_args!("clock of partner {partner}: {what}"))?;
    for finding in &clock.findings {
        output::line(format_args!("  {}: {}", finding.file, finding.problem))?;
    }
    Ok(())
}
