//! Figures over time, calculated in one sweep over the dates.
//!
//! Figures of all customers come from the ledger if there is one (`spans.rs`). Those of single
//! customers come from the rows of the days (`rows.rs`).

mod lines;
mod points;
mod question;
mod rows;
mod spans;
mod sweep;

use std::sync::Arc;

use seatwise_types::PartnerId;
use seatwise_types::extensions::Gap;

use self::question::periods;
use self::sweep::FeedDays;
use crate::model::axes::{KnownAt, whole_millisecond};
use crate::query::question::{Answer, QuestionError};
use crate::table::store::Store;

pub use self::points::{History, Line, LineOf, Point};
pub use self::question::HistoryQuestion;

impl Store {
    /// The figures of a partner over time.
    ///
    /// # Errors
    /// If the question is invalid, the answer is too large, or the table cannot be read.
    pub async fn history(
        &self,
        partner: PartnerId,
        question: &HistoryQuestion,
    ) -> Result<Answer<History>, QuestionError> {
        question.check()?;
        let HistoryQuestion { kind, from, to, .. } = *question;
        let periods = periods(from, to, question.step);
        let (asked, periods) = (question.known_at.map(KnownAt::timestamp), &periods);
        let found = self.with_newest(partner, kind, move |table| async move {
            let of_all = question.is_of_all_customers();
            let ledger = match of_all || question.is_of_own_rows() {
                true => self.ledger(&table).await?,
                false => None,
            };
            let ledger = ledger.filter(|ledger| ledger.is_exact_at(question.axes()));
            let recorded_at = match &ledger {
                Some(ledger) if of_all => ledger.recorded_at(),
                _ => table.last_recorded(),
            };
            let (engine, question) = (Arc::clone(self.engine()), question.clone());
            let periods = periods.clone();
            let work = async move {
                match ledger {
                    Some(ledger) if of_all => {
                        let mut memory = engine.reservation("a history");
                        spans::lines(&ledger, &question, &periods, &mut memory)
                    }
                    ledger => {
                        let days = ledger.map(|it| FeedDays::of(&it, question.axes()));
                        rows::lines(&engine, &table, &question, &periods, days.as_ref()).await
                    }
                }
            };
            let lines = self.question("read the history of", work).await?;
            Ok::<_, QuestionError>((lines, asked.or(recorded_at.map(whole_millisecond))))
        });
        let (lines, recorded_at) = found.await?.unwrap_or((Vec::new(), asked));
        Ok(Answer {
            memory: self.reserve(lines.len() * periods.len() * size_of::<Result<Point, Gap>>())?,
            recorded_at,
            value: History {
                dates: periods.iter().map(|period| period.last).collect(),
                lines,
            },
        })
    }
}
