//! An import that meets damaged data files only mends.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use seatwise_store::import::{ImportError, Receipt};
use seatwise_store::{Store, StoreError};

use crate::live_rows::{Row, domains, live_files, rows};
use crate::mended::{again, data_files};
use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, customer, exchange, partner};

/// Everything stored: the rows of both tables with their numbers, instants and hashes, and the
/// domains.
pub(crate) fn stored(data: &Path) -> (BTreeSet<Row>, BTreeSet<Row>, String) {
    (rows(data, "usage"), rows(data, "deployment"), domains(data))
}

pub(crate) fn deployed(day: &str, of: u32, deployed: u32) -> String {
    format!(
        "{DEPLOYMENT_HEADER}\n{day},o365,,reseller,{},Customer {of},,E3,{deployed},10\n",
        customer(of)
    )
}

pub(crate) fn usage(rows: &str) -> String {
    format!("{USAGE_HEADER}\n{rows}")
}

fn lose(test: &mut TestStore, file: &Path) {
    fs::remove_file(file).unwrap();
    again(test);
}

/// Asserts that nothing is recorded, and the numbers of restored, existing and left-out deliveries.
fn mended_alone(receipt: &Receipt, back: u64, known: u64, left_out: u64) {
    let recorded = [
        receipt.deliveries_new,
        receipt.deliveries_restated,
        receipt.deliveries_emptied,
        receipt.domains_stored,
        receipt.losses.rows,
    ];
    assert_eq!(recorded, [0; 5], "{receipt:?}");
    let mended = receipt.mended;
    let became = (
        mended.deliveries,
        receipt.deliveries_unchanged,
        mended.left_out,
    );
    assert_eq!(became, (back, known, left_out), "{receipt:?}");
}

#[tokio::test]
async fn another_table_of_the_import_is_not_restated_to_what_it_had_then() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    let first = [
        test.file("usage.csv", usage(&exchange("2026-05-01", 1, 1, 10))),
        test.file("deployment.csv", deployed("2026-05-01", 1, 1)),
    ];
    test.import(first.to_vec()).await.unwrap();
    test.usage(&exchange("2026-05-01", 1, 2, 10)).await.unwrap();
    let right = stored(&data);
    lose(&mut test, &live_files(&data, "deployment")[0]);
    // A new delivery of the other table is left out too.
    let news = test.file("news.csv", usage(&exchange("2026-05-09", 1, 3, 10)));
    let [usage, deployment] = first;
    let receipt = test.import(vec![usage, deployment, news]).await.unwrap();
    mended_alone(&receipt, 1, 1, 1);
    assert_eq!(stored(&data), right);
}

#[tokio::test]
async fn a_download_of_two_tables_restates_neither() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    let header = "PGAMpnID,SubscriptionId,Month,RevSumDivisionName,RevSumCategoryName,SKU,SKUId,\
        CustomerName,CustomerTenantId,AvailableSeats,AssignedSeats,ActiveSeats,ActiveUsagePercent";
    let [old, new] = ["10,5,3,0.3", "10,8,7,0.7"].map(|seats| {
        let of = customer(1);
        format!("{header}\n1,s1,2026-04-01,D,C,SALES,,C1,{of},{seats}\n")
    });
    test.content(&old).await.unwrap();
    test.content(&new).await.unwrap();
    let both = |data: &Path| ["usage-month", "deployment-month"].map(|kind| rows(data, kind));
    let right = both(&data);
    lose(&mut test, &live_files(&data, "deployment-month")[0]);
    let receipt = test.content(&old).await.unwrap();
    mended_alone(&receipt, 1, 1, 0);
    assert_eq!(both(&data), right);
}

#[tokio::test]
async fn complete_files_add_nothing_to_another_table() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    let two = |of: fn(u32) -> String| of(1) + &of(2);
    let usage_rows = two(|of| exchange("2026-05-01", of, 1, 10));
    let deployment =
        deployed("2026-05-01", 1, 1) + deployed("2026-05-01", 2, 1).lines().nth(1).unwrap() + "\n";
    let first = [
        test.file("usage.csv", usage(&usage_rows)),
        test.file("deployment.csv", deployment),
    ];
    test.options.complete = true;
    test.import(first.to_vec()).await.unwrap();
    test.options.complete = false;
    test.content(&deployed("2026-05-01", 3, 1)).await.unwrap();
    let right = stored(&data);
    lose(&mut test, &live_files(&data, "usage")[0]);
    test.options.complete = true;
    let receipt = test.import(first.to_vec()).await.unwrap();
    mended_alone(&receipt, 2, 2, 0);
    assert_eq!(stored(&data), right);
}

#[tokio::test]
async fn complete_files_empty_no_customer_by_what_is_damaged() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    for (day, of) in [("2026-05-01", 1), ("2026-05-02", 3)] {
        test.usage(&exchange(day, of, 1, 10)).await.unwrap();
    }
    lose(&mut test, &data_files(&data)[1]);
    let left = stored(&data);
    // The newest delivery of customer 3 is unreadable, and may be given up or not.
    test.options.complete = true;
    for mend in [false, true] {
        test.options.mend = mend;
        let err = test.usage(&exchange("2026-05-05", 1, 1, 10)).await;
        let err = err.unwrap_err();
        assert!(
            matches!(err, ImportError::Store(StoreError::Damaged { .. })),
            "{err:?}"
        );
        assert_eq!(stored(&data), left);
    }
}

#[tokio::test]
async fn a_return_to_earlier_content_is_news_as_soon_as_no_damaged_file_may_have_a_newer_one() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    let of_first = |active| exchange("2026-05-01", 1, active, 10);
    test.usage(&of_first(1)).await.unwrap();
    test.usage(&of_first(2)).await.unwrap();
    test.usage(&exchange("2026-05-01", 5, 2, 10)).await.unwrap();
    let twin = twin_of(&test);
    // A file of another customer does not block.
    lose(&mut test, &data_files(&data)[2]);
    let return_and_news = of_first(1) + &exchange("2026-05-01", 9, 1, 10);
    let receipt = test.usage(&return_and_news).await.unwrap();
    assert_eq!(
        (receipt.deliveries_new, receipt.deliveries_restated),
        (1, 1)
    );
    assert_eq!(receipt.mended.still_damaged, 1);
    let receipt = test.usage(&exchange("2026-05-01", 5, 2, 10)).await.unwrap();
    mended_alone(&receipt, 1, 0, 0);
    let mut right = TestStore::new();
    right.store = twin;
    let file = right.file("return.csv", usage(&return_and_news));
    let now = "2026-06-01T00:04:00Z".parse().unwrap();
    right.import_at(vec![file], now).await.unwrap();
    assert_eq!(stored(&data), stored(right.store.work_dir()));

    // A file that may have a newer version of it does: nothing is recorded, and the receipt says
    // so.
    lose(&mut test, &data_files(&data)[1]);
    let receipt = test.usage(&of_first(1)).await.unwrap();
    mended_alone(&receipt, 0, 1, 0);
    assert_eq!((receipt.rows_stored, receipt.mended.still_damaged), (0, 1));
    let receipt = test.usage(&of_first(2)).await.unwrap();
    mended_alone(&receipt, 1, 0, 0);
    assert_eq!(stored(&data), stored(right.store.work_dir()));
}

/// The store of a copy of a data folder.
fn twin_of(test: &TestStore) -> Store {
    let twin = test.folder.path().join("twin");
    copy(test.store.work_dir(), &twin);
    Store::open(&twin).unwrap()
}

fn copy(folder: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[tokio::test]
async fn domains_stay_as_they_are_until_nothing_is_in_the_way() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    let with_domain = |row: String, domain: &str| {
        let row = row.replace('\n', &format!(",{domain}\n"));
        format!("{USAGE_HEADER},customerDomain\n{row}")
    };
    let [old, new] = [(1, "old.example"), (2, "new.example")]
        .map(|(active, domain)| with_domain(exchange("2026-05-01", 1, active, 10), domain));
    test.content(&old).await.unwrap();
    test.content(&new).await.unwrap();
    let right = stored(&data);
    // The oldest first: the first one exists, and its domain is not recorded again.
    lose(&mut test, &data_files(&data)[1]);
    for (file, back, known) in [(&old, 0, 1), (&old, 0, 1), (&new, 1, 0)] {
        mended_alone(&test.content(file).await.unwrap(), back, known, 0);
    }
    assert_eq!(stored(&data), right);

    // New content beside a restored file is new in the next import, with its domain.
    let news = with_domain(exchange("2026-05-02", 3, 1, 10), "third.example");
    let of_service = with_domain(exchange("2026-05-01", 1, 1, 10), "b.example");
    let of_service = of_service.replace("o365", "crm");
    lose(&mut test, &data_files(&data)[1]);
    let files = [
        ("new.csv", &new),
        ("news.csv", &news),
        ("crm.csv", &of_service),
    ];
    let files = files.map(|(name, content)| test.file(name, content));
    let receipt = test.import(files.to_vec()).await.unwrap();
    mended_alone(&receipt, 1, 0, 2);
    assert_eq!(stored(&data), right);
    let receipt = test.import(files.to_vec()).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.domains_stored), (2, 2));
    let known = test.store.domains(partner()).await.unwrap();
    let id = customer(3).parse().unwrap();
    assert_eq!(known.of(id, None, None), Some("third.example"));
}

#[tokio::test]
async fn files_whose_rows_are_joined_are_no_delivery() {
    let mut test = TestStore::new();
    test.options.replace = true;
    let data = test.store.work_dir().to_owned();
    let other = |row: String| {
        let row = row.replace("6fd2c87f", "7fd2c87f");
        row.replace("ENTERPRISEPACK", "OTHER")
    };
    let first: String = [1, 9].map(|of| exchange("2026-05-01", of, 1, 10)).concat();
    let second: String = [1, 9].map(|of| exchange("2026-05-01", of, 2, 10)).concat();
    let contents = [first, other(second), exchange("2026-05-01", 5, 2, 10)];
    let mut files = Vec::new();
    for (number, rows) in contents.iter().enumerate() {
        let file = test.file(&format!("{number}.csv"), usage(rows));
        test.import(vec![file.clone()]).await.unwrap();
        files.push(file);
    }
    let right = stored(&data);
    lose(&mut test, &data_files(&data)[2]);
    let receipt = test.import(files).await.unwrap();
    assert_eq!(receipt.deliveries_joined, 2);
    mended_alone(&receipt, 1, 0, 2);
    assert_eq!(stored(&data), right);
}

#[tokio::test]
async fn a_customer_who_was_erased_does_not_come_back_with_a_file() {
    for (erased, comes_back) in [(1, true), (2, false)] {
        let mut test = TestStore::new();
        let data = test.store.work_dir().to_owned();
        let all: String = [1, 2, 3]
            .map(|of| exchange("2026-05-01", of, 1, 10))
            .concat();
        test.usage(&all).await.unwrap();
        let what = seatwise_store::Erase::Customer(customer(erased).parse().unwrap());
        let now = "2026-06-02T00:00:00Z".parse().unwrap();
        let kind = seatwise_store::Kind::Usage;
        let erasing = test.store.erase(partner(), kind, what, now, false);
        assert_eq!(erasing.await.unwrap().unwrap().rows, 1);
        let file = data_files(&data)[0].clone();
        let right = crate::live_rows::rows_of(&file);
        lose(&mut test, &file);
        match test.usage(&all).await {
            Ok(receipt) if comes_back => {
                mended_alone(&receipt, 2, 0, 1);
                let files = data_files(&data);
                assert_eq!(crate::live_rows::rows_of(&files[0]), right);
            }
            Err(ImportError::Store(err @ StoreError::Unmended { .. })) if !comes_back => {
                assert!(err.to_string().ends_with("others were erased from it"));
                assert!(data_files(&data).is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
}
