//! The two axes of time, for all queries that Seatwise answers.

/// The methods of a query with a field `axes`.
macro_rules! on_axes {
    ($question:ident) => {
        impl $question<'_> {
            /// Ignores deliveries with a processed date after this day. By default, all count.
            ///
            /// Partner Center does not support this; see [`known_at`](Self::known_at).
            pub fn as_of(mut self, day: jiff::civil::Date) -> Self {
                self.axes.as_of = Some(day);
                self
            }

            /// Ignores deliveries recorded after this instant. By default, all count. With both
            /// axes set, the answer never changes.
            ///
            /// Only Seatwise keeps a history. An answer without confirmation of the requested axes
            /// is an error of the kind [`Decode`](crate::ErrorKind::Decode).
            pub fn known_at(mut self, instant: jiff::Timestamp) -> Self {
                self.axes.known_at = Some(instant);
                self
            }
        }
    };
}

pub(crate) use on_axes;
