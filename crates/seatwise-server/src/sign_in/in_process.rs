//! Requests from this process, which need no token.

use seatwise_types::PartnerId;

/// The partner of a request from this process. It is a request extension, which no connection can
/// set.
#[derive(Clone, Copy)]
pub(crate) struct InProcess(pub(crate) PartnerId);
