//! What a verification found.

use serde::Serialize;

use crate::table::data_file::DataFile;
use crate::table::log::LogName;
use crate::upkeep::remedy::Remedy;

/// The number of findings of one table that are listed.
const MOST_FINDINGS: usize = 100;

/// The result of verifying a whole table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// The verified version; 0 if the log is too damaged to read one.
    pub version: u64,
    /// Live data files.
    pub files: u64,
    /// Deliveries, including restated ones.
    pub deliveries: u64,
    /// Rows, including those of restated deliveries.
    pub rows: u64,
    /// Data files that no version names. A stopped import leaves them; they do no harm, and
    /// compaction removes them after a day.
    pub unnamed_files: u64,
    /// Their size in bytes.
    pub unnamed_bytes: u64,
    /// The first hundred findings; empty if the table is intact.
    pub findings: Vec<Finding>,
    /// The number of all findings.
    pub damages: u64,
}

/// A detected problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The file, relative to the folder of the table; for a list of checksums or a ledger, to the
    /// data folder.
    pub file: String,
    /// The number of the delivery; `None` if it is about the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<i64>,
    /// What is wrong with it.
    pub problem: String,
    /// The remedy.
    pub remedy: Remedy,
}

impl Finding {
    pub(crate) fn of_file(file: &str, problem: impl Into<String>, remedy: Remedy) -> Self {
        Self {
            file: file.to_owned(),
            delivery: None,
            problem: problem.into(),
            remedy,
        }
    }

    pub(crate) fn of_log(name: LogName, problem: String) -> Self {
        Self::of_file(&format!("_delta_log/{name}"), problem, Remedy::Restore)
    }
}

impl Verified {
    /// Adds a finding about a file with the correct checksum, whose deliveries an import therefore
    /// regards as existing.
    pub(crate) fn damage(&mut self, file: &DataFile, delivery: Option<i64>, problem: String) {
        self.found(Finding {
            delivery,
            ..Finding::of_file(&file.name, problem, Remedy::Restore)
        });
    }

    pub(crate) fn found(&mut self, finding: Finding) {
        self.damages += 1;
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        }
    }
}
