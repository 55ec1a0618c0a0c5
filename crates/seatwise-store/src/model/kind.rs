//! The kinds of licence data, each with a separate table.

use std::fmt;

use seatwise_types::extensions::Metric;
use serde::{Deserialize, Serialize};

/// The kind of a table: usage (resource E) or deployment (resource F), or the same for calendar
/// months, which measure something else and are never added to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Seats qualified for a workload, and those of them used in the last 28 days.
    Usage,
    /// Seats sold, and those of them assigned to a user.
    Deployment,
    /// Seats paid for, and those of them used in a month.
    UsageMonth,
    /// Seats available, and those of them assigned to a user in a month.
    DeploymentMonth,
}

impl Kind {
    /// All kinds, in display order.
    pub const ALL: [Self; 4] = [
        Self::Usage,
        Self::Deployment,
        Self::UsageMonth,
        Self::DeploymentMonth,
    ];

    /// The name of the table and of its folder: `usage`, `deployment`, `usage-month` or
    /// `deployment-month`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Deployment => "deployment",
            Self::UsageMonth => "usage-month",
            Self::DeploymentMonth => "deployment-month",
        }
    }

    /// The columns of the two counts: the part, then the whole.
    pub(crate) fn counts(self) -> [&'static str; 2] {
        match self {
            Self::Usage | Self::UsageMonth => ["licenses_active", "licenses_qualified"],
            Self::Deployment | Self::DeploymentMonth => ["licenses_deployed", "licenses_sold"],
        }
    }

    /// Whether its rows have a workload.
    pub(crate) fn has_workload(self) -> bool {
        matches!(self, Self::Usage | Self::UsageMonth)
    }

    /// Whether its rows cover calendar months.
    pub(crate) fn is_of_months(self) -> bool {
        matches!(self, Self::UsageMonth | Self::DeploymentMonth)
    }
}

impl From<Metric> for Kind {
    /// The 28-day figures.
    fn from(metric: Metric) -> Self {
        match metric {
            Metric::Usage => Self::Usage,
            Metric::Deployment => Self::Deployment,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
