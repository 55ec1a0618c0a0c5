//! The parameters that several queries share, as methods of their builders.

/// Adds the methods for these parameters to a builder: `setters!(HistoryQuery: metric, service)`.
macro_rules! setters {
    ($query:ident: $($parameter:ident),+) => {
        impl $query<'_> {
            $($crate::extensions::setters::setter!($parameter);)+
        }
    };
}

/// The method for one parameter, of a builder with the field that it sets.
macro_rules! setter {
    (metric) => {
        /// The metric; usage by default.
        pub fn metric(mut self, metric: ::seatwise_types::extensions::Metric) -> Self {
            self.metric = metric;
            self
        }
    };
    (service) => {
        /// Selects a service by its code; all by default.
        pub fn service(mut self, code: impl Into<String>) -> Self {
            self.selection.service = Some(code.into());
            self
        }
    };
    (channel) => {
        /// Selects a channel; all by default.
        pub fn channel(mut self, channel: impl Into<String>) -> Self {
            self.selection.channel = Some(channel.into());
            self
        }
    };
    (customer) => {
        /// Selects a customer; all by default.
        pub fn customer(mut self, customer: ::seatwise_types::CustomerId) -> Self {
            self.selection.customer = Some(customer);
            self
        }
    };
    (workload) => {
        /// Selects rows of a workload by its code or name; all by default.
        pub fn workload(mut self, workload: impl Into<String>) -> Self {
            self.selection.workload = Some(workload.into());
            self
        }
    };
    (product) => {
        /// Selects rows of a product by its id or name; all by default.
        pub fn product(mut self, product: impl Into<String>) -> Self {
            self.selection.product = Some(product.into());
            self
        }
    };
    (as_of) => {
        /// Ignores deliveries with a processed date after this day; by default, all count.
        pub fn as_of(mut self, day: ::jiff::civil::Date) -> Self {
            self.axes.as_of = Some(day);
            self
        }
    };
    (known_at) => {
        /// Ignores deliveries recorded after this instant; by default, all count. An answer about
        /// fixed days at a fixed instant never changes.
        pub fn known_at(mut self, instant: ::jiff::Timestamp) -> Self {
            self.axes.known_at = Some(instant);
            self
        }
    };
    (top) => {
        /// The largest number of items of each list: 1 to 1,000; 100 by default.
        pub fn top(mut self, items: u32) -> Self {
            self.top = Some(items);
            self
        }
    };
    (skip) => {
        /// The number of items of each list to leave out before the first; 0 by default. Request
        /// further pages with the `known_at` of the first one, so that they are consistent.
        pub fn skip(mut self, items: u32) -> Self {
            self.skip = Some(items);
            self
        }
    };
}

pub(crate) use {setter, setters};
