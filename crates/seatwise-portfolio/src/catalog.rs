//! The products that customers of a size buy.

use crate::product::{self, Product};

/// A product that customers can have.
pub(crate) struct Offer {
    pub(crate) product: &'static Product,
    /// The percentage of customers of this size that have it.
    pub(crate) chance: u32,
    /// The range of their seats for it, in percent.
    pub(crate) share: (u32, u32),
}

/// Business plans end at 300 seats, so a customer that could grow beyond gets enterprise plans.
pub(crate) fn catalog(seats: u32) -> &'static [Offer] {
    if seats <= 250 { &BUSINESS } else { &ENTERPRISE }
}

// All customers have the first product, so that each has a workload.
static BUSINESS: [Offer; 13] = [
    offer(&product::BUSINESS_ESSENTIALS, 100, (30, 90)),
    offer(&product::BUSINESS_STANDARD, 90, (20, 60)),
    offer(&product::BUSINESS_PREMIUM, 80, (10, 50)),
    offer(&product::OFFICE_E3, 35, (5, 30)),
    offer(&product::EXCHANGE_1, 65, (5, 30)),
    offer(&product::EXCHANGE_ARCHIVING, 30, (2, 10)),
    offer(&product::EXCHANGE_PROTECTION, 25, (20, 100)),
    offer(&product::SHAREPOINT_1, 25, (5, 20)),
    offer(&product::SKYPE_2, 15, (2, 10)),
    offer(&product::BUSINESS_APPS, 40, (5, 30)),
    offer(&product::PROJECT, 10, (1, 5)),
    offer(&product::DYNAMICS_SALES, 50, (5, 25)),
    offer(&product::DYNAMICS_TEAM, 45, (5, 30)),
];
static ENTERPRISE: [Offer; 11] = [
    offer(&product::OFFICE_E3, 100, (30, 70)),
    offer(&product::OFFICE_E1, 80, (10, 40)),
    offer(&product::MICROSOFT_E3, 70, (10, 40)),
    offer(&product::MICROSOFT_E5, 60, (5, 20)),
    offer(&product::FRONTLINE, 60, (10, 50)),
    offer(&product::EXCHANGE_2, 60, (5, 15)),
    offer(&product::EXCHANGE_ARCHIVING, 40, (5, 20)),
    offer(&product::PROJECT, 50, (1, 5)),
    offer(&product::DYNAMICS_SALES, 70, (5, 20)),
    offer(&product::DYNAMICS_SERVICE, 50, (5, 15)),
    offer(&product::DYNAMICS_TEAM, 60, (10, 40)),
];

const fn offer(product: &'static Product, chance: u32, share: (u32, u32)) -> Offer {
    Offer {
        product,
        chance,
        share,
    }
}
