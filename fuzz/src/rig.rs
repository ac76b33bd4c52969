//! A director with its keeper, its network and services of all kinds, in this process and without a clock: the network is
//! that of the conformance scenarios.

use super::bytes::Bytes;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use ulvs::config::{Context, Diagnostics, Dialect, Names, Rules, Source};
use ulvs::conn::{ConnConfig, ConnTable};
use ulvs::control::command::{Intent, Reply, Request, ServiceState};
use ulvs::control::effect::{ClaimPlan, ClaimReport, DoorNames, DoorPlan, Effect};
use ulvs::control::{Board, Keeper, Outside};
use ulvs::lvs::{AddressFact, HostFact, LinkFact, Mac, NeighbourFact, PortId, RouteFact, ServiceKey};
use ulvs::service::Snapshot;

/// The director's MAC address.
pub const DIRECTOR: Mac = Mac([2, 0, 0, 0, 0, 0xfe]);
/// The gateway's: clients are behind it.
pub const GATEWAY: Mac = Mac([2, 0, 0, 0, 0, 1]);
/// The link's index; the door's two ends have those after it.
pub const IFINDEX: u32 = 2;
/// The interface to the world.
pub const LINK: PortId = PortId(0);
/// The interface to the director's own host.
pub const DOOR: PortId = PortId(1);
/// Connections that a table here holds.
pub const CAPACITY: usize = 64;

/// MAC address of real server `number` (1 to 8).
pub const fn server_mac(number: u8) -> Mac {
    Mac([2, 0, 0, 0, 1, number])
}

/// Services of every kind, as `ipvsadm -S` writes them: each protocol and method by itself, then mixtures.
pub const RULES: &str = include_str!("rules");

thread_local! {
    /// [`RULES`], read.
    static SERVICES: Intent = rules(RULES);
}

/// What operators set besides: name and value.
pub const SETTINGS: [&[(&str, i64)]; 8] = [
    &[],
    &[("sloppy_tcp", 1), ("sloppy_sctp", 1), ("expire_nodest_conn", 1), ("expire_quiescent_template", 1)],
    &[("secure_tcp", 3), ("drop_packet", 3), ("am_droprate", 3), ("drop_entry", 3)],
    &[("schedule_icmp", 1), ("nat_icmp_send", 1)],
    &[("local_clients", 1)],
    &[("reset_guard", 0), ("drop_routing_zero", 0), ("pmtu_disc", 0), ("conn_reuse_mode", 0)],
    &[("conn_reuse_mode", 2), ("schedule_icmp", 1), ("cache_bypass", 1)],
    &[("sloppy_tcp", 1), ("local_clients", 1), ("nat_icmp_send", 1), ("pmtu_disc", 0)],
];

/// The world of a keeper that is alone: every claim holds, and nothing else happens.
#[derive(Debug)]
pub struct Nowhere;

impl Outside for Nowhere {
    fn claim(&mut self, plan: ClaimPlan) -> Vec<ClaimReport> {
        plan.devices.into_iter().map(|device| ClaimReport { device, outcome: Ok(()) }).collect()
    }
    fn door(&mut self, _: DoorPlan) -> bool {
        false
    }
    fn effect(&mut self, _effect: Effect) {}
    fn wake_workers(&mut self) {}
    fn free_pages(&mut self) -> Option<u64> {
        Some(2000)
    }
    fn announce(&mut self, _port: PortId, _vips: &[IpAddr]) {}
    fn reopen(&mut self, _port: PortId, _ifindex: u32) {}
    fn close(&mut self, _port: PortId) {}
}

/// A keeper and the board that it shares with its worker.
#[allow(missing_debug_implementations, reason = "keepers have none")]
pub struct Rig {
    /// What the worker sees.
    pub board: Arc<Board>,
    keeper: Keeper<Nowhere>,
    /// Tenths of a second since it began.
    uptime: u32,
}

impl Rig {
    /// A director without services, which knows its network.
    pub fn new() -> Self {
        let conns = ConnTable::new(ConnConfig {
            shards: 2,
            capacity: CAPACITY,
            seed: Some(1),
            ..ConnConfig::default()
        })
        .expect("address space");
        let board = Arc::new(Board::with_set_time(conns, 1));
        let ports = [("vec0".to_owned(), IFINDEX)];
        let mut keeper = Keeper::new(board.clone(), &ports, DoorNames::of(IFINDEX), None, Nowhere);
        network().into_iter().for_each(|fact| keeper.inform(fact));
        Self { board, keeper, uptime: 0 }
    }

    /// With [`RULES`] and one of [`SETTINGS`].
    pub fn with_services(setting: usize) -> Self {
        let mut rig = Self::new();
        let mut wanted = SERVICES.with(Clone::clone);
        let tunables = SETTINGS[setting % SETTINGS.len()].iter();
        wanted.tunables = tunables.map(|(name, value)| ((*name).to_owned(), *value)).collect();
        match rig.ask(Request::Replace(wanted)) {
            Reply::Changes(_) => rig,
            other => panic!("the rig's own services are refused: {other:?}"),
        }
    }

    /// Asks the keeper.
    pub fn ask(&mut self, request: Request) -> Reply {
        self.keeper.serve(request)
    }

    /// Asks the keeper; what goes over the socket comes out of it as it went in.
    ///
    /// # Panics
    /// It does not.
    pub fn ask_by_wire(&mut self, request: Request) -> Reply {
        let reply = self.ask(request);
        let text = serde_json::to_string(&reply).expect("every reply can be written");
        let read: Reply = serde_json::from_str(&text).expect("and read");
        let again = serde_json::to_string(&read).expect("and written again");
        assert_eq!(again, text, "a reply changes on its way");
        reply
    }

    /// Something happened on the host.
    pub fn inform(&mut self, fact: HostFact) {
        self.keeper.inform(fact);
    }

    /// The keeper's second.
    pub fn pass_second(&mut self) {
        self.keeper.pass_second();
    }

    /// Lets so many tenths of a second go by.
    pub fn advance(&mut self, tenths: u32) {
        self.uptime += tenths;
        self.board.set_uptime(Duration::from_millis(u64::from(self.uptime) * 100));
    }

    /// The snapshot of this moment.
    pub fn view(&self) -> Arc<Snapshot> {
        self.board.snapshot.load_full()
    }

    /// All services.
    pub fn services(&mut self) -> Vec<ServiceState> {
        match self.ask(Request::Services(None)) {
            Reply::Services(services) => services,
            other => panic!("services: {other:?}"),
        }
    }

    /// What runs, as a file would want it.
    pub fn intent(&mut self) -> Intent {
        let services = self.services().into_iter().map(|state| {
            let servers = state.servers.iter().rev().map(|server| server.spec).collect();
            (state.spec.key, (state.spec, servers))
        });
        Intent { services: services.collect(), ..Intent::default() }
    }

    /// What runs wants nothing changed.
    ///
    /// # Panics
    /// It does.
    pub fn check_fixpoint(&mut self) {
        let running = self.intent();
        assert!(ulvs::control::plan(&running, &running).is_empty(), "plan(x, x)");
        match self.ask(Request::Diff(running)) {
            Reply::Changes(changes) => assert!(changes.is_empty(), "what runs would be changed: {changes:?}"),
            other => panic!("what runs would be refused: {other:?}"),
        }
    }

    /// Keys of what runs, in a fixed order.
    pub fn keys(&self) -> Vec<ServiceKey> {
        let mut keys: Vec<ServiceKey> = self.view().services.keys().copied().collect();
        keys.sort();
        keys
    }
}

impl Default for Rig {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads a text of rules that is right.
pub fn rules(text: &str) -> Intent {
    let mut out = Diagnostics::default();
    let intent =
        Rules.read(&Source::from_text("rules", text), &Context::of_names(&Names::default()), &mut out);
    assert!(!out.has_errors(), "{out:?}");
    intent
}

/// Something that may happen on the host, or be undone.
pub fn happening(bytes: &mut Bytes<'_>) -> HostFact {
    let v6 = bytes.rarely(2);
    let number = 1 + bytes.byte() % 8;
    let rip = server_addr(number, v6);
    let neighbour =
        |mac| HostFact::Neighbour(NeighbourFact { ifindex: IFINDEX, addr: rip, mac, failed: mac.is_none() });
    match bytes.below(10) {
        0 => neighbour(None),
        1 => neighbour(Some(server_mac(number))),
        2 => HostFact::NeighbourGone { ifindex: IFINDEX, addr: rip },
        3 => link(IFINDEX, "vec0", DIRECTOR, bytes.pick(&[1500, 576, 1280, 9000, 68, 1400]), true),
        4 => link(IFINDEX, "vec0", DIRECTOR, 1500, !bytes.rarely(2)),
        5 => HostFact::Forwarding { v4: bytes.rarely(2), v6: bytes.rarely(2) },
        6 => {
            address(bytes.pick(&["10.9.0.100/32", "10.9.0.13/32", "fd00:9::100/128", "fd00:9::d/128"]), true)
        }
        7 => {
            address(bytes.pick(&["10.9.0.100/32", "10.9.0.13/32", "fd00:9::100/128", "fd00:9::d/128"]), false)
        }
        8 => match route(bytes.pick(&["0.0.0.0/0", "::/0", "10.9.0.0/24", "fd00:9::/64"]), None, None) {
            HostFact::Route(route) => HostFact::RouteGone(route),
            other => other,
        },
        _ if bytes.pick(&[0, 1]) == 0 => HostFact::LinkGone { ifindex: IFINDEX },
        _ => link(IFINDEX, "vec0", Mac([2, 0, 0, 0, 0, 0xfd]), 1500, true),
    }
}

/// Address of real server `number`.
pub fn server_addr(number: u8, v6: bool) -> IpAddr {
    let last = 10 + number;
    if v6 {
        IpAddr::from([0xfd00, 9, 0, 0, 0, 0, 0, u16::from(last)])
    } else {
        IpAddr::from([10, 9, 0, last])
    }
}

fn link(ifindex: u32, name: &str, mac: Mac, mtu: u32, running: bool) -> HostFact {
    HostFact::Link(LinkFact { ifindex, name: name.to_owned(), mac, mtu, running, ethernet: true })
}

fn address(net: &str, is_there: bool) -> HostFact {
    let fact = AddressFact { ifindex: IFINDEX, net: net.parse().expect("an address") };
    if is_there { HostFact::Address(fact) } else { HostFact::AddressGone(fact) }
}

fn route(to: &str, gateway: Option<&str>, mtu: Option<u32>) -> HostFact {
    let gateway = gateway.map(|gateway| gateway.parse().expect("an address"));
    let to = to.parse().expect("a network");
    HostFact::Route(RouteFact { to, gateway, ifindex: IFINDEX, source: None, metric: 0, mtu })
}

/// The whole truth about the network, the door open.
fn network() -> Vec<HostFact> {
    let mut facts = vec![
        HostFact::Resync,
        HostFact::Forwarding { v4: true, v6: true },
        link(IFINDEX, "vec0", DIRECTOR, 1500, true),
        link(IFINDEX + 1, "ulvs2h", Mac([2, 0, 0, 0, 3, 1]), 1500, true),
        link(IFINDEX + 2, "ulvs2d", Mac([2, 0, 0, 0, 3, 2]), 1500, true),
        address("10.9.0.2/24", true),
        address("fd00:9::2/64", true),
        route("10.9.0.0/24", None, None),
        route("fd00:9::/64", None, None),
        route("0.0.0.0/0", Some("10.9.0.1"), None),
        route("::/0", Some("fd00:9::1"), None),
        // Narrow ways.
        route("10.40.0.0/16", Some("10.9.0.1"), Some(600)),
        route("fd00:40::/64", Some("fd00:9::1"), Some(1280)),
    ];
    let mut know = |addr: IpAddr, mac| {
        facts.push(HostFact::Neighbour(NeighbourFact {
            ifindex: IFINDEX,
            addr,
            mac: Some(mac),
            failed: false,
        }));
    };
    know([10, 9, 0, 1].into(), GATEWAY);
    know([0xfd00, 9, 0, 0, 0, 0, 0, 1].into(), GATEWAY);
    // The last two are not known.
    for number in 1..=6 {
        know(server_addr(number, false), server_mac(number));
        know(server_addr(number, true), server_mac(number));
    }
    facts.push(HostFact::Synced);
    facts
}
