//! What changed between two dates: `/seatwise/v1/changes`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use jiff::civil::Date;
use seatwise_store::{Axes, ChangesQuestion, Kind, KnownAt, Moment, Snapshot};
use seatwise_types::PartnerId;
use seatwise_types::extensions::{By, Changes, DayOrMonth, Metric, Month, Selection};

use super::page::Paging;
use super::question;
use crate::axes;
use crate::plumbing::error::ApiError;
use crate::plumbing::parameters::{Parameters, invalid};
use crate::sign_in::Caller;
use crate::state::AppState;

/// `GET /seatwise/v1/changes`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let partner = caller.partner;
    let query = Parameters::parse(uri.query().unwrap_or_default())?;
    let asked = Asked::parse(&app, &query, &uri)?;
    let from_known_at = axes::settled(&app, partner, &query, "fromKnownAt").await?;
    let to_known_at = axes::settled(&app, partner, &query, TO_KNOWN_AT).await?;
    let compared = Compared::read(&app, partner, &asked, from_known_at, to_known_at);
    let compared = Box::pin(compared).await?;
    let _turn = app.questions.turn(partner).await?;
    // The answer needs about as much memory as the rows.
    let memory = app.snapshots.reserve(compared.bytes())?;
    let answer = move || {
        let _memory = memory;
        asked.answer(&compared)
    };
    question::respond(&app, &headers, answer).await
}

/// The parameter with the second answer's instant of knowledge.
const TO_KNOWN_AT: &str = "toKnownAt";

/// What is asked for.
struct Asked {
    metric: Metric,
    selection: Selection,
    question: ChangesQuestion,
    /// The page of customers, if changes are by customer.
    customers: Option<Paging>,
    from: DayOrMonth,
    to: DayOrMonth,
}

/// The snapshots that are compared, all of one version of the table.
struct Compared {
    from_day: Date,
    to_day: Date,
    from_known_at: Option<KnownAt>,
    to_known_at: Option<KnownAt>,
    before: Arc<Snapshot>,
    /// As `before`, as known at the instant of `after`.
    corrected: Arc<Snapshot>,
    after: Arc<Snapshot>,
}

impl Asked {
    fn parse(app: &AppState, query: &Parameters<'_>, uri: &Uri) -> Result<Self, ApiError> {
        let metric = question::metric(query)?;
        let selection = question::selection(query, metric)?;
        let question = ChangesQuestion::new(selection.clone());
        let question = question.map_err(|err| question::unanswered(app, err))?;
        let customers = customers(query, uri)?;
        let question = match &customers {
            Some(paging) => question.by_customer(paging.range()),
            None => question,
        };
        let (from, to) = question::ends(query)?;
        Ok(Self {
            metric,
            selection,
            question,
            customers,
            from,
            to,
        })
    }

    fn answer(self, compared: &Compared) -> Changes {
        let (before, after) = (&compared.before, &compared.after);
        let changes = seatwise_store::changes(before, &compared.corrected, after, &self.question);
        let asked = compared.to_known_at.map(KnownAt::timestamp);
        // Further pages must be of the same answer.
        let known_at = match self.customers {
            Some(_) => asked.or(after.recorded_at()),
            None => asked,
        };
        let counts = changes.iter().filter_map(|it| it.customers.as_ref());
        let longest = counts.map(|page| page.total_count).max().unwrap_or(0);
        let next_link = |paging: Paging| paging.next_link(longest as usize, known_at);
        Changes {
            metric: self.metric,
            from: compared.from_day,
            from_month: self.from.month(),
            to: compared.to_day,
            to_month: self.to.month(),
            from_known_at: compared.from_known_at.map(KnownAt::timestamp),
            to_known_at: known_at,
            changes,
            next_link: self.customers.and_then(next_link),
        }
    }
}

impl Compared {
    async fn read(
        app: &AppState,
        partner: PartnerId,
        asked: &Asked,
        from_known_at: Option<KnownAt>,
        to_known_at: Option<KnownAt>,
    ) -> Result<Self, ApiError> {
        let kind = Kind::from(asked.metric);
        let read = async |day, known_at, version| {
            let as_of = Some(day);
            let moment = Moment::At(Axes { as_of, known_at });
            app.snapshots.at(partner, kind, moment, version).await
        };
        let Asked { from, to, .. } = asked;
        // The last day of a month stands for the newest day in it.
        let after = read(to.last_day(), to_known_at, None).await?;
        // All snapshots are of one version, whatever is recorded meanwhile. By default, the first
        // answer has the same instant of knowledge as the second.
        let version = after.version();
        let before = read(from.last_day(), from_known_at.or(to_known_at), version).await?;
        let to_day = taken("to", *to, &after, &asked.selection)?;
        let from_day = taken("from", *from, &before, &asked.selection)?;
        let corrected = match from_known_at {
            Some(_) => read(from_day, to_known_at, version).await?,
            None => Arc::clone(&before),
        };
        Ok(Self {
            from_day,
            to_day,
            from_known_at,
            to_known_at,
            before,
            corrected,
            after,
        })
    }

    fn bytes(&self) -> usize {
        self.before.bytes() + self.corrected.bytes() + self.after.bytes()
    }
}

/// The page of customers, if changes are by customer.
fn customers(query: &Parameters<'_>, uri: &Uri) -> Result<Option<Paging>, ApiError> {
    match question::word(query, "by", By::Partner)? {
        By::Partner => Ok(None),
        By::Customer => Paging::parse_known(query, uri, TO_KNOWN_AT).map(Some),
        By::Workload | By::Product => {
            let why = "changes are those of workloads, and have no products: `partner` or \
                       `customer` is expected";
            Err(invalid("by", why))
        }
    }
}

/// The day of an end. A month stands for its newest day with a delivery.
fn taken(
    name: &'static str,
    asked: DayOrMonth,
    answer: &Snapshot,
    selection: &Selection,
) -> Result<Date, ApiError> {
    let month = match asked {
        DayOrMonth::Day(day) => return Ok(day),
        DayOrMonth::Month(month) => month,
    };
    let newest = answer.newest_day(selection);
    match newest.filter(|day| Month::of(*day) == month) {
        Some(day) => Ok(day),
        None => {
            let before = newest.map(|day| format!(", the newest delivery before it is of {day}"));
            let before = before.unwrap_or_default();
            Err(invalid(
                name,
                format_args!("nothing was delivered in {month}{before}"),
            ))
        }
    }
}
