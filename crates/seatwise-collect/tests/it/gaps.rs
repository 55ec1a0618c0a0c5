//! Missing data is reported, and never counts as zero.

use std::io::Write as _;

use seatwise_collect::{Outcome, Way, runs};
use seatwise_types::extensions::Metric;
use wiremock::matchers::{header, path, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::fake::{Fake, PARTNER, customer, json, known, nothing, one_row, page_of, row};
use crate::source::target;

#[tokio::test]
async fn without_rows_of_all_customers_each_is_asked_and_that_is_remembered() {
    let fake = Fake::listing(4).await;
    fake.customer(1, one_row).await;
    fake.customer(2, nothing).await;
    let no_relation = r#"{"code":"20002","description":"no relationship"}"#;
    fake.customer(3, |_| {
        ResponseTemplate::new(403).set_body_raw(no_relation, "application/json")
    })
    .await;
    fake.customer(4, |_| ResponseTemplate::new(500)).await;
    let (store, _folder) = target();
    let run = fake.collect(&store).await.unwrap();
    assert_eq!(
        (run.usage, run.deployment),
        (Some(Way::Customer), Some(Way::Customer))
    );
    assert_eq!((run.rows, run.gap_count), (2, 4));
    assert_eq!((run.deliveries.new, run.deliveries.empty), (4, 2));
    let reasons = run.gaps[..2]
        .iter()
        .map(|gap| (gap.customer, gap.reason.as_str()));
    let mut reasons: Vec<_> = reasons.collect();
    // They arrive in the order of the answers.
    reasons.sort();
    assert_eq!(
        reasons,
        [
            (customer(3), "status 403, code `20002`: no relationship"),
            (customer(4), "status 500: Internal Server Error"),
        ]
    );
    // Customer 2 has nothing; of 3 and 4 nothing is known.
    assert_eq!(known(&store).await, [(customer(1), 1), (customer(2), 0)]);

    let asked = fake.asked().await;
    assert_eq!(
        asked
            .iter()
            .filter(|path| path.contains("commercial"))
            .count(),
        8
    );
    fake.collect(&store).await.unwrap();
    let again = &fake.asked().await[asked.len()..];
    assert!(
        !again.iter().any(|path| path.contains("commercial")),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_source_that_is_down_is_no_matter_of_its_customers() {
    // As many as count as a failing source, and a few of which all fail.
    for (customers, in_a_row) in [(25, 20), (3, 3)] {
        let fake = Fake::listing(customers).await;
        let down = Mock::given(path_regex("/analytics/licenses/"))
            .respond_with(ResponseTemplate::new(500))
            .mount_as_scoped(&fake.0)
            .await;
        let (store, _folder) = target();
        let err = fake.collect(&store).await.unwrap_err();
        assert_eq!(
            err.to_string(),
            format!("requests for usage failed for {in_a_row} customers in a row")
        );
        let failed = runs(&store, None).unwrap().pop().unwrap();
        assert_eq!((failed.outcome, failed.gap_count), (Outcome::Failed, 0));

        drop(down);
        for number in 1..=customers {
            fake.customer(number, one_row).await;
        }
        let run = fake.collect(&store).await.unwrap();
        assert!(run.resumed);
        assert_eq!((run.rows, run.gap_count), (u64::from(customers) * 2, 0));
        assert_eq!(known(&store).await.len(), customers as usize);
    }
}

#[tokio::test]
async fn what_was_not_found_out_is_not_remembered_and_nothing_for_ever() {
    let fake = Fake::listing(1).await;
    fake.customer(1, one_row).await;
    let (store, _folder) = target();
    let mut before = 0;
    for (day, way, probes) in [
        (0, Some(Way::Customer), 0),
        (1, None, 8),
        (2, None, 0),
        (32, None, 8),
        (33, None, 0),
    ] {
        let run = fake.collect_on(day, way, &store, "a-token").await.unwrap();
        assert_eq!(run.usage, Some(Way::Customer));
        let asked = fake.asked().await;
        let of_all = asked[before..]
            .iter()
            .filter(|it| it.contains("commercial"));
        assert_eq!(of_all.count(), probes, "day {day}");
        before = asked.len();
    }
}

#[tokio::test]
async fn a_list_of_customers_that_cannot_be_gone_on_with_is_begun_again() {
    let fake = Fake(MockServer::start().await);
    let page = |customers: &[u32], more: &str| {
        let items = customers.iter().map(|number| {
            let id = customer(*number);
            format!(r#"{{"id":"{id}","companyProfile":{{"companyName":"Customer {number}"}}}}"#)
        });
        let items: Vec<String> = items.collect();
        json(format!(r#"{{"items":[{}]{more}}}"#, items.join(",")))
    };
    const MORE: &str = r#","continuationToken":"two""#;
    let second = || Mock::given(path("/v1/customers")).and(header("MS-ContinuationToken", "two"));
    let first = || Mock::given(path("/v1/customers"));
    // Customer 2 leaves after the list.
    for (mock, priority, times) in [
        (second().respond_with(ResponseTemplate::new(500)), 1, 1),
        (second().respond_with(ResponseTemplate::new(400)), 2, 1),
        (second().respond_with(page(&[3], "")), 3, u64::MAX),
        (first().respond_with(page(&[1, 2], MORE)), 4, 1),
        (first().respond_with(page(&[1], MORE)), 5, u64::MAX),
    ] {
        let mock = mock.with_priority(priority).up_to_n_times(times);
        mock.mount(&fake.0).await;
    }
    for number in [1, 3] {
        fake.customer(number, one_row).await;
    }
    let (store, _folder) = target();
    fake.collect(&store).await.unwrap_err();
    let run = fake.collect(&store).await.unwrap();
    assert_eq!((run.outcome, run.resumed), (Outcome::Done, false));
    assert_eq!((run.customers, run.rows, run.gap_count), (2, 4, 0));
    assert_eq!(known(&store).await, [(customer(1), 1), (customer(3), 1)]);
}

#[tokio::test]
async fn a_torn_record_of_a_run_hides_no_other() {
    let fake = Fake::listing(1).await;
    fake.customer(1, one_row).await;
    let (store, _folder) = target();
    let first = fake.collect(&store).await.unwrap();
    let path = store.work_dir().join("collections").join(PARTNER);
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(path.join("runs.ndjson"))
        .unwrap();
    file.write_all(br#"{"startedAt":"2026-11-01T12:"#).unwrap();
    let second = fake.collect_on(1, None, &store, "a-token").await.unwrap();
    assert_eq!(runs(&store, None).unwrap(), [first, second]);
}

#[tokio::test]
async fn a_collection_without_rows_takes_no_customer_for_empty() {
    let (store, _folder) = target();
    let fake = Fake::listing(2).await;
    fake.customer(1, one_row).await;
    fake.customer(2, nothing).await;
    fake.collect(&store).await.unwrap();
    let before = known(&store).await;

    let silent = Fake::listing(2).await;
    for number in 1..=2 {
        silent.customer(number, nothing).await;
    }
    let run = silent.collect(&store).await.unwrap();
    assert_eq!((run.deliveries.new, run.deliveries.restated), (0, 0));
    assert!(
        run.notes[0].starts_with("no usage rows came, although"),
        "{run:?}"
    );
    assert_eq!(known(&store).await, before);
}

#[tokio::test]
async fn a_token_that_is_refused_stops_the_collection_and_another_goes_on() {
    let fake = Fake::listing(3).await;
    for number in 1..=2 {
        fake.customer(number, one_row).await;
    }
    for metric in Metric::ALL.iter().copied() {
        let at = format!("/v1/customers/{}/analytics/licenses/{metric}", customer(3));
        Mock::given(path(at))
            .and(header("authorization", "Bearer another"))
            .respond_with(one_row(metric))
            .mount(&fake.0)
            .await;
    }
    fake.customer(3, |_| ResponseTemplate::new(401)).await;
    let (store, _folder) = target();
    let err = fake.collect(&store).await.unwrap_err();
    let of_the_source = err.of_the_source().unwrap();
    assert!(of_the_source.is_unauthorized(), "{err:?}");
    assert_eq!(
        err.to_string(),
        format!("cannot ask for the usage of customer {}", customer(3))
    );
    assert_eq!(known(&store).await, []);

    let before = fake.asked().await.len();
    let run = fake.collect_with(&store, "another").await.unwrap();
    assert!(run.resumed);
    assert_eq!((run.outcome, run.rows), (Outcome::Done, 6));
    assert_eq!(known(&store).await.len(), 3);
    // The missing answers of usage, the four paths of deployment's pages, and deployment.
    let asked = fake.asked().await.len() - before;
    assert!((8..=10).contains(&asked), "{asked}");
}

#[tokio::test]
async fn rows_that_the_source_does_not_have_any_more_are_gone_and_noted() {
    let of = |products: &[&str]| {
        let rows: Vec<String> = products
            .iter()
            .map(|product| row(1).replace("\"P\"", &format!("\"{product}\"")))
            .collect();
        page_of(&rows, products.len() as u32, None)
    };
    let (store, _folder) = target();
    for (products, restated) in [(&["P1", "P2", "P3", "P4"][..], 0), (&["P1"], 2)] {
        let fake = Fake::listing(1).await;
        for metric in Metric::ALL {
            let at = format!("/v1/analytics/commercial/{metric}/license/");
            fake.answer(&at, of(products)).await;
        }
        let run = fake.collect(&store).await.unwrap();
        assert_eq!(run.outcome, Outcome::Done);
        assert_eq!(run.deliveries.restated, restated);
        // Most known products are gone, which an import of a file would reject.
        assert_eq!(known(&store).await, [(customer(1), products.len())]);
        let noted = Metric::ALL.iter().map(|metric| {
            format!(
                "{metric} rows of earlier versions that the source does not have any more: 3, of 1 \
                 deliveries that it restated"
            )
        });
        let expected: Vec<String> = noted.filter(|_| restated > 0).collect();
        assert_eq!(run.notes, expected);
    }
}
