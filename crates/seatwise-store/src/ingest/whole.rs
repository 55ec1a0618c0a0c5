//! Whole deliveries: what several files of an import have of one unit is one delivery where the files
//! are parts, and a delivery each where they are versions.

use std::collections::HashMap;
use std::io;

use crate::ingest::checked::{Checked, Role};
use crate::ingest::staging::Sorted;
use crate::model::fact::{DeliveryKey, Fact, Place, Unit};
use crate::model::limits::LARGEST_DELIVERY;

/// A delivery, whose rows stand beside it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    pub(crate) unit: Unit,
    /// The number of the file that it begins in.
    pub(crate) file: u32,
    /// How many files its rows stand in.
    pub(crate) files: u32,
    /// The place of a bad row of it: then it is left out.
    pub(crate) bad: Option<Place>,
}

/// The deliveries of an import in the order of [`Staging`](crate::ingest::staging::Staging); the
/// versions of a unit follow each other.
pub(crate) struct Deliveries<'a> {
    checked: &'a Checked,
    /// The places of bad rows, also of files that have no good row of the unit.
    bad: HashMap<Unit, Vec<Place>>,
    sorted: Sorted<'a>,
    /// The rows of the next file that have not been given yet, with their key.
    next: Option<DeliveryKey>,
    next_rows: Vec<Fact>,
}

impl<'a> Deliveries<'a> {
    pub(crate) fn of(checked: &'a Checked) -> io::Result<Self> {
        let mut sorted = checked.staging.sorted()?;
        let mut next_rows = Vec::new();
        let next = sorted.next(&mut next_rows)?;
        let mut bad: HashMap<Unit, Vec<Place>> = HashMap::new();
        for (DeliveryKey { unit, file }, line) in &checked.rejected {
            let place = Place {
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

    /// The unit of the next delivery; none at the end.
    pub(crate) fn next_unit(&self) -> Option<Unit> {
        self.next.map(|key| key.unit)
    }

    /// Gives the next delivery and adds its rows to `rows`, not many more than
    /// [a delivery may have](LARGEST_DELIVERY); none at the end.
    pub(crate) fn next(&mut self, rows: &mut Vec<Fact>) -> io::Result<Option<Delivery>> {
        let Some(first) = self.next else {
            return Ok(None);
        };
        let mut delivery = Delivery {
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

    /// The first bad row of the delivery that begins with `first`, whose good rows were all given.
    fn first_bad(&self, first: DeliveryKey) -> Option<Place> {
        let role = |file| self.checked.role(file);
        let next_version = self.next.filter(|next| next.unit == first.unit);
        let end = next_version.map_or(u32::MAX, |next| next.file);
        let is_of_it = |place: &&Place| match place.file {
            file if file == first.file => true,
            // Of a part, what comes before belongs to it too: there, all rows are bad.
            file if file < first.file => role(first.file) == Role::Part,
            file => file < end && role(file) == Role::Part,
        };
        let places = self.bad.get(&first.unit)?;
        places.iter().filter(is_of_it).min().copied()
    }
}
