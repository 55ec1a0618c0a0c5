//! Pages of rows that change, do not end, or cannot be placed.

use seatwise_types::CustomerId;
use seatwise_types::extensions::Metric;
use wiremock::matchers::{path, query_param};
use wiremock::{Mock, ResponseTemplate};

use crate::fake::{Fake, customer, known, page, page_of, row};
use crate::source::target;

/// Two pages for each metric; the first time, the second page is as given.
async fn two_pages(first_time: ResponseTemplate) -> Fake {
    let fake = Fake::listing(3).await;
    for metric in Metric::ALL {
        let at = format!("/v1/analytics/commercial/{metric}/license/");
        Mock::given(path(&at))
            .and(query_param("skip", "2"))
            .respond_with(first_time.clone())
            .up_to_n_times(1)
            .with_priority(1)
            .mount(&fake.0)
            .await;
        Mock::given(path(&at))
            .and(query_param("skip", "2"))
            .respond_with(page(&[3], 3, None))
            .with_priority(2)
            .mount(&fake.0)
            .await;
        Mock::given(path(&at))
            .respond_with(page(&[1, 2], 3, Some("?skip=2")))
            .with_priority(3)
            .mount(&fake.0)
            .await;
    }
    fake
}

#[tokio::test]
async fn rows_that_change_while_they_are_read_are_read_again() {
    for first_time in [
        page(&[3], 4, None),
        page(&[], 3, None),
        ResponseTemplate::new(404),
    ] {
        let fake = two_pages(first_time).await;
        let (store, _folder) = target();
        let run = fake.collect(&store).await.unwrap();
        assert_eq!((run.rows, run.deliveries.new), (6, 6), "{run:?}");
        assert_eq!(known(&store).await.len(), 3);
        // The customers, and twice two pages of each metric.
        assert_eq!(run.requests, 9);
    }
}

#[tokio::test]
async fn rows_that_never_come_to_an_end_are_not_stored() {
    let fake = Fake::listing(3).await;
    for metric in Metric::ALL {
        let at = format!("/v1/analytics/commercial/{metric}/license/");
        fake.answer(&at, page(&[1, 2], 5, None)).await;
    }
    let (store, _folder) = target();
    let err = fake.collect(&store).await.unwrap_err();
    assert_eq!(
        err.to_string(),
        "the usage rows changed while they were read, 5 times: 6 of 5 rows came"
    );
    assert_eq!(known(&store).await, []);
}

#[tokio::test]
async fn a_row_that_cannot_be_placed_makes_no_customer_empty() {
    const DATE: &str = r#""2026-10-30T00:00:00""#;
    let (second, third) = (customer(2), customer(3));
    let named = |id: CustomerId| format!(r#""{id}""#);
    for (bad, left_out, known_too, notes) in [
        (row(2).replace(DATE, "null"), 0, Some(third), 1),
        // Nor does it determine the date of empty deliveries.
        (row(2).replace("2026-10", "2027-10"), 0, Some(third), 1),
        (row(2).replace(r#""reseller""#, r#""""#), 1, Some(third), 1),
        (row(2).replace(&named(second), "null"), 0, None, 2),
    ] {
        let fake = Fake::listing(3).await;
        for metric in Metric::ALL {
            let at = format!("/v1/analytics/commercial/{metric}/license/");
            let rows = [row(1), bad.clone()];
            fake.answer(&at, page_of(&rows, 2, None)).await;
        }
        let (store, _folder) = target();
        let run = fake.collect(&store).await.unwrap();
        let mut expected = vec![(customer(1), 1)];
        expected.extend(known_too.map(|customer| (customer, 0)));
        assert_eq!(known(&store).await, expected, "{bad}");

        assert_eq!(run.notes.len(), 2 * notes, "{run:?}");
        let note =
            format!("bad usage rows: 1; deliveries that were left out for that: {left_out}; see `");
        let file = run.notes[0].strip_prefix(&note).unwrap();
        let rejected = std::fs::read_to_string(file.trim_end_matches('`')).unwrap();
        assert_eq!(rejected.lines().count(), 2, "{rejected}");
        if notes == 2 {
            assert_eq!(
                run.notes[1],
                "usage rows that name no customer: 1; because of them no customer was taken to have nothing"
            );
        }
    }
}
