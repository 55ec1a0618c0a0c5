//! Which customers are at risk, and why.
//!
//! A customer is at risk if, within a month, its use fell or it lost seats, or if it uses few of its seats or
//! has assigned few of them. The thresholds are the same for all customers. Small customers are left out,
//! because one seat is a large percent of theirs. docs/pages.md explains the same rules.

use super::lines::Line;
use crate::words;

/// The fall of use within a month, in points.
const FALL: f64 = 10.0;
/// The smallest number of seats, now or a month ago, for a rule to apply.
const LEAST_SEATS: u64 = 10;
/// Use below this percent is low. The threshold is low because it covers all workloads together, and few
/// people use all of them.
const LITTLE_USE: f64 = 20.0;
/// Assigned seats below this percent of seats sold are few.
const FEW_ASSIGNED: f64 = 60.0;
/// A loss of this fraction (1/5) of the seats sold within a month.
const FEWER_SEATS: u64 = 5;

/// Why a customer is at risk, the most urgent reason first. Empty if it is not at risk, or if it is late: its
/// current state is unknown.
pub(crate) fn reasons(line: &Line) -> Vec<String> {
    let mut reasons = Vec::new();
    let (sold, sold_before) = (line.deployment.whole, line.deployment_before.whole);
    let gone = sold_before.saturating_sub(sold);
    if line.deployment.is_known && sold_before >= LEAST_SEATS && gone * FEWER_SEATS >= sold_before {
        let (before, now) = (words::count(sold_before), words::count(sold));
        reasons.push(format!("seats sold fell from {before} to {now} in a month"));
    }
    let (now, before) = (line.usage.percent(), line.usage_before.percent());
    if let (Some(now), Some(before)) = (now, before)
        && before - now >= FALL
        && line.usage_before.whole >= LEAST_SEATS
    {
        let (before, now) = (words::percent(before), words::percent(now));
        reasons.push(format!("use fell from {before} to {now} in a month"));
    } else if let Some(now) = now
        && now < LITTLE_USE
        && !line.is_new
        && line.usage.whole >= LEAST_SEATS
    {
        reasons.push(format!(
            "only {} of its qualified seats are used",
            words::percent(now)
        ));
    }
    if let Some(assigned) = line.deployment.percent()
        && assigned < FEW_ASSIGNED
        && !line.is_new
        && sold >= LEAST_SEATS
    {
        let assigned = words::percent(assigned);
        reasons.push(format!("only {assigned} of the seats sold are assigned"));
    }
    reasons
}

/// The number of seats at stake: the seats sold, now or a month ago, whichever is larger.
pub(crate) fn stake(line: &Line) -> u64 {
    let sold = line.deployment.whole.max(line.deployment_before.whole);
    // Without deployment, the qualified seats of all workloads are an upper bound.
    if sold > 0 { sold } else { line.usage.whole }
}

#[cfg(test)]
mod tests {
    use super::super::lines::tests::line;
    use super::*;
    use crate::reader::tests::seen;

    #[test]
    fn figures_of_a_month_put_a_customer_at_risk() {
        let cases = [
            ([90, 100], [95, 100], [9, 10], [9, 10], ""),
            (
                [80, 100],
                [95, 100],
                [9, 10],
                [9, 10],
                "use fell from 95.00 % to 80.00 % in a month",
            ),
            (
                [19, 100],
                [20, 100],
                [9, 10],
                [9, 10],
                "only 19.00 % of its qualified seats are used",
            ),
            (
                [90, 100],
                [95, 100],
                [5, 10],
                [9, 10],
                "only 50.00 % of the seats sold are assigned",
            ),
            (
                [90, 100],
                [95, 100],
                [8, 8],
                [9, 10],
                "seats sold fell from 10 to 8 in a month",
            ),
            // Too few seats for a rule.
            ([1, 5], [5, 5], [1, 5], [5, 5], ""),
        ];
        for (usage, usage_before, deployment, deployment_before, expected) in cases {
            let line = line(usage, usage_before, deployment, deployment_before);
            assert_eq!(seen(&reasons(&line).join("; ")), expected);
        }
    }

    #[test]
    fn new_customers_have_time_to_begin() {
        let mut new = line([1, 100], [0, 0], [1, 100], [0, 0]);
        for seats in [&mut new.usage_before, &mut new.deployment_before] {
            seats.rows = 0;
            seats.is_known = false;
        }
        assert_eq!(reasons(&new).len(), 2);
        new.is_new = true;
        assert!(reasons(&new).is_empty());
    }

    #[test]
    fn unknown_figures_are_no_risk() {
        let mut late = line([0, 0], [95, 100], [0, 0], [90, 100]);
        for seats in [&mut late.usage, &mut late.deployment] {
            seats.rows = 0;
            seats.is_known = false;
        }
        late.late_since = Some("2026-08-20".parse().unwrap());
        assert!(reasons(&late).is_empty());
    }
}
