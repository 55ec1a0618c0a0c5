//! The groups of texts in a snapshot: rows with the same service, channel, workload and product.

use super::counted::Counted;
use super::{Row, Snapshot};
use crate::model::columns::{CHANNEL, CODE, PRODUCT, PRODUCT_ID, SERVICE, WORKLOAD};
use crate::query::workload::Naming;

impl Snapshot {
    /// The numbers of a row's texts, without the customer's name; 0 is absent.
    pub(crate) fn numbers(&self, row: &Row) -> &[u32; 8] {
        &self.vocabulary.groups()[row.group as usize]
    }

    /// The number of groups of texts, without the customer's name: an upper bound of
    /// [`Row::group`].
    pub(crate) fn groups(&self) -> usize {
        self.vocabulary.groups().len()
    }

    /// The groups of these rows, each once.
    pub(crate) fn groups_of<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<u32> {
        let mut is_one = vec![false; self.groups()];
        for row in rows {
            is_one[row.group as usize] = true;
        }
        let groups = (0..).zip(is_one).filter(|(_, is_one)| *is_one);
        groups.map(|(group, _)| group).collect()
    }

    /// The naming of the workload in a group.
    pub(crate) fn naming(&self, group: u32) -> Naming<'_> {
        let of = |column: usize| self.text_in(group, column);
        let code = Some(of(CODE)).filter(|code| !code.is_empty());
        (of(SERVICE), of(CHANNEL), code, of(WORKLOAD))
    }

    /// The groups of rows that count whose workload has this code or name. Names in late rows
    /// matter only if no current row has them.
    pub(crate) fn groups_called<'a>(
        &self,
        text: &str,
        counting: impl Iterator<Item = &'a Counted<'a>>,
        late: impl Iterator<Item = &'a Counted<'a>>,
    ) -> Vec<u32> {
        let is_called = |group: &u32| self.is_workload(*group, text);
        let mut called = self.groups_of(counting.flat_map(Counted::rows));
        called.retain(is_called);
        if called.is_empty() {
            called = self.groups_of(late.flat_map(Counted::rows));
            called.retain(is_called);
        }
        called
    }

    /// Whether a text is the code or the name of the group's workload.
    pub(crate) fn is_workload(&self, group: u32, text: &str) -> bool {
        let numbers = &self.vocabulary.groups()[group as usize];
        let is = |column: usize| self.vocabulary.texts.is(column, numbers[column], text);
        is(CODE) || is(WORKLOAD)
    }

    /// Id and name of the product of a group; empty if absent.
    pub(crate) fn product(&self, group: u32) -> [&str; 2] {
        [PRODUCT_ID, PRODUCT].map(|column| self.text_in(group, column))
    }

    fn text_in(&self, group: u32, column: usize) -> &str {
        let numbers = &self.vocabulary.groups()[group as usize];
        self.text(column, numbers[column])
    }
}
