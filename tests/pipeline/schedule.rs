//! Who gets a new connection, who keeps an old one.

use crate::lab::{DirectRoute, Lab, Local, NOTHING, Nat, Tun, Wanted, calms, inbound, opened};
use crate::make::{tcp, tcp_reply, udp};
use ulvs::conn::{ConnConfig, ConnTable};
use ulvs::lvs::{Protocol, SchedulerFlags, Thresholds};

const A: &str = "172.16.0.5:40000";
const VIP: &str = "10.9.0.100:80";
const TWO: &[Wanted] = &[(1, DirectRoute, 80, 1), (2, DirectRoute, 80, 1)];
const ROUTE: &str = "frames_forwarded route";

/// What direct routing makes of a client's segment.
fn routed(server: &str, client: &str, flags: &str, seq: u32) -> String {
    let (addr, port) = client.split_once(':').unwrap();
    format!(
        "director>{server} ip {addr}>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp {port}>80 {flags} seq={seq} ack=0 data=b''"
    )
}

/// Linux 6.1, record mixed_methods: round robin, newest server first, over three methods.
#[test]
fn three_methods_in_turn() {
    let mut lab = Lab::with(&[(1, Nat, 80, 1), (2, DirectRoute, 80, 1), (3, Tun, 80, 1)]);
    for n in 0..6 {
        let (cip, port) = (format!("172.16.0.{}", n + 1), 40000 + n);
        let tail = format!("ttl=63 tos=0 df len=40 id=77 tcp {port}>80 S seq=1000 ack=0 data=b''");
        let (out, verdict, server) = match n % 3 {
            0 => (
                format!(
                    "director>rs3 ip 10.9.0.2>10.9.0.13 ttl=63 tos=0 df len=60 | ip {cip}>10.9.0.100 {tail}"
                ),
                "frames_forwarded tunnel",
                "rs3",
            ),
            1 => (format!("director>rs2 ip {cip}>10.9.0.100 {tail}"), ROUTE, "rs2"),
            _ => (format!("director>rs1 ip {cip}>10.9.0.11 {tail}"), "frames_forwarded masq", "rs1"),
        };
        lab.row("in turn", tcp(&format!("{cip}:{port}"), VIP, "S"), &[out], verdict, &opened(server, 40));
    }
    assert_eq!(
        lab.connections(),
        [
            "TCP SYN_RECV 172.16.0.1:40000 10.9.0.100:80 10.9.0.13:80",
            "TCP SYN_RECV 172.16.0.2:40001 10.9.0.100:80 10.9.0.12:80",
            "TCP SYN_RECV 172.16.0.3:40002 10.9.0.100:80 10.9.0.11:80",
            "TCP SYN_RECV 172.16.0.4:40003 10.9.0.100:80 10.9.0.13:80",
            "TCP SYN_RECV 172.16.0.5:40004 10.9.0.100:80 10.9.0.12:80",
            "TCP SYN_RECV 172.16.0.6:40005 10.9.0.100:80 10.9.0.11:80",
        ]
    );
    assert_eq!([0, 1, 2].map(|place| lab.activity(place)), [(2, 0); 3]);
}

/// Linux 6.1, record quiesce.
#[test]
fn quiesced_servers_keep_what_they_have() {
    let mut lab = Lab::with(TWO);
    let (b, c) = ("172.16.0.6:40000", "172.16.0.7:40000");
    lab.row("the first", tcp(A, VIP, "S"), &[routed("rs2", A, "S", 1000)], ROUTE, &opened("rs2", 40));
    lab.row("the second", tcp(b, VIP, "S"), &[routed("rs1", b, "S", 1000)], ROUTE, &opened("rs1", 40));
    lab.real(0).set_weight(0);
    lab.real(1).set_weight(0);
    lab.row(
        "old connection goes on",
        tcp(A, VIP, "A").seq(1001, 0),
        &[routed("rs2", A, "A", 1001)],
        ROUTE,
        &inbound("rs2", 40),
    );
    lab.row(
        "new connection: no server is left, and TCP too is told by ICMP",
        tcp(c, VIP, "S"),
        &["director>gw ip 10.9.0.100>172.16.0.7 ttl=64 tos=192 - len=68 icmp type=3 code=3 [ip 172.16.0.7>10.9.0.100 ttl=64 tos=0 df len=40 tcp 40000>80 S seq=1000 ack=0 data=b'']"],
        "frames_answered port_unreachable",
        "",
    );
    assert_eq!([lab.activity(0), lab.activity(1)], [(1, 0), (1, 0)]);
    lab.real(0).set_weight(1);
    lab.row("one comes back", tcp(c, VIP, "S"), &[routed("rs1", c, "S", 1000)], ROUTE, &opened("rs1", 40));
}

#[test]
fn a_deleted_server_ends_its_connections_in_silence() {
    let mut lab = Lab::with(TWO);
    lab.send(tcp(A, VIP, "S"));
    lab.send(tcp(A, VIP, "A"));
    lab.delete(1);
    lab.sleep(100);
    let before = lab.expires();
    lab.row("a packet of its connection", tcp(A, VIP, "A"), NOTHING, "frames_dropped server_gone", "");
    lab.row("even a new SYN", tcp(A, VIP, "S"), NOTHING, "frames_dropped server_gone", "");
    assert_eq!((before, lab.expires()), (800, 800), "the timer runs on");
    assert_eq!(lab.connections(), ["TCP ESTABLISHED 172.16.0.5:40000 10.9.0.100:80 10.9.0.12:80"]);
    let b = "172.16.0.6:40000";
    lab.row(
        "others go to who is left",
        tcp(b, VIP, "S"),
        &[routed("rs1", b, "S", 1000)],
        ROUTE,
        &opened("rs1", 40),
    );
    lab.sleep(801);
    assert!(lab.conns.is_empty());
    assert!(!lab.real(1).is_referenced(), "its last connection lets go of it");
}

#[test]
fn a_deleted_nat_servers_answers_are_still_translated_but_not_counted() {
    let mut lab = Lab::with(&[(1, Nat, 80, 1)]);
    lab.send(tcp(A, VIP, "S"));
    lab.delete(0);
    lab.row(
        "a late answer",
        tcp_reply(1, "10.9.0.11:80", A, "SA"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 80>40000 SA seq=5000 ack=1001 data=b''"],
        "frames_forwarded masq_reply",
        "",
    );
}

/// `conn_reuse_mode` 1: a SYN on TIME_WAIT or CLOSE is a new connection and is scheduled anew.
#[test]
fn a_new_syn_on_a_dying_connection_is_scheduled_anew() {
    let mut lab = Lab::with(&[(1, Nat, 80, 1), (2, Nat, 80, 1)]);
    for (given, _) in [
        (tcp(A, VIP, "S"), ()),
        (tcp_reply(2, "10.9.0.12:80", A, "SA"), ()),
        (tcp(A, VIP, "A"), ()),
        (tcp_reply(2, "10.9.0.12:80", A, "FA"), ()),
        (tcp(A, VIP, "FA"), ()),
    ] {
        lab.send(given);
    }
    assert_eq!(lab.connections(), ["TCP TIME_WAIT 172.16.0.5:40000 10.9.0.100:80 10.9.0.12:80"]);
    lab.row(
        "SYN on TIME_WAIT",
        tcp(A, VIP, "S"),
        &["director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 df len=40 id=77 tcp 40000>80 S seq=1000 ack=0 data=b''"],
        "frames_forwarded masq",
        &format!("{} rs2.inactive-1 table-1", opened("rs1", 40)),
    );
    assert_eq!(lab.connections(), ["TCP SYN_RECV 172.16.0.5:40000 10.9.0.100:80 10.9.0.11:80"]);
}

#[test]
fn a_new_syn_on_a_closed_connection_is_scheduled_anew_even_if_its_server_is_gone() {
    let mut lab = Lab::with(TWO);
    lab.send(tcp(A, VIP, "S"));
    lab.send(tcp(A, VIP, "A"));
    lab.row(
        "RST",
        tcp(A, VIP, "R"),
        &[routed("rs2", A, "R", 1000)],
        ROUTE,
        &format!("{} {}", inbound("rs2", 40), calms("rs2")),
    );
    lab.delete(1);
    lab.row(
        "SYN on CLOSE",
        tcp(A, VIP, "S"),
        &[routed("rs1", A, "S", 1000)],
        ROUTE,
        &format!("{} rs2.inactive-1 table-1", opened("rs1", 40)),
    );
}

/// FIN_WAIT is not dying enough (mode 1): the connection goes on with the same server.
#[test]
fn a_new_syn_on_fin_wait_stays() {
    let mut lab = Lab::with(TWO);
    for flags in ["S", "A", "FA"] {
        lab.send(tcp(A, VIP, flags));
    }
    assert_eq!(lab.connections(), ["TCP FIN_WAIT 172.16.0.5:40000 10.9.0.100:80 10.9.0.12:80"]);
    lab.row(
        "SYN on FIN_WAIT",
        tcp(A, VIP, "S"),
        &[routed("rs2", A, "S", 1000)],
        ROUTE,
        &format!("{} rs2.active+1 rs2.inactive-1", inbound("rs2", 40)),
    );
    assert_eq!(lab.connections(), ["TCP SYN_RECV 172.16.0.5:40000 10.9.0.100:80 10.9.0.12:80"]);
}

/// FTP's data port is never scheduled: its connections belong to a control connection.
#[test]
fn client_port_20_opens_nothing() {
    let mut lab = Lab::with(TWO);
    lab.service(Protocol::Udp, "10.9.0.100:53", "rr", TWO);
    lab.row(
        "TCP",
        tcp("172.16.0.5:20", VIP, "S"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 df len=40 id=0 tcp 80>20 RA seq=0 ack=1001 data=b''"],
        "frames_answered reset",
        "",
    );
    lab.row(
        "UDP",
        udp("172.16.0.5:20", "10.9.0.100:53", b"q"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len=57 icmp type=3 code=3 [ip 172.16.0.5>10.9.0.100 ttl=64 tos=0 - len=29 udp 20>53 len=9 data=b'q']"],
        "frames_answered port_unreachable",
        "",
    );
}

#[test]
fn a_full_table_refuses_the_new_and_keeps_the_old() {
    let mut lab = Lab::with(TWO);
    lab.conns = ConnTable::new(ConnConfig { shards: 4, capacity: 2, seed: Some(1), ..ConnConfig::default() })
        .unwrap();
    let (b, c) = ("172.16.0.6:40000", "172.16.0.7:40000");
    lab.send(tcp(A, VIP, "S"));
    lab.send(tcp(A, VIP, "A"));
    lab.send(tcp(b, VIP, "S"));
    lab.send(tcp(b, VIP, "FA"));
    lab.row("one too many", tcp(c, VIP, "S"), NOTHING, "frames_dropped table_full", "");
    lab.row("an old one", tcp(A, VIP, "A"), &[routed("rs2", A, "A", 1000)], ROUTE, &inbound("rs2", 40));
    lab.sleep(121);
    assert_eq!(lab.conns.len(), 1, "the one that was closing is gone");
    // The refused one had its turn: the scheduler is asked first, as in IPVS.
    lab.row("room again", tcp(c, VIP, "S"), &[routed("rs1", c, "S", 1000)], ROUTE, &opened("rs1", 40));
}

#[test]
fn local_servers_are_not_for_this_version() {
    let mut lab = Lab::with(&[(1, Local, 80, 1)]);
    lab.row("a local server", tcp(A, VIP, "S"), NOTHING, "frames_dropped method", &opened("rs1", 40));
}

/// The method is settled when the connection opens; a change of it is for new ones.
#[test]
fn a_change_of_method_is_for_new_connections() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 1)]);
    lab.send(tcp(A, VIP, "S"));
    lab.real(0).set_method(Tun);
    lab.row("the old one", tcp(A, VIP, "A"), &[routed("rs1", A, "A", 1000)], ROUTE, &inbound("rs1", 40));
    let (verdict, _) = lab.send(tcp("172.16.0.6:1", VIP, "S"));
    assert_eq!(crate::lab::counter_of(verdict), "frames_forwarded tunnel");
}

/// How the gateway is told that nobody is left.
fn refused(client: &str) -> String {
    let (addr, port) = client.split_once(':').unwrap();
    format!(
        "director>gw ip 10.9.0.100>{addr} ttl=64 tos=192 - len=68 icmp type=3 code=3 [ip {addr}>10.9.0.100 ttl=64 tos=0 df len=40 tcp {port}>80 S seq=1000 ack=0 data=b'']"
    )
}

const UNREACHABLE: &str = "frames_answered port_unreachable";

/// Linux 6.1, record thresholds, with one server and smaller numbers.
#[test]
fn an_overloaded_server_keeps_what_it_has_and_recovers_below_its_lower_threshold() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 1)]);
    lab.real(0).set_thresholds(Thresholds { upper: 2, lower: 2 });
    let (b, c) = ("172.16.0.6:40000", "172.16.0.7:40000");
    lab.row("one", tcp(A, VIP, "S"), &[routed("rs1", A, "S", 1000)], ROUTE, &opened("rs1", 40));
    lab.row("two", tcp(b, VIP, "S"), &[routed("rs1", b, "S", 1000)], ROUTE, &opened("rs1", 40));
    lab.row("three is too many", tcp(c, VIP, "S"), &[refused(c)], UNREACHABLE, "");
    lab.row(
        "the first goes on",
        tcp(A, VIP, "A"),
        &[routed("rs1", A, "A", 1000)],
        ROUTE,
        &inbound("rs1", 40),
    );
    lab.sleep(61);
    assert_eq!(lab.activity(0), (1, 0), "the second has ended in SYN_RECV");
    lab.row(
        "below the lower threshold",
        tcp(c, VIP, "S"),
        &[routed("rs1", c, "S", 1000)],
        ROUTE,
        &opened("rs1", 40),
    );
}

/// Who is quiesced keeps its clients, unless sh-fallback says that others may have them.
#[test]
fn flags_of_a_scheduler_take_effect_at_once() {
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, VIP, "sh", TWO);
    let (first, second) = home_of_a(&mut lab);
    lab.real(first).set_weight(0);
    lab.row("its own server is quiesced", tcp(A, VIP, "S"), &[refused(A)], UNREACHABLE, "");
    lab.scheduler_flags(SchedulerFlags { first: true, ..SchedulerFlags::default() });
    let name = format!("rs{}", second + 1);
    lab.row("sh-fallback", tcp(A, VIP, "S"), &[routed(&name, A, "S", 1000)], ROUTE, &opened(&name, 40));
}

/// The place of the server that A's address is hashed to, and that of the other.
fn home_of_a(lab: &mut Lab) -> (usize, usize) {
    lab.send(tcp("172.16.0.5:39999", VIP, "S"));
    if lab.activity(0) == (1, 0) { (0, 1) } else { (1, 0) }
}
