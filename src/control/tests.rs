//! The running configuration under edits: strictness, trash, snapshots, and that a plan does what it says.

use super::command::{Command, Intent};
use super::effect::DoorNames;
use super::tables::Tables;
use super::world::World;
use super::{Board, ControlError, plan};
use crate::conn::{ConnConfig, ConnTable, NewConn};
use crate::lvs::{
    AddressFact, DefenceLevel, Endpoint, ForwardingMethod, HostFact, LinkFact, Mac, MarkRule, NeighbourFact,
    PortId, Ports, Protocol, Rates, RealServerSpec, RouteFact, SchedulerName, ServiceKey, ServiceSpec,
    SetMark, Stats, TUNABLES, Timeouts,
};
use crate::service::{Ask, Flow, Hashing, ServerId};
use crate::time::Tick;
use proptest::prelude::*;

const NOW: Tick = Tick(0);

fn key(port: u16) -> ServiceKey {
    ServiceKey::Tuple { protocol: Protocol::Tcp, virt: Endpoint::new([10, 9, 0, 100].into(), port) }
}

fn server(last: u8) -> RealServerSpec {
    RealServerSpec::new(Endpoint::new([10, 9, 0, last].into(), 80))
}

fn world() -> World {
    let mut world = World::new(&[("eth0".into(), 2)], DoorNames::of(2));
    let gateway: std::net::IpAddr = [10, 9, 0, 1].into();
    let mac = Mac([2, 0, 0, 0, 1, 11]);
    for fact in [
        HostFact::Link(LinkFact {
            ifindex: 2,
            name: "eth0".into(),
            mac: Mac([2; 6]),
            mtu: 1500,
            running: true,
            ethernet: true,
        }),
        HostFact::Address(AddressFact { ifindex: 2, net: "10.9.0.2/24".parse().unwrap() }),
        HostFact::Route(RouteFact {
            to: "10.9.0.0/24".parse().unwrap(),
            gateway: None,
            ifindex: 2,
            source: None,
            metric: 0,
            mtu: None,
        }),
        HostFact::Route(RouteFact {
            to: "0.0.0.0/0".parse().unwrap(),
            gateway: Some(gateway),
            ifindex: 2,
            source: None,
            metric: 0,
            mtu: None,
        }),
        HostFact::Neighbour(NeighbourFact {
            ifindex: 2,
            addr: [10, 9, 0, 11].into(),
            mac: Some(mac),
            failed: false,
        }),
    ] {
        world.learn(fact);
    }
    world
}

struct Bench {
    tables: Tables,
    world: World,
}

impl Bench {
    fn new() -> Self {
        Self { tables: Tables::default(), world: world() }
    }

    fn make(&mut self, command: Command) -> Result<(), ControlError> {
        self.tables.change(command, &self.world, NOW)
    }
}

/// Who gets flows without a connection: nobody unless that is wanted; a table that follows the pool and the weights; nobody
/// again where one server is NAT's.
#[test]
fn flows_without_connection_have_a_table() {
    let mut bench = Bench::new();
    let published =
        |bench: &mut Bench| match bench.tables.snapshot(&bench.world).services[&key(80)].hashing.clone() {
            Hashing::Nobody => "nobody".to_owned(),
            Hashing::Scheduler => "scheduler".to_owned(),
            Hashing::Table(table) => format!("{table:?}"),
        };
    let set = |bench: &mut Bench, value| {
        bench.make(Command::SetTunable { name: "hash_when_full".into(), value }).unwrap();
    };
    let route =
        |last, weight| RealServerSpec { weight, method: ForwardingMethod::DirectRoute, ..server(last) };
    bench.make(Command::AddService(scheduled_by("wlc"))).unwrap();
    for last in [11, 12] {
        bench.make(Command::AddServer(key(80), route(last, 1))).unwrap();
    }
    assert_eq!(published(&mut bench), "nobody");
    set(&mut bench, 1);
    let even = published(&mut bench);
    assert!(even.contains("FlowTable"), "{even}");
    assert_eq!(published(&mut bench), even, "it is made once");
    bench.make(Command::EditServer(key(80), route(12, 5))).unwrap();
    let uneven = published(&mut bench);
    assert_ne!(uneven, even);
    bench.make(Command::EditServer(key(80), route(12, 0))).unwrap();
    assert_eq!(published(&mut bench), uneven, "a quiesced server keeps its slots");
    bench.make(Command::AddServer(key(80), route(13, 1))).unwrap();
    assert_ne!(published(&mut bench), uneven);
    bench.make(Command::DeleteServer(key(80), route(13, 1).endpoint)).unwrap();
    assert_eq!(published(&mut bench), uneven);
    bench.make(Command::EditService(scheduled_by("mh"))).unwrap();
    assert_eq!(published(&mut bench), "scheduler");
    bench.make(Command::EditService(scheduled_by("rr"))).unwrap();
    assert_eq!(published(&mut bench), uneven);
    let nat = RealServerSpec { method: ForwardingMethod::Nat, ..route(12, 5) };
    bench.make(Command::EditServer(key(80), nat)).unwrap();
    assert_eq!(published(&mut bench), "nobody");
    bench.make(Command::EditServer(key(80), route(12, 5))).unwrap();
    assert_eq!(published(&mut bench), uneven);
    set(&mut bench, 0);
    assert_eq!(published(&mut bench), "nobody");
}

/// Linux 6.1 answered so, asked with that much memory.
#[test]
fn defences_follow_the_free_memory() {
    let mut bench = Bench::new();
    let set = |bench: &mut Bench, name: &str, value| {
        bench.make(Command::SetTunable { name: name.to_owned(), value }).unwrap();
    };
    let levels = |bench: &Bench| {
        let all = &bench.tables.tunables;
        (
            [all.drop_entry, all.drop_packet, all.secure_tcp].map(DefenceLevel::number),
            bench.tables.drop_packet.rate(),
        )
    };
    assert!(!bench.tables.watches_memory() && !bench.tables.defend(Some(0)), "all are off");
    for name in ["drop_entry", "drop_packet", "secure_tcp"] {
        set(&mut bench, name, 2);
    }
    assert!(bench.tables.watches_memory());
    assert!(bench.tables.defend(Some(1024)));
    assert_eq!(levels(&bench), ([1, 1, 1], 0), "2 reads back as 1 while memory is enough");
    assert!(!bench.tables.defend(Some(5000)), "nothing new");
    assert!(bench.tables.defend(Some(1023)));
    assert_eq!(levels(&bench), ([2, 2, 2], 1024));
    assert!(bench.tables.defend(Some(512)), "scarcer");
    assert_eq!(levels(&bench), ([2, 2, 2], 2));
    assert!(bench.tables.defend(Some(0)));
    assert_eq!(levels(&bench), ([2, 2, 2], 1));
    set(&mut bench, "amemthresh", -1);
    assert!(bench.tables.defend(Some(0)));
    assert_eq!(levels(&bench), ([1, 1, 1], 0));
    set(&mut bench, "amemthresh", 1024);
    assert!(!bench.tables.defend(None), "unknown: taken for enough");
    for name in ["drop_entry", "drop_packet", "secure_tcp"] {
        set(&mut bench, name, 3);
    }
    assert!(!bench.tables.watches_memory() && bench.tables.defend(None));
    assert_eq!(levels(&bench), ([3, 3, 3], 10), "every am_droprate-th");
    assert_eq!(bench.tables.snapshot(&bench.world).drop_packet.rate(), 10);
    set(&mut bench, "am_droprate", -1);
    assert!(bench.tables.defend(None));
    assert_eq!(levels(&bench), ([3, 3, 3], -1));
}

#[test]
fn tunables_are_checked_and_published() {
    let mut bench = Bench::new();
    let mut set = |name: &str, value| bench.make(Command::SetTunable { name: name.to_owned(), value });
    assert_eq!(
        set("drop_entry", 4),
        Err(ControlError::Invalid("net.ipv4.vs.drop_entry: 4 is not between 0 and 3".into()))
    );
    assert_eq!(set("frob", 1), Err(ControlError::Invalid("net.ipv4.vs.frob: no such tunable".into())));
    let text = "net.ipv4.vs.backup_only: not in ulvs: who has the VIP forwards; a backup may do so too";
    assert_eq!(set("backup_only", 1), Err(ControlError::NotSupported(text.into())));
    assert_eq!(set("net.ipv4.vs.conn_reuse_mode", 3), Ok(()));
    assert_eq!(bench.tables.snapshot(&bench.world).tunables.conn_reuse_mode, 3);
    let wanted = Intent { tunables: [("secure_tcp".to_owned(), 7)].into(), ..Intent::default() };
    let refused = super::acceptable(&wanted);
    assert_eq!(
        refused,
        Err(ControlError::Invalid("net.ipv4.vs.secure_tcp: 7 is not between 0 and 3".into()))
    );
}

/// Linux 6.1, record estimation.
#[test]
fn without_estimation_listed_counters_stand_still() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(ServiceSpec::new(key(80)))).unwrap();
    bench.make(Command::AddServer(key(80), server(11))).unwrap();
    let count = |bench: &mut Bench, port: u16| {
        let view = bench.tables.snapshot(&bench.world);
        let one = Stats { conns: 1, in_pkts: 2, in_bytes: 80, ..Stats::default() };
        let service = &view.services[&key(port)];
        service.stats.add(&one);
        service.pool.servers()[0].stats.add(&one);
    };
    let listed = |bench: &Bench, port| {
        let all = bench.tables.services(Some(key(port))).unwrap();
        assert_eq!(all[0].stats, all[0].servers[0].stats);
        all[0].stats.conns
    };
    let estimate = |bench: &mut Bench, value| {
        bench.make(Command::SetTunable { name: "run_estimation".to_owned(), value }).unwrap();
    };
    count(&mut bench, 80);
    assert_eq!(listed(&bench, 80), 1);
    bench.tables.estimate();
    count(&mut bench, 80);
    assert_eq!(listed(&bench, 80), 2);
    estimate(&mut bench, 0);
    count(&mut bench, 80);
    assert_eq!(listed(&bench, 80), 1, "what the estimator saw last");
    bench.make(Command::Zero(None)).unwrap();
    assert_eq!(listed(&bench, 80), 0);
    count(&mut bench, 80);
    bench.make(Command::AddService(ServiceSpec::new(key(81)))).unwrap();
    bench.make(Command::AddServer(key(81), server(11))).unwrap();
    count(&mut bench, 81);
    assert_eq!((listed(&bench, 80), listed(&bench, 81)), (0, 0));
    assert_eq!(bench.tables.totals().stats, Stats::default(), "nor do those of all services");
    bench.tables.estimate();
    assert_eq!(bench.tables.services(Some(key(80))).unwrap()[0].rates, Rates::default());
    estimate(&mut bench, 1);
    assert_eq!((listed(&bench, 80), listed(&bench, 81)), (3, 1), "what was not seen counts after all");
}

/// `expire_nodest_conn` as it is when a server goes, not when it is set.
#[test]
fn deletions_ask_for_a_sweep_if_that_is_wanted() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(ServiceSpec::new(key(80)))).unwrap();
    for last in [11, 12, 13] {
        bench.make(Command::AddServer(key(80), server(last))).unwrap();
    }
    bench.make(Command::DeleteServer(key(80), server(11).endpoint)).unwrap();
    bench.make(Command::SetTunable { name: "expire_nodest_conn".to_owned(), value: 1 }).unwrap();
    assert_eq!(bench.tables.snapshot(&bench.world).sweeps, 0);
    bench.make(Command::DeleteServer(key(80), server(12).endpoint)).unwrap();
    assert_eq!(bench.tables.snapshot(&bench.world).sweeps, 1);
    bench.make(Command::Flush).unwrap();
    assert_eq!(bench.tables.snapshot(&bench.world).sweeps, 2);
}

#[test]
fn edits_are_as_strict_as_the_kernels() {
    let mut bench = Bench::new();
    let spec = ServiceSpec::new(key(80));
    assert_eq!(bench.make(Command::EditService(spec.clone())), Err(ControlError::NoSuchService));
    assert_eq!(bench.make(Command::AddServer(key(80), server(11))), Err(ControlError::NoSuchService));
    assert_eq!(bench.make(Command::Zero(Some(key(80)))), Err(ControlError::NoSuchService));
    assert_eq!(bench.make(Command::AddService(spec.clone())), Ok(()));
    assert_eq!(bench.make(Command::AddService(spec.clone())), Err(ControlError::ServiceExists));
    assert_eq!(bench.make(Command::EditServer(key(80), server(11))), Err(ControlError::NoSuchServer));
    assert_eq!(bench.make(Command::AddServer(key(80), server(11))), Ok(()));
    assert_eq!(bench.make(Command::AddServer(key(80), server(11))), Err(ControlError::ServerExists));
    let unknown = ServiceSpec { scheduler: SchedulerName::new("nosuch").unwrap(), ..spec };
    assert_eq!(bench.make(Command::EditService(unknown)), Err(ControlError::NoSuchScheduler));
    let negative = RealServerSpec { weight: -1, ..server(12) };
    assert_eq!(bench.make(Command::AddServer(key(80), negative)), Err(ControlError::OutOfRange));
    assert_eq!(
        bench.make(Command::DeleteServer(key(80), server(12).endpoint)),
        Err(ControlError::NoSuchServer)
    );
    assert_eq!(bench.make(Command::DeleteServer(key(80), server(11).endpoint)), Ok(()));
    assert_eq!(bench.make(Command::DeleteService(key(80))), Ok(()));
    assert_eq!(bench.make(Command::DeleteService(key(80))), Err(ControlError::NoSuchService));
}

#[test]
fn there_is_one_persistence_engine() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(ServiceSpec::new(key(80)))).unwrap();
    let persistent = ServiceSpec {
        persistence: Some(crate::lvs::Persistence {
            timeout_seconds: 300,
            mask: crate::lvs::ClientMask::whole(crate::lvs::Family::V4),
        }),
        engine: Some("pis".into()),
        ..ServiceSpec::new(key(81))
    };
    let unknown = bench.make(Command::AddService(persistent.clone()));
    assert_eq!(unknown, Err(ControlError::NoSuchScheduler));
    assert_eq!(bench.tables.intent().services.len(), 1);
    let known = ServiceSpec { engine: Some("sip".into()), ..persistent };
    assert_eq!(bench.make(Command::AddService(known)), Ok(()));
}

#[test]
fn a_deleted_server_comes_back_with_its_connections_until_the_trash_is_emptied() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(ServiceSpec::new(key(80)))).unwrap();
    bench.make(Command::AddServer(key(80), server(11))).unwrap();
    let view = bench.tables.snapshot(&bench.world);
    let real = view.server(ServerId(0)).unwrap().real.clone();
    real.bind();

    bench.make(Command::DeleteServer(key(80), server(11).endpoint)).unwrap();
    let view = bench.tables.snapshot(&bench.world);
    assert!(!view.server(ServerId(0)).unwrap().available, "it stays for its connections");
    assert!(!bench.tables.empty_trash(Tick(10_000), view.epoch), "it has a connection");
    bench.make(Command::AddServer(key(80), RealServerSpec { weight: 7, ..server(11) })).unwrap();
    let view = bench.tables.snapshot(&bench.world);
    let back = view.server(ServerId(0)).unwrap();
    assert!(back.available && back.real.total() == 1 && back.real.weight() == 7);

    bench.make(Command::DeleteServer(key(80), server(11).endpoint)).unwrap();
    real.unbind(false);
    let epoch = bench.tables.snapshot(&bench.world).epoch;
    assert!(!bench.tables.empty_trash(Tick(1199), epoch), "two minutes are not over");
    assert!(!bench.tables.empty_trash(Tick(1200), epoch - 1), "a worker may still use it");
    assert!(bench.tables.empty_trash(Tick(1200), epoch));
    assert!(bench.tables.snapshot(&bench.world).server(ServerId(0)).is_none());
}

/// `ipvs.md` §2: on deleting the server that rr chose last, its pointer steps to the one before it in the list.
#[test]
fn deleting_the_server_that_rr_chose_last_skips_nobody() {
    for (picks_before, deleted, then) in [(1, 13, 12), (2, 12, 11), (3, 11, 13)] {
        let mut bench = Bench::new();
        let spec = ServiceSpec { scheduler: SchedulerName::new("rr").unwrap(), ..ServiceSpec::new(key(80)) };
        bench.make(Command::AddService(spec)).unwrap();
        (11..=13).for_each(|last| bench.make(Command::AddServer(key(80), server(last))).unwrap());
        let last = (0..picks_before).map(|_| pick(&mut bench)).last();
        assert_eq!(last, Some(Some(deleted)));
        bench.make(Command::DeleteServer(key(80), server(deleted).endpoint)).unwrap();
        assert_eq!(pick(&mut bench), Some(then), "after {picks_before} picks");
    }
}

/// Opens a connection as a worker would; the real server that it gets.
fn pick(bench: &mut Bench) -> Option<u8> {
    let view = bench.tables.snapshot(&bench.world);
    let service = &view.services[&key(80)];
    let client = Endpoint::new([172, 16, 0, 5].into(), 40001);
    let virt = Endpoint::new([10, 9, 0, 100].into(), 80);
    let flow = Flow { protocol: Protocol::Tcp, client, virt };
    let (pool, flags, tunables) = (&service.pool, service.spec.scheduler_flags, &view.tunables);
    let ask = Ask { flow: &flow, pool, flags, swapped: false, tunables, now: NOW, dice: 0 };
    match service.scheduler.pick(&ask)?.endpoint.addr {
        std::net::IpAddr::V4(addr) => addr.octets().last().copied(),
        std::net::IpAddr::V6(_) => None,
    }
}

fn scheduled_by(name: &str) -> ServiceSpec {
    ServiceSpec { scheduler: SchedulerName::new(name).unwrap(), ..ServiceSpec::new(key(80)) }
}

/// Linux 6.1: `-E` with the same scheduler leaves it its state, with another one it begins anew.
#[test]
fn only_another_scheduler_begins_anew() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(scheduled_by("rr"))).unwrap();
    (11..=13).for_each(|last| bench.make(Command::AddServer(key(80), server(last))).unwrap());
    assert_eq!(pick(&mut bench), Some(13));
    let scheduler_flags = crate::lvs::SchedulerFlags { third: true, ..Default::default() };
    bench.make(Command::EditService(ServiceSpec { scheduler_flags, ..scheduled_by("rr") })).unwrap();
    assert_eq!(pick(&mut bench), Some(12));
    bench.make(Command::EditService(scheduled_by("wlc"))).unwrap();
    bench.make(Command::EditService(scheduled_by("rr"))).unwrap();
    assert_eq!(pick(&mut bench), Some(13));
}

#[test]
fn flags_reach_the_scheduler_without_another() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(scheduled_by("mh"))).unwrap();
    (11..=13).for_each(|last| bench.make(Command::AddServer(key(80), server(last))).unwrap());
    let own = pick(&mut bench).unwrap();
    bench.make(Command::EditServer(key(80), RealServerSpec { weight: 0, ..server(own) })).unwrap();
    assert_eq!(pick(&mut bench), None);
    let scheduler_flags = crate::lvs::SchedulerFlags { first: true, ..Default::default() };
    bench.make(Command::EditService(ServiceSpec { scheduler_flags, ..scheduled_by("mh") })).unwrap();
    assert!(pick(&mut bench).is_some_and(|other| other != own));
}

/// Linux 6.1: a server that comes back from the trash with weight 0 has no slots in mh's table.
#[test]
fn thresholds_and_weights_of_a_revived_server() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(scheduled_by("mh"))).unwrap();
    let limited = RealServerSpec { thresholds: crate::lvs::Thresholds { upper: 1, lower: 0 }, ..server(11) };
    bench.make(Command::AddServer(key(80), limited)).unwrap();
    let real = bench.tables.snapshot(&bench.world).server(ServerId(0)).unwrap().real.clone();
    real.bind();
    assert_eq!(pick(&mut bench), None);
    bench.make(Command::DeleteServer(key(80), limited.endpoint)).unwrap();
    bench.make(Command::AddServer(key(80), limited)).unwrap();
    assert_eq!(pick(&mut bench), None, "as overloaded as it was");
    bench.make(Command::EditServer(key(80), server(11))).unwrap();
    assert_eq!(pick(&mut bench), Some(11));
    bench.make(Command::DeleteServer(key(80), limited.endpoint)).unwrap();
    bench.make(Command::AddServer(key(80), RealServerSpec { weight: 0, ..server(11) })).unwrap();
    assert_eq!((real.last_weight(), pick(&mut bench)), (0, None));
}

/// What lblc remembers keeps a deleted server in the trash, until time makes it forget.
#[test]
fn a_remembered_server_stays_in_the_trash() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(scheduled_by("lblc"))).unwrap();
    bench.make(Command::AddServer(key(80), server(11))).unwrap();
    assert_eq!(pick(&mut bench), Some(11));
    bench.make(Command::DeleteServer(key(80), server(11).endpoint)).unwrap();
    let epoch = bench.tables.snapshot(&bench.world).epoch;
    let day = NOW.plus_seconds(86_400);
    assert!(!bench.tables.empty_trash(day, epoch));
    bench.tables.tick_schedulers(NOW);
    (1..=30).for_each(|minute| bench.tables.tick_schedulers(day.plus_seconds(60 * minute)));
    assert!(bench.tables.empty_trash(day.plus_seconds(1800), epoch));
}

/// With the service, or with another scheduler, lblc's memory is gone, though a deleted server still refers to it.
#[test]
fn a_scheduler_that_is_out_of_use_remembers_nobody() {
    for last in [Command::DeleteService(key(80)), Command::EditService(scheduled_by("rr"))] {
        let mut bench = Bench::new();
        bench.make(Command::AddService(scheduled_by("lblc"))).unwrap();
        bench.make(Command::AddServer(key(80), server(11))).unwrap();
        assert_eq!(pick(&mut bench), Some(11));
        bench.make(Command::DeleteServer(key(80), server(11).endpoint)).unwrap();
        bench.make(last.clone()).unwrap();
        let epoch = bench.tables.snapshot(&bench.world).epoch;
        assert!(bench.tables.empty_trash(NOW.plus_seconds(120), epoch), "{last:?}");
    }
}

#[test]
fn mh_has_no_room_for_more_servers_than_slots() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(scheduled_by("rr"))).unwrap();
    for number in 0..4094u32 {
        let addr = std::net::Ipv4Addr::from(0x0a0a_0001 + number);
        let spec = RealServerSpec::new(Endpoint::new(addr.into(), 80));
        bench.make(Command::AddServer(key(80), spec)).unwrap();
    }
    let refused = bench.make(Command::EditService(scheduled_by("mh")));
    assert!(matches!(refused, Err(ControlError::Invalid(_))), "{refused:?}");
}

#[test]
fn the_snapshot_tells_vips_on_the_host_from_claimed_ones() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(ServiceSpec::new(key(80)))).unwrap();
    let vip = [10, 9, 0, 100].into();
    let view = bench.tables.snapshot(&bench.world);
    assert!(view.claimed.contains(&vip) && view.on_host.is_empty());
    bench.world.learn(HostFact::Address(AddressFact { ifindex: 2, net: "10.9.0.100/32".parse().unwrap() }));
    let view = bench.tables.snapshot(&bench.world);
    assert!(view.on_host.contains(&vip) && view.claimed.is_empty());
}

#[test]
fn hops_by_method() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(ServiceSpec::new(key(80)))).unwrap();
    let far = RealServerSpec::new(Endpoint::new([192, 0, 2, 7].into(), 80));
    let methods = [
        RealServerSpec { method: ForwardingMethod::DirectRoute, ..server(11) },
        RealServerSpec { method: ForwardingMethod::Tunnel, ..far },
        RealServerSpec { method: ForwardingMethod::Nat, ..server(13) },
    ];
    methods.into_iter().for_each(|spec| bench.make(Command::AddServer(key(80), spec)).unwrap());
    let view = bench.tables.snapshot(&bench.world);
    let hop = |id: u32| view.server(ServerId(id)).unwrap().hop.unwrap();
    assert_eq!((hop(0).port, hop(0).mac), (PortId(0), Some(Mac([2, 0, 0, 0, 1, 11]))));
    assert_eq!(hop(1).neighbour, std::net::IpAddr::from([10, 9, 0, 1]), "a tunnel goes by the gateway");
    assert_eq!(hop(1).source, Some([10, 9, 0, 2].into()));
    assert_eq!(hop(2).mac, None, "nobody knows that neighbour yet");
    let nat = view.nat_sources.iter().collect::<Vec<_>>();
    assert_eq!(nat, [(Protocol::Tcp, Endpoint::new([10, 9, 0, 13].into(), 80))]);
}

/// What NAT real servers of FTP and of all ports say comes from any port; FTP's data connections go to more than one.
#[test]
fn services_that_take_more_than_their_port() {
    let mut bench = Bench::new();
    let persistence = crate::lvs::Persistence {
        timeout_seconds: 300,
        mask: crate::lvs::ClientMask::V4([255, 0, 255, 0].into()),
    };
    for port in [0, 21] {
        let spec = ServiceSpec { persistence: Some(persistence), ..ServiceSpec::new(key(port)) };
        bench.make(Command::AddService(spec)).unwrap();
        let nat = RealServerSpec { method: ForwardingMethod::Nat, ..server(if port == 0 { 11 } else { 32 }) };
        bench.make(Command::AddServer(key(port), nat)).unwrap();
    }
    let view = bench.tables.snapshot(&bench.world);
    let from = |host: u8, port| view.may_answer(Protocol::Tcp, Endpoint::new([10, 9, 0, host].into(), port));
    assert!(from(11, 80) && from(11, 5000) && from(32, 80) && from(32, 5000) && !from(12, 80));
    let data = |bench: &Bench| bench.tables.ftp_data_services().collect::<Vec<_>>();
    assert_eq!(data(&bench), [(Protocol::Tcp, Endpoint::new([10, 9, 0, 100].into(), 20))]);
    bench.make(Command::EditService(ServiceSpec::new(key(21)))).unwrap();
    assert_eq!(data(&bench).len(), 1, "of a NAT real server they are followed");
    bench.make(Command::SetTunable { name: "ftp_helper".into(), value: 0 }).unwrap();
    assert_eq!(data(&bench), []);
    let six = crate::lvs::Persistence { mask: crate::lvs::ClientMask::V6(64), ..persistence };
    let wrong = ServiceSpec { persistence: Some(six), ..ServiceSpec::new(key(21)) };
    assert!(matches!(bench.make(Command::EditService(wrong)), Err(ControlError::Invalid(_))));
}

/// Linux 6.1, `/proc/net/ip_vs_app`: a helper is there while it is on, and busy with control connections through NAT.
#[test]
fn the_ftp_helper_counts_its_connections() {
    let mut bench = Bench::new();
    let board = Board::new(ConnTable::new(ConnConfig::default()).unwrap(), 1);
    let busy =
        |bench: &Bench| bench.tables.helpers(&board).iter().map(|ftp| ftp.connections).collect::<Vec<_>>();
    assert_eq!(busy(&bench), [0]);
    let client = Endpoint::new([172, 16, 0, 5].into(), 40001);
    for (port, method) in
        [(21, ForwardingMethod::Nat), (22, ForwardingMethod::Nat), (21, ForwardingMethod::DirectRoute)]
    {
        let client = Endpoint::new(client.addr, client.port + u16::from(method != ForwardingMethod::Nat));
        let virt = Endpoint::new([10, 9, 0, 100].into(), port);
        let flow = Flow { protocol: Protocol::Tcp, client, virt };
        let new = NewConn { server: ServerId(0), method, real: server(11).endpoint };
        board.conns.shard_of(flow.protocol, &client).open(&flow, new, Tick(0)).unwrap();
    }
    assert_eq!(busy(&bench), [1]);
    bench.make(Command::SetTunable { name: "ftp_helper".into(), value: 0 }).unwrap();
    assert_eq!(busy(&bench), [0u64; 0]);
}

/// Small intents that overlap a lot.
fn intents() -> impl Strategy<Value = Intent> {
    let servers = proptest::collection::btree_map(11u8..16, 0i32..3, 0..5);
    let services = proptest::collection::btree_map(80u16..84, (servers, any::<bool>()), 0..4);
    let timeouts = proptest::option::of(1u32..5);
    let tunables = proptest::collection::btree_map(0..TUNABLES.len(), 0i64..4, 0..4);
    let marks = proptest::option::of(proptest::collection::vec(1u32..4, 0..4));
    (services, timeouts, tunables, marks).prop_map(|(services, tcp, tunables, marks)| {
        let services = services.into_iter().map(|(port, (servers, is_rr))| {
            let scheduler = if is_rr { SchedulerName::new("rr").unwrap() } else { SchedulerName::wlc() };
            let spec = ServiceSpec { scheduler, ..ServiceSpec::new(key(port)) };
            let servers = servers.into_iter().map(|(last, weight)| RealServerSpec { weight, ..server(last) });
            (key(port), (spec, servers.collect()))
        });
        Intent {
            services: services.collect(),
            timeouts: tcp.map(|tcp| Timeouts { tcp, ..Timeouts::default() }),
            marks: marks.map(|marks| marks.into_iter().map(mark).collect()),
            tunables: tunables
                .into_iter()
                .filter(|(place, value)| TUNABLES[*place].check(*value).is_ok())
                .map(|(place, value)| (TUNABLES[place].name.to_owned(), value))
                .collect(),
            ..Intent::default()
        }
    })
}

fn mark(value: u32) -> MarkRule {
    MarkRule {
        destination: "10.9.0.100/32".parse().unwrap(),
        source: None,
        protocol: None,
        dports: Ports::default(),
        sports: Ports::default(),
        interface: None,
        set: SetMark::or(value, u32::MAX),
    }
}

/// The same, whatever the order of real servers (those that stay keep their place).
fn sorted(mut intent: Intent) -> Intent {
    for (_, servers) in intent.services.values_mut() {
        servers.sort_by_key(|server| server.endpoint);
    }
    intent
}

/// Addresses that rules name become VIPs with the service of their mark, and stop being VIPs with it; replies of its NAT
/// servers are told by address alone, in every protocol.
#[test]
fn a_mark_makes_a_vip() {
    let mut bench = Bench::new();
    let by_mark = ServiceKey::Fwmark { family: crate::lvs::Family::V4, mark: 3 };
    assert_eq!(bench.make(Command::AddMarks(vec![mark(2), mark(3)])), Ok(()));
    let vip = "10.9.0.100".parse().unwrap();
    assert!(!bench.tables.snapshot(&bench.world).is_vip(vip), "a mark alone serves nothing");
    assert_eq!(bench.make(Command::AddService(ServiceSpec::new(by_mark))), Ok(()));
    let real = RealServerSpec {
        method: ForwardingMethod::Nat,
        ..RealServerSpec::new(Endpoint::new([10, 9, 0, 11].into(), 0))
    };
    assert_eq!(bench.make(Command::AddServer(by_mark, real)), Ok(()));
    let view = bench.tables.snapshot(&bench.world);
    assert!(view.claimed.contains(&vip) && view.has_mark_services);
    for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
        assert!(view.may_answer(protocol, Endpoint::new([10, 9, 0, 11].into(), 4711)));
        assert!(!view.may_answer(protocol, Endpoint::new([10, 9, 0, 12].into(), 4711)));
    }
    let whole = bench.tables.claimed_marks(&view.claimed.iter().collect(), &view.network);
    assert!(whole.rules.is_empty(), "what is claimed whole needs no rules in the kernel");
    let parts = bench.tables.claimed_marks(&std::collections::BTreeSet::new(), &view.network);
    assert_eq!((parts.rules.len(), parts.services.len()), (2, 1));
    assert_eq!(bench.make(Command::DeleteMarkAt(3)), Err(ControlError::NoSuchMark));
    assert_eq!(bench.make(Command::DeleteMark(mark(3))), Ok(()));
    assert!(!bench.tables.snapshot(&bench.world).is_vip(vip), "the mark is 2 now");
    assert_eq!(bench.make(Command::DeleteMark(mark(3))), Err(ControlError::NoSuchMark));
    assert_eq!(bench.make(Command::FlushMarks), Ok(()));
    assert_eq!(bench.tables.intent().marks, Some(Vec::new()));
}

#[test]
fn rules_that_make_no_sense_are_refused_together() {
    let mut bench = Bench::new();
    let ports = MarkRule { dports: vec![(80, 80)].into(), ..mark(1) };
    let mixed = MarkRule { source: Some("fd00::/8".parse().unwrap()), ..mark(1) };
    let bits = MarkRule { source: Some("10.1.2.3/8".parse().unwrap()), ..mark(1) };
    let loopback = MarkRule { destination: "127.0.0.1/32".parse().unwrap(), ..mark(1) };
    let name = MarkRule { interface: Some("not an interface".to_owned()), ..mark(1) };
    for wrong in [ports, mixed, bits, loopback, name] {
        let refused = bench.make(Command::AddMarks(vec![mark(7), wrong]));
        assert!(matches!(refused, Err(ControlError::Invalid(_))), "{refused:?}");
        assert_eq!(bench.tables.intent().marks, Some(Vec::new()), "all or nothing");
    }
    let zero = ServiceKey::Fwmark { family: crate::lvs::Family::V4, mark: 0 };
    let refused = bench.make(Command::AddService(ServiceSpec::new(zero)));
    assert!(matches!(refused, Err(ControlError::Invalid(_))));
}

proptest! {
    #[test]
    fn a_plan_makes_what_is_wanted_and_then_there_is_nothing_left_to_do(steps in proptest::collection::vec(intents(), 1..5)) {
        let mut bench = Bench::new();
        for wanted in steps {
            for command in plan(&bench.tables.intent(), &wanted) {
                prop_assert_eq!(bench.make(command), Ok(()));
            }
            let running = bench.tables.intent();
            prop_assert!(plan(&running, &wanted).is_empty());
            if let Some(marks) = &wanted.marks {
                prop_assert_eq!(running.marks.as_ref(), Some(marks));
            }
            prop_assert_eq!(sorted(running).services, sorted(wanted).services);
            let view = bench.tables.snapshot(&bench.world);
            for service in view.services.values() {
                for real in service.pool.servers() {
                    let server = view.server(real.id).unwrap();
                    prop_assert!(server.available);
                    prop_assert!(std::sync::Arc::ptr_eq(&server.service, service), "counters go to the service of now");
                }
            }
        }
    }
}

/// What a service has counted stays in the total when it is deleted, also what workers count that have not heard of it.
#[test]
fn totals_outlive_their_services() {
    let mut bench = Bench::new();
    bench.make(Command::AddService(ServiceSpec::new(key(80)))).unwrap();
    bench.make(Command::AddService(ServiceSpec::new(key(81)))).unwrap();
    let stats = |bench: &Bench, port| bench.tables.services[&key(port)].current.stats.clone();
    let (first, second) = (stats(&bench, 80), stats(&bench, 81));
    let packet = Stats { in_pkts: 1, ..Stats::default() };
    let packets = |bench: &Bench| bench.tables.totals().stats.in_pkts;
    first.add(&packet);
    second.add(&packet);
    assert_eq!(packets(&bench), 2);
    bench.make(Command::DeleteService(key(80))).unwrap();
    first.add(&packet);
    assert_eq!(packets(&bench), 3);
    let epoch = bench.tables.snapshot(&bench.world).epoch;
    bench.tables.empty_trash(NOW, epoch - 1);
    first.add(&packet);
    assert_eq!(packets(&bench), 4, "a worker may still have the old snapshot");
    bench.tables.empty_trash(NOW, epoch);
    assert_eq!(packets(&bench), 4);
    bench.make(Command::Zero(Some(key(81)))).unwrap();
    assert_eq!(packets(&bench), 4, "of one service only");
    bench.make(Command::Zero(None)).unwrap();
    assert_eq!(packets(&bench), 0);
    second.add(&packet);
    assert_eq!(packets(&bench), 1);
}
