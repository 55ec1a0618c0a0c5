//! Collections: whether one is at work, the button that requests one, and how the newest ones ended.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use seatwise_server::CollectionState;
use seatwise_types::extensions::{Outcome, PastCollection};

use crate::Web;
use crate::error::PageError;
use crate::session::{FromOwnPage, Operator};
use crate::sign_in::see_other;
use crate::table::{Cell, Column, Table};
use crate::view::View;
use crate::words;

/// Where the page shows it.
const SHOWN: &str = "/data#collections";

/// How many collections are listed.
const LISTED: usize = 20;

/// `POST /data/collect`: requests a collection that begins now, and leads back to the page, which shows
/// how it is.
pub(crate) async fn request(
    State(web): State<Arc<Web>>,
    _: FromOwnPage,
    Operator(visitor): Operator,
) -> Result<Response, PageError> {
    web.app.reading(visitor.partner).request_collection()?;
    Ok(see_other(SHOWN, []))
}

/// The section of the page.
pub(super) struct Collections {
    /// What the server does, in words; nothing if it does not collect.
    pub(super) now: Option<String>,
    /// Why the last one of this server failed.
    pub(super) error: Option<String>,
    pub(super) button: Option<Button>,
    pub(super) past: Table,
}

/// What an operator can press.
pub(super) enum Button {
    /// Requests a collection.
    Collect,
    /// Shows the page again, while one is at work.
    LookAgain,
}

impl Collections {
    pub(super) async fn read(view: &View) -> Self {
        let state = view.model.reading.collection();
        let past = view.model.reading.past_collections(LISTED).await;
        Self {
            now: state.as_ref().map(now),
            error: state.as_ref().and_then(|state| state.last_error.clone()),
            button: state.and_then(|state| match state.running || state.requested {
                true => Some(Button::LookAgain),
                false => view.is_of_operator().then_some(Button::Collect),
            }),
            past: table(view, past),
        }
    }
}

/// What the server does, in words.
fn now(state: &CollectionState) -> String {
    match (state.running, state.requested, state.next_at) {
        (true, ..) => {
            let progress = state.progress.unwrap_or_default();
            let step = progress.percent.map(|percent| {
                format!(" This step, of usage or of deployment, is done to {percent} %.")
            });
            format!(
                "A collection is at work. So far the source listed {}, and {} came.{}",
                words::counted(progress.customers, "customer", "customers"),
                words::counted(progress.rows, "row", "rows"),
                step.unwrap_or_default()
            )
        }
        (false, true, _) => "A collection was requested, and begins in a moment.".to_owned(),
        (false, false, Some(at)) => format!("The next collection begins {}.", words::instant(at)),
        (false, false, None) => "The next collection is not planned yet.".to_owned(),
    }
}

fn table(view: &View, past: Option<Vec<PastCollection>>) -> Table {
    let empty = match past {
        Some(_) => "No collection is known.",
        None => "The collections cannot be read. The log of the server says more.",
    };
    let rows = past.unwrap_or_default().into_iter().map(|it| {
        // The counts are written at the end: one that is at work, or was killed, has none.
        let count = |number| match it.ended_at {
            Some(_) => Cell::count(number),
            None => Cell::unknown(),
        };
        let (outcome, tone) = match it.outcome {
            Outcome::Running => ("at work", ""),
            Outcome::Done => ("done", "good"),
            Outcome::Stopped => ("stopped; the next one goes on", ""),
            Outcome::Failed => ("failed; the next one goes on", "bad"),
        };
        let said = it.error.iter().chain(&it.notes);
        let said: Vec<&str> = said.map(String::as_str).collect();
        vec![
            Cell::instant(it.started_at),
            it.ended_at.map_or_else(Cell::unknown, Cell::instant),
            Cell::shortened(&it.source),
            Cell::text(outcome).tone(tone),
            count(it.customers),
            count(it.without_data),
            count(it.rows),
            count(it.new),
            count(it.restated),
            count(it.rejected),
            Cell::shortened(&said.join("; ")),
        ]
    });
    Table {
        name: "collections",
        caption: "Collections, the newest first".to_owned(),
        columns: vec![
            Column::number("Started"),
            Column::number("Ended").minor(),
            Column::text("Source").minor(),
            Column::text("Outcome"),
            Column::number("Customers").minor(),
            Column::number("Without data"),
            Column::number("Rows").minor(),
            Column::number("New deliveries"),
            Column::number("Restated"),
            Column::number("Left out").minor(),
            Column::text("Error and notes"),
        ],
        rows: rows.collect(),
        empty,
        csv: view.download("collections"),
    }
}
