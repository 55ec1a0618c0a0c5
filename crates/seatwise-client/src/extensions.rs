//! The call chain to Seatwise's extensions.

use std::iter;

use jiff::Timestamp;
use jiff::civil::Date;
use seatwise_types::CustomerId;
use seatwise_types::extensions::{
    Axes, By, Changes, Coverage, DayOrMonth, Explanation, History, Idle, IdleShow, IdleSort,
    Imports, Metric, Month, MonthlyFigures, MonthlyRange, Restatements, Selection, Step,
};
use serde::de::DeserializeOwned;

use crate::axes::on_axes;
use crate::paging::query_string;
use crate::{Error, PartnerOperations};

/// Seatwise's extensions to Partner Center's API.
///
/// Partner Center has none of them: there, these calls are [not found](Error::is_not_found).
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct Seatwise<'a> {
    partner: &'a PartnerOperations,
}

impl<'a> Seatwise<'a> {
    pub(crate) fn new(partner: &'a PartnerOperations) -> Self {
        Self { partner }
    }

    /// Figures over time, from one day to another: `GET /seatwise/v1/history`.
    pub fn history(self, from: Date, to: Date) -> HistoryQuery<'a> {
        HistoryQuery {
            partner: self.partner,
            metric: Metric::Usage,
            by: By::Partner,
            step: Step::Day,
            from,
            to,
            selection: Selection::default(),
            axes: Axes::default(),
        }
    }

    /// The explanation of a figure of a service and channel: `GET /seatwise/v1/explain`.
    pub fn explain(
        self,
        service: impl Into<String>,
        channel: impl Into<String>,
    ) -> ExplainQuery<'a> {
        ExplainQuery {
            partner: self.partner,
            metric: Metric::Usage,
            selection: Selection {
                service: Some(service.into()),
                channel: Some(channel.into()),
                ..Selection::default()
            },
            axes: Axes::default(),
            page: PageOf::default(),
        }
    }

    /// Which customers are in the figures and which are not: `GET /seatwise/v1/coverage`.
    pub fn coverage(self) -> CoverageQuery<'a> {
        CoverageQuery {
            partner: self.partner,
            metric: Metric::Usage,
            selection: Selection::default(),
            axes: Axes::default(),
            page: PageOf::default(),
        }
    }

    /// The changes between the answers of two days, or of the newest days of two months: `GET
    /// /seatwise/v1/changes`.
    pub fn changes(
        self,
        from: impl Into<DayOrMonth>,
        to: impl Into<DayOrMonth>,
    ) -> ChangesQuery<'a> {
        ChangesQuery {
            partner: self.partner,
            metric: Metric::Usage,
            by: By::Partner,
            from: from.into(),
            to: to.into(),
            from_known_at: None,
            to_known_at: None,
            selection: Selection::default(),
            page: PageOf::default(),
        }
    }

    /// The replaced deliveries of a range of days or months: `GET
    /// /seatwise/v1/changes/restatements`.
    pub fn restatements(
        self,
        from: impl Into<DayOrMonth>,
        to: impl Into<DayOrMonth>,
    ) -> RestatementsQuery<'a> {
        RestatementsQuery {
            partner: self.partner,
            metric: Metric::Usage,
            from: from.into(),
            to: to.into(),
            selection: Selection::default(),
            axes: Axes::default(),
            page: PageOf::default(),
        }
    }

    /// Idle seats and their cost: `GET /seatwise/v1/idle`.
    pub fn idle(self) -> IdleQuery<'a> {
        IdleQuery {
            partner: self.partner,
            sort: None,
            show: None,
            worth: None,
            selection: Selection::default(),
            axes: Axes::default(),
            page: PageOf::default(),
        }
    }

    /// What was imported or refused, the newest first: `GET /seatwise/v1/imports`.
    pub fn imports(self) -> ImportsQuery<'a> {
        ImportsQuery {
            partner: self.partner,
            page: PageOf::default(),
        }
    }

    /// Figures of calendar months, from the downloads of Partner Center's Insights. They do not
    /// compare with figures of 28 days: `GET /seatwise/v1/monthly`.
    pub fn monthly(self) -> MonthlyQuery<'a> {
        MonthlyQuery {
            partner: self.partner,
            metric: Metric::Usage,
            month: None,
            selection: Selection::default(),
            axes: Axes::default(),
        }
    }
}

/// The page of lists; by default the first, with the service's default size.
#[derive(Clone, Copy, Debug, Default)]
struct PageOf {
    top: Option<u32>,
    skip: Option<u32>,
}

impl PageOf {
    fn parameters(self) -> impl Iterator<Item = (&'static str, String)> {
        let top = self.top.map(|top| ("top", top.to_string()));
        let skip = self.skip.map(|skip| ("skip", skip.to_string()));
        top.into_iter().chain(skip)
    }
}

/// The methods of a query with a field `page`.
macro_rules! in_pages {
    ($question:ident) => {
        impl $question<'_> {
            /// The largest number of items of each list: 1 to 1,000; 100 by default.
            pub fn top(mut self, items: u32) -> Self {
                self.page.top = Some(items);
                self
            }

            /// The number of items of each list to leave out before the first; 0 by default.
            /// Request further pages with the `known_at` of the first one, so that they are
            /// consistent.
            pub fn skip(mut self, items: u32) -> Self {
                self.page.skip = Some(items);
                self
            }
        }
    };
}

/// The method of a query with a field `axes` about several days or months, which has no `as_of`.
macro_rules! as_known {
    ($question:ident) => {
        impl $question<'_> {
            /// Ignores deliveries recorded after this instant; by default, all count.
            pub fn known_at(mut self, instant: Timestamp) -> Self {
                self.axes.known_at = Some(instant);
                self
            }
        }
    };
}

/// The methods of a query with a field `metric`.
macro_rules! of_a_metric {
    ($question:ident) => {
        impl $question<'_> {
            /// The metric; usage by default.
            pub fn metric(mut self, metric: Metric) -> Self {
                self.metric = metric;
                self
            }
        }
    };
}

/// The methods of a query with a field `selection`, to select a service and channel.
macro_rules! of_a_service {
    ($question:ident) => {
        impl $question<'_> {
            /// Selects a service by its code; all by default.
            pub fn service(mut self, code: impl Into<String>) -> Self {
                self.selection.service = Some(code.into());
                self
            }

            /// Selects a channel; all by default.
            pub fn channel(mut self, channel: impl Into<String>) -> Self {
                self.selection.channel = Some(channel.into());
                self
            }
        }
    };
}

/// The method of a query with a field `selection`, to select a customer.
macro_rules! of_a_customer {
    ($question:ident) => {
        impl $question<'_> {
            /// Selects a customer; all by default.
            pub fn customer(mut self, customer: CustomerId) -> Self {
                self.selection.customer = Some(customer);
                self
            }
        }
    };
}

/// The methods of a query with a field `selection`, to select single rows.
macro_rules! selects {
    ($question:ident) => {
        of_a_service!($question);
        of_a_customer!($question);

        impl $question<'_> {
            /// Selects rows of a workload by its code or name; all by default.
            pub fn workload(mut self, workload: impl Into<String>) -> Self {
                self.selection.workload = Some(workload.into());
                self
            }

            /// Selects rows of a product by its id or name; all by default.
            pub fn product(mut self, product: impl Into<String>) -> Self {
                self.selection.product = Some(product.into());
                self
            }
        }
    };
}

/// A query for figures over time.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
/// # use example::*;
/// # emulator(async |partner| {
/// use seatwise_types::extensions::{By, Step};
///
/// let (from, to) = ("2018-09-01".parse()?, "2018-10-14".parse()?);
/// let history = partner.seatwise().history(from, to);
/// let history = history.by(By::Workload).step(Step::Month).service("o365").get().await?;
/// for point in &history.series[0].points {
///     match point.percent {
///         Some(percent) => println!("{}: {percent} %", point.date),
///         None => println!("{}: no figure, {:?}", point.date, point.gap),
///     }
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct HistoryQuery<'a> {
    partner: &'a PartnerOperations,
    metric: Metric,
    by: By,
    step: Step,
    from: Date,
    to: Date,
    selection: Selection,
    axes: Axes,
}

of_a_metric!(HistoryQuery);
selects!(HistoryQuery);
as_known!(HistoryQuery);

impl HistoryQuery<'_> {
    /// What each series is about; the partner by default.
    pub fn by(mut self, by: By) -> Self {
        self.by = by;
        self
    }

    /// The distance between dates; a day by default.
    pub fn step(mut self, step: Step) -> Self {
        self.step = step;
        self
    }

    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// If the service returns an error, is unreachable, or returns an unexpected answer; see
    /// [`ErrorKind`](crate::ErrorKind).
    pub async fn get(self) -> Result<History, Error> {
        let asked = [
            ("metric", self.metric.to_string()),
            ("by", self.by.to_string()),
            ("from", self.from.to_string()),
            ("to", self.to.to_string()),
            ("step", self.step.to_string()),
        ];
        let asked = asked
            .into_iter()
            .chain(self.selection.parameters())
            .chain(self.axes.parameters());
        ask(self.partner, "history", asked).await
    }
}

/// A query for the explanation of a figure.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
/// # use example::*;
/// # emulator(async |partner| {
/// let question = partner.seatwise().explain("o365", "reseller").workload("EXO");
/// let answer = question.as_of("2018-10-31".parse()?).get().await?;
/// println!("{:?} of {:?} seats", answer.numerator, answer.denominator);
/// # assert_eq!((answer.numerator, answer.denominator), (Some(4), Some(5)));
/// for customer in &answer.left_out.items {
///     println!("without {:?}: {}", customer.customer_name, customer.reason);
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct ExplainQuery<'a> {
    partner: &'a PartnerOperations,
    metric: Metric,
    selection: Selection,
    axes: Axes,
    page: PageOf,
}

of_a_metric!(ExplainQuery);
selects!(ExplainQuery);
on_axes!(ExplainQuery);
in_pages!(ExplainQuery);

impl ExplainQuery<'_> {
    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`]; [not found](Error::is_not_found) if the service and channel, or
    /// the customer there, have no delivery.
    pub async fn get(self) -> Result<Explanation, Error> {
        let asked = iter::once(("metric", self.metric.to_string()))
            .chain(self.selection.parameters())
            .chain(self.axes.parameters())
            .chain(self.page.parameters());
        ask(self.partner, "explain", asked).await
    }
}

/// A query for coverage.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
/// # use example::*;
/// # emulator(async |partner| {
/// for service in partner.seatwise().coverage().get().await?.services {
///     println!("{}: {} of {}", service.service_code, service.current, service.expected);
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct CoverageQuery<'a> {
    partner: &'a PartnerOperations,
    metric: Metric,
    selection: Selection,
    axes: Axes,
    page: PageOf,
}

of_a_metric!(CoverageQuery);
of_a_service!(CoverageQuery);
of_a_customer!(CoverageQuery);
on_axes!(CoverageQuery);
in_pages!(CoverageQuery);

impl CoverageQuery<'_> {
    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`].
    pub async fn get(self) -> Result<Coverage, Error> {
        let asked = iter::once(("metric", self.metric.to_string()))
            .chain(self.selection.parameters())
            .chain(self.axes.parameters())
            .chain(self.page.parameters());
        ask(self.partner, "coverage", asked).await
    }
}

/// A query for the bridge between two answers.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
/// # use example::*;
/// # emulator(async |partner| {
/// use seatwise_types::extensions::{By, DayOrMonth};
///
/// let (from, to): (DayOrMonth, DayOrMonth) = ("2018-10-01".parse()?, "2018-10".parse()?);
/// let question = partner.seatwise().changes(from, to).by(By::Customer).top(3);
/// for change in question.get().await?.changes {
///     println!("{:?}: {:+} points", change.workload_name, change.points);
///     for step in change.steps {
///         println!("  {}: {:+}", step.cause, step.points);
///     }
///     for customer in change.customers.iter().flat_map(|page| &page.items) {
///         println!("  {}: {:+}", customer.customer_name, customer.points);
///     }
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct ChangesQuery<'a> {
    partner: &'a PartnerOperations,
    metric: Metric,
    by: By,
    from: DayOrMonth,
    to: DayOrMonth,
    from_known_at: Option<Timestamp>,
    to_known_at: Option<Timestamp>,
    selection: Selection,
    page: PageOf,
}

of_a_metric!(ChangesQuery);
of_a_service!(ChangesQuery);
of_a_customer!(ChangesQuery);
in_pages!(ChangesQuery);

/// Changes have no figures by product.
impl ChangesQuery<'_> {
    /// With [`By::Customer`], each figure lists the customers that moved it, in pages; with
    /// [`By::Partner`], the default, none. The service rejects other values.
    pub fn by(mut self, by: By) -> Self {
        self.by = by;
        self
    }

    /// Selects a workload by its code or name in either answer; all by default.
    pub fn workload(mut self, workload: impl Into<String>) -> Self {
        self.selection.workload = Some(workload.into());
        self
    }

    /// Ignores, for the first answer, deliveries recorded after this instant; by default the same
    /// instant as for the second answer.
    pub fn from_known_at(mut self, instant: Timestamp) -> Self {
        self.from_known_at = Some(instant);
        self
    }

    /// Ignores, for the second answer, deliveries recorded after this instant; by default, all
    /// count.
    pub fn to_known_at(mut self, instant: Timestamp) -> Self {
        self.to_known_at = Some(instant);
        self
    }

    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`].
    pub async fn get(self) -> Result<Changes, Error> {
        let from_known_at = self.from_known_at.map(|at| ("fromKnownAt", at.to_string()));
        let to_known_at = self.to_known_at.map(|at| ("toKnownAt", at.to_string()));
        let by = Some(self.by).filter(|by| *by != By::Partner);
        let asked = [
            ("metric", self.metric.to_string()),
            ("from", self.from.to_string()),
            ("to", self.to.to_string()),
        ];
        let asked = asked
            .into_iter()
            .chain(by.map(|by| ("by", by.to_string())))
            .chain(from_known_at)
            .chain(to_known_at)
            .chain(self.selection.parameters())
            .chain(self.page.parameters());
        ask(self.partner, "changes", asked).await
    }
}

/// A query for replaced deliveries.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
/// # use example::*;
/// # emulator(async |partner| {
/// use seatwise_types::extensions::Month;
///
/// let month: Month = "2018-10".parse()?;
/// for unit in partner.seatwise().restatements(month, month).get().await?.units.items {
///     println!("{} {}: {} versions", unit.customer_name, unit.processed_date, unit.versions.len());
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct RestatementsQuery<'a> {
    partner: &'a PartnerOperations,
    metric: Metric,
    from: DayOrMonth,
    to: DayOrMonth,
    selection: Selection,
    axes: Axes,
    page: PageOf,
}

of_a_metric!(RestatementsQuery);
of_a_service!(RestatementsQuery);
of_a_customer!(RestatementsQuery);
as_known!(RestatementsQuery);
in_pages!(RestatementsQuery);

impl RestatementsQuery<'_> {
    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`].
    pub async fn get(self) -> Result<Restatements, Error> {
        let asked = [
            ("metric", self.metric.to_string()),
            ("from", self.from.to_string()),
            ("to", self.to.to_string()),
        ];
        let asked = asked
            .into_iter()
            .chain(self.selection.parameters())
            .chain(self.axes.parameters())
            .chain(self.page.parameters());
        ask(self.partner, "changes/restatements", asked).await
    }
}

/// A query for idle seats.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
/// # use example::*;
/// # emulator(async |partner| {
/// let idle = partner.seatwise().idle().service("o365").get().await?;
/// println!("{} idle seats, {} without a price", idle.totals.idle, idle.totals.unpriced);
/// for worth in &idle.worth {
///     println!("{} {} a month", worth.exposure, worth.currency);
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct IdleQuery<'a> {
    partner: &'a PartnerOperations,
    sort: Option<IdleSort>,
    show: Option<IdleShow>,
    worth: Option<bool>,
    selection: Selection,
    axes: Axes,
    page: PageOf,
}

of_a_service!(IdleQuery);
of_a_customer!(IdleQuery);
on_axes!(IdleQuery);
in_pages!(IdleQuery);

impl IdleQuery<'_> {
    /// The order of the rows; most idle seats first by default.
    pub fn sort(mut self, sort: IdleSort) -> Self {
        self.sort = Some(sort);
        self
    }

    /// Which rows are listed; by default those with idle seats. Totals always cover all rows.
    pub fn show(mut self, show: IdleShow) -> Self {
        self.show = Some(show);
        self
    }

    /// Whether to calculate costs from prices; `true` by default.
    pub fn worth(mut self, worth: bool) -> Self {
        self.worth = Some(worth);
        self
    }

    /// Selects a product by its id or name; all by default.
    pub fn product(mut self, product: impl Into<String>) -> Self {
        self.selection.product = Some(product.into());
        self
    }

    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`].
    pub async fn get(self) -> Result<Idle, Error> {
        let words = [
            self.sort.map(|it| ("sort", it.to_string())),
            self.show.map(|it| ("show", it.to_string())),
            self.worth.map(|it| ("worth", it.to_string())),
        ];
        let asked = words
            .into_iter()
            .flatten()
            .chain(self.selection.parameters())
            .chain(self.axes.parameters())
            .chain(self.page.parameters());
        ask(self.partner, "idle", asked).await
    }
}

/// What was imported or refused.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
/// # use example::*;
/// # emulator(async |partner| {
/// let answer = partner.seatwise().imports().top(10).get().await?;
/// for import in &answer.imports.items {
///     match &import.reason {
///         None => println!("{}: {} new deliveries", import.at, import.deliveries_new),
///         Some(reason) => println!("{}: refused, {reason}", import.at),
///     }
/// }
/// # assert_eq!(answer.imports.total_count, 3);
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct ImportsQuery<'a> {
    partner: &'a PartnerOperations,
    page: PageOf,
}

impl ImportsQuery<'_> {
    /// How many imports: 1 to 1000; 100 by default.
    pub fn top(mut self, items: u32) -> Self {
        self.page.top = Some(items);
        self
    }

    /// How many imports to leave out before the first; none by default. One that ends meanwhile moves
    /// the others on by one.
    pub fn skip(mut self, items: u32) -> Self {
        self.page.skip = Some(items);
        self
    }

    /// The answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`].
    pub async fn get(self) -> Result<Imports, Error> {
        ask(self.partner, "imports", self.page.parameters()).await
    }
}

/// A query for the figures of a month.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
/// # use example::*;
/// # emulator(async |partner| {
/// let newest = partner.seatwise().monthly().service("o365").get().await?;
/// if let Some(month) = newest.month {
///     for item in &newest.items {
///         println!("{month} {:?}: {:?} %", item.workload_name, item.usage_percent);
///     }
/// }
/// # assert_eq!(newest.items[0].usage_percent, Some(62.5));
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct MonthlyQuery<'a> {
    partner: &'a PartnerOperations,
    metric: Metric,
    month: Option<Month>,
    selection: Selection,
    axes: Axes,
}

of_a_metric!(MonthlyQuery);
of_a_customer!(MonthlyQuery);
as_known!(MonthlyQuery);

impl<'a> MonthlyQuery<'a> {
    /// Selects a month; by default the newest with a delivery.
    pub fn month(mut self, month: Month) -> Self {
        self.month = Some(month);
        self
    }

    /// Requests a range of months instead, both ends included; at most 120 months.
    pub fn months(self, from: Month, to: Month) -> MonthlyRangeQuery<'a> {
        MonthlyRangeQuery {
            question: self,
            from,
            to,
        }
    }

    /// Selects a service by its code; all by default.
    pub fn service(mut self, code: impl Into<String>) -> Self {
        self.selection.service = Some(code.into());
        self
    }

    /// Selects a workload by its name; all by default.
    pub fn workload(mut self, workload: impl Into<String>) -> Self {
        self.selection.workload = Some(workload.into());
        self
    }

    /// Selects a product by its id or name; all by default.
    pub fn product(mut self, product: impl Into<String>) -> Self {
        self.selection.product = Some(product.into());
        self
    }

    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`].
    pub async fn get(self) -> Result<MonthlyFigures, Error> {
        let month = self.month.map(|month| ("month", month.to_string()));
        self.ask(month.into_iter()).await
    }

    async fn ask<T: DeserializeOwned>(
        self,
        months: impl Iterator<Item = (&'static str, String)>,
    ) -> Result<T, Error> {
        let asked = iter::once(("metric", self.metric.to_string()))
            .chain(months)
            .chain(self.selection.parameters())
            .chain(self.axes.parameters());
        ask(self.partner, "monthly", asked).await
    }
}

/// A query for the figures of several months.
///
/// # Example
///
/// ```
/// # mod example { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/emulator.rs")); }
/// # use example::*;
/// # emulator(async |partner| {
/// let (from, to) = ("2018-08".parse()?, "2018-09".parse()?);
/// let range = partner.seatwise().monthly().workload("Exchange").months(from, to).get().await?;
/// for month in &range.months {
///     match month.gap {
///         Some(gap) => println!("{}: no figures, {gap}", month.month),
///         None => println!("{}: {:?} %", month.month, month.items[0].percent()),
///     }
/// }
/// # let gaps: Vec<_> = range.months.iter().map(|month| month.gap.is_some()).collect();
/// # assert_eq!(gaps, [true, false]);
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `get`"]
pub struct MonthlyRangeQuery<'a> {
    question: MonthlyQuery<'a>,
    from: Month,
    to: Month,
}

impl MonthlyRangeQuery<'_> {
    /// Requests the answer.
    ///
    /// # Errors
    ///
    /// As [`HistoryQuery::get`].
    pub async fn get(self) -> Result<MonthlyRange, Error> {
        let months = [("from", self.from.to_string()), ("to", self.to.to_string())];
        self.question.ask(months.into_iter()).await
    }
}

async fn ask<T: DeserializeOwned>(
    partner: &PartnerOperations,
    what: &str,
    parameters: impl Iterator<Item = (&'static str, String)>,
) -> Result<T, Error> {
    let query = query_string(parameters);
    partner.get(&format!("/seatwise/v1/{what}?{query}")).await
}
