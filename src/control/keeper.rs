//! The owner thread: the only one that changes anything. Everybody else sends it events and reads the board.

use super::command::{
    Command, Decision, HappeningRecord, IntakeStatus, Intent, Reply, Request, RouterStatus,
};
use super::effect::{ClaimPlan, ClaimReport, DoorNames, DoorPlan, Effect, SyncWish};
use super::farms::Farms;
use super::happening::{Beat, Cause, Finding, Happening, MaintenanceFile, RouterChange};
use super::inherit::Inheritance;
use super::plan::describe;
use super::roles::Roles;
use super::status::status;
use super::tables::Tables;
use super::world::{PortChange, World};
use super::{Board, ControlError, check, estimate};
use crate::conn::AHEAD;
use crate::lvs::{Family, HostFact, MarkRule, PortId, ServiceKey, SyncDaemon, SyncRole};
use crate::service::Snapshot;
use crate::time::Tick;
use crossbeam_channel::{Receiver, Sender, select};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// How long connections of a director that died here get silence instead of resets, in seconds.
const SILENT_SECONDS: u32 = 60;

/// Findings that are taken in at once, at most.
const BURST: usize = 10_000;

/// What can happen to the keeper, besides facts about the host.
#[derive(Debug)]
pub enum Event {
    /// Somebody asks or commands; the answer goes back by the sender.
    Request(Box<Request>, Sender<Reply>),
    /// A worker has packets for a neighbour without MAC.
    Wanted(PortId, IpAddr),
    /// Connections come faster than memory is taken for them.
    Crowded,
    /// How the claim stands.
    Claimed(Vec<ClaimReport>),
    /// What a health check found.
    Found(Finding),
    /// What there is in a folder of maintenance.
    Maintained(PathBuf, Vec<MaintenanceFile>),
    /// These addresses of virtual routers are this director's now, and no others.
    Roles(BTreeSet<IpAddr>),
    /// A virtual router has changed.
    Router(Box<RouterChange>),
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
    /// The snapshot that follows from the last claim is published: what it no longer names need not reach the workers.
    fn claim_no_more(&mut self) {}
    /// A second has passed.
    fn tick(&mut self) {}
    /// These health checks are to run, and no others.
    fn watch(&mut self, _beats: Vec<Beat>) {}
    /// These folders of maintenance are to be looked at, each so often, and no others.
    fn look_at(&mut self, _folders: Vec<(PathBuf, Duration)>) {}
    /// These are the operators' decisions now; kept for another start, if that is wanted.
    fn decided(&mut self, _decisions: Vec<Decision>) {}
    /// This is the configuration from now on.
    fn configured(&mut self, _wanted: &Intent) {}
    /// The time of day, since 1970.
    fn unix_time(&mut self) -> Duration {
        Duration::ZERO
    }
    /// These VIPs can be served from now on, and no others.
    fn show(&mut self, _vips: &BTreeSet<IpAddr>) {}
    /// Something changed: logs, scripts and mail follow.
    fn tell(&mut self, _happening: Happening) {}
    /// A virtual router changed: logs, scripts and mail follow.
    fn tell_of_router(&mut self, _change: RouterChange) {}
    /// What comes to these addresses of virtual routers is the director's now.
    fn roles_stand(&mut self, _held: &BTreeSet<IpAddr>) {}
    /// How the virtual routers stand.
    fn routers(&self) -> Vec<RouterStatus> {
        Vec::new()
    }
    /// A sync daemon is to run by this wish, whether one of its role runs or not. What the operator left open is settled in the
    /// answer; an error says why it cannot be.
    fn synchronise(&mut self, wish: &SyncWish) -> Result<SyncDaemon, String> {
        Ok(wish.daemon.clone())
    }
    /// The sync daemon of this role is to end.
    fn synchronise_no_more(&mut self, _role: SyncRole) {}
    /// What sync daemons have counted, by name.
    fn synchronised(&self) -> Vec<(String, u64)> {
        Vec::new()
    }
    /// How frames come to the workers.
    fn intake(&self) -> IntakeStatus {
        IntakeStatus::default()
    }
    /// By which way an interface's frames come, in words.
    fn io(&self, _port: PortId) -> String {
        "AF_PACKET".to_owned()
    }
}

/// The keeper's state; [`Keeper::run`] is its life.
pub struct Keeper<O> {
    pub(super) board: Arc<Board>,
    pub(super) tables: Tables,
    pub(super) world: World,
    pub(super) outside: O,
    pub(super) config: Option<String>,
    /// What the configuration said last, as if all real servers were up.
    pub(super) configured: Intent,
    pub(super) farms: Farms,
    pub(super) roles: Roles,
    /// Who is drained may have changed.
    pub(super) drains_changed: bool,
    /// The decisions that the outside knows of.
    pub(super) decisions_known: Vec<Decision>,
    /// Changes told so far.
    pub(super) told: u64,
    /// The last of them.
    pub(super) happenings: VecDeque<HappeningRecord>,
    pub(super) claim: ClaimPlan,
    pub(super) door: DoorPlan,
    /// The door is as it was planned last.
    pub(super) is_door_made: bool,
    /// Since when the door's ends are made and not yet seen.
    pub(super) awaits_door: Option<Tick>,
    /// Answers that wait until what they tell of is published.
    pub(super) unanswered: Vec<(Sender<Reply>, Reply)>,
    pub(super) claim_reports: BTreeMap<String, Result<(), String>>,
    pub(super) announced: BTreeSet<IpAddr>,
    pub(super) asked: BTreeMap<(u32, IpAddr), Tick>,
    /// How sync daemons were told to run last.
    pub(super) synchronised: BTreeMap<SyncRole, SyncWish>,
    /// The daemons that the configuration asked for last.
    pub(super) sync_asked: BTreeMap<SyncRole, SyncDaemon>,
    /// Virtual routers that are master here, by name.
    pub(super) masters: BTreeSet<String>,
    pub(super) is_dirty: bool,
    pub(super) is_claim_doubtful: bool,
    /// VIPs that could be served when it was looked at last.
    pub(super) shown: BTreeSet<IpAddr>,
    /// Snapshots of before that somebody still has: freed here, for a worker must not free thousands of entries between two
    /// frames.
    pub(super) replaced: Vec<Arc<Snapshot>>,
    /// What is still to be taken over.
    pub(super) inheritance: Option<Inheritance>,
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
            configured: Intent::default(),
            farms: Farms::default(),
            roles: Roles::default(),
            drains_changed: false,
            decisions_known: Vec::new(),
            told: 0,
            happenings: VecDeque::new(),
            claim: ClaimPlan::default(),
            door: DoorPlan::default(),
            is_door_made: false,
            awaits_door: None,
            unanswered: Vec::new(),
            claim_reports: BTreeMap::new(),
            announced: BTreeSet::new(),
            asked: BTreeMap::new(),
            synchronised: BTreeMap::new(),
            sync_asked: BTreeMap::new(),
            masters: BTreeSet::new(),
            is_dirty: true,
            is_claim_doubtful: false,
            shown: BTreeSet::new(),
            replaced: Vec::new(),
            inheritance: None,
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
            self.replace(wanted, &Cause::Start)?;
        }
        self.take_over();
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
                    Ok(event) => if !self.handle_with_those_behind(event, events) { break },
                    Err(_) => break,
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
        self.tell_of_the_end();
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

    /// Handles an event. Findings come in bursts (a switch fails, and with it a thousand real servers): those that wait
    /// behind it are taken in before anything is published. False: it was [`Event::Stop`].
    fn handle_with_those_behind(&mut self, event: Event, events: &Receiver<Event>) -> bool {
        let mut next = Some(event);
        let mut left = BURST;
        while let Some(event) = next.take() {
            if matches!(event, Event::Stop) {
                return false;
            }
            let is_finding = matches!(event, Event::Found(_));
            self.handle(event);
            left -= 1;
            if is_finding && left > 0 {
                next = events.try_recv().ok();
            }
        }
        true
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
            Event::Crowded => self.board.conns.make_ready(AHEAD),
            Event::Claimed(reports) => self.note(reports),
            Event::Found(finding) => self.found(finding),
            Event::Maintained(folder, files) => self.maintain(folder, files),
            Event::Roles(held) => self.hold_roles(held),
            Event::Router(change) => self.router_changed(*change),
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
    pub(super) fn note(&mut self, reports: Vec<ClaimReport>) {
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
            Request::Daemons => Reply::Daemons(self.tables.daemons.values().cloned().collect()),
            Request::Totals => Reply::Totals(self.tables.totals()),
            Request::Helpers => Reply::Helpers(self.tables.helpers(&self.board)),
            Request::Status => {
                let mut status = status(
                    &self.board,
                    &self.world,
                    &self.tables,
                    &self.claim_reports,
                    self.config.clone(),
                    self.outside.intake(),
                    |port| self.outside.io(port),
                );
                status.counters.extend(self.outside.synchronised());
                Reply::Status(Box::new(status))
            }
            Request::Replace(wanted) => {
                self.replace(&wanted, &Cause::Reload).map_or_else(refuse, Reply::Changes)
            }
            Request::Running => {
                let mut running = self.tables.intent();
                // What everybody has anyway need not be said.
                let usual = Tables::default().intent();
                running.tunables.retain(|name, value| usual.tunables.get(name) != Some(value));
                Reply::Running(Box::new(running))
            }
            Request::Farms => {
                Reply::Farms(self.farms.status(&self.configured, &self.tables, self.board.now()))
            }
            Request::Hold { servers, hold, by, deadline } => {
                self.hold(&servers, hold, &by, deadline).map_or_else(refuse, |()| Reply::Done)
            }
            Request::Routers => Reply::Routers(self.routers()),
            Request::Events { after } => Reply::Events(self.events(after)),
            // Who reads files answers it before it comes here.
            Request::Reload => {
                refuse(ControlError::NotSupported("this director has no files to read".into()))
            }
            Request::Diff(wanted) => self.difference(&wanted).map_or_else(refuse, Reply::Changes),
        }
    }

    pub(super) fn change(&mut self, command: Command) -> Result<(), ControlError> {
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
        let daemon = match &command {
            Command::StartDaemon(daemon) => Some((daemon.role, true)),
            Command::StopDaemon(role) => Some((*role, false)),
            _ => None,
        };
        let line = tracing::enabled!(tracing::Level::DEBUG).then(|| describe(&command));
        self.tables.change(command, &self.world, now).inspect_err(|error| {
            // ipvsadm has one text for all that is invalid, and netlink clients see no text at all.
            if matches!(error, ControlError::Invalid(_) | ControlError::NotSupported(_)) {
                tracing::warn!("refused: {error}");
            }
        })?;
        match daemon {
            Some((role, true)) => {
                self.begin_sync(role).inspect_err(|error| tracing::warn!("refused: {error}"))?;
            }
            Some((role, false)) => self.end_sync(role),
            None => {}
        }
        // Whoever it was that asked: a command, another program, a check.
        if let Some(line) = line {
            tracing::debug!("changed: {line}");
        }
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

    /// Would this be refused?
    pub(super) fn check_wanted(&self, wanted: &Intent) -> Result<(), ControlError> {
        check::validate(wanted, &self.world)?;
        wanted.services.keys().try_for_each(|key| self.check_safe(key))?;
        self.check_wanted_marks_safe(wanted)
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

    fn every_second(&mut self, now: Tick) {
        if (now.0 / Tick::PER_SECOND).is_multiple_of(estimate::PERIOD_SECONDS) {
            self.tables.estimate();
        }
        self.defend();
        let snapshot = self.board.snapshot.load_full();
        self.show_served(&snapshot);
        self.outside.tick();
        self.let_grow(now);
        self.meet_deadlines(now);
        self.board.conns.make_ready(AHEAD);
        self.board.passes.sweep();
        self.free_replaced();
        self.tables.tick_schedulers(now);
        let oldest = self.board.workers.iter().map(|worker| worker.epoch.load(Relaxed)).min().unwrap_or(0);
        if self.tables.empty_trash(now, oldest) {
            self.is_dirty = true;
        }
        self.resolve_next_hops();
    }
}
