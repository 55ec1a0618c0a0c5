//! Who is in the figures, and the bridge between those of two days.

use std::fmt::Write as _;

use seatwise_store::{Axes, ChangesQuestion, CoverageQuestion, Kind, changes, coverage};
use seatwise_types::extensions::{Selection, Uncovered};

use crate::explained::facts;
use crate::test_store::{DEPLOYMENT_HEADER, TestStore, customer, exchange, partner};

#[tokio::test]
async fn who_is_in_the_figures() {
    let mut test = TestStore::new();
    test.usage(
        &(exchange("2026-05-01", 1, 1, 10)
            + &exchange("2026-04-20", 2, 1, 20)
            + &exchange("2026-03-01", 3, 1, 30)),
    )
    .await
    .unwrap();
    let mut rows = format!("{DEPLOYMENT_HEADER}\n");
    for (number, sold) in [(1, 50), (4, 150), (5, 0)] {
        let id = customer(number);
        rows += &format!("2026-05-01,o365,,reseller,{id},Customer {number},,E3,1,{sold}\n");
    }
    test.content(&rows).await.unwrap();
    let usage = facts(&test, Kind::Usage, Axes::default()).await;
    let deployment = facts(&test, Kind::Deployment, Axes::default()).await;
    let (services, left_out) = coverage(&usage, &deployment, &CoverageQuestion::default());
    insta::assert_debug_snapshot!(services, @"
    [
        ServiceCoverage {
            service_code: O365,
            channel: Reseller,
            expected: 4,
            current: 2,
            late: 1,
            missing: 1,
            oldest_processed_date: Some(
                2026-04-20,
            ),
            newest_processed_date: Some(
                2026-05-01,
            ),
            last_recorded_at: Some(
                2026-06-01T00:01:00Z,
            ),
            current_seats: 30,
            late_seats: 30,
            late_share: 50.0,
            missing_seats: 150,
            missing_share: 75.0,
        },
    ]
    ");
    let left_out: Vec<_> = left_out
        .iter()
        .map(|it| (it.customer_name.as_str(), it.reason, it.seats))
        .collect();
    assert_eq!(
        left_out,
        [
            ("Customer 3", Uncovered::Late, 30),
            ("Customer 4", Uncovered::Missing, 150)
        ]
    );
    // Conversely, two customers have no deployment.
    let (services, _) = coverage(&deployment, &usage, &CoverageQuestion::default());
    let found = &services[0];
    assert_eq!((found.expected, found.current, found.missing), (4, 3, 1));
    assert_eq!((found.missing_seats, found.missing_share), (20, 66.67));
}

#[tokio::test]
async fn the_bridge_between_two_days() {
    let mut test = TestStore::new();
    let first = exchange("2026-03-01", 1, 5, 10)
        + &exchange("2026-03-01", 2, 10, 10)
        + &exchange("2026-03-01", 3, 0, 20)
        + &exchange("2026-03-01", 4, 8, 10);
    test.usage(&first).await.unwrap();
    let answer = "2026-06-01T00:01:00Z".parse().unwrap();
    let answer = test.store.settle(partner(), answer, answer).await.unwrap();
    test.usage(&exchange("2026-03-01", 1, 6, 10)).await.unwrap();
    let id = customer(3);
    let gone = format!("2026-04-06,,,o365,,reseller,{id},Customer 3,,,,\n");
    let second = exchange("2026-04-06", 1, 8, 16) + &exchange("2026-04-06", 5, 1, 4) + &gone;
    test.usage(&second).await.unwrap();
    let at = async |day: &str, known_at| {
        let axes = Axes {
            as_of: Some(day.parse().unwrap()),
            known_at,
        };
        facts(&test, Kind::Usage, axes).await
    };
    let before = at("2026-03-01", Some(answer)).await;
    let corrected = at("2026-03-01", None).await;
    let after = at("2026-04-06", None).await;
    let found = changes(&before, &corrected, &after, &ChangesQuestion::default());
    assert_eq!(found.len(), 1);
    let mut shown = format!(
        "{:?}\n{:?}\n{:+}\n",
        found[0].from, found[0].to, found[0].points
    );
    for step in &found[0].steps {
        writeln!(
            shown,
            "{}: {} customers, {:+}/{:+}, {:+}",
            step.cause, step.customers, step.numerator, step.denominator, step.points
        )
        .unwrap();
    }
    insta::assert_snapshot!(shown, @"
    ChangeFigure { numerator: 23, denominator: 50, percent: Some(46.0) }
    ChangeFigure { numerator: 9, denominator: 20, percent: Some(45.0) }
    -1
    restated: 1 customers, +1/+0, +2
    late: 2 customers, -18/-20, -28
    newCustomers: 1 customers, +1/+4, +0.59
    lostCustomers: 1 customers, +0/-20, +29.41
    seats: 1 customers, +0/+6, -15
    use: 1 customers, +2/+0, +10
    ");
}

#[tokio::test]
async fn a_workload_that_is_renamed_is_neither_lost_nor_new() {
    let mut test = TestStore::new();
    let teams = |row: String| row.replace("EXO,Exchange", "TEAMS,Teams");
    let first = exchange("2026-05-01", 1, 5, 10)
        + &exchange("2026-05-01", 2, 1, 10)
        + &teams(exchange("2026-05-01", 1, 3, 10));
    let renamed = exchange("2026-05-02", 1, 6, 10).replace("Exchange", "Mail")
        + &exchange("2026-05-02", 2, 1, 10).replace("Exchange", "Mail")
        // This customer never had the old name.
        + &exchange("2026-05-02", 3, 1, 10).replace("Exchange", "Mail")
        + &teams(exchange("2026-05-02", 1, 3, 10));
    test.usage(&first).await.unwrap();
    test.usage(&renamed).await.unwrap();
    let at = async |day: &str| {
        let axes = Axes {
            as_of: Some(day.parse().unwrap()),
            known_at: None,
        };
        facts(&test, Kind::Usage, axes).await
    };
    let (before, after) = (at("2026-05-01").await, at("2026-05-02").await);
    let answer = |selection: &Selection| {
        let question = ChangesQuestion::new(selection.clone()).unwrap();
        changes(&before, &before, &after, &question)
    };
    let all = answer(&Selection::default());
    assert_eq!(all.len(), 2);
    for name in ["Exchange", "mail", "EXO"] {
        let workload = Some(name.to_owned());
        let wanted = Selection {
            workload,
            ..Selection::default()
        };
        assert_eq!(answer(&wanted), all[..1], "{name}");
        // The name that all customers use counts, whichever customer is selected.
        for number in 1..=3 {
            let customer = Some(customer(number).parse().unwrap());
            let of_customer = Selection {
                customer,
                ..Selection::default()
            };
            let wanted = Selection {
                customer,
                ..wanted.clone()
            };
            assert_eq!(
                answer(&wanted),
                answer(&of_customer)[..1],
                "{name} {number}"
            );
        }
    }
    let (from, to) = (&all[0].from, &all[0].to);
    assert_eq!((from.numerator, to.numerator), (6, 8));
    assert_eq!(all[0].workload_name.as_deref(), Some("Mail"));
}
