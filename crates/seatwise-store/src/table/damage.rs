//! Failures of the query engine and the Delta library as errors of the store.

use datafusion::common::DataFusionError;
use seatwise_types::PartnerId;

use crate::model::error::{Cause, StoreError, io_kind};
use crate::model::kind::Kind;
use crate::table::storage::{Location, is_unanswered};

/// Whether the query engine ran out of memory, or out of space for temporary files.
fn is_out_of_memory(err: &(dyn std::error::Error + 'static)) -> bool {
    let Some(engine) = err.downcast_ref::<DataFusionError>() else {
        return false;
    };
    // The engine reports the latter as a disk error that names the setting.
    matches!(engine.find_root(), DataFusionError::ResourcesExhausted(_))
        || engine.to_string().contains("max_temp_directory_size")
}

/// Converts a failure of the query engine or the Delta library: a store error stays as it is;
/// causes of memory or disk keep their kind, and so do requests that object storage does not answer;
/// anything else is damage.
pub(crate) fn damaged(
    partner: PartnerId,
    table: Kind,
    action: &'static str,
    at: &Location,
    source: impl Into<Cause>,
) -> StoreError {
    use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let source = match source.into().downcast::<StoreError>() {
        Ok(err) => return *err,
        Err(source) => source,
    };
    if is_out_of_memory(source.as_ref()) {
        return StoreError::Memory { source };
    }
    match io_kind(source.as_ref()) {
        Some(PermissionDenied | QuotaExceeded | ReadOnlyFilesystem | StorageFull) => {
            StoreError::from_cause(action, at, source)
        }
        _ if is_unanswered(source.as_ref()) => StoreError::from_cause(action, at, source),
        _ => StoreError::Damaged {
            partner,
            table,
            action: action.to_owned(),
            source,
        },
    }
}
