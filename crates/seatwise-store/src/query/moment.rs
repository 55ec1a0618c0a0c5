//! Which rows of a table count.

use jiff::civil::Date;

use crate::model::axes::Axes;

/// Which rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// Those of each customer's newest delivery of each service and channel, at a point on the axes
    /// of time.
    At(Axes),
    /// Those of the deliveries with this processed date, in UTC.
    Day(Date),
}

impl Moment {
    /// The present.
    pub const NEWEST: Self = Self::At(Axes {
        as_of: None,
        known_at: None,
    });
}
