//! A taken file: imported once, then moved aside with a note.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::notes::{Ended, REASON, RECEIPT, beside, remove_own};
use super::partner_folder::{PartnerFolder, open};

/// The most files with the same name in a folder.
const MOST_OF_A_NAME: u32 = 10_000;

/// The longest file name of common file systems, in bytes.
const LONGEST_NAME: usize = 255;

/// The longest extension, in bytes. Anything longer counts as part of the name.
const LONGEST_EXTENSION: usize = 32;

/// A file that this server imports, in its separate folder.
pub(super) struct Taken {
    pub(super) folder: Arc<PartnerFolder>,
    pub(super) name: String,
    path: PathBuf,
    /// The separate folder of this file.
    own: PathBuf,
    file: File,
}

impl Taken {
    /// Opens a file in its folder of taken files; `None` if it no longer exists.
    pub(super) fn open(folder: Arc<PartnerFolder>, path: PathBuf) -> io::Result<Option<Self>> {
        let (Some(file), Some(own)) = (open(&path)?, path.parent()) else {
            return Ok(None);
        };
        let own = own.to_owned();
        let name = path.file_name().unwrap_or_default();
        Ok(Some(Self {
            folder,
            name: name.to_string_lossy().into_owned(),
            path,
            own,
            file,
        }))
    }

    /// A handle to read the file.
    pub(super) fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// The recorded result of this file's import, with its note; `None` if there is none.
    pub(super) fn ended(&self) -> io::Result<Option<(Ended, String)>> {
        for ended in [Ended::Done, Ended::Rejected] {
            if let Some(mut file) = open(&beside(&self.own, ended.note_ending()))? {
                let mut note = String::new();
                file.read_to_string(&mut note)?;
                return Ok(Some((ended, note)));
            }
        }
        Ok(None)
    }

    /// Records the result, so that the import is not repeated if the file cannot be moved aside.
    pub(super) fn note(&self, ended: Ended, note: &str) -> io::Result<()> {
        let taken = self.own.parent().unwrap_or(&self.own);
        let file = self.written(taken, note)?;
        file.persist(beside(&self.own, ended.note_ending()))
            .map(drop)
            .map_err(|err| err.error)
    }

    /// Moves the file to the folder for its result, under a free name, with its note. The note is
    /// written first: it can be created only once, so only one of two servers gets a name.
    pub(super) fn move_aside(self, ended: Ended, note: &str) -> io::Result<()> {
        let folder = self.folder.own_folder(ended.folder())?;
        for number in 1..=MOST_OF_A_NAME {
            let name = numbered(Path::new(&self.name), number);
            let target = folder.join(&name);
            if target.symlink_metadata().is_ok() {
                continue;
            }
            let beside = folder.join(name + ended.note_ending());
            match self.written(&folder, note)?.persist_noclobber(&beside) {
                Err(err) if err.error.kind() == io::ErrorKind::AlreadyExists => {
                    // A server that stopped after writing this note has left the name free.
                    if !fs::read(&beside).is_ok_and(|left| left == note.as_bytes()) {
                        continue;
                    }
                }
                Err(err) => return Err(err.error),
                Ok(_) => {}
            }
            fs::rename(&self.path, target)?;
            remove_own(&self.own);
            return Ok(());
        }
        Err(io::Error::other(format!(
            "there are {MOST_OF_A_NAME} files of its name in `{}`: move some of them away",
            folder.display()
        )))
    }

    /// A temporary note. Users who can read the folder can read it.
    fn written(&self, folder: &Path, note: &str) -> io::Result<tempfile::NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        let mut file = builder
            .prefix(".note-")
            .suffix(".tmp")
            .tempfile_in(folder)?;
        self.folder.share(file.path(), 0o666)?;
        file.write_all(note.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

/// `usage.csv`, then `usage.2.csv` and so on. A long name loses its middle, so that there is room
/// for the note's suffix.
fn numbered(name: &Path, number: u32) -> String {
    let text = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let extension = name.extension().filter(|it| it.len() <= LONGEST_EXTENSION);
    let (stem, extension) = match extension {
        None => (text(name.file_name()), String::new()),
        Some(extension) => (
            text(name.file_stem()),
            format!(".{}", text(Some(extension))),
        ),
    };
    let end = match number {
        1 => extension,
        _ => format!(".{number}{extension}"),
    };
    let room = (LONGEST_NAME - RECEIPT.len().max(REASON.len())).saturating_sub(end.len());
    without_middle(&stem, room) + &end
}

/// Shortens a text to at most this many bytes, with `…` in the middle.
fn without_middle(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let half = longest.saturating_sub('…'.len_utf8()) / 2;
    let (start, end) = (
        text.floor_char_boundary(half),
        text.ceil_char_boundary(text.len() - half),
    );
    format!("{}…{}", &text[..start], &text[end..])
}
