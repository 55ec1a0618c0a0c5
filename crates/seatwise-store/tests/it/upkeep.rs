//! Upkeep: verify, compact, backup, export, erase.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, Int64Array, RecordBatch, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use jiff::{SignedDuration, Timestamp};
use seatwise_store::import::{ImportOptions, Input, Progress, import};
use seatwise_store::{
    Axes, Erase, Erased, ExportFormat, KeptReceipt, Kind, Moment, Store, StoreError, Verified,
};

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, customer, exchange, partner};

/// Long after all files of a test were written, on any date.
pub(crate) fn much_later() -> Timestamp {
    "2200-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Two customers on two days, one of them restated, and a customer with an empty delivery.
pub(crate) async fn lived_in() -> TestStore {
    let mut test = TestStore::new();
    let empty = format!(
        "2026-05-02,,,o365,Microsoft Office 365,reseller,{},Customer 3,,,,\n",
        customer(3)
    );
    let deployment = format!(
        "{DEPLOYMENT_HEADER}\n2026-05-02,o365,Microsoft Office 365,reseller,{},Customer 1,,E3,4,5\n",
        customer(1)
    );
    for rows in [
        exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-01", 2, 1, 2),
        exchange("2026-05-02", 1, 6, 10) + &exchange("2026-05-02", 2, 1, 3) + &empty,
        exchange("2026-05-02", 2, 2, 3),
    ] {
        test.usage(&rows).await.unwrap();
    }
    test.content(&deployment).await.unwrap();
    test
}

pub(crate) async fn verified(store: &Store) -> Verified {
    store.verify(partner(), Kind::Usage).await.unwrap().unwrap()
}

pub(crate) fn table(store: &Store) -> PathBuf {
    store.path().join(format!("partners/{}/usage", partner()))
}

pub(crate) fn data_files(store: &Store) -> Vec<PathBuf> {
    let entries = fs::read_dir(table(store)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "parquet"))
        .collect()
}

#[tokio::test]
async fn a_whole_table_is_found_whole() {
    let test = lived_in().await;
    let found = verified(&test.store).await;
    assert_eq!(found.findings, []);
    assert_eq!((found.damages, found.files), (0, 3));
    assert_eq!((found.deliveries, found.rows), (6, 6));
    let deployment = test
        .store
        .verify(partner(), Kind::Deployment)
        .await
        .unwrap();
    assert_eq!(deployment.unwrap().damages, 0);
}

/// Changes the largest data file, and adapts the log to it.
fn tamper(store: &Store, change: impl Fn(&RecordBatch) -> RecordBatch) -> String {
    let files = data_files(store);
    let path = files.iter().max_by_key(|path| rows_in(path)).unwrap();
    let before = fs::metadata(path).unwrap().len();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let batches: Vec<_> = reader
        .build()
        .unwrap()
        .map(|it| change(&it.unwrap()))
        .collect();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batches[0].schema(), None).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let after = fs::metadata(path).unwrap().len();
    in_the_log(
        store,
        &name,
        &format!("\"size\":{before}"),
        &format!("\"size\":{after}"),
    );
    name
}

fn rows_in(path: &Path) -> i64 {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    reader.metadata().file_metadata().num_rows()
}

/// Changes a text in the log entry of a file, and removes all checksums, as if another tool wrote
/// the table.
fn in_the_log(store: &Store, name: &str, text: &str, by: &str) {
    for entry in fs::read_dir(table(store).join("_delta_log")).unwrap() {
        let path = entry.unwrap().path();
        let content = fs::read_to_string(&path).unwrap_or_default();
        if content.contains(name) {
            assert!(content.contains(text), "{content} has no {text}");
            fs::write(&path, content.replace(text, by)).unwrap();
        }
        let content = fs::read_to_string(&path).unwrap_or_default();
        if content.contains("seatwise.sha256") {
            fs::write(&path, content.replace("seatwise.sha256", "another.tag")).unwrap();
        }
    }
    fs::remove_dir_all(store.path().join("checksums")).ok();
}

async fn problems(test: &TestStore) -> String {
    let store = Store::open(test.store.path()).unwrap();
    let found = verified(&store).await;
    let lines = found.findings.iter().map(|finding| {
        let delivery = finding.delivery.map(|id| id.to_string());
        format!("{}: {}", delivery.unwrap_or_default(), finding.problem)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_changed_count_is_found() {
    let test = lived_in().await;
    tamper(&test.store, |batch| {
        let active = batch.schema().index_of("licenses_active").unwrap();
        let mut columns = batch.columns().to_vec();
        let counts = columns[active].as_primitive::<Int64Type>();
        let more = counts.iter().map(|count| count.map(|count| count + 1));
        columns[active] = Arc::new(more.collect::<Int64Array>());
        RecordBatch::try_new(batch.schema(), columns).unwrap()
    });
    let found = problems(&test).await;
    assert_eq!(found.lines().count(), 2, "{found}");
    assert!(found.contains(": its content has the hash "), "{found}");
}

#[tokio::test]
async fn a_row_that_moved_to_another_customer_or_day_is_found_by_its_content_s_hash() {
    let of_two_customers = exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-01", 2, 1, 2);
    let of_two_days = exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-02", 1, 1, 2);
    for (rows, moved) in [
        (of_two_customers, &["customer_tenant_id"][..]),
        (of_two_days, &["processed_date", "processed_date_time"]),
    ] {
        let mut test = TestStore::new();
        test.usage(&rows).await.unwrap();
        assert_eq!(problems(&test).await, "");
        // Each row has the values of the other: no sum and no bound in the log differs.
        tamper(&test.store, |batch| {
            let mut columns = batch.columns().to_vec();
            for name in moved {
                let at = batch.schema().index_of(name).unwrap();
                columns[at] = take(&columns[at], &UInt32Array::from(vec![1, 0]), None).unwrap();
            }
            RecordBatch::try_new(batch.schema(), columns).unwrap()
        });
        let found = problems(&test).await;
        let hashes = found.matches(": its content has the hash ").count();
        assert_eq!(hashes, 2, "{moved:?}: {found}");
    }
}

#[tokio::test]
async fn data_files_of_no_version_are_counted_and_are_no_damage() {
    let test = lived_in().await;
    let whole = verified(&test.store).await;
    assert_eq!((whole.unnamed_files, whole.unnamed_bytes), (0, 0));
    // As left by an import that stopped before its commit.
    let left = table(&test.store).join("part-00000-left.parquet");
    fs::copy(&data_files(&test.store)[0], &left).unwrap();
    let found = verified(&test.store).await;
    assert_eq!((found.unnamed_files, found.damages), (1, 0));
    assert_eq!(found.unnamed_bytes, fs::metadata(&left).unwrap().len());
    assert_eq!((found.findings, found.files), (vec![], whole.files));
}

#[tokio::test]
async fn a_missing_row_is_found() {
    let mut test = TestStore::new();
    let second = exchange("2026-05-01", 1, 1, 2).replace("6fd2c87f", "7fd2c87f");
    test.usage(&(exchange("2026-05-01", 1, 5, 10) + &second))
        .await
        .unwrap();
    tamper(&test.store, |batch| batch.slice(1, 1));
    let found = problems(&test).await;
    assert!(found.contains("1: some of its rows are missing"), "{found}");
    assert!(found.contains(": it has 1 rows, the log says 2"), "{found}");
}

#[tokio::test]
async fn a_missing_file_and_a_broken_one_are_found() {
    let test = lived_in().await;
    let files = data_files(&test.store);
    fs::remove_file(&files[0]).unwrap();
    let length = fs::metadata(&files[1]).unwrap().len() as usize;
    fs::write(&files[1], vec![0; length]).unwrap();
    let found = problems(&test).await;
    assert_eq!(found.matches(": it cannot be read").count(), 2, "{found}");
    let store = Store::open(test.store.path()).unwrap();
    assert_eq!(verified(&store).await.damages, 2);
}

#[tokio::test]
async fn a_log_that_would_hide_rows_is_found() {
    let test = lived_in().await;
    let files = data_files(&test.store);
    let largest = files.iter().max_by_key(|path| rows_in(path)).unwrap();
    let name = largest.file_name().unwrap().to_str().unwrap();
    in_the_log(
        &test.store,
        name,
        "\\\"processed_date\\\":\\\"2026-05-02\\\"",
        "\\\"processed_date\\\":\\\"2026-05-09\\\"",
    );
    let found = problems(&test).await;
    assert_eq!(
        found.matches("its processed date is not within").count(),
        3,
        "{found}"
    );
}

#[tokio::test]
async fn compacting_keeps_every_row_and_removes_what_is_not_needed() {
    let mut test = TestStore::new();
    for day in 1..=9 {
        let rows = exchange(&format!("2026-05-{day:02}"), 1, day, 10)
            + &exchange(&format!("2026-05-{day:02}"), 2, day, 100);
        test.usage(&rows).await.unwrap();
    }
    let figures = test.usage_figures().await;
    let before = verified(&test.store).await;
    let earlier = before.version - 1;

    let forever = SignedDuration::from_hours(24 * 365 * 1000);
    let kept = test
        .store
        .compact(partner(), Kind::Usage, forever, much_later());
    let kept = kept.await.unwrap().unwrap();
    assert_eq!((kept.files_before, kept.files_after), (2, 1));
    assert_eq!(kept.files_removed, 0);
    let facts =
        test.store
            .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, Some(earlier), None);
    facts.await.unwrap();

    let vacuumed = test
        .store
        .compact(partner(), Kind::Usage, A_DAY, much_later());
    let vacuumed = vacuumed.await.unwrap().unwrap();
    assert_eq!((vacuumed.files_before, vacuumed.files_after), (1, 1));
    assert_eq!(vacuumed.files_removed, 10);
    assert_eq!(data_files(&test.store).len(), 1);
    let gone =
        test.store
            .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, Some(earlier), None);
    assert!(matches!(gone.await, Err(StoreError::NoVersion { .. })));

    let after = verified(&test.store).await;
    assert_eq!(
        (after.deliveries, after.rows),
        (before.deliveries, before.rows)
    );
    assert_eq!(after.findings, []);
    assert_eq!(test.usage_figures().await, figures);
    // Existing deliveries are still recognised.
    let again = test.usage(&exchange("2026-05-03", 1, 3, 10)).await.unwrap();
    assert_eq!(again.deliveries_unchanged, 1);
}

/// Makes all files of the table look as if written on this day.
pub(crate) fn written_on(store: &Store, day: &str) {
    let time: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
    for (path, _) in all_files(&table(store)) {
        let file = File::options().append(true).open(path).unwrap();
        file.set_modified(time.into()).unwrap();
    }
}

#[tokio::test]
async fn versions_that_are_to_be_kept_are_kept_after_others_were_not() {
    let mut test = TestStore::new();
    let of_crm = |day: &str| exchange(day, 1, 1, 10).replace("o365,Microsoft Office 365", "crm,D");
    let first = exchange("2026-05-01", 1, 1, 10) + &of_crm("2026-05-01");
    test.usage(&first).await.unwrap();
    test.usage(&exchange("2026-05-02", 1, 1, 10)).await.unwrap();
    written_on(&test.store, "2001-01-01");
    // Two files of `o365` become one and are removed; the file of `crm` is as old and stays.
    let compact = async |store: &Store, keep| {
        let compacted = store.compact(partner(), Kind::Usage, keep, much_later());
        compacted.await.unwrap().unwrap()
    };
    assert_eq!(compact(&test.store, A_DAY).await.files_removed, 2);

    test.usage(&of_crm("2026-05-02")).await.unwrap();
    let before = verified(&test.store).await.version;
    let since: Timestamp = "2002-01-01T00:00:00Z".parse().unwrap();
    let merged = compact(&test.store, much_later().duration_since(since)).await;
    assert_eq!((merged.files_before, merged.files_after), (3, 2));
    assert_eq!(merged.files_removed, 0);
    let facts =
        test.store
            .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, Some(before), None);
    facts.await.unwrap();

    assert_eq!(compact(&test.store, A_DAY).await.files_removed, 2);
}

#[tokio::test]
async fn nothing_is_there_to_compact() {
    let test = TestStore::new();
    let compacted = test
        .store
        .compact(partner(), Kind::Usage, A_DAY, much_later());
    assert_eq!(compacted.await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compacting_hinders_no_other_process() {
    let test = TestStore::new();
    let writer = {
        let store = Store::open(test.store.path()).unwrap();
        let folder = test.folder.path().to_owned();
        tokio::spawn(async move {
            for number in 0..12 {
                let file = folder.join(format!("{number}.csv"));
                let rows = exchange("2026-05-01", number, 1, 10);
                fs::write(&file, format!("{USAGE_HEADER}\n{rows}")).unwrap();
                let now = "2026-06-01T00:00:00Z".parse().unwrap();
                let progress = Arc::new(Progress::default());
                let options = ImportOptions::new(partner());
                import(&store, &options, vec![Input::File(file)], now, progress)
                    .await
                    .unwrap();
            }
        })
    };
    let reader = Store::open(test.store.path()).unwrap();
    let mut seen = 0;
    while !writer.is_finished() {
        let compacted = test.store.compact(
            partner(),
            Kind::Usage,
            A_DAY,
            "2026-06-02T00:00:00Z".parse().unwrap(),
        );
        compacted.await.unwrap();
        let figures = reader.usage_figures(partner()).await.unwrap();
        let qualified = figures.first().map_or(0, |figure| figure.qualified);
        assert!(qualified >= seen, "{qualified} after {seen}");
        seen = qualified;
    }
    writer.await.unwrap();
    let found = verified(&reader).await;
    assert_eq!((found.deliveries, found.damages), (12, 0));
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
    assert!(err.to_string().contains("is not empty: it holds"), "{err}");
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
    let source = Store::open(test.store.path()).unwrap();
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

#[tokio::test]
async fn what_is_exported_can_be_imported() {
    for format in [ExportFormat::Csv, ExportFormat::Parquet] {
        let mut test = lived_in().await;
        let to = test.folder.path().join("export");
        let exported = test
            .store
            .export(partner(), Axes::default(), &to, format, much_later())
            .await
            .unwrap();
        let counts: Vec<u64> = exported.iter().map(|file| file.rows).collect();
        assert_eq!(counts, [5, 1, 3], "{exported:?}");
        // A second time, the files are replaced.
        test.store
            .export(partner(), Axes::default(), &to, format, much_later())
            .await
            .unwrap();

        let names = exported[..2].iter().map(|file| to.join(&file.file));
        let mut other = TestStore::new();
        let receipt = other.import(names.collect()).await.unwrap();
        assert_eq!((receipt.deliveries_new, receipt.rows_stored), (6, 6));
        assert!(receipt.ignored_columns.is_empty());
        assert_eq!(other.usage_figures().await, test.usage_figures().await);
        let receipt = test.import(
            exported[..2]
                .iter()
                .map(|file| to.join(&file.file))
                .collect(),
        );
        assert_eq!(receipt.await.unwrap().deliveries_unchanged, 6);
    }
}

#[tokio::test]
async fn an_export_for_spreadsheets() {
    let test = lived_in().await;
    let to = test.folder.path().join("export");
    test.store
        .export(
            partner(),
            Axes::default(),
            &to,
            ExportFormat::Csv,
            much_later(),
        )
        .await
        .unwrap();
    insta::assert_snapshot!(fs::read_to_string(to.join("usage.csv")).unwrap());
    insta::assert_snapshot!(fs::read_to_string(to.join("customers.csv")).unwrap());
}

#[tokio::test]
async fn an_export_of_a_day_as_it_was_known() {
    let mut test = lived_in().await;
    let to = test.folder.path().join("export");
    let now = much_later();
    let known_at = "2026-06-01T00:02:30Z".parse().unwrap();
    let axes = Axes {
        as_of: Some("2026-05-02".parse().unwrap()),
        known_at: Some(test.store.settle(partner(), known_at, now).await.unwrap()),
    };
    let export = async |store: &Store| {
        let written = store
            .export(partner(), axes, &to, ExportFormat::Csv, now)
            .await;
        written.unwrap();
        fs::read_to_string(to.join("usage.csv")).unwrap()
    };
    let then = export(&test.store).await;
    // The restatement of the third import is not known yet.
    assert!(then.contains(",ENTERPRISEPACK,1,3"), "{then}");
    test.usage(&exchange("2026-05-03", 1, 9, 10)).await.unwrap();
    assert_eq!(export(&test.store).await, then);

    let long_ago = Axes {
        as_of: Some("2001-01-01".parse().unwrap()),
        known_at: None,
    };
    let none = test
        .store
        .export(partner(), long_ago, &to, ExportFormat::Csv, now)
        .await;
    assert!(none.unwrap().iter().all(|file| file.rows == 0));
}

/// All files below a folder, with their bytes.
fn all_files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(all_files(&path));
        } else {
            files.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    files
}

#[tokio::test]
async fn an_erased_customer_is_nowhere() {
    let mut test = lived_in().await;
    for day in 3..=20 {
        let rows = exchange(&format!("2026-05-{day:02}"), 1, 1, 10)
            + &exchange(&format!("2026-05-{day:02}"), 2, 1, 3);
        test.usage(&rows).await.unwrap();
    }
    let what = Erase::Customer(customer(2).parse().unwrap());
    let erase = async |store: &Store, kind, dry_run| {
        let erased = store
            .erase(partner(), kind, what, much_later(), dry_run)
            .await;
        erased.unwrap().unwrap()
    };
    // A receipt with a bad row.
    let receipt = KeptReceipt {
        key: "key".to_owned(),
        content: "content".to_owned(),
        kept_at: much_later(),
        receipt: format!(r#"{{"firstBadRows":[{{"value":"{}"}}]}}"#, customer(2)),
    };
    test.store.keep_receipt(partner(), &receipt).unwrap();
    let planned = erase(&test.store, Kind::Usage, true).await;
    let kept = test.store.kept_receipt(partner(), "key", much_later());
    assert_eq!(kept.unwrap(), Some(receipt));
    assert_eq!(
        (planned.deliveries, planned.rows, planned.files_removed),
        (21, 21, 0)
    );
    let erased = erase(&test.store, Kind::Usage, false).await;
    assert_eq!((erased.deliveries, erased.rows), (21, 21));
    assert!(erased.files_removed > 0);
    assert_eq!(erase(&test.store, Kind::Deployment, false).await.rows, 0);

    let id = customer(2);
    for (path, bytes) in all_files(test.store.path()) {
        let found = bytes.windows(id.len()).any(|part| part == id.as_bytes());
        assert!(!found, "{} has it", path.display());
    }
    let found = verified(&Store::open(test.store.path()).unwrap()).await;
    assert_eq!((found.deliveries, found.damages), (21, 0));
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 1/10 = 10.0 at 2026-05-20T00:00:00+00:00");
    // Another open store, and the one that erased, continue to work.
    test.usage(&exchange("2026-05-21", 1, 2, 10)).await.unwrap();
    assert_eq!(
        erase(&test.store, Kind::Usage, false).await,
        Erased::default()
    );
}

/// Readers during erasures find the state before or after one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_beside_erasures_meet_no_damage() {
    const CUSTOMERS: u32 = 24;
    let mut test = TestStore::new();
    for day in 1..=4 {
        let rows = (0..=CUSTOMERS).map(|it| exchange(&format!("2026-05-{day:02}"), it, 1, 2));
        test.usage(&rows.collect::<String>()).await.unwrap();
    }
    let store = test.store.clone();
    let erasing = tokio::spawn(async move {
        for number in 1..=CUSTOMERS {
            let what = Erase::Customer(customer(number).parse().unwrap());
            let erased = store.erase(partner(), Kind::Usage, what, much_later(), false);
            assert_eq!(erased.await.unwrap().unwrap().deliveries, 4);
        }
    });
    let mut left = u64::from(CUSTOMERS) + 1;
    while !erasing.is_finished() {
        // Opened again each time, so that the whole log is read.
        let reader = Store::open(test.store.path()).unwrap();
        let figures = reader.usage_figures(partner()).await.unwrap();
        let [figure] = &figures[..] else {
            panic!("{figures:?}");
        };
        assert!(figure.active <= left && figure.qualified == 2 * figure.active);
        left = figure.active;
    }
    erasing.await.unwrap();
}

#[tokio::test]
async fn where_nothing_is_to_be_erased_earlier_versions_stay() {
    let test = lived_in().await;
    let nobody = Erase::Customer(customer(9).parse().unwrap());
    let erase = async || {
        let erased = test
            .store
            .erase(partner(), Kind::Usage, nobody, much_later(), false);
        erased.await.unwrap().unwrap()
    };
    let facts = async |version| {
        let facts =
            test.store
                .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, Some(version), None);
        facts.await
    };
    assert_eq!(erase().await, Erased::default());
    facts(1).await.unwrap();

    // As left by an erasure that stopped before the files were removed, even in a backup.
    let marker = table(&test.store).join("_erasing");
    fs::write(&marker, "").unwrap();
    fs::write(marker.with_file_name("part-of-nobody.parquet"), "").unwrap();
    let copy = test.folder.path().join("backup");
    test.store.backup(&copy).await.unwrap();
    let copy = Store::open(&copy).unwrap();
    assert!(table(&copy).join("_erasing").exists());
    assert_eq!(verified(&test.store).await.damages, 0);
    assert_eq!(erase().await.files_removed, 1);
    assert!(!marker.exists());
    assert!(matches!(facts(1).await, Err(StoreError::NoVersion { .. })));
    assert_eq!(erase().await, Erased::default());
    let found = verified(&Store::open(test.store.path()).unwrap()).await;
    assert_eq!((found.deliveries, found.damages), (6, 0));
}

#[tokio::test]
async fn days_long_past_are_erased_and_those_that_count_are_not() {
    let mut test = TestStore::new();
    for date in ["2025-01-01", "2025-06-01", "2026-05-01"] {
        test.usage(&exchange(date, 1, 1, 10)).await.unwrap();
    }
    let before = |text: &str| Erase::Before(text.parse().unwrap());
    let erase = async |what| {
        let erased = test
            .store
            .erase(partner(), Kind::Usage, what, much_later(), false)
            .await;
        erased.unwrap().unwrap().deliveries
    };
    assert_eq!(erase(before("2025-03-01")).await, 1);
    assert_eq!(erase(before("2030-01-01")).await, 1);
    let found = verified(&test.store).await;
    assert_eq!((found.deliveries, found.damages), (1, 0));
    let figures = test.store.usage_figures(partner()).await.unwrap();
    assert_eq!(figures[0].qualified, 10);
}
