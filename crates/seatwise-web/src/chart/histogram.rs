//! A histogram. Each column links to the list of what it counts.

use std::fmt::Write as _;

use super::{Svg, Tenth, begin, escaped};

/// A column of a histogram.
pub(crate) struct Column {
    /// The tooltip, such as `1 customer between 10 and 20 %`.
    pub(crate) title: String,
    /// The number that the column shows.
    pub(crate) count: u64,
    /// The address of the list of what it counts.
    pub(crate) href: String,
}

/// Draws the columns. The highest one has the full height. An empty column has no link.
pub(crate) fn histogram(title: &str, desc: &str, columns: &[Column]) -> Svg {
    let mut svg = String::new();
    let width = columns.len() as f64 * 20.0;
    begin(
        &mut svg,
        "group",
        "histogram",
        [width, 100.0],
        [title, desc],
    );
    let most = columns.iter().map(|it| it.count).max().unwrap_or(0).max(1);
    for (place, column) in columns.iter().enumerate() {
        // Even a count of one stays visible beside many thousands.
        let height = (column.count as f64 / most as f64 * 100.0).max(2.0);
        let x = Tenth(place as f64 * 20.0 + 1.0);
        if column.count == 0 {
            let _ = write!(
                svg,
                "<rect class=\"none\" x=\"{x}\" y=\"99\" width=\"18\" height=\"1\"/>"
            );
            continue;
        }
        let _ = write!(
            svg,
            "<a href=\"{}\"><title>{}</title><rect class=\"hit\" x=\"{x}\" width=\"18\" height=\"100\"/>\
             <rect class=\"fill\" x=\"{x}\" y=\"{}\" width=\"18\" height=\"{}\"/></a>",
            escaped(&column.href),
            escaped(&column.title),
            Tenth(100.0 - height),
            Tenth(height),
        );
    }
    svg.push_str("</svg>");
    Svg(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_links_to_what_it_counts() {
        let column = |count, href: &str| Column {
            title: format!("{count} customers"),
            count,
            href: href.to_owned(),
        };
        let columns = [
            column(4, "/customers?a=1&b=2"),
            column(0, "/no"),
            column(1, "/customers"),
        ];
        insta::assert_snapshot!(histogram("Customers by use", "", &columns), @r#"<svg class="histogram" viewBox="0 0 60 100" preserveAspectRatio="none" role="group"><title>Customers by use</title><a href="/customers?a=1&#38;b=2"><title>4 customers</title><rect class="hit" x="1" width="18" height="100"/><rect class="fill" x="1" y="0" width="18" height="100"/></a><rect class="none" x="21" y="99" width="18" height="1"/><a href="/customers"><title>1 customers</title><rect class="hit" x="41" width="18" height="100"/><rect class="fill" x="41" y="75" width="18" height="25"/></a></svg>"#);
    }
}
