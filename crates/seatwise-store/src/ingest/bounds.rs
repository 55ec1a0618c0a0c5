//! Bounds of the customers and days of new rows.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, col, lit};

use crate::model::days::day;
use crate::model::fact::{Unit, customer, span};
use crate::table::delta::{DataFile, Table};

/// The most areas in a query; more are merged into one.
const MOST_AREAS: usize = 16;

/// The smallest and largest customer and day among new rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) customers: ((u64, u64), (u64, u64)),
    pub(crate) days: (i32, i32),
}

impl Bounds {
    /// Extends `bounds`, if any, by one more unit.
    pub(crate) fn with(bounds: Option<Self>, unit: &Unit) -> Self {
        let Unit { customer, day, .. } = *unit;
        match bounds {
            None => Self {
                customers: (customer, customer),
                days: (day, day),
            },
            Some(Self {
                customers: (first, last),
                days: (from, to),
            }) => Self {
                customers: (first.min(customer), last.max(customer)),
                days: (from.min(day), to.max(day)),
            },
        }
    }

    /// Whether a file may have rows within the bounds.
    pub(crate) fn meets(&self, file: &DataFile) -> bool {
        let (first, last) = self.customers;
        let (min, max) = (&file.stats.min_values, &file.stats.max_values);
        min.processed_date <= day(self.days.1)
            && max.processed_date >= day(self.days.0)
            && min.customer_tenant_id <= customer(last).to_string()
            && max.customer_tenant_id >= customer(first).to_string()
    }

    /// The union of both.
    pub(crate) fn and(self, other: Self) -> Self {
        let ((a, b), (c, d)) = (self.customers, other.customers);
        let ((e, f), (g, h)) = (self.days, other.days);
        Self {
            customers: (a.min(c), b.max(d)),
            days: (e.min(g), f.max(h)),
        }
    }

    /// The condition for rows within the bounds.
    pub(crate) fn condition(&self) -> Expr {
        let (first, last) = self.customers;
        let [first, last] = [first, last].map(|it| lit(customer(it).to_string()));
        let customers = col("customer_tenant_id").between(first, last);
        customers.and(col("processed_date").between(date(self.days.0), date(self.days.1)))
    }
}

/// The areas of units that come in the order of [`Staging`](crate::ingest::staging::Staging): one
/// for each service, channel and span of days.
#[derive(Default)]
pub(crate) struct Areas {
    pub(crate) bounds: Vec<Bounds>,
    /// The service, channel and span of the last area.
    last: Option<(u32, u32, i32)>,
}

impl Areas {
    /// Adds the next unit.
    pub(crate) fn push(&mut self, unit: &Unit) {
        let area = (unit.service, unit.channel, span(unit.day));
        match self.bounds.last_mut() {
            Some(bounds) if self.last == Some(area) => {
                *bounds = Bounds::with(Some(*bounds), unit);
            }
            _ => self.bounds.push(Bounds::with(None, unit)),
        }
        self.last = Some(area);
    }

    /// The files of a table that may have rows within the areas.
    pub(crate) fn files_of<'a>(&self, table: &'a Table) -> Vec<&'a DataFile> {
        let meets = |file: &&DataFile| self.bounds.iter().any(|area| area.meets(file));
        table.files.iter().filter(meets).collect()
    }

    /// The condition for rows within the areas; `None` without areas.
    pub(crate) fn condition(&self) -> Option<Expr> {
        let areas = match self.bounds.as_slice() {
            areas if areas.len() <= MOST_AREAS => areas.to_vec(),
            areas => Vec::from_iter(areas.iter().copied().reduce(Bounds::and)),
        };
        areas.iter().map(Bounds::condition).reduce(Expr::or)
    }
}

fn date(days: i32) -> Expr {
    lit(ScalarValue::Date32(Some(days)))
}
