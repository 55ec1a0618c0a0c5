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

use self::place::{Place, Size, Taken};
use crate::config::{Clock, Config, StartError};
use crate::imports::{is_of_file, labels};
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
    /// Files that may still be growing.
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
        loop {
            // In a task of its own: a panic in the engine must not end the looking.
            let look = tokio::spawn({
                let folder = Arc::clone(&self);
                async move { folder.look().await }
            });
            if let Err(err) = look.await {
                tracing::error!(error = %err, "a look at the folder of imports panicked");
            }
            tokio::time::sleep(self.settings.every).await;
        }
    }

    /// Imports the files that are as the last look saw them, and those that somebody took and did
    /// not finish.
    pub(crate) async fn look(&self) {
        let mut seen = self.seen.lock().await;
        let settings = self.settings.clone();
        let waiting = std::mem::take(&mut seen.waiting);
        let found = spawn_blocking(move || Found::in_folder(&settings, &waiting)).await;
        let Found {
            taken,
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
        for file in taken {
            troubles.extend(self.import(file).await);
        }
        for trouble in &troubles {
            if !seen.told.contains(trouble) {
                tracing::warn!("{trouble}");
            }
        }
        seen.told = troubles.into_iter().collect();
    }

    /// Imports a file and moves it aside; says what kept it from that, if anything did: then the
    /// next look tries again.
    async fn import(&self, file: Taken) -> Option<String> {
        let (partner, name) = (file.place.partner, file.name.clone());
        let input = match file.handle() {
            Ok(file) => Input::Open {
                name: name.clone(),
                file,
            },
            Err(err) => return Some(format!("cannot read `{name}`: {err}")),
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
            Err(err) if is_of_the_file(&err) => {
                tracing::warn!(%partner, file = name, reason = %err, "file rejected");
                let reason = reason(&err);
                spawn_blocking(move || file.rejected(&reason)).await
            }
            Err(err) => {
                let err = format!("{:#}", anyhow::Error::from(err));
                return Some(format!("cannot import `{name}` of {partner} now: {err}"));
            }
        };
        let err = settled.map_err(io::Error::from).flatten().err()?;
        Some(format!("cannot move `{name}` of {partner} aside: {err}"))
    }
}

/// What one look finds.
#[derive(Default)]
struct Found {
    /// Files that are this look's to import.
    taken: Vec<Taken>,
    /// Files to be looked at again.
    waiting: HashMap<PathBuf, Size>,
    /// Files of which nobody says whose they are.
    strays: Vec<PathBuf>,
    /// What could not be read or taken.
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
            Ok(unfinished) => self.taken.extend(unfinished),
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
            if before.get(&path) != Some(&size) {
                self.waiting.insert(path, size);
                continue;
            }
            match Place::take(&place, &path) {
                Ok(taken) => self.taken.extend(taken),
                Err(err) => self.troubled(&path, &err),
            }
        }
    }

    fn troubled(&mut self, path: &Path, err: &io::Error) {
        let path = path.display();
        self.troubles
            .push(format!("cannot import from `{path}`: {err}"));
    }
}

/// Whether it is the file that is wrong, and not this computer.
fn is_of_the_file(err: &ImportError) -> bool {
    match err {
        ImportError::BadRows { .. } => true,
        ImportError::File { source, .. } => is_of_file(source),
        _ => false,
    }
}

/// Why a file was rejected, for the one who dropped it.
fn reason(err: &ImportError) -> String {
    let mut text = format!("{err}\n");
    if let ImportError::BadRows { bad, .. } = err {
        for row in &bad.first {
            text += &format!("{row}\n");
        }
        match bad.count - bad.first.len() as u64 {
            0 => {}
            more => text += &format!("and {more} more\n"),
        }
    }
    text + "Mend the file and drop it in again.\n"
}
