//! What each tunable changes: the same frames with it off and on.

use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Wanted, calms, inbound, opened, opened_udp, outbound};
use crate::make::{Make, icmp, tcp, tcp_reply, udp};
use ulvs::conn::{ConnConfig, ConnTable};
use ulvs::lvs::{DefenceLevel, Protocol, Switch};

const A: &str = "172.16.0.5:40000";
const B: &str = "172.16.0.6:40000";
const VIP: &str = "10.9.0.100:80";
const ONE: &[Wanted] = &[(1, DirectRoute, 80, 1)];
const TWO: &[Wanted] = &[(1, DirectRoute, 80, 1), (2, DirectRoute, 80, 1)];
const ROUTE: &str = "frames_forwarded route";
const RESET: &str = "frames_answered reset";

/// What direct routing makes of a client's segment without data.
fn routed(server: &str, client: &str, flags: &str, seq: u32) -> String {
    let (addr, port) = client.split_once(':').unwrap();
    format!(
        "director>{server} ip {addr}>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp {port}>80 {flags} seq={seq} ack=0 data=b''"
    )
}

/// A client's segment without data.
fn segment(client: &str, flags: &str, seq: u32) -> Make {
    tcp(client, VIP, flags).seq(seq, 0)
}

/// Sends it, and says what the connection is then.
fn state_after(lab: &mut Lab, given: Make) -> (String, u32) {
    lab.send(given);
    let line = lab.connections().remove(0);
    (line.split(' ').nth(1).unwrap().to_owned(), lab.expires())
}

/// Linux 6.1: every third packet that would open a connection, the first at once; known connections, segments that open
/// none and packets to no service do not count; those of client port 20 do.
#[test]
fn drop_packet_refuses_every_so_many_th() {
    let mut lab = Lab::with(ONE);
    let client = |n: u16| format!("172.16.1.1:{}", 20_000 + n);
    let routes = |lab: &mut Lab, n: u16| {
        let client = client(n);
        lab.row(
            "passes",
            tcp(&client, VIP, "S"),
            &[routed("rs1", &client, "S", 1000)],
            ROUTE,
            &opened("rs1", 40),
        );
    };
    let refused = |lab: &mut Lab, n: u16| {
        lab.row("refused", tcp(&client(n), VIP, "S"), NOTHING, "frames_dropped defence", "");
    };
    for n in 0..5 {
        routes(&mut lab, n);
    }
    lab.view.drop_packet = lab.view.drop_packet.at_rate(3);
    for round in 0..3 {
        refused(&mut lab, 100 + 10 * round);
        routes(&mut lab, 101 + 10 * round);
        routes(&mut lab, 102 + 10 * round);
    }
    for _ in 0..5 {
        let known = client(1);
        lab.row(
            "a known one",
            segment(&known, "A", 1001),
            &[routed("rs1", &known, "A", 1001)],
            ROUTE,
            &inbound("rs1", 40),
        );
        let (verdict, _) = lab.send(segment(&client(999), "A", 7));
        assert_eq!(crate::lab::counter_of(verdict), RESET, "of no connection");
        let (verdict, _) = lab.send(tcp(A, "10.9.0.100:99", "S"));
        assert_eq!(crate::lab::counter_of(verdict), RESET, "to no service");
    }
    refused(&mut lab, 200);
    for _ in 0..2 {
        let (verdict, _) = lab.send(tcp("172.16.1.1:20", VIP, "S"));
        assert_eq!(crate::lab::counter_of(verdict), RESET, "FTP's data port");
    }
    refused(&mut lab, 201);
    lab.view.drop_packet = lab.view.drop_packet.at_rate(0);
    for n in 300..306 {
        routes(&mut lab, n);
    }
}

/// Linux 6.1: the refusal comes before the question who could serve.
#[test]
fn drop_packet_before_port_unreachable() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 0)]);
    lab.view.drop_packet = lab.view.drop_packet.at_rate(2);
    lab.row("refused", tcp(A, VIP, "S"), NOTHING, "frames_dropped defence", "");
    let (verdict, _) = lab.send(tcp(A, VIP, "S"));
    assert_eq!(crate::lab::counter_of(verdict), "frames_answered port_unreachable");
}

#[test]
fn drop_packet_counts_datagrams() {
    let mut lab = Lab::new();
    lab.service(Protocol::Udp, "10.9.0.100:53", "rr", &[(1, DirectRoute, 53, 1)]);
    lab.view.drop_packet = lab.view.drop_packet.at_rate(2);
    let query = |client: &str| udp(client, "10.9.0.100:53", b"q");
    lab.row("the first", query(A), NOTHING, "frames_dropped defence", "");
    let (verdict, _) = lab.send(query(A));
    assert_eq!(crate::lab::counter_of(verdict), ROUTE);
    lab.row("the third", query(B), NOTHING, "frames_dropped defence", "");
    let (verdict, _) = lab.send(query(A));
    assert_eq!(crate::lab::counter_of(verdict), ROUTE, "known");
    assert_eq!(lab.real(0).total(), 1, "{}", opened_udp("rs1", 29));
}

/// Linux 6.1: whatever is no reset opens, with what the state table makes of it.
#[test]
fn sloppy_tcp() {
    for (flags, sloppy_state) in [
        ("A", Some("ESTABLISHED")),
        ("PA", Some("ESTABLISHED")),
        ("FA", Some("CLOSE")),
        ("", Some("CLOSE")),
        ("R", None),
        ("RA", None),
        ("SR", None),
    ] {
        for is_sloppy in [false, true] {
            let mut lab = Lab::with(ONE);
            lab.view.tunables.sloppy_tcp = Switch::from(is_sloppy);
            let (verdict, _) = lab.send(tcp(A, VIP, flags));
            let opens = is_sloppy && sloppy_state.is_some();
            assert_eq!(crate::lab::counter_of(verdict) == ROUTE, opens, "{flags}");
            let state = sloppy_state.filter(|_| is_sloppy);
            let line = state.map(|state| format!("TCP {state} 172.16.0.5:40000 10.9.0.100:80 10.9.0.11:80"));
            assert_eq!(lab.connections(), line.into_iter().collect::<Vec<_>>(), "{flags}");
        }
    }
}

/// Linux 6.1, by direct routing: a SYN leads to SYNACK.
#[test]
fn secure_tcp_one_sided() {
    for (level, states) in [
        (DefenceLevel::Off, ["SYN_RECV", "ESTABLISHED", "FIN_WAIT", "SYN_RECV", "ESTABLISHED"]),
        (DefenceLevel::Ready, ["SYN_RECV", "ESTABLISHED", "FIN_WAIT", "SYN_RECV", "ESTABLISHED"]),
        (DefenceLevel::Engaged, ["SYNACK", "ESTABLISHED", "FIN_WAIT", "SYNACK", "ESTABLISHED"]),
        (DefenceLevel::Always, ["SYNACK", "ESTABLISHED", "FIN_WAIT", "SYNACK", "ESTABLISHED"]),
    ] {
        let mut lab = Lab::with(ONE);
        lab.view.tunables.secure_tcp = level;
        let packets = [("S", 1000), ("A", 1001), ("FA", 1001), ("S", 9000), ("A", 9001)];
        for ((flags, seq), state) in packets.into_iter().zip(states) {
            assert_eq!(state_after(&mut lab, segment(A, flags, seq)).0, state, "{level:?} {flags}");
        }
    }
}

/// Linux 6.1, by NAT: only the real server's own segment after its SYN+ACK establishes.
#[test]
fn secure_tcp_two_sided() {
    let mut lab = Lab::with(&[(1, Nat, 80, 1)]);
    lab.view.tunables.secure_tcp = DefenceLevel::Always;
    let reply = |flags: &str| tcp_reply(1, "10.9.0.11:80", A, flags);
    assert_eq!(state_after(&mut lab, segment(A, "S", 1000)), ("SYN_RECV".into(), 60));
    assert_eq!(state_after(&mut lab, reply("SA")), ("SYNACK".into(), 120));
    assert_eq!(state_after(&mut lab, segment(A, "A", 1001)), ("SYNACK".into(), 120), "the client's word");
    assert_eq!(state_after(&mut lab, reply("A")), ("ESTABLISHED".into(), 900));
    lab.view.tunables.secure_tcp = DefenceLevel::Off;
    assert_eq!(state_after(&mut lab, segment(A, "FA", 1001)).0, "CLOSE_WAIT");
}

/// Linux 6.1, records of a SYN on an old connection under each mode.
#[test]
fn conn_reuse_mode() {
    for (mode, after_reset, after_fin) in [
        (0, "rs2", "rs2"),
        (1, "rs1", "rs2"),
        (2, "rs1", "rs1"),
        (3, "rs1", "rs1"),
        (4, "rs1", "rs2"),
        (-1, "rs1", "rs1"),
    ] {
        for (end, server, state) in [("R", after_reset, "CLOSE"), ("FA", after_fin, "FIN_WAIT")] {
            let mut lab = Lab::with(TWO);
            lab.view.tunables.conn_reuse_mode = mode;
            for (flags, seq) in [("S", 1000), ("A", 1001), (end, 1001)] {
                lab.send(segment(A, flags, seq));
            }
            assert_eq!(lab.connections(), [format!("TCP {state} {A} {VIP} 10.9.0.12:80")]);
            let anew = server == "rs1";
            let moved = if anew {
                format!("{} rs2.inactive-1 table-1", opened("rs1", 40))
            } else {
                format!("{} rs2.active+1 rs2.inactive-1", inbound("rs2", 40))
            };
            lab.row(
                &format!("mode {mode} after {end}"),
                segment(A, "S", 9000),
                &[routed(server, A, "S", 9000)],
                ROUTE,
                &moved,
            );
        }
        let mut lab = Lab::with(TWO);
        lab.view.tunables.conn_reuse_mode = mode;
        lab.send(segment(A, "S", 1000));
        lab.send(segment(A, "A", 1001));
        lab.row(
            "never while it lives",
            segment(A, "S", 9000),
            &[routed("rs2", A, "S", 9000)],
            ROUTE,
            &inbound("rs2", 40),
        );
    }
}

/// Bit 2 is for connections of which only the client is seen.
#[test]
fn conn_reuse_mode_by_nat() {
    for mode in [1, 2] {
        let mut lab = Lab::with(&[(1, Nat, 80, 1), (2, Nat, 80, 1)]);
        lab.view.tunables.conn_reuse_mode = mode;
        lab.send(segment(A, "S", 1000));
        for flags in ["SA", "FA"] {
            lab.send(tcp_reply(2, "10.9.0.12:80", A, flags));
            lab.send(segment(A, "A", 1001));
        }
        assert_eq!(lab.connections(), [format!("TCP FIN_WAIT {A} {VIP} 10.9.0.12:80")]);
        lab.send(segment(A, "S", 9000));
        assert_eq!(lab.connections(), [format!("TCP SYN_RECV {A} {VIP} 10.9.0.12:80")], "mode {mode}");
    }
}

/// Linux 6.1: a deleted real server's connection ends at its next packet, which is judged as if there had been none.
#[test]
fn expire_nodest_conn_at_the_next_packet() {
    let mut lab = Lab::with(TWO);
    lab.view.tunables.expire_nodest_conn = Switch::from(true);
    for client in [A, B] {
        // rr: A to rs2, B to rs1; and the third to rs2 again.
        lab.send(segment(client, "S", 1000));
    }
    let c = "172.16.0.7:40000";
    lab.send(segment(c, "S", 1000));
    lab.delete(1);
    lab.row(
        "an ACK opens nothing",
        segment(A, "A", 1001),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 df len=40 id=0 tcp 80>40000 R seq=0 ack=0 data=b''"],
        RESET,
        "rs2.active-1 table-1 connections_ended{cause=\"server_gone\"}+1",
    );
    lab.row(
        "of another server",
        segment(B, "A", 1001),
        &[routed("rs1", B, "A", 1001)],
        ROUTE,
        &inbound("rs1", 40),
    );
    let moved =
        format!("{} rs2.active-1 table-1 connections_ended{{cause=\"server_gone\"}}+1", opened("rs1", 40));
    lab.row(
        "a SYN goes to who is left",
        segment(c, "S", 5000),
        &[routed("rs1", c, "S", 5000)],
        ROUTE,
        &moved,
    );
    assert!(!lab.real(1).is_referenced());
}

/// Linux 6.1: with weight 0 only a SYN starts anew.
#[test]
fn expire_nodest_conn_at_weight_0() {
    for is_on in [false, true] {
        let mut lab = Lab::with(TWO);
        lab.view.tunables.expire_nodest_conn = Switch::from(is_on);
        lab.send(segment(A, "S", 1000));
        lab.send(segment(A, "A", 1001));
        lab.real(1).set_weight(0);
        lab.row(
            "it goes on",
            segment(A, "A", 1001),
            &[routed("rs2", A, "A", 1001)],
            ROUTE,
            &inbound("rs2", 40),
        );
        let (server, moved) = if is_on {
            ("rs1", format!("{} rs2.active-1 table-1", opened("rs1", 40)))
        } else {
            ("rs2", inbound("rs2", 40))
        };
        lab.row("SYN", segment(A, "S", 5000), &[routed(server, A, "S", 5000)], ROUTE, &moved);
    }
}

/// One blind segment of each kind that ends a connection, by direct routing and by NAT.
#[test]
fn reset_guard() {
    for (method, verdict) in [(DirectRoute, ROUTE), (Nat, "frames_forwarded masq")] {
        for (flags, ends_as, seconds) in
            [("R", "CLOSE", 10), ("RA", "CLOSE", 10), ("", "CLOSE", 10), ("FA", "", 0)]
        {
            for is_on in [false, true] {
                let mut lab = Lab::with(&[(1, method, 80, 1)]);
                lab.view.tunables.reset_guard = Switch::from(is_on);
                lab.send(segment(A, "S", 1000));
                if method == Nat {
                    lab.send(tcp_reply(1, "10.9.0.11:80", A, "SA"));
                }
                lab.send(segment(A, "A", 1001));
                lab.sleep(30);
                let before = lab.counters();
                let (got, frames) = lab.send(segment(A, flags, 3_000_000_000));
                assert_eq!(
                    (crate::lab::counter_of(got).as_str(), frames.len()),
                    (verdict, 1),
                    "forwarded as ever"
                );
                let moved = crate::lab::moves(&before, &lab.counters());
                assert_eq!((moved["rs1.in_pkts"], moved["rs1.in_bytes"]), (1, 40), "and counted");
                if is_on {
                    assert_eq!(moved["segments_doubted"], 1);
                    assert_eq!(moved.len(), 5, "{moved:?}");
                    assert_eq!(
                        (lab.activity(0), lab.expires()),
                        ((1, 0), 870),
                        "{flags}: neither ended nor renewed"
                    );
                } else {
                    assert_eq!(lab.activity(0), (0, 1), "{flags}: ended");
                }
                let (ends_as, seconds) = match (flags, method) {
                    ("FA", Nat) => ("CLOSE_WAIT", 60),
                    ("FA", _) => ("FIN_WAIT", 120),
                    _ => (ends_as, seconds),
                };
                let client = state_after(&mut lab, segment(A, flags, 1001));
                if is_on {
                    assert_eq!(
                        client,
                        (ends_as.to_owned(), seconds),
                        "{flags}: the client itself is believed"
                    );
                }
            }
        }
    }
}

/// What a real server says is believed: its network is not the attacker's.
#[test]
fn reset_guard_believes_real_servers() {
    let mut lab = Lab::with(&[(1, Nat, 80, 1)]);
    lab.send(segment(A, "S", 1000));
    lab.send(tcp_reply(1, "10.9.0.11:80", A, "SA"));
    lab.send(segment(A, "A", 1001));
    lab.row(
        "a reset of the real server",
        tcp_reply(1, "10.9.0.11:80", A, "R"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 80>40000 R seq=5000 ack=1001 data=b''"],
        "frames_forwarded masq_reply",
        &format!("{} {}", outbound("rs1", 40), calms("rs1")),
    );
    assert_eq!(lab.expires(), 10);
}

/// Linux 6.1, record nat_icmp: what a NAT real server says from its port without being asked.
#[test]
fn nat_icmp_send() {
    let real = "10.9.0.11:80";
    for is_on in [false, true] {
        let mut lab = Lab::with(&[(1, Nat, 80, 1), (2, Nat, 80, 0)]);
        lab.rewire(|network| network.forwarding = (true, true));
        if is_on {
            lab.view.nat_servers = lab.view.nat_sources.clone();
        }
        lab.view.tunables.nat_icmp_send = Switch::from(is_on);
        let relayed = |flags: &str| {
            format!(
                "director>gw ip 10.9.0.11>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 80>40000 {flags} seq=5000 ack=1001 data=b''"
            )
        };
        for flags in ["A", "S", "SA", "FA"] {
            let told = format!(
                "director>rs1 ip 10.9.0.2>10.9.0.11 ttl=64 tos=192 - len=68 icmp type=3 code=3 [ip 10.9.0.11>172.16.0.5 ttl=63 tos=0 df len=40 tcp 80>40000 {flags} seq=5000 ack=1001 data=b'']"
            );
            let (out, verdict) = if is_on {
                (told, "frames_answered port_unreachable")
            } else {
                (relayed(flags), "frames_forwarded relay")
            };
            lab.row(flags, tcp_reply(1, real, A, flags), &[out], verdict, "");
        }
        for flags in ["R", "RA"] {
            lab.row("a reset", tcp_reply(1, real, A, flags), &[relayed(flags)], "frames_forwarded relay", "");
        }
        let given = Make { ttl: 1, ..tcp_reply(1, real, A, "A") };
        let (verdict, _) = lab.send(given);
        assert_eq!(crate::lab::counter_of(verdict), "frames_answered time_exceeded");
        let (verdict, _) = lab.send(tcp_reply(2, "10.9.0.12:80", A, "A"));
        let weight_0 = if is_on { "frames_answered port_unreachable" } else { "frames_forwarded relay" };
        assert_eq!(crate::lab::counter_of(verdict), weight_0);
        lab.send(segment(A, "S", 1000));
        let (verdict, _) = lab.send(tcp_reply(1, real, A, "SA"));
        assert_eq!(crate::lab::counter_of(verdict), "frames_forwarded masq_reply", "an answer is an answer");
        lab.rewire(|network| network.forwarding = (false, false));
        let (verdict, _) = lab.send(tcp_reply(1, real, B, "A"));
        assert_eq!(
            crate::lab::counter_of(verdict),
            "frames_passed no_connection",
            "a host that is no router"
        );
    }
}

/// An ICMP error about a reply of the VIP to a client.
fn about_reply(client: &str, from: &str) -> Make {
    let reply = Make { ttl: 60, df: false, ..tcp(from, client, "A") };
    let quote: Vec<u8> = reply.frame().bytes[14..].iter().copied().take(28).collect();
    icmp("192.0.2.1", "10.9.0.100", 3, 1, [0; 4], &quote)
}

/// Linux 6.1, records sicmp_g and sicmp_m.
#[test]
fn schedule_icmp() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 1), (2, Nat, 80, 1)]);
    lab.row("off", about_reply(A, VIP), NOTHING, "frames_dropped icmp", "");
    lab.view.tunables.schedule_icmp = Switch::from(true);
    let new = |server: &str| {
        format!("{server}.conns+1 {server}.inactive+1 table+1 {server}.in_pkts+1 {server}.in_bytes+56")
    };
    let out = "director>rs2 ip 192.0.2.1>10.9.0.12 ttl=63 tos=0 - len=56 icmp type=3 code=1 [ip 10.9.0.12>172.16.0.5 ttl=60 tos=0 - len=40 ports 80>40000]";
    lab.row("on", about_reply(A, VIP), &[out], "frames_forwarded masq", &new("rs2"));
    assert_eq!(lab.connections(), [format!("TCP NONE {A} {VIP} 10.9.0.12:80")]);
    assert_eq!(lab.expires(), 3);
    lab.row("again", about_reply(A, VIP), &[out], "frames_forwarded masq", "rs2.in_pkts+1 rs2.in_bytes+56");
    let routed = "director>rs1 ip 192.0.2.1>10.9.0.100 ttl=63 tos=0 - len=56 icmp type=3 code=1 [ip 10.9.0.100>172.16.0.6 ttl=60 tos=0 - len=40 ports 80>40000]";
    lab.row("another client", about_reply(B, VIP), &[routed], ROUTE, &new("rs1"));
    let bad = about_reply(B, VIP).frame().edit(|bytes| bytes[36] ^= 1);
    lab.row("with a wrong checksum", bad, NOTHING, "frames_dropped bad_checksum", "");
    lab.row("no service", about_reply(B, "10.9.0.100:99"), NOTHING, "frames_dropped icmp", "");
    lab.row("FTP's data port", about_reply("172.16.0.6:20", VIP), NOTHING, "frames_dropped icmp", "");
    lab.view.drop_packet = lab.view.drop_packet.at_rate(1);
    lab.row("defence", about_reply("172.16.0.7:1", VIP), NOTHING, "frames_dropped defence", "");
    lab.view.drop_packet = lab.view.drop_packet.at_rate(0);
    lab.real(0).set_weight(0);
    lab.real(1).set_weight(0);
    lab.row("no server", about_reply("172.16.0.7:1", VIP), NOTHING, "frames_dropped no_answer_due", "");
    lab.sleep(4);
    assert!(lab.conns.is_empty(), "an error starts no life");
}

/// dh chooses by the packet's destination. What an ICMP error quotes is a reply: there the destination is the client.
#[test]
fn schedule_icmp_sees_the_client_as_destination() {
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, VIP, "dh", &[1, 2, 3].map(|i| (i, DirectRoute, 80, 1)));
    lab.view.tunables.schedule_icmp = Switch::from(true);
    let mut chosen = |given: fn(&str) -> crate::make::Given, port: u16| {
        let clients = (1..=9).map(|i| format!("172.16.0.{i}:{port}"));
        let servers = clients.map(|client| lab.send(given(&client)).1[0].bytes[5]);
        servers.collect::<std::collections::BTreeSet<u8>>().len()
    };
    assert_eq!(chosen(|client| tcp(client, VIP, "S").frame(), 1000), 1, "one VIP, one server");
    assert_eq!(chosen(|client| about_reply(client, VIP).frame(), 2000), 3, "nine clients, all servers");
}

/// The table is full of handshakes that nobody finishes: one of those goes, and the newcomer is served.
#[test]
fn a_full_table_makes_room() {
    let mut lab = Lab::with(ONE);
    lab.conns =
        ConnTable::new(ConnConfig { shards: 1, capacity: 256, seed: Some(1), ..ConnConfig::default() })
            .unwrap();
    for port in 0..256 {
        lab.send(segment(&format!("172.16.9.9:{}", 1000 + port), "S", 1000));
    }
    let moved =
        format!("{} table-1 rs1.active-1 connections_ended{{cause=\"table_full\"}}+1", opened("rs1", 40));
    lab.row("a newcomer", segment(A, "S", 1000), &[routed("rs1", A, "S", 1000)], ROUTE, &moved);
    lab.sleep(30);
    for port in 0..256 {
        lab.send(segment(&format!("172.16.9.9:{}", 1000 + port), "A", 1001));
    }
    lab.send(segment(A, "A", 1001));
    lab.row("all are alive", segment(B, "S", 1000), NOTHING, "frames_dropped table_full", "");
}

/// Linux 6.1: IPVS forwards what has a type 0 routing header.
#[test]
fn drop_routing_zero() {
    let (client, vip) = ("[2001:db8::5]:40000", "[fd00:9::100]:80");
    // Behind the IPv6 header: type 0, one address of one left to visit.
    let given = tcp(client, vip, "S").frame().edit(|bytes| {
        let mut header = vec![6, 2, 0, 1, 0, 0, 0, 0];
        header.extend_from_slice(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]);
        bytes[14 + 6] = 43;
        bytes[14 + 5] += 24;
        bytes.splice(54..54, header);
    });
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, vip, "rr", ONE);
    lab.row("on", given.clone(), NOTHING, "frames_dropped ipv6_routing_zero", "");
    lab.view.tunables.drop_routing_zero = Switch::from(false);
    let out = "director>rs1 ip6 2001:db8::5>fd00:9::100 hlim=63 tc=0 plen=44 tcp 40000>80 S seq=1000 ack=0 data=b''";
    lab.row("off", given, &[out], ROUTE, &opened("rs1", 84));
}
