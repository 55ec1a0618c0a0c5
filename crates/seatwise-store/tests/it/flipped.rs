//! A flipped bit is found, and never answered.

use std::fs;
use std::path::PathBuf;

use seatwise_store::{Kind, StoreError};

use crate::damage::{answers, copy_of, damages, data_file, files_below, flip, has_end, lived_in};
use crate::test_store::partner;

#[tokio::test]
async fn a_bit_that_is_lost_without_a_write_is_found_when_files_are_read_again() {
    let test = lived_in().await;
    let recheck = || test.store.recheck(partner(), Kind::Usage);
    let figures = || test.store.usage_figures(partner());
    let right = figures().await.unwrap();
    let files = recheck().await.unwrap();
    assert!(files > 0);

    let file = data_file(test.store.work_dir());
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    let flip_in_silence = || {
        flip(&file, 4321);
        let file = fs::File::options().write(true).open(&file).unwrap();
        file.set_modified(modified).unwrap();
    };
    flip_in_silence();
    let found = recheck().await.unwrap_err();
    let StoreError::Damaged { source, .. } = &found else {
        panic!("{found}");
    };
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(source.to_string().contains(name), "{source}");
    figures().await.unwrap_err();

    flip_in_silence();
    assert_eq!(figures().await.unwrap(), right);
    assert_eq!(recheck().await.unwrap(), files);
}

/// Flips random bits of data files, entries, checkpoints, lists of checksums, and files of the list of
/// imports; returns their number.
async fn flips(seed: u64, count: usize) -> usize {
    let test = lived_in().await;
    let right = answers(test.store.work_dir()).await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    copy_of(test.store.work_dir(), &data);
    let files = files_below(&data).into_iter().filter(|path| {
        // A wrong hint is ignored, and the others have no facts.
        has_end(path, "parquet")
            || has_end(path, "json") && path.parent() != Some(&data)
            || has_end(path, "sha256")
            || has_end(path, "import")
    });
    let files: Vec<PathBuf> = files.collect();
    let mut random = seed;
    let mut below = |bound: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) as usize % bound
    };
    for number in 0..count {
        let file = &files[below(files.len())];
        let bit = below(8 * fs::metadata(file).unwrap().len() as usize);
        let name = file.strip_prefix(&data).unwrap().display();
        flip(file, bit);
        assert!(
            damages(&data).await > 0,
            "{number}: bit {bit} of {name} is not found"
        );
        for (message, right) in answers(&data).await.iter().zip(&right) {
            let is_right = message.is_err() || message == right;
            assert!(
                is_right,
                "{number}: bit {bit} of {name}: {message:?} for {right:?}"
            );
        }
        flip(file, bit);
    }
    assert_eq!(damages(&data).await, 0);
    assert_eq!(answers(&data).await, right);
    count
}

#[tokio::test]
async fn a_bit_anywhere_is_found_and_never_answered() {
    assert_eq!(flips(7, 40).await, 40);
}

/// `just damage`
#[tokio::test]
#[ignore = "takes minutes: a thousand of what the test above does forty times"]
async fn a_thousand_bits_anywhere_are_found_and_never_answered() {
    assert_eq!(flips(2026, 1000).await, 1000);
}
