//! The owner thread: the only one that changes anything. Everybody else sends it events and reads the board.

use super::command::{Command, Intent, Reply, Request};
use super::effect::{ClaimPlan, ClaimReport, DoorNames, DoorPlan, Effect};
use super::status::status;
use super::tables::Tables;
use super::world::{PortChange, World};
use super::{Board, ControlError, check, estimate, plan};
use crate::lvs::{Family, ForwardingMethod, HostFact, MarkRule, PortId, ServiceKey};
use crate::service::{Server, Snapshot};
use crate::time::Tick;
use crossbeam_channel::{Receiver, Sender, select};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// How often next hops are refreshed in the host's neighbour table, in seconds: the kernel does not see our packets, so
/// by itself it would let the entries go stale.
const REFRESH_SECONDS: u32 = 20;
/// How often an unresolved next hop is asked for again, in seconds.
const ASK_AGAIN_SECONDS: u32 = 3;

/// How long nothing is published while the door opens, in seconds: the kernel tells of its ends a moment after it has
/// made them.
const DOOR_SECONDS: u32 = 2;

/// How long connections of a director that died here get silence instead of resets, in seconds.
const SILENT_SECONDS: u32 = 60;

/// What can happen to the keeper, besides facts about the host.
#[derive(Debug)]
pub enum Event {
    /// Somebody asks or commands; the answer goes back by the sender.
    Request(Box<Request>, Sender<Reply>),
    /// A worker has packets for a neighbour without MAC.
    Wanted(PortId, IpAddr),
    /// How the claim stands.
    Claimed(Vec<ClaimReport>),
    /// End: withdraw what was installed.
    Stop,
}

/// What the keeper has done in the world. The assembly (`cli::run`) carries it out.
pub trait Outside: Send {
    /// Keeps the host's stack off this traffic; returns when the kernel holds it (or does not), with how it stands.
    fn claim(&mut self, plan: ClaimPlan) -> Vec<ClaimReport>;
    /// Makes the door to this host's own stack as planned; returns when that is done. False: it could not be done.
    fn door(&mut self, plan: DoorPlan) -> bool;
    /// Another effect for the host room, carried out soon.
    fn effect(&mut self, effect: Effect);
    /// The snapshot changed: workers that sleep must look.
    fn wake_workers(&mut self);
    /// Free memory in pages (MemFree and Buffers); `None`: unknown. Asked while a defence follows it.
    fn free_pages(&mut self) -> Option<u64>;
    /// Neighbours on an interface are to learn that these VIPs are here.
    fn announce(&mut self, port: PortId, vips: &[IpAddr]);
    /// An interface came back as another link: workers need new rings on it.
    fn reopen(&mut self, port: PortId, ifindex: u32);
    /// An interface is gone: workers let go of it.
    fn close(&mut self, port: PortId);
}

/// The keeper's state; [`Keeper::run`] is its life.
pub struct Keeper<O> {
    board: Arc<Board>,
    tables: Tables,
    world: World,
    outside: O,
    config: Option<String>,
    claim: ClaimPlan,
    door: DoorPlan,
    /// Since when the door's ends are made and not yet seen.
    awaits_door: Option<Tick>,
    /// Answers that wait until what they tell of is published.
    unanswered: Vec<(Sender<Reply>, Reply)>,
    claim_reports: BTreeMap<String, Result<(), String>>,
    announced: BTreeSet<IpAddr>,
    asked: BTreeMap<(u32, IpAddr), Tick>,
    is_dirty: bool,
    is_claim_doubtful: bool,
}

impl<O: Outside> Keeper<O> {
    /// A keeper for these interfaces (names and link indices, in the order of their [`PortId`]s), which opens the door to
    /// its host by these names when it needs it.
    pub fn new(
        board: Arc<Board>,
        ports: &[(String, u32)],
        door: DoorNames,
        config: Option<String>,
        outside: O,
    ) -> Self {
        Self {
            board,
            tables: Tables::default(),
            world: World::new(ports, door),
            outside,
            config,
            claim: ClaimPlan::default(),
            door: DoorPlan::default(),
            awaits_door: None,
            unanswered: Vec::new(),
            claim_reports: BTreeMap::new(),
            announced: BTreeSet::new(),
            asked: BTreeMap::new(),
            is_dirty: true,
            is_claim_doubtful: false,
        }
    }

    /// Learns the host's facts until the whole truth is known, then takes in the configuration, if there is one, and
    /// publishes: the first claim is already the right one. `after_crash`: a director died here before.
    ///
    /// # Errors
    /// The host does not tell its facts, or the configuration is refused.
    pub fn begin(
        &mut self,
        facts: &Receiver<HostFact>,
        wanted: Option<&Intent>,
        after_crash: bool,
    ) -> Result<(), ControlError> {
        loop {
            let fact = facts.recv_timeout(Duration::from_secs(10));
            let fact = fact
                .map_err(|_| ControlError::Invalid("the kernel does not tell its links and routes".into()))?;
            let synced = fact == HostFact::Synced;
            self.learn(fact);
            if synced {
                break;
            }
        }
        if after_crash {
            self.tables.be_silent_until(self.board.now().plus_seconds(SILENT_SECONDS));
        }
        if let Some(wanted) = wanted {
            self.replace(wanted)?;
        }
        self.settle();
        while self.awaits_door.is_some() {
            if let Ok(fact) = facts.recv_timeout(Duration::from_millis(100)) {
                self.learn(fact);
            }
            self.settle();
        }
        // Only now is it known whether the kernel takes a claim.
        wanted.map_or(Ok(()), |wanted| {
            wanted.services.keys().try_for_each(|key| self.check_safe(key))?;
            self.check_wanted_marks_safe(wanted)
        })
    }

    /// Serves events and facts until [`Event::Stop`] or until nobody is left to send any; gives back what it had.
    pub fn run(mut self, events: &Receiver<Event>, facts: &Receiver<HostFact>) -> O {
        let mut next_tick = self.board.now().plus_seconds(1);
        let never = crossbeam_channel::never();
        let mut facts = facts;
        loop {
            select! {
                recv(events) -> event => match event {
                    Ok(Event::Stop) | Err(_) => break,
                    Ok(event) => self.handle(event),
                },
                recv(facts) -> fact => match fact {
                    Ok(fact) => {
                        self.learn(fact);
                        // Facts come in bursts: take what is there before anything is published.
                        for fact in facts.try_iter().take(10_000).collect::<Vec<_>>() {
                            self.learn(fact);
                        }
                    }
                    Err(_) => facts = &never,
                },
                default(Duration::from_millis(500)) => {}
            }
            let now = self.board.now();
            if now.since(next_tick) > 0 || now == next_tick {
                next_tick = now.plus_seconds(1);
                self.pass_second();
            }
            self.settle();
            self.answer_those_who_wait();
        }
        self.outside.effect(Effect::Withdraw);
        self.outside
    }

    /// Answers one request, in the caller's thread; what it changed is published when this returns.
    pub fn serve(&mut self, request: Request) -> Reply {
        let answer = self.answer(request);
        self.settle();
        answer
    }

    /// Takes in one fact about the host, in the caller's thread; what it changed is published when this returns.
    pub fn inform(&mut self, fact: HostFact) {
        self.learn(fact);
        self.settle();
    }

    /// Does what is due every second, in the caller's thread, and publishes what changed.
    pub fn pass_second(&mut self) {
        self.every_second(self.board.now());
        self.settle();
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Request(request, reply) => {
                let answer = self.serve(*request);
                self.unanswered.push((reply, answer));
                self.answer_those_who_wait();
            }
            Event::Wanted(port, addr) => {
                if let Some(ifindex) = self.world.ifindex(port) {
                    self.ask_for(ifindex, addr);
                }
            }
            Event::Claimed(reports) => self.note(reports),
            Event::Stop => {}
        }
    }

    /// Sends the answers, unless what they tell of is still to be published: who has added a real server on this host is
    /// told so when packets reach it.
    fn answer_those_who_wait(&mut self) {
        if self.awaits_door.is_none() {
            for (reply, answer) in self.unanswered.drain(..) {
                let _ = reply.send(answer);
            }
        }
    }

    /// Remembers how the claim stands on each device, and says so if it changed for the worse.
    fn note(&mut self, reports: Vec<ClaimReport>) {
        for report in reports {
            let before = self.claim_reports.get(&report.device);
            if let Err(why) = &report.outcome
                && before != Some(&report.outcome)
            {
                tracing::warn!(device = %report.device, "the host's stack is not kept off: {why}");
            }
            self.claim_reports.insert(report.device, report.outcome);
        }
    }

    /// Answers a request; changes are in the tables when it returns, and published by [`Self::settle`].
    fn answer(&mut self, request: Request) -> Reply {
        let refuse = |error: ControlError| Reply::Refused(error);
        match request {
            Request::Command(command) => self.change(command).map_or_else(refuse, |()| Reply::Done),
            Request::Commands(commands) => {
                Reply::Each(commands.into_iter().map(|command| self.change(command).err()).collect())
            }
            Request::Services(key) => self.tables.services(key).map_or_else(refuse, Reply::Services),
            Request::Connections => Reply::Connections(self.tables.connections(&self.board)),
            Request::Timeouts => Reply::Timeouts(self.tables.timeouts()),
            Request::Marks => Reply::Marks(self.tables.marks.rules().to_vec()),
            Request::Tunables => Reply::Tunables(self.tables.tunables),
            // None is ever started: see `Tables::change`.
            Request::Daemons => Reply::Daemons(Vec::new()),
            Request::Totals => Reply::Totals(self.tables.totals()),
            Request::Helpers => Reply::Helpers(self.tables.helpers(&self.board)),
            Request::Status => Reply::Status(Box::new(status(
                &self.board,
                &self.world,
                &self.tables,
                &self.claim_reports,
                self.config.clone(),
            ))),
            Request::Replace(wanted) => self.replace(&wanted).map_or_else(refuse, Reply::Changes),
            Request::Diff(wanted) => match check::validate(&wanted, &self.world) {
                Ok(()) => Reply::Changes(
                    plan(&self.tables.intent(), &wanted).iter().map(super::plan::describe).collect(),
                ),
                Err(error) => refuse(error),
            },
        }
    }

    fn change(&mut self, command: Command) -> Result<(), ControlError> {
        if let Command::AddService(spec) = &command {
            self.check_safe(&spec.key)?;
        }
        if let Command::AddMarks(rules) = &command {
            for family in
                [Family::V4, Family::V6].into_iter().filter(|family| self.tables.has_marks_of(*family))
            {
                self.check_marks_safe(family, rules)?;
            }
        }
        let now = self.board.now();
        let tunes = matches!(command, Command::SetTunable { .. });
        self.tables.change(command, &self.world, now).inspect_err(|error| {
            // ipvsadm has one text for all that is invalid, and netlink clients see no text at all.
            if matches!(error, ControlError::Invalid(_) | ControlError::NotSupported(_)) {
                tracing::warn!("refused: {error}");
            }
        })?;
        if tunes {
            self.defend();
        }
        self.is_dirty = true;
        Ok(())
    }

    /// Looks at the free memory, if any defence follows it, and sets the defences accordingly.
    fn defend(&mut self) {
        let free_pages = if self.tables.watches_memory() { self.outside.free_pages() } else { None };
        self.is_dirty |= self.tables.defend(free_pages);
    }

    /// Where the kernel holds no claim, a VIP that is the host's own, or a host that forwards, would have two answers to
    /// every packet: refused, rather than served badly.
    fn check_safe(&self, key: &ServiceKey) -> Result<(), ControlError> {
        match key {
            ServiceKey::Tuple { virt, .. } => self.check_safe_for(virt.family(), [virt.addr]),
            ServiceKey::Fwmark { family, .. } => self.check_marks_safe(*family, self.tables.marks.rules()),
        }
    }

    /// The same for services by mark.
    fn check_marks_safe(&self, family: Family, rules: &[MarkRule]) -> Result<(), ControlError> {
        let of_family = rules.iter().filter(|rule| rule.family() == family);
        self.check_safe_for(family, of_family.map(|rule| rule.destination.addr()))
    }

    fn check_safe_for(
        &self,
        family: Family,
        addresses: impl IntoIterator<Item = IpAddr>,
    ) -> Result<(), ControlError> {
        let Some(why) = self.claim_reports.values().find_map(|outcome| outcome.as_ref().err()) else {
            return Ok(());
        };
        let own = addresses.into_iter().find(|addr| self.world.is_host_address(*addr));
        let danger = if let Some(addr) = own {
            format!("{addr} is an address of this host")
        } else if self.world.forwards(family) {
            "this host forwards packets (ip_forward)".to_owned()
        } else {
            return Ok(());
        };
        Err(ControlError::NotSupported(format!(
            "{danger}, and its stack cannot be kept off the service: {why}"
        )))
    }

    /// Makes the running configuration equal to `wanted`: all of it or, if any of it is refused, nothing.
    fn replace(&mut self, wanted: &Intent) -> Result<Vec<String>, ControlError> {
        check::validate(wanted, &self.world)?;
        wanted.services.keys().try_for_each(|key| self.check_safe(key))?;
        self.check_wanted_marks_safe(wanted)?;
        let changes = plan(&self.tables.intent(), wanted);
        let told = changes.iter().map(super::plan::describe).collect();
        changes.into_iter().try_for_each(|change| self.change(change))?;
        Ok(told)
    }

    /// Mark rules of a file, for the services by mark in it.
    fn check_wanted_marks_safe(&self, wanted: &Intent) -> Result<(), ControlError> {
        let Some(marks) = &wanted.marks else { return Ok(()) };
        for family in [Family::V4, Family::V6] {
            let is_by_mark =
                |key: &ServiceKey| matches!(key, ServiceKey::Fwmark { family: own, .. } if *own == family);
            if wanted.services.keys().any(is_by_mark) {
                self.check_marks_safe(family, marks)?;
            }
        }
        Ok(())
    }

    fn learn(&mut self, fact: HostFact) {
        // A rename or a deletion takes the claim off the device behind our back: it is verified at every link change.
        self.is_claim_doubtful |=
            matches!(fact, HostFact::Link(_) | HostFact::LinkGone { .. } | HostFact::Synced);
        if let HostFact::NeighbourGone { ifindex, addr } = fact {
            // The kernel has forgotten it, and with it what it was asked: a next hop in use is asked for again at once,
            // or, if its link went down, when that is back.
            self.asked.remove(&(ifindex, addr));
        }
        let changes = self.world.learn(fact);
        self.is_dirty = true;
        for change in changes {
            match change {
                PortChange::Appeared(port, ifindex) => {
                    tracing::info!(port = port.0, ifindex, "interface is back");
                    self.outside.reopen(port, ifindex);
                }
                PortChange::Gone(port) => {
                    tracing::warn!(port = port.0, "interface is gone");
                    self.outside.close(port);
                }
                PortChange::Refreshed(_) => self.announced.clear(),
            }
        }
    }

    /// Publishes what changed, and has done in the world what follows from it.
    fn settle(&mut self) {
        if !self.is_dirty || self.world.is_syncing() {
            return;
        }
        self.is_dirty = false;
        let snapshot = self.tables.snapshot(&self.world);
        let claimed: BTreeSet<IpAddr> = snapshot.claimed.iter().copied().collect();
        let links: Vec<_> = snapshot.network.links.iter().flatten().cloned().collect();

        let wanted = ClaimPlan {
            devices: self.world.device_names().map(str::to_owned).collect(),
            addresses: claimed.clone(),
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
            nat_sources: snapshot.nat_sources.iter().copied().collect(),
            // What answers clients on this host goes to the host, too: then nothing is left to its stack.
            host_addresses: if snapshot.tunables.local_clients.is_on() {
                BTreeSet::new()
            } else {
                snapshot.network.host_addresses.iter().copied().collect()
            },
            marks: self.tables.claimed_marks(&claimed, &snapshot.network),
        };
        let door = self.door_for(&snapshot);
        if door != self.door {
            let is_made = self.outside.door(door.clone());
            self.awaits_door = (is_made && door.is_open).then(|| self.board.now());
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
        if wanted != self.claim || self.is_claim_doubtful {
            self.is_claim_doubtful = false;
            self.claim_reports.retain(|device, _| wanted.devices.contains(device));
            let reports = self.outside.claim(wanted.clone());
            self.note(reports);
            self.claim = wanted;
        }
        self.board.snapshot.store(Arc::new(snapshot));
        self.outside.wake_workers();

        self.announced.retain(|vip| claimed.contains(vip));
        let news: Vec<IpAddr> = claimed.difference(&self.announced).copied().collect();
        let running: Vec<_> = links.iter().filter(|link| link.running).collect();
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
        self.resolve_next_hops();
    }

    /// The door that this snapshot needs: for real servers on this host, and for its clients if they are asked for.
    fn door_for(&self, snapshot: &Snapshot) -> DoorPlan {
        let is_local = |server: &Server| {
            server.real.method() == ForwardingMethod::Local
                || snapshot.network.is_local(server.real.endpoint.addr)
        };
        let clients_to = match snapshot.tunables.local_clients.is_on() {
            true => snapshot.claimed.iter().copied().collect(),
            false => BTreeSet::new(),
        };
        if clients_to.is_empty() && !snapshot.servers.iter().flatten().any(is_local) {
            return DoorPlan::default();
        }
        let host = &snapshot.network.host_addresses;
        let servers = snapshot.nat_sources.iter().filter(|(_, server)| host.contains(&server.addr));
        DoorPlan { is_open: true, servers: servers.copied().collect(), mtu: self.world.mtu(), clients_to }
    }

    /// Asks for the MAC of every next hop in use that has none, and now and then for those that have one.
    fn resolve_next_hops(&mut self) {
        let view = self.board.snapshot.load_full();
        let hops =
            view.servers.iter().flatten().filter(|server| server.available).filter_map(|server| server.hop);
        let mut wanted: BTreeSet<(PortId, IpAddr)> = hops.map(|hop| (hop.port, hop.neighbour)).collect();
        wanted.extend(self.world.gateways());
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

    fn ask_for(&mut self, ifindex: u32, addr: IpAddr) {
        let now = self.board.now();
        if self.asked.len() > 10_000 {
            self.asked.retain(|_, last| now.since(*last) < REFRESH_SECONDS * Tick::PER_SECOND);
        }
        self.asked.insert((ifindex, addr), now);
        self.outside.effect(Effect::Resolve { ifindex, addr });
    }

    fn every_second(&mut self, now: Tick) {
        if (now.0 / Tick::PER_SECOND).is_multiple_of(estimate::PERIOD_SECONDS) {
            self.tables.estimate();
        }
        self.defend();
        self.tables.tick_schedulers(now);
        let oldest = self.board.workers.iter().map(|worker| worker.epoch.load(Relaxed)).min().unwrap_or(0);
        if self.tables.empty_trash(now, oldest) {
            self.is_dirty = true;
        }
        self.resolve_next_hops();
    }
}
