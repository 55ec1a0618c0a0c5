//! The explanation of one figure.

use seatwise_types::ProcessedDateTime;
use seatwise_types::extensions::{ExplainedDelivery, ExplainedRow, LeftOut, Page, Reason};

use crate::model::percent::percent;

/// A figure with everything that it consists of.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The service's code, as stored.
    pub service_code: String,
    /// The channel, as stored.
    pub channel: String,
    /// The version of the table after the last known delivery.
    pub version: u64,
    /// Seats active or deployed.
    pub part: u64,
    /// Seats qualified or sold.
    pub whole: u64,
    /// The newest processed date of the rows; `None` if no row counts.
    pub processed: Option<ProcessedDateTime>,
    /// Why the figure is over 100 %, or 0.0.
    pub reasons: Vec<Reason>,
    /// A page of the deliveries of these rows, in the order of their customers.
    pub deliveries: Page<ExplainedDelivery>,
    /// A page of the rows, in the order of their deliveries.
    pub rows: Page<ExplainedRow>,
    /// What is left out of the figure.
    pub left_out: Vec<LeftOut>,
}

impl Explanation {
    /// The explanation of a figure of a service and channel without rows.
    pub(super) fn nothing((service, channel): (&str, &str), version: u64) -> Self {
        Self {
            service_code: service.to_owned(),
            channel: channel.to_owned(),
            version,
            part: 0,
            whole: 0,
            processed: None,
            reasons: Vec::new(),
            deliveries: Page::of(Vec::new(), 0, 0),
            rows: Page::of(Vec::new(), 0, 0),
            left_out: Vec::new(),
        }
    }

    /// The percent of the part in the whole, by [`percent()`]; `None` if no row counts.
    pub fn percent(&self) -> Option<f64> {
        self.processed.map(|_| percent(self.part, self.whole))
    }

    /// The percent before rounding, in lowest terms such as `250/9`; `None` if the denominator is
    /// 0.
    ///
    /// # Example
    ///
    /// ```
    /// # use seatwise_types::extensions::Page;
    /// # let five_of_eighteen = seatwise_store::Explanation {
    /// #     service_code: String::new(), channel: String::new(), version: 1, part: 5, whole: 18,
    /// #     processed: None, reasons: vec![], deliveries: Page::of(vec![], 0, 0),
    /// #     rows: Page::of(vec![], 0, 0), left_out: vec![],
    /// # };
    /// assert_eq!(five_of_eighteen.exact_percent().as_deref(), Some("250/9"));
    /// ```
    pub fn exact_percent(&self) -> Option<String> {
        let (part, whole) = (u128::from(self.part) * 100, u128::from(self.whole));
        let (mut divisor, mut rest) = (part, whole);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        (whole != 0).then(|| format!("{}/{}", part / divisor, whole / divisor))
    }
}
