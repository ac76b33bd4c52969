//! The unsafe room: memory shared with the kernel. It knows no protocol, only slots, bytes and sockets.
//!
//! One [`RxRing`] is a packet socket with a TPACKET_V2 receive ring on one interface. A [`Sweep`] takes the ready
//! frames; each may be rewritten where it lies and queued in a [`GatherList`], which is sent by one `sendmmsg` straight
//! from the ring; when the sweep is dropped, the frames go back to the kernel. The borrow checker holds that order:
//!
//! ```text
//! RxRing ──sweep()──► Sweep<'r> ──frames()──► Received<'f> { bytes: &'f mut [u8] }
//!    ▲                   │                        │ rewritten in place
//!    │                   │                        ▼
//!    └──── Drop ◄────────┘ 'f outlives    GatherList<'g, 'f> ──flush()──► sendmmsg
//! ```
//!
//! What keeps it sound, named in each `SAFETY` comment:
//! (a) one owner (`mmap`) holds the memory, its pointer is private, `Drop` unmaps;
//! (b) the layout is checked when the ring is made, every offset that the kernel writes is checked against its slot;
//! (c) status words are atomics: Acquire when a frame is taken, Release when it is given back, one function each;
//! (d) bytes leave only as borrows of a sweep, and each slot at most once per borrow.
//!
//! No transmit ring, no TPACKET_V3: both were measured; the one gains nothing and
//! breaks super-frames, the other delays every packet by its block timer of a millisecond.

mod abi;
mod bpf;
mod caller;
mod error;
mod fanout;
mod gather;
mod layout;
mod mmap;
mod rx;
mod sieve;
mod socket;
pub mod xdp;

#[cfg(test)]
pub(crate) mod fake;

pub use bpf::BpfError;
pub use caller::Caller;
pub use error::RingError;
pub use fanout::{Fanout, FanoutMode};
pub use gather::{FlushReport, Full, Gather, GatherList, HEAD_LEN, Lost};
pub use layout::{Layout, Oversize, RingConfig};
pub use rx::{Frames, MAX_SWEEP, Received, RxRing, Sweep};
pub use sieve::{Concern, Duties, Sieve, Valve};
pub use socket::{LinkTrouble, PacketSocket};

/// Length in bytes of the virtio network header that stands before every frame on these sockets.
pub const VNET_LEN: usize = 10;
