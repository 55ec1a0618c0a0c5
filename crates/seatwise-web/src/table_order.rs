//! The order of a table whose rows are all on the page: any column, in both directions, as the address says.

use crate::table::{Cell, Table};

/// A column of a table that rows are put in order by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TableOrder {
    table: String,
    column: String,
    is_descending: bool,
}

impl TableOrder {
    /// The parameter of addresses.
    pub(crate) const NAME: &str = "order";

    /// Reads `TABLE.COLUMN`, with a `-` before it for the largest first.
    pub(crate) fn parse(text: &str) -> Self {
        let (is_descending, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let (table, column) = text.split_once('.').unwrap_or((text, ""));
        Self {
            table: table.to_owned(),
            column: column.to_owned(),
            is_descending,
        }
    }

    /// Whether it is of one of these tables.
    pub(crate) fn is_of_one(&self, tables: &[&Table]) -> bool {
        let mut tables = tables.iter().filter(|table| table.name == self.table);
        tables.any(|table| table.columns.iter().any(|it| it.order == self.column))
    }

    /// The place of the column.
    fn place(&self, table: &Table) -> Option<usize> {
        let mut columns = table.columns.iter();
        columns.position(|it| it.order == self.column)
    }
}

impl Table {
    /// The table in the order that is asked for, if it is of this table. Each heading leads to the order by
    /// its column, to the opposite one if that is the order now. `link` makes an address with an order.
    pub(crate) fn in_order(
        mut self,
        asked: Option<&TableOrder>,
        link: impl Fn(String) -> String,
    ) -> Self {
        for column in &mut self.columns {
            column.order = word(column.title);
        }
        let asked = asked.filter(|it| it.table == self.name);
        let chosen = asked.and_then(|it| Some((it.place(&self)?, it.is_descending)));
        if let Some((place, is_descending)) = chosen {
            let mut keyed: Vec<_> = self
                .rows
                .into_iter()
                .map(|row| (row.get(place).and_then(key), row))
                .collect();
            keyed.sort_by(|(a, _), (b, _)| match (a, b) {
                (Some(a), Some(b)) => {
                    let order = a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1));
                    if is_descending {
                        order.reverse()
                    } else {
                        order
                    }
                }
                // What is not known comes last in either direction.
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
            self.rows = keyed.into_iter().map(|(_, row)| row).collect();
        }
        for (place, column) in self.columns.iter_mut().enumerate() {
            let now = chosen.filter(|(it, _)| *it == place).map(|(_, it)| it);
            // Numbers begin with the largest, texts with A.
            let is_descending = now.map_or(column.is_number, |now| !now);
            let sign = if is_descending { "-" } else { "" };
            column.sort = Some(link(format!("{sign}{}.{}", self.name, column.order)));
            column.sorted = now.map(|now| if now { "descending" } else { "ascending" });
        }
        self
    }
}

/// What a cell is compared by: a unit or text, then a number. None if there is no value.
fn key(cell: &Cell) -> Option<(String, f64)> {
    let text = cell.exact();
    let (unit, number) = text.rsplit_once(' ').unwrap_or(("", text));
    match number.parse() {
        _ if text.is_empty() => None,
        Ok(number) if cell.is_exact() => Some((unit.to_owned(), number)),
        _ => Some((text.to_lowercase(), 0.0)),
    }
}

/// A heading as a word of an address: `Change, points` is `change-points`.
fn word(title: &str) -> String {
    let words = title.split(|it: char| !it.is_ascii_alphanumeric());
    let words = words.filter(|it| !it.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    fn table(asked: &str) -> Table {
        let row = |name: &str, seats| vec![Cell::text(name), seats];
        let table = Table {
            name: "products",
            columns: vec![Column::text("Product"), Column::number("Seats, all")],
            rows: vec![
                row("office", Cell::count(9)),
                row("Azure", Cell::unknown()),
                row("Visio", Cell::count(10_000)),
            ],
            ..Table::default()
        };
        table.in_order(Some(&TableOrder::parse(asked)), |order| order)
    }

    #[test]
    fn a_table_is_in_the_order_of_the_address_and_unknown_values_come_last() {
        let names = |asked: &str| {
            let rows = table(asked).rows.into_iter();
            rows.map(|row| row[0].text.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names("products.product"), ["Azure", "office", "Visio"]);
        assert_eq!(names("-products.product"), ["Visio", "office", "Azure"]);
        assert_eq!(names("products.seats-all"), ["office", "Visio", "Azure"]);
        assert_eq!(names("-products.seats-all"), ["Visio", "office", "Azure"]);
        assert_eq!(names("others.product"), ["office", "Azure", "Visio"]);
    }

    #[test]
    fn a_heading_leads_to_the_opposite_of_the_order_now() {
        let links = |asked: &str| {
            let columns = table(asked).columns.into_iter();
            columns.map(|it| it.sort.unwrap()).collect::<Vec<_>>()
        };
        let first = ["products.product", "-products.seats-all"];
        assert_eq!(links("others.product"), first);
        let opposite = ["products.product", "products.seats-all"];
        assert_eq!(links("-products.seats-all"), opposite);
    }

    #[test]
    fn an_order_is_of_a_table_and_a_column_that_the_page_has() {
        let table = table("products.product");
        let is_of_one = |asked: &str| TableOrder::parse(asked).is_of_one(&[&table]);
        assert!(is_of_one("-products.seats-all"));
        assert!(!is_of_one("products.colour"));
        assert!(!is_of_one("others.product"));
    }
}
