//! What the address of the list asks for, and which customers that are.

use std::cmp::Ordering;

use jiff::civil::date;
use seatwise_server::Unanswered;
use seatwise_types::own::Selection;

use super::super::selection;
use crate::address::Asked;
use crate::model::lines::{Line, Lines};
use crate::model::risk;

/// What the address asks for.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) selection: Selection,
    /// A part of the name, or an id.
    pub(super) search: Option<String>,
    pub(super) only: Option<Only>,
    /// Use in percent, from the one up to but not including the other.
    pub(super) use_from: Option<f64>,
    pub(super) use_below: Option<f64>,
    pub(super) sort: Sort,
    pub(super) is_descending: bool,
    pub(super) page: usize,
}

/// Which customers are shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Only {
    Risk,
    Late,
    Unassigned,
    Over,
    Unknown,
}

impl Only {
    /// Each with its word in the address, and what people read.
    pub(super) const ALL: [(Self, &str, &str); 5] = [
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
pub(super) enum Sort {
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
    /// Each with its word in the address.
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

    /// The word in the address.
    pub(super) fn name(self) -> &'static str {
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
            Self::Day => {
                let days = line.newest.map(|day| day.duration_since(date(1970, 1, 1)));
                days.map(|days| days.as_hours() as f64)
            }
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

    /// The places of the customers that are asked for, in order.
    pub(super) fn choose(&self, lines: &Lines) -> Vec<usize> {
        let search = self.search.as_ref().map(|text| text.to_lowercase());
        let is_found = |line: &Line| {
            search.as_ref().is_none_or(|text| {
                line.search.contains(text.as_str()) || line.id.to_string().starts_with(text)
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
        let found = lines.all.iter().enumerate().filter(|(_, line)| {
            self.only.is_none_or(|only| only.has(line)) && is_between(line) && is_found(line)
        });
        let mut found: Vec<(usize, &Line)> = found.collect();
        found.sort_unstable_by(|(_, a), (_, b)| self.order(a, b));
        found.into_iter().map(|(place, _)| place).collect()
    }

    fn order(&self, a: &Line, b: &Line) -> Ordering {
        if self.sort == Sort::Name {
            let order = (&a.search, a.id).cmp(&(&b.search, b.id));
            return if self.is_descending {
                order.reverse()
            } else {
                order
            };
        }
        let values = (self.sort.value(a), self.sort.value(b));
        let order = match values {
            (Some(a), Some(b)) if self.is_descending => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        order.then_with(|| a.id.cmp(&b.id))
    }
}
