//! Imports of a server: how many run at once, and their bound of time.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use parking_lot::Mutex;
use seatwise_store::Store;
use seatwise_store::import::{ImportError, ImportOptions, Input, Progress, Receipt, import};
use seatwise_types::extensions::ImportWay;
use seatwise_types::{ErrorCode, PartnerId};
use tokio::time::timeout;

use crate::gate::{Gate, Permit, Room};
use crate::metrics::ImportLabels;
use crate::plumbing::error::ApiError;
use crate::plumbing::limits::Limits;

/// Seconds after which a client can try again if too many bodies arrive or wait.
const COME_AGAIN: u32 = 5;

/// The most bodies that arrive or wait, for each import that can run.
const WAITING: usize = 3;

/// The most partners whose bodies can arrive at once, so that a few slow clients do not block
/// others. Each body is a temporary file of at most the largest body size.
const PARTNERS: usize = 16;

/// The shared state of imports.
pub(crate) struct Imports {
    pub(crate) store: Store,
    gate: Gate,
    /// The running imports that have a key.
    running: Arc<Mutex<HashSet<Running>>>,
}

/// The partner and key of an import.
type Running = (PartnerId, String);

impl Imports {
    pub(crate) fn new(store: Store, limits: &Limits) -> Self {
        let room = Room {
            at_once: limits.imports,
            of_partner: limits.imports_per_partner.min(limits.imports),
            waiting: WAITING,
            partners: PARTNERS,
        };
        Self {
            store,
            gate: Gate::new(room),
            running: Arc::default(),
        }
    }

    /// A place among the imports: 503 if too many bodies arrive or wait already.
    pub(crate) fn enter(&self, partner: PartnerId) -> Result<Permit, ApiError> {
        let place = self.gate.enter(partner);
        place.map_err(|_| {
            let description = "too many imports are in progress: try again later";
            ApiError::busy(description, COME_AGAIN)
        })
    }

    /// Rejects other imports with this key until the returned claim is dropped.
    pub(crate) fn claim(&self, partner: PartnerId, key: String) -> Result<Claim, ApiError> {
        let import = (partner, key);
        if !self.running.lock().insert(import.clone()) {
            let description = "an import with this `Idempotency-Key` is running: try again later";
            let conflict = ApiError::new(ErrorCode::InvalidInput, description);
            return Err(conflict.with_status(StatusCode::CONFLICT));
        }
        Ok(Claim {
            import,
            running: Arc::clone(&self.running),
        })
    }
}

/// Exists while an import with a key is running.
pub(crate) struct Claim {
    /// The partner and key of the import.
    pub(crate) import: Running,
    running: Arc<Mutex<HashSet<Running>>>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.running.lock().remove(&self.import);
    }
}

/// Imports with a time limit for reading. After all rows are read, it no longer applies.
pub(crate) async fn import_within(
    longest: Duration,
    store: &Store,
    options: &ImportOptions,
    input: Input,
    now: Timestamp,
) -> Result<Receipt, ImportError> {
    let progress = Arc::new(Progress::default());
    let importing = import(store, options, vec![input], now, Arc::clone(&progress));
    let mut importing = pin!(importing);
    match timeout(longest, &mut importing).await {
        Ok(imported) => imported,
        Err(_) => {
            progress.stop();
            importing.await
        }
    }
}

/// The metric labels of an import.
pub(crate) fn labels(way: ImportWay, imported: &Result<Receipt, ImportError>) -> ImportLabels {
    let outcome = match imported {
        Ok(receipt) if receipt.dry_run => "checked",
        Ok(_) => "stored",
        Err(err) if err.is_of_input() => "rejected",
        Err(_) => "failed",
    };
    let way = way.as_str();
    ImportLabels { way, outcome }
}
