//! The body of idle seats.

use seatwise_types::extensions::{IdleFileKind, IdleShow, IdleSort};

use super::fields::{
    amount, channel, currency, date, date_time, known_at, next_link, page, product_id,
    product_name, service_code,
};
use super::idle_row::{buffer, deployment, exclusion, price, row, usage, workload};
use crate::openapi::schema::{Ordered, Schema};

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

#[cfg(test)]
mod tests {
    use seatwise_types::extensions::{
        Idle, IdleCoverage, IdleCovered, IdleFile, IdleProduct, IdleSeats, IdleShow, IdleSort,
        IdleWarning, Page,
    };
    use seatwise_types::{Channel, ServiceCode, wire};

    use super::super::describes::{date as at, describes, text};
    use super::super::idle_row::tests::{a_row, amounts};
    use super::*;

    #[test]
    fn idle_seats() {
        describes(&worth(), &wire::encode(&amounts()));
        let row_of = a_row();
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
