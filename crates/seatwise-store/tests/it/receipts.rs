//! Receipts under keys: stored for a limited time and number.

use std::time::Duration;

use jiff::Timestamp;
use seatwise_store::KeptReceipt;

use crate::test_store::{TestStore, partner};

fn noon() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn receipt(key: &str, text: &str) -> KeptReceipt {
    KeptReceipt {
        key: key.to_owned(),
        content: "content".to_owned(),
        kept_at: noon(),
        receipt: text.to_owned(),
    }
}

#[test]
fn kept_for_a_week_and_replaced_by_the_next_one() {
    let test = TestStore::new();
    let kept = |key, now| test.store.kept_receipt(partner(), key, now).unwrap();
    assert_eq!(kept("a/../b", noon()), None);
    for text in ["first", "second"] {
        let receipt = receipt("a/../b", text);
        test.store.keep_receipt(partner(), &receipt).unwrap();
        assert_eq!(kept("a/../b", noon()), Some(receipt));
    }
    let week = Duration::from_secs(7 * 24 * 3600);
    assert!(kept("a/../b", noon() + week - Duration::from_secs(1)).is_some());
    assert_eq!(kept("a/../b", noon() + week), None);
}

#[test]
fn what_is_too_old_goes_with_the_next_one() {
    let test = TestStore::new();
    for key in ["a", "b"] {
        let receipt = receipt(key, "");
        test.store.keep_receipt(partner(), &receipt).unwrap();
    }
    let folder = test
        .store
        .work_dir()
        .join(format!("partners/{}/receipts", partner()));
    let files = || folder.read_dir().unwrap().count();
    assert_eq!(files(), 2);
    // Long after the files of this test were written, on any date.
    let late = KeptReceipt {
        kept_at: "2200-01-01T00:00:00Z".parse().unwrap(),
        ..receipt("c", "")
    };
    test.store.keep_receipt(partner(), &late).unwrap();
    assert_eq!(files(), 1);
}

#[test]
fn a_thousand_of_each_partner() {
    let test = TestStore::new();
    for number in 0..1005 {
        let receipt = receipt(&number.to_string(), "");
        test.store.keep_receipt(partner(), &receipt).unwrap();
    }
    let kept = |number: u32| {
        let key = number.to_string();
        test.store.kept_receipt(partner(), &key, noon()).unwrap()
    };
    assert_eq!(
        (0..1005).filter(|number| kept(*number).is_some()).count(),
        1000
    );
    assert!(kept(1004).is_some());
}
