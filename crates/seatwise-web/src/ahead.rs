//! Prepares pages in the background: after each commit, for partners with a visit in the last 30 minutes.

use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::bail;
use moka::future::Cache;
use seatwise_types::PartnerId;
use seatwise_types::extensions::Axes;

use crate::Web;
use crate::model::Model;

/// The time between two checks for commits.
const EVERY: Duration = Duration::from_secs(2);
/// The time between a failure and the next check.
const AFTER_A_FAILURE: Duration = Duration::from_mins(1);
/// How long pages are prepared after the last visit.
const LATELY: Duration = Duration::from_mins(30);
/// The largest number of partners to prepare pages for.
const MOST: u64 = 16;

/// The partners with a recent visit.
pub(crate) struct Visits(Cache<PartnerId, ()>);

impl Default for Visits {
    fn default() -> Self {
        let visits = Cache::builder().max_capacity(MOST).time_to_live(LATELY);
        Self(visits.build())
    }
}

impl Visits {
    /// Records a visit to a page of this partner.
    pub(crate) async fn note(&self, partner: PartnerId) {
        self.0.insert(partner, ()).await;
    }
}

/// Starts the background task. It runs as long as the server.
pub(crate) fn start(web: &Arc<Web>) {
    let (duties, web) = (web.app.duties(), Arc::downgrade(web));
    tokio::spawn(async move {
        let round = || round(Weak::clone(&web));
        match duties
            .keep_on("preparing pages", AFTER_A_FAILURE, round)
            .await {}
    });
}

/// Makes the portfolio again if its data has changed; most pages show parts of it. Also drops expired models,
/// because without requests nothing else does.
async fn round(web: Weak<Web>) -> anyhow::Result<Duration> {
    let Some(web) = web.upgrade() else {
        return Ok(AFTER_A_FAILURE);
    };
    web.kept.tidy().await;
    for (partner, ()) in &web.visits.0 {
        let now = Model::open(&web, *partner, Axes::default());
        let made = async { now.await?.portfolio().await };
        if let Err(err) = Box::pin(made).await
            && !err.is_busy()
        {
            bail!("cannot prepare pages: {}", err.description());
        }
    }
    Ok(EVERY)
}
