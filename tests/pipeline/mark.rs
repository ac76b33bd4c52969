//! Services by firewall mark.

use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Wanted, inbound, opened, opened_udp, outbound};
use crate::make::{Kind, Make, icmp, tcp, tcp_reply, udp, udp_reply};
use ulvs::config::mark::Words;
use ulvs::lvs::{Family, PortId, Protocol, Switch};

const A: &str = "172.16.0.5:40001";
const MASQ: &str = "frames_forwarded masq";
const ROUTE: &str = "frames_forwarded route";
const REPLY: &str = "frames_forwarded masq_reply";
const ONE: &[Wanted] = &[(1, DirectRoute, 0, 1)];
const TWO: &[Wanted] = &[(2, DirectRoute, 0, 1)];

const fn rule<'w>(dst: &'w str, dports: &'w str, mark: &'w str) -> Words<'w> {
    Words {
        destination: Some(dst),
        source: None,
        protocol: Some("tcp"),
        dports: Some(dports),
        sports: None,
        interface: None,
        set_mark: Some(mark),
        set_xmark: None,
    }
}

fn web() -> Words<'static> {
    rule("10.9.0.100", "80,443", "10")
}

fn routed(server: &str, client: &str, virt: &str, port: u16) -> String {
    let (addr, cport) = client.split_once(':').unwrap();
    format!(
        "director>{server} ip {addr}>{virt} ttl=63 tos=0 df len=40 id=77 tcp {cport}>{port} S seq=1000 ack=0 data=b''"
    )
}

/// AH or ESP.
fn secured(client: &str, virt: &str, protocol: u8) -> Make {
    Make { kind: Kind::Other(protocol), id: 77, ..icmp(client, virt, 0, 0, [0; 4], b"security") }
}

/// To a network, they are the director's by their own mark, as they would be local to Linux by it; then they follow ISAKMP
/// or get no answer.
#[test]
fn ipsec_to_a_marked_network() {
    const CIP: &str = "172.16.0.5";
    let mut lab = Lab::new();
    lab.rewire(|network| network.forwarding = (true, true));
    let every = Words { protocol: None, dports: None, ..rule("10.20.0.0/24", "", "4") };
    let isakmp = Words { protocol: Some("udp"), ..rule("10.30.0.0/24", "500", "4") };
    lab.marks(&[every, isakmp]);
    lab.mark_service(Family::V4, 4, &[(1, Nat, 0, 1)]);
    for protocol in [50, 51] {
        lab.row("before", secured(CIP, "10.20.0.2", protocol), NOTHING, "frames_dropped no_answer_due", "");
    }
    lab.row("GRE", secured(CIP, "10.20.0.2", 47), NOTHING, "frames_dropped no_answer_due", "");
    lab.send(udp("172.16.0.5:500", "10.20.0.2:500", b"q"));
    lab.row(
        "behind ISAKMP",
        secured(CIP, "10.20.0.2", 50),
        &["director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 - len=28 id=77 proto=50 data=8"],
        MASQ,
        &inbound("rs1", 28),
    );
    lab.row("another address", secured(CIP, "10.20.0.3", 50), NOTHING, "frames_dropped no_answer_due", "");
    lab.send(udp("172.16.0.5:500", "10.30.0.2:500", b"q"));
    lab.row("not marked itself", secured(CIP, "10.30.0.2", 50), NOTHING, "frames_passed not_vip", "");
    lab.delete(0);
    lab.row("no server", secured(CIP, "10.20.0.2", 50), NOTHING, "frames_dropped server_gone", "");
}

/// As Linux 6.1 does it, recorded.
#[test]
fn the_real_servers_port_may_be_another() {
    let mut lab = Lab::new();
    lab.marks(&[web()]);
    lab.mark_service(Family::V4, 10, &[(1, Nat, 8080, 1)]);
    for (client, port) in [("172.16.0.5:40001", 80), ("172.16.0.5:40002", 443)] {
        let cport = client.rsplit_once(':').unwrap().1;
        lab.row(
            "a request",
            tcp(client, &format!("10.9.0.100:{port}"), "S"),
            &[format!("director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 df len=40 id=77 tcp {cport}>8080 S seq=1000 ack=0 data=b''")],
            MASQ,
            &opened("rs1", 40),
        );
        lab.row(
            "the answer, from the port that was asked",
            tcp_reply(1, "10.9.0.11:8080", client, "SA"),
            &[format!("director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp {port}>{cport} SA seq=5000 ack=1001 data=b''")],
            REPLY,
            &outbound("rs1", 40),
        );
    }
    lab.row(
        "another port of the real server is not the service's",
        tcp_reply(1, "10.9.0.11:443", A, "SA"),
        NOTHING,
        "frames_passed not_vip",
        "",
    );
    assert_eq!(
        lab.connections(),
        [
            "TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.11:8080",
            "TCP SYN_RECV 172.16.0.5:40002 10.9.0.100:443 10.9.0.11:8080",
        ]
    );
}

/// Port 0 on the real server: the request's, whichever it is; and answers come from any port, in every protocol.
#[test]
fn the_real_servers_port_may_be_the_requests() {
    let mut lab = Lab::new();
    lab.marks(&[web(), Words { protocol: Some("udp"), dports: Some("53"), ..web() }]);
    lab.mark_service(Family::V4, 10, &[(1, Nat, 0, 1)]);
    lab.row(
        "to 443",
        tcp(A, "10.9.0.100:443", "S"),
        &["director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 df len=40 id=77 tcp 40001>443 S seq=1000 ack=0 data=b''"],
        MASQ,
        &opened("rs1", 40),
    );
    lab.row(
        "from 443",
        tcp_reply(1, "10.9.0.11:443", A, "SA"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 443>40001 SA seq=5000 ack=1001 data=b''"],
        REPLY,
        &outbound("rs1", 40),
    );
    lab.row(
        "UDP",
        udp(A, "10.9.0.100:53", b"q"),
        &["director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 - len=29 id=78 udp 40001>53 len=9 data=b'q'"],
        MASQ,
        &opened_udp("rs1", 29),
    );
    let (verdict, _) = lab.send(udp_reply(1, "10.9.0.11:53", A, b"a"));
    assert_eq!(crate::lab::counter_of(verdict), REPLY);
    lab.row(
        "the server's own connection outwards: the host does not forward here",
        tcp_reply(1, "10.9.0.11:5555", "172.16.0.77:80", "S"),
        NOTHING,
        "frames_passed no_connection",
        "",
    );
}

#[test]
fn the_source_chooses_the_mark() {
    let mut lab = Lab::new();
    let from = |source, mark| Words { source: Some(source), ..rule("10.9.0.100", "80", mark) };
    lab.marks(&[from("172.16.0.0/16", "1"), from("172.17.0.0/16", "2")]);
    lab.mark_service(Family::V4, 1, ONE);
    lab.mark_service(Family::V4, 2, TWO);
    for (client, server) in [("172.16.0.5:1", "rs1"), ("172.17.0.5:1", "rs2")] {
        let out = routed(server, client, "10.9.0.100", 80);
        lab.row("marked", tcp(client, "10.9.0.100:80", "S"), &[out], ROUTE, &opened(server, 40));
    }
    lab.row(
        "from elsewhere: no mark, a closed port",
        tcp("172.18.0.5:1", "10.9.0.100:80", "S"),
        &["director>gw ip 10.9.0.100>172.18.0.5 ttl=64 tos=0 df len=40 id=0 tcp 80>1 RA seq=0 ack=1001 data=b''"],
        "frames_answered reset",
        "",
    );
}

/// As Linux 6.1 does it: 0x10/0xf0, then 2/0xf for the whole network, then bits flipped.
#[test]
fn several_rules_act_in_their_order() {
    let mut lab = Lab::new();
    lab.marks(&[
        rule("10.9.0.100", "80", "0x10/0xf0"),
        Words { dports: None, ..rule("10.9.0.0/24", "", "2/0xf") },
        Words { set_mark: None, set_xmark: Some("3/0"), ..rule("10.9.0.100", "443", "") },
    ]);
    lab.mark_service(Family::V4, 0x12, ONE);
    lab.mark_service(Family::V4, 2, TWO);
    lab.mark_service(Family::V4, 1, &[(3, DirectRoute, 0, 1)]);
    for (port, server) in [(80, "rs1"), (81, "rs2"), (443, "rs3")] {
        let client = format!("172.16.0.5:{}", 40000 + port);
        let out = routed(server, &client, "10.9.0.100", port);
        lab.row(
            "marked",
            tcp(&client, &format!("10.9.0.100:{port}"), "S"),
            &[out],
            ROUTE,
            &opened(server, 40),
        );
    }
}

#[test]
fn the_interface_chooses_the_mark() {
    let mut lab = Lab::new();
    lab.marks(&[Words { interface: Some("eth1"), ..web() }]);
    lab.mark_service(Family::V4, 10, ONE);
    let (verdict, _) = lab.send(tcp(A, "10.9.0.100:80", "S"));
    assert_eq!(crate::lab::counter_of(verdict), "frames_answered reset", "by eth0");
    let by_eth1 = tcp(A, "10.9.0.100:80", "S").frame().meta(|meta| meta.port = PortId(1));
    lab.row("by eth1", by_eth1, &[routed("rs1", A, "10.9.0.100", 80)], ROUTE, &opened("rs1", 40));
}

/// The order of `ipvs.md` §1.1, as Linux 6.1 has it.
#[test]
fn the_mark_comes_before_the_port() {
    let mut lab = Lab::new();
    lab.marks(&[rule("10.9.0.100", "80,81", "5")]);
    lab.service(Protocol::Tcp, "10.9.0.100:80", "rr", &[(1, DirectRoute, 80, 1)]);
    let out = routed("rs1", A, "10.9.0.100", 80);
    lab.row("no service for the mark", tcp(A, "10.9.0.100:80", "S"), &[out], ROUTE, &opened("rs1", 40));
    lab.mark_service(Family::V4, 5, TWO);
    lab.mark_service(Family::V6, 5, &[(4, DirectRoute, 0, 1)]);
    let b = "172.16.0.6:40001";
    let out = routed("rs2", b, "10.9.0.100", 80);
    lab.row("both: the mark's", tcp(b, "10.9.0.100:80", "S"), &[out], ROUTE, &opened("rs2", 40));
    lab.row(
        "an old connection stays",
        tcp(A, "10.9.0.100:80", "A"),
        &["director>rs1 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 A seq=1000 ack=0 data=b''"],
        ROUTE,
        &inbound("rs1", 40),
    );
    lab.row(
        "a port without a mark",
        tcp(b, "10.9.0.100:82", "S"),
        &["director>gw ip 10.9.0.100>172.16.0.6 ttl=64 tos=0 df len=40 id=0 tcp 82>40001 RA seq=0 ack=1001 data=b''"],
        "frames_answered reset",
        "",
    );
    lab.delete(1);
    lab.row(
        "the mark's service has no server left: the port's does not step in",
        tcp("172.16.0.7:1", "10.9.0.100:80", "S"),
        &["director>gw ip 10.9.0.100>172.16.0.7 ttl=64 tos=192 - len=68 icmp type=3 code=3 [ip 172.16.0.7>10.9.0.100 ttl=64 tos=0 df len=40 tcp 1>80 S seq=1000 ack=0 data=b'']"],
        "frames_answered port_unreachable",
        "",
    );
}

/// As Linux 6.1 does it: what an FTP service would take of the high ports needs persistence.
#[test]
fn an_ftp_service_without_persistence_leaves_other_ports_alone() {
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, "10.9.0.100:21", "rr", &[(1, DirectRoute, 21, 1)]);
    for port in [20, 22, 1023, 1024, 2000] {
        let (verdict, _) = lab.send(tcp(A, &format!("10.9.0.100:{port}"), "S"));
        assert_eq!(crate::lab::counter_of(verdict), "frames_answered reset", "port {port}");
    }
    let out = routed("rs1", A, "10.9.0.100", 21);
    lab.row("its own port", tcp(A, "10.9.0.100:21", "S"), &[out], ROUTE, &opened("rs1", 40));
}

#[test]
fn for_ipv6() {
    let (client, vip) = ("[2001:db8::5]:40001", "[fd00:9::100]:443");
    let mut lab = Lab::new();
    lab.marks(&[rule("fd00:9::100", "80,443", "7")]);
    lab.mark_service(Family::V4, 7, ONE);
    lab.mark_service(Family::V6, 7, &[(2, Nat, 0, 1)]);
    lab.row(
        "a request",
        tcp(client, vip, "S"),
        &["director>rs2 ip6 2001:db8::5>fd00:9::c hlim=63 tc=0 plen=20 tcp 40001>443 S seq=1000 ack=0 data=b''"],
        MASQ,
        &opened("rs2", 60),
    );
    lab.row(
        "the answer",
        tcp_reply(2, "[fd00:9::c]:443", client, "SA"),
        &["director>gw ip6 fd00:9::100>2001:db8::5 hlim=63 tc=0 plen=20 tcp 443>40001 SA seq=5000 ack=1001 data=b''"],
        REPLY,
        &outbound("rs2", 60),
    );
}

/// As Linux 6.1 does it with `ip rule add fwmark 4 lookup 100; ip route add local 0.0.0.0/0 dev lo table 100`.
#[test]
fn a_network_is_balanced_where_it_is_marked_and_nowhere_else() {
    let mut lab = Lab::new();
    lab.rewire(|network| network.forwarding = (true, true));
    lab.marks(&[rule("10.20.0.0/24", "80,443", "4")]);
    lab.mark_service(Family::V4, 4, &[(1, Nat, 0, 1)]);
    lab.row(
        "marked",
        tcp(A, "10.20.0.2:80", "S"),
        &["director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 S seq=1000 ack=0 data=b''"],
        MASQ,
        &opened("rs1", 40),
    );
    lab.row(
        "the answer",
        tcp_reply(1, "10.9.0.11:80", A, "SA"),
        &["director>gw ip 10.20.0.2>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 80>40001 SA seq=5000 ack=1001 data=b''"],
        REPLY,
        &outbound("rs1", 40),
    );
    lab.row(
        "another port: the host routes it",
        tcp(A, "10.20.0.2:22", "S"),
        NOTHING,
        "frames_passed not_vip",
        "",
    );
    lab.row("another network", tcp(A, "10.20.1.2:80", "S"), NOTHING, "frames_passed not_vip", "");
    lab.row("of no connection", tcp(A, "10.20.0.9:80", "A"), NOTHING, "frames_dropped no_answer_due", "");
    let about = |port: &str| {
        let reply = Make { ttl: 60, df: false, ..tcp("10.20.0.2:80", &format!("172.16.0.5:{port}"), "A") };
        let quoted: Vec<u8> = reply.frame().bytes[14..].iter().copied().take(28).collect();
        icmp("192.0.2.1", "10.20.0.2", 3, 4, [0, 0, 5, 120], &quoted)
    };
    lab.row(
        "an error about the connection; two hops, as in Linux",
        about("40001"),
        &["director>rs1 ip 192.0.2.1>10.9.0.11 ttl=62 tos=0 - len=56 icmp type=3 code=4 mtu=1400 [ip 10.9.0.11>172.16.0.5 ttl=60 tos=0 - len=40 ports 80>40001]"],
        MASQ,
        &inbound("rs1", 56),
    );
    lab.row(
        "an error about none is routed on: the host does not see it",
        about("9"),
        &["director>gw ip 192.0.2.1>10.20.0.2 ttl=63 tos=0 - len=56 icmp type=3 code=4 mtu=1400 [ip 10.20.0.2>172.16.0.5 ttl=60 tos=0 - len=40 ports 80>9]"],
        "frames_forwarded relay",
        "",
    );
    lab.real(0).set_weight(0);
    lab.row(
        "no server",
        tcp("172.16.0.9:1", "10.20.0.7:80", "S"),
        NOTHING,
        "frames_dropped no_answer_due",
        "",
    );
}

/// Linux 6.1, record bypass: without a real server packets to a marked network go on to where they were bound.
#[test]
fn cache_bypass() {
    let (virt, b) = ("198.51.100.7:80", "172.16.0.6:40001");
    let sent = |client: &str, flags: &str, seq: u32| {
        let (addr, cport) = client.split_once(':').unwrap();
        format!(
            "director>gw ip {addr}>198.51.100.7 ttl=63 tos=0 df len=40 id=77 tcp {cport}>80 {flags} seq={seq} ack=0 data=b''"
        )
    };
    let mut lab = Lab::new();
    lab.marks(&[rule("198.51.100.0/24", "80", "7")]);
    lab.mark_service(Family::V4, 7, &[(1, DirectRoute, 0, 0)]);
    lab.row("off", tcp(A, virt, "S"), NOTHING, "frames_dropped no_answer_due", "");
    lab.view.tunables.cache_bypass = Switch::from(true);
    let bypass = "frames_forwarded bypass";
    lab.row("on", tcp(A, virt, "S"), &[sent(A, "S", 1000)], bypass, "table+1");
    lab.real(0).set_weight(1);
    lab.row("it stays so", tcp(A, virt, "A").seq(1001, 0), &[sent(A, "A", 1001)], bypass, "");
    lab.row(
        "others are served",
        tcp(b, virt, "S"),
        &[routed("rs1", b, "198.51.100.7", 80)],
        ROUTE,
        &opened("rs1", 40),
    );
    lab.row("a FIN", tcp(A, virt, "FA").seq(1001, 0), &[sent(A, "FA", 1001)], bypass, "");
    let states = lab.conn_states();
    assert_eq!(states, ["CLOSE_WAIT", "SYN_RECV"], "IPVS expects replies to pass here");
    lab.row(
        "what opens nothing",
        tcp(A, "198.51.100.8:80", "A"),
        NOTHING,
        "frames_dropped no_answer_due",
        "",
    );
    lab.sleep(61);
    assert!(lab.conns.is_empty());
}

/// A VIP is nobody else's address: there it is port unreachable as ever.
#[test]
fn no_bypass_of_a_vip() {
    let mut lab = Lab::new();
    lab.marks(&[web()]);
    lab.mark_service(Family::V4, 10, &[(1, DirectRoute, 0, 0)]);
    lab.view.tunables.cache_bypass = Switch::from(true);
    let (verdict, _) = lab.send(tcp(A, "10.9.0.100:80", "S"));
    assert_eq!(crate::lab::counter_of(verdict), "frames_answered port_unreachable");
}
