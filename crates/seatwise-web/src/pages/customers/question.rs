//! What the address of the list asks for, and which customers match.

use seatwise_server::Unanswered;
use seatwise_types::extensions::Selection;

use super::super::selection;
use crate::address::Asked;
use crate::model::lines::{Line, Lines};
use crate::model::order::Sort;
use crate::model::risk;

/// What the address asks for.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) selection: Selection,
    /// A part of the name or the beginning of an id, as typed.
    pub(super) search_text: Option<String>,
    /// The search text in lower case.
    search: Option<String>,
    /// Whether an id can begin with the search text.
    may_be_id: bool,
    pub(super) only: Option<Only>,
    /// The range of use, in percent: from `use_from`, and below `use_below`.
    pub(super) use_from: Option<f64>,
    pub(super) use_below: Option<f64>,
    pub(super) sort: Sort,
    pub(super) is_descending: bool,
    pub(super) page: usize,
}

/// A filter of customers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Only {
    Risk,
    Late,
    Idle,
    Over,
    Unknown,
}

impl Only {
    /// All filters, with their words in addresses and their labels.
    pub(super) const ALL: [(Self, &str, &str); 5] = [
        (Self::Risk, "risk", "at risk"),
        (Self::Late, "late", "late"),
        (Self::Idle, "idle", "with idle seats"),
        (Self::Over, "over", "over 100 % in total"),
        (Self::Unknown, "unknown", "with unknown use"),
    ];

    fn has(self, line: &Line) -> bool {
        match self {
            Self::Risk => !risk::reasons(line).is_empty(),
            Self::Late => line.late_since.is_some(),
            Self::Idle => line.idle > Some(0),
            Self::Over => {
                line.usage.part > line.usage.whole || line.deployment.part > line.deployment.whole
            }
            Self::Unknown => !line.usage.is_known,
        }
    }
}

impl Question {
    pub(super) fn read(asked: &mut Asked) -> Result<Self, Unanswered> {
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
        let search_text = asked.text("search");
        let search = search_text.as_ref().map(|text| text.to_lowercase());
        let is_of_id = |text: &String| text.chars().all(|it| it.is_ascii_hexdigit() || it == '-');
        Ok(Self {
            selection,
            may_be_id: search.as_ref().is_some_and(is_of_id),
            search_text,
            search,
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
            page: asked.page()?,
        })
    }

    /// The places of the customers that match, in order.
    pub(super) fn choose(&self, lines: &Lines) -> Vec<u32> {
        let places = lines.in_order(self.sort, self.is_descending);
        places
            .filter(|place| self.has(&lines.all[*place as usize]))
            .collect()
    }

    fn has(&self, line: &Line) -> bool {
        self.only.is_none_or(|only| only.has(line)) && self.is_between(line) && self.is_found(line)
    }

    fn is_found(&self, line: &Line) -> bool {
        let Some(text) = &self.search else {
            return true;
        };
        let is_id = || self.may_be_id && line.id.to_string().starts_with(text);
        line.search.contains(text.as_str()) || is_id()
    }

    fn is_between(&self, line: &Line) -> bool {
        if self.use_from.is_none() && self.use_below.is_none() {
            return true;
        }
        line.usage.percent().is_some_and(|percent| {
            self.use_from.is_none_or(|from| from <= percent)
                && self.use_below.is_none_or(|below| percent < below)
        })
    }
}
