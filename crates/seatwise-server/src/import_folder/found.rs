//! What one look at the folder finds: files whose turn has come, and files that have to wait.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ImportFrom;
use super::content::Content;
use super::place::{self, Next, Place, Size, open};

/// What cannot be known to be whole waits so many times the settle time before it is reported.
const LONGER: u32 = 10;

/// Files that lie in the folder, as the last look saw them.
pub(super) type Waiting = HashMap<PathBuf, Stands>;

/// How long a file has not changed.
#[derive(Clone, Copy)]
pub(super) struct Stands {
    size: Size,
    since: Instant,
}

/// What one look finds.
#[derive(Default)]
pub(super) struct Found {
    /// Files to import in this order, place by place; before them those that were taken already.
    pub(super) ready: Vec<(Arc<Place>, Vec<Next>)>,
    /// Files that lie there.
    pub(super) waiting: Waiting,
    /// What the operator should know.
    pub(super) troubles: Vec<String>,
}

impl Found {
    pub(super) fn trouble(trouble: String) -> Self {
        Self {
            troubles: vec![trouble],
            ..Self::default()
        }
    }

    /// Looks at the folder at an instant.
    pub(super) fn in_folder(settings: &ImportFrom, before: &Waiting, at: Instant) -> Self {
        let mut found = Self::default();
        match place::of_partners(&settings.folder) {
            Ok(places) => {
                for place in places {
                    found.look_at(place, settings.settle, before, at);
                }
            }
            Err(err) => found.troubles.push(trouble_with(&settings.folder, &err)),
        }
        match settings.partner {
            Some(partner) => {
                let place = Place::new(&settings.folder, partner);
                found.look_at(place, settings.settle, before, at);
            }
            None => {
                let strays = place::files(&settings.folder).unwrap_or_default();
                found.troubles.extend(strays.iter().map(|stray| {
                    format!(
                        "`{}` is left alone: nothing says whose it is; put it into a folder that \
                         is named after the partner's tenant id, or give --import-partner",
                        shown(stray)
                    )
                }));
            }
        }
        found
    }

    fn look_at(&mut self, place: Place, settle: Duration, before: &Waiting, at: Instant) {
        let place = Arc::new(place);
        let mut ready = Vec::new();
        let files = match place::files(&place.folder) {
            Ok(files) => files,
            Err(err) => return self.troubles.push(trouble_with(&place.folder, &err)),
        };
        // Files count in the order of their names: what waits keeps those after it waiting.
        let mut is_stuck = false;
        for path in files {
            let Ok(size) = Size::of(&path) else {
                // It is gone.
                continue;
            };
            let stands = before.get(&path).filter(|before| before.size == size);
            let stands = *stands.unwrap_or(&Stands { size, since: at });
            self.waiting.insert(path.clone(), stands);
            if is_stuck {
                continue;
            }
            let stood = at.saturating_duration_since(stands.since);
            match turn_of(&path, size, stood, settle) {
                TurnOf::Import => ready.push(Next {
                    place: Arc::clone(&place),
                    path,
                    dropped: Some(size),
                }),
                TurnOf::Others(trouble) => self.troubles.extend(trouble),
                TurnOf::None(trouble) => {
                    is_stuck = true;
                    self.troubles.extend(trouble);
                }
            }
        }
        if place.has_taken() || !ready.is_empty() {
            self.ready.push((place, ready));
        }
    }
}

/// Whose turn it is at a file, with what the operator should know.
enum TurnOf {
    /// The file's.
    Import,
    /// The files' after it.
    Others(Option<String>),
    /// Neither.
    None(Option<String>),
}

fn turn_of(path: &Path, size: Size, stood: Duration, settle: Duration) -> TurnOf {
    if stood < settle {
        return TurnOf::None(None);
    }
    let content = match open(path) {
        Ok(None) => return TurnOf::Others(None),
        Ok(Some(mut file)) => Content::of(&mut file, size.bytes),
        Err(err) => Err(err),
    };
    let waits = stood < settle * LONGER;
    let name = shown(path);
    match content {
        Ok(Content::Whole) => TurnOf::Import,
        // Those who want no time to settle rename into place: what is there is whole.
        Ok(Content::Unended(_)) if settle.is_zero() => TurnOf::Import,
        Ok(Content::Unended(_) | Content::Empty) if waits => TurnOf::None(None),
        Ok(Content::Unended(missing)) => TurnOf::None(Some(format!(
            "`{name}` is held back, and the files after it wait: {missing} is missing, so it may not \
             be whole; write the rest of it, or remove it. If your program writes such files, let it \
             rename them into place, and give --import-settle 0s"
        ))),
        Ok(Content::Empty) => TurnOf::Others(Some(format!("`{name}` is left alone: it is empty"))),
        Ok(Content::NoTable(why)) => TurnOf::Others(Some(format!("`{name}` is left alone: {why}"))),
        Err(err) => TurnOf::None(Some(format!(
            "{}; the files after it wait",
            trouble_with(path, &err)
        ))),
    }
}

pub(super) fn trouble_with(path: &Path, err: &io::Error) -> String {
    format!("cannot import from `{}`: {err}", shown(path))
}

/// A path in the log. Those who drop files choose their names: none of them begins a line.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}
