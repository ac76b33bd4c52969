//! The director as host of its VIPs: stray segments, closed ports, pings.

use crate::lab::{DirectRoute, Lab, NOTHING, Wanted, counter_of, inbound};
use crate::make::{Checksum, Kind, Make, icmp, ping, tcp, udp};
use ulvs::lvs::Protocol;

const A: &str = "172.16.0.5:42000";
const VIP: &str = "10.9.0.100:80";
const TWO: &[Wanted] = &[(1, DirectRoute, 80, 1), (2, DirectRoute, 80, 1)];
const RESET: &str = "frames_answered reset";
const UNREACHABLE: &str = "frames_answered port_unreachable";
const HOSTS: &str = "frames_passed hosts_port";

/// Linux 6.1, record stray_tcp.
#[test]
fn stray_segments() {
    let mut lab = Lab::with(TWO);
    for flags in ["A", "PA", "FA"] {
        lab.row(
            flags,
            tcp(A, VIP, flags),
            &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 df len=40 id=0 tcp 80>42000 R seq=0 ack=0 data=b''"],
            RESET,
            "",
        );
    }
    lab.row("R", tcp(A, VIP, "R"), NOTHING, "frames_dropped no_answer_due", "");
    let routed = |flags: &str| {
        [format!(
            "director>rs2 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 42000>80 {flags} seq=1000 ack=0 data=b''"
        )]
    };
    let route = "frames_forwarded route";
    lab.row("SA opens", tcp(A, VIP, "SA"), &routed("SA"), route, &crate::lab::opened("rs2", 40));
    let fin = format!("{} {}", inbound("rs2", 40), crate::lab::calms("rs2"));
    lab.row("FPU on it", tcp(A, VIP, "FPU"), &routed("FPU"), route, &fin);
    lab.row("no flag at all closes it", tcp(A, VIP, ""), &routed(""), route, &inbound("rs2", 40));
    assert_eq!(lab.connections(), ["TCP CLOSE 172.16.0.5:42000 10.9.0.100:80 10.9.0.12:80"]);
}

/// SYN+RST is a reset first; null and Christmas-tree segments without connection are answered by a host (reliability T9).
#[test]
fn odd_flags_without_connection() {
    let mut lab = Lab::with(TWO);
    lab.row("SYN+RST", tcp(A, VIP, "SR"), NOTHING, "frames_dropped no_answer_due", "");
    let reset = [
        "director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 df len=40 id=0 tcp 80>42000 RA seq=0 ack=1000 data=b''",
    ];
    lab.row("null", tcp(A, VIP, ""), &reset, RESET, "");
    let reset = [
        "director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 df len=40 id=0 tcp 80>42000 RA seq=0 ack=1004 data=b''",
    ];
    lab.row("FPU with data", tcp(A, VIP, "FPU").payload(b"abc"), &reset, RESET, "");
    assert!(lab.conns.is_empty());
}

/// Linux 6.1, record no_service.
#[test]
fn closed_ports_of_a_claimed_vip() {
    let mut lab = Lab::with(TWO);
    lab.row(
        "TCP",
        tcp("172.16.0.5:40000", "10.9.0.100:81", "S"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 df len=40 id=0 tcp 81>40000 RA seq=0 ack=1001 data=b''"],
        RESET,
        "",
    );
    lab.row(
        "UDP",
        udp("172.16.0.5:40000", "10.9.0.100:81", b"q"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len=57 icmp type=3 code=3 [ip 172.16.0.5>10.9.0.100 ttl=64 tos=0 - len=29 udp 40000>81 len=9 data=b'q']"],
        UNREACHABLE,
        "",
    );
    lab.row(
        "UDP to a TCP service's port",
        udp("172.16.0.5:40000", VIP, b"q"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len=57 icmp type=3 code=3 [ip 172.16.0.5>10.9.0.100 ttl=64 tos=0 - len=29 udp 40000>80 len=9 data=b'q']"],
        UNREACHABLE,
        "",
    );
    lab.row(
        "TCP over IPv6",
        tcp("[2001:db8::5]:40000", "[fd00:9::100]:81", "S"),
        &["director>gw ip6 fd00:9::100>2001:db8::5 hlim=64 tc=0 plen=20 tcp 81>40000 RA seq=0 ack=1001 data=b''"],
        RESET,
        "",
    );
    lab.row(
        "UDP over IPv6",
        udp("[2001:db8::5]:40000", "[fd00:9::100]:81", b"q"),
        &["director>gw ip6 fd00:9::100>2001:db8::5 hlim=64 tc=0 plen=57 icmp6 type=1 code=4 [ip6 2001:db8::5>fd00:9::100 quoted=49]"],
        UNREACHABLE,
        "",
    );
}

#[test]
fn a_wrong_checksum_is_never_answered() {
    let mut lab = Lab::with(TWO);
    let bad = "frames_dropped bad_checksum";
    let tcp_bad = tcp(A, "10.9.0.100:81", "S").checksum(Checksum::Wrong);
    lab.row("TCP", tcp_bad, NOTHING, bad, "");
    lab.row("UDP", udp(A, "10.9.0.100:81", b"q").checksum(Checksum::Wrong), NOTHING, bad, "");
    lab.row("ping", ping("172.16.0.5", "10.9.0.100").checksum(Checksum::Wrong), NOTHING, bad, "");
    lab.row("ping over IPv6", ping("2001:db8::5", "fd00:9::100").checksum(Checksum::Wrong), NOTHING, bad, "");
    lab.row(
        "UDP over IPv6 must have one",
        udp("[2001:db8::5]:1", "[fd00:9::100]:81", b"q").checksum(Checksum::Absent),
        NOTHING,
        bad,
        "",
    );
    let (verdict, out) = lab.send(tcp(A, "10.9.0.100:81", "S").checksum(Checksum::Partial));
    assert_eq!((counter_of(verdict).as_str(), out.len()), (RESET, 1), "unfinished is not wrong");
    let (verdict, out) = lab.send(udp(A, "10.9.0.100:81", b"q").checksum(Checksum::Absent));
    assert_eq!((counter_of(verdict).as_str(), out.len()), (UNREACHABLE, 1), "none is not wrong");
}

/// A VIP that is an address of the host: only the services' ports are the director's.
#[test]
fn closed_ports_of_a_vip_on_the_host() {
    let mut lab = Lab::with(TWO);
    lab.vip_on_host("10.9.0.100");
    lab.row("another port", tcp(A, "10.9.0.100:22", "S"), NOTHING, HOSTS, "");
    lab.row("UDP", udp(A, "10.9.0.100:53", b"q"), NOTHING, HOSTS, "");
    lab.row("ping", ping("172.16.0.5", "10.9.0.100"), NOTHING, HOSTS, "");
    let gre = Make { kind: Kind::Other(47), payload: vec![0; 8], ..tcp(A, VIP, "S") };
    lab.row("GRE", gre, NOTHING, HOSTS, "");
    lab.row(
        "a stray segment to a service: its port is kept from the host, so the director answers",
        tcp(A, VIP, "A"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 df len=40 id=0 tcp 80>42000 R seq=0 ack=0 data=b''"],
        RESET,
        "",
    );
    let (verdict, _) = lab.send(tcp(A, VIP, "S"));
    assert_eq!(counter_of(verdict), "frames_forwarded route");
}

/// Linux 6.1, record ping_vip.
#[test]
fn pings() {
    let mut lab = Lab::with(TWO);
    lab.row(
        "IPv4",
        ping("172.16.0.5", "10.9.0.100"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 - len=32 icmp type=0 code=0 id=7 seq=1"],
        "frames_answered echo",
        "",
    );
    lab.row(
        "IPv6",
        ping("2001:db8::5", "fd00:9::100"),
        &["director>gw ip6 fd00:9::100>2001:db8::5 hlim=64 tc=0 plen=12 icmp6 type=129 code=0"],
        "frames_answered echo",
        "",
    );
    lab.row("to the DIP: the host's", ping("172.16.0.5", "10.9.0.2"), NOTHING, "frames_passed not_vip", "");
    let (_, out) = lab.send(ping("172.16.0.5", "10.9.0.100"));
    assert_eq!(&out[0].bytes[42..], b"ping", "what was sent comes back");
}

/// A ping may not be used to make the director send fragments.
#[test]
fn a_ping_longer_than_the_way_back_is_not_answered() {
    let mut lab = Lab::with(TWO);
    lab.set_mtu(600);
    lab.row(
        "too long",
        ping("172.16.0.5", "10.9.0.100").long(1000),
        NOTHING,
        "frames_dropped no_answer_due",
        "",
    );
}

#[test]
fn other_icmp_to_a_vip() {
    let mut lab = Lab::with(TWO);
    let dropped = "frames_dropped icmp";
    lab.row(
        "timestamp request",
        icmp("172.16.0.5", "10.9.0.100", 13, 0, [0; 4], &[0; 12]),
        NOTHING,
        dropped,
        "",
    );
    let quoted = tcp("10.9.0.100:80", A, "S").frame().bytes[14..42].to_vec();
    lab.row("an error", icmp("192.0.2.1", "10.9.0.100", 3, 4, [0, 0, 5, 120], &quoted), NOTHING, dropped, "");
    lab.row("echo reply", icmp("172.16.0.5", "10.9.0.100", 0, 0, [0; 4], b"x"), NOTHING, dropped, "");
    lab.row(
        "an IPv6 error",
        icmp("2001:db8::1", "fd00:9::100", 2, 0, [0, 0, 5, 0], &[0; 48]),
        NOTHING,
        dropped,
        "",
    );
    lab.row(
        "cut after 4 bytes",
        icmp("172.16.0.5", "10.9.0.100", 8, 0, [0; 4], b"").frame().edit(|bytes| {
            bytes.truncate(38);
            bytes[17] = 24;
            crate::make::repair_ip_checksum(&mut bytes[14..]);
        }),
        NOTHING,
        "frames_dropped icmp_header",
        "",
    );
}

#[test]
fn protocols_that_are_not_balanced() {
    let mut lab = Lab::with(TWO);
    for protocol in [2, 4, 41, 47, 50, 51, 132, 255] {
        let given = Make { kind: Kind::Other(protocol), payload: vec![0; 20], ..tcp(A, VIP, "S") };
        let given = Make { destination: "10.9.0.2:0".parse().unwrap(), ..given };
        lab.row("to the host", given, NOTHING, "frames_passed not_vip", "");
    }
}

/// Linux's own global limit: bursts of 50, 1000 per second (reliability T8). Resets are not ICMP.
#[test]
fn icmp_errors_are_limited() {
    let mut lab = Lab::with(TWO);
    lab.service(Protocol::Udp, "10.9.0.100:53", "rr", &[]);
    lab.view.network.icmp_limits.v4_interval_ms = 0;
    let ask = || udp(A, "10.9.0.100:81", b"q");
    let at_once = (0..1000).filter(|_| counter_of(lab.send(ask()).0) == UNREACHABLE).count();
    assert!((50..=100).contains(&at_once), "{at_once} at once");
    lab.row("a closed port", ask(), NOTHING, "frames_dropped icmp_rate_limited", "");
    lab.row("no server", udp(A, "10.9.0.100:53", b"q"), NOTHING, "frames_dropped icmp_rate_limited", "");
    lab.row(
        "TTL 1",
        Make { ttl: 1, ..tcp("172.16.0.9:1", VIP, "S") },
        NOTHING,
        "frames_dropped icmp_rate_limited",
        &crate::lab::opened("rs2", 40),
    );
    let (verdict, _) = lab.send(tcp(A, "10.9.0.100:81", "S"));
    assert_eq!(counter_of(verdict), RESET);
    let mut answered = 0;
    for _ in 0..10 {
        lab.now = ulvs::time::Tick(lab.now.0 + 1);
        answered += (0..1000).filter(|_| !lab.send(ask()).1.is_empty()).count();
    }
    assert_eq!(answered, 1000, "in one second");
}

/// Shortly after another director died here, its connections are neither known nor ended.
#[test]
fn silence_for_the_connections_of_a_dead_director() {
    let mut lab = Lab::with(&[(1, crate::lab::Nat, 80, 1)]);
    lab.rewire(|network| network.forwarding = (true, true));
    let start = lab.now;
    lab.view.silent_until = Some(start.plus_seconds(60));
    let silence = "frames_dropped not_adopted";
    let answer = || crate::make::tcp_reply(1, "10.9.0.11:80", "172.16.0.6:9", "A");
    for ticks in [0, 599] {
        lab.now = ulvs::time::Tick(start.0 + ticks);
        lab.row("a client's segment", tcp(A, VIP, "PA").payload(b"x"), NOTHING, silence, "");
        lab.row("a server's", answer(), NOTHING, silence, "");
    }
    let (verdict, _) = lab.send(tcp("172.16.0.7:9", VIP, "S"));
    assert_eq!(counter_of(verdict), "frames_forwarded masq", "new connections open");
    let (verdict, _) = lab.send(tcp("172.16.0.7:10", "10.9.0.100:81", "S"));
    assert_eq!(counter_of(verdict), RESET, "a new connection to nobody is refused at once");
    let (verdict, _) = lab.send(udp(A, "10.9.0.100:81", b"q"));
    assert_eq!(counter_of(verdict), UNREACHABLE, "UDP has nothing to lose");
    lab.now = start.plus_seconds(60);
    assert_eq!(counter_of(lab.send(tcp(A, VIP, "A")).0), RESET);
    assert_eq!(counter_of(lab.send(answer()).0), "frames_forwarded relay");
}
