//! The page about idle seats: how many, what they are worth, and what is left out.

mod tables;

use askama::Template;
use axum::response::Response;
use seatwise_server::Unanswered;
use seatwise_store::{IdleFound, IdleQuestion, IdleRules};
use seatwise_types::extensions::{IdleFile, IdleShow, IdleSort, Selection};

use super::{figure, selection};
use crate::address::Asked;
use crate::error::PageError;
use crate::model::IDLE_PAGE;
use crate::table::Table;
use crate::view::{Chip, Look, Page, Pages, Shell, View};
use crate::words;

pub(crate) use self::tables::{cost, products};

/// The number of products listed.
const PRODUCTS: usize = 20;

/// `GET /idle`
pub(crate) async fn get(Look(view, mut asked): Look) -> Result<Response, PageError> {
    let question = Question::read(&mut asked)?;
    asked.finish()?;
    let range = view.range(question.page, IDLE_PAGE);
    let of = question.selection.clone();
    let ask = IdleQuestion::new(of, question.sort, question.show, range)
        .map_err(|err| Unanswered::invalid(err.to_string()))?;
    let found = view.model.idle(ask).await?;
    view.check_download(found.0.rows.total_count)?;
    let make = move |view: &View| {
        let (found, rules) = &**found;
        IdlePage::new(view, &question, found, rules)
    };
    view.respond_with(make).await
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
            page: asked.page()?,
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
    /// Whether this is the first page of the rows. Only it shows the products.
    is_first: bool,
    products: Table,
    rows: Table,
    row_count: String,
    shows: Vec<Choice>,
    sorts: Vec<Choice>,
    kept: Vec<(String, String)>,
    /// The customer or product that is selected; `None` if none is.
    of: Option<String>,
    /// Where the page of the selected product is; `None` without a product.
    product: Option<String>,
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

impl Choice {
    fn new(value: &'static str, text: &'static str, is_chosen: bool) -> Self {
        Self {
            value,
            text,
            is_chosen,
        }
    }
}

/// What can be shown, in words.
const SHOWS: [(IdleShow, &str); 4] = [
    (IdleShow::Idle, "idle, over-assigned and unused"),
    (IdleShow::Unpriced, "idle without a price"),
    (IdleShow::Excluded, "excluded by the policy"),
    (IdleShow::All, "all"),
];

/// The orders of rows, in words.
const SORTS: [(IdleSort, &str); 5] = [
    (IdleSort::Idle, "idle seats"),
    (IdleSort::Exposure, "worth"),
    (IdleSort::Unused, "unused seats"),
    (IdleSort::Customer, "customer"),
    (IdleSort::Product, "product"),
];

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
    fn new(view: &View, question: &Question, found: &IdleFound, rules: &IdleRules) -> Self {
        let totals = &found.totals;
        let most = if view.is_download() {
            usize::MAX
        } else {
            PRODUCTS
        };
        let files = [("prices", rules.prices()), ("policy", rules.policy())];
        let unpriced = words::counted(totals.unpriced, "idle seat", "idle seats");
        Self {
            shell: view.shell("Idle seats", "Idle seats"),
            idle: words::count(totals.idle),
            sold: words::count(totals.sold),
            worth: tables::worth(view, &found.worth),
            seats: tables::seats(view, totals),
            unpriced: (totals.unpriced > 0).then_some(unpriced),
            unpriced_href: view.link("/idle", [("show", Some(IdleShow::Unpriced.to_string()))])
                + "#rows",
            of: of(question, found),
            product: question.selection.product.as_ref().and_then(|product| {
                let row = found.rows.items.first()?;
                let of = Selection {
                    product: Some(product.clone()),
                    ..figure(row.service_code.as_str(), row.channel.as_str(), None)
                };
                Some(view.link("/product", super::of(&of)))
            }),
            is_first: question.page == 1,
            products: view.in_order(tables::products(
                view,
                found.products.items.iter().take(most),
            )),
            rows: tables::rows(view, question.sort, &found.rows.items),
            row_count: words::counted(found.rows.total_count, "row", "rows"),
            shows: SHOWS
                .map(|(it, text)| Choice::new(it.as_str(), text, it == question.show))
                .into(),
            sorts: SORTS
                .map(|(it, text)| Choice::new(it.as_str(), text, it == question.sort))
                .into(),
            kept: view.kept(&["show", "sort", "page"]),
            chips: chips(view, question),
            clear: view.link("/idle", []),
            pages: Pages::of(
                view,
                question.page,
                IDLE_PAGE,
                found.rows.total_count as usize,
            ),
            files: files
                .into_iter()
                .map(|(name, file)| said_of(name, file))
                .collect(),
            warnings: tables::warnings(view, found),
        }
    }
}

fn said_of(name: &str, file: Option<IdleFile>) -> String {
    match file {
        None if name == "prices" => {
            "No prices are set, so the worth is unknown. Set them with `seatwise \
                                     idle prices set`."
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

/// What is selected, by its name: a customer, a product, or both.
fn of(question: &Question, found: &IdleFound) -> Option<String> {
    let row = found.rows.items.first();
    let customer = question
        .selection
        .customer
        .and(row.map(|it| &it.customer_name));
    let product = found.products.items.first().map(|it| &it.product_name);
    let product = question
        .selection
        .product
        .as_ref()
        .and(product.or(row.map(|it| &it.product_name)));
    let names: Vec<&str> = [customer, product]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn chips(view: &View, question: &Question) -> Vec<Chip> {
    let parameters = question.selection.parameters();
    let chips = parameters.map(|(name, value)| Chip {
        text: format!("{name}: {value}"),
        href: view.with([(name, None), ("page", None)]),
    });
    chips.collect()
}
