//! A backup during an erasure: it starts again, and leaves no incomplete copy.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use seatwise_store::{DiskStep, DurableFiles, Erase, Kind, Store, StoreError};
use tokio::runtime::Runtime;

use crate::test_store::{TestStore, customer, exchange, partner};
use crate::upkeep::{lived_in, much_later, table, verified};

/// Six customers, each with rows in both of two data files.
async fn six_customers() -> TestStore {
    let mut test = TestStore::new();
    for day in ["2026-05-01", "2026-05-02"] {
        let rows = (1..=6).map(|number| exchange(day, number, 5, 10));
        test.usage(&rows.collect::<String>()).await.unwrap();
    }
    test
}

/// Erases a customer as another process does, which has a separate view of the folder.
fn forget(data: &Path, number: u32) {
    let data = data.to_owned();
    let forgetting = std::thread::spawn(move || {
        Runtime::new().unwrap().block_on(async {
            let store = Store::open(&data).unwrap();
            let what = Erase::Customer(customer(number).parse().unwrap());
            let erased = store.erase(partner(), Kind::Usage, what, much_later(), false);
            assert_eq!(erased.await.unwrap().unwrap().rows, 2);
        });
    });
    forgetting.join().unwrap();
}

/// A backup during which one of `customers` is erased each time the first data file has been
/// copied. Returns the number of erasures and the result of the backup.
async fn backup_while_forgetting(
    test: &TestStore,
    to: &Path,
    customers: &'static [u32],
) -> (usize, Result<(), StoreError>) {
    let data = test.store.work_dir().to_owned();
    let folder = to.join(format!("partners/{}/usage", partner()));
    // The number of copies of the first data file, and whether this attempt has passed it.
    let copied = Arc::new(Mutex::new((0, false)));
    let files = {
        let (copied, data) = (Arc::clone(&copied), data.clone());
        DurableFiles::observed(move |step| {
            let DiskStep::FolderSynced(path) = step else {
                return;
            };
            let (count, is_over) = &mut *copied.lock().unwrap();
            if Some(&*path) == folder.parent() {
                // The folder of the table was just created.
                *is_over = false;
            } else if path == folder && !*is_over {
                *is_over = true;
                if let Some(number) = customers.get(*count) {
                    forget(&data, *number);
                }
                *count += 1;
            }
        })
    };
    let store = Store::create_with(&data, files).unwrap();
    let ended = store.backup(to).await.map(drop);
    let (count, _) = *copied.lock().unwrap();
    (count, ended)
}

fn files_below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.insert(path);
        }
    }
    files
}

#[tokio::test]
async fn a_backup_begins_again_when_a_customer_is_forgotten_meanwhile() {
    let test = six_customers().await;
    let to = test.folder.path().join("backup");
    let (begun, ended) = backup_while_forgetting(&test, &to, &[3]).await;
    ended.unwrap();
    assert_eq!(begun, 2);
    let copy = Store::open(&to).unwrap();
    let (there, here) = (verified(&copy).await, verified(&test.store).await);
    assert_eq!((there.damages, there.rows, there.unnamed_files), (0, 10, 0));
    assert_eq!(there, here);
    // It has the folder's current content, and nothing of the first attempt.
    let names = |folder: &Path| -> BTreeSet<PathBuf> {
        let files = files_below(folder).into_iter();
        let files = files.map(|file| file.strip_prefix(folder).unwrap().to_owned());
        files
            .filter(|file| !file.ends_with("writer.lock"))
            .collect()
    };
    assert_eq!(names(&to), names(test.store.work_dir()));
}

#[tokio::test]
async fn a_backup_that_gives_up_leaves_nothing_of_a_copy() {
    let test = six_customers().await;
    let to = test.folder.path().join("backup");
    let (begun, ended) = backup_while_forgetting(&test, &to, &[1, 2, 3, 4, 5]).await;
    let err = ended.unwrap_err();
    assert_eq!(begun, 5, "{err}");
    assert!(!to.exists());
    assert_eq!(verified(&test.store).await.damages, 0);
    // Nothing blocks the next one.
    test.store.backup(&to).await.unwrap();
    assert_eq!(verified(&Store::open(&to).unwrap()).await.rows, 2);
}

#[tokio::test]
async fn a_backup_is_a_data_folder_of_its_own() {
    let mut test = lived_in().await;
    let to = test.folder.path().join("backup");
    let copied = test.store.backup(&to).await.unwrap();
    assert!(copied.files >= 8, "{copied:?}");
    let copy = Store::open(&to).unwrap();
    assert_eq!(
        copy.status().await.unwrap(),
        test.store.status().await.unwrap()
    );
    assert_eq!(verified(&copy).await, verified(&test.store).await);

    test.usage(&exchange("2026-05-03", 1, 9, 10)).await.unwrap();
    assert_eq!(verified(&copy).await.deliveries, 6);
    let err = test.store.backup(&to).await.unwrap_err();
    assert!(
        err.to_string().contains("is not empty: it contains"),
        "{err}"
    );
}

#[tokio::test]
async fn a_backup_has_no_hint_at_a_checkpoint_that_it_lacks() {
    let test = lived_in().await;
    // As in a backup that listed the log before the checkpoint was written.
    let hint = table(&test.store).join("_delta_log/_last_checkpoint");
    fs::write(hint, r#"{"version":1,"size":1}"#).unwrap();
    let to = test.folder.path().join("backup");
    test.store.backup(&to).await.unwrap();
    let copy = Store::open(&to).unwrap();
    assert!(!table(&copy).join("_delta_log/_last_checkpoint").exists());
    assert_eq!(verified(&copy).await.deliveries, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_whole_although_others_write() {
    let mut test = lived_in().await;
    let source = Store::open(test.store.work_dir()).unwrap();
    let folder = test.folder.path().to_owned();
    let copying = tokio::spawn(async move {
        let copies = (0..6).map(|number| folder.join(format!("backup-{number}")));
        let copies: Vec<PathBuf> = copies.collect();
        for to in &copies {
            source.backup(to).await.unwrap();
        }
        copies
    });
    let mut day = 3;
    while !copying.is_finished() {
        let date = jiff::civil::date(2026, 5, 1).saturating_add(jiff::Span::new().days(day));
        test.usage(&exchange(&date.to_string(), 1, 1, 10))
            .await
            .unwrap();
        day = (day + 1) % 20;
    }
    for copy in copying.await.unwrap() {
        let found = verified(&Store::open(&copy).unwrap()).await;
        assert_eq!(found.findings, [], "{}", copy.display());
    }
}
