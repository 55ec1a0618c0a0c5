//! Words that stand for no value.

use seatwise_store::{Kind, Moment};
use seatwise_types::query::CommercialField;

use crate::forms::{good, refused};
use crate::monthly::{OFFICE, office};
use crate::test_store::{TestStore, customer, exchange, partner};

#[tokio::test]
async fn a_word_for_no_value_is_a_bad_row_where_a_value_is_needed() {
    let mut test = TestStore::new();
    let rows = [
        good().replace("o365", "NULL"),
        good().replace("reseller", "-"),
        good().replace("Customer 1", "NULL"),
        good().replace("ENTERPRISEPACK", "N/A"),
        good().replace(",Exchange,", ",none,"),
        good().replace(",1,2", ",NULL,2"),
        good().replace(",1,2", ",1,#N/A"),
    ];
    let message = refused(test.usage(&rows.concat()).await);
    insta::assert_snapshot!(message, @r#"
    2:serviceCode: it stands for "no value": every row needs a value here
    3:channel: it stands for "no value": every row needs a value here
    4:customerName: it stands for "no value": every row needs a value here
    5:productName: it stands for "no value": every row needs a value here
    6:workloadName: it stands for "no value": every row needs a value here
    7:licensesActive: it stands for "no value": every row needs a count here, `0` if there is none
    8:licensesQualified: it stands for "no value": every row needs a count here, `0` if there is none
    "#);
    // The same words apply to downloads.
    let rows = office(1, "NULL", "2026-04", 1, 2, 0);
    let message = refused(test.content(&format!("{OFFICE}\n{rows}")).await);
    assert!(message.starts_with("2:WorkloadName: "), "{message}");
}

/// The words that databases and statistics tools write for missing values, as in `docs/import.md`.
const NO_VALUE: [&str; 16] = [
    "NULL", "null", "(null)", "(NULL)", "<null>", "<NULL>", r"\N", "NA", "N/A", "#N/A", "<NA>",
    "None", "none", "nan", "NaN", "-",
];

#[tokio::test]
async fn each_word_for_no_value_is_none_in_codes_and_ids_and_is_counted() {
    for word in NO_VALUE {
        let mut test = TestStore::new();
        let row = good()
            .replace(",EXO,", &format!(",{word},"))
            .replace("6fd2c87f-b296-42f0-b197-1e91e994b900", word);
        let receipt = test.usage(&row).await.unwrap();
        let words: Vec<_> = receipt.no_value_words.into_iter().collect();
        assert_eq!(words, [(word.to_owned(), 2)]);
        let facts = test
            .store
            .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, None, None);
        let facts = facts.await.unwrap();
        let row = facts.rows_of(customer(1).parse().unwrap()).next().unwrap();
        for field in [CommercialField::WorkloadCode, CommercialField::ProductId] {
            assert_eq!(row.field(field), None, "{word} {field:?}");
        }
    }
    // Similar texts are values.
    let mut test = TestStore::new();
    let row = good().replace(",EXO,", ",NULLS,");
    assert!(test.usage(&row).await.unwrap().no_value_words.is_empty());
}

#[tokio::test]
async fn a_customer_may_be_called_na_and_a_row_of_such_words_is_an_empty_delivery() {
    let mut test = TestStore::new();
    let called = exchange("2026-05-01", 1, 1, 2).replace("Customer 1", "N/A");
    let empty = format!(
        "2026-05-01,NULL,NULL,o365,NULL,reseller,{},C,NULL,NULL,NULL,NULL\n",
        customer(2)
    );
    let receipt = test.usage(&(called + &empty)).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.rows_stored), (2, 2));
    let words: Vec<_> = receipt.no_value_words.into_iter().collect();
    assert_eq!(words, [("NULL".to_owned(), 7)]);
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 1/2 = 50.0 at 2026-05-01T00:00:00+00:00");
    let facts = test
        .store
        .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, None, None);
    let facts = facts.await.unwrap();
    let names: Vec<&str> = facts.customers().map(|customer| customer.name).collect();
    assert_eq!(names, ["N/A", "C"]);
}
