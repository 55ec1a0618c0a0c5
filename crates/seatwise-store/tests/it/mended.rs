//! An import of the same files mends data files that are damaged or gone.

use std::fs;
use std::path::{Path, PathBuf};

use seatwise_store::import::{ImportError, Mended, Receipt};
use seatwise_store::{Erase, Kind, Store, StoreError};

use crate::damage::{answers, damages, flip, has_end, lived_in, usage};
use crate::house::{House, USAGE_HEADER, customer, exchange, partner};

/// Two customers on two days, then two other days of which one is restated.
const FIRST: [(&str, u32); 4] = [
    ("2026-05-01", 1),
    ("2026-05-01", 2),
    ("2026-05-02", 1),
    ("2026-05-02", 2),
];

fn first_file(house: &mut House) -> PathBuf {
    let rows: String = FIRST
        .iter()
        .map(|(day, customer)| exchange(day, *customer, 5, 10))
        .collect();
    house.file("first.csv", format!("{USAGE_HEADER}\n{rows}"))
}

/// Two imports, each in a data file of its own. The second restates a delivery of the first.
async fn two_imports() -> (House, PathBuf) {
    let mut house = House::new();
    let first = first_file(&mut house);
    let receipt = house.import(vec![first.clone()]).await.unwrap();
    assert_eq!(receipt.deliveries_new, 4);
    let second = exchange("2026-05-02", 1, 6, 10) + &exchange("2026-05-03", 1, 7, 10);
    let receipt = house.usage(&second).await.unwrap();
    assert_eq!(
        (receipt.deliveries_new, receipt.deliveries_restated),
        (1, 1)
    );
    assert_eq!(data_files(house.store.path()).len(), 2);
    (house, first)
}

/// The data files of the usage table, the oldest first.
fn data_files(data: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(usage(data)).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| has_end(path, "parquet")).collect();
    files.sort_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    files
}

/// As a process that starts now: what was found whole before is not remembered.
fn again(house: &mut House) {
    house.store = Store::open(house.store.path()).unwrap();
}

#[tokio::test]
async fn an_import_of_the_same_file_brings_a_damaged_file_back_as_it_was() {
    type Damage = fn(&Path);
    let flipped: Damage = |file| flip(file, 4321);
    let removed: Damage = |file| fs::remove_file(file).unwrap();
    for (what, damage) in [("a bit", flipped), ("missing", removed)] {
        let (mut house, first) = two_imports().await;
        let data = house.store.path().to_owned();
        let right = answers(&data).await;
        let damaged = data_files(&data)[0].clone();
        damage(&damaged);
        again(&mut house);
        assert!(damages(&data).await > 0, "{what}");
        assert!(answers(&data).await[0].is_err(), "{what}");

        house.options.dry_run = true;
        let dry = house.import(vec![first.clone()]).await.unwrap();
        assert!(damages(&data).await > 0, "{what}: a dry run mends nothing");
        house.options.dry_run = false;
        let receipt = house.import(vec![first]).await.unwrap();
        let mended = Mended {
            files: 1,
            deliveries: 4,
            rows_lost: 0,
            older: 0,
        };
        for Receipt {
            mended: told,
            deliveries_new,
            deliveries_restated,
            ..
        } in [dry, receipt]
        {
            assert_eq!(told, mended, "{what}");
            assert_eq!((deliveries_new, deliveries_restated), (0, 0), "{what}");
        }
        assert_eq!(damages(&data).await, 0, "{what}");
        let after = answers(&data).await;
        // Of versions before, only those that name the damaged file are gone.
        for (place, (after, right)) in after.iter().zip(&right).enumerate() {
            if place != 3 {
                assert_eq!(after, right, "{what}: answer {place}");
            }
        }
        let aside = data.join(format!("damaged/{}/usage", partner()));
        let moved = aside.join(damaged.file_name().unwrap());
        assert_eq!(moved.exists(), what == "a bit");
        assert!(!damaged.exists(), "{what}");
        // Nothing is stored a second time.
        let first = first_file(&mut house);
        let receipt = house.import(vec![first]).await.unwrap();
        // The restated delivery of the first file restates again, as any earlier version would.
        assert_eq!(receipt.mended, Mended::default());
        assert_eq!(
            (receipt.deliveries_unchanged, receipt.deliveries_restated),
            (3, 1)
        );
        // A damaged file may have rows of anyone, so it goes when somebody is erased.
        let customer = Erase::Customer(customer(1).parse().unwrap());
        let now = "2026-06-02T00:00:00Z".parse().unwrap();
        let erased = house
            .store
            .erase(partner(), Kind::Usage, customer, now, false);
        erased.await.unwrap();
        assert!(!aside.exists(), "{what}");
    }
}

#[tokio::test]
async fn a_part_of_a_damaged_file_is_refused_unless_the_rest_may_be_lost() {
    let (mut house, _) = two_imports().await;
    let data = house.store.path().to_owned();
    fs::remove_file(&data_files(&data)[0]).unwrap();
    again(&mut house);
    let part = exchange("2026-05-01", 1, 5, 10) + &exchange("2026-05-01", 2, 5, 10);
    let err = house.usage(&part).await.unwrap_err();
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

    house.options.mend = true;
    let receipt = house.usage(&part).await.unwrap();
    let mended = Mended {
        files: 1,
        deliveries: 0,
        rows_lost: 2,
        older: 0,
    };
    assert_eq!((receipt.mended, receipt.deliveries_new), (mended, 2));
    assert_eq!(damages(&data).await, 0);
    let told = house.usage_figures().await;
    assert!(told.contains("Exchange: 12/20"), "{told}");
}

#[tokio::test]
async fn other_deliveries_do_not_take_the_place_of_those_of_a_damaged_file() {
    let (mut house, first) = two_imports().await;
    let data = house.store.path().to_owned();
    let right = answers(&data).await;
    fs::remove_file(&data_files(&data)[0]).unwrap();
    again(&mut house);
    // As many deliveries and rows, within what the log says of the file.
    for other in [
        fs::read_to_string(&first)
            .unwrap()
            .replacen(",5,10", ",4,10", 1),
        fs::read_to_string(&first)
            .unwrap()
            .replacen(",5,10", ",5,11", 1),
    ] {
        let err = house.content(&other).await.unwrap_err();
        let ImportError::Store(err @ StoreError::Unmended { .. }) = &err else {
            panic!("{err:?}");
        };
        assert!(err.to_string().ends_with("and this import has other ones"));
    }
    let receipt = house.import(vec![first]).await.unwrap();
    assert_eq!((receipt.mended.files, receipt.mended.deliveries), (1, 4));
    assert_eq!(answers(&data).await[0], right[0]);
}

/// Two versions of one unit.
fn versions() -> [String; 2] {
    [5, 6].map(|active| format!("{USAGE_HEADER}\n{}", exchange("2026-05-01", 1, active, 10)))
}

#[tokio::test]
async fn versions_in_another_order_are_not_those_of_a_damaged_file() {
    let mut house = House::new();
    let data = house.store.path().to_owned();
    let mut number = 0;
    let files = versions().map(|rows| {
        number += 1;
        house.file(&format!("version-{number}.csv"), rows)
    });
    house.import(files.to_vec()).await.unwrap();
    let right = house.usage_figures().await;
    fs::remove_file(&data_files(&data)[0]).unwrap();
    again(&mut house);
    let [first, second] = files.clone();
    let err = house.import(vec![second, first]).await.unwrap_err();
    assert!(matches!(
        err,
        ImportError::Store(StoreError::Unmended { .. })
    ));
    let receipt = house.import(files.to_vec()).await.unwrap();
    assert_eq!(receipt.mended.deliveries, 2);
    assert_eq!(house.usage_figures().await, right);
}

#[tokio::test]
async fn a_delivery_comes_back_to_one_file_and_not_to_two() {
    let mut house = House::new();
    let data = house.store.path().to_owned();
    let [first, second] = versions();
    for rows in [&first, &second, &first] {
        house.content(rows).await.unwrap();
    }
    let files = data_files(&data);
    fs::remove_file(&files[0]).unwrap();
    fs::remove_file(&files[2]).unwrap();
    again(&mut house);
    let err = house.content(&first).await.unwrap_err();
    let ImportError::Store(err @ StoreError::Unmended { .. }) = &err else {
        panic!("{err:?}");
    };
    assert!(
        err.to_string()
            .ends_with("may be of another damaged file as well")
    );
    assert!(damages(&data).await > 0);
}

#[tokio::test]
async fn what_is_mended_takes_no_newer_version_away() {
    let (mut house, _) = two_imports().await;
    let data = house.store.path().to_owned();
    fs::remove_file(&data_files(&data)[0]).unwrap();
    again(&mut house);
    house.options.mend = true;
    // Of 2026-05-02 a version is known that is newer than the damaged file.
    let rows = exchange("2026-05-01", 2, 5, 10) + &exchange("2026-05-02", 1, 5, 10);
    let receipt = house.usage(&rows).await.unwrap();
    let mended = Mended {
        files: 1,
        deliveries: 0,
        rows_lost: 2,
        older: 1,
    };
    assert_eq!((receipt.mended, receipt.deliveries_new), (mended, 1));
    assert_eq!(receipt.deliveries_restated, 0);
    assert_eq!(damages(&data).await, 0);
    let told = house.usage_figures().await;
    assert!(told.contains("Exchange: 12/20"), "{told}");
}

#[tokio::test]
async fn what_does_not_touch_a_damaged_file_is_stored_beside_it() {
    let (mut house, first) = two_imports().await;
    let data = house.store.path().to_owned();
    flip(&data_files(&data)[0], 4321);
    again(&mut house);
    let receipt = house
        .usage(&exchange("2026-05-04", 1, 8, 10))
        .await
        .unwrap();
    assert_eq!((receipt.deliveries_new, receipt.mended.files), (1, 0));
    assert!(damages(&data).await > 0, "the damage is still there");
    let receipt = house.import(vec![first]).await.unwrap();
    assert_eq!((receipt.mended.files, receipt.mended.deliveries), (1, 4));
    assert_eq!(damages(&data).await, 0);
}

#[tokio::test]
async fn a_file_of_several_imports_comes_back_only_as_recorded_now() {
    let mut house = lived_in().await;
    let data = house.store.path().to_owned();
    let largest = |data: &Path| {
        let files = data_files(data).into_iter();
        files.max_by_key(|path| fs::metadata(path).unwrap().len())
    };
    fs::remove_file(largest(&data).unwrap()).unwrap();
    again(&mut house);
    let before = damages(&data).await;
    assert!(before > 0);
    let all: Vec<PathBuf> = (1..=18)
        .map(|number| house.folder.path().join(format!("file-{number}")))
        .collect();
    let err = house.import(all.clone()).await.unwrap_err();
    let ImportError::Store(unmended @ StoreError::Unmended { .. }) = &err else {
        panic!("{err:?}");
    };
    let text = unmended.to_string();
    assert!(
        text.ends_with("several imports were merged in it"),
        "{text}"
    );
    house.options.mend = true;
    let receipt = house.import(all).await.unwrap();
    assert_eq!((receipt.mended.files, receipt.mended.rows_lost), (1, 0));
    assert!(receipt.deliveries_new > 0 && receipt.deliveries_restated == 0);
    assert_eq!(damages(&data).await, 0);
    let told = house.usage_figures().await;
    assert!(told.contains("Exchange: 6/13"), "{told}");
}
