//! The files of an export: written whole, and safe to open in a spreadsheet.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_store::{Axes, DiskStep, DurableFiles, ExportFormat, Store};
use seatwise_types::CustomerId;

use crate::exported::{FORMATS, export, now};
use crate::test_store::{TestStore, USAGE_HEADER, customer, exchange, partner};

#[tokio::test]
async fn a_file_of_an_export_has_its_name_when_it_is_synced_and_nothing_else_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let steps = Arc::new(Mutex::new(Vec::new()));
    let files = {
        let steps = Arc::clone(&steps);
        DurableFiles::observed(move |step| steps.lock().unwrap().push(step))
    };
    let store = Store::create_with(&folder.path().join("data"), files).unwrap();
    let file = folder.path().join("usage.csv");
    fs::write(
        &file,
        format!("{USAGE_HEADER}\n{}", exchange("2026-05-01", 1, 1, 2)),
    )
    .unwrap();
    let (options, inputs) = (ImportOptions::new(partner()), vec![Input::File(file)]);
    let progress = Arc::new(Progress::default());
    import(&store, &options, inputs, now(), progress)
        .await
        .unwrap();

    let to = folder.path().join("export");
    fs::create_dir(&to).unwrap();
    // Files that a killed export left an hour ago, with the current and an earlier naming, and a
    // file that another export is writing.
    for (name, minutes) in [
        (".seatwise-a.tmp", 60),
        (".seatwise-usage.csv", 61),
        (".seatwise-b.tmp", 59),
    ] {
        let left = File::create(to.join(name)).unwrap();
        let written = now() - SignedDuration::from_mins(minutes);
        left.set_modified(written.into()).unwrap();
    }
    for (round, format) in FORMATS.into_iter().enumerate() {
        steps.lock().unwrap().clear();
        store
            .export(partner(), Axes::default(), &to, format, now())
            .await
            .unwrap();
        let steps: Vec<String> = steps
            .lock()
            .unwrap()
            .iter()
            .filter_map(|step| shown(step, &to))
            .collect();
        let end = if format == ExportFormat::Csv {
            "csv"
        } else {
            "parquet"
        };
        let expected = ["usage", "customers"].map(|name| {
            let file = format!("{name}.{end}");
            [
                "synced".to_owned(),
                format!("named {file}"),
                "folder synced ".to_owned(),
            ]
        });
        // The first export removes what was left, for good.
        let removal = (round == 0).then(|| "folder synced ".to_owned());
        let expected: Vec<String> = removal.into_iter().chain(expected.concat()).collect();
        assert_eq!(steps, expected);
    }
    let names: BTreeSet<String> = fs::read_dir(&to)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    // The files of the other format are removed.
    let expected = [".seatwise-b.tmp", "customers.parquet", "usage.parquet"];
    assert_eq!(names, expected.map(str::to_owned).into());
}

/// A step of writing.
fn shown(step: &DiskStep, folder: &Path) -> Option<String> {
    let (what, path) = match step {
        // It has no name yet.
        DiskStep::Synced(path) => {
            return Some("synced".to_owned()).filter(|_| path.starts_with(folder));
        }
        DiskStep::Named { to, .. } => ("named", to),
        DiskStep::FolderSynced(path) => ("folder synced", path),
        _ => return None,
    };
    let path = path.strip_prefix(folder).unwrap();
    Some(format!("{what} {}", path.display()))
}

#[tokio::test]
async fn an_export_that_fails_keeps_the_file_of_the_one_before() {
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    let files = export(&test, Axes::default(), ExportFormat::Csv).await;
    let before = fs::read_to_string(&files[0]).unwrap();
    // The content of a data file is destroyed, but not its length.
    let table = test
        .store
        .work_dir()
        .join(format!("partners/{}/usage", partner()));
    for entry in fs::read_dir(table).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let length = fs::metadata(&path).unwrap().len();
            fs::write(&path, vec![0; length as usize]).unwrap();
        }
    }
    let to = test.folder.path().join("export");
    let store = Store::open(test.store.work_dir()).unwrap();
    let failed = store
        .export(partner(), Axes::default(), &to, ExportFormat::Csv, now())
        .await;
    failed.unwrap_err();
    assert_eq!(fs::read_to_string(&files[0]).unwrap(), before);
    assert_eq!(fs::read_dir(&to).unwrap().count(), files.len());
}

#[tokio::test]
async fn no_cell_of_a_spreadsheet_s_table_is_a_formula() {
    let mut test = TestStore::new();
    let row = exchange("2026-05-01", 1, 5, 10);
    let row = row
        .replace("Customer 1", "=HYPERLINK(1)")
        .replace("ENTERPRISEPACK", "-5");
    test.usage(&row).await.unwrap();
    let files = export(&test, Axes::default(), ExportFormat::SpreadsheetCsv).await;
    let texts: Vec<String> = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let id: CustomerId = customer(1).parse().unwrap();
    assert_eq!(
        texts[1],
        format!("customerTenantId,customerName,customerDomain\n{id},'=HYPERLINK(1),\n")
    );
    // A number is not a formula.
    assert!(
        texts[0].ends_with(",'=HYPERLINK(1),6fd2c87f-b296-42f0-b197-1e91e994b900,-5,5,10,\n"),
        "{}",
        texts[0]
    );
    // An export for an import has unchanged names.
    let files = export(&test, Axes::default(), ExportFormat::Csv).await;
    assert!(
        fs::read_to_string(&files[1])
            .unwrap()
            .ends_with(",=HYPERLINK(1),\n")
    );
}
