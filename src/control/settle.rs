//! What follows from a change: the claim, the door, the snapshot, and what neighbours are told and asked, in that order.

use super::effect::{ClaimPlan, DoorPlan, Effect};
use super::keeper::{Keeper, Outside};
use crate::lvs::{Family, ForwardingMethod, PortId};
use crate::service::{Server, Snapshot};
use crate::time::Tick;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// How often next hops are refreshed in the host's neighbour table, in seconds: the kernel does not see our packets, so
/// by itself it would let the entries go stale.
const REFRESH_SECONDS: u32 = 20;
/// How often an unresolved next hop is asked for again, in seconds.
const ASK_AGAIN_SECONDS: u32 = 3;

/// How long nothing is published while the door opens, in seconds: the kernel tells of its ends a moment after it has
/// made them.
const DOOR_SECONDS: u32 = 2;

impl<O: Outside> Keeper<O> {
    /// Publishes what changed, has done in the world what follows from it, and tells those who waited for it.
    pub(super) fn settle(&mut self) {
        if self.world.is_syncing() {
            return;
        }
        if self.is_dirty {
            self.publish();
        }
        if !self.is_dirty
            && let Some(held) = self.roles.take_news()
        {
            self.outside.roles_stand(held);
        }
    }

    /// Publishes what is now, with the claim before it. What must wait stays to be done.
    fn publish(&mut self) {
        self.is_dirty = false;
        let mut snapshot = self.tables.snapshot(&self.world);
        self.roles.fit(&mut snapshot);
        let wanted = self.claim_for(&snapshot);
        let door = self.door_for(&snapshot);
        if door != self.door {
            let is_made = self.outside.door(door.clone());
            self.awaits_door = (is_made && door.is_open).then(|| self.board.now());
            self.is_door_made = is_made;
            self.door = door;
        }
        // Workers must not choose a real server on this host before they can reach it. What they have goes on meanwhile.
        if self.awaits_door.is_some_and(|since| {
            snapshot.network.door.is_none() && self.board.now().since(since) < DOOR_SECONDS * Tick::PER_SECOND
        }) {
            self.is_dirty = true;
            return;
        }
        self.awaits_door = None;
        // The claim comes before the snapshot: a moment of silence is better than a reset from the host.
        let is_claim_new = wanted != self.claim || self.is_claim_doubtful;
        if is_claim_new {
            self.is_claim_doubtful = false;
            self.claim_reports.retain(|device, _| wanted.devices.contains(device));
            let reports = self.outside.claim(wanted.clone());
            self.note(reports);
            self.claim = wanted;
        }
        self.name_servers();
        let snapshot = Arc::new(snapshot);
        self.replaced.push(self.board.snapshot.swap(Arc::clone(&snapshot)));
        self.free_replaced();
        self.outside.wake_workers();
        let leads_checks = self.is_door_made && !self.door.checks.is_empty();
        self.board.passes.set_open(leads_checks && snapshot.network.door.is_some());
        if self.farms.follow_addresses() {
            self.send_beats();
        }
        if is_claim_new {
            self.outside.claim_no_more();
        }

        self.keep_in_step();
        self.announce_news(&snapshot);
        self.show_served(&snapshot);
        self.resolve_next_hops();
    }

    /// Tells which VIPs can be served, if they are others than before. A weight may change between two snapshots: so this is
    /// done every second, too.
    pub(super) fn show_served(&mut self, snapshot: &Snapshot) {
        let served = snapshot.served_vips();
        if served != self.shown {
            self.outside.show(&served);
            self.shown = served;
        }
    }

    /// Frees the snapshots of before that nobody else has any more. (Nobody gets at them any more, either.)
    pub(super) fn free_replaced(&mut self) {
        self.replaced.retain(|snapshot| Arc::strong_count(snapshot) > 1);
    }

    /// What the host's stack is to be kept off, by this snapshot.
    fn claim_for(&self, snapshot: &Snapshot) -> ClaimPlan {
        let claimed: BTreeSet<IpAddr> = snapshot.claimed.iter().collect();
        ClaimPlan {
            devices: self.world.device_names().map(str::to_owned).collect(),
            services: self
                .tables
                .service_tuples()
                .chain(self.tables.ftp_data_services())
                .filter(|(_, virt)| snapshot.on_host.contains(&virt.addr))
                .collect(),
            ftp_addresses: self
                .tables
                .ftp_data_services()
                .map(|(_, virt)| virt.addr)
                .filter(|vip| snapshot.on_host.contains(vip))
                .collect(),
            nat_sources: snapshot.nat_sources.iter().collect(),
            // What answers clients on this host goes to the host, too: then nothing is left to its stack.
            host_addresses: if snapshot.tunables.local_clients.is_on() || snapshot.checks_by_nat {
                BTreeSet::new()
            } else {
                snapshot.network.host_addresses.iter().collect()
            },
            marks: self.tables.claimed_marks(&claimed, &snapshot.network),
            addresses: claimed,
        }
    }

    /// Tells the neighbours of VIPs that are new here.
    fn announce_news(&mut self, snapshot: &Snapshot) {
        let claimed: BTreeSet<IpAddr> = snapshot.claimed.iter().collect();
        self.announced.retain(|vip| claimed.contains(vip));
        let news: Vec<IpAddr> = claimed.difference(&self.announced).copied().collect();
        let running: Vec<_> = snapshot.network.links.iter().flatten().filter(|link| link.running).collect();
        if !news.is_empty() && !running.is_empty() {
            for link in running.iter().filter(|link| !self.world.is_door(link.port)) {
                let on_this = |vip: &IpAddr| link.addresses.iter().any(|net| net.contains(vip));
                let elsewhere = |vip: &IpAddr| {
                    running.iter().any(|other| other.addresses.iter().any(|net| net.contains(vip)))
                };
                let here: Vec<IpAddr> =
                    news.iter().copied().filter(|vip| on_this(vip) || !elsewhere(vip)).collect();
                if !here.is_empty() {
                    self.outside.announce(link.port, &here);
                }
            }
            self.announced.extend(news);
        }
    }

    /// The door that this snapshot needs: for real servers on this host, and for its clients if they are asked for.
    fn door_for(&self, snapshot: &Snapshot) -> DoorPlan {
        let is_local = |server: &Server| {
            server.real.method() == ForwardingMethod::Local
                || snapshot.network.is_local(server.real.endpoint.addr)
        };
        let clients_to = match snapshot.tunables.local_clients.is_on() {
            true => snapshot.claimed.iter().collect(),
            false => BTreeSet::new(),
        };
        let checks: BTreeSet<Family> =
            self.tables.through.iter().map(|through| Family::of(through.vip)).collect();
        if clients_to.is_empty() && checks.is_empty() && !snapshot.servers.iter().flatten().any(is_local) {
            return DoorPlan::default();
        }
        let host = &snapshot.network.host_addresses;
        let servers = snapshot.nat_sources.iter().filter(|(_, server)| host.contains(&server.addr));
        DoorPlan { is_open: true, servers: servers.collect(), mtu: self.world.mtu(), clients_to, checks }
    }

    /// Asks for the MAC of every next hop in use that has none, and now and then for those that have one.
    pub(super) fn resolve_next_hops(&mut self) {
        let view = self.board.snapshot.load_full();
        let hops =
            view.servers.iter().flatten().filter(|server| server.available).filter_map(|server| server.hop);
        let mut wanted: BTreeSet<(PortId, IpAddr)> = hops.map(|hop| (hop.port, hop.neighbour)).collect();
        wanted.extend(self.world.gateways());
        // Who is asked through the VIP may not be in the table.
        let asked =
            self.tables.through.iter().filter(|through| !view.network.is_local(through.server.endpoint.addr));
        let asked = asked.filter_map(|through| {
            view.network.way_to_server(through.server.endpoint.addr, through.server.method)
        });
        wanted.extend(asked.map(|hop| (hop.port, hop.neighbour)));
        for (port, addr) in wanted {
            let Some(ifindex) = self.world.ifindex(port).filter(|_| !self.world.is_door(port)) else {
                continue;
            };
            if !view.network.link(port).is_some_and(|link| link.running) {
                continue;
            }
            let known = view.network.neighbours.contains_key(&(port, addr));
            let pause = if known { REFRESH_SECONDS } else { ASK_AGAIN_SECONDS };
            let now = self.board.now();
            let due = self
                .asked
                .get(&(ifindex, addr))
                .is_none_or(|last| now.since(*last) >= pause * Tick::PER_SECOND);
            if due {
                self.ask_for(ifindex, addr);
            }
        }
    }

    pub(super) fn ask_for(&mut self, ifindex: u32, addr: IpAddr) {
        let now = self.board.now();
        if self.asked.len() > 10_000 {
            self.asked.retain(|_, last| now.since(*last) < REFRESH_SECONDS * Tick::PER_SECOND);
        }
        self.asked.insert((ifindex, addr), now);
        self.outside.effect(Effect::Resolve { ifindex, addr });
    }
}
