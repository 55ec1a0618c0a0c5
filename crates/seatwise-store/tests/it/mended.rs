//! An import of the same files restores damaged or missing data files.

use std::fs;
use std::path::{Path, PathBuf};

use seatwise_store::import::{ImportError, Mended, Receipt};
use seatwise_store::{Erase, Kind, Store, StoreError};

use crate::damage::{answers, damages, flip, has_end, usage};
use crate::mended_versions::overlapping;
use crate::test_store::{TestStore, USAGE_HEADER, customer, exchange, partner};

/// Two customers on two days, then two other days, one of them restated.
const FIRST: [(&str, u32); 4] = [
    ("2026-05-01", 1),
    ("2026-05-01", 2),
    ("2026-05-02", 1),
    ("2026-05-02", 2),
];

fn first_file(test: &mut TestStore) -> PathBuf {
    let rows: String = FIRST
        .iter()
        .map(|(day, customer)| exchange(day, *customer, 5, 10))
        .collect();
    test.file("first.csv", format!("{USAGE_HEADER}\n{rows}"))
}

/// Two imports, each in a separate data file. The second restates a delivery of the first.
pub(crate) async fn two_imports() -> (TestStore, PathBuf) {
    let mut test = TestStore::new();
    let first = first_file(&mut test);
    let receipt = test.import(vec![first.clone()]).await.unwrap();
    assert_eq!(receipt.deliveries_new, 4);
    let second = exchange("2026-05-02", 1, 6, 10) + &exchange("2026-05-03", 1, 7, 10);
    let receipt = test.usage(&second).await.unwrap();
    assert_eq!(
        (receipt.deliveries_new, receipt.deliveries_restated),
        (1, 1)
    );
    assert_eq!(data_files(test.store.work_dir()).len(), 2);
    (test, first)
}

/// The data files of the usage table, oldest first.
pub(crate) fn data_files(data: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(usage(data)).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| has_end(path, "parquet")).collect();
    files.sort_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    files
}

/// A new process, without verified files.
pub(crate) fn again(test: &mut TestStore) {
    test.store = Store::open(test.store.work_dir()).unwrap();
}

#[tokio::test]
async fn an_import_of_the_same_file_brings_a_damaged_file_back_as_it_was() {
    type Damage = fn(&Path);
    let flipped: Damage = |file| flip(file, 4321);
    let removed: Damage = |file| fs::remove_file(file).unwrap();
    for (what, damage) in [("a bit", flipped), ("missing", removed)] {
        let (mut test, first) = two_imports().await;
        let data = test.store.work_dir().to_owned();
        let right = answers(&data).await;
        let damaged = data_files(&data)[0].clone();
        damage(&damaged);
        again(&mut test);
        assert!(damages(&data).await > 0, "{what}");
        assert!(answers(&data).await[0].is_err(), "{what}");

        test.options.dry_run = true;
        let dry = test.import(vec![first.clone()]).await.unwrap();
        assert!(damages(&data).await > 0, "{what}: a dry run mends nothing");
        test.options.dry_run = false;
        let receipt = test.import(vec![first]).await.unwrap();
        let mended = Mended {
            files: 1,
            deliveries: 4,
            rows_lost: 0,
            left_out: 0,
            still_damaged: 0,
        };
        for Receipt {
            mended: answer,
            deliveries_new,
            deliveries_restated,
            ..
        } in [dry, receipt]
        {
            assert_eq!(answer, mended, "{what}");
            assert_eq!((deliveries_new, deliveries_restated), (0, 0), "{what}");
        }
        assert_eq!(damages(&data).await, 0, "{what}");
        let after = answers(&data).await;
        // Of earlier versions, only those that name the damaged file are gone.
        for (place, (after, right)) in after.iter().zip(&right).enumerate() {
            if place != 3 {
                assert_eq!(after, right, "{what}: answer {place}");
            }
        }
        let aside = data.join(format!("damaged/{}/usage", partner()));
        let moved = aside.join(damaged.file_name().unwrap());
        assert_eq!(moved.exists(), what == "a bit");
        assert!(!damaged.exists(), "{what}");
        // Nothing is stored twice.
        let first = first_file(&mut test);
        let receipt = test.import(vec![first]).await.unwrap();
        // The restated delivery of the first file restates again, like any earlier version.
        assert_eq!(receipt.mended, Mended::default());
        assert_eq!(
            (receipt.deliveries_unchanged, receipt.deliveries_restated),
            (3, 1)
        );
        // A damaged file can have rows of any customer, so an erasure removes it.
        let customer = Erase::Customer(customer(1).parse().unwrap());
        let now = "2026-06-02T00:00:00Z".parse().unwrap();
        let erased = test
            .store
            .erase(partner(), Kind::Usage, customer, now, false);
        erased.await.unwrap();
        assert!(!aside.exists(), "{what}");
    }
}

#[tokio::test]
async fn a_part_of_a_damaged_file_is_refused_unless_the_rest_may_be_lost() {
    let (mut test, _) = two_imports().await;
    let data = test.store.work_dir().to_owned();
    fs::remove_file(&data_files(&data)[0]).unwrap();
    again(&mut test);
    let part = exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-01", 2, 5, 10);
    let err = test.usage(&part).await.unwrap_err();
    let ImportError::Store(err @ StoreError::Unmended { .. }) = &err else {
        panic!("{err:?}");
    };
    let text = err.to_string();
    assert!(
        text.ends_with(
            "it had 4 rows, of days from 2026-05-01 to 2026-05-02, and this import has 2 of them"
        ),
        "{text}"
    );
    assert!(err.hint().unwrap().contains("--mend"));
    assert!(damages(&data).await > 0);

    test.options.mend = true;
    let receipt = test.usage(&part).await.unwrap();
    let mended = Mended {
        files: 1,
        deliveries: 0,
        rows_lost: 2,
        left_out: 0,
        still_damaged: 0,
    };
    assert_eq!((receipt.mended, receipt.deliveries_new), (mended, 2));
    assert_eq!(damages(&data).await, 0);
    let answer = test.usage_figures().await;
    assert!(answer.contains("Exchange: 12/20"), "{answer}");
}

#[tokio::test]
async fn other_deliveries_do_not_take_the_place_of_those_of_a_damaged_file() {
    let (mut test, first) = two_imports().await;
    let data = test.store.work_dir().to_owned();
    let right = answers(&data).await;
    fs::remove_file(&data_files(&data)[0]).unwrap();
    again(&mut test);
    // As many deliveries and rows, within the log's bounds of the file.
    for other in [
        fs::read_to_string(&first)
            .unwrap()
            .replacen(",5,10", ",4,10", 1),
        fs::read_to_string(&first)
            .unwrap()
            .replacen(",5,10", ",5,11", 1),
    ] {
        let err = test.content(&other).await.unwrap_err();
        let ImportError::Store(err @ StoreError::Unmended { .. }) = &err else {
            panic!("{err:?}");
        };
        assert!(err.to_string().ends_with("and this import has other ones"));
    }
    let receipt = test.import(vec![first]).await.unwrap();
    assert_eq!((receipt.mended.files, receipt.mended.deliveries), (1, 4));
    assert_eq!(answers(&data).await[0], right[0]);
}

#[tokio::test]
async fn what_complete_files_do_not_have_comes_back_with_complete() {
    let (mut test, _) = overlapping().await;
    let data = test.store.work_dir().to_owned();
    let day = |customers: &[u32]| {
        let rows = customers
            .iter()
            .map(|it| exchange("2026-05-03", *it, 5, 10));
        format!("{USAGE_HEADER}\n{}", rows.collect::<String>())
    };
    test.options.complete = true;
    // Customer 3 is missing.
    let complete = test.file("complete.csv", day(&[1, 2, 4]));
    let receipt = test.import(vec![complete.clone()]).await.unwrap();
    assert_eq!(receipt.deliveries_emptied, 1);
    // Another one comes later, and does not count on the day of the complete file.
    test.options.complete = false;
    test.usage(&exchange("2026-05-01", 5, 5, 10)).await.unwrap();
    let right = answers(&data).await;
    let newest = data_files(&data).len() - 2;
    fs::remove_file(&data_files(&data)[newest]).unwrap();
    again(&mut test);

    let err = test.import(vec![complete.clone()]).await.unwrap_err();
    let ImportError::Store(err @ StoreError::Unmended { .. }) = &err else {
        panic!("{err:?}");
    };
    assert!(
        err.to_string().ends_with("this import has 3 of them"),
        "{err}"
    );
    assert!(
        err.hint()
            .unwrap()
            .contains("with the same options, such as --complete")
    );
    test.options.complete = true;
    let wrong = test.file("wrong.csv", day(&[1, 2, 4]).replace(",5,10", ",4,10"));
    let err = test.import(vec![wrong]).await.unwrap_err();
    let ImportError::Store(err @ StoreError::Unmended { .. }) = &err else {
        panic!("{err:?}");
    };
    assert!(
        err.to_string().ends_with("this import has other ones"),
        "{err}"
    );
    // Another day cannot be completed while this one is damaged.
    let other = test.file("other.csv", day(&[1, 2, 4]).replace("05-03", "05-04"));
    let err = test.import(vec![other.clone()]).await.unwrap_err();
    assert!(
        matches!(err, ImportError::Store(StoreError::Damaged { .. })),
        "{err:?}"
    );

    // Imported with it, the other day is left out, and its missing customers are not added.
    let receipt = test.import(vec![complete, other]).await.unwrap();
    let mended = receipt.mended;
    assert_eq!(
        (mended.files, mended.deliveries, mended.left_out),
        (1, 4, 3)
    );
    assert_eq!(
        (receipt.deliveries_new, receipt.deliveries_restated),
        (0, 0)
    );
    assert_eq!(receipt.deliveries_emptied, 0);
    assert_eq!(damages(&data).await, 0);
    assert_eq!(answers(&data).await[0], right[0]);
}

#[tokio::test]
async fn what_is_mended_restates_nothing_that_came_later() {
    let mut test = TestStore::new();
    let data = test.store.work_dir().to_owned();
    let rows = |active: [u32; 3]| {
        let customers = (1..).zip(active);
        let rows = customers.map(|(customer, active)| exchange("2026-05-01", customer, active, 10));
        rows.collect::<String>()
    };
    // The second import has one existing delivery, and one that is restated later.
    test.usage(&rows([1, 1, 1])).await.unwrap();
    let second = test.usage(&rows([1, 2, 2])).await.unwrap();
    assert_eq!(second.deliveries_unchanged, 1);
    test.usage(&rows([3, 2, 3])).await.unwrap();
    let right = test.usage_figures().await;
    fs::remove_file(&data_files(&data)[1]).unwrap();
    again(&mut test);
    let receipt = test.usage(&rows([1, 2, 2])).await.unwrap();
    assert_eq!((receipt.mended.files, receipt.mended.deliveries), (1, 2));
    assert_eq!(
        (receipt.deliveries_unchanged, receipt.deliveries_restated),
        (1, 0)
    );
    assert_eq!(test.usage_figures().await, right);
    assert_eq!(damages(&data).await, 0);
}

#[tokio::test]
async fn what_does_not_touch_a_damaged_file_is_stored_beside_it() {
    let (mut test, first) = two_imports().await;
    let data = test.store.work_dir().to_owned();
    flip(&data_files(&data)[0], 4321);
    again(&mut test);
    let receipt = test.usage(&exchange("2026-05-04", 1, 8, 10)).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.mended.files), (1, 0));
    assert!(damages(&data).await > 0, "the damage is still there");
    let receipt = test.import(vec![first]).await.unwrap();
    assert_eq!((receipt.mended.files, receipt.mended.deliveries), (1, 4));
    assert_eq!(damages(&data).await, 0);
}
