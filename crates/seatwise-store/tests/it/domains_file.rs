//! The file of domains: copied, exported, damaged and lost.

use std::fs;

use seatwise_store::{Axes, Erase, ExportFormat, Store};

use crate::domains::{domain, file, with_domains};
use crate::test_store::{TestStore, customer, exchange, partner};

#[tokio::test]
async fn copies_and_exports_have_the_domains() {
    let mut test = TestStore::new();
    test.content(&with_domains(&[
        ("2026-05-01", 1, "one.example"),
        ("2026-05-01", 2, ""),
    ]))
    .await
    .unwrap();
    test.store
        .backup(&test.folder.path().join("copy"))
        .await
        .unwrap();
    let copy = Store::open(&test.folder.path().join("copy")).unwrap();
    assert_eq!(domain(&copy, 1, None).await.as_deref(), Some("one.example"));
    let to = test.folder.path().join("tables");
    let exported = test.store.export(
        partner(),
        Axes::default(),
        &to,
        ExportFormat::Csv,
        "2026-06-02T00:00:00Z".parse().unwrap(),
    );
    exported.await.unwrap();
    let customers = fs::read_to_string(to.join("customers.csv")).unwrap();
    assert_eq!(
        customers,
        format!(
            "customerTenantId,customerName,customerDomain\n{},Customer 1,one.example\n{},Customer 2,\n",
            customer(1),
            customer(2)
        )
    );
}

#[tokio::test]
async fn a_changed_bit_is_found_and_is_never_an_answer() {
    let mut test = TestStore::new();
    test.content(&with_domains(&[
        ("2026-05-01", 1, "one.example"),
        ("2026-05-01", 2, "two.example"),
    ]))
    .await
    .unwrap();
    let whole = fs::read(file(&test)).unwrap();
    for place in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        fs::write(file(&test), &flipped).unwrap();
        // Another process, without a cache.
        let store = Store::open(&test.folder.path().join("data")).unwrap();
        let verified = store.verify_domains(partner()).await;
        assert!(
            verified.is_err() || verified.unwrap().unwrap().damages > 0,
            "{place}"
        );
        assert!(store.domains(partner()).await.is_err(), "{place}");
    }
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        fs::write(file(&test), &whole[..length]).unwrap();
        let store = Store::open(&test.folder.path().join("data")).unwrap();
        assert!(store.domains(partner()).await.is_err(), "{length}");
        assert!(test.store.domains(partner()).await.is_err() || length == whole.len() - 1);
    }
}

#[tokio::test]
async fn domains_that_are_lost_are_damage_until_both_files_are_removed() {
    let mut test = TestStore::new();
    let rows = with_domains(&[("2026-05-01", 1, "one.example")]);
    test.content(&rows).await.unwrap();
    let list = test
        .folder
        .path()
        .join(format!("data/checksums/{}/domains.sha256", partner()));
    let copy = test.folder.path().join("copy");
    test.store.backup(&copy).await.unwrap();
    // A copy of an earlier day is not the file that was written.
    let earlier = fs::read(file(&test)).unwrap();
    test.content(&with_domains(&[("2026-05-02", 1, "two.example")]))
        .await
        .unwrap();
    let newer = fs::read(file(&test)).unwrap();
    fs::write(file(&test), earlier).unwrap();
    test.store.domains(partner()).await.unwrap_err();
    // A missing list is written again.
    fs::write(file(&test), newer).unwrap();
    fs::remove_file(&list).unwrap();
    test.usage(&exchange("2026-05-03", 1, 1, 2)).await.unwrap();
    assert!(list.exists());
    fs::remove_file(file(&test)).unwrap();

    test.store.domains(partner()).await.unwrap_err();
    let verified = test.store.verify_domains(partner()).await.unwrap().unwrap();
    assert_eq!(verified.damages, 1);
    let all = Erase::Customer(customer(1).parse().unwrap());
    let now = "2026-07-01T00:00:00Z".parse().unwrap();
    test.store
        .erase_domains(partner(), all, now, true)
        .await
        .unwrap_err();
    test.content(&rows).await.unwrap_err();
    let broken = test.folder.path().join("broken");
    test.store.backup(&broken).await.unwrap_err();

    // As the message says: a copy knows that domains exist, and without the list they can be set
    // again.
    let restored = Store::open(&copy).unwrap();
    assert_eq!(
        domain(&restored, 1, None).await.as_deref(),
        Some("one.example")
    );
    fs::remove_file(copy.join(format!("partners/{}/domains.ndjson", partner()))).unwrap();
    restored.domains(partner()).await.unwrap_err();
    fs::remove_file(list).unwrap();
    assert_eq!(test.content(&rows).await.unwrap().domains_stored, 1);
}
