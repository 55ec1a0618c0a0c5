//! A file that is replaced as a whole. A list beside the tables has its SHA-256, so changes and
//! loss are detected.
//!
//! The list has the form of `sha256sum`. Before a file is replaced, the list has both checksums,
//! the current and the next. So it matches the file whenever a writer is stopped. The first list is
//! written after its file. A file without a list is accepted: a writer was stopped between the two,
//! or an earlier version of Seatwise wrote it.
//!
//! In object storage, writers take no turns. So each one adds its checksum to those in the list, and
//! replaces the file only if it is still the one that it read. It removes other checksums only if no
//! writer added one since: what such a writer still writes is then refused. No content is written
//! twice, because S3's tags of equal contents are equal.

use std::fs::File;
use std::io;

use crate::table::checksum::{Checksum, damage};
use crate::table::storage::{Location, Tag};

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

    /// Opens the file without comparing it; `None` if it never existed.
    ///
    /// # Errors
    /// If it is missing, or cannot be opened.
    pub(crate) fn open(&self) -> io::Result<Option<File>> {
        let open = || match self.location.open() {
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        };
        if let Some(file) = open()? {
            return Ok(Some(file));
        }
        if !self.list.exists()? {
            return Ok(None);
        }
        // Another process may have created it since, because its list comes after it.
        match open()? {
            Some(file) => Ok(Some(file)),
            None => Err(damage("it is missing")),
        }
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
                unless_busy(self.write_list(None, &[Checksum::of(&content)]))
            }
            _ => Ok(()),
        }
    }

    /// Replaces the file that had this checksum when it was read; `None` if there was none. It is on
    /// the disk, and listed, when this returns. Returns the size of the file and its list in bytes.
    ///
    /// # Errors
    /// In object storage, `ResourceBusy` if another process replaced the file meanwhile: read it
    /// again. If the file system refuses; the file is then the old one or the new one.
    pub(crate) fn write(&self, read: Option<Checksum>, content: Vec<u8>) -> io::Result<u64> {
        let bytes = content.len() as u64;
        let new = Checksum::of(&content);
        let takes_turns = self.location.path().is_some();
        // The list comes first: what it has then is older than the file.
        let (listed, mut list_tag) = match takes_turns {
            true => (None, None),
            false => self.listed_tagged()?,
        };
        let (before, tag) = read_tagged(&self.location)?.unzip();
        let before = before.map(|before| Checksum::of(&before));
        if !takes_turns && before != read {
            if before != Some(new) {
                return Err(io::ErrorKind::ResourceBusy.into());
            }
            // An earlier attempt wrote it, and may have been stopped before the first list.
            if listed.is_none() {
                unless_busy(self.write_list(None, &[new]))?;
            }
            return Ok(bytes + self.lines(&[new]).len() as u64);
        }
        if let Some(before) = before {
            let mut listed = listed.unwrap_or_default();
            if !listed.contains(&before) {
                listed.push(before);
            }
            listed.push(new);
            list_tag = Some(self.write_list(list_tag.as_ref(), &listed)?);
        }
        replace(&self.location, tag.as_ref(), &content)?;
        unless_busy(self.write_list(list_tag.as_ref(), &[new]))?;
        Ok(bytes + self.lines(&[new]).len() as u64)
    }

    fn write_list(&self, tag: Option<&Tag>, checksums: &[Checksum]) -> io::Result<Tag> {
        replace(&self.list, tag, self.lines(checksums).as_bytes())
    }

    fn lines(&self, checksums: &[Checksum]) -> String {
        let name = self.location.name().unwrap_or_default();
        let lines = checksums.iter();
        lines
            .map(|checksum| format!("{checksum}  {name}\n"))
            .collect()
    }

    /// The valid checksums of the file; `None` if there is no list.
    fn listed(&self) -> io::Result<Option<Vec<Checksum>>> {
        Ok(self.listed_tagged()?.0)
    }

    /// The same, with the tag of the list.
    fn listed_tagged(&self) -> io::Result<(Option<Vec<Checksum>>, Option<Tag>)> {
        let Some((list, tag)) = read_tagged(&self.list)? else {
            return Ok((None, None));
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
        Ok((Some(checksums?), Some(tag)))
    }
}

fn read(file: &Location) -> io::Result<Option<Vec<u8>>> {
    Ok(read_tagged(file)?.map(|(content, _)| content))
}

fn read_tagged(file: &Location) -> io::Result<Option<(Vec<u8>, Tag)>> {
    match file.read_tagged() {
        Ok(read) => Ok(Some(read)),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(err),
    }
}

/// As [`Location::replace`], but succeeds if the file has this content already: the answer to a request
/// that succeeded may be lost, and its repetition is refused.
fn replace(file: &Location, tag: Option<&Tag>, content: &[u8]) -> io::Result<Tag> {
    match file.replace(tag, content.to_vec()) {
        Err(err) if err.kind() == io::ErrorKind::ResourceBusy => match read_tagged(file)? {
            Some((now, tag)) if now == content => Ok(tag),
            _ => Err(err),
        },
        replaced => replaced,
    }
}

/// Accepts that another writer came first.
fn unless_busy(written: io::Result<Tag>) -> io::Result<()> {
    match written {
        Err(err) if err.kind() == io::ErrorKind::ResourceBusy => Ok(()),
        written => written.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::table::disk::DurableFiles;

    /// A file in a folder, and the paths of the file and its list.
    fn file_in(folder: &Path) -> (ListedFile, PathBuf, PathBuf) {
        let path = folder.join("file");
        let list = folder.join("file.sha256");
        let file = ListedFile {
            location: Location::on_disk(DurableFiles::new(), &path),
            list: Location::on_disk(DurableFiles::new(), &list),
        };
        (file, path, list)
    }

    #[test]
    fn a_file_that_is_created_meanwhile_is_not_missing() {
        for _ in 0..100 {
            let folder = tempfile::tempdir().unwrap();
            let (file, path, list) = file_in(folder.path());
            let writer = std::thread::spawn(move || {
                fs::write(path, "one").unwrap();
                fs::write(list, "").unwrap();
            });
            while file.open().unwrap().is_none() {}
            writer.join().unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let (file, _, list) = file_in(folder.path());
        fs::write(list, "").unwrap();
        assert_eq!(file.open().unwrap_err().to_string(), "it is missing");
    }

    #[test]
    fn a_file_is_the_one_that_was_written_wherever_its_writer_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let (file, path, list) = file_in(folder.path());
        let read = || file.read().map(|content| content.map(String::from_utf8));
        let is = |text: &str| assert_eq!(read().unwrap(), Some(Ok(text.to_owned())));
        assert_eq!(read().unwrap(), None);
        // Stopped before the first list.
        fs::write(&path, "one").unwrap();
        is("one");
        let of = |text: &str| Checksum::of(text.as_bytes());
        file.write(Some(of("one")), "two".into()).unwrap();
        is("two");
        // Stopped between the list and the file, and between the file and the list.
        file.write_list(None, &["two", "three"].map(of)).unwrap();
        is("two");
        fs::write(&path, "three").unwrap();
        is("three");
        file.write(Some(of("three")), "four".into()).unwrap();
        is("four");
        fs::write(&path, "five").unwrap();
        read().unwrap_err();
        fs::remove_file(&path).unwrap();
        read().unwrap_err();
        fs::write(&list, "").unwrap();
        read().unwrap_err();
    }
}
