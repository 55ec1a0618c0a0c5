//! How large things may be, and how old or new.

use jiff::SignedDuration;

/// No count is larger: a billion seats are more than all that Microsoft has sold, and sums of
/// nine billion such rows still fit.
pub const LARGEST_COUNT: u32 = 1_000_000_000;

/// No processed date lies further ahead of the clock: clocks and time zones differ, but a year that
/// was typed wrong lies further off.
pub const MOST_AHEAD: SignedDuration = SignedDuration::from_hours(48);

/// No delivery has more rows: one row for each product and workload of a customer makes a few
/// thousand at most.
pub(crate) const LARGEST_DELIVERY: usize = 100_000;

/// A customer whose newest delivery is this many days older than the newest of its service and
/// channel still counts; one day more and it is left out.
pub const LATE_AFTER_DAYS: u16 = 35;

/// How far the number of a delivery may count: 2^41, the other bits of a sum hold the day.
pub(crate) const DELIVERY_BITS: u32 = 41;
