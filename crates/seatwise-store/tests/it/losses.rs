//! Restatements with losses: reported, and rejected if most of a file is lost.

use seatwise_store::import::{ImportError, Receipt};
use seatwise_store::{DiskStep, DurableFiles, Store};

use crate::test_store::{TestStore, customer, exchange, partner};

/// A row of a workload of a customer.
fn row(of: u32, product: &str, workload: &str, active: u32) -> String {
    format!(
        "2026-05-01,,{workload},o365,,reseller,{},C{of},,{product},{active},10\n",
        customer(of)
    )
}

/// Three workloads for each of this many customers.
fn whole(customers: u32) -> String {
    let workloads = ["Exchange", "SharePoint", "Teams"];
    (0..customers)
        .flat_map(|of| workloads.map(|workload| row(of, "E3", workload, 5)))
        .collect()
}

fn lost(receipt: &Receipt) -> (u64, u64, usize) {
    let losses = &receipt.losses;
    (losses.rows, losses.deliveries, losses.first.len())
}

#[tokio::test]
async fn a_part_does_not_replace_the_whole_without_a_word() {
    let mut test = TestStore::new();
    test.usage(&whole(19)).await.unwrap();
    let before = test.usage_figures().await;
    let part: String = (0..19).map(|of| row(of, "E3", "Exchange", 6)).collect();
    // The dry run reports the same as the import.
    for dry_run in [true, false] {
        test.options.dry_run = dry_run;
        let err = test.usage(&part).await.unwrap_err();
        let text = err.to_string();
        let words =
            "would remove 38 of the 57 rows that its deliveries have now: no usage was stored";
        assert!(text.ends_with(words), "{text}");
        assert!(matches!(err, ImportError::Loses { .. }) && err.is_of_input());
        let receipt = err.receipt().unwrap();
        assert_eq!(lost(receipt), (38, 19, 10));
        let first = &receipt.losses.first[0];
        assert_eq!(first.customer_tenant_id.to_string(), customer(0));
        assert_eq!(first.workload_name.as_deref(), Some("SharePoint"));
        assert_eq!((receipt.rows_stored, receipt.not_stored.len()), (0, 1));
        assert_eq!(test.usage_figures().await, before);
    }
    test.options.replace = true;
    let receipt = test.usage(&part).await.unwrap();
    assert_eq!(
        (receipt.deliveries_restated, lost(&receipt)),
        (19, (38, 19, 10))
    );
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 114/190 = 60.0 at 2026-05-01T00:00:00+00:00");
}

#[tokio::test]
async fn one_file_of_several_that_takes_most_of_its_deliveries_away_refuses_all() {
    let mut test = TestStore::new();
    test.usage(&whole(10)).await.unwrap();
    let before = test.usage_figures().await;
    // The first file has eight unchanged customers, the second a part of the other two: it loses 4
    // of its 6 known rows, and both lose 4 of 30.
    let part: String = (8..10).map(|of| row(of, "E3", "Exchange", 6)).collect();
    let usage = |rows: String| format!("{}\n{rows}", crate::test_store::USAGE_HEADER);
    let paths = vec![
        test.file("whole.csv", usage(whole(8))),
        test.file("part.csv", usage(part)),
    ];
    for paths in [paths.clone(), paths.iter().rev().cloned().collect()] {
        let err = test.import(paths.clone()).await.unwrap_err();
        assert!(matches!(err, ImportError::Loses { .. }), "{err}");
        let text = err.to_string();
        assert!(
            text.contains("part.csv` would remove 4 of the 6 rows"),
            "{text}"
        );
        let receipt = err.receipt().unwrap();
        assert_eq!(lost(receipt), (4, 2, 4));
        assert_eq!((receipt.rows_stored, receipt.not_stored.len()), (0, 2));
        assert_eq!(test.usage_figures().await, before);
    }
    // The same rows in one file are a small correction.
    let both = whole(8) + &row(8, "E3", "Exchange", 6) + &row(9, "E3", "Exchange", 6);
    let receipt = test.usage(&both).await.unwrap();
    assert_eq!(
        (receipt.deliveries_restated, lost(&receipt)),
        (2, (4, 2, 4))
    );
}

#[tokio::test]
async fn what_a_small_correction_takes_away_is_reported_and_stored() {
    let mut test = TestStore::new();
    test.usage(&whole(4)).await.unwrap();
    // One customer has two workloads less; the others are unchanged or have other counts.
    let rows: String = whole(4)
        .lines()
        .filter(|line| !line.contains(&customer(2)) || line.contains("Teams"))
        .map(|line| line.replace("Teams,o365", "Teams,O365") + "\n")
        .collect();
    let receipt = test.usage(&rows).await.unwrap();
    assert_eq!(
        (receipt.deliveries_unchanged, receipt.deliveries_restated),
        (3, 1)
    );
    assert_eq!(lost(&receipt), (2, 1, 2));
    // Other counts lose nothing, and neither does a new name for the same id.
    let mut test = TestStore::new();
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    let renamed = exchange("2026-05-01", 1, 2, 2).replace("ENTERPRISEPACK", "E3");
    let receipt = test.usage(&renamed).await.unwrap();
    assert_eq!(
        (receipt.deliveries_restated, lost(&receipt)),
        (1, (0, 0, 0))
    );
    // The id is missing the next time, but the name is the same.
    let nameless = renamed.replace("6fd2c87f-b296-42f0-b197-1e91e994b900", "");
    let receipt = test.usage(&nameless).await.unwrap();
    assert_eq!(
        (receipt.deliveries_restated, lost(&receipt)),
        (1, (0, 0, 0))
    );
}

#[tokio::test]
async fn a_kind_that_is_refused_leaves_the_other_stored_and_the_receipt_says_so() {
    let mut test = TestStore::new();
    let deployment = |products: &[&str], day: &str| {
        let rows = products
            .iter()
            .map(|product| format!("{day},o365,,reseller,{},C1,,{product},5,10\n", customer(1)));
        format!(
            "{}\n{}",
            crate::test_store::DEPLOYMENT_HEADER,
            rows.collect::<String>()
        )
    };
    let first = deployment(&["E3", "E5", "F3"], "2026-05-01");
    test.content(&first).await.unwrap();
    let usage = format!(
        "{}\n{}",
        crate::test_store::USAGE_HEADER,
        row(1, "E3", "Exchange", 5)
    );
    let paths = vec![
        test.file("usage.csv", usage),
        test.file("deployment.csv", deployment(&["E3"], "2026-05-01")),
    ];
    let err = test.import(paths.clone()).await.unwrap_err();
    let receipt = err.receipt().unwrap();
    assert_eq!((receipt.deliveries_new, receipt.rows_stored), (1, 1));
    assert_eq!(receipt.not_stored, [paths[1].display().to_string()]);
    assert_eq!(lost(receipt), (2, 1, 2));
    let stored = test.store.deployment_figures(partner()).await.unwrap();
    assert_eq!(stored[0].sold, 30);
}

#[tokio::test]
async fn an_import_that_fails_between_two_kinds_keeps_the_receipt_of_the_first() {
    let mut test = TestStore::new();
    let usage = format!(
        "{}\n{}",
        crate::test_store::USAGE_HEADER,
        row(1, "E3", "Exchange", 5)
    );
    let deployment = format!(
        "{}\n2026-05-01,o365,,reseller,{},C1,,E3,5,10\n",
        crate::test_store::DEPLOYMENT_HEADER,
        customer(1)
    );
    // After usage is stored, a file is in the place of the other table.
    let files = DurableFiles::observed(|step| match step {
        DiskStep::Named { to, .. }
            if to.ends_with("usage/_delta_log/00000000000000000001.json") =>
        {
            let partner = to.ancestors().nth(3).unwrap();
            std::fs::write(partner.join("deployment"), "in the way").unwrap();
        }
        _ => {}
    });
    test.store = Store::create_with(&test.folder.path().join("observed"), files).unwrap();
    let paths = vec![
        test.file("deployment.csv", deployment),
        test.file("usage.csv", usage),
    ];
    let err = test.import(paths.clone()).await.unwrap_err();
    assert!(matches!(err, ImportError::Partly { .. }), "{err:?}");
    assert!(!err.is_of_input() && err.store().is_some());
    let receipt = err.receipt().unwrap();
    assert_eq!((receipt.deliveries_new, receipt.rows_stored), (1, 1));
    assert_eq!(receipt.not_stored, [paths[0].display().to_string()]);
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 5/10 = 50.0 at 2026-05-01T00:00:00+00:00");
}

#[tokio::test]
async fn units_that_lie_far_apart_are_compared_with_what_is_known_of_them() {
    let mut test = TestStore::new();
    let days = ["2020-01-01", "2023-06-01", "2026-05-01"];
    let rows = days.map(|day| {
        (0..50)
            .map(|of| exchange(day, of, 1, 2))
            .collect::<String>()
    });
    test.usage(&rows.concat()).await.unwrap();
    let apart = exchange("2020-01-01", 0, 1, 2) + &exchange("2026-05-01", 49, 2, 2);
    let receipt = test.usage(&apart).await.unwrap();
    assert_eq!(
        (receipt.deliveries_unchanged, receipt.deliveries_restated),
        (1, 1)
    );
    let receipt = test.usage(&rows.concat()).await.unwrap();
    assert_eq!(
        (receipt.deliveries_unchanged, receipt.deliveries_restated),
        (149, 1)
    );
}
