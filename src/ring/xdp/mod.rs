//! AF_XDP: a faster way for the frames that are surely the director's, beside the packet ring, which keeps all others.
//!
//! A small program (`program`), put together here from instructions (`bpf::asm`) so that no compiler is needed, stands at
//! the very entrance of an interface. It leads TCP and UDP frames that the claim names to an AF_XDP socket
//! ([`XskReceiver`], [`XskSender`]) and lets everything else pass to the host and its packet taps, so that ARP, ICMP,
//! fragments, tagged and oversize frames come by the packet ring as ever.
//!
//! The same rules keep it sound as in the rest of this room; (b) and (c) by `chunks`, which knows which chunk the
//! kernel has and believes no descriptor that says otherwise, and by `queue`. The two halves of a socket share no
//! chunk.

mod chunks;
mod error;
mod link;
mod memory;
mod program;
mod queue;
mod receive;
mod send;
mod socket;
mod steering;

#[cfg(test)]
mod fake;

pub use error::XdpError;
pub use link::{Facts, facts};
pub use receive::{XskReceiver, XskSweep};
pub use send::XskSender;
pub use socket::open;
pub use steering::{Direction, Hook, HookMode, Steering, Target, Wanted};

/// Bytes that the kernel keeps free in front of a received frame (XDP_PACKET_HEADROOM).
const HEADROOM: usize = 256;

/// The longest frame that a chunk of this length receives, in bytes.
pub const fn longest_frame(chunk_len: usize) -> usize {
    chunk_len.saturating_sub(HEADROOM)
}
