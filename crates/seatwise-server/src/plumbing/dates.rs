//! The header `Date`.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use http::HeaderValue;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

/// The header `Date`, formatted once per second.
#[derive(Default)]
pub(crate) struct Dates(ArcSwapOption<(i64, HeaderValue)>);

impl Dates {
    /// Formats a date, such as `Wed, 15 Mar 2017 17:43:11 GMT`.
    pub(crate) fn of(&self, now: Timestamp) -> HeaderValue {
        let second = now.as_second();
        if let Some((_, date)) = self.0.load().as_deref().filter(|(of, _)| *of == second) {
            return date.clone();
        }
        let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
        let date = text.expect("the clock is between the years 0 and 9999");
        let date = HeaderValue::try_from(date).expect("dates are visible ASCII");
        self.0.store(Some(Arc::new((second, date.clone()))));
        date
    }
}
