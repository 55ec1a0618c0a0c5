//! A power cut at any moment loses nothing that was acknowledged.
//!
//! Steps of a store are recorded, with all that they do to the disk. Then the folder is made as a
//! power cut may leave it after each operation, and a store is opened in it.

mod after_kill;
mod check;
mod course;
mod cuts;
mod disk;
mod recorder;
mod steps;

use std::fmt::Write as _;
use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use object_store::path::Path;
use object_store::{MultipartUpload as _, ObjectStoreExt as _};
use tokio::runtime::{Builder, Runtime};

use self::after_kill::{Killed, Next, check_after_kill};
use self::check::check;
use self::cuts::{Case, Extent, cases};
use self::disk::{Change, Image, Left, Operation};
use self::recorder::Recorder;
use self::steps::COURSES;

/// Checks on all processors; returns what is wrong.
fn failures<T: Sync>(
    cases: &[T],
    check: impl Fn(&Runtime, &T) -> course::Result<()> + Sync,
    named: impl Fn(&T) -> String + Sync,
) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|threads| {
        for _ in 0..at_once {
            threads.spawn(|| {
                let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(err) = check(&runtime, case) {
                        let mut text = named(case);
                        let mut cause: Option<&dyn std::error::Error> = Some(&*err);
                        while let Some(err) = cause {
                            write!(text, ": {err}").unwrap();
                            cause = err.source();
                        }
                        found.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
}

fn failures_of(cases: &[Case<'_>]) -> Vec<String> {
    failures(
        cases,
        |runtime, case| runtime.block_on(Box::pin(check(&case.image, case.between))),
        |case| case.at.clone(),
    )
}

#[expect(clippy::print_stdout, reason = "what a long run has tried")]
fn report(text: &str) {
    println!("{text}");
}

fn none(found: &[String]) {
    let list = found.iter().map(|it| format!("{it:.600}\n"));
    let list: String = list.take(20).collect();
    assert!(found.is_empty(), "{} disks:\n{list}", found.len());
}

/// The number of disks of each course that every test run tries.
const SAMPLE: usize = 20;

fn lose_nothing(extent: Extent) {
    for (course, _) in &*COURSES {
        let mut cases = cases(course, extent);
        if matches!(extent, Extent::Few) {
            let every = cases.len().div_ceil(SAMPLE);
            cases = cases.into_iter().step_by(every).collect();
        }
        let operations = course.operations.len();
        report(&format!("{operations} operations, {} disks", cases.len()));
        none(&failures_of(&cases));
    }
}

#[test]
fn what_is_recorded_of_a_store_is_all_that_it_does() {
    for (course, expected) in &*COURSES {
        let disk = course.disk_at(course.operations.len());
        let mut image = disk.after(|_, _| Left::All).image();
        let mut expected = expected.clone();
        // The next writer creates the lock again, and no answer depends on the id in it.
        for image in [&mut image, &mut expected] {
            image.retain(|path, _| !path.ends_with("writer.lock"));
        }
        let paths = |image: &Image| image.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&image), paths(&expected));
        assert!(image == expected, "a file has other bytes");
    }
}

/// Kills a process at every so many moments, beginning with one. Returns what is lost of what the next
/// process acknowledges.
fn lost_after_kill(first: usize, every: usize, takes_over: bool) -> Vec<String> {
    let mut lost = Vec::new();
    for (course, _) in &*COURSES {
        let cuts = (first..course.operations.len()).step_by(every);
        let cuts = cuts.flat_map(|cut| Next::ALL.map(|next| (cut, next)));
        let cuts: Vec<_> = cuts.collect();
        report(&format!("{} processes after a killed one", cuts.len()));
        let check = |runtime: &Runtime, (cut, next): &(usize, Next)| {
            let killed = Killed {
                disk: &course.disk_at(*cut),
                between: course.between(*cut),
                next: *next,
                takes_over,
            };
            runtime.block_on(Box::pin(check_after_kill(killed, *cut)))
        };
        lost.extend(failures(&cuts, check, |(cut, next)| {
            format!("{}, then {next:?}", course.place(*cut))
        }));
    }
    lost
}

#[test]
fn a_power_cut_after_a_killed_process_loses_nothing_that_the_next_one_acknowledged() {
    none(&lost_after_kill(0, 100, true));
}

#[test]
#[ignore = "kills a process at each of its operations, which takes minutes"]
fn no_power_cut_after_a_process_that_is_killed_anywhere_loses_what_was_acknowledged() {
    none(&lost_after_kill(0, 1, true));
}

#[test]
#[ignore = "kills many processes until one is found, which takes minutes"]
fn a_process_that_builds_on_what_is_not_synced_is_found() {
    let every = 40;
    let mut rounds = (0..every).map(|first| lost_after_kill(first, every, false));
    let lost = rounds.find(|lost| !lost.is_empty());
    let lost = lost.expect("a process that loses something");
    report(&format!("lost something: {:.600}", lost.join("\n")));
}

#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged() {
    lose_nothing(Extent::Few);
}

#[test]
#[ignore = "tries thousands of disks, which takes minutes"]
fn no_power_cut_of_thousands_loses_what_was_acknowledged() {
    lose_nothing(Extent::Many);
}

#[tokio::test]
async fn a_file_that_is_written_in_parts_has_no_name_before_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (recorder, mut disk) = Recorder::new(folder.path());
    let files = Recorder::files(&recorder);
    let path = Path::from_absolute_path(folder.path().join("checkpoint")).unwrap();
    let mut upload = files.put_multipart(&path).await.unwrap();
    for part in ["one", "two"] {
        upload.put_part(part.into()).await.unwrap();
    }
    upload.complete().await.unwrap();
    let whole = Some(&Some(Arc::from(b"onetwo".as_slice())));
    for operation in &recorder.lock().unwrap().operations {
        disk.run(operation);
        let names = |_: usize, change: &Change| match change {
            Change::Names { .. } => Left::All,
            Change::Content { .. } => Left::Nothing,
        };
        let image = disk.after(names).image();
        let found = image.get("checkpoint");
        assert!(found.is_none() || found == whole, "{found:?}");
    }
    let image = disk.after(|_, _| Left::Nothing).image();
    assert_eq!(image.get("checkpoint"), whole);
}

/// The syncs whose absence no power cut shows, because nothing that is promised depends on them.
const NOT_NEEDED: [&str; 1] = [NONE];

#[test]
#[ignore = "tries all power cuts for each sync that is left out, which takes minutes"]
fn a_sync_that_is_left_out_is_found() {
    let courses = COURSES.each_ref().map(|(course, _)| course);
    let mut syncs: Vec<String> = Vec::new();
    for course in courses {
        let labels = course.operations.iter();
        let labels = labels.filter(|it| matches!(it, Operation::Sync(_)));
        syncs.extend(labels.map(|it| course.label(it)));
    }
    syncs.sort();
    syncs.dedup();
    let mut not_found = Vec::new();
    // Without a sync that is left out, nothing is found.
    for sync in iter::once(NONE).chain(syncs.iter().map(String::as_str)) {
        let found = courses.iter().flat_map(|course| {
            let course = course.without(sync);
            let cases = cases(&course, Extent::Few);
            let mut parts = cases.chunks(40).map(failures_of);
            parts.find(|found| !found.is_empty()).unwrap_or_default()
        });
        let found: Vec<String> = found.collect();
        let first = found.first().map_or("not found", String::as_str);
        report(&format!("{sync}: {first:.300}"));
        if found.is_empty() {
            not_found.push(sync);
        }
    }
    assert_eq!(not_found, NOT_NEEDED);
}

/// No sync at all.
const NONE: &str = "none";
