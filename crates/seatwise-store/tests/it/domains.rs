//! Domains of customers: stored with their history, separate from deliveries.

use std::fs;
use std::path::PathBuf;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::import::{Files, ImportError};
use seatwise_store::{Erase, Kind, Store};

use crate::test_store::{TestStore, USAGE_HEADER, customer, exchange, partner};

/// A file of usage rows, each with a domain.
pub(crate) fn with_domains(rows: &[(&str, u32, &str)]) -> String {
    let mut text = format!("{USAGE_HEADER},customerDomain\n");
    for (date, number, domain) in rows {
        text += &exchange(date, *number, 1, 2).replace('\n', &format!(",{domain}\n"));
    }
    text
}

pub(crate) async fn domain(store: &Store, number: u32, as_of: Option<&str>) -> Option<String> {
    let domains = store.domains(partner()).await.unwrap();
    let as_of = as_of.map(|day| day.parse().unwrap());
    let domain = domains.of(customer(number).parse().unwrap(), as_of, None);
    domain.map(ToOwned::to_owned)
}

pub(crate) fn file(test: &TestStore) -> PathBuf {
    let partner = format!("data/partners/{}/domains.ndjson", partner());
    test.folder.path().join(partner)
}

async fn version(store: &Store) -> u64 {
    let version = store.table_version(partner(), Kind::Usage).await.unwrap();
    version.unwrap().number
}

#[tokio::test]
async fn a_domain_restates_nothing_and_a_file_without_it_takes_nothing_away() {
    let mut test = TestStore::new();
    // As in a folder of an earlier version: deliveries without domains.
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    assert!(!file(&test).exists());
    assert_eq!(test.store.verify_domains(partner()).await.unwrap(), None);
    let figures = test.usage_figures().await;
    let before = version(&test.store).await;

    let rows = with_domains(&[("2026-05-01", 1, "one.example")]);
    let receipt = test.content(&rows).await.unwrap();
    assert_eq!(
        (receipt.deliveries_unchanged, receipt.domains_stored),
        (1, 1)
    );
    let same = test.content(&rows).await.unwrap();
    assert_eq!((same.deliveries_unchanged, same.domains_stored), (1, 0));
    let without = test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    assert_eq!(
        (without.deliveries_unchanged, without.domains_stored),
        (1, 0)
    );
    let newer = test.usage(&exchange("2026-05-02", 1, 1, 2)).await.unwrap();
    assert_eq!((newer.deliveries_new, newer.domains_stored), (1, 0));
    assert_eq!(
        domain(&test.store, 1, None).await.as_deref(),
        Some("one.example")
    );

    // Previously stored data is unchanged, and has no other version.
    assert_ne!(test.usage_figures().await, figures);
    let after = version(&test.store).await;
    assert_eq!(after, before + 1);
    let verified = test
        .store
        .verify(partner(), Kind::Usage)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((verified.deliveries, verified.damages), (2, 0));
}

#[tokio::test]
async fn a_dry_run_counts_and_stores_no_domain() {
    let mut test = TestStore::new();
    test.options.dry_run = true;
    let rows = with_domains(&[("2026-05-01", 1, "one.example")]);
    assert_eq!(test.content(&rows).await.unwrap().domains_stored, 1);
    assert!(!file(&test).exists());
}

#[tokio::test]
async fn what_was_known_of_a_day_stays_known() {
    let mut test = TestStore::new();
    for (date, name) in [
        ("2026-05-10", "new.example"),
        ("2026-05-01", "old.example"),
        ("2026-05-03", "old.example"),
        ("2026-05-20", "new.example"),
    ] {
        test.content(&with_domains(&[(date, 1, name)]))
            .await
            .unwrap();
    }
    let text = fs::read_to_string(file(&test)).unwrap();
    assert_eq!(text.lines().count(), 3, "only changes have a line: {text}");
    for (day, expected) in [
        ("2026-04-30", None),
        ("2026-05-01", Some("old.example")),
        ("2026-05-09", Some("old.example")),
        ("2026-05-10", Some("new.example")),
    ] {
        assert_eq!(
            domain(&test.store, 1, Some(day)).await.as_deref(),
            expected,
            "{day}"
        );
    }
    // Nothing was known of 1 May before the second import.
    let domains = test.store.domains(partner()).await.unwrap();
    let id = customer(1).parse().unwrap();
    let day = Some("2026-05-01".parse().unwrap());
    let first: Timestamp = "2026-06-01T00:01:30Z".parse().unwrap();
    assert_eq!(domains.of(id, day, Some(first)), None);
    assert_eq!(domains.of(id, None, Some(first)), Some("new.example"));
    // A correction of the same day counts, and the previous one stays readable.
    test.content(&with_domains(&[("2026-05-10", 1, "right.example")]))
        .await
        .unwrap();
    assert_eq!(
        domain(&test.store, 1, None).await.as_deref(),
        Some("right.example")
    );
    let domains = test.store.domains(partner()).await.unwrap();
    assert_eq!(domains.of(id, None, Some(first)), Some("new.example"));
}

#[tokio::test]
async fn what_is_no_domain_is_a_bad_row() {
    let mut test = TestStore::new();
    let longest = format!("{}.example", "a".repeat(300));
    for bad in [
        "contoso",
        "admin@contoso.example",
        "a b.example",
        ".example",
        &longest,
    ] {
        let rows = with_domains(&[("2026-05-01", 1, bad)]);
        let Err(ImportError::BadRows { bad: rows, .. }) = test.content(&rows).await else {
            panic!("{bad} was taken for a domain");
        };
        assert_eq!(
            (rows.first[0].line, rows.first[0].column),
            (2, "customerDomain")
        );
        assert!(rows.first[0].remedy.contains("contoso.onmicrosoft.com"));
    }
    let rows = with_domains(&[
        ("2026-05-01", 1, ""),
        ("2026-05-01", 2, "größe.example"),
        ("2026-05-01", 3, "a_b-c.d.example"),
        // A word for "no value", as in the other columns that may be empty.
        ("2026-05-01", 4, "n/a"),
    ]);
    assert_eq!(test.content(&rows).await.unwrap().domains_stored, 2);
}

#[tokio::test]
async fn a_rejected_delivery_says_nothing_and_its_rows_keep_their_domains() {
    let mut test = TestStore::new();
    test.options.skip_bad_rows = true;
    let bad = exchange("2026-05-01", 1, 1, 2)
        .replace("ENTERPRISEPACK,1,2\n", "OTHER,one,2,one.example\n")
        .replace("6fd2c87f", "7fd2c87f");
    let rows = with_domains(&[
        ("2026-05-01", 1, "one.example"),
        ("2026-05-01", 2, "two.example"),
    ]) + &bad;
    let receipt = test.content(&rows).await.unwrap();
    assert_eq!(
        (receipt.deliveries_rejected, receipt.domains_stored),
        (1, 1)
    );
    assert_eq!(domain(&test.store, 1, None).await, None);
    let rejected = fs::read_to_string(&receipt.rejected_files[0]).unwrap();
    let header = rejected.lines().next().unwrap();
    assert!(header.ends_with(",customerDomain,line,reason"), "{header}");
    assert_eq!(rejected.matches(",one.example,").count(), 2, "{rejected}");
    // A file without domains has none there either.
    let bad = exchange("2026-05-01", 3, 1, 2).replace(",1,2", ",one,2");
    let receipt = test.usage(&bad).await.unwrap();
    let rejected = fs::read_to_string(&receipt.rejected_files[0]).unwrap();
    assert!(!rejected.contains("customerDomain"), "{rejected}");
}

#[tokio::test]
async fn a_bad_row_in_one_part_leaves_out_what_the_other_part_says() {
    let mut test = TestStore::new();
    test.options.skip_bad_rows = true;
    test.options.files = Files::Parts;
    let good = with_domains(&[
        ("2026-05-01", 1, "one.example"),
        ("2026-05-01", 2, "two.example"),
    ]);
    let bad = with_domains(&[("2026-05-01", 1, "one.example")])
        .replace("6fd2c87f", "7fd2c87f")
        .replace(",1,2,", ",one,2,");
    let files = vec![test.file("good.csv", good), test.file("bad.csv", bad)];
    let receipt = test.import(files).await.unwrap();
    assert_eq!(
        (receipt.deliveries_rejected, receipt.domains_stored),
        (1, 1)
    );
    assert_eq!(domain(&test.store, 1, None).await, None);
    assert_eq!(receipt.rejected_files.len(), 2);
    for file in &receipt.rejected_files {
        let rejected = fs::read_to_string(file).unwrap();
        assert_eq!(rejected.matches(",one.example,").count(), 1, "{rejected}");
    }
}

#[tokio::test]
async fn forgotten_domains_are_gone() {
    let mut test = TestStore::new();
    let now: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
    for rows in [
        [
            ("2026-01-15", 1, "older.example"),
            ("2026-01-01", 2, "two.example"),
        ],
        [
            ("2026-02-01", 1, "old.example"),
            ("2026-05-02", 3, "three.example"),
        ],
        [
            ("2026-05-02", 1, "new.example"),
            ("2026-05-02", 3, "three.example"),
        ],
    ] {
        test.content(&with_domains(&rows)).await.unwrap();
    }
    let erase = async |what, dry_run| {
        for kind in Kind::ALL {
            test.store
                .erase(partner(), kind, what, now, dry_run)
                .await
                .unwrap();
        }
        let erased = test
            .store
            .erase_domains(partner(), what, now, dry_run)
            .await;
        erased.unwrap().unwrap().rows
    };
    // The first customer's oldest domain is erased: the next one counts on the first day that is
    // kept. The second customer has nothing left.
    let before: Date = "2026-05-03".parse().unwrap();
    assert_eq!(erase(Erase::Before(before), false).await, 2);
    assert_eq!(
        domain(&test.store, 1, None).await.as_deref(),
        Some("new.example")
    );
    assert_eq!(domain(&test.store, 2, None).await, None);
    // A customer is erased completely.
    let one = Erase::Customer(customer(1).parse().unwrap());
    assert_eq!(erase(one, true).await, 2);
    assert_eq!(erase(one, false).await, 2);
    assert_eq!(domain(&test.store, 1, None).await, None);
    assert_eq!(
        domain(&test.store, 3, None).await.as_deref(),
        Some("three.example")
    );
    assert!(
        !fs::read_to_string(file(&test))
            .unwrap()
            .contains("new.example")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Files come in the order of their days, as from a collector: the domain of each day is the
    /// last one stated for a day up to it.
    #[test]
    fn each_day_has_the_domain_that_was_said_last(said in vec((0..3_u32, 0..4_u8), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            let first: Date = "2026-05-01".parse().unwrap();
            let day = |number: usize| {
                first.checked_add(SignedDuration::from_hours(24 * number as i64)).unwrap()
            };
            let name = |domain: u8| match domain {
                0 => String::new(),
                domain => format!("d{domain}.example"),
            };
            for (number, (customer, domain)) in said.iter().enumerate() {
                let date = day(number).to_string();
                test.content(&with_domains(&[(&date, *customer, &name(*domain))])).await.unwrap();
            }
            for number in 0..said.len() {
                for customer in 0..3 {
                    let until = said[..=number].iter().rev();
                    let expected = until.clone()
                        .find(|(whose, domain)| *whose == customer && *domain > 0)
                        .map(|(_, domain)| name(*domain));
                    let date = day(number).to_string();
                    let answer = domain(&test.store, customer, Some(&date)).await;
                    assert_eq!(answer, expected, "customer {customer} on {date}");
                }
            }
        });
    }
}
