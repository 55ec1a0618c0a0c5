//! Acknowledged data is on the disk: the disk steps, in order.

use std::path::Path;
use std::sync::{Arc, Mutex};

use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_store::{DiskStep, DurableFiles, Store};

use crate::house::{USAGE_HEADER, exchange, partner};

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
        DurableFiles::observed(move |step| steps.lock().unwrap().push(step))
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
    let named: Vec<_> = steps
        .iter()
        .filter_map(|step| match step {
            DiskStep::Named(path) => Some(path.clone()),
            _ => None,
        })
        .collect();
    for path in &named {
        let synced = place(&DiskStep::Synced(path.clone()));
        let at = place(&DiskStep::Named(path.clone()));
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
    let entries: Vec<_> = named.iter().filter(|path| is_log_entry(path)).collect();
    let data: Vec<_> = named.iter().filter(|path| is_data(path)).collect();
    assert_eq!((entries.len(), data.len()), (2, 1));
    let data_folder_synced = {
        let at = place(&DiskStep::Named(data[0].clone()));
        let folder = DiskStep::FolderSynced(data[0].parent().unwrap().to_owned());
        at + steps[at..].iter().position(|it| *it == folder).unwrap()
    };
    assert!(data_folder_synced < place(&DiskStep::Synced(entries[1].clone())));
    // Every new folder is synced in its parent.
    let table = data[0].parent().unwrap();
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
    // The last steps before the acknowledgement are those of the log and its checksums.
    let list = store
        .path()
        .join(format!("checksums/{}/usage.sha256", partner()));
    let log = DiskStep::FolderSynced(table.join("_delta_log"));
    let last = [log, DiskStep::Synced(list)];
    assert_eq!(steps[steps.len() - 2..], last);
}
