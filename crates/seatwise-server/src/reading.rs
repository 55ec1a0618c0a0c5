//! What pages read: the answers of Seatwise's own endpoints as values, of one partner.
//!
//! A page goes through the same doors as a request to `/seatwise/v1/…`: rows that are kept in memory are
//! read once for all, work waits for its turn, and memory is bounded. Who may look, pages find out
//! before they have a [`Reading`].

use std::sync::Arc;

use anyhow::anyhow;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use seatwise_store::{
    Answer, Axes, DeploymentFigure, ExplainQuestion, Explanation, History, HistoryQuestion,
    IdleFound, IdleQuestion, IdleRules, Kind, KnownAt, Moment, QuestionError, Reserved,
    RestatementsQuestion, Snapshot, TableVersion, UsageFigure, idle, idle_by_customer,
};
use seatwise_types::own::{LastCollection, RestatedUnit, Selection};
use seatwise_types::{CustomerId, ErrorCode, PartnerId};
use tokio::task::spawn_blocking;

use crate::AppState;
use crate::answer::respond_made_as;
use crate::axes;
use crate::error::{ApiError, Failure};
use crate::own;

/// What pages may read of one partner.
#[derive(Clone)]
pub struct Reading {
    app: Arc<AppState>,
    partner: PartnerId,
}

/// The versions of all that a partner's figures are made of. What is made of nothing else stays right as
/// long as they stay the same.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Versions {
    /// That of usage; none if there is no table.
    pub usage: Option<TableVersion>,
    /// That of deployment.
    pub deployment: Option<TableVersion>,
    /// When prices and policy of idle seats were set last; none if they were not, or cannot be read.
    pub idle_rules: Option<Timestamp>,
}

/// Why a page cannot be made.
#[derive(Clone, Debug)]
pub struct Unanswered(ApiError);

impl AppState {
    /// What pages may read of a partner. The caller has found out that the visitor may.
    pub fn reading(self: &Arc<Self>, partner: PartnerId) -> Reading {
        Reading {
            app: Arc::clone(self),
            partner,
        }
    }

    /// The partners of whom the store knows something.
    ///
    /// # Errors
    /// If the data folder cannot be read.
    pub(crate) fn partners(&self) -> Result<Vec<PartnerId>, Unanswered> {
        let partners = self.store.partners();
        partners.map_err(|err| Unanswered(self.snapshots.failed(err, "cannot list the partners")))
    }

    /// How many bytes of the memory of questions are counted: rows and models that are kept are among them.
    pub fn counted_memory(&self) -> u64 {
        self.limits.counted_memory()
    }

    /// The time that answers have: with an emulator, that of its clock.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether the server is an emulator, which has a page at `/emulator`.
    pub fn is_emulator(&self) -> bool {
        self.emulation.is_some()
    }

    /// Whether the server trusts the development identity, which signs in every program of this
    /// computer.
    pub fn trusts_development(&self) -> bool {
        self.dev_provider.is_some()
    }
}

impl Reading {
    /// The server and the partner, for other questions of pages.
    pub(crate) fn parts(&self) -> (&AppState, PartnerId) {
        (&self.app, self.partner)
    }

    /// Whose figures these are.
    pub fn partner(&self) -> PartnerId {
        self.partner
    }

    /// The versions of the tables now.
    ///
    /// # Errors
    /// If they cannot be read.
    pub async fn versions(&self) -> Result<Versions, Unanswered> {
        let version = async |kind| {
            let version = self.app.store.table_version(self.partner, kind).await;
            version.map_err(|err| own::question::unreadable(&self.app, err))
        };
        let rules = self.app.store.idle_rules(self.partner, None, true).await;
        Ok(Versions {
            usage: version(Kind::Usage).await?,
            deployment: version(Kind::Deployment).await?,
            // Who asks for idle seats learns why they cannot be read. Nothing else needs them.
            idle_rules: rules.ok().and_then(|rules| rules.recorded_at()),
        })
    }

    /// Makes sure that what was known at an instant stays what it is.
    ///
    /// # Errors
    /// If the instant is still to come, or the data folder cannot be written to.
    pub async fn settle(&self, at: Timestamp) -> Result<KnownAt, Unanswered> {
        let name = seatwise_types::own::Axes::KNOWN_AT;
        Ok(axes::settle(&self.app, self.partner, name, at).await?)
    }

    /// The rows that count, from memory if they are there.
    ///
    /// # Errors
    /// If they cannot be read, or not now.
    pub async fn snapshot(&self, kind: Kind, axes: Axes) -> Result<Arc<Snapshot>, Unanswered> {
        let moment = Moment::At(axes);
        let snapshot = self.app.snapshots.at(self.partner, kind, moment, None);
        Ok(snapshot.await?)
    }

    /// The figures of each workload at a point of time.
    ///
    /// # Errors
    /// If they cannot be read, or not now.
    pub async fn usage(&self, axes: Axes) -> Result<Vec<UsageFigure>, Unanswered> {
        let _turn = self.app.questions.turn(self.partner).await?;
        let figures = self.app.store.usage_figures_at(self.partner, axes).await;
        figures.map_err(|err| own::question::unreadable(&self.app, err).into())
    }

    /// The figures of each service at a point of time.
    ///
    /// # Errors
    /// If they cannot be read, or not now.
    pub async fn deployment(&self, axes: Axes) -> Result<Vec<DeploymentFigure>, Unanswered> {
        let _turn = self.app.questions.turn(self.partner).await?;
        let figures = self.app.store.deployment_figures_at(self.partner, axes);
        let figures = figures.await;
        figures.map_err(|err| own::question::unreadable(&self.app, err).into())
    }

    /// Figures over time.
    ///
    /// # Errors
    /// If the question has no answer, or the table cannot be read, or not now.
    pub async fn history(&self, question: &HistoryQuestion) -> Result<Answer<History>, Unanswered> {
        let _turn = self.app.questions.turn(self.partner).await?;
        let found = self.app.store.history(self.partner, question).await;
        found.map_err(|err| self.unanswered(err))
    }

    /// Why a figure is what it is; none if nothing was delivered of its service, channel and customer.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn explain(
        &self,
        question: &ExplainQuestion,
    ) -> Result<Option<Answer<Explanation>>, Unanswered> {
        let snapshot = self.snapshot(question.kind, question.axes).await?;
        let _turn = self.app.questions.turn(self.partner).await?;
        let explained = self.app.store.explain(self.partner, question, snapshot);
        explained.await.map_err(|err| self.unanswered(err))
    }

    /// Idle seats, with the prices and the policy that were in force.
    ///
    /// # Errors
    /// If rows, prices or policy cannot be read, or not now.
    pub async fn idle(
        &self,
        axes: Axes,
        question: IdleQuestion,
    ) -> Result<(IdleFound, IdleRules), Unanswered> {
        let read = own::idle::read(&self.app, self.partner, axes, true);
        let (facts, rules, _) = Box::pin(read).await?;
        let bytes = facts.bytes();
        let work = move || {
            let found = idle(&facts, &rules, &question);
            (found, rules)
        };
        self.work(bytes, work).await
    }

    /// The idle seats of each customer, in the order of their ids, of what a selection wants.
    ///
    /// # Errors
    /// As [`idle`](Self::idle), and if it is to select by a workload.
    pub async fn idle_by_customer(
        &self,
        axes: Axes,
        selection: Selection,
    ) -> Result<Vec<(CustomerId, u64)>, Unanswered> {
        let read = own::idle::read(&self.app, self.partner, axes, false);
        let (facts, rules, _) = Box::pin(read).await?;
        let bytes = facts.deployment.customers().len() * size_of::<(CustomerId, u64)>();
        let work = move || idle_by_customer(&facts, &rules, &selection);
        let found = self.work(bytes, work).await?;
        found.map_err(|err| self.unanswered(err))
    }

    /// Units of deliveries with several versions.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn restatements(
        &self,
        question: &RestatementsQuestion,
    ) -> Result<Answer<Vec<RestatedUnit>>, Unanswered> {
        let _turn = self.app.questions.turn(self.partner).await?;
        let found = self.app.store.restatements(self.partner, question).await;
        found.map_err(|err| self.unanswered(err))
    }

    /// Makes something of rows in memory, when it is the partner's turn, where no other request waits
    /// for it. `bytes` of the memory of questions are kept meanwhile.
    ///
    /// # Errors
    /// If there is too much to do, or not enough memory.
    pub async fn work<T: Send + 'static>(
        &self,
        bytes: usize,
        make: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let _turn = self.app.questions.turn(self.partner).await?;
        let memory = self.app.reserve(bytes)?;
        let make = move || {
            let _memory = memory;
            make()
        };
        self.aside(make).await
    }

    /// Makes something where no other request waits for it.
    ///
    /// # Errors
    /// If it panics.
    pub async fn aside<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let made = spawn_blocking(make).await.map_err(|err| {
            let cause = anyhow!(err).context("a page was not finished");
            ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR, cause)
        });
        Ok(made?)
    }

    /// Keeps memory of questions for what stays in memory.
    ///
    /// # Errors
    /// If there is not enough.
    pub fn reserve(&self, bytes: usize) -> Result<Reserved, Unanswered> {
        Ok(self.app.reserve(bytes)?)
    }

    /// The newest collection; none if there was none, or if it cannot be read.
    pub async fn last_collection(&self) -> Option<LastCollection> {
        own::coverage::last_collection(&self.app, self.partner).await
    }

    fn unanswered(&self, err: QuestionError) -> Unanswered {
        Unanswered(own::question::unanswered(&self.app, err))
    }

    /// The answer with bytes that are made where no other request waits for them, compressed if the
    /// request takes that, with an entity tag.
    ///
    /// # Errors
    /// If there is not enough memory for them.
    pub async fn respond(
        &self,
        request: &HeaderMap,
        media_type: HeaderValue,
        make: impl FnOnce() -> Vec<u8> + Send + 'static,
    ) -> Result<Response, Unanswered> {
        Ok(respond_made_as(&self.app, request, media_type, make).await?)
    }
}

impl Unanswered {
    /// Something that was asked for does not exist.
    pub fn not_found(description: impl Into<String>) -> Self {
        Self(ApiError::new(ErrorCode::NotFound, description.into()))
    }

    /// Something was asked for in a way that cannot be understood.
    pub fn invalid(description: impl Into<String>) -> Self {
        Self(ApiError::new(ErrorCode::InvalidInput, description.into()))
    }

    /// The visitor may not do this.
    pub fn denied(description: impl Into<String>) -> Self {
        Self(ApiError::new(
            ErrorCode::OperationDenied,
            description.into(),
        ))
    }

    /// Whether it may be asked again in some seconds: too much was asked at once.
    pub fn is_busy(&self) -> bool {
        self.status() == StatusCode::SERVICE_UNAVAILABLE
    }

    /// What the visitor may know of it.
    pub fn description(&self) -> &str {
        self.0.description()
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// This answer with a page in the place of the body. What went wrong goes to the log as always.
    pub fn on_page(self, page: impl IntoResponse) -> Response {
        let (status, failure) = (self.status(), self.0.failure().clone());
        let retry_after = self.0.into_response().headers_mut().remove("Retry-After");
        let mut response = page.into_response();
        *response.status_mut() = status;
        if let Some(seconds) = retry_after {
            response.headers_mut().insert("Retry-After", seconds);
        }
        response.extensions_mut().insert::<Failure>(failure);
        response
    }
}

impl From<ApiError> for Unanswered {
    fn from(err: ApiError) -> Self {
        Self(err)
    }
}
