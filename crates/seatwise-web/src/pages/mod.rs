//! The pages, one file each: parameters, and content.

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

/// A selection as parameters of an address.
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

/// The selection of a service and channel, and of a workload if there is one.
fn figure(service: &str, channel: &str, workload: Option<&str>) -> Selection {
    Selection {
        service: Some(service.to_owned()),
        channel: Some(channel.to_owned()),
        workload: workload.map(ToOwned::to_owned),
        ..Selection::default()
    }
}

/// The path of explanations.
const EXPLAIN: &str = "/explain";

/// The parameters of [`EXPLAIN`] for a figure.
fn explained(
    metric: Metric,
    selection: &Selection,
) -> impl Iterator<Item = (&'static str, Option<String>)> + use<> {
    let metric = ("metric", Some(metric.to_string()));
    [metric].into_iter().chain(of(selection))
}

/// The address of a figure's explanation.
fn explain_link(view: &View, metric: Metric, selection: &Selection) -> String {
    view.link(EXPLAIN, explained(metric, selection))
}

/// The address of a workload's page.
fn workload_link(view: &View, selection: &Selection) -> String {
    view.link("/workload", of(selection))
}

fn customer_link(view: &View, id: CustomerId) -> String {
    view.link(&format!("/customers/{id}"), [])
}

/// The percent of a customer's seats: "unknown" if no delivery counts, "none" if no row does.
fn percent_cell(seats: &Seats) -> Cell {
    match (seats.is_known, seats.percent()) {
        (false, _) => Cell::unknown(),
        (true, None) => Cell::none(),
        (true, percent) => Cell::percent(percent),
    }
}
