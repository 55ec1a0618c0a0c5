//! Queries that need work: the limit on running ones, and the error if memory is short.

use std::time::Duration;

use anyhow::anyhow;
use http::StatusCode;
use seatwise_store::StoreError;
use seatwise_types::{ErrorCode, PartnerId};

use crate::gate::{Gate, Room, Turn};
use crate::plumbing::error::ApiError;
use crate::plumbing::limits::Limits;

/// The most waiting queries, for each that can run.
const WAITING: usize = 4;

/// The number of partners that can use all their places at the same time.
const PARTNERS: usize = 4;

/// Seconds after which a client can try again.
const COME_AGAIN: u32 = 5;

/// The limits on queries.
pub(crate) struct Questions {
    gate: Gate,
    longest_wait: Duration,
    memory: u64,
}

impl Questions {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            gate: Gate::new(Room {
                at_once: limits.questions,
                of_partner: limits.questions_per_partner.min(limits.questions),
                waiting: WAITING,
                partners: PARTNERS,
            }),
            longest_wait: limits.question_wait,
            memory: limits.memory,
        }
    }

    /// Waits for a turn to run a query: 503 if too many wait already, or the wait is too long.
    /// While you hold a turn, do not wait for another one: two such holders could deadlock.
    pub(crate) async fn turn(&self, partner: PartnerId) -> Result<Turn, ApiError> {
        let busy = |_| {
            let description = "too many queries are running: try again later";
            ApiError::busy(description, COME_AGAIN)
        };
        let place = self.gate.enter(partner).map_err(busy)?;
        place.turn_within(self.longest_wait).await.map_err(busy)
    }

    /// The error if the store fails to answer. `what` describes the failed work, and `is_kept` says
    /// whether rows were cached for later queries.
    ///
    /// If memory is short, the query is rejected if it had all the memory. Otherwise the client can
    /// try again.
    pub(crate) fn failed(&self, err: StoreError, what: &'static str, is_kept: bool) -> ApiError {
        let memory = self.memory >> 20;
        match err {
            StoreError::Memory { .. } if self.gate.at_work() <= 1 && !is_kept => ApiError::new(
                ErrorCode::InvalidProperty,
                format!(
                    "this query needs more than the {memory} MiB of memory for queries: request less, \
                     such as fewer days, one customer, or one service and channel"
                ),
            ),
            StoreError::Memory { .. } => ApiError::busy(
                format!(
                    "not enough of the {memory} MiB of memory for queries is free: try again later, \
                     or request less"
                ),
                COME_AGAIN,
            ),
            err => {
                let cause = anyhow!(err).context(what);
                ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause)
            }
        }
    }
}
