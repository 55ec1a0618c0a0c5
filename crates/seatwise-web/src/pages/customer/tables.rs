//! The products and workloads of one customer.

use std::collections::BTreeMap;

use jiff::civil::Date;
use seatwise_store::{IdleFound, Snapshot, SnapshotRow, percent};
use seatwise_types::CustomerId;
use seatwise_types::extensions::{IdleRow, IdleShow, Metric, Selection};
use seatwise_types::query::CommercialField;

use super::super::idle::cost;
use super::super::{explain_link, figure};
use super::{feed, text};
use crate::chart::bar;
use crate::table::{Cell, Column, Table};
use crate::view::View;

/// The products of a customer, with its idle seats if they are known. Guests do not see prices.
pub(super) fn products(
    view: &View,
    id: CustomerId,
    deployment: &Snapshot,
    idle: Option<&IdleFound>,
) -> Table {
    let idle: Option<BTreeMap<[String; 3], &IdleRow>> = idle.map(|found| {
        let rows = found.rows.items.iter();
        rows.map(|row| (product_of(row), row)).collect()
    });
    let rows = deployment
        .rows_of(id)
        .map(|row| product_cells(view, id, &row, idle.as_ref()));
    let mut columns = vec![
        Column::text("Product").noted("Service"),
        Column::number("Sold"),
        Column::number("Deployed").minor(),
        Column::number("Deployed, %"),
        Column::number("Idle").noted("Why not idle"),
    ];
    if !view.is_of_guest() {
        columns.push(Column::number("Cost a month").private());
    }
    columns.push(Column::number("Processed").minor().noted("Note"));
    Table {
        name: "products",
        caption: "The products of this customer: seats sold and deployed".to_owned(),
        columns,
        rows: rows.collect(),
        empty: match deployment.customer(id) {
            Some(_) => "Its newest delivery of deployment has no products.",
            None => "No deployment of this customer was delivered.",
        },
        csv: view.download("products"),
    }
}

/// A product with its idle seats, if those of the customer are known.
fn product_cells(
    view: &View,
    id: CustomerId,
    row: &SnapshotRow<'_>,
    idle: Option<&BTreeMap<[String; 3], &IdleRow>>,
) -> Vec<Cell> {
    let (service, channel) = (
        text(row, CommercialField::ServiceCode),
        text(row, CommercialField::Channel),
    );
    let name = text(row, CommercialField::ProductName);
    let product = Selection {
        // A product keeps its id when its name changes.
        product: row
            .field(CommercialField::ProductId)
            .map_or_else(|| Some(name.clone()), |id| Some(id.to_lowercase())),
        ..figure(&service, &channel, None)
    };
    let of_customer = Selection {
        customer: Some(id),
        ..product.clone()
    };
    let explain = explain_link(view, Metric::Deployment, &of_customer);
    let percent = row.percent();
    let key = [
        &*service,
        &*channel,
        product.product.as_deref().unwrap_or_default(),
    ];
    let idle = idle.map(|all| all.get(&key.map(str::to_lowercase)).copied());
    let idle = idle.filter(|_| !row.is_late());
    let [seats, price] = idle_cells(idle);
    let of_idle = [
        ("customer", Some(id.to_string())),
        ("product", product.product.clone()),
        ("show", Some(IdleShow::All.to_string())),
    ];
    let mut cells = vec![
        Cell::text(name)
            .link(view.link_beyond("/product", super::super::of(&product)))
            .note(Some(feed(&service, &channel))),
        Cell::count(row.whole()),
        Cell::count(row.part()),
        Cell::percent(Some(percent))
            .link(explain)
            .bar(bar(percent, None)),
        match idle {
            Some(_) => seats.link(view.link_beyond("/idle", of_idle)),
            None => seats,
        },
    ];
    if !view.is_of_guest() {
        cells.push(price);
    }
    cells.push(processed(row.processed().map(|it| it.day()), row.is_late()));
    cells
}

/// The workloads of a customer, the least used first.
pub(super) fn workloads(view: &View, id: CustomerId, usage: &Snapshot) -> Table {
    let mut sums: BTreeMap<[String; 3], (u64, u64, Option<Date>, bool)> = BTreeMap::new();
    for row in usage.rows_of(id) {
        let key = [
            CommercialField::ServiceCode,
            CommercialField::Channel,
            CommercialField::WorkloadName,
        ];
        let sum = sums.entry(key.map(|field| text(&row, field))).or_default();
        sum.0 += row.part();
        sum.1 += row.whole();
        sum.2 = sum.2.max(row.processed().map(|it| it.day()));
        sum.3 = row.is_late();
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    let of = |(_, (part, whole, ..)): &([String; 3], (u64, u64, _, _))| percent(*part, *whole);
    sums.sort_by(|a, b| of(a).total_cmp(&of(b)));
    let rows = sums.into_iter().map(
        |([service, channel, workload], (part, whole, day, is_late))| {
            let selection = figure(&service, &channel, Some(&workload));
            let of_customer = Selection {
                customer: Some(id),
                ..selection.clone()
            };
            let percent = percent(part, whole);
            vec![
                Cell::text(workload)
                    .link(view.link_beyond("/workload", super::super::of(&selection)))
                    .note(Some(feed(&service, &channel))),
                Cell::count(whole),
                Cell::count(part),
                Cell::percent(Some(percent))
                    .link(explain_link(view, Metric::Usage, &of_customer))
                    .bar(bar(percent, None)),
                processed(day, is_late),
            ]
        },
    );
    Table {
        name: "workloads",
        caption: "The workloads of this customer: seats qualified and active, the least used first"
            .to_owned(),
        columns: vec![
            Column::text("Workload").noted("Service"),
            Column::number("Qualified"),
            Column::number("Active"),
            Column::number("Active, %"),
            Column::number("Processed").minor().noted("Note"),
        ],
        rows: rows.collect(),
        empty: match usage.customer(id) {
            Some(_) => "Its newest delivery of usage has no workloads.",
            None => "No usage of this customer was delivered.",
        },
        csv: view.download("workloads"),
    }
}

/// What identifies the product of a row of idle seats: service, channel, and its id or else its name.
fn product_of(row: &IdleRow) -> [String; 3] {
    let product = row.product_id.as_ref().unwrap_or(&row.product_name);
    [row.service_code.as_str(), row.channel.as_str(), product].map(str::to_lowercase)
}

/// Idle seats and what they cost: unknown if nothing is known of them, none if the product has none.
fn idle_cells(idle: Option<Option<&IdleRow>>) -> [Cell; 2] {
    let Some(row) = idle else {
        return [Cell::unknown(), Cell::unknown()];
    };
    let Some(row) = row else {
        return [Cell::count(0), Cell::none()];
    };
    let note = row.exclusion.as_ref().map(|it| it.reason.clone());
    [Cell::count(row.idle).note(note), cost(row)]
}

/// The processed date of a row, marked if the row is late.
fn processed(day: Option<Date>, is_late: bool) -> Cell {
    Cell::day(day).note(is_late.then(|| "late".to_owned()))
}
