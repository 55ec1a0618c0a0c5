//! The body of figures over time.

use seatwise_types::extensions::{By, Gap, Step};

use super::fields::{
    channel, customer_id, customer_name, date, denominator, known_at, metric, numerator, percent,
    processed, product_id, product_name, service_code, workload_code, workload_name,
};
use crate::openapi::schema::{Ordered, Schema};

/// The schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("History", history()),
        ("HistorySeries", history_series()),
        ("HistoryPoint", history_point()),
    ])
}

fn history() -> Schema {
    Schema::object()
        .means("Figures over time.")
        .with("metric", metric())
        .with("by", Schema::one_of(By::ALL.iter().map(|by| by.as_str())))
        .with(
            "step",
            Schema::one_of(Step::ALL.iter().map(|step| step.as_str())),
        )
        .with("from", date("The first day that was asked for."))
        .with("to", date("The last one."))
        .may_have("knownAt", known_at())
        .with("series", Schema::list(Schema::named("HistorySeries")))
}

fn history_series() -> Schema {
    Schema::object()
        .means("One line of a history.")
        .with("serviceCode", service_code())
        .with("channel", channel())
        .may_have("customerId", customer_id())
        .may_have("customerName", customer_name())
        .may_have("workloadCode", workload_code())
        .may_have("workloadName", workload_name())
        .may_have("productId", product_id())
        .may_have("productName", product_name())
        .with("points", Schema::list(Schema::named("HistoryPoint")))
}

fn history_point() -> Schema {
    Schema::object()
        .means("The figure at a date, or why there is none.")
        .with("date", date("The last day of a step."))
        .may_have("numerator", numerator())
        .may_have("denominator", denominator())
        .may_have("percent", percent())
        .may_have("processedDateTime", processed())
        .may_have(
            "gap",
            Schema::one_of(Gap::ALL.iter().map(|gap| gap.as_str())).means(
                "Why there is no figure: nothing of the service and channel was delivered since \
                 the date before, or no row of this counts.",
            ),
        )
}

#[cfg(test)]
mod tests {
    use seatwise_types::extensions::{History, HistoryPoint, HistorySeries, Metric};
    use seatwise_types::{Channel, ServiceCode, wire};

    use super::super::describes::{date, describes, id, text};
    use super::*;

    #[test]
    fn a_history() {
        let point = HistoryPoint {
            date: date().day(),
            numerator: Some(1),
            denominator: Some(1),
            percent: Some(1.0),
            processed_date_time: Some(date()),
            gap: Some(Gap::NoRows),
        };
        describes(&history_point(), &wire::encode(&point));
        let series = HistorySeries {
            service_code: ServiceCode::Crm,
            channel: Channel::Direct,
            customer_id: Some(id()),
            customer_name: Some(text()),
            workload_code: Some(text()),
            workload_name: Some(text()),
            product_id: Some(text()),
            product_name: Some(text()),
            points: vec![point],
        };
        describes(&history_series(), &wire::encode(&series));
        let answer = History {
            metric: Metric::Usage,
            by: By::Partner,
            step: Step::Day,
            from: date().day(),
            to: date().day(),
            known_at: Some(date().timestamp()),
            series: vec![series],
        };
        describes(&history(), &wire::encode(&answer));
    }
}
