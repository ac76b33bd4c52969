//! ICMP errors about packets of connections: they follow the connection in all modes.

use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Tun, Wanted, inbound, opened, outbound};
use crate::make::{Given, Make, icmp, server_mac, tcp};
use ulvs::director::Verdict;
use ulvs::lvs::Protocol;

const A: &str = "172.16.0.5:40001";
const VIP: &str = "10.9.0.100:80";

/// The first `len` bytes of the IP packet that a frame carries.
pub(super) fn quote(make: Make, len: usize) -> Vec<u8> {
    let bytes = make.frame().bytes;
    bytes[14..].iter().copied().take(len).collect()
}

/// "Fragmentation needed" from a router on the client's side, about a reply of the VIP.
fn about_reply(len: usize) -> Make {
    let reply = Make { ttl: 60, df: false, ..tcp(VIP, A, "A") };
    icmp("192.0.2.1", "10.9.0.100", 3, 4, [0, 0, 5, 120], &quote(reply, len))
}

/// Linux 6.1, record icmp_errors_nat.
#[test]
fn by_nat_both_ways() {
    let mut lab = Lab::with(&[(1, Nat, 8080, 1), (2, Nat, 8080, 1)]);
    lab.send(tcp(A, VIP, "S"));
    lab.row(
        "frag needed, from a router on the client's side, goes to the real server",
        about_reply(28),
        &["director>rs2 ip 192.0.2.1>10.9.0.12 ttl=63 tos=0 - len=56 icmp type=3 code=4 mtu=1400 [ip 10.9.0.12>172.16.0.5 ttl=60 tos=0 - len=40 ports 8080>40001]"],
        "frames_forwarded masq",
        &inbound("rs2", 56),
    );
    let request = Make { ttl: 63, ..tcp(A, "10.9.0.12:8080", "S") };
    let unreachable = icmp("10.9.0.12", "172.16.0.5", 3, 3, [0; 4], &quote(request, 28));
    lab.row(
        "port unreachable, from the real server, goes to the client as from the VIP",
        Make { from_mac: server_mac(2), ..unreachable },
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 - len=56 icmp type=3 code=3 [ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 ports 40001>80]"],
        "frames_forwarded masq_reply",
        &outbound("rs2", 56),
    );
    let expires = lab.expires();
    lab.sleep(5);
    lab.send(about_reply(28));
    assert_eq!(lab.expires(), expires - 5, "errors keep no connection alive");
}

#[test]
fn by_nat_for_ipv6() {
    let (client, vip) = ("[2001:db8::5]:40001", "[fd00:9::100]:80");
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, vip, "rr", &[(1, Nat, 8080, 1), (2, Nat, 8080, 1)]);
    lab.send(tcp(client, vip, "S"));
    let too_big = icmp("2001:db8::1", "fd00:9::100", 2, 0, [0, 0, 5, 0], &quote(tcp(vip, client, "A"), 60));
    lab.row(
        "packet too big goes to the real server",
        too_big,
        &["director>rs2 ip6 2001:db8::1>fd00:9::c hlim=63 tc=0 plen=68 icmp6 type=2 code=0 mtu=1280 [ip6 fd00:9::c>2001:db8::5 quoted=60]"],
        "frames_forwarded masq",
        &inbound("rs2", 108),
    );
    let (_, out) =
        lab.send(icmp("2001:db8::1", "fd00:9::100", 2, 0, [0, 0, 5, 0], &quote(tcp(vip, client, "A"), 60)));
    assert_eq!(out[0].bytes[14 + 48 + 40..][..4], [0x1f, 0x90, 0x9c, 0x41], "8080 to 40001 is quoted");
    let request = quote(tcp(client, "[fd00:9::c]:8080", "S"), 60);
    let unreachable = icmp("fd00:9::c", "2001:db8::5", 1, 4, [0; 4], &request);
    lab.row(
        "port unreachable goes to the client",
        Make { from_mac: server_mac(2), ..unreachable },
        &["director>gw ip6 fd00:9::100>2001:db8::5 hlim=63 tc=0 plen=68 icmp6 type=1 code=4 [ip6 2001:db8::5>fd00:9::100 quoted=60]"],
        "frames_forwarded masq_reply",
        &outbound("rs2", 108),
    );
}

#[test]
fn by_direct_routing_and_tunnelling() {
    const MODES: [(Wanted, &str, &str); 2] = [
        (
            (1, DirectRoute, 80, 1),
            "frames_forwarded route",
            "director>rs1 ip 192.0.2.1>10.9.0.100 ttl=63 tos=0 - len=56 icmp type=3 code=4 mtu=1400 [ip 10.9.0.100>172.16.0.5 ttl=60 tos=0 - len=40 ports 80>40001]",
        ),
        (
            (1, Tun, 80, 1),
            "frames_forwarded tunnel",
            "director>rs1 ip 10.9.0.2>10.9.0.11 ttl=63 tos=0 - len=76 | ip 192.0.2.1>10.9.0.100 ttl=63 tos=0 - len=56 icmp type=3 code=4 mtu=1400 [ip 10.9.0.100>172.16.0.5 ttl=60 tos=0 - len=40 ports 80>40001]",
        ),
    ];
    for (server, verdict, out) in MODES {
        let mut lab = Lab::with(&[server]);
        lab.send(tcp(A, VIP, "S"));
        lab.row("as any packet of the connection", about_reply(28), &[out], verdict, &inbound("rs1", 56));
        lab.row(
            "the inner packet may be cut after its ports",
            about_reply(24),
            &[&out.replace("len=56", "len=52").replace("len=76", "len=72")],
            verdict,
            &inbound("rs1", 52),
        );
        lab.row("but not before", about_reply(20), NOTHING, "frames_dropped icmp", "");
    }
}

#[test]
fn what_is_about_nothing_known() {
    let mut lab = Lab::with(&[(1, Nat, 8080, 1), (2, Nat, 8080, 1)]);
    lab.row("no connection", about_reply(28), NOTHING, "frames_dropped icmp", "");
    lab.row("the first", tcp(A, VIP, "S"), &["director>rs2 ip 172.16.0.5>10.9.0.12 ttl=63 tos=0 df len=40 id=77 tcp 40001>8080 S seq=1000 ack=0 data=b''"], "frames_forwarded masq", &opened("rs2", 40));
    let broken: Given = about_reply(28).frame().edit(|bytes| bytes[40] ^= 1);
    lab.row("a wrong ICMP checksum", broken, NOTHING, "frames_dropped bad_checksum", "");
    let redirect = icmp("192.0.2.1", "10.9.0.100", 5, 1, [10, 9, 0, 1], &quote(tcp(VIP, A, "A"), 28));
    lab.row("a redirect is not relayed", redirect, NOTHING, "frames_dropped icmp", "");
    let elsewhere = quote(tcp("172.16.0.9:1", "10.9.0.12:8080", "S"), 28);
    let stranger = icmp("10.9.0.12", "172.16.0.9", 3, 3, [0; 4], &elsewhere);
    lab.row("about a request that nobody made", stranger, NOTHING, "frames_passed no_connection", "");
    let forged = icmp("10.9.0.12", "172.16.0.7", 3, 3, [0; 4], &quote(tcp(A, "10.9.0.12:8080", "S"), 28));
    lab.row(
        "what is quoted decides, whoever it is sent to",
        forged,
        &["director>gw ip 10.9.0.100>172.16.0.7 ttl=63 tos=0 - len=56 icmp type=3 code=3 [ip 172.16.0.5>10.9.0.100 ttl=64 tos=0 df len=40 ports 40001>80]"],
        "frames_forwarded masq_reply",
        &outbound("rs2", 56),
    );
    let last_hop = Make { ttl: 1, ..about_reply(28) };
    assert_eq!(
        lab.send(last_hop).0,
        Verdict::Dropped(ulvs::director::DropReason::NoAnswerDue),
        "no error about an error"
    );
}

/// The host's stack is kept off all ICMP errors of NAT real servers: those about anything else go on from here.
#[test]
fn what_real_servers_say_of_others() {
    let mut lab = Lab::with(&[(1, Nat, 8080, 1), (2, Nat, 8080, 1)]);
    let about = |from: &str, to: &str, kind, code| {
        let request = tcp("172.16.0.9:1", "10.9.0.99:80", "S");
        icmp(from, to, kind, code, [0; 4], &quote(request, 28))
    };
    let row = "frames_forwarded relay";
    lab.row("no router", about("10.9.0.12", "172.16.0.9", 3, 3), NOTHING, "frames_passed no_connection", "");
    lab.rewire(|network| network.forwarding = (true, true));
    for (kind, code) in [(3, 1), (5, 1), (11, 0), (12, 0)] {
        let sent = format!(
            "director>gw ip 10.9.0.12>172.16.0.9 ttl=63 tos=0 - len=56 icmp type={kind} code={code} [ip 172.16.0.9>10.9.0.99 ttl=64 tos=0 df len=40 ports 1>80]"
        );
        lab.row("routed on", about("10.9.0.12", "172.16.0.9", kind, code), &[sent], row, "");
    }
    lab.row("no error", about("10.9.0.12", "172.16.0.9", 0, 0), NOTHING, "frames_passed not_vip", "");
    lab.row("a stranger's", about("10.9.0.13", "172.16.0.9", 3, 3), NOTHING, "frames_passed not_vip", "");
    lab.row("to the host", about("10.9.0.12", "10.9.0.2", 3, 3), NOTHING, "frames_passed no_connection", "");
    let others =
        icmp("10.9.0.11", "172.16.0.9", 3, 1, [0; 4], &quote(tcp("172.16.0.9:1", "10.9.0.12:8080", "S"), 28));
    lab.row(
        "about another real server's port",
        others,
        &["director>gw ip 10.9.0.11>172.16.0.9 ttl=63 tos=0 - len=56 icmp type=3 code=1 [ip 172.16.0.9>10.9.0.12 ttl=64 tos=0 df len=40 ports 1>8080]"],
        row,
        "",
    );
}

#[test]
fn of_connections_without_nat_are_counted_and_left_to_the_host() {
    let (client, vip) = ("[2001:db8::5]:40001", "[fd00:9::100]:80");
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, vip, "rr", &[(1, DirectRoute, 80, 1)]);
    lab.send(tcp(client, vip, "S"));
    let from_server = |make| Make { from_mac: server_mac(1), ..make };
    let pass = "frames_passed direct_reply";
    lab.row("a reply from the VIP", from_server(tcp(vip, client, "SA")), NOTHING, pass, &outbound("rs1", 60));
    lab.row(
        "one that goes no further, for a router looks at the hop limit first",
        from_server(Make { ttl: 1, ..tcp(vip, client, "R") }),
        NOTHING,
        "frames_passed not_vip",
        "",
    );
    assert_eq!(lab.conn_states(), ["SYN_RECV"]);
    let refused = icmp("fd00:9::b", "2001:db8::5", 1, 4, [0; 4], &quote(tcp(client, vip, "S"), 60));
    lab.row("an error about a request", from_server(refused), NOTHING, pass, &outbound("rs1", 108));
    lab.row(
        "a reply to somebody else",
        from_server(tcp(vip, "[2001:db8::6]:40001", "SA")),
        NOTHING,
        "frames_passed not_vip",
        "",
    );
    let other = icmp("fd00:9::b", "2001:db8::6", 1, 4, [0; 4], &quote(tcp("[2001:db8::6]:1", vip, "S"), 60));
    lab.row("an error about nothing", from_server(other), NOTHING, "frames_passed not_vip", "");
}
