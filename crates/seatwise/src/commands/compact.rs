//! `seatwise compact`: fewer files, and none that nobody asks for.

use std::time::Duration;

use jiff::SignedDuration;
use seatwise_store::{Compacted, Kind, Store, StoreError};
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

/// Compacts all tables again and again, each time after so long. What goes wrong is logged, and
/// tried again the next time.
pub(crate) async fn keep_on(store: Store, every: Duration, keep: SignedDuration) {
    loop {
        tokio::time::sleep(every).await;
        let compacted = match store.partners() {
            Ok(partners) => compact(&store, partners, keep).await,
            Err(err) => Err(err),
        };
        match compacted {
            Ok(all) => tracing::info!(
                tables = all.len(),
                files_removed = all.iter().map(|it| it.compacted.files_removed).sum::<u64>(),
                "compacted",
            ),
            Err(err) => {
                let err: &dyn std::error::Error = &err;
                tracing::error!(err, "compacting failed, and is tried again later");
            }
        }
    }
}

async fn compact(
    store: &Store,
    partners: Vec<PartnerId>,
    keep: SignedDuration,
) -> Result<Vec<Done>, StoreError> {
    let mut all = Vec::new();
    for partner in partners {
        for kind in Kind::ALL {
            let compacted = store.compact(partner, kind, keep, system::now()).await?;
            all.extend(compacted.map(|compacted| Done {
                partner,
                kind: kind.as_str(),
                compacted,
            }));
        }
    }
    Ok(all)
}

pub(crate) async fn run(args: Compact) -> anyhow::Result<()> {
    let store = Store::open(&args.data_dir)?;
    let partners = args
        .partner
        .map_or_else(|| store.partners(), |one| Ok(vec![one]))?;
    let all = compact(&store, partners, SignedDuration::try_from(args.keep)?).await?;
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
