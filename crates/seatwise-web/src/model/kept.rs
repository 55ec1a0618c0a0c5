//! Caches of models. All requests share a model. The cache is bounded in time and memory.

use std::hash::Hash;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use seatwise_server::Unanswered;
use seatwise_store::{Answer, Reserved};

/// A model expires this long after its last use.
const KEPT: Duration = Duration::from_mins(5);

/// A value, with the reservation of the query memory that it takes.
pub(crate) struct Counted<T> {
    value: T,
    memory: Reserved,
}

impl<T> Counted<T> {
    pub(crate) fn new(value: T, memory: Reserved) -> Self {
        Self { value, memory }
    }
}

impl<T> Deref for Counted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> From<Answer<T>> for Counted<T> {
    fn from(answer: Answer<T>) -> Self {
        Self::new(answer.value, answer.memory)
    }
}

/// A cache of one kind of model. The least recently used models are evicted first.
pub(super) struct Models<K, V>(Cache<K, Arc<Counted<V>>>);

impl<K: Hash + Eq + Send + Sync + 'static, V: Send + Sync + 'static> Models<K, V> {
    /// A cache of at most `bytes` bytes. A larger model is not kept; each request makes it again.
    pub(super) fn within(bytes: u64) -> Self {
        let kibibytes = |bytes: usize| u32::try_from(bytes >> 10).unwrap_or(u32::MAX);
        let models = Cache::builder()
            .max_capacity(bytes >> 10)
            .weigher(move |_, model: &Arc<Counted<V>>| kibibytes(model.memory.bytes()).max(1))
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(KEPT)
            .build();
        Self(models)
    }

    /// Drops expired models.
    pub(super) async fn tidy(&self) {
        self.0.run_pending_tasks().await;
    }

    /// Returns the cached model of a key, or makes it.
    pub(super) fn get<'a>(
        &'a self,
        key: K,
        make: impl Future<Output = Result<Counted<V>, Unanswered>> + Send + 'a,
    ) -> BoxFuture<'a, Result<Arc<Counted<V>>, Unanswered>> {
        // Boxed because these futures are large and a page awaits several.
        let make = Box::pin(async { make.await.map(Arc::new) });
        Box::pin(async {
            let made = self.0.try_get_with(key, make).await;
            made.map_err(Arc::unwrap_or_clone)
        })
    }
}
