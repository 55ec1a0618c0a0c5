//! The awkward cases, each shown by one customer.

/// An awkward case, and the customer that shows it.
///
/// The customers 1 to 30 are there for these; 0 and those from 31 on are ordinary. Ages are days
/// before the newest delivery that the customer's service could have: one of age 0 is the newest.
/// A late customer is behind by the same number of days with each of its deliveries.
///
/// ```
/// use seatwise_portfolio::Case;
///
/// assert_eq!(Case::EmptyDeliveries.customer(), 7);
/// assert_eq!(Case::of(7), Some(Case::EmptyDeliveries));
/// assert_eq!(Case::of(0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Case {
    /// Customer 1: 40 days behind in all services, so no part of the partner figure.
    TooLate = 1,
    /// Customer 2: 20 days behind, and still a part of the partner figure.
    Late,
    /// Customer 3: 35 days behind, which is just not too late.
    JustNotTooLate,
    /// Customer 4: 40 days behind in `crm`, on time in `o365`.
    TooLateInOneService,
    /// Customer 5: its second product is missing from deliveries younger than 10 days, because it
    /// was given up.
    VanishedProduct,
    /// Customer 6: nothing was delivered for the day of age 15.
    MissingDay,
    /// Customer 7: its last licences are gone; deliveries younger than 5 days have no rows.
    EmptyDeliveries,
    /// Customer 8: left; its last delivery has no rows and the age of 12 days.
    Left,
    /// Customer 9: joined; its first delivery has the age of 12 days, and its 28-day window is not
    /// full yet.
    Joined,
    /// Customer 10: has another name since it was 30 days old.
    Renamed,
    /// Customer 11: its first product has another name since it was 25 days old,
    /// `MICROSOFT 365 BUSINESS BASIC`, under the same id.
    RenamedProduct,
    /// Customer 12: has the same name as customer 0.
    SharedName,
    /// Customer 13: `Fjord & Söhne, Ltd.`, which CSV must quote.
    CommaInName,
    /// Customer 14: a name with quotation marks.
    QuotesInName,
    /// Customer 15: a name that a spreadsheet takes for a formula.
    FormulaAsName,
    /// Customer 16: its GUIDs are written in capitals.
    CapitalIds,
    /// Customer 17: its GUIDs are written in capitals on every second day.
    SometimesCapitalIds,
    /// Customer 18: over 100 % active in Exchange, because seats of its first product moved to
    /// other users inside the 28 days.
    MovedSeats,
    /// Customer 19: over 100 % active in Exchange, because it has two subscriptions to its first
    /// product, one of them in its grace period: both are used, one is qualified.
    GracePeriod,
    /// Customer 20: over 100 % active in Yammer, which more people use than have a seat.
    UnlicensedYammer,
    /// Customer 21: a trial, active with no seat qualified, deployed with none sold.
    Trial,
    /// Customer 22: all its `o365` seats are suspended: sold and deployed, none qualified or active.
    SuspendedSeats,
    /// Customer 23: has a service that is not documented, `pbi`, and is the only one.
    UnknownService,
    /// Customer 24: has a workload that is not documented, `WHITEBOARD`, and is the only one.
    UnknownWorkload,
    /// Customer 25: buys through a channel that is not documented, `marketplace`, and is the only one.
    UnknownChannel,
    /// Customer 26: buys the same `o365` products through `reseller` and `direct`.
    BothChannels,
    /// Customer 27: the restatement has more active seats for the seven newest days of `o365`.
    RestatedHigher,
    /// Customer 28: the restatement has no rows of its last product for the same days.
    RestatedWithoutProduct,
    /// Customer 29: the restatement repeats its content for the same days, which changes nothing.
    SentTwice,
    /// Customer 30: 5,000 seats.
    Largest,
}

impl Case {
    /// All cases, by customer.
    pub const ALL: [Case; 30] = [
        Case::TooLate,
        Case::Late,
        Case::JustNotTooLate,
        Case::TooLateInOneService,
        Case::VanishedProduct,
        Case::MissingDay,
        Case::EmptyDeliveries,
        Case::Left,
        Case::Joined,
        Case::Renamed,
        Case::RenamedProduct,
        Case::SharedName,
        Case::CommaInName,
        Case::QuotesInName,
        Case::FormulaAsName,
        Case::CapitalIds,
        Case::SometimesCapitalIds,
        Case::MovedSeats,
        Case::GracePeriod,
        Case::UnlicensedYammer,
        Case::Trial,
        Case::SuspendedSeats,
        Case::UnknownService,
        Case::UnknownWorkload,
        Case::UnknownChannel,
        Case::BothChannels,
        Case::RestatedHigher,
        Case::RestatedWithoutProduct,
        Case::SentTwice,
        Case::Largest,
    ];

    /// The case that the customer at `index` shows, if any.
    pub fn of(index: u32) -> Option<Case> {
        Case::ALL.into_iter().find(|case| case.customer() == index)
    }

    /// The index of the customer that shows this case.
    pub fn customer(self) -> u32 {
        self as u32
    }
}
