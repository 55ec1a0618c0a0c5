//! Settling of instants: afterwards, nothing is recorded at or before them.

use std::io;

use jiff::Timestamp;
use seatwise_types::PartnerId;

use crate::model::axes::{KnownAt, whole_millisecond};
use crate::model::error::{StoreError, io_kind};
use crate::model::kind::Kind;
use crate::table::clock::{Future, agree};
use crate::table::delta::Committed;
use crate::table::store::Store;

/// The number of attempts to settle an instant, or to replace a file, if writers of other processes
/// come first.
const ATTEMPTS: u32 = 20;

/// The latest instants at or before which nothing is recorded any more.
#[derive(Debug, Clone, Copy)]
struct SettledUpTo {
    /// In some of the partner's tables or files beside them.
    somewhere: Option<Timestamp>,
    /// In all of them.
    everywhere: Option<Timestamp>,
    /// The same without the note of the settled instant, which may not be on the disk.
    without_note: Option<Timestamp>,
}

impl Store {
    /// Guarantees that nothing is recorded at or before an instant from now on, so that answers as
    /// known at it stay the same.
    ///
    /// On the disk, that already holds for all of the partner's tables if something was recorded
    /// later in any of them. Otherwise this waits for the partner's write lock and notes the instant
    /// in the partner's folder: the next writer records after it. In object storage, this commits the
    /// instant to each table in which nothing was recorded later, and creates missing tables before.
    ///
    /// # Errors
    /// If the instant is after `now` and after everything recorded or noted, or in any case more
    /// than a day after `now`; if a note is needed but `now` cannot be right
    /// ([`Store::check_clock`]); if the folder cannot be read or written; if other writers always
    /// come first.
    pub async fn settle(
        &self,
        partner: PartnerId,
        known_at: Timestamp,
        now: Timestamp,
    ) -> Result<KnownAt, StoreError> {
        let known_at = whole_millisecond(known_at);
        let settled = self.settled_now(partner).await?;
        // Records further in the future are wrong, and will be repaired.
        let is_possible = known_at <= Future::of(now).recorded;
        if is_possible && Some(known_at) <= settled.everywhere {
            if Some(known_at) > settled.without_note {
                let sync = move |store: &Self| store.sync_settled_note(partner);
                self.blocking("write to", sync).await?;
            }
            return Ok(KnownAt::settled(known_at));
        }
        if known_at > now && (!is_possible || Some(known_at) > settled.somewhere) {
            return Err(StoreError::NotYet { known_at, now });
        }
        agree(settled.somewhere, now)?;
        if self.settles_by_commit() {
            // Let a writer of this process end first: the instant would make it begin again.
            let _lock = match self.is_only_read() {
                true => None,
                false => Some(self.lock(partner, now).await?),
            };
            self.settle_by_commit(partner, known_at).await?;
        } else {
            let lock = self.lock(partner, now).await?;
            // A writer that is gone by now may have left a record that is not on the disk.
            self.settled_up_to(partner).await?;
            self.blocking("write to", move |store| {
                store.note_settled(partner, known_at, &lock)
            })
            .await?;
        }
        Ok(KnownAt::settled(known_at))
    }

    /// The latest instant at or before which nothing more is recorded in any of a partner's tables:
    /// that of the last commit, or a later one that was settled. Writers record after it, and read it
    /// while they hold the lock. In object storage, where the lock is that of this process, the commit
    /// decides: it is refused if its table got a later record or settled instant meanwhile. What
    /// it follows from is on the disk when this returns: no power cut takes back an answer for it.
    pub(crate) async fn settled_up_to(
        &self,
        partner: PartnerId,
    ) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.settled_now(partner).await?.somewhere)
    }

    async fn settled_now(&self, partner: PartnerId) -> Result<SettledUpTo, StoreError> {
        let mut parts = Vec::new();
        for kind in Kind::ALL {
            parts.push(match self.table(partner, kind).await? {
                Some(table) => {
                    table.sync().await?;
                    self.settled_in(&table).await?
                }
                None => None,
            });
        }
        if self.settles_by_commit() {
            parts.extend(
                self.blocking("read from", move |store| {
                    let domains = store.read_domains(partner)?.settled_up_to();
                    let files = store.idle_index(partner)?.listed.settled;
                    Ok::<_, StoreError>([domains, files])
                })
                .await?,
            );
            let everywhere = parts.iter().copied().min().flatten();
            return Ok(SettledUpTo {
                somewhere: parts.iter().copied().max().flatten(),
                everywhere,
                without_note: everywhere,
            });
        }
        let recorded = parts.into_iter().max().flatten();
        let settled = recorded.max(self.settled(partner)?);
        // The lock lets all writers record after it.
        Ok(SettledUpTo {
            somewhere: settled,
            everywhere: settled,
            without_note: recorded,
        })
    }

    /// Settles an instant, a whole millisecond, in object storage: for all tables and files. A store
    /// that was opened read-only does so too, because a record in one table settles nothing for the
    /// others there.
    ///
    /// # Errors
    /// If the storage cannot be read or written; [`StoreError::OnlyRead`] if the credentials of a
    /// store that was opened read-only do not allow it.
    pub(crate) async fn settle_by_commit(
        &self,
        partner: PartnerId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let settle = async {
            for kind in Kind::ALL {
                self.settle_table(partner, kind, at).await?;
            }
            self.settle_files(partner, at).await
        };
        match settle.await {
            Err(StoreError::Denied { .. }) if self.is_only_read() => {
                let path = self.root().into();
                Err(StoreError::OnlyRead { path })
            }
            settled => settled,
        }
    }

    /// Settles an instant for a table by a commit.
    async fn settle_table(
        &self,
        partner: PartnerId,
        kind: Kind,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let table = match self.table(partner, kind).await? {
                Some(table) => table,
                None => self.create_table(partner, kind).await?,
            };
            if table.settled_up_to().await? >= Some(at) {
                return Ok(());
            }
            if let Committed::Done(next) = table.settle(at).await? {
                self.remember(&next);
                return Ok(());
            }
        }
        Err(StoreError::Contended {
            partner,
            table: kind,
            attempts: ATTEMPTS,
        })
    }

    /// Settles an instant for the domains and for the list of price files and policies.
    async fn settle_files(&self, partner: PartnerId, at: Timestamp) -> Result<(), StoreError> {
        until_first(|| {
            self.blocking("write to", move |store| {
                let domains = store.read_domains(partner)?;
                if domains.settled_up_to() < Some(at) {
                    store.write_domains(partner, &domains, &domains.statements, Some(at))?;
                }
                let index = store.idle_index(partner)?;
                if index.listed.settled < Some(at) {
                    let mut listed = index.listed.clone();
                    listed.settled = Some(at);
                    store.write_idle_index(partner, &index, listed)?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// Makes attempts until none finds that another process replaced a file meanwhile, as happens in
/// object storage; at most 20.
///
/// # Errors
/// Those of the last attempt.
pub(crate) async fn until_first<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: std::future::Future<Output = Result<T, StoreError>>,
{
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(err) if is_busy(&err) => {}
            done => return done,
        }
    }
    attempt().await
}

fn is_busy(err: &StoreError) -> bool {
    match err {
        StoreError::Io { source, .. } => {
            io_kind(source.as_ref()) == Some(io::ErrorKind::ResourceBusy)
        }
        _ => false,
    }
}
