//! Sums over ranges of files of an import: how many deliveries of each range are taken, and which.
//!
//! One pass over the deliveries adds up all ranges, so the time hardly depends on their number.

use std::ops::RangeInclusive;

use xxhash_rust::xxh3::xxh3_64;

/// The limit of sums that are held at once, 16 bytes each.
const MOST_SUMS: usize = 1 << 20;

/// Files that follow each other, from the first number to the last.
pub(crate) type Range = RangeInclusive<u32>;

/// The ranges that are summed: all with at most `longest` files, and the one with all files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranges {
    files: usize,
    longest: usize,
}

impl Ranges {
    /// The ranges of a number of files, for a number of [`Sums`] at once. With very many files, long
    /// ranges are left out.
    pub(crate) fn of(files: usize, sums: usize) -> Self {
        let files = files.max(1);
        let longest = MOST_SUMS / (files * sums.max(1));
        Self {
            files,
            longest: longest.clamp(1, files),
        }
    }

    /// The first file of the longest range that ends with this file.
    fn earliest(self, file: usize) -> usize {
        (file + 1).saturating_sub(self.longest)
    }
}

/// What is taken of a range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Sum {
    /// How many deliveries are taken.
    pub(crate) count: u64,
    /// A sum of hashes of their places in the import. It is the same for the same places, and almost
    /// never for others.
    pub(crate) places: u64,
}

impl Sum {
    /// The sum of one delivery, at this place in the import.
    pub(crate) fn of(place: u64) -> Self {
        Self {
            count: 1,
            places: xxh3_64(&place.to_le_bytes()),
        }
    }

    fn add(&mut self, other: Self) {
        self.count = self.count.wrapping_add(other.count);
        self.places = self.places.wrapping_add(other.places);
    }

    fn subtract(&mut self, other: Self) {
        self.count = self.count.wrapping_sub(other.count);
        self.places = self.places.wrapping_sub(other.places);
    }
}

/// The sums of all ranges.
pub(crate) struct Sums {
    ranges: Ranges,
    /// For each file, by the first file of the ranges that it is in: the difference between what it adds
    /// to these ranges and what it adds to those that begin one file earlier.
    steps: Vec<Sum>,
    /// The sum of all files, where the other ranges are shorter.
    all: Sum,
}

impl Sums {
    pub(crate) fn of(ranges: Ranges) -> Self {
        Self {
            ranges,
            steps: vec![Sum::default(); ranges.files * ranges.longest],
            all: Sum::default(),
        }
    }

    /// Adds a delivery of this file to the ranges that have the file and begin at one of `begins`.
    pub(crate) fn add(&mut self, file: u32, begins: &Range, one: Sum) {
        if *begins.start() == 0 {
            self.all.add(one);
        }
        let file = file as usize;
        let (earliest, last) = (self.ranges.earliest(file), *begins.end() as usize);
        let column = &mut self.steps[file * self.ranges.longest..];
        if last < earliest {
            return;
        }
        let first = (*begins.start() as usize).max(earliest);
        column[first - earliest].add(one);
        if last < file {
            column[last + 1 - earliest].subtract(one);
        }
    }

    /// Each range with its sum.
    pub(crate) fn of_each(mut self) -> Vec<(Range, Sum)> {
        let Ranges { files, longest } = self.ranges;
        for column in self.steps.chunks_exact_mut(longest) {
            let mut sum = Sum::default();
            for step in column {
                sum.add(*step);
                *step = sum;
            }
        }
        let mut sums = Vec::new();
        for first in 0..files {
            let mut sum = Sum::default();
            for last in first..files.min(first + longest) {
                sum.add(self.steps[last * longest + first - self.ranges.earliest(last)]);
                sums.push((first as u32..=last as u32, sum));
            }
        }
        if longest < files {
            sums.push((0..=files as u32 - 1, self.all));
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_that_each_range_has_by_itself() {
        // A file, and the files at which the ranges begin that take a delivery of it.
        let deliveries = [
            (0, 0..=0),
            (1, 0..=1),
            (1, 1..=1),
            (2, 0..=0),
            (3, 2..=3),
            (4, 0..=2),
            (4, 0..=4),
        ];
        for (sums, longest) in [(1, 5), (MOST_SUMS / 10, 2), (MOST_SUMS, 1)] {
            let ranges = Ranges::of(5, sums);
            let mut all = Sums::of(ranges);
            for (place, (file, begins)) in (0..).zip(&deliveries) {
                all.add(*file, begins, Sum::of(place));
            }
            let found = all.of_each();
            let length = |range: &Range| range.end() - range.start() + 1;
            let short = found.iter().filter(|(it, _)| length(it) <= longest);
            assert_eq!(short.count(), [5, 9, 12, 14, 15][longest as usize - 1]);
            assert_eq!(found.iter().filter(|(it, _)| *it == (0..=4)).count(), 1);
            for (range, sum) in found {
                let mut expected = Sum::default();
                for (place, (file, begins)) in (0_u64..).zip(&deliveries) {
                    if range.contains(file) && begins.contains(range.start()) {
                        expected.add(Sum::of(place));
                    }
                }
                assert_eq!(sum, expected, "{range:?}");
            }
        }
    }
}
