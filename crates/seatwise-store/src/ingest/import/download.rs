//! The supported downloads of Partner Center's Insights.

/// A download of Partner Center's Insights that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// Office 365 license usage: active users of paid units, by workload.
    OfficeUsage,
    /// Dynamics 365 license usage: active and assigned seats of available seats, by SKU and
    /// subscription.
    DynamicsUsage,
}

impl Report {
    /// The supported downloads.
    pub const ALL: [Self; 2] = [Self::OfficeUsage, Self::DynamicsUsage];

    /// The name of the download: `OfficeUsage` or `DynamicsUsage`.
    pub fn name(self) -> &'static str {
        match self {
            Self::OfficeUsage => "OfficeUsage",
            Self::DynamicsUsage => "DynamicsUsage",
        }
    }
}
