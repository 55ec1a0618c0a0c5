//! The bodies of Seatwise's endpoints: all members in the order of the response.

use seatwise_types::extensions::{
    By, Cause, Gap, LeftOutReason, Metric, Outcome, ReasonCode, Step, Uncovered,
};

use super::resources::{
    channel, customer_name, processed, product_id, product_name, service_code, workload_code,
    workload_name,
};
use super::schema::{Ordered, Schema};

/// All schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("History", history()),
        ("HistorySeries", history_series()),
        ("HistoryPoint", history_point()),
        ("Explanation", explanation()),
        ("Reason", reason()),
        ("ExplainedDelivery", explained_delivery()),
        ("ExplainedRow", explained_row()),
        ("LeftOut", left_out()),
        ("Coverage", coverage()),
        ("ServiceCoverage", service_coverage()),
        ("LastCollection", last_collection()),
        ("UncoveredCustomer", uncovered_customer()),
        ("Changes", changes()),
        ("Change", change()),
        ("ChangeFigure", change_figure()),
        ("ChangeStep", change_step()),
        ("CustomerChange", customer_change()),
        ("CustomerStep", customer_step()),
        ("Restatements", restatements()),
        ("RestatedUnit", restated_unit()),
        ("DeliveryVersion", delivery_version()),
        ("MonthlyFigures", monthly_figures()),
        ("MonthlyRange", monthly_range()),
        ("MonthInRange", month_in_range()),
        ("MonthlyFigure", monthly_figure()),
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

fn monthly_figures() -> Schema {
    Schema::object()
        .means("Figures of one month, over all customers or of one.")
        .with("metric", metric())
        .with("window", Schema::constant("month"))
        .may_have(
            "month",
            month("Missing if none was asked for and nothing is known."),
        )
        .may_have("processedDate", last_day())
        .may_have("knownAt", date_time("The instant that was asked for."))
        .with("items", Schema::list(Schema::named("MonthlyFigure")))
}

fn monthly_range() -> Schema {
    Schema::object()
        .means("Figures of several months, which are never to be added up.")
        .with("metric", metric())
        .with("window", Schema::constant("month"))
        .with("from", month("The first one."))
        .with("to", month("The last one."))
        .may_have("knownAt", known_at())
        .with(
            "months",
            Schema::list(Schema::named("MonthInRange")).means("All of them, in their order."),
        )
}

fn month_in_range() -> Schema {
    Schema::object()
        .means("A month with its figures, or why there are none.")
        .with("month", month("The month."))
        .with("processedDate", last_day())
        .may_have("items", Schema::list(Schema::named("MonthlyFigure")))
        .may_have(
            "gap",
            Schema::one_of(Gap::ALL.iter().map(|gap| gap.as_str())).means(
                "Why there are no figures: nothing of the month was delivered, of the service and \
                 customer that were asked for, or no row of it is of the workload and product.",
            ),
        )
}

fn monthly_figure() -> Schema {
    let seats = |what: &'static str| Schema::count().means(what);
    Schema::object()
        .means("One workload or product; those of usage or those of deployment are there.")
        .with("serviceCode", service_code())
        .may_have(
            "serviceName",
            Schema::text().such_as(["Microsoft Office 365"]),
        )
        .may_have("workloadName", workload_name())
        .may_have("productId", Schema::text())
        .may_have("productName", Schema::text())
        .may_have("licensesActive", seats("Seats used in the month."))
        .may_have("licensesQualified", seats("Seats that could be used."))
        .may_have(
            "usagePercent",
            Schema::percent().means("Active out of qualified seats."),
        )
        .may_have("licensesDeployed", seats("Seats assigned to users."))
        .may_have("licensesSold", seats("Seats available."))
        .may_have(
            "deploymentPercent",
            Schema::percent().means("Deployed out of sold seats."),
        )
}

fn month(what: &'static str) -> Schema {
    Schema::text().such_as(["2026-09"]).means(what)
}

fn last_day() -> Schema {
    date("The last day of the month, which stands for it in the tables.")
}

/// A list with pages.
pub(super) fn page(item: &str) -> Schema {
    Schema::object()
        .with(
            "totalCount",
            Schema::count().means("How many items there are on all pages."),
        )
        .with("items", Schema::list(Schema::named(item)))
}

pub(super) fn next_link() -> Schema {
    Schema::text().means(
        "Path and query of the next page, as it was known for this one; not on the last one.",
    )
}

pub(super) fn recorded_at() -> Schema {
    Schema::text()
        .format("date-time")
        .means("When the delivery was recorded.")
}

pub(super) fn delivery() -> Schema {
    Schema::count().means("The number of the delivery in its table: `delivery_id`.")
}

fn points(what: &'static str) -> Schema {
    Schema::number().means(format!(
        "{what} In points of percent, at most two decimals."
    ))
}

fn metric() -> Schema {
    Schema::one_of(Metric::ALL.iter().map(|metric| metric.as_str()))
}

pub(super) fn date(what: &'static str) -> Schema {
    Schema::text().format("date").means(what)
}

pub(super) fn date_time(what: &'static str) -> Schema {
    Schema::text().format("date-time").means(what)
}

pub(super) fn known_at() -> Schema {
    Schema::text().format("date-time").means(
        "The answer is what was known then. Asked with it as `knownAt`, the answer never changes; not \
         there if nothing was ever recorded.",
    )
}

pub(super) fn customer_id() -> Schema {
    Schema::guid().means("The customer's tenant, in lower case.")
}

fn numerator() -> Schema {
    Schema::count().means("Seats active or deployed.")
}

fn denominator() -> Schema {
    Schema::count().means("Seats qualified or sold.")
}

fn percent() -> Schema {
    Schema::percent().means("The one in percent of the other; over 100 is legal.")
}

#[cfg(test)]
mod tests {
    use seatwise_types::extensions::{
        Change, ChangeFigure, ChangeStep, Changes, Coverage, CustomerChange, CustomerStep,
        DeliveryVersion, ExplainedDelivery, ExplainedRow, Explanation, History, HistoryPoint,
        HistorySeries, LastCollection, LeftOut, Month, MonthInRange, MonthlyFigure, MonthlyFigures,
        MonthlyRange, Page, Reason, RestatedUnit, Restatements, ServiceCoverage, UncoveredCustomer,
        Window,
    };
    use seatwise_types::{Channel, ServiceCode, wire};

    use super::super::resources::tests::{date, describes, id, text};
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

    #[test]
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

    #[test]
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

    #[test]
    fn figures_of_months() {
        let day = date().day();
        let figure = MonthlyFigure {
            service_code: ServiceCode::Crm,
            service_name: Some(text()),
            workload_name: Some(text()),
            product_id: Some(text()),
            product_name: Some(text()),
            licenses_active: Some(1),
            licenses_qualified: Some(1),
            usage_percent: Some(1.0),
            licenses_deployed: Some(1),
            licenses_sold: Some(1),
            deployment_percent: Some(1.0),
        };
        describes(&monthly_figure(), &wire::encode(&figure));
        let one = MonthlyFigures {
            metric: Metric::Usage,
            window: Window::Month,
            month: Some(Month::of(day)),
            processed_date: Some(day),
            known_at: Some(date().timestamp()),
            items: vec![figure.clone()],
        };
        describes(&monthly_figures(), &wire::encode(&one));
        let month = MonthInRange {
            month: Month::of(day),
            processed_date: day,
            items: vec![figure],
            gap: Some(Gap::NoRows),
        };
        describes(&month_in_range(), &wire::encode(&month));
        let range = MonthlyRange {
            metric: Metric::Usage,
            window: Window::Month,
            from: Month::of(day),
            to: Month::of(day),
            known_at: Some(date().timestamp()),
            months: vec![month],
        };
        describes(&monthly_range(), &wire::encode(&range));
    }
}
