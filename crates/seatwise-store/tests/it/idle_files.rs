//! The price file and the policy: their content, when they apply, and their errors.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use seatwise_store::{
    Erase, IdleFileSetError, IdleRules, IdleRulesError, Policy, Prices, Remedy, Store, idle,
};
use seatwise_types::extensions::{IdleFileKind, IdleShow, IdleSort, Selection};

use crate::idle::{facts, question};
use crate::test_store::{DEPLOYMENT_HEADER, TestStore, customer, partner};

const PRICES: &str = "product,currency,pricePerSeatMonth,validFrom\nE3,EUR,10,2026-01-01\n";

fn at(minute: i64) -> Timestamp {
    let start: Timestamp = "2026-06-01T01:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minute)
}

/// Two customers with ten seats each, of which four and six are assigned.
async fn test() -> TestStore {
    let mut test = TestStore::new();
    let row = |number: u32, name: &str, deployed: u32| {
        let tenant = customer(number);
        format!("2026-05-20,o365,,reseller,{tenant},{name},p-1,E3,{deployed},10\n")
    };
    let rows = row(1, "Northwind", 4) + &row(2, "Fjord Line", 6);
    test.content(&format!("{DEPLOYMENT_HEADER}\n{rows}"))
        .await
        .unwrap();
    test
}

async fn set(test: &TestStore, kind: IdleFileKind, text: &str, minute: i64) -> Option<Timestamp> {
    let set = test
        .store
        .set_idle_file(partner(), kind, text.into(), at(minute), false);
    set.await.unwrap().recorded_at
}

/// Exposures by the rules in force at an instant, and the number of seats without a price.
async fn worth(test: &TestStore, minute: Option<i64>) -> String {
    let known_at = match minute {
        Some(minute) => {
            let settled = test.store.settle(partner(), at(minute), at(1_000));
            Some(settled.await.unwrap())
        }
        None => None,
    };
    let rules = test
        .store
        .idle_rules(partner(), known_at, true)
        .await
        .unwrap();
    let facts = facts(test, &rules, known_at).await;
    let all = question(&Selection::default(), IdleSort::Customer, IdleShow::All);
    let found = idle(&facts, &rules, &all);
    let amounts = found
        .worth
        .iter()
        .map(|it| format!("{} {}", it.exposure, it.currency));
    let amounts: Vec<String> = amounts.collect();
    let (idle, unpriced) = (found.totals.idle, found.totals.unpriced);
    format!(
        "{idle} idle, {} and {unpriced} without a price",
        amounts.join(", ")
    )
}

#[tokio::test]
async fn an_answer_keeps_the_files_that_were_in_force_when_it_was_known() {
    let test = test().await;
    assert_eq!(worth(&test, None).await, "10 idle,  and 10 without a price");
    assert!(set(&test, IdleFileKind::Prices, PRICES, 10).await.is_some());
    // A repetition changes nothing.
    assert_eq!(set(&test, IdleFileKind::Prices, PRICES, 11).await, None);
    let dearer = PRICES.replace(",10,", ",12.5,");
    assert_eq!(
        set(&test, IdleFileKind::Prices, &dearer, 20).await,
        Some(at(20))
    );
    let policy =
        "[[exclusions]]\ncustomer = \"northwind\"\nkind = \"inventory\"\nreason = \"stock\"\n";
    assert_eq!(
        set(&test, IdleFileKind::Policy, policy, 30).await,
        Some(at(30))
    );
    for (minute, message) in [
        (Some(5), "10 idle,  and 10 without a price"),
        (Some(15), "10 idle, 100.00 EUR and 0 without a price"),
        (Some(25), "10 idle, 125.00 EUR and 0 without a price"),
        (Some(35), "4 idle, 50.00 EUR and 0 without a price"),
        (None, "4 idle, 50.00 EUR and 0 without a price"),
    ] {
        assert_eq!(worth(&test, minute).await, message, "{minute:?}");
    }
}

#[tokio::test]
async fn a_file_is_recorded_after_every_answer_that_was_given() {
    let test = test().await;
    let store = &test.store;
    store.settle(partner(), at(50), at(50)).await.unwrap();
    // Even if the clock went back.
    let recorded = set(&test, IdleFileKind::Prices, PRICES, 40).await;
    assert_eq!(recorded, Some(at(50) + SignedDuration::from_millis(1)));
    assert_eq!(
        worth(&test, Some(50)).await,
        "10 idle,  and 10 without a price"
    );
}

#[tokio::test]
async fn a_damaged_or_lost_file_is_an_error_until_it_is_set_again() {
    let test = test().await;
    set(&test, IdleFileKind::Prices, PRICES, 10).await;
    let folder = test
        .store
        .work_dir()
        .join(format!("partners/{}/idle", partner()));
    let file = fs::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let rules = async |prices| test.store.idle_rules(partner(), None, prices).await;
    rules(true).await.unwrap();
    for damage in [true, false] {
        match damage {
            true => fs::write(&file, PRICES.replace("10", "99")).unwrap(),
            false => fs::remove_file(&file).unwrap(),
        }
        // Another process has no cache.
        let elsewhere = Store::open(test.store.work_dir()).unwrap();
        let unread = elsewhere.idle_rules(partner(), None, true).await;
        assert!(
            matches!(unread, Err(IdleRulesError::Unreadable { .. })),
            "{damage}"
        );
        let found = test
            .store
            .verify_idle_files(partner())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.damages, found.findings[0].remedy),
            (1, Remedy::SetAgain)
        );
        assert!(
            test.store
                .backup(&test.folder.path().join("backup"))
                .await
                .is_err()
        );
        // Seats are known without prices.
        assert_eq!(rules(false).await.unwrap().prices(), None);
    }
    let Err(err) = rules(true).await else {
        panic!("a lost file is an error");
    };
    assert!(err.hint().unwrap().contains("idle prices set"));
    assert!(set(&test, IdleFileKind::Prices, PRICES, 20).await.is_some());
    assert_eq!(
        worth(&test, None).await,
        "10 idle, 100.00 EUR and 0 without a price"
    );
}

#[tokio::test]
async fn a_backup_has_the_files_of_all_times() {
    let test = test().await;
    set(&test, IdleFileKind::Prices, PRICES, 10).await;
    set(
        &test,
        IdleFileKind::Prices,
        &PRICES.replace(",10,", ",20,"),
        20,
    )
    .await;
    set(&test, IdleFileKind::Policy, "new-days = 0\n", 30).await;
    let to = test.folder.path().join("backup");
    test.store.backup(&to).await.unwrap();
    let copy = Store::open(&to).unwrap();
    let found = copy.verify_idle_files(partner()).await.unwrap().unwrap();
    assert_eq!((found.files, found.damages), (3, 0));
    let kept = copy
        .kept_idle_file(partner(), IdleFileKind::Policy)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (kept.text.as_str(), kept.recorded_at),
        ("new-days = 0\n", at(30))
    );
    let file = fs::read_dir(to.join(format!("partners/{}/idle", partner())));
    fs::remove_file(file.unwrap().next().unwrap().unwrap().path()).unwrap();
    let found = copy.verify_idle_files(partner()).await.unwrap().unwrap();
    assert_eq!(found.damages, 1, "the list knows what is lost");
}

#[tokio::test]
async fn names_are_the_newest_ones_and_a_name_of_several_is_refused() {
    let mut test = test().await;
    // Northwind is now called Fjord Line, like another customer.
    let row = |number: u32, deployed: u32| {
        let tenant = customer(number);
        format!("2026-05-21,o365,,reseller,{tenant},Fjord Line,p-1,E5,{deployed},10\n")
    };
    test.content(&format!("{DEPLOYMENT_HEADER}\n{}", row(1, 4)))
        .await
        .unwrap();
    let check = async |kind, text: &str| {
        let set = test
            .store
            .set_idle_file(partner(), kind, text.into(), at(10), true);
        match set.await {
            Ok(set) => {
                assert_eq!(set.recorded_at, None);
                let lines = set.warnings.iter();
                let lines = lines
                    .map(|it| format!("{}:{} {}: {}", it.line, it.column, it.field, it.problem));
                lines.collect::<Vec<_>>().join("\n")
            }
            Err(IdleFileSetError::File(err)) => format!("refused: {err}"),
            Err(err) => panic!("{err}"),
        }
    };
    let header = "product,currency,pricePerSeatMonth,validFrom,customer";
    let mut shown = String::new();
    for line in [
        // The newest name, in any case, and the id.
        "e5,EUR,1,2026-01-01,",
        "P-1,EUR,1,2026-01-01,",
        // Its previous name.
        "E3,EUR,1,2026-01-01,",
        "E5,EUR,1,2026-01-01,Northwind",
        "E5,EUR,1,2026-01-01,fjord line",
        "E5,EUR,1,2026-01-01,\nP-1,EUR,2,2026-01-01,",
    ] {
        let message = check(IdleFileKind::Prices, &format!("{header}\n{line}\n")).await;
        shown.push_str(&format!("{line}\n  {message}\n"));
    }
    let entry =
        "[[exclusions]]\ncustomer = \"Fjord Line\"\nkind = \"inventory\"\nreason = \"stock\"\n";
    shown.push_str(&check(IdleFileKind::Policy, entry).await);
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn a_forgotten_customer_leaves_all_files() {
    let mut test = test().await;
    // It had another name before.
    let tenant = customer(1);
    let row = format!("2026-05-21,o365,,reseller,{tenant},Adventure Works,p-1,E3,4,10\n");
    test.content(&format!("{DEPLOYMENT_HEADER}\n{row}"))
        .await
        .unwrap();
    let header = "product,currency,pricePerSeatMonth,validFrom,customer";
    let prices = format!(
        "{header}\nE3,EUR,1,2026-01-01,\nE3,EUR,2,2026-01-01,\"Northwind\"\n\
         E3,EUR,3,2026-02-01,{}\nE3,EUR,4,2026-01-01,Fjord Line\n",
        tenant.to_uppercase()
    );
    set(&test, IdleFileKind::Prices, &prices, 10).await;
    set(
        &test,
        IdleFileKind::Prices,
        &format!("{header}\nE3,EUR,5,2026-01-01,adventure works\n"),
        20,
    )
    .await;
    let entry = "[[buffers]]\ncustomer = \"Adventure Works\"\nbuffer = 3\n";
    set(&test, IdleFileKind::Policy, entry, 30).await;
    let erase = async |dry_run| {
        let what = Erase::Customer(tenant.parse().unwrap());
        let erased = test
            .store
            .erase_from_idle_files(partner(), what, at(40), dry_run);
        erased.await.unwrap().unwrap().rows
    };
    assert_eq!(
        (erase(true).await, erase(false).await, erase(false).await),
        (4, 4, 0)
    );
    let folder = test
        .store
        .work_dir()
        .join(format!("partners/{}/idle", partner()));
    let mut texts: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    texts.sort();
    insta::assert_snapshot!(texts.join("---\n"));
    let found = test
        .store
        .verify_idle_files(partner())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.files, found.damages), (3, 0));
    // This process has them cached, and now answers without them.
    let rules = test.store.idle_rules(partner(), None, true).await.unwrap();
    let facts = facts(&test, &rules, None).await;
    let all = question(&Selection::default(), IdleSort::Idle, IdleShow::All);
    let found = idle(&facts, &rules, &all);
    assert_eq!((found.totals.unpriced, found.warnings), (10, vec![]));
}

#[tokio::test]
async fn a_price_names_the_line_that_it_stands_in_also_after_blank_lines() {
    let header = "product,currency,pricePerSeatMonth,validFrom";
    for (end, line) in [("\n", 5), ("\r\n", 5)] {
        let test = test().await;
        let lines = [header, "E5,EUR,1,2026-01-01", "", "", "E3,EUR,2,2026-01-01"];
        let text = lines.join(end) + end;
        set(&test, IdleFileKind::Prices, &text, 10).await;
        let rules = test.store.idle_rules(partner(), None, true).await.unwrap();
        let facts = facts(&test, &rules, None).await;
        let all = question(&Selection::default(), IdleSort::Customer, IdleShow::All);
        let found = idle(&facts, &rules, &all);
        let prices = found.rows.items.iter().map(|it| it.price.as_ref().unwrap());
        let prices: Vec<u64> = prices.map(|price| price.line).collect();
        assert_eq!(prices, [line, line], "{end:?}");
    }
}

#[test]
fn every_mistake_has_its_line_and_column() {
    let mut shown = String::new();
    let mut show = |text: &str, err: Option<seatwise_store::IdleFileError>| {
        shown.push_str(&format!("--- {}\n", text.escape_debug()));
        for it in err.map(|it| it.problems).unwrap_or_default() {
            shown.push_str(&format!(
                "{}:{} {}: {}\n",
                it.line, it.column, it.field, it.problem
            ));
        }
    };
    let header = "product,currency,pricePerSeatMonth,validFrom,termEnd";
    for text in [
        String::new(),
        "product,currency,price,validFrom\n".to_owned(),
        "product,product,currency,pricePerSeatMonth,validFrom\n".to_owned(),
        format!("{header}\n\nE3,eur,1,2026-01-01,\n"),
        format!("{header}\n\"E, 3\",EUR,-1,01.02.2026,soon\n,EUR,1.00005,2026-01-01,\n"),
        format!("{header}\nE3,EUR,1,2026-01-01\n"),
        format!("{header}\nE3,EUR,1,2026-01-01,\ne3,USD,2,2026-01-01,\n"),
        header.replace(',', ";") + "\nE3;EUR;1,50;2026-01-01;\n",
    ] {
        let err = Prices::parse(text.clone()).err();
        show(&text, err);
    }
    for text in [
        "buffer = 5\nbufer = 6\n",
        "new-days = 1000\nbuffer = \"5\"\n",
        "[[buffers]]\nbuffer = \"101%\"\n",
        "[[exclusions]]\nproduct = \"E3\"\nkind = \"other\"\nreason = \" \"\n",
        "[[exclusions]]\nproduct = \"E3\"\nkind = \"inventory\"\n",
        "[[exclusions]]\nproduct = 3\n",
        "buffer = \n",
    ] {
        show(text, Policy::parse(text.to_owned()).err());
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn spreadsheets_of_all_countries_are_read() {
    for text in [
        "\u{feff}product;currency;pricePerSeatMonth;validFrom\r\nE3;EUR;1.50;2026-01-01\r\n",
        "VALIDFROM\tproduct\tCurrency\tpricePerSeatMonth\n2026-01-01\t\"E3\"\tEUR\t1.5\n\n",
    ] {
        Prices::parse(text.to_owned()).unwrap();
    }
    assert!(
        IdleRules::of(None, Some(Policy::parse(String::new()).unwrap()))
            .policy()
            .is_some()
    );
}
