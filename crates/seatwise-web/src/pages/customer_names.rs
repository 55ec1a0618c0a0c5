//! The names of a customer, on its page.

use seatwise_server::Unanswered;
use seatwise_types::CustomerId;

use crate::table::{Cell, Column, Table};
use crate::view::View;

/// The names of a customer with their days; `None` if it always had the same one.
pub(super) async fn read(view: &View, customer: CustomerId) -> Result<Option<Table>, Unanswered> {
    let names = view.model.customer_names(customer).await?;
    if names.len() < 2 {
        return Ok(None);
    }
    let rows = names.iter().map(|it| {
        vec![
            Cell::text(&it.name),
            Cell::day(Some(it.first)),
            Cell::day(Some(it.last)),
        ]
    });
    Ok(Some(Table {
        name: "names",
        caption: "The names of this customer, the newest first".to_owned(),
        columns: vec![
            Column::text("Name"),
            Column::number("Delivered from"),
            Column::number("Until"),
        ],
        rows: rows.take(view.at_most(LISTED)).collect(),
        empty: "",
        csv: view.download("names"),
    }))
}

/// The number of names on the page. A download has all.
const LISTED: usize = 50;
