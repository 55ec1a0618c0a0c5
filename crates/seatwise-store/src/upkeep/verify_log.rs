//! Verification of a table's log, and of data files that it does not name.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;

use crate::model::error::StoreError;
use crate::table::checksum::Checksum;
use crate::table::delta::Table;
use crate::table::location::TableLocation;
use crate::table::log::{LogName, hint, hinted_checkpoint, is_data_file, log_names, named_by};
use crate::table::names::LAST_CHECKPOINT;
use crate::table::storage::Location;
use crate::upkeep::finding::Finding;
use crate::upkeep::remedy::Remedy;

/// Data files that no version of a table names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unnamed {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

/// The name of a table's list of checksums, relative to the data folder.
pub(crate) fn list_name(root: &Location, location: &TableLocation) -> String {
    location.checksums.0.below(root)
}

/// Reads the whole log of a table in this data folder and compares it with its list of checksums.
///
/// # Errors
/// If the folder of the log cannot be listed.
pub(crate) fn verify_log(
    root: &Location,
    location: &TableLocation,
) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    let list = list_name(root, location);
    let listed = match location.checksums.parse() {
        Ok(listed) => listed.unwrap_or_default(),
        Err(err) => {
            findings.push(Finding::of_file(&list, err.to_string(), Remedy::DeleteList));
            return Ok(findings);
        }
    };
    if listed.has_unfinished_line {
        let problem = "its last line is unfinished";
        findings.push(Finding::of_file(&list, problem, Remedy::NextImport));
    }
    let names = match log_names(&location.folder) {
        Ok(names) => names,
        Err(err) if err.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(err) => return Err(StoreError::io("list the log of", &location.folder, err)),
    };
    let all: HashSet<LogName> = listed.names().chain(names).collect();
    let mut all: Vec<LogName> = all.into_iter().collect();
    all.sort_unstable();
    // A stopped erasure leaves some entries that are no longer listed.
    let first = listed.names().next().or(all.first().copied());
    let entries = all
        .iter()
        .filter(|name| name.is_entry() && Some(**name) >= first);
    for (before, after) in entries.clone().zip(entries.skip(1)) {
        if after.version > before.version + 1 {
            let problem = format!("the entries between it and `{before}` are missing");
            findings.push(Finding::of_log(*after, problem));
        }
    }
    for name in all {
        if let Err(err) = listed.check(&location.folder, name) {
            findings.push(Finding::of_log(name, err.to_string()));
        }
    }
    let hint = hint(&location.folder);
    let has_hint = hint.exists();
    let has_hint = has_hint.map_err(|err| StoreError::io("read", &hint, err))?;
    if has_hint && hinted_checkpoint(&hint).is_none() {
        let problem = "it names no checkpoint that is there; readers pass over it";
        let file = format!("_delta_log/{LAST_CHECKPOINT}");
        findings.push(Finding::of_file(&file, problem, Remedy::NextImport));
    }
    Ok(findings)
}

/// Whether the list of checksums of a table is missing: writers of data files with checksums also
/// write the list.
///
/// # Errors
/// If the storage does not say.
pub(crate) fn list_is_gone(table: &Table, location: &TableLocation) -> io::Result<bool> {
    let has_checksum = table.files.iter().any(|file| file.checksum.is_some());
    Ok(has_checksum && !location.checksums.0.exists()?)
}

/// The data files in the folder of a table except the live ones.
#[derive(Default)]
pub(crate) struct Others {
    /// Those of earlier versions, with their checksums.
    pub(crate) earlier: BTreeMap<String, Checksum>,
    /// Those that no version names.
    pub(crate) unnamed: Unnamed,
}

impl Others {
    /// Finds them by the log entries.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub(crate) fn of(table: &Table) -> io::Result<Self> {
        // List files before the log, because a writer creates files before their entry.
        let files = table.folder.list()?;
        let mut named: HashMap<String, Option<Checksum>> = HashMap::new();
        for name in log_names(&table.folder)? {
            if !name.is_entry() {
                continue;
            }
            // An unreadable entry is a separate finding.
            for file in named_by(&name.location(&table.folder)).unwrap_or_default() {
                let known = named.entry(file.name).or_default();
                *known = known.or(file.checksum);
            }
        }
        let live: HashSet<&str> = table.files.iter().map(|file| file.name.as_str()).collect();
        let mut others = Self::default();
        for file in files {
            let Some(name) = file.name() else {
                continue;
            };
            if !is_data_file(name) || live.contains(name) {
                continue;
            }
            match named.get(name) {
                Some(Some(checksum)) => drop(others.earlier.insert(name.to_owned(), *checksum)),
                Some(None) => {}
                None => {
                    others.unnamed.files += 1;
                    others.unnamed.bytes += file.info().map_or(0, |file| file.bytes);
                }
            }
        }
        Ok(others)
    }

    /// The changed files of earlier versions in a folder. Missing ones were removed by compaction.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(crate) fn damaged(&self, folder: &Location) -> io::Result<Vec<&str>> {
        let mut damaged = Vec::new();
        for (name, checksum) in &self.earlier {
            match folder.join(name).checksum() {
                Ok(found) if found == *checksum => {}
                Ok(_) => damaged.push(name.as_str()),
                Err(err) if err.kind() == io::ErrorKind::NotFound => {}
                Err(err) => return Err(err),
            }
        }
        Ok(damaged)
    }
}
