//! The relation of several files in one import with rows of the same deliveries: parts or versions.

use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::import::{Files, ImportError};

use crate::test_store::{TestStore, USAGE_HEADER, customer, exchange, partner};

/// A row of a product and a workload of a customer; without a code if the workload begins with `-`.
fn row(day: u32, of: u32, product: u32, workload: &str, active: u32) -> String {
    let (code, name) = match workload.strip_prefix('-') {
        Some(name) => ("", name),
        None => (workload, workload),
    };
    format!(
        "2026-05-{day:02},{code},{name},o365,,reseller,{},C{of},{product:08x}-b296-42f0-b197-\
         1e91e994b900,P{product},{active},10\n",
        customer(of)
    )
}

fn files(test: &mut TestStore, name: &str, contents: &[String]) -> Vec<PathBuf> {
    let contents = contents.iter().enumerate();
    contents
        .map(|(number, rows)| {
            let content = if rows.is_empty() {
                String::new()
            } else {
                format!("{USAGE_HEADER}\n{rows}")
            };
            test.file(&format!("{name}-{number}.csv"), content)
        })
        .collect()
}

fn message(test: &TestStore, err: &ImportError) -> String {
    err.to_string()
        .replace(test.folder.path().to_str().unwrap(), "DIR")
}

const E3: &str = "6fd2c87f-b296-42f0-b197-1e91e994b900,OFFICE 365 E3";

/// Rows of two customers: the first has four workloads, the second two.
fn parts() -> [String; 2] {
    let row = |code: &str, workload: &str, of: u32, active: u32, qualified: u32| {
        format!(
            "2026-05-21T00:00:00,{code},{workload},o365,Microsoft Office 365,reseller,{},C{of},{E3},\
             {active},{qualified}\n",
            customer(of)
        )
    };
    [
        row("EXO", "Exchange", 1, 9, 10)
            + &row("SPO", "SharePoint", 1, 3, 10)
            + &row("SFB", "Skype For Business", 1, 1, 10),
        row("", "Teams", 1, 8, 10) + &row("EXO", "Exchange", 2, 2, 4) + &row("", "Teams", 2, 4, 4),
    ]
}

const WHOLE: &str = "\
    o365 reseller Exchange: 11/14 = 78.57 at 2026-05-21T00:00:00+00:00\n\
    o365 reseller SharePoint: 3/10 = 30.0 at 2026-05-21T00:00:00+00:00\n\
    o365 reseller Skype For Business: 1/10 = 10.0 at 2026-05-21T00:00:00+00:00\n\
    o365 reseller Teams: 12/14 = 85.71 at 2026-05-21T00:00:00+00:00\n";

#[tokio::test]
async fn rows_of_one_delivery_in_several_files_are_one_delivery() {
    let mut test = TestStore::new();
    let [first, second] = parts();
    let paths = files(
        &mut test,
        "part",
        &[first.clone(), second.clone(), String::new()],
    );
    let receipt = test.import(paths.clone()).await.unwrap();
    assert_eq!((receipt.files, receipt.deliveries_new), (2, 2));
    assert_eq!(
        (receipt.deliveries_joined, receipt.deliveries_restated),
        (1, 0)
    );
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    assert_eq!(receipt.joined_files, names[..2]);
    assert_eq!(receipt.passed_over.len(), 1);
    assert_eq!(receipt.passed_over[0].file, names[2]);
    assert_eq!(receipt.passed_over[0].reason, "it is empty");
    assert_eq!(test.usage_figures().await, WHOLE);

    // One file with everything has the same content; so do the parts in another order, and the
    // parts followed by the whole.
    let whole = files(&mut test, "whole", &[first + &second]);
    let receipt = test.import(whole.clone()).await.unwrap();
    assert_eq!((receipt.deliveries_unchanged, receipt.rows_stored), (2, 0));
    let turned = vec![paths[1].clone(), paths[0].clone()];
    assert_eq!(test.import(turned).await.unwrap().deliveries_unchanged, 2);
    let all = vec![paths[0].clone(), paths[1].clone(), whole[0].clone()];
    assert_eq!(test.import(all).await.unwrap().deliveries_unchanged, 4);
    assert_eq!(test.usage_figures().await, WHOLE);
}

#[tokio::test]
async fn the_same_products_and_workloads_in_a_later_file_are_a_restatement() {
    let mut test = TestStore::new();
    let versions = [3, 4].map(|active| row(1, 1, 1, "EXO", active) + &row(1, 1, 2, "EXO", 5));
    let paths = files(&mut test, "version", &versions);
    let receipt = test.import(paths).await.unwrap();
    assert_eq!(
        (receipt.deliveries_new, receipt.deliveries_restated),
        (1, 1)
    );
    assert_eq!(receipt.deliveries_joined, 0);
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller EXO: 9/20 = 45.0 at 2026-05-01T00:00:00+00:00");
}

#[tokio::test]
async fn what_is_neither_parts_nor_versions_is_refused_with_both_files_until_it_is_said() {
    let cases = [
        // Some rows have the same workload and some do not.
        [
            row(1, 1, 1, "EXO", 5) + &row(1, 1, 1, "SPO", 5),
            row(1, 1, 1, "EXO", 6) + &row(1, 1, 1, "Teams", 6),
        ],
        // One delivery would be joined, another one restated.
        [
            row(1, 1, 1, "EXO", 5) + &row(1, 2, 1, "EXO", 5),
            row(1, 1, 1, "EXO", 6) + &row(1, 2, 2, "EXO", 6),
        ],
        // One is an empty delivery.
        [
            row(1, 1, 1, "EXO", 5),
            format!("2026-05-01,,,o365,,reseller,{},C1,,,,\n", customer(1)),
        ],
        // The same workload, with its code and without; and a product without its id.
        [
            row(1, 1, 1, "EXO", 5) + &row(1, 1, 1, "SPO", 5),
            row(1, 1, 1, "-EXO", 6),
        ],
    ];
    for rows in cases {
        let mut test = TestStore::new();
        let paths = files(&mut test, "file", &rows);
        let err = test.import(paths.clone()).await.unwrap_err();
        assert!(matches!(err, ImportError::Unclear { .. }), "{err}");
        assert!(err.is_of_input());
        let text = message(&test, &err);
        let begin =
            "`DIR/file-0.csv` and `DIR/file-1.csv` both have rows of usage of customer 0000000";
        assert!(text.starts_with(begin), "{text}");
        let names = paths.iter().map(|path| path.display().to_string());
        let names: Vec<String> = names.collect();
        assert_eq!(err.receipt().unwrap().not_stored, names);
        assert_eq!(test.store.usage_figures(partner()).await.unwrap(), []);
        // As versions, the later one counts.
        test.options.files = Files::Versions;
        test.options.replace = true;
        test.import(paths).await.unwrap();
        let mut alone = TestStore::new();
        alone.options.replace = true;
        for rows in &rows {
            alone.usage(rows).await.unwrap();
        }
        assert_eq!(test.usage_figures().await, alone.usage_figures().await);
    }
}

#[tokio::test]
async fn a_bad_row_between_two_parts_names_both_files() {
    let mut test = TestStore::new();
    test.options.files = Files::Parts;
    let rows = [
        row(1, 1, 1, "EXO", 5) + &row(1, 1, 1, "SPO", 5),
        row(1, 2, 1, "EXO", 5) + &row(1, 1, 1, "EXO", 6),
    ];
    let paths = files(&mut test, "part", &rows);
    let err = test.import(paths).await.unwrap_err();
    let ImportError::BadRows { bad, receipt, .. } = &err else {
        panic!("{err}")
    };
    let line = bad.first[0].to_string();
    insta::assert_snapshot!(line.replace(test.folder.path().to_str().unwrap(), "DIR"), @"DIR/part-1.csv:3: productId `00000001-b296-42f0-b197-1e91e994b900`: line 2 of `DIR/part-0.csv` has the same product and workload in the same delivery: add the two up, or take one out");
    assert_eq!(receipt.not_stored.len(), 2);
    assert_eq!(test.store.usage_figures(partner()).await.unwrap(), []);
}

#[tokio::test]
async fn a_bad_row_in_one_part_leaves_the_whole_delivery_out() {
    let mut test = TestStore::new();
    test.options.skip_bad_rows = true;
    let rows = [
        row(1, 1, 1, "EXO", 5) + &row(1, 2, 1, "EXO", 5),
        row(1, 1, 1, "SPO", 5).replace(",5,10", ",five,10") + &row(1, 1, 1, "Teams", 5),
    ];
    let paths = files(&mut test, "part", &rows);
    let receipt = test.import(paths).await.unwrap();
    assert_eq!(
        (receipt.deliveries_new, receipt.deliveries_rejected),
        (1, 1)
    );
    insta::assert_snapshot!(test.usage_figures().await, @"o365 reseller EXO: 5/10 = 50.0 at 2026-05-01T00:00:00+00:00");
    // Each file's rows are beside it, and after correction both together are the delivery.
    test.options.skip_bad_rows = false;
    let [good, bad] = receipt.rejected_files.as_slice() else {
        panic!("{:?}", receipt.rejected_files)
    };
    let mended = std::fs::read_to_string(bad).unwrap().replace("five", "5");
    std::fs::write(bad, mended).unwrap();
    let receipt = test.import(vec![good.clone(), bad.clone()]).await.unwrap();
    assert_eq!((receipt.deliveries_new, receipt.deliveries_joined), (1, 1));
}

#[tokio::test]
async fn one_file_that_is_refused_leaves_nothing_of_the_others() {
    let mut test = TestStore::new();
    let good = [
        exchange("2026-05-01", 1, 1, 2),
        exchange("2026-05-02", 1, 1, 2),
    ];
    for refused in [
        "nonsense",
        "PK\u{3}\u{4}…",
        &format!("{USAGE_HEADER}\nnonsense\n"),
    ] {
        let mut paths = files(&mut test, "good", &good);
        paths.insert(1, test.file("bad.csv", refused));
        let err = test.import(paths.clone()).await.unwrap_err();
        let receipt = err.receipt().unwrap();
        let names: Vec<String> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        assert_eq!(receipt.not_stored, names);
        assert_eq!((receipt.files, receipt.rows_stored), (1, 0));
        assert!(test.store.partners().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_folder_stands_for_its_files_in_the_order_of_their_names() {
    let mut test = TestStore::new();
    let [first, second] = parts();
    let folder = test.folder.path().join("export");
    std::fs::create_dir_all(folder.join("older")).unwrap();
    for (name, content) in [
        ("part-00000.csv", format!("{USAGE_HEADER}\n{first}")),
        ("part-00001.csv", format!("{USAGE_HEADER}\n{second}")),
        ("part-00002.csv", String::new()),
        ("_SUCCESS", String::new()),
        (".part-00000.csv.crc", "crc".to_owned()),
        ("part-00000.csv.rejected.2.csv", "x".to_owned()),
    ] {
        std::fs::write(folder.join(name), content).unwrap();
    }
    let receipt = test.import(vec![folder.clone()]).await.unwrap();
    assert_eq!((receipt.files, receipt.deliveries_new), (2, 2));
    assert_eq!(test.usage_figures().await, WHOLE);
    let mut passed: Vec<&str> = receipt
        .passed_over
        .iter()
        .map(|passed| passed.file.rsplit('/').next().unwrap())
        .collect();
    passed.sort_unstable();
    let all = [
        ".part-00000.csv.crc",
        "_SUCCESS",
        "older",
        "part-00000.csv.rejected.2.csv",
        "part-00002.csv",
    ];
    assert_eq!(passed, all);
    let err = test.import(vec![folder.join("older")]).await.unwrap_err();
    assert_eq!(
        message(&test, &err),
        "cannot import `DIR/export/older`: there is no file to import in this folder"
    );
}

/// The rows of some deliveries: (day, customer, product, workload, active), without repeated
/// subjects.
fn deliveries() -> impl Strategy<Value = Vec<(u32, u32, u32, &'static str, u32)>> {
    let workload = prop::sample::select(vec!["EXO", "SPO", "-Teams"]);
    let row = (1..3_u32, 0..3_u32, 1..4_u32, workload, 0..10_u32);
    vec(row, 1..30).prop_map(|mut rows| {
        rows.sort();
        rows.dedup_by_key(|(day, of, product, workload, _)| (*day, *of, *product, *workload));
        rows
    })
}

fn text((day, of, product, workload, active): &(u32, u32, u32, &str, u32)) -> String {
    row(*day, *of, *product, workload, *active)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The oracle is an import of everything in one file.
    #[test]
    fn parts_in_any_split_and_order_are_the_whole(
        rows in deliveries().prop_shuffle(),
        split in vec(0..4_usize, 30),
        rows_in_memory in 3..40_usize,
        is_said: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut contents = vec![String::new(); 4];
            for (row, file) in rows.iter().zip(&split) {
                contents[*file] += &text(row);
            }
            let mut whole = TestStore::new();
            whole.usage(&rows.iter().map(text).collect::<String>()).await.unwrap();
            let mut test = TestStore::new();
            test.options.rows_in_memory = rows_in_memory;
            if is_said {
                test.options.files = Files::Parts;
            }
            let paths = files(&mut test, "part", &contents);
            let receipt = test.import(paths.clone()).await.unwrap();
            assert_eq!(test.usage_figures().await, whole.usage_figures().await);
            assert_eq!(receipt.rows_stored, rows.len() as u64);
            assert_eq!(receipt.deliveries_restated, 0);
            // Imported into the store with the whole, they change nothing.
            let again = whole.import(paths).await.unwrap();
            assert_eq!(again.rows_stored, 0);
            assert_eq!(again.deliveries_unchanged, receipt.deliveries_new);
        });
    }

    /// The oracle is a separate import for each version.
    #[test]
    fn versions_count_in_their_order(
        rows in deliveries(),
        counts in vec(vec(0..10_u32, 30), 1..4),
        is_said: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let contents: Vec<String> = counts
                .iter()
                .map(|counts| {
                    let rows = rows.iter().zip(counts);
                    rows.map(|(row, active)| text(&(row.0, row.1, row.2, row.3, *active))).collect()
                })
                .collect();
            let mut one_by_one = TestStore::new();
            let mut expected = (0, 0, 0);
            for content in &contents {
                let receipt = one_by_one.usage(content).await.unwrap();
                expected.0 += receipt.deliveries_new;
                expected.1 += receipt.deliveries_unchanged;
                expected.2 += receipt.deliveries_restated;
            }
            let mut test = TestStore::new();
            if is_said {
                test.options.files = Files::Versions;
            }
            let paths = files(&mut test, "version", &contents);
            let receipt = test.import(paths).await.unwrap();
            let found = (
                receipt.deliveries_new,
                receipt.deliveries_unchanged,
                receipt.deliveries_restated,
            );
            assert_eq!(found, expected);
            assert_eq!(test.usage_figures().await, one_by_one.usage_figures().await);
        });
    }
}
