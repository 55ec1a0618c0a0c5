//! The location of a table, and the check of its log before it is read.

use std::io;
use std::sync::Arc;

use seatwise_types::PartnerId;
use tokio::task::spawn_blocking;

use crate::model::error::{Cause, StoreError};
use crate::model::kind::Kind;
use crate::table::damage::damaged;
use crate::table::data_file::CheckedFiles;
use crate::table::listed_file::ListedFile;
use crate::table::log::{has_version, log_has_entries, log_names};
use crate::table::log_checksums::{ChecksumList, LogChecksums};
use crate::table::storage::Location;

/// The location of a table, and what its versions share.
#[derive(Clone)]
pub(crate) struct TableLocation {
    pub(crate) partner: PartnerId,
    pub(crate) kind: Kind,
    /// The folder of the table; it need not exist.
    pub(crate) folder: Location,
    /// The checksums of its log.
    pub(crate) checksums: ChecksumList,
    /// The recording times of versions whose log entries were removed.
    pub(crate) recorded: Arc<ListedFile>,
    /// The data files that this process has verified.
    pub(crate) checked: Arc<CheckedFiles>,
}

/// A log whose files are verified.
pub(crate) struct CheckedLog {
    pub(crate) log: Arc<LogChecksums>,
    /// The version up to which they are verified.
    pub(crate) version: u64,
}

impl TableLocation {
    /// Verifies the log files that a reader of the newest version needs, given the version that it
    /// already has. Verify before reading: damaged bytes can make a reader panic or use any amount
    /// of memory. `None` if there is no table yet.
    ///
    /// # Errors
    /// If there was a table and it is missing, or if a file is missing, changed or unreadable.
    pub(crate) async fn check_log(
        &self,
        read: Option<u64>,
    ) -> Result<Option<CheckedLog>, StoreError> {
        // Most partners lack some tables, and checking a few names is not worth a thread.
        let is_absent = |location: &Location| matches!(location.exists(), Ok(false));
        if is_absent(&self.checksums.0)
            && is_absent(&self.folder)
            && matches!(self.folder.is_folder(), Ok(false))
        {
            return Ok(None);
        }
        let location = self.clone();
        let fail = |err| damaged(self.partner, self.kind, "read its log", &self.folder, err);
        let checked = spawn_blocking(move || {
            // Read before the log: what is listed then must be in the log.
            let mut log = location.checksums.read()?.unwrap_or_default();
            if !log_has_entries(&location.folder, location.partner, location.kind)? {
                return match log.newest() {
                    None => Ok(None),
                    Some(_) => Err(StoreError::Gone {
                        path: location.folder.into(),
                    }
                    .into()),
                };
            }
            loop {
                let err = match location.check_with(&log, read) {
                    Ok(version) => {
                        let log = Arc::new(log);
                        return Ok::<_, Cause>(Some(CheckedLog { log, version }));
                    }
                    Err(err) => err,
                };
                // Another process may have removed old entries meanwhile.
                let again = location.checksums.read()?.unwrap_or_default();
                if again == log {
                    return Err(err.into());
                }
                log = again;
            }
        });
        let checked = checked.await.map_err(Cause::from);
        checked.and_then(|checked| checked).map_err(fail)
    }

    /// Verifies the log with a list of checksums; returns the version up to which it is verified.
    fn check_with(&self, log: &LogChecksums, read: Option<u64>) -> io::Result<u64> {
        let newest = match read {
            Some(mut newest) => {
                while has_version(&self.folder, newest + 1)? {
                    newest += 1;
                }
                newest
            }
            None => {
                let mut names = log_names(&self.folder)?.into_iter().rev();
                let newest = names.find(|name| name.is_entry());
                newest.map_or(0, |name| name.version)
            }
        };
        log.check_newest(newest)?;
        log.check_read(&self.folder, read, newest)?;
        Ok(newest)
    }
}
