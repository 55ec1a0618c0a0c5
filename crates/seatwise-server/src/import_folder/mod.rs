//! The watched folder: its files are imported once, and moved aside.
//!
//! This file imports files and reports results. `found` selects the files, by `names` and
//! `content`; `next` and `taken` move them.

mod content;
mod found;
mod names;
mod next;
mod notes;
mod partner_folder;
mod settings;
mod taken;

use std::collections::{BTreeMap, HashSet};
use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};
use seatwise_store::import::{ImportError, ImportOptions, Input};
use seatwise_store::{Store, StoreError};
use seatwise_types::PartnerId;
use seatwise_types::extensions::ImportWay;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use self::found::{Found, Waiting, shown, trouble_with};
use self::next::{Next, Turn};
use self::notes::Ended;
use self::partner_folder::PartnerFolder;
pub use self::settings::ImportFrom;
use self::taken::Taken;
use crate::clock::Clock;
use crate::importing::{import_within, labels};
use crate::metrics::Metrics;
use crate::plumbing::limits::Limits;
use crate::start_error::StartError;

/// The watched folder of a server.
pub(crate) struct ImportFolder {
    settings: ImportFrom,
    store: Store,
    clock: Clock,
    metrics: Arc<Metrics>,
    /// The most bytes of an unpacked file.
    longest_unpacked: u64,
    /// The longest time to read the rows of a file, while files of other partners wait.
    longest_reading: Duration,
    /// The result of the last look. Locked during a look, so that looks do not overlap.
    seen: Mutex<Seen>,
}

/// The number of partners whose files are imported at the same time.
const PARTNERS_AT_ONCE: usize = 2;

/// A partner's folder, and its files to import.
type Dropped = (Arc<PartnerFolder>, Vec<Next>);

/// The result of importing a partner's files.
#[derive(Default)]
struct Done {
    /// The files that were taken.
    taken: Vec<PathBuf>,
    /// Messages for the operator.
    troubles: Vec<String>,
}

#[derive(Default)]
struct Seen {
    /// The files that were not taken.
    waiting: Waiting,
    /// The messages that were logged at the last look, and are not repeated.
    logged: HashSet<String>,
}

impl ImportFolder {
    /// Checks that the folder exists and is not inside the data folder.
    pub(crate) fn new(
        settings: ImportFrom,
        limits: &Limits,
        clock: Clock,
        store: Store,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StartError> {
        let refuse = |source| StartError::ImportFolder {
            folder: settings.folder.clone(),
            source,
        };
        std::fs::read_dir(&settings.folder).map_err(refuse)?;
        let folder = settings.folder.canonicalize().map_err(refuse)?;
        if folder.starts_with(store.work_dir()) {
            return Err(refuse(io::Error::other(
                "it is inside the data folder, whose files belong to the server",
            )));
        }
        Ok(Self {
            settings,
            store,
            clock,
            metrics,
            longest_unpacked: limits.import_unpacked,
            longest_reading: limits.import_reading,
            seen: Mutex::default(),
        })
    }

    /// Looks at the folder until the future is dropped.
    pub(crate) async fn keep_looking(self: Arc<Self>) -> Infallible {
        let duties = self.metrics.duties.clone();
        let every = self.settings.every;
        let round = || {
            let folder = Arc::clone(&self);
            async move {
                folder.look(Instant::now()).await;
                Ok(every)
            }
        };
        duties.keep_on("importing", every, round).await
    }

    /// Imports the files that are unchanged for the settle time at this instant, and unfinished
    /// ones, one after the other for each partner. If a file waits or cannot be read or stored, the
    /// partner's files after it wait too: imported later, an older file would restate newer ones.
    pub(crate) async fn look(&self, at: Instant) {
        let mut seen = self.seen.lock().await;
        let settings = self.settings.clone();
        let waiting = std::mem::take(&mut seen.waiting);
        let found = spawn_blocking(move || Found::in_folder(&settings, &waiting, at)).await;
        let Found {
            ready,
            waiting,
            mut troubles,
        } = found.unwrap_or_else(|err| Found::trouble(err.to_string()));
        seen.waiting = waiting;
        let mut partners: BTreeMap<PartnerId, Vec<Dropped>> = BTreeMap::new();
        for (folder, files) in ready {
            partners
                .entry(folder.partner)
                .or_default()
                .push((folder, files));
        }
        let partners = partners.into_values();
        let imports = stream::iter(partners.map(|folders| self.import_all(folders)));
        // Different partners do not wait for each other.
        let done: Vec<Done> = imports.buffer_unordered(PARTNERS_AT_ONCE).collect().await;
        for Done {
            taken,
            troubles: others,
        } in done
        {
            for path in &taken {
                seen.waiting.remove(path);
            }
            troubles.extend(others);
        }
        for trouble in &troubles {
            if !seen.logged.contains(trouble) {
                tracing::warn!("{trouble}");
            }
        }
        seen.logged = troubles.into_iter().collect();
    }

    /// Imports the files of one partner, folder by folder, until one must wait.
    async fn import_all(&self, folders: Vec<Dropped>) -> Done {
        let mut done = Done::default();
        for (folder, files) in folders {
            if let Err(trouble) = self.import_of(&folder, files, &mut done).await {
                done.troubles.push(trouble);
                break;
            }
        }
        done
    }

    /// Imports the unfinished files of a folder, then these, until one must wait.
    ///
    /// # Errors
    /// Why the partner's files must wait.
    async fn import_of(
        &self,
        folder: &Arc<PartnerFolder>,
        files: Vec<Next>,
        done: &mut Done,
    ) -> Result<(), String> {
        let trouble = |err: io::Error| trouble_with(&folder.path, &err);
        let own = Arc::clone(folder);
        let Some(_lock) = blocking(move || own.lock()).await.map_err(trouble)? else {
            // Another server imports from this folder.
            return Ok(());
        };
        let own = Arc::clone(folder);
        let (unfinished, others) = blocking(move || Next::unfinished(&own))
            .await
            .map_err(trouble)?;
        let no_file = io::Error::other("it is no file");
        let others = others.iter().map(|other| trouble_with(other, &no_file));
        done.troubles.extend(others);
        for file in unfinished.into_iter().chain(files) {
            let path = file.path.clone();
            match blocking(move || file.take()).await {
                Ok(Turn::Gone) => {}
                Ok(Turn::Changed) => break,
                Ok(Turn::Taken(taken)) => {
                    // A later file of this name is another file.
                    done.taken.push(path);
                    self.import(taken, &mut done.troubles).await?;
                }
                Err(err) => {
                    let trouble = trouble_with(&path, &err);
                    return Err(format!("{trouble}; the files after it wait"));
                }
            }
        }
        Ok(())
    }

    /// Imports a file, unless that was done, and moves it aside. If it cannot be moved, a message
    /// is added, and the next look tries again.
    ///
    /// # Errors
    /// Why it cannot be imported now. The next look tries again.
    async fn import(&self, file: Taken, troubles: &mut Vec<String>) -> Result<(), String> {
        let (partner, name) = (file.folder.partner, file.name.clone());
        let shown = shown(Path::new(&name));
        let failed =
            |what: &str, err: io::Error| format!("cannot {what} `{shown}` of {partner}: {err}");
        let ended = file.ended().map_err(|err| failed("import", err))?;
        let (ended, note) = match ended {
            Some(ended) => ended,
            None => {
                let handle = file.handle().map_err(|err| failed("read", err))?;
                let ended = self.import_open(&name, handle, partner).await;
                let (ended, note) = ended
                    .map_err(|err| format!("cannot import `{shown}` of {partner} now: {err}"))?;
                if let Err(err) = file.note(ended, &note) {
                    troubles.push(failed("note how the import ended of", err));
                }
                (ended, note)
            }
        };
        let moved = blocking(move || file.move_aside(ended, &note));
        if let Err(err) = moved.await {
            troubles.push(failed("move aside", err));
        }
        Ok(())
    }

    /// Imports an open file. Returns the result, and a note for the person who supplied the file.
    ///
    /// # Errors
    /// If the cause is not the file itself.
    async fn import_open(
        &self,
        name: &str,
        file: File,
        partner: PartnerId,
    ) -> Result<(Ended, String), String> {
        let input = Input::Open {
            name: name.to_owned(),
            file,
        };
        let (started, now) = (Instant::now(), (self.clock)());
        let options = ImportOptions {
            way: ImportWay::Folder,
            longest_unpacked: self.longest_unpacked,
            ..ImportOptions::new(partner)
        };
        let imported = import_within(self.longest_reading, &self.store, &options, input, now).await;
        self.metrics.imported(labels(options.way, &imported));
        match imported {
            Ok(receipt) => {
                tracing::info!(
                    %partner,
                    file = name,
                    rows_read = receipt.rows_read,
                    rows_stored = receipt.rows_stored,
                    new = receipt.deliveries_new,
                    unchanged = receipt.deliveries_unchanged,
                    restated = receipt.deliveries_restated,
                    losses = receipt.losses.rows,
                    "file imported"
                );
                if receipt.mended.left_out > 0 {
                    tracing::warn!(
                        %partner,
                        file = name,
                        left_out = receipt.mended.left_out,
                        still_damaged = receipt.mended.still_damaged,
                        "the file brought damaged data back, and nothing else of it was recorded: if it \
                         has news, drop it in again"
                    );
                }
                let text = serde_json::to_string_pretty(&receipt.timed(started.elapsed()));
                let text = text.expect("counts and names have a JSON form") + "\n";
                Ok((Ended::Done, text))
            }
            Err(err) if err.is_of_input() => {
                tracing::warn!(%partner, file = name, reason = %err, "file rejected");
                Ok((Ended::Rejected, reason(&err)))
            }
            Err(err) => Err(format!("{:#}", anyhow::Error::from(err))),
        }
    }
}

/// Runs a file operation on a blocking thread.
async fn blocking<T: Send + 'static>(
    step: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(step).await?
}

/// The text of `.reason.txt`: why the file was rejected.
fn reason(err: &ImportError) -> String {
    let mut text = format!("{err}\n");
    if let ImportError::BadRows { bad, .. } = err {
        for line in bad.lines() {
            text += &line;
            text.push('\n');
        }
    }
    if let ImportError::Store(StoreError::TooLong) = err {
        return text + "Import it with `seatwise import`, which takes the time it needs.\n";
    }
    if let ImportError::Loses { .. } = err {
        return text
            + "If the file is right and what it does not have is gone, import it with `seatwise \
               import --replace`.\n";
    }
    text + "Mend the file and drop it in again.\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_mends_for_too_long_is_put_aside_with_another_way() {
        let err = ImportError::Store(StoreError::TooLong);
        assert!(err.is_of_input());
        assert_eq!(
            reason(&err),
            "finding out which deliveries of damaged files the import restores takes too long; nothing \
             was stored\nImport it with `seatwise import`, which takes the time it needs.\n"
        );
    }
}
