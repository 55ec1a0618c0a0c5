//! What pages read: the answers of Seatwise's endpoints as values, for one partner.
//!
//! A page has the same limits as a request to `/seatwise/v1/…`: it uses cached rows, waits for its
//! turn, and its memory is bounded. Pages check access before they get a [`Reading`].

use std::sync::Arc;

use anyhow::anyhow;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use seatwise_store::{
    Answer, Axes, CustomerName, DeploymentFigure, ExplainQuestion, Explanation, History,
    HistoryQuestion, IdleFound, IdleQuestion, IdleRules, Kind, KnownAt, Moment, QuestionError,
    Reserved, RestatementsQuestion, Snapshot, TableVersion, UsageFigure, idle, idle_by_customer,
};
use seatwise_types::extensions::{PastCollection, PastImport, RestatedUnit, Selection};
use seatwise_types::{CustomerId, PartnerId};
use tokio::task::spawn_blocking;

use crate::axes;
use crate::extensions;
use crate::plumbing::answer::respond_made_as;
use crate::plumbing::error::ApiError;
use crate::state::AppState;
use crate::unanswered::Unanswered;

/// Read access to one partner's data, for pages.
#[derive(Clone)]
pub struct Reading {
    app: Arc<AppState>,
    partner: PartnerId,
}

/// The versions of everything that a partner's figures depend on. What depends on nothing else
/// stays right while they are equal.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Versions {
    /// The version of usage; `None` if there is no table.
    pub usage: Option<TableVersion>,
    /// The version of deployment.
    pub deployment: Option<TableVersion>,
    /// When prices or policy of idle seats were last set; `None` if never, or if they cannot be
    /// read.
    pub idle_rules: Option<Timestamp>,
}

impl AppState {
    /// Read access to a partner. The caller must have checked that the visitor is allowed.
    pub fn reading(self: &Arc<Self>, partner: PartnerId) -> Reading {
        Reading {
            app: Arc::clone(self),
            partner,
        }
    }

    /// The partners with stored data.
    ///
    /// # Errors
    /// If the data folder cannot be read.
    pub(crate) fn partners(&self) -> Result<Vec<PartnerId>, Unanswered> {
        let partners = self.store.partners();
        let failed = |err| self.snapshots.failed(err, "cannot list the partners");
        Ok(partners.map_err(failed)?)
    }

    /// The memory of questions in bytes, which rows and models in memory are counted in.
    pub fn counted_memory(&self) -> u64 {
        self.limits.counted_memory()
    }

    /// The time for answers: that of the emulator's clock, if there is one.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether the server is an emulator, which has a page at `/emulator`.
    pub fn is_emulator(&self) -> bool {
        self.additions.is_some()
    }

    /// Whether the server trusts the development identity, which gives tokens to every program on
    /// this computer.
    pub fn trusts_development(&self) -> bool {
        self.dev_provider.is_some()
    }
}

impl Reading {
    /// The server and the partner, for other modules.
    pub(crate) fn parts(&self) -> (&AppState, PartnerId) {
        (&self.app, self.partner)
    }

    /// The partner.
    pub fn partner(&self) -> PartnerId {
        self.partner
    }

    /// The current versions.
    ///
    /// # Errors
    /// If they cannot be read.
    pub async fn versions(&self) -> Result<Versions, Unanswered> {
        let version = async |kind| {
            let version = self.app.store.table_version(self.partner, kind).await;
            version.map_err(|err| extensions::question::unreadable(&self.app, err))
        };
        let rules = self.app.store.idle_rules(self.partner, None, true).await;
        Ok(Versions {
            usage: version(Kind::Usage).await?,
            deployment: version(Kind::Deployment).await?,
            // A page of idle seats reports why they cannot be read. Other pages do not need them.
            idle_rules: rules.ok().and_then(|rules| rules.recorded_at()),
        })
    }

    /// Settles an instant: what was known then does not change any more.
    ///
    /// # Errors
    /// If the instant is in the future, or the data folder cannot be written to.
    pub async fn settle(&self, at: Timestamp) -> Result<KnownAt, Unanswered> {
        let name = seatwise_types::extensions::Axes::KNOWN_AT;
        Ok(axes::settle(&self.app, self.partner, name, at).await?)
    }

    /// The rows that count, from memory if they are cached.
    ///
    /// # Errors
    /// If they cannot be read, or the server is busy.
    pub async fn snapshot(&self, kind: Kind, axes: Axes) -> Result<Arc<Snapshot>, Unanswered> {
        let moment = Moment::At(axes);
        let snapshot = self.app.snapshots.at(self.partner, kind, moment, None);
        Ok(snapshot.await?)
    }

    /// The figures of each workload at a point in time.
    ///
    /// # Errors
    /// If they cannot be read, or the server is busy.
    pub async fn usage(&self, axes: Axes) -> Result<Vec<UsageFigure>, Unanswered> {
        let _turn = self.app.questions.turn(self.partner).await?;
        let figures = self.app.store.usage_figures_at(self.partner, axes).await;
        figures.map_err(|err| extensions::question::unreadable(&self.app, err).into())
    }

    /// The figures of each service at a point in time.
    ///
    /// # Errors
    /// If they cannot be read, or the server is busy.
    pub async fn deployment(&self, axes: Axes) -> Result<Vec<DeploymentFigure>, Unanswered> {
        let _turn = self.app.questions.turn(self.partner).await?;
        let figures = self.app.store.deployment_figures_at(self.partner, axes);
        let figures = figures.await;
        figures.map_err(|err| extensions::question::unreadable(&self.app, err).into())
    }

    /// Figures over time.
    ///
    /// # Errors
    /// If the query has no answer, the table cannot be read, or the server is busy.
    pub async fn history(&self, question: &HistoryQuestion) -> Result<Answer<History>, Unanswered> {
        let _turn = self.app.questions.turn(self.partner).await?;
        let found = self.app.store.history(self.partner, question).await;
        found.map_err(|err| self.unanswered(err))
    }

    /// The rows and deliveries behind a figure; `None` if nothing was delivered for its service,
    /// channel and customer.
    ///
    /// # Errors
    /// Like [`history`](Self::history).
    pub async fn explain(
        &self,
        question: &ExplainQuestion,
    ) -> Result<Option<Answer<Explanation>>, Unanswered> {
        let snapshot = self.snapshot(question.kind, question.axes).await?;
        let _turn = self.app.questions.turn(self.partner).await?;
        let explained = self.app.store.explain(self.partner, question, snapshot);
        explained.await.map_err(|err| self.unanswered(err))
    }

    /// Idle seats, with the prices and the policy in force.
    ///
    /// # Errors
    /// If rows, prices or policy cannot be read, or the server is busy.
    pub async fn idle(
        &self,
        axes: Axes,
        question: IdleQuestion,
    ) -> Result<(IdleFound, IdleRules), Unanswered> {
        let read = extensions::idle::read(&self.app, self.partner, axes, true);
        let (facts, rules, _) = Box::pin(read).await?;
        let bytes = facts.bytes();
        let work = move || {
            let found = idle(&facts, &rules, &question);
            (found, rules)
        };
        self.work(bytes, work).await
    }

    /// The idle seats of each customer of a selection, in the order of their ids.
    ///
    /// # Errors
    /// Like [`idle`](Self::idle), and if the selection has a workload.
    pub async fn idle_by_customer(
        &self,
        axes: Axes,
        selection: Selection,
    ) -> Result<Vec<(CustomerId, u64)>, Unanswered> {
        let read = extensions::idle::read(&self.app, self.partner, axes, false);
        let (facts, rules, _) = Box::pin(read).await?;
        let bytes = facts.deployment.customers().len() * size_of::<(CustomerId, u64)>();
        let work = move || idle_by_customer(&facts, &rules, &selection);
        let found = self.work(bytes, work).await?;
        found.map_err(|err| self.unanswered(err))
    }

    /// The names of a customer, newest first, each with its first delivery day.
    ///
    /// # Errors
    /// Like [`history`](Self::history).
    pub async fn customer_names(
        &self,
        customer: CustomerId,
        axes: Axes,
    ) -> Result<Vec<CustomerName>, Unanswered> {
        let _turn = self.app.questions.turn(self.partner).await?;
        let names = self.app.store.customer_names(self.partner, customer, axes);
        names.await.map_err(|err| self.unanswered(err))
    }

    /// Units with several versions.
    ///
    /// # Errors
    /// Like [`history`](Self::history).
    pub async fn restatements(
        &self,
        question: &RestatementsQuestion,
    ) -> Result<Answer<Vec<RestatedUnit>>, Unanswered> {
        let _turn = self.app.questions.turn(self.partner).await?;
        let found = self.app.store.restatements(self.partner, question).await;
        found.map_err(|err| self.unanswered(err))
    }

    /// Runs work on rows in memory: waits for the partner's turn, reserves `bytes` of query memory,
    /// and uses a blocking thread.
    ///
    /// # Errors
    /// If the server is busy, or memory is short.
    pub async fn work<T: Send + 'static>(
        &self,
        bytes: usize,
        make: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let _turn = self.app.questions.turn(self.partner).await?;
        let memory = self.app.snapshots.reserve(bytes)?;
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

    /// Reserves query memory for data that stays in memory.
    ///
    /// # Errors
    /// If memory is short.
    pub fn reserve(&self, bytes: usize) -> Result<Reserved, Unanswered> {
        Ok(self.app.snapshots.reserve(bytes)?)
    }

    /// The last collections, at most this many, the newest first; `None` if they cannot be read, which is
    /// logged.
    pub async fn past_collections(&self, most: usize) -> Option<Vec<PastCollection>> {
        let Some(ask) = self.app.past_collections.clone() else {
            return Some(Vec::new());
        };
        let partner = self.partner;
        let past = spawn_blocking(move || ask(partner, most)).await;
        let past = past.unwrap_or_else(|err| Err(err.into()));
        past.inspect_err(|err| tracing::warn!(?err, %partner, "cannot read the newest collections"))
            .ok()
    }

    /// The listed imports, the newest first; at most 200.
    ///
    /// # Errors
    /// If the list cannot be read.
    pub async fn past_imports(&self) -> Result<Vec<PastImport>, Unanswered> {
        Ok(extensions::imports::read(&self.app, self.partner).await?)
    }

    fn unanswered(&self, err: QuestionError) -> Unanswered {
        extensions::question::unanswered(&self.app, err).into()
    }

    /// A response whose bytes are made on a blocking thread, compressed if the client accepts it,
    /// with an entity tag.
    ///
    /// # Errors
    /// If memory is short.
    pub async fn respond(
        &self,
        request: &HeaderMap,
        media_type: HeaderValue,
        make: impl FnOnce() -> Vec<u8> + Send + 'static,
    ) -> Result<Response, Unanswered> {
        Ok(respond_made_as(&self.app.snapshots, request, media_type, make).await?)
    }
}
