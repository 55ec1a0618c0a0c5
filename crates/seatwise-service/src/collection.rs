//! One collection: what to collect, from where, and with what.

use std::time::Duration;

use seatwise_client::{Pace, PartnerOperations, RetryPolicy};
use seatwise_collect::{Clock, CollectError, Progress, Run, Settings, Way, commercial_route};
use seatwise_store::Store;
use seatwise_types::PartnerId;

use crate::{Result, SignedIn};

/// Attempts of each call. A collection is long, so more calls fail for a moment.
const ATTEMPTS: u32 = 6;

/// The longest wait that the source can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// How requests to the source are made.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// How to request rows; `None` uses the way that works.
    pub way: Option<Way>,
    /// The most requests per minute; fewer if the source throttles them. 0 counts as 1.
    pub requests_per_minute: u32,
    /// The most requests in flight. 0 counts as 1.
    pub in_flight: usize,
}

/// What to collect, from where, and with what.
#[derive(Clone, Debug)]
pub struct Collection {
    /// Where the rows are stored.
    pub store: Store,
    /// The source.
    pub client: PartnerOperations,
    /// What is collected.
    pub settings: Settings,
}

impl Collection {
    /// Prepares a collection. Sends no request to the source.
    ///
    /// # Errors
    ///
    /// If the sign-in does not name a partner or names another one than `partner`, if the client's
    /// settings are invalid, or if what is known about the source cannot be read.
    pub fn prepare(
        store: Store,
        signed_in: SignedIn,
        partner: Option<PartnerId>,
        manner: Manner,
    ) -> Result<Self> {
        let partner = signed_in.partner(partner)?;
        let settings = Settings {
            way: manner.way,
            in_flight: manner.in_flight,
            ..Settings::new(partner, signed_in.url)
        };
        let mut client = signed_in
            .client
            .pace(Pace {
                per_minute: manner.requests_per_minute,
                in_flight: manner.in_flight,
            })
            .retry(RetryPolicy {
                attempts: ATTEMPTS,
                longest_wait: LONGEST_WAIT,
                ..RetryPolicy::default()
            });
        if let Some(route) = commercial_route(&store, partner, &settings.source)? {
            client = client.commercial_route(route);
        }
        Ok(Self {
            client: client.build()?,
            store,
            settings,
        })
    }

    /// Runs the collection to its end.
    ///
    /// # Errors
    ///
    /// As [`collect`](seatwise_collect::collect).
    pub async fn run(&self, clock: &Clock, progress: &Progress) -> Result<Run, CollectError> {
        let Self {
            store,
            client,
            settings,
        } = self;
        seatwise_collect::collect(store, client, settings, clock, progress).await
    }
}
