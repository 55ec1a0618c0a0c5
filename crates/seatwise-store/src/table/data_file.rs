//! A data file of a table: its log entry, and whether it is unchanged.

use std::collections::HashMap;
use std::io;
use std::ops::RangeInclusive;

use deltalake::kernel::{Add, LogicalFileView, Remove};
use jiff::Timestamp;
use jiff::civil::Date;
use parking_lot::Mutex;

use crate::model::content_hash::Contents;
use crate::model::error::Cause;
use crate::model::kind::Kind;
use crate::table::checksum::{CHECKSUM_TAG, Checksum, damage};
use crate::table::foreign::refuse_impossible_rows;
use crate::table::stats::FileStats;
use crate::table::storage::{FileInfo, Location};

/// The name of the tag with a data file's [`Contents`] in the log.
pub(crate) const CONTENTS_TAG: &str = "seatwise.contents";

/// A live data file, with the log's statement of its rows.
#[derive(Clone)]
pub(crate) struct DataFile {
    /// The name, relative to the folder of the table.
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) bytes: u64,
    /// Its SHA-256; `None` if an earlier version of Seatwise or another tool wrote it.
    pub(crate) checksum: Option<Checksum>,
    /// A hash over its deliveries; `None` if unknown.
    pub(crate) contents: Option<Contents>,
    pub(crate) stats: FileStats,
    view: LogicalFileView,
}

/// Why a log entry's file cannot be read.
pub(crate) enum Unusable {
    /// Another tool used this feature.
    Unsupported(String),
    /// The file has changed.
    Damaged(Cause),
}

impl DataFile {
    /// The file of a log entry.
    pub(crate) fn of(view: LogicalFileView) -> Result<Self, Unusable> {
        let name = view.path().into_owned();
        if view.deletion_vector_descriptor().is_some() {
            let feature = format!("deletion vectors (file `{name}`)");
            return Err(Unusable::Unsupported(feature));
        }
        #[expect(deprecated, reason = "nothing else gives the tags of a file")]
        let Add { stats, tags, .. } = view.add_action();
        let stats = stats.and_then(|json| serde_json::from_str(&json).ok());
        let stats = stats
            .ok_or_else(|| Unusable::Unsupported(format!("files without statistics (`{name}`)")))?;
        let mut tags = tags.unwrap_or_default();
        let mut tag = |name| tags.remove(name).flatten();
        let checksum = tag(CHECKSUM_TAG).map(|text| text.parse()).transpose();
        let contents = tag(CONTENTS_TAG).and_then(|text| Contents::parse(&text));
        Ok(Self {
            name,
            bytes: view.size().unsigned_abs(),
            checksum: checksum.map_err(|err: io::Error| Unusable::Damaged(err.into()))?,
            contents,
            stats,
            view,
        })
    }

    /// The range of its delivery numbers.
    pub(crate) fn numbers(&self) -> RangeInclusive<i64> {
        self.stats.min_values.delivery_id..=self.stats.max_values.delivery_id
    }

    /// When all of it was recorded; `None` if several imports were merged in it.
    pub(crate) fn recorded_at(&self) -> Option<Timestamp> {
        let (min, max) = (&self.stats.min_values, &self.stats.max_values);
        (min.recorded_at == max.recorded_at).then_some(min.recorded_at)
    }

    /// Whether it can have a delivery of this day, service and channel, by the log.
    pub(crate) fn may_have(&self, day: Date, service: &str, channel: &str) -> bool {
        let (min, max) = (&self.stats.min_values, &self.stats.max_values);
        (min.processed_date..=max.processed_date).contains(&day)
            && (min.service_code.as_str()..=max.service_code.as_str()).contains(&service)
            && (min.channel.as_str()..=max.channel.as_str()).contains(&channel)
    }

    /// The log entry that removes it.
    pub(crate) fn remove(&self, loses_rows: bool) -> Remove {
        self.view.remove_action(loses_rows)
    }

    /// Compares the file with its log entry. Without a checksum, only the size is compared.
    ///
    /// # Errors
    /// If it is missing, unreadable, or changed.
    pub(crate) fn check(&self, folder: &Location) -> io::Result<()> {
        self.info(folder)?;
        match self.checksum {
            Some(checksum) => self.check_bytes(folder, checksum),
            None => Ok(()),
        }
    }

    fn check_bytes(&self, folder: &Location, checksum: Checksum) -> io::Result<()> {
        let found = folder.join(&self.name).checksum();
        let found = found.map_err(|err| self.named(err))?;
        if found != checksum {
            let name = &self.name;
            let problem = format!("`{name}` does not have the SHA-256 that it was written with");
            return Err(damage(problem));
        }
        Ok(())
    }

    /// The size and time of the file, if its size is that of the log.
    fn info(&self, folder: &Location) -> io::Result<FileInfo> {
        let info = folder.join(&self.name).info();
        let info = info.map_err(|err| self.named(err))?;
        let (name, bytes, found) = (&self.name, self.bytes, info.bytes);
        if found != bytes {
            let problem = format!("`{name}` has {found} bytes, and {bytes} were written");
            return Err(damage(problem));
        }
        Ok(info)
    }

    fn named(&self, err: io::Error) -> io::Error {
        match err.kind() {
            io::ErrorKind::NotFound => damage(format!("`{}` is missing", self.name)),
            kind => io::Error::new(kind, format!("`{}`: {err}", self.name)),
        }
    }
}

/// The data files that this process has verified, so that each is verified once.
#[derive(Default)]
pub(crate) struct CheckedFiles {
    found: Mutex<HashMap<Location, FileState>>,
}

/// The state of a file when it was verified. If the state differs, the file is verified again.
#[derive(PartialEq, Eq)]
struct FileState {
    checksum: Option<Checksum>,
    info: FileInfo,
}

impl FileState {
    /// The current state of a file, if its size is that of the log.
    fn of(folder: &Location, file: &DataFile) -> io::Result<Self> {
        Ok(Self {
            checksum: file.checksum,
            info: file.info(folder)?,
        })
    }
}

impl CheckedFiles {
    /// Verifies a file of a table in this folder: it has the checksum of the log or, without one,
    /// only valid rows. Skips files that are already verified.
    ///
    /// # Errors
    /// As for [`DataFile::check`], and if a row is invalid.
    pub(crate) fn check(&self, folder: &Location, kind: Kind, file: &DataFile) -> io::Result<()> {
        let found = FileState::of(folder, file)?;
        let location = folder.join(&file.name);
        if self.found.lock().get(&location) != Some(&found) {
            match file.checksum {
                Some(checksum) => file.check_bytes(folder, checksum)?,
                None => refuse_impossible_rows(kind, &location).map_err(|err| file.named(err))?,
            }
            self.found.lock().insert(location, found);
        }
        Ok(())
    }

    /// Whether a file is already verified and unchanged. Reads only its metadata.
    pub(crate) fn knows(&self, folder: &Location, file: &DataFile) -> bool {
        let found = FileState::of(folder, file).ok();
        found.is_some() && self.found.lock().get(&folder.join(&file.name)) == found.as_ref()
    }

    /// As [`check`](Self::check), but never skips the file.
    ///
    /// # Errors
    /// As for [`check`](Self::check).
    pub(crate) fn check_again(
        &self,
        folder: &Location,
        kind: Kind,
        file: &DataFile,
    ) -> io::Result<()> {
        self.found.lock().remove(&folder.join(&file.name));
        self.check(folder, kind, file)
    }
}
