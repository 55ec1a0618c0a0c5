//! The section about collections: the current one, the button that requests one, and past ones.

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

/// The address of the section.
const SHOWN: &str = "/data#collections";

/// The number of collections listed.
const LISTED: usize = 20;

/// `POST /data/collect`: requests a collection that begins now, and redirects to the page, which shows its
/// progress.
pub(crate) async fn request(
    State(web): State<Arc<Web>>,
    _: FromOwnPage,
    Operator(visitor): Operator,
) -> Result<Response, PageError> {
    web.app.reading(visitor.partner).request_collection()?;
    Ok(see_other(SHOWN, []))
}

/// The section about collections.
pub(super) struct Collections {
    /// The state of the collector, as text; `None` if the server does not collect.
    pub(super) now: Option<String>,
    /// Why this server's last collection failed; `None` if it did not fail.
    pub(super) error: Option<String>,
    pub(super) button: Option<Button>,
    pub(super) past: Table,
}

/// The button of the section.
pub(super) enum Button {
    /// Requests a collection. Only operators see it.
    Collect,
    /// Reloads the page while a collection runs.
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

/// The state of the collector, as text.
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
        // A collection that runs or was killed has no counts: they are written at its end.
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
