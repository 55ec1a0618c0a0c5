//! Complete files: known customers that are missing have nothing any more.

use seatwise_store::Axes;
use seatwise_store::import::ImportError;

use crate::test_store::{TestStore, customer, exchange, partner};

fn rows(day: &str, customers: &[u32]) -> String {
    let rows = customers.iter().map(|of| exchange(day, *of, 5, 10));
    rows.collect()
}

/// The figures as of a day: the seats of each customer are 5 of 10.
async fn as_of(test: &TestStore, day: &str) -> u64 {
    let axes = Axes {
        as_of: Some(day.parse().unwrap()),
        known_at: None,
    };
    let figures = test.store.usage_figures_at(partner(), axes).await.unwrap();
    figures.iter().map(|figure| figure.qualified / 10).sum()
}

#[tokio::test]
async fn a_customer_that_is_missing_gets_a_delivery_without_rows() {
    let mut test = TestStore::new();
    test.usage(&rows("2026-05-01", &[1, 2, 3])).await.unwrap();
    // Without the option, missing customers count with their previous rows.
    test.usage(&rows("2026-05-08", &[1, 2])).await.unwrap();
    assert_eq!(as_of(&test, "2026-05-08").await, 3);

    test.options.complete = true;
    for dry_run in [true, false] {
        test.options.dry_run = dry_run;
        let receipt = test.usage(&rows("2026-05-15", &[1, 2])).await.unwrap();
        assert_eq!((receipt.deliveries_new, receipt.deliveries_emptied), (3, 1));
        assert_eq!(receipt.first_emptied[0].to_string(), customer(3));
    }
    assert_eq!(as_of(&test, "2026-05-14").await, 3);
    assert_eq!(as_of(&test, "2026-05-15").await, 2);
    // A repetition changes nothing, and customers that already have nothing get no new delivery.
    let receipt = test.usage(&rows("2026-05-15", &[1, 2])).await.unwrap();
    assert_eq!(
        (receipt.deliveries_unchanged, receipt.deliveries_emptied),
        (2, 0)
    );
    let receipt = test.usage(&rows("2026-05-22", &[1, 2])).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.deliveries_emptied), (2, 0));
    // A customer that returns counts again.
    test.usage(&rows("2026-05-29", &[1, 2, 3])).await.unwrap();
    assert_eq!(as_of(&test, "2026-05-29").await, 3);
}

#[tokio::test]
async fn each_day_of_the_files_is_complete_by_itself() {
    let mut test = TestStore::new();
    test.options.complete = true;
    test.usage(&rows("2026-05-01", &[1, 2, 3])).await.unwrap();
    // Customer 4 comes with the second day and leaves with the third; 3 leaves with the second.
    // Other channels and services are separate.
    let other = rows("2026-05-02", &[7]).replace("reseller", "direct");
    let days = rows("2026-05-02", &[1, 2, 4]) + &rows("2026-05-03", &[1, 2]) + &other;
    let receipt = test.usage(&days).await.unwrap();
    assert_eq!(receipt.deliveries_emptied, 2);
    for (day, customers) in [("2026-05-01", 3), ("2026-05-02", 4), ("2026-05-03", 3)] {
        assert_eq!(as_of(&test, day).await, customers, "{day}");
    }
    // A known day is restated.
    let receipt = test.usage(&rows("2026-05-02", &[1, 4])).await.unwrap();
    assert_eq!(
        (receipt.deliveries_restated, receipt.deliveries_emptied),
        (1, 1)
    );
    assert_eq!(as_of(&test, "2026-05-02").await, 3);
    assert_eq!(as_of(&test, "2026-05-03").await, 3);
}

#[tokio::test]
async fn a_file_that_misses_most_customers_is_not_believed() {
    let mut test = TestStore::new();
    test.usage(&rows("2026-05-01", &[1, 2, 3, 4, 5]))
        .await
        .unwrap();
    test.options.complete = true;
    let err = test.usage(&rows("2026-05-08", &[1, 2])).await.unwrap_err();
    let text = err.to_string();
    assert!(text.contains("would remove 3 of the 5 customers"), "{text}");
    assert!(matches!(err, ImportError::Loses { .. }));
    assert_eq!(as_of(&test, "2026-05-08").await, 5);
    test.options.replace = true;
    test.usage(&rows("2026-05-08", &[1, 2])).await.unwrap();
    assert_eq!(as_of(&test, "2026-05-08").await, 2);
}

#[tokio::test]
async fn bad_rows_and_downloads_do_not_have_all_customers() {
    let mut test = TestStore::new();
    test.options.complete = true;
    test.options.skip_bad_rows = true;
    let err = test.usage("nonsense\n").await.unwrap_err();
    assert!(matches!(err, ImportError::BadRows { .. }));
    let download = crate::monthly::office(1, "Exchange", "2026-04", 3, 10, 0);
    let content = format!("{}\n{download}", crate::monthly::OFFICE);
    let err = test.content(&content).await.unwrap_err().to_string();
    assert!(err.contains("it is the download OfficeUsage"), "{err}");
}
