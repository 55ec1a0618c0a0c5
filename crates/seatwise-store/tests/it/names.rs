//! What a customer was called from day to day.

use seatwise_store::{Axes, CustomerName};

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, customer, exchange, partner};

async fn names(test: &TestStore, of: u32, axes: Axes) -> Vec<String> {
    let id = customer(of).parse().unwrap();
    let names = test.store.customer_names(partner(), id, axes).await;
    let names = names.unwrap().into_iter();
    let line = |CustomerName { name, first, last }| format!("{name} {first} {last}");
    names.map(line).collect()
}

fn called(date: &str, name: &str) -> String {
    exchange(date, 1, 1, 2).replace("Customer 1", name)
}

#[tokio::test]
async fn each_name_has_the_days_of_its_deliveries() {
    let mut test = TestStore::new();
    assert!(names(&test, 1, Axes::default()).await.is_empty());
    let rows = [
        called("2026-05-01", "Northwind"),
        called("2026-05-02", "Northwind"),
        called("2026-05-04", "Southwind"),
        called("2026-05-05", "Northwind"),
        exchange("2026-05-05", 2, 1, 2),
    ];
    test.usage(&rows.concat()).await.unwrap();
    assert_eq!(
        names(&test, 1, Axes::default()).await,
        [
            "Northwind 2026-05-05 2026-05-05",
            "Southwind 2026-05-04 2026-05-04",
            "Northwind 2026-05-01 2026-05-02",
        ]
    );
    assert_eq!(
        names(&test, 2, Axes::default()).await,
        ["Customer 2 2026-05-05 2026-05-05"]
    );
    assert!(names(&test, 3, Axes::default()).await.is_empty());
    let as_of = Axes {
        as_of: Some("2026-05-04".parse().unwrap()),
        ..Axes::default()
    };
    assert_eq!(names(&test, 1, as_of).await.len(), 2);
}

#[tokio::test]
async fn a_restatement_renames_its_day_alone_and_only_since_it_was_recorded() {
    let mut test = TestStore::new();
    let rows = called("2026-05-01", "Northwind") + &called("2026-05-02", "Northwind");
    test.usage(&rows).await.unwrap();
    test.usage(&called("2026-05-01", "Nordwind")).await.unwrap();
    assert_eq!(
        names(&test, 1, Axes::default()).await,
        [
            "Northwind 2026-05-02 2026-05-02",
            "Nordwind 2026-05-01 2026-05-01"
        ]
    );
    let before = "2026-06-01T00:01:30Z".parse().unwrap();
    let now = "2026-06-02T00:00:00Z".parse().unwrap();
    let known_at = Some(test.store.settle(partner(), before, now).await.unwrap());
    let axes = Axes {
        known_at,
        ..Axes::default()
    };
    assert_eq!(
        names(&test, 1, axes).await,
        ["Northwind 2026-05-01 2026-05-02"]
    );
}

#[tokio::test]
async fn of_usage_and_deployment_of_a_day_the_newest_processed_one_names_the_customer() {
    let mut test = TestStore::new();
    let id = customer(1);
    let usage = called("2026-05-01T10:00:00Z", "Of usage") + &called("2026-05-02", "Zeta");
    test.usage(&usage).await.unwrap();
    let deployed = |at: &str, name: &str| format!("{at},o365,,reseller,{id},{name},,E3,1,2\n");
    let rows = [
        deployed("2026-05-01T11:00:00Z", "Of deployment"),
        deployed("2026-05-02", "Alpha"),
        deployed("2026-05-03", "Zeta"),
    ];
    let content = format!("{DEPLOYMENT_HEADER}\n{}", rows.concat());
    test.content(&content).await.unwrap();
    assert_eq!(
        names(&test, 1, Axes::default()).await,
        [
            "Zeta 2026-05-02 2026-05-03",
            "Of deployment 2026-05-01 2026-05-01"
        ]
    );
}
