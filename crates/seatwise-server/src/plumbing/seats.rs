//! Limits on connections: in all, per address, and a reserve for probes. A new connection replaces
//! a waiting one.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::plumbing::idle::{Activity, Idle};
use crate::plumbing::limits::Limits;

/// A request extension: the connection is from the reserve, which serves probes only.
#[derive(Clone, Copy)]
pub(crate) struct OnReserve;

/// The limits on a server's connections.
pub(crate) struct Seats {
    common: Row,
    reserve: Row,
    /// The most connections of one address; `None` for no limit.
    of_peer: Option<usize>,
    peers: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// Seats of one kind.
struct Row {
    free: Arc<Semaphore>,
    idle: Idle,
    /// The number of connections to end at once. With only one, each of many new connections would
    /// wait for another one to end.
    give_way: usize,
    is_reserve: bool,
}

/// Exists while a connection is open.
pub(crate) struct Seat {
    _permit: OwnedSemaphorePermit,
    pub(crate) activity: Activity,
    pub(crate) is_reserve: bool,
}

/// Counts one connection of an address.
pub(crate) struct OfPeer {
    peer: IpAddr,
    peers: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Row {
    fn new(seats: usize, is_reserve: bool) -> Self {
        Self {
            free: Arc::new(Semaphore::new(seats)),
            idle: Idle::default(),
            give_way: (seats / 64).max(1),
            is_reserve,
        }
    }

    /// A free seat, or the seat of a waiting connection, which ends. `None` if all connections are
    /// answering.
    async fn seat(&self) -> Option<Seat> {
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
            return Some(self.taken(permit));
        }
        let ended = (0..self.give_way).take_while(|_| self.idle.end_first());
        match ended.count() {
            0 => None,
            _ => Some(self.next().await),
        }
    }

    /// Waits for the next free seat.
    async fn next(&self) -> Seat {
        let permit = Arc::clone(&self.free).acquire_owned().await;
        self.taken(permit.expect("it is never closed"))
    }

    fn taken(&self, permit: OwnedSemaphorePermit) -> Seat {
        Seat {
            _permit: permit,
            activity: self.idle.connection(),
            is_reserve: self.is_reserve,
        }
    }
}

impl Seats {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            common: Row::new(limits.connections, false),
            reserve: Row::new(limits.probe_connections, true),
            of_peer: limits.connections_per_peer,
            peers: Arc::default(),
        }
    }

    /// Waits for a seat; takes one of the reserve if all others are answering.
    pub(crate) async fn seat(&self) -> Seat {
        let (common, reserve) = (&self.common, &self.reserve);
        loop {
            if let Some(seat) = common.seat().await {
                return seat;
            }
            if let Some(seat) = reserve.seat().await {
                return seat;
            }
            tokio::select! {
                biased;
                seat = common.next() => return seat,
                seat = reserve.next() => return seat,
                () = common.idle.grown() => {}
                () = reserve.idle.grown() => {}
            }
        }
    }

    /// Counts a connection of an address; `None` if the address is at its limit.
    pub(crate) fn of_peer(&self, address: IpAddr) -> Option<OfPeer> {
        let peer = peer(address);
        let mut peers = self.peers.lock();
        let open = peers.entry(peer).or_default();
        if self.of_peer.is_some_and(|most| *open >= most) {
            return None;
        }
        *open += 1;
        Some(OfPeer {
            peer,
            peers: Arc::clone(&self.peers),
        })
    }
}

impl Drop for OfPeer {
    fn drop(&mut self) {
        let mut peers = self.peers.lock();
        if let Some(open) = peers.get_mut(&self.peer) {
            *open -= 1;
            if *open == 0 {
                peers.remove(&self.peer);
            }
        }
    }
}

/// The address to count: with IPv6, a client has all addresses of its /64.
fn peer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::plumbing::idle::Answering;

    fn seats(connections: usize, of_peer: usize) -> Seats {
        Seats::new(&Limits {
            connections,
            probe_connections: 1,
            connections_per_peer: Some(of_peer),
            ..Limits::default()
        })
    }

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let seats = seats(9, 2);
        let open = |text: &str| seats.of_peer(text.parse().unwrap());
        let first = open("192.0.2.1").unwrap();
        // The same address in IPv6 form.
        let _second = open("::ffff:192.0.2.1").unwrap();
        assert!(open("192.0.2.1").is_none());
        let _other = open("192.0.2.2").unwrap();
        drop(first);
        drop(open("192.0.2.1").unwrap());

        let _network = [open("2001:db8::1").unwrap(), open("2001:db8::2").unwrap()];
        assert!(open("2001:db8::3").is_none());
        assert!(open("2001:db8:0:1::1").is_some());
    }

    #[test]
    fn addresses_without_connections_take_no_memory() {
        let seats = seats(9, 2);
        for last in 0..100 {
            drop(seats.of_peer(IpAddr::from([192, 0, 2, last])));
        }
        assert!(seats.peers.lock().is_empty());
    }

    /// A connection that is answering a request.
    async fn at_work(seats: &Seats) -> (Seat, Answering) {
        let seat = seats.seat().await;
        let answering = seat.activity.begin();
        (seat, answering)
    }

    #[tokio::test]
    async fn the_reserve_is_used_only_while_all_other_connections_are_at_work() {
        let seats = seats(1, 9);
        let first = at_work(&seats).await;
        assert!(!first.0.is_reserve);
        let second = at_work(&seats).await;
        assert!(second.0.is_reserve);
        assert!(seats.seat().now_or_never().is_none());
        drop(first);
        assert!(!seats.seat().await.is_reserve);
    }

    #[tokio::test]
    async fn a_seat_is_waited_for_until_a_connection_waits_for_a_request() {
        let seats = seats(1, 9);
        let (first, answering) = at_work(&seats).await;
        let _reserve = at_work(&seats).await;
        let mut next = Box::pin(seats.seat());
        assert!(next.as_mut().now_or_never().is_none());
        drop(answering);
        first.activity.sent();
        assert!(next.as_mut().now_or_never().is_none());
        first.activity.has_to_end().await;
        drop(first);
        assert!(!next.await.is_reserve);
    }
}
