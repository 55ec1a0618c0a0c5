//! Whether object storage keeps what commits rely on.

use std::io;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, UpdateVersion};
use uuid::Uuid;

use super::objects::ObjectStorage;
use crate::table::names::UNFINISHED;

impl ObjectStorage {
    /// Checks that the storage lets one of several writers create an object, and one replace what
    /// all have read. Writes an object with a name that no store uses, and removes it.
    ///
    /// # Errors
    /// `Unsupported` with the reason if it does not; or if it refuses a request.
    pub(crate) fn probe(&self) -> io::Result<()> {
        #[expect(
            clippy::disallowed_methods,
            reason = "two processes must not give one name"
        )]
        let name = format!("{UNFINISHED}probe-{}", Uuid::new_v4());
        let key = Path::from(format!("{}/{name}", self.prefix()?));
        let probed = self.wait(probe(self.objects().as_ref(), &key));
        let removed = self.delete(&key);
        if let Some(problem) = probed? {
            let problem = format!("the storage cannot have a store: {problem}");
            return Err(io::Error::new(io::ErrorKind::Unsupported, problem));
        }
        removed
    }
}

/// What is wrong with the storage; `None` if nothing is.
async fn probe(
    objects: &dyn ObjectStore,
    key: &Path,
) -> object_store::Result<Option<&'static str>> {
    use object_store::Error::{AlreadyExists, NotModified, Precondition};
    let put = |text: &'static str, mode: PutMode| {
        objects.put_opts(key, text.into(), PutOptions::from(mode))
    };
    match put("one", PutMode::Create).await {
        // The answer to the first attempt was lost.
        Err(AlreadyExists { .. }) => {}
        created => drop(created?),
    }
    match put("two", PutMode::Create).await {
        Err(AlreadyExists { .. }) => {}
        Err(err) => return Err(err),
        Ok(_) => return Ok(Some("it lets two writers create the same object")),
    }
    let meta = objects.head(key).await?;
    let read = PutMode::Update(UpdateVersion {
        e_tag: meta.e_tag,
        version: meta.version,
    });
    put("three", read.clone()).await?;
    match put("four", read).await {
        Err(Precondition { .. } | NotModified { .. } | AlreadyExists { .. }) => Ok(None),
        Err(err) => Err(err),
        Ok(_) => Ok(Some("it lets two writers replace what both have read")),
    }
}
