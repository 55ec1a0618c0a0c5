//! Charts: pure functions from data to SVG.
//!
//! A chart has a title and a description for those who cannot see it, classes in the place of colours,
//! and no inline style, so that a strict policy lets it pass. The same data gives the same bytes.
//! Charts stretch to the width that a page gives them; so what is to be read stands beside them, in
//! HTML, and lines keep their width.

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

/// A chart as text that is ready for a page.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Svg(String);

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// Every text in it was escaped when it was put there.
impl filters::HtmlSafe for Svg {}

/// A number of a drawing, to a tenth of its unit, without what is not needed: `12.5`, `3`.
struct Tenth(f64);

impl fmt::Display for Tenth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round();
        // There is no negative zero.
        let number = if tenths == 0.0 { 0.0 } else { tenths / 10.0 };
        write!(f, "{number}")
    }
}

/// A text as it stands between tags.
fn escaped(text: &str) -> impl fmt::Display {
    let Ok(text) = filters::escape(text, filters::Html);
    text
}

/// The beginning of a picture that says what it is: an `img`, or a `group` if there are links in it.
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
