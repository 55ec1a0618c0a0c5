//! Files of every format, valid and invalid.

use std::io::Write as _;

use seatwise_store::Kind;
use seatwise_store::import::{Format, ImportError, import};

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, customer, exchange, partner};

/// The message of a failed import, without the folder's name.
fn message(test: &TestStore, err: &ImportError) -> String {
    let mut text = err.to_string();
    if let ImportError::BadRows { bad, .. } = err {
        for row in &bad.first {
            text += &format!("\n{row}");
        }
        text += &format!("\n{} in all", bad.count);
    }
    text.replace(test.folder.path().to_str().unwrap(), "DIR")
}

#[tokio::test]
async fn columns_in_any_order_and_case_with_others_among_them() {
    let mut test = TestStore::new();
    let receipt = test
        .content(&format!(
            "LICENSESQUALIFIED,note,licenseActive,customertenantid,ServiceCode,Channel,\
             customerName,productName,workloadName,processedDateTime\n\
             10,x,5,{},O365,Reseller,C,P,Exchange,2026-05-01T00:00:00Z\n",
            customer(1).to_uppercase()
        ))
        .await
        .unwrap();
    assert_eq!(Vec::from_iter(&receipt.ignored_columns), ["note"]);
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 5/10 = 50.0 at 2026-05-01T00:00:00+00:00");
}

#[tokio::test]
async fn every_fault_is_named_with_its_place_and_remedy() {
    let mut test = TestStore::new();
    let good = exchange("2026-05-01", 1, 1, 2);
    let rows = [
        good.replace("2026-05-01", "yesterday"),
        good.replace("2026-05-01", "2062-05-01"),
        good.replace("2026-05-01", "1969-12-31"),
        good.replace(&customer(1), "Fabrikam"),
        good.replace("o365", ""),
        good.replace("Exchange", ""),
        good.replace(",1,2", ",-1,2"),
        good.replace(",1,2", ",1,2.5"),
        good.replace(",1,2", ",1,"),
        good.replace(",1,2", ",1,9999999999"),
        good.replace(",1,2", ",1,2,3"),
        good.clone(),
    ];
    let err = test.usage(&rows.concat()).await.unwrap_err();
    insta::assert_snapshot!(message(&test, &err));
    assert_eq!(test.store.usage_figures(partner()).await.unwrap(), []);
}

#[tokio::test]
async fn lines_are_counted_with_empty_ones_and_those_inside_quotes() {
    let mut test = TestStore::new();
    let good = exchange("2026-05-01", 1, 1, 2);
    let two_lines = exchange("2026-05-01", 2, 1, 2).replace("Customer 2", "\"Two\nlines\"");
    let bad = good.replace("2026-05-01", "x");
    let rows = format!("\n\r\n{good}{bad}\n{two_lines}{}", bad.trim_end());
    let err = test
        .usage(&rows.replace("\n2026", "\r\n2026"))
        .await
        .unwrap_err();
    let ImportError::BadRows { bad, .. } = err else {
        panic!("{err}")
    };
    let lines: Vec<u64> = bad.first.iter().map(|row| row.line).collect();
    assert_eq!(lines, [5, 9]);
}

#[tokio::test]
async fn rows_of_one_delivery_must_not_contradict_each_other() {
    let mut test = TestStore::new();
    let row = exchange("2026-05-01T03:25:16.36Z", 1, 1, 2);
    let later = exchange("2026-05-01T04:00:00Z", 1, 1, 2).replace("6fd2c87f", "7fd2c87f");
    let err = test.usage(&(row.clone() + &later)).await.unwrap_err();
    insta::assert_snapshot!(message(&test, &err), @"
    `DIR/file-1` has a bad row: nothing of it was stored
    DIR/file-1:3: processedDateTime `2026-05-01T04:00:00Z`: line 2 gives 2026-05-01T03:25:16.36Z for the same customer, service, channel and day: the rows of one delivery have one processed date
    1 in all
    ");
    let err = test.usage(&(row.clone() + &row)).await.unwrap_err();
    insta::assert_snapshot!(message(&test, &err), @"
    `DIR/file-2` has a bad row: nothing of it was stored
    DIR/file-2:3: productId `6fd2c87f-b296-42f0-b197-1e91e994b900`: line 2 has the same product and workload in the same delivery: add the two up, or take one out
    1 in all
    ");
    let empty = format!(
        "2026-05-01T03:25:16.36Z,,,o365,,reseller,{},C,,,,\n",
        customer(1)
    );
    let err = test.usage(&(row + &empty)).await.unwrap_err();
    insta::assert_snapshot!(message(&test, &err), @"
    `DIR/file-3` has a bad row: nothing of it was stored
    DIR/file-3:3: productName: line 2 is in the same delivery, and a row without product says that the delivery is empty: take one of them out
    1 in all
    ");
}

/// A row of a product with or without an id, and of a workload with or without a code.
fn of(product: &str, name: &str, code: &str, workload: &str, active: u32) -> String {
    format!(
        "2026-05-01,{code},{workload},o365,,reseller,{},C,{product},{name},{active},10\n",
        customer(1)
    )
}

#[tokio::test]
async fn a_product_and_workload_stand_once_in_a_delivery_and_a_workload_is_its_code() {
    let id = "6fd2c87f-b296-42f0-b197-1e91e994b900";
    let good = of(id, "E3", "EXO", "Exchange", 5);
    for (row, expected) in [
        // One code with two names for one product, whose figures would be those of one workload.
        (
            of(id, "E3", "EXO", "Mail", 6),
            "workloadName `Mail`: line 2 calls the workload `EXO` of the same product `Exchange`: a workload is its code, so give each one a code of its own, or none",
        ),
        // With its code and without.
        (
            of(id, "E3", "", "Exchange", 6),
            "productId `6fd2c87f-b296-42f0-b197-1e91e994b900`: line 2 has the same product and workload in the same delivery: add the two up, or take one out",
        ),
        // The name of a product with an id makes no difference.
        (
            of(id, "E3 (renamed)", "EXO", "Exchange", 6),
            "productId `6fd2c87f-b296-42f0-b197-1e91e994b900`: line 2 has the same product and workload in the same delivery: add the two up, or take one out",
        ),
    ] {
        let mut test = TestStore::new();
        let err = test.usage(&(good.clone() + &row)).await.unwrap_err();
        let text = message(&test, &err);
        assert!(
            text.contains(&format!("DIR/file-1:3: {expected}")),
            "{text}"
        );
    }
    // Without an id, two rows may be of different products with one name, but not if they are
    // equal.
    let nameless = of("", "E3", "EXO", "Exchange", 5);
    let mut test = TestStore::new();
    let err = test.usage(&nameless.repeat(2)).await.unwrap_err();
    insta::assert_snapshot!(message(&test, &err), @"
    `DIR/file-1` has a bad row: nothing of it was stored
    DIR/file-1:3: productName `E3`: line 2 says the same in the same delivery, and neither has a productId: take one out, or give the id of each product
    1 in all
    ");
    let err = test
        .usage(&(nameless.clone() + &of("", "E3", "EXO", "Mail", 6)))
        .await;
    assert!(message(&test, &err.unwrap_err()).contains("a workload is its code"));
    // Two products may each have a code for the same name, and one product two workloads.
    let rows = good
        + &of(id, "E3", "", "Teams", 1)
        + &of(id, "E3", "SPO", "SharePoint", 2)
        + &nameless
        + &of("", "E3", "EXO", "Exchange", 6);
    let receipt = test.usage(&rows).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.rows_stored), (1, 5));
}

#[tokio::test]
async fn a_delivery_has_a_bound_on_its_rows() {
    let row = |number: u32| of("", &format!("P{number}"), "EXO", "Exchange", 1);
    let rows: String = (0..100_003).map(row).collect();
    for rows_in_memory in [4 << 20, 60_000] {
        let mut test = TestStore::new();
        test.options.rows_in_memory = rows_in_memory;
        let err = test.usage(&rows).await.unwrap_err();
        let text = message(&test, &err);
        assert!(text.contains("DIR/file-1:100002: "), "{text}");
        assert_eq!(test.usage_figures().await, "");
        // Left out, it excludes nothing else.
        test.options.skip_bad_rows = true;
        let other = exchange("2026-05-01", 2, 1, 2);
        let receipt = test.usage(&(rows.clone() + &other)).await.unwrap();
        assert_eq!(
            (receipt.deliveries_new, receipt.deliveries_rejected),
            (1, 1)
        );
    }
}

#[tokio::test]
async fn names_and_codes_have_a_bound_in_bytes() {
    let mut test = TestStore::new();
    test.options.longest_texts = 20_000;
    let rows = (0..100).map(|number| of("", &format!("P{number}{}", "x".repeat(200)), "E", "X", 1));
    let err = test.usage(&rows.collect::<String>()).await.unwrap_err();
    insta::assert_snapshot!(message(&test, &err), @"cannot import `DIR/file-1`: its names, codes and domains take more than 20000 bytes of memory: import it in parts");
    // Repeated names take no more memory.
    let rows = (0..1000).map(|number| {
        exchange("2026-05-01", number, 1, 2).replace(&format!("Customer {number}"), "C")
    });
    test.usage(&rows.collect::<String>()).await.unwrap();
}

#[tokio::test]
async fn what_is_said_about_domains_has_the_same_bound() {
    let mut test = TestStore::new();
    test.options.longest_texts = 20_000;
    let file = |domain: fn(u32) -> String| {
        let rows = (0..100).map(|number| {
            let row = exchange("2026-05-01", number, 1, 2);
            let row = row.replace(&format!("Customer {number}"), "C");
            format!("{},{}\n", row.trim_end(), domain(number))
        });
        format!(
            "{USAGE_HEADER},customerDomain\n{}",
            rows.collect::<String>()
        )
    };
    let long = file(|number| format!("{}{number}.example", "x".repeat(100)));
    let err = test.content(&long).await.unwrap_err();
    assert!(message(&test, &err).contains("codes and domains take more than 20000 bytes"));
    test.content(&file(|_| "c.example".to_owned()))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_bad_file_stops_the_import_and_nothing_of_the_others_is_stored() {
    let mut test = TestStore::new();
    let files = [
        exchange("2026-05-01", 1, 1, 2),
        exchange("2026-05-01", 2, 1, 2) + "nonsense\n",
        exchange("2026-05-01", 3, 1, 2),
    ];
    let paths = files
        .iter()
        .enumerate()
        .map(|(number, rows)| test.file(&format!("{number}"), format!("{USAGE_HEADER}\n{rows}")))
        .collect();
    let err = test.import(paths).await.unwrap_err();
    insta::assert_snapshot!(message(&test, &err), @"
    `DIR/1` has a bad row: nothing of it was stored
    DIR/1:3: it has 1 field, the header has 12: a row has a separator between all columns, also where values are empty; a line break in a value must stand in quotes
    1 in all
    ");
    let ImportError::BadRows { receipt, .. } = err else {
        panic!("{err}")
    };
    assert_eq!((receipt.files, receipt.deliveries_new), (1, 0));
    assert_eq!(receipt.not_stored.len(), 3);
    assert_eq!(test.usage_figures().await, "");
}

#[tokio::test]
async fn bad_deliveries_are_left_out_as_a_whole_and_can_be_mended() {
    let mut test = TestStore::new();
    test.options.skip_bad_rows = true;
    let second_product = |row: String| row.replace("6fd2c87f", "7fd2c87f");
    let rows = exchange("2026-05-01", 1, 1, 2)
        + &exchange("2026-05-01", 2, 1, 2)
        + &second_product(exchange("2026-05-01", 1, 3, 4)).replace(",3,4", ",three,4")
        + &exchange("2026-05-01", 3, 1, 2).replace(&customer(3), "nobody");
    let receipt = test.usage(&rows).await.unwrap();
    assert_eq!(
        (
            receipt.deliveries_new,
            receipt.deliveries_rejected,
            receipt.bad_rows
        ),
        (1, 1, 2)
    );
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 1/2 = 50.0 at 2026-05-01T00:00:00+00:00");
    let rejected = std::fs::read_to_string(&receipt.rejected_files[0]).unwrap();
    insta::assert_snapshot!(rejected);
    // After correction, the file of rejected rows is a normal file.
    let mended = rejected
        .replace("three", "3")
        .replace("nobody", &customer(3));
    let receipt = test.content(&mended).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.bad_rows), (2, 0));
    assert!(receipt.ignored_columns.is_empty());
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 6/10 = 60.0 at 2026-05-01T00:00:00+00:00");
}

#[tokio::test]
async fn rows_of_a_delivery_may_stand_anywhere_and_spill_to_the_disk() {
    let mut test = TestStore::new();
    test.options.rows_in_memory = 7;
    let (mut first, mut second) = (String::new(), String::new());
    for number in 0..50 {
        first += &exchange("2026-05-01", number, 1, 10);
        second += &exchange("2026-05-01", number, 2, 10).replace("6fd2c87f", "7fd2c87f");
    }
    let receipt = test.usage(&(first.clone() + &second)).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.rows_stored), (50, 100));
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 150/1000 = 15.0 at 2026-05-01T00:00:00+00:00");
    // In another order it is the same.
    test.options.rows_in_memory = 1000;
    let receipt = test.usage(&(second + &first)).await.unwrap();
    assert_eq!((receipt.deliveries_unchanged, receipt.rows_stored), (50, 0));
}

#[tokio::test]
async fn an_open_file_is_read_from_its_beginning_and_nothing_is_written_beside_it() {
    let mut test = TestStore::new();
    test.options.skip_bad_rows = true;
    let rows = exchange("2026-05-01", 1, 1, 2) + &exchange("2026-05-01", 2, 1, 2);
    let content = format!("{USAGE_HEADER}\n{}", rows.replacen(",1,2", ",one,2", 1));
    let path = test.file("open", content);
    let mut file = std::fs::OpenOptions::new().read(true).open(&path).unwrap();
    std::io::copy(&mut file, &mut std::io::sink()).unwrap();
    let input = seatwise_store::import::Input::Open {
        name: "body".to_owned(),
        file,
    };
    let (now, progress) = ("2026-06-01T00:00:00Z".parse().unwrap(), Default::default());
    let imported = import(&test.store, &test.options, vec![input], now, progress);
    let receipt = imported.await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.bad_rows), (1, 1));
    assert_eq!(receipt.first_bad_rows[0].file, "body");
    assert_eq!(receipt.rejected_files, [] as [std::path::PathBuf; 0]);
}

#[tokio::test]
async fn a_dry_run_leaves_out_what_the_real_one_leaves_out() {
    let mut test = TestStore::new();
    test.options.skip_bad_rows = true;
    let other = exchange("2026-05-01", 1, 1, 2).replace("6fd2c87f", "7fd2c87f");
    let rows = other.replace(",1,2", ",one,2") + &exchange("2026-05-01", 1, 1, 2);
    let mut counts = Vec::new();
    for dry_run in [true, false] {
        test.options.dry_run = dry_run;
        let receipt = test.usage(&rows).await.unwrap();
        counts.push((receipt.deliveries_new, receipt.deliveries_rejected));
    }
    assert_eq!(counts, [(0, 1), (0, 1)]);
}

#[tokio::test]
async fn a_dry_run_stores_nothing_and_counts_the_same() {
    let mut test = TestStore::new();
    test.options.dry_run = true;
    let receipt = test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.dry_run), (1, true));
    assert!(test.store.partners().unwrap().is_empty());
    test.options.dry_run = false;
    test.usage(&exchange("2026-05-01", 1, 1, 2)).await.unwrap();
    test.options.dry_run = true;
    let receipt = test.usage(&exchange("2026-05-01", 1, 2, 2)).await.unwrap();
    assert_eq!(
        (receipt.deliveries_restated, receipt.deliveries_new),
        (1, 0)
    );
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller Exchange: 1/2 = 50.0 at 2026-05-01T00:00:00+00:00");
}

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
