//! Seats that are sold and not used, what they are worth, and what is left out and why.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use seatwise_server::Unanswered;
use seatwise_store::{IdleFound, IdleQuestion, IdleRules};
use seatwise_types::own::{
    Exclusion, IdleFile, IdleFileKind, IdleProduct, IdleRow, IdleSeats, IdleShow, IdleSort,
    IdleWorth, Metric, Selection,
};

use super::{customer_link, explain_link, figure, selection};
use crate::Web;
use crate::address::Asked;
use crate::error::PageError;
use crate::session::Visitor;
use crate::table::{Cell, Column, Table};
use crate::view::{Chip, Page, Pages, Shell, View};
use crate::words;

/// How many rows a page has.
const PAGE: usize = 100;
/// How many rows a download has at the most.
const DOWNLOADED: usize = 100_000;
/// How many products are listed.
const PRODUCTS: usize = 20;

/// `GET /idle`
pub(crate) async fn get(
    State(web): State<Arc<Web>>,
    visitor: Visitor,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let (view, mut asked) = View::open(&web, visitor, &uri, headers).await?;
    let question = Question::read(&mut asked)?;
    asked.finish()?;
    let range = match view.is_download() {
        true => 0..DOWNLOADED,
        false => {
            let skip = (question.page - 1).saturating_mul(PAGE);
            skip..skip.saturating_add(PAGE)
        }
    };
    let of = question.selection.clone();
    let ask = IdleQuestion::new(of, question.sort, question.show, range)
        .map_err(|err| Unanswered::invalid(err.to_string()))?;
    let (found, rules) = view.reading.idle(view.axes, ask).await?;
    // The products are those with most idle seats on every page of the rows.
    let products = match question.page {
        1 => found.products.items.clone(),
        _ => Vec::new(),
    };
    let page = IdlePage::new(&view, &question, &found, &products, &rules);
    view.respond(page).await
}

/// What the address asks for.
struct Question {
    selection: Selection,
    sort: IdleSort,
    show: IdleShow,
    page: usize,
}

impl Question {
    fn read(asked: &mut Asked) -> Result<Self, Unanswered> {
        Ok(Self {
            selection: selection(asked)?,
            sort: asked.value("sort")?.unwrap_or(IdleSort::Idle),
            show: asked.value("show")?.unwrap_or(IdleShow::Idle),
            page: asked.value::<usize>("page")?.unwrap_or(1).max(1),
        })
    }
}

#[derive(Template)]
#[template(path = "idle.html")]
struct IdlePage {
    shell: Shell,
    idle: String,
    sold: String,
    worth: Table,
    seats: Table,
    unpriced: Option<String>,
    unpriced_href: String,
    products: Table,
    rows: Table,
    row_count: String,
    shows: Vec<Choice>,
    sorts: Vec<Choice>,
    kept: Vec<(String, String)>,
    chips: Vec<Chip>,
    clear: String,
    pages: Option<Pages>,
    files: Vec<String>,
    warnings: Table,
}

struct Choice {
    value: &'static str,
    text: &'static str,
    is_chosen: bool,
}

impl Page for IdlePage {
    fn tables(&self) -> Vec<&Table> {
        vec![
            &self.worth,
            &self.seats,
            &self.products,
            &self.rows,
            &self.warnings,
        ]
    }
}

impl IdlePage {
    fn new(
        view: &View,
        question: &Question,
        found: &IdleFound,
        products: &[IdleProduct],
        rules: &IdleRules,
    ) -> Self {
        let totals = &found.totals;
        let choice = |value, text, is_chosen| Choice {
            value,
            text,
            is_chosen,
        };
        let shows = [
            (IdleShow::Idle, "idle, over-assigned and unused"),
            (IdleShow::Unpriced, "idle without a price"),
            (IdleShow::Excluded, "excluded by the policy"),
            (IdleShow::All, "all"),
        ];
        let sorts = [
            (IdleSort::Idle, "idle seats"),
            (IdleSort::Exposure, "worth"),
            (IdleSort::Unused, "unused seats"),
            (IdleSort::Customer, "customer"),
            (IdleSort::Product, "product"),
        ];
        let files = [("prices", rules.prices()), ("policy", rules.policy())];
        let unpriced = words::counted(totals.unpriced, "idle seat", "idle seats");
        Self {
            shell: view.shell("Idle seats", "Idle seats"),
            idle: words::count(totals.idle),
            sold: words::count(totals.sold),
            worth: worth(view, &found.worth),
            seats: seats(view, totals),
            unpriced: (totals.unpriced > 0).then_some(unpriced),
            unpriced_href: view.link("/idle", [("show", Some(IdleShow::Unpriced.to_string()))]),
            products: products_table(view, products.iter().take(PRODUCTS)),
            rows: rows(view, &found.rows.items),
            row_count: words::counted(found.rows.total_count, "row", "rows"),
            shows: shows
                .map(|(it, text)| choice(it.as_str(), text, it == question.show))
                .into(),
            sorts: sorts
                .map(|(it, text)| choice(it.as_str(), text, it == question.sort))
                .into(),
            kept: view.kept(&["show", "sort", "page"]),
            chips: chips(view, question),
            clear: view.link("/idle", []),
            pages: Pages::of(view, question.page, PAGE, found.rows.total_count as usize),
            files: files
                .into_iter()
                .map(|(name, file)| said_of(name, file))
                .collect(),
            warnings: warnings(view, found),
        }
    }
}

fn said_of(name: &str, file: Option<IdleFile>) -> String {
    match file {
        None if name == "prices" => {
            "No prices are set, so nothing is said of worth: `seatwise idle \
                                     prices set` sets them."
                .to_owned()
        }
        None => {
            "No policy is set: no buffer is kept, nothing is excluded, and seats that were bought \
                 within 28 days are new."
                .to_owned()
        }
        Some(file) => format!(
            "The {name} in force were set on {} (SHA-256 {}).",
            words::instant(file.recorded_at),
            file.sha256
        ),
    }
}

fn chips(view: &View, question: &Question) -> Vec<Chip> {
    let parameters = question.selection.parameters();
    let chips = parameters.map(|(name, value)| Chip {
        text: format!("{name}: {value}"),
        href: view.with([(name, None), ("page", None)]),
    });
    chips.collect()
}

/// The three figures, which overlap and are never added up.
pub(crate) fn worth(view: &View, worth: &[IdleWorth]) -> Table {
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

fn seats(view: &View, totals: &IdleSeats) -> Table {
    let between = match totals.unused_at_least == totals.unused_at_most {
        true => words::count(totals.unused_at_least),
        false => format!(
            "{} to {}",
            words::count(totals.unused_at_least),
            words::count(totals.unused_at_most)
        ),
    };
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
            "assigned and not sold; never taken from idle ones",
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
        Cell::text(between),
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

/// What several currencies make, one below the other.
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

pub(crate) fn products_table<'a>(
    view: &View,
    products: impl Iterator<Item = &'a IdleProduct>,
) -> Table {
    let rows = products.filter(|it| it.totals.idle > 0).map(|it| {
        let id = it
            .product_id
            .clone()
            .unwrap_or_else(|| it.product_name.clone());
        let of = [("product", Some(id))];
        let nothing_idle = it.totals.idle == 0;
        let cost = match nothing_idle {
            true => Cell::none(),
            false => exposure(&it.worth),
        };
        vec![
            Cell::text(&it.product_name).link(view.link("/idle", of)),
            Cell::count(it.totals.idle),
            Cell::count(it.totals.sold),
            cost,
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

fn rows(view: &View, rows: &[IdleRow]) -> Table {
    let rows = rows.iter().map(|it| {
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
            match usage.unused_at_least == usage.unused_at_most {
                true => Cell::count(usage.unused_at_least),
                false => {
                    let bounds = [usage.unused_at_least, usage.unused_at_most].map(words::count);
                    Cell::text(bounds.join(" to "))
                }
            }
        });
        let sold = count(deployment.map(|it| it.sold));
        let sold = match deployment {
            Some(_) => sold.link(explain_link(view, Metric::Deployment, &of)),
            None => sold,
        };
        let worth = match (&it.worth, it.idle) {
            (Some(worth), _) => Cell::money(&worth.currency, worth.exposure),
            (None, 0) => Cell::none(),
            (None, _) => Cell::unknown(),
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
            worth,
        ]
    });
    Table {
        name: "idle",
        caption: "Products of customers with their idle seats".to_owned(),
        columns: vec![
            Column::text("Customer").noted("Product"),
            Column::number("Sold"),
            Column::number("Deployed").minor(),
            Column::number("Idle"),
            Column::number("Over-assigned").minor(),
            Column::number("Reassignable").minor(),
            Column::number("Reducible").minor(),
            Column::number("Unused in all workloads").minor(),
            Column::number("Cost a month"),
        ],
        rows: rows.collect(),
        empty: "No row is like this.",
        csv: view.download("idle"),
    }
}

fn excluded(kind: Exclusion) -> &'static str {
    match kind {
        Exclusion::Inventory => "kept as an inventory",
        Exclusion::NeverAssigned => "never assigned to users",
    }
}

fn warnings(view: &View, found: &IdleFound) -> Table {
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
