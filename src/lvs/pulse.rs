//! What lvs.cf says of a pair of directors: who they are, and what goes with the one that is active.

use super::{Script, VirtualAddress};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// Which of the two hosts one is. pulse's log calls them master and backup, whichever of them is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PulseNode {
    /// It has the address `primary`.
    Primary,
    /// The other one.
    Backup,
}

impl fmt::Display for PulseNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Primary => "primary",
            Self::Backup => "backup",
        })
    }
}

/// One of the two hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PulseHost {
    /// `primary` or `backup`.
    pub public: Ipv4Addr,
    /// `primary_private` or `backup_private`: heartbeats go this way, too, if both have one.
    pub private: Option<Ipv4Addr>,
}

/// A pair of directors, of which one is active; or a primary alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    /// The one.
    pub primary: PulseHost,
    /// The other; `None`: there is none, or it is not active by the configuration.
    pub backup: Option<PulseHost>,
    /// UDP port of the heartbeat, at both ends.
    pub port: u16,
    /// Between two heartbeats: whole seconds, at least 1.
    pub keepalive: Duration,
    /// Silence that lasts so long means that the partner is dead: whole seconds, at least 1.
    pub deadtime: Duration,
    /// A link that is lost makes it inactive.
    pub monitors_links: bool,
    /// The VIPs that go with the active one, each once, in ascending order.
    pub vips: Vec<VirtualAddress>,
    /// The address that real servers send their answers to. It goes with the active one, too.
    pub nat_router: Option<VirtualAddress>,
    /// Run when it becomes active.
    pub active_cmd: Option<Script>,
    /// Run when it becomes inactive, and at the start.
    pub inactive_cmd: Option<Script>,
    /// The primary becomes active at the start, whatever its partner is. No file says so: `ulvs run --force-active` does.
    pub is_forced: bool,
}

impl Pulse {
    /// What messages call it, and what follows it.
    pub const NAME: &str = "pulse";

    /// All addresses that go with the active one.
    pub fn addresses(&self) -> impl Iterator<Item = &VirtualAddress> {
        self.vips.iter().chain(&self.nat_router)
    }

    /// Does this address go with the active one?
    pub fn has(&self, addr: IpAddr) -> bool {
        self.addresses().any(|own| own.addr == addr)
    }

    /// One of the two hosts, and the other.
    pub fn hosts(&self, node: PulseNode) -> Option<(PulseHost, PulseHost)> {
        let backup = self.backup?;
        Some(match node {
            PulseNode::Primary => (self.primary, backup),
            PulseNode::Backup => (backup, self.primary),
        })
    }

    /// In a few words, for who writes a configuration that cannot say it.
    pub fn describe(&self) -> String {
        match self.backup {
            Some(backup) => format!("pulse's pair of {} and {}", self.primary.public, backup.public),
            None => format!("pulse on {} alone", self.primary.public),
        }
    }
}
