//! The entries after a name in a folder equal those of the library's listing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use futures::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectMeta, ObjectStore};
use proptest::collection::btree_set;
use proptest::prelude::*;
use seatwise_store::DurableFiles;

async fn list(files: &dyn ObjectStore, folder: &Path, after: &str) -> BTreeSet<(String, u64)> {
    let folder = ObjectPath::from_absolute_path(folder).unwrap();
    let offset = folder.clone().join(after);
    let listed: Vec<ObjectMeta> = files
        .list_with_offset(Some(&folder), &offset)
        .try_collect()
        .await
        .unwrap();
    let named = listed
        .into_iter()
        .map(|file| (file.location.to_string(), file.size));
    named.collect()
}

proptest! {
    #[test]
    fn same_as_the_library(
        names in btree_set("[a0-2._-]{1,4}[a-z]", 0..12),
        folders in btree_set("[a0-2._-]{1,3}[A-Z]", 0..2),
        after in "[a0-2._-]{0,3}[a-zA-Z]",
    ) {
        let root = tempfile::tempdir().unwrap();
        for (length, name) in names.iter().enumerate() {
            fs::write(root.path().join(name), "x".repeat(length)).unwrap();
        }
        for folder in &folders {
            fs::create_dir(root.path().join(folder)).unwrap();
            fs::write(root.path().join(folder).join("within"), "x").unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let ours = list(&DurableFiles::new(), root.path(), &after).await;
            let librarys = list(&LocalFileSystem::new(), root.path(), &after).await;
            assert_eq!(ours, librarys);
        });
    }
}

#[tokio::test]
async fn a_folder_that_does_not_exist_is_empty() {
    let root = tempfile::tempdir().unwrap();
    let missing = root.path().join("missing");
    assert!(list(&DurableFiles::new(), &missing, "a").await.is_empty());
}
