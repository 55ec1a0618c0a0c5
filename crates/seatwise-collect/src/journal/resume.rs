//! The start of a collection: from its progress, or from nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use seatwise_client::CustomerCursor;
use seatwise_store::access;

use super::entry::{Entry, Listed, Reach, Step};
use super::gathering::Gathering;
use super::{CUSTOMERS, JOURNAL, Journal, append_to};
use crate::CollectError;

/// The age from which progress has another day's figures, and is not resumed.
const STALE_AFTER: SignedDuration = SignedDuration::from_hours(24);

impl Journal {
    /// Resumes the progress in a folder, or starts again without usable progress.
    pub(crate) fn open(folder: &Path, now: Timestamp) -> Result<Self, CollectError> {
        access::create_folder(folder).map_err(CollectError::file("create", folder))?;
        let resumed = Self::resume(folder, now)
            .map_err(CollectError::file("read the progress in", folder))?;
        match resumed {
            Some(journal) => Ok(journal),
            None => {
                let begun = remove(folder)
                    .and_then(|()| remove_rejected(folder))
                    .and_then(|()| Self::begin(folder, now));
                begun.map_err(CollectError::file("begin to write into", folder))
            }
        }
    }

    fn begin(folder: &Path, now: Timestamp) -> io::Result<Self> {
        let mut journal = Self::of(folder)?;
        for file in [CUSTOMERS, "usage.ndjson", "deployment.ndjson"] {
            access::create(&folder.join(file))?;
        }
        journal.write(Step::Began { at: now })?;
        Ok(journal)
    }

    fn of(folder: &Path) -> io::Result<Self> {
        access::create_folder(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            journal: append_to(&folder.join(JOURNAL))?,
            reach: Reach::default(),
            resumed: false,
            customers_next: Some(CustomerCursor::default()),
            customers: Arc::default(),
            usage: Gathering::default(),
            deployment: Gathering::default(),
        })
    }

    /// The progress in a folder; `None` if it is missing, too old or damaged.
    fn resume(folder: &Path, now: Timestamp) -> io::Result<Option<Self>> {
        let text = match fs::read(folder.join(JOURNAL)) {
            Ok(text) => text,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(err),
        };
        let mut journal = Self::of(folder)?;
        let mut good = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let Some(line_only) = line.strip_suffix(b"\n") else {
                break;
            };
            let Ok(entry) = serde_json::from_slice::<Entry>(line_only) else {
                break;
            };
            let is_first = good == 0;
            match entry.step {
                Step::Began { at } if is_first => {
                    let age = now.duration_since(at);
                    if age > STALE_AFTER || age.is_negative() {
                        return Ok(None);
                    }
                }
                _ if is_first => return Ok(None),
                step => journal.apply(step),
            }
            journal.reach = entry.reach;
            journal.resumed = !is_first;
            good += line.len() as u64;
        }
        if good == 0 {
            return Ok(None);
        }
        journal.journal.set_len(good)?;
        for (path, reach) in journal.files() {
            let file = OpenOptions::new().write(true).open(&path);
            match file {
                Ok(file) if file.metadata()?.len() >= reach => file.set_len(reach)?,
                // After such a loss, it is unknown what else is missing.
                _ => return Ok(None),
            }
        }
        let listed = File::open(folder.join(CUSTOMERS))?;
        let customers = Arc::make_mut(&mut journal.customers);
        for line in BufReader::new(listed).lines() {
            let Ok(listed) = serde_json::from_str::<Listed>(&line?) else {
                return Ok(None);
            };
            customers.insert(listed.id, listed);
        }
        Ok(Some(journal))
    }

    /// Drops all progress, and starts again.
    pub(crate) fn start_over(&mut self, now: Timestamp) -> Result<(), CollectError> {
        let begun = remove(&self.folder).and_then(|()| Self::begin(&self.folder, now));
        *self = begun.map_err(CollectError::file("begin to write into", &self.folder))?;
        Ok(())
    }

    /// Removes the progress, which is no longer needed; rejected rows stay until the next
    /// collection.
    pub(crate) fn finish(self) -> Result<(), CollectError> {
        remove(&self.folder).map_err(CollectError::file("clear", &self.folder))
    }
}

/// Removes progress, the journal first: without it, the other files do not count.
fn remove(folder: &Path) -> io::Result<()> {
    let files = [
        JOURNAL,
        CUSTOMERS,
        "usage.ndjson",
        "usage-empty.ndjson",
        "deployment.ndjson",
        "deployment-empty.ndjson",
    ];
    for file in files {
        match fs::remove_file(folder.join(file)) {
            Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err),
            _ => {}
        }
    }
    Ok(())
}

/// Removes the rejected rows of the previous collection, which came again or are gone.
fn remove_rejected(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "csv") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
