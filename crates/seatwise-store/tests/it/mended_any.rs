//! Of any damaged files, an import brings back what it has and stores nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use seatwise_store::StoreError;
use seatwise_store::import::{Files, ImportError};
use tokio::runtime::Runtime;

use crate::damage::damages;
use crate::live_rows::live_files;
use crate::mended::again;
use crate::mended_only::{deployed, stored, usage};
use crate::test_store::{DEPLOYMENT_HEADER, TestStore, USAGE_HEADER, exchange};

/// The content of one file: usage or deployment, the day, the customer, whether the service is
/// `crm`, the seats and the domain.
type Said = (bool, u32, u32, bool, u32, u32);

/// The files of one import, and whether they are complete.
type Imported = (Vec<Vec<Said>>, bool);

/// How damaged content is imported again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    /// Each import with a file that is still damaged, oldest first.
    OneByOne,
    /// The same, with a file of another day, or without its first file.
    WithNews,
    InPart,
    /// All files together.
    Together,
}

const ALL: [Again; 4] = [
    Again::OneByOne,
    Again::WithNews,
    Again::InPart,
    Again::Together,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_is_stored_but_what_comes_back(
        imports in vec(
            (
                vec(
                    vec(
                        (any::<bool>(), 1..4_u32, 1..5_u32, any::<bool>(), 1..4_u32, 0..3_u32),
                        1..6,
                    ),
                    1..3,
                ),
                prop::bool::weighted(0.3),
            ),
            1..5,
        ),
        damaged in vec(any::<bool>(), 32),
        again in prop::sample::select(ALL.to_vec()),
    ) {
        Runtime::new().unwrap().block_on(mend(imports, damaged, again));
    }
}

/// The files for the content of one test file: one for each table.
pub(crate) fn files(test: &mut TestStore, name: &str, said: &[Said]) -> Vec<PathBuf> {
    let units: std::collections::BTreeMap<_, _> = said
        .iter()
        .map(|(kind, day, of, crm, seats, domain)| ((kind, day, of, crm), (seats, domain)))
        .collect();
    let mut contents = [String::new(), String::new()];
    for ((kind, day, of, crm), (seats, domain)) in units {
        let domain = ["", "a.example", "b.example"][*domain as usize];
        let row = match kind {
            true => exchange(&format!("2026-05-{day:02}"), *of, *seats, 10),
            false => {
                let file = deployed(&format!("2026-05-{day:02}"), *of, *seats);
                file.lines().nth(1).unwrap().to_owned() + "\n"
            }
        };
        let row = match crm {
            true => row.replace("o365", "crm"),
            false => row,
        };
        contents[usize::from(*kind)] += &row.replace('\n', &format!(",{domain}\n"));
    }
    let headers = [("deployment", DEPLOYMENT_HEADER), ("usage", USAGE_HEADER)];
    let files = headers.into_iter().zip(contents);
    files
        .filter(|(_, rows)| !rows.is_empty())
        .map(|((kind, header), rows)| {
            let content = format!("{header},customerDomain\n{rows}");
            test.file(&format!("{name}-{kind}.csv"), content)
        })
        .collect()
}

fn all_live(data: &Path) -> Vec<PathBuf> {
    ["usage", "deployment"]
        .into_iter()
        .flat_map(|kind| live_files(data, kind))
        .collect()
}

async fn mend(imports: Vec<Imported>, damaged: Vec<bool>, how: Again) {
    let mut test = TestStore::new();
    test.options.replace = true;
    test.options.files = Files::Versions;
    let data = test.store.work_dir().to_owned();
    let mut written: Vec<(Vec<PathBuf>, bool, Vec<PathBuf>)> = Vec::new();
    for (number, (said, complete)) in imports.iter().enumerate() {
        let said = said.iter().enumerate();
        let of_import: Vec<PathBuf> = said
            .flat_map(|(place, said)| files(&mut test, &format!("{number}-{place}"), said))
            .collect();
        let before = all_live(&data);
        test.options.complete = *complete;
        test.import(of_import.clone()).await.unwrap();
        let mut new = all_live(&data);
        new.retain(|file| !before.contains(file));
        written.push((of_import, *complete, new));
    }
    let right = stored(&data);
    let all = all_live(&data).into_iter().zip(damaged);
    let lost: Vec<PathBuf> = all.filter(|(_, is)| *is).map(|(file, _)| file).collect();
    lost.iter().for_each(|file| fs::remove_file(file).unwrap());
    again(&mut test);
    let is_damaged = |file: &PathBuf| lost.contains(file) && all_live(&data).contains(file);
    let news = test.file("news.csv", usage(&exchange("2026-05-09", 9, 1, 10)));
    let imports = match how {
        Again::Together => {
            let files = written.iter().flat_map(|(files, ..)| files.clone());
            vec![(files.collect(), false, lost.clone())]
        }
        _ => written,
    };
    for (mut files, complete, own) in imports {
        // An import without damaged content would restate later ones.
        if !own.iter().any(is_damaged) {
            continue;
        }
        match how {
            Again::WithNews => files.push(news.clone()),
            Again::InPart if files.len() > 1 => drop(files.remove(0)),
            _ => {}
        }
        test.options.complete = complete;
        let before = stored(&data);
        match test.import(files).await {
            Ok(receipt) => {
                let recorded = receipt.deliveries_new + receipt.deliveries_restated;
                let added = receipt.deliveries_emptied + receipt.domains_stored;
                // A part can have only intact tables and units: then it is a normal import.
                if how == Again::InPart && recorded + added > 0 {
                    return;
                }
                assert_eq!((recorded, added), (0, 0), "{receipt:?}");
                if how == Again::WithNews {
                    assert!(receipt.mended.left_out > 0, "{receipt:?}");
                }
            }
            Err(ImportError::Store(StoreError::Unmended { .. } | StoreError::Damaged { .. })) => {
                assert!(how != Again::OneByOne);
                assert_eq!(stored(&data), before);
            }
            Err(err) => panic!("{err:?}"),
        }
    }
    let now = stored(&data);
    assert!(now.0.is_subset(&right.0) && now.1.is_subset(&right.1));
    assert_eq!(now.2, right.2);
    if how == Again::OneByOne || !lost.iter().any(is_damaged) {
        assert_eq!(now, right);
        assert_eq!(damages(&data).await, 0);
    }
}
