//! The object store through which the Delta library reads and writes.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::Path as FsPath;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, RenameOptions, Result, UploadPart,
};

use super::{DiskStep, DurableFiles};
use crate::table::access::{keep_private, share};
use crate::table::log::hinted_checkpoint;
use crate::table::names::{LAST_CHECKPOINT, UNFINISHED};
use crate::table::storage::Location;

impl DurableFiles {
    /// Syncs a file that the library has written and named, and its folder.
    fn sync_named(&self, path: &FsPath) -> io::Result<()> {
        self.sync_written(path)?;
        self.sync_folder_of(path)
    }

    /// Syncs a file that the library has written.
    fn sync_written(&self, path: &FsPath) -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
        keep_private(path)?;
        share(path, folder)?;
        self.tell(DiskStep::Written(path.to_owned()));
        self.sync_file(&File::open(path)?, path)
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
        let Some(version) = hinted_checkpoint(&Location::on_disk(self.clone(), &path)) else {
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

impl fmt::Display for DurableFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DurableFiles")
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
        let mut parts: Vec<_> = location.parts().collect();
        let name = parts.pop().unwrap_or_default();
        let name = format!("{UNFINISHED}{}.tmp", name.as_ref());
        let unfinished: Path = parts.into_iter().chain([name.into()]).collect();
        let inner = self.inner.put_multipart_opts(&unfinished, opts).await?;
        Ok(Box::new(DurableUpload {
            inner,
            files: self.clone(),
            unfinished,
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
        let files = self.clone();
        let deleted = self.inner.delete_stream(locations);
        let tell = move |location: &Path| {
            if files.observer.is_some()
                && let Ok(path) = files.inner.path_to_filesystem(location)
            {
                files.tell(DiskStep::Removed(path));
            }
        };
        deleted.inspect_ok(tell).boxed()
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

/// The multipart upload of a large file, which gets its name after its content is synced.
#[derive(Debug)]
struct DurableUpload {
    inner: Box<dyn MultipartUpload>,
    files: DurableFiles,
    unfinished: Path,
    location: Path,
}

#[async_trait]
impl MultipartUpload for DurableUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.inner.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let result = self.inner.complete().await?;
        let unfinished = self.files.inner.path_to_filesystem(&self.unfinished)?;
        self.files
            .blocking(&self.location, move |files, path| {
                files.sync_written(&unfinished)?;
                files.rename(&unfinished, path)?;
                files.sync_folder_of(path)
            })
            .await?;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}

/// The name of a file in a folder; `None` if it is elsewhere.
fn name_in<'a>(folder: &Path, file: &'a Path) -> Option<&'a str> {
    let name = file.as_ref().strip_prefix(folder.as_ref())?;
    name.strip_prefix('/').filter(|name| !name.contains('/'))
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
