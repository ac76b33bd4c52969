use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Which connection sync daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SyncRole {
    /// Sends the connections of this director.
    Master,
    /// Receives those of others.
    Backup,
}

/// A connection sync daemon as the operator wants it (`ipvsadm --start-daemon`). `None` leaves it to the director.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncDaemon {
    /// Which.
    pub role: SyncRole,
    /// Interface to send or receive on, at most 15 bytes.
    pub interface: String,
    /// What tells groups of directors apart; a backup takes all if it is 0.
    pub sync_id: u8,
    /// Bytes of a datagram at most: 1..=65507.
    pub max_len: Option<u16>,
    /// Multicast group.
    pub group: Option<IpAddr>,
    /// UDP port.
    pub port: Option<u16>,
    /// TTL or hop limit: 1..=255.
    pub ttl: Option<u8>,
}
