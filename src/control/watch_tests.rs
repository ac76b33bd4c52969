//! Findings in, tables and tidings out.

use super::command::{Command, HoldKind, Intent, Reply, Request, ServerCondition};
use super::effect::{ClaimPlan, ClaimReport, DoorNames, DoorPlan, Effect};
use super::happening::{Beat, Finding, Happening, WeightWish};
use super::{Board, ControlError, Keeper, Outside};
use crate::conn::{ConnConfig, ConnTable};
use crate::lvs::{
    AddressFact, Check, Endpoint, Farm, FarmServer, HostFact, Origin, PortId, Probe, Protocol, Quorum,
    RealServerSpec, ServiceKey, ServiceSpec, SlowStart, Sorry, Timing, WhenDown,
};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
struct Heard {
    told: Vec<String>,
    beats: Vec<Beat>,
}

struct Ear(Arc<Mutex<Heard>>);

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
    fn tell(&mut self, happening: Happening) {
        self.0.lock().unwrap().told.push(happening.to_string());
    }
}

fn key(port: u16) -> ServiceKey {
    ServiceKey::Tuple { protocol: Protocol::Tcp, virt: Endpoint::new([10, 9, 0, 100].into(), port) }
}

fn at(last: u8) -> Endpoint {
    Endpoint::new([10, 9, 0, last].into(), 80)
}

fn check(begins_down: bool) -> Check {
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
fn intent(change: impl FnOnce(&mut Farm)) -> Intent {
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

fn every(change: impl Fn(&mut FarmServer)) -> impl FnOnce(&mut Farm) {
    move |farm| farm.servers.iter_mut().for_each(change)
}

struct Scene {
    keeper: Keeper<Ear>,
    heard: Arc<Mutex<Heard>>,
}

impl Scene {
    fn new(intent: &Intent) -> Self {
        let conns = ConnTable::new(ConnConfig { capacity: 1000, ..ConnConfig::default() }).unwrap();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let board = Arc::new(Board::with_set_time(conns, 1));
        let keeper = Keeper::new(board, &[], DoorNames::default(), None, Ear(Arc::clone(&heard)));
        let mut scene = Self { keeper, heard };
        scene.take(intent);
        scene
    }

    fn take(&mut self, intent: &Intent) -> Vec<String> {
        match self.keeper.serve(Request::Replace(intent.clone())) {
            Reply::Changes(changes) => changes,
            other => panic!("{other:?}"),
        }
    }

    /// The number of a real server's check.
    fn id(&self, last: u8) -> u64 {
        let heard = self.heard.lock().unwrap();
        let of = |beat: &&Beat| beat.farm.servers[beat.server].endpoint == at(last);
        heard.beats.iter().find(of).expect("a check").id
    }

    /// What is known of the checks when they begin.
    fn begins(&self) -> Vec<Option<bool>> {
        self.heard.lock().unwrap().beats.iter().map(|beat| beat.begins_up).collect()
    }

    fn find(&mut self, last: u8, is_up: bool) {
        self.find_with(last, is_up, None);
    }

    fn find_with(&mut self, last: u8, is_up: bool, weight: Option<WeightWish>) {
        let finding = Finding {
            id: self.id(last),
            is_up,
            has_failed: !is_up,
            weight,
            detail: if is_up { "fine" } else { "refused" }.to_owned(),
            failures: u32::from(!is_up),
            took: Duration::ZERO,
            next_in: Duration::from_secs(1),
        };
        self.keeper.found(finding);
    }

    /// Real servers of the first service in the order in which they were added, as `last:weight`.
    fn table(&mut self) -> String {
        self.table_of(80)
    }

    fn table_of(&mut self, port: u16) -> String {
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
    fn told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap().told)
    }

    fn hold(&mut self, last: u8, hold: Option<HoldKind>) -> Reply {
        self.keeper.serve(Request::Hold { servers: vec![(key(80), at(last))], hold, by: "ann".into() })
    }
}

#[test]
fn who_is_down_leaves_and_comes_back() {
    let mut scene = Scene::new(&intent(|_| ()));
    assert_eq!(scene.table(), "11:1 12:3");
    scene.find(11, true);
    assert_eq!(scene.told(), [""; 0], "nothing has changed");
    scene.find(11, false);
    assert_eq!(scene.table(), "12:3");
    scene.find(11, false);
    assert_eq!(scene.told(), ["TCP 10.9.0.100:80 10.9.0.11:80: down: refused (check)"]);
    scene.find(11, true);
    assert_eq!(scene.table(), "12:3 11:1");
    assert_eq!(scene.told(), ["TCP 10.9.0.100:80 10.9.0.11:80: up with weight 1: fine (check)"]);
}

#[test]
fn who_is_quiesced_stays_with_weight_0() {
    let mut scene = Scene::new(&intent(every(|server| server.when_down = WhenDown::Quiesce)));
    scene.find(11, false);
    assert_eq!(scene.table(), "11:0 12:3");
    scene.find(11, true);
    assert_eq!(scene.table(), "11:1 12:3");
}

#[test]
fn who_begins_down_is_added_when_it_is_up() {
    let mut scene = Scene::new(&intent(every(|server| server.checks[0].begins_down = true)));
    assert_eq!(scene.table(), "");
    scene.find(12, true);
    assert_eq!(scene.table(), "12:3");
    assert_eq!(
        scene.told(),
        [
            "TCP 10.9.0.100:80 10.9.0.12:80: up with weight 3: fine (check)",
            "TCP 10.9.0.100:80: quorum gained: weight 3 is up (check)"
        ]
    );
}

#[test]
fn a_sorry_server_serves_while_the_quorum_is_lost() {
    let sorry = |replaces, quiesces| {
        move |farm: &mut Farm| {
            farm.quorum = Quorum { weight: 3, hysteresis: 1 };
            farm.sorry = Some(Sorry { server: RealServerSpec::new(at(99)), replaces, quiesces });
        }
    };
    let mut scene = Scene::new(&intent(sorry(true, false)));
    scene.find(11, false);
    assert_eq!(scene.table(), "12:3", "3 is not below 3 - 1");
    scene.told();
    scene.find(12, false);
    assert_eq!(scene.table(), "99:1");
    scene.find(11, true);
    assert_eq!(scene.table(), "99:1", "1 is not 3 + 1: who is up waits");
    scene.find(12, true);
    assert_eq!(scene.table(), "11:1 12:3");
    assert_eq!(
        scene.told(),
        [
            "TCP 10.9.0.100:80 10.9.0.12:80: down: refused (check)",
            "TCP 10.9.0.100:80: quorum lost: weight 0 is up (check)",
            "TCP 10.9.0.100:80: the sorry server serves (check)",
            "TCP 10.9.0.100:80 10.9.0.11:80: up with weight 0: fine (check)",
            "TCP 10.9.0.100:80 10.9.0.12:80: up with weight 3: fine (check)",
            "TCP 10.9.0.100:80: quorum gained: weight 4 is up (check)",
            "TCP 10.9.0.100:80: the sorry server serves no longer (check)",
        ]
    );
    // Those that are up stay beside it, or leave as they do when they are down.
    let mut scene = Scene::new(&intent(sorry(false, false)));
    scene.find(12, false);
    assert_eq!(scene.table(), "11:1 99:1");
    let mut scene = Scene::new(&intent(|farm| {
        sorry(true, false)(farm);
        farm.servers[0].when_down = WhenDown::Quiesce;
    }));
    scene.find(12, false);
    assert_eq!(scene.table(), "11:0 99:1");
    // One that waits is there with weight 0.
    let mut scene = Scene::new(&intent(sorry(true, true)));
    assert_eq!(scene.table(), "11:1 12:3 99:0");
    scene.find(12, false);
    assert_eq!(scene.table(), "99:1");
    scene.find(12, true);
    assert_eq!(scene.table(), "99:0 11:1 12:3");
}

#[test]
fn a_sorry_server_may_be_a_real_server() {
    let mut scene = Scene::new(&intent(|farm| {
        farm.sorry = Some(Sorry { server: RealServerSpec::new(at(11)), replaces: true, quiesces: false });
    }));
    scene.find(11, false);
    scene.find(12, false);
    assert_eq!(scene.table(), "11:1");
    scene.find(11, true);
    assert_eq!(scene.table(), "11:1");
    scene.find(12, true);
    assert_eq!(scene.table(), "11:1 12:3");
}

#[test]
fn another_configuration_keeps_what_is_known() {
    let mut scene = Scene::new(&intent(|_| ()));
    assert_eq!(scene.begins(), [None, None], "nothing is known: the first result may count at once");
    scene.find(11, false);
    let id = scene.id(11);
    assert_eq!(scene.take(&intent(|_| ())), [""; 0], "nothing changes");
    assert_eq!(scene.begins(), [Some(false), None]);
    assert_eq!((scene.id(11), scene.table().as_str()), (id, "12:3"));
    // A further service, checked together with the first: what is down is down there, too.
    let both = intent(|farm| farm.services.push(key(81)));
    assert_eq!(
        scene.take(&both),
        [
            "add service TCP 10.9.0.100:81 wlc",
            "add server TCP 10.9.0.100:81 -> 10.9.0.12:80 Route weight 3",
            "watch TCP 10.9.0.100:80 otherwise"
        ]
    );
    assert_eq!((scene.id(11), scene.table_of(81).as_str()), (id, "12:3"));
    // Another check begins anew.
    let other = intent(every(|server| server.checks[0].timing.falls = 4));
    scene.take(&other);
    assert_ne!(scene.id(11), id);
    assert_eq!(scene.table(), "12:3 11:1");
    // What is not allowed changes nothing.
    let mut bad = intent(|_| ());
    bad.farms[0].services.push(key(99));
    let refused = scene.keeper.serve(Request::Replace(bad));
    assert!(
        matches!(&refused, Reply::Refused(ControlError::Invalid(why)) if why.ends_with("is not defined")),
        "{refused:?}"
    );
    assert_eq!(scene.keeper.serve(Request::Diff(other)), Reply::Changes(Vec::new()));
}

#[test]
fn an_operators_decision_survives_findings_and_configurations() {
    let mut scene = Scene::new(&intent(|_| ()));
    assert_eq!(scene.hold(11, Some(HoldKind::Drain)), Reply::Done);
    assert_eq!(scene.table(), "11:0 12:3");
    assert_eq!(scene.told(), ["TCP 10.9.0.100:80 10.9.0.11:80: drain (by ann)"]);
    scene.take(&intent(|farm| farm.comment = Some("other".into())));
    assert_eq!(scene.table(), "11:0 12:3");
    scene.find(11, false);
    assert_eq!(scene.table(), "12:3");
    scene.find(11, true);
    assert_eq!(scene.table(), "12:3 11:0");
    assert_eq!(scene.hold(11, Some(HoldKind::Maint)), Reply::Done);
    assert_eq!(scene.table(), "12:3");
    let Reply::Farms(farms) = scene.keeper.serve(Request::Farms) else { panic!("farms") };
    let held = &farms[0].servers[0];
    assert_eq!((held.condition, held.weight, held.configured_weight), (ServerCondition::Maint, None, 1));
    assert_eq!(held.hold.as_ref().map(|hold| hold.by.as_str()), Some("ann"));
    assert_eq!(scene.hold(11, None), Reply::Done);
    assert_eq!(scene.table(), "12:3 11:1");
    assert_eq!(scene.hold(77, None), Reply::Refused(ControlError::NoSuchServer));
}

#[test]
fn real_servers_that_nobody_watches_can_be_held() {
    let mut scene = Scene::new(&Intent::default());
    for command in [
        Command::AddService(ServiceSpec::new(key(80))),
        Command::AddServer(key(80), RealServerSpec { weight: 7, ..RealServerSpec::new(at(11)) }),
    ] {
        assert_eq!(scene.keeper.serve(Request::Command(command)), Reply::Done);
    }
    scene.hold(11, Some(HoldKind::Maint));
    assert_eq!(scene.table(), "");
    scene.hold(11, None);
    assert_eq!(scene.table(), "11:7");
    // A configuration that names it leaves the decision as it is; one that does not forgets it.
    let with = |weight| {
        let spec = RealServerSpec { weight, ..RealServerSpec::new(at(11)) };
        let mut intent = Intent::default();
        intent.services.insert(key(80), (ServiceSpec::new(key(80)), vec![spec]));
        intent
    };
    scene.hold(11, Some(HoldKind::Maint));
    assert_eq!(scene.take(&with(8)), [""; 0]);
    assert_eq!(scene.table(), "");
    assert_eq!(scene.hold(11, None), Reply::Done);
    assert_eq!(scene.table(), "11:8");
    scene.hold(11, Some(HoldKind::Maint));
    scene.take(&Intent::default());
    scene.take(&with(7));
    assert_eq!(scene.table(), "11:7");
    // What was changed by hand since counts.
    let spec = RealServerSpec { weight: 9, ..RealServerSpec::new(at(11)) };
    scene.keeper.serve(Request::Command(Command::EditServer(key(80), spec)));
    scene.hold(11, Some(HoldKind::Drain));
    assert_eq!(scene.table(), "11:0");
    scene.hold(11, None);
    assert_eq!(scene.table(), "11:9");
}

#[test]
fn weights_follow_checks() {
    let mut scene = Scene::new(&intent(|_| ()));
    scene.find_with(12, true, Some(WeightWish::Absolute(5)));
    assert_eq!(scene.table(), "11:1 12:5");
    assert_eq!(scene.told(), ["TCP 10.9.0.100:80 10.9.0.12:80: weight 3 -> 5 (check)"]);
    scene.find_with(12, true, Some(WeightWish::More(-10)));
    assert_eq!(scene.table(), "11:1 12:0");
    scene.find_with(12, true, None);
    assert_eq!(scene.table(), "11:1 12:3");
}

#[test]
fn what_was_changed_by_hand_is_no_obstacle() {
    let mut scene = Scene::new(&intent(|_| ()));
    let by_hand =
        |scene: &mut Scene, command| assert_eq!(scene.keeper.serve(Request::Command(command)), Reply::Done);
    by_hand(&mut scene, Command::DeleteServer(key(80), at(11)));
    scene.find(11, false);
    scene.find(11, true);
    assert_eq!(scene.table(), "12:3 11:1");
    scene.find(11, false);
    by_hand(
        &mut scene,
        Command::AddServer(key(80), RealServerSpec { weight: 7, ..RealServerSpec::new(at(11)) }),
    );
    scene.find(11, true);
    assert_eq!(scene.table(), "12:3 11:1");
    by_hand(&mut scene, Command::DeleteService(key(80)));
    scene.find(11, false);
    assert_eq!(scene.told().len(), 5);
}

#[test]
fn checks_that_want_the_vip_here_wait_for_it() {
    let mut scene = Scene::new(&intent(|farm| farm.only_with_vip = true));
    let on =
        |scene: &Scene| scene.heard.lock().unwrap().beats.iter().map(|beat| beat.is_on).collect::<Vec<_>>();
    assert_eq!(on(&scene), [false, false]);
    let net = "10.9.0.100/32".parse().unwrap();
    scene.keeper.inform(HostFact::Address(AddressFact { ifindex: 2, net }));
    assert_eq!(on(&scene), [true, true]);
    scene.keeper.inform(HostFact::AddressGone(AddressFact { ifindex: 2, net }));
    assert_eq!(on(&scene), [false, false]);
}

#[test]
fn a_slow_start_doubles() {
    let slow = SlowStart { divisor: 4, step: Duration::from_secs(20) };
    let mut scene = Scene::new(&intent(|farm| {
        farm.servers[1].slow_start = Some(slow);
        farm.servers[1].checks[0].begins_down = true;
    }));
    scene.find(12, true);
    assert_eq!(scene.table(), "11:1 12:1", "3 / 4, but not less than 1");
    let mut weights = Vec::new();
    for second in 1..=70 {
        scene.keeper.board.set_uptime(Duration::from_secs(second));
        scene.keeper.pass_second();
        weights.push(scene.table());
    }
    let at = |second: usize| weights[second - 1].as_str();
    assert_eq!(
        [at(19), at(21), at(39), at(41), at(70)],
        ["11:1 12:1", "11:1 12:2", "11:1 12:2", "11:1 12:3", "11:1 12:3"]
    );
}
