//! Charts: pure functions from data to SVG.
//!
//! A chart has a title and a description for screen readers. Colours come from CSS classes, so the strict
//! content security policy needs no exception for inline styles. The same data gives the same bytes. A chart
//! stretches to the width of its place on the page, so all text stands beside it in HTML, and lines keep
//! their width.

mod bar;
mod calendar;
mod histogram;
mod line;
mod waterfall;

use std::fmt::{self, Write as _};

use askama::filters;

pub(crate) use self::bar::bar;
pub(crate) use self::calendar::{Square, calendar};
pub(crate) use self::histogram::{Column, histogram};
pub(crate) use self::line::{Line, Point, gaps};
pub(crate) use self::waterfall::{Step, waterfall};

/// A chart as SVG, ready to be put into a page.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Svg(String);

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// All text in it is escaped when it is written.
impl filters::HtmlSafe for Svg {}

/// A coordinate, rounded to a tenth, without trailing zeros: `12.5`, `3`.
struct Tenth(f64);

impl fmt::Display for Tenth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round();
        // Rounding a small negative number must not give `-0`.
        let number = if tenths == 0.0 { 0.0 } else { tenths / 10.0 };
        write!(f, "{number}")
    }
}

/// Text, escaped for HTML.
fn escaped(text: &str) -> impl fmt::Display {
    let Ok(text) = filters::escape(text, filters::Html);
    text
}

/// Writes the start tag, title and description of a chart. The role is `img`, or `group` for a chart with
/// links.
fn begin(
    svg: &mut String,
    role: &str,
    class: &str,
    [width, height]: [f64; 2],
    [title, desc]: [&str; 2],
) {
    let _ = write!(
        svg,
        "<svg class=\"{class}\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" role=\"{role}\"><title>{}</title>",
        Tenth(width),
        Tenth(height),
        escaped(title),
    );
    if !desc.is_empty() {
        let _ = write!(svg, "<desc>{}</desc>", escaped(desc));
    }
}
