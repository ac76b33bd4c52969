//! Health checks through the VIP: one flow of the host's own, to one real server, whatever table and scheduler say.

use super::about::quote;
use super::door::{by_the_door, open_door};
use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Tun, Wanted};
use crate::make::{Given, Make, icmp, server_mac, tcp, tcp_reply, udp, udp_reply};
use std::net::SocketAddr;
use ulvs::lvs::{Endpoint, ForwardingMethod, Protocol, Tunnel};
use ulvs::service::{Flow, Pass};

const DIP: &str = "10.9.0.2:5000";
const VIP: &str = "10.9.0.100:80";
const CHECK: &str = "frames_forwarded check";

/// rs1 is in the table, rs3 is not; the door is open.
fn lab() -> Lab {
    let servers: [Wanted; 1] = [(1, DirectRoute, 80, 1)];
    let mut lab = Lab::with(&servers);
    open_door(&mut lab);
    lab
}

fn end(text: &str) -> Endpoint {
    let addr: SocketAddr = text.parse().unwrap();
    Endpoint::new(addr.ip(), addr.port())
}

fn pass(client: &str, virt: &str, real: &str, method: ForwardingMethod) -> Pass {
    pass_of(Protocol::Tcp, client, virt, real, method)
}

fn pass_of(protocol: Protocol, client: &str, virt: &str, real: &str, method: ForwardingMethod) -> Pass {
    let flow = Flow { protocol, client: end(client), virt: end(virt) };
    Pass::new(flow, end(real), method, Tunnel::Ipip)
}

#[test]
fn to_a_real_server_that_is_not_in_the_table() {
    for (method, out) in [
        (
            DirectRoute,
            "director>rs3 ip 10.9.0.2>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 5000>80 S seq=1000 ack=0 data=b''",
        ),
        (
            Tun,
            "director>rs3 ip 10.9.0.2>10.9.0.13 ttl=63 tos=0 df len=60 | ip 10.9.0.2>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 5000>80 S seq=1000 ack=0 data=b''",
        ),
        (
            Nat,
            "director>rs3 ip 10.9.0.2>10.9.0.13 ttl=63 tos=0 df len=40 id=77 tcp 5000>8080 S seq=1000 ack=0 data=b''",
        ),
    ] {
        let mut lab = lab();
        let port = if method == Nat { "8080" } else { "80" };
        let issued = lab.memory.passes.issue(pass(DIP, VIP, &format!("10.9.0.13:{port}"), method));
        assert!(!issued.has_carried());
        lab.row("nothing but the frame counts", by_the_door(tcp(DIP, VIP, "S")), &[out], CHECK, "");
        assert!(issued.has_carried());
        assert!(lab.conn_states().is_empty());
    }
}

/// A NAT real server's answer takes the VIP again, and goes to the host; what is none of it does not.
#[test]
fn back_from_nat() {
    let mut lab = lab();
    lab.view.nat_sources.extend([(Protocol::Tcp, end("10.9.0.13:8080"))]);
    lab.view.nat_hosts.insert("10.9.0.13".parse().unwrap());
    let issued = lab.memory.passes.issue(pass(DIP, VIP, "10.9.0.13:8080", Nat));
    lab.row(
        "the answer",
        tcp_reply(3, "10.9.0.13:8080", DIP, "SA"),
        &["02:00:00:00:02:01>02:00:00:00:02:02 ip 10.9.0.100>10.9.0.2 ttl=63 tos=0 df len=40 id=99 tcp 80>5000 SA seq=5000 ack=1001 data=b''"],
        CHECK,
        "",
    );
    assert!(!issued.has_carried(), "an answer is no question");
    let other = || tcp_reply(3, "10.9.0.13:8080", "10.9.0.2:5001", "SA");
    lab.row("another port", other(), NOTHING, "frames_passed no_connection", "");
    lab.view.checks_by_nat = true;
    lab.row(
        "the host's stack is kept off such answers now",
        other(),
        &["02:00:00:00:02:01>02:00:00:00:02:02 ip 10.9.0.13>10.9.0.2 ttl=64 tos=0 df len=40 id=99 tcp 8080>5001 SA seq=5000 ack=1001 data=b''"],
        "frames_forwarded relay",
        "",
    );
}

/// Datagrams have no first one: each goes where the pass leads, for as long as it lasts.
#[test]
fn by_udp() {
    let mut lab = lab();
    let issued = lab.memory.passes.issue(pass_of(Protocol::Udp, DIP, VIP, "10.9.0.13:8080", Nat));
    let question = || by_the_door(udp(DIP, VIP, b"?"));
    for name in ["the question", "and again"] {
        lab.row(
            name,
            question(),
            &["director>rs3 ip 10.9.0.2>10.9.0.13 ttl=63 tos=0 - len=29 id=78 udp 5000>8080 len=9 data=b'?'"],
            CHECK,
            "",
        );
    }
    lab.view.nat_sources.extend([(Protocol::Udp, end("10.9.0.13:8080"))]);
    lab.view.nat_hosts.insert("10.9.0.13".parse().unwrap());
    lab.row(
        "the answer",
        udp_reply(3, "10.9.0.13:8080", DIP, b"!"),
        &["02:00:00:00:02:01>02:00:00:00:02:02 ip 10.9.0.100>10.9.0.2 ttl=63 tos=0 - len=29 id=5 udp 80>5000 len=9 data=b'!'"],
        CHECK,
        "",
    );
    assert!(issued.has_carried());
    // Of TCP the same ports are another flow.
    lab.send(by_the_door(tcp(DIP, VIP, "S")));
    assert_eq!(lab.conn_states(), ["SYN_RECV"]);
}

/// What a NAT real server, or a router on the way to it, says of a check's packet: as from the VIP, about the packet as the
/// host sent it. Else the check would wait in vain.
#[test]
fn errors_about_it_by_nat() {
    let mut lab = lab();
    lab.view.nat_sources.extend([(Protocol::Udp, end("10.9.0.13:8080"))]);
    lab.view.nat_hosts.insert("10.9.0.13".parse().unwrap());
    let issued = lab.memory.passes.issue(pass_of(Protocol::Udp, DIP, VIP, "10.9.0.13:8080", Nat));
    let about = |protocol: Protocol, port: u16| {
        let real = format!("10.9.0.13:{port}");
        let sent = if protocol == Protocol::Udp { udp(DIP, &real, b"?") } else { tcp(DIP, &real, "S") };
        let error = icmp("10.9.0.13", "10.9.0.2", 3, 3, [0; 4], &quote(Make { ttl: 63, ..sent }, 28));
        Make { from_mac: server_mac(3), ..error }
    };
    lab.row(
        "port unreachable",
        about(Protocol::Udp, 8080),
        &["02:00:00:00:02:01>02:00:00:00:02:02 ip 10.9.0.100>10.9.0.2 ttl=63 tos=0 - len=56 icmp type=3 code=3 [ip 10.9.0.2>10.9.0.100 ttl=63 tos=0 - len=29 udp 5000>80 len=9 data=b'']"],
        CHECK,
        "",
    );
    assert!(!issued.has_carried(), "an error is no question");
    let broken: Given = about(Protocol::Udp, 8080).frame().edit(|bytes| bytes[40] ^= 1);
    lab.row("a wrong ICMP checksum", broken, NOTHING, "frames_dropped bad_checksum", "");
    for (name, protocol, port) in
        [("of another port", Protocol::Udp, 8081), ("of another protocol", Protocol::Tcp, 8080)]
    {
        lab.row(name, about(protocol, port), NOTHING, "frames_passed no_connection", "");
    }
    issued.end();
    (0..10).for_each(|_| lab.memory.passes.sweep());
    lab.row("after its end", about(Protocol::Udp, 8080), NOTHING, "frames_passed no_connection", "");
}

/// An old connection of the same ports, of a program on the host, leads to another real server: the check does not follow it.
#[test]
fn no_connection_leads_it_astray() {
    let mut lab = lab();
    lab.send(by_the_door(tcp(DIP, VIP, "S")));
    assert_eq!(lab.conn_states(), ["SYN_RECV"]);
    lab.memory.passes.issue(pass(DIP, VIP, "10.9.0.12:80", DirectRoute));
    lab.row(
        "to whom it is about",
        by_the_door(tcp(DIP, VIP, "S")),
        &["director>rs2 ip 10.9.0.2>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 5000>80 S seq=1000 ack=0 data=b''"],
        CHECK,
        "",
    );
}

/// From the wire nobody has a pass, whatever source address he writes.
#[test]
fn none_for_others() {
    let mut lab = lab();
    lab.memory.passes.issue(pass(DIP, VIP, "10.9.0.12:80", DirectRoute));
    lab.row("the host's own address", tcp(DIP, VIP, "S"), NOTHING, "frames_dropped martian_source", "");
    let client = "172.16.0.5:5000";
    lab.memory.passes.issue(pass(client, VIP, "10.9.0.12:80", DirectRoute));
    let (_, frames) = lab.send(tcp(client, VIP, "S"));
    assert!(crate::describe::describe(&frames[0]).starts_with("director>rs1 "));
}

/// The host delivers to itself: its answer would not come back this way.
#[test]
fn not_to_this_host() {
    let mut lab = lab();
    lab.view.network.host_addresses.insert("10.9.0.13".parse().unwrap());
    lab.memory.passes.issue(pass(DIP, VIP, "10.9.0.13:80", Nat));
    lab.row("local", by_the_door(tcp(DIP, VIP, "S")), NOTHING, "frames_dropped method", "");
}

/// The flow's last words after the check is over still arrive; a new flow of the same ports is nobody's business here.
#[test]
fn after_its_end() {
    let mut lab = lab();
    let issued = lab.memory.passes.issue(pass(DIP, VIP, "10.9.0.12:80", DirectRoute));
    issued.end();
    let last = || by_the_door(tcp(DIP, VIP, "R").seq(1001, 0));
    let out = "director>rs2 ip 10.9.0.2>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 5000>80 R seq=1001 ack=0 data=b''";
    lab.row("a reset", last(), &[out], CHECK, "");
    lab.send(by_the_door(tcp(DIP, VIP, "S")));
    assert_eq!(lab.conn_states(), ["SYN_RECV"], "another program's");
    (0..10).for_each(|_| lab.memory.passes.sweep());
    assert!(lab.memory.passes.is_empty());
}
