//! What can go wrong when a ring is opened, with the remedy.

use std::io;

/// Why a ring could not be opened or bound.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The packet socket was refused for lack of privilege.
    #[error(
        "packet socket: {source}; it needs CAP_NET_RAW in the network namespace (run as root, or grant it)"
    )]
    NotPermitted {
        /// EPERM or EACCES.
        source: io::Error,
    },
    /// The packet socket could not be made for another reason.
    #[error(
        "packet socket: {source}; does this kernel have AF_PACKET (CONFIG_PACKET), are file descriptors left?"
    )]
    Socket {
        /// What the kernel said.
        source: io::Error,
    },
    /// A socket option was refused.
    #[error("packet socket option {option}: {source}; {remedy}")]
    Option {
        /// The option's name as in packet(7).
        option: &'static str,
        /// What the kernel said.
        source: io::Error,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The ring could not be mapped.
    #[error(
        "mapping a receive ring of {len} bytes: {source}; choose a smaller ring or raise the memory limit"
    )]
    Map {
        /// Length of the ring in bytes.
        len: usize,
        /// What the kernel said.
        source: io::Error,
    },
    /// There is no such interface.
    #[error("no interface with index {ifindex}: it was removed, or is in another network namespace")]
    NoSuchDevice {
        /// The interface's index.
        ifindex: u32,
    },
    /// The socket could not be bound to the interface.
    #[error("binding the packet socket to interface {ifindex}: {source}")]
    Bind {
        /// The interface's index.
        ifindex: u32,
        /// What the kernel said.
        source: io::Error,
    },
    /// A ring in a fan-out group cannot move to another interface.
    #[error("a ring in a fan-out group cannot be bound again; open a new one")]
    InFanout,
    /// The wanted ring has an impossible shape.
    #[error("a receive ring of {ring_len} bytes: must be between 128 KiB and 1 GiB")]
    Shape {
        /// The length asked for, in bytes.
        ring_len: usize,
    },
}
