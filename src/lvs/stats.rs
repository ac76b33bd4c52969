use serde::{Deserialize, Serialize};

/// The counters of a service, a real server or the whole director (IPVS `ip_vs_kstats`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stats {
    /// Connections scheduled.
    pub conns: u64,
    /// Packets from clients to real servers.
    pub in_pkts: u64,
    /// Packets from real servers to clients that passed the director.
    pub out_pkts: u64,
    /// Bytes of `in_pkts`: IP total length.
    pub in_bytes: u64,
    /// Bytes of `out_pkts`: IP total length.
    pub out_bytes: u64,
}

impl Stats {
    /// Field by field, both together.
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            conns: self.conns.saturating_add(other.conns),
            in_pkts: self.in_pkts.saturating_add(other.in_pkts),
            out_pkts: self.out_pkts.saturating_add(other.out_pkts),
            in_bytes: self.in_bytes.saturating_add(other.in_bytes),
            out_bytes: self.out_bytes.saturating_add(other.out_bytes),
        }
    }

    /// Field by field, never below zero: what was counted since `base`.
    pub const fn since(&self, base: &Self) -> Self {
        Self {
            conns: self.conns.saturating_sub(base.conns),
            in_pkts: self.in_pkts.saturating_sub(base.in_pkts),
            out_pkts: self.out_pkts.saturating_sub(base.out_pkts),
            in_bytes: self.in_bytes.saturating_sub(base.in_bytes),
            out_bytes: self.out_bytes.saturating_sub(base.out_bytes),
        }
    }
}

/// Estimated rates per second (IPVS's estimator, every 2 s).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rates {
    /// Connections per second.
    pub conns: u64,
    /// Packets from clients per second.
    pub in_pkts: u64,
    /// Packets to clients per second.
    pub out_pkts: u64,
    /// Bytes from clients per second.
    pub in_bytes: u64,
    /// Bytes to clients per second.
    pub out_bytes: u64,
}
