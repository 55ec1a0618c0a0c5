//! The relation of several files in one import with rows of the same deliveries: parts or versions.

use std::io;

use super::options::Files;
use crate::ingest::checked::{Checked, Role};
use crate::ingest::subject::{Subject, Subjects};
use crate::model::fact::{DeliveryKey, Fact, Unit};
use crate::model::kind::Kind;
use crate::model::limits::LARGEST_DELIVERY;

/// Two files whose relation is unclear.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unclear {
    /// The later file.
    pub(super) file: u32,
    /// The earlier file with rows of the same delivery.
    pub(super) before: u32,
    /// The delivery.
    pub(super) unit: Unit,
    pub(super) why: &'static str,
}

/// The relation of the later rows of a unit to the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// They have other products or workloads.
    Other,
    /// They have the same products and workloads.
    Same,
    /// Neither.
    Mixed,
}

/// Determines the role of each file; a file that shares no unit can have any role.
///
/// A file is a part if, in each shared unit, its rows have other products or workloads than the
/// earlier rows, and a version if they have the same. Call it after all rows are sorted.
pub(super) fn roles(
    checked: &Checked,
    files: Files,
    count: usize,
) -> io::Result<Result<Vec<Role>, Unclear>> {
    match files {
        Files::Parts => return Ok(Ok(vec![Role::Part; count])),
        Files::Versions => return Ok(Ok(vec![Role::Version; count])),
        Files::Auto if count < 2 => return Ok(Ok(vec![Role::Part; count])),
        Files::Auto => {}
    }
    let mut roles: Vec<Option<Role>> = vec![None; count];
    let mut sorted = checked.staging.sorted()?;
    let mut rows = Vec::new();
    // The rows of the unit in earlier files, and the last of these files.
    let mut known: Vec<Fact> = Vec::new();
    let mut before: Option<DeliveryKey> = None;
    while let Some(key) = sorted.next(&mut rows)? {
        // If rows were left out, the others do not show the relation.
        if checked.rejected.contains_key(&key) {
            before = before.filter(|before| before.unit != key.unit);
            continue;
        }
        let Some(last) = before.replace(key).filter(|last| last.unit == key.unit) else {
            std::mem::swap(&mut known, &mut rows);
            continue;
        };
        let unclear = |why| Unclear {
            file: key.file,
            before: last.file,
            unit: key.unit,
            why,
        };
        let role = match relation(&known, &rows, checked.kind) {
            Relation::Other => Role::Part,
            Relation::Same => Role::Version,
            Relation::Mixed => {
                let why = "some rows name the same product and workload in both, and some do not";
                return Ok(Err(unclear(why)));
            }
        };
        let decided = roles[key.file as usize].get_or_insert(role);
        if *decided != role {
            let why = "of some deliveries the later file names the same products and workloads as \
                       the files before, of others it names other ones";
            return Ok(Err(unclear(why)));
        }
        match role {
            Role::Version => std::mem::swap(&mut known, &mut rows),
            Role::Part if known.len() <= LARGEST_DELIVERY => known.append(&mut rows),
            Role::Part => {}
        }
    }
    let roles = roles.into_iter();
    Ok(Ok(roles.map(|role| role.unwrap_or(Role::Part)).collect()))
}

fn relation(before: &[Fact], after: &[Fact], kind: Kind) -> Relation {
    let is_empty = |rows: &[Fact]| rows.iter().all(Fact::is_empty_delivery);
    match (is_empty(before), is_empty(after)) {
        (true, true) => return Relation::Same,
        (false, false) => {}
        // One is an empty delivery, which is not a part of the other.
        _ => return Relation::Mixed,
    }
    let shared = |rows: &[Fact], others: &[Fact]| {
        let others = Subjects::of(others, kind);
        let shared = rows
            .iter()
            .filter(|row| others.have(Subject::of(row, kind)));
        shared.count()
    };
    let shared_after = shared(after, before);
    if shared_after == 0 {
        return Relation::Other;
    }
    let all = shared_after == after.len() && shared(before, after) == before.len();
    match all && subscriptions(before, kind) == subscriptions(after, kind) {
        true => Relation::Same,
        false => Relation::Mixed,
    }
}

/// The subscriptions in rows of months: rows with other subscriptions are no version.
fn subscriptions(rows: &[Fact], kind: Kind) -> Vec<(u32, u32)> {
    let of_months = rows.iter().filter(|_| kind.is_of_months());
    let mut found: Vec<(u32, u32)> = of_months.map(|row| (row.text[3], row.text[4])).collect();
    found.sort_unstable();
    found.dedup();
    found
}
