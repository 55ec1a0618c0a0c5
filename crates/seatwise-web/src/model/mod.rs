//! The models of pages. They are made from the server's memory and cached until the data changes.

mod kept;
pub(crate) mod lines;
pub(crate) mod movers;
pub(crate) mod order;
pub(crate) mod portfolio;
pub(crate) mod risk;
pub(crate) mod spread;
pub(crate) mod standing;

use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use seatwise_server::{Reading, Unanswered, Versions};
use seatwise_store::{
    Axes, ChangesQuestion, CustomerName, ExplainQuestion, Explanation, History, HistoryQuestion,
    IdleFound, IdleQuestion, IdleRules, RestatementsQuestion, Snapshot, changes,
};
use seatwise_types::extensions::{
    self, By, Change, IdleRow, Metric, RestatedUnit, Selection, Step,
};
use seatwise_types::{CustomerId, PartnerId};

use self::kept::Shows;
use self::lines::Lines;
use self::portfolio::{Portfolio, by_weight};
use self::spread::Spread;

use crate::Web;

pub(crate) use self::kept::{Counted, Kept};
pub(crate) use self::standing::Standing;

/// The approximate memory of a row of idle seats, in bytes, with its workloads.
const IDLE_ROW_BYTES: usize = size_of::<IdleRow>() + 512;
/// The approximate memory of a change of a figure, or of a customer in it, in bytes.
const CHANGE_BYTES: usize = size_of::<Change>() + 512;

/// What identifies the data of a model. Every commit and every erasure makes a new version.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Key {
    pub(crate) partner: PartnerId,
    pub(crate) versions: Versions,
    pub(crate) axes: extensions::Axes,
}

/// A metric, and the two days to compare.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Span {
    pub(crate) metric: Metric,
    pub(crate) from: Date,
    pub(crate) to: Date,
}

/// Idle seats, with the prices and the policy in force.
pub(crate) type Idle = Counted<(IdleFound, IdleRules)>;

/// Restated units.
pub(crate) type Restated = Counted<Vec<RestatedUnit>>;

/// The number of rows of idle seats on a page, and of products with idle seats.
pub(crate) const IDLE_PAGE: usize = 100;

/// The error for a selection without deliveries.
pub(crate) fn nothing() -> Unanswered {
    Unanswered::not_found("no delivery of this selection was known at this time")
}

/// Access to the data of one partner at one point of time.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) web: Arc<Web>,
    pub(crate) reading: Reading,
    /// The key of the caches.
    pub(crate) key: Key,
    /// The point of time. Its instant is settled.
    pub(crate) axes: Axes,
}

impl Model {
    /// Reads the newest version of the data, and settles the instant.
    pub(crate) async fn open(
        web: &Arc<Web>,
        partner: PartnerId,
        axes: extensions::Axes,
    ) -> Result<Self, Unanswered> {
        let reading = web.app.reading(partner);
        let known_at = match axes.known_at {
            Some(at) => Some(reading.settle(at).await?),
            None => None,
        };
        let key = Key {
            partner,
            versions: reading.versions().await?,
            axes,
        };
        Ok(Self {
            web: Arc::clone(web),
            reading,
            key,
            axes: Axes {
                as_of: axes.as_of,
                known_at,
            },
        })
    }

    /// How complete the figures are.
    pub(crate) async fn standing(&self) -> Result<Arc<Counted<Standing>>, Unanswered> {
        let make = Standing::make(&self.reading, self.axes);
        self.web.kept.get(self.key, Shows::Standing, make).await
    }

    /// The model of the first page.
    pub(crate) async fn portfolio(&self) -> Result<Arc<Counted<Portfolio>>, Unanswered> {
        let make = Portfolio::make(self);
        self.web.kept.get(self.key, Shows::Portfolio, make).await
    }

    /// The seats of each customer, of the selected rows.
    pub(crate) async fn lines(
        &self,
        selection: Selection,
    ) -> Result<Arc<Counted<Lines>>, Unanswered> {
        let shows = Shows::Lines(selection.clone());
        let make = Lines::make(self, selection);
        self.web.kept.get(self.key, shows, make).await
    }

    /// How customers are distributed over percents of use or deployment.
    pub(crate) async fn spread(
        &self,
        selection: Selection,
        metric: Metric,
    ) -> Result<Arc<Counted<Spread>>, Unanswered> {
        let shows = Shows::Spread(selection.clone(), metric);
        let make = Spread::make(self, selection, metric);
        self.web.kept.get(self.key, shows, make).await
    }

    /// Figures over time.
    pub(crate) async fn history(
        &self,
        question: HistoryQuestion,
    ) -> Result<Arc<Counted<History>>, Unanswered> {
        let shows = Shows::History(question.clone());
        let make = async { Ok(self.reading.history(&question).await?.into()) };
        self.web.kept.get(self.key, shows, make).await
    }

    /// The figures of a metric for each week of the year that ends on its newest date; `None` if it has no
    /// data.
    pub(crate) async fn year(
        &self,
        metric: Metric,
        by: By,
        selection: Selection,
    ) -> Result<Option<Arc<Counted<History>>>, Unanswered> {
        let Some(newest) = self.standing().await?.newest_of(metric) else {
            return Ok(None);
        };
        let question = HistoryQuestion {
            kind: metric.into(),
            by,
            selection,
            from: newest.saturating_sub(52.weeks()),
            to: newest,
            step: Step::Week,
            known_at: self.axes.known_at,
        };
        self.history(question).await.map(Some)
    }

    /// Restated units, the newest restatement first.
    pub(crate) async fn restated(
        &self,
        question: RestatementsQuestion,
    ) -> Result<Arc<Restated>, Unanswered> {
        let shows = Shows::Restated(question.clone());
        let make = async { Ok(self.reading.restatements(&question).await?.into()) };
        self.web.kept.get(self.key, shows, make).await
    }

    /// How figures changed between two days, the largest effect in seats first.
    pub(crate) async fn changes(
        &self,
        span: Span,
        question: ChangesQuestion,
    ) -> Result<Arc<Counted<Vec<Change>>>, Unanswered> {
        let shows = Shows::Changes(span, question.clone());
        let make = async {
            let before = self.snapshot_as_of(span.metric, span.from).await?;
            let after = self.snapshot_as_of(span.metric, span.to).await?;
            let bytes = before.bytes() + after.bytes();
            let work = move || changes(&before, &before, &after, &question);
            let mut found = self.reading.work(bytes, work).await?;
            by_weight(&mut found);
            let named = found.iter().flat_map(|it| &it.customers);
            let named: usize = named.map(|page| page.items.len()).sum();
            let memory = self.reading.reserve((found.len() + named) * CHANGE_BYTES)?;
            Ok(Counted::new(found, memory))
        };
        self.web.kept.get(self.key, shows, make).await
    }

    /// Idle seats, with the prices and the policy in force.
    pub(crate) async fn idle(&self, question: IdleQuestion) -> Result<Arc<Idle>, Unanswered> {
        let shows = Shows::Idle(question.clone());
        let make = async {
            let found = self.reading.idle(self.axes, question).await?;
            let listed = found.0.rows.items.len() + found.0.products.items.len();
            let listed = listed + found.0.warnings.len();
            let memory = self.reading.reserve(listed * IDLE_ROW_BYTES)?;
            Ok(Counted::new(found, memory))
        };
        self.web.kept.get(self.key, shows, make).await
    }

    /// As [`idle`](Self::idle), or why the idle seats are unknown: a price file or policy that cannot be read
    /// must not hide the rest of a page.
    pub(crate) async fn idle_or_reason(
        &self,
        question: IdleQuestion,
    ) -> Result<Result<Arc<Idle>, String>, Unanswered> {
        match self.idle(question).await {
            Err(err) if !err.is_busy() => Ok(Err(err.description().to_owned())),
            found => found.map(Ok),
        }
    }

    /// The rows and deliveries that a figure consists of.
    pub(crate) async fn explained(
        &self,
        question: ExplainQuestion,
    ) -> Result<Arc<Counted<Explanation>>, Unanswered> {
        let shows = Shows::Explained(question.clone());
        let make = async {
            let explained = self.reading.explain(&question).await?;
            Ok(explained.ok_or_else(nothing)?.into())
        };
        self.web.kept.get(self.key, shows, make).await
    }

    /// The names of a customer, the newest first.
    pub(crate) async fn customer_names(
        &self,
        customer: CustomerId,
    ) -> Result<Arc<Counted<Vec<CustomerName>>>, Unanswered> {
        let make = async {
            let names = self.reading.customer_names(customer, self.axes).await?;
            let letters: usize = names.iter().map(|it| it.name.len()).sum();
            let bytes = letters + names.len() * size_of::<CustomerName>();
            let memory = self.reading.reserve(bytes)?;
            Ok(Counted::new(names, memory))
        };
        let shows = Shows::Names(customer);
        self.web.kept.get(self.key, shows, make).await
    }

    /// The rows that count as of a day. If no delivery is newer than `day`, these are the rows of the page's
    /// own day, which are already in memory.
    pub(crate) async fn snapshot_as_of(
        &self,
        metric: Metric,
        day: Date,
    ) -> Result<Arc<Snapshot>, Unanswered> {
        let newest = self.standing().await?.newest_of(metric);
        let has_all = newest.is_none_or(|newest| newest <= day)
            && self.axes.as_of.is_none_or(|as_of| day <= as_of);
        let as_of = match has_all {
            true => self.axes.as_of,
            false => Some(day),
        };
        let axes = Axes { as_of, ..self.axes };
        self.reading.snapshot(metric.into(), axes).await
    }
}
