//! Files of each format, compressed or not, and files of none.

use std::io::Write as _;

use seatwise_store::Kind;
use seatwise_store::import::Format;

use crate::import::message;
use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, customer, exchange, partner};

#[tokio::test]
async fn compressed_files_semicolons_and_marks() {
    let mut test = TestStore::new();
    let text = |number| format!("{USAGE_HEADER}\n{}", exchange("2026-05-01", number, 1, 2));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text(1).as_bytes()).unwrap();
    let gzip = test.file("a.gz", gzip.finish().unwrap());
    let zstd = test.file("b.zst", zstd::encode_all(text(2).as_bytes(), 1).unwrap());
    let semicolons = test.file("c", format!("\u{feff}{}", text(3).replace(',', ";")));
    let receipt = test.import(vec![gzip, zstd, semicolons]).await.unwrap();
    assert_eq!((receipt.files, receipt.deliveries_new), (3, 3));
}

#[tokio::test]
async fn json_lines_and_numbers_as_other_sources_write_them() {
    let mut test = TestStore::new();
    let row = |active: &str, number| {
        format!(
            r#"{{"processedDateTime":"2026-05-01T00:00:00","workloadCode":"EXO","workloadName":"Exchange","serviceCode":"o365","channel":"reseller","customerTenantId":"{}","customerName":"C","productId":null,"productName":"P","licensesActive":{active},"licensesQualified":10}}"#,
            customer(number)
        )
    };
    let content = format!(
        "{}\n\n{}\n{}\n",
        row("1", 1),
        row("\"2\"", 2),
        row("3.0", 3)
    );
    test.content(&content).await.unwrap();
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 6/30 = 20.0 at 2026-05-01T00:00:00+00:00");
    let err = test
        .content(&format!("{}\n{{\n", row("1", 4)))
        .await
        .unwrap_err();
    assert!(
        message(&test, &err).contains("file-2:2: it is not a JSON object"),
        "{}",
        message(&test, &err)
    );
}

#[tokio::test]
async fn json_lines_of_answers_about_one_customer() {
    let mut test = TestStore::new();
    let row = |service: &str, number| {
        format!(
            r#"{{"customerTenantId":"{}","customerName":"C","productName":"P","licensesActive":1,"licensesQualified":4,"workloadName":"Exchange","processedDateTime":"2026-05-01T00:00:00+00:00",{service}"channel":"reseller"}}"#,
            customer(number)
        )
    };
    let content = format!(
        "{}\n{}\n",
        row(r#""serviceName":"o365","#, 1),
        row(r#""serviceCode":null,"serviceName":"Microsoft 365","#, 2),
    );
    let receipt = test.content(&content).await.unwrap();
    assert_eq!(receipt.deliveries_new, 2);
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 2/8 = 25.0 at 2026-05-01T00:00:00+00:00");
    let err = test
        .content(&row(r#""serviceCode":"","serviceName":null,"#, 3))
        .await
        .unwrap_err();
    let message = message(&test, &err);
    assert!(message.contains("serviceCode: it is empty"), "{message}");
}

#[tokio::test]
async fn saved_answers_of_the_api() {
    let mut test = TestStore::new();
    // Rows of all customers, with the byte-order mark of a saved answer.
    let commercial = format!(
        "\u{feff}{{\"Value\":[{{\"processedDateTime\":\"2026-05-01T00:00:00\",\"workloadCode\":\"EXO\",\
         \"workloadName\":\"Exchange\",\"serviceCode\":\"o365\",\"serviceName\":\"Microsoft Office 365\",\
         \"channel\":\"reseller\",\"customerTenantId\":\"{}\",\"customerName\":\"C\",\"productId\":\"\",\
         \"productName\":\"P\",\"licenseActive\":1,\"licensesQualified\":4}}],\"@nextLink\":null,\"TotalCount\":1}}",
        customer(1).to_uppercase()
    );
    test.content(&commercial).await.unwrap();
    // Rows of one customer, without the customer and codes.
    let single = "{\"totalCount\":1,\"items\":[{\"customerName\":\"D\",\"productName\":\"P\",\
        \"licensesActive\":2,\"licensesQualified\":4,\"usagePercent\":50.0,\"workloadName\":\"Exchange\",\
        \"processedDateTime\":\"2026-05-01T00:00:00+00:00\",\"serviceName\":\"o365\",\"channel\":\"reseller\",\
        \"attributes\":{\"objectType\":\"CustomerLicensesUsageInsights\"}}],\"attributes\":{\"objectType\":\"Collection\"}}";
    let err = test.content(single).await.unwrap_err();
    assert!(
        message(&test, &err).contains("--customer"),
        "{}",
        message(&test, &err)
    );
    test.options.customer = Some(customer(2).parse().unwrap());
    test.content(single).await.unwrap();
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 3/8 = 37.5 at 2026-05-01T00:00:00+00:00");
    // A single page would split a delivery.
    for page in [
        commercial.replace("\"@nextLink\":null", "\"@nextLink\":\"/v1/x?skip=1\""),
        commercial.replace("\"TotalCount\":1", "\"TotalCount\":2"),
    ] {
        let err = test.content(&page).await.unwrap_err();
        assert!(
            message(&test, &err).contains("one page of several"),
            "{}",
            message(&test, &err)
        );
    }
    // Figures of all customers together cannot be split.
    let partner_answer = single.replace("CustomerLicenses", "PartnerLicenses");
    let err = test.content(&partner_answer).await.unwrap_err();
    assert!(
        message(&test, &err).contains("cannot be taken apart"),
        "{}",
        message(&test, &err)
    );
}

#[tokio::test]
async fn parquet_files_and_their_copies() {
    use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
    use datafusion::arrow::record_batch::RecordBatch;
    use std::sync::Arc;

    let mut test = TestStore::new();
    let text = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([
        (
            "processedDateTime",
            Arc::new(TimestampMicrosecondArray::from(vec![
                1_777_593_600_000_000_i64,
            ])) as ArrayRef,
        ),
        ("workloadName", text("Exchange")),
        ("serviceCode", text("o365")),
        ("extra", text("x")),
        ("channel", text("reseller")),
        ("customerTenantId", text(&customer(1))),
        ("customerName", text("C")),
        ("productName", text("P")),
        ("licensesActive", Arc::new(Int64Array::from(vec![1]))),
        ("licensesQualified", Arc::new(Int64Array::from(vec![8]))),
    ])
    .unwrap();
    let mut writer =
        datafusion::parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let file = writer.into_inner().unwrap();
    let plain = test.file("a.parquet", &file);
    test.import(vec![plain]).await.unwrap();
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 1/8 = 12.5 at 2026-05-01T00:00:00+00:00");
    // Compressed as a whole, it is read from a copy.
    let packed = test.file("a.zst", zstd::encode_all(file.as_slice(), 1).unwrap());
    assert_eq!(
        test.import(vec![packed])
            .await
            .unwrap()
            .deliveries_unchanged,
        1
    );
}

#[tokio::test]
async fn a_small_parquet_file_that_stands_for_very_long_rows_is_refused() {
    use datafusion::arrow::array::{ArrayRef, DictionaryArray};
    use datafusion::arrow::datatypes::Int32Type;
    use datafusion::arrow::record_batch::RecordBatch;
    use std::sync::Arc;

    const ROWS: usize = 2048;
    let mut test = TestStore::new();
    let long = "P".repeat((256 << 20) / ROWS);
    let columns = USAGE_HEADER.split(',').map(|name| {
        let value = if name == "productName" { &long } else { "1" };
        // Each value occurs once, as for readers that keep dictionaries.
        let text: DictionaryArray<Int32Type> = std::iter::repeat_n(value, ROWS).collect();
        (name, Arc::new(text) as ArrayRef)
    });
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer =
        datafusion::parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let content = writer.into_inner().unwrap();
    assert!(content.len() < 1 << 20, "{}", content.len());
    let file = test.file("long.parquet", content);
    let err = test.import(vec![file]).await.unwrap_err();
    insta::assert_snapshot!(message(&test, &err), @"cannot import `DIR/long.parquet`: the 2048 rows after row 0 are longer than 256 MiB: a name or a code has at most 1024 bytes");
}

#[tokio::test]
async fn what_is_no_file_of_rows_is_refused_with_a_remedy() {
    let mut test = TestStore::new();
    let mut errors = String::new();
    for content in [
        &b""[..],
        b"\xff\xfea\0,\0b\0",
        b"PK\x03\x04....",
        b"a,b\n1,2\n",
        b"processedDateTime,licensesActive,licensesSold\n",
        b"licensesActive,licensesQualified,customerName,customerName\n",
        b"{\"code\":\"2032\",\"description\":\"Access denied.\"}",
        b"not really parquet",
    ] {
        let format = if content.starts_with(b"not") {
            Format::Parquet
        } else {
            Format::Auto
        };
        test.options.format = format;
        let file = test.file("x", content);
        let err = test.import(vec![file]).await.unwrap_err();
        errors += &format!("{}\n", message(&test, &err));
    }
    test.options.format = Format::Auto;
    let missing = test.folder.path().join("missing.csv");
    let err = test.import(vec![missing]).await.unwrap_err();
    errors += &message(&test, &err);
    insta::assert_snapshot!(errors);
}

#[tokio::test]
async fn a_quote_that_is_not_closed_does_not_eat_the_memory() {
    let mut test = TestStore::new();
    let mut content = format!("{USAGE_HEADER}\n\"");
    while content.len() < 40 << 20 {
        content += &"x,y,z,".repeat(10_000);
        content.push('\n');
    }
    let err = test.content(&content).await.unwrap_err();
    assert!(
        message(&test, &err).contains("is a quote not closed?"),
        "{}",
        message(&test, &err)
    );
}

#[tokio::test]
async fn the_kind_can_be_given_where_both_are_there() {
    let mut test = TestStore::new();
    let header = DEPLOYMENT_HEADER.to_owned() + ",licensesActive,licensesQualified";
    let row = format!("2026-05-01,o365,S,reseller,{},C,,P,1,2,3,4\n", customer(1));
    let content = format!("{header}\n{row}");
    let err = test.content(&content).await.unwrap_err();
    assert!(
        message(&test, &err).contains("--kind"),
        "{}",
        message(&test, &err)
    );
    test.options.kind = Some(Kind::Deployment);
    test.content(&content).await.unwrap();
    assert_eq!(
        test.store.deployment_figures(partner()).await.unwrap()[0].sold,
        2
    );
}
