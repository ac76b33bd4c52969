//! A client's connections go to one real server. What is in a row's listing is what Linux 6.1 lists.

use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Wanted, calms, inbound, opened, opened_udp, outbound};
use crate::make::{tcp, tcp_reply, udp, udp_reply};
use std::net::Ipv4Addr;
use ulvs::conn::{ConnConfig, ConnTable};
use ulvs::lvs::{ClientMask, Family, Persistence, Protocol, Switch};

const A: &str = "172.16.0.5";
const B: &str = "172.16.0.6";
const VIP: &str = "10.9.0.100";
const THREE: &[Wanted] = &[(1, DirectRoute, 80, 1), (2, DirectRoute, 80, 1), (3, DirectRoute, 80, 1)];
const ROUTE: &str = "frames_forwarded route";
const RESET: &str = "frames_answered reset";

/// A service with `-p`.
fn persistent(protocol: Protocol, port: u16, servers: &[Wanted], seconds: u32) -> Lab {
    let mut lab = Lab::new();
    lab.service(protocol, &format!("{VIP}:{port}"), "rr", servers);
    persist(&mut lab, seconds, ClientMask::whole(Family::V4));
    lab
}

fn persist(lab: &mut Lab, timeout_seconds: u32, mask: ClientMask) {
    lab.edit(|spec| spec.persistence = Some(Persistence { timeout_seconds, mask }));
}

fn to(port: u16) -> String {
    format!("{VIP}:{port}")
}

/// What direct routing makes of a client's SYN.
fn routed(server: &str, client: &str, cport: u16, vport: u16) -> String {
    format!(
        "director>{server} ip {client}>{VIP} ttl=63 tos=0 df len=40 id=77 tcp {cport}>{vport} S seq=1000 ack=0 data=b''"
    )
}

/// One more connection through a template that exists.
fn joined(lab: &mut Lab, server: &str, client: &str, cport: u16, vport: u16) {
    lab.row(
        "through the template",
        tcp(&format!("{client}:{cport}"), &to(vport), "S"),
        &[routed(server, client, cport, vport)],
        ROUTE,
        &opened(server, 40),
    );
}

/// A connection that begins a template.
fn began(lab: &mut Lab, server: &str, client: &str, cport: u16, vport: u16) {
    lab.row(
        "a new template",
        tcp(&format!("{client}:{cport}"), &to(vport), "S"),
        &[routed(server, client, cport, vport)],
        ROUTE,
        &format!("{server}.templates+1 table+1 {}", opened(server, 40)),
    );
}

/// A packet to a closed port of the VIP.
fn refused(lab: &mut Lab, client: &str, cport: u16, vport: u16) {
    lab.row(
        "not the service's",
        tcp(&format!("{client}:{cport}"), &to(vport), "S"),
        &[format!("director>gw ip {VIP}>{client} ttl=64 tos=0 df len=40 id=0 tcp {vport}>{cport} RA seq=0 ack=1001 data=b''")],
        RESET,
        "",
    );
}

/// Seconds that a template has left.
fn template_seconds(lab: &Lab) -> Vec<u32> {
    let mut all = Vec::new();
    lab.conns.for_each(lab.now, |conn| {
        if conn.client.port == 0 {
            all.push(conn.expires_seconds);
        }
    });
    all.sort_unstable();
    all
}

/// Linux 6.1, record persistence.
#[test]
fn each_client_keeps_its_server() {
    let mut lab = persistent(Protocol::Tcp, 80, THREE, 60);
    began(&mut lab, "rs3", A, 40_000, 80);
    for port in 40_001..40_005 {
        joined(&mut lab, "rs3", A, port, 80);
    }
    began(&mut lab, "rs2", B, 40_000, 80);
    began(&mut lab, "rs1", "172.16.0.7", 40_000, 80);
    joined(&mut lab, "rs3", A, 41_000, 80);
    assert_eq!(
        lab.connections(),
        [
            "TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.13:80",
            "TCP NONE 172.16.0.6:0 10.9.0.100:80 10.9.0.12:80",
            "TCP NONE 172.16.0.7:0 10.9.0.100:80 10.9.0.11:80",
            "TCP SYN_RECV 172.16.0.5:40000 10.9.0.100:80 10.9.0.13:80",
            "TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.13:80",
            "TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:80 10.9.0.13:80",
            "TCP SYN_RECV 172.16.0.5:40003 10.9.0.100:80 10.9.0.13:80",
            "TCP SYN_RECV 172.16.0.5:40004 10.9.0.100:80 10.9.0.13:80",
            "TCP SYN_RECV 172.16.0.5:41000 10.9.0.100:80 10.9.0.13:80",
            "TCP SYN_RECV 172.16.0.6:40000 10.9.0.100:80 10.9.0.12:80",
            "TCP SYN_RECV 172.16.0.7:40000 10.9.0.100:80 10.9.0.11:80",
        ]
    );
    assert_eq!(
        [0, 1, 2].map(|place| lab.activity(place)),
        [(1, 0), (1, 0), (6, 0)],
        "templates do not count"
    );
    lab.sleep(200);
    assert!(lab.conns.is_empty());
    assert_eq!([0, 1, 2].map(|place| lab.real(place).persistent()), [0; 3]);
}

/// The template's time runs from the last connection that was opened through it; with children it gets minutes.
#[test]
fn templates_live_as_the_kernels_do() {
    let mut lab = persistent(Protocol::Tcp, 80, THREE, 100);
    began(&mut lab, "rs3", A, 40_000, 80);
    lab.sleep(30);
    lab.row(
        "a packet of its connection does not renew it",
        tcp(&format!("{A}:40000"), &to(80), "A").seq(1001, 0),
        &["director>rs3 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40000>80 A seq=1001 ack=0 data=b''"],
        ROUTE,
        &inbound("rs3", 40),
    );
    assert_eq!(lab.connections()[0], "TCP ASSURED 172.16.0.5:0 10.9.0.100:80 10.9.0.13:80");
    assert_eq!(template_seconds(&lab), [70]);
    joined(&mut lab, "rs3", A, 40_001, 80);
    assert_eq!(template_seconds(&lab), [100], "a new connection does");
    lab.sleep(110);
    assert_eq!(template_seconds(&lab), [50], "60 s from when its time was over, for its child");
    joined(&mut lab, "rs3", A, 40_002, 80);
    assert_eq!(template_seconds(&lab), [60], "and no more than that from now on");
    lab.edit(|spec| spec.persistence.as_mut().unwrap().timeout_seconds = 500);
    joined(&mut lab, "rs3", A, 40_003, 80);
    assert_eq!(template_seconds(&lab), [60], "an edit is for new templates");
    lab.sleep(900);
    assert_eq!(lab.connections(), Vec::<String>::new());
}

/// A template whose time is over is none, even if no wheel has come by.
#[test]
fn a_template_ends_to_the_second() {
    let mut lab = persistent(Protocol::Tcp, 80, THREE, 5);
    began(&mut lab, "rs3", A, 40_000, 80);
    lab.row(
        "its only child ends soon",
        tcp(&format!("{A}:40000"), &to(80), "").seq(1001, 0),
        &["director>rs3 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40000>80  seq=1001 ack=0 data=b''"],
        ROUTE,
        &format!("{} {}", inbound("rs3", 40), calms("rs3")),
    );
    lab.sleep(64);
    assert_eq!(template_seconds(&lab), [1]);
    lab.now = lab.now.plus_seconds(1);
    lab.row(
        "its time is over",
        tcp(&format!("{A}:40001"), &to(80), "S"),
        &[routed("rs2", A, 40_001, 80)],
        ROUTE,
        &format!("rs2.templates+1 rs3.templates-1 {}", opened("rs2", 40)),
    );
}

/// SYN on a dead child: the same server, for `conn_reuse_mode` is not for children.
#[test]
fn a_childs_flow_begins_anew_in_place() {
    let mut lab = persistent(Protocol::Tcp, 80, THREE, 100);
    began(&mut lab, "rs3", A, 40_000, 80);
    lab.send(tcp(&format!("{A}:40000"), &to(80), "").seq(1001, 0));
    assert_eq!(lab.connections()[0], "TCP CLOSE 172.16.0.5:40000 10.9.0.100:80 10.9.0.13:80");
    lab.row(
        "again",
        tcp(&format!("{A}:40000"), &to(80), "S"),
        &[routed("rs3", A, 40_000, 80)],
        ROUTE,
        &format!("{} rs3.active+1 rs3.inactive-1", inbound("rs3", 40)),
    );
}

#[test]
fn a_quiesced_server_keeps_its_clients_unless_told_otherwise() {
    let mut lab = persistent(Protocol::Tcp, 80, THREE, 100);
    began(&mut lab, "rs3", A, 40_000, 80);
    began(&mut lab, "rs2", B, 40_000, 80);
    lab.real(2).set_weight(0);
    joined(&mut lab, "rs3", A, 40_001, 80);
    lab.view.tunables.expire_quiescent_template = Switch::from(true);
    began(&mut lab, "rs1", A, 40_002, 80);
    joined(&mut lab, "rs1", A, 40_003, 80);
    assert_eq!(
        lab.connections()[..3],
        [
            "TCP NONE 172.16.0.5:0 10.9.0.100:65535 10.9.0.13:65535",
            "TCP NONE 172.16.0.5:0 10.9.0.100:80 10.9.0.11:80",
            "TCP NONE 172.16.0.6:0 10.9.0.100:80 10.9.0.12:80",
        ]
    );
    lab.real(2).set_weight(1);
    joined(&mut lab, "rs1", A, 40_004, 80);
    for place in 0..3 {
        lab.real(place).set_weight(0);
    }
    lab.row(
        "no server is left",
        tcp(&format!("{A}:40005"), &to(80), "S"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len=68 icmp type=3 code=3 [ip 172.16.0.5>10.9.0.100 ttl=64 tos=0 df len=40 tcp 40005>80 S seq=1000 ack=0 data=b'']"],
        "frames_answered port_unreachable",
        "",
    );
    lab.sleep(1000);
    assert!(lab.conns.is_empty());
}

#[test]
fn a_deleted_servers_template_is_none_until_the_server_is_back() {
    for back_in_between in [true, false] {
        let mut lab = persistent(Protocol::Tcp, 80, THREE, 100);
        began(&mut lab, "rs3", A, 40_000, 80);
        lab.delete(2);
        lab.row(
            "its connection",
            tcp(&format!("{A}:40000"), &to(80), "A"),
            NOTHING,
            "frames_dropped server_gone",
            "",
        );
        if back_in_between {
            lab.add_again(2);
            joined(&mut lab, "rs3", A, 40_001, 80);
        } else {
            began(&mut lab, "rs2", A, 40_001, 80);
            lab.add_again(2);
            joined(&mut lab, "rs2", A, 40_002, 80);
            assert_eq!(lab.connections()[0], "TCP NONE 172.16.0.5:0 10.9.0.100:65535 10.9.0.13:65535");
        }
        lab.sleep(1000);
        assert!(lab.conns.is_empty());
    }
}

#[test]
fn clients_share_a_template_as_the_mask_says() {
    let mut lab = persistent(Protocol::Tcp, 80, THREE, 100);
    persist(&mut lab, 60, ClientMask::V4(Ipv4Addr::new(255, 0, 255, 0)));
    began(&mut lab, "rs3", "172.50.7.1", 1001, 80);
    joined(&mut lab, "rs3", "172.50.7.2", 1002, 80);
    joined(&mut lab, "rs3", "172.150.7.9", 1003, 80);
    began(&mut lab, "rs2", "172.50.8.1", 1004, 80);
    began(&mut lab, "rs1", "173.50.7.1", 1005, 80);
    let shown = lab.connections();
    assert_eq!(shown[0], "TCP NONE 172.0.7.0:0 10.9.0.100:80 10.9.0.13:80");
    persist(&mut lab, 60, ClientMask::V4(Ipv4Addr::UNSPECIFIED));
    began(&mut lab, "rs3", "172.50.7.1", 1011, 80);
    joined(&mut lab, "rs3", "192.0.2.1", 1012, 80);
    assert_eq!(lab.connections()[0], "TCP NONE 0.0.0.0:0 10.9.0.100:80 10.9.0.13:80");
}

#[test]
fn prefixes_of_ipv6() {
    let mut lab = Lab::new();
    let two: &[Wanted] = &[(1, DirectRoute, 80, 1), (2, DirectRoute, 80, 1)];
    lab.service(Protocol::Tcp, "[fd00:9::100]:80", "rr", two);
    persist(&mut lab, 60, ClientMask::V6(64));
    let mut open = |client: &str, server: &str, is_new: bool| {
        let moved = if is_new { format!("{server}.templates+1 table+1 ") } else { String::new() };
        let out = format!(
            "director>{server} ip6 {client}>fd00:9::100 hlim=63 tc=0 plen=20 tcp 1001>80 S seq=1000 ack=0 data=b''"
        );
        let given = tcp(&format!("[{client}]:1001"), "[fd00:9::100]:80", "S");
        lab.row(client, given, &[out], ROUTE, &format!("{moved}{}", opened(server, 60)));
    };
    open("2001:db8::1", "rs2", true);
    open("2001:db8::2", "rs2", false);
    open("2001:db8:0:1::1", "rs1", true);
    open("2001:db8::ffff:0:0:3", "rs2", false);
    assert_eq!(lab.connections()[0], "TCP NONE [2001:db8:0:1::]:0 [fd00:9::100]:80 [fd00:9::b]:80");
}

/// FTP's control connection at port 21, its data connections at port 20 and above 1023, by one template.
#[test]
fn an_ftp_service_has_its_data_ports() {
    let servers: &[Wanted] = &[(1, DirectRoute, 21, 1), (2, DirectRoute, 21, 1), (3, DirectRoute, 21, 1)];
    let mut lab = persistent(Protocol::Tcp, 21, servers, 100);
    began(&mut lab, "rs3", A, 40_000, 21);
    joined(&mut lab, "rs3", A, 40_001, 5000);
    joined(&mut lab, "rs3", A, 40_002, 20);
    refused(&mut lab, A, 20, 5001);
    refused(&mut lab, A, 40_003, 500);
    began(&mut lab, "rs2", B, 40_001, 5000);
    joined(&mut lab, "rs2", B, 40_002, 21);
    joined(&mut lab, "rs2", B, 40_009, 1024);
    refused(&mut lab, B, 40_010, 1023);
    assert_eq!(
        lab.connections()[..3],
        [
            "TCP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.13:0",
            "TCP NONE 172.16.0.6:0 10.9.0.100:0 10.9.0.12:0",
            "TCP SYN_RECV 172.16.0.5:40000 10.9.0.100:21 10.9.0.13:21",
        ]
    );
}

#[test]
fn ftp_by_nat_translates_the_control_port_only() {
    let mut lab = persistent(Protocol::Tcp, 21, &[(1, Nat, 2121, 1)], 100);
    lab.send(tcp(&format!("{A}:40000"), &to(21), "S"));
    lab.send(tcp(&format!("{A}:40001"), &to(5000), "S"));
    lab.send(tcp(&format!("{A}:40001"), &to(20), "S"));
    assert_eq!(
        lab.connections(),
        [
            "TCP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.11:0",
            "TCP SYN_RECV 172.16.0.5:40000 10.9.0.100:21 10.9.0.11:2121",
            "TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:20 10.9.0.11:20",
            "TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:5000 10.9.0.11:5000",
        ]
    );
}

#[test]
fn ftp_without_persistence_has_one_port() {
    let mut lab = persistent(Protocol::Tcp, 21, &[(1, DirectRoute, 21, 1)], 100);
    lab.edit(|spec| spec.persistence = None);
    joined(&mut lab, "rs1", A, 40_000, 21);
    refused(&mut lab, A, 40_001, 5000);
    refused(&mut lab, A, 40_001, 20);
}

/// On an address of the host, what an FTP service does not take may be a service of the host.
#[test]
fn ftp_on_an_address_of_the_host() {
    let mut lab = persistent(Protocol::Tcp, 21, &[(1, DirectRoute, 21, 1)], 100);
    lab.vip_on_host(VIP);
    began(&mut lab, "rs1", A, 40_000, 8080);
    lab.row(
        "no data port",
        tcp(&format!("{A}:40001"), &to(80), "S"),
        NOTHING,
        "frames_passed hosts_port",
        "",
    );
    lab.edit(|spec| spec.persistence = None);
    let given = tcp(&format!("{A}:40001"), &to(8080), "S");
    lab.row("without persistence there are none", given, NOTHING, "frames_passed hosts_port", "");
}

/// Port 0: all ports, but those that have a service of their own.
#[test]
fn a_service_of_all_ports() {
    let mut lab = persistent(Protocol::Tcp, 0, &[(1, DirectRoute, 0, 1), (2, DirectRoute, 0, 1)], 50);
    lab.service(Protocol::Tcp, &to(443), "rr", &[(4, DirectRoute, 443, 1)]);
    began(&mut lab, "rs2", A, 40_000, 80);
    for port in [21, 5000, 20, 1] {
        joined(&mut lab, "rs2", A, 40_000, port);
    }
    began(&mut lab, "rs1", B, 40_000, 80);
    joined(&mut lab, "rs4", A, 40_000, 443);
    assert_eq!(lab.connections()[0], "TCP NONE 172.16.0.5:0 10.9.0.100:0 10.9.0.12:0");
    lab.row(
        "another protocol",
        udp(&format!("{A}:40007"), &to(81), b"q"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len=57 icmp type=3 code=3 [ip 172.16.0.5>10.9.0.100 ttl=64 tos=0 - len=29 udp 40007>81 len=9 data=b'q']"],
        "frames_answered port_unreachable",
        "",
    );
}

/// By NAT the real server answers from the port that was asked for, whatever its own.
#[test]
fn all_ports_by_nat() {
    let mut lab = persistent(Protocol::Tcp, 0, &[(1, Nat, 8080, 1)], 50);
    let any_port = lab.server(0).real.endpoint.addr;
    lab.view.nat_sources.insert((Protocol::Tcp, ulvs::lvs::Endpoint::new(any_port, 0)));
    lab.view.has_all_port_nat_sources = true;
    lab.row(
        "a request",
        tcp(&format!("{A}:40000"), &to(443), "S"),
        &["director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 df len=40 id=77 tcp 40000>443 S seq=1000 ack=0 data=b''"],
        "frames_forwarded masq",
        &format!("rs1.templates+1 table+1 {}", opened("rs1", 40)),
    );
    lab.row(
        "its answer",
        tcp_reply(1, "10.9.0.11:443", &format!("{A}:40000"), "SA"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 443>40000 SA seq=5000 ack=1001 data=b''"],
        "frames_forwarded masq_reply",
        &outbound("rs1", 40),
    );
}

/// Linux 6.1: UDP proves its client by an answer.
#[test]
fn udp_is_assured_by_the_first_answer() {
    let mut lab = persistent(Protocol::Udp, 53, &[(1, Nat, 5353, 1), (2, Nat, 5353, 1)], 60);
    let client = format!("{A}:3333");
    lab.row(
        "a question",
        udp(&client, &to(53), b"q"),
        &["director>rs2 ip 172.16.0.5>10.9.0.12 ttl=63 tos=0 - len=29 id=78 udp 3333>5353 len=9 data=b'q'"],
        "frames_forwarded masq",
        &format!("rs2.templates+1 table+1 {}", opened_udp("rs2", 29)),
    );
    assert_eq!(lab.connections()[0], "UDP NONE 172.16.0.5:0 10.9.0.100:53 10.9.0.12:5353");
    lab.row(
        "the answer",
        udp_reply(2, "10.9.0.12:5353", &client, b"answer"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 - len=34 id=5 udp 53>3333 len=14 data=b'answer'"],
        "frames_forwarded masq_reply",
        &outbound("rs2", 34),
    );
    assert_eq!(
        lab.connections(),
        [
            "UDP ASSURED 172.16.0.5:0 10.9.0.100:53 10.9.0.12:5353",
            "UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.12:5353",
        ]
    );
}

/// What an edit changes: new connections only.
#[test]
fn persistence_comes_and_goes_under_load() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 1), (2, DirectRoute, 80, 1)]);
    joined(&mut lab, "rs2", A, 40_000, 80);
    persist(&mut lab, 100, ClientMask::whole(Family::V4));
    began(&mut lab, "rs1", A, 40_001, 80);
    joined(&mut lab, "rs1", A, 40_002, 80);
    persist(&mut lab, 200, ClientMask::V4(Ipv4Addr::new(255, 255, 255, 0)));
    began(&mut lab, "rs2", A, 40_004, 80);
    joined(&mut lab, "rs2", B, 40_004, 80);
    lab.edit(|spec| spec.persistence = None);
    joined(&mut lab, "rs1", A, 40_005, 80);
    joined(&mut lab, "rs2", A, 40_006, 80);
    persist(&mut lab, 50, ClientMask::whole(Family::V4));
    joined(&mut lab, "rs1", A, 40_007, 80);
    assert_eq!(template_seconds(&lab), [100, 200], "the old templates, with their own times");
}

/// A full table takes neither a template nor a connection; what it counted is given back.
#[test]
fn a_full_table_refuses_by_name() {
    for capacity in [1, 2] {
        let mut lab = persistent(Protocol::Tcp, 80, THREE, 5);
        lab.conns =
            ConnTable::new(ConnConfig { shards: 4, capacity, seed: Some(1), ..ConnConfig::default() })
                .unwrap();
        lab.send(tcp(&format!("{A}:40000"), &to(80), "S"));
        let given = tcp(&format!("{A}:40001"), &to(80), "S");
        lab.row("no place", given, NOTHING, "frames_dropped table_full", "");
        lab.sleep(300);
        assert!(lab.conns.is_empty(), "no child is left counted");
        assert_eq!(
            [0, 1, 2].map(|place| (lab.real(place).persistent(), lab.real(place).total())),
            [(0, 0); 3]
        );
    }
}

/// Overload and thresholds are the scheduler's; a template asks neither.
#[test]
fn a_template_asks_no_scheduler() {
    let mut lab = persistent(Protocol::Tcp, 80, &[(1, DirectRoute, 80, 0)], 100);
    lab.real(0).set_weight(1);
    began(&mut lab, "rs1", A, 40_000, 80);
    lab.real(0).set_weight(0);
    joined(&mut lab, "rs1", A, 40_001, 80);
}
