//! Who is being served: a bounded number, so that slow clients cannot shut out the others.

use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places, shared by the accepting thread and the clients' threads.
#[derive(Debug)]
pub(super) struct Seats {
    limit: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    next_id: u64,
    /// Those that have waited longest for a request come first.
    list: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    id: u64,
    stream: UnixStream,
    /// We wait for its request; otherwise it waits for our reply.
    idle: bool,
}

/// One client's place; free again when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    id: u64,
}

impl Seats {
    /// So many.
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, taken: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new client. If all are taken, the client that has been idle longest is cut off for it; `None` if
    /// all are being answered, or the system has no descriptor left.
    pub(super) fn take(self: &Arc<Self>, stream: &UnixStream) -> Option<Seat> {
        let stream = stream.try_clone().ok()?;
        let mut taken = self.lock();
        if taken.list.len() >= self.limit {
            let idlest = taken.list.iter().position(|place| place.idle)?;
            let place = taken.list.remove(idlest);
            // Its thread finds the connection closed, and ends. If it is closed already, so much the better.
            let _ = place.stream.shutdown(Shutdown::Both);
        }
        let id = taken.next_id;
        taken.next_id += 1;
        taken.list.push(Place { id, stream, idle: true });
        Some(Seat { seats: Arc::clone(self), id })
    }
}

impl Seat {
    /// A request has come: not to be cut off before it is answered. False if it has been cut off already.
    pub(super) fn begin_answer(&self) -> bool {
        let mut taken = self.seats.lock();
        let place = taken.list.iter_mut().find(|place| place.id == self.id);
        place.map(|place| place.idle = false).is_some()
    }

    /// The answer is out: idle from now on.
    pub(super) fn end_answer(&self) {
        let mut taken = self.seats.lock();
        if let Some(at) = taken.list.iter().position(|place| place.id == self.id) {
            let mut place = taken.list.remove(at);
            place.idle = true;
            taken.list.push(place);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.lock().list.retain(|place| place.id != self.id);
    }
}
