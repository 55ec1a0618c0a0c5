//! Values and texts in many forms: each has one meaning and is read, or is rejected with its name.

use std::io::Write as _;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Decimal128Array, FixedSizeBinaryArray, Int64Array,
    StringArray,
};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use seatwise_store::import::{ImportError, Receipt};
use seatwise_store::{Kind, Moment};

use crate::monthly::{OFFICE, office};
use crate::test_store::{TestStore, USAGE_HEADER, customer, exchange, partner};

/// The message for a rejected file, without its name.
pub(crate) fn refused(imported: Result<Receipt, ImportError>) -> String {
    match imported.unwrap_err() {
        ImportError::BadRows { bad, .. } => {
            let rows = bad.first.iter();
            let rows = rows.map(|row| format!("{}:{}: {}", row.line, row.column, row.remedy));
            rows.collect::<Vec<_>>().join("\n")
        }
        ImportError::File { source, .. } => source.to_string(),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn good() -> String {
    exchange("2026-05-01", 1, 1, 2)
}

/// A row as JSON, with these members instead of its counts.
fn object(counts: &str) -> String {
    format!(
        r#"{{"processedDateTime":"2026-05-01","workloadName":"Exchange","serviceCode":"o365","channel":"reseller","customerTenantId":"{}","customerName":"C","productName":"E3",{counts}}}"#,
        customer(1)
    )
}

/// A Parquet file with one row and some replaced columns.
fn parquet(others: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let text = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    let mut columns = vec![
        ("processedDateTime", text("2026-05-01")),
        ("workloadName", text("Exchange")),
        ("serviceCode", text("o365")),
        ("channel", text("reseller")),
        ("customerTenantId", text(&customer(1))),
        ("customerName", text("C")),
        ("productName", text("P")),
        ("licensesActive", Arc::new(Int64Array::from(vec![1]))),
        ("licensesQualified", Arc::new(Int64Array::from(vec![8]))),
    ];
    for (name, values) in others {
        columns.retain(|(known, _)| *known != name);
        columns.push((name, values));
    }
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

async fn import(test: &mut TestStore, content: impl AsRef<[u8]>) -> Result<Receipt, ImportError> {
    let file = test.file("x", content);
    test.import(vec![file]).await
}

#[tokio::test]
async fn columns_may_have_the_names_of_the_tables_own() {
    // A data file as in a table.
    let mut test = TestStore::new();
    test.usage(&good()).await.unwrap();
    let files = crate::upkeep::data_files(&test.store);
    let mut again = TestStore::new();
    let receipt = again.import(files).await.unwrap();
    let ignored: Vec<_> = receipt.ignored_columns.iter().map(String::as_str).collect();
    assert_eq!(
        ignored,
        [
            "content_hash",
            "delivery_id",
            "position",
            "processed_date",
            "recorded_at"
        ]
    );
    assert_eq!(again.usage_figures().await, test.usage_figures().await);
    // A text file with such names.
    let mut again = TestStore::new();
    let names = "processed_date_time,workload_code,workload_name,service_code,service_name,channel,\
        customer_tenant_id,customer_name,product_id,product_name,licenses_active,licenses_qualified";
    let receipt = again.content(&format!("{names}\n{}", good())).await;
    assert!(receipt.unwrap().ignored_columns.is_empty());
    assert_eq!(again.usage_figures().await, test.usage_figures().await);
}

#[tokio::test]
async fn a_point_before_three_digits_is_refused_in_text_and_read_in_numbers() {
    let mut test = TestStore::new();
    let both = "it can be read as 1 and as 1000: write the count without a point";
    let texts = [
        format!("{USAGE_HEADER}\n{}", good().replace(",1,2", ",1,1.000")),
        format!("{USAGE_HEADER}\n{}", good().replace(",1,2", ",1,1.000")).replace(',', "\t"),
        object(r#""licensesActive":1,"licensesQualified":"1.000""#),
    ];
    for text in texts {
        let message = refused(test.content(&text).await);
        assert!(
            message.ends_with(&format!(":licensesQualified: {both}")),
            "{message}"
        );
    }
    let download = office(1, "Exchange", "2026-04", 1, 77, 0).replace("77", "1.000");
    let message = refused(test.content(&format!("{OFFICE}\n{download}")).await);
    assert_eq!(message, format!("2:PaidAvailableUnits: {both}"));
    let text = Arc::new(StringArray::from(vec!["1.000"])) as ArrayRef;
    let message = refused(import(&mut test, parquet(vec![("licensesQualified", text)])).await);
    assert_eq!(message, format!("1:licensesQualified: {both}"));
    let message = refused(test.usage(&good().replace(",1,2", ",1,12.345")).await);
    assert!(message.contains("as 12.345 and as 12345"), "{message}");

    // These are unambiguous; each belongs to another product.
    test.options.replace = true;
    let numbers = object(r#""licensesActive":1.000,"licensesQualified":"10.0""#);
    test.content(&numbers).await.unwrap();
    test.usage(&good().replace(",1,2", ",0.000,206.0"))
        .await
        .unwrap();
    let decimal = Decimal128Array::from(vec![10_000]).with_precision_and_scale(10, 3);
    let decimal = Arc::new(decimal.unwrap()) as ArrayRef;
    let file = parquet(vec![("licensesQualified", decimal)]);
    import(&mut test, file).await.unwrap();
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 1/10 = 10.0 at 2026-05-01T00:00:00+00:00");
}

#[tokio::test]
async fn a_date_with_two_meanings_is_refused_with_the_form_that_has_one() {
    let mut test = TestStore::new();
    for date in ["10/11/2026", "21.10.2026", "5-1-2026 0:00"] {
        let message = refused(test.usage(&good().replace("2026-05-01", date)).await);
        assert_eq!(
            message,
            "2:processedDateTime: which number is the month? write the year first, such as \
             `2026-10-21`"
        );
    }
    let rows = good().replace("2026-05-01", "2026/5/1 0:00")
        + &good()
            .replace("2026-05-01", "20260501T000000Z")
            .replace("6fd2c87f", "7fd2c87f");
    let receipt = test.usage(&rows).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.rows_stored), (1, 2));
}

#[tokio::test]
async fn what_holds_nothing_is_passed_over_wherever_it_stands_and_lines_are_counted() {
    let mut test = TestStore::new();
    let bad = |separator: &str| good().replace(",1,2", ",one,2").replace(',', separator);
    let texts = [
        // Before the header, between rows, after the values of a row.
        (
            format!(
                ",,,\n\n{USAGE_HEADER}\n,,,,,,,,,,,\n{}, ,\n\"\",\n{}",
                exchange("2026-05-01", 2, 1, 2).trim_end(),
                bad(",")
            ),
            7,
        ),
        // Columns without names, whose values may be missing.
        (format!("{USAGE_HEADER},,\n{}", bad(",")), 2),
        (
            format!(
                "\"sep=|\"\r\n{}\r\n{}",
                USAGE_HEADER.replace(',', "|"),
                bad("|")
            ),
            3,
        ),
        (
            format!("{USAGE_HEADER}\r\r{}", bad(",").replace('\n', "\r")),
            3,
        ),
    ];
    for (text, line) in texts {
        let message = refused(test.content(&text).await);
        let expected =
            format!("{line}:licensesActive: a whole number of seats, 0 or more, is expected");
        assert_eq!(message, expected, "{text}");
    }
}

#[tokio::test]
async fn nothing_after_a_quote_is_swallowed() {
    let mut test = TestStore::new();
    let called = |name: &str| good().replace("Customer 1", name);
    let rows = called("\"Customer\" 1") + &called("\"Customer 1");
    let message = refused(test.usage(&rows).await);
    insta::assert_snapshot!(message, @r#"
    2:: text stands between a closing quote and the next separator: write a quote within a value twice (`""`)
    3:: a quote is not closed
    "#);
    // A file that has the other form after its first row.
    let rows = called("\"Customer 1\"").replace("ENTERPRISEPACK", r#""The \"E3\"""#)
        + &called(r#""A \"B\", C""#).replace(&customer(1), &customer(2))
        + &called(r#""C:\\dir\\""#).replace(&customer(1), &customer(3));
    let receipt = test.usage(&rows).await.unwrap();
    assert_eq!(receipt.deliveries_new, 3);
    let facts = test
        .store
        .read_snapshot(partner(), Kind::Usage, Moment::NEWEST, None, None);
    let facts = facts.await.unwrap();
    let names: Vec<&str> = facts.customers().map(|customer| customer.name).collect();
    assert_eq!(names, ["Customer 1", r#"A "B", C"#, r"C:\dir\"]);
}

#[tokio::test]
async fn columns_of_parquet_that_cannot_be_read_are_named_with_a_remedy() {
    let mut test = TestStore::new();
    let bytes = FixedSizeBinaryArray::try_from_iter([[7_u8; 16]].into_iter()).unwrap();
    let others: [(&str, ArrayRef); 3] = [
        ("customerTenantId", Arc::new(bytes)),
        ("licensesActive", Arc::new(BooleanArray::from(vec![true]))),
        (
            "processedDateTime",
            Arc::new(BooleanArray::from(vec![true])),
        ),
    ];
    let mut all = String::new();
    for other in others {
        all += &(refused(import(&mut test, parquet(vec![other])).await) + "\n");
    }
    insta::assert_snapshot!(all, @"
    its column `customerTenantId` is of type FixedSizeBinary(16), which is not read: write it as text, in SQL `CAST(customerTenantId AS VARCHAR)`
    its column `licensesActive` is of type Boolean, which is not read: write it as a whole number, in SQL `CAST(licensesActive AS BIGINT)`
    its column `processedDateTime` is of type Boolean, which is not read: write it as a date, a timestamp or text, in SQL `CAST(processedDateTime AS TIMESTAMP)`
    ");
    // Old writers store text as bytes.
    let bytes = |value: &[u8]| Arc::new(BinaryArray::from(vec![value])) as ArrayRef;
    let file = parquet(vec![
        ("productName", bytes(b"E3")),
        ("workloadCode", bytes(b"EXO")),
    ]);
    import(&mut test, file).await.unwrap();
    let message = refused(import(&mut test, parquet(vec![("workloadCode", bytes(b"\xff"))])).await);
    assert_eq!(
        message,
        "1:workloadCode: it is not UTF-8: save the file as UTF-8"
    );
}

#[tokio::test]
async fn objects_over_several_lines_and_answers_one_after_the_other() {
    let mut test = TestStore::new();
    let row = |number: u32| {
        let row = object(r#""licensesActive":1,"licensesQualified":4"#);
        row.replace(&customer(1), &customer(number))
    };
    let pretty = |number| row(number).replace(",\"", ",\n  \"");
    let answer = format!(
        r#"{{"items":[{},{{}},{}],"totalCount":2,"attributes":{{"objectType":"Collection"}}}}"#,
        row(3),
        row(4)
    );
    let content = format!("{}\n{}\n[{}]\n{answer}", pretty(1), pretty(2), row(5));
    let receipt = test.content(&content).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.rows_read), (5, 5));
    assert!(receipt.ignored_columns.is_empty());
    // The line is that of the text, and no earlier row is stored.
    let broken = format!("{}\n{}", pretty(6), pretty(7).replace("\"E3\"", "E3"));
    let message = refused(test.content(&broken).await);
    assert_eq!(message, "it is not JSON: expected value in line 16");
    let twice = object(r#""licensesActive":1,"licenseActive":2,"licensesQualified":4"#);
    let message = refused(test.content(&twice).await);
    assert_eq!(
        message,
        "its columns `licensesActive` and `licenseActive` both stand for `licensesActive`: take one out"
    );
}

#[tokio::test]
async fn a_few_packed_bytes_do_not_become_very_many() {
    let mut test = TestStore::new();
    test.options.longest_unpacked = 1 << 40;
    let line = format!("{},", object(r#""licensesActive":1,"licensesQualified":4"#));
    // Blank lines, and the same row repeated in an answer.
    let blank = format!("{:63}\n", "");
    let begun = [
        (
            format!("{USAGE_HEADER}\n{}", good()),
            blank.as_bytes().repeat(1 << 14),
        ),
        ("{\"items\":[".to_owned(), line.as_bytes().repeat(1 << 12)),
    ];
    for (begin, repeated) in begun {
        let mut packed = zstd::Encoder::new(Vec::new(), 1).unwrap();
        packed.write_all(begin.as_bytes()).unwrap();
        for _ in 0..(64 << 20) / repeated.len() {
            packed.write_all(&repeated).unwrap();
        }
        let packed = packed.finish().unwrap();
        assert!(packed.len() < 40_000, "{}", packed.len());
        let message = refused(import(&mut test, packed).await);
        assert_eq!(
            message,
            "unpacked it is more than 1000 times as long as it is packed: send it unpacked, or \
             packed with less effort"
        );
    }
    // Trusted input has no limit, and normal compression ratios are far below it.
    let rows: String = (0..20_000)
        .map(|number| exchange("2026-05-01", number, 1, 2))
        .collect();
    let packed = zstd::encode_all(format!("{USAGE_HEADER}\n{rows}").as_bytes(), 19).unwrap();
    assert!(
        rows.len() < 100 * packed.len(),
        "{} {}",
        rows.len(),
        packed.len()
    );
}
