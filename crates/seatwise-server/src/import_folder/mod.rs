//! A folder to watch: files that are dropped there are imported once, and moved aside.
//!
//! What belongs here is when a file is taken and what is told of it; how files are moved is in
//! `place`.

mod place;

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use seatwise_store::Store;
use seatwise_store::import::{ImportError, ImportOptions, Input, Progress, import};
use seatwise_types::PartnerId;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use self::place::{Next, Place, Size, Taken};
use crate::config::{Clock, Config, StartError};
use crate::imports::labels;
use crate::metrics::Metrics;

/// Which folder is watched, and how.
#[derive(Clone, Debug)]
pub struct ImportFrom {
    /// The folder. Files in a folder of it that is named after a partner's tenant id are that
    /// partner's.
    pub folder: PathBuf,
    /// Whose the files are that lie directly in the folder; without it they are left alone.
    pub partner: Option<PartnerId>,
    /// How much time there is between two looks.
    pub every: Duration,
}

/// The folder that a server watches.
pub(crate) struct ImportFolder {
    settings: ImportFrom,
    store: Store,
    clock: Clock,
    metrics: Arc<Metrics>,
    /// What the last look saw. Held while looking, so that two looks do not overlap.
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Files that were not taken: those that are the same at the next look are whole.
    waiting: HashMap<PathBuf, Size>,
    /// What was logged and has not changed since.
    told: HashSet<String>,
}

impl ImportFolder {
    /// Checks that there is such a folder, and that it is none of the store's own.
    pub(crate) fn new(
        settings: ImportFrom,
        config: &Config,
        store: Store,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StartError> {
        let refuse = |source| StartError::ImportFolder {
            folder: settings.folder.clone(),
            source,
        };
        std::fs::read_dir(&settings.folder).map_err(refuse)?;
        let folder = settings.folder.canonicalize().map_err(refuse)?;
        if folder.starts_with(store.path()) {
            return Err(refuse(io::Error::other(
                "it lies in the data folder, whose files are the server's own",
            )));
        }
        Ok(Self {
            settings,
            store,
            clock: Arc::clone(&config.clock),
            metrics,
            seen: Mutex::default(),
        })
    }

    /// Looks until the future is dropped.
    pub(crate) async fn keep_looking(self: Arc<Self>) -> Infallible {
        let duties = self.metrics.duties.clone();
        let every = self.settings.every;
        let round = || {
            let folder = Arc::clone(&self);
            async move {
                folder.look().await;
                Ok(every)
            }
        };
        duties.keep_on("importing", every, round).await
    }

    /// Imports the files that are as the last look saw them, and those that somebody took and did
    /// not finish, one after the other. Where a file cannot be stored, those of its partner after it
    /// wait for the next look: an older one that came later would restate them.
    pub(crate) async fn look(&self) {
        let mut seen = self.seen.lock().await;
        let settings = self.settings.clone();
        let waiting = std::mem::take(&mut seen.waiting);
        let found = spawn_blocking(move || Found::in_folder(&settings, &waiting)).await;
        let Found {
            ready,
            waiting,
            strays,
            mut troubles,
        } = found.unwrap_or_else(|err| Found::trouble(err.to_string()));
        seen.waiting = waiting;
        for stray in strays {
            troubles.push(format!(
                "`{}` is left alone: nothing says whose it is; put it into a folder that is named \
                 after the partner's tenant id, or give --import-partner",
                stray.display()
            ));
        }
        let mut stuck = HashSet::new();
        for file in ready {
            let (partner, path) = (file.place.partner, file.path.clone());
            if stuck.contains(&partner) {
                continue;
            }
            let taken = spawn_blocking(move || file.take()).await;
            match taken.map_err(io::Error::from).flatten() {
                Ok(None) => {}
                Ok(Some(taken)) => {
                    // The next file of this name is another one.
                    seen.waiting.remove(&path);
                    if let Err(trouble) = self.import(taken).await {
                        troubles.push(trouble);
                        stuck.insert(partner);
                    }
                }
                Err(err) => troubles.push(trouble_with(&path, &err)),
            }
        }
        for trouble in &troubles {
            if !seen.told.contains(trouble) {
                tracing::warn!("{trouble}");
            }
        }
        seen.told = troubles.into_iter().collect();
    }

    /// Imports a file and moves it aside.
    ///
    /// # Errors
    /// What kept it from that: then the next look tries again.
    async fn import(&self, file: Taken) -> Result<(), String> {
        let (partner, name) = (file.place.partner, file.name.clone());
        let input = Input::Open {
            name: name.clone(),
            file: file
                .handle()
                .map_err(|err| format!("cannot read `{name}` of {partner}: {err}"))?,
        };
        let (started, now) = (Instant::now(), (self.clock)());
        let options = ImportOptions::new(partner);
        let progress = Arc::new(Progress::default());
        let imported = import(&self.store, &options, vec![input], now, progress).await;
        self.metrics.imported(labels("folder", &imported));
        let settled = match imported {
            Ok(receipt) => {
                tracing::info!(
                    %partner,
                    file = name,
                    rows_read = receipt.rows_read,
                    rows_stored = receipt.rows_stored,
                    new = receipt.deliveries_new,
                    unchanged = receipt.deliveries_unchanged,
                    restated = receipt.deliveries_restated,
                    "file imported"
                );
                let text = serde_json::to_string_pretty(&receipt.timed(started.elapsed()));
                let text = text.expect("counts and names have a JSON form") + "\n";
                spawn_blocking(move || file.done(&text)).await
            }
            Err(err) if err.is_of_input() => {
                tracing::warn!(%partner, file = name, reason = %err, "file rejected");
                let reason = reason(&err);
                spawn_blocking(move || file.rejected(&reason)).await
            }
            Err(err) => {
                let err = format!("{:#}", anyhow::Error::from(err));
                return Err(format!("cannot import `{name}` of {partner} now: {err}"));
            }
        };
        let settled = settled.map_err(io::Error::from).flatten();
        settled.map_err(|err| format!("cannot move `{name}` of {partner} aside: {err}"))
    }
}

/// What one look finds.
#[derive(Default)]
struct Found {
    /// Files to import, in this order; of a folder first those that were taken before.
    ready: Vec<Next>,
    /// Files that lie there.
    waiting: HashMap<PathBuf, Size>,
    /// Files of which nobody says whose they are.
    strays: Vec<PathBuf>,
    /// What could not be read.
    troubles: Vec<String>,
}

impl Found {
    fn trouble(trouble: String) -> Self {
        Self {
            troubles: vec![trouble],
            ..Self::default()
        }
    }

    fn in_folder(settings: &ImportFrom, before: &HashMap<PathBuf, Size>) -> Self {
        let mut found = Self::default();
        match place::of_partners(&settings.folder) {
            Ok(places) => {
                for place in places {
                    found.look_at(place, before);
                }
            }
            Err(err) => found.troubled(&settings.folder, &err),
        }
        match settings.partner {
            Some(partner) => found.look_at(Place::new(&settings.folder, partner), before),
            None => found.strays = place::files(&settings.folder).unwrap_or_default(),
        }
        found
    }

    fn look_at(&mut self, place: Place, before: &HashMap<PathBuf, Size>) {
        let place = Arc::new(place);
        match place.unfinished() {
            Ok(unfinished) => self.ready.extend(unfinished),
            Err(err) => self.troubled(&place.folder, &err),
        }
        let files = match place::files(&place.folder) {
            Ok(files) => files,
            Err(err) => return self.troubled(&place.folder, &err),
        };
        for path in files {
            let Ok(size) = Size::of(&path) else {
                // Somebody was faster.
                continue;
            };
            if before.get(&path) == Some(&size) {
                self.ready.push(Next {
                    place: Arc::clone(&place),
                    path: path.clone(),
                    dropped: Some(size),
                });
            }
            self.waiting.insert(path, size);
        }
    }

    fn troubled(&mut self, path: &Path, err: &io::Error) {
        self.troubles.push(trouble_with(path, err));
    }
}

fn trouble_with(path: &Path, err: &io::Error) -> String {
    format!("cannot import from `{}`: {err}", path.display())
}

/// Why a file was rejected, for the one who dropped it.
fn reason(err: &ImportError) -> String {
    let mut text = format!("{err}\n");
    if let ImportError::BadRows { bad, .. } = err {
        for line in bad.lines() {
            text += &line;
            text.push('\n');
        }
    }
    if let ImportError::Loses { .. } = err {
        return text
            + "If the file is right and what it does not have is gone, import it with `seatwise \
               import --replace`.\n";
    }
    text + "Mend the file and drop it in again.\n"
}
