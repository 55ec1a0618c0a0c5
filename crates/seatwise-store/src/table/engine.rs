//! Execution of queries, never on the threads that answer requests. Questions have separate threads
//! and a memory limit; the store's other work has another set of threads.
//!
//! The query engine's memory and the rows decoded from it share one pool, counted in bytes.
//! Imports, upkeep and published figures do not use the pool: they have separate limits, and
//! questions must not delay them.

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

/// The default memory for questions, in bytes: commands on a folder ask one question at a time.
pub(crate) const UNBOUNDED: usize = usize::MAX;

/// The limit of the engine's temporary files: a multiple of the memory, and a minimum in bytes.
const DISK_FOR_MEMORY: u64 = 16;
const LEAST_DISK: u64 = 1 << 30;

/// Threads for questions. The threads that answer requests stay free.
static QUESTIONS: LazyLock<Runtime> = LazyLock::new(|| threads("question"));

/// Threads for imports, upkeep and published figures, which do not wait for questions.
static WORK: LazyLock<Runtime> = LazyLock::new(|| threads("work"));

fn threads(name: &str) -> Runtime {
    Builder::new_multi_thread()
        .thread_name(name)
        .enable_time()
        .build()
        .expect("the system has threads for queries")
}

/// The query engine with the memory for questions.
pub(crate) struct Engine {
    session: SessionContext,
    pool: Arc<dyn MemoryPool>,
}

impl Engine {
    /// An engine that differs from a session only in its memory, and shares its cached file
    /// metadata.
    pub(crate) fn new(session: &SessionContext, memory: usize) -> Self {
        // First come, first served: a pool with fair shares exceeds its size while queries start
        // and end.
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(memory));
        let disk = (memory as u64).saturating_mul(DISK_FOR_MEMORY);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::clone(&pool))
            .with_max_temp_directory_size(disk.max(LEAST_DISK))
            .with_object_store_registry(Arc::clone(&session.runtime_env().object_store_registry))
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

    /// The memory for questions in use, in bytes.
    pub(crate) fn memory_in_use(&self) -> usize {
        self.pool.reserved()
    }

    /// An empty reservation of memory for questions.
    pub(crate) fn reservation(&self, of: &'static str) -> Reserved {
        Reserved(MemoryConsumer::new(of).register(&self.pool))
    }
}

/// A reservation of memory for questions, released on drop.
#[derive(Debug)]
pub struct Reserved(MemoryReservation);

impl Reserved {
    /// The reserved bytes.
    pub fn bytes(&self) -> usize {
        self.0.size()
    }

    /// Changes the reservation to this number of bytes.
    pub(crate) fn resize(&mut self, bytes: usize) -> Result<(), StoreError> {
        let resized = self.0.try_resize(bytes);
        resized.map_err(|err| StoreError::Memory { source: err.into() })
    }

    /// Extends the reservation by this number of bytes.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), StoreError> {
        self.resize(self.bytes() + bytes)
    }
}

/// The threads for queries of imports, upkeep and published figures. A caller that may block uses
/// `block_on`.
pub(crate) fn work_threads() -> &'static Handle {
    WORK.handle()
}

/// The rows of a query of an import, upkeep or published figures. Dropping the future cancels the
/// work.
pub(crate) async fn collect(rows: DataFrame) -> Result<Vec<RecordBatch>, DataFusionError> {
    let done = on_work_threads(rows.collect()).await;
    done.map_err(|err| DataFusionError::External(err.into()))?
}

/// Runs work on the threads for questions. Dropping the future cancels it.
pub(crate) async fn on_question_threads<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, JoinError> {
    begin(&QUESTIONS, work).done().await
}

/// Runs work on the threads for imports, upkeep and published figures. Dropping the future cancels
/// it.
pub(crate) async fn on_work_threads<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, JoinError> {
    begin(&WORK, work).done().await
}

/// Starts work on these threads. Dropping the task cancels it.
fn begin<T: Send + 'static>(
    threads: &Runtime,
    work: impl Future<Output = T> + Send + 'static,
) -> Task<T> {
    let mut task = JoinSet::new();
    task.spawn_on(work.in_current_span(), threads.handle());
    Task(task)
}

/// Work in progress.
struct Task<T>(JoinSet<T>);

impl<T: 'static> Task<T> {
    async fn done(mut self) -> Result<T, JoinError> {
        self.0.join_next().await.expect("one task was begun")
    }
}

/// Decoded rows, whose memory is reserved before decoding.
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

    /// Reserves memory for more rows, and for the texts so far.
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

    /// The rows, the texts, and the memory reserved for both.
    pub(crate) fn into_parts(self) -> (Vec<T>, Texts, Reserved) {
        (self.rows, self.texts, self.memory)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::DataType;
    use datafusion::logical_expr::{Volatility, create_udf};
    use datafusion::prelude::{col, dataframe};
    use parking_lot::Mutex;

    use super::*;

    #[tokio::test]
    async fn a_query_of_the_store_runs_on_none_of_the_threads_that_wait_for_it() {
        let names = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&names);
        let note = move |values: &[_]| {
            let name = std::thread::current().name().map(ToOwned::to_owned);
            noted.lock().push(name);
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
        let names = names.lock();
        assert!(!names.is_empty());
        assert!(
            names.iter().all(|name| name.as_deref() == Some("work")),
            "{names:?}"
        );
    }
}
