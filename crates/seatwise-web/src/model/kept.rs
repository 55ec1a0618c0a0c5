//! The cache of models. All requests share a model. The cache is bounded in time and memory.

use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use seatwise_server::Unanswered;
use seatwise_store::{
    Answer, ChangesQuestion, ExplainQuestion, HistoryQuestion, IdleQuestion, Reserved,
    RestatementsQuestion,
};
use seatwise_types::CustomerId;
use seatwise_types::extensions::{Metric, Selection};

use super::{Key, Span};

/// The models take at most this fraction (1/4) of the query memory.
const OF_MEMORY: u64 = 4;

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

/// What a model shows of the data of its key. All models of one variant have one type.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum Shows {
    Standing,
    Portfolio,
    Lines(Selection),
    Spread(Selection, Metric),
    History(HistoryQuestion),
    Restated(RestatementsQuestion),
    Changes(Span, ChangesQuestion),
    Idle(IdleQuestion),
    Explained(ExplainQuestion),
    Names(CustomerId),
}

/// A cached model, with the memory that it takes, in bytes.
#[derive(Clone)]
struct Model {
    counted: Arc<dyn Any + Send + Sync>,
    bytes: usize,
}

/// The cache. The least recently used models are evicted first.
///
/// It is one cache for models of all types, because moka's code would be in the binary once for
/// each type.
pub(crate) struct Kept(Cache<(Key, Shows), Model>);

impl Kept {
    /// An empty cache, for a server with `memory` bytes of query memory. A model larger than the
    /// whole cache is not kept; each request makes it again.
    pub(crate) fn new(memory: u64) -> Self {
        let kibibytes = |bytes: usize| u32::try_from(bytes >> 10).unwrap_or(u32::MAX);
        let models = Cache::builder()
            .max_capacity((memory / OF_MEMORY) >> 10)
            .weigher(move |_, model: &Model| kibibytes(model.bytes).max(1))
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(KEPT)
            .build();
        Self(models)
    }

    /// Drops expired models.
    pub(crate) async fn tidy(&self) {
        self.0.run_pending_tasks().await;
    }

    /// Returns the cached model of a key, or makes it.
    pub(super) fn get<'a, V: Send + Sync + 'static>(
        &'a self,
        key: Key,
        shows: Shows,
        make: impl Future<Output = Result<Counted<V>, Unanswered>> + Send + 'a,
    ) -> BoxFuture<'a, Result<Arc<Counted<V>>, Unanswered>> {
        // Boxed because these futures are large and a page awaits several, and so that moka's code
        // is there only once.
        let make: BoxFuture<'a, Result<Model, Unanswered>> = Box::pin(async {
            let made = make.await?;
            Ok(Model {
                bytes: made.memory.bytes(),
                counted: Arc::new(made),
            })
        });
        Box::pin(async move {
            let made = self.0.try_get_with((key, shows), make).await;
            let made = made.map_err(Arc::unwrap_or_clone)?;
            let counted = made.counted.downcast();
            Ok(counted.expect("all models of one variant have one type"))
        })
    }
}
