//! One numbering of the workloads of usage.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::query::snapshot::Snapshot;
use crate::query::workload::{Workload, Workloads};

/// The workload's number of each group of texts.
pub(super) struct WorkloadNumbers(Vec<u32>);

impl WorkloadNumbers {
    pub(super) fn of(usage: &Snapshot) -> Self {
        let counting = usage.deliveries().filter(|it| !it.is_late());
        let used = usage.groups_of(counting.flat_map(|it| it.rows()));
        let workloads = Workloads::of(used.into_iter().map(|group| usage.naming(group)));
        let mut numbers: HashMap<Workload<'_>, u32, RandomState> = HashMap::default();
        let groups = (0..usage.groups() as u32).map(|group| {
            let next = numbers.len() as u32;
            let workload = workloads.workload(usage.naming(group));
            *numbers.entry(workload).or_insert(next)
        });
        Self(groups.collect())
    }

    pub(super) fn number(&self, group: u32) -> u32 {
        self.0[group as usize]
    }
}
