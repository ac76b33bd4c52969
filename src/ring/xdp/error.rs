//! Why there is no AF_XDP, each with the remedy. The director goes on without it.

use crate::ring::bpf::BpfError;
use std::io;

/// Why a part of AF_XDP could not be had.
#[derive(Debug, thiserror::Error)]
pub enum XdpError {
    /// A map or a program was refused.
    #[error(transparent)]
    Bpf(#[from] BpfError),
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
