//! The running configuration: services, real servers, timeouts; strict edits.

use super::ControlError;
use super::account::{AllServices, Counted};
use super::check::{check_server, check_service, check_timeout};
use super::command::{Command, Intent, ServerConnections};
use super::marks::MarkTable;
use super::through::Through;
use super::world::World;
use crate::lvs::{
    Endpoint, ForwardingMethod, RealServerSpec, ServiceKey, ServiceSpec, SyncDaemon, SyncRole, TUNABLES,
    Timeouts, Tunables,
};
use crate::sched;
use crate::service::{
    DropPacket, Hashing, Pool, PoolChange, RealServer, Scheduler, ServerId, SharedStats, VirtualService,
};
use crate::time::Tick;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long a deleted real server without connections is remembered (IPVS's trash), in seconds.
const TRASH_SECONDS: u32 = 120;

#[derive(Debug)]
pub(super) struct Service {
    pub(super) current: Arc<VirtualService>,
    pub(super) counted: Counted,
    /// Who gets its flows without a connection is to be found out anew before it is published.
    pub(super) is_hashing_stale: bool,
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) spec: RealServerSpec,
    pub(super) service_key: ServiceKey,
    pub(super) service: Arc<VirtualService>,
    pub(super) real: Arc<RealServer>,
    pub(super) counted: Counted,
    /// When it began to answer as a NAT server, in the order of such beginnings.
    pub(super) nat_since: u64,
    /// It was a NAT server at some time: connections keep the method that they were opened with.
    was_nat: bool,
    /// Its service was persistent at some time: such connections may have ports that others have not.
    was_persistent: bool,
    /// Since when it is deleted and without connections, and the epoch of its deletion; `None`: in use.
    pub(super) deleted: Option<Deleted>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Deleted {
    epoch: u64,
    idle_since: Tick,
}

/// The running configuration.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) services: BTreeMap<ServiceKey, Service>,
    pub(super) slots: Vec<Option<Slot>>,
    pub(super) timeouts: Timeouts,
    pub(super) marks: MarkTable,
    pub(super) tunables: Tunables,
    pub(super) drop_packet: DropPacket,
    /// How often the connections of deleted real servers were to end at once.
    pub(super) sweeps: u64,
    /// How often a NAT server may have begun to answer.
    nat_beginnings: u64,
    pub(super) all: AllServices,
    /// Real servers that are asked through a VIP.
    pub(super) through: Vec<Through>,
    pub(super) silent_until: Option<Tick>,
    /// The connection sync daemons that run, or are to.
    pub(super) daemons: BTreeMap<SyncRole, SyncDaemon>,
    pub(super) epoch: u64,
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
            Command::AddMarks(rules) => self.marks.add(rules),
            Command::DeleteMark(rule) => self.marks.delete(&rule),
            Command::DeleteMarkAt(number) => self.marks.delete_at(number),
            Command::FlushMarks => {
                self.marks = MarkTable::default();
                Ok(())
            }
            Command::SetTimeouts { tcp, tcp_fin, udp } => self.set_timeouts(tcp, tcp_fin, udp),
            Command::SetTunable { name, value } => self.set_tunable(&name, value),
            Command::StartDaemon(daemon) => self.start_daemon(daemon, world),
            Command::StopDaemon(role) => self.daemons.remove(&role).map(drop).ok_or(ControlError::NoDaemon),
        }
    }

    /// What runs, as a file would say it.
    pub fn intent(&self) -> Intent {
        let services = self.services.iter().map(|(key, service)| {
            let oldest_first = service.current.pool.servers().iter().rev();
            let servers = oldest_first.filter_map(|real| Some(self.slot(real.id)?.spec)).collect();
            (*key, (service.current.spec.clone(), servers))
        });
        let tunables = TUNABLES.iter().map(|tunable| (tunable.name.to_owned(), tunable.get(&self.tunables)));
        Intent {
            services: services.collect(),
            timeouts: Some(self.timeouts),
            tunables: tunables.collect(),
            marks: Some(self.marks.rules().to_vec()),
            ..Intent::default()
        }
    }

    /// Notes which real servers operators drain, and which of these have connections that are to be reset: also those that
    /// have left the table since.
    pub fn note_drains(&self, drains: impl Fn(ServiceKey, Endpoint) -> (bool, bool)) {
        for slot in self.slots.iter().flatten() {
            let (drains, resets) = drains(slot.service_key, slot.real.endpoint);
            slot.real.set_drains(slot.deleted.is_none() && drains);
            slot.real.set_resets(resets);
        }
    }

    /// What a real server has of a service, also while it is out of the table.
    pub fn connections_of(&self, service: ServiceKey, endpoint: Endpoint) -> ServerConnections {
        let none = ServerConnections { service, active: 0, inactive: 0, persistent: 0 };
        let own = self.slots.iter().flatten();
        let own = own.filter(|slot| slot.service_key == service && slot.real.endpoint == endpoint);
        own.fold(none, |sum, slot| ServerConnections {
            service,
            active: sum.active + slot.real.active().max(0).cast_unsigned(),
            inactive: sum.inactive + slot.real.inactive().max(0).cast_unsigned(),
            persistent: sum.persistent + slot.real.persistent().max(0).cast_unsigned(),
        })
    }

    /// Does the table hold this real server? `None`: there is no such service.
    pub fn holds(&self, service: &ServiceKey, endpoint: Endpoint) -> Option<bool> {
        self.services.get(service)?;
        Some(self.weight_of(service, endpoint).is_some())
    }

    /// A real server's weight in the table; `None`: it is not there.
    pub fn weight_of(&self, service: &ServiceKey, endpoint: Endpoint) -> Option<i32> {
        let servers = self.services.get(service)?.current.pool.servers();
        servers.iter().find(|real| real.endpoint == endpoint).map(|real| real.weight())
    }

    pub(super) fn slot(&self, id: ServerId) -> Option<&Slot> {
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
            hashing: Hashing::default(),
            stats: Arc::new(SharedStats::default()),
        });
        let counted = Counted::new(self.tunables.run_estimation.is_on());
        self.services.insert(current.spec.key, Service { current, counted, is_hashing_stale: true });
        Ok(())
    }

    fn edit_service(&mut self, spec: ServiceSpec) -> Result<(), ControlError> {
        check_service(&spec)?;
        let service = self.services.get(&spec.key).ok_or(ControlError::NoSuchService)?;
        let old = &service.current;
        // As in IPVS, other flags alone leave a scheduler its state: it is told the flags with each connection.
        let same = old.spec.scheduler == spec.scheduler;
        let scheduler = if same { old.scheduler.clone() } else { make_scheduler(&spec, &old.pool)? };
        let (old, next) = (
            old.clone(),
            VirtualService { scheduler: scheduler.clone(), spec, ..VirtualService::clone(old) },
        );
        self.put_service(next);
        if !same {
            self.let_go_of(&old, &scheduler);
        }
        Ok(())
    }

    /// A scheduler is out of use. Deleted real servers still refer to the service that they were deleted from, and must not
    /// keep it: it may remember them (lblc, lblcr), and then they and it would keep each other for ever.
    fn let_go_of(&mut self, old: &VirtualService, instead: &Arc<dyn Scheduler>) {
        for slot in self.slots.iter_mut().flatten().filter(|slot| slot.deleted.is_some()) {
            if Arc::ptr_eq(&slot.service.scheduler, &old.scheduler) {
                let next =
                    VirtualService { scheduler: instead.clone(), ..VirtualService::clone(&slot.service) };
                slot.service = Arc::new(next);
            }
        }
    }

    /// Puts a new version of a service in place, also where its real servers refer to it.
    pub(super) fn put_service(&mut self, next: VirtualService) {
        let next = Arc::new(next);
        if let Some(service) = self.services.get_mut(&next.spec.key) {
            service.current = next.clone();
            service.is_hashing_stale = true;
        }
        for server in next.pool.servers() {
            if let Some(Some(slot)) = self.slots.get_mut(server.id.index()) {
                slot.was_persistent |= next.spec.persistence.is_some();
                slot.service = next.clone();
            }
        }
    }

    fn delete_service(&mut self, key: ServiceKey, now: Tick) -> Result<(), ControlError> {
        let service = self.services.remove(&key).ok_or(ControlError::NoSuchService)?;
        self.all.retiring.push((self.epoch + 1, service.current.stats.clone()));
        for server in service.current.pool.servers() {
            self.trash(server.id, now);
        }
        let nobody: Arc<dyn Scheduler> = Arc::new(sched::NoScheduler);
        self.let_go_of(&service.current, &nobody);
        Ok(())
    }

    fn add_server(
        &mut self,
        key: ServiceKey,
        spec: RealServerSpec,
        world: &World,
    ) -> Result<(), ControlError> {
        let current = self.services.get(&key).ok_or(ControlError::NoSuchService)?.current.clone();
        check_server(&current.spec.key, &spec, world)?;
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
        let nat_since = self.next_nat();
        let slot = self.slots.iter_mut().flatten().find(|slot| {
            slot.deleted.is_some() && slot.service_key == key && slot.spec.endpoint == spec.endpoint
        })?;
        slot.deleted = None;
        slot.real.revive(spec);
        slot.set_spec(*spec);
        slot.nat_since = nat_since;
        if !Arc::ptr_eq(&slot.service.stats, &service.stats) {
            slot.counted.begin_anew();
        }
        slot.was_persistent |= service.spec.persistence.is_some();
        slot.service = service.clone();
        Some(slot.real.id)
    }

    const fn next_nat(&mut self) -> u64 {
        self.nat_beginnings += 1;
        self.nat_beginnings
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
            counted: Counted::new(self.tunables.run_estimation.is_on()),
            nat_since: self.next_nat(),
            was_nat: spec.method == ForwardingMethod::Nat,
            was_persistent: service.spec.persistence.is_some(),
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
        check_server(&current.spec.key, &spec, world)?;
        let real = find_server(&current, spec.endpoint)?;
        real.set_weight(spec.weight);
        real.set_thresholds(spec.thresholds);
        real.set_method(spec.method);
        let nat_since = self.next_nat();
        if let Some(Some(slot)) = self.slots.get_mut(real.id.index()) {
            if slot.spec.method != ForwardingMethod::Nat {
                slot.nat_since = nat_since;
            }
            slot.set_spec(spec);
        }
        current.scheduler.changed(&current.pool, PoolChange::Edited(real.id));
        if let Some(service) = self.services.get_mut(&key) {
            service.is_hashing_stale = true;
        }
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
            self.sweeps += u64::from(self.tunables.expire_nodest_conn.is_on());
        }
    }

    /// A real server that is not in the table, as if it had been deleted just now: it has a number, and connections may wait
    /// for it. `None`: its service is not there.
    pub(super) fn add_deleted(
        &mut self,
        key: ServiceKey,
        spec: &RealServerSpec,
        now: Tick,
    ) -> Option<ServerId> {
        let service = self.services.get(&key)?.current.clone();
        let id = self.new_slot(key, spec, &service);
        if let Some(Some(slot)) = self.slots.get_mut(id.index()) {
            slot.deleted = Some(Deleted { epoch: self.epoch + 1, idle_since: now });
        }
        Some(id)
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
        for slot in self.slots.iter_mut().flatten().filter(|slot| slot.deleted.is_none()) {
            if key.is_none_or(|key| key == slot.service_key) {
                slot.counted.zero(slot.real.stats.read());
            }
        }
        if key.is_none() {
            self.all.counted.zero(self.counted_by_all());
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
        let AllServices { retired, retiring, .. } = &mut self.all;
        retiring.retain(|(epoch, stats)| {
            let in_use = *epoch > oldest_epoch_in_use;
            if !in_use {
                *retired = retired.plus(&stats.read());
            }
            in_use
        });
        let mut freed = false;
        for place in &mut self.slots {
            let Some(slot) = place else { continue };
            let Some(deleted) = &mut slot.deleted else { continue };
            if slot.real.is_referenced() || slot.real.is_remembered() {
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

    /// Lets schedulers that remember forget.
    pub fn tick_schedulers(&self, now: Tick) {
        for service in self.services.values() {
            service.current.scheduler.tick(now, &self.tunables);
        }
    }
}

impl Slot {
    fn set_spec(&mut self, spec: RealServerSpec) {
        self.was_nat |= spec.method == ForwardingMethod::Nat;
        self.spec = spec;
    }

    /// Is its service persistent, or was it?
    pub(super) const fn was_persistent(&self) -> bool {
        self.was_persistent
    }

    /// May NAT replies come from it: it is a NAT server, or was one and still has connections.
    pub(super) fn may_answer(&self) -> bool {
        self.spec.method == ForwardingMethod::Nat || (self.was_nat && self.real.is_referenced())
    }
}

fn find_server(service: &VirtualService, endpoint: Endpoint) -> Result<&Arc<RealServer>, ControlError> {
    service.pool.servers().iter().find(|real| real.endpoint == endpoint).ok_or(ControlError::NoSuchServer)
}

fn make_scheduler(spec: &ServiceSpec, pool: &Pool) -> Result<Arc<dyn Scheduler>, ControlError> {
    let entry = sched::find(spec.scheduler.as_str()).ok_or(ControlError::NoSuchScheduler)?;
    if pool.servers().len() > entry.most_servers {
        return Err(ControlError::Invalid(format!(
            "{} serves at most {} real servers",
            entry.name, entry.most_servers
        )));
    }
    Ok((entry.make)(pool))
}
