use super::{Flow, PathMtu};
use crate::lvs::{Endpoint, ForwardingMethod, Tunnel};
use arc_swap::ArcSwap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// Shards of the table: each is small, and copied whenever a pass comes or goes.
const SHARDS: usize = 64;

/// How long a pass is good after its end, in sweeps (seconds): what closes its flow is still on its way then.
const GRACE: u8 = 5;

/// Leads a flow from this host, to a VIP, to one real server: past services, schedulers and connections. Health checks
/// through the VIP have them.
#[derive(Debug)]
pub struct Pass {
    /// From an address of the host to the VIP.
    pub flow: Flow,
    /// RIP and the port on the real server (which only NAT changes).
    pub real: Endpoint,
    /// How its packets reach the real server.
    pub method: ForwardingMethod,
    /// Encapsulation, where it is tunnelled.
    pub tunnel: Tunnel,
    /// How much the path to it carries, where it is tunnelled.
    pub path_mtu: PathMtu,
    carried: AtomicBool,
    /// Sweeps since its end, and 1; 0: it has not ended.
    ended: AtomicU8,
    is_void: AtomicBool,
}

impl Pass {
    /// For a flow that begins now.
    pub fn new(flow: Flow, real: Endpoint, method: ForwardingMethod, tunnel: Tunnel) -> Self {
        let path_mtu = PathMtu::default();
        let (carried, ended, is_void) = (AtomicBool::new(false), AtomicU8::new(0), AtomicBool::new(false));
        Self { flow, real, method, tunnel, path_mtu, carried, ended, is_void }
    }

    /// Has a packet to the real server gone by it?
    pub fn has_carried(&self) -> bool {
        self.carried.load(Relaxed)
    }

    /// A packet to the real server went by it.
    pub fn carry(&self) {
        self.carried.store(true, Relaxed);
    }

    /// Whoever had it needs it no more.
    pub fn end(&self) {
        let _ = self.ended.compare_exchange(0, 1, Relaxed, Relaxed);
    }

    /// Is it good for a packet, which `begins` a flow or does not? Another flow of the same ports may begin after its end.
    pub fn is_good(&self, begins: bool) -> bool {
        if begins && self.ended.load(Relaxed) > 0 {
            self.is_void.store(true, Relaxed);
        }
        !self.is_void.load(Relaxed)
    }
}

/// The passes that there are. Those who ask take no lock; those who issue and end some take turns.
#[derive(Debug)]
pub struct Passes {
    /// By the client's port.
    shards: Box<[ArcSwap<Vec<Arc<Pass>>>]>,
    len: AtomicUsize,
    is_open: AtomicBool,
    writing: Mutex<()>,
}

impl Default for Passes {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| ArcSwap::default()).collect(),
            len: AtomicUsize::new(0),
            is_open: AtomicBool::new(false),
            writing: Mutex::new(()),
        }
    }
}

impl Passes {
    /// None at all.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len.load(Relaxed) == 0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    /// Does the host lead flows that have one to the director?
    pub fn is_open(&self) -> bool {
        self.is_open.load(Relaxed)
    }

    /// The host leads them there, from now on, or no more.
    pub fn set_open(&self, is_open: bool) {
        self.is_open.store(is_open, Relaxed);
    }

    /// The pass of a flow.
    pub fn find(&self, flow: &Flow) -> Option<Arc<Pass>> {
        let passes = self.shard(flow.client).load();
        passes.iter().find(|pass| pass.flow == *flow).map(Arc::clone)
    }

    /// The pass that an answer belongs to which a NAT real server sends: `flow.virt` is RIP and rport here.
    pub fn find_reply(&self, flow: &Flow) -> Option<Arc<Pass>> {
        let passes = self.shard(flow.client).load();
        let is_it = |pass: &&Arc<Pass>| {
            pass.method == ForwardingMethod::Nat
                && pass.real == flow.virt
                && (pass.flow.protocol, pass.flow.client) == (flow.protocol, flow.client)
        };
        // An older one of the same ports may not be gone yet.
        passes.iter().rfind(is_it).map(Arc::clone)
    }

    /// Issues one; an older one of the same flow is void from now on.
    pub fn issue(&self, pass: Pass) -> Arc<Pass> {
        let pass = Arc::new(pass);
        let fresh = Arc::clone(&pass);
        self.change(self.shard(pass.flow.client), |passes| {
            passes.retain(|old| old.flow != fresh.flow);
            passes.push(fresh);
        });
        pass
    }

    /// To be called once a second: those that ended some seconds ago go.
    pub fn sweep(&self) {
        if self.is_empty() {
            return;
        }
        let is_late = |pass: &Arc<Pass>| pass.ended.load(Relaxed) > GRACE;
        for shard in &self.shards {
            for pass in shard.load().iter().filter(|pass| pass.ended.load(Relaxed) > 0) {
                pass.ended.fetch_add(1, Relaxed);
            }
            if shard.load().iter().any(is_late) {
                self.change(shard, |passes| passes.retain(|pass| !is_late(pass)));
            }
        }
    }

    fn change(&self, shard: &ArcSwap<Vec<Arc<Pass>>>, change: impl FnOnce(&mut Vec<Arc<Pass>>)) {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut passes = Vec::clone(&shard.load());
        let before = passes.len();
        change(&mut passes);
        let len = self.len.load(Relaxed) + passes.len() - before;
        shard.store(Arc::new(passes));
        self.len.store(len, Relaxed);
    }

    fn shard(&self, client: Endpoint) -> &ArcSwap<Vec<Arc<Pass>>> {
        &self.shards[usize::from(client.port) % SHARDS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lvs::Protocol;

    fn pass(client: u16, server: u8) -> Pass {
        let flow = Flow {
            protocol: Protocol::Tcp,
            client: Endpoint::new([10, 9, 0, 2].into(), client),
            virt: Endpoint::new([10, 9, 0, 100].into(), 80),
        };
        let real = Endpoint::new([10, 9, 0, server].into(), 8080);
        Pass::new(flow, real, ForwardingMethod::Nat, Tunnel::Ipip)
    }

    #[test]
    fn found_both_ways_until_some_seconds_after_its_end() {
        let passes = Passes::default();
        let one = passes.issue(pass(5000, 11));
        let other = passes.issue(pass(5000 + 64, 12));
        assert_eq!(passes.len(), 2);
        let found = |pass: &Pass| passes.find(&pass.flow).map(|found| found.real);
        assert_eq!((found(&one), found(&other)), (Some(one.real), Some(other.real)));
        let reply = |pass: &Pass| passes.find_reply(&Flow { virt: pass.real, ..pass.flow }).is_some();
        assert!(reply(&one) && reply(&other));
        let crossed = Flow { virt: other.real, ..one.flow };
        assert!(passes.find_reply(&crossed).is_none(), "another real server's answer is none of it");
        for _ in 0..100 {
            passes.sweep();
        }
        one.end();
        for _ in 0..GRACE - 1 {
            passes.sweep();
            assert!(one.is_good(false));
            assert_eq!(found(&one), Some(one.real));
        }
        passes.sweep();
        assert_eq!((found(&one), passes.len()), (None, 1));
        other.end();
        (0..GRACE).for_each(|_| passes.sweep());
        assert!(passes.is_empty());
    }

    #[test]
    fn ports_that_are_used_again() {
        let passes = Passes::default();
        let old = passes.issue(pass(5000, 11));
        assert!(old.is_good(true) && old.is_good(true), "a SYN may be sent again");
        old.end();
        assert!(old.is_good(false), "its last words are on their way");
        let new = passes.issue(pass(5000, 12));
        assert_eq!(passes.find(&new.flow).map(|found| found.real), Some(new.real));
        assert_eq!(passes.len(), 1);
        new.end();
        assert!(!new.is_good(true), "a flow of somebody else's");
        assert!(!new.is_good(false), "and all that follows of it");
    }
}
