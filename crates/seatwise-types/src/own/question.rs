//! What Seatwise's own questions have in common: which figures, of what, by what.

use super::words::words;
use crate::CustomerId;

words! {
    /// Which figures: of use or of deployment.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::own::Metric;
    ///
    /// assert_eq!("Deployment".parse(), Ok(Metric::Deployment));
    /// let err = "prices".parse::<Metric>().unwrap_err();
    /// assert_eq!(err.to_string(), "`prices` is none of usage, deployment");
    /// ```
    Metric {
        /// Active out of qualified seats.
        Usage = "usage",
        /// Deployed out of sold seats.
        Deployment = "deployment",
    }
}

words! {
    /// What the figures of a history are of. Whatever it is, services and channels are never
    /// added up.
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
    /// How far the dates of a history are apart.
    Step {
        /// Each day.
        Day = "day",
        /// Each Sunday, and the last day of all.
        Week = "week",
        /// The last day of each month, and the last day of all.
        Month = "month",
    }
}

/// Which rows a question is about; all by default. Texts are compared without regard to case.
///
/// # Example
///
/// ```
/// use seatwise_types::own::Selection;
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
    /// Of this service: its code.
    pub service: Option<String>,
    /// Of this channel.
    pub channel: Option<String>,
    /// Of this workload: its code or its name.
    pub workload: Option<String>,
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// Of this product: its id or its name.
    pub product: Option<String>,
}

impl Selection {
    /// Names of the parameters, in the order of the fields.
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
