//! A line over time. It stops where there is no figure.

use std::fmt::Write as _;

use super::{Svg, Tenth, begin, escaped};

/// A line to draw.
pub(crate) struct Line<'a> {
    /// Unique among the charts of the page; letters, digits and hyphens.
    pub(crate) id: &'a str,
    /// A CSS class in addition to `line`.
    pub(crate) class: &'a str,
    /// The title, for screen readers.
    pub(crate) title: &'a str,
    /// A sentence that describes the line, for screen readers.
    pub(crate) desc: &'a str,
    /// From left to right, at equal distances.
    pub(crate) points: &'a [Point],
    /// The values at the bottom and the top of the chart.
    pub(crate) range: [f64; 2],
}

/// A value, or the reason why there is none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    /// The day, as text.
    pub(crate) at: String,
    /// The value, or the reason for the gap.
    pub(crate) value: Result<f64, &'static str>,
}

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 100.0;

impl Line<'_> {
    /// Draws the line and hatches its gaps. A gap is neither bridged nor drawn as zero.
    pub(crate) fn draw(&self) -> Svg {
        let mut svg = String::new();
        let class = format!("line {}", self.class);
        begin(
            &mut svg,
            "img",
            class.trim(),
            [WIDTH, HEIGHT],
            [self.title, self.desc],
        );
        let gaps = gaps(self.points);
        if !gaps.is_empty() {
            let _ = write!(
                svg,
                "<defs><pattern id=\"{}-gap\" class=\"hatch\" width=\"8\" height=\"8\" \
                 patternUnits=\"userSpaceOnUse\"><path d=\"M-2 2L2-2M0 8L8 0M6 10L10 6\"/></pattern></defs>",
                self.id
            );
        }
        let step = WIDTH / (self.points.len().max(2) - 1) as f64;
        for gap in &gaps {
            let from = (gap.from as f64 - 0.5) * step;
            let to = (gap.to as f64 + 0.5) * step;
            let (from, to) = (from.max(0.0), to.min(WIDTH));
            let _ = write!(
                svg,
                "<rect class=\"gap\" x=\"{}\" width=\"{}\" height=\"{HEIGHT}\" fill=\"url(#{}-gap)\"><title>{}</title></rect>",
                Tenth(from),
                Tenth(to - from),
                self.id,
                escaped(&gap.label),
            );
        }
        let (path, last) = self.path(step);
        let _ = write!(svg, "<path class=\"stroke\" d=\"{path}\"/>");
        if let Some((x, y)) = last {
            let _ = write!(
                svg,
                "<path class=\"end\" d=\"M{} {}h0\"/>",
                Tenth(x),
                Tenth(y)
            );
        }
        svg.push_str("</svg>");
        Svg(svg)
    }

    /// The path of the line, which breaks at gaps, and the position of the last value.
    fn path(&self, step: f64) -> (String, Option<(f64, f64)>) {
        let [bottom, top] = self.range;
        let span = if top > bottom { top - bottom } else { 1.0 };
        let (mut path, mut last, mut is_down) = (String::new(), None, false);
        for (place, point) in self.points.iter().enumerate() {
            let Ok(value) = point.value else {
                is_down = false;
                continue;
            };
            let x = place as f64 * step;
            let y = HEIGHT - ((value - bottom) / span * HEIGHT).clamp(0.0, HEIGHT);
            let _ = write!(
                path,
                "{}{} {}",
                if is_down { "L" } else { "M" },
                Tenth(x),
                Tenth(y)
            );
            // A value between two gaps is a dot.
            let is_alone = !is_down
                && self
                    .points
                    .get(place + 1)
                    .is_none_or(|it| it.value.is_err());
            if is_alone {
                path.push_str("h0");
            }
            (is_down, last) = (true, Some((x, y)));
        }
        (path, last)
    }
}

/// Consecutive points without a value, for the same reason.
pub(crate) struct Gap {
    from: usize,
    to: usize,
    /// The first and last day, and the reason.
    pub(crate) label: String,
}

/// The gaps between the points, from left to right.
pub(crate) fn gaps(points: &[Point]) -> Vec<Gap> {
    let mut gaps: Vec<(usize, usize, &str)> = Vec::new();
    for (place, point) in points.iter().enumerate() {
        let Err(reason) = point.value else {
            continue;
        };
        match gaps.last_mut() {
            Some((_, to, of)) if *to + 1 == place && *of == reason => *to = place,
            _ => gaps.push((place, place, reason)),
        }
    }
    let labelled = gaps.into_iter().map(|(from, to, reason)| {
        let (first, last) = (&points[from].at, &points[to].at);
        let label = match from == to {
            true => format!("{first}: {reason}"),
            false => format!("{first} to {last}: {reason}"),
        };
        Gap { from, to, label }
    });
    labelled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: &str, value: Result<f64, &'static str>) -> Point {
        Point {
            at: at.to_owned(),
            value,
        }
    }

    fn line(points: &[Point]) -> Svg {
        let line = Line {
            id: "exchange",
            class: "spark",
            title: "Exchange & others",
            desc: "",
            points,
            range: [0.0, 100.0],
        };
        line.draw()
    }

    #[test]
    fn a_line_connects_its_values() {
        let points = [
            point("1 Oct", Ok(0.0)),
            point("2 Oct", Ok(50.0)),
            point("3 Oct", Ok(100.0)),
        ];
        insta::assert_snapshot!(line(&points), @r#"<svg class="line spark" viewBox="0 0 600 100" preserveAspectRatio="none" role="img"><title>Exchange &#38; others</title><path class="stroke" d="M0 100L300 50L600 0"/><path class="end" d="M600 0h0"/></svg>"#);
    }

    #[test]
    fn a_gap_is_hatched_and_labelled() {
        let points = [
            point("1 Oct", Ok(50.0)),
            point("2 Oct", Err("nothing was delivered")),
            point("3 Oct", Err("nothing was delivered")),
            point("4 Oct", Ok(50.0)),
        ];
        insta::assert_snapshot!(line(&points), @r#"<svg class="line spark" viewBox="0 0 600 100" preserveAspectRatio="none" role="img"><title>Exchange &#38; others</title><defs><pattern id="exchange-gap" class="hatch" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M-2 2L2-2M0 8L8 0M6 10L10 6"/></pattern></defs><rect class="gap" x="100" width="400" height="100" fill="url(#exchange-gap)"><title>2 Oct to 3 Oct: nothing was delivered</title></rect><path class="stroke" d="M0 50h0M600 50h0"/><path class="end" d="M600 50h0"/></svg>"#);
    }

    #[test]
    fn the_same_points_give_the_same_picture() {
        let points = [
            point("1 Oct", Ok(12.34)),
            point("2 Oct", Err("no row counts")),
        ];
        assert_eq!(line(&points), line(&points));
        assert!(!line(&[]).to_string().contains("class=\"end\""));
    }
}
