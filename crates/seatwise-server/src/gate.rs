//! Limits on concurrent work, in all and per partner, and on work that waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use seatwise_types::PartnerId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The limits for one kind of work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// The most work at once.
    pub(crate) at_once: usize,
    /// The most work at once for one partner; at most `at_once`.
    pub(crate) of_partner: usize,
    /// The most waiting work of a partner, for each of its `of_partner`.
    pub(crate) waiting: usize,
    /// The number of partners that can use all their places at the same time.
    pub(crate) partners: usize,
}

/// There is no place to wait, or the wait was too long.
#[derive(Debug)]
pub(crate) struct Busy;

/// Admits work within the limits.
pub(crate) struct Gate {
    room: Room,
    all: Lane,
    partners: Mutex<HashMap<PartnerId, Lane>>,
}

/// Places to wait or work, and turns to work.
#[derive(Clone)]
struct Lane {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// A place that entitles to wait for a turn. It is free again when this is dropped.
pub(crate) struct Permit {
    all: Lane,
    own: Lane,
    _places: [OwnedSemaphorePermit; 2],
}

/// A turn to work, which ends when this is dropped.
pub(crate) struct Turn {
    _permit: Permit,
    _turns: [OwnedSemaphorePermit; 2],
}

impl Room {
    /// The number of places of a partner.
    fn of_one(&self) -> usize {
        self.of_partner.saturating_mul(self.waiting + 1)
    }
}

impl Lane {
    fn new(turns: usize, places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            turns: Arc::new(Semaphore::new(turns)),
        }
    }

    fn place(&self) -> Result<OwnedSemaphorePermit, Busy> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| Busy)
    }

    async fn turn(&self) -> OwnedSemaphorePermit {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        turn.expect("it is never closed")
    }

    fn is_unused(&self) -> bool {
        Arc::strong_count(&self.places) == 1
    }
}

impl Gate {
    pub(crate) fn new(room: Room) -> Self {
        let places = room.of_one().saturating_mul(room.partners);
        Self {
            room,
            all: Lane::new(room.at_once, places),
            partners: Mutex::default(),
        }
    }

    /// Takes a place for a partner's work.
    pub(crate) fn enter(&self, partner: PartnerId) -> Result<Permit, Busy> {
        let own = self.lane(partner);
        let places = [own.place()?, self.all.place()?];
        Ok(Permit {
            all: self.all.clone(),
            own,
            _places: places,
        })
    }

    /// The amount of running work.
    pub(crate) fn at_work(&self) -> usize {
        self.room.at_once - self.all.turns.available_permits()
    }

    fn lane(&self, partner: PartnerId) -> Lane {
        let mut partners = self.partners.lock();
        partners.retain(|known, lane| *known == partner || !lane.is_unused());
        let lane = partners.entry(partner);
        lane.or_insert_with(|| Lane::new(self.room.of_partner, self.room.of_one()))
            .clone()
    }
}

impl Permit {
    /// Waits for a turn. The partner's limit comes first, so that its waiting work does not block
    /// that of others.
    pub(crate) async fn turn(self) -> Turn {
        let own = self.own.turn().await;
        let all = self.all.turn().await;
        Turn {
            _permit: self,
            _turns: [own, all],
        }
    }

    /// Like [`turn`](Self::turn), with a timeout.
    pub(crate) async fn turn_within(self, longest: Duration) -> Result<Turn, Busy> {
        let turn = tokio::time::timeout(longest, self.turn()).await;
        turn.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn partner(number: u128) -> PartnerId {
        PartnerId::new(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn one_partner_gets_its_share_and_leaves_turns_for_others() {
        let gate = Gate::new(Room {
            at_once: 2,
            of_partner: 1,
            waiting: 1,
            partners: 2,
        });
        let turn_of = |number| gate.enter(partner(number)).unwrap().turn().now_or_never();
        let first = turn_of(1).unwrap();
        // A second one of the same partner waits, and for a third there is no place.
        let mut second = Box::pin(gate.enter(partner(1)).unwrap().turn());
        assert!(second.as_mut().now_or_never().is_none());
        assert!(gate.enter(partner(1)).is_err());
        let other = turn_of(2).unwrap();
        assert_eq!(gate.at_work(), 2);
        drop(first);
        let second = second.now_or_never().unwrap();
        assert_eq!(gate.at_work(), 2);
        drop((second, other));
        assert_eq!(gate.at_work(), 0);
        assert!(gate.enter(partner(1)).is_ok());
    }

    #[test]
    fn all_partners_together_have_so_many_places() {
        let gate = Gate::new(Room {
            at_once: 1,
            of_partner: 1,
            waiting: 1,
            partners: 1,
        });
        let places: Vec<_> = (1..=2).map(|it| gate.enter(partner(it)).unwrap()).collect();
        assert!(gate.enter(partner(3)).is_err());
        drop(places);
        assert!(gate.enter(partner(3)).is_ok());
    }

    #[test]
    fn partners_that_do_nothing_take_no_memory() {
        let gate = Gate::new(Room {
            at_once: 1,
            of_partner: 1,
            waiting: 0,
            partners: 1,
        });
        for number in 0..100 {
            drop(gate.enter(partner(number)));
        }
        assert_eq!(gate.partners.lock().len(), 1);
    }
}
