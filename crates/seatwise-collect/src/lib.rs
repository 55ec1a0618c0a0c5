//! Collection from Partner Center into the store, throttled and resumable.
//!
//! [`collect()`] requests all customers, then usage and deployment: as rows of all customers if the
//! source offers them, otherwise customer by customer. Each answer is on the disk before the next
//! request counts, so a stopped collection resumes where it was. Gathered rows go through the
//! store's import and no other way. Every attempt is recorded as a [`Run`], which [`runs`] returns.
//!
//! Other crates have the rest: requests and their pace (`seatwise-client`), checks and deliveries
//! (`seatwise-store`), sign-in and schedules (`seatwise-service`), and output (the binary).

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
mod settings;
mod source;

pub use collect::{collect, commercial_route};
pub use error::{CollectError, full_message};
pub use progress::Progress;
pub use records::{last_collection, past_collections, runs};
pub use run::{Deliveries, Gap, Run};
pub use seatwise_types::extensions::Outcome;
pub use settings::{Clock, Settings};
pub use source::Way;
