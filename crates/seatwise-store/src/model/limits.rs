//! Limits on sizes and on times.

use jiff::SignedDuration;

/// The largest count that is accepted: one billion seats exceed everything that Microsoft has sold,
/// and sums of nine billion such rows still fit.
pub const LARGEST_COUNT: u32 = 1_000_000_000;

/// How far a processed date may be ahead of the clock: enough for differences of clocks and time
/// zones, but not for a mistyped year.
pub const MOST_AHEAD: SignedDuration = SignedDuration::from_hours(48);

/// The most rows of a delivery: one row for each product and workload of a customer makes a few
/// thousand at most.
pub(crate) const LARGEST_DELIVERY: usize = 100_000;

/// The age in days, compared with the newest delivery of its service and channel, up to which a
/// customer's newest delivery counts. An older one is late.
pub const LATE_AFTER_DAYS: u16 = 35;

/// The bits for the number of a delivery in a sort key: up to 2^41 deliveries. The other bits hold
/// the day.
pub(crate) const DELIVERY_BITS: u32 = 41;
