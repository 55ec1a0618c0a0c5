//! What Seatwise's queries have in common: the metric, the rows, and the grouping.

use serde::{Serialize, Serializer};

use super::words::words;
use crate::CustomerId;

words! {
    /// The metric: usage or deployment.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::extensions::Metric;
    ///
    /// assert_eq!("Deployment".parse(), Ok(Metric::Deployment));
    /// let err = "prices".parse::<Metric>().unwrap_err();
    /// assert_eq!(err.to_string(), "`prices` is none of usage, deployment");
    /// ```
    Metric {
        /// Active seats in percent of qualified seats.
        Usage = "usage",
        /// Deployed seats in percent of sold seats.
        Deployment = "deployment",
    }
}

words! {
    /// What each series of a history is about. Services and channels are never added up.
    By {
        /// All customers, products and workloads of a service and channel together.
        Partner = "partner",
        /// Each customer.
        Customer = "customer",
        /// Each workload: the rows of the partner's usage.
        Workload = "workload",
        /// Each product.
        Product = "product",
    }
}

words! {
    /// The distance between the dates of a history.
    Step {
        /// Each day.
        Day = "day",
        /// Each Sunday, and the last day of the range.
        Week = "week",
        /// The last day of each month, and the last day of the range.
        Month = "month",
    }
}

/// The rows that a query selects; all by default. Case does not matter.
///
/// # Example
///
/// ```
/// use seatwise_types::extensions::Selection;
///
/// let exchange = Selection {
///     service: Some("o365".to_owned()),
///     workload: Some("Exchange".to_owned()),
///     ..Selection::default()
/// };
/// let asked: Vec<_> = exchange.parameters().collect();
/// assert_eq!(asked, [("service", "o365".to_owned()), ("workload", "Exchange".to_owned())]);
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Selection {
    /// The service's code.
    pub service: Option<String>,
    /// The channel.
    pub channel: Option<String>,
    /// The workload's code or name.
    pub workload: Option<String>,
    /// The customer.
    pub customer: Option<CustomerId>,
    /// The product's id or name.
    pub product: Option<String>,
}

impl Selection {
    /// The names of the parameters, in the order of the fields.
    pub const PARAMETERS: [&str; 5] = ["service", "channel", "workload", "customer", "product"];

    /// Names and values of the parameters that are set.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let values = [
            self.service.clone(),
            self.channel.clone(),
            self.workload.clone(),
            self.customer.map(|id| id.to_string()),
            self.product.clone(),
        ];
        let named = Self::PARAMETERS.into_iter().zip(values);
        named.filter_map(|(name, value)| Some((name, value?)))
    }
}

/// As the [parameters](Selection::parameters) that are set.
impl Serialize for Selection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.parameters())
    }
}
