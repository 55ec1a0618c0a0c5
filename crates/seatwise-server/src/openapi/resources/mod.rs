//! The bodies of responses: all members in order.
//!
//! The bodies of Seatwise's queries are derived from their types. The others are written by hand,
//! because their types accept or contain more than these answers; tests compare them with what the
//! types write.

mod customers;
#[cfg(test)]
mod describes;
mod error;
mod fields;
mod figures;
mod import;
mod lists;

use seatwise_types::extensions::{
    BadImportRow, Change, ChangeFigure, ChangeStep, Changes, Coverage, CustomerChange,
    CustomerStep, DeliveryVersion, ExplainedDelivery, ExplainedRow, Explanation, History,
    HistoryPoint, HistorySeries, Idle, IdleBuffer, IdleCoverage, IdleCovered, IdleDeployment,
    IdleExclusion, IdleFile, IdlePrice, IdleProduct, IdleRow, IdleSeats, IdleUsage, IdleWarning,
    IdleWorkload, IdleWorth, Imports, LastCollection, LeftOut, MonthInRange, MonthlyFigure,
    MonthlyFigures, MonthlyRange, PastImport, Reason, RestatedUnit, Restatements, ServiceCoverage,
    UncoveredCustomer,
};

pub(super) use self::lists::{collection, commercial_page, paged_collection};
use super::derived::Derived;
use super::schema::{Ordered, Schema};
use crate::collection_status::{CollectionProgress, CollectionState};
use crate::extensions::status::Status;

/// All schemas with a name in the document.
pub(super) fn all() -> Ordered<Schema> {
    figures::all()
        .and(customers::all())
        .and(import::all())
        .and(error::all())
        .and(extensions())
}

fn extensions() -> Ordered<Schema> {
    Derived::new()
        .with::<Status>()
        .with::<CollectionState>()
        .with::<CollectionProgress>()
        .with::<History>()
        .with::<HistorySeries>()
        .with::<HistoryPoint>()
        .with::<Explanation>()
        .with::<Reason>()
        .with::<ExplainedDelivery>()
        .with::<ExplainedRow>()
        .with::<LeftOut>()
        .with::<Coverage>()
        .with::<ServiceCoverage>()
        .with::<LastCollection>()
        .with::<UncoveredCustomer>()
        .with::<Changes>()
        .with::<Change>()
        .with::<ChangeFigure>()
        .with::<ChangeStep>()
        .with::<CustomerChange>()
        .with::<CustomerStep>()
        .with::<Restatements>()
        .with::<RestatedUnit>()
        .with::<DeliveryVersion>()
        .with::<MonthlyFigures>()
        .with::<MonthlyRange>()
        .with::<MonthInRange>()
        .with::<MonthlyFigure>()
        .with::<Idle>()
        .with::<IdleSeats>()
        .with::<IdleWorth>()
        .with::<IdleCoverage>()
        .with::<IdleCovered>()
        .with::<IdleFile>()
        .with::<IdleWarning>()
        .with::<IdleProduct>()
        .with::<IdleRow>()
        .with_members::<IdleDeployment>(&[
            "delivery",
            "processedDate",
            "recordedAt",
            "sold",
            "deployed",
            "unassigned",
            "overAssigned",
            "new",
            "soldBefore",
            "soldBeforeDate",
        ])
        .with::<IdleUsage>()
        .with::<IdleWorkload>()
        .with::<IdleExclusion>()
        .with::<IdleBuffer>()
        .with::<IdlePrice>()
        .with::<Imports>()
        .with::<PastImport>()
        .with::<BadImportRow>()
        .schemas()
}

#[cfg(test)]
mod tests {
    use seatwise_types::extensions::IdleDelivery;
    use seatwise_types::wire;

    use super::describes::{date, describes};
    use super::*;

    #[test]
    fn members_of_a_flattened_type_are_in_the_written_order() {
        let deployment = IdleDeployment {
            of: IdleDelivery {
                delivery: 1,
                processed_date: date().day(),
                recorded_at: date().timestamp(),
            },
            sold: 1,
            deployed: 1,
            unassigned: Some(1),
            over_assigned: Some(1),
            new: 1,
            sold_before: Some(1),
            sold_before_date: Some(date().day()),
        };
        let schemas = extensions();
        let mut schemas = schemas.iter();
        let (_, schema) = schemas.find(|(name, _)| *name == "IdleDeployment").unwrap();
        describes(schema, &wire::encode(&deployment));
    }
}
