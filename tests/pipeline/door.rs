//! Real servers and clients on the director's own host: what passes its door.

use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Tun, Wanted, inbound, opened, outbound};
use crate::make::{Given, Make, tcp, tcp_reply};
use std::sync::Arc;
use ulvs::frame::PacketType;
use ulvs::lvs::{Endpoint, ForwardingMethod, Mac, PortId, Protocol, RealServerSpec, Switch};
use ulvs::service::{Door, Link, RealServer};

const A: &str = "172.16.0.5:40001";
const VIP: &str = "10.9.0.100:80";
const HOST_END: Mac = Mac([2, 0, 0, 0, 2, 2]);
const DOOR: Door = Door { port: PortId(1), mac: HOST_END, mtu: 65535 };

/// The host's stack has its end of the door.
pub(super) fn open_door(lab: &mut Lab) {
    lab.view.network.links.truncate(1);
    lab.view.network.links.push(Some(Link {
        port: DOOR.port,
        mac: Mac([2, 0, 0, 0, 2, 1]),
        mtu: DOOR.mtu,
        running: true,
        addresses: Vec::new(),
    }));
    lab.rewire(|network| network.door = Some(DOOR));
}

/// A lab whose real server 1 is on the director's host, with the door open.
fn at_home(method: ForwardingMethod) -> Lab {
    let servers: [Wanted; 1] = [(1, method, 8080, 1)];
    let mut lab = Lab::with(&servers);
    lab.view.network.host_addresses.insert("10.9.0.11".parse().unwrap());
    open_door(&mut lab);
    lab
}

/// As the host sends it: by its end of the door, to nobody's MAC.
pub(super) fn by_the_door(make: Make) -> Given {
    let mut given = Make { from_mac: HOST_END, to_mac: HOST_END, ..make }.frame();
    given.meta.port = DOOR.port;
    given.meta.packet_type = PacketType::OtherHost;
    given
}

/// The host's stack gets the packet with its own address, and no hop is counted: it is no router for itself.
#[test]
fn nat_to_the_host_and_back() {
    for ttl in [64, 1] {
        let mut lab = at_home(Nat);
        lab.row(
            "in",
            Make { ttl, ..tcp(A, VIP, "S") },
            &[format!("02:00:00:00:02:01>02:00:00:00:02:02 ip 172.16.0.5>10.9.0.11 ttl={ttl} tos=0 df len=40 id=77 tcp 40001>8080 S seq=1000 ack=0 data=b''")],
            "frames_forwarded masq",
            &opened("rs1", 40),
        );
        lab.row(
            "back",
            by_the_door(Make { ttl, ..tcp_reply(1, "10.9.0.11:8080", A, "SA") }),
            &[format!("director>gw ip 10.9.0.100>172.16.0.5 ttl={ttl} tos=0 df len=40 id=99 tcp 80>40001 SA seq=5000 ack=1001 data=b''")],
            "frames_forwarded masq_reply",
            &outbound("rs1", 40),
        );
        assert_eq!(lab.conn_states(), ["SYN_RECV"]);
        lab.send(by_the_door(Make { ttl, ..tcp_reply(1, "10.9.0.11:8080", A, "FA") }));
        assert_eq!(lab.conn_states(), ["TIME_WAIT"], "the state is stepped whatever the TTL");
    }
}

/// What the host sends there that belongs to no connection goes where the host sent it, whether the host forwards or not.
#[test]
fn strays_of_the_host_go_on() {
    let mut lab = at_home(Nat);
    lab.row(
        "to somebody else",
        by_the_door(tcp_reply(1, "10.9.0.11:8080", "172.16.0.9:5", "SA")),
        &["director>gw ip 10.9.0.11>172.16.0.9 ttl=64 tos=0 df len=40 id=99 tcp 8080>5 SA seq=5000 ack=1001 data=b''"],
        "frames_forwarded relay",
        "",
    );
}

/// Any method but NAT gives the packet to the host as it came, if the host has the VIP.
#[test]
fn other_methods_hand_it_over() {
    for method in [DirectRoute, Tun, ForwardingMethod::Local] {
        let mut lab = at_home(method);
        lab.row("no VIP", tcp(A, VIP, "S"), NOTHING, "frames_dropped vip_not_on_host", &opened("rs1", 40));
        lab.vip_on_host("10.9.0.100");
        lab.row(
            "handed over",
            Make { ttl: 1, ..tcp(A, VIP, "A") },
            &["02:00:00:00:02:01>02:00:00:00:02:02 ip 172.16.0.5>10.9.0.100 ttl=1 tos=0 df len=40 id=77 tcp 40001>80 A seq=1000 ack=0 data=b''"],
            "frames_forwarded local",
            &inbound("rs1", 40),
        );
    }
}

/// A client on the host: its own address is no martian at the door, and is one everywhere else.
#[test]
fn a_client_at_home() {
    let mut lab = at_home(Nat);
    let servers: [Wanted; 1] = [(2, Nat, 80, 1)];
    lab.service(Protocol::Tcp, "10.9.0.101:80", "rr", &servers);
    lab.view.claimed.insert("10.9.0.101".parse().unwrap());
    let request = || tcp("10.9.0.2:5000", "10.9.0.101:80", "S");
    lab.row("from the wire", request(), NOTHING, "frames_dropped martian_source", "");
    lab.row(
        "by the door",
        by_the_door(request()),
        &["director>rs2 ip 10.9.0.2>10.9.0.12 ttl=63 tos=0 df len=40 id=77 tcp 5000>80 S seq=1000 ack=0 data=b''"],
        "frames_forwarded masq",
        &opened("rs2", 40),
    );
    lab.row(
        "the answer goes to the host",
        tcp_reply(2, "10.9.0.12:80", "10.9.0.2:5000", "SA"),
        &["02:00:00:00:02:01>02:00:00:00:02:02 ip 10.9.0.101>10.9.0.2 ttl=63 tos=0 df len=40 id=99 tcp 80>5000 SA seq=5000 ack=1001 data=b''"],
        "frames_forwarded masq_reply",
        &outbound("rs2", 40),
    );
    let stray = || tcp_reply(2, "10.9.0.12:80", "10.9.0.2:6000", "SA");
    lab.row("a stray, while the host sees it itself", stray(), NOTHING, "frames_passed no_connection", "");
    lab.view.tunables.local_clients = Switch::from(true);
    lab.row(
        "a stray that only the director sees",
        stray(),
        &["02:00:00:00:02:01>02:00:00:00:02:02 ip 10.9.0.12>10.9.0.2 ttl=64 tos=0 df len=40 id=99 tcp 80>6000 SA seq=5000 ack=1001 data=b''"],
        "frames_forwarded relay",
        "",
    );
}

/// No host takes a packet to 127.0.0.1 from outside, and the kernel's IPVS sends none.
#[test]
fn nat_to_a_loopback_address() {
    let mut lab = at_home(Nat);
    let loopback = Endpoint::new("127.0.0.1".parse().unwrap(), 8080);
    let id = lab.real(0).id;
    let spec = RealServerSpec { method: Nat, ..RealServerSpec::new(loopback) };
    lab.view.servers[0].as_mut().unwrap().real = Arc::new(RealServer::new(id, &spec));
    let (verdict, frames) = lab.send(tcp(A, VIP, "S"));
    assert_eq!(crate::lab::counter_of(verdict), "frames_dropped loopback");
    assert!(frames.is_empty());
}
