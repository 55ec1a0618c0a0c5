//! A file that is replaced as a whole. A list beside the tables has its SHA-256, so changes and
//! loss are detected.
//!
//! The list has the form of `sha256sum`. Before a file is replaced, the list has both checksums,
//! the current and the next. So it matches the file whenever a writer is stopped. The first list is
//! written after its file. A file without a list is accepted: a writer was stopped between the two,
//! or an earlier version of Seatwise wrote it.

use std::io;

use crate::table::checksum::{Checksum, damage};
use crate::table::storage::Location;

/// The file and its list. Neither need exist.
pub(crate) struct ListedFile {
    pub(crate) location: Location,
    pub(crate) list: Location,
}

impl ListedFile {
    /// Whether it was written: false for a missing file of an earlier version.
    ///
    /// # Errors
    /// If the storage does not say.
    pub(crate) fn is_known(&self) -> io::Result<bool> {
        Ok(self.location.exists()? || self.list.exists()?)
    }

    /// Reads the file, if it is unchanged; `None` if it never existed.
    ///
    /// # Errors
    /// If it is missing or changed, or if it or its list cannot be read.
    pub(crate) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let mut listed = self.listed()?;
        loop {
            let content = read(&self.location)?;
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

    /// Whether the list allows a file with this checksum.
    ///
    /// # Errors
    /// If the list cannot be read.
    pub(crate) fn may_have(&self, checksum: Checksum) -> io::Result<bool> {
        Ok(self.listed()?.is_none_or(|it| it.contains(&checksum)))
    }

    /// Creates the list of a file that has none.
    ///
    /// # Errors
    /// If the file system refuses.
    pub(crate) fn take_over(&self) -> io::Result<()> {
        match read(&self.location)? {
            Some(content) if !self.list.exists()? => {
                self.write_list(&[Checksum::of(&content)]).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Replaces the file. It is on the disk, and listed, when this returns. Returns the size of the
    /// file and its list in bytes.
    ///
    /// # Errors
    /// If the file system refuses. The file is then the old one or the new one.
    pub(crate) fn write(&self, content: Vec<u8>) -> io::Result<u64> {
        let bytes = content.len() as u64;
        let new = Checksum::of(&content);
        let before = read(&self.location)?;
        if let Some(before) = &before {
            self.write_list(&[Checksum::of(before), new])?;
        }
        self.location.write(content)?;
        Ok(bytes + self.write_list(&[new])?)
    }

    fn write_list(&self, checksums: &[Checksum]) -> io::Result<u64> {
        let name = self.location.name().unwrap_or_default();
        let lines = checksums.iter();
        let lines = lines.map(|checksum| format!("{checksum}  {name}\n"));
        let text: String = lines.collect();
        let bytes = text.len() as u64;
        self.list.write(text)?;
        Ok(bytes)
    }

    /// The valid checksums of the file; `None` if there is no list.
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
            let problem = format!(
                "its list `{}` is not understood: delete the list, which the next import writes \
                 again",
                self.list
            );
            damage(problem)
        });
        checksums.map(Some)
    }
}

fn read(file: &Location) -> io::Result<Option<Vec<u8>>> {
    match file.read() {
        Ok(content) => Ok(Some(content)),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(err),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::table::disk::DurableFiles;

    #[test]
    fn a_file_is_the_one_that_was_written_wherever_its_writer_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let list = folder.path().join("file.sha256");
        let file = ListedFile {
            location: Location::on_disk(DurableFiles::new(), &path),
            list: Location::on_disk(DurableFiles::new(), &list),
        };
        let read = || file.read().map(|content| content.map(String::from_utf8));
        let is = |text: &str| assert_eq!(read().unwrap(), Some(Ok(text.to_owned())));
        assert_eq!(read().unwrap(), None);
        // Stopped before the first list.
        fs::write(&path, "one").unwrap();
        is("one");
        file.write("two".into()).unwrap();
        is("two");
        // Stopped between the list and the file, and between the file and the list.
        file.write_list(&["two", "three"].map(|it| Checksum::of(it.as_bytes())))
            .unwrap();
        is("two");
        fs::write(&path, "three").unwrap();
        is("three");
        file.write("four".into()).unwrap();
        fs::write(&path, "five").unwrap();
        read().unwrap_err();
        fs::remove_file(&path).unwrap();
        read().unwrap_err();
        fs::write(&list, "").unwrap();
        read().unwrap_err();
    }
}
