//! A row of idle seats: how they are worked out.

use seatwise_types::extensions::Exclusion;

use super::fields::{
    amount, channel, currency, customer_id, customer_name, date, delivery, product_id,
    product_name, recorded_at, service_code, workload_code, workload_name,
};
use crate::openapi::schema::Schema;

pub(super) fn row() -> Schema {
    Schema::object()
        .means(
            "A product of a customer in one service and channel, and what its figures are made of.",
        )
        .with("serviceCode", service_code())
        .with("channel", channel())
        .with("customerId", customer_id())
        .with("customerName", customer_name())
        .may_have("productId", product_id())
        .with("productName", product_name())
        .may_have("deployment", Schema::named("IdleDeployment"))
        .may_have("usage", Schema::named("IdleUsage"))
        .may_have("exclusion", Schema::named("IdleExclusion"))
        .with("buffer", Schema::named("IdleBuffer"))
        .with(
            "idle",
            Schema::count().means("Unassigned seats that count as waste."),
        )
        .with(
            "reassignable",
            Schema::count()
                .means("Idle seats that the same customer lacks of this product elsewhere."),
        )
        .with(
            "reducible",
            Schema::count().means("Idle seats beyond the buffer."),
        )
        .may_have("price", Schema::named("IdlePrice"))
        .may_have("worth", Schema::named("IdleWorth"))
}

fn of_delivery() -> Schema {
    Schema::object()
        .with("delivery", delivery())
        .with("processedDate", date("The day of the delivery."))
        .with("recordedAt", recorded_at())
}

pub(super) fn deployment() -> Schema {
    of_delivery()
        .means("Seats sold and deployed, and the delivery that they come from.")
        .with("sold", Schema::count().means("Seats bought."))
        .with(
            "deployed",
            Schema::count().means("Seats assigned to a user."),
        )
        .may_have(
            "unassigned",
            Schema::count().means("Seats sold and not assigned."),
        )
        .may_have(
            "overAssigned",
            Schema::count().means("Seats assigned and not sold."),
        )
        .with(
            "new",
            Schema::count().means("Unassigned seats that were bought a short time ago."),
        )
        .may_have(
            "soldBefore",
            Schema::count().means("Seats sold as of `soldBeforeDate`."),
        )
        .may_have(
            "soldBeforeDate",
            date("Seats that were sold then are not new."),
        )
}

pub(super) fn usage() -> Schema {
    of_delivery()
        .means("The use of a product, and the delivery that it comes from.")
        .with(
            "unusedAtLeast",
            Schema::count().means("So many seats or more are used nowhere."),
        )
        .with(
            "unusedAtMost",
            Schema::count().means("So many seats or fewer are used nowhere."),
        )
        .with("workloads", Schema::list(Schema::named("IdleWorkload")))
}

pub(super) fn workload() -> Schema {
    Schema::object()
        .means("Seats of one workload. A seat is entitled to several: never add them up.")
        .may_have("workloadCode", workload_code())
        .with("workloadName", workload_name())
        .with("qualified", Schema::count().means("Seats entitled to it."))
        .with(
            "active",
            Schema::count().means("Of them used within 28 days."),
        )
        .with("unused", Schema::count().means("Of them not used."))
}

pub(super) fn exclusion() -> Schema {
    Schema::object()
        .means("Why seats are not counted as idle.")
        .with(
            "kind",
            Schema::one_of(Exclusion::ALL.iter().map(|it| it.as_str())),
        )
        .with("reason", Schema::text().means("As the policy gives it."))
        .with("line", Schema::count().means("The line of the policy."))
}

pub(super) fn buffer() -> Schema {
    Schema::object()
        .means("How many seats may stay unassigned.")
        .with("seats", Schema::count())
        .may_have("line", Schema::count().means("The line of the policy."))
}

pub(super) fn price() -> Schema {
    Schema::object()
        .means("The price that was in force on the processed date.")
        .with("currency", currency())
        .with(
            "pricePerSeatMonth",
            amount("What one seat costs in a month."),
        )
        .with("validFrom", date("From when it counts."))
        .may_have("termEnd", date("The next day on which the term ends."))
        .with(
            "ofCustomer",
            Schema::truth().means("Whether it is for this customer alone."),
        )
        .with("line", Schema::count().means("The line of the price file."))
}

#[cfg(test)]
pub(super) mod tests {
    use seatwise_types::extensions::{
        IdleBuffer, IdleDelivery, IdleDeployment, IdleExclusion, IdlePrice, IdleRow, IdleUsage,
        IdleWorkload, IdleWorth,
    };
    use seatwise_types::{Channel, ServiceCode, wire};

    use super::super::describes::{date as at, describes, id, text};
    use super::*;

    #[expect(
        clippy::too_many_lines,
        reason = "a table with one entry for each member"
    )]
    pub(in super::super) fn a_row() -> IdleRow {
        let of = IdleDelivery {
            delivery: 1,
            processed_date: at().day(),
            recorded_at: at().timestamp(),
        };
        let deployed = IdleDeployment {
            of,
            sold: 1,
            deployed: 1,
            unassigned: Some(1),
            over_assigned: Some(1),
            new: 1,
            sold_before: Some(1),
            sold_before_date: Some(at().day()),
        };
        describes(&deployment(), &wire::encode(&deployed));
        let one = IdleWorkload {
            workload_code: Some(text()),
            workload_name: text(),
            qualified: 1,
            active: 1,
            unused: 1,
        };
        describes(&workload(), &wire::encode(&one));
        let used = IdleUsage {
            of,
            unused_at_least: 1,
            unused_at_most: 1,
            workloads: vec![one],
        };
        describes(&usage(), &wire::encode(&used));
        let excluded = IdleExclusion {
            kind: Exclusion::Inventory,
            reason: text(),
            line: 1,
        };
        describes(&exclusion(), &wire::encode(&excluded));
        let kept = IdleBuffer {
            seats: 1,
            line: Some(1),
        };
        describes(&buffer(), &wire::encode(&kept));
        let priced = IdlePrice {
            currency: text(),
            price_per_seat_month: "1".parse().unwrap(),
            valid_from: at().day(),
            term_end: Some(at().day()),
            of_customer: true,
            line: 1,
        };
        describes(&price(), &wire::encode(&priced));
        IdleRow {
            service_code: ServiceCode::Crm,
            channel: Channel::Direct,
            customer_id: id(),
            customer_name: text(),
            product_id: Some(text()),
            product_name: text(),
            deployment: Some(deployed),
            usage: Some(used),
            exclusion: Some(excluded),
            buffer: kept,
            idle: 1,
            reassignable: 1,
            reducible: 1,
            price: Some(priced),
            worth: Some(amounts()),
        }
    }

    pub(in super::super) fn amounts() -> IdleWorth {
        IdleWorth {
            currency: text(),
            seats: 1,
            exposure: "1".parse().unwrap(),
            reassignable: "1".parse().unwrap(),
            reducible: "1".parse().unwrap(),
        }
    }

    #[test]
    fn a_row_of_idle_seats() {
        describes(&row(), &wire::encode(&a_row()));
    }
}
