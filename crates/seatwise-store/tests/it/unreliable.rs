//! Object storage that loses answers, does not answer, holds a request back, or lets too many writers
//! pass.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::oneshot;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Objects in memory.
#[derive(Debug, Default)]
pub(crate) struct Unreliable {
    pub(crate) objects: Arc<InMemory>,
    /// Whether the answer to each write with a condition is lost, so that the client repeats it and
    /// finds its own object. Data files are written without a condition.
    pub(crate) loses: AtomicBool,
    /// The condition that is ignored.
    pub(crate) weakness: Mutex<Option<Weakness>>,
    /// Whether no request to read a data file is answered.
    pub(crate) is_silent: AtomicBool,
    /// Whether each folder is listed as an object too, as some storage does.
    pub(crate) marks_folders: AtomicBool,
    held: Mutex<Option<Held>>,
}

/// A write that waits before it reaches the storage.
#[derive(Debug)]
struct Held {
    /// A part of the name of the object.
    name: &'static str,
    /// How many writes of such objects do not wait.
    passing: u32,
    reached: oneshot::Sender<()>,
    go_on: oneshot::Receiver<()>,
}

impl Unreliable {
    /// The object of a folder itself.
    fn folder(&self, prefix: Option<&Path>) -> Option<ObjectMeta> {
        let location = prefix.filter(|_| self.marks_folders.load(Ordering::Relaxed))?;
        Some(ObjectMeta {
            location: location.clone(),
            last_modified: Default::default(),
            size: 0,
            e_tag: None,
            version: None,
        })
    }

    /// A client of the same objects, as another process has it.
    pub(crate) fn of(objects: &Arc<InMemory>) -> Self {
        let objects = Arc::clone(objects);
        Self {
            objects,
            ..Self::default()
        }
    }

    /// Holds the next write back to an object with this in its name, after some have passed. The first
    /// channel says when it waits; it goes on when the other one is used or dropped.
    pub(crate) fn hold(
        &self,
        name: &'static str,
        passing: u32,
    ) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (reached, is_reached) = oneshot::channel();
        let (goes_on, go_on) = oneshot::channel();
        *self.held.lock().unwrap() = Some(Held {
            name,
            passing,
            reached,
            go_on,
        });
        (is_reached, goes_on)
    }

    /// Holds nothing back any more.
    pub(crate) fn release(&self) {
        self.held.lock().unwrap().take();
    }

    /// What to wait for before a write.
    fn held(&self, location: &Path) -> Option<Held> {
        let mut held = self.held.lock().unwrap();
        let next = held.as_mut()?;
        if !location.as_ref().contains(next.name) {
            return None;
        }
        if next.passing > 0 {
            next.passing -= 1;
            return None;
        }
        held.take()
    }
}

/// A condition of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weakness {
    /// That there is no such object.
    Creates,
    /// That the object is the one that was read.
    Replaces,
}

impl fmt::Display for Unreliable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unreliable")
    }
}

#[async_trait]
impl ObjectStore for Unreliable {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        mut opts: PutOptions,
    ) -> Result<PutResult> {
        if let Some(held) = self.held(location) {
            held.reached.send(()).ok();
            held.go_on.await.ok();
        }
        let weakness = *self.weakness.lock().unwrap();
        match (&opts.mode, weakness) {
            (PutMode::Create, Some(Weakness::Creates))
            | (PutMode::Update(_), Some(Weakness::Replaces)) => opts.mode = PutMode::Overwrite,
            _ => {}
        }
        let refused: fn(String, Cause) -> Error = match &opts.mode {
            PutMode::Create => |path, source| Error::AlreadyExists { path, source },
            _ => |path, source| Error::Precondition { path, source },
        };
        let endings = [".json", ".ndjson", ".csv", ".sha256"];
        let has_ending = endings.iter().any(|it| location.as_ref().ends_with(it));
        let loses = opts.mode != PutMode::Overwrite && has_ending;
        let put = self.objects.put_opts(location, payload, opts).await?;
        if loses && self.loses.load(Ordering::Relaxed) {
            let cause = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(refused(location.to_string(), cause.into()));
        }
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.objects.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if self.is_silent.load(Ordering::Relaxed) && location.as_ref().ends_with(".parquet") {
            return Err(Error::Generic {
                store: "S3",
                source: "the storage does not answer".into(),
            });
        }
        self.objects.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.objects.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let marked = stream::iter(self.folder(prefix).map(Ok));
        marked.chain(self.objects.list(prefix)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut listed = self.objects.list_with_delimiter(prefix).await?;
        listed.objects.extend(self.folder(prefix));
        Ok(listed)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.objects.copy_opts(from, to, options).await
    }
}
