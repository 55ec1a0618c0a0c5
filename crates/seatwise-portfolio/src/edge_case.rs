//! The edge cases, one customer each.

/// An edge case, and the customer that shows it.
///
/// Customers 1 to 30 show these cases. Customer 0 and those from 31 on are ordinary. An age is the
/// number of days before the newest possible delivery of the customer's service, which has age 0.
/// All deliveries of a late customer are late by the same number of days.
///
/// ```
/// use seatwise_portfolio::EdgeCase;
///
/// assert_eq!(EdgeCase::EmptyDeliveries.customer(), 7);
/// assert_eq!(EdgeCase::of(7), Some(EdgeCase::EmptyDeliveries));
/// assert_eq!(EdgeCase::of(0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EdgeCase {
    /// Customer 1: 40 days late in all services, so it is left out of the partner's figure.
    TooLate = 1,
    /// Customer 2: 20 days late, and still counted in the partner's figure.
    Late,
    /// Customer 3: 35 days late, the most that is still counted.
    JustNotTooLate,
    /// Customer 4: 40 days late in `crm`, on time in `o365`.
    TooLateInOneService,
    /// Customer 5: deliveries younger than 10 days lack its second product, which it gave up.
    VanishedProduct,
    /// Customer 6: there is no delivery of age 15.
    MissingDay,
    /// Customer 7: it gave up its last licences, so deliveries younger than 5 days have no rows.
    EmptyDeliveries,
    /// Customer 8: it left; its last delivery has no rows and age 12.
    Left,
    /// Customer 9: it joined; its first delivery has age 12, so its 28-day window is not yet full.
    Joined,
    /// Customer 10: its name changed; deliveries of age 30 and older have the former one.
    Renamed,
    /// Customer 11: the name of its first product changed at age 25 to `MICROSOFT 365 BUSINESS
    /// BASIC`, with the same id.
    RenamedProduct,
    /// Customer 12: has the same name as customer 0.
    SharedName,
    /// Customer 13: `Fjord & Söhne, Ltd.`, which CSV must quote.
    CommaInName,
    /// Customer 14: a name with quotation marks.
    QuotesInName,
    /// Customer 15: a name that a spreadsheet would run as a formula.
    FormulaAsName,
    /// Customer 16: its GUIDs are in upper case.
    CapitalIds,
    /// Customer 17: its GUIDs are in upper case on every second day.
    SometimesCapitalIds,
    /// Customer 18: over 100 % active in Exchange, because seats of its first product moved to
    /// other users within the 28 days.
    MovedSeats,
    /// Customer 19: over 100 % active in Exchange, because it has two subscriptions to its first
    /// product, one of them in its grace period: both are used, one is qualified.
    GracePeriod,
    /// Customer 20: over 100 % active in Yammer, because people without a seat use it too.
    UnlicensedYammer,
    /// Customer 21: a trial, active with no seat qualified, deployed with none sold.
    Trial,
    /// Customer 22: all its `o365` seats are suspended: sold and deployed, none qualified or active.
    SuspendedSeats,
    /// Customer 23: the only one with an undocumented service, `pbi`.
    UnknownService,
    /// Customer 24: the only one with an undocumented workload, `WHITEBOARD`.
    UnknownWorkload,
    /// Customer 25: the only one with an undocumented channel, `marketplace`.
    UnknownChannel,
    /// Customer 26: buys the same `o365` products through `reseller` and `direct`.
    BothChannels,
    /// Customer 27: the restatement has more active seats for the seven newest days of `o365`.
    RestatedHigher,
    /// Customer 28: the restatement has no rows of its last product for the same days.
    RestatedWithoutProduct,
    /// Customer 29: the restatement has the same content for these days, which changes nothing.
    SentTwice,
    /// Customer 30: 5,000 seats.
    Largest,
}

impl EdgeCase {
    /// All cases, by customer.
    pub const ALL: [EdgeCase; 30] = [
        EdgeCase::TooLate,
        EdgeCase::Late,
        EdgeCase::JustNotTooLate,
        EdgeCase::TooLateInOneService,
        EdgeCase::VanishedProduct,
        EdgeCase::MissingDay,
        EdgeCase::EmptyDeliveries,
        EdgeCase::Left,
        EdgeCase::Joined,
        EdgeCase::Renamed,
        EdgeCase::RenamedProduct,
        EdgeCase::SharedName,
        EdgeCase::CommaInName,
        EdgeCase::QuotesInName,
        EdgeCase::FormulaAsName,
        EdgeCase::CapitalIds,
        EdgeCase::SometimesCapitalIds,
        EdgeCase::MovedSeats,
        EdgeCase::GracePeriod,
        EdgeCase::UnlicensedYammer,
        EdgeCase::Trial,
        EdgeCase::SuspendedSeats,
        EdgeCase::UnknownService,
        EdgeCase::UnknownWorkload,
        EdgeCase::UnknownChannel,
        EdgeCase::BothChannels,
        EdgeCase::RestatedHigher,
        EdgeCase::RestatedWithoutProduct,
        EdgeCase::SentTwice,
        EdgeCase::Largest,
    ];

    /// The case of the customer at `index`, if it has one.
    pub fn of(index: u32) -> Option<EdgeCase> {
        EdgeCase::ALL
            .into_iter()
            .find(|case| case.customer() == index)
    }

    /// The index of the customer with this case.
    pub fn customer(self) -> u32 {
        self as u32
    }
}
