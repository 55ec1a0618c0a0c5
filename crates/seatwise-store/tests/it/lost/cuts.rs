//! The disks that a power cut may leave.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::check::Between;
use super::course::Course;
use super::disk::{Change, Disk, Image, Left, Operation};

impl Course {
    pub(super) fn disk_at(&self, cut: usize) -> Disk {
        let mut disk = self.disk.clone();
        self.operations[..cut].iter().for_each(|it| disk.run(it));
        disk
    }

    pub(super) fn between(&self, cut: usize) -> Between<'_> {
        let done = self.acknowledged.partition_point(|it| it.at <= cut);
        Between {
            before: done.checked_sub(1).map(|last| &self.acknowledged[last]),
            after: self.acknowledged.get(done),
        }
    }

    /// What an operation is about, without names that differ from run to run.
    pub(super) fn label(&self, operation: &Operation) -> String {
        let (what, node) = match operation {
            Operation::Sync(node) => ("sync", node),
            Operation::Change(Change::Content { file, .. }) => ("write", file),
            Operation::Change(Change::Names { folder, .. }) => ("name in", folder),
        };
        let path = self.paths.get(node).map_or("", String::as_str);
        format!("{what} {}", generic(path))
    }

    /// A moment in words.
    pub(super) fn place(&self, cut: usize) -> String {
        let last = self.operations[..cut].last();
        let last = last.map_or_else(String::new, |it| self.label(it));
        let step = self.between(cut).after;
        let step = step.map_or_else(String::new, |it| format!("{:?}", it.step));
        let step = step.split('(').next().unwrap_or_default();
        format!("after operation {cut} ({last}), in {step}")
    }

    /// The same course, as if the store had not synced some files and folders.
    pub(super) fn without(&self, left_out: &str) -> Self {
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
pub(super) struct Case<'a> {
    pub(super) at: String,
    pub(super) image: Image,
    pub(super) between: Between<'a>,
}

/// How many disks are tried after each operation.
#[derive(Clone, Copy)]
pub(super) enum Extent {
    /// What is synced, and in turn all, names without data, or something at random; of these disks
    /// only a part.
    Few,
    /// All of these, each change alone, all but one, and more at random.
    Many,
}

/// The disks that a power cut may leave, each once.
pub(super) fn cases(course: &Course, extent: Extent) -> Vec<Case<'_>> {
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

/// How many of the last changes are lost or kept alone.
const MOST_ALONE: usize = 8;

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
        for only in disk.unsynced.len().saturating_sub(MOST_ALONE)..disk.unsynced.len() {
            for left in [Left::All, Left::Half, Left::Zeros] {
                add(format!("{left:?} of change {only} alone"), &|place, _| {
                    if place == only { left } else { Left::Nothing }
                });
            }
            add(format!("all but change {only}"), &|place, _| {
                if place == only {
                    Left::Nothing
                } else {
                    Left::All
                }
            });
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
