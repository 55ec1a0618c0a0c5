//! Expansion of folders to their files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::receipt::PassedOver;
use super::source::Input;

/// Replaces folders by the files in them; returns what was skipped in them.
///
/// # Errors
/// If a folder cannot be listed or has no file: its name, and the cause.
pub(super) fn files_of(
    inputs: Vec<Input>,
) -> Result<(Vec<Input>, Vec<PassedOver>), (String, io::Error)> {
    let (mut files, mut passed_over) = (Vec::new(), Vec::new());
    for input in inputs {
        let Input::File(folder) = &input else {
            files.push(input);
            continue;
        };
        if !folder.is_dir() {
            files.push(input);
            continue;
        }
        let listed = list(folder, &mut passed_over).and_then(|found| match found.is_empty() {
            true => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "there is no file to import in this folder",
            )),
            false => Ok(found),
        });
        let found = listed.map_err(|err| (input.name(), err))?;
        files.extend(found.into_iter().map(Input::File));
    }
    Ok((files, passed_over))
}

/// The files of a folder that an import reads, sorted by name.
///
/// # Errors
/// If the folder cannot be listed.
pub fn files_in_folder(folder: &Path) -> io::Result<Vec<PathBuf>> {
    list(folder, &mut Vec::new())
}

fn list(folder: &Path, passed_over: &mut Vec<PassedOver>) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    entries.retain(|path| match not_read(path) {
        Some(reason) => {
            passed_over.push(PassedOver {
                file: path.display().to_string(),
                reason: reason.to_owned(),
            });
            false
        }
        None => true,
    });
    Ok(entries)
}

/// Why an entry of a folder is skipped; `None` if it is read.
fn not_read(path: &Path) -> Option<&'static str> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let parts: Vec<&str> = name.split('.').collect();
    let is_rejected = match parts[..] {
        [.., "rejected", "csv"] => true,
        [.., "rejected", number, "csv"] => number.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if path.is_dir() {
        Some("it is a folder: name it to import its files")
    } else if name.starts_with(['.', '_']) {
        Some("names that begin with `.` or `_` are those of files that tell about others")
    } else if is_rejected {
        Some("it has the rows that an import left out: name it to import it")
    } else {
        None
    }
}
