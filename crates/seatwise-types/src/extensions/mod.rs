//! The contract of Seatwise's extensions, the endpoints `/seatwise/v1/…` that Partner Center does
//! not have.
//!
//! Bodies are plain JSON without a byte-order mark. Missing values are left out.

mod amount;
mod axes;
mod changes;
mod collection;
mod coverage;
mod day_or_month;
mod explanation;
mod history;
mod idle;
mod idle_row;
mod imports;
mod monthly;
mod page;
mod question;
mod words;

pub use amount::{Amount, InvalidAmount};
pub use axes::{Axes, InvalidAxes};
pub use changes::{
    Cause, Change, ChangeFigure, ChangeStep, Changes, CustomerChange, CustomerStep,
    DeliveryVersion, RestatedUnit, Restatements,
};
pub use collection::{LastCollection, Outcome, PastCollection};
pub use coverage::{Coverage, ServiceCoverage, Uncovered, UncoveredCustomer};
pub use day_or_month::DayOrMonth;
pub use explanation::{
    ExplainedDelivery, ExplainedRow, Explanation, LeftOut, LeftOutReason, Reason, ReasonCode,
};
pub use history::{Gap, History, HistoryPoint, HistorySeries};
pub use idle::{
    Idle, IdleCoverage, IdleCovered, IdleFile, IdleFileKind, IdleProduct, IdleSeats, IdleShow,
    IdleSort, IdleWarning,
};
pub use idle_row::{
    Exclusion, IdleBuffer, IdleDelivery, IdleDeployment, IdleExclusion, IdlePrice, IdleRow,
    IdleUsage, IdleWorkload, IdleWorth,
};
pub use imports::{BadImportRow, ImportOutcome, ImportWay, Imports, PastImport};
pub use monthly::{
    InvalidMonth, Month, MonthInRange, MonthlyFigure, MonthlyFigures, MonthlyRange, Window,
};
pub use page::{DEFAULT_TOP, MAX_TOP, Page};
pub use question::{By, Metric, Selection, Step};
pub use words::InvalidWord;
