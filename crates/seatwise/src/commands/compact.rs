//! `seatwise compact`: fewer files, and none that nobody asks for.

use jiff::SignedDuration;
use seatwise_store::{Compacted, Kind, Store, StoreError};
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::cli::{Compact, TextOrJson};
use crate::commands::status::size;
use crate::{output, system};

/// What became of one table.
pub(crate) struct Tried {
    pub(crate) partner: PartnerId,
    pub(crate) kind: Kind,
    pub(crate) result: Result<Compacted, StoreError>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    partner: PartnerId,
    kind: &'static str,
    #[serde(flatten)]
    compacted: Compacted,
}

/// Compacts the tables of some partners. One that cannot be compacted keeps no other from it.
pub(crate) async fn compact(
    store: &Store,
    partners: Vec<PartnerId>,
    keep: SignedDuration,
) -> Vec<Tried> {
    let mut all = Vec::new();
    for partner in partners {
        for kind in Kind::ALL {
            let compacted = store.compact(partner, kind, keep, system::now()).await;
            all.extend(compacted.transpose().map(|result| Tried {
                partner,
                kind,
                result,
            }));
        }
    }
    all
}

pub(crate) async fn run(args: Compact) -> anyhow::Result<()> {
    let (store, partners) = args.tables.open()?;
    let keep = SignedDuration::try_from(args.keep)?;
    let mut all = Vec::new();
    let mut failed = None;
    for tried in compact(&store, partners, keep).await {
        match tried.result {
            Ok(compacted) => all.push(Done {
                partner: tried.partner,
                kind: tried.kind.as_str(),
                compacted,
            }),
            // It is told below; of several the first.
            Err(err) => failed = failed.or(Some(err)),
        }
    }
    show(&all, keep, args.output)?;
    failed.map_or(Ok(()), |err| Err(err.into()))
}

fn show(all: &[Done], keep: SignedDuration, output: TextOrJson) -> anyhow::Result<()> {
    if output == TextOrJson::Json {
        return output::line(serde_json::to_string_pretty(all)?);
    }
    for Done {
        partner,
        kind,
        compacted,
    } in all
    {
        output::line(format_args!(
            "{kind} of partner {partner}: {} files became {}, {} old ones removed ({})",
            compacted.files_before,
            compacted.files_after,
            compacted.files_removed,
            size(compacted.bytes_removed),
        ))?;
        if compacted.log_files_removed > 0 {
            output::line(format_args!(
                "  {} old files of the log removed",
                compacted.log_files_removed
            ))?;
        }
        if compacted.files_kept > 0 {
            output::line(format_args!(
                "  {} old files are kept ({}): they were replaced less than {keep:#} ago (--keep)",
                compacted.files_kept,
                size(compacted.bytes_kept),
            ))?;
        }
        if compacted.files_unnamed > 0 {
            output::line(format_args!(
                "  {} files that no version names are kept ({}): an import may be writing them; they \
                 go when they are a day old",
                compacted.files_unnamed,
                size(compacted.bytes_unnamed),
            ))?;
        }
    }
    Ok(())
}
