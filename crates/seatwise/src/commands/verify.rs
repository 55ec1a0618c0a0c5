//! `seatwise verify`: whether what is stored is whole.

use anyhow::bail;
use seatwise_store::{Kind, Store, Verified};
use seatwise_types::PartnerId;
use serde::Serialize;

use super::forget::DOMAINS;
use super::import::grouped;
use crate::cli::{TextOrJson, Verify};
use crate::exit::{Failure, STORE};
use crate::output;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    partner: PartnerId,
    kind: &'static str,
    #[serde(flatten)]
    found: Found,
}

/// A table that cannot be opened says why.
#[derive(Serialize)]
#[serde(untagged)]
enum Found {
    Read(Verified),
    Unreadable { error: String },
}

pub(crate) async fn run(args: Verify) -> anyhow::Result<()> {
    let (store, partners) = args.tables.open()?;
    let tables = tables(&store, partners).await;
    match args.output {
        TextOrJson::Json => output::line(serde_json::to_string_pretty(&tables)?)?,
        TextOrJson::Text => tables.iter().try_for_each(show)?,
    }
    let damages: u64 = tables.iter().map(|table| table.found.damages()).sum();
    if damages > 0 {
        bail!(Failure {
            code: STORE,
            message: format!("damage was found in {damages} places"),
            hint: Some(
                "nothing was changed; restore the folder from a backup, or import again what the \
                 deliveries were made of"
                    .to_owned()
            ),
        });
    }
    Ok(())
}

async fn tables(store: &Store, partners: Vec<PartnerId>) -> Vec<Table> {
    let mut tables = Vec::new();
    for partner in partners {
        for kind in Kind::ALL {
            let found = match store.verify(partner, kind).await {
                Ok(None) => continue,
                Ok(Some(verified)) => Found::Read(verified),
                Err(err) => Found::Unreadable {
                    error: format!("{:#}", anyhow::Error::from(err)),
                },
            };
            tables.push(Table {
                partner,
                kind: kind.as_str(),
                found,
            });
        }
        let found = match store.verify_domains(partner).await {
            Ok(None) => continue,
            Ok(Some(verified)) => Found::Read(verified),
            Err(err) => Found::Unreadable {
                error: format!("{:#}", anyhow::Error::from(err)),
            },
        };
        tables.push(Table {
            partner,
            kind: DOMAINS,
            found,
        });
    }
    tables
}

impl Found {
    fn damages(&self) -> u64 {
        match self {
            Self::Read(verified) => verified.damages,
            Self::Unreadable { .. } => 1,
        }
    }
}

fn show(table: &Table) -> anyhow::Result<()> {
    let name = format!("{} of partner {}", table.kind, table.partner);
    let verified = match &table.found {
        Found::Unreadable { error } => return output::line(format_args!("{name}: {error}")),
        Found::Read(verified) => verified,
    };
    let verdict = if verified.damages == 0 {
        "whole".to_owned()
    } else {
        format!("damaged in {} places", grouped(verified.damages))
    };
    if table.kind == DOMAINS {
        output::line(format_args!(
            "{name}: {} in one file: {verdict}",
            grouped(verified.rows)
        ))?;
    } else {
        output::line(format_args!(
            "{name}: {} deliveries, {} rows in {} files at version {}: {verdict}",
            grouped(verified.deliveries),
            grouped(verified.rows),
            grouped(verified.files),
            verified.version,
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
