//! Files of a store as objects of object storage.
//!
//! An object is written whole or not at all, is durable when the storage has answered, and has a tag
//! that changes with each write. There are no folders: a folder is what names have in common.

use std::fmt;
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use futures::TryStreamExt as _;
use futures::future::ready;
use object_store::path::Path as ObjectPath;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::block_in_place;
use url::Url;

use super::clouds;
use super::file_info::{FileInfo, Tag};
use super::without_hints::WithoutHints;

/// Threads for requests to object storage.
static REQUESTS: LazyLock<Runtime> = LazyLock::new(|| {
    let mut threads = Builder::new_multi_thread();
    let threads = threads
        .thread_name("storage")
        .worker_threads(2)
        .enable_all();
    threads
        .build()
        .expect("the system has threads for requests")
});

/// Object storage that has the files of a store, below a prefix. Cheap to clone.
///
/// A call waits for the answers of the storage, also in async code, whose other tasks go on on other
/// threads. This needs a runtime with several threads.
#[derive(Clone)]
pub struct ObjectStorage(Arc<Shared>);

struct Shared {
    objects: Arc<dyn ObjectStore>,
    url: Url,
    work_dir: PathBuf,
}

impl ObjectStorage {
    /// The objects below `s3://BUCKET/PATH`, `az://CONTAINER/PATH`,
    /// `abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH` or `gs://BUCKET/PATH`.
    ///
    /// `settings` have the credentials, and are named as variables of the environment:
    /// `AWS_ACCESS_KEY_ID`, `AZURE_STORAGE_ACCOUNT_KEY`, `GOOGLE_APPLICATION_CREDENTIALS`. Profiles
    /// of AWS are not read. A request ends after a minute, with up to five repetitions.
    ///
    /// `work_dir` is an existing folder on the local disk, for files that only this process needs.
    ///
    /// # Errors
    /// If the URL is not of one of these kinds or has a password, or if a setting is missing or
    /// wrong. No request is sent.
    pub fn open(
        url: &str,
        settings: impl IntoIterator<Item = (String, String)>,
        work_dir: impl Into<PathBuf>,
    ) -> io::Result<Self> {
        let url = Url::parse(url).map_err(|err| invalid(err.to_string()))?;
        if url.password().is_some() {
            return Err(invalid("a URL of storage must not have a password".into()));
        }
        let objects = clouds::client(&url, settings, REQUESTS.handle()).map_err(failed)?;
        Self::new(objects, url, work_dir)
    }

    /// The objects below a URL, of whose bucket `objects` is the client. It must not need the
    /// network on the threads that call it.
    ///
    /// # Errors
    /// If the URL cannot have a path.
    pub fn new(
        objects: Arc<dyn ObjectStore>,
        mut url: Url,
        work_dir: impl Into<PathBuf>,
    ) -> io::Result<Self> {
        if url.cannot_be_a_base() {
            return Err(invalid(format!("`{url}` has no path")));
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(Arc::new(Shared {
            objects,
            url,
            work_dir: work_dir.into(),
        })))
    }

    /// The URL, to show it.
    pub(crate) fn url(&self) -> &str {
        self.0.url.as_str().trim_end_matches('/')
    }

    /// The folder on the local disk.
    pub(crate) fn work_dir(&self) -> &Path {
        &self.0.work_dir
    }

    /// The name of the object from which all others continue.
    pub(super) fn prefix(&self) -> io::Result<ObjectPath> {
        ObjectPath::from_url_path(self.0.url.path()).map_err(|err| failed(err.into()))
    }

    /// The bucket or container as libraries name it.
    pub(super) fn bucket(&self) -> Url {
        let mut url = self.0.url.clone();
        url.set_path("/");
        url
    }

    /// The URL of an object, or of what is below a prefix if it ends with a slash.
    pub(super) fn url_of(&self, key: &str) -> Url {
        let mut url = self.0.url.clone();
        url.set_path(&format!("/{key}"));
        url
    }

    /// The objects for the query engine.
    pub(super) fn objects(&self) -> &Arc<dyn ObjectStore> {
        &self.0.objects
    }

    /// The objects for the Delta library.
    pub(super) fn for_delta(&self) -> Arc<dyn ObjectStore> {
        Arc::new(WithoutHints(Arc::clone(&self.0.objects)))
    }

    pub(super) fn wait<T>(
        &self,
        request: impl Future<Output = object_store::Result<T>>,
    ) -> io::Result<T> {
        let answer = match Handle::try_current() {
            Ok(_) => block_in_place(|| REQUESTS.block_on(request)),
            Err(_) => REQUESTS.block_on(request),
        };
        answer.map_err(failed)
    }

    pub(super) fn get(&self, key: &ObjectPath) -> io::Result<Vec<u8>> {
        let content = self.wait(async { self.0.objects.get(key).await?.bytes().await })?;
        Ok(content.into())
    }

    /// An object, and its tag.
    pub(super) fn get_tagged(&self, key: &ObjectPath) -> io::Result<(Vec<u8>, Tag)> {
        let (content, tag) = self.wait(async {
            let found = self.0.objects.get(key).await?;
            let tag = Tag::of_object(&found.meta);
            Ok((found.bytes().await?, tag))
        })?;
        Ok((content.into(), tag))
    }

    pub(super) fn head(&self, key: &ObjectPath) -> io::Result<FileInfo> {
        let meta = self.wait(self.0.objects.head(key))?;
        Ok(FileInfo::of_object(&meta))
    }

    /// Whether there is an object; an error if the storage does not say.
    pub(super) fn exists(&self, key: &ObjectPath) -> io::Result<bool> {
        match self.head(key) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(false),
            found => found.map(|_| true),
        }
    }

    /// Whether there is an object below a prefix.
    pub(super) fn is_prefix(&self, prefix: &ObjectPath) -> io::Result<bool> {
        let first = self.wait(async {
            let listed = self.0.objects.list(Some(prefix));
            let mut below = listed.try_filter(|meta| ready(meta.location != *prefix));
            below.try_next().await
        })?;
        Ok(first.is_some())
    }

    pub(super) fn put(
        &self,
        key: &ObjectPath,
        content: PutPayload,
        mode: PutMode,
    ) -> io::Result<Tag> {
        let written = self.wait(self.0.objects.put_opts(key, content, mode.into()))?;
        Ok(Tag::of_written(written))
    }

    /// Replaces an object with this tag; creates one without a tag. If the object has another tag,
    /// or exists, the kind of the error is `ResourceBusy`.
    pub(super) fn replace(
        &self,
        key: &ObjectPath,
        tag: Option<&Tag>,
        content: PutPayload,
    ) -> io::Result<Tag> {
        let mode = match tag.and_then(|tag| tag.0.clone()) {
            Some(version) => PutMode::Update(version),
            None => PutMode::Create,
        };
        self.put(key, content, mode)
            .map_err(|err| match err.kind() {
                // Without the cause, whose kind would count.
                io::ErrorKind::AlreadyExists | io::ErrorKind::ResourceBusy => {
                    io::ErrorKind::ResourceBusy.into()
                }
                _ => err,
            })
    }

    /// Replaces what follows the first `stays` bytes of an object with this tag. If it has another
    /// tag, the kind of the error is `ResourceBusy`.
    pub(super) fn append(
        &self,
        key: &ObjectPath,
        tag: &Tag,
        stays: u64,
        added: &[u8],
    ) -> io::Result<()> {
        let (mut content, now) = self.get_tagged(key)?;
        if now != *tag {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        content.truncate(usize::try_from(stays).unwrap_or(usize::MAX));
        content.extend_from_slice(added);
        self.replace(key, Some(tag), content.into()).map(drop)
    }

    /// The objects directly below a prefix, and the prefixes there.
    pub(super) fn list(
        &self,
        prefix: &ObjectPath,
    ) -> io::Result<Vec<(ObjectPath, Option<FileInfo>)>> {
        let listed = self.wait(self.0.objects.list_with_delimiter(Some(prefix)))?;
        // Some storage has an object for a folder itself.
        let objects = listed.objects.into_iter();
        let objects = objects.filter(|meta| meta.location != *prefix);
        let objects = objects.map(|meta| (meta.location.clone(), Some(FileInfo::of_object(&meta))));
        let prefixes = listed.common_prefixes.into_iter();
        Ok(objects
            .chain(prefixes.map(|prefix| (prefix, None)))
            .collect())
    }

    /// Removes an object, if it exists.
    pub(super) fn delete(&self, key: &ObjectPath) -> io::Result<()> {
        match self.wait(self.0.objects.delete(key)) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(()),
            deleted => deleted,
        }
    }

    /// All objects below a prefix.
    pub(super) fn all_below(&self, prefix: &ObjectPath) -> io::Result<Vec<ObjectPath>> {
        let listed = self.0.objects.list(Some(prefix));
        let below = listed.try_filter(|meta| ready(meta.location != *prefix));
        self.wait(below.map_ok(|meta| meta.location).try_collect())
    }

    /// Gives an object another name: first there are both.
    pub(super) fn rename(&self, from: &ObjectPath, to: &ObjectPath) -> io::Result<()> {
        self.wait(self.0.objects.copy(from, to))?;
        self.delete(from)
    }

    /// Passes an object to `take`, part by part.
    pub(super) fn each_part(
        &self,
        key: &ObjectPath,
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        self.wait(async {
            let mut parts = self.0.objects.get(key).await?.into_stream();
            while let Some(part) = parts.try_next().await? {
                if let Err(err) = take(&part) {
                    return Ok(Err(err));
                }
            }
            Ok(Ok(()))
        })?
    }

    /// A copy of an object in a temporary file without a name.
    pub(super) fn fetch(&self, key: &ObjectPath) -> io::Result<File> {
        let mut file = tempfile::tempfile_in(&self.0.work_dir)?;
        self.each_part(key, |part| file.write_all(part))?;
        file.rewind()?;
        Ok(file)
    }
}

impl fmt::Debug for ObjectStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ObjectStorage");
        shown
            .field("url", &self.0.url.as_str())
            .finish_non_exhaustive()
    }
}

fn invalid(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

/// The kind of an error if the storage did not answer a request, or could not do what it asks for.
const UNANSWERED: io::ErrorKind = io::ErrorKind::HostUnreachable;

/// How errors name the clients of the clouds.
const CLOUDS: [&str; 3] = ["S3", "MicrosoftAzure", "GCS"];

/// Whether an error is due to a request that the storage did not answer: what it has is unknown then.
pub(crate) fn is_unanswered(err: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(err);
    while let Some(err) = next {
        if let Some(Error::Generic { store, .. }) = err.downcast_ref() {
            return CLOUDS.contains(store);
        }
        if let Some(io) = err.downcast_ref::<io::Error>() {
            return io.kind() == UNANSWERED
                || io.get_ref().is_some_and(|inner| is_unanswered(inner));
        }
        next = err.source();
    }
    false
}

/// The error of a request, with the kind that the store acts on.
fn failed(err: Error) -> io::Error {
    let kind = match &err {
        Error::NotFound { .. } => io::ErrorKind::NotFound,
        Error::AlreadyExists { .. } => io::ErrorKind::AlreadyExists,
        Error::Precondition { .. } | Error::NotModified { .. } => io::ErrorKind::ResourceBusy,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            io::ErrorKind::PermissionDenied
        }
        Error::Generic { .. } => UNANSWERED,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, err)
}
