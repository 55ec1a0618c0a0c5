//! The pages of Seatwise: how well customers use their licences, and why.
//!
//! Data flows in one direction. A handler parses its address (`address.rs`), reads the server's memory
//! ([`seatwise_server::Reading`]) and makes a model (`model`); a template in `templates/` renders the page.
//! Charts are functions from numbers to SVG (`chart`). No code here works out a figure: the store adds up
//! seats and computes percents, by the same rules as for the API.
//!
//! [`Sessions`] identifies visitors. The argument of a handler, such as `Visitor`, says who may open the
//! page. It is the handler's only way to a partner's data (`session/visitor.rs`).

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

/// The path of a link for a guest.
pub fn guest_path(token: &GuestToken) -> String {
    guest::address(token)
}

/// The state that all pages share.
struct Web {
    app: Arc<AppState>,
    sessions: Sessions,
    kept: Kept,
    visits: Visits,
}

/// The router of the pages, for [`Server::with_pages`](seatwise_server::Server::with_pages). A background
/// task prepares the pages of recently active partners again after each commit.
///
/// # Panics
/// If called outside a Tokio runtime.
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
        // Link previews and scanners send HEAD requests, which must not use up a link.
        .route(
            sign_in::PATH,
            get(sign_in::sign_in).head(|| async { StatusCode::METHOD_NOT_ALLOWED }),
        )
        .route(sign_in::CALLBACK, get(sign_in::callback))
        .route("/sign-out", post(sign_in::sign_out))
        .route(assets::PATH, get(assets::get))
        .with_state(web)
}
