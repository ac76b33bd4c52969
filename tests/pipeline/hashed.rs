//! Flows for which the table has no room, or which come too fast: with `hash_when_full` and `hash_above_rate` all of a flow's
//! packets go to one real server without a connection, and with a connection as soon as there is room.

use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Tun, Wanted, counter_of, inbound, rip};
use crate::make::{Given, Make, icmp, repair_ip_checksum, tcp, udp};
use crate::portless::{ABORT, DATA, INIT, to_vip};
use crate::tunnel_types;
use ulvs::config::mark::Words;
use ulvs::conn::{ConnConfig, ConnTable};
use ulvs::lvs::{ClientMask, Family, Persistence, Protocol, Switch, Thresholds, Tunnel};
use ulvs::wire::encap;

const VIP: &str = "10.9.0.100:80";
const THREE: &[Wanted] = &[(1, DirectRoute, 80, 1), (2, DirectRoute, 80, 1), (3, DirectRoute, 80, 1)];
const ROUTE: &str = "frames_forwarded route";
const FULL: &str = "frames_dropped table_full";
const RESET: &str = "frames_answered reset";
/// Places in the table.
const ROOM: usize = 64;

/// A table without a place left: of connections that nobody may throw out, to a service of their own.
fn full(mut lab: Lab) -> Lab {
    let config = ConnConfig { shards: 4, capacity: ROOM, seed: Some(1), ..ConnConfig::default() };
    lab.conns = ConnTable::new(config).unwrap();
    lab.service(Protocol::Udp, "10.9.0.100:9", "rr", &[(8, DirectRoute, 9, 1)]);
    for port in 0..ROOM {
        lab.send(udp(&format!("172.16.9.9:{}", 1000 + port), "10.9.0.100:9", b"x"));
    }
    assert!(lab.conns.is_full());
    lab
}

fn hash_when_full(lab: &mut Lab) {
    lab.tune(|all| all.hash_when_full = Switch::from(true));
}

/// Time for all of them to end: UDP's.
fn empty(lab: &mut Lab) {
    lab.sleep(301);
    assert!(lab.conns.is_empty());
}

fn client(n: usize) -> String {
    format!("172.16.{}.{}:{}", 20 + n / 200, 1 + n % 200, 40_000 + n)
}

fn segment(client: &str, flags: &str) -> Make {
    tcp(client, VIP, flags)
}

/// Sends it and says to which real server it went: the last byte of its MAC.
fn server_of(lab: &mut Lab, given: impl Into<Given>) -> u8 {
    let (verdict, frames) = lab.send(given);
    assert_eq!(counter_of(verdict), ROUTE);
    frames[0].bytes[5]
}

/// What direct routing makes of it.
fn routed(server: &str, client: &str, flags: &str) -> String {
    let (addr, port) = client.split_once(':').unwrap();
    format!(
        "director>{server} ip {addr}>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp {port}>80 {flags} seq=1000 ack=0 data=b''"
    )
}

/// Without the tunable, as IPVS: no place, no connection.
#[test]
fn off_by_default() {
    let mut lab = full(Lab::with(THREE));
    lab.row("no place", segment(&client(0), "S"), NOTHING, FULL, "");
    let (verdict, _) = lab.send(segment(&client(0), "A"));
    assert_eq!(counter_of(verdict), RESET);
}

/// Each row of a flow: the same real server, no connection, and it is counted.
#[test]
fn all_packets_of_a_flow_go_to_one_server() {
    let mut lab = full(Lab::with(THREE));
    hash_when_full(&mut lab);
    let mut shares = [0; 4];
    for n in 0..60 {
        let client = client(n);
        let server = server_of(&mut lab, segment(&client, "S"));
        shares[usize::from(server)] += 1;
        let name = format!("rs{server}");
        for flags in ["S", "A", "PA", "FA", "R"] {
            let moved = format!("packets_hashed+1 {}", inbound(&name, 40));
            let out = [routed(&name, &client, flags)];
            lab.row(flags, segment(&client, flags), &out, ROUTE, &moved);
        }
    }
    assert!(shares[1..].iter().all(|share| *share > 5), "{shares:?}");
    assert_eq!(lab.conns.len(), ROOM);
}

/// Weights count, and the loads of connections do not.
#[test]
fn shares_follow_the_weights() {
    let mut lab = full(Lab::new());
    lab.service(
        Protocol::Tcp,
        VIP,
        "wlc",
        &[(1, DirectRoute, 80, 4), (2, DirectRoute, 80, 1), (3, DirectRoute, 80, 0)],
    );
    hash_when_full(&mut lab);
    let mut shares = [0; 4];
    for n in 0..1000 {
        shares[usize::from(server_of(&mut lab, segment(&client(n), "S")))] += 1;
    }
    assert_eq!(shares[3], 0);
    assert!((740..860).contains(&shares[1]), "{shares:?}");
    lab.real(1).set_weight(0);
    lab.real(2).set_weight(0);
    let (verdict, _) = lab.send(segment(&client(0), "S"));
    assert_eq!(counter_of(verdict), "frames_answered port_unreachable", "nobody is left");
}

/// A server at its upper threshold gets none of them; the others keep theirs.
#[test]
fn an_overloaded_server_gets_none() {
    let mut lab = full(Lab::with(THREE));
    hash_when_full(&mut lab);
    let before: Vec<u8> = (0..60).map(|n| server_of(&mut lab, segment(&client(n), "S"))).collect();
    lab.real(1).set_thresholds(Thresholds { upper: 1, lower: 0 });
    lab.real(1).bind();
    for (n, before) in before.into_iter().enumerate() {
        let now = server_of(&mut lab, segment(&client(n), "A"));
        assert!(if before == 2 { now != 2 } else { now == before });
    }
}

/// When there is room again, a packet of the flow's middle gets it a connection, which stays whatever changes.
#[test]
fn a_flow_is_entered_when_there_is_room() {
    let mut lab = full(Lab::with(THREE));
    hash_when_full(&mut lab);
    let clients: Vec<String> = (0..30).map(client).collect();
    let servers: Vec<u8> = clients.iter().map(|client| server_of(&mut lab, segment(client, "S"))).collect();
    empty(&mut lab);
    for (client, server) in clients.iter().zip(&servers) {
        let name = format!("rs{server}");
        let moved =
            format!("connections_adopted+1 table+1 {name}.conns+1 {name}.active+1 {}", inbound(&name, 40));
        lab.row("adopted", segment(client, "A"), &[routed(&name, client, "A")], ROUTE, &moved);
        lab.row("known", segment(client, "A"), &[routed(&name, client, "A")], ROUTE, &inbound(&name, 40));
    }
    lab.real(0).set_weight(0);
    lab.delete(1);
    lab.add_again(1);
    lab.tune(|_| {});
    for (client, server) in clients.iter().zip(&servers) {
        assert_eq!(server_of(&mut lab, segment(client, "A")), *server);
    }
}

/// What comes within a minute of the last pressure may be a SYN that came before: it goes by the hash though there is room.
/// After that the scheduler has its way again, and after TCP's timeout an unknown segment is reset.
#[test]
fn it_is_over_in_time() {
    let mut lab = full(Lab::with(THREE));
    hash_when_full(&mut lab);
    let servers: Vec<u8> = (0..9).map(|n| server_of(&mut lab, segment(&client(n), "S"))).collect();
    // Room at once.
    lab.conns =
        ConnTable::new(ConnConfig { shards: 4, capacity: ROOM, seed: Some(1), ..ConnConfig::default() })
            .unwrap();
    lab.conns.press(lab.now);
    lab.sleep(59);
    for (n, server) in servers.iter().enumerate() {
        assert_eq!(server_of(&mut lab, segment(&client(n), "S")), *server, "by the hash");
    }
    assert_eq!(lab.conns.len(), 9, "and entered");
    lab.sleep(1);
    let in_turn: Vec<u8> = (100..106).map(|n| server_of(&mut lab, segment(&client(n), "S"))).collect();
    assert_eq!(in_turn, [3, 2, 1, 3, 2, 1], "rr");
    lab.sleep(839);
    let (verdict, _) = lab.send(segment(&client(200), "A"));
    assert_eq!(counter_of(verdict), ROUTE, "it may be of a flow");
    lab.sleep(1);
    let (verdict, _) = lab.send(segment(&client(201), "A"));
    assert_eq!(counter_of(verdict), RESET, "it cannot");
}

/// A reset ends what has no connection, and opens none.
#[test]
fn resets_are_passed_on_and_open_nothing() {
    let mut lab = full(Lab::with(THREE));
    hash_when_full(&mut lab);
    let server = server_of(&mut lab, segment(&client(0), "S"));
    empty(&mut lab);
    assert_eq!(server_of(&mut lab, segment(&client(0), "R")), server);
    assert!(lab.conns.is_empty());
}

/// Half-open connections make room as ever; those that had to go were of the hash's server, and so is what follows.
#[test]
fn who_made_room_is_still_served() {
    let mut lab = Lab::with(THREE);
    lab.conns =
        ConnTable::new(ConnConfig { shards: 1, capacity: ROOM, seed: Some(1), ..ConnConfig::default() })
            .unwrap();
    hash_when_full(&mut lab);
    for n in 0..ROOM {
        lab.send(segment(&client(1000 + n), "S"));
    }
    assert_eq!(lab.counters()["packets_hashed"], 0);
    let servers: Vec<u8> = (0..200).map(|n| server_of(&mut lab, segment(&client(n), "S"))).collect();
    let counters = lab.counters();
    assert_eq!(counters["connections_ended{cause=\"table_full\"}"], 200, "each made room");
    assert_eq!((counters["packets_hashed"], counters["table"]), (0, 64));
    for (n, server) in servers.iter().enumerate() {
        assert_eq!(server_of(&mut lab, segment(&client(n), "A")), *server, "client {n}");
    }
    let hashed = lab.counters()["packets_hashed"];
    assert!((136..200).contains(&hashed), "{hashed} of 200 had made room");
    assert_eq!(lab.conns.len(), ROOM, "what follows throws nobody out");
}

/// NAT knows by the connection alone where a reply belongs; and where only some servers are without NAT, nobody guesses.
#[test]
fn nat_needs_connections() {
    for servers in [&[(1, Nat, 80, 1)][..], &[(1, Nat, 80, 1), (2, DirectRoute, 80, 1)]] {
        let mut lab = full(Lab::with(servers));
        hash_when_full(&mut lab);
        lab.row("no place", segment(&client(0), "S"), NOTHING, FULL, "");
        let (verdict, _) = lab.send(segment(&client(0), "A"));
        assert_eq!(counter_of(verdict), RESET);
    }
}

/// A real server is edited to NAT, and this snapshot does not know yet: its packets are not sent where no reply comes from.
#[test]
fn a_server_that_has_just_become_nats_gets_none() {
    let mut lab = full(Lab::with(THREE));
    hash_when_full(&mut lab);
    (0..3).for_each(|place| lab.real(place).set_method(Nat));
    lab.row("just edited", segment(&client(0), "S"), NOTHING, FULL, "");
    (0..3).for_each(|place| lab.real(place).set_method(DirectRoute));
    server_of(&mut lab, segment(&client(0), "S"));
}

#[test]
fn tunnels_are_as_good() {
    let mut lab = full(Lab::with(&[(1, Tun, 80, 1), (2, Tun, 80, 1)]));
    hash_when_full(&mut lab);
    for n in 0..10 {
        let to = |flags: &str, lab: &mut Lab| {
            let (verdict, frames) = lab.send(segment(&client(n), flags));
            assert_eq!(counter_of(verdict), "frames_forwarded tunnel");
            frames[0].bytes[5]
        };
        let server = to("S", &mut lab);
        assert_eq!(to("A", &mut lab), server);
    }
    assert_eq!(lab.counters()["packets_hashed"], 20);
}

/// mh, sh, dh and fo choose the same again by themselves.
#[test]
fn steady_schedulers_go_on() {
    for scheduler in ["mh", "sh", "fo", "dh"] {
        let mut lab = Lab::new();
        lab.service(Protocol::Tcp, VIP, scheduler, THREE);
        let before: Vec<u8> = (0..50).map(|n| server_of(&mut lab, segment(&client(n), "S"))).collect();
        let mut lab = full(lab);
        hash_when_full(&mut lab);
        for (n, before) in before.into_iter().enumerate() {
            assert_eq!(server_of(&mut lab, segment(&client(n), "S")), before, "{scheduler}");
        }
        assert_eq!(lab.counters()["packets_hashed"], 50);
    }
}

/// So many per second are entered, the others go by the hash; UDP too, whose flow is entered when its turn comes.
#[test]
fn above_a_rate() {
    let mut lab = Lab::with(THREE);
    lab.service(Protocol::Udp, "10.9.0.100:53", "rr", THREE);
    lab.tune(|all| all.hash_above_rate = 20);
    let servers: Vec<u8> = (0..50).map(|n| server_of(&mut lab, segment(&client(n), "S"))).collect();
    assert_eq!((lab.conns.len(), lab.counters()["packets_hashed"]), (20, 30));
    assert_eq!(servers[..6], [3, 2, 1, 3, 2, 1], "below it the scheduler chooses");
    let query = |n| udp(&client(n), "10.9.0.100:53", b"q");
    let queried: Vec<u8> = (0..5).map(|n| server_of(&mut lab, query(n))).collect();
    assert_eq!((lab.conns.len(), lab.counters()["packets_hashed"]), (20, 35));
    lab.now = lab.now.plus_seconds(1);
    for (n, server) in servers.iter().enumerate() {
        assert_eq!(server_of(&mut lab, segment(&client(n), "A")), *server);
    }
    assert_eq!(lab.counters()["connections_adopted"], 20);
    assert_eq!((lab.conns.len(), lab.counters()["packets_hashed"]), (40, 45));
    lab.now = lab.now.plus_seconds(1);
    for (n, server) in queried.iter().enumerate() {
        assert_eq!(server_of(&mut lab, query(n)), *server);
    }
    assert_eq!((lab.conns.len(), lab.counters()["packets_hashed"]), (45, 45));
    assert_eq!(lab.counters()["connections_adopted"], 20, "a datagram opens as ever");
}

/// NAT services are entered whatever the rate, and a full table is another matter.
#[test]
fn the_rate_is_not_for_nat_and_not_for_a_full_table() {
    let mut lab = Lab::with(&[(1, Nat, 80, 1)]);
    lab.tune(|all| all.hash_above_rate = 5);
    for n in 0..20 {
        lab.send(segment(&client(n), "S"));
    }
    assert_eq!((lab.conns.len(), lab.counters()["packets_hashed"]), (20, 0));
    let mut lab = full(Lab::with(THREE));
    lab.tune(|all| all.hash_above_rate = 5);
    for n in 0..5 {
        lab.row("no place", segment(&client(n), "S"), NOTHING, FULL, "");
    }
    assert_eq!(server_of(&mut lab, segment(&client(5), "S")), server_of(&mut lab, segment(&client(5), "A")));
}

fn persist(lab: &mut Lab, mask: ClientMask) {
    lab.edit(|spec| spec.persistence = Some(Persistence { timeout_seconds: 60, mask }));
}

/// Persistence holds: all connections of whom the mask takes for one client go to one server, of all ports.
#[test]
fn persistence_holds() {
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, "10.9.0.100:0", "rr", THREE);
    persist(&mut lab, ClientMask::V4([255, 255, 255, 0].into()));
    // Who has a template stays with its server.
    let config = ConnConfig { shards: 4, capacity: 2, seed: Some(1), ..ConnConfig::default() };
    lab.conns = ConnTable::new(config).unwrap();
    let template = server_of(&mut lab, tcp("172.16.5.1:1", VIP, "S"));
    assert!(lab.conns.is_full());
    hash_when_full(&mut lab);
    for n in 2..20 {
        let given = tcp(&format!("172.16.5.{n}:{n}"), &format!("10.9.0.100:{}", 80 + n), "S");
        assert_eq!(server_of(&mut lab, given), template);
    }
    let mut shares = std::collections::BTreeSet::new();
    for net in 30..60 {
        let server = server_of(&mut lab, tcp(&format!("172.16.{net}.1:1"), VIP, "S"));
        for n in 2..6 {
            let client = format!("172.16.{net}.{n}:{n}");
            assert_eq!(server_of(&mut lab, tcp(&client, "10.9.0.100:443", "S")), server);
            assert_eq!(server_of(&mut lab, tcp(&client, "10.9.0.100:443", "A")), server);
        }
        shares.insert(server);
    }
    assert_eq!(shares.len(), 3);
    assert_eq!(lab.conns.len(), 2);
}

/// Services by mark, of several ports and protocols.
#[test]
fn marks_go_by_the_hash_too() {
    let mut lab = Lab::new();
    lab.mark_service(Family::V4, 7, THREE);
    lab.marks(&[Words {
        destination: Some("10.9.0.100"),
        source: None,
        protocol: Some("tcp"),
        dports: Some("80,443"),
        sports: None,
        interface: None,
        set_mark: Some("7"),
        set_xmark: None,
    }]);
    let mut lab = full(lab);
    hash_when_full(&mut lab);
    for n in 0..20 {
        let server = server_of(&mut lab, tcp(&client(n), "10.9.0.100:443", "S"));
        assert_eq!(server_of(&mut lab, tcp(&client(n), "10.9.0.100:443", "A")), server);
    }
}

/// One-packet scheduling has no connections that there could be no room for.
#[test]
fn one_packet_scheduling_stays() {
    let mut lab = Lab::new();
    lab.service(Protocol::Udp, "10.9.0.100:53", "rr", THREE);
    lab.edit(|spec| spec.one_packet = true);
    let mut lab = full(lab);
    hash_when_full(&mut lab);
    let query = || udp(&client(0), "10.9.0.100:53", b"q");
    assert_eq!([(); 3].map(|()| server_of(&mut lab, query())), [3, 2, 1]);
    assert_eq!(lab.counters()["packets_hashed"], 0);
}

/// An ICMP error about a reply of a flow without connection goes to the real server that sent it: path MTU discovery works.
#[test]
fn icmp_errors_follow() {
    let mut lab = full(Lab::with(THREE));
    hash_when_full(&mut lab);
    for n in 0..10 {
        let client = client(n);
        let server = server_of(&mut lab, segment(&client, "S"));
        let reply = Make { ttl: 60, ..tcp(VIP, &client, "A") };
        let quote: Vec<u8> = reply.frame().bytes[14..].iter().copied().take(28).collect();
        let too_big = icmp("192.0.2.1", "10.9.0.100", 3, 4, [0, 0, 5, 0], &quote);
        assert_eq!(server_of(&mut lab, too_big), server);
    }
    let (verdict, _) = lab.send(icmp("192.0.2.1", "10.9.0.100", 3, 4, [0, 0, 5, 0], &{
        let other = Make { ttl: 60, ..tcp("10.9.0.100:99", &client(0), "A") };
        other.frame().bytes[14..42].to_vec()
    }));
    assert_eq!(counter_of(verdict), "frames_dropped icmp", "of no service");
}

/// An error about the tunnel that such a flow goes through is told to its client.
#[test]
fn errors_about_tunnels_follow() {
    let mut lab = full(tunnel_types::lab(false, false, Tunnel::Ipip));
    hash_when_full(&mut lab);
    lab.view.tunnels.insert((rip(1, false), encap::kind_of(&Tunnel::Ipip)));
    let (_, out) = lab.send(tunnel_types::segment(false, 1400));
    assert!(out.len() == 1 && lab.counters()["packets_hashed"] == 0, "of no flow that anybody forwarded");
    lab.send(tcp(tunnel_types::client(false), VIP, "S"));
    let (_, out) = lab.send(tunnel_types::segment(false, 1400));
    assert_eq!(lab.counters()["packets_hashed"], 2);
    let about = |outer: &[u8]| icmp("192.0.2.1", "10.9.0.2", 3, 1, [0; 4], &outer[..500]);
    let (verdict, _) = lab.send(about(&out[0].bytes[14..]));
    assert_eq!(counter_of(verdict), "frames_answered tunnel_error");
    let mut other = out[0].bytes[14..].to_vec();
    other[19] ^= 11 ^ 12;
    repair_ip_checksum(&mut other);
    let (verdict, _) = lab.send(about(&other));
    assert_eq!(counter_of(verdict), "frames_passed not_vip", "through another tunnel it did not go");
}

/// What may be of a connection of a director that died here is left in silence.
#[test]
fn silence_after_a_crash_comes_first() {
    let mut lab = full(Lab::with(THREE));
    hash_when_full(&mut lab);
    server_of(&mut lab, segment(&client(0), "S"));
    lab.view.silent_until = Some(lab.now.plus_seconds(10));
    lab.row("unknown", segment(&client(1), "A"), NOTHING, "frames_dropped not_adopted", "");
    server_of(&mut lab, segment(&client(2), "S"));
    lab.sleep(10);
    server_of(&mut lab, segment(&client(1), "A"));
}

#[test]
fn off_is_off_at_once() {
    let mut lab = full(Lab::with(THREE));
    hash_when_full(&mut lab);
    server_of(&mut lab, segment(&client(0), "S"));
    lab.tune(|all| all.hash_when_full = Switch::from(false));
    lab.row("off again", segment(&client(0), "S"), NOTHING, FULL, "");
    let (verdict, _) = lab.send(segment(&client(0), "A"));
    assert_eq!(counter_of(verdict), RESET);
}

/// SCTP: an INIT opens, DATA follows, an ABORT ends.
#[test]
fn sctp_as_well() {
    let virt = "10.9.0.100:3868";
    let mut lab = Lab::new();
    lab.service(Protocol::Sctp, virt, "rr", THREE);
    let mut lab = full(lab);
    hash_when_full(&mut lab);
    for n in 0..10 {
        let server = server_of(&mut lab, to_vip(&client(n), virt, INIT));
        assert_eq!(server_of(&mut lab, to_vip(&client(n), virt, DATA)), server);
        assert_eq!(server_of(&mut lab, to_vip(&client(n), virt, ABORT)), server);
    }
    assert_eq!(lab.counters()["packets_hashed"], 30);
}
