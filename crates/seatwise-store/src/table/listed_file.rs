//! A file that is replaced as a whole, and its SHA-256 in a list beside the tables, so that a bit of it
//! that changes, and its loss, are found.
//!
//! The list has the checksum of the file, in the form of `sha256sum`. Before a file is replaced, the
//! list has both: the one that is there and the one that comes. So it knows the file whenever a writer
//! is stopped. The first list comes after its file. A file without a list counts as it is: a writer was
//! stopped between the two, or an earlier version of Seatwise wrote it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use object_store::PutPayload;

use crate::table::checksum::{Checksum, damage};
use crate::table::disk::DurableFiles;

/// Where the file and its list are. Neither need exist.
pub(crate) struct ListedFile {
    pub(crate) path: PathBuf,
    pub(crate) list: PathBuf,
    pub(crate) files: DurableFiles,
}

impl ListedFile {
    /// Whether it was written: false also for one that an earlier version wrote and that is gone.
    pub(crate) fn is_known(&self) -> bool {
        self.path.exists() || self.list.exists()
    }

    /// The file, if it is the one that was written; none if there never was one.
    ///
    /// # Errors
    /// If it is missing or is not the one that was written, and if it or its list cannot be read.
    pub(crate) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let mut listed = self.listed()?;
        loop {
            let content = read(&self.path)?;
            let is_right = match (&listed, &content) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(listed), Some(content)) => listed.contains(&Checksum::of(content)),
            };
            if is_right {
                return Ok(content);
            }
            // Another process may have replaced it meanwhile.
            let now = self.listed()?;
            if now == listed {
                let problem = match content {
                    None => "it is missing",
                    Some(_) => "it does not have the SHA-256 that it was written with",
                };
                return Err(damage(problem));
            }
            listed = now;
        }
    }

    /// Whether a file with this checksum is one that was written, as far as the list says.
    ///
    /// # Errors
    /// If the list cannot be read.
    pub(crate) fn may_have(&self, checksum: Checksum) -> io::Result<bool> {
        Ok(self.listed()?.is_none_or(|it| it.contains(&checksum)))
    }

    /// Makes the list of a file that has none.
    ///
    /// # Errors
    /// If the file system refuses.
    pub(crate) fn take_over(&self) -> io::Result<()> {
        match read(&self.path)? {
            Some(content) if !self.list.exists() => {
                self.write_list(&[Checksum::of(&content)]).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Replaces the file. It is on the disk, and listed, when this returns. How many bytes the file and
    /// its list have.
    ///
    /// # Errors
    /// If the file system refuses. Then the file is the old one or the new one.
    pub(crate) fn write(&self, content: Vec<u8>) -> io::Result<u64> {
        let bytes = content.len() as u64;
        let new = Checksum::of(&content);
        let before = read(&self.path)?;
        if let Some(before) = &before {
            self.write_list(&[Checksum::of(before), new])?;
        }
        self.files
            .write(&self.path, &PutPayload::from(content), false)?;
        Ok(bytes + self.write_list(&[new])?)
    }

    fn write_list(&self, checksums: &[Checksum]) -> io::Result<u64> {
        let name = self.path.file_name().unwrap_or_default();
        let lines = checksums.iter();
        let lines = lines.map(|checksum| format!("{checksum}  {}\n", name.display()));
        let text: String = lines.collect();
        let bytes = text.len() as u64;
        self.files.write(&self.list, &text.into(), false)?;
        Ok(bytes)
    }

    /// The checksums that the file may have; none if there is no list.
    fn listed(&self) -> io::Result<Option<Vec<Checksum>>> {
        let Some(list) = read(&self.list)? else {
            return Ok(None);
        };
        let list = String::from_utf8_lossy(&list);
        let checksums = list.lines().map(|line| {
            let (checksum, _) = line.split_once("  ")?;
            checksum.parse().ok()
        });
        let checksums: Option<Vec<_>> = checksums.collect();
        let checksums = checksums.filter(|it| !it.is_empty()).ok_or_else(|| {
            let list = self.list.display();
            let problem = format!(
                "its list `{list}` is not understood: delete the list, which the next import writes \
                 again"
            );
            damage(problem)
        });
        checksums.map(Some)
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(err),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_one_that_was_written_wherever_its_writer_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let file = ListedFile {
            path: folder.path().join("file"),
            list: folder.path().join("file.sha256"),
            files: DurableFiles::new(),
        };
        let read = || file.read().map(|content| content.map(String::from_utf8));
        let is = |text: &str| assert_eq!(read().unwrap(), Some(Ok(text.to_owned())));
        assert_eq!(read().unwrap(), None);
        // Stopped before the first list.
        fs::write(&file.path, "one").unwrap();
        is("one");
        file.write("two".into()).unwrap();
        is("two");
        // Stopped between the list and the file, and between the file and the list.
        file.write_list(&["two", "three"].map(|it| Checksum::of(it.as_bytes())))
            .unwrap();
        is("two");
        fs::write(&file.path, "three").unwrap();
        is("three");
        file.write("four".into()).unwrap();
        fs::write(&file.path, "five").unwrap();
        read().unwrap_err();
        fs::remove_file(&file.path).unwrap();
        read().unwrap_err();
        fs::write(&file.list, "").unwrap();
        read().unwrap_err();
    }
}
