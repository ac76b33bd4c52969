//! A service on the test bench: servers are numbered from 1 in the order in which they are added, 0 is "nobody".

use crate::lvs::{Endpoint, Protocol, RealServerSpec};
use crate::service::{Ask, Flow, Pool, PoolChange, RealServer, Scheduler, ServerId};
use crate::time::Tick;
use std::sync::Arc;

pub struct Bench {
    pub pool: Pool,
    scheduler: Arc<dyn Scheduler>,
    keeps: bool,
}

/// An array of server numbers as a list.
pub fn ids<const N: usize>(numbers: [u32; N]) -> Vec<u32> {
    numbers.to_vec()
}

fn server(id: u32, weight: i32) -> Arc<RealServer> {
    let mut spec = RealServerSpec::new(Endpoint::new([10, 9, 0, 10].into(), 80));
    spec.weight = weight;
    Arc::new(RealServer::new(ServerId(id), &spec))
}

impl Bench {
    pub fn new(scheduler: &str, weights: &[i32]) -> Self {
        let servers = (1..).zip(weights).map(|(id, weight)| server(id, *weight));
        let mut newest_first: Vec<_> = servers.collect();
        newest_first.reverse();
        let pool = Pool::from_newest_first(newest_first);
        let scheduler = (super::find(scheduler).unwrap().make)(&pool);
        Self { pool, scheduler, keeps: false }
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
        let client = Endpoint::new([172, 16, 0, 1].into(), 20000);
        let virt = Endpoint::new([10, 9, 0, 100].into(), 80);
        let flow = Flow { protocol: Protocol::Tcp, client, virt };
        let Some(chosen) = self.scheduler.pick(&Ask { flow: &flow, pool, now: Tick(0), dice: 0 }) else {
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
        self.pool = self.pool.with(server(id, weight));
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
