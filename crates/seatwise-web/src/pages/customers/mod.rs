//! The list of customers: search, filters, order and pages.

mod question;

use std::sync::Arc;

use askama::Template;
use axum::response::Response;

use self::question::{Only, Question};
use super::{customer_link, percent_cell};
use crate::chart::bar;
use crate::error::PageError;
use crate::model::lines::{Line, Seats};
use crate::model::order::Sort;
use crate::model::risk;
use crate::table::{Cell, Column, Table};
use crate::view::{Chip, Look, Page, Pages, Shell, View};
use crate::words;

/// The number of customers on a page.
const PAGE: usize = 100;

/// `GET /customers`
pub(crate) async fn get(Look(view, mut asked): Look) -> Result<Response, PageError> {
    let question = Question::read(&mut asked)?;
    asked.finish()?;
    let of = question.selection.clone();
    let lines = view.model.lines(of).await?;
    let bytes = lines.all.len() * size_of::<u32>();
    let (asked, all) = (question.clone(), Arc::clone(&lines));
    let places = view
        .model
        .reading
        .work(bytes, move || asked.choose(&all))
        .await?;
    let make = move |view: &View| {
        let found = places.iter().map(|place| &lines.all[*place as usize]);
        CustomersPage::new(view, &question, found)
    };
    view.respond_with(make).await
}

#[derive(Template)]
#[template(path = "customers.html")]
struct CustomersPage {
    shell: Shell,
    table: Table,
    /// All customers that match, for the download.
    all: Table,
    found: String,
    search: String,
    only: Vec<Choice>,
    /// The hidden fields of the form.
    kept: Vec<(String, String)>,
    chips: Vec<Chip>,
    clear: String,
    pages: Option<Pages>,
}

/// An option of a list box.
struct Choice {
    value: &'static str,
    text: &'static str,
    is_chosen: bool,
}

impl Page for CustomersPage {
    fn tables(&self) -> Vec<&Table> {
        vec![&self.all]
    }
}

impl CustomersPage {
    fn new<'a>(
        view: &View,
        question: &Question,
        found: impl ExactSizeIterator<Item = &'a Line> + Clone,
    ) -> Self {
        let count = found.len();
        let page = question.page.min(count.div_ceil(PAGE).max(1));
        let shown = found.clone().skip((page - 1) * PAGE).take(PAGE);
        let table = table(view, question, shown);
        // Only a download needs this table, which can be long.
        let all = match view.is_download() {
            true => self::table(view, question, found),
            false => Table {
                name: "customers",
                ..Table::default()
            },
        };
        Self {
            shell: view.shell("Customers", "Customers"),
            table,
            all,
            found: words::counted(count as u64, "customer", "customers"),
            search: question.search_text.clone().unwrap_or_default(),
            only: Only::ALL
                .iter()
                .map(|(it, value, text)| Choice {
                    value,
                    text,
                    is_chosen: question.only == Some(*it),
                })
                .collect(),
            kept: view.kept(&["search", "only", "page"]),
            chips: chips(view, question),
            clear: view.link("/customers", []),
            pages: Pages::of(view, page, PAGE, count),
        }
    }
}

fn chips(view: &View, question: &Question) -> Vec<Chip> {
    let chip = |name: &'static str, text: String| Chip {
        text,
        href: view.with([(name, None), ("page", None)]),
    };
    let mut chips = Vec::new();
    if let Some(text) = &question.search_text {
        chips.push(chip("search", format!("name has “{text}”")));
    }
    if let Some(only) = question.only {
        let text = Only::ALL
            .iter()
            .find(|(it, ..)| *it == only)
            .map_or("", |(.., text)| text);
        chips.push(chip("only", text.to_owned()));
    }
    chips.extend(
        question
            .selection
            .parameters()
            .map(|(name, value)| chip(name, format!("{name}: {value}"))),
    );
    if let Some(percent) = question.use_from {
        chips.push(chip("useFrom", format!("use from {percent} %")));
    }
    if let Some(percent) = question.use_below {
        chips.push(chip("useBelow", format!("use below {percent} %")));
    }
    chips
}

/// Whether a customer is late or new, in words.
pub(super) fn late_or_new(line: &Line) -> Option<String> {
    match line.late_since {
        // A customer that left delivers nothing any more.
        Some(day) if line.late_whole == 0 => Some(format!(
            "late since {}, without seats then",
            words::day(day)
        )),
        Some(day) => Some(format!("late since {}", words::day(day))),
        None => line.is_new.then(|| "new in the last month".to_owned()),
    }
}

fn table<'a>(view: &View, question: &Question, lines: impl Iterator<Item = &'a Line>) -> Table {
    // Customers at risk are in the order of the first page.
    let has_stake = question.only == Some(Only::Risk) || question.sort == Sort::Stake;
    let mut columns = columns(view, question);
    if has_stake {
        let stake = Column::number("Seats at stake");
        columns.insert(1, sorted(view, question, Sort::Stake, stake));
    }
    let rows = lines.map(|line| {
        let mut cells = cells(view, line);
        if has_stake {
            cells.insert(1, Cell::count(risk::stake(line)));
        }
        cells
    });
    Table {
        name: "customers",
        caption: "Customers with their seats, and how many of them are deployed and active"
            .to_owned(),
        columns,
        rows: rows.collect(),
        empty: "No customer matches.",
        csv: view.download("customers"),
    }
}

fn columns(view: &View, question: &Question) -> Vec<Column> {
    let column = |sort, column| sorted(view, question, sort, column);
    vec![
        column(Sort::Name, Column::text("Customer").noted("Remark")),
        column(Sort::Sold, Column::number("Sold")),
        column(Sort::Deployed, Column::number("Deployed").minor()),
        column(Sort::Assigned, Column::number("Deployed, %").minor()),
        column(Sort::Idle, Column::number("Idle seats").minor()),
        column(Sort::Qualified, Column::number("Qualified").minor()),
        column(Sort::Active, Column::number("Active").minor()),
        column(Sort::Use, Column::number("Active, %")),
        column(Sort::Change, Column::number("Month, points")),
        column(Sort::Day, Column::number("Processed").minor()),
        Column::for_files("Customer id"),
    ]
}

/// A column with the address that sorts by it. The address of the sorting column turns the order around.
fn sorted(view: &View, question: &Question, sort: Sort, column: Column) -> Column {
    let is_by_this = question.sort == sort;
    // Numbers begin with the largest, names with A.
    let is_descending = match is_by_this {
        true => !question.is_descending,
        false => sort != Sort::Name,
    };
    let sign = if is_descending { "-" } else { "" };
    let order = match question.is_descending {
        true => "descending",
        false => "ascending",
    };
    Column {
        sort: Some(view.with([
            ("sort", Some(format!("{sign}{}", sort.name()))),
            ("page", None),
        ])),
        sorted: is_by_this.then_some(order),
        ..column
    }
}

fn cells(view: &View, line: &Line) -> Vec<Cell> {
    let seats = |seats: &Seats, number: u64| match seats.is_known {
        true => Cell::count(number),
        false => Cell::unknown(),
    };
    let measure = |seats: &Seats, before: &Seats| {
        let cell = percent_cell(seats);
        match seats.percent() {
            Some(percent) => cell.bar(bar(percent, before.percent())),
            None => cell,
        }
    };
    let reasons = risk::reasons(line);
    let note = late_or_new(line)
        .into_iter()
        .chain(reasons)
        .collect::<Vec<_>>()
        .join("; ");
    let (usage, deployment) = (&line.usage, &line.deployment);
    vec![
        Cell::text(&*line.name)
            .link(customer_link(view, line.id))
            .note((!note.is_empty()).then_some(note)),
        seats(deployment, deployment.whole),
        seats(deployment, deployment.part),
        measure(deployment, &line.deployment_before),
        line.idle.map_or_else(Cell::unknown, Cell::count),
        seats(usage, usage.whole),
        seats(usage, usage.part),
        measure(usage, &line.usage_before),
        Cell::points(line.change()),
        Cell::day(line.newest),
        Cell::text(line.id.to_string()),
    ]
}
