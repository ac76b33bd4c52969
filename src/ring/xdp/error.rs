//! Why there is no AF_XDP, each with the remedy. The director goes on without it.

use std::io;

/// Why a part of AF_XDP could not be had.
#[derive(Debug, thiserror::Error)]
pub enum XdpError {
    /// The right to load programs is missing.
    #[error(
        "{object}: {source}; loading an XDP program needs CAP_BPF and CAP_NET_ADMIN of the initial user namespace (run as root)"
    )]
    NotPermitted {
        /// What was refused.
        object: &'static str,
        /// EPERM or EACCES.
        source: io::Error,
    },
    /// A map or the program was refused for another reason.
    #[error(
        "{object}: {source}; Linux 5.9 or later with CONFIG_BPF_SYSCALL and CONFIG_XDP_SOCKETS is needed{log}"
    )]
    Refused {
        /// What was refused.
        object: &'static str,
        /// What the kernel said.
        source: io::Error,
        /// The last line of the verifier's log, after a colon; empty if there is none.
        log: String,
    },
    /// The program could not be hooked to an interface.
    #[error(
        "XDP program on interface {ifindex}: {source}; another program may be there already (ip link show)"
    )]
    Attach {
        /// The interface's index.
        ifindex: u32,
        /// What the kernel said.
        source: io::Error,
    },
    /// The AF_XDP socket, or one of its parts.
    #[error("AF_XDP socket: {part}: {source}; {remedy}")]
    Socket {
        /// What was refused.
        part: &'static str,
        /// What the kernel said.
        source: io::Error,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The interface's frames do not fit the shared memory's chunks.
    #[error("MTU {mtu}: AF_XDP takes frames of up to {most} bytes here")]
    TooLong {
        /// MTU of the interface in bytes.
        mtu: u32,
        /// Longest frame in bytes.
        most: usize,
    },
}
