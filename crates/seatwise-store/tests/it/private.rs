//! Stored files are for the user alone, or for the group of a shared folder.

#![cfg(unix)]

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_store::{Axes, ExportFormat, KeptReceipt, Store, access};

use crate::test_store::{USAGE_HEADER, customer, exchange, partner};

/// The entries below a folder with a wrong mode.
fn wrong(folder: &Path, of_folders: u32, of_files: u32) -> Vec<String> {
    let mut wrong = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
        if mode != if path.is_dir() { of_folders } else { of_files } {
            wrong.push(format!("{mode:o} {}", path.display()));
        }
        if path.is_dir() {
            wrong.extend(self::wrong(&path, of_folders, of_files));
        }
    }
    wrong
}

/// Creates a data folder, an export and a backup of it in a folder, after enough imports for a
/// checkpoint.
async fn lived_in(folder: &Path) {
    let store = Store::create(&folder.join("data")).unwrap();
    let inbox = tempfile::tempdir().unwrap();
    let file = inbox.path().join("usage.csv");
    let options = ImportOptions::new(partner());
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    for number in 0..20 {
        let rows = exchange("2026-05-01", number, 1, 2);
        fs::write(&file, format!("{USAGE_HEADER}\n{rows}")).unwrap();
        let inputs = vec![Input::File(file.clone())];
        let progress = Arc::new(Progress::default());
        import(&store, &options, inputs, now, progress)
            .await
            .unwrap();
    }
    // Left-out rows are written beside the file.
    let file = folder.join("bad.csv");
    let rows = exchange("2026-05-01", 99, 1, 2) + &exchange("no day", 98, 1, 2);
    access::create(&file)
        .unwrap()
        .write_all(format!("{USAGE_HEADER}\n{rows}").as_bytes())
        .unwrap();
    let skipping = ImportOptions {
        skip_bad_rows: true,
        ..ImportOptions::new(partner())
    };
    let (inputs, progress) = (vec![Input::File(file)], Arc::new(Progress::default()));
    let receipt = import(&store, &skipping, inputs, now, progress)
        .await
        .unwrap();
    assert!(folder.join("bad.csv.rejected.csv").exists(), "{receipt:?}");
    let receipt = KeptReceipt {
        key: "key".to_owned(),
        content: String::new(),
        kept_at: now,
        receipt: customer(1),
    };
    store.keep_receipt(partner(), &receipt).unwrap();
    store.settle(partner(), now, now).await.unwrap();
    let to = folder.join("flat");
    let export = store.export(partner(), Axes::default(), &to, ExportFormat::Csv, now);
    export.await.unwrap();
    store.backup(&folder.join("backup")).await.unwrap();
}

#[tokio::test]
async fn data_folders_exports_and_backups_are_for_their_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    // Others may enter it, regardless of its content.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    lived_in(folder.path()).await;
    assert_eq!(wrong(folder.path(), 0o700, 0o600), [""; 0]);
}

#[tokio::test]
async fn in_a_folder_with_the_setgid_bit_they_are_for_its_group_too() {
    for (mode, of_files) in [(0o2750, 0o640), (0o2770, 0o660), (0o2777, 0o660)] {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
        lived_in(folder.path()).await;
        assert_eq!(wrong(folder.path(), mode & 0o2770, of_files), [""; 0]);
    }
}
