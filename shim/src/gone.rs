//! A director that went away while a program waits for its answer. The kernel never does, so programs are not made for it:
//! whatever error `recvmsg` returns, keepalived asks again for ever, and does not even end when it is told to. It gets an
//! answer instead, an error to its last request, as the kernel would send it.

use libc::c_int;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Bytes of a netlink message's header; and of an error, which repeats the request's.
const HEADER: usize = 16;
/// See [`answer`].
pub(crate) const ANSWER: usize = 2 * HEADER + 4;

/// A descriptor's last request.
struct Asked {
    /// Its sequence number and port.
    who: AtomicU64,
    /// It has not been answered here.
    waits: AtomicBool,
}

/// By descriptor. Requests of higher ones are not remembered, and get no answer.
static ASKED: [Asked; 1024] =
    [const { Asked { who: AtomicU64::new(0), waits: AtomicBool::new(false) } }; 1024];

fn place(fd: c_int) -> Option<&'static Asked> {
    ASKED.get(usize::try_from(fd).ok()?)
}

/// A request is sent: its first bytes.
pub(crate) fn note(fd: c_int, request: &[u8]) {
    let Some(known) = request.get(8..HEADER).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok()) else {
        return;
    };
    if let Some(place) = place(fd) {
        place.who.store(u64::from_ne_bytes(known), Relaxed);
        place.waits.store(true, Relaxed);
    }
}

/// What the director would have said: `NLMSG_ERROR` with `ENODEV` (there is no such IPVS any more). Once for each request,
/// however often it is peeked at: who reads until nothing is left comes to an end. `None`: nobody waits for an answer.
pub(crate) fn answer(fd: c_int, is_peek: bool) -> Option<[u8; ANSWER]> {
    let place = place(fd)?;
    if !(if is_peek { place.waits.load(Relaxed) } else { place.waits.swap(false, Relaxed) }) {
        return None;
    }
    let asked = place.who.load(Relaxed).to_ne_bytes();
    let mut answer = [0; ANSWER];
    let mut put = |at: usize, bytes: &[u8]| answer[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &(ANSWER as u32).to_ne_bytes());
    put(4, &(libc::NLMSG_ERROR as u16).to_ne_bytes());
    put(8, &asked);
    put(HEADER, &(-libc::ENODEV).to_ne_bytes());
    put(HEADER + 4, &(HEADER as u32).to_ne_bytes());
    put(HEADER + 12, &asked);
    Some(answer)
}
