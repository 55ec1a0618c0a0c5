//! Which files of a table a question can see.

use jiff::civil::Date;
use seatwise_types::extensions::Selection;

use crate::model::axes::{Axes, whole_millisecond};
use crate::model::selection::selects;
use crate::table::customer_range::CustomerRange;
use crate::table::delta::{DataFile, Table};

impl Axes {
    /// Whether rows of a file may be visible.
    pub(crate) fn may_see(&self, file: &DataFile) -> bool {
        let min = &file.stats.min_values;
        self.as_of.is_none_or(|as_of| min.processed_date <= as_of)
            && self.knows(whole_millisecond(min.recorded_at))
    }

    /// The files of a table that may have visible rows, from a day on, of the selected service and
    /// channel.
    pub(crate) fn files_from<'a>(
        &self,
        first: Date,
        table: &'a Table,
        selection: &Selection,
    ) -> Vec<&'a DataFile> {
        let customer = selection.customer.map(|id| CustomerRange::of([id]));
        let may_hold = |file: &&DataFile| {
            let single = file.stats.single();
            single.is_none_or(|feed| selects(selection, feed))
                && customer.as_ref().is_none_or(|it| it.may_be_in(file))
                && self.may_see(file)
                && file.stats.max_values.processed_date >= first
        };
        table.files.iter().filter(may_hold).collect()
    }

    /// A day that is certainly visible in a file, as late as its statistics allow.
    pub(crate) fn must_see(&self, file: &DataFile) -> Option<Date> {
        let (min, max) = (&file.stats.min_values, &file.stats.max_values);
        if !self.knows(whole_millisecond(max.recorded_at)) {
            return None;
        }
        let days = [max.processed_date, min.processed_date];
        let sees = |day: &Date| self.as_of.is_none_or(|as_of| *day <= as_of);
        days.into_iter().find(sees)
    }
}
