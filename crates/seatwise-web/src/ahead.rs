//! Pages are made ready before somebody looks: after a commit, for partners whose pages were looked at lately.

use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::bail;
use moka::future::Cache;
use seatwise_types::PartnerId;
use seatwise_types::extensions::Axes;

use crate::Web;
use crate::model::Model;

/// How often it is looked for commits.
const EVERY: Duration = Duration::from_secs(2);
/// How long after a failure it is looked again.
const AFTER_A_FAILURE: Duration = Duration::from_mins(1);
/// How long after the last visit pages are still made ready.
const LATELY: Duration = Duration::from_mins(30);
/// Of how many partners.
const MOST: u64 = 16;

/// The partners whose pages were looked at lately.
pub(crate) struct Visits(Cache<PartnerId, ()>);

impl Default for Visits {
    fn default() -> Self {
        let visits = Cache::builder().max_capacity(MOST).time_to_live(LATELY);
        Self(visits.build())
    }
}

impl Visits {
    /// Notes that a page of a partner is looked at.
    pub(crate) async fn note(&self, partner: PartnerId) {
        self.0.insert(partner, ()).await;
    }
}

/// Makes pages ready as long as the server has them, in a task of its own.
pub(crate) fn start(web: &Arc<Web>) {
    let (duties, web) = (web.app.duties(), Arc::downgrade(web));
    tokio::spawn(async move {
        let round = || round(Weak::clone(&web));
        match duties
            .keep_on("preparing pages", AFTER_A_FAILURE, round)
            .await {}
    });
}

/// Makes what the first page shows, of which other pages show most, where it is of earlier data. Lets models
/// go whose time is over, also without any request.
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
