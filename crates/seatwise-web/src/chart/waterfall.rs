//! A waterfall chart: how one figure became another, step by step. Each step is a picture below the one
//! before.

use std::fmt::Write as _;

use super::{Svg, Tenth};

/// One row of a waterfall.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// A figure, at the beginning or the end.
    At(f64),
    /// By how many points a step raised or lowered the figure.
    By(f64),
}

/// Draws one picture for each step. All have the same scale, which begins a little below the smallest value.
/// A line joins the end of each step to the beginning of the next. The numbers stand beside the pictures.
pub(crate) fn waterfall(steps: &[Step]) -> Vec<Svg> {
    let mut at = 0.0;
    let spans: Vec<(f64, f64)> = steps
        .iter()
        .map(|step| {
            let before = at;
            match step {
                Step::At(value) => {
                    at = *value;
                    (at, at)
                }
                Step::By(points) => {
                    at += points;
                    (before, at)
                }
            }
        })
        .collect();
    let all = || spans.iter().flat_map(|(from, to)| [*from, *to]);
    let (least, most) = (
        all().fold(f64::MAX, f64::min),
        all().fold(f64::MIN, f64::max),
    );
    let span = (most - least).max(0.01);
    let place = |value: f64| Tenth(4.0 + (value - least) / span * 92.0);
    let last = spans.len().saturating_sub(1);
    let draw = |(number, (from, to)): (usize, &(f64, f64))| {
        let mut svg = String::from(
            "<svg class=\"fall\" viewBox=\"0 0 100 24\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
        );
        if number > 0 {
            let _ = write!(svg, "<path class=\"join\" d=\"M{} 0V12\"/>", place(*from));
        }
        if number < last {
            let _ = write!(svg, "<path class=\"join\" d=\"M{} 12V24\"/>", place(*to));
        }
        match steps[number] {
            Step::At(_) => {
                let _ = write!(svg, "<path class=\"stand\" d=\"M{} 3V21\"/>", place(*to));
            }
            Step::By(points) => {
                let class = if points < 0.0 { "down" } else { "up" };
                let (left, right) = (from.min(*to), from.max(*to));
                let width = (right - left) / span * 92.0;
                let _ = write!(
                    svg,
                    "<rect class=\"{class}\" x=\"{}\" y=\"5\" width=\"{}\" height=\"14\"/>",
                    place(left),
                    Tenth(width.max(0.4)),
                );
            }
        }
        svg.push_str("</svg>");
        Svg(svg)
    };
    spans.iter().enumerate().map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_begins_where_the_one_before_ends() {
        let steps = [
            Step::At(80.0),
            Step::By(-10.0),
            Step::By(5.0),
            Step::At(75.0),
        ];
        let drawn: Vec<String> = waterfall(&steps).iter().map(Svg::to_string).collect();
        insta::assert_snapshot!(drawn.join("\n"), @r#"
        <svg class="fall" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><path class="join" d="M96 12V24"/><path class="stand" d="M96 3V21"/></svg>
        <svg class="fall" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><path class="join" d="M96 0V12"/><path class="join" d="M4 12V24"/><rect class="down" x="4" y="5" width="92" height="14"/></svg>
        <svg class="fall" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><path class="join" d="M4 0V12"/><path class="join" d="M50 12V24"/><rect class="up" x="4" y="5" width="46" height="14"/></svg>
        <svg class="fall" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><path class="join" d="M50 0V12"/><path class="stand" d="M50 3V21"/></svg>
        "#);
    }

    #[test]
    fn an_unchanged_figure_is_drawn() {
        assert_eq!(waterfall(&[Step::At(50.0), Step::At(50.0)]).len(), 2);
        assert!(waterfall(&[]).is_empty());
    }
}
