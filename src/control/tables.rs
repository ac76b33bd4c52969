//! The running configuration: services, real servers, timeouts; strict edits, and the snapshot made of it.

use super::command::{Command, ConnectionState, Intent, ServerState, ServiceState};
use super::estimate::Estimator;
use super::world::World;
use super::{Board, ControlError};
use crate::lvs::{
    Endpoint, ForwardingMethod, Protocol, RealServerSpec, ServiceKey, ServiceSpec, Stats, Timeouts, Tunnel,
};
use crate::sched;
use crate::service::{
    NextHop, Pool, PoolChange, RealServer, Server, ServerId, SharedStats, Snapshot, VirtualService,
};
use crate::time::Tick;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// How long a deleted real server without connections is remembered (IPVS's trash), in seconds.
const TRASH_SECONDS: u32 = 120;

/// Statistics with the memory that -Z and the estimator need.
#[derive(Debug, Default)]
struct Counted {
    base: Stats,
    estimator: Estimator,
}

impl Counted {
    fn zero(&mut self, now: Stats) {
        self.base = now;
        self.estimator.zero(&now);
    }
}

#[derive(Debug)]
struct Service {
    current: Arc<VirtualService>,
    counted: Counted,
}

#[derive(Debug)]
struct Slot {
    spec: RealServerSpec,
    service_key: ServiceKey,
    service: Arc<VirtualService>,
    real: Arc<RealServer>,
    counted: Counted,
    /// Since when it is deleted and without connections, and the epoch of its deletion; `None`: in use.
    deleted: Option<Deleted>,
}

#[derive(Clone, Copy, Debug)]
struct Deleted {
    epoch: u64,
    idle_since: Tick,
}

/// The running configuration.
#[derive(Debug, Default)]
pub(super) struct Tables {
    services: BTreeMap<ServiceKey, Service>,
    slots: Vec<Option<Slot>>,
    timeouts: Timeouts,
    silent_until: Option<Tick>,
    epoch: u64,
}

impl Tables {
    /// Makes one change, or refuses it and changes nothing.
    pub fn change(&mut self, command: Command, world: &World, now: Tick) -> Result<(), ControlError> {
        match command {
            Command::AddService(spec) => self.add_service(spec),
            Command::EditService(spec) => self.edit_service(spec),
            Command::DeleteService(key) => self.delete_service(key, now),
            Command::Flush => {
                let keys: Vec<_> = self.services.keys().copied().collect();
                keys.into_iter().try_for_each(|key| self.delete_service(key, now))
            }
            Command::AddServer(key, spec) => self.add_server(key, spec, world),
            Command::EditServer(key, spec) => self.edit_server(key, spec, world),
            Command::DeleteServer(key, endpoint) => self.delete_server(key, endpoint, now),
            Command::Zero(key) => self.zero(key),
            Command::SetTimeouts { tcp, tcp_fin, udp } => self.set_timeouts(tcp, tcp_fin, udp),
        }
    }

    /// Would these services be accepted? Says which is not and why; nothing changes.
    pub fn validate(wanted: &Intent, world: &World) -> Result<(), ControlError> {
        for (key, (spec, servers)) in &wanted.services {
            let name = describe(key);
            check_service(spec).map_err(|error| ControlError::Invalid(format!("{name}: {error}")))?;
            for server in servers {
                check_server(spec, server, world).map_err(|error| {
                    ControlError::Invalid(format!("{name}, real server {}: {error}", server.endpoint))
                })?;
            }
        }
        if let Some(Timeouts { tcp, tcp_fin, udp }) = wanted.timeouts {
            [tcp, tcp_fin, udp].into_iter().try_for_each(check_timeout)?;
        }
        Ok(())
    }

    /// What runs, as a file would say it.
    pub fn intent(&self) -> Intent {
        let services = self.services.iter().map(|(key, service)| {
            let oldest_first = service.current.pool.servers().iter().rev();
            let servers = oldest_first.filter_map(|real| Some(self.slot(real.id)?.spec)).collect();
            (*key, (service.current.spec.clone(), servers))
        });
        Intent { services: services.collect(), timeouts: Some(self.timeouts) }
    }

    fn slot(&self, id: ServerId) -> Option<&Slot> {
        self.slots.get(id.index())?.as_ref()
    }

    fn add_service(&mut self, spec: ServiceSpec) -> Result<(), ControlError> {
        check_service(&spec)?;
        if self.services.contains_key(&spec.key) {
            return Err(ControlError::ServiceExists);
        }
        let scheduler = make_scheduler(&spec, &Pool::default())?;
        let current = Arc::new(VirtualService {
            spec,
            pool: Pool::default(),
            scheduler,
            stats: Arc::new(SharedStats::default()),
        });
        self.services.insert(current.spec.key, Service { current, counted: Counted::default() });
        Ok(())
    }

    fn edit_service(&mut self, spec: ServiceSpec) -> Result<(), ControlError> {
        check_service(&spec)?;
        let service = self.services.get(&spec.key).ok_or(ControlError::NoSuchService)?;
        let old = &service.current;
        let same = old.spec.scheduler == spec.scheduler && old.spec.scheduler_flags == spec.scheduler_flags;
        let scheduler = if same { old.scheduler.clone() } else { make_scheduler(&spec, &old.pool)? };
        let next = VirtualService { scheduler, spec, ..VirtualService::clone(old) };
        self.put_service(next);
        Ok(())
    }

    /// Puts a new version of a service in place, also where its real servers refer to it.
    fn put_service(&mut self, next: VirtualService) {
        let next = Arc::new(next);
        if let Some(service) = self.services.get_mut(&next.spec.key) {
            service.current = next.clone();
        }
        for server in next.pool.servers() {
            if let Some(Some(slot)) = self.slots.get_mut(server.id.index()) {
                slot.service = next.clone();
            }
        }
    }

    fn delete_service(&mut self, key: ServiceKey, now: Tick) -> Result<(), ControlError> {
        let service = self.services.remove(&key).ok_or(ControlError::NoSuchService)?;
        for server in service.current.pool.servers() {
            self.trash(server.id, now);
        }
        Ok(())
    }

    fn add_server(
        &mut self,
        key: ServiceKey,
        spec: RealServerSpec,
        world: &World,
    ) -> Result<(), ControlError> {
        let current = self.services.get(&key).ok_or(ControlError::NoSuchService)?.current.clone();
        check_server(&current.spec, &spec, world)?;
        if current.pool.servers().iter().any(|server| server.endpoint == spec.endpoint) {
            return Err(ControlError::ServerExists);
        }
        let id = self.revive(key, &spec, &current).unwrap_or_else(|| self.new_slot(key, &spec, &current));
        let Some(real) = self.slot(id).map(|slot| slot.real.clone()) else { return Ok(()) };
        let pool = current.pool.with(real);
        current.scheduler.changed(&pool, PoolChange::Added(id));
        self.put_service(VirtualService { pool, ..VirtualService::clone(&current) });
        Ok(())
    }

    /// A real server that was deleted a short while ago comes back with its connections.
    fn revive(
        &mut self,
        key: ServiceKey,
        spec: &RealServerSpec,
        service: &Arc<VirtualService>,
    ) -> Option<ServerId> {
        let slot = self.slots.iter_mut().flatten().find(|slot| {
            slot.deleted.is_some() && slot.service_key == key && slot.spec.endpoint == spec.endpoint
        })?;
        slot.deleted = None;
        slot.real.set_weight(spec.weight);
        slot.real.set_method(spec.method);
        slot.spec = *spec;
        if !Arc::ptr_eq(&slot.service.stats, &service.stats) {
            // A service that was made anew counts from zero, and so do its servers.
            slot.counted.zero(slot.real.stats.read());
        }
        slot.service = service.clone();
        Some(slot.real.id)
    }

    fn new_slot(
        &mut self,
        key: ServiceKey,
        spec: &RealServerSpec,
        service: &Arc<VirtualService>,
    ) -> ServerId {
        let free = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        let id = ServerId(u32::try_from(free).unwrap_or(u32::MAX));
        let slot = Slot {
            spec: *spec,
            service_key: key,
            service: service.clone(),
            real: Arc::new(RealServer::new(id, spec)),
            counted: Counted::default(),
            deleted: None,
        };
        match self.slots.get_mut(free) {
            Some(place) => *place = Some(slot),
            None => self.slots.push(Some(slot)),
        }
        id
    }

    fn edit_server(
        &mut self,
        key: ServiceKey,
        spec: RealServerSpec,
        world: &World,
    ) -> Result<(), ControlError> {
        let current = self.services.get(&key).ok_or(ControlError::NoSuchService)?.current.clone();
        check_server(&current.spec, &spec, world)?;
        let real = find_server(&current, spec.endpoint)?;
        real.set_weight(spec.weight);
        real.set_method(spec.method);
        if let Some(Some(slot)) = self.slots.get_mut(real.id.index()) {
            slot.spec = spec;
        }
        current.scheduler.changed(&current.pool, PoolChange::Edited(real.id));
        Ok(())
    }

    fn delete_server(&mut self, key: ServiceKey, endpoint: Endpoint, now: Tick) -> Result<(), ControlError> {
        let current = self.services.get(&key).ok_or(ControlError::NoSuchService)?.current.clone();
        let id = find_server(&current, endpoint)?.id;
        let place = current.pool.position(id).unwrap_or(0);
        let predecessor = place.checked_sub(1).and_then(|before| current.pool.servers().get(before));
        let pool = current.pool.without(id);
        current
            .scheduler
            .changed(&pool, PoolChange::Removed { id, predecessor: predecessor.map(|real| real.id) });
        self.put_service(VirtualService { pool, ..VirtualService::clone(&current) });
        self.trash(id, now);
        Ok(())
    }

    fn trash(&mut self, id: ServerId, now: Tick) {
        if let Some(Some(slot)) = self.slots.get_mut(id.index()) {
            slot.deleted = Some(Deleted { epoch: self.epoch + 1, idle_since: now });
        }
    }

    fn zero(&mut self, key: Option<ServiceKey>) -> Result<(), ControlError> {
        if let Some(key) = key
            && !self.services.contains_key(&key)
        {
            return Err(ControlError::NoSuchService);
        }
        for (own, service) in &mut self.services {
            if key.is_none_or(|key| key == *own) {
                service.counted.zero(service.current.stats.read());
            }
        }
        for slot in self.slots.iter_mut().flatten() {
            if key.is_none_or(|key| key == slot.service_key) {
                slot.counted.zero(slot.real.stats.read());
            }
        }
        Ok(())
    }

    fn set_timeouts(
        &mut self,
        tcp: Option<u32>,
        tcp_fin: Option<u32>,
        udp: Option<u32>,
    ) -> Result<(), ControlError> {
        [tcp, tcp_fin, udp].into_iter().flatten().try_for_each(check_timeout)?;
        self.timeouts.tcp = tcp.unwrap_or(self.timeouts.tcp);
        self.timeouts.tcp_fin = tcp_fin.unwrap_or(self.timeouts.tcp_fin);
        self.timeouts.udp = udp.unwrap_or(self.timeouts.udp);
        Ok(())
    }

    /// A director died here before: its connections get silence until then.
    pub const fn be_silent_until(&mut self, until: Tick) {
        self.silent_until = Some(until);
    }

    /// The three timeouts.
    pub const fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Frees what was deleted long enough ago and is known to no connection and no worker. True if anything was freed.
    pub fn empty_trash(&mut self, now: Tick, oldest_epoch_in_use: u64) -> bool {
        let mut freed = false;
        for place in &mut self.slots {
            let Some(slot) = place else { continue };
            let Some(deleted) = &mut slot.deleted else { continue };
            if slot.real.is_referenced() {
                deleted.idle_since = now;
            } else if now.since(deleted.idle_since) >= TRASH_SECONDS * Tick::PER_SECOND
                && deleted.epoch <= oldest_epoch_in_use
            {
                *place = None;
                freed = true;
            }
        }
        freed
    }

    /// Lets the estimators of all services and real servers take in what was counted since the last time.
    pub fn estimate(&mut self) {
        for service in self.services.values_mut() {
            service.counted.estimator.update(&service.current.stats.read());
        }
        for slot in self.slots.iter_mut().flatten() {
            slot.counted.estimator.update(&slot.real.stats.read());
        }
    }

    /// Services as they run, all or one.
    pub fn services(&self, key: Option<ServiceKey>) -> Result<Vec<ServiceState>, ControlError> {
        if let Some(key) = key
            && !self.services.contains_key(&key)
        {
            return Err(ControlError::NoSuchService);
        }
        let wanted = self.services.iter().filter(|(own, _)| key.is_none_or(|key| key == **own));
        Ok(wanted.map(|(_, service)| self.service_state(service)).collect())
    }

    fn service_state(&self, service: &Service) -> ServiceState {
        let servers = service.current.pool.servers().iter().filter_map(|real| self.slot(real.id));
        ServiceState {
            spec: service.current.spec.clone(),
            stats: service.current.stats.read().since(&service.counted.base),
            rates: service.counted.estimator.rates(),
            servers: servers
                .map(|slot| ServerState {
                    spec: slot.spec,
                    active: u32::try_from(slot.real.active()).unwrap_or(0),
                    inactive: u32::try_from(slot.real.inactive()).unwrap_or(0),
                    persistent: u32::try_from(slot.real.persistent()).unwrap_or(0),
                    stats: slot.real.stats.read().since(&slot.counted.base),
                    rates: slot.counted.estimator.rates(),
                })
                .collect(),
        }
    }

    /// The connection table for a listing.
    pub fn connections(&self, board: &Board) -> Vec<ConnectionState> {
        let mut all = Vec::with_capacity(board.conns.len());
        board.conns.for_each(board.now(), |conn| {
            let real = self.slot(conn.server).map(|slot| slot.real.endpoint.addr);
            all.push(ConnectionState {
                protocol: conn.protocol,
                expires_seconds: conn.expires_seconds,
                state: conn.state.to_owned(),
                client: conn.client,
                virt: conn.virt,
                real: Endpoint::new(real.unwrap_or(conn.virt.addr), conn.rport),
            });
        });
        all
    }

    /// VIPs of all services.
    pub fn vips(&self) -> BTreeSet<IpAddr> {
        let tuples = self.services.keys().filter_map(|key| match key {
            ServiceKey::Tuple { virt, .. } => Some(virt.addr),
            ServiceKey::Fwmark { .. } => None,
        });
        tuples.collect()
    }

    /// Protocol and endpoint of every service.
    pub fn service_tuples(&self) -> impl Iterator<Item = (Protocol, Endpoint)> + '_ {
        self.services.keys().filter_map(|key| match key {
            ServiceKey::Tuple { protocol, virt } => Some((*protocol, *virt)),
            ServiceKey::Fwmark { .. } => None,
        })
    }

    /// Where NAT replies come from: every NAT server that may have connections, deleted ones included.
    pub fn nat_sources(&self) -> impl Iterator<Item = (Protocol, Endpoint)> + '_ {
        self.slots.iter().flatten().filter_map(|slot| match slot.service_key {
            ServiceKey::Tuple { protocol, .. }
                if slot.spec.method == ForwardingMethod::Nat || slot.was_nat() =>
            {
                Some((protocol, slot.spec.endpoint))
            }
            _ => None,
        })
    }

    /// The snapshot of this moment.
    pub fn snapshot(&mut self, world: &World) -> Snapshot {
        self.epoch += 1;
        let network = world.network();
        let server = |slot: &Slot| {
            let rip = slot.spec.endpoint.addr;
            let mut hop = network.way_to(rip);
            if slot.real.method() == ForwardingMethod::DirectRoute {
                // Direct routing asks for the RIP itself on the link, whatever the route says.
                hop = hop.map(|way| NextHop {
                    neighbour: rip,
                    mac: network.neighbours.get(&(way.port, rip)).copied(),
                    ..way
                });
            }
            Server {
                real: slot.real.clone(),
                service: slot.service.clone(),
                available: slot.deleted.is_none(),
                tunnel: slot.spec.tunnel,
                hop,
            }
        };
        let servers = self.slots.iter().map(|slot| slot.as_ref().map(server)).collect();
        let (on_host, claimed) = self.vips().into_iter().partition(|vip| world.is_host_address(*vip));
        let services = self.services.iter().map(|(key, service)| (*key, service.current.clone()));
        Snapshot {
            epoch: self.epoch,
            services: services.collect(),
            servers,
            nat_sources: self.nat_sources().collect(),
            claimed,
            on_host,
            network,
            timeouts: self.timeouts,
            silent_until: self.silent_until,
        }
    }
}

impl Slot {
    /// A server that was edited away from NAT still has NAT connections for a while: they keep their method.
    fn was_nat(&self) -> bool {
        self.real.is_referenced()
    }
}

fn find_server(service: &VirtualService, endpoint: Endpoint) -> Result<&Arc<RealServer>, ControlError> {
    service.pool.servers().iter().find(|real| real.endpoint == endpoint).ok_or(ControlError::NoSuchServer)
}

fn make_scheduler(
    spec: &ServiceSpec,
    pool: &Pool,
) -> Result<Arc<dyn crate::service::Scheduler>, ControlError> {
    let entry = sched::find(spec.scheduler.as_str()).ok_or(ControlError::NoSuchScheduler)?;
    Ok((entry.make)(pool))
}

fn check_timeout(seconds: u32) -> Result<(), ControlError> {
    if (1..=2_678_400).contains(&seconds) {
        Ok(())
    } else {
        Err(ControlError::Invalid(format!("timeout {seconds} is not between 1 and 2678400 seconds")))
    }
}

/// What IPVS would refuse, and what this version does not do yet.
fn check_service(spec: &ServiceSpec) -> Result<(), ControlError> {
    let not_yet =
        |what: &str| Err(ControlError::NotSupported(format!("{what} not supported by this version of ulvs")));
    match spec.key {
        ServiceKey::Fwmark { .. } => return not_yet("Services by firewall mark (-f) are"),
        ServiceKey::Tuple { protocol: Protocol::Sctp, .. } => return not_yet("SCTP services are"),
        ServiceKey::Tuple { virt, .. } => {
            if virt.addr.is_unspecified() || virt.addr.is_multicast() || virt.addr.is_loopback() {
                return Err(ControlError::Invalid(format!("{} cannot be a VIP", virt.addr)));
            }
            if virt.port == 0 {
                return not_yet("Port 0 (all ports), which needs persistence, is");
            }
        }
    }
    if spec.persistence.is_some() {
        return not_yet("Persistence (-p) is");
    }
    if spec.one_packet {
        return not_yet("One-packet scheduling (-o) is");
    }
    if sched::find(spec.scheduler.as_str()).is_none() {
        return Err(ControlError::NoSuchScheduler);
    }
    if spec.scheduler_flags != crate::lvs::SchedulerFlags::default() {
        return not_yet("Scheduler flags (-b) are");
    }
    Ok(())
}

fn check_server(service: &ServiceSpec, spec: &RealServerSpec, world: &World) -> Result<(), ControlError> {
    let not_yet =
        |what: &str| Err(ControlError::NotSupported(format!("{what} not supported by this version of ulvs")));
    let rip = spec.endpoint.addr;
    if spec.weight < 0 || (spec.thresholds.lower > spec.thresholds.upper) {
        return Err(ControlError::OutOfRange);
    }
    if spec.thresholds != crate::lvs::Thresholds::default() {
        return not_yet("Connection thresholds (-x, -y) are");
    }
    if spec.tunnel != Tunnel::Ipip {
        return not_yet("Tunnel types other than ipip are");
    }
    let is_possible = match rip {
        IpAddr::V4(addr) => !addr.is_unspecified() && !addr.is_multicast() && !addr.is_broadcast(),
        IpAddr::V6(addr) => !addr.is_unspecified() && !addr.is_multicast() && !addr.is_unicast_link_local(),
    };
    if !is_possible {
        return Err(ControlError::Invalid(format!("{rip} cannot be a real server")));
    }
    if rip.is_loopback() || world.is_host_address(rip) || spec.method == ForwardingMethod::Local {
        return not_yet("Real servers on the director's own host are");
    }
    if rip.is_ipv4() != (service.key.family() == crate::lvs::Family::V4) {
        if spec.method == ForwardingMethod::Tunnel {
            return not_yet("Tunnels between address families are");
        }
        return Err(ControlError::Invalid(
            "address family of the real server differs from the service's".into(),
        ));
    }
    Ok(())
}

fn describe(key: &ServiceKey) -> String {
    match key {
        ServiceKey::Tuple { protocol, virt } => format!("service {} {virt}", protocol.listing()),
        ServiceKey::Fwmark { mark, .. } => format!("service FWM {mark}"),
    }
}
