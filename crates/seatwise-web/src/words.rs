//! Numbers, days and causes as text for people. Units stand in the heading of a column or beside the number.
//! The examples show the default format (`reader.rs`).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use seatwise_types::extensions::{Amount, Cause, Gap, LeftOutReason, Metric, ReasonCode};
use seatwise_types::{Channel, ServiceCode};

use crate::reader;

/// A count.
pub(crate) fn count(number: u64) -> String {
    reader::number(&number.to_string())
}

/// A count with its noun: `1 customer`, `2 customers`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{} {noun}", count(number))
}

/// A difference of counts with its sign: `+12`, `−1,200`, `0`.
pub(crate) fn difference(number: i64) -> String {
    signed(
        number.is_positive(),
        number.is_negative(),
        count(number.unsigned_abs()),
    )
}

/// An amount with its currency: `EUR 12,345.50`.
pub(crate) fn money(currency: &str, amount: Amount) -> String {
    format!("{currency} {}", reader::number(&amount.to_string()))
}

/// A percent with two decimals, as in the API: `62.40 %`.
pub(crate) fn percent(percent: f64) -> String {
    format!("{} %", reader::number(&format!("{percent:.2}")))
}

/// Points with their sign: `+1.20`, `−5.90`, `0.00`.
pub(crate) fn points(points: f64) -> String {
    let text = format!("{:.2}", points.abs());
    let is_zero = text == "0.00";
    signed(
        points > 0.0 && !is_zero,
        points < 0.0 && !is_zero,
        reader::number(&text),
    )
}

fn signed(positive: bool, negative: bool, text: String) -> String {
    match (positive, negative) {
        (true, _) => format!("+{text}"),
        // Unlike a hyphen, the minus sign is as wide as a digit.
        (_, true) => format!("\u{2212}{text}"),
        _ => text,
    }
}

/// The text with a capital first letter.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

/// A day. The month is a word, so it cannot be confused with the day: `31 Oct 2026`.
pub(crate) fn day(day: Date) -> String {
    reader::day(day)
}

/// An instant to the minute, in UTC: `31 Oct 2026, 08:02 UTC`.
pub(crate) fn instant(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    format!("{}, {} UTC", reader::day(at.date()), at.strftime("%H:%M"))
}

/// The common name of a service.
pub(crate) fn service(code: &ServiceCode) -> String {
    match code {
        ServiceCode::O365 => "Microsoft 365".to_owned(),
        ServiceCode::Crm => "Dynamics 365".to_owned(),
        ServiceCode::Other(code) => code.clone(),
    }
}

/// A service with its channel: `Microsoft 365, reseller`. Figures of one channel are not those of another.
pub(crate) fn feed(code: &ServiceCode, channel: &Channel) -> String {
    format!("{}, {channel}", service(code))
}

/// The name of a step in a bridge.
pub(crate) fn cause(metric: Metric, cause: Cause) -> &'static str {
    match cause {
        Cause::Restated => "Restated",
        Cause::Late => "Late customers",
        Cause::NewCustomers => "New customers",
        Cause::LostCustomers => "Lost customers",
        Cause::Seats => "More or fewer seats",
        Cause::Use if metric == Metric::Deployment => "More or fewer assigned",
        Cause::Use => "More or less use",
    }
}

/// What the part and the whole of a metric are called: `active` of `qualified` seats.
pub(crate) fn seats(metric: Metric) -> [&'static str; 2] {
    match metric {
        Metric::Usage => ["active", "qualified"],
        Metric::Deployment => ["deployed", "sold"],
    }
}

/// The same as headings of columns.
pub(crate) fn seat_columns(metric: Metric) -> [&'static str; 2] {
    match metric {
        Metric::Usage => ["Active", "Qualified"],
        Metric::Deployment => ["Deployed", "Sold"],
    }
}

/// Why there is no figure.
pub(crate) fn gap(gap: Gap) -> &'static str {
    match gap {
        Gap::NoDelivery => "nothing was delivered",
        Gap::NoRows => "no row counts",
    }
}

/// Why something is left out of a figure.
pub(crate) fn left_out(reason: LeftOutReason) -> &'static str {
    match reason {
        LeftOutReason::Late => "late: its newest delivery is too old to count",
        LeftOutReason::Superseded => "replaced by a later delivery of the same day",
        LeftOutReason::VanishedProduct => "gone: the newest delivery no longer has it",
        LeftOutReason::OtherChannel => "sold through another channel",
    }
}

/// Why a figure exceeds 100 % or is 0.
pub(crate) fn reason(code: ReasonCode) -> &'static str {
    match code {
        ReasonCode::QualifiedZero => "seats are active and none is qualified, as with a trial",
        ReasonCode::ActiveOverQualified => {
            "more seats are active than qualified: seats that moved to other users, a second \
             subscription in its grace period, or use beyond what was bought"
        }
        ReasonCode::SoldZero => "seats are deployed and none is sold",
        ReasonCode::DeployedOverSold => "more seats are deployed than sold",
        ReasonCode::DenominatorZero => "no seat is qualified or sold, so 0 means “undefined”",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::tests::seen;

    #[test]
    fn numbers_have_separators_and_signs() {
        assert_eq!(seen(&count(0)), "0");
        assert_eq!(seen(&count(999)), "999");
        assert_eq!(seen(&count(1_000)), "1,000");
        assert_eq!(seen(&count(1_234_567)), "1,234,567");
        assert_eq!(seen(&difference(-1_200)), "−1,200");
        assert_eq!(seen(&difference(0)), "0");
        assert_eq!(seen(&points(5.9)), "+5.90");
        assert_eq!(seen(&points(-0.001)), "0.00");
        assert_eq!(seen(&percent(62.4)), "62.40 %");
        let amount = "1234.5".parse().unwrap();
        assert_eq!(seen(&money("EUR", amount)), "EUR 1,234.50");
    }

    #[test]
    fn days_and_instants_are_unambiguous() {
        let at = "2026-11-05T08:02:59Z".parse().unwrap();
        assert_eq!(seen(&day("2026-11-05".parse().unwrap())), "5 Nov 2026");
        assert_eq!(seen(&instant(at)), "5 Nov 2026, 08:02 UTC");
    }
}
