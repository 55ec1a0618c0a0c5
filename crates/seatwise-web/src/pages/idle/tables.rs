//! The tables of idle seats.

use seatwise_store::IdleFound;
use seatwise_types::extensions::{
    Exclusion, IdleFileKind, IdleProduct, IdleRow, IdleSeats, IdleSort, IdleWorth, Metric,
    Selection,
};

use super::super::{customer_link, explain_link, figure};
use crate::table::{Cell, Column, Table};
use crate::view::View;
use crate::words;

/// The three amounts. They overlap, so they are never added up.
pub(super) fn worth(view: &View, worth: &[IdleWorth]) -> Table {
    let rows = worth.iter().map(|it| {
        let money = |amount| Cell::money(&it.currency, amount);
        vec![
            Cell::text(&it.currency),
            Cell::count(it.seats),
            money(it.exposure),
            money(it.reassignable),
            money(it.reducible),
        ]
    });
    Table {
        name: "worth",
        caption: "What idle seats are worth in a month, for each currency".to_owned(),
        columns: vec![
            Column::text("Currency"),
            Column::number("Idle seats with a price"),
            Column::number("They cost a month"),
            Column::number("Of it reassignable"),
            Column::number("Of it reducible"),
        ],
        rows: rows.collect(),
        empty: "No price of an idle seat is known.",
        csv: view.download("worth"),
    }
}

pub(super) fn seats(view: &View, totals: &IdleSeats) -> Table {
    let row = |name: &str, seats: u64, what: &str| {
        vec![
            Cell::text(name).note(Some(what.to_owned())),
            Cell::count(seats),
        ]
    };
    let mut rows = vec![
        row(
            "Idle",
            totals.idle,
            "sold and not assigned, and neither new nor excluded",
        ),
        row(
            "New",
            totals.new,
            "bought a short time ago and not assigned yet",
        ),
        row(
            "Excluded",
            totals.excluded,
            "not assigned, and kept on purpose by the policy",
        ),
        row(
            "Over-assigned",
            totals.over_assigned,
            "assigned and not sold; never subtracted from idle seats",
        ),
        row(
            "Reassignable",
            totals.reassignable,
            "idle, and needed elsewhere by the same customer",
        ),
        row(
            "Reducible",
            totals.reducible,
            "idle beyond the buffer: they need not be renewed",
        ),
    ];
    let unused = "qualified and used in no workload; the figures allow no more exact answer";
    rows.push(vec![
        Cell::text("Unused").note(Some(unused.to_owned())),
        Cell::between(totals.unused_at_least, totals.unused_at_most),
    ]);
    Table {
        name: "seats",
        caption: "Seats by what they are".to_owned(),
        columns: vec![
            Column::text("Seats that are").noted("Meaning"),
            Column::number("Seats"),
        ],
        rows,
        empty: "",
        csv: view.download("seats"),
    }
}

/// The amounts of all currencies, one below the other.
fn exposure(worth: &[IdleWorth]) -> Cell {
    let mut amounts = worth.iter().filter(|it| it.seats > 0);
    match (amounts.next(), amounts.next()) {
        (None, _) => Cell::unknown(),
        (Some(only), None) => Cell::money(&only.currency, only.exposure),
        _ => {
            let all = worth.iter().filter(|it| it.seats > 0);
            let all = all.map(|it| words::money(&it.currency, it.exposure));
            Cell::text(all.collect::<Vec<_>>().join(" and "))
        }
    }
}

/// The products with idle seats. The first page shows them too.
pub(crate) fn products<'a>(view: &View, products: impl Iterator<Item = &'a IdleProduct>) -> Table {
    let rows = products.filter(|it| it.totals.idle > 0).map(|it| {
        let id = it
            .product_id
            .clone()
            .unwrap_or_else(|| it.product_name.clone());
        let of = [("product", Some(id))];
        vec![
            Cell::text(&it.product_name).link(view.link("/idle", of) + "#rows"),
            Cell::count(it.totals.idle),
            Cell::count(it.totals.sold),
            exposure(&it.worth),
        ]
    });
    Table {
        name: "idle-products",
        caption: "Products with idle seats, those with most of them first".to_owned(),
        columns: vec![
            Column::text("Product"),
            Column::number("Idle seats"),
            Column::number("Sold").minor(),
            Column::number("Cost a month"),
        ],
        rows: rows.collect(),
        empty: "No seat is idle.",
        csv: view.download("idle-products"),
    }
}

/// What the idle seats of a row cost: unknown without a price, none without idle seats.
pub(crate) fn cost(row: &IdleRow) -> Cell {
    match (&row.worth, row.idle) {
        (Some(worth), _) => Cell::money(&worth.currency, worth.exposure),
        (None, 0) => Cell::none(),
        (None, _) => Cell::unknown(),
    }
}

pub(super) fn rows(view: &View, sort: IdleSort, rows: &[IdleRow]) -> Table {
    // Each order has a fixed direction.
    let sorted = |by: IdleSort, order: &'static str, column: Column| Column {
        sort: Some(view.with([("sort", Some(by.to_string())), ("page", None)])),
        sorted: (by == sort).then_some(order),
        ..column
    };
    let most_first = |by, column| sorted(by, "descending", column);
    let rows = rows.iter().map(|row| cells(view, row));
    Table {
        name: "idle",
        caption: "Products of customers with their idle seats".to_owned(),
        columns: vec![
            sorted(
                IdleSort::Customer,
                "ascending",
                Column::text("Customer").noted("Product"),
            ),
            Column::number("Sold"),
            Column::number("Deployed").minor(),
            most_first(IdleSort::Idle, Column::number("Idle")),
            Column::number("Over-assigned").minor(),
            Column::number("Reassignable").minor(),
            Column::number("Reducible").minor(),
            most_first(
                IdleSort::Unused,
                Column::number("Unused in all workloads").minor(),
            ),
            most_first(IdleSort::Exposure, Column::number("Cost a month")),
        ],
        rows: rows.collect(),
        empty: "No row matches.",
        csv: view.download("idle"),
    }
}

fn cells(view: &View, it: &IdleRow) -> Vec<Cell> {
    let product = it
        .product_id
        .clone()
        .unwrap_or_else(|| it.product_name.clone());
    let of = Selection {
        customer: Some(it.customer_id),
        product: Some(product),
        ..figure(it.service_code.as_str(), it.channel.as_str(), None)
    };
    let note = match &it.exclusion {
        Some(exclusion) => format!("{}: {}", excluded(exclusion.kind), exclusion.reason),
        None => String::new(),
    };
    let note = [it.product_name.clone(), note];
    let note: Vec<String> = note.into_iter().filter(|text| !text.is_empty()).collect();
    let deployment = it.deployment.as_ref();
    let count = |number: Option<u64>| number.map_or_else(Cell::unknown, Cell::count);
    let unused = it.usage.as_ref().map_or_else(Cell::unknown, |usage| {
        Cell::between(usage.unused_at_least, usage.unused_at_most)
    });
    let sold = count(deployment.map(|it| it.sold));
    let sold = match deployment {
        Some(_) => sold.link(explain_link(view, Metric::Deployment, &of)),
        None => sold,
    };
    vec![
        Cell::text(&it.customer_name)
            .link(customer_link(view, it.customer_id))
            .note(Some(note.join("; "))),
        sold,
        count(deployment.map(|it| it.deployed)),
        Cell::count(it.idle),
        count(deployment.and_then(|it| it.over_assigned)),
        Cell::count(it.reassignable),
        Cell::count(it.reducible),
        unused,
        cost(it),
    ]
}

fn excluded(kind: Exclusion) -> &'static str {
    match kind {
        Exclusion::Inventory => "kept as an inventory",
        Exclusion::NeverAssigned => "never assigned to users",
    }
}

pub(super) fn warnings(view: &View, found: &IdleFound) -> Table {
    let rows = found.warnings.iter().map(|it| {
        let file = match it.file {
            IdleFileKind::Prices => "prices",
            IdleFileKind::Policy => "policy",
        };
        vec![
            Cell::text(file),
            Cell::count(it.line),
            Cell::text(&it.field),
            Cell::text(&it.problem),
        ]
    });
    Table {
        name: "warnings",
        caption: "Lines of prices and policy that have no effect".to_owned(),
        columns: vec![
            Column::text("File"),
            Column::number("Line"),
            Column::text("Field"),
            Column::text("What is wrong"),
        ],
        rows: rows.collect(),
        empty: "Every line has an effect.",
        csv: view.download("warnings"),
    }
}
