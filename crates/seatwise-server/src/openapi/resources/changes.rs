//! The bodies of changes and restatements.

use seatwise_types::extensions::Cause;

use super::fields::{
    channel, customer_id, customer_name, date, date_time, delivery, denominator, known_at, metric,
    month, next_link, numerator, page, percent, points, recorded_at, service_code, workload_name,
};
use crate::openapi::schema::{Ordered, Schema};

/// The schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("Changes", changes()),
        ("Change", change()),
        ("ChangeFigure", change_figure()),
        ("ChangeStep", change_step()),
        ("CustomerChange", customer_change()),
        ("CustomerStep", customer_step()),
        ("Restatements", restatements()),
        ("RestatedUnit", restated_unit()),
        ("DeliveryVersion", delivery_version()),
    ])
}

fn changes() -> Schema {
    Schema::object()
        .means("The bridge between two answers.")
        .with("metric", metric())
        .with("from", date("The day of the first answer."))
        .may_have(
            "fromMonth",
            month("The month that it is the newest day of, if a month was asked for."),
        )
        .with("to", date("The day of the second one."))
        .may_have(
            "toMonth",
            month("The month that it is the newest day of, if a month was asked for."),
        )
        .may_have(
            "fromKnownAt",
            date_time("What was known for the first answer."),
        )
        .may_have("toKnownAt", date_time("What was known for the second one."))
        .with("changes", Schema::list(Schema::named("Change")))
        .may_have("nextLink", next_link())
}

fn change() -> Schema {
    Schema::object()
        .means("How one figure came from one answer to the other.")
        .with("serviceCode", service_code())
        .with("channel", channel())
        .may_have("workloadName", workload_name())
        .with("from", Schema::named("ChangeFigure"))
        .with("to", Schema::named("ChangeFigure"))
        .with("points", points("The difference of the two percents."))
        .with(
            "steps",
            Schema::list(Schema::named("ChangeStep"))
                .means("What leads from the one to the other, always in the same order."),
        )
        .may_have(
            "customers",
            page("CustomerChange").means(
                "The customers that have a part in a step, those with the largest effects first.",
            ),
        )
}

fn customer_change() -> Schema {
    Schema::object()
        .means("What one customer has to do with the bridge of a figure.")
        .with("customerId", customer_id())
        .with("customerName", customer_name())
        .with(
            "points",
            points("By how much it moved the percent: the sum of its steps."),
        )
        .with(
            "effect",
            Schema::number().means(
                "The same to six decimals, before it is rounded to what adds up. Customers are \
                 ordered by its size.",
            ),
        )
        .with(
            "steps",
            Schema::list(Schema::named("CustomerStep"))
                .means("The steps that it has a part in, in their order."),
        )
}

fn customer_step() -> Schema {
    Schema::object()
        .means("What one customer has to do with a step of a bridge.")
        .with(
            "cause",
            Schema::one_of(Cause::ALL.iter().map(|cause| cause.as_str())),
        )
        .with("numerator", Schema::difference())
        .with("denominator", Schema::difference())
        .with("points", points("By how much it moved the percent."))
}

fn change_figure() -> Schema {
    Schema::object()
        .means("A figure at one end of a bridge.")
        .with("numerator", numerator())
        .with("denominator", denominator())
        .may_have("percent", percent())
}

fn change_step() -> Schema {
    Schema::object()
        .means("One step of a bridge.")
        .with(
            "cause",
            Schema::one_of(Cause::ALL.iter().map(|cause| cause.as_str())),
        )
        .with("customers", Schema::count().means("How many it is about."))
        .with("numerator", Schema::difference())
        .with("denominator", Schema::difference())
        .with("points", points("By how much the percent grew."))
}

fn restatements() -> Schema {
    Schema::object()
        .means("Deliveries that were replaced.")
        .with("metric", metric())
        .with("from", date("The first day of units."))
        .with("to", date("The last one."))
        .may_have("knownAt", known_at())
        .with("units", page("RestatedUnit"))
        .may_have("nextLink", next_link())
}

fn restated_unit() -> Schema {
    Schema::object()
        .means("A customer, service, channel and day with all its versions.")
        .with("serviceCode", service_code())
        .with("channel", channel())
        .with("customerId", customer_id())
        .with("customerName", customer_name())
        .with("processedDate", date("The day."))
        .with(
            "versions",
            Schema::list(Schema::named("DeliveryVersion"))
                .means("One after the other; the last one counts."),
        )
}

fn delivery_version() -> Schema {
    Schema::object()
        .means("One version of a delivery.")
        .with("delivery", delivery())
        .with("recordedAt", recorded_at())
        .with(
            "rows",
            Schema::count().means("None if the delivery is empty."),
        )
        .with("numerator", numerator())
        .with("denominator", denominator())
}

#[cfg(test)]
mod tests {
    use seatwise_types::extensions::{
        Change, ChangeFigure, ChangeStep, Changes, CustomerChange, CustomerStep, DeliveryVersion,
        Metric, Month, Page, RestatedUnit, Restatements,
    };
    use seatwise_types::{Channel, ServiceCode, wire};

    use super::super::describes::{date, describes, id, text};
    use super::*;

    #[test]
    #[expect(
        clippy::too_many_lines,
        reason = "a table with one entry for each member"
    )]
    fn changes_and_restatements() {
        let figure = ChangeFigure {
            numerator: 1,
            denominator: 1,
            percent: Some(1.0),
        };
        describes(&change_figure(), &wire::encode(&figure));
        let step = ChangeStep {
            cause: Cause::Use,
            customers: 1,
            numerator: 1,
            denominator: 1,
            points: 1.0,
        };
        describes(&change_step(), &wire::encode(&step));
        let of_step = CustomerStep {
            cause: Cause::Use,
            numerator: 1,
            denominator: 1,
            points: 1.0,
        };
        describes(&customer_step(), &wire::encode(&of_step));
        let of_customer = CustomerChange {
            customer_id: id(),
            customer_name: text(),
            points: 1.0,
            effect: 1.0,
            steps: vec![of_step],
        };
        describes(&customer_change(), &wire::encode(&of_customer));
        let one = Change {
            service_code: ServiceCode::Crm,
            channel: Channel::Direct,
            workload_name: Some(text()),
            from: figure.clone(),
            to: figure,
            points: 1.0,
            steps: vec![step],
            customers: Some(Page::of(vec![of_customer], 0, 1)),
        };
        describes(&change(), &wire::encode(&one));
        let answer = Changes {
            metric: Metric::Usage,
            from: date().day(),
            from_month: Some(Month::of(date().day())),
            to: date().day(),
            to_month: Some(Month::of(date().day())),
            from_known_at: Some(date().timestamp()),
            to_known_at: Some(date().timestamp()),
            changes: vec![one],
            next_link: Some(text()),
        };
        describes(&changes(), &wire::encode(&answer));
        let version = DeliveryVersion {
            delivery: 1,
            recorded_at: date().timestamp(),
            rows: 1,
            numerator: 1,
            denominator: 1,
        };
        describes(&delivery_version(), &wire::encode(&version));
        let unit = RestatedUnit {
            service_code: ServiceCode::Crm,
            channel: Channel::Direct,
            customer_id: id(),
            customer_name: text(),
            processed_date: date().day(),
            versions: vec![version],
        };
        describes(&restated_unit(), &wire::encode(&unit));
        let answer = Restatements {
            metric: Metric::Usage,
            from: date().day(),
            to: date().day(),
            known_at: Some(date().timestamp()),
            units: Page::of(vec![unit], 0, 1),
            next_link: Some(text()),
        };
        describes(&restatements(), &wire::encode(&answer));
    }
}
