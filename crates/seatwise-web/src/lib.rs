//! The pages that people look at: how well the licences of all customers are used, and why.
//!
//! Data goes one way. A handler reads its address (`address.rs`), asks the server for what is in memory
//! ([`seatwise_server::Reading`]), makes a model of it (`model`), and a template of `templates/` makes the
//! page. Charts are functions from numbers to SVG (`chart`). No figure is made here: the store adds up and
//! makes percents, by the rules that the API has.
//!
//! [`Sessions`] finds out who a visitor is. The argument of a handler says whom it takes, such as `Visitor`,
//! and is its only way to a partner (`session/visitor.rs`).

mod address;
mod ahead;
mod assets;
mod chart;
mod error;
mod guest;
mod model;
mod pages;
mod reader;
mod session;
mod sign_in;
mod table;
mod table_order;
mod view;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;
use seatwise_server::AppState;
use seatwise_store::GuestToken;

use crate::ahead::Visits;
use crate::model::Kept;

pub use session::{InvalidPublicUrl, PublicUrl, SessionKey, Sessions};

/// Path of the address that the holder of a link for a guest has.
pub fn guest_path(token: &GuestToken) -> String {
    guest::address(token)
}

/// What all pages share.
struct Web {
    app: Arc<AppState>,
    sessions: Sessions,
    kept: Kept,
    visits: Visits,
}

/// The pages of a server, for [`Server::with_pages`](seatwise_server::Server::with_pages). After a commit those
/// that were looked at lately are made again in the background.
///
/// # Panics
/// Outside of a Tokio runtime.
pub fn pages(app: Arc<AppState>, sessions: Sessions) -> Router<Arc<AppState>> {
    let web = Arc::new(Web {
        kept: Kept::new(app.counted_memory()),
        visits: Visits::default(),
        app,
        sessions,
    });
    ahead::start(&web);
    Router::new()
        .route("/", get(pages::portfolio::get))
        .route("/customers", get(pages::customers::get))
        .route("/customers/{id}", get(pages::customer::get))
        .route("/workload", get(pages::workload::get))
        .route("/product", get(pages::product::get))
        .route("/idle", get(pages::idle::get))
        .route("/changes", get(pages::changes::get))
        .route("/explain", get(pages::explain::get))
        .route("/data", get(pages::data::get))
        .route("/data/collect", post(pages::data::collections::request))
        .route("/guests", get(pages::guests::get).post(pages::guests::make))
        .route("/guests/revoke", post(pages::guests::revoke))
        .route(guest::PATH, get(guest::get))
        // A program that only looks at an address must not use up its link.
        .route(
            sign_in::PATH,
            get(sign_in::sign_in).head(|| async { StatusCode::METHOD_NOT_ALLOWED }),
        )
        .route(sign_in::CALLBACK, get(sign_in::callback))
        .route("/sign-out", post(sign_in::sign_out))
        .route(assets::PATH, get(assets::get))
        .with_state(web)
}
