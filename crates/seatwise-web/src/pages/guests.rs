//! Links for guests: an operator lists, makes and revokes them.

use std::sync::Arc;

use askama::Template;
use aws_lc_rs::rand;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, Uri};
use jiff::SignedDuration;
use seatwise_server::Unanswered;
use seatwise_store::{GuestLink, GuestLinkId, NewGuestLink};
use seatwise_types::CustomerId;
use seatwise_types::extensions::Selection;

use super::customer_link;
use crate::Web;
use crate::address::Asked;
use crate::error::PageError;
use crate::guest;
use crate::session::{FromOwnPage, Operator};
use crate::sign_in::see_other;
use crate::table::{Cell, Column, Table};
use crate::view::{Page, Shell, View, headers};
use crate::words;

pub(crate) const PATH: &str = "/guests";

/// The longest value of a form field, in characters.
const LONGEST: usize = 128;

/// The default and the longest life of a link, in days.
const DAYS: i64 = 30;
const MOST_DAYS: i64 = GuestLink::LONGEST.as_hours() / 24;

/// The address where an operator makes a link for a customer; `None` for other visitors.
pub(super) fn link(view: &View, customer: CustomerId) -> Option<String> {
    let customer = ("customer", Some(customer.to_string()));
    view.is_of_operator().then(|| view.link(PATH, [customer]))
}

/// `GET /guests?customer=…`
pub(crate) async fn get(
    State(web): State<Arc<Web>>,
    Operator(visitor): Operator,
    uri: Uri,
    request: HeaderMap,
) -> Result<Response, PageError> {
    let (view, mut asked) = View::open(&web, visitor, &uri, request).await?;
    let customer = asked.value::<CustomerId>("customer")?;
    asked.finish()?;
    let page = GuestsPage::make(&view, customer, None).await?;
    view.respond(page).await
}

/// `POST /guests`: makes a link, and shows its address once.
pub(crate) async fn make(
    State(web): State<Arc<Web>>,
    _: FromOwnPage,
    Operator(visitor): Operator,
    request: HeaderMap,
    body: Bytes,
) -> Result<Response, PageError> {
    let mut form = Asked::parse_up_to(LONGEST, &body)?;
    let customer = form.value::<CustomerId>("customer")?;
    let days = form.value::<i64>("days")?.unwrap_or(DAYS);
    let note = form.text("note").unwrap_or_default();
    form.finish()?;
    let customer = customer.ok_or_else(|| Unanswered::invalid("customer: an id is expected"))?;
    if !(1..=MOST_DAYS).contains(&days) {
        let err = format!("days: a number from 1 to {MOST_DAYS} is expected");
        return Err(Unanswered::invalid(err).into());
    }
    let new = NewGuestLink {
        customer,
        note,
        made_by: visitor.name.clone(),
        life: SignedDuration::from_hours(24 * days),
    };
    let origin = web.sessions.origin(&request).unwrap_or_default();
    let (view, _) = View::open(&web, visitor, &Uri::from_static(PATH), request).await?;
    let lines = view.model.lines(Selection::default()).await?;
    if lines.get(customer).is_none() {
        return Err(Unanswered::not_found("no customer with this id is known").into());
    }
    let mut secret = [0; 16];
    rand::fill(&mut secret).expect("the system has random numbers");
    let (token, _) = view.model.reading.make_guest_link(secret, new).await?;
    let address = format!("{origin}{}", guest::address(&token));
    let page = GuestsPage::make(&view, None, Some(address)).await?;
    let page = page.render().expect("a page is written to memory");
    let mut response = (headers(), view.reader().write(&page)).into_response();
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    Ok(response)
}

/// `POST /guests/revoke`: closes a link, and ends the sessions that it started.
pub(crate) async fn revoke(
    State(web): State<Arc<Web>>,
    _: FromOwnPage,
    Operator(visitor): Operator,
    body: Bytes,
) -> Result<Response, PageError> {
    let mut form = Asked::parse_up_to(LONGEST, &body)?;
    let id = form.value::<GuestLinkId>("id")?;
    form.finish()?;
    let id = id.ok_or_else(|| Unanswered::invalid("id: the name of a link is expected"))?;
    let reading = web.app.reading(visitor.partner);
    reading.revoke_guest_link(id).await?;
    Ok(see_other(PATH, []))
}

#[derive(Template)]
#[template(path = "guests.html")]
struct GuestsPage {
    shell: Shell,
    /// The address of the new link, which is shown once; `None` if no link was made.
    made: Option<String>,
    /// The customer that the form begins with; empty if none was chosen.
    customer: String,
    days: i64,
    most_days: i64,
    /// The links that can be revoked: id, and a label with the customer and the note.
    open: Vec<(String, String)>,
    links: Table,
}

impl Page for GuestsPage {
    fn tables(&self) -> Vec<&Table> {
        vec![&self.links]
    }
}

impl GuestsPage {
    async fn make(
        view: &View,
        customer: Option<CustomerId>,
        made: Option<String>,
    ) -> Result<Self, Unanswered> {
        let links = view.model.reading.guest_links().await?;
        let lines = view.model.lines(Selection::default()).await?;
        let name = |id: CustomerId| {
            lines
                .get(id)
                .map_or_else(|| id.to_string(), |it| it.name.to_string())
        };
        let open = links.iter().filter(|(_, is_open)| *is_open);
        let open = open.map(|(link, _)| {
            let whose = match link.note.as_str() {
                "" => name(link.customer),
                note => format!("{}, {note}", name(link.customer)),
            };
            let whose = format!(
                "{whose} (link {}, until {})",
                link.id,
                words::instant(link.ends_at)
            );
            (link.id.to_string(), whose)
        });
        Ok(Self {
            shell: view.shell("Guests", "Guests"),
            made,
            customer: customer.map(|id| id.to_string()).unwrap_or_default(),
            days: DAYS,
            most_days: MOST_DAYS,
            open: open.collect(),
            links: table(view, &links, name),
        })
    }
}

fn table(view: &View, links: &[(GuestLink, bool)], name: impl Fn(CustomerId) -> String) -> Table {
    let rows = links.iter().map(|(link, is_open)| {
        let state = match (link.revoked_at, is_open) {
            (Some(at), _) => Cell::text(format!("revoked {}", words::instant(at))).tone("bad"),
            (None, true) => Cell::text("open").tone("good"),
            (None, false) => Cell::text("expired"),
        };
        vec![
            Cell::text(name(link.customer)).link(customer_link(view, link.customer)),
            Cell::text(link.note.clone()),
            state,
            Cell::instant(link.ends_at),
            Cell::instant(link.made_at),
            Cell::text(link.made_by.clone()),
            Cell::text(link.id.to_string()),
        ]
    });
    Table {
        name: "guests",
        caption: "Links for guests, the newest first".to_owned(),
        columns: vec![
            Column::text("Customer"),
            Column::text("For whom"),
            Column::text("State"),
            Column::number("Expires"),
            Column::number("Made").minor(),
            Column::text("Made by").minor(),
            Column::text("Link").minor(),
        ],
        rows: rows.collect(),
        empty: "There are no links.",
        csv: view.download("guests"),
    }
}
