//! The body of the coverage.

use seatwise_types::extensions::{Outcome, Uncovered};

use super::fields::{
    channel, customer_id, customer_name, date, known_at, metric, next_link, page, service_code,
};
use crate::openapi::schema::{Ordered, Schema};

/// The schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("Coverage", coverage()),
        ("ServiceCoverage", service_coverage()),
        ("LastCollection", last_collection()),
        ("UncoveredCustomer", uncovered_customer()),
    ])
}

fn coverage() -> Schema {
    Schema::object()
        .means("Who is in the figures and who is not.")
        .with("metric", metric())
        .may_have("asOf", date("The day that it is for."))
        .may_have("knownAt", known_at())
        .with("services", Schema::list(Schema::named("ServiceCoverage")))
        .may_have("lastCollection", Schema::named("LastCollection"))
        .with("leftOut", page("UncoveredCustomer"))
        .may_have("nextLink", next_link())
}

fn last_collection() -> Schema {
    let instant = |what: &'static str| Schema::text().format("date-time").means(what);
    Schema::object()
        .means("The newest collection; not there in an answer to a question with `knownAt`.")
        .with("source", Schema::text().means("Where it collected from."))
        .with("startedAt", instant("When it started."))
        .may_have("endedAt", instant("When it ended."))
        .with(
            "outcome",
            Schema::one_of(Outcome::ALL.iter().map(|outcome| outcome.as_str())),
        )
        .with("customers", Schema::count())
        .with(
            "withoutData",
            Schema::count().means("Customers without data, for usage and for deployment."),
        )
        .may_have("error", Schema::text().means("Why it failed."))
        .may_have(
            "lastDoneAt",
            instant("When the last one ended that came to its end."),
        )
}

fn service_coverage() -> Schema {
    let customers = |what: &'static str| Schema::count().means(what);
    Schema::object()
        .means("Who is in the figures of one service and channel.")
        .with("serviceCode", service_code())
        .with("channel", channel())
        .with(
            "expected",
            customers("Customers that are current, late or missing."),
        )
        .with(
            "current",
            customers("Customers whose newest delivery counts."),
        )
        .with(
            "late",
            customers("Customers whose newest delivery is too old."),
        )
        .with(
            "missing",
            customers("Customers without a delivery here of which the other metric has seats."),
        )
        .may_have("oldestProcessedDate", date("Of a delivery that counts."))
        .may_have("newestProcessedDate", date("Of a delivery that counts."))
        .may_have(
            "lastRecordedAt",
            Schema::text()
                .format("date-time")
                .means("When the last of the newest deliveries was recorded."),
        )
        .with(
            "currentSeats",
            customers(
                "Seats of current customers. Each seat counts once: of deployment the seats sold, of \
                 usage, for each product of a customer, those qualified for its largest workload.",
            ),
        )
        .with(
            "lateSeats",
            customers("Seats of late customers, as they had them."),
        )
        .with(
            "lateShare",
            Schema::percent().means("Late seats in percent of current and late ones."),
        )
        .with(
            "missingSeats",
            customers("Seats of missing customers, as the other metric counts them."),
        )
        .with(
            "missingShare",
            Schema::percent().means("Those in percent of the other metric's seats."),
        )
}

fn uncovered_customer() -> Schema {
    Schema::object()
        .means("A customer that is not in the figures of a service and channel.")
        .with("serviceCode", service_code())
        .with("channel", channel())
        .with("customerId", customer_id())
        .with("customerName", customer_name())
        .with(
            "reason",
            Schema::one_of(Uncovered::ALL.iter().map(|reason| reason.as_str())),
        )
        .may_have(
            "processedDate",
            date("Of its newest delivery, if it is late."),
        )
        .with(
            "seats",
            Schema::count().means(
                "Its seats, each counted once, as in the delivery that is late, or as the other \
                 metric counts them if it is missing.",
            ),
        )
}

#[cfg(test)]
mod tests {
    use seatwise_types::extensions::{
        Coverage, LastCollection, Metric, Page, ServiceCoverage, UncoveredCustomer,
    };
    use seatwise_types::{Channel, ServiceCode, wire};

    use super::super::describes::{date, describes, id, text};
    use super::*;

    #[test]
    fn a_coverage() {
        let service = ServiceCoverage {
            service_code: ServiceCode::Crm,
            channel: Channel::Direct,
            expected: 1,
            current: 1,
            late: 1,
            missing: 1,
            oldest_processed_date: Some(date().day()),
            newest_processed_date: Some(date().day()),
            last_recorded_at: Some(date().timestamp()),
            current_seats: 1,
            late_seats: 1,
            late_share: 1.0,
            missing_seats: 1,
            missing_share: 1.0,
        };
        describes(&service_coverage(), &wire::encode(&service));
        let customer = UncoveredCustomer {
            service_code: ServiceCode::Crm,
            channel: Channel::Direct,
            customer_id: id(),
            customer_name: text(),
            reason: Uncovered::Late,
            processed_date: Some(date().day()),
            seats: 1,
        };
        describes(&uncovered_customer(), &wire::encode(&customer));
        let last = LastCollection {
            source: text(),
            started_at: date().timestamp(),
            ended_at: Some(date().timestamp()),
            outcome: Outcome::Failed,
            customers: 1,
            without_data: 1,
            error: Some(text()),
            last_done_at: Some(date().timestamp()),
        };
        describes(&last_collection(), &wire::encode(&last));
        let answer = Coverage {
            metric: Metric::Usage,
            as_of: Some(date().day()),
            known_at: Some(date().timestamp()),
            services: vec![service],
            last_collection: Some(last),
            left_out: Page::of(vec![customer], 0, 1),
            next_link: Some(text()),
        };
        describes(&coverage(), &wire::encode(&answer));
    }
}
