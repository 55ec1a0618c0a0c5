//! Requests: pages of customers, pages of rows, customer by customer.

use std::collections::HashSet;
use std::mem;

use futures_util::stream;
use jiff::SignedDuration;
use seatwise_client::{
    CommercialQuery, CustomerCursor, Error as ClientError, ErrorKind, PartnerOperations,
    StreamExt as _, TryStreamExt as _,
};
use seatwise_store::is_domain;
use seatwise_types::extensions::Metric;
use seatwise_types::query::CommercialRow;
use seatwise_types::{Collection, Customer, CustomerId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::journal::{Journal, Listed, Step};
use crate::line::Line;
use crate::{Clock, CollectError, Progress, Way};

/// How often the rows of all customers are read again because they changed meanwhile.
const TRIES: usize = 5;

/// The longest time between pages that belong together.
const TOGETHER: SignedDuration = SignedDuration::from_hours(1);

/// The largest number of pages of a list.
const MOST_PAGES: usize = 100_000;

/// The number of pages in a row without a new customer that are accepted.
const PAGES_WITHOUT_NEWS: usize = 16;

/// The number of customers in a row that may fail before the source counts as down.
const FAILURES_IN_A_ROW: usize = 20;

/// Makes requests, and records the answers.
pub(crate) struct Gatherer<'a> {
    pub(crate) partner: &'a PartnerOperations,
    pub(crate) journal: &'a mut Journal,
    pub(crate) progress: &'a Progress,
    pub(crate) clock: &'a Clock,
    /// The number of customers to request concurrently.
    pub(crate) in_flight: usize,
}

impl Gatherer<'_> {
    /// Requests all customers, from the next page on.
    pub(crate) async fn customers(&mut self) -> Result<(), CollectError> {
        const WHAT: &str = "the customers";
        let mut without_news = 0;
        let mut again = true;
        let mut may_start_over = true;
        let mut pages = 0;
        while let Some(cursor) = self.journal.customers_next.clone() {
            let goes_on = cursor != CustomerCursor::default();
            let mut answers = self.partner.customers().list().pages_from(cursor);
            loop {
                let (page, next) = match answers.try_next().await {
                    Ok(Some(answer)) => answer,
                    Ok(None) => break,
                    Err(err) if again && is_expired(&err) => {
                        again = false;
                        break;
                    }
                    // The source no longer knows where the list was left. Earlier customers may
                    // have left meanwhile, so all are listed again.
                    Err(err) if may_start_over && goes_on && is_gone(&err) => {
                        tracing::debug!(%err, "the customers are listed again");
                        may_start_over = false;
                        self.journal.start_over((self.clock)())?;
                        break;
                    }
                    Err(err) => return Err(CollectError::source(WHAT)(err)),
                };
                again = true;
                let news = self
                    .journal
                    .add_customers(page.items.into_iter().map(listed).collect(), next)?;
                self.progress.listed(self.journal.customers.len());
                without_news = if news == 0 { without_news + 1 } else { 0 };
                pages += 1;
                if without_news > PAGES_WITHOUT_NEWS || pages > MOST_PAGES {
                    let what = WHAT.to_owned();
                    return Err(CollectError::Endless { what });
                }
            }
        }
        self.progress.listed(self.journal.customers.len());
        Ok(())
    }

    /// Drops the gathered rows of a metric, and requests them in this way from now on.
    pub(crate) fn begin_again(&mut self, metric: Metric, way: Way) -> Result<(), CollectError> {
        self.progress.dropped(self.journal.of_metric(metric).rows);
        self.journal.begin_again(metric, way)
    }

    /// Requests the rows of all customers, from the next page on; returns the source's error if it
    /// does not support this way.
    pub(crate) async fn rows_of_all<R>(
        &mut self,
        metric: Metric,
        query: CommercialQuery<'_, R>,
    ) -> Result<Option<ClientError>, CollectError>
    where
        R: CommercialRow + DeserializeOwned + Serialize + Clone + Send + 'static,
        for<'r> Line<'r>: From<&'r R>,
    {
        let mut last = String::new();
        for _ in 0..TRIES {
            match self.pages(metric, query.clone()).await? {
                Pages::Whole => return Ok(None),
                Pages::NotHere(err) => return Ok(Some(err)),
                Pages::Changed(why) => {
                    tracing::debug!(%metric, why, "rows changed while they were read");
                    self.begin_again(metric, Way::Commercial)?;
                    last = why;
                }
            }
        }
        Err(CollectError::Unsteady {
            metric,
            times: TRIES,
            last,
        })
    }

    /// Whether the pages of an unfinished list are so old that the remaining ones may have other
    /// figures.
    pub(crate) fn has_old_pages(&self, metric: Metric) -> bool {
        let gathering = self.journal.of_metric(metric);
        let age = gathering
            .page_at
            .map(|at| (self.clock)().duration_since(at));
        gathering.next.is_some() && age.is_some_and(|age| age > TOGETHER)
    }

    async fn pages<R>(
        &mut self,
        metric: Metric,
        query: CommercialQuery<'_, R>,
    ) -> Result<Pages, CollectError>
    where
        R: CommercialRow + DeserializeOwned + Serialize + Clone + Send + 'static,
        for<'r> Line<'r>: From<&'r R>,
    {
        let failed = |err| CollectError::source(rows_of_all(metric))(err);
        let mut again = true;
        let mut pages = 0;
        while let Some(cursor) = self.journal.of_metric(metric).next.clone() {
            let mut answers = query.clone().pages_from(cursor);
            loop {
                let gathering = self.journal.of_metric(metric);
                let is_first = gathering.rows == 0;
                let (page, next) = match answers.try_next().await {
                    Ok(Some(answer)) => answer,
                    Ok(None) => break,
                    Err(err) if again && is_expired(&err) => {
                        again = false;
                        break;
                    }
                    Err(err) if is_first && is_not_here(&err) => return Ok(Pages::NotHere(err)),
                    Err(err) if !is_first && is_gone(&err) => {
                        return Ok(Pages::Changed(err.to_string()));
                    }
                    Err(err) => return Err(failed(err)),
                };
                again = true;
                let rows = gathering.rows + page.value.len() as u64;
                let total = page.total_count;
                if !is_first && total != gathering.total {
                    let shown = |total: Option<u64>| total.map_or("none".into(), |n| n.to_string());
                    let (before, now) = (shown(gathering.total), shown(total));
                    return Ok(Pages::Changed(format!(
                        "there were {before} rows on one page and {now} on the next"
                    )));
                }
                if next.is_none()
                    && let Some(total) = total
                    && total != rows
                {
                    return Ok(Pages::Changed(format!("{rows} of {total} rows came")));
                }
                pages += 1;
                if pages > MOST_PAGES {
                    let what = format!("{metric} rows");
                    return Err(CollectError::Endless { what });
                }
                let mut lines = Vec::new();
                for row in &page.value {
                    let line = Line::from(row);
                    let customer = line.customer_tenant_id;
                    let listed = customer.and_then(|id| self.journal.customers.get(&id));
                    let customer_domain = listed.and_then(|it| it.domain.as_deref());
                    let line = Line {
                        customer_domain,
                        ..line
                    };
                    write(line, &mut lines);
                }
                let came = page.value.len() as u64;
                let step = Step::Page {
                    metric,
                    at: (self.clock)(),
                    rows: came,
                    total,
                    next,
                };
                self.journal.add_rows(metric, &lines, step)?;
                self.progress.came(came);
                self.progress.reached(rows, total.unwrap_or(0));
            }
        }
        Ok(Pages::Whole)
    }

    /// Requests the rows of each remaining customer.
    pub(crate) async fn customer_by_customer(
        &mut self,
        metric: Metric,
    ) -> Result<(), CollectError> {
        let asked = &self.journal.of_metric(metric).asked;
        let mut to_ask: Vec<CustomerId> = self
            .journal
            .customers
            .keys()
            .filter(|customer| !asked.contains(*customer))
            .copied()
            .collect();
        to_ask.sort_unstable();
        let all = self.journal.customers.len() as u64;
        let partner = self.partner;
        let mut answers = stream::iter(to_ask)
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

    /// The customers without data.
    pub(crate) fn without_data(&self, metric: Metric) -> HashSet<CustomerId> {
        let gaps = &self.journal.of_metric(metric).gaps;
        gaps.iter().map(|gap| gap.customer).collect()
    }
}

/// The rows of all customers, in words.
pub(crate) fn rows_of_all(metric: Metric) -> String {
    format!("the {metric} rows of all customers")
}

/// The outcome of reading all pages.
enum Pages {
    /// All pages arrived, and belong together.
    Whole,
    /// The source has no such pages.
    NotHere(ClientError),
    /// They do not belong together; with the reason.
    Changed(String),
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
            write(line, &mut lines);
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

/// A customer with its name, which even an empty delivery needs. Leaves out domains that the import
/// would reject, so that they do not exclude rows.
fn listed(customer: Customer) -> Listed {
    let company = customer.company_profile;
    let domain = company.domain.as_deref().map(str::trim);
    let domain = domain.filter(|it| is_domain(it)).map(ToOwned::to_owned);
    let name = [company.company_name, company.domain]
        .into_iter()
        .flatten()
        .find(|name| !name.trim().is_empty())
        .unwrap_or_else(|| customer.id.to_string());
    Listed {
        id: customer.id,
        name,
        domain,
    }
}

fn write(line: Line<'_>, lines: &mut Vec<u8>) {
    // Writing into memory does not fail.
    line.write_to(lines).ok();
}

/// Whether another token may be accepted: the client has dropped this one, and requests another
/// where possible.
fn is_expired(err: &ClientError) -> bool {
    err.is_unauthorized() && !err.needs_mfa() && !err.wrong_audience()
}

/// Whether the source does not offer the rows of all customers, in general or to this caller.
fn is_not_here(err: &ClientError) -> bool {
    matches!(err.status(), Some(403 | 404 | 405 | 410 | 501)) && !is_of_the_caller(err)
}

/// Whether a link to a further page is no longer valid.
fn is_gone(err: &ClientError) -> bool {
    matches!(err.status(), Some(400 | 404 | 410 | 412))
}

/// Whether the customer has no data for the partner.
fn has_no_data(err: &ClientError) -> bool {
    (err.is_not_found() || err.is_forbidden()) && !is_of_the_caller(err)
}

/// Whether the caller would be rejected for all customers.
fn is_of_the_caller(err: &ClientError) -> bool {
    err.needs_user_token() || err.needs_mfa()
}

/// Whether other customers may succeed.
fn is_of_one_customer(err: &ClientError) -> bool {
    match err.kind() {
        ErrorKind::Service { status, .. } => matches!(status, 400 | 500..=599),
        ErrorKind::Decode { .. } | ErrorKind::TooLarge => true,
        _ => false,
    }
}
