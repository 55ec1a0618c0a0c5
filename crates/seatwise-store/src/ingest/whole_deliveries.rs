//! Whole deliveries: rows of one unit in several files are one delivery if the files are parts, and
//! one delivery each if they are versions.

use std::collections::HashMap;
use std::io;

use crate::ingest::checked::{Checked, Role};
use crate::ingest::staging::Sorted;
use crate::model::fact::{DeliveryKey, Fact, RowPlace, Unit};
use crate::model::limits::LARGEST_DELIVERY;

/// A delivery, without its rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ImportedDelivery {
    pub(crate) unit: Unit,
    /// The number of the file in which it begins.
    pub(crate) file: u32,
    /// The number of files with its rows.
    pub(crate) files: u32,
    /// The place of a bad row, because of which it is left out.
    pub(crate) bad: Option<RowPlace>,
}

/// The deliveries of an import in the order of [`Staging`](crate::ingest::staging::Staging);
/// versions of a unit are consecutive.
pub(crate) struct Deliveries<'a> {
    checked: &'a Checked,
    /// The places of bad rows, including those in files without a good row of the unit.
    bad: HashMap<Unit, Vec<RowPlace>>,
    sorted: Sorted<'a>,
    /// The key and the rows of the next file that were not returned yet.
    next: Option<DeliveryKey>,
    next_rows: Vec<Fact>,
}

impl<'a> Deliveries<'a> {
    pub(crate) fn of(checked: &'a Checked) -> io::Result<Self> {
        let mut sorted = checked.staging.sorted()?;
        let mut next_rows = Vec::new();
        let next = sorted.next(&mut next_rows)?;
        let mut bad: HashMap<Unit, Vec<RowPlace>> = HashMap::new();
        for (DeliveryKey { unit, file }, line) in &checked.rejected {
            let place = RowPlace {
                file: *file,
                line: *line,
            };
            bad.entry(*unit).or_default().push(place);
        }
        Ok(Self {
            checked,
            bad,
            sorted,
            next,
            next_rows,
        })
    }

    /// The unit of the next delivery; `None` at the end.
    pub(crate) fn next_unit(&self) -> Option<Unit> {
        self.next.map(|key| key.unit)
    }

    /// Returns the next delivery and appends its rows to `rows`, not many more than [a delivery may
    /// have](LARGEST_DELIVERY); `None` at the end.
    pub(crate) fn next(&mut self, rows: &mut Vec<Fact>) -> io::Result<Option<ImportedDelivery>> {
        let Some(first) = self.next else {
            return Ok(None);
        };
        let mut delivery = ImportedDelivery {
            unit: first.unit,
            file: first.file,
            files: 0,
            bad: None,
        };
        let start = rows.len();
        while let Some(key) = self.next {
            let is_more = key.unit == first.unit && self.checked.role(key.file) == Role::Part;
            if delivery.files > 0 && !is_more {
                break;
            }
            delivery.files += 1;
            let room = (LARGEST_DELIVERY + 1).saturating_sub(rows.len() - start);
            rows.extend(self.next_rows.iter().take(room));
            self.next = self.sorted.next(&mut self.next_rows)?;
        }
        delivery.bad = self.first_bad(first);
        Ok(Some(delivery))
    }

    /// The first bad row of the delivery that begins with `first`, after all its good rows were
    /// returned.
    fn first_bad(&self, first: DeliveryKey) -> Option<RowPlace> {
        let role = |file| self.checked.role(file);
        let next_version = self.next.filter(|next| next.unit == first.unit);
        let end = next_version.map_or(u32::MAX, |next| next.file);
        let is_of_it = |place: &&RowPlace| match place.file {
            file if file == first.file => true,
            // For a part, earlier files belong to it too: all their rows are bad.
            file if file < first.file => role(first.file) == Role::Part,
            file => file < end && role(file) == Role::Part,
        };
        let places = self.bad.get(&first.unit)?;
        places.iter().filter(is_of_it).min().copied()
    }
}
