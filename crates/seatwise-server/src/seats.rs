//! Which connections are taken: so many in all, so many of one address, and a few for probes.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::Limits;

/// In the extensions of a request on a connection of the reserve: probes alone are answered there.
#[derive(Clone, Copy)]
pub(crate) struct OnReserve;

/// The connections that a server may have.
pub(crate) struct Seats {
    common: Arc<Semaphore>,
    reserve: Arc<Semaphore>,
    /// How many connections one address may have, if that is bounded.
    of_peer: Option<usize>,
    peers: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// Held while a connection is open.
pub(crate) struct Seat {
    _permit: OwnedSemaphorePermit,
    pub(crate) is_reserve: bool,
}

/// One of the connections of an address.
pub(crate) struct OfPeer {
    peer: IpAddr,
    peers: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Seats {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            common: Arc::new(Semaphore::new(limits.connections)),
            reserve: Arc::new(Semaphore::new(limits.probe_connections)),
            of_peer: limits.connections_per_peer,
            peers: Arc::default(),
        }
    }

    /// Waits for a seat: one of the reserve if all others are taken.
    pub(crate) async fn free(&self) -> Seat {
        let (common, reserve) = (Arc::clone(&self.common), Arc::clone(&self.reserve));
        let (permit, is_reserve) = tokio::select! {
            biased;
            permit = common.acquire_owned() => (permit, false),
            permit = reserve.acquire_owned() => (permit, true),
        };
        Seat {
            _permit: permit.expect("nobody closes it"),
            is_reserve,
        }
    }

    /// A seat that is not of the reserve, if one became free since.
    pub(crate) fn better(&self, seat: Seat) -> Seat {
        match Arc::clone(&self.common).try_acquire_owned() {
            Ok(permit) if seat.is_reserve => Seat {
                _permit: permit,
                is_reserve: false,
            },
            _ => seat,
        }
    }

    /// Counts a connection of an address; none if the address has as many as it may.
    pub(crate) fn of_peer(&self, address: IpAddr) -> Option<OfPeer> {
        let peer = peer(address);
        let mut peers = lock(&self.peers);
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
        let mut peers = lock(&self.peers);
        if let Some(open) = peers.get_mut(&self.peer) {
            *open -= 1;
            if *open == 0 {
                peers.remove(&self.peer);
            }
        }
    }
}

/// The map is whole between two statements, whatever happened to the thread that held it.
fn lock(
    peers: &Mutex<HashMap<IpAddr, usize>>,
) -> std::sync::MutexGuard<'_, HashMap<IpAddr, usize>> {
    peers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whom an address stands for. Who has one address of IPv6 has the 2^64 of its network.
fn peer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        // The same address as IPv6 writes it.
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
        assert!(lock(&seats.peers).is_empty());
    }

    #[tokio::test]
    async fn the_reserve_is_used_only_while_all_other_seats_are_taken() {
        let seats = seats(1, 9);
        let first = seats.free().await;
        assert!(!first.is_reserve);
        let second = seats.free().await;
        assert!(second.is_reserve);
        let second = seats.better(second);
        assert!(second.is_reserve);
        drop(first);
        let second = seats.better(second);
        assert!(!second.is_reserve);
        assert!(seats.free().await.is_reserve);
    }
}
