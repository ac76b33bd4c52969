use super::PathMtu;
use crate::lvs::{Endpoint, ForwardingMethod, RealServerSpec, Stats, Thresholds};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering::Relaxed};

/// A real server's number: its place in [`super::Snapshot::servers`] and in every connection entry. Numbers are used
/// again only when no connection and no worker knows the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerId(pub u32);

impl ServerId {
    /// No real server: of connections that bypass them all.
    pub const NOBODY: Self = Self(u32::MAX);

    /// As an index into [`super::Snapshot::servers`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// In [`RealServer::bound`]: at its upper threshold.
const OVERLOADED: u32 = 1 << 31;

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
    /// The latest weight that was not 0, or the first one: quiescing does not change it.
    last_weight: AtomicI32,
    /// Connections in an active state (ActiveConn).
    active: AtomicI32,
    /// All connections, without templates (InActConn is these less the active ones), and in the highest bit
    /// [`OVERLOADED`]: one word, so that the count and what follows from it never disagree.
    bound: AtomicU32,
    /// Persistence templates.
    persistent: AtomicI32,
    /// Destinations for which a scheduler remembers it.
    remembered: AtomicI32,
    /// Upper and lower threshold.
    upper: AtomicU32,
    lower: AtomicU32,
    /// How packets reach it, as a small number (see `method`).
    method: AtomicU32,
    /// An operator drains it: not even clients with a template come to it anew.
    drains: AtomicBool,
    /// A drain's deadline has passed, and what is left of its connections is to be reset towards both sides.
    resets: AtomicBool,
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
            last_weight: AtomicI32::new(spec.weight),
            active: AtomicI32::new(0),
            bound: AtomicU32::new(0),
            persistent: AtomicI32::new(0),
            remembered: AtomicI32::new(0),
            upper: AtomicU32::new(spec.thresholds.upper),
            lower: AtomicU32::new(spec.thresholds.lower),
            method: AtomicU32::new(0),
            drains: AtomicBool::new(false),
            resets: AtomicBool::new(false),
            path_mtu: PathMtu::default(),
            stats: SharedStats::default(),
        };
        server.set_method(spec.method);
        server
    }

    /// It was deleted and is added again, with the connections that it still has. Its weights are as if it were new; its
    /// thresholds as if it were edited.
    pub fn revive(&self, spec: &RealServerSpec) {
        self.weight.store(spec.weight, Relaxed);
        self.last_weight.store(spec.weight, Relaxed);
        self.set_thresholds(spec.thresholds);
        self.set_method(spec.method);
    }

    /// Current weight, ≥ 0.
    pub fn weight(&self) -> i32 {
        self.weight.load(Relaxed)
    }

    /// Sets the weight; the service's scheduler must be told afterwards.
    pub fn set_weight(&self, weight: i32) {
        self.weight.store(weight, Relaxed);
        if weight != 0 {
            self.last_weight.store(weight, Relaxed);
        }
    }

    /// The latest weight that was not 0 (or the first one, even if that was 0): what mh builds its table from, so that
    /// quiescing a server disturbs nobody else's clients (`ipvs.md` §1.2).
    pub fn last_weight(&self) -> i32 {
        self.last_weight.load(Relaxed)
    }

    /// Changes the connection thresholds. A server at its limit stays there unless the limit is lifted or raised, and a
    /// lowered limit is noticed with the next connection: as Linux up to 6.1 does it (`ipvs.md` §1.3, \[old\]).
    pub fn set_thresholds(&self, thresholds: Thresholds) {
        let before = self.upper.swap(thresholds.upper, Relaxed);
        self.lower.store(thresholds.lower, Relaxed);
        if thresholds.upper == 0 || thresholds.upper > before {
            self.bound.fetch_and(!OVERLOADED, Relaxed);
        }
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

    /// May clients with a template come to it: not while it is drained, and, if `quiescence_ends` persistence, not with
    /// weight 0.
    pub fn may_persist(&self, quiescence_ends: bool) -> bool {
        !(self.drains.load(Relaxed) || quiescence_ends && self.is_quiesced())
    }

    /// An operator begins, or ends, to drain it.
    pub fn set_drains(&self, drains: bool) {
        self.drains.store(drains, Relaxed);
    }

    /// Its connections are to be reset towards both sides, each with its next packet: an operator drained it with a
    /// deadline, that has passed.
    pub fn resets(&self) -> bool {
        self.resets.load(Relaxed)
    }

    /// The keeper says whether they are (see [`resets`](Self::resets)).
    pub fn set_resets(&self, resets: bool) {
        self.resets.store(resets, Relaxed);
    }

    /// At its upper threshold.
    pub fn is_overloaded(&self) -> bool {
        self.bound.load(Relaxed) & OVERLOADED != 0
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
        i32::try_from(self.bound.load(Relaxed) & !OVERLOADED).unwrap_or(i32::MAX)
    }

    /// Persistence templates bound to it.
    pub fn persistent(&self) -> i32 {
        self.persistent.load(Relaxed)
    }

    /// IPVS's load figure for lc, wlc, lblc, lblcr and twos: 256 · active + inactive (`ipvs.md` §2, \[old\]: Linux up to
    /// 6.1; later kernels weigh an active one 257).
    pub fn overhead(&self) -> i64 {
        i64::from(self.active()) * 256 + i64::from(self.inactive())
    }

    /// A connection was bound to it (connections start inactive). At the upper threshold it becomes overloaded; workers
    /// that chose it at the same moment may exceed the threshold by one each.
    pub fn bind(&self) {
        let upper = self.upper.load(Relaxed);
        if upper == 0 {
            // Nothing follows from the count; but it must not reach the highest bit.
            if self.bound.fetch_add(1, Relaxed) & !OVERLOADED == !OVERLOADED {
                self.bound.fetch_sub(1, Relaxed);
            }
            return;
        }
        let _ = self.bound.fetch_update(Relaxed, Relaxed, |bound| {
            let total = (bound & !OVERLOADED) + 1;
            Some((bound & OVERLOADED) | total.min(!OVERLOADED) | if total >= upper { OVERLOADED } else { 0 })
        });
    }

    /// A connection of it ended; `was_active` as the entry last said. An overloaded server recovers below its lower
    /// threshold, or below three quarters of the upper one if it has no lower.
    pub fn unbind(&self, was_active: bool) {
        let (upper, lower) = (u64::from(self.upper.load(Relaxed)), u64::from(self.lower.load(Relaxed)));
        let _ = self.bound.fetch_update(Relaxed, Relaxed, |bound| {
            let total = (bound & !OVERLOADED).saturating_sub(1);
            let is_relieved = match (upper, lower) {
                (0, 0) => true,
                (_, 0) => 4 * u64::from(total) < 3 * upper,
                _ => u64::from(total) < lower,
            };
            Some(total | if is_relieved { 0 } else { bound & OVERLOADED })
        });
        if was_active {
            self.active.fetch_sub(1, Relaxed);
        }
    }

    /// A persistence template was bound to it: it counts in [`persistent`](Self::persistent) only.
    pub fn bind_template(&self) {
        self.persistent.fetch_add(1, Relaxed);
    }

    /// A persistence template of it ended.
    pub fn unbind_template(&self) {
        self.persistent.fetch_sub(1, Relaxed);
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

    /// A scheduler remembers it for one more destination (lblc, lblcr).
    pub fn remember(&self) {
        self.remembered.fetch_add(1, Relaxed);
    }

    /// A scheduler forgot it for one destination.
    pub fn forget(&self) {
        self.remembered.fetch_sub(1, Relaxed);
    }

    /// True while a scheduler remembers it: deleted, it stays in the trash, and comes back known if it is added again.
    pub fn is_remembered(&self) -> bool {
        self.remembered.load(Relaxed) > 0
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

#[cfg(test)]
mod tests {
    use super::{RealServer, ServerId};
    use crate::lvs::{Endpoint, RealServerSpec, Thresholds};
    use std::mem::offset_of;

    fn server(upper: u32, lower: u32) -> RealServer {
        let spec = RealServerSpec::new(Endpoint::new([10, 9, 0, 11].into(), 80));
        RealServer::new(ServerId(0), &RealServerSpec { thresholds: Thresholds { upper, lower }, ..spec })
    }

    /// How many connections it takes before it is overloaded, at most `most`.
    fn fill(server: &RealServer, most: i32) -> i32 {
        let before = server.total();
        while !server.is_overloaded() && server.total() - before < most {
            server.bind();
        }
        server.total() - before
    }

    /// How many must end before it takes new ones again.
    fn relieve(server: &RealServer) -> i32 {
        let before = server.total();
        while server.is_overloaded() && server.total() > 0 {
            server.unbind(false);
        }
        before - server.total()
    }

    /// A packet of a known connection reads both: they are not to be two cache lines.
    #[test]
    fn what_each_packet_reads_lies_together() {
        let (endpoint, resets) = (offset_of!(RealServer, endpoint), offset_of!(RealServer, resets));
        assert!(endpoint.abs_diff(resets) < 32, "{endpoint}, {resets}");
    }

    /// Linux 6.1: thresholds, connections until the server is refused, and those that must end.
    #[test]
    fn thresholds_hold_as_the_kernels_do() {
        for (upper, lower, full, ended) in [
            (4, 0, 4, 2),
            (5, 0, 5, 2),
            (5, 2, 5, 4),
            (4, 4, 4, 1),
            (5, 4, 5, 2),
            (1, 0, 1, 1),
            (0, 0, 20, 0),
        ] {
            let server = server(upper, lower);
            assert_eq!((fill(&server, 20), relieve(&server)), (full, ended), "-x {upper} -y {lower}");
        }
    }

    /// Linux 6.1: a server with these connections under -x 4 -y 2, edited to these thresholds, takes so many more.
    #[test]
    fn edits_of_thresholds_are_the_kernels() {
        for (connections, upper, lower, more) in [
            (4, 4, 2, 0),
            (4, 4, 4, 0),
            (4, 3, 2, 0),
            (4, 5, 2, 1),
            (4, 5, 5, 1),
            (4, 9, 0, 5),
            (3, 2, 1, 1),
            (3, 3, 1, 1),
            (4, 0, 0, 20),
        ] {
            let server = server(4, 2);
            fill(&server, connections);
            server.set_thresholds(Thresholds { upper, lower });
            assert_eq!(fill(&server, 20), more, "{connections} connections, -x {upper} -y {lower}");
        }
    }

    #[test]
    fn quiescing_is_forgotten_by_the_last_weight() {
        let server = server(0, 0);
        server.set_weight(7);
        server.set_weight(0);
        assert_eq!((server.weight(), server.last_weight()), (0, 7));
    }

    /// Workers that bind and unbind at once leave nothing behind, least of all an overload.
    #[test]
    fn many_workers_leave_no_overload_behind() {
        let server = server(3, 2);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2000 {
                        server.bind();
                        server.unbind(false);
                    }
                });
            }
        });
        assert_eq!((server.total(), server.is_overloaded()), (0, false));
    }
}
