//! The body of figures of months.

use seatwise_types::extensions::Gap;

use super::fields::{date, date_time, known_at, metric, month, service_code, workload_name};
use crate::openapi::schema::{Ordered, Schema};

/// The schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    Ordered::from_iter([
        ("MonthlyFigures", monthly_figures()),
        ("MonthlyRange", monthly_range()),
        ("MonthInRange", month_in_range()),
        ("MonthlyFigure", monthly_figure()),
    ])
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

fn last_day() -> Schema {
    date("The last day of the month, which stands for it in the tables.")
}

#[cfg(test)]
mod tests {
    use seatwise_types::extensions::{
        Metric, Month, MonthInRange, MonthlyFigure, MonthlyFigures, MonthlyRange, Window,
    };
    use seatwise_types::{ServiceCode, wire};

    use super::super::describes::{date, describes, text};
    use super::*;

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
