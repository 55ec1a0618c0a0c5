//! All customers: searched, filtered, put in order, page by page.

use std::cmp::Ordering;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use seatwise_server::Unanswered;
use seatwise_types::own::Selection;

use super::{customer_link, percent_cell, selection};
use crate::Web;
use crate::address::Asked;
use crate::chart::bar;
use crate::error::PageError;
use crate::model::lines::{Line, Lines, Seats};
use crate::model::risk;
use crate::session::Visitor;
use crate::table::{Cell, Column, Table};
use crate::view::{Chip, Page, Pages, Shell, View};
use crate::words;

/// How many customers a page has.
const PAGE: usize = 100;

/// `GET /customers`
pub(crate) async fn get(
    State(web): State<Arc<Web>>,
    visitor: Visitor,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let (view, mut asked) = View::open(&web, visitor, &uri, headers).await?;
    let question = Question::read(&mut asked)?;
    asked.finish()?;
    let of = question.selection.clone();
    let lines = web
        .kept
        .lines(&view.reading, view.key, view.axes, of)
        .await?;
    let bytes = lines.all.len() * size_of::<usize>();
    let asked = question.clone();
    let found = view
        .reading
        .work(bytes, move || asked.choose(&lines))
        .await?;
    let page = CustomersPage::new(&view, &question, found);
    view.respond(page).await
}

/// What the address asks for.
#[derive(Clone, Debug)]
struct Question {
    selection: Selection,
    /// A part of the name, or an id.
    search: Option<String>,
    only: Option<Only>,
    /// Use in percent, from the one up to but not including the other.
    use_from: Option<f64>,
    use_below: Option<f64>,
    sort: Sort,
    is_descending: bool,
    page: usize,
}

/// Which customers are shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Only {
    Risk,
    Late,
    Unassigned,
    Over,
    Unknown,
}

impl Only {
    const ALL: [(Self, &str, &str); 5] = [
        (Self::Risk, "risk", "at risk"),
        (Self::Late, "late", "late"),
        (Self::Unassigned, "unassigned", "with unassigned seats"),
        (Self::Over, "over", "over 100 %"),
        (Self::Unknown, "unknown", "with unknown use"),
    ];

    fn has(self, line: &Line) -> bool {
        match self {
            Self::Risk => !risk::reasons(line).is_empty(),
            Self::Late => line.late_since.is_some(),
            Self::Unassigned => line.deployment.whole > line.deployment.part,
            Self::Over => {
                line.usage.part > line.usage.whole || line.deployment.part > line.deployment.whole
            }
            Self::Unknown => !line.usage.is_known,
        }
    }
}

/// By what customers are put in order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Sort {
    Name,
    Sold,
    Deployed,
    Assigned,
    Qualified,
    Active,
    Use,
    Change,
    Day,
}

impl Sort {
    const ALL: [(Self, &str); 9] = [
        (Self::Name, "name"),
        (Self::Sold, "sold"),
        (Self::Deployed, "deployed"),
        (Self::Assigned, "assigned"),
        (Self::Qualified, "qualified"),
        (Self::Active, "active"),
        (Self::Use, "use"),
        (Self::Change, "change"),
        (Self::Day, "day"),
    ];

    fn name(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(it, _)| *it == self).map_or("", |(_, name)| name)
    }

    /// What is compared; what is not known comes last, in either order.
    fn value(self, line: &Line) -> Option<f64> {
        match self {
            Self::Name => None,
            Self::Sold => line
                .deployment
                .is_known
                .then_some(line.deployment.whole as f64),
            Self::Deployed => line
                .deployment
                .is_known
                .then_some(line.deployment.part as f64),
            Self::Assigned => line.deployment.percent(),
            Self::Qualified => line.usage.is_known.then_some(line.usage.whole as f64),
            Self::Active => line.usage.is_known.then_some(line.usage.part as f64),
            Self::Use => line.usage.percent(),
            Self::Change => line.change(),
            Self::Day => line.newest.map(|day| {
                f64::from(day.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() as i32)
            }),
        }
    }
}

impl Question {
    fn read(asked: &mut Asked) -> Result<Self, Unanswered> {
        let selection = selection(asked)?;
        if selection.customer.is_some() {
            return Err(Unanswered::invalid("customer: search for it instead"));
        }
        let only = asked.text("only").map(|text| {
            let mut all = Only::ALL.iter();
            let found = all.find(|(_, name, _)| *name == text).map(|(it, ..)| *it);
            found.ok_or_else(|| {
                let names: Vec<&str> = Only::ALL.iter().map(|(_, name, _)| *name).collect();
                Unanswered::invalid(format!("only: one of {} is expected", names.join(", ")))
            })
        });
        let sort = asked.text("sort");
        let (is_descending, sort) = match sort.as_deref() {
            None => (false, "name"),
            Some(text) => text
                .strip_prefix('-')
                .map_or((false, text), |text| (true, text)),
        };
        let sort = Sort::ALL
            .iter()
            .find(|(_, name)| *name == sort)
            .map(|(it, _)| *it);
        let percent = |asked: &mut Asked, name| -> Result<Option<f64>, Unanswered> {
            let percent: Option<f64> = asked.value(name)?;
            match percent {
                Some(percent) if !percent.is_finite() => Err(Unanswered::invalid(format!(
                    "{name}: a percent is expected"
                ))),
                percent => Ok(percent),
            }
        };
        Ok(Self {
            selection,
            search: asked.text("search"),
            only: only.transpose()?,
            use_from: percent(asked, "useFrom")?,
            use_below: percent(asked, "useBelow")?,
            sort: sort.ok_or_else(|| {
                let names: Vec<&str> = Sort::ALL.iter().map(|(_, name)| *name).collect();
                Unanswered::invalid(format!(
                    "sort: one of {} is expected, with a `-` before it for the opposite order",
                    names.join(", ")
                ))
            })?,
            is_descending,
            page: asked.value::<usize>("page")?.unwrap_or(1).max(1),
        })
    }

    /// The customers that are asked for, in order.
    fn choose(&self, lines: &Lines) -> Vec<Line> {
        let search = self.search.as_ref().map(|text| text.to_lowercase());
        let is_found = |line: &Line| {
            search.as_ref().is_none_or(|text| {
                line.name.to_lowercase().contains(text) || line.id.to_string().starts_with(text)
            })
        };
        let is_between = |line: &Line| {
            if self.use_from.is_none() && self.use_below.is_none() {
                return true;
            }
            line.usage.percent().is_some_and(|percent| {
                self.use_from.is_none_or(|from| from <= percent)
                    && self.use_below.is_none_or(|below| percent < below)
            })
        };
        let found = lines.all.iter().filter(|line| {
            self.only.is_none_or(|only| only.has(line)) && is_between(line) && is_found(line)
        });
        let mut found: Vec<&Line> = found.collect();
        if self.sort == Sort::Name {
            found.sort_by_cached_key(|line| (line.name.to_lowercase(), line.id));
            if self.is_descending {
                found.reverse();
            }
        } else {
            found.sort_by(|a, b| self.order(a, b));
        }
        found.into_iter().cloned().collect()
    }

    fn order(&self, a: &Line, b: &Line) -> Ordering {
        let values = (self.sort.value(a), self.sort.value(b));
        let order = match values {
            (Some(a), Some(b)) if self.is_descending => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        order.then_with(|| a.id.cmp(&b.id))
    }
}

#[derive(Template)]
#[template(path = "customers.html")]
struct CustomersPage {
    shell: Shell,
    table: Table,
    /// All that were found, not the page alone.
    all: Table,
    found: String,
    search: String,
    only: Vec<Choice>,
    /// Parameters that the form keeps.
    kept: Vec<(String, String)>,
    chips: Vec<Chip>,
    clear: String,
    pages: Option<Pages>,
}

/// One of the words of a control.
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
    fn new(view: &View, question: &Question, found: Vec<Line>) -> Self {
        let count = found.len();
        let page = question.page.min(count.div_ceil(PAGE).max(1));
        let shown = found.iter().skip((page - 1) * PAGE).take(PAGE);
        let table = table(view, question, shown);
        // It is made only where it is asked for: it may be long.
        let all = match view.is_download() {
            true => self::table(view, question, found.iter()),
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
            search: question.search.clone().unwrap_or_default(),
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
    if let Some(text) = &question.search {
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

fn table<'a>(view: &View, question: &Question, lines: impl Iterator<Item = &'a Line>) -> Table {
    let column = |sort: Sort, column: Column| {
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
    };
    let rows = lines.map(|line| {
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
        let late = line
            .late_since
            .map(|day| format!("late since {}", words::day(day)));
        let note = late
            .into_iter()
            .chain(reasons)
            .collect::<Vec<_>>()
            .join("; ");
        let (usage, deployment) = (&line.usage, &line.deployment);
        vec![
            Cell::text(&line.name)
                .link(customer_link(view, line.id))
                .note((!note.is_empty()).then_some(note)),
            seats(deployment, deployment.whole),
            seats(deployment, deployment.part),
            measure(deployment, &line.deployment_before),
            seats(usage, usage.whole),
            seats(usage, usage.part),
            measure(usage, &line.usage_before),
            Cell::points(line.change()),
            Cell::day(line.newest),
        ]
    });
    Table {
        name: "customers",
        caption: "Customers with their seats, and how many of them are deployed and active"
            .to_owned(),
        columns: vec![
            column(Sort::Name, Column::text("Customer").noted("Remark")),
            column(Sort::Sold, Column::number("Sold")),
            column(Sort::Deployed, Column::number("Deployed").minor()),
            column(Sort::Assigned, Column::number("Deployed, %").minor()),
            column(Sort::Qualified, Column::number("Qualified").minor()),
            column(Sort::Active, Column::number("Active").minor()),
            column(Sort::Use, Column::number("Active, %")),
            column(Sort::Change, Column::number("Month, points")),
            column(Sort::Day, Column::number("Processed").minor()),
        ],
        rows: rows.collect(),
        empty: "No customer is like this.",
        csv: view.download("customers"),
    }
}
