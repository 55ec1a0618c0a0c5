//! The rows of all customers, page by page.

use jiff::SignedDuration;
use seatwise_client::{CommercialQuery, Error as ClientError, TryStreamExt as _};
use seatwise_types::extensions::Metric;
use seatwise_types::query::CommercialRow;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::refusal::{is_expired, is_gone, is_not_here};
use super::{Gatherer, MOST_PAGES, rows_of_all};
use crate::journal::{Gathering, Step};
use crate::line::Line;
use crate::{CollectError, Way};

/// How often the rows of all customers are read again because they changed meanwhile.
const TRIES: usize = 5;

/// The longest time between pages that belong together.
const TOGETHER: SignedDuration = SignedDuration::from_hours(1);

impl Gatherer<'_> {
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
                if let Some(why) = change(gathering, rows, total, next.is_none()) {
                    return Ok(Pages::Changed(why));
                }
                pages += 1;
                if pages > MOST_PAGES {
                    let what = format!("{metric} rows");
                    return Err(CollectError::Endless { what });
                }
                let lines = self.lines(&page.value);
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

    /// The lines of a page, with the domains of listed customers.
    fn lines<R>(&self, rows: &[R]) -> Vec<u8>
    where
        for<'r> Line<'r>: From<&'r R>,
    {
        let mut lines = Vec::new();
        for row in rows {
            let line = Line::from(row);
            let customer = line.customer_tenant_id;
            let listed = customer.and_then(|id| self.journal.customers.get(&id));
            let customer_domain = listed.and_then(|it| it.domain.as_deref());
            let line = Line {
                customer_domain,
                ..line
            };
            // Writing into memory does not fail.
            line.write_to(&mut lines).ok();
        }
        lines
    }
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

/// Why a page does not belong to those before it; `None` if it does. `rows` counts those of this
/// page too.
fn change(before: &Gathering, rows: u64, total: Option<u64>, is_last: bool) -> Option<String> {
    if before.rows > 0 && total != before.total {
        let shown = |total: Option<u64>| total.map_or("none".into(), |n| n.to_string());
        let (before, now) = (shown(before.total), shown(total));
        return Some(format!(
            "there were {before} rows on one page and {now} on the next"
        ));
    }
    let total = total.filter(|total| is_last && *total != rows)?;
    Some(format!("{rows} of {total} rows came"))
}
