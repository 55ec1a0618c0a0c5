//! The idle seats: the call and the members of its response.

use seatwise_types::ErrorCode;
use seatwise_types::extensions::{Exclusion, IdleFileKind, IdleShow, IdleSort};

use super::extension_operations::{channel as of_channel, customer, product, service};
use super::extension_resources::{
    customer_id, date, date_time, delivery, known_at, next_link, page, recorded_at,
};
use super::operation::{Operation, Parameter, Response};
use super::operations::{SEATWISE, of_holder, of_user};
use super::resources::{
    channel, customer_name, product_id, product_name, service_code, workload_code, workload_name,
};
use super::samples;
use super::schema::{Ordered, Schema};

pub(crate) fn idle() -> Operation {
    let answer = Response::json(
        "Totals of all rows that were selected, and a page of the products and of the rows. Both lists \
         have the same `top` and `skip`.",
        Schema::named("Idle"),
    );
    of_user(
        "getIdleSeats",
        SEATWISE,
        "Idle seats",
        "Seats that are sold and not assigned, or qualified and not used, of each product of each \
         customer, and what they are worth by the partner's prices and policy. Late customers are left \
         out. Seats without a known price are counted and in no amount. The three amounts overlap and \
         are never to be added up, nor are those of two currencies.",
    )
    .takes(Parameter::query(
        "sort",
        Schema::one_of(IdleSort::ALL.iter().map(|it| it.as_str())),
        "The order of the rows; `idle` if it is missing: most idle seats first.",
    ))
    .takes(Parameter::query(
        "show",
        Schema::one_of(IdleShow::ALL.iter().map(|it| it.as_str())),
        "Which rows are listed; `idle` if it is missing: those with idle, new, over-assigned or unused \
         seats that are not excluded. Totals are always those of all.",
    ))
    .takes(Parameter::query(
        "worth",
        Schema::truth(),
        "Whether prices are looked up; `true` if it is missing.",
    ))
    .takes(service())
    .takes(of_channel())
    .takes(customer())
    .takes(product())
    .on_axes()
    .in_pages()
    .answers("200", of_holder(answer).such_as(samples::IDLE))
    .finish(&[ErrorCode::InvalidProperty, ErrorCode::InvalidInput], &[])
}

/// All schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("Idle", answer()),
        ("IdleSeats", seats()),
        ("IdleWorth", worth()),
        ("IdleCoverage", coverage()),
        ("IdleCovered", covered()),
        ("IdleFile", file()),
        ("IdleWarning", warning()),
        ("IdleProduct", of_product()),
        ("IdleRow", row()),
        ("IdleDeployment", deployment()),
        ("IdleUsage", usage()),
        ("IdleWorkload", workload()),
        ("IdleExclusion", exclusion()),
        ("IdleBuffer", buffer()),
        ("IdlePrice", price()),
    ])
}

fn answer() -> Schema {
    Schema::object()
        .means("Idle seats and what they are worth.")
        .may_have("asOf", date("The day that it is for."))
        .may_have("knownAt", known_at())
        .with(
            "sort",
            Schema::one_of(IdleSort::ALL.iter().map(|it| it.as_str())),
        )
        .with(
            "show",
            Schema::one_of(IdleShow::ALL.iter().map(|it| it.as_str())),
        )
        .with("totals", Schema::named("IdleSeats"))
        .with(
            "worth",
            Schema::list(Schema::named("IdleWorth")).means("One for each currency."),
        )
        .with("coverage", Schema::list(Schema::named("IdleCoverage")))
        .may_have("prices", Schema::named("IdleFile"))
        .may_have("policy", Schema::named("IdleFile"))
        .with("warnings", Schema::list(Schema::named("IdleWarning")))
        .with("products", page("IdleProduct"))
        .with("rows", page("IdleRow"))
        .may_have("nextLink", next_link())
}

fn seats() -> Schema {
    let seats = |what: &'static str| Schema::count().means(what);
    Schema::object()
        .means("Seats that were added up. `unassigned` is `idle` + `new` + `excluded`.")
        .with("rows", seats("How many rows were added up."))
        .with(
            "rowsWithDeployment",
            seats("How many of them have seats sold; of the others these are unknown."),
        )
        .with(
            "rowsWithUsage",
            seats("How many of them have usage; of the others it is unknown."),
        )
        .with("sold", seats("Seats bought."))
        .with("deployed", seats("Seats assigned to a user."))
        .with(
            "unassigned",
            seats("Seats sold and not assigned, of each row."),
        )
        .with(
            "overAssigned",
            seats("Seats assigned and not sold, of each row; never taken from `unassigned`."),
        )
        .with(
            "idle",
            seats("Unassigned seats that are neither new nor excluded."),
        )
        .with(
            "new",
            seats("Unassigned seats that were bought a short time ago."),
        )
        .with(
            "excluded",
            seats("Unassigned seats that the policy keeps as an inventory."),
        )
        .with(
            "neverAssigned",
            seats("Sold seats that are never assigned by their nature."),
        )
        .with(
            "unpriced",
            seats("Idle seats without a known price; they are in no amount."),
        )
        .with(
            "reassignable",
            seats("Idle seats that the same customer lacks elsewhere, of the same product."),
        )
        .with("reducible", seats("Idle seats beyond the buffer."))
        .with(
            "unusedAtLeast",
            seats("So many seats or more are used in no workload."),
        )
        .with(
            "unusedAtMost",
            seats("So many seats or fewer are used in no workload."),
        )
}

fn worth() -> Schema {
    Schema::object()
        .means("What idle seats are worth in a month. The amounts overlap: never add them up.")
        .with("currency", currency())
        .with(
            "seats",
            Schema::count().means("Idle seats with a price in this currency."),
        )
        .with("exposure", amount("What they cost."))
        .with(
            "reassignable",
            amount("What those cost that can be assigned elsewhere."),
        )
        .with(
            "reducible",
            amount("What those cost that need not be renewed."),
        )
}

fn coverage() -> Schema {
    Schema::object()
        .means("Who is in the figures of one service and channel.")
        .with("serviceCode", service_code())
        .with("channel", channel())
        .with("deployment", Schema::named("IdleCovered"))
        .with("usage", Schema::named("IdleCovered"))
}

fn covered() -> Schema {
    Schema::object()
        .means("Who is in the figures of one metric.")
        .with(
            "current",
            Schema::count().means("Customers whose newest delivery counts."),
        )
        .with(
            "late",
            Schema::count().means("Customers whose newest delivery is too old."),
        )
        .with(
            "missing",
            Schema::count()
                .means("Customers without a delivery here of which the other metric has seats."),
        )
        .may_have("oldestProcessedDate", date("Of a delivery that counts."))
        .may_have("newestProcessedDate", date("Of a delivery that counts."))
}

fn file() -> Schema {
    Schema::object()
        .means("A file of the partner that was in force.")
        .with("recordedAt", date_time("When it was set."))
        .with(
            "sha256",
            Schema::text().means("The SHA-256 of its bytes, in hexadecimal digits."),
        )
}

fn warning() -> Schema {
    Schema::object()
        .means("A line of a file that has no effect.")
        .with(
            "file",
            Schema::one_of(IdleFileKind::ALL.iter().map(|it| it.as_str())),
        )
        .with("line", Schema::count().means("From 1."))
        .with("column", Schema::count().means("From 1, in letters."))
        .with("field", Schema::text().means("The field or key."))
        .with(
            "problem",
            Schema::text().means("What is wrong, and what helps."),
        )
}

fn of_product() -> Schema {
    Schema::object()
        .means("All seats of a product, of all customers that were selected.")
        .may_have("productId", product_id())
        .with("productName", product_name())
        .with("totals", Schema::named("IdleSeats"))
        .with("worth", Schema::list(Schema::named("IdleWorth")))
}

fn row() -> Schema {
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

fn deployment() -> Schema {
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

fn usage() -> Schema {
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

fn workload() -> Schema {
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

fn exclusion() -> Schema {
    Schema::object()
        .means("Why seats are not counted as idle.")
        .with(
            "kind",
            Schema::one_of(Exclusion::ALL.iter().map(|it| it.as_str())),
        )
        .with("reason", Schema::text().means("As the policy gives it."))
        .with("line", Schema::count().means("The line of the policy."))
}

fn buffer() -> Schema {
    Schema::object()
        .means("How many seats may stay unassigned.")
        .with("seats", Schema::count())
        .may_have("line", Schema::count().means("The line of the policy."))
}

fn price() -> Schema {
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

fn currency() -> Schema {
    Schema::text()
        .pattern("^[A-Z]{3}$")
        .such_as(["EUR"])
        .means("Three letters of ISO 4217.")
}

fn amount(what: &'static str) -> Schema {
    Schema::text()
        .pattern(r"^[0-9]+\.[0-9]{2,4}$")
        .such_as(["12.50"])
        .means(format!("{what} An exact amount, as a text."))
}

#[cfg(test)]
mod tests {
    use seatwise_types::extensions::{
        Idle, IdleBuffer, IdleCoverage, IdleCovered, IdleDelivery, IdleDeployment, IdleExclusion,
        IdleFile, IdlePrice, IdleProduct, IdleRow, IdleSeats, IdleUsage, IdleWarning, IdleWorkload,
        IdleWorth, Page,
    };
    use seatwise_types::{Channel, ServiceCode, wire};

    use super::super::resources::tests::{date as at, describes, id, text};
    use super::*;

    fn a_row() -> IdleRow {
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

    fn amounts() -> IdleWorth {
        IdleWorth {
            currency: text(),
            seats: 1,
            exposure: "1".parse().unwrap(),
            reassignable: "1".parse().unwrap(),
            reducible: "1".parse().unwrap(),
        }
    }

    #[test]
    fn idle_seats() {
        describes(&worth(), &wire::encode(&amounts()));
        let row_of = a_row();
        describes(&row(), &wire::encode(&row_of));
        let totals = IdleSeats::default();
        describes(&seats(), &wire::encode(&totals));
        let one = IdleProduct {
            product_id: Some(text()),
            product_name: text(),
            totals,
            worth: vec![amounts()],
        };
        describes(&of_product(), &wire::encode(&one));
        let metric = IdleCovered {
            oldest_processed_date: Some(at().day()),
            newest_processed_date: Some(at().day()),
            ..IdleCovered::default()
        };
        describes(&covered(), &wire::encode(&metric));
        let here = IdleCoverage {
            service_code: ServiceCode::Crm,
            channel: Channel::Direct,
            deployment: metric,
            usage: metric,
        };
        describes(&coverage(), &wire::encode(&here));
        let kept = IdleFile {
            recorded_at: at().timestamp(),
            sha256: text(),
        };
        describes(&file(), &wire::encode(&kept));
        let line = IdleWarning {
            file: IdleFileKind::Prices,
            line: 1,
            column: 1,
            field: text(),
            problem: text(),
        };
        describes(&warning(), &wire::encode(&line));
        let all = Idle {
            as_of: Some(at().day()),
            known_at: Some(at().timestamp()),
            sort: IdleSort::Idle,
            show: IdleShow::Idle,
            totals,
            worth: vec![amounts()],
            coverage: vec![here],
            prices: Some(kept.clone()),
            policy: Some(kept),
            warnings: vec![line],
            products: Page::of(vec![one], 0, 1),
            rows: Page::of(vec![row_of], 0, 1),
            next_link: Some(text()),
        };
        describes(&answer(), &wire::encode(&all));
    }
}
