//! What pages show, made of what the server has in memory, and kept as long as that stays the same.

pub(crate) mod lines;
pub(crate) mod movers;
pub(crate) mod portfolio;
pub(crate) mod risk;
pub(crate) mod standing;

use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use seatwise_server::{Reading, Unanswered, Versions};
use seatwise_store::Axes;
use seatwise_types::PartnerId;
use seatwise_types::own::{self, Selection};

use self::lines::Lines;
use self::portfolio::Portfolio;

pub(crate) use self::standing::Standing;

/// What is not looked at goes after this time.
const KEPT: Duration = Duration::from_mins(5);

/// What a model is made of. Every commit and every erasure makes another version.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Key {
    pub(crate) partner: PartnerId,
    pub(crate) versions: Versions,
    pub(crate) axes: own::Axes,
}

/// Models that were made, each once for all who look at it.
pub(crate) struct Kept {
    standings: Cache<Key, Arc<Standing>>,
    portfolios: Cache<Key, Arc<Portfolio>>,
    lines: Cache<(Key, Selection), Arc<Lines>>,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            standings: cache(256),
            portfolios: cache(64),
            // Their memory is counted among that of questions.
            lines: cache(16),
        }
    }
}

fn cache<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>(
    most: u64,
) -> Cache<K, V> {
    Cache::builder()
        .max_capacity(most)
        .time_to_idle(KEPT)
        .build()
}

/// What is kept of a key, or what is made now.
async fn kept<K: Hash + Eq + Send + Sync + 'static, V: Send + Sync + 'static>(
    cache: &Cache<K, Arc<V>>,
    key: K,
    make: impl Future<Output = Result<V, Unanswered>>,
) -> Result<Arc<V>, Unanswered> {
    let make = async { make.await.map(Arc::new) };
    let made = cache.try_get_with(key, Box::pin(make)).await;
    made.map_err(Arc::unwrap_or_clone)
}

impl Kept {
    /// Who is in the figures, and of which days they are.
    pub(crate) async fn standing(
        &self,
        reading: &Reading,
        key: Key,
        axes: Axes,
    ) -> Result<Arc<Standing>, Unanswered> {
        kept(&self.standings, key, Standing::make(reading, axes)).await
    }

    /// What the first page shows.
    pub(crate) async fn portfolio(
        &self,
        reading: &Reading,
        key: Key,
        axes: Axes,
    ) -> Result<Arc<Portfolio>, Unanswered> {
        let standing = self.standing(reading, key, axes).await?;
        let lines = self.lines(reading, key, axes, Selection::default()).await?;
        kept(
            &self.portfolios,
            key,
            Portfolio::make(reading, axes, &standing, &lines),
        )
        .await
    }

    /// What the rows that a selection wants say of each customer.
    pub(crate) async fn lines(
        &self,
        reading: &Reading,
        key: Key,
        axes: Axes,
        selection: Selection,
    ) -> Result<Arc<Lines>, Unanswered> {
        let standing = self.standing(reading, key, axes).await?;
        let make = Lines::make(reading, axes, standing, selection.clone());
        kept(&self.lines, (key, selection), make).await
    }
}
