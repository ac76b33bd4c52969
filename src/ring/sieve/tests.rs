#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use etherparse::PacketBuilder;

/// An odd number, as the key must be.
const KEY: u64 = 0x9e37_79b9_7f4a_7c15;
/// To the loopback interface's own MAC address: that is where a program in a test stands.
const MAC: [u8; 6] = [0; 6];
const CLIENTS: [&str; 2] = ["192.0.2.9", "2001:db8::9"];
const OTHERS: [&str; 2] = ["192.0.2.77", "2001:db8::77"];
const VIPS: [&str; 2] = ["10.0.0.100", "fd00::100"];
const SERVERS: [&str; 2] = ["10.0.0.11", "fd00::11"];
const TCP: u8 = 6;
const UDP: u8 = 17;

/// `None`, loudly, where programs may not be loaded: an ordinary user's tests.
fn sieve() -> Option<Sieve> {
    let duties = Duties { filter: true, deal: true, shed: true };
    // A program in a test sees a packet from its IP header on.
    match Sieve::load_with(duties, 2, 0, KEY) {
        Ok(sieve) => Some(sieve),
        Err(BpfError::NotPermitted { .. }) => {
            eprintln!("LEFT OUT: the socket filter is not tested, for it may not be loaded (run as root)");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn concern() -> Concern {
    Concern { vips: VIPS.map(addr).into(), servers: SERVERS.map(addr).into(), everything: false }
}

fn packet(protocol: u8, from: (&str, u16), to: (&str, u16)) -> Vec<u8> {
    let ethernet = PacketBuilder::ethernet2([2; 6], MAC);
    let ip = match (addr(from.0), addr(to.0)) {
        (IpAddr::V4(from), IpAddr::V4(to)) => ethernet.ipv4(from.octets(), to.octets(), 64),
        (IpAddr::V6(from), IpAddr::V6(to)) => ethernet.ipv6(from.octets(), to.octets(), 64),
        _ => panic!("two families"),
    };
    let mut frame = Vec::new();
    if protocol == TCP {
        ip.tcp(from.1, to.1, 1, 100).write(&mut frame, b"data").unwrap();
    } else {
        ip.udp(from.1, to.1).write(&mut frame, b"data").unwrap();
    }
    frame
}

fn changed(frame: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    frame[at..at + bytes.len()].copy_from_slice(bytes);
    frame
}

impl Sieve {
    fn takes(&self, frame: &[u8]) -> bool {
        self.takes_for(0, frame)
    }

    /// Whether one of the workers is given it.
    fn takes_for(&self, worker: usize, frame: &[u8]) -> bool {
        self.filters[worker].verdict(frame).unwrap() != 0
    }

    fn turn(&self, frame: &[u8]) -> u32 {
        self.deal.as_ref().unwrap().verdict(frame).unwrap()
    }
}

#[test]
fn what_does_not_concern_the_director_is_refused_and_counted() {
    let Some(mut sieve) = sieve() else { return };
    let foreign = |family: usize| packet(UDP, (CLIENTS[family], 4000), (OTHERS[family], 53));
    assert!(sieve.takes(&foreign(0)) && sieve.takes(&foreign(1)), "nobody has said yet what concerns it");
    sieve.narrow(&concern()).unwrap();
    assert_eq!(sieve.refused().unwrap(), 0);
    for family in [0, 1] {
        let (client, other) = (CLIENTS[family], OTHERS[family]);
        let (vip, server) = (VIPS[family], SERVERS[family]);
        for protocol in [TCP, UDP] {
            let before = sieve.refused().unwrap();
            assert!(!sieve.takes(&packet(protocol, (client, 4000), (other, 53))));
            assert!(!sieve.takes(&packet(protocol, (client, 4000), (server, 53))), "to a server, by itself");
            assert_eq!(sieve.refused().unwrap(), before + 2);
            assert!(sieve.takes(&packet(protocol, (client, 4000), (vip, 53))), "a request");
            assert!(sieve.takes(&packet(protocol, (server, 53), (client, 4000))), "a reply");
            assert!(sieve.takes(&packet(protocol, (vip, 53), (client, 4000))), "a direct reply");
            assert_eq!(sieve.refused().unwrap(), before + 2);
        }
    }
}

#[test]
fn in_doubt_a_frame_is_taken() {
    let Some(mut sieve) = sieve() else { return };
    sieve.narrow(&concern()).unwrap();
    let v4 = packet(UDP, (CLIENTS[0], 4000), (OTHERS[0], 53));
    let v6 = packet(UDP, (CLIENTS[1], 4000), (OTHERS[1], 53));
    for (what, is_taken, frame) in [
        ("plain", false, v4.clone()),
        ("plain, IPv6", false, v6.clone()),
        ("ARP", true, changed(&v4, 12, &[8, 6])),
        ("no IP", true, changed(&v4, 12, &[0x88, 0xcc])),
        ("a tag", true, changed(&v4, 12, &[0x81, 0])),
        ("ICMP", true, changed(&v4, 23, &[1])),
        ("SCTP", false, changed(&v4, 23, &[132])),
        ("GRE", false, changed(&v4, 23, &[47])),
        ("a fragment", false, changed(&v4, 20, &[0x20, 0])),
        ("IPv4 options", false, changed(&v4, 14, &[0x46])),
        ("ICMPv6", true, changed(&v6, 20, &[58])),
        ("hop-by-hop options", true, changed(&v6, 20, &[0])),
        ("a fragment, IPv6", true, changed(&v6, 20, &[44])),
        ("SCTP, IPv6", false, changed(&v6, 20, &[132])),
    ] {
        assert_eq!(sieve.takes(&frame), is_taken, "{what}");
    }
    // One cut in its header cannot be tried so: the system test `accounting` counts what becomes of those.
    for (frame, header) in [(&v4, 34), (&v6, 54)] {
        assert!(!sieve.takes(&frame[..header]), "a header and nothing behind it");
    }
    // To another machine's MAC address, whatever it is.
    let to_vip = packet(UDP, (CLIENTS[0], 4000), (VIPS[0], 53));
    assert!(sieve.takes(&to_vip) && !sieve.takes(&changed(&to_vip, 0, &[2, 0, 0, 0, 0, 5])));
    sieve.widen(&Concern { everything: true, ..concern() }).unwrap();
    assert!(sieve.takes(&v4) && sieve.takes(&v6), "everything is wanted");
    assert!(!sieve.takes(&changed(&to_vip, 0, &[2, 0, 0, 0, 0, 5])));
    sieve.narrow(&concern()).unwrap();
    assert!(!sieve.takes(&v4));
}

/// A TCP segment with these flags.
fn segment(family: usize, flags: u8) -> Vec<u8> {
    let frame = packet(TCP, (CLIENTS[family], 4000), (VIPS[family], 80));
    let header = if family == 0 { 34 } else { 54 };
    changed(&frame, header + 13, &[flags])
}

const SYN: u8 = 0x02;

#[test]
fn a_valve_sheds_connection_requests_to_a_vip_and_nothing_else() {
    let Some(mut sieve) = sieve() else { return };
    sieve.narrow(&concern()).unwrap();
    let valve = sieve.valve(0).unwrap();
    for family in [0, 1] {
        let syn = segment(family, SYN);
        assert!(sieve.takes(&syn), "while it is open");
        valve.shed(Valve::MOST);
        let before = sieve.shed().unwrap();
        assert!(!sieve.takes(&syn));
        assert!(!sieve.takes(&segment(family, SYN | 0xc0)), "one that can do ECN");
        assert_eq!(sieve.shed().unwrap(), before + 2);
        assert!(sieve.takes_for(1, &syn), "another worker's has its own valve");
        for flags in [0x10, 0x12, 0x14, 0x18, 0x01, 0x04, 0] {
            assert!(sieve.takes(&segment(family, flags)), "flags {flags:#x}");
        }
        let header = if family == 0 { 34 } else { 54 };
        // A datagram whose bytes look like a SYN where TCP has its flags.
        let mut udp = packet(UDP, (CLIENTS[family], 4000), (VIPS[family], 80));
        udp.extend([SYN; 20]);
        assert!(sieve.takes(&udp));
        // A server that calls out by its address, and what is foreign.
        let reply = packet(TCP, (SERVERS[family], 80), (CLIENTS[family], 4000));
        assert!(sieve.takes(&changed(&reply, header + 13, &[SYN])), "from a real server");
        assert_eq!(sieve.shed().unwrap(), before + 2);
        // Cut before its flags: the director says what is wrong with it. (The kernel pads no frame in a test.)
        assert!(sieve.takes(&syn[..header + 13]));
        assert!(!sieve.takes(&syn[..=header + 13]));
        assert_eq!(sieve.shed().unwrap(), before + 3);
        valve.shed(0);
        assert!(sieve.takes(&syn));
    }
    // What only looks like one: fragments have no header where others have it.
    valve.shed(Valve::MOST);
    let syn = segment(0, SYN);
    assert!(sieve.takes(&changed(&syn, 20, &[0x20, 0])) && sieve.takes(&changed(&syn, 20, &[0, 185])));
    // Options move it.
    let mut options = changed(&syn, 14, &[0x46]);
    options.splice(34..34, [1, 1, 1, 1]);
    assert!(!sieve.takes(&options));
    assert!(sieve.takes(&changed(&options, 51, &[0x10])));
    assert_eq!(sieve.refused().unwrap(), 0, "shed is not foreign");
    sieve.widen(&Concern { everything: true, ..concern() }).unwrap();
    assert!(sieve.takes(&syn), "every frame is wanted");
    sieve.narrow(&concern()).unwrap();
    assert!(!sieve.takes(&syn));
    drop(valve);
    assert!(sieve.takes(&syn), "a worker that is gone sheds nothing");
}

#[test]
fn a_valve_half_open_sheds_by_chance() {
    let Some(mut sieve) = sieve() else { return };
    sieve.narrow(&concern()).unwrap();
    let (valve, syn) = (sieve.valve(0).unwrap(), segment(0, SYN));
    for (level, range) in [(64, 150..360), (128, 400..624), (255, 990..1024)] {
        valve.shed(level);
        let before = sieve.shed().unwrap();
        let taken = (0..1024).filter(|_| sieve.takes(&syn)).count() as u64;
        let shed = sieve.shed().unwrap() - before;
        assert_eq!(taken + shed, 1024);
        assert!(range.contains(&shed), "{shed} of 1024 by {level} of 256");
    }
    valve.shed(u16::MAX);
    assert!((0..1024).all(|_| !sieve.takes(&syn)), "more than all is all");
}

#[test]
fn without_shedding_there_are_no_valves() {
    let duties = Duties { filter: true, deal: false, shed: false };
    match Sieve::load_with(duties, 2, 0, KEY) {
        Ok(sieve) => {
            assert!(sieve.valve(0).is_none() && sieve.duties() == duties && sieve.filters.len() == 1)
        }
        Err(error) => assert!(matches!(error, BpfError::NotPermitted { .. }), "{error}"),
    }
}

#[test]
fn what_comes_is_let_in_before_and_what_goes_until_after() {
    let Some(mut sieve) = sieve() else { return };
    let [to_old, to_new] = [VIPS[0], OTHERS[0]].map(|vip| packet(TCP, (CLIENTS[0], 4000), (vip, 80)));
    let only = |vip| Concern { vips: [addr(vip)].into(), ..Concern::default() };
    sieve.narrow(&only(VIPS[0])).unwrap();
    assert!(sieve.takes(&to_old) && !sieve.takes(&to_new));
    sieve.widen(&only(OTHERS[0])).unwrap();
    assert!(sieve.takes(&to_old) && sieve.takes(&to_new), "between the two");
    sieve.narrow(&only(OTHERS[0])).unwrap();
    assert!(!sieve.takes(&to_old) && sieve.takes(&to_new));
    // What an address is may change, too: a VIP that becomes a real server's is none any more.
    sieve.narrow(&Concern { servers: [addr(OTHERS[0])].into(), ..Concern::default() }).unwrap();
    assert!(!sieve.takes(&to_new));
}

#[test]
fn more_addresses_than_the_kernel_holds_are_everything() {
    let Some(mut sieve) = sieve() else { return };
    let many = (0..=ENTRIES).map(|number| IpAddr::from((0x0b00_0000 + number).to_be_bytes()));
    let foreign = packet(UDP, (CLIENTS[0], 4000), (OTHERS[0], 53));
    let concern = Concern { vips: many.collect(), ..Concern::default() };
    assert!(sieve.narrow(&concern).is_err());
    assert!(sieve.takes(&foreign));
    sieve.narrow(&Concern::default()).unwrap();
    assert!(!sieve.takes(&foreign));
}

#[test]
fn both_directions_of_a_connection_have_the_same_turn() {
    let Some(mut sieve) = sieve() else { return };
    sieve.narrow(&concern()).unwrap();
    for family in [0, 1] {
        let (client, vip, server) = (CLIENTS[family], VIPS[family], SERVERS[family]);
        for protocol in [TCP, UDP] {
            let mut turns = [0u32; 4];
            for port in 1024..2048 {
                let request = sieve.turn(&packet(protocol, (client, port), (vip, 80)));
                let reply = sieve.turn(&packet(protocol, (server, 8080), (client, port)));
                assert_eq!(request, reply, "port {port}");
                turns[request as usize % 4] += 1;
            }
            assert!(
                turns.iter().all(|turns| (150..360).contains(turns)),
                "{turns:?} of 1024 on four workers"
            );
        }
    }
    // Ports at even distances, as a client may take them: by one product, some numbers bring them all to one worker.
    for key in 1..=300u64 {
        let key = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let sieve = Sieve::load_with(Duties { deal: true, ..Duties::default() }, 2, 0, key).unwrap();
        let turns: BTreeSet<u32> = (0..32)
            .map(|flow| sieve.turn(&packet(UDP, (CLIENTS[0], 20_000 + 7 * flow), (VIPS[0], 53))) % 2)
            .collect();
        assert_eq!(turns.len(), 2, "number {key:#x}");
    }
    // Clients are told apart, too.
    let turns: BTreeSet<u32> = (0..64u8)
        .map(|host| sieve.turn(&packet(TCP, (&format!("192.0.2.{host}"), 4000), (VIPS[0], 80))))
        .collect();
    assert!(turns.len() > 60, "{} turns for 64 clients", turns.len());
}

#[test]
fn fragments_of_a_datagram_meet_and_options_do_not_hide_ports() {
    let Some(mut sieve) = sieve() else { return };
    sieve.narrow(&concern()).unwrap();
    let request = packet(UDP, (CLIENTS[0], 4000), (VIPS[0], 53));
    let (first, later) = (changed(&request, 20, &[0x20, 0]), changed(&request, 20, &[0, 185]));
    let other_ports = changed(&later, 34, &[1, 2, 3, 4]);
    assert_eq!(sieve.turn(&first), sieve.turn(&later));
    assert_eq!(sieve.turn(&first), sieve.turn(&other_ports));
    assert_ne!(sieve.turn(&first), sieve.turn(&request), "a whole one goes by its port");
    // ICMP has no ports.
    assert_eq!(sieve.turn(&changed(&request, 23, &[1])), sieve.turn(&first));
    // Four bytes of options, and the ports behind them.
    let mut options = changed(&request, 14, &[0x46]);
    options.splice(34..34, [1, 1, 1, 1]);
    assert_eq!(sieve.turn(&options), sieve.turn(&request));
    let v6 = packet(UDP, (CLIENTS[1], 4000), (VIPS[1], 53));
    let (fragment, other) = (changed(&v6, 20, &[44]), changed(&changed(&v6, 20, &[44]), 54, &[1, 2, 3, 4]));
    assert_eq!(sieve.turn(&fragment), sieve.turn(&other));
    assert_eq!(sieve.turn(&changed(&v6, 12, &[8, 6])), 0, "no IP");
}
