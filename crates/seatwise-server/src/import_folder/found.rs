//! The result of one look at the folder: files to import, and files that wait.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::content::Content;
use super::next::Next;
use super::partner_folder::{self, PartnerFolder, Size, open};
use super::settings::ImportFrom;

/// A file that seems incomplete waits this many times the settle time before it is reported.
const LONGER: u32 = 10;

/// The files in the folder, as of the last look.
pub(super) type Waiting = HashMap<PathBuf, Stands>;

/// Since when a file has not changed.
#[derive(Clone, Copy)]
pub(super) struct Stands {
    size: Size,
    since: Instant,
}

/// The result of one look.
#[derive(Default)]
pub(super) struct Found {
    /// The files to import in order, by folder. A folder can also have unfinished files, which come
    /// first.
    pub(super) ready: Vec<(Arc<PartnerFolder>, Vec<Next>)>,
    /// All files in the folder.
    pub(super) waiting: Waiting,
    /// Messages for the operator.
    pub(super) troubles: Vec<String>,
}

impl Found {
    pub(super) fn trouble(trouble: String) -> Self {
        Self {
            troubles: vec![trouble],
            ..Self::default()
        }
    }

    /// Looks at the folder at this instant.
    pub(super) fn in_folder(settings: &ImportFrom, before: &Waiting, at: Instant) -> Self {
        let mut found = Self::default();
        match partner_folder::of_partners(&settings.folder) {
            Ok(folders) => {
                for folder in folders {
                    found.look_at(folder, settings.settle, before, at);
                }
            }
            Err(err) => found.troubles.push(trouble_with(&settings.folder, &err)),
        }
        match settings.partner {
            Some(partner) => {
                let folder = PartnerFolder::new(&settings.folder, partner);
                found.look_at(folder, settings.settle, before, at);
            }
            None => {
                let strays = partner_folder::files(&settings.folder).unwrap_or_default();
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

    fn look_at(&mut self, folder: PartnerFolder, settle: Duration, before: &Waiting, at: Instant) {
        let folder = Arc::new(folder);
        let mut ready = Vec::new();
        let files = match partner_folder::files(&folder.path) {
            Ok(files) => files,
            Err(err) => return self.troubles.push(trouble_with(&folder.path, &err)),
        };
        // Files are imported in the order of their names, so a waiting file blocks those after it.
        let mut is_stuck = false;
        for path in files {
            let Ok(size) = Size::of(&path) else {
                // The file was removed meanwhile.
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
                    folder: Arc::clone(&folder),
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
        if folder.has_taken() || !ready.is_empty() {
            self.ready.push((folder, ready));
        }
    }
}

/// What to do with a file, and a message for the operator.
enum TurnOf {
    /// Import it.
    Import,
    /// Skip it, and go on with the next.
    Others(Option<String>),
    /// Wait, and do not go on.
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
        // Without a settle time, files are renamed into the folder and therefore complete.
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

/// A path for the log. Names come from outside, so control characters are escaped.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}
