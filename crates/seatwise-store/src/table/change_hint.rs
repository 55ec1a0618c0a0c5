//! In object storage: an object that writers replace after each commit.
//!
//! A server of many partners asks for this object and not for each table. It is a hint, and not the
//! truth: a writer can be stopped between its commit and the hint. So look at all tables from time to
//! time as well.

use crate::model::error::StoreError;
use crate::table::delta::Table;
use crate::table::names::CHANGED;
use crate::table::storage::is_absent;
use crate::table::store::Store;

/// The hint as it was read. If two are equal, no writer has replaced it.
#[derive(Debug, PartialEq, Eq)]
pub struct ChangeHint(Option<Vec<u8>>);

impl Store {
    /// The hint, which costs one request; `None` if it cannot be read, and for a folder, whose tables
    /// are as quick to look at.
    pub async fn change_hint(&self) -> Option<ChangeHint> {
        if !self.settles_by_commit() {
            return None;
        }
        let read = self.blocking("read from", |store| {
            let hint = store.root().join(CHANGED);
            Ok::<_, StoreError>(match hint.read() {
                Ok(content) => Some(ChangeHint(Some(content))),
                Err(err) if is_absent(&err) => Some(ChangeHint(None)),
                Err(_) => None,
            })
        });
        read.await.ok().flatten()
    }

    /// Tells readers of other processes that a table has a new version.
    pub(crate) fn hint_change(&self, table: &Table) {
        if self.settles_by_commit() {
            // No two commits write the same.
            let content = format!("{} {} {}\n", table.partner, table.kind, table.version());
            // Without the hint, readers see the version a little later.
            self.root().join(CHANGED).write(content.into_bytes()).ok();
        }
    }
}
