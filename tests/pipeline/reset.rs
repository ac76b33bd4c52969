//! What a drain's deadline left: each connection is reset towards both sides with its next packet.

use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Tun, Wanted, calms, inbound, opened, outbound};
use crate::make::{Make, tcp, tcp_reply, udp};
use ulvs::lvs::{ForwardingMethod, Protocol, Switch};

const A: &str = "172.16.0.5:40001";
const VIP: &str = "10.9.0.100:80";
const RESET: &str = "frames_answered drain_reset";

/// An established connection to rs1, that is to be reset from now on.
fn left_behind(method: ForwardingMethod, guard: bool) -> Lab {
    let servers: [Wanted; 1] = [(1, method, 80, 1)];
    let mut lab = Lab::with(&servers);
    lab.view.tunables.reset_guard = Switch::from(guard);
    establish(&mut lab);
    lab.real(0).set_weight(0);
    lab.real(0).set_resets(true);
    lab
}

fn establish(lab: &mut Lab) {
    lab.send(tcp(A, VIP, "S"));
    lab.send(tcp(A, VIP, "A").seq(1001, 5001));
    assert_eq!(lab.conn_states(), ["ESTABLISHED"]);
}

/// The client's next segment, with data that nobody gets.
fn next() -> Make {
    tcp(A, VIP, "PA").seq(1001, 5001).payload(b"GET / HTTP/1.0\r\n\r\n")
}

const TO_CLIENT: &str =
    "director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 df len=40 id=0 tcp 80>40001 R seq=5001 ack=0 data=b''";

#[test]
fn direct_routing() {
    for guard in [false, true] {
        let mut lab = left_behind(DirectRoute, guard);
        let resets = [
            TO_CLIENT,
            "director>rs1 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 RA seq=1001 ack=5001 data=b''",
        ];
        lab.row(
            "its next packet",
            next(),
            &resets,
            RESET,
            &format!("{} {}", inbound("rs1", 58), calms("rs1")),
        );
        assert_eq!((lab.conn_states(), lab.expires()), (vec!["CLOSE"], 10));
        // More of the server's octets came to the client meanwhile: the first reset was none to it.
        let later = || tcp(A, VIP, "A").seq(1001, 6461);
        let resets = [TO_CLIENT.replace("5001", "6461"), resets[1].replace("5001", "6461")];
        lab.row("and each after it", later(), &resets, RESET, &inbound("rs1", 40));
        assert_eq!(lab.activity(0), (0, 1));
        lab.sleep(10);
        assert_eq!((lab.conn_states().len(), lab.activity(0)), (0, (0, 0)));
    }
}

#[test]
fn nat_from_either_side() {
    let mut lab = left_behind(Nat, false);
    let resets = [
        TO_CLIENT,
        "director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 RA seq=1001 ack=5001 data=b''",
    ];
    lab.row("the client's", next(), &resets, RESET, &format!("{} {}", inbound("rs1", 58), calms("rs1")));
    assert_eq!((lab.conn_states(), lab.expires()), (vec!["CLOSE"], 10));

    let mut lab = left_behind(Nat, false);
    let answer = tcp_reply(1, "10.9.0.11:80", A, "PA").seq(5001, 1019).payload(b"HTTP/1.0 200 OK\r\n\r\n");
    let resets = [
        "director>rs1 ip 172.16.0.5>10.9.0.11 ttl=64 tos=0 df len=40 id=0 tcp 40001>80 R seq=1019 ack=0 data=b''",
        "director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 80>40001 RA seq=5001 ack=1019 data=b''",
    ];
    lab.row("the server's", answer, &resets, RESET, &format!("{} {}", outbound("rs1", 59), calms("rs1")));
    assert_eq!((lab.conn_states(), lab.expires()), (vec!["CLOSE"], 10));
}

#[test]
fn nat_in_v6() {
    let mut lab = Lab::new();
    let servers: [Wanted; 1] = [(1, Nat, 8080, 1)];
    let (a, vip) = ("[2001:db8::5]:40001", "[fd00:9::100]:80");
    lab.service(Protocol::Tcp, vip, "rr", &servers);
    lab.send(tcp(a, vip, "S"));
    lab.send(tcp(a, vip, "A").seq(1001, 5001));
    lab.real(0).set_resets(true);
    let resets = [
        "director>gw ip6 fd00:9::100>2001:db8::5 hlim=64 tc=0 plen=20 tcp 80>40001 R seq=5001 ack=0 data=b''",
        "director>rs1 ip6 2001:db8::5>fd00:9::b hlim=63 tc=0 plen=20 tcp 40001>8080 RA seq=1001 ack=5001 data=b''",
    ];
    let next = tcp(a, vip, "PA").seq(1001, 5001).payload(b"more");
    lab.row("its next packet", next, &resets, RESET, &format!("{} {}", inbound("rs1", 64), calms("rs1")));
}

#[test]
fn tunnelling() {
    let mut lab = left_behind(Tun, false);
    let resets = [
        TO_CLIENT,
        "director>rs1 ip 10.9.0.2>10.9.0.11 ttl=63 tos=0 df len=60 | ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 RA seq=1001 ack=5001 data=b''",
    ];
    lab.row("its next packet", next(), &resets, RESET, &format!("{} {}", inbound("rs1", 58), calms("rs1")));
}

/// One end that cannot be told does not keep the other from it; and one frame has one end.
#[test]
fn who_cannot_be_told() {
    let mut lab = left_behind(DirectRoute, false);
    lab.forget(1);
    lab.row(
        "the server's MAC is not known",
        next(),
        &[TO_CLIENT],
        RESET,
        &format!("{} {}", inbound("rs1", 58), calms("rs1")),
    );
    let mut lab = left_behind(DirectRoute, false);
    lab.rewire(|network| network.routes.retain(|level| level.length == 24));
    lab.row(
        "no route to the client",
        next(),
        &["director>rs1 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 RA seq=1001 ack=5001 data=b''"],
        RESET,
        &format!("{} {}", inbound("rs1", 58), calms("rs1")),
    );
}

/// A reset ends the connection by itself, and goes on as ever.
#[test]
fn the_clients_own_reset() {
    let mut lab = left_behind(DirectRoute, false);
    lab.row(
        "RST",
        tcp(A, VIP, "R").seq(1001, 0),
        &["director>rs1 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 R seq=1001 ack=0 data=b''"],
        "frames_forwarded route",
        &format!("{} {}", inbound("rs1", 40), calms("rs1")),
    );
    assert_eq!(lab.conn_states(), ["CLOSE"]);
}

/// What says nothing of the other side's sequence is scheduled anew: there is nobody to be told.
#[test]
fn without_acknowledgement_it_begins_anew() {
    let servers: [Wanted; 2] = [(1, DirectRoute, 80, 1), (2, DirectRoute, 80, 0)];
    let mut lab = Lab::with(&servers);
    establish(&mut lab);
    lab.real(0).set_weight(0);
    lab.real(1).set_weight(1);
    lab.real(0).set_resets(true);
    lab.row(
        "SYN",
        tcp(A, VIP, "S").seq(9000, 0),
        &["director>rs2 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 S seq=9000 ack=0 data=b''"],
        "frames_forwarded route",
        &format!("{} rs1.active-1 table-1", opened("rs2", 40)).replace("table+1 ", "").replace(" table-1", ""),
    );
    assert_eq!(lab.conn_states(), ["SYN_RECV"]);

    let mut lab = Lab::new();
    lab.service(Protocol::Udp, VIP, "rr", &servers);
    lab.send(udp(A, VIP, b"?"));
    lab.real(0).set_weight(0);
    lab.real(1).set_weight(1);
    lab.real(0).set_resets(true);
    let (verdict, frames) = lab.send(udp(A, VIP, b"?"));
    assert_eq!(crate::lab::counter_of(verdict), "frames_forwarded route");
    assert!(crate::describe::describe(&frames[0]).starts_with("director>rs2 "));
    assert_eq!((lab.activity(0), lab.activity(1)), ((0, 0), (0, 1)));
}

/// Others are not concerned, and nobody is once the operator has changed his mind.
#[test]
fn nobody_else() {
    let mut lab = left_behind(DirectRoute, false);
    lab.real(0).set_resets(false);
    lab.row(
        "goes on",
        next(),
        &["director>rs1 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=58 id=77 tcp 40001>80 PA seq=1001 ack=5001 data=b'GET / HTTP/1.0\\r\\n\\r\\n'"],
        "frames_forwarded route",
        &inbound("rs1", 58),
    );
    lab.row("no service", tcp(A, "10.9.0.77:80", "A"), NOTHING, "frames_passed not_vip", "");
}
