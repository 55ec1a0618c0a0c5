//! A store in object storage gives the answers of one in a folder.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::{StreamExt as _, TryStreamExt as _};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use seatwise_store::import::{ImportError, ImportOptions, Input, Progress, Receipt, import};
use seatwise_store::{Axes, Erase, Kind, ObjectStorage, Store, StoreError};
use tempfile::TempDir;

use crate::axes::answer;
use crate::test_store::{USAGE_HEADER, exchange, partner};
use crate::unreliable::{Unreliable, Weakness};

/// Object storage, and a folder for what stays local.
struct Objects<T = InMemory> {
    objects: Arc<T>,
    folder: TempDir,
}

impl<T: ObjectStore + Default> Objects<T> {
    fn new() -> Self {
        Self {
            objects: Arc::default(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A store as another process opens it.
    fn open(&self) -> Result<Store, StoreError> {
        let url = "memory://bucket/tables of/seatwise".parse().unwrap();
        let objects = Arc::clone(&self.objects) as Arc<dyn ObjectStore>;
        let storage = ObjectStorage::new(objects, url, self.folder.path());
        Store::create(&storage.unwrap())
    }

    fn file(&self, rows: &str) -> PathBuf {
        file(self.folder.path(), rows)
    }
}

impl Objects {
    /// The names of all objects, sorted.
    async fn names(&self) -> Vec<Path> {
        let listed = self.objects.list(None).map_ok(|object| object.location);
        let mut names: Vec<Path> = listed.try_collect().await.unwrap();
        names.sort();
        names
    }

    /// The only object whose name has this beginning and this end, below the partner's tables.
    async fn one(&self, begin: &str, end: &str) -> Path {
        let mut names = self.names().await;
        names.retain(|name| name.as_ref().contains(begin) && name.as_ref().ends_with(end));
        assert_eq!(names.len(), 1, "{names:?}");
        names.remove(0)
    }
}

fn file(folder: &std::path::Path, rows: &str) -> PathBuf {
    let path = folder.join("usage.csv");
    std::fs::write(&path, format!("{USAGE_HEADER}\n{rows}")).unwrap();
    path
}

fn minute(minute: i64) -> Timestamp {
    let start: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minute)
}

async fn imported(store: &Store, file: PathBuf, now: Timestamp) -> Receipt {
    let options = ImportOptions::new(partner());
    let progress = Arc::new(Progress::default());
    let imported = import(store, &options, vec![Input::File(file)], now, progress);
    imported.await.unwrap()
}

/// Weekly rows of a few customers; each import restates a day of the one before.
fn rows(import: u32) -> String {
    let days = [
        "2026-01-26",
        "2026-02-02",
        "2026-02-09",
        "2026-02-16",
        "2026-02-23",
    ];
    let mut rows = String::new();
    for (week, day) in (0..).zip(days) {
        for customer in 1..=3 {
            if (week + customer) % 3 == import % 3 {
                rows += &exchange(day, customer, import + week, 40 + customer);
            }
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn object_storage_and_a_folder_give_the_same_answers_and_receipts() {
    let objects = Objects::<InMemory>::new();
    same_answers(objects.folder.path(), || objects.open().unwrap()).await;
}

/// A place of its own in the object storage that `SEATWISE_TEST_STORAGE` names.
pub(crate) fn url_of_a_cloud(name: &str) -> String {
    let mut settings = std::env::vars();
    let url = settings.find(|(name, _)| name == "SEATWISE_TEST_STORAGE");
    let (_, url) = url.expect("a URL in SEATWISE_TEST_STORAGE");
    format!("{url}/{name}")
}

/// Runs on the object storage of `SEATWISE_TEST_STORAGE`, with the credentials of the environment.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the doubles that `tests/doubles/run.sh` starts"]
async fn the_object_storage_of_a_cloud_and_a_folder_give_the_same_answers_and_receipts() {
    let (folder, url) = (tempfile::tempdir().unwrap(), url_of_a_cloud("answers"));
    let open = || {
        let storage = ObjectStorage::open(&url, std::env::vars(), folder.path());
        Store::create(&storage.unwrap()).unwrap()
    };
    same_answers(folder.path(), open).await;
}

async fn same_answers(folder: &std::path::Path, open: impl Fn() -> Store) {
    let stored = open();
    let in_folder = Store::create(&folder.join("data")).unwrap();
    for number in 0..20 {
        let file = file(folder, &rows(number));
        let now = minute(number.into());
        let receipts = [
            imported(&stored, file.clone(), now).await,
            imported(&in_folder, file, now).await,
        ];
        assert_eq!(format!("{:?}", receipts[0]), format!("{:?}", receipts[1]));
    }
    // Another process has nothing in memory.
    let opened = open();
    assert_eq!(opened.partners().unwrap(), in_folder.partners().unwrap());
    let status = opened.status().await.unwrap();
    let customers: Vec<_> = status.iter().map(|it| it.tables[0].customers).collect();
    assert_eq!(customers, [3]);
    for as_of in [None, Some(date(2026, 2, 10))] {
        for known_at in [None, Some(0), Some(7), Some(19), Some(25)] {
            let mut answers = Vec::new();
            for store in [&stored, &opened, &in_folder] {
                let known_at = match known_at {
                    Some(at) => {
                        let settled = store.settle(partner(), minute(at), minute(30));
                        Some(settled.await.unwrap())
                    }
                    None => None,
                };
                answers.push(answer(store, Axes { as_of, known_at }).await);
            }
            assert_eq!(answers[0], answers[2], "{as_of:?} {known_at:?}");
            assert_eq!(answers[1], answers[2], "{as_of:?} {known_at:?}");
        }
    }
    assert!(opened.keep_ledger(partner(), Kind::Usage).await.unwrap());
    assert!(in_folder.keep_ledger(partner(), Kind::Usage).await.unwrap());
    let again = open();
    let now = Axes::default();
    assert_eq!(answer(&again, now).await, answer(&in_folder, now).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_object_storage_sees_what_another_process_imports() {
    let objects = Objects::<InMemory>::new();
    let (one, other) = (objects.open().unwrap(), objects.open().unwrap());
    assert!(other.usage_figures(partner()).await.unwrap().is_empty());
    for number in 0..4 {
        let file = objects.file(&rows(number));
        imported(&one, file, minute(number.into())).await;
        let figures = [&one, &other].map(|store| store.usage_figures(partner()));
        let [first, second] = figures;
        assert_eq!(
            format!("{:?}", first.await.unwrap()),
            format!("{:?}", second.await.unwrap())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_object_shows_that_another_process_committed() {
    let objects = Objects::<InMemory>::new();
    let (one, other) = (objects.open().unwrap(), objects.open().unwrap());
    let hint = async || other.change_hint().await.expect("a hint");
    let mut before = hint().await;
    for number in 0..3 {
        assert_eq!(hint().await, before);
        imported(&one, objects.file(&rows(number)), minute(number.into())).await;
        let now = hint().await;
        assert_ne!(now, before);
        before = now;
    }
    // An import of what is known changes nothing.
    imported(&one, objects.file(&rows(2)), minute(5)).await;
    assert_eq!(hint().await, before);
    let in_folder = Store::create(&objects.folder.path().join("data")).unwrap();
    assert_eq!(in_folder.change_hint().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_stored_once() {
    let objects = Objects::<Unreliable>::new();
    let in_folder = Store::create(&objects.folder.path().join("data")).unwrap();
    objects.objects.loses.store(true, Ordering::Relaxed);
    for number in 0..12 {
        let (file, now) = (objects.file(&rows(number)), minute(number.into()));
        let receipt = imported(&objects.open().unwrap(), file.clone(), now).await;
        let expected = imported(&in_folder, file, now).await;
        assert_eq!(format!("{receipt:?}"), format!("{expected:?}"));
    }
    let store = objects.open().unwrap();
    let now = Axes::default();
    assert_eq!(answer(&store, now).await, answer(&in_folder, now).await);
    let verified = store.verify(partner(), Kind::Usage).await.unwrap().unwrap();
    assert_eq!(verified.damages, 0, "{:?}", verified.findings);
    assert_eq!(verified.unnamed_files, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_object_storage_in_a_folder_is_whole() {
    let objects = Objects::<InMemory>::new();
    let store = objects.open().unwrap();
    for number in 0..40 {
        let file = objects.file(&rows(number));
        imported(&store, file, minute(number.into())).await;
    }
    let compacted = store.compact(partner(), Kind::Usage, SignedDuration::ZERO, minute(40));
    let compacted = compacted.await.unwrap().unwrap();
    assert!(compacted.files_removed > 0 && compacted.log_files_removed > 0);
    let verified = store.verify(partner(), Kind::Usage).await.unwrap().unwrap();
    assert_eq!(verified.damages, 0, "{:?}", verified.findings);
    let copy = objects.folder.path().join("copy");
    store.backup(&copy).await.unwrap();
    let copy = Store::open(&copy).unwrap();
    let verified = copy.verify(partner(), Kind::Usage).await.unwrap().unwrap();
    assert_eq!(verified.damages, 0, "{:?}", verified.findings);
    let now = Axes::default();
    assert_eq!(answer(&copy, now).await, answer(&store, now).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_or_missing_object_is_an_error() {
    let parts = [
        ("/usage/part-", ".parquet"),
        ("/usage/_delta_log/", "1.json"),
    ];
    for (begin, end) in parts {
        let objects = Objects::<InMemory>::new();
        let file = objects.file(&rows(0));
        imported(&objects.open().unwrap(), file, minute(0)).await;
        let name = objects.one(begin, end).await;
        let content = objects
            .objects
            .get(&name)
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        let mut changed = content.to_vec();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        objects.objects.put(&name, changed.into()).await.unwrap();
        let figures = objects.open().unwrap().usage_figures(partner()).await;
        assert!(
            matches!(figures, Err(StoreError::Damaged { .. })),
            "{figures:?}"
        );
        objects.objects.delete(&name).await.unwrap();
        let figures = objects.open().unwrap().usage_figures(partner()).await;
        assert!(
            matches!(figures, Err(StoreError::Damaged { .. })),
            "{figures:?}"
        );
        objects.objects.put(&name, content.into()).await.unwrap();
        let figures = objects.open().unwrap().usage_figures(partner()).await;
        assert!(!figures.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_lock_is_refused_in_object_storage() {
    let objects = Objects::<InMemory>::new();
    let store = objects.open().unwrap();
    let file = objects.file(&rows(0));
    imported(&store, file, minute(0)).await;
    let customer = crate::test_store::customer(1).parse().unwrap();
    let what = Erase::Customer(customer);
    let erased = store
        .erase(partner(), Kind::Usage, what, minute(1), false)
        .await;
    assert!(
        matches!(erased, Err(StoreError::NoLocks { .. })),
        "{erased:?}"
    );
    let removed = store.remove_partner(partner(), minute(1)).await;
    assert!(
        matches!(removed, Err(StoreError::NoLocks { .. })),
        "{removed:?}"
    );
    assert!(!store.usage_figures(partner()).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_storage_does_not_send_is_not_damaged() {
    let objects = Objects::<Unreliable>::new();
    imported(&objects.open().unwrap(), objects.file(&rows(0)), minute(0)).await;
    let before = answer(&objects.open().unwrap(), Axes::default()).await;
    objects.objects.is_silent.store(true, Ordering::Relaxed);
    let store = objects.open().unwrap();
    let figures = store.usage_figures(partner()).await;
    assert!(matches!(figures, Err(StoreError::Io { .. })), "{figures:?}");
    // An import that may lose damaged files loses none.
    let mut options = ImportOptions::new(partner());
    options.mend = true;
    let inputs = vec![Input::File(objects.file(&rows(1)))];
    let refused = import(&store, &options, inputs, minute(1), Arc::default()).await;
    assert!(
        matches!(refused, Err(ImportError::Store(StoreError::Io { .. }))),
        "{refused:?}"
    );
    objects.objects.is_silent.store(false, Ordering::Relaxed);
    let after = answer(&objects.open().unwrap(), Axes::default()).await;
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_folders_are_not_taken_for_data() {
    let objects = Objects::<Unreliable>::new();
    objects.objects.marks_folders.store(true, Ordering::Relaxed);
    same_answers(objects.folder.path(), || objects.open().unwrap()).await;
    let store = objects.open().unwrap();
    let verified = store.verify(partner(), Kind::Usage).await.unwrap().unwrap();
    assert_eq!(
        (verified.damages, verified.unnamed_files),
        (0, 0),
        "{:?}",
        verified.findings
    );
    let copy = objects.folder.path().join("copy");
    store.backup(&copy).await.unwrap();
    let (now, copy) = (Axes::default(), Store::open(&copy).unwrap());
    assert_eq!(answer(&copy, now).await, answer(&store, now).await);
}

#[test]
fn storage_that_lets_two_writers_pass_is_refused() {
    for weakness in [Weakness::Creates, Weakness::Replaces] {
        let objects = Objects::<Unreliable>::new();
        *objects.objects.weakness.lock().unwrap() = Some(weakness);
        let opened = objects.open();
        let Err(StoreError::Storage { source, .. }) = opened else {
            panic!("{opened:?}")
        };
        let expected = match weakness {
            Weakness::Creates => "it lets two writers create the same object",
            Weakness::Replaces => "it lets two writers replace what both have read",
        };
        assert!(source.to_string().ends_with(expected), "{source}");
        let left =
            futures::executor::block_on(objects.objects.objects.list(None).collect::<Vec<_>>());
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn storage_with_other_objects_is_no_store() {
    let objects = Objects::<InMemory>::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let other = Path::from("tables of/seatwise/other");
    runtime.block_on(async { objects.objects.put(&other, "x".into()).await.unwrap() });
    let opened = objects.open();
    assert!(
        matches!(opened, Err(StoreError::ForeignFolder { .. })),
        "{opened:?}"
    );
}
