//! Several files of one import that have rows of the same deliveries: parts of them, or versions.

use std::io;

use super::options::Files;
use crate::ingest::checked::{Checked, Role};
use crate::ingest::subject::{Subject, Subjects};
use crate::model::fact::{DeliveryKey, Fact, Unit};
use crate::model::kind::Kind;
use crate::model::limits::LARGEST_DELIVERY;

/// Two files of which nothing says whether they are parts or versions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unclear {
    /// The later file.
    pub(super) file: u32,
    /// The one before it that has rows of the same delivery.
    pub(super) before: u32,
    /// That delivery.
    pub(super) unit: Unit,
    pub(super) why: &'static str,
}

/// What the later rows of a unit are to those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// They name other products or workloads.
    Other,
    /// They name the same products and workloads.
    Same,
    /// Neither.
    Mixed,
}

/// Finds out what each file is to those before it; a file that shares no unit has any role.
///
/// A file is a part if in each unit that it shares its rows name other products or workloads than the
/// rows before, and a version if they name the same. To be called when all rows are sorted.
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
    // The rows of the unit as the files before have them, and the last of these files.
    let mut known: Vec<Fact> = Vec::new();
    let mut before: Option<DeliveryKey> = None;
    while let Some(key) = sorted.next(&mut rows)? {
        // Where rows were left out, the others do not tell.
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
        // One says that there is nothing: no part of what the other has.
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

/// Rows of months stand for subscriptions of a product: other ones are no version of it.
fn subscriptions(rows: &[Fact], kind: Kind) -> Vec<(u32, u32)> {
    let of_months = rows.iter().filter(|_| kind.is_of_months());
    let mut found: Vec<(u32, u32)> = of_months.map(|row| (row.text[3], row.text[4])).collect();
    found.sort_unstable();
    found.dedup();
    found
}
