use super::{Pulse, Vrrp};
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

/// Connection synchronisation as a configuration has it. `None` leaves it to the director.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncSetup {
    /// Which daemons run.
    pub sides: SyncSides,
    /// Interface to send and receive on, at most 15 bytes.
    pub interface: String,
    /// What tells groups of directors apart; a backup takes all if it is 0.
    pub sync_id: u8,
    /// Bytes of a datagram at most: 1..=65507.
    pub max_len: Option<u16>,
    /// Multicast group.
    pub group: Option<IpAddr>,
    /// UDP port: not 0.
    pub port: Option<u16>,
    /// TTL or hop limit: 1..=255.
    pub ttl: Option<u8>,
}

/// Which connection sync daemons run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncSides {
    /// Always both.
    Both,
    /// Always this one.
    Only(SyncRole),
    /// The master while the virtual router of this name is master, else the backup.
    Follows(String),
}

impl SyncSetup {
    /// Do they follow Piranha's pair, and not a virtual router? Only lvs.cf can say that.
    pub fn follows_pair(&self, vrrp: &Vrrp) -> bool {
        let is_pair = |name: &str| name == Pulse::NAME && vrrp.pulse.is_some();
        let is_router = |name: &str| vrrp.instances.iter().any(|instance| instance.name == name);
        matches!(&self.sides, SyncSides::Follows(name) if is_pair(name) && !is_router(name))
    }

    /// The daemons that are to run. `is_master`: is the virtual router of this name master?
    pub fn daemons(&self, is_master: impl Fn(&str) -> bool) -> Vec<SyncDaemon> {
        let roles = match &self.sides {
            SyncSides::Both => &[SyncRole::Master, SyncRole::Backup][..],
            SyncSides::Only(SyncRole::Master) => &[SyncRole::Master],
            SyncSides::Follows(name) if is_master(name) => &[SyncRole::Master],
            SyncSides::Only(SyncRole::Backup) | SyncSides::Follows(_) => &[SyncRole::Backup],
        };
        let daemon = |role: &SyncRole| SyncDaemon {
            role: *role,
            interface: self.interface.clone(),
            sync_id: self.sync_id,
            max_len: self.max_len,
            group: self.group,
            port: self.port,
            ttl: self.ttl,
        };
        roles.iter().map(daemon).collect()
    }
}
