//! The pages, one file each: what its address may say, and what it shows.

pub(crate) mod bridge;
pub(crate) mod changes;
pub(crate) mod customer;
mod customer_names;
pub(crate) mod customers;
pub(crate) mod data;
pub(crate) mod explain;
pub(crate) mod guests;
pub(crate) mod history;
pub(crate) mod idle;
pub(crate) mod portfolio;
pub(crate) mod product;
pub(crate) mod spread;
pub(crate) mod workload;

use seatwise_server::Unanswered;
use seatwise_types::CustomerId;
use seatwise_types::extensions::{Metric, Selection};

use crate::address::Asked;
use crate::model::lines::Seats;
use crate::table::Cell;
use crate::view::View;

/// The parameters of a selection.
fn of(selection: &Selection) -> impl Iterator<Item = (&'static str, Option<String>)> + use<> {
    selection
        .parameters()
        .map(|(name, value)| (name, Some(value)))
}

/// Takes the parameters of a selection.
fn selection(asked: &mut Asked) -> Result<Selection, Unanswered> {
    Ok(Selection {
        service: asked.text("service"),
        channel: asked.text("channel"),
        workload: asked.text("workload"),
        customer: asked.value("customer")?,
        product: asked.text("product"),
    })
}

/// A service and channel, and perhaps a workload.
fn figure(service: &str, channel: &str, workload: Option<&str>) -> Selection {
    Selection {
        service: Some(service.to_owned()),
        channel: Some(channel.to_owned()),
        workload: workload.map(ToOwned::to_owned),
        ..Selection::default()
    }
}

/// Where it is shown how a figure came about.
const EXPLAIN: &str = "/explain";

/// The parameters of [`EXPLAIN`] for a figure.
fn explained(
    metric: Metric,
    selection: &Selection,
) -> impl Iterator<Item = (&'static str, Option<String>)> + use<> {
    let metric = ("metric", Some(metric.to_string()));
    [metric].into_iter().chain(of(selection))
}

/// How a figure came about.
fn explain_link(view: &View, metric: Metric, selection: &Selection) -> String {
    view.link(EXPLAIN, explained(metric, selection))
}

/// A workload over all customers.
fn workload_link(view: &View, selection: &Selection) -> String {
    view.link("/workload", of(selection))
}

fn customer_link(view: &View, id: CustomerId) -> String {
    view.link(&format!("/customers/{id}"), [])
}

/// The percent of a customer's seats: unknown if nothing is known, none if it has no seats.
fn percent_cell(seats: &Seats) -> Cell {
    match (seats.is_known, seats.percent()) {
        (false, _) => Cell::unknown(),
        (true, None) => Cell::none(),
        (true, percent) => Cell::percent(percent),
    }
}
