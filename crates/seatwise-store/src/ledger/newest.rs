//! Each customer's newest delivery.

/// The newest delivery of a customer in one service and channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Newest {
    /// The day of the customer's first delivery there, in days since 1970.
    pub(super) first: i32,
    pub(super) day: i32,
    /// The number of the version that counts.
    pub(super) delivery: i64,
    /// Whether it has other versions.
    pub(super) is_restated: bool,
    /// The day of the previous delivery, and the number of the version that counts; `None` if there
    /// is no previous one.
    pub(super) before: Option<(i32, i64)>,
}
