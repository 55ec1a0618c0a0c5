//! A calendar of what happened on each day: one column for each week, Monday at the top.

use std::fmt::Write as _;

use jiff::civil::{Date, Weekday};

use super::{Svg, escaped};

/// One day of a calendar.
pub(crate) struct Square {
    /// The day.
    pub(crate) day: Date,
    /// From 0 (nothing) to 4 (the most).
    pub(crate) level: u8,
    /// The tooltip: the day, and what happened.
    pub(crate) title: String,
}

/// The width of a square and the space beside it.
const PITCH: i32 = 14;
/// The height of the space above the squares, for the names of months.
const HEAD: i32 = 16;

/// Draws consecutive days. The name of a month stands above the week in which it begins.
pub(crate) fn calendar(title: &str, desc: &str, days: &[Square]) -> Svg {
    let first = days.first().map_or(0, |it| weekday(it.day));
    let weeks = (first + days.len() as i32 + 6) / 7;
    let (width, height) = (weeks * PITCH, HEAD + 7 * PITCH);
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg class=\"calendar\" viewBox=\"0 0 {width} {height}\" role=\"img\"><title>{}</title><desc>{}</desc>",
        escaped(title),
        escaped(desc),
    );
    let mut named = -3;
    for (place, it) in days.iter().enumerate() {
        let place = first + place as i32;
        let (x, y) = (place / 7 * PITCH, HEAD + place % 7 * PITCH);
        // A name needs two weeks of space to the one before, and to the right edge.
        if (it.day.day() == 1 || place == first) && place / 7 - named > 2 && place / 7 + 2 <= weeks
        {
            named = place / 7;
            let month = it.day.strftime("%b");
            let _ = write!(svg, "<text x=\"{x}\" y=\"10\">{month}</text>");
        }
        let _ = write!(
            svg,
            "<rect class=\"day level{}\" x=\"{x}\" y=\"{y}\" width=\"11\" height=\"11\" rx=\"2\"><title>{}</title></rect>",
            it.level.min(4),
            escaped(&it.title),
        );
    }
    svg.push_str("</svg>");
    Svg(svg)
}

/// The number of days since Monday.
fn weekday(day: Date) -> i32 {
    i32::from(day.weekday().since(Weekday::Monday))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_week_is_a_column_with_monday_at_the_top() {
        let square = |day: &str, level| Square {
            day: day.parse().unwrap(),
            level,
            title: day.to_owned(),
        };
        // Saturday, Sunday, Monday.
        let days = [
            square("2026-10-31", 1),
            square("2026-11-01", 0),
            square("2026-11-02", 9),
        ];
        insta::assert_snapshot!(calendar("Deliveries", "by day", &days), @r#"<svg class="calendar" viewBox="0 0 28 114" role="img"><title>Deliveries</title><desc>by day</desc><text x="0" y="10">Oct</text><rect class="day level1" x="0" y="86" width="11" height="11" rx="2"><title>2026-10-31</title></rect><rect class="day level0" x="0" y="100" width="11" height="11" rx="2"><title>2026-11-01</title></rect><rect class="day level4" x="14" y="16" width="11" height="11" rx="2"><title>2026-11-02</title></rect></svg>"#);
    }
}
