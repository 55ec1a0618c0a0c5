//! How a figure changed between two days, as a waterfall and in words.

use seatwise_types::extensions::{Cause, Change, ChangeStep, CustomerStep, Metric};

use super::figure;
use crate::chart::{Step, Svg, waterfall};
use crate::table::tone;
use crate::view::View;
use crate::words;

/// The waterfall of one figure.
pub(crate) struct Bridge {
    /// The name of the figure.
    pub(crate) name: String,
    pub(crate) rows: Vec<BridgeRow>,
}

/// A step, or one of the two figures at the ends.
pub(crate) struct BridgeRow {
    pub(crate) label: String,
    pub(crate) note: Option<String>,
    pub(crate) value: String,
    pub(crate) picture: Svg,
    pub(crate) tone: &'static str,
    pub(crate) is_end: bool,
}

/// A change as a sentence.
pub(crate) struct InWords {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) points: String,
    pub(crate) tone: &'static str,
    pub(crate) text: String,
}

/// The name of the figure that changed: workload and service.
pub(crate) fn name(change: &Change) -> String {
    let feed = words::feed(&change.service_code, &change.channel);
    match &change.workload_name {
        Some(workload) => format!("{workload}, {feed}"),
        None => feed,
    }
}

/// The waterfall of a change. Steps without customers have no effect and are left out.
pub(crate) fn bridge(change: &Change, [from, to]: [String; 2]) -> Bridge {
    let steps = change.steps.iter().filter(|step| step.customers > 0);
    let steps: Vec<&ChangeStep> = steps.collect();
    let (first, last) = (
        change.from.percent.unwrap_or(0.0),
        change.to.percent.unwrap_or(0.0),
    );
    let drawn = steps.iter().map(|step| Step::By(step.points));
    let drawn: Vec<Step> = [Step::At(first)]
        .into_iter()
        .chain(drawn)
        .chain([Step::At(last)])
        .collect();
    let mut pictures = waterfall(&drawn).into_iter();
    let mut picture = || pictures.next().unwrap_or_default();
    let end = |label, percent: Option<f64>, picture| BridgeRow {
        label,
        note: None,
        value: percent.map_or_else(|| "no figure".to_owned(), words::percent),
        picture,
        tone: "",
        is_end: true,
    };
    let mut rows = vec![end(from, change.from.percent, picture())];
    for step in steps {
        rows.push(BridgeRow {
            label: words::cause(metric(change), step.cause).to_owned(),
            note: Some(note(metric(change), step)),
            value: words::points(step.points),
            picture: picture(),
            tone: tone(step.points),
            is_end: false,
        });
    }
    rows.push(end(to, change.to.percent, picture()));
    Bridge {
        name: name(change),
        rows,
    }
}

/// Only figures of use have a workload.
fn metric(change: &Change) -> Metric {
    match change.workload_name {
        Some(_) => Metric::Usage,
        None => Metric::Deployment,
    }
}

fn note(metric: Metric, step: &ChangeStep) -> String {
    let [part, whole] = words::seats(metric);
    format!(
        "{}; {} {part}, {} {whole}",
        words::counted(step.customers, "customer", "customers"),
        words::difference(step.numerator),
        words::difference(step.denominator),
    )
}

/// A change as a sentence: its size and its causes, the largest effect first.
pub(crate) fn in_words(view: &View, change: &Change, span: [String; 2]) -> InWords {
    let [from, to] = span;
    let workload = change.workload_name.as_deref();
    let of = figure(
        change.service_code.as_str(),
        change.channel.as_str(),
        workload,
    );
    let span = [("from", Some(from)), ("to", Some(to))];
    InWords {
        name: name(change),
        href: view.link("/changes", span.into_iter().chain(super::of(&of))),
        points: words::points(change.points),
        tone: tone(change.points),
        text: sentence(change),
    }
}

/// So many causes in each direction are named in a sentence.
const NAMED: usize = 2;

fn sentence(change: &Change) -> String {
    let ends = match (change.from.percent, change.to.percent) {
        (Some(from), Some(to)) => {
            format!("from {} to {}", words::percent(from), words::percent(to))
        }
        (None, Some(to)) => format!("new, at {}", words::percent(to)),
        (Some(from), None) => format!("gone, {} before", words::percent(from)),
        (None, None) => String::new(),
    };
    let effects = |wanted: fn(f64, f64) -> bool| {
        let steps = change.steps.iter();
        let steps = steps.filter(|step| wanted(step.points, change.points));
        let mut steps: Vec<&ChangeStep> = steps.collect();
        steps.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()));
        let (named, others) = steps.split_at(steps.len().min(NAMED));
        let named = named.iter().map(|step| {
            let points = words::points(step.points);
            let customers = words::counted(step.customers, "customer", "customers");
            let cause = cause(metric(change), step.cause, step.numerator, step.denominator);
            format!("{cause} ({points}, {customers})")
        });
        let mut text = named.collect::<Vec<_>>().join(" and ");
        if !others.is_empty() {
            let others: f64 = others.iter().map(|step| step.points).sum();
            text += &format!(" and others ({})", words::points(others));
        }
        text
    };
    let with = effects(|step, all| step * all > 0.0 && step.abs() >= 0.005);
    let against = effects(|step, all| step * all < 0.0 && step.abs() >= 0.005);
    let mut text = ends;
    if !with.is_empty() {
        text += &format!(": {with}");
    }
    if !against.is_empty() {
        text += &format!("; against it {against}");
    }
    text
}

/// How one customer contributed to a change, as text.
pub(crate) fn causes(metric: Metric, steps: &[CustomerStep]) -> String {
    let causes = steps.iter().map(|step| match step.cause {
        Cause::Restated => "restated",
        Cause::Late if step.denominator < 0 => "late",
        Cause::Late => "late before",
        Cause::NewCustomers => "new",
        Cause::LostCustomers => "lost",
        of_seats => cause(metric, of_seats, step.numerator, step.denominator),
    });
    causes.collect::<Vec<_>>().join(", ")
}

/// A cause with its direction.
fn cause(metric: Metric, cause: Cause, part: i64, whole: i64) -> &'static str {
    let is_deployment = metric == Metric::Deployment;
    match cause {
        Cause::Restated => "restated figures",
        Cause::Late => "late customers",
        Cause::NewCustomers => "new customers",
        Cause::LostCustomers => "lost customers",
        Cause::Seats if whole > 0 => "more seats",
        Cause::Seats => "fewer seats",
        Cause::Use if is_deployment && part > 0 => "more assigned",
        Cause::Use if is_deployment => "fewer assigned",
        Cause::Use if part > 0 => "more use",
        Cause::Use => "less use",
    }
}

#[cfg(test)]
mod tests {
    use seatwise_types::extensions::ChangeFigure;

    use super::*;
    use crate::reader::tests::seen;

    fn step(cause: Cause, points: f64) -> ChangeStep {
        ChangeStep {
            cause,
            customers: 2,
            numerator: points as i64,
            denominator: 0,
            points,
        }
    }

    fn change() -> Change {
        let figure = |percent| ChangeFigure {
            numerator: 1,
            denominator: 2,
            percent: Some(percent),
        };
        Change {
            service_code: "o365".into(),
            channel: "reseller".into(),
            workload_name: Some("Exchange".to_owned()),
            from: figure(80.91),
            to: figure(75.01),
            points: -5.9,
            customers: None,
            steps: vec![
                step(Cause::LostCustomers, -1.0),
                step(Cause::NewCustomers, 0.1),
                step(Cause::Use, -5.0),
            ],
        }
    }

    #[test]
    fn a_sentence_begins_with_the_largest_cause() {
        assert_eq!(
            seen(&sentence(&change())),
            "from 80.91 % to 75.01 %: less use (−5.00, 2 customers) and lost customers (−1.00, 2 \
             customers); against it new customers (+0.10, 2 customers)"
        );
    }

    #[test]
    fn a_bridge_leaves_out_steps_without_customers() {
        let mut change = change();
        change.steps[1].customers = 0;
        let bridge = bridge(&change, ["1 Sep".to_owned(), "1 Oct".to_owned()]);
        let labels: Vec<&str> = bridge.rows.iter().map(|row| row.label.as_str()).collect();
        assert_eq!(
            labels,
            ["1 Sep", "Lost customers", "More or less use", "1 Oct"]
        );
        assert_eq!(bridge.name, "Exchange, Microsoft 365, reseller");
    }
}
