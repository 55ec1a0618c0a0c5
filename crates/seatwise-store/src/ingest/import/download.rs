//! The downloads of Partner Center's Insights that are read.

/// A download of Partner Center's Insights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// Office 365 license usage: active users of the units that were paid for, by workload.
    OfficeUsage,
    /// Dynamics 365 license usage: active and assigned seats of those available, by SKU and
    /// subscription.
    DynamicsUsage,
}

impl Report {
    /// The downloads that are read.
    pub const ALL: [Self; 2] = [Self::OfficeUsage, Self::DynamicsUsage];

    /// The name that the download has: `OfficeUsage` or `DynamicsUsage`.
    pub fn name(self) -> &'static str {
        match self {
            Self::OfficeUsage => "OfficeUsage",
            Self::DynamicsUsage => "DynamicsUsage",
        }
    }
}
