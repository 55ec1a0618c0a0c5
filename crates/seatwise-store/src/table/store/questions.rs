//! Questions and other work on the threads and with the memory of the engine.

use super::Store;
use crate::model::error::StoreError;
use crate::table::engine::{Engine, Reserved, on_question_threads, on_work_threads};

impl Store {
    /// The same folder with this many bytes of memory for questions: for the memory of their
    /// queries, for decoded rows, and for [`reserve`](Self::reserve). Unlimited by default.
    ///
    /// A question that needs more than what is left ends with [`StoreError::Memory`]; queries use
    /// temporary files where possible.
    #[must_use]
    pub fn with_memory(self, bytes: usize) -> Self {
        let engine = Engine::new(self.session(), bytes);
        self.with_engine(engine)
    }

    /// Reserves memory for questions for an answer.
    ///
    /// # Errors
    /// [`StoreError::Memory`] if not enough is left.
    pub fn reserve(&self, bytes: usize) -> Result<Reserved, StoreError> {
        let mut reserved = self.engine().reservation("answers");
        reserved.resize(bytes)?;
        Ok(reserved)
    }

    /// The memory for questions in use, in bytes.
    pub fn memory_in_use(&self) -> usize {
        self.engine().memory_in_use()
    }

    /// Runs a question on the threads for questions. Dropping the future cancels the work. `action`
    /// names what failed if it panics.
    pub(crate) async fn question<T, E>(
        &self,
        action: &'static str,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let done = on_question_threads(work).await;
        done.map_err(|err| StoreError::from_cause(action, self.root(), err.into()))?
    }

    /// Runs long work that is neither a question nor an import, on the threads for work. Dropping
    /// the future cancels it. `action` names what failed if it panics.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = on_work_threads(work).await;
        done.map_err(|err| StoreError::from_cause(action, self.root(), err.into()))?
    }
}
