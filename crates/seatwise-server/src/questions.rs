//! Questions that take work: how many are worked out at once, and the error where there is not enough
//! memory for one.

use std::time::Duration;

use anyhow::anyhow;
use http::StatusCode;
use seatwise_store::StoreError;
use seatwise_types::{ErrorCode, PartnerId};

use crate::error::ApiError;
use crate::gate::{Gate, Room, Turn};
use crate::limits::Limits;

/// For each question that is worked out, how many may wait.
const WAITING: usize = 4;

/// So many partners may have all their questions waiting.
const PARTNERS: usize = 4;

/// Seconds after which it is worth asking again.
const COME_AGAIN: u32 = 5;

/// The questions of a server.
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

    /// Waits for the turn of a partner's question: 503 if too many wait already, or for too long.
    /// While it is held, no other turn may be waited for: two that do so could wait for each other.
    pub(crate) async fn turn(&self, partner: PartnerId) -> Result<Turn, ApiError> {
        let busy = |_| {
            let description = "too many questions are being worked out: ask again later";
            ApiError::busy(description, COME_AGAIN)
        };
        let place = self.gate.enter(partner).map_err(busy)?;
        place.turn_within(self.longest_wait).await.map_err(busy)
    }

    /// The error where the store did not answer a question. `what` is what could not be done, and
    /// `is_kept` whether rows were kept in memory for later questions.
    ///
    /// Without enough memory the question is refused if it had all of it: it needs too much. Otherwise
    /// it may be asked again.
    pub(crate) fn failed(&self, err: StoreError, what: &'static str, is_kept: bool) -> ApiError {
        let memory = self.memory >> 20;
        match err {
            StoreError::Memory { .. } if self.gate.at_work() <= 1 && !is_kept => ApiError::new(
                ErrorCode::InvalidProperty,
                format!(
                    "this question needs more than the {memory} MiB of memory that questions may \
                     take: ask for less, such as fewer days, one customer, or one service and \
                     channel"
                ),
            ),
            StoreError::Memory { .. } => ApiError::busy(
                format!(
                    "not enough of the {memory} MiB of memory for questions is free: ask again \
                     later, or for less"
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
