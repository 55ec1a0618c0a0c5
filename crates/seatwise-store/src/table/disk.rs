//! Durable files: when a write returns, the file is on the disk.
//!
//! `object_store`'s local file system never syncs, and neither does the Delta library. Here every
//! file is written under a temporary name, synced and renamed, and then its folder is synced: after
//! a power cut, a name never stands for an incomplete file. Log entries are written the same way
//! after their data files, so acknowledged deliveries survive.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, RenameOptions, Result, UploadPart,
};

use crate::table::access::{self, keep_private, make_folder, share};
use crate::table::log::{LAST_CHECKPOINT, hinted_checkpoint};
use crate::table::names::UNFINISHED;

/// One step of reading or writing a file, reported to an observer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskStep {
    /// A file of a table's log will be read.
    Reading(PathBuf),
    /// The content of the file that will have this name is synced.
    Synced(PathBuf),
    /// The file has its name.
    Named(PathBuf),
    /// The folder is synced: its names are on the disk.
    FolderSynced(PathBuf),
}

type Observer = Arc<dyn Fn(DiskStep) + Send + Sync>;

/// The local file system as an object store with durable writes.
#[derive(Clone)]
pub struct DurableFiles {
    inner: Arc<LocalFileSystem>,
    observer: Option<Observer>,
}

impl DurableFiles {
    /// The whole local file system, with absolute paths.
    pub fn new() -> Self {
        Self {
            inner: Arc::new(LocalFileSystem::new()),
            observer: None,
        }
    }

    /// As [`new`](Self::new), and reports every step to the observer, in order.
    pub fn observed(observer: impl Fn(DiskStep) + Send + Sync + 'static) -> Self {
        Self {
            observer: Some(Arc::new(observer)),
            ..Self::new()
        }
    }

    fn tell(&self, step: DiskStep) {
        if let Some(observer) = &self.observer {
            observer(step);
        }
    }

    /// Writes a whole file. Replaces an existing one, unless `only_new`.
    pub(crate) fn write(
        &self,
        path: &FsPath,
        payload: &PutPayload,
        only_new: bool,
    ) -> io::Result<()> {
        self.write_with(path, only_new, |file| {
            payload.iter().try_for_each(|part| file.write_all(part))
        })
    }

    /// As [`write`](Self::write), but `content` writes the file. If it fails, nothing changes under
    /// the name.
    pub(crate) fn write_with<T>(
        &self,
        path: &FsPath,
        only_new: bool,
        content: impl FnOnce(&mut File) -> io::Result<T>,
    ) -> io::Result<T> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
        self.create_folder(folder)?;
        let mut file = unfinished_in(folder)?;
        let written = content(file.as_file_mut())?;
        file.as_file().sync_all()?;
        self.tell(DiskStep::Synced(path.to_owned()));
        if only_new {
            file.persist_noclobber(path).map_err(|err| err.error)?;
        } else {
            file.persist(path).map_err(|err| err.error)?;
        }
        self.tell(DiskStep::Named(path.to_owned()));
        self.sync_folder(folder)?;
        Ok(written)
    }

    /// Appends to a file, or creates it. Keeps its first `stays` bytes and cuts the rest off
    /// before.
    pub(crate) fn append(&self, path: &FsPath, stays: u64, added: &[u8]) -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
        self.create_folder(folder)?;
        let mut file = access::open(path, OpenOptions::new().create(true).append(true))?;
        if file.metadata()?.len() > stays {
            file.set_len(stays)?;
        }
        file.write_all(added)?;
        file.sync_all()?;
        self.tell(DiskStep::Synced(path.to_owned()));
        if stays == 0 {
            self.sync_folder(folder)?;
        }
        Ok(())
    }

    /// Copies a file, which gets its name after it is complete and synced. Returns its size in
    /// bytes.
    pub(crate) fn copy(&self, from: &FsPath, to: &FsPath) -> io::Result<u64> {
        let folder = to.parent().ok_or(io::ErrorKind::InvalidFilename)?;
        let file = unfinished_in(folder)?;
        let bytes = io::copy(&mut File::open(from)?, &mut file.as_file())?;
        file.as_file().sync_all()?;
        file.persist(to).map_err(|err| err.error)?;
        self.sync_folder(folder)?;
        Ok(bytes)
    }

    /// Creates the folder and syncs the parent of each new folder.
    pub(crate) fn create_folder(&self, folder: &FsPath) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let parent = folder.parent().ok_or(io::ErrorKind::InvalidFilename)?;
        self.create_folder(parent)?;
        make_folder(folder)?;
        self.sync_folder(parent)
    }

    fn sync_folder(&self, folder: &FsPath) -> io::Result<()> {
        File::open(folder)?.sync_all()?;
        self.tell(DiskStep::FolderSynced(folder.to_owned()));
        Ok(())
    }

    /// Syncs a file that the library has already renamed, and its folder.
    fn sync_named(&self, path: &FsPath) -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
        keep_private(path)?;
        share(path, folder)?;
        File::open(path)?.sync_all()?;
        self.tell(DiskStep::Synced(path.to_owned()));
        self.sync_folder(folder)
    }

    /// The files in a folder whose names sort after `after`; `None` if the folder has other entries
    /// than files.
    ///
    /// A log has thousands of entries, of which only the last few are needed. The library would
    /// first make a path for each entry, which took a fifth of the time of a small import.
    fn later(&self, folder: &Path, after: &str) -> io::Result<Option<Vec<ObjectMeta>>> {
        let entries = match fs::read_dir(self.inner.path_to_filesystem(folder)?) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Some(Vec::new())),
            entries => entries?,
        };
        let mut later = Vec::new();
        for entry in entries {
            let entry = entry?;
            if !entry.file_type()?.is_file() {
                return Ok(None);
            }
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| *name > after) else {
                continue;
            };
            let file = match entry.metadata() {
                // Removed meanwhile.
                Err(err) if err.kind() == io::ErrorKind::NotFound => continue,
                file => file?,
            };
            later.push(ObjectMeta {
                location: folder.clone().join(name),
                last_modified: file.modified()?.into(),
                size: file.len(),
                e_tag: None,
                version: None,
            });
        }
        Ok(Some(later))
    }

    /// The hint where to start reading a log, reduced to a version whose checkpoint exists. The
    /// library would trust all other fields too.
    fn hint(&self, location: &Path) -> Result<GetResult> {
        let path = self.inner.path_to_filesystem(location)?;
        let Some(version) = hinted_checkpoint(&path) else {
            return Err(named_error(&path, io::ErrorKind::NotFound.into()));
        };
        let hint = Bytes::from(format!(r#"{{"version":{version},"size":0}}"#));
        let size = hint.len() as u64;
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::once(async { Ok(hint) }).boxed()),
            meta: ObjectMeta {
                location: location.clone(),
                last_modified: std::time::SystemTime::UNIX_EPOCH.into(),
                size,
                e_tag: None,
                version: None,
            },
            range: 0..size,
            attributes: Attributes::default(),
        })
    }

    /// Runs a blocking step outside the async threads, and adds the path to its error.
    async fn blocking(
        &self,
        location: &Path,
        step: impl FnOnce(&Self, &FsPath) -> io::Result<()> + Send + 'static,
    ) -> Result<()> {
        let path = self.inner.path_to_filesystem(location)?;
        let (files, at) = (self.clone(), path.clone());
        tokio::task::spawn_blocking(move || step(&files, &at))
            .await?
            .map_err(|source| named_error(&path, source))
    }
}

/// The name of a file in a folder; `None` if it is elsewhere.
fn name_in<'a>(folder: &Path, file: &'a Path) -> Option<&'a str> {
    let name = file.as_ref().strip_prefix(folder.as_ref())?;
    name.strip_prefix('/').filter(|name| !name.contains('/'))
}

/// Replaces a file as a whole, or creates it: after a crash it has the old or the new content. Its
/// permissions are those of [`access`].
///
/// # Errors
/// If the file cannot be written. It is then unchanged.
pub fn replace_file(path: &FsPath, content: &[u8]) -> io::Result<()> {
    DurableFiles::new().write_with(path, false, |file| file.write_all(content))
}

/// A new temporary file with the permissions of [`access`].
pub(crate) fn unfinished_in(folder: &FsPath) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    let file = builder
        .prefix(UNFINISHED)
        .suffix(".tmp")
        .tempfile_in(folder)?;
    share(file.path(), folder)?;
    Ok(file)
}

/// Removes temporary files that a killed writer left in a folder at least an hour ago. Younger
/// files may be in use: some network drives have no locks, and an export takes none.
pub(crate) fn remove_unfinished(folder: &FsPath, now: Timestamp) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    // Checking each finished file would cost more than a small import.
    let unfinished =
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED));
    for entry in unfinished {
        let written = entry.metadata().and_then(|file| file.modified()).ok();
        let written = written.and_then(|time| Timestamp::try_from(time).ok());
        let is_old = written.is_some_and(|time| now.duration_since(time).as_hours() >= 1);
        if is_old {
            // What cannot be removed now is left to the next writer, and does no harm.
            fs::remove_file(entry.path()).ok();
        }
    }
}

fn named_error(path: &FsPath, source: io::Error) -> Error {
    let named = path.display().to_string();
    match source.kind() {
        io::ErrorKind::AlreadyExists => Error::AlreadyExists {
            path: named,
            source: source.into(),
        },
        io::ErrorKind::NotFound => Error::NotFound {
            path: named,
            source: source.into(),
        },
        kind => Error::Generic {
            store: "DurableFiles",
            source: Box::new(io::Error::new(kind, format!("{named}: {source}"))),
        },
    }
}

impl fmt::Debug for DurableFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableFiles").finish_non_exhaustive()
    }
}

impl fmt::Display for DurableFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DurableFiles")
    }
}

impl Default for DurableFiles {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl ObjectStore for DurableFiles {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        let only_new = match opts.mode {
            PutMode::Create => true,
            PutMode::Overwrite => false,
            PutMode::Update(_) => {
                return Err(Error::NotImplemented {
                    operation: "put with PutMode::Update".into(),
                    implementer: self.to_string(),
                });
            }
        };
        self.blocking(location, move |files, path| {
            files.write(path, &payload, only_new)
        })
        .await?;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let inner = self.inner.put_multipart_opts(location, opts).await?;
        Ok(Box::new(DurableUpload {
            inner,
            files: self.clone(),
            location: location.clone(),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if location.filename() == Some(LAST_CHECKPOINT) {
            return self.hint(location);
        }
        if self.observer.is_some() {
            self.tell(DiskStep::Reading(self.inner.path_to_filesystem(location)?));
        }
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let all = self.inner.list_with_offset(prefix, offset);
        let Some((folder, after)) =
            prefix.and_then(|folder| Some((folder, name_in(folder, offset)?)))
        else {
            return all;
        };
        let (files, folder, after) = (self.clone(), folder.clone(), after.to_owned());
        let listed = async move {
            let list = {
                let folder = folder.clone();
                move || files.later(&folder, &after)
            };
            match tokio::task::spawn_blocking(list).await? {
                Ok(Some(later)) => Ok(stream::iter(later).map(Ok).boxed()),
                Ok(None) => Ok(all),
                Err(err) => Err(named_error(FsPath::new(folder.as_ref()), err)),
            }
        };
        stream::once(listed).try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await?;
        self.blocking(to, |files, path| files.sync_named(path))
            .await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await?;
        self.blocking(to, |files, path| files.sync_named(path))
            .await
    }
}

/// The multipart upload of a large file, synced on completion.
#[derive(Debug)]
struct DurableUpload {
    inner: Box<dyn MultipartUpload>,
    files: DurableFiles,
    location: Path,
}

#[async_trait]
impl MultipartUpload for DurableUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.inner.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let result = self.inner.complete().await?;
        self.files
            .blocking(&self.location, |files, path| files.sync_named(path))
            .await?;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}
