//! `seatwise compact`: merges small files and removes those that are no longer needed.

use jiff::SignedDuration;
use seatwise_service::{Result, compact};
use seatwise_store::Compacted;
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::cli::{Compact, TextOrJson};
use crate::commands::status::size;
use crate::output::{self, counted};
use crate::system;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    partner: PartnerId,
    kind: &'static str,
    #[serde(flatten)]
    compacted: Compacted,
}

pub(crate) async fn run(args: Compact) -> Result<()> {
    let (store, partners) = args.tables.open()?;
    let keep = SignedDuration::try_from(args.keep)?;
    let mut all = Vec::new();
    let mut failed = None;
    for tried in compact(&store, partners, keep, &system::clock()).await {
        match tried.result {
            Ok(compacted) => all.push(Done {
                partner: tried.partner,
                kind: tried.kind.as_str(),
                compacted,
            }),
            // The first error is returned below.
            Err(err) => failed = failed.or(Some(err)),
        }
    }
    show(&all, keep, args.output)?;
    failed.map_or(Ok(()), |err| Err(err.into()))
}

fn show(all: &[Done], keep: SignedDuration, output: TextOrJson) -> Result<()> {
    if output == TextOrJson::Json {
        return output::line(serde_json::to_string_pretty(all)?);
    }
    for Done {
        partner,
        kind,
        compacted,
    } in all
    {
        let (before, after) = (compacted.files_before, compacted.files_after);
        let merged = if before == after {
            format!("{}, nothing to merge", counted(before, "file", "files"))
        } else {
            format!("{} became {after}", counted(before, "file", "files"))
        };
        output::line(format_args!(
            "{kind} of partner {partner}: {merged}, {} removed ({})",
            counted(compacted.files_removed, "old file", "old files"),
            size(compacted.bytes_removed),
        ))?;
        if compacted.log_files_removed > 0 {
            output::line(format_args!(
                "  {} of the log removed",
                counted(compacted.log_files_removed, "old file", "old files"),
            ))?;
        }
        if compacted.files_kept > 0 {
            output::line(format_args!(
                "  {} kept ({}), replaced less than {keep:#} ago (--keep)",
                counted(compacted.files_kept, "old file", "old files"),
                size(compacted.bytes_kept),
            ))?;
        }
        if compacted.files_unnamed > 0 {
            output::line(format_args!(
                "  {} of no version kept ({}): an import may be writing there; what is a day old goes",
                counted(compacted.files_unnamed, "file", "files"),
                size(compacted.bytes_unnamed),
            ))?;
        }
    }
    Ok(())
}
