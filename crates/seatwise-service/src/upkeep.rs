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

use crate::{Timer, compact, erase};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The interval in which ledgers are written to the disk, and created if missing. Answers follow
/// each import at once.
const LEDGERS_EVERY: Duration = Duration::from_secs(60);

/// The time from a failed round to the next.
const AFTER_A_FAILURE: Duration = Duration::from_secs(15 * 60);

/// How a server maintains its tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct Upkeep {
    /// The interval for compacting; `None` for never.
    pub compact_every: Option<Duration>,
    /// How long compacting keeps replaced versions of a table readable.
    pub compact_keep: SignedDuration,
    /// The interval for comparing data files with their checksums; zero for never.
    pub recheck_every: Duration,
    /// The age from which deliveries are erased; `None` for never.
    pub forget_after: Option<SignedDuration>,
}

impl Upkeep {
    /// Starts the tasks. They end with the process: an interrupted round has no effect, or the next
    /// one completes it.
    pub fn start(self, store: &Store, timer: &Timer, duties: &Duties) {
        let keeping = store.clone();
        let round = move || keep_ledgers(keeping.clone());
        spawn(duties, "adding up", AFTER_A_FAILURE, round);
        if let Some(every) = self.compact_every {
            let (store, timer, keep) = (store.clone(), timer.clone(), self.compact_keep);
            let round = move || compact_all(store.clone(), keep, timer.clone(), every);
            spawn(duties, "compacting", AFTER_A_FAILURE, round);
        }
        if !self.recheck_every.is_zero() {
            let (store, every) = (store.clone(), self.recheck_every);
            let round = move || recheck_all(store.clone(), every);
            // Damage stays, so do not read everything again at once.
            spawn(duties, "rechecking", every, round);
        }
        if let Some(age) = self.forget_after {
            let (store, timer) = (store.clone(), timer.clone());
            let round = move || forget_old(store.clone(), age, timer.clone());
            spawn(duties, "forgetting", AFTER_A_FAILURE, round);
        }
    }
}

/// Runs rounds of a task in the background. A round returns the wait until the next one.
fn spawn<F>(
    duties: &Duties,
    duty: &'static str,
    pause: Duration,
    round: impl Fn() -> F + Send + Sync + 'static,
) where
    F: Future<Output = anyhow::Result<Duration>> + Send + 'static,
{
    let duties = duties.clone();
    tokio::spawn(async move { match duties.keep_on(duty, pause, round).await {} });
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
    timer: Timer,
    every: Duration,
) -> anyhow::Result<Duration> {
    let mut tables: u64 = 0;
    let mut files_removed = 0;
    let mut failed = None;
    for tried in compact(&store, store.partners()?, keep, &timer.clock()).await {
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

async fn forget_old(store: Store, age: SignedDuration, timer: Timer) -> anyhow::Result<Duration> {
    let (now, clock) = (timer.now(), timer.clock());
    let before = now.to_zoned(TimeZone::UTC).checked_sub(age)?.date();
    let mut failed = None;
    for partner in store.partners()? {
        // With a wrong clock, everything could be too old.
        if let Err(err) = store.check_clock(partner, now).await {
            let what = format!("cannot erase what is too old of {partner}");
            failed = failed.or(Some(anyhow::Error::from(err).context(what)));
            continue;
        }
        for tried in erase(&store, partner, Erase::Before(before), &clock, false).await {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use seatwise_store::import::{ImportOptions, Input, import};

    use super::*;
    use crate::timer::tests::virtual_timer;

    const ROWS: &str = "\
processedDateTime,workloadCode,workloadName,serviceCode,serviceName,channel,customerTenantId,customerName,productName,licensesActive,licensesQualified
2026-01-01,EXO,Exchange,o365,Microsoft Office 365,reseller,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,Contoso,OFFICE 365 ENTERPRISE E3,3,4
";

    #[tokio::test]
    async fn old_days_are_erased_when_they_reach_the_age_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("data")).unwrap();
        let file = folder.path().join("usage.csv");
        std::fs::write(&file, ROWS).unwrap();
        let partner = "2ca2ea4e-2bf5-4b3e-a2ee-3d8c4a1bf4b7".parse().unwrap();
        let (options, inputs) = (ImportOptions::new(partner), vec![Input::File(file)]);
        let now = "2026-02-01T00:00:00Z".parse().unwrap();
        import(&store, &options, inputs, now, Arc::default())
            .await
            .unwrap();
        let rows = async || {
            let what = Erase::Before("2026-01-02".parse().unwrap());
            let clock = virtual_timer("2026-02-01T00:00:00Z", drop).clock();
            let counted = erase(&store, partner, what, &clock, true);
            let counted = counted.await.into_iter();
            counted.map(|it| it.result.unwrap().rows).sum::<u64>()
        };
        let age = SignedDuration::from_hours(24 * 100);
        // With a clock that is years ahead, everything would be too old.
        for (now, is_right, left) in [
            ("2026-04-11T12:00:00Z", true, 1),
            ("2030-01-01T00:00:00Z", false, 1),
            ("2026-04-12T00:00:00Z", true, 0),
        ] {
            let round = forget_old(store.clone(), age, virtual_timer(now, drop)).await;
            assert_eq!(round.is_ok(), is_right, "{now}: {round:?}");
            assert_eq!(rows().await, left, "{now}");
        }
    }
}
