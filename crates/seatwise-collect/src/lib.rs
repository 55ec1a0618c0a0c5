//! From Partner Center into the store: who the customers are, then their rows, politely, and from
//! wherever it was stopped.
//!
//! [`collect()`] asks for all customers, then for usage and deployment: as rows of all customers where
//! the source has them, else customer by customer. Each answer is on the disk before the next request
//! is counted on, so a collection that was stopped goes on where it was. What was gathered goes through
//! the store's own import; nothing is stored in another way. Every attempt is recorded as a [`Run`],
//! which [`runs`] tells.
//!
//! What is not here: requests and their pace (`seatwise-client`), checks and deliveries
//! (`seatwise-store`), sign-in, schedules and output (the binary).

mod collect;
mod empty;
mod error;
mod folder;
mod gather;
mod journal;
mod line;
mod progress;
mod records;
mod run;
mod source;

pub use collect::{Clock, Settings, collect, commercial_route};
pub use error::{CollectError, full_message};
pub use progress::Progress;
pub use records::{last_collection, past_collections, runs};
pub use run::{Deliveries, Gap, Run};
pub use seatwise_types::own::Outcome;
pub use source::Way;
