//! How complete the figures are, and of which days. Every page shows this at the top.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use futures_util::future::try_join;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use seatwise_server::{Reading, Unanswered};
use seatwise_store::{Axes, CoverageQuestion, Kind, KnownCustomer, Snapshot, coverage};
use seatwise_types::CustomerId;
use seatwise_types::extensions::{Metric, ServiceCoverage, Uncovered, UncoveredCustomer};

use super::Counted;

/// The approximate memory of a late or missing customer, in bytes.
const LEFT_OUT_BYTES: usize = size_of::<UncoveredCustomer>() + 64;

/// The coverage of each service and channel, and the late and missing customers.
type Covered = (Vec<ServiceCoverage>, Vec<UncoveredCustomer>);

/// The coverage of usage and of deployment.
fn coverage_of_both(usage: &Snapshot, deployment: &Snapshot) -> [Covered; 2] {
    let question = CoverageQuestion::default();
    let of = |it, other| coverage(it, other, &question);
    [of(usage, deployment), of(deployment, usage)]
}

/// Items of usage, then of deployment, each with its metric.
fn of_metrics<T>([usage, deployment]: [Vec<T>; 2]) -> Vec<(Metric, T)> {
    let usage = usage.into_iter().map(|it| (Metric::Usage, it));
    let deployment = deployment.into_iter().map(|it| (Metric::Deployment, it));
    usage.chain(deployment).collect()
}

/// How complete the figures are.
#[derive(Debug)]
pub(crate) struct Standing {
    /// The newest processed date of all services; `None` if there is no data.
    pub(crate) newest: Option<Date>,
    /// The oldest processed date of a delivery that counts; `None` if there is no data.
    pub(crate) oldest: Option<Date>,
    /// When the newest delivery was recorded; `None` if there is no data.
    pub(crate) recorded_at: Option<Timestamp>,
    /// The number of customers with a delivery.
    pub(crate) customers: u64,
    /// The number of customers that are neither late nor missing in any service.
    pub(crate) current: u64,
    /// The number of customers that are late in some service.
    pub(crate) late: u64,
    /// The number of customers without a delivery of one metric that have seats in the other.
    pub(crate) missing: u64,
    /// The coverage of each service and channel: usage, then deployment.
    pub(crate) services: Vec<(Metric, ServiceCoverage)>,
    /// The late and missing customers of both metrics, those with the most seats first.
    pub(crate) left_out: Vec<(Metric, UncoveredCustomer)>,
}

impl Standing {
    pub(super) async fn make(reading: &Reading, axes: Axes) -> Result<Counted<Self>, Unanswered> {
        let usage = reading.snapshot(Kind::Usage, axes);
        let deployment = reading.snapshot(Kind::Deployment, axes);
        let (usage, deployment) = try_join(usage, deployment).await?;
        let customers = usage.customers().len() + deployment.customers().len();
        let work = move || {
            let both = coverage_of_both(&usage, &deployment);
            let known = KnownCustomer::of_all([&*usage, &*deployment]).len();
            let recorded_at = usage.recorded_at().max(deployment.recorded_at());
            Self::of(both, known, recorded_at)
        };
        let made = reading.work(customers * LEFT_OUT_BYTES, work).await?;
        let memory = reading.reserve(size_of::<Self>() + made.left_out.len() * LEFT_OUT_BYTES)?;
        Ok(Counted::new(made, memory))
    }

    fn of([usage, deployment]: [Covered; 2], known: usize, recorded_at: Option<Timestamp>) -> Self {
        let left_out = || usage.1.iter().chain(&deployment.1);
        let of = |reason| -> BTreeSet<CustomerId> {
            let customers = left_out().filter(|it| it.reason == reason);
            customers.map(|it| it.customer_id).collect()
        };
        let (late, missing) = (of(Uncovered::Late), of(Uncovered::Missing));
        let left_out_count = late.union(&missing).count();
        let services = of_metrics([usage.0, deployment.0]);
        let mut left_out = of_metrics([usage.1, deployment.1]);
        left_out.sort_by_key(|(_, it)| (Reverse(it.seats), it.customer_id));
        Self {
            newest: services
                .iter()
                .filter_map(|(_, it)| it.newest_processed_date)
                .max(),
            oldest: services
                .iter()
                .filter_map(|(_, it)| it.oldest_processed_date)
                .min(),
            recorded_at,
            customers: known as u64,
            current: (known - left_out_count.min(known)) as u64,
            late: late.len() as u64,
            missing: missing.len() as u64,
            services,
            left_out,
        }
    }

    /// The newest processed date of a metric; `None` if it has no data. Usage comes days later than
    /// deployment.
    pub(crate) fn newest_of(&self, metric: Metric) -> Option<Date> {
        let services = self.services.iter().filter(|(of, _)| *of == metric);
        services
            .filter_map(|(_, it)| it.newest_processed_date)
            .max()
    }

    /// The day a month before the newest one of a metric; `None` if it has no data.
    pub(crate) fn month_before(&self, metric: Metric) -> Option<Date> {
        let newest = self.newest_of(metric)?;
        Some(newest.saturating_sub(1.month()))
    }

    /// The coverage of a service and channel; `None` if they have no data.
    pub(crate) fn of_feed(
        &self,
        metric: Metric,
        service: &str,
        channel: &str,
    ) -> Option<&ServiceCoverage> {
        let mut services = self.services.iter();
        let found = services.find(|(of, it)| {
            *of == metric && it.service_code.as_str() == service && it.channel.as_str() == channel
        });
        found.map(|(_, it)| it)
    }
}
