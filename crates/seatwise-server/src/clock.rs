//! Time and ids as arguments.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

/// Returns the current time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Returns a new random id.
pub type NewId = Arc<dyn Fn() -> Uuid + Send + Sync>;
