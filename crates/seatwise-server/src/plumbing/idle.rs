//! Connections that wait for a request, in the order in which they began to wait. If a new
//! connection needs a seat, the one that has waited longest ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

/// The waiting connections of one kind of seats.
#[derive(Clone, Default)]
pub(crate) struct Idle(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    grown: Notify,
}

/// The waiting connections by a growing number, each with the signal to end.
#[derive(Default)]
struct Queue {
    next: u64,
    waiting: BTreeMap<u64, Arc<Notify>>,
}

/// The activity of a connection. A new one counts as waiting, also during the TLS handshake.
#[derive(Clone)]
pub(crate) struct Activity(Arc<Connection>);

struct Connection {
    idle: Idle,
    give_way: Arc<Notify>,
    doing: Mutex<Doing>,
}

struct Doing {
    /// A request is being answered.
    is_asked: bool,
    /// A response is not yet sent.
    is_unsent: bool,
    /// The number in the queue, if the connection waits.
    place: Option<u64>,
}

/// Marks a request as being answered, until it is dropped.
pub(crate) struct Answering(Activity);

impl Idle {
    /// Ends the connection that has waited longest. Returns false if none waits.
    pub(crate) fn end_first(&self) -> bool {
        let first = self.queue().waiting.pop_first();
        first.map(|(_, give_way)| give_way.notify_one()).is_some()
    }

    /// Waits until another connection waits, or returns at once if one began to wait since the last
    /// call.
    pub(crate) async fn grown(&self) {
        self.0.grown.notified().await;
    }

    pub(crate) fn connection(&self) -> Activity {
        let give_way = Arc::default();
        let place = Some(self.enter(&give_way));
        Activity(Arc::new(Connection {
            idle: self.clone(),
            give_way,
            doing: Mutex::new(Doing {
                is_asked: false,
                is_unsent: false,
                place,
            }),
        }))
    }

    fn enter(&self, give_way: &Arc<Notify>) -> u64 {
        let mut queue = self.queue();
        let place = queue.next;
        queue.next += 1;
        queue.waiting.insert(place, Arc::clone(give_way));
        self.0.grown.notify_one();
        place
    }

    fn leave(&self, place: Option<u64>) {
        if let Some(place) = place {
            self.queue().waiting.remove(&place);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock()
    }
}

impl Activity {
    /// Marks the start of a request.
    pub(crate) fn begin(&self) -> Answering {
        let mut doing = self.0.doing.lock();
        doing.is_asked = true;
        self.0.idle.leave(doing.place.take());
        Answering(self.clone())
    }

    /// Everything written so far was passed to the system.
    pub(crate) fn sent(&self) {
        let mut doing = self.0.doing.lock();
        if doing.is_unsent && !doing.is_asked {
            doing.is_unsent = false;
            doing.place = Some(self.0.idle.enter(&self.0.give_way));
        }
    }

    /// Waits until the connection must end, because it waits and a new one needs its seat.
    pub(crate) async fn has_to_end(&self) {
        self.0.give_way.notified().await;
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut doing = self.0.0.doing.lock();
        (doing.is_asked, doing.is_unsent) = (false, true);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let place = self.doing.lock().place;
        self.idle.leave(place);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn has_to_end(connection: &Activity) -> bool {
        connection.has_to_end().now_or_never().is_some()
    }

    #[test]
    fn the_connection_that_has_waited_longest_ends_and_no_other() {
        let idle = Idle::default();
        let [first, second, third] = [(); 3].map(|()| idle.connection());
        // After its request, the first one waits for less time than the others.
        drop(first.begin());
        first.sent();
        assert!(idle.end_first());
        assert_eq!(
            [&first, &second, &third].map(has_to_end),
            [false, true, false]
        );
        assert!(idle.end_first() && idle.end_first() && !idle.end_first());
        assert!(has_to_end(&third) && has_to_end(&first));
    }

    #[test]
    fn a_connection_waits_again_when_its_answer_is_sent() {
        let idle = Idle::default();
        let connection = idle.connection();
        let answering = connection.begin();
        // `100 Continue` is sent before the response.
        connection.sent();
        assert!(!idle.end_first());
        drop(answering);
        assert!(!idle.end_first());
        connection.sent();
        assert!(idle.end_first());
    }

    #[test]
    fn a_connection_that_ended_is_forgotten() {
        let idle = Idle::default();
        drop(idle.connection());
        assert!(!idle.end_first());
        assert!(idle.queue().waiting.is_empty());
    }
}
