//! The list of a partner's imports: what was stored of each, or why it was refused.
//!
//! Each import is a file in the partner's folder, named by its number, so several processes need no lock.
//! The list is for people: nothing depends on it. A file begins with a line that has the SHA-256 of the rest;
//! one that is lost or damaged is a line less in the list.

use std::io;

use jiff::Timestamp;
use seatwise_types::PartnerId;
use seatwise_types::extensions::{BadImportRow, ImportOutcome, PastImport};

use super::import::{BadRow, ImportError, ImportOptions, Receipt};
use crate::model::error::StoreError;
use crate::table::checksum::{Checksum, damage};
use crate::table::domains::is_damage;
use crate::table::folder::{is_folder, names_in, remove_folder};
use crate::table::names::IMPORTS;
use crate::table::storage::Location;
use crate::table::store::Store;

/// How many imports of a partner are listed; the oldest has to go when there is one more.
const MOST_IMPORTS: u64 = 200;

/// How many files and bad rows of an import are named.
const NAMED: usize = 10;

/// The longest text of an import, in letters.
const LONGEST_TEXT: usize = 300;

/// How the name of a file of the list ends.
const ENDING: &str = ".import";

/// How often a number is taken for an import that others take first.
const ATTEMPTS: usize = 100;

impl Store {
    /// The last 200 imports of a partner that were made, or refused because of their files, the newest
    /// first.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub async fn past_imports(&self, partner: PartnerId) -> Result<Vec<PastImport>, StoreError> {
        self.blocking("read", move |store| store.read_past_imports(partner))
            .await
    }

    fn read_past_imports(&self, partner: PartnerId) -> Result<Vec<PastImport>, StoreError> {
        let folder = self.past_imports_folder(partner);
        let mut imports = Vec::new();
        // Several processes that write at once may have left more than there should be.
        for number in numbers_in(&folder)?
            .into_iter()
            .rev()
            .take(MOST_IMPORTS as usize)
        {
            let file = folder.join(file_name(number));
            let read = checked(&file).and_then(|text| Ok(serde_json::from_slice(&text)?));
            match read {
                Ok(import) => imports.push(import),
                // Removed meanwhile, to make room.
                Err(err) if err.kind() == io::ErrorKind::NotFound => {}
                // One that is damaged or of a newer version hides no other.
                Err(err) if is_damage(&err) => tracing::warn!(
                    path = %file, error = %err, "an import of the list cannot be understood"
                ),
                Err(err) => return Err(StoreError::io("read", file, err)),
            }
        }
        Ok(imports)
    }

    /// Lists an import that ended, if it was made or refused because of its files. What keeps it from
    /// being listed is logged: it changes nothing of the import.
    pub(super) async fn list_import(
        &self,
        options: &ImportOptions,
        given: Vec<String>,
        now: Timestamp,
        imported: &Result<Receipt, ImportError>,
    ) {
        let Some(import) = past_import(options, given, now, imported) else {
            return;
        };
        let partner = options.partner;
        let keep = move |store: &Self| store.keep_past_import(partner, import);
        if let Err(err) = self.blocking("write to", keep).await {
            let err: &dyn std::error::Error = &err;
            tracing::warn!(%partner, err, "an import is not listed");
        }
    }

    fn keep_past_import(
        &self,
        partner: PartnerId,
        mut import: PastImport,
    ) -> Result<(), StoreError> {
        // A refused import makes no partner known.
        if !is_folder(&self.partner_folder(partner))? {
            return Ok(());
        }
        let folder = self.past_imports_folder(partner);
        let failed = |err| StoreError::io("list an import in", &folder, err);
        for _ in 0..ATTEMPTS {
            let numbers = numbers_in(&folder)?;
            import.number = numbers.last().map_or(1, |last| last + 1);
            let text = serde_json::to_string_pretty(&import).map_err(|err| failed(err.into()))?;
            let text = format!("{}\n{text}\n", Checksum::of(format!("{text}\n").as_bytes()));
            match folder.join(file_name(import.number)).write_new(text) {
                Err(err) if err.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(err) => return Err(failed(err)),
                Ok(()) => {}
            }
            let too_old = |number: &&u64| **number + MOST_IMPORTS <= import.number;
            for number in numbers.iter().take_while(too_old) {
                // What stays now goes the next time.
                folder.join(file_name(*number)).remove().ok();
            }
            return Ok(());
        }
        Err(failed(io::ErrorKind::AlreadyExists.into()))
    }

    /// The files of the list that are not those that were written, by their names below the partner's folder,
    /// and how many files there are.
    pub(crate) fn damaged_past_imports(
        &self,
        partner: PartnerId,
    ) -> Result<(Vec<String>, u64), StoreError> {
        let folder = self.past_imports_folder(partner);
        let numbers = numbers_in(&folder)?;
        let mut damaged = Vec::new();
        for number in &numbers {
            let name = file_name(*number);
            let file = folder.join(&name);
            match checked(&file) {
                Err(err) if is_damage(&err) => damaged.push(format!("{IMPORTS}/{name}")),
                Err(err) if err.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::io("read", file, err));
                }
                _ => {}
            }
        }
        Ok((damaged, numbers.len() as u64))
    }

    /// Removes the list of a partner's imports: it has names of files and values of bad rows.
    pub(crate) fn remove_past_imports(&self, partner: PartnerId) -> Result<(), StoreError> {
        remove_folder(&self.past_imports_folder(partner))
    }

    fn past_imports_folder(&self, partner: PartnerId) -> Location {
        self.partner_folder(partner).join(IMPORTS)
    }
}

fn file_name(number: u64) -> String {
    format!("{number:012}{ENDING}")
}

/// What a file of the list has behind its first line, if that has its SHA-256.
fn checked(file: &Location) -> io::Result<Vec<u8>> {
    let mut text = file.read()?;
    let end = text.iter().position(|byte| *byte == b'\n');
    let end = end.ok_or_else(|| damage("it has no line"))?;
    let rest = text.split_off(end + 1);
    let written: Checksum = String::from_utf8_lossy(&text[..end]).parse()?;
    match written == Checksum::of(&rest) {
        true => Ok(rest),
        false => Err(damage(
            "it does not have the SHA-256 that it was written with",
        )),
    }
}

/// The numbers of the imports in a folder, in order.
fn numbers_in(folder: &Location) -> Result<Vec<u64>, StoreError> {
    let mut numbers: Vec<u64> = names_in(folder)?
        .iter()
        .filter_map(|name| {
            let number = name.strip_suffix(ENDING)?.parse().ok()?;
            // A copy that somebody made beside it has another name.
            (file_name(number) == *name).then_some(number)
        })
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// What the list has of an import; nothing if the import is none of those that are listed. It has no
/// number yet.
fn past_import(
    options: &ImportOptions,
    given: Vec<String>,
    now: Timestamp,
    imported: &Result<Receipt, ImportError>,
) -> Option<PastImport> {
    if options.dry_run {
        return None;
    }
    let nothing = Receipt::default();
    let (outcome, receipt, reason) = match imported {
        Ok(receipt) => (ImportOutcome::Stored, receipt, None),
        // Where it is not the input that is wrong, the import is to be made again.
        Err(err) if !err.is_of_input() => return None,
        Err(err) => {
            let receipt = err.receipt().unwrap_or(&nothing);
            (
                ImportOutcome::Refused,
                receipt,
                Some(shortened(&err.to_string())),
            )
        }
    };
    let (bad_rows, first) = match imported {
        Err(ImportError::BadRows { bad, .. }) => (bad.count, &bad.first),
        _ => (receipt.bad_rows, &receipt.first_bad_rows),
    };
    Some(PastImport {
        number: 0,
        at: now,
        way: options.way,
        outcome,
        given: given.len() as u64,
        files: given
            .iter()
            .take(NAMED)
            .map(|file| shortened(file))
            .collect(),
        rows_read: receipt.rows_read,
        rows_stored: receipt.rows_stored,
        deliveries_new: receipt.deliveries_new,
        deliveries_unchanged: receipt.deliveries_unchanged,
        deliveries_restated: receipt.deliveries_restated,
        deliveries_rejected: receipt.deliveries_rejected,
        bad_rows,
        first_bad_rows: first.iter().take(NAMED).map(bad_row).collect(),
        reason,
    })
}

fn bad_row(row: &BadRow) -> BadImportRow {
    let BadRow {
        file,
        line,
        column,
        value,
        remedy,
    } = row;
    BadImportRow {
        file: shortened(file),
        line: *line,
        column: (*column).to_owned(),
        value: shortened(value),
        remedy: shortened(remedy),
    }
}

/// A text that is not too long: of a longer one the middle is left out, so that the name of a file below
/// many folders stays.
fn shortened(text: &str) -> String {
    let letters = text.chars().count();
    if letters <= LONGEST_TEXT {
        return text.to_owned();
    }
    let half = LONGEST_TEXT / 2;
    let first = text.chars().take(half - 1);
    let last = text.chars().skip(letters - half);
    first.chain(['…']).chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_loses_its_middle() {
        let long = format!("begin {} usage.csv", "ä".repeat(1_000));
        let short = shortened(&long);
        assert_eq!(short.chars().count(), LONGEST_TEXT);
        assert!(short.starts_with("begin ä") && short.ends_with("ä usage.csv"));
        let fits = "ä".repeat(LONGEST_TEXT);
        assert_eq!(shortened(&fits), fits);
    }
}
