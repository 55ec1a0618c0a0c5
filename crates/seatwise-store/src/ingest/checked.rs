//! Rows that passed every check.

use std::collections::HashMap;
use std::path::Path;

use foldhash::fast::RandomState;

use crate::ingest::bounds::Areas;
use crate::ingest::domains::Said;
use crate::ingest::staging::Staging;
use crate::model::columns::canonical;
use crate::model::fact::DeliveryKey;
use crate::model::kind::Kind;
use crate::model::texts::Texts;

/// Rows that passed every check, ready to be recorded.
pub(crate) struct Checked {
    pub(crate) kind: Kind,
    pub(crate) staging: Staging,
    pub(crate) texts: Texts,
    /// What files have of deliveries that hold a bad row, with the line of that row: left out.
    pub(crate) rejected: HashMap<DeliveryKey, u64, RandomState>,
    /// What each file is to those before it, by its number.
    pub(crate) roles: Vec<Role>,
    /// How many deliveries there are to record.
    pub(crate) good: u64,
    /// Where their units are.
    pub(crate) areas: Areas,
    /// What the rows say about the domains of customers.
    pub(crate) domains: Said,
    /// The files have all customers, and deliveries without rows were added by less than what is known:
    /// what is wrong with a file that cannot be read. Such deliveries bring files back, and are for
    /// nothing else.
    pub(crate) completed_without: Option<String>,
}

impl Checked {
    /// What a file is to those before it. One of which nothing is known counts as a part, so that a
    /// bad row in it leaves the whole delivery out.
    pub(crate) fn role(&self, file: u32) -> Role {
        self.roles.get(file as usize).copied().unwrap_or(Role::Part)
    }
}

/// What a file is to those before it that have rows of the same units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Its rows belong to the same deliveries.
    Part,
    /// Its deliveries replace those before.
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
