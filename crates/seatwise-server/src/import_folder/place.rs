//! A folder of one partner's files, and the moves of a file in it: taken when its turn comes, then
//! done or rejected.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use seatwise_types::PartnerId;

/// Where files wait that somebody took. Each has a folder of its own in it, so that it keeps its
/// name and takes nobody else's place.
const TAKEN: &str = ".taken";

const RECEIPT: &str = ".receipt.json";
const REASON: &str = ".reason.txt";

/// Names that end so are of files that are still being written, or that were written here.
const LEFT_ALONE: [&str; 4] = [".tmp", ".part", RECEIPT, REASON];

/// How many files of one name are kept beside each other.
const MOST_OF_A_NAME: u32 = 10_000;

/// A folder in which the files of one partner are dropped.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    pub(super) partner: PartnerId,
}

/// What tells whether a file is still growing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    bytes: u64,
    written: Option<SystemTime>,
}

impl Size {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        fs::symlink_metadata(path).map(|file| Self::said_by(&file))
    }

    fn said_by(file: &Metadata) -> Self {
        Self {
            bytes: file.len(),
            written: file.modified().ok(),
        }
    }
}

/// The folders in a folder that are named after a partner.
pub(super) fn of_partners(folder: &Path) -> io::Result<Vec<Place>> {
    let mut places = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let partner = name.to_str().and_then(|name| name.parse().ok());
        if let Some(partner) = partner
            && entry.file_type()?.is_dir()
        {
            places.push(Place::new(&entry.path(), partner));
        }
    }
    Ok(places)
}

/// The files in a folder that may be taken, in the order of their names. Links are none.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        let is_left_alone =
            name.starts_with('.') || LEFT_ALONE.iter().any(|end| name.ends_with(end));
        if !is_left_alone && entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

impl Place {
    pub(super) fn new(folder: &Path, partner: PartnerId) -> Self {
        Self {
            folder: folder.to_owned(),
            partner,
        }
    }

    /// What was taken by somebody who did not finish, in the order of the names.
    pub(super) fn unfinished(self: &Arc<Self>) -> io::Result<Vec<Next>> {
        let mut unfinished = Vec::new();
        let folders = match fs::read_dir(self.folder.join(TAKEN)) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(unfinished),
            folders => folders?,
        };
        for folder in folders {
            let folder = folder?.path();
            let Ok(files) = fs::read_dir(&folder) else {
                continue;
            };
            let mut files = files.flatten().peekable();
            if files.peek().is_none() {
                fs::remove_dir(&folder).ok();
            }
            unfinished.extend(files.map(|file| Next {
                place: Arc::clone(self),
                path: file.path(),
                dropped: None,
            }));
        }
        // The folders have names of no meaning.
        unfinished.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
        Ok(unfinished)
    }
}

/// A file that is to be imported when its turn comes.
pub(super) struct Next {
    pub(super) place: Arc<Place>,
    pub(super) path: PathBuf,
    /// How it was when it was found whole; none of one that was taken before.
    pub(super) dropped: Option<Size>,
}

impl Next {
    /// Takes the file away, so that nobody else can; none if somebody else was faster, or if it is
    /// not as it was.
    pub(super) fn take(self) -> io::Result<Option<Taken>> {
        let Self {
            place,
            path,
            dropped,
        } = self;
        let Some(size) = dropped else {
            return Taken::open(place, path);
        };
        // What cannot be read stays where its owner looks for it.
        let Some(file) = open(&path)? else {
            return Ok(None);
        };
        if Size::said_by(&file.metadata()?) != size {
            return Ok(None);
        }
        let all = place.folder.join(TAKEN);
        fs::create_dir_all(&all)?;
        let own = tempfile::Builder::new().prefix("").tempdir_in(&all)?;
        let Some(name) = path.file_name() else {
            return Ok(None);
        };
        let taken = own.path().join(name);
        match fs::rename(&path, &taken) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            moved => moved?,
        }
        // The file is in it now: whatever happens, it is not to be removed.
        let _ = own.keep();
        // Opened anew: what was moved may be another file that took the name.
        Taken::open(place, taken)
    }
}

/// Opens a file; none if it is gone.
fn open(path: &Path) -> io::Result<Option<File>> {
    let opened = fs::symlink_metadata(path).and_then(|found| {
        // Opening a pipe would wait for somebody who writes to it.
        if !found.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        File::open(path)
    });
    match opened {
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

/// A file that is this process's to import. Who finds it among those that are taken finds it
/// locked, as long as this process lives.
pub(super) struct Taken {
    pub(super) place: Arc<Place>,
    pub(super) name: String,
    path: PathBuf,
    file: File,
}

impl Taken {
    /// None if another process has it, or is done with it.
    fn open(place: Arc<Place>, path: PathBuf) -> io::Result<Option<Self>> {
        let Some(file) = open(&path)? else {
            return Ok(None);
        };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            // Some network drives know no locks: there one server may watch a folder.
            Err(TryLockError::Error(err)) if err.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(err)) => return Err(err),
            Ok(()) => {}
        }
        // It may have been moved aside before the lock was free.
        if !path.exists() {
            return Ok(None);
        }
        let name = path.file_name().unwrap_or_default();
        Ok(Some(Self {
            place,
            name: name.to_string_lossy().into_owned(),
            path,
            file,
        }))
    }

    /// The file, to be read; the lock stays here.
    pub(super) fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Moves it to the files that were imported.
    pub(super) fn done(self, receipt: &str) -> io::Result<()> {
        self.move_to("done", RECEIPT, receipt)
    }

    /// Moves it to the files that are wrong.
    pub(super) fn rejected(self, reason: &str) -> io::Result<()> {
        self.move_to("rejected", REASON, reason)
    }

    /// Moves it to a folder with a note beside it, under a name that is free there. The note comes
    /// first: it can be made only once, so of two who want a name one gets it.
    fn move_to(self, folder: &str, ending: &str, note: &str) -> io::Result<()> {
        let folder = self.place.folder.join(folder);
        fs::create_dir_all(&folder)?;
        for number in 1..=MOST_OF_A_NAME {
            let name = numbered(Path::new(&self.name), number);
            let target = folder.join(&name);
            if target.exists() {
                continue;
            }
            let mut file = note_in(&folder)?;
            file.write_all(note.as_bytes())?;
            file.as_file().sync_all()?;
            match file.persist_noclobber(folder.join(name + ending)) {
                Err(err) if err.error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(err) => return Err(err.error),
                Ok(_) => {}
            }
            fs::rename(&self.path, target)?;
            if let Some(own) = self.path.parent() {
                // Who looks next removes it if this fails.
                fs::remove_dir(own).ok();
            }
            return Ok(());
        }
        Err(io::Error::other(format!(
            "there are {MOST_OF_A_NAME} files of its name in `{}`: move some of them away",
            folder.display()
        )))
    }
}

/// `usage.csv`, then `usage.2.csv` and so on.
fn numbered(name: &Path, number: u32) -> String {
    let text = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    match (number, name.extension()) {
        (1, _) => text(Some(name.as_os_str())),
        (_, None) => format!("{}.{number}", text(name.file_name())),
        (_, extension) => format!("{}.{number}.{}", text(name.file_stem()), text(extension)),
    }
}

/// A note in the making, which others may read as far as the user's umask lets them.
fn note_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".note-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
