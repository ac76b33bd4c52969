//! The keeper before a world of our own: what it has done, and in which order.

use super::command::{Command, Intent, Reply, Request};
use super::effect::{ClaimPlan, ClaimReport, DoorNames, DoorPlan, Effect, SyncWish};
use super::{Board, ControlError, Event, Keeper, Outside};
use crate::conn::{ConnConfig, ConnTable, NewConn};
use crate::lvs::{
    AddressFact, Check, Endpoint, Family, Farm, ForwardingMethod, HostFact, LinkFact, Mac, NeighbourFact,
    PortId, Probe, Protocol, RealServerSpec, RouteFact, ServiceKey, ServiceSpec, SyncDaemon, SyncRole,
};
use crate::service::{Flow, ServerId};
use crate::time::Tick;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Free memory of the test's world.
const FREE_PAGES: u64 = 2000;
pub(super) const VIP: [u8; 4] = [10, 9, 0, 100];

/// Writes down what it is asked to do.
pub(super) struct Diary {
    lines: Arc<Mutex<Vec<String>>>,
    board: Arc<Board>,
    /// What the kernel says of a claim.
    kernel: Result<(), String>,
}

impl Diary {
    fn note(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }
}

impl Outside for Diary {
    fn claim(&mut self, plan: ClaimPlan) -> Vec<ClaimReport> {
        let published = self.board.snapshot.load().services.len();
        let (whole, parts, nat) = (plan.addresses.len(), plan.services.len(), plan.nat_sources.len());
        self.note(format!(
            "claim {whole} addresses {parts} services {nat} nat; {published} services published"
        ));
        let report = |device| ClaimReport { device, outcome: self.kernel.clone() };
        plan.devices.into_iter().map(report).collect()
    }
    fn door(&mut self, plan: DoorPlan) -> bool {
        self.note(if plan.is_open { "open the door" } else { "shut the door" }.to_owned());
        self.kernel.is_ok()
    }
    fn effect(&mut self, effect: Effect) {
        self.note(format!("{effect:?}"));
    }
    fn wake_workers(&mut self) {
        self.note(format!("wake, {} services published", self.board.snapshot.load().services.len()));
    }
    fn claim_no_more(&mut self) {
        self.note(format!(
            "no more than that, {} services published",
            self.board.snapshot.load().services.len()
        ));
    }
    fn roles_stand(&mut self, held: &BTreeSet<IpAddr>) {
        self.note(format!("stand {held:?}"));
    }
    fn free_pages(&mut self) -> Option<u64> {
        Some(FREE_PAGES)
    }
    fn announce(&mut self, port: PortId, vips: &[IpAddr]) {
        self.note(format!("announce {vips:?} on {}", port.0));
    }
    fn reopen(&mut self, port: PortId, ifindex: u32) {
        self.note(format!("reopen {} as {ifindex}", port.0));
    }
    fn close(&mut self, port: PortId) {
        self.note(format!("close {}", port.0));
    }
    fn synchronise(&mut self, wish: &SyncWish) -> Result<SyncDaemon, String> {
        self.note(format!("{:?} daemon {} on {}", wish.daemon.role, wish.daemon.sync_id, wish.ifindex));
        Ok(SyncDaemon { port: Some(8848), ..wish.daemon.clone() })
    }
    fn synchronise_no_more(&mut self, role: SyncRole) {
        self.note(format!("{role:?} daemon no more"));
    }
}

pub(super) fn link(ifindex: u32, name: &str, running: bool) -> HostFact {
    let (name, mac) = (name.to_owned(), Mac([2, 0, 0, 0, 0, 1]));
    HostFact::Link(LinkFact { ifindex, name, mac, mtu: 1500, running, ethernet: true })
}

fn address(net: &str) -> HostFact {
    HostFact::Address(AddressFact { ifindex: 2, net: net.parse().unwrap() })
}

pub(super) fn facts(forwarding: bool) -> Vec<HostFact> {
    let on_link = RouteFact {
        to: "10.9.0.0/24".parse().unwrap(),
        gateway: None,
        ifindex: 2,
        source: None,
        metric: 0,
        mtu: None,
    };
    vec![
        HostFact::Resync,
        link(2, "eth0", true),
        address("10.9.0.2/24"),
        HostFact::Route(on_link),
        HostFact::Forwarding { v4: forwarding, v6: false },
        HostFact::Synced,
    ]
}

pub(super) fn key() -> ServiceKey {
    ServiceKey::Tuple { protocol: Protocol::Tcp, virt: Endpoint::new(VIP.into(), 80) }
}

pub(super) fn server(last: u8) -> RealServerSpec {
    RealServerSpec::new(Endpoint::new([10, 9, 0, last].into(), 80))
}

fn wanted() -> Intent {
    let services = [(key(), (ServiceSpec::new(key()), vec![server(11)]))].into();
    Intent { services, ..Intent::default() }
}

pub(super) struct Stage {
    pub board: Arc<Board>,
    pub keeper: Keeper<Diary>,
    lines: Arc<Mutex<Vec<String>>>,
    fact_sender: Sender<HostFact>,
    facts: Receiver<HostFact>,
}

impl Stage {
    pub(super) fn new(kernel: Result<(), String>) -> Self {
        Self::over(ConnConfig::default(), kernel)
    }

    fn over(conns: ConnConfig, kernel: Result<(), String>) -> Self {
        Self::with_table(ConnTable::new(conns).unwrap(), kernel)
    }

    pub(super) fn with_table(conns: ConnTable, kernel: Result<(), String>) -> Self {
        let board = Arc::new(Board::with_set_time(conns, 1));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let diary = Diary { lines: lines.clone(), board: board.clone(), kernel };
        let keeper = Keeper::new(board.clone(), &[("eth0".into(), 2)], DoorNames::of(2), None, diary);
        let (fact_sender, facts) = unbounded();
        Self { board, keeper, lines, fact_sender, facts }
    }

    pub(super) fn begin(
        &mut self,
        given: Vec<HostFact>,
        config: Option<&Intent>,
    ) -> Result<(), ControlError> {
        given.into_iter().for_each(|fact| self.fact_sender.send(fact).unwrap());
        self.keeper.begin(&self.facts, config, false)
    }

    pub(super) fn lines(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }

    /// Lets the keeper live through these requests and facts, in order, and end.
    fn live(self, given: Vec<Given>) -> (Vec<Reply>, Vec<String>) {
        let (events, inbox) = bounded(0);
        let (fact_sender, facts) = bounded(0);
        let keeper = self.keeper;
        let thread = std::thread::spawn(move || drop(keeper.run(&inbox, &facts)));
        let mut replies = Vec::new();
        let mut awaited: Vec<Receiver<Reply>> = Vec::new();
        for given in given {
            match given {
                Given::Await(request) => {
                    let (reply, answer) = bounded(1);
                    events.send(Event::Request(Box::new(request), reply)).unwrap();
                    awaited.push(answer);
                }
                Given::Unanswered => assert!(awaited.iter().all(Receiver::is_empty)),
                Given::Answered => replies.extend(awaited.drain(..).map(|answer| answer.recv().unwrap())),
                Given::Time(seconds) => self.board.set_uptime(Duration::from_secs(seconds)),
                Given::Ask(request) => {
                    let (reply, answer) = bounded(1);
                    events.send(Event::Request(Box::new(request), reply)).unwrap();
                    replies.push(answer.recv().unwrap());
                }
                Given::Fact(fact) => fact_sender.send(fact).unwrap(),
            }
        }
        events.send(Event::Stop).unwrap();
        thread.join().unwrap();
        (replies, std::mem::take(&mut self.lines.lock().unwrap()))
    }
}

enum Given {
    Ask(Request),
    /// The answer may come later.
    Await(Request),
    /// None of those answers has come.
    Unanswered,
    /// They come now.
    Answered,
    /// So many seconds have passed since the start.
    Time(u64),
    Fact(HostFact),
}

fn ask(command: Command) -> Given {
    Given::Ask(Request::Command(command))
}

#[test]
fn the_claim_stands_before_workers_and_neighbours_hear_of_the_vip() {
    let mut stage = Stage::new(Ok(()));
    stage.begin(facts(false), Some(&wanted())).unwrap();
    assert_eq!(
        stage.lines(),
        [
            "claim 1 addresses 0 services 0 nat; 0 services published",
            "wake, 1 services published",
            "no more than that, 1 services published",
            "announce [10.9.0.100] on 0",
            "Resolve { ifindex: 2, addr: 10.9.0.11 }",
        ]
    );
}

#[test]
fn a_vip_of_the_host_is_claimed_by_its_services_only_and_not_announced() {
    let mut stage = Stage::new(Ok(()));
    let mut given = facts(true);
    given.insert(3, address("10.9.0.100/32"));
    stage.begin(given, Some(&wanted())).unwrap();
    let lines = stage.lines();
    assert_eq!(lines[0], "claim 0 addresses 1 services 0 nat; 0 services published");
    assert!(!lines.iter().any(|line| line.starts_with("announce")), "{lines:?}");
}

#[test]
fn without_a_claim_only_what_does_no_harm_is_served() {
    let no_nft = || Err("this kernel has no nf_tables".to_owned());
    // Nobody else would answer: served.
    Stage::new(no_nft()).begin(facts(false), Some(&wanted())).unwrap();
    // The host forwards, or has the VIP: refused, at start …
    let mut on_host = facts(false);
    on_host.insert(3, address("10.9.0.100/32"));
    for (given, why) in [(facts(true), "forwards"), (on_host, "address of this host")] {
        match Stage::new(no_nft()).begin(given, Some(&wanted())) {
            Err(ControlError::NotSupported(text)) => {
                assert!(text.contains(why) && text.contains("nf_tables"), "{text}")
            }
            other => panic!("{other:?}"),
        }
    }
    // … and later.
    let mut stage = Stage::new(no_nft());
    stage.begin(facts(true), None).unwrap();
    let (replies, _) = stage.live(vec![ask(Command::AddService(ServiceSpec::new(key())))]);
    assert!(matches!(&replies[..], [Reply::Refused(ControlError::NotSupported(_))]), "{replies:?}");
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut stage = Stage::new(Ok(()));
    stage.begin(facts(false), Some(&wanted())).unwrap();
    stage.lines();
    let mut bad = wanted();
    bad.services
        .values_mut()
        .for_each(|(_, servers)| servers.extend([server(12), RealServerSpec { weight: -1, ..server(13) }]));
    let (replies, lines) =
        stage.live(vec![Given::Ask(Request::Replace(bad)), Given::Ask(Request::Services(None))]);
    assert!(matches!(replies[0], Reply::Refused(ControlError::Invalid(_))), "{replies:?}");
    let Reply::Services(services) = &replies[1] else { panic!("{replies:?}") };
    assert_eq!(services[0].servers.len(), 1);
    assert_eq!(lines, ["Withdraw"], "nobody heard of it");
}

#[test]
fn a_link_that_moves_has_its_claim_looked_at_and_its_vips_announced_again() {
    let mut stage = Stage::new(Ok(()));
    stage.begin(facts(false), Some(&wanted())).unwrap();
    stage.lines();
    let neighbour =
        NeighbourFact { ifindex: 2, addr: [10, 9, 0, 11].into(), mac: Some(Mac([4; 6])), failed: false };
    let gone = HostFact::LinkGone { ifindex: 2 };
    let quiet = || Given::Ask(Request::Timeouts);
    let (_, lines) = stage.live(vec![
        Given::Fact(HostFact::Neighbour(neighbour)),
        quiet(),
        Given::Fact(link(2, "wan0", true)),
        quiet(),
        Given::Fact(gone),
        quiet(),
        Given::Fact(link(7, "wan0", true)),
        quiet(),
    ]);
    let claims = lines.iter().filter(|line| line.starts_with("claim")).count();
    assert_eq!(claims, 3, "at the rename, when it went and when it came: {lines:?}");
    let moves: Vec<_> =
        lines.iter().filter(|line| line.starts_with("close") || line.starts_with("reopen")).collect();
    assert_eq!(moves, ["close 0", "reopen 0 as 7"]);
    assert!(lines.contains(&"announce [10.9.0.100] on 0".to_owned()), "{lines:?}");
    assert_eq!(lines.last().map(String::as_str), Some("Withdraw"));
}

/// A real server on this host is reached by a door, whose ends the kernel tells of when it has made them. Until then
/// nobody hears of the server, nor does the one who added it hear that it is there.
#[test]
fn a_server_on_this_host_is_there_when_it_can_be_reached() {
    let local = RealServerSpec { method: ForwardingMethod::Nat, ..server(2) };
    let add = || Request::Command(Command::AddServer(key(), local));
    let end = |ifindex, name: &str| Given::Fact(link(ifindex, name, true));
    let quiet = || Given::Fact(HostFact::NeighbourGone { ifindex: 2, addr: [10, 9, 0, 99].into() });
    let stage = || {
        let mut stage = Stage::new(Ok(()));
        stage.begin(facts(false), Some(&wanted())).unwrap();
        stage.lines();
        stage
    };
    let expected = |lines: &[String]| {
        let place = |wanted: &str| lines.iter().position(|line| line.starts_with(wanted));
        (place("open the door").unwrap(), place("reopen 1 as 8"), place("wake").unwrap())
    };

    let given = vec![
        Given::Await(add()),
        quiet(),
        end(7, "ulvs2h"),
        Given::Unanswered,
        end(8, "ulvs2d"),
        quiet(),
        Given::Answered,
    ];
    let (_, lines) = stage().live(given);
    let (asked, reopened, published) = expected(&lines);
    assert!(Some(asked) < reopened && reopened < Some(published), "{lines:?}");

    // If nothing comes, it is published all the same, and whoever asks meanwhile waits with the first.
    let late = vec![
        Given::Await(add()),
        Given::Await(Request::Timeouts),
        Given::Time(1),
        quiet(),
        Given::Unanswered,
        Given::Time(3),
        quiet(),
        quiet(),
        Given::Answered,
    ];
    let (_, lines) = stage().live(late);
    let (asked, reopened, published) = expected(&lines);
    assert!(asked < published && reopened.is_none(), "{lines:?}");

    // What cannot be is not waited for.
    let mut poor = Stage::new(Err("no veth here".to_owned()));
    poor.begin(facts(false), Some(&wanted())).unwrap();
    let (replies, _) = poor.live(vec![Given::Ask(add())]);
    assert!(matches!(&replies[..], [Reply::Done]), "{replies:?}");
}

/// Where there is memory for huge pages: when a worker says that it runs short, and every second.
#[test]
fn memory_for_connections_is_taken_before_they_come() {
    let mut stage = Stage::over(ConnConfig { huge_pages: true, ..ConnConfig::default() }, Ok(()));
    let open = |stage: &Stage, net: u8| {
        let new =
            NewConn { server: ServerId(0), method: ForwardingMethod::DirectRoute, real: server(11).endpoint };
        for port in 0..40_000 {
            let client = Endpoint::new([172, 16, net, 5].into(), port);
            let flow = Flow { protocol: Protocol::Tcp, client, virt: Endpoint::new(VIP.into(), 80) };
            stage.board.conns.shard_of(Protocol::Tcp, &client).open(&flow, new, Tick(1)).unwrap();
        }
    };
    assert!(!stage.board.conns.wants_memory(), "at start it is there");
    open(&stage, 0);
    assert!(stage.board.conns.wants_memory());
    stage.keeper.pass_second();
    assert!(!stage.board.conns.wants_memory());
    open(&stage, 1);
    assert!(stage.board.conns.wants_memory());
    // The set time stands still: no second passes.
    let (sender, events) = unbounded();
    sender.send(Event::Crowded).unwrap();
    sender.send(Event::Stop).unwrap();
    stage.keeper.run(&events, &stage.facts);
    assert!(!stage.board.conns.wants_memory());
    let scarce = Stage::new(Ok(()));
    open(&scarce, 0);
    assert!(!scarce.board.conns.wants_memory(), "taken as it is needed");
}

/// A real server behind NAT that is asked through the VIP: it need not be in the table.
#[test]
fn a_check_through_the_vip_has_its_way() {
    let mut wanted = wanted();
    let asked = RealServerSpec { method: ForwardingMethod::Nat, ..server(12) };
    let mut farm = Farm::unwatched(key(), [server(11).endpoint, asked.endpoint]);
    let mut check: Check = through_vip();
    farm.servers[1].checks.push(check.clone());
    wanted.services.insert(key(), (ServiceSpec::new(key()), vec![server(11), asked]));
    wanted.farms.push(farm.clone());
    let mut stage = Stage::new(Ok(()));
    let ends = [link(20, "ulvs2h", true), link(21, "ulvs2d", true)];
    stage.begin(facts(false).into_iter().chain(ends).collect(), Some(&wanted)).unwrap();
    let Stage { board, keeper, .. } = &mut stage;
    assert_eq!(keeper.door.checks, [Family::V4].into());
    assert!(keeper.door.clients_to.is_empty() && keeper.door.servers.is_empty());
    assert!(board.passes.is_open());
    let source = (Protocol::Tcp, asked.endpoint);
    let is_claimed = |keeper: &Keeper<Diary>| {
        (keeper.claim.nat_sources.contains(&source), keeper.claim.host_addresses.is_empty())
    };
    assert_eq!(is_claimed(keeper), (true, true));
    keeper.serve(Request::Command(Command::DeleteServer(key(), asked.endpoint)));
    assert_eq!(is_claimed(keeper), (true, true), "it is asked all the same");

    // By direct routing answers come to the host as they are.
    wanted.services.insert(key(), (ServiceSpec::new(key()), vec![server(11), server(12)]));
    assert!(matches!(keeper.serve(Request::Replace(wanted.clone())), Reply::Changes(_)));
    assert_eq!(is_claimed(keeper), (false, false));
    assert!(board.passes.is_open());

    // It would ask itself.
    let refused =
        |keeper: &mut Keeper<Diary>, wanted: &Intent| match keeper.serve(Request::Replace(wanted.clone())) {
            Reply::Refused(error) => error.to_string(),
            other => panic!("{other:?}"),
        };
    keeper.inform(address("10.9.0.12/32"));
    let why = refused(keeper, &wanted);
    assert!(
        why.contains("10.9.0.12:80: no check can go through the VIP to a real server on this host"),
        "{why}"
    );
    keeper.inform(HostFact::AddressGone(AddressFact { ifindex: 2, net: "10.9.0.12/32".parse().unwrap() }));
    check.probe = Probe::Ping { tries: 1 };
    farm.servers[1].checks = vec![check];
    wanted.farms = vec![farm];
    assert!(refused(keeper, &wanted).contains("a ping cannot go through the VIP"));

    // Nobody is asked so any more.
    wanted.farms.clear();
    assert!(matches!(keeper.serve(Request::Replace(wanted)), Reply::Changes(_)));
    assert!(!keeper.door.is_open && !board.passes.is_open());
}

fn through_vip() -> Check {
    Check { through_vip: true, ..super::watch_scene::check(true) }
}
