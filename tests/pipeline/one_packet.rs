//! One-packet scheduling: each datagram is scheduled by itself and leaves no connection. As Linux 6.1 does it.

use crate::lab::{DirectRoute, Lab, Nat, Wanted, inbound, opened_udp};
use crate::make::{udp, udp_reply};
use ulvs::lvs::{ClientMask, Family, Persistence, Protocol};

const A: &str = "172.16.0.5:3333";
const VIP: &str = "10.9.0.100:53";
const TWO: &[Wanted] = &[(1, DirectRoute, 53, 1), (2, DirectRoute, 53, 1)];
const ROUTE: &str = "frames_forwarded route";

fn service(servers: &[Wanted]) -> Lab {
    let mut lab = Lab::new();
    lab.service(Protocol::Udp, VIP, "rr", servers);
    lab.edit(|spec| spec.one_packet = true);
    lab
}

fn routed(server: &str, port: u16) -> String {
    format!(
        "director>{server} ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 - len=29 id=78 udp {port}>53 len=9 data=b'q'"
    )
}

/// What one packet moves.
fn once(server: &str) -> String {
    format!("{server}.conns+1 {}", inbound(server, 29))
}

#[test]
fn every_packet_is_scheduled() {
    let mut lab = service(TWO);
    for server in ["rs2", "rs1", "rs2", "rs1"] {
        lab.row("by itself", udp(A, VIP, b"q"), &[routed(server, 3333)], ROUTE, &once(server));
    }
    assert!(lab.conns.is_empty());
    lab.real(0).set_weight(0);
    lab.real(1).set_weight(0);
    lab.row(
        "no server is left",
        udp(A, VIP, b"q"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len=57 icmp type=3 code=3 [ip 172.16.0.5>10.9.0.100 ttl=64 tos=0 - len=29 udp 3333>53 len=9 data=b'q']"],
        "frames_answered port_unreachable",
        "",
    );
}

/// Nothing remembers what an answer belongs to: it is routed on as it is.
#[test]
fn answers_by_nat_go_out_as_they_are() {
    let mut lab = service(&[(1, Nat, 5353, 1)]);
    lab.view.network.forwarding = (true, true);
    lab.row(
        "a question",
        udp(A, VIP, b"q"),
        &["director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 - len=29 id=78 udp 3333>5353 len=9 data=b'q'"],
        "frames_forwarded masq",
        &once("rs1"),
    );
    lab.row(
        "its answer",
        udp_reply(1, "10.9.0.11:5353", A, b"answer"),
        &["director>gw ip 10.9.0.11>172.16.0.5 ttl=63 tos=0 - len=34 id=5 udp 5353>3333 len=14 data=b'answer'"],
        "frames_forwarded relay",
        "",
    );
}

/// With persistence too, the template is the only entry.
#[test]
fn a_template_without_children() {
    let mut lab = service(TWO);
    lab.edit(|spec| {
        let mask = ClientMask::whole(Family::V4);
        spec.persistence = Some(Persistence { timeout_seconds: 60, mask });
    });
    let first = format!("rs2.templates+1 table+1 {}", once("rs2"));
    lab.row("a new template", udp(A, VIP, b"q"), &[routed("rs2", 3333)], ROUTE, &first);
    for port in 3334..3337 {
        let client = format!("172.16.0.5:{port}");
        lab.row("by template", udp(&client, VIP, b"q"), &[routed("rs2", port)], ROUTE, &once("rs2"));
    }
    assert_eq!(lab.connections(), ["UDP NONE 172.16.0.5:0 10.9.0.100:53 10.9.0.12:53"]);
    lab.sleep(30);
    lab.send(udp(A, VIP, b"q"));
    assert_eq!(lab.expires(), 60, "every packet renews it");
    lab.sleep(61);
    assert!(lab.conns.is_empty());
}

/// A connection from before stays one; TCP is not meant.
#[test]
fn connections_from_before_go_on() {
    let mut lab = service(TWO);
    lab.edit(|spec| spec.one_packet = false);
    lab.row("a connection", udp(A, VIP, b"q"), &[routed("rs2", 3333)], ROUTE, &opened_udp("rs2", 29));
    lab.edit(|spec| spec.one_packet = true);
    lab.row("goes on", udp(A, VIP, b"q"), &[routed("rs2", 3333)], ROUTE, &inbound("rs2", 29));
    let other = "172.16.0.5:3334";
    lab.row("a packet", udp(other, VIP, b"q"), &[routed("rs1", 3334)], ROUTE, &once("rs1"));
    assert_eq!(lab.conns.len(), 1);
}
