//! Files of every format, valid and invalid.

use seatwise_store::import::{ImportError, import};

use crate::test_store::{TestStore, USAGE_HEADER, customer, exchange, partner};

/// The message of a failed import, without the folder's name.
pub(crate) fn message(test: &TestStore, err: &ImportError) -> String {
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
