//! Where queries are worked out: never on the threads that answer requests. Questions have threads of
//! their own, within a bound of memory; what the store does besides has others.
//!
//! What the query engine keeps and what is decoded from its rows count in one pool, by the byte.
//! Imports, upkeep and the published figures do not take part: they have bounds of their own, and
//! questions must not hold them up.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::{
    GreedyMemoryPool, MemoryConsumer, MemoryPool, MemoryReservation,
};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{DataFrame, SessionContext};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument as _;

use crate::model::columns::canonical;
use crate::model::error::StoreError;
use crate::model::texts::Texts;
use crate::table::store::Store;

/// Bytes that questions may take where nothing else is said: commands over a folder ask one question
/// at a time.
pub(crate) const UNBOUNDED: usize = usize::MAX;

/// How much larger than the memory the files may be that the engine puts to the disk, and how large
/// they may be in any case.
const DISK_FOR_MEMORY: u64 = 16;
const LEAST_DISK: u64 = 1 << 30;

/// However busy questions keep these threads, those that answer requests are free.
static QUESTIONS: LazyLock<Runtime> = LazyLock::new(|| threads("question"));

/// Imports, upkeep and the published figures wait for no question.
static WORK: LazyLock<Runtime> = LazyLock::new(|| threads("work"));

fn threads(name: &str) -> Runtime {
    Builder::new_multi_thread()
        .thread_name(name)
        .enable_time()
        .build()
        .expect("the system has threads for queries")
}

/// The query engine with the memory of questions.
pub(crate) struct Engine {
    session: SessionContext,
    pool: Arc<dyn MemoryPool>,
}

impl Engine {
    /// An engine that differs from a session in its memory alone: it knows what that one does of
    /// files that were looked at.
    pub(crate) fn new(session: &SessionContext, memory: usize) -> Self {
        // First come, first served: a pool that promises each query a fair share goes beyond its
        // size while queries come and go.
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(memory));
        let disk = (memory as u64).saturating_mul(DISK_FOR_MEMORY);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::clone(&pool))
            .with_max_temp_directory_size(disk.max(LEAST_DISK))
            .build_arc();
        let runtime = runtime.expect("a pool of memory takes nothing from the system");
        let state = SessionStateBuilder::new_from_existing(session.state());
        let state = state.with_runtime_env(runtime).build();
        Self {
            session: SessionContext::new_with_state(state),
            pool,
        }
    }

    pub(crate) fn session(&self) -> &SessionContext {
        &self.session
    }

    /// Nothing yet of the memory of questions.
    pub(crate) fn reservation(&self, of: &'static str) -> Reserved {
        Reserved(MemoryConsumer::new(of).register(&self.pool))
    }
}

/// Memory of questions that is kept for something until this is dropped.
#[derive(Debug)]
pub struct Reserved(MemoryReservation);

impl Reserved {
    /// How many bytes are kept.
    pub fn bytes(&self) -> usize {
        self.0.size()
    }

    /// Keeps so many bytes from now on.
    pub(crate) fn resize(&mut self, bytes: usize) -> Result<(), StoreError> {
        let resized = self.0.try_resize(bytes);
        resized.map_err(|err| StoreError::Memory { source: err.into() })
    }

    /// Keeps so many bytes more.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), StoreError> {
        self.resize(self.bytes() + bytes)
    }
}

impl Store {
    /// The same folder, with this many bytes of memory for questions: for what their queries keep,
    /// for the rows that are decoded, and for what [`reserve`](Self::reserve) keeps. Without it
    /// there is no bound.
    ///
    /// A question that needs more than is left ends with [`StoreError::Memory`]; queries put to the
    /// disk what can wait there.
    #[must_use]
    pub fn with_memory(self, bytes: usize) -> Self {
        let engine = Engine::new(self.session(), bytes);
        self.with_engine(engine)
    }

    /// Keeps memory of questions for an answer that is made of what they found.
    ///
    /// # Errors
    /// [`StoreError::Memory`] if there is not so much left.
    pub fn reserve(&self, bytes: usize) -> Result<Reserved, StoreError> {
        let mut reserved = self.engine().reservation("answers");
        reserved.resize(bytes)?;
        Ok(reserved)
    }

    /// How many bytes of the memory of questions are in use.
    pub fn memory_in_use(&self) -> usize {
        self.engine().pool.reserved()
    }

    /// Works a question out on the threads for questions. Its work ends early if the caller does
    /// not wait for it. `action` is what the error says could not be done to the folder if it
    /// panics.
    pub(crate) async fn question<T, E>(
        &self,
        action: &'static str,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let done = begin(&QUESTIONS, work).done().await;
        done.map_err(|err| StoreError::from_cause(action, self.path(), err.into()))?
    }
}

impl Store {
    /// Does what takes a while, and is neither a question nor an import, on the threads for work. Its
    /// work ends early if the caller does not wait for it. `action` is what the error says could not be
    /// done to the folder if it panics.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = begin(&WORK, work).done().await;
        done.map_err(|err| StoreError::from_cause(action, self.path(), err.into()))?
    }
}

/// The threads for queries of imports, upkeep and the published figures. A caller that may block waits
/// with `block_on`.
pub(crate) fn work_threads() -> &'static Handle {
    WORK.handle()
}

/// The rows of a query of imports, upkeep or the published figures. Its work ends early if the caller
/// does not wait for it.
pub(crate) async fn collect(rows: DataFrame) -> Result<Vec<RecordBatch>, DataFusionError> {
    let done = begin(&WORK, rows.collect()).done().await;
    done.map_err(|err| DataFusionError::External(err.into()))?
}

/// Begins work on these threads, which ends early if the task is dropped.
fn begin<T: Send + 'static>(
    threads: &Runtime,
    work: impl Future<Output = T> + Send + 'static,
) -> Task<T> {
    let mut task = JoinSet::new();
    task.spawn_on(work.in_current_span(), threads.handle());
    Task(task)
}

/// Work that was begun.
struct Task<T>(JoinSet<T>);

impl<T: 'static> Task<T> {
    async fn done(mut self) -> Result<T, JoinError> {
        self.0.join_next().await.expect("one task was begun")
    }
}

/// Rows in the form that they are decoded to, whose memory is kept before they are.
pub(crate) struct Decoded<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) texts: Texts,
    memory: Reserved,
}

impl<T> Decoded<T> {
    pub(crate) fn new(engine: &Engine) -> Self {
        Self {
            rows: Vec::new(),
            texts: Texts::new(canonical()),
            memory: engine.reservation("decoded rows"),
        }
    }

    /// Makes sure that there is memory for so many rows more, and for the texts so far.
    pub(crate) fn make_room(&mut self, more: usize) -> Result<(), StoreError> {
        let needed = self.rows.len() + more;
        let mut capacity = self.rows.capacity();
        if needed > capacity {
            capacity = needed.max(capacity + capacity / 2);
        }
        self.memory
            .resize(capacity * size_of::<T>() + self.texts.bytes())?;
        self.rows.reserve_exact(capacity - self.rows.len());
        Ok(())
    }

    /// Rows, texts, and the memory that is kept for both.
    pub(crate) fn into_parts(self) -> (Vec<T>, Texts, Reserved) {
        (self.rows, self.texts, self.memory)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use datafusion::arrow::datatypes::DataType;
    use datafusion::logical_expr::{Volatility, create_udf};
    use datafusion::prelude::{col, dataframe};

    use super::*;

    #[tokio::test]
    async fn a_query_of_the_store_runs_on_none_of_the_threads_that_wait_for_it() {
        let names = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&names);
        let note = move |values: &[_]| {
            let name = std::thread::current().name().map(ToOwned::to_owned);
            noted.lock().expect("no thread panicked").push(name);
            Ok(Clone::clone(&values[0]))
        };
        let note = create_udf(
            "note",
            vec![DataType::Int64],
            DataType::Int64,
            Volatility::Volatile,
            Arc::new(note),
        );
        let rows = dataframe!("number" => [1_i64, 2, 3]).expect("three rows");
        let rows = rows.select([note.call(vec![col("number")])]);
        collect(rows.expect("a column")).await.expect("a query");
        let names = names.lock().expect("no thread panicked");
        assert!(!names.is_empty());
        assert!(
            names.iter().all(|name| name.as_deref() == Some("work")),
            "{names:?}"
        );
    }
}
