//! Work on all tables of a data folder, one after the other. A failure of one does not stop the
//! others.

use jiff::SignedDuration;
use seatwise_server::Clock;
use seatwise_store::{Compacted, Erase, Erased, Kind, Store, StoreError};
use seatwise_types::PartnerId;

/// The name of the customers' domains in receipts, beside the tables' names.
pub const DOMAINS: &str = "domains";

/// The name of the price files and policies of idle seats in receipts.
pub const IDLE: &str = "prices and policy";

/// The result of compacting one table.
#[derive(Debug)]
pub struct CompactedTable {
    /// The partner of the table.
    pub partner: PartnerId,
    /// The kind of the table.
    pub kind: Kind,
    /// What was done.
    pub result: Result<Compacted, StoreError>,
}

/// The result of erasing from one table or other store.
#[derive(Debug)]
pub struct ErasedTable {
    /// The kind of the table, [`DOMAINS`] or [`IDLE`].
    pub kind: &'static str,
    /// What was erased.
    pub result: Result<Erased, StoreError>,
}

/// Compacts the tables of these partners. Keeps versions that were replaced less than `keep` ago
/// readable. Tables that do not exist are left out.
pub async fn compact(
    store: &Store,
    partners: Vec<PartnerId>,
    keep: SignedDuration,
    clock: &Clock,
) -> Vec<CompactedTable> {
    let mut all = Vec::new();
    for partner in partners {
        for kind in Kind::ALL {
            let compacted = store.compact(partner, kind, keep, clock()).await;
            all.extend(compacted.transpose().map(|result| CompactedTable {
                partner,
                kind,
                result,
            }));
        }
    }
    all
}

/// Erases from all stores of a partner, or with `dry_run` counts only. Stores that do not exist are
/// left out.
pub async fn erase(
    store: &Store,
    partner: PartnerId,
    what: Erase,
    clock: &Clock,
    dry_run: bool,
) -> Vec<ErasedTable> {
    let mut tables = Vec::new();
    let mut note = |kind, erased: Result<Option<Erased>, StoreError>| {
        let erased = erased.transpose();
        tables.extend(erased.map(|result| ErasedTable { kind, result }));
    };
    // First, because the tables have the names by which these files mention a customer.
    let erased = store.erase_from_idle_files(partner, what, clock(), dry_run);
    note(IDLE, erased.await);
    for kind in Kind::ALL {
        let erased = store.erase(partner, kind, what, clock(), dry_run).await;
        note(kind.as_str(), erased);
    }
    // Last, because a domain is still needed if the tables have rows of its customer.
    let erased = store.erase_domains(partner, what, clock(), dry_run);
    note(DOMAINS, erased.await);
    tables
}
