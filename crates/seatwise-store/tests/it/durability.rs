//! What happens between two steps of the disk: what is acknowledged is on it, and a reader beside an
//! erasure reads again.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_store::{DiskStep, DurableFiles, Erase, Kind, Store};
use tokio::runtime::Runtime;

use crate::test_store::{TestStore, USAGE_HEADER, customer, exchange, partner};

fn is_log_entry(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "json")
        && path.parent().unwrap().ends_with("_delta_log")
}

fn is_data(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "parquet")
        && !path.parent().unwrap().ends_with("_delta_log")
}

#[tokio::test]
async fn a_file_is_synced_before_it_is_named_and_data_before_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let steps = Arc::new(Mutex::new(Vec::new()));
    let files = {
        let steps = Arc::clone(&steps);
        DurableFiles::observed(move |step| match step {
            DiskStep::Reading(_) | DiskStep::Created(_) | DiskStep::Written(_) => {}
            step => steps.lock().unwrap().push(step),
        })
    };
    let store = Store::create_with(&folder.path().join("data"), files).unwrap();
    let file = folder.path().join("usage.csv");
    std::fs::write(
        &file,
        format!("{USAGE_HEADER}\n{}", exchange("2026-05-01", 1, 1, 2)),
    )
    .unwrap();
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    let (options, inputs) = (ImportOptions::new(partner()), vec![Input::File(file)]);
    import(&store, &options, inputs, now, Arc::new(Progress::default()))
        .await
        .unwrap();

    let steps = steps.lock().unwrap();
    let place = |step: &DiskStep| steps.iter().position(|it| it == step).unwrap();
    let named_at = |path: &Path| {
        let is_it = |it: &DiskStep| matches!(it, DiskStep::Named { to, .. } if to == path);
        steps.iter().position(is_it).unwrap()
    };
    let named: Vec<_> = steps
        .iter()
        .filter_map(|step| match step {
            DiskStep::Named { from, to } => Some((from.clone(), to.clone())),
            _ => None,
        })
        .collect();
    for (from, path) in &named {
        let synced = place(&DiskStep::Synced(from.clone()));
        let at = named_at(path);
        assert!(
            synced < at,
            "{} was named before it was synced",
            path.display()
        );
        let folder = DiskStep::FolderSynced(path.parent().unwrap().to_owned());
        assert!(
            steps[at..].contains(&folder),
            "the folder of {} was not synced after it got its name",
            path.display()
        );
    }
    // The first log entry creates the table; the second one names the data file.
    let entries: Vec<_> = named.iter().filter(|(_, to)| is_log_entry(to)).collect();
    let data: Vec<_> = named.iter().filter(|(_, to)| is_data(to)).collect();
    assert_eq!((entries.len(), data.len()), (2, 1));
    let data_folder_synced = {
        let at = named_at(&data[0].1);
        let folder = DiskStep::FolderSynced(data[0].1.parent().unwrap().to_owned());
        at + steps[at..].iter().position(|it| *it == folder).unwrap()
    };
    assert!(data_folder_synced < place(&DiskStep::Synced(entries[1].0.clone())));
    // Every new folder is synced in its parent.
    let table = data[0].1.parent().unwrap();
    assert!(steps.contains(&DiskStep::FolderSynced(table.to_owned())));
    let mut folder = table;
    while !folder.ends_with("data") {
        folder = folder.parent().unwrap();
        assert!(
            steps.contains(&DiskStep::FolderSynced(folder.to_owned())),
            "{} may forget its folders",
            folder.display()
        );
    }
    // The last steps before the acknowledgement are those of the log and its checksums, and then those of the
    // list of imports, which nothing depends on.
    let list = store
        .work_dir()
        .join(format!("checksums/{}/usage.sha256", partner()));
    let log = DiskStep::FolderSynced(table.join("_delta_log"));
    let imports = store
        .work_dir()
        .join(format!("partners/{}/imports", partner()));
    let import = imports.join("000000000001.import");
    let unfinished = named.last().unwrap().0.clone();
    let last = [
        log,
        DiskStep::Synced(list),
        DiskStep::FolderSynced(imports.parent().unwrap().to_owned()),
        DiskStep::Synced(unfinished.clone()),
        DiskStep::Named {
            from: unfinished,
            to: import,
        },
        DiskStep::FolderSynced(imports),
    ];
    assert_eq!(steps[steps.len() - last.len()..], last);
}

#[tokio::test]
async fn a_writer_syncs_what_another_store_left_and_only_then() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let open = || {
        let synced = Arc::new(Mutex::new(Vec::new()));
        let files = {
            let synced = Arc::clone(&synced);
            DurableFiles::observed(move |step| {
                if let DiskStep::FolderSynced(path) = step {
                    synced.lock().unwrap().push(path);
                }
            })
        };
        (Store::create_with(&data, files).unwrap(), synced)
    };
    let [one, other] = [open(), open()];
    let takes_over = [
        (&one, true),
        (&one, false),
        (&other, true),
        (&one, true),
        (&one, false),
    ];
    for (number, ((store, synced), is_expected)) in (1..).zip(takes_over) {
        let file = folder.path().join("usage.csv");
        let rows = exchange("2026-05-01", 1, number, 10);
        std::fs::write(&file, format!("{USAGE_HEADER}\n{rows}")).unwrap();
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let (options, inputs) = (ImportOptions::new(partner()), vec![Input::File(file)]);
        synced.lock().unwrap().clear();
        import(store, &options, inputs, now, Arc::default())
            .await
            .unwrap();
        let synced = synced.lock().unwrap();
        // Nothing else syncs the data folder once it has its folders.
        let is_taken_over = synced.iter().filter(|path| path.ends_with("data")).count() > 0;
        assert_eq!(is_taken_over, is_expected, "import {number}: {synced:?}");
    }
}

/// Erases a customer as another process does it.
fn erase(data: &Path, of: u32) {
    let data = data.to_owned();
    let erased = std::thread::spawn(move || {
        let store = Store::open(&data).unwrap();
        let what = Erase::Customer(customer(of).parse().unwrap());
        let now = "2026-06-02T00:00:00Z".parse().unwrap();
        let erased = store.erase(partner(), Kind::Usage, what, now, false);
        Runtime::new().unwrap().block_on(erased).unwrap().unwrap()
    });
    assert_eq!(erased.join().unwrap().rows, 1);
}

#[tokio::test]
async fn a_table_is_read_again_where_an_erasure_removes_its_log_under_the_reader() {
    let mut test = TestStore::new();
    for of in [1, 2] {
        let row = exchange("2026-05-01", of, of, 10);
        test.usage(&row).await.unwrap();
    }
    let data = test.store.work_dir().to_owned();
    let is_erased = Arc::new(AtomicBool::new(false));
    let files = {
        let (data, is_erased) = (data.clone(), Arc::clone(&is_erased));
        DurableFiles::observed(move |step| {
            // The reader has checked the log and listed it.
            if let DiskStep::Reading(entry) = step
                && is_log_entry(&entry)
                && !is_erased.swap(true, Ordering::Relaxed)
            {
                erase(&data, 1);
                assert!(!entry.exists());
            }
        })
    };
    let reader = Store::create_with(&data, files).unwrap();
    let figures = reader.usage_figures(partner()).await.unwrap();
    assert!(is_erased.load(Ordering::Relaxed));
    let seats = figures.iter().map(|it| (it.active, it.qualified));
    assert_eq!(seats.collect::<Vec<_>>(), [(2, 10)]);
}
