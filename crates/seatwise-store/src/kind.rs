//! The two kinds of licence facts.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which licence facts: of use (resource E) or of deployment (resource F).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Seats qualified for a workload, and those of them used in the last 28 days.
    Usage,
    /// Seats sold, and those of them assigned to a user.
    Deployment,
}

impl Kind {
    /// Both kinds, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Usage, Self::Deployment];

    /// The name of the table and of its folder: `usage` or `deployment`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Deployment => "deployment",
        }
    }

    /// The columns of the two counts: the part, then the whole.
    pub(crate) fn counts(self) -> [&'static str; 2] {
        match self {
            Self::Usage => ["licenses_active", "licenses_qualified"],
            Self::Deployment => ["licenses_deployed", "licenses_sold"],
        }
    }

    /// Whether its rows say which workload they are about.
    pub(crate) fn has_workload(self) -> bool {
        self == Self::Usage
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
