//! A service on the test bench: servers are numbered from 1 in the order in which they are added, 0 is "nobody".

use crate::lvs::{Endpoint, Protocol, RealServerSpec, SchedulerFlags, Thresholds, Tunables};
use crate::service::{Ask, Flow, Pool, PoolChange, RealServer, Scheduler, ServerId};
use crate::time::Tick;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub struct Bench {
    pub pool: Pool,
    pub flags: SchedulerFlags,
    pub now: Tick,
    pub tunables: Tunables,
    scheduler: Arc<dyn Scheduler>,
    keeps: bool,
    net: [u8; 4],
    dice: AtomicU64,
}

/// An array of server numbers as a list.
pub fn ids<const N: usize>(numbers: [u32; N]) -> Vec<u32> {
    numbers.to_vec()
}

/// Real server number `id` of those that begin behind `net`.
fn server(net: [u8; 4], id: u32, weight: i32) -> Arc<RealServer> {
    let addr = std::net::Ipv4Addr::from(u32::from_be_bytes(net) + id);
    let mut spec = RealServerSpec::new(Endpoint::new(addr.into(), 80));
    spec.weight = weight;
    Arc::new(RealServer::new(ServerId(id), &spec))
}

impl Bench {
    pub fn new(scheduler: &str, weights: &[i32]) -> Self {
        Self::at(scheduler, [10, 9, 0, 10], weights)
    }

    /// With real servers at the addresses behind `net`.
    pub fn at(scheduler: &str, net: [u8; 4], weights: &[i32]) -> Self {
        let servers = (1..).zip(weights).map(|(id, weight)| server(net, id, *weight));
        let mut newest_first: Vec<_> = servers.collect();
        newest_first.reverse();
        let pool = Pool::from_newest_first(newest_first);
        let scheduler = (super::find(scheduler).unwrap().make)(&pool);
        let (flags, tunables) = (SchedulerFlags::default(), Tunables::default());
        let (now, dice) = (Tick(0), AtomicU64::new(1));
        Self { pool, flags, now, tunables, scheduler, keeps: false, net, dice }
    }

    /// Each pick leaves an active connection on its server.
    pub fn keeping_connections(mut self) -> Self {
        self.keeps = true;
        self
    }

    pub fn picks(&mut self, count: usize) -> Vec<u32> {
        (0..count).map(|_| self.pick_from(&self.pool)).collect()
    }

    pub fn pick_from(&self, pool: &Pool) -> u32 {
        self.pick_flow(pool, [172, 16, 0, 1].into(), 20000, [10, 9, 0, 100].into(), false)
    }

    /// For this client and this destination.
    pub fn pick_for(&self, client: IpAddr, port: u16, virt: IpAddr) -> u32 {
        self.pick_flow(&self.pool, client, port, virt, false)
    }

    /// For an ICMP error that quotes a packet to this client.
    pub fn pick_swapped(&self, client: IpAddr, port: u16, virt: IpAddr) -> u32 {
        self.pick_flow(&self.pool, client, port, virt, true)
    }

    fn pick_flow(&self, pool: &Pool, client: IpAddr, port: u16, virt: IpAddr, swapped: bool) -> u32 {
        let (client, virt) = (Endpoint::new(client, port), Endpoint::new(virt, 80));
        let flow = Flow { protocol: Protocol::Tcp, client, virt };
        let dice = self.dice.fetch_add(0x9E37_79B9_7F4A_7C15, Relaxed);
        let ask = Ask {
            flow: &flow,
            pool,
            flags: self.flags,
            swapped,
            tunables: &self.tunables,
            now: self.now,
            dice,
        };
        let Some(chosen) = self.scheduler.pick(&ask) else {
            return 0;
        };
        if self.keeps {
            chosen.bind();
            chosen.set_active(true);
        }
        chosen.id.0
    }

    /// ipvsadm -E -s: the pool stays, the scheduler is a new one.
    pub fn change_scheduler(&mut self, name: &str) {
        self.scheduler = (super::find(name).unwrap().make)(&self.pool);
    }

    pub fn add(&mut self, id: u32, weight: i32) {
        self.pool = self.pool.with(server(self.net, id, weight));
        self.scheduler.changed(&self.pool, PoolChange::Added(ServerId(id)));
    }

    pub fn edit(&mut self, id: u32, weight: i32) {
        self.edit_untold(id, weight);
        self.scheduler.changed(&self.pool, PoolChange::Edited(ServerId(id)));
    }

    /// The moment between the edit and the scheduler's being told.
    pub fn edit_untold(&self, id: u32, weight: i32) {
        self.server(id).set_weight(weight);
    }

    pub fn remove(&mut self, id: u32) {
        let index = self.pool.position(ServerId(id)).unwrap();
        let predecessor = index.checked_sub(1).map(|before| self.pool.servers()[before].id);
        self.pool = self.pool.without(ServerId(id));
        self.scheduler.changed(&self.pool, PoolChange::Removed { id: ServerId(id), predecessor });
    }

    /// Sets a server's upper threshold.
    pub fn limit(&self, id: u32, upper: u32) {
        self.server(id).set_thresholds(Thresholds { upper, lower: 0 });
    }

    /// Sets a server's connections.
    pub fn load(&self, id: u32, active: i32, inactive: i32) {
        let server = self.server(id);
        while server.total() > 0 {
            server.unbind(server.active() > 0);
        }
        for number in 0..active + inactive {
            server.bind();
            if number < active {
                server.set_active(true);
            }
        }
    }

    /// Active connections, newest server first.
    pub fn active(&self) -> Vec<i32> {
        self.pool.servers().iter().map(|server| server.active()).collect()
    }

    fn server(&self, id: u32) -> &RealServer {
        &self.pool.servers()[self.pool.position(ServerId(id)).unwrap()]
    }
}
