//! Imports are compared with the newest version of each delivery, regardless of the number of files
//! that have versions of it.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::test_store::{TestStore, exchange};

/// The day and the customer of a delivery.
type Unit = (u32, u32);

/// The deliveries of an import, each with its content.
fn deliveries() -> impl Strategy<Value = BTreeMap<Unit, u32>> {
    // Most imports restate the same few deliveries, some add others.
    let unit = prop_oneof![3 => (1..2_u32, 1..3_u32), 1 => (1..4_u32, 1..6_u32)];
    vec((unit, 0..3_u32), 1..4).prop_map(BTreeMap::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn each_delivery_is_new_unchanged_or_restated(imports in vec(deliveries(), 10..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            test.options.replace = true;
            let mut stored: BTreeMap<Unit, u32> = BTreeMap::new();
            for import in imports {
                let mut expected = [0, 0, 0];
                let mut rows = String::new();
                for ((day, customer), content) in import {
                    rows += &exchange(&format!("2026-05-0{day}"), customer, content, 10);
                    let before = stored.insert((day, customer), content);
                    expected[match before {
                        None => 0,
                        Some(before) if before == content => 1,
                        Some(_) => 2,
                    }] += 1;
                }
                let receipt = test.usage(&rows).await.unwrap();
                let found = [
                    receipt.deliveries_new,
                    receipt.deliveries_unchanged,
                    receipt.deliveries_restated,
                ];
                assert_eq!(found, expected, "{stored:?}");
            }
        });
    }
}
