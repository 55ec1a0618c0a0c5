//! Background upkeep of the tables. Each task runs at the start, so that a server that is restarted
//! each day gets to it, and then in its interval.
//!
//! A failure at one table does not stop the others. The first failure of a round is reported.

use std::time::Duration;

use anyhow::anyhow;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use seatwise_server::Duties;
use seatwise_store::{Erase, Kind, Store};

use crate::cli;
use crate::commands::{compact, forget};
use crate::system;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The interval in which ledgers are written to the disk, and created if missing. Answers follow
/// each import at once.
const LEDGERS_EVERY: Duration = Duration::from_secs(60);

/// The time from a failed round to the next.
const AFTER_A_FAILURE: Duration = Duration::from_secs(15 * 60);

/// Starts the tasks in the options. They end with the process: an interrupted round has no effect,
/// or the next one completes it.
pub(crate) fn start(store: &Store, args: &cli::Upkeep, duties: &Duties) -> anyhow::Result<()> {
    let (keeping, duties_of_ledgers) = (store.clone(), duties.clone());
    tokio::spawn(async move {
        let round = || keep_ledgers(keeping.clone());
        let pause = AFTER_A_FAILURE;
        match duties_of_ledgers.keep_on("adding up", pause, round).await {}
    });
    if let Some(every) = args.compact_every {
        let keep = SignedDuration::try_from(args.compact_keep)?;
        let (store, duties) = (store.clone(), duties.clone());
        tokio::spawn(async move {
            let round = || compact_all(store.clone(), keep, every);
            match duties.keep_on("compacting", AFTER_A_FAILURE, round).await {}
        });
    }
    if !args.recheck_every.is_zero() {
        let every = args.recheck_every;
        let (store, duties) = (store.clone(), duties.clone());
        tokio::spawn(async move {
            let round = || recheck_all(store.clone(), every);
            // Damage stays, so do not read everything again at once.
            match duties.keep_on("rechecking", every, round).await {}
        });
    }
    if let Some(age) = args.forget_after {
        let age = SignedDuration::try_from(age)?;
        let (store, duties) = (store.clone(), duties.clone());
        tokio::spawn(async move {
            let round = || forget_old(store.clone(), age);
            match duties.keep_on("forgetting", AFTER_A_FAILURE, round).await {}
        });
    }
    Ok(())
}

async fn keep_ledgers(store: Store) -> anyhow::Result<Duration> {
    let mut failed = None;
    for partner in store.partners()? {
        for kind in Kind::ALL {
            if let Err(err) = store.keep_ledger(partner, kind).await {
                let what = format!("cannot add up {kind} of {partner}");
                failed = failed.or(Some(anyhow::Error::from(err).context(what)));
            }
        }
    }
    failed.map_or(Ok(LEDGERS_EVERY), Err)
}

async fn compact_all(
    store: Store,
    keep: SignedDuration,
    every: Duration,
) -> anyhow::Result<Duration> {
    let mut tables: u64 = 0;
    let mut files_removed = 0;
    let mut failed = None;
    for tried in compact::compact(&store, store.partners()?, keep).await {
        match tried.result {
            Ok(compacted) => {
                tables += 1;
                files_removed += compacted.files_removed;
            }
            Err(err) => {
                let what = format!("cannot compact {} of {}", tried.kind, tried.partner);
                failed = failed.or(Some(anyhow::Error::from(err).context(what)));
            }
        }
    }
    tracing::info!(tables, files_removed, "compacted");
    failed.map_or(Ok(every), Err)
}

async fn recheck_all(store: Store, every: Duration) -> anyhow::Result<Duration> {
    let mut files = 0;
    let mut failed = None;
    for partner in store.partners()? {
        for kind in Kind::ALL {
            match store.recheck(partner, kind).await {
                Ok(checked) => files += checked,
                Err(err) => failed = failed.or(Some(anyhow::Error::from(err))),
            }
        }
        match store.verify_domains(partner).await {
            Ok(Some(found)) if found.damages > 0 => {
                let problem = found.findings.into_iter().next().map(|it| it.problem);
                let problem = problem.unwrap_or_default();
                failed = failed.or(Some(anyhow!(
                    "the domains of {partner} are damaged: {problem}"
                )));
            }
            Ok(_) => {}
            Err(err) => failed = failed.or(Some(anyhow::Error::from(err))),
        }
        for found in [
            store.verify_idle_files(partner).await,
            store.verify_past_imports(partner).await,
        ] {
            match found {
                Ok(Some(found)) if found.damages > 0 => {
                    let found = found.findings.into_iter().next();
                    let (file, problem) = found.map(|it| (it.file, it.problem)).unwrap_or_default();
                    failed =
                        failed.or(Some(anyhow!("`{file}` of {partner} is damaged: {problem}")));
                }
                Ok(_) => {}
                Err(err) => failed = failed.or(Some(anyhow::Error::from(err))),
            }
        }
    }
    tracing::info!(files, "compared data files with their checksums");
    failed.map_or(Ok(every), Err)
}

async fn forget_old(store: Store, age: SignedDuration) -> anyhow::Result<Duration> {
    let now = system::now();
    let before = now.to_zoned(TimeZone::UTC).checked_sub(age)?.date();
    let mut failed = None;
    for partner in store.partners()? {
        // With a wrong clock, everything could be too old.
        if let Err(err) = store.check_clock(partner, now).await {
            let what = format!("cannot erase what is too old of {partner}");
            failed = failed.or(Some(anyhow::Error::from(err).context(what)));
            continue;
        }
        for tried in forget::erase(&store, partner, Erase::Before(before), false).await {
            let table = tried.kind;
            match tried.result {
                Ok(erased) => {
                    let rows = erased.rows;
                    tracing::info!(%partner, %table, %before, rows, "erased what is too old");
                }
                Err(err) => {
                    let what = format!("cannot erase what is too old of {table} of {partner}");
                    failed = failed.or(Some(anyhow::Error::from(err).context(what)));
                }
            }
        }
    }
    failed.map_or(Ok(DAY), Err)
}
