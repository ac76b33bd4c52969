//! A keeper whose tidings are heard, for tests: findings and decisions in, tables and tidings out.

use super::command::{Deadline, Decision, FarmServerStatus, HoldKind, Intent, Reply, Request};
use super::effect::{ClaimPlan, ClaimReport, DoorNames, DoorPlan, Effect};
use super::happening::{Beat, Finding, Happening, WeightWish};
use super::{Board, Keeper, Outside};
use crate::conn::{ConnConfig, ConnTable};
use crate::lvs::{
    Check, Endpoint, Farm, FarmServer, Origin, PortId, Probe, Protocol, RealServerSpec, ServiceKey,
    ServiceSpec, Timing,
};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
pub(super) struct Heard {
    pub(super) told: Vec<String>,
    pub(super) beats: Vec<Beat>,
    pub(super) decided: Vec<Vec<Decision>>,
    pub(super) folders: Vec<(PathBuf, Duration)>,
    pub(super) unix: u64,
}

pub(super) struct Ear(Arc<Mutex<Heard>>);

impl Outside for Ear {
    fn claim(&mut self, _: ClaimPlan) -> Vec<ClaimReport> {
        Vec::new()
    }
    fn door(&mut self, _: DoorPlan) -> bool {
        true
    }
    fn effect(&mut self, _: Effect) {}
    fn wake_workers(&mut self) {}
    fn free_pages(&mut self) -> Option<u64> {
        None
    }
    fn announce(&mut self, _: PortId, _: &[IpAddr]) {}
    fn reopen(&mut self, _: PortId, _: u32) {}
    fn close(&mut self, _: PortId) {}
    fn watch(&mut self, beats: Vec<Beat>) {
        self.0.lock().unwrap().beats = beats;
    }
    fn look_at(&mut self, folders: Vec<(PathBuf, Duration)>) {
        self.0.lock().unwrap().folders = folders;
    }
    fn decided(&mut self, decisions: Vec<Decision>) {
        self.0.lock().unwrap().decided.push(decisions);
    }
    fn unix_time(&mut self) -> Duration {
        Duration::from_secs(self.0.lock().unwrap().unix)
    }
    fn tell(&mut self, happening: Happening) {
        self.0.lock().unwrap().told.push(happening.to_string());
    }
}

pub(super) fn key(port: u16) -> ServiceKey {
    ServiceKey::Tuple { protocol: Protocol::Tcp, virt: Endpoint::new([10, 9, 0, 100].into(), port) }
}

pub(super) fn at(last: u8) -> Endpoint {
    Endpoint::new([10, 9, 0, last].into(), 80)
}

pub(super) fn check(begins_down: bool) -> Check {
    let second = Duration::from_secs(1);
    Check {
        probe: Probe::Tcp,
        addr: None,
        port: None,
        from: Origin::default(),
        timing: Timing {
            interval: second,
            retry_interval: None,
            timeout: second,
            falls: 3,
            rises: 1,
            first_counts: true,
            warmup: Duration::ZERO,
        },
        begins_down,
        tells_all: false,
        through_vip: false,
    }
}

/// A service of two real servers, 11 with weight 1 and 12 with weight 3, each with one check.
pub(super) fn intent(change: impl FnOnce(&mut Farm)) -> Intent {
    let specs =
        [(11, 1), (12, 3)].map(|(last, weight)| RealServerSpec { weight, ..RealServerSpec::new(at(last)) });
    let mut farm = Farm::unwatched(key(80), specs.iter().map(|spec| spec.endpoint));
    for server in &mut farm.servers {
        server.checks.push(check(false));
    }
    change(&mut farm);
    let mut intent = Intent::default();
    for key in &farm.services {
        intent.services.insert(*key, (ServiceSpec::new(*key), specs.to_vec()));
    }
    intent.farms.push(farm);
    intent
}

pub(super) fn every(change: impl Fn(&mut FarmServer)) -> impl FnOnce(&mut Farm) {
    move |farm| farm.servers.iter_mut().for_each(change)
}

pub(super) struct Scene {
    pub(super) keeper: Keeper<Ear>,
    pub(super) heard: Arc<Mutex<Heard>>,
}

impl Scene {
    pub(super) fn new(intent: &Intent) -> Self {
        let mut scene = Self::before(0);
        scene.take(intent);
        scene
    }

    /// At this second since 1970, before any configuration.
    pub(super) fn before(unix: u64) -> Self {
        let conns = ConnTable::new(ConnConfig { capacity: 1000, ..ConnConfig::default() }).unwrap();
        let heard = Arc::new(Mutex::new(Heard { unix, ..Heard::default() }));
        let board = Arc::new(Board::with_set_time(conns, 1));
        let keeper = Keeper::new(board, &[], DoorNames::default(), None, Ear(Arc::clone(&heard)));
        Self { keeper, heard }
    }

    /// So many seconds after the start; the last of them passes.
    pub(super) fn at_second(&mut self, second: u64) {
        self.keeper.board.set_uptime(Duration::from_secs(second));
        self.keeper.pass_second();
    }

    /// How a real server of the first farm stands.
    pub(super) fn status(&mut self, last: u8) -> FarmServerStatus {
        let Reply::Farms(farms) = self.keeper.serve(Request::Farms) else { panic!("farms") };
        farms[0].servers.iter().find(|server| server.server == at(last)).unwrap().clone()
    }

    /// Its shared state: does it drain, are its connections reset?
    pub(super) fn flags(&self, last: u8) -> (bool, bool) {
        let view = self.keeper.board.snapshot.load_full();
        let real = |server: &&crate::service::Server| server.real.endpoint == at(last);
        let server = view.servers.iter().flatten().find(real).expect("the real server");
        (!server.real.may_persist(false), server.real.resets())
    }

    /// So many connections of it.
    pub(super) fn connect(&self, last: u8, connections: usize) {
        let view = self.keeper.board.snapshot.load_full();
        let real = |server: &&crate::service::Server| server.real.endpoint == at(last);
        let server = view.servers.iter().flatten().find(real).expect("the real server");
        (0..connections).for_each(|_| server.real.bind());
    }

    pub(super) fn take(&mut self, intent: &Intent) -> Vec<String> {
        match self.keeper.serve(Request::Replace(intent.clone())) {
            Reply::Changes(changes) => changes,
            other => panic!("{other:?}"),
        }
    }

    /// The number of a real server's check.
    pub(super) fn id(&self, last: u8) -> u64 {
        let heard = self.heard.lock().unwrap();
        let of = |beat: &&Beat| beat.farm.servers[beat.server].endpoint == at(last);
        heard.beats.iter().find(of).expect("a check").id
    }

    /// What is known of the checks when they begin.
    pub(super) fn begins(&self) -> Vec<Option<bool>> {
        self.heard.lock().unwrap().beats.iter().map(|beat| beat.begins_up).collect()
    }

    pub(super) fn find(&mut self, last: u8, is_up: bool) {
        self.find_with(last, is_up, None);
    }

    pub(super) fn find_with(&mut self, last: u8, is_up: bool, weight: Option<WeightWish>) {
        let finding = self.finding(last, is_up, weight);
        self.keeper.found(finding);
    }

    pub(super) fn finding(&self, last: u8, is_up: bool, weight: Option<WeightWish>) -> Finding {
        Finding {
            id: self.id(last),
            is_up,
            has_failed: !is_up,
            weight,
            detail: if is_up { "fine" } else { "refused" }.to_owned(),
            failures: u32::from(!is_up),
            took: Duration::ZERO,
            next_in: Duration::from_secs(1),
        }
    }

    /// Real servers of the first service in the order in which they were added, as `last:weight`.
    pub(super) fn table(&mut self) -> String {
        self.table_of(80)
    }

    pub(super) fn table_of(&mut self, port: u16) -> String {
        let Reply::Services(services) = self.keeper.serve(Request::Services(Some(key(port)))) else {
            panic!("services")
        };
        let server = |spec: &RealServerSpec| match spec.endpoint.addr {
            IpAddr::V4(addr) => format!("{}:{}", addr.octets()[3], spec.weight),
            IpAddr::V6(_) => String::new(),
        };
        let list: Vec<_> = services[0].servers.iter().rev().map(|state| server(&state.spec)).collect();
        list.join(" ")
    }

    /// What was told since it was asked last.
    pub(super) fn told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap().told)
    }

    pub(super) fn hold(&mut self, last: u8, hold: Option<HoldKind>) -> Reply {
        self.hold_until(last, hold, None)
    }

    pub(super) fn hold_until(
        &mut self,
        last: u8,
        hold: Option<HoldKind>,
        deadline: Option<Deadline>,
    ) -> Reply {
        let servers = vec![(key(80), at(last))];
        self.keeper.serve(Request::Hold { servers, hold, by: "ann".into(), deadline })
    }
}
