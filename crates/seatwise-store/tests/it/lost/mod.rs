//! A power cut at any moment loses nothing that was acknowledged.
//!
//! Steps of a store are recorded, with all that they do to the disk. Then the folder is made as a
//! power cut may leave it after each operation, and a store is opened in it.

mod check;
mod course;
mod disk;
mod recorder;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use seatwise_store::{Kind, Store};
use tokio::runtime::{Builder, Runtime};

use self::check::{Between, check, check_after_kill};
use self::course::{Course, Step, deployment, imported, minute, other_partner, usage};
use self::disk::{Change, Disk, Image, Left, Operation};
use crate::test_store::partner;

/// The steps of a store from its creation.
fn first_steps() -> Vec<Step> {
    vec![
        Step::Create,
        Step::Import(vec![
            usage(&[("2026-05-01", 1, 10), ("2026-05-01", 2, 20)]),
            deployment(&[("2026-05-01", 1, 30), ("2026-05-01", 2, 31)]),
        ]),
        // The second day of one customer, a restatement of the other, and other domains.
        Step::Import(vec![usage(&[("2026-05-02", 1, 25), ("2026-05-01", 2, 21)])]),
        Step::Settle,
        Step::SetPrices(PRICES),
        Step::KeepReceipt,
        Step::KeepLedger,
        Step::Import(vec![deployment(&[("2026-05-02", 1, 33)])]),
    ]
}

const PRICES: &str = "product,currency,pricePerSeatMonth,validFrom\nE3,EUR,10,2026-01-01\n";

/// The steps of a store with many commits.
fn later_steps() -> Vec<Step> {
    vec![
        Step::Settle,
        // Sums up the log and removes old files.
        Step::Import(vec![usage(&[("2026-05-09", 1, 12), ("2026-05-09", 2, 22)])]),
        Step::KeepLedger,
        // Merges files.
        Step::Import(vec![usage(&[("2026-05-10", 1, 13)])]),
        Step::Compact,
        Step::Import(vec![usage(&[("2026-05-11", 1, 14), ("2026-05-01", 1, 9)])]),
        Step::LinkGuest,
        Step::Erase,
        Step::RemoveOther,
        Step::Import(vec![usage(&[("2026-05-12", 1, 15)])]),
    ]
}

/// A store whose next commit is the 32nd, and another partner.
async fn lived_in(data: &std::path::Path) {
    let store = Store::create(data).unwrap();
    let files = [usage(&[("2026-05-01", 1, 5)])];
    imported(&store, other_partner(), &files, minute(0))
        .await
        .unwrap();
    let files = [deployment(&[("2026-05-01", 1, 30), ("2026-05-01", 2, 31)])];
    imported(&store, partner(), &files, minute(0))
        .await
        .unwrap();
    for number in 1.. {
        let version = store.table_version(partner(), Kind::Usage).await.unwrap();
        if version.is_some_and(|version| version.number == 31) {
            break;
        }
        let active = number as u32;
        let files = [usage(&[
            ("2026-05-08", 1, active),
            ("2026-05-08", 2, active),
        ])];
        imported(&store, partner(), &files, minute(number))
            .await
            .unwrap();
    }
    for step in [Step::KeepReceipt, Step::SetPrices(PRICES), Step::KeepLedger] {
        course::done(&store, &step, minute(40)).await.unwrap();
    }
}

/// Both courses, each with what is on the disk after it.
static COURSES: LazyLock<[(Course, Image); 2]> = LazyLock::new(|| {
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    [(first_steps(), false), (later_steps(), true)].map(|(steps, lived)| {
        let folder = tempfile::tempdir().unwrap();
        let course = runtime.block_on(async {
            if lived {
                lived_in(&folder.path().join("data")).await;
            }
            course::run(folder.path(), &steps, 50).await
        });
        let mut number = 0;
        let tree = disk::Tree::read(folder.path(), &mut |is_folder| {
            number += 1;
            recorder::node(number, is_folder)
        });
        (course, tree.image())
    })
});

impl Course {
    fn disk_at(&self, cut: usize) -> Disk {
        let mut disk = self.disk.clone();
        self.operations[..cut].iter().for_each(|it| disk.run(it));
        disk
    }

    fn between(&self, cut: usize) -> Between<'_> {
        let done = self.acknowledged.partition_point(|it| it.at <= cut);
        Between {
            before: done.checked_sub(1).map(|last| &self.acknowledged[last]),
            after: self.acknowledged.get(done),
        }
    }

    /// What an operation is about, without names that differ from run to run.
    fn label(&self, operation: &Operation) -> String {
        let (what, node) = match operation {
            Operation::Sync(node) => ("sync", node),
            Operation::Change(Change::Content { file, .. }) => ("write", file),
            Operation::Change(Change::Names { folder, .. }) => ("name in", folder),
        };
        let path = self.paths.get(node).map_or("", String::as_str);
        format!("{what} {}", generic(path))
    }

    /// A moment in words.
    fn place(&self, cut: usize) -> String {
        let last = self.operations[..cut].last();
        let last = last.map_or_else(String::new, |it| self.label(it));
        let step = self.between(cut).after;
        let step = step.map_or_else(String::new, |it| format!("{:?}", it.step));
        let step = step.split('(').next().unwrap_or_default();
        format!("after operation {cut} ({last}), in {step}")
    }

    /// The same course, as if the store had not synced some files and folders.
    fn without(&self, left_out: &str) -> Self {
        let is_left =
            |it: &Operation| matches!(it, Operation::Sync(_)) && self.label(it) == left_out;
        let mut acknowledged = self.acknowledged.clone();
        for step in &mut acknowledged {
            let gone = self.operations[..step.at].iter().filter(|it| is_left(it));
            step.at -= gone.count();
        }
        Self {
            disk: self.disk.clone(),
            operations: self
                .operations
                .iter()
                .filter(|it| !is_left(it))
                .cloned()
                .collect(),
            acknowledged,
            paths: self.paths.clone(),
        }
    }
}

/// A path without ids, hashes and numbers.
fn generic(path: &str) -> String {
    let is_number = |text: &str| {
        text.len() >= 8
            && text
                .chars()
                .all(|sign| sign.is_ascii_hexdigit() || sign == '-')
    };
    let part = |text: &str| match text.split_once('-') {
        _ if is_number(text) => "*".to_owned(),
        Some((begin @ ("part" | "prices" | "seatwise"), _)) => format!("{begin}-*"),
        _ => text.to_owned(),
    };
    let name = |name: &str| name.split('.').map(part).collect::<Vec<_>>().join(".");
    path.split('/').map(name).collect::<Vec<_>>().join("/")
}

/// A disk after a power cut.
struct Case<'a> {
    at: String,
    image: Image,
    between: Between<'a>,
}

/// How many disks are tried after each operation.
#[derive(Clone, Copy)]
enum Extent {
    /// What is synced, and in turn all, names without data, or something at random; of these disks
    /// only a part.
    Few,
    /// All of these, each change alone, all but one, and more at random.
    Many,
}

/// The disks that a power cut may leave, each once.
fn cases(course: &Course, extent: Extent) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let mut seen = HashSet::new();
    let mut disk = course.disk.clone();
    for cut in 0..=course.operations.len() {
        if let Some(operation) = cut.checked_sub(1).map(|last| &course.operations[last]) {
            disk.run(operation);
        }
        let between = course.between(cut);
        for (name, image) in images(&disk, extent, cut) {
            let mut hasher = DefaultHasher::new();
            (&image, between.before.map(|it| it.at)).hash(&mut hasher);
            if seen.insert(hasher.finish()) {
                let at = format!("{}, {name}", course.place(cut));
                cases.push(Case { at, image, between });
            }
        }
    }
    cases
}

fn images(disk: &Disk, extent: Extent, cut: usize) -> Vec<(String, Image)> {
    let mut images: Vec<(String, Image)> = Vec::new();
    let mut add = |name: String, left: &dyn Fn(usize, &Change) -> Left| {
        images.push((name, disk.after(left).image()));
    };
    add("only what is synced".to_owned(), &|_, _| Left::Nothing);
    add("everything".to_owned(), &|_, _| Left::All);
    add("names without data".to_owned(), &|_, change| match change {
        Change::Names { .. } => Left::All,
        Change::Content { .. } => Left::Nothing,
    });
    for seed in 0..4 {
        add(format!("seed {seed}"), &|place, change| {
            at_random((cut, seed, place), change)
        });
    }
    if matches!(extent, Extent::Few) {
        let other = images.swap_remove(1 + cut % 4);
        images.truncate(1);
        images.push(other);
    } else {
        for only in 0..disk.unsynced.len() {
            let is = |place, left| if place == only { left } else { Left::Nothing };
            for left in [Left::All, Left::Half, Left::Zeros] {
                add(format!("{left:?} of change {only}"), &|place, _| {
                    is(place, left)
                });
            }
            let but = |place| {
                if place == only {
                    Left::Nothing
                } else {
                    Left::All
                }
            };
            add(format!("all but change {only}"), &|place, _| but(place));
        }
    }
    images
}

fn at_random(seed: (usize, usize, usize), change: &Change) -> Left {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    match (hasher.finish() % 8, change) {
        (0..=2, _) => Left::Nothing,
        (3, Change::Content { .. }) => Left::Half,
        (4, Change::Content { .. }) => Left::Zeros,
        _ => Left::All,
    }
}

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
        println!(
            "{} operations, {} disks",
            course.operations.len(),
            cases.len()
        );
        none(&failures_of(&cases));
    }
}

#[test]
fn what_is_recorded_of_a_store_is_all_that_it_does() {
    for (course, expected) in &*COURSES {
        let disk = course.disk_at(course.operations.len());
        let mut image = disk.after(|_, _| Left::All).image();
        let mut expected = expected.clone();
        // A lock is empty, and created again by the next writer.
        for image in [&mut image, &mut expected] {
            image.retain(|path, _| !path.ends_with("writer.lock"));
        }
        let paths = |image: &Image| image.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&image), paths(&expected));
        assert!(image == expected, "a file has other bytes");
    }
}

/// Every so many moments, a process is killed, the next one acknowledges something, and the power is
/// cut.
fn killed_before(every: usize) {
    for (course, _) in &*COURSES {
        let cuts: Vec<usize> = (0..course.operations.len()).step_by(every).collect();
        let check = |runtime: &Runtime, cut: &usize| {
            let disk = course.disk_at(*cut);
            runtime.block_on(Box::pin(check_after_kill(&disk, course.between(*cut))))
        };
        none(&failures(&cuts, check, |cut| course.place(*cut)));
    }
}

#[test]
fn a_power_cut_after_a_killed_process_loses_nothing_that_the_next_one_acknowledged() {
    killed_before(100);
}

#[test]
#[ignore = "kills a process at each of its operations, which takes minutes"]
fn no_power_cut_after_a_process_that_is_killed_anywhere_loses_what_was_acknowledged() {
    killed_before(1);
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
        println!("{sync}: {first:.300}");
        if found.is_empty() {
            not_found.push(sync);
        }
    }
    assert_eq!(not_found, NOT_NEEDED);
}

/// No sync at all.
const NONE: &str = "none";
