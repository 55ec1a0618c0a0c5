//! The list of customers.

use seatwise_client::{CustomerCursor, TryStreamExt as _};
use seatwise_store::is_domain;
use seatwise_types::Customer;

use super::refusal::{is_expired, is_gone};
use super::{Gatherer, MOST_PAGES};
use crate::CollectError;
use crate::journal::Listed;

/// The number of pages in a row without a new customer that are accepted.
const PAGES_WITHOUT_NEWS: usize = 16;

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
