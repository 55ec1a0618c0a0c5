//! Rows that passed every check.

use std::collections::HashMap;
use std::path::Path;

use foldhash::fast::RandomState;

use crate::ingest::bounds::Areas;
use crate::ingest::domains_in_rows::DomainsInRows;
use crate::ingest::staging::Staging;
use crate::model::columns::canonical;
use crate::model::fact::DeliveryKey;
use crate::model::kind::Kind;
use crate::model::texts::Texts;

/// Rows that passed every check, ready to record.
pub(crate) struct Checked {
    pub(crate) kind: Kind,
    pub(crate) staging: Staging,
    pub(crate) texts: Texts,
    /// The deliveries of files that have a bad row and are left out, with the line of that row.
    pub(crate) rejected: HashMap<DeliveryKey, u64, RandomState>,
    /// The role of each file, by number.
    pub(crate) roles: Vec<Role>,
    /// The number of deliveries to record.
    pub(crate) good: u64,
    /// The areas of their units.
    pub(crate) areas: Areas,
    /// The domains of customers in the rows.
    pub(crate) domains: DomainsInRows,
    /// For complete files, if the missing customers were determined without an unreadable file:
    /// what is wrong with that file. The deliveries without rows then only serve to restore files.
    pub(crate) completed_without: Option<String>,
}

impl Checked {
    /// The role of a file. An unknown file counts as a part, so that a bad row in it leaves the
    /// whole delivery out.
    pub(crate) fn role(&self, file: u32) -> Role {
        self.roles.get(file as usize).copied().unwrap_or(Role::Part)
    }
}

/// The role of a file towards previous files with rows of the same units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Its rows belong to the same deliveries.
    Part,
    /// Its deliveries replace previous ones.
    Version,
}

/// An empty set of checked rows.
pub(crate) fn nothing_checked(kind: Kind, folder: &Path, rows_in_memory: usize) -> Checked {
    Checked {
        kind,
        staging: Staging::new(folder, rows_in_memory),
        texts: Texts::new(canonical()),
        rejected: Default::default(),
        roles: Vec::new(),
        good: 0,
        areas: Areas::default(),
        domains: Default::default(),
        completed_without: None,
    }
}
