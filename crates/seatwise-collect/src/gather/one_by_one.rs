//! The rows of customers, one customer after the other.

use std::mem;

use futures_util::stream;
use seatwise_client::{Error as ClientError, PartnerOperations, StreamExt as _};
use seatwise_types::extensions::Metric;
use seatwise_types::{Collection, CustomerId};

use super::Gatherer;
use super::refusal::{has_no_data, is_expired, is_of_one_customer};
use crate::CollectError;
use crate::journal::{Listed, Step};
use crate::line::Line;

/// The number of customers in a row that may fail before the source counts as down.
const FAILURES_IN_A_ROW: usize = 20;

impl Gatherer<'_> {
    /// Requests the rows of each remaining customer.
    pub(crate) async fn customer_by_customer(
        &mut self,
        metric: Metric,
    ) -> Result<(), CollectError> {
        let all = self.journal.customers.len() as u64;
        let partner = self.partner;
        let mut answers = stream::iter(self.to_ask(metric))
            .map(|customer| async move { (customer, ask(partner, metric, customer).await) })
            .buffer_unordered(self.in_flight.max(1));
        let mut failed = Vec::new();
        while let Some((customer, answer)) = answers.next().await {
            let (rows, lines, gap) = match answer {
                Ok(rows) => {
                    let (count, lines) = rows.lines(&self.journal.customers[&customer]);
                    (count, lines, None)
                }
                Err(err) if has_no_data(&err) => (0, Vec::new(), Some(err.to_string())),
                Err(err) if is_of_one_customer(&err) => {
                    if failed.len() + 1 == FAILURES_IN_A_ROW {
                        return Err(CollectError::Failing {
                            metric,
                            in_a_row: FAILURES_IN_A_ROW,
                            source: err,
                        });
                    }
                    // The next answers show whether the source or the customer is the cause.
                    failed.push((customer, err));
                    continue;
                }
                Err(err) => {
                    let what = format!("the {metric} of customer {customer}");
                    return Err(CollectError::source(what)(err));
                }
            };
            // The source answers, so the previous failures were the customers'.
            self.give_up(metric, mem::take(&mut failed))?;
            let step = Step::Customer {
                metric,
                customer,
                rows,
                gap,
            };
            self.journal.add_rows(metric, &lines, step)?;
            self.progress.came(rows);
            let done = self.journal.of_metric(metric).asked.len() as u64;
            self.progress.reached(done, all);
        }
        if self.journal.of_metric(metric).asked.is_empty()
            && let Some((_, source)) = failed.pop()
        {
            return Err(CollectError::Failing {
                metric,
                in_a_row: failed.len() + 1,
                source,
            });
        }
        self.give_up(metric, failed)
    }

    /// The customers that are not requested yet.
    fn to_ask(&self, metric: Metric) -> Vec<CustomerId> {
        let asked = &self.journal.of_metric(metric).asked;
        let customers = self.journal.customers.keys().copied();
        let mut to_ask: Vec<_> = customers.filter(|it| !asked.contains(it)).collect();
        to_ask.sort_unstable();
        to_ask
    }

    /// Treats failed customers as customers without data.
    fn give_up(
        &mut self,
        metric: Metric,
        failed: Vec<(CustomerId, ClientError)>,
    ) -> Result<(), CollectError> {
        for (customer, err) in failed {
            let step = Step::Customer {
                metric,
                customer,
                rows: 0,
                gap: Some(err.to_string()),
            };
            self.journal.add_rows(metric, &[], step)?;
        }
        Ok(())
    }
}

/// The rows of one customer, of either metric.
enum Rows {
    Usage(Collection<seatwise_types::CustomerLicensesUsageInsights>),
    Deployment(Collection<seatwise_types::CustomerLicensesDeploymentInsights>),
}

impl Rows {
    fn lines(&self, customer: &Listed) -> (u64, Vec<u8>) {
        let mut lines = Vec::new();
        let mut take = |row: Line<'_>| {
            let line = Line {
                // The requested customer, regardless of the body.
                customer_tenant_id: Some(customer.id),
                customer_name: row.customer_name.or(Some(&customer.name)),
                customer_domain: customer.domain.as_deref(),
                ..row
            };
            // Writing into memory does not fail.
            line.write_to(&mut lines).ok();
        };
        let count = match self {
            Self::Usage(rows) => {
                rows.items.iter().map(Line::from).for_each(&mut take);
                rows.items.len()
            }
            Self::Deployment(rows) => {
                rows.items.iter().map(Line::from).for_each(&mut take);
                rows.items.len()
            }
        };
        (count as u64, lines)
    }
}

/// Requests the rows of a customer, and again after an expired token.
async fn ask(
    partner: &PartnerOperations,
    metric: Metric,
    customer: CustomerId,
) -> Result<Rows, ClientError> {
    match ask_once(partner, metric, customer).await {
        Err(err) if is_expired(&err) => ask_once(partner, metric, customer).await,
        answer => answer,
    }
}

async fn ask_once(
    partner: &PartnerOperations,
    metric: Metric,
    customer: CustomerId,
) -> Result<Rows, ClientError> {
    let licenses = partner.customers().by_id(customer).analytics().licenses();
    match metric {
        Metric::Usage => licenses.usage().get().await.map(Rows::Usage),
        Metric::Deployment => licenses.deployment().get().await.map(Rows::Deployment),
    }
}
