//! The checksums of a table's log files, in a list beside the tables.
//!
//! The list is in another folder than the table, so it also detects the loss of a table. A writer
//! adds a line after a log file is on the disk, and acknowledges the delivery after that:
//!
//! - If it is stopped before the line, the log has an entry that is not in the list. The entry
//!   counts, because it is complete, and the next writer adds its line. Entries of other tools are
//!   the same.
//! - If the list has an entry that is not in the log, the entry is lost, which is damage.
//!
//! Lines have the form of `sha256sum`, which can check them: in `_delta_log`, run `sha256sum
//! --check DIR/checksums/PARTNER/usage.sha256`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::ops::RangeBounds;

use crate::table::checksum::{Checksum, damage};
use crate::table::log::{LogName, log_names, understood};
use crate::table::storage::{Location, Tag};

/// The file with the list of one table; it need not exist.
#[derive(Clone)]
pub(crate) struct ChecksumList(pub(crate) Location);

/// The content of a list.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct LogChecksums {
    known: BTreeMap<LogName, Checksum>,
    /// The size of its complete lines in bytes. An incomplete one follows if a power cut stopped a
    /// writer.
    whole: u64,
    pub(crate) has_unfinished_line: bool,
    /// `None` if there is no list.
    tag: Option<Tag>,
}

impl ChecksumList {
    /// Reads the list; `None` if there is none yet.
    ///
    /// # Errors
    /// If it cannot be read, or is damaged. The error has its path.
    pub(crate) fn read(&self) -> io::Result<Option<LogChecksums>> {
        self.parse().map_err(|err| match err.kind() {
            io::ErrorKind::InvalidData => damage(format!("`{}`: {err}", self.0)),
            _ => err,
        })
    }

    /// As [`read`](Self::read), with errors without the path.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub(crate) fn parse(&self) -> io::Result<Option<LogChecksums>> {
        let (bytes, tag) = match self.0.read_tagged() {
            Ok(read) => read,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(err),
        };
        if bytes.is_empty() {
            return Err(damage("it is empty"));
        }
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |end| end + 1);
        let mut known = BTreeMap::new();
        for (number, line) in (1..).zip(bytes[..whole].split_inclusive(|byte| *byte == b'\n')) {
            let (name, checksum) = understand(line)
                .ok_or_else(|| damage(format!("line {number} is not understood")))?;
            // A flipped bit can turn one name into another.
            match known.last_key_value() {
                Some((last, _)) if *last == name => {
                    let before = number - 1;
                    return Err(damage(format!(
                        "line {number} is about a file that line {before} is about already"
                    )));
                }
                Some((last, _)) if *last > name => {
                    return Err(damage(format!("line {number} is out of order")));
                }
                _ => known.insert(name, checksum),
            };
        }
        Ok(Some(LogChecksums {
            known,
            whole: whole as u64,
            has_unfinished_line: whole < bytes.len(),
            tag: Some(tag),
        }))
    }

    /// Adds the log files of a table up to a version that are not in the list yet. They are on the
    /// disk when this returns.
    ///
    /// # Errors
    /// If a file cannot be read, or the list cannot be written.
    pub(crate) fn add(&self, table: &Location, version: u64) -> io::Result<()> {
        loop {
            let before = self.read()?.unwrap_or_default();
            let first = before.newest().unwrap_or(0);
            let names = (first..=version).flat_map(LogName::of_version);
            match self.add_names(table, &before, names) {
                // Another process added lines meanwhile.
                Err(err) if err.kind() == io::ErrorKind::ResourceBusy => {}
                added => return added,
            }
        }
    }

    fn add_names(
        &self,
        table: &Location,
        before: &LogChecksums,
        names: impl Iterator<Item = LogName>,
    ) -> io::Result<()> {
        let mut lines = String::new();
        for name in names {
            let file = name.location(table);
            if !before.known.contains_key(&name) && file.exists()? {
                line(&mut lines, name, file.checksum()?);
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        match &before.tag {
            Some(tag) if before.whole > 0 => self.0.append(tag, before.whole, lines.as_bytes()),
            // A new list gets its name after its lines: an empty list is damage.
            tag => self.0.replace(tag.as_ref(), lines).map(drop),
        }
    }

    /// Creates a list for a table without one (from an earlier version, or lost), and completes an
    /// unfinished line. A damaged list is not changed.
    ///
    /// # Errors
    /// As for [`add`](Self::add).
    pub(crate) fn mend(&self, table: &Location) -> io::Result<()> {
        let before = match self.read() {
            Ok(Some(list)) if !list.has_unfinished_line => return Ok(()),
            Err(err) if err.kind() == io::ErrorKind::InvalidData => return Ok(()),
            before => before?.unwrap_or_default(),
        };
        let names = match log_names(table) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(()),
            names => names?,
        };
        let newest = before.newest();
        let names = names.into_iter();
        let names = names.filter(|name| newest.is_none_or(|newest| newest <= name.version));
        match self.add_names(table, &before, names) {
            // Another process did it meanwhile.
            Err(err) if err.kind() == io::ErrorKind::ResourceBusy => Ok(()),
            added => added,
        }
    }

    /// Removes the files of all versions before `version` from the list. Call it before they are
    /// removed.
    ///
    /// # Errors
    /// If the list cannot be read or written.
    pub(crate) fn begin_at(&self, version: u64) -> io::Result<()> {
        loop {
            let Some(before) = self.read()? else {
                return Ok(());
            };
            let text = before.text_of(LogName::entry(version)..);
            match self.0.replace(before.tag.as_ref(), text) {
                // Another process added lines meanwhile.
                Err(err) if err.kind() == io::ErrorKind::ResourceBusy => {}
                begun => return begun.map(drop),
            }
        }
    }
}

impl LogChecksums {
    /// The newest version in the list; `None` if the list is empty.
    pub(crate) fn newest(&self) -> Option<u64> {
        self.known.last_key_value().map(|(name, _)| name.version)
    }

    pub(crate) fn has(&self, name: LogName) -> bool {
        self.known.contains_key(&name)
    }

    /// All listed log files, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = LogName> {
        self.known.keys().copied()
    }

    /// The text of the list up to a version; empty if there is no list.
    pub(crate) fn text_up_to(&self, version: u64) -> String {
        self.text_of(..=LogName::checkpoint(version))
    }

    fn text_of(&self, names: impl RangeBounds<LogName>) -> String {
        let mut text = String::new();
        for (name, checksum) in self.known.range(names) {
            line(&mut text, *name, *checksum);
        }
        text
    }

    /// Checks all listed files of a log up to a version.
    ///
    /// # Errors
    /// As for [`check`](Self::check).
    pub(crate) fn check_all(&self, table: &Location, version: u64) -> io::Result<()> {
        let listed = self.known.range(..=LogName::checkpoint(version));
        listed
            .into_iter()
            .try_for_each(|(name, _)| self.check(table, *name))
    }

    /// Compares a log file with the list. An entry that is not listed must be valid; a checkpoint
    /// that is not listed is not checked.
    ///
    /// # Errors
    /// If it is listed but missing, if it has changed, or if it cannot be read.
    pub(crate) fn check(&self, table: &Location, name: LogName) -> io::Result<()> {
        let file = name.location(table);
        let found = match self.known.get(&name) {
            Some(checksum) => file.checksum().and_then(|found| {
                let is_same = found == *checksum;
                is_same
                    .then_some(())
                    .ok_or_else(|| damage("it does not have the SHA-256 that it was written with"))
            }),
            None if name.is_entry() && file.exists()? => understood(&file),
            None => Ok(()),
        };
        found.map_err(|err| match err.kind() {
            io::ErrorKind::NotFound => damage(format!("`{name}` is missing")),
            kind => io::Error::new(kind, format!("`{name}`: {err}")),
        })
    }

    /// Checks that the newest version of a table is not older than the list.
    ///
    /// # Errors
    /// If the list has an entry after this version.
    pub(crate) fn check_newest(&self, version: u64) -> io::Result<()> {
        match self.newest() {
            Some(newest) if newest > version => {
                let lost = LogName::entry(newest);
                Err(damage(format!("`{lost}` is missing")))
            }
            _ => Ok(()),
        }
    }

    /// Checks the files that a reader of a version needs, given the version that it already has.
    ///
    /// # Errors
    /// As for [`check`](Self::check).
    pub(crate) fn check_read(
        &self,
        table: &Location,
        read: Option<u64>,
        version: u64,
    ) -> io::Result<()> {
        let later = read.map_or(0, |read| read + 1);
        let mut checkpoint = None;
        for name in (later..=version).rev().map(LogName::checkpoint) {
            if name.location(table).exists()? {
                checkpoint = Some(name);
                break;
            }
        }
        if let Some(checkpoint) = checkpoint {
            self.check(table, checkpoint)?;
        }
        // A reader that continues from an earlier version may read entries despite a checkpoint.
        let first = match (read, checkpoint) {
            (None, Some(checkpoint)) => checkpoint.version + 1,
            _ => later,
        };
        (first..=version).try_for_each(|version| self.check(table, LogName::entry(version)))
    }
}

fn line(text: &mut String, name: LogName, checksum: Checksum) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{checksum}  {name}");
}

fn understand(line: &[u8]) -> Option<(LogName, Checksum)> {
    let line = str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (checksum, name) = line.split_once("  ")?;
    Some((LogName::parse(name)?, checksum.parse().ok()?))
}
