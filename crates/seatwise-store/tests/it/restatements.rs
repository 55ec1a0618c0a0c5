//! Deliveries with several versions.

use seatwise_store::{Kind, RestatementsQuestion};
use seatwise_types::extensions::Selection;

use crate::explained::of;
use crate::test_store::{TestStore, exchange, partner};

#[tokio::test]
async fn what_was_replaced() {
    let mut test = TestStore::new();
    for active in [5, 6, 6, 5] {
        test.usage(&exchange("2026-05-01", 1, active, 10))
            .await
            .unwrap();
    }
    test.usage(&exchange("2026-05-01", 2, 1, 10)).await.unwrap();
    let (from, to) = ("2026-05-01".parse().unwrap(), "2026-05-01".parse().unwrap());
    let ask = async |known_at, selection: &Selection| {
        let question = RestatementsQuestion {
            kind: Kind::Usage,
            from,
            to,
            selection: selection.clone(),
            known_at,
        };
        let found = test.store.restatements(partner(), &question).await;
        let found = found.unwrap();
        (found.value, found.recorded_at)
    };
    let (units, recorded_at) = ask(None, &Selection::default()).await;
    assert_eq!(recorded_at.unwrap().to_string(), "2026-06-01T00:05:00Z");
    insta::assert_debug_snapshot!(units, @r#"
    [
        RestatedUnit {
            service_code: O365,
            channel: Reseller,
            customer_id: CustomerId(00000001-70f4-4e1e-9ff1-b2bfce8d9f04),
            customer_name: "Customer 1",
            processed_date: 2026-05-01,
            versions: [
                DeliveryVersion {
                    delivery: 1,
                    recorded_at: 2026-06-01T00:01:00Z,
                    rows: 1,
                    numerator: 5,
                    denominator: 10,
                },
                DeliveryVersion {
                    delivery: 2,
                    recorded_at: 2026-06-01T00:02:00Z,
                    rows: 1,
                    numerator: 6,
                    denominator: 10,
                },
                DeliveryVersion {
                    delivery: 3,
                    recorded_at: 2026-06-01T00:04:00Z,
                    rows: 1,
                    numerator: 5,
                    denominator: 10,
                },
            ],
        },
    ]
    "#);
    let early = "2026-06-01T00:02:00Z".parse().unwrap();
    let early = Some(test.store.settle(partner(), early, early).await.unwrap());
    assert_eq!(
        ask(early, &Selection::default()).await.0[0].versions.len(),
        2
    );
    assert_eq!(ask(None, &of("o365", "direct", None)).await.0, []);
    assert_eq!(ask(None, &of("O365", "Reseller", None)).await.0, units);
}
