//! The two axes of time, which every question that Seatwise answers can be asked on.

/// The methods of a question with a field `axes`.
macro_rules! on_axes {
    ($question:ident) => {
        impl $question<'_> {
            /// As of a day: deliveries with a later processed date do not exist. By default all do.
            ///
            /// Partner Center has no such answer; see [`known_at`](Self::known_at).
            pub fn as_of(mut self, day: jiff::civil::Date) -> Self {
                self.axes.as_of = Some(day);
                self
            }

            /// As it was known at an instant: what was recorded later does not exist. By default
            /// what is known now. With both axes an answer never changes.
            ///
            /// Only Seatwise keeps a history: an answer that does not say that it is for the
            /// point which was asked for is an error of the kind
            /// [`Decode`](crate::ErrorKind::Decode).
            pub fn known_at(mut self, instant: jiff::Timestamp) -> Self {
                self.axes.known_at = Some(instant);
                self
            }
        }
    };
}

pub(crate) use on_axes;
