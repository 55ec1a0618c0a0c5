//! The body of an explanation.

use seatwise_types::extensions::{LeftOutReason, ReasonCode};

use super::fields::{
    channel, customer_id, customer_name, date, delivery, denominator, known_at, metric, next_link,
    numerator, page, percent, processed, product_id, product_name, recorded_at, service_code,
    workload_code, workload_name,
};
use crate::openapi::schema::{Ordered, Schema};

/// The schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("Explanation", explanation()),
        ("Reason", reason()),
        ("ExplainedDelivery", explained_delivery()),
        ("ExplainedRow", explained_row()),
        ("LeftOut", left_out()),
    ])
}

fn explanation() -> Schema {
    Schema::object()
        .means("A figure with all that it is made of.")
        .with("metric", metric())
        .with("serviceCode", service_code())
        .with("channel", channel())
        .may_have("workload", Schema::text().means("As it was asked for."))
        .may_have("customerId", customer_id())
        .may_have("product", Schema::text().means("As it was asked for."))
        .may_have("asOf", date("The day that it is for."))
        .may_have("knownAt", known_at())
        .with(
            "tableVersion",
            Schema::count().means(
                "The version of the Delta table after the last delivery that was known: read with \
                 any tool, it holds nothing else.",
            ),
        )
        .may_have("numerator", numerator())
        .may_have("denominator", denominator())
        .may_have(
            "exactPercent",
            Schema::text()
                .pattern("^[0-9]+/[1-9][0-9]*$")
                .such_as(["250/9"])
                .means("The percent before it is rounded to two decimals, halves away from zero."),
        )
        .may_have("percent", percent())
        .may_have("processedDateTime", processed())
        .with("reasons", Schema::list(Schema::named("Reason")))
        .with("deliveries", page("ExplainedDelivery"))
        .with("rows", page("ExplainedRow"))
        .with("leftOut", page("LeftOut"))
        .may_have("nextLink", next_link())
}

fn reason() -> Schema {
    Schema::object()
        .means("What lifts a figure over 100, or makes it 0.0.")
        .with(
            "code",
            Schema::one_of(ReasonCode::ALL.iter().map(|code| code.as_str())),
        )
        .with("rows", Schema::count().means("In how many rows."))
        .with(
            "excess",
            Schema::count().means("How many more seats the numerator has in them."),
        )
}

fn explained_delivery() -> Schema {
    Schema::object()
        .means("A delivery that a figure is made of.")
        .with("customerId", customer_id())
        .with("customerName", customer_name())
        .with("processedDate", date("The day of the delivery."))
        .with("recordedAt", recorded_at())
        .with("delivery", delivery())
        .with(
            "rows",
            Schema::count().means("How many of its rows are added up."),
        )
        .with("numerator", numerator())
        .with("denominator", denominator())
}

fn explained_row() -> Schema {
    Schema::object()
        .means("A row that a figure is made of.")
        .with("delivery", delivery())
        .with("customerId", customer_id())
        .may_have("productId", product_id())
        .with("productName", product_name())
        .may_have("workloadCode", workload_code())
        .may_have("workloadName", workload_name())
        .with("numerator", numerator())
        .with("denominator", denominator())
}

fn left_out() -> Schema {
    Schema::object()
        .means("Something that one might look for in a figure, and that is not in it.")
        .with(
            "reason",
            Schema::one_of(LeftOutReason::ALL.iter().map(|reason| reason.as_str())),
        )
        .may_have("customerId", customer_id())
        .may_have("customerName", customer_name())
        .may_have("channel", channel())
        .may_have("productName", product_name())
        .may_have("processedDate", date("The day of the delivery."))
        .may_have("recordedAt", recorded_at())
        .may_have("delivery", delivery())
        .with("numerator", numerator())
        .with("denominator", denominator())
}

#[cfg(test)]
mod tests {
    use seatwise_types::extensions::{
        ExplainedDelivery, ExplainedRow, Explanation, LeftOut, Metric, Page, Reason,
    };
    use seatwise_types::{Channel, ServiceCode, wire};

    use super::super::describes::{date, describes, id, text};
    use super::*;

    #[test]
    #[expect(
        clippy::too_many_lines,
        reason = "a table with one entry for each member"
    )]
    fn an_explanation() {
        let reason_of = Reason {
            code: ReasonCode::QualifiedZero,
            rows: 1,
            excess: 1,
        };
        describes(&reason(), &wire::encode(&reason_of));
        let delivery = ExplainedDelivery {
            customer_id: id(),
            customer_name: text(),
            processed_date: date().day(),
            recorded_at: date().timestamp(),
            delivery: 1,
            rows: 1,
            numerator: 1,
            denominator: 1,
        };
        describes(&explained_delivery(), &wire::encode(&delivery));
        let row = ExplainedRow {
            delivery: 1,
            customer_id: id(),
            product_id: Some(text()),
            product_name: text(),
            workload_code: Some(text()),
            workload_name: Some(text()),
            numerator: 1,
            denominator: 1,
        };
        describes(&explained_row(), &wire::encode(&row));
        let out = LeftOut {
            reason: LeftOutReason::Late,
            customer_id: Some(id()),
            customer_name: Some(text()),
            channel: Some(Channel::Direct),
            product_name: Some(text()),
            processed_date: Some(date().day()),
            recorded_at: Some(date().timestamp()),
            delivery: Some(1),
            numerator: 1,
            denominator: 1,
        };
        describes(&left_out(), &wire::encode(&out));
        let list = Page::of(vec![delivery], 0, 1);
        describes(&page("Any"), &wire::encode(&list));
        let answer = Explanation {
            metric: Metric::Usage,
            service_code: ServiceCode::Crm,
            channel: Channel::Direct,
            workload: Some(text()),
            customer_id: Some(id()),
            product: Some(text()),
            as_of: Some(date().day()),
            known_at: Some(date().timestamp()),
            table_version: 1,
            numerator: Some(1),
            denominator: Some(1),
            exact_percent: Some(text()),
            percent: Some(1.0),
            processed_date_time: Some(date()),
            reasons: vec![reason_of],
            deliveries: list,
            rows: Page::of(vec![row], 0, 1),
            left_out: Page::of(vec![out], 0, 1),
            next_link: Some(text()),
        };
        describes(&explanation(), &wire::encode(&answer));
    }
}
