//! For any file, the import ends in a receipt or in an error that names file and position.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use seatwise_store::import::{Format, ImportError};
use tokio::runtime::Runtime;

use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, customer, exchange, partner};

/// Field values: mostly valid, otherwise invalid.
fn field() -> impl Strategy<Value = String> {
    let known = select(vec![
        "2026-05-01",
        "2026-05-01T03:25:16.36Z",
        "9999-12-31",
        "EXO",
        "Exchange",
        "o365",
        "crm",
        "reseller",
        "00000001-70f4-4e1e-9ff1-b2bfce8d9f04",
        "{00000001-70F4-4E1E-9FF1-B2BFCE8D9F04}",
        "C",
        "E3",
        "0",
        "7",
        "206.0",
        "1000000000",
        "1000000001",
        "-1",
        "18446744073709551616",
        "1e9",
        "NaN",
        "null",
        "",
        " ",
        "=1+1",
        "\"",
        "\"\"",
        "\"a\nb\"",
    ]);
    prop_oneof![6 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

fn header() -> impl Strategy<Value = String> {
    let known = select(vec![USAGE_HEADER, DEPLOYMENT_HEADER]);
    let names = USAGE_HEADER.split(',').collect::<Vec<_>>();
    let others = vec(select([names, vec!["note", ""]].concat()), 0..16);
    prop_oneof![
        4 => known.prop_map(str::to_owned),
        1 => others.prop_map(|names| names.join(",")),
    ]
}

fn csv() -> impl Strategy<Value = Vec<u8>> {
    let line = vec(field(), 9..14);
    let end = select(vec!["\n", "\r\n", "\r", "\n\n"]);
    (header(), vec(line, 0..6), select(vec![",", ";", "\t"]), end).prop_map(
        |(header, lines, separator, end)| {
            let lines = lines.iter().map(|fields| fields.join(separator));
            let header = header.replace(',', separator);
            let text: Vec<String> = [header].into_iter().chain(lines).collect();
            text.join(end).into_bytes()
        },
    )
}

/// A valid row as an object of the commercial endpoints.
fn object() -> String {
    format!(
        r#"{{"processedDateTime":"2026-05-01T00:00:00","workloadName":"Exchange","serviceCode":"o365","channel":"reseller","customerTenantId":"{}","customerName":"C","productName":"E3","licensesActive":1,"licensesQualified":2}}"#,
        customer(1)
    )
}

/// The three kinds of files to break.
fn good() -> impl Strategy<Value = Vec<u8>> {
    let rows = [1, 2, 3].map(|number| exchange("2026-05-01", number, 1, 2));
    let csv = format!("{USAGE_HEADER}\n{}", rows.concat());
    let lines = format!("{}\n{}\n", object(), object().replace("Exchange", "Teams"));
    let answer = format!(
        r#"{{"Value":[{}],"@nextLink":null,"TotalCount":1}}"#,
        object()
    );
    let of_customer = r#"{"totalCount":1,"items":[{"customerName":"C","productName":"P","licensesActive":0,"licensesQualified":1,"usagePercent":0.0,"workloadName":"Exchange","processedDateTime":"2026-05-01T00:00:00+00:00","serviceName":"o365","channel":"reseller","attributes":{"objectType":"CustomerLicensesUsageInsights"}}],"attributes":{"objectType":"Collection"}}"#;
    select(vec![csv, lines, answer, of_customer.to_owned()]).prop_map(String::into_bytes)
}

/// A valid file with some pieces replaced.
fn broken() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        vec(any::<u8>(), 0..4),
        field().prop_map(String::into_bytes),
        select(vec![
            "{", "}", "[", "]", ":", ",", "\"", "\n", "null", "1e999"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let changes = vec((any::<Index>(), 0..12_usize, piece), 0..4);
    (good(), changes).prop_map(|(mut file, changes)| {
        for (at, length, piece) in changes {
            let start = at.index(file.len() + 1);
            let end = (start + length).min(file.len());
            file.splice(start..end, piece);
        }
        file
    })
}

/// Begins like a file of some format, and continues at random.
fn nothing() -> impl Strategy<Value = Vec<u8>> {
    let start = select(vec![
        &b""[..],
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
        b"PK\x03\x04",
        b"PAR1",
        b"{",
        b"[",
        b"{\"Value\":",
        b"{\"items\":[",
    ]);
    (start, vec(any::<u8>(), 0..300)).prop_map(|(start, rest)| [start, &rest].concat())
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![1 => nothing(), 1 => csv(), 2 => broken()]
}

fn any_format() -> impl Strategy<Value = Format> {
    select(vec![
        Format::Auto,
        Format::Auto,
        Format::Csv,
        Format::Ndjson,
        Format::Json,
        Format::Parquet,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn ends_in_a_receipt_or_in_a_clear_error(
        content in any_file(),
        format in any_format(),
        skip_bad_rows: bool,
        names_customer: bool,
    ) {
        Runtime::new().unwrap().block_on(async {
            let mut test = TestStore::new();
            test.options.format = format;
            test.options.skip_bad_rows = skip_bad_rows;
            test.options.customer = names_customer.then(|| customer(9).parse().unwrap());
            let file = test.file("any", &content);
            let name = file.display().to_string();
            let imported = test.import(vec![file]).await;
            let figures = test.store.usage_figures(partner()).await.unwrap();
            match imported {
                Ok(receipt) => {
                    assert_eq!(receipt.files, 1);
                    assert!(receipt.rows_stored <= receipt.rows_read);
                    assert!(skip_bad_rows || receipt.bad_rows == 0);
                    assert!(receipt.first_bad_rows.iter().all(|row| row.line > 0));
                }
                Err(ImportError::File { file, source, .. }) => {
                    assert_eq!(file, name);
                    assert!(!source.to_string().is_empty());
                    assert_eq!(figures, []);
                }
                Err(ImportError::BadRows { file, bad, .. }) => {
                    assert!(!skip_bad_rows && bad.count > 0);
                    assert_eq!(file, name);
                    for row in &bad.first {
                        assert!(row.line > 0 && !row.remedy.is_empty());
                        assert!(row.to_string().starts_with(&format!("{name}:{}: ", row.line)));
                    }
                    assert_eq!(figures, []);
                }
                Err(other) => panic!("{other:?}"),
            }
        });
    }
}
