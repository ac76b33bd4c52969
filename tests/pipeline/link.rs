//! The link layer: ARP, neighbour discovery, and frames that are not for us.

use crate::lab::{DirectRoute, Lab, NOTHING, Wanted, opened};
use crate::make::{DIRECTOR, GATEWAY, Given, Make, arp, ping, solicitation, tcp, udp};
use ulvs::frame::PacketType;
use ulvs::lvs::{Mac, Switch};

const A: &str = "172.16.0.5:40001";
const VIP: &str = "10.9.0.100:80";
const TWO: &[Wanted] = &[(1, DirectRoute, 80, 1), (2, DirectRoute, 80, 1)];
const NOT_TO_US: &str = "frames_passed not_to_us";
const OTHERS: &str = "frames_passed others_address";
const NO_ANSWER: &str = "frames_dropped no_answer_due";
const MARTIAN: &str = "frames_dropped martian_source";

#[test]
fn address_resolution() {
    let mut lab = Lab::with(TWO);
    let (gw, vip) = ([10, 9, 0, 1], [10, 9, 0, 100]);
    let answer = ["director>gw arp op=2 10.9.0.100 is-at 02:00:00:00:00:fe"];
    let arp_answered = "frames_answered arp";
    lab.row("a request for the VIP", arp(1, GATEWAY, gw, vip), &answer, arp_answered, "");
    let unicast = arp(1, GATEWAY, gw, vip).edit(|bytes| bytes[..6].copy_from_slice(&DIRECTOR.0));
    lab.row(
        "asked again in person",
        unicast.meta(|meta| meta.packet_type = PacketType::Host),
        &answer,
        arp_answered,
        "",
    );
    lab.row(
        "a probe (RFC 5227): the address is taken",
        arp(1, GATEWAY, [0; 4], vip),
        &answer,
        arp_answered,
        "",
    );
    lab.row("for another", arp(1, GATEWAY, gw, [10, 9, 0, 11]), NOTHING, OTHERS, "");
    lab.row("for the DIP", arp(1, GATEWAY, gw, [10, 9, 0, 2]), NOTHING, OTHERS, "");
    lab.row("somebody claims the VIP", arp(1, GATEWAY, vip, vip), NOTHING, OTHERS, "");
    lab.row("by a reply", arp(2, GATEWAY, vip, vip), NOTHING, OTHERS, "");
    lab.row("from a group MAC", arp(1, Mac([3, 0, 0, 0, 0, 1]), gw, vip), NOTHING, NO_ANSWER, "");
    for sender in [[224, 0, 0, 1], [255; 4], [127, 0, 0, 1]] {
        lab.row("from nobody", arp(1, GATEWAY, sender, vip), NOTHING, NO_ANSWER, "");
    }
    let other_host = arp(1, GATEWAY, gw, vip).meta(|meta| meta.packet_type = PacketType::OtherHost);
    lab.row("to another MAC", other_host, NOTHING, NOT_TO_US, "");
    lab.row("an operation nobody knows", arp(3, GATEWAY, gw, vip), NOTHING, "frames_dropped arp", "");
    lab.row(
        "cut",
        arp(1, GATEWAY, gw, vip).edit(|bytes| bytes.truncate(41)),
        NOTHING,
        "frames_dropped arp",
        "",
    );
    lab.vip_on_host("10.9.0.100");
    lab.row("a VIP that the host answers for", arp(1, GATEWAY, gw, vip), NOTHING, OTHERS, "");
}

#[test]
fn neighbour_discovery() {
    let mut lab = Lab::with(TWO);
    let vip = "fd00:9::100";
    let neighbour = "frames_answered neighbour";
    let answer = [
        "director>gw ip6 fd00:9::100>fd00:9::1 hlim=255 tc=0 plen=32 advert fd00:9::100 flags=60 is-at 02:00:00:00:00:fe",
    ];
    lab.row("for the VIP", solicitation("fd00:9::1", vip), &answer, neighbour, "");
    let in_person = Make {
        to_mac: DIRECTOR,
        destination: "[fd00:9::100]:0".parse().unwrap(),
        ..solicitation("fd00:9::1", vip)
    };
    lab.row("asked again in person", in_person, &answer, neighbour, "");
    lab.row(
        "by one without an address: everybody is told",
        solicitation("::", vip),
        &["director>33:33:00:00:00:01 ip6 fd00:9::100>ff02::1 hlim=255 tc=0 plen=32 advert fd00:9::100 flags=20 is-at 02:00:00:00:00:fe"],
        neighbour,
        "",
    );
    lab.row("for another", solicitation("fd00:9::1", "fd00:9::2"), NOTHING, OTHERS, "");
    lab.row("somebody claims the VIP", solicitation(vip, vip), NOTHING, NO_ANSWER, "");
    for asker in ["ff02::1", "::1"] {
        lab.row("from nobody", solicitation(asker, vip), NOTHING, NO_ANSWER, "");
    }
    let group = Make { from_mac: Mac([3, 0, 0, 0, 0, 1]), ..solicitation("fd00:9::1", vip) };
    lab.row("from a group MAC", group, NOTHING, NO_ANSWER, "");
    let far = Make { ttl: 254, ..solicitation("fd00:9::1", vip) };
    lab.row("from another link", far, NOTHING, "frames_dropped icmp_header", "");
    let advert = Make { kind: crate::make::Kind::Icmp(136, 0, [0; 4]), ..solicitation("fd00:9::1", vip) };
    lab.row("an advertisement", advert, NOTHING, NOT_TO_US, "");
    let wrong = solicitation("fd00:9::1", vip).checksum(crate::make::Checksum::Wrong);
    lab.row("a wrong checksum", wrong, NOTHING, "frames_dropped icmp_header", "");
    let fragment = vec![58, 0, 0, 1, 0, 0, 0, 9];
    let fragmented = Make { extensions: Some((44, fragment)), ..solicitation("fd00:9::1", vip) };
    lab.row("fragmented (RFC 6980)", fragmented, NOTHING, NOT_TO_US, "");
}

/// No link, no MAC to tell.
#[test]
fn a_link_that_is_gone() {
    let mut lab = Lab::with(TWO);
    lab.view.network.links = vec![None];
    let question = || arp(1, GATEWAY, [10, 9, 0, 1], [10, 9, 0, 100]);
    lab.row("ARP", question(), NOTHING, "frames_dropped link_down", "");
    lab.row("ND", solicitation("fd00:9::1", "fd00:9::100"), NOTHING, "frames_dropped link_down", "");
}

/// Reliability T14, and what a switch floods.
#[test]
fn frames_to_others() {
    let mut lab = Lab::with(TWO);
    for (to, packet_type) in [
        (Mac([2, 0, 0, 0, 0, 9]), PacketType::OtherHost),
        (Mac::BROADCAST, PacketType::Broadcast),
        (Mac([1, 0, 0x5e, 0, 0, 1]), PacketType::Multicast),
        (DIRECTOR, PacketType::Outgoing),
    ] {
        let to_it =
            |make: Make| Make { to_mac: to, ..make }.frame().meta(|meta| meta.packet_type = packet_type);
        lab.row("a SYN to the VIP", to_it(tcp(A, VIP, "S")), NOTHING, NOT_TO_US, "");
        lab.row("UDP to the VIP", to_it(udp(A, "10.9.0.100:81", b"q")), NOTHING, NOT_TO_US, "");
        lab.row("a ping", to_it(ping("172.16.0.5", "10.9.0.100")), NOTHING, NOT_TO_US, "");
        let v6 = to_it(tcp("[2001:db8::5]:1", "[fd00:9::100]:80", "S"));
        lab.row("IPv6", v6, NOTHING, NOT_TO_US, "");
    }
}

#[test]
fn what_is_not_ours() {
    let mut lab = Lab::with(TWO);
    lab.row("to the DIP", tcp(A, "10.9.0.2:22", "S"), NOTHING, "frames_passed not_vip", "");
    lab.row("through the host", tcp(A, "10.9.0.77:80", "S"), NOTHING, "frames_passed not_vip", "");
    lab.row("from a server to a client", tcp("10.9.0.11:80", A, "A"), NOTHING, "frames_passed not_vip", "");
    let lldp = tcp(A, VIP, "S").frame().edit(|bytes| bytes[12..14].copy_from_slice(&[0x88, 0xcc]));
    lab.row("LLDP", lldp, NOTHING, "frames_passed not_ip", "");
    lab.row(
        "a tag that the kernel took off",
        tcp(A, VIP, "S").frame().meta(|meta| meta.vlan = Some(7)),
        NOTHING,
        "frames_passed vlan",
        "",
    );
    let priority = tcp(A, VIP, "S").frame().meta(|meta| meta.vlan = Some(0));
    lab.row("a tag of VLAN 0", priority, NOTHING, "frames_passed vlan", "");
    for tag in [[0x81, 0x00], [0x88, 0xa8], [0x91, 0x00]] {
        let tagged = tcp(A, VIP, "S").frame().edit(|bytes| {
            bytes.splice(12..12, [tag[0], tag[1], 0, 7]);
        });
        lab.row("a tag in the frame", tagged, NOTHING, "frames_passed vlan", "");
    }
}

/// Linux 6.1 drops all of these (reliability T9).
#[test]
fn martian_sources() {
    let mut lab = Lab::with(TWO);
    for source in
        ["10.9.0.100", "10.9.0.2", "127.0.0.1", "224.0.0.1", "255.255.255.255", "0.0.0.0", "0.1.2.3"]
    {
        let endpoint = format!("{source}:40001");
        lab.row(source, tcp(&endpoint, VIP, "S"), NOTHING, MARTIAN, "");
        lab.row(source, tcp(&endpoint, "10.9.0.100:81", "S"), NOTHING, MARTIAN, "");
        lab.row(source, udp(&endpoint, "10.9.0.100:81", b"q"), NOTHING, MARTIAN, "");
        lab.row(source, ping(source, "10.9.0.100"), NOTHING, MARTIAN, "");
    }
    for source in ["fd00:9::100", "fd00:9::2", "::", "::1", "ff02::1"] {
        let endpoint = format!("[{source}]:40001");
        lab.row(source, tcp(&endpoint, "[fd00:9::100]:80", "S"), NOTHING, MARTIAN, "");
        lab.row(source, ping(source, "fd00:9::100"), NOTHING, MARTIAN, "");
    }
    lab.row("LAND", tcp(VIP, VIP, "S"), NOTHING, MARTIAN, "");
    lab.row(
        "a real server as client is none",
        tcp("10.9.0.11:40001", VIP, "S"),
        &["director>rs2 ip 10.9.0.11>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 S seq=1000 ack=0 data=b''"],
        "frames_forwarded route",
        &opened("rs2", 40),
    );
}

/// Linux 6.1 drops source routes and forwards record routes (reliability T9).
#[test]
fn source_routes() {
    let mut lab = Lab::with(TWO);
    for options in [vec![131, 7, 4, 10, 0, 0, 1, 0], vec![1, 137, 7, 4, 10, 0, 0, 1]] {
        let routed = Make { options, ..tcp(A, VIP, "S") };
        lab.row("a source route", routed, NOTHING, "frames_dropped source_route", "");
    }
    let recorded = Make { options: vec![7, 7, 4, 0, 0, 0, 0, 0], ..tcp(A, VIP, "S") };
    let (_, forwarded) = lab.send(recorded);
    assert_eq!(forwarded.len(), 1, "a record route is no harm");
}

#[test]
fn cut_frames() {
    let mut lab = Lab::with(TWO);
    let cut = |given: Given| given.meta(|meta| meta.wire_len += 1);
    lab.row("to the VIP", cut(tcp(A, VIP, "S").frame()), NOTHING, "frames_dropped cut", "");
    lab.row(
        "IPv6",
        cut(tcp("[2001:db8::5]:1", "[fd00:9::100]:80", "S").frame()),
        NOTHING,
        "frames_dropped cut",
        "",
    );
    lab.row("to others", cut(tcp(A, "10.9.0.2:80", "S").frame()), NOTHING, "frames_passed not_vip", "");
    let short = cut(tcp(A, VIP, "S").frame().edit(|bytes| bytes.truncate(30)));
    lab.row("within the IPv4 header", short, NOTHING, "frames_dropped ipv4_header", "");
    let short = cut(tcp("[2001:db8::5]:1", "[fd00:9::100]:80", "S").frame().edit(|bytes| bytes.truncate(50)));
    lab.row("within the IPv6 header", short, NOTHING, "frames_dropped ipv6_header", "");
}

#[test]
fn headers_that_are_not_what_they_should_be() {
    let mut lab = Lab::with(TWO);
    let v4 = || tcp(A, VIP, "S").frame();
    let v6 = || tcp("[2001:db8::5]:1", "[fd00:9::100]:80", "S").frame();
    let repaired = |given: Given, at: usize, value: u8| {
        given.edit(|bytes| {
            bytes[at] = value;
            crate::make::repair_ip_checksum(&mut bytes[14..]);
        })
    };
    let mut row = |description: &str, given: Given, name: &str| {
        lab.row(description, given, NOTHING, &format!("frames_dropped {name}"), "");
    };
    row("13 bytes", v4().edit(|bytes| bytes.truncate(13)), "ethernet_header");
    row("nothing", v4().edit(Vec::clear), "ethernet_header");
    row("version 5", repaired(v4(), 14, 0x55), "ipv4_header");
    row("header length 16", repaired(v4(), 14, 0x44), "ipv4_header");
    row("total length below the header", repaired(v4(), 17, 19), "ipv4_length");
    row("total length beyond the frame", repaired(v4(), 17, 41), "ipv4_length");
    row("header checksum", v4().edit(|bytes| bytes[24] ^= 1), "ipv4_checksum");
    row("version 4 in IPv6", v6().edit(|bytes| bytes[14] = 0x45), "ipv6_header");
    row("payload length beyond the frame", v6().edit(|bytes| bytes[19] = 21), "ipv6_length");
    row("an extension beyond the packet", v6().edit(|bytes| bytes[20] = 0), "ipv6_extension");
    let routing = [6, 2, 0, 1].into_iter().chain([0; 20]).collect();
    let rh0 = Make { extensions: Some((43, routing)), ..tcp("[2001:db8::5]:1", "[fd00:9::100]:80", "S") };
    row("routing header of type 0 (RFC 5095)", rh0.clone().frame(), "ipv6_routing_zero");
    row("19 bytes of TCP", repaired(v4(), 17, 39), "transport_header");
    let datagram = udp(A, "10.9.0.100:81", b"").frame();
    row("7 bytes of UDP", repaired(datagram, 17, 27), "transport_header");
    lab.view.tunables.drop_routing_zero = Switch::from(false);
    let (verdict, _) = lab.send(rh0);
    assert_eq!(
        crate::lab::counter_of(verdict),
        "frames_answered reset",
        "as any other, where it shall be so"
    );
    let to_others = tcp("[2001:db8::5]:1", "[2001:db8::7]:80", "S").frame().edit(|bytes| bytes[20] = 0);
    lab.row("no router looks at extensions", to_others, NOTHING, "frames_passed not_vip", "");
}
