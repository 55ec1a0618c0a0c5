//! Which workload a row is about.

use std::collections::BTreeMap;

/// What a workload is known by: its code, or its name where no source has a code for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Workload<'a> {
    Code(&'a str),
    Name(&'a str),
}

/// The codes of workloads by their names, among the rows that count.
///
/// A code is the key, and names are what it was called. Sources without codes name the workload
/// only; it is the one that has this name elsewhere in the same service and channel.
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
                // Two codes with one name: the sources disagree; any fixed choice will do.
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
