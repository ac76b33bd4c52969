//! What Linux 6.1 did, replayed: `recorded.txt` holds random services, edits and connections as a kernel saw them, with
//! the real server that it chose for each.
//!
//! | line | |
//! |---|---|
//! | `case BASE PORT VIP` | a new service; real server N is at the N-th address behind BASE |
//! | `service NAME FLAGS`, `change NAME FLAGS` | ipvsadm -A, -E; `-`: no flags |
//! | `add N W X Y`, `edit N W X Y`, `delete N` | -a, -e with weight and thresholds, -d |
//! | `open CLIENT=N …` | connections to the VIP, each with who got it; `-`: nobody |
//! | `quoted CLIENT=N …` | ICMP errors that quote packets of the VIP to these clients |
//! | `bound-for ADDRESS=N …` | connections to this address, by a firewall mark |
//! | `calm N …` | the N-th successful connection becomes inactive |
//! | `sleep SECONDS` | |

use crate::lvs::{Endpoint, Protocol, RealServerSpec, SchedulerFlags, Thresholds, Tunables};
use crate::service::{Ask, Flow, Pool, PoolChange, RealServer, Scheduler, ServerId};
use crate::time::Tick;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

struct Replay {
    base: IpAddr,
    virt: Endpoint,
    scheduler: Arc<dyn Scheduler>,
    name: String,
    flags: SchedulerFlags,
    pool: Pool,
    /// Deleted ones come back with their connections.
    trash: BTreeMap<u32, Arc<RealServer>>,
    connections: Vec<Arc<RealServer>>,
    now: Tick,
    tunables: Tunables,
}

impl Replay {
    fn new(words: &[&str]) -> Self {
        let port = words[1].parse().unwrap();
        let virt = words[2].parse().unwrap_or_else(|_| IpAddr::from([10, 8, 0, 0]));
        Self {
            base: words[0].parse().unwrap(),
            virt: Endpoint::new(virt, port),
            scheduler: (super::find("none").unwrap().make)(&Pool::default()),
            name: "none".into(),
            flags: SchedulerFlags::default(),
            pool: Pool::default(),
            trash: BTreeMap::new(),
            connections: Vec::new(),
            now: Tick(0),
            tunables: Tunables { lblcr_expiration: 2, ..Tunables::default() },
        }
    }

    fn change(&mut self, name: &str, flags: &str) {
        if name != self.name {
            self.scheduler = (super::find(name).unwrap().make)(&self.pool);
            name.clone_into(&mut self.name);
        }
        let (first, second) = (flags.contains("fallback"), flags.contains("port"));
        self.flags = SchedulerFlags { first, second, third: false };
    }

    fn add(&mut self, id: u32, weight: i32, thresholds: Thresholds) {
        let addr = match self.base {
            IpAddr::V4(base) => IpAddr::V4((base.to_bits() + id).into()),
            IpAddr::V6(base) => IpAddr::V6((base.to_bits() + u128::from(id)).into()),
        };
        let spec = RealServerSpec::new(Endpoint::new(addr, self.virt.port));
        let spec = RealServerSpec { weight, thresholds, ..spec };
        let server = match self.trash.remove(&id) {
            Some(server) => {
                server.revive(&spec);
                server
            }
            None => Arc::new(RealServer::new(ServerId(id), &spec)),
        };
        self.pool = self.pool.with(server);
        self.scheduler.changed(&self.pool, PoolChange::Added(ServerId(id)));
    }

    fn edit(&self, id: u32, weight: i32, thresholds: Thresholds) {
        let server = &self.pool.servers()[self.pool.position(ServerId(id)).unwrap()];
        server.set_weight(weight);
        server.set_thresholds(thresholds);
        self.scheduler.changed(&self.pool, PoolChange::Edited(ServerId(id)));
    }

    fn delete(&mut self, id: u32) {
        let place = self.pool.position(ServerId(id)).unwrap();
        let predecessor = place.checked_sub(1).map(|before| self.pool.servers()[before].id);
        self.trash.insert(id, self.pool.servers()[place].clone());
        self.pool = self.pool.without(ServerId(id));
        self.scheduler.changed(&self.pool, PoolChange::Removed { id: ServerId(id), predecessor });
    }

    fn open(&mut self, client: Endpoint, virt: Endpoint, swapped: bool) -> String {
        let flow = Flow { protocol: Protocol::Tcp, client, virt };
        let (flags, tunables) = (self.flags, &self.tunables);
        let ask = Ask { flow: &flow, pool: &self.pool, flags, swapped, tunables, now: self.now, dice: 0 };
        let Some(chosen) = self.scheduler.pick(&ask).cloned() else { return "-".into() };
        chosen.bind();
        chosen.set_active(true);
        let number = chosen.id.0.to_string();
        self.connections.push(chosen);
        number
    }

    fn step(&mut self, line: &str) -> usize {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |index: usize| words[index].parse::<u32>().unwrap();
        let server = || {
            let thresholds = Thresholds { upper: number(3), lower: number(4) };
            (number(1), i32::try_from(number(2)).unwrap(), thresholds)
        };
        match words[0] {
            "service" | "change" => self.change(words[1], words[2]),
            "add" => {
                let (id, weight, thresholds) = server();
                self.add(id, weight, thresholds);
            }
            "edit" => {
                let (id, weight, thresholds) = server();
                self.edit(id, weight, thresholds);
            }
            "delete" => self.delete(number(1)),
            "calm" => (1..words.len()).for_each(|index| {
                self.connections[usize::try_from(number(index)).unwrap()].set_active(false)
            }),
            "sleep" => self.now = self.now.plus_seconds(number(1)),
            opening => {
                for word in &words[1..] {
                    let (who, kernel) = word.rsplit_once('=').unwrap();
                    let (client, virt) = if opening != "bound-for" {
                        let client: SocketAddr = who.parse().unwrap();
                        (Endpoint::new(client.ip(), client.port()), self.virt)
                    } else {
                        let virt = Endpoint::new(who.parse().unwrap(), self.virt.port);
                        (Endpoint::new([172, 16, 0, 1].into(), 1), virt)
                    };
                    let chosen = self.open(client, virt, opening == "quoted");
                    assert_eq!(chosen, kernel, "{}, {who} in {line}", self.name);
                }
                return words.len() - 1;
            }
        }
        0
    }
}

#[test]
fn every_choice_is_the_kernels() {
    let mut replay = None;
    let mut choices = 0;
    for line in include_str!("recorded.txt").lines() {
        match (line.strip_prefix("case "), &mut replay) {
            (Some(case), _) => replay = Some(Replay::new(&case.split_whitespace().collect::<Vec<_>>())),
            (None, Some(replay)) => choices += replay.step(line),
            (None, None) => {}
        }
    }
    assert!(choices > 1500, "{choices} choices");
}
