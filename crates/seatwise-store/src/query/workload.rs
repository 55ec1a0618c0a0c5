//! Identification of workloads.

use std::collections::BTreeMap;

/// The identity of a workload: its code, or its name if no source has a code for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Workload<'a> {
    Code(&'a str),
    Name(&'a str),
}

/// The codes of workloads by name, among the rows that count.
///
/// A workload is identified by its code. Some sources have only names; a name stands for the
/// workload that has it elsewhere in the same service and channel.
pub(crate) struct Workloads<'a> {
    codes: BTreeMap<(&'a str, &'a str, &'a str), &'a str>,
}

/// Service, channel, the workload's code if it has one, and its name.
pub(crate) type Naming<'a> = (&'a str, &'a str, Option<&'a str>, &'a str);

impl<'a> Workloads<'a> {
    pub(crate) fn of(rows: impl IntoIterator<Item = Naming<'a>>) -> Self {
        let mut codes = BTreeMap::new();
        for (service, channel, code, name) in rows {
            if let Some(code) = code {
                let known = codes.entry((service, channel, name)).or_insert(code);
                // Sources disagree on the code of a name. Any fixed choice works.
                *known = code.min(*known);
            }
        }
        Self { codes }
    }

    pub(crate) fn workload(&self, (service, channel, code, name): Naming<'a>) -> Workload<'a> {
        let known = || self.codes.get(&(service, channel, name)).copied();
        code.or_else(known)
            .map_or(Workload::Name(name), Workload::Code)
    }
}
