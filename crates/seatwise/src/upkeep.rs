//! What looks after the tables beside a server, again and again.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use seatwise_store::{Erase, Store};

use crate::cli;
use crate::commands::{compact, forget};
use crate::system;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Starts what the options ask for. It ends with the process: what that stops has changed nothing,
/// or is done the next time.
pub(crate) fn start(store: &Store, args: &cli::Upkeep) -> anyhow::Result<()> {
    if let Some(every) = args.compact_every {
        let keep = SignedDuration::try_from(args.compact_keep)?;
        let store = store.clone();
        let round = move || compact_all(store.clone(), keep);
        tokio::spawn(again_and_again("compacting", every, round));
    }
    if let Some(age) = args.forget_after {
        let age = SignedDuration::try_from(age)?;
        let store = store.clone();
        let round = move || forget_old(store.clone(), age);
        tokio::spawn(again_and_again("forgetting", DAY, round));
    }
    Ok(())
}

/// A round at once, so that servers that are started again each day get to it too, and then one
/// after each length of time.
async fn again_and_again<F>(what: &'static str, every: Duration, round: impl Fn() -> F)
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    loop {
        // A task of its own: what goes wrong in one round does not end those to come.
        match tokio::spawn(round()).await {
            Ok(Ok(())) => {}
            Ok(Err(err)) => tracing::error!(?err, "{what} failed, and is tried again later"),
            Err(err) => tracing::error!(%err, "{what} broke off, and is tried again later"),
        }
        tokio::time::sleep(every).await;
    }
}

async fn compact_all(store: Store, keep: SignedDuration) -> anyhow::Result<()> {
    let mut tables: u64 = 0;
    let mut files_removed = 0;
    for tried in compact::compact(&store, store.partners()?, keep).await {
        match tried.result {
            Ok(compacted) => {
                tables += 1;
                files_removed += compacted.files_removed;
            }
            Err(err) => {
                let err: &dyn std::error::Error = &err;
                tracing::error!(partner = %tried.partner, table = %tried.kind, err,
                    "cannot compact a table; it is tried again later");
            }
        }
    }
    tracing::info!(tables, files_removed, "compacted");
    Ok(())
}

async fn forget_old(store: Store, age: SignedDuration) -> anyhow::Result<()> {
    let today = system::now().to_zoned(TimeZone::UTC);
    let before = today.checked_sub(age)?.date();
    for partner in store.partners()? {
        for tried in forget::erase(&store, partner, Erase::Before(before), false).await {
            let table = tried.kind;
            match tried.result {
                Ok(erased) => {
                    let rows = erased.rows;
                    tracing::info!(%partner, %table, %before, rows, "erased what is too old");
                }
                Err(err) => {
                    let err: &dyn std::error::Error = &err;
                    tracing::error!(%partner, %table, err,
                        "cannot erase what is too old; it is tried again later");
                }
            }
        }
    }
    Ok(())
}
