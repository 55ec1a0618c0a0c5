//! `seatwise compact`: fewer files, and none that nobody asks for.

use jiff::SignedDuration;
use seatwise_store::{Compacted, Kind, Store};
use seatwise_types::PartnerId;
use serde::Serialize;

use crate::cli::{Compact, TextOrJson};
use crate::commands::status::size;
use crate::{output, system};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    partner: PartnerId,
    kind: &'static str,
    #[serde(flatten)]
    compacted: Compacted,
}

pub(crate) async fn run(args: Compact) -> anyhow::Result<()> {
    let store = Store::open(&args.data_dir)?;
    let keep = SignedDuration::try_from(args.keep)?;
    let mut all = Vec::new();
    for partner in args
        .partner
        .map_or_else(|| store.partners(), |one| Ok(vec![one]))?
    {
        for kind in Kind::ALL {
            let compacted = store.compact(partner, kind, keep, system::now()).await?;
            all.extend(compacted.map(|compacted| Done {
                partner,
                kind: kind.as_str(),
                compacted,
            }));
        }
    }
    if args.output == TextOrJson::Json {
        return output::line(serde_json::to_string_pretty(&all)?);
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
    }
    Ok(())
}
