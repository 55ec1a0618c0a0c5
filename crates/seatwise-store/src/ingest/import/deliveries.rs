//! Checks of whole deliveries, after the rows of all files are read.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::ops::ControlFlow;

use super::bad_rows::{BadRow, BadRows};
use super::receipt::EXAMPLES;
use crate::ingest::batch::Batches;
use crate::ingest::bounds::Areas;
use crate::ingest::checked::{Checked, Role};
use crate::ingest::contradiction::{Contradiction, add_up, contradiction};
use crate::ingest::whole_deliveries::ImportedDelivery;
use crate::model::fact::{DeliveryKey, Fact, RowPlace};
use crate::model::kind::Kind;

/// The most deliveries that an import leaves out: mostly bad files should be corrected, and the
/// left-out keys take memory.
pub(super) const MOST_REJECTED: usize = 1 << 20;

/// The findings.
#[derive(Default)]
pub(super) struct Found {
    /// Deliveries with rows in several files.
    pub(super) joined: u64,
    /// The numbers of these files.
    pub(super) joined_files: BTreeSet<u32>,
    /// Rows of downloads that repeat another row.
    pub(super) repeated: u64,
    pub(super) bad: BadDeliveries,
}

/// Contradictory deliveries: their number in each file, and the first ones.
#[derive(Default)]
pub(super) struct BadDeliveries {
    count: BTreeMap<u32, u64>,
    /// Ordered by position.
    first: Vec<(RowPlace, BadRow)>,
}

impl BadDeliveries {
    fn add(&mut self, place: RowPlace, row: BadRow) {
        *self.count.entry(place.file).or_default() += 1;
        let at = self.first.partition_point(|(before, _)| *before <= place);
        self.first.insert(at, (place, row));
        self.first.truncate(EXAMPLES);
    }

    /// All of them.
    pub(super) fn all(self) -> BadRows {
        BadRows {
            count: self.count.values().sum(),
            first: self.first.into_iter().map(|(_, row)| row).collect(),
        }
    }

    /// The first file with contradictory deliveries, and those in it.
    pub(super) fn of_first_file(self) -> Option<(u32, BadRows)> {
        let (file, count) = self.count.first_key_value()?;
        let in_file = self.first.into_iter().filter(|(at, _)| at.file == *file);
        let first = in_file.map(|(_, row)| row).collect();
        let count = *count;
        Some((*file, BadRows { first, count }))
    }
}

/// Finds contradictory deliveries, leaves them out if `leaves_out`, counts the others and notes
/// their areas. Call it once, after all rows are sorted and the roles of the files are known.
pub(super) fn look_at(
    checked: &mut Checked,
    leaves_out: bool,
    names: &[String],
    found: &mut Found,
) -> io::Result<()> {
    let (mut good, mut areas, mut rejected) = (0, Areas::default(), Vec::new());
    let batches = Batches::as_read(checked)?;
    batches.for_each(|batch| {
        for (delivery, rows) in batch?.iter() {
            let Some(it) = found.contradiction(checked, &delivery, rows) else {
                good += 1;
                areas.push(&delivery.unit);
                continue;
            };
            let key = DeliveryKey {
                unit: delivery.unit,
                file: it.place.file,
            };
            if leaves_out {
                rejected.push((key, it.place.line));
            }
            found.bad.add(it.place, bad_row(it, names));
            if checked.rejected.len() + rejected.len() > MOST_REJECTED {
                return Ok(ControlFlow::Break(()));
            }
        }
        io::Result::Ok(ControlFlow::Continue(()))
    })?;
    checked.good = good;
    checked.areas = areas;
    checked.rejected.extend(rejected);
    Ok(())
}

impl Found {
    /// The contradiction in a delivery, if there is one. Counts where its rows come from.
    fn contradiction(
        &mut self,
        checked: &Checked,
        delivery: &ImportedDelivery,
        rows: &[Fact],
    ) -> Option<Contradiction> {
        if delivery.files > 1 {
            self.joined += 1;
            let files = rows.iter().map(|row| RowPlace::of(row).file);
            self.joined_files.extend(files);
        }
        if !checked.kind.is_of_months() {
            return contradiction(rows, &checked.texts);
        }
        match add_up(&mut rows.to_vec()) {
            Ok(repeated) => {
                // Rows of a download can be in two tables.
                if checked.kind == Kind::UsageMonth {
                    self.repeated += repeated;
                }
                None
            }
            Err(contradiction) => Some(contradiction),
        }
    }
}

/// The number of deliveries that are left out.
pub(super) fn rejected(checked: &Checked) -> u64 {
    let deliveries: HashSet<_> = checked
        .rejected
        .keys()
        .map(|key| {
            let version = checked.role(key.file) == Role::Version;
            (key.unit, version.then_some(key.file))
        })
        .collect();
    deliveries.len() as u64
}

fn bad_row(found: Contradiction, names: &[String]) -> BadRow {
    let Contradiction {
        place,
        other,
        column,
        value,
        reason,
    } = found;
    let remedy = match other {
        Some(other) => format!("{} {reason}", line(other, place.file, names)),
        None => reason,
    };
    BadRow {
        file: names[place.file as usize].clone(),
        line: place.line,
        column,
        value,
        remedy,
    }
}

/// The name of a line in a message about the file `beside`.
pub(super) fn line(place: RowPlace, beside: u32, names: &[String]) -> String {
    let RowPlace { file, line } = place;
    match file == beside {
        true => format!("line {line}"),
        false => format!("line {line} of `{}`", names[file as usize]),
    }
}
