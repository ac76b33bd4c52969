use super::PathMtu;
use crate::lvs::{Endpoint, ForwardingMethod, RealServerSpec, Stats};
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering::Relaxed};

/// A real server's number: its place in [`super::Snapshot::servers`] and in every connection entry. Numbers are used
/// again only when no connection and no worker knows the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerId(pub u32);

impl ServerId {
    /// As an index into [`super::Snapshot::servers`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One real server of one virtual service, shared by all snapshots and, by number, by connections: so it outlives its
/// deletion until its last connection is gone (IPVS's "trash").
#[derive(Debug)]
pub struct RealServer {
    /// Its number.
    pub id: ServerId,
    /// RIP and rport.
    pub endpoint: Endpoint,
    /// 0: quiesced. Edited by the control plane, read by schedulers.
    weight: AtomicI32,
    /// Connections in an active state (ActiveConn).
    active: AtomicI32,
    /// All connections, without templates; InActConn is `total - active`.
    total: AtomicI32,
    /// Persistence templates.
    persistent: AtomicI32,
    /// At its upper threshold: schedulers pass it by.
    overloaded: AtomicU32,
    /// How packets reach it, as a small number (see `method`).
    method: AtomicU32,
    /// How much the path to it carries, where it is tunnelled.
    pub path_mtu: PathMtu,
    /// What was counted for it.
    pub stats: SharedStats,
}

impl RealServer {
    /// A new real server without connections.
    pub fn new(id: ServerId, spec: &RealServerSpec) -> Self {
        let server = Self {
            id,
            endpoint: spec.endpoint,
            weight: AtomicI32::new(spec.weight),
            active: AtomicI32::new(0),
            total: AtomicI32::new(0),
            persistent: AtomicI32::new(0),
            overloaded: AtomicU32::new(0),
            method: AtomicU32::new(0),
            path_mtu: PathMtu::default(),
            stats: SharedStats::default(),
        };
        server.set_method(spec.method);
        server
    }

    /// Current weight, ≥ 0.
    pub fn weight(&self) -> i32 {
        self.weight.load(Relaxed)
    }

    /// Sets the weight; the service's scheduler must be told afterwards.
    pub fn set_weight(&self, weight: i32) {
        self.weight.store(weight, Relaxed);
    }

    /// How packets of new connections reach it.
    pub fn method(&self) -> ForwardingMethod {
        match self.method.load(Relaxed) {
            0 => ForwardingMethod::Nat,
            1 => ForwardingMethod::Local,
            2 => ForwardingMethod::Tunnel,
            4 => ForwardingMethod::Bypass,
            _ => ForwardingMethod::DirectRoute,
        }
    }

    /// Changes the forwarding method.
    pub fn set_method(&self, method: ForwardingMethod) {
        let number = match method {
            ForwardingMethod::Nat => 0,
            ForwardingMethod::Local => 1,
            ForwardingMethod::Tunnel => 2,
            ForwardingMethod::DirectRoute => 3,
            ForwardingMethod::Bypass => 4,
        };
        self.method.store(number, Relaxed);
    }

    /// Weight 0: gets no new connections.
    pub fn is_quiesced(&self) -> bool {
        self.weight() <= 0
    }

    /// At its upper threshold.
    pub fn is_overloaded(&self) -> bool {
        self.overloaded.load(Relaxed) != 0
    }

    /// May a scheduler choose it: weight above 0 and not overloaded.
    pub fn is_eligible(&self) -> bool {
        !self.is_quiesced() && !self.is_overloaded()
    }

    /// Connections in an active state.
    pub fn active(&self) -> i32 {
        self.active.load(Relaxed)
    }

    /// Connections in an inactive state.
    pub fn inactive(&self) -> i32 {
        (self.total() - self.active()).max(0)
    }

    /// All connections, templates excluded.
    pub fn total(&self) -> i32 {
        self.total.load(Relaxed)
    }

    /// Persistence templates bound to it.
    pub fn persistent(&self) -> i32 {
        self.persistent.load(Relaxed)
    }

    /// IPVS's load figure for lc, wlc, lblc and lblcr: 256 · active + total (so an active one counts 257).
    pub fn overhead(&self) -> i64 {
        i64::from(self.active()) * 256 + i64::from(self.total())
    }

    /// A connection was bound to it (connections start inactive).
    pub fn bind(&self) {
        self.total.fetch_add(1, Relaxed);
    }

    /// A connection of it ended; `was_active` as the entry last said.
    pub fn unbind(&self, was_active: bool) {
        self.total.fetch_sub(1, Relaxed);
        if was_active {
            self.active.fetch_sub(1, Relaxed);
        }
    }

    /// A connection changed between active and inactive.
    pub fn set_active(&self, now_active: bool) {
        if now_active {
            self.active.fetch_add(1, Relaxed);
        } else {
            self.active.fetch_sub(1, Relaxed);
        }
    }

    /// True while a connection or template refers to it.
    pub fn is_referenced(&self) -> bool {
        self.total() > 0 || self.persistent() > 0
    }
}

/// Counters that workers add to once per turn and the control plane reads.
#[derive(Debug, Default)]
pub struct SharedStats {
    conns: AtomicU64,
    in_pkts: AtomicU64,
    out_pkts: AtomicU64,
    in_bytes: AtomicU64,
    out_bytes: AtomicU64,
}

impl SharedStats {
    /// Adds what one worker counted in one turn.
    pub fn add(&self, stats: &Stats) {
        for (counter, value) in [
            (&self.conns, stats.conns),
            (&self.in_pkts, stats.in_pkts),
            (&self.out_pkts, stats.out_pkts),
            (&self.in_bytes, stats.in_bytes),
            (&self.out_bytes, stats.out_bytes),
        ] {
            if value != 0 {
                counter.fetch_add(value, Relaxed);
            }
        }
    }

    /// Reads the counters.
    pub fn read(&self) -> Stats {
        Stats {
            conns: self.conns.load(Relaxed),
            in_pkts: self.in_pkts.load(Relaxed),
            out_pkts: self.out_pkts.load(Relaxed),
            in_bytes: self.in_bytes.load(Relaxed),
            out_bytes: self.out_bytes.load(Relaxed),
        }
    }
}
