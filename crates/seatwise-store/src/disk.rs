//! Files that are on the disk when the call that wrote them returns.
//!
//! `object_store`'s local file system never asks the operating system to sync, and neither does
//! the Delta library. Here every file is written under a temporary name, synced, then given its
//! name, and the folder is synced: after a power cut a name never stands for a file that is not
//! whole. A log entry is written through the same path after the data files that it names, so an
//! acknowledged delivery survives.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions,
    Result, UploadPart,
};

/// Files whose name starts so are unfinished; a killed process may leave them behind.
pub(crate) const UNFINISHED: &str = ".seatwise-";

/// One step of writing a file, told to an observer after it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskStep {
    /// The content of the file that is going to have this name was synced.
    Synced(PathBuf),
    /// The file got its name.
    Named(PathBuf),
    /// The folder was synced: its names are on the disk.
    FolderSynced(PathBuf),
}

type Observer = Arc<dyn Fn(DiskStep) + Send + Sync>;

/// The local file system as an object store whose writes are durable when they return.
#[derive(Clone)]
pub struct DurableFiles {
    inner: Arc<LocalFileSystem>,
    observer: Option<Observer>,
}

impl DurableFiles {
    /// The whole local file system; paths are absolute.
    pub fn new() -> Self {
        Self {
            inner: Arc::new(LocalFileSystem::new()),
            observer: None,
        }
    }

    /// As [`new`](Self::new), and tells every step to the observer, in order.
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

    /// Writes a file; with `only_new` it is an error if there is one of this name.
    pub(crate) fn write(
        &self,
        path: &FsPath,
        payload: &PutPayload,
        only_new: bool,
    ) -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
        self.create_folder(folder)?;
        let mut file = unfinished_in(folder)?;
        for part in payload {
            file.write_all(part)?;
        }
        file.as_file().sync_all()?;
        self.tell(DiskStep::Synced(path.to_owned()));
        if only_new {
            file.persist_noclobber(path).map_err(|err| err.error)?;
        } else {
            file.persist(path).map_err(|err| err.error)?;
        }
        self.tell(DiskStep::Named(path.to_owned()));
        self.sync_folder(folder)
    }

    /// Creates the folder and syncs the parent of each folder that was new.
    pub(crate) fn create_folder(&self, folder: &FsPath) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let parent = folder.parent().ok_or(io::ErrorKind::InvalidFilename)?;
        self.create_folder(parent)?;
        match fs::create_dir(folder) {
            Err(err) if err.kind() != io::ErrorKind::AlreadyExists => Err(err),
            _ => self.sync_folder(parent),
        }
    }

    fn sync_folder(&self, folder: &FsPath) -> io::Result<()> {
        File::open(folder)?.sync_all()?;
        self.tell(DiskStep::FolderSynced(folder.to_owned()));
        Ok(())
    }

    /// Syncs a file that already has its name, and its folder.
    fn sync_named(&self, path: &FsPath) -> io::Result<()> {
        File::open(path)?.sync_all()?;
        self.tell(DiskStep::Synced(path.to_owned()));
        self.sync_folder(path.parent().ok_or(io::ErrorKind::InvalidFilename)?)
    }

    /// Runs a blocking step off the async threads and names the path in its error.
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

/// A new file that other users may read as far as the user's umask lets them.
pub(crate) fn unfinished_in(folder: &FsPath) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED).suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
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
        self.inner.list_with_offset(prefix, offset)
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

/// A large file in parts; synced when it is complete.
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
