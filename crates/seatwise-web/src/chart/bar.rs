//! A percent as a bar, with a mark at the earlier percent.

use std::fmt::Write as _;

use super::{Svg, Tenth};

/// Draws a bar with a scale from 0 to 100. More than 100 % fills the bar, and its end is marked. The percent
/// stands beside the bar as text, so the bar is hidden from screen readers.
pub(crate) fn bar(percent: f64, before: Option<f64>) -> Svg {
    let mut svg = String::from(
        "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"track\" width=\"100\" height=\"8\"/>",
    );
    let width = percent.clamp(0.0, 100.0);
    let _ = write!(
        svg,
        "<rect class=\"fill\" width=\"{}\" height=\"8\"/>",
        Tenth(width)
    );
    if percent > 100.0 {
        svg.push_str("<rect class=\"over\" x=\"97\" width=\"3\" height=\"8\"/>");
    }
    if let Some(before) = before {
        let place = Tenth(before.clamp(0.0, 100.0));
        let _ = write!(svg, "<path class=\"mark\" d=\"M{place} 0V8\"/>");
    }
    svg.push_str("</svg>");
    Svg(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_never_exceeds_its_track() {
        insta::assert_snapshot!(bar(62.44, Some(70.0)), @r#"<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/><rect class="fill" width="62.4" height="8"/><path class="mark" d="M70 0V8"/></svg>"#);
        insta::assert_snapshot!(bar(137.5, None), @r#"<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/><rect class="fill" width="100" height="8"/><rect class="over" x="97" width="3" height="8"/></svg>"#);
    }
}
