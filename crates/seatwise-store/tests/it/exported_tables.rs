//! Exports of a whole table, and of a day as it was known.

use std::fs;

use seatwise_store::{Axes, ExportFormat, Store};

use crate::test_store::{TestStore, exchange, partner};
use crate::upkeep::{lived_in, much_later};

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
