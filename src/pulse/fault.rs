//! Why a datagram is not believed, and how many were not.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Why a datagram is no heartbeat that counts. In the order in which they are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is from somebody who is not the partner, or not from the heartbeat's port, which needs a privilege there.
    #[error("heartbeat from {from}, who is not the partner")]
    Source {
        /// Who.
        from: SocketAddr,
    },
    /// It is not four bytes long.
    #[error("Incompatible heartbeat received: {is} bytes, expected 4")]
    Length {
        /// In bytes, as far as they were read.
        is: usize,
    },
    /// It is one of ours in the other byte order.
    #[error("Incompatible heartbeat received: the partner has the other byte order")]
    ByteOrder,
    /// The partner has `service = fos`.
    #[error("Incompatible heartbeat received: {word:#010x} is of failover services")]
    Service {
        /// As it was read.
        word: u32,
    },
    /// It is none that anybody knows.
    #[error("Incompatible heartbeat received: {word:#010x}")]
    Word {
        /// As it was read.
        word: u32,
    },
}

/// How much was heard, sent and refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Heartbeats that counted.
    pub heartbeat_rcvd: u64,
    /// Of those: the partner was active.
    pub running_rcvd: u64,
    /// Of those: it was not.
    pub stopped_rcvd: u64,
    /// Heartbeats sent, one for each way.
    pub heartbeat_sent: u64,
    /// Heartbeats that the kernel did not take.
    pub heartbeat_unsent: u64,
    /// It became active.
    pub become_active: u64,
    /// It ceased to be active.
    pub release_active: u64,
    /// Being active, it told its neighbours again, because the partner was active, too, or had not been heard for long.
    pub arps_resent: u64,
    /// [`Fault::Source`].
    pub source_err: u64,
    /// [`Fault::Length`].
    pub length_err: u64,
    /// [`Fault::ByteOrder`].
    pub byte_order_err: u64,
    /// [`Fault::Service`].
    pub service_err: u64,
    /// [`Fault::Word`].
    pub word_err: u64,
}

impl Counters {
    /// Counts what was refused.
    pub(super) const fn count(&mut self, fault: Fault) {
        let counter = match fault {
            Fault::Source { .. } => &mut self.source_err,
            Fault::Length { .. } => &mut self.length_err,
            Fault::ByteOrder => &mut self.byte_order_err,
            Fault::Service { .. } => &mut self.service_err,
            Fault::Word { .. } => &mut self.word_err,
        };
        *counter += 1;
    }

    /// All that was refused.
    pub const fn refused(&self) -> u64 {
        self.source_err + self.length_err + self.byte_order_err + self.service_err + self.word_err
    }
}
