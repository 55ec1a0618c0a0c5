//! Reasons why a figure is over 100 or undefined.

use seatwise_types::extensions::{Reason, ReasonCode};

use crate::model::kind::Kind;
use crate::query::snapshot::Row;

/// Seats in excess of the whole.
#[derive(Default)]
pub(super) struct Excesses {
    /// The number of rows, and the sum of their parts.
    rows: u64,
    part: u64,
    /// Rows with more than their whole, and by how much: those with a whole of 0, and the others.
    of_none: (u64, u64),
    over: (u64, u64),
}

impl Excesses {
    pub(super) fn add(&mut self, row: &Row) {
        self.rows += 1;
        self.part += u64::from(row.part);
        let Some(excess) = row.part.checked_sub(row.whole).filter(|it| *it > 0) else {
            return;
        };
        let (rows, sum) = match row.whole {
            0 => &mut self.of_none,
            _ => &mut self.over,
        };
        *rows += 1;
        *sum += u64::from(excess);
    }

    /// The reasons for a figure over 100, or for an undefined one.
    pub(super) fn reasons(&self, kind: Kind, whole: u64) -> Vec<Reason> {
        let (of_none, over) = match kind {
            Kind::Usage | Kind::UsageMonth => {
                (ReasonCode::QualifiedZero, ReasonCode::ActiveOverQualified)
            }
            Kind::Deployment | Kind::DeploymentMonth => {
                (ReasonCode::SoldZero, ReasonCode::DeployedOverSold)
            }
        };
        let undefined = if whole == 0 { self.rows } else { 0 };
        let reasons = [
            (of_none, self.of_none),
            (over, self.over),
            (ReasonCode::DenominatorZero, (undefined, self.part)),
        ];
        let reasons = reasons.into_iter().filter(|(_, (rows, _))| *rows > 0);
        let reasons = reasons.map(|(code, (rows, excess))| Reason { code, rows, excess });
        reasons.collect()
    }
}
