//! Which customers are at risk: of whom it is worth to ask how they are.
//!
//! A customer is at risk for what the figures of a month show: its use fell, its seats became fewer, few
//! of its seats are used, or few are assigned. The bounds are the same for all customers, and small
//! customers are left out, of whom one seat is many percent. docs/pages.md says the same.

use super::lines::Line;
use crate::words;

/// By how many points use has to fall within a month.
const FALL: f64 = 10.0;
/// Of how many seats, a month ago or now, at the least.
const LEAST_SEATS: u64 = 10;
/// Less use than this percent is little. It is of all workloads together, of which few people use all.
const LITTLE_USE: f64 = 20.0;
/// Fewer seats assigned than this percent are few.
const FEW_ASSIGNED: f64 = 60.0;
/// The part of the seats sold that has to be gone within a month: a fifth.
const FEWER_SEATS: u64 = 5;

/// Why a customer is at risk, the most pressing reason first; nothing if it is not. A late customer is
/// not: nothing is known of it now.
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
        && line.usage.whole >= LEAST_SEATS
    {
        reasons.push(format!(
            "only {} of its seats are used",
            words::percent(now)
        ));
    }
    if let Some(assigned) = line.deployment.percent()
        && assigned < FEW_ASSIGNED
        && sold >= LEAST_SEATS
    {
        let assigned = words::percent(assigned);
        reasons.push(format!("only {assigned} of the seats sold are assigned"));
    }
    reasons
}

/// How many seats are at stake: those that are sold, now or a month ago.
pub(crate) fn stake(line: &Line) -> u64 {
    let sold = line.deployment.whole.max(line.deployment_before.whole);
    // Without deployment, the seats of all workloads are at least as many.
    if sold > 0 { sold } else { line.usage.whole }
}

#[cfg(test)]
mod tests {
    use super::super::lines::tests::line;
    use super::*;
    use crate::reader::tests::seen;

    #[test]
    fn a_customer_is_at_risk_for_what_a_month_shows() {
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
                "only 19.00 % of its seats are used",
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
            // Too few seats to say anything.
            ([1, 5], [5, 5], [1, 5], [5, 5], ""),
        ];
        for (usage, usage_before, deployment, deployment_before, expected) in cases {
            let line = line(usage, usage_before, deployment, deployment_before);
            assert_eq!(seen(&reasons(&line).join("; ")), expected);
        }
    }

    #[test]
    fn what_is_not_known_is_no_risk() {
        let mut late = line([0, 0], [95, 100], [0, 0], [90, 100]);
        for seats in [&mut late.usage, &mut late.deployment] {
            seats.rows = 0;
            seats.is_known = false;
        }
        late.late_since = Some("2026-08-20".parse().unwrap());
        assert!(reasons(&late).is_empty());
    }
}
