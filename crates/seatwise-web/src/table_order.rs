//! Sorts a table that has all its rows on the page, by any column in both directions. The address holds the
//! order.

use crate::table::{Cell, Table};

/// The column to sort a table by, and the direction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TableOrder {
    table: String,
    column: String,
    is_descending: bool,
}

impl TableOrder {
    /// The parameter in addresses.
    pub(crate) const NAME: &str = "order";

    /// Parses `TABLE.COLUMN`. A leading `-` puts the largest first.
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

    /// Whether one of these tables has the column.
    pub(crate) fn is_of_one(&self, tables: &[&Table]) -> bool {
        let mut tables = tables.iter().filter(|table| table.name == self.table);
        tables.any(|table| table.columns.iter().any(|it| it.order == self.column))
    }

    /// The index of the column; `None` if the table does not have it.
    fn place(&self, table: &Table) -> Option<usize> {
        let mut columns = table.columns.iter();
        columns.position(|it| it.order == self.column)
    }
}

impl Table {
    /// Sorts the table if `asked` is for it. Each heading links to the order by its column, or to the
    /// opposite order if the table is sorted by that column. `link` turns an order into an address.
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
                // Unknown values come last in both directions.
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
            self.rows = keyed.into_iter().map(|(_, row)| row).collect();
        }
        for (place, column) in self.columns.iter_mut().enumerate() {
            let now = chosen.filter(|(it, _)| *it == place).map(|(_, it)| it);
            // Numbers begin with the largest, text with A.
            let is_descending = now.map_or(column.is_number, |now| !now);
            let sign = if is_descending { "-" } else { "" };
            column.sort = Some(link(format!("{sign}{}.{}", self.name, column.order)));
            column.sorted = now.map(|now| if now { "descending" } else { "ascending" });
        }
        self
    }
}

/// The value that a cell is sorted by: a unit or text, then a number; `None` if the cell has no value.
fn key(cell: &Cell) -> Option<(String, f64)> {
    let text = cell.exact();
    let (unit, number) = text.rsplit_once(' ').unwrap_or(("", text));
    match number.parse() {
        _ if text.is_empty() => None,
        Ok(number) if cell.is_exact() => Some((unit.to_owned(), number)),
        _ => Some((text.to_lowercase(), 0.0)),
    }
}

/// A heading as a word for addresses: `Change, points` becomes `change-points`.
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
    fn unknown_values_come_last_in_every_order() {
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
    fn a_heading_links_to_the_opposite_order() {
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
    fn an_order_needs_a_table_and_column_of_the_page() {
        let table = table("products.product");
        let is_of_one = |asked: &str| TableOrder::parse(asked).is_of_one(&[&table]);
        assert!(is_of_one("-products.seats-all"));
        assert!(!is_of_one("products.colour"));
        assert!(!is_of_one("others.product"));
    }
}
