//! What is this frame? Step 1 of the path.

use super::fragment;
use super::verdict::{DropReason, PassReason, Verdict};
use crate::forward::Packet;
use crate::frame::{Frame, PacketType, VnetHeader};
use crate::lvs::{Endpoint, Family, Mac, Protocol};
use crate::service::{Flow, Snapshot};
use crate::wire::fragment::Fragment;
use crate::wire::hop_by_hop::{self, Judgement};
use crate::wire::transport::{ISAKMP, Transport};
use crate::wire::{Malformed, arp, encap, ethernet, icmp, ip, transport};

/// What a frame is. But for ARP, its packet has been read into the place that [`classify`] was given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Class {
    /// TCP or UDP, to a VIP or from a NAT real server.
    Transport {
        /// Ports and flags.
        transport: Transport,
        /// It goes to a VIP.
        to_vip: bool,
        /// A NAT real server lives at its source.
        from_server: bool,
    },
    /// From a VIP to somewhere else, in IPv6.
    DirectReply(Transport),
    /// An ICMP error to neither a VIP nor a NAT connection's client.
    ErrorOnTheWay,
    /// AH or ESP, to a VIP or from a NAT real server's address.
    IpSec {
        /// It goes to a VIP, or is marked for a service.
        to_vip: bool,
    },
    /// To a VIP that the director owns, of a protocol that it does not speak.
    UnknownProtocol,
    /// To a VIP, with an IPv6 hop-by-hop option at this byte that its sender wants known.
    UnknownOption(u32),
    /// ICMP or ICMPv6 to a VIP.
    Icmp(icmp::Message),
    /// An ICMP error, not to a VIP, that quotes a packet to a NAT real server.
    IcmpAbout(icmp::Quoted),
    /// An ICMP error to the director itself that quotes a packet in a tunnel to a real server.
    IcmpAboutTunnel(encap::QuotedTunnel),
    /// An ICMP error of a NAT real server, not to a VIP and about nothing that goes through NAT.
    IcmpOfServer,
    /// A neighbour solicitation, from this MAC.
    Solicitation(Mac),
    /// ARP.
    Arp(arp::Arp),
    /// A fragment, to a VIP or from a NAT real server: where it belongs, and its frame's Ethernet header.
    Fragment(Fragment, [u8; ethernet::LEN]),
}

impl From<Malformed> for Verdict {
    fn from(malformed: Malformed) -> Self {
        Self::Dropped(DropReason::Malformed(malformed))
    }
}

const fn pass<T>(reason: PassReason) -> Result<T, Verdict> {
    Err(Verdict::Passed(reason))
}
const fn drop<T>(reason: DropReason) -> Result<T, Verdict> {
    Err(Verdict::Dropped(reason))
}

/// Reads a frame as far as it takes to know whose it is, and its packet into `place`: read where it stays, it need not be
/// moved. `Err` is the verdict on a frame that goes no further.
pub(super) fn classify<'f>(
    frame: Frame<'f>,
    view: &Snapshot,
    place: &mut Packet<'f>,
) -> Result<Class, Verdict> {
    let Frame { bytes, meta } = frame;
    if meta.vlan.is_some() {
        return pass(PassReason::Vlan);
    }
    // What the host sends through the door is addressed to nobody.
    let from_host = view.network.is_door(meta.port);
    match meta.packet_type {
        PacketType::Outgoing => return pass(PassReason::NotToUs),
        PacketType::OtherHost if !from_host => return pass(PassReason::NotToUs),
        _ => {}
    }
    let ethernet = ethernet::read(bytes)?;
    let family = match ethernet.kind {
        ethernet::Kind::Vlan => return pass(PassReason::Vlan),
        ethernet::Kind::Other => return pass(PassReason::NotIp),
        ethernet::Kind::Arp => {
            let question = arp::read(bytes.get(ethernet::LEN..).unwrap_or_default())?;
            return Ok(Class::Arp(question));
        }
        ethernet::Kind::Ipv4 => Family::V4,
        ethernet::Kind::Ipv6 => Family::V6,
    };
    let to_us = match meta.packet_type {
        PacketType::Host | PacketType::OtherHost => true,
        // Neighbour solicitations go to a group, or to everybody.
        _ if family == Family::V6 => false,
        _ => return pass(PassReason::NotToUs),
    };
    let is_cut = usize::try_from(meta.wire_len).is_ok_and(|len| len > bytes.len());
    let Some((link_header, packet)) = bytes.split_first_chunk_mut::<{ ethernet::LEN }>() else {
        return Err(Malformed::Ethernet.into());
    };
    if is_cut {
        return cut(family, packet, view);
    }
    let head = match family {
        Family::V4 => ip::read_v4(packet)?,
        Family::V6 => match ip::read_v6(packet) {
            // No router looks at them, but for the host whose they are.
            Err(Malformed::Ipv6Extension) if !goes_to_vip(packet, view) => return pass(PassReason::NotVip),
            head => head?,
        },
    };
    if head.asks_for_old_route && view.tunables.drop_routing_zero.is_on() {
        return Err(Malformed::Ipv6RoutingZero.into());
    }
    let packet = packet.get_mut(..head.packet_len).unwrap_or_default();
    *place = Packet {
        bytes: packet,
        head,
        vnet: meta.vnet,
        port: meta.port,
        from_host,
        keeps_ttl: false,
        joined: None,
        edit: None,
        resets: false,
    };
    let packet = place;

    if head.protocol == ip::ICMPV6 && family == Family::V6 && !head.is_fragment {
        let message = icmp::read(family, packet.segment());
        // One with extension headers is none that a neighbour sends (RFC 6980 for fragments).
        if message == Ok(icmp::Message::NeighbourSolicitation) && head.header_len == 40 {
            return Ok(Class::Solicitation(ethernet.source));
        }
    }
    if !to_us {
        return pass(PassReason::NotToUs);
    }

    let mut to_vip = view.is_vip(head.destination);
    if family == Family::V6 && to_vip {
        match hop_by_hop::judge(packet.bytes) {
            Judgement::Fine => {}
            Judgement::Dropped => return Err(Malformed::Ipv6Extension.into()),
            Judgement::Unknown(at) => return Ok(Class::UnknownOption(at)),
        }
    }
    if head.is_fragment {
        return fragment(packet, *link_header, view);
    }
    let protocol = match head.protocol {
        ip::ICMP if family == Family::V4 => None,
        ip::ICMPV6 if family == Family::V6 => None,
        number => match Protocol::from_number(number) {
            Some(protocol) => Some(protocol),
            None => return portless(packet, to_vip, view),
        },
    };
    let transport = match protocol {
        Some(protocol) => match transport::read(protocol, packet.segment()) {
            Ok(transport) => Some(transport),
            Err(_) if !to_vip => return pass(PassReason::NotVip),
            Err(malformed) => return Err(malformed.into()),
        },
        None => None,
    };
    if !to_vip && let Some(transport) = transport {
        to_vip = is_routed_here(packet, &transport, view);
    }
    // What the host sends by the door is no business of its stack any more, whoever it is from.
    let from_server = transport.is_some_and(|transport| {
        from_host || view.may_answer(transport.protocol, Endpoint::new(head.source, transport.source))
    });
    // An error may come from any router: what it quotes decides whether it is about a NAT connection.
    let about = match protocol {
        None if !to_vip => quoted_request(packet, view),
        _ => None,
    };
    let about_tunnel = match protocol {
        None if about.is_none() && !head.is_fragment => quoted_tunnel(packet, view),
        _ => None,
    };
    let is_error_to_network = protocol.is_none()
        && !to_vip
        && about.is_none()
        && view.has_mark_services
        && view.marks.is_in_network(head.destination)
        && icmp::read(family, packet.segment()) == Ok(icmp::Message::Error);
    let is_ours = from_server || about.is_some() || about_tunnel.is_some() || is_error_to_network;
    let is_of_server = protocol.is_none() && !to_vip && !is_ours && is_error_of_server(packet, view);
    if !to_vip && !is_ours && !is_of_server {
        return match transport {
            // No IPv4 host takes packets from an address that is its own, as IPVS's VIP is.
            Some(transport) if family == Family::V6 && view.is_vip(head.source) => {
                Ok(Class::DirectReply(transport))
            }
            None if icmp::read(family, packet.segment()) == Ok(icmp::Message::Error) => {
                Ok(Class::ErrorOnTheWay)
            }
            _ => pass(PassReason::NotVip),
        };
    }
    if head.header_len > 20 && family == Family::V4 && ip::asks_for_source_route(packet.bytes, &head) {
        return drop(DropReason::SourceRoute);
    }
    packet.vnet = checked_vnet(packet).ok_or(Verdict::Dropped(DropReason::VnetHeader))?;
    if protocol == Some(Protocol::Sctp) {
        // The virtio header speaks of 16-bit sums only: a CRC that the sender left to its card is finished here.
        packet.finish_checksum();
    }
    if let Some(quoted) = about {
        if is_martian(head.source, view) {
            return drop(DropReason::MartianSource);
        }
        return Ok(Class::IcmpAbout(quoted));
    }
    if let Some(quoted) = about_tunnel {
        if is_martian(head.source, view) {
            return drop(DropReason::MartianSource);
        }
        return Ok(Class::IcmpAboutTunnel(quoted));
    }
    if is_of_server {
        return Ok(Class::IcmpOfServer);
    }
    match transport {
        Some(transport) => Ok(Class::Transport { transport, to_vip, from_server }),
        None if !from_host && is_martian(head.source, view) => drop(DropReason::MartianSource),
        None => Ok(Class::Icmp(icmp::read(family, packet.segment())?)),
    }
}

/// A fragment: it waits for the others if they are ours.
fn fragment(packet: &Packet<'_>, ethernet: [u8; ethernet::LEN], view: &Snapshot) -> Result<Class, Verdict> {
    let head = &packet.head;
    if !fragment::is_ours(head, view) {
        return pass(PassReason::NotVip);
    }
    if head.header_len > 20 && head.family() == Family::V4 && ip::asks_for_source_route(packet.bytes, head) {
        return drop(DropReason::SourceRoute);
    }
    if packet.vnet.is_partial() || packet.vnet.is_super() {
        return drop(DropReason::VnetHeader);
    }
    Ok(Class::Fragment(crate::wire::fragment::read(packet.bytes, head)?, ethernet))
}

/// AH, ESP, and what the director does not balance at all.
fn portless(packet: &Packet<'_>, to_vip: bool, view: &Snapshot) -> Result<Class, Verdict> {
    let head = &packet.head;
    let isakmp = |addr| Endpoint::new(addr, ISAKMP);
    // In IPv6, AH is an extension header like others.
    let is_ipsec = head.protocol == ip::ESP || head.protocol == ip::AH && head.family() == Family::V4;
    let from_server = is_ipsec && view.may_answer(Protocol::Udp, isakmp(head.source));
    // Where the host's stack is kept off ISAKMP, it is kept off these.
    let flow = Flow { protocol: Protocol::Udp, client: isakmp(head.source), virt: isakmp(head.destination) };
    let to_isakmp = is_ipsec && to_vip && view.service_for(&flow, packet.port).is_some();
    // By its own mark, for nothing else makes the host take it.
    let is_marked = !to_vip
        && ip::is_possible_source(head.destination)
        && view.is_portless_routed_here(head.source, head.destination, packet.port);
    if !to_vip && !from_server && !is_marked {
        return pass(PassReason::NotVip);
    }
    if !from_server && !to_isakmp && view.on_host.contains(&head.destination) {
        return pass(PassReason::HostsPort);
    }
    if head.header_len > 20 && head.family() == Family::V4 && ip::asks_for_source_route(packet.bytes, head) {
        return drop(DropReason::SourceRoute);
    }
    if packet.vnet.is_partial() || packet.vnet.is_super() {
        return drop(DropReason::VnetHeader);
    }
    if is_martian(head.source, view) && !from_server {
        return drop(DropReason::MartianSource);
    }
    match is_ipsec {
        true => Ok(Class::IpSec { to_vip: to_vip || is_marked }),
        false if is_marked => drop(DropReason::NoAnswerDue),
        false => Ok(Class::UnknownProtocol),
    }
}

/// An address that no packet may come from: no unicast address, a VIP, or one of the host's own (reliability T9). Asked
/// where a connection may be opened or something answered: what belongs to a connection was asked then.
pub(super) fn is_martian(source: std::net::IpAddr, view: &Snapshot) -> bool {
    !ip::is_possible_source(source) || view.is_vip(source) || view.network.host_addresses.contains(&source)
}

/// Is this packet to a network, marked for a service? What no host may have as its address is none of it.
fn is_routed_here(packet: &Packet<'_>, transport: &Transport, view: &Snapshot) -> bool {
    if !view.has_mark_services || !ip::is_possible_source(packet.head.destination) {
        return false;
    }
    let flow = Flow {
        protocol: transport.protocol,
        client: Endpoint::new(packet.head.source, transport.source),
        virt: Endpoint::new(packet.head.destination, transport.destination),
    };
    view.is_routed_here(&flow, packet.port)
}

/// What an ICMP error quotes, if that is a packet to a NAT real server.
fn quoted_request(packet: &Packet<'_>, view: &Snapshot) -> Option<icmp::Quoted> {
    if view.nat_sources.is_empty() {
        return None;
    }
    let message = packet.segment();
    if icmp::read(packet.family(), message) != Ok(icmp::Message::Error) {
        return None;
    }
    let quoted = icmp::read_quoted(packet.family(), message)?;
    view.may_answer(quoted.protocol, quoted.destination).then_some(quoted)
}

/// Is it an ICMP error of a NAT real server? The host's stack is kept off all of them, for what they quote is nothing that
/// a filter can look at.
fn is_error_of_server(packet: &Packet<'_>, view: &Snapshot) -> bool {
    if !view.nat_hosts.contains(&packet.head.source) {
        return false;
    }
    let kind = packet.segment().first();
    match packet.family() {
        Family::V4 => matches!(kind, Some(3 | 4 | 5 | 11 | 12)),
        Family::V6 => matches!(kind, Some(1..=4)),
    }
}

/// What an ICMP error to an address of the host or to a VIP quotes, if that is a packet in one of our tunnels.
fn quoted_tunnel(packet: &Packet<'_>, view: &Snapshot) -> Option<encap::QuotedTunnel> {
    if view.tunnels.is_empty() || packet.family() == Family::V6 {
        return None;
    }
    let (message, destination) = (packet.segment(), &packet.head.destination);
    if icmp::read(Family::V4, message) != Ok(icmp::Message::Error)
        || !(view.network.host_addresses.contains(destination) || view.is_vip(*destination))
    {
        return None;
    }
    let quoted = encap::read_quoted(message.get(icmp::LEN..)?)?;
    view.tunnels.contains(&(quoted.destination, quoted.kind)).then_some(quoted)
}

/// A frame that arrived cut cannot be forwarded; whose it was decides what it is counted as.
fn cut(family: Family, packet: &[u8], view: &Snapshot) -> Result<Class, Verdict> {
    let destination = match family {
        Family::V4 => ip::read_quoted_v4(packet)?.destination,
        Family::V6 => ip::destination_v6(packet).ok_or(Malformed::Ipv6Header)?,
    };
    if view.is_vip(destination) { drop(DropReason::Cut) } else { pass(PassReason::NotVip) }
}

/// Does this IPv6 packet, whatever is behind its header, go to a VIP?
fn goes_to_vip(packet: &[u8], view: &Snapshot) -> bool {
    ip::destination_v6(packet).is_some_and(|destination| view.is_vip(destination))
}

/// The virtio header, if it agrees with the packet: the other end of a veth may write what it likes. Only what the
/// kernel must know for sending is kept.
fn checked_vnet(packet: &Packet<'_>) -> Option<VnetHeader> {
    let vnet = packet.vnet;
    if !vnet.is_partial() {
        return (!vnet.is_super()).then(VnetHeader::default);
    }
    let protocol = Protocol::from_number(packet.head.protocol)?;
    let start = ethernet::LEN + packet.head.header_len;
    if usize::from(vnet.csum_start) != start
        || Some(usize::from(vnet.csum_offset)) != transport::checksum_offset(protocol)
    {
        return None;
    }
    let mut clean = VnetHeader { flags: VnetHeader::NEEDS_CSUM, ..vnet };
    let headers = ethernet::LEN + packet.headers_len();
    if headers > ethernet::LEN + packet.bytes.len() {
        return None;
    }
    // Every segment begins with a copy of the headers: a TCP data offset below 5 leaves none to copy.
    if vnet.is_super() && protocol == Protocol::Tcp && headers < start + 20 {
        return None;
    }
    clean.hdr_len = u16::try_from(headers).ok()?;
    match (vnet.gso_type & !VnetHeader::GSO_ECN, protocol, packet.family()) {
        (VnetHeader::GSO_NONE, _, _) => clean.gso_size = 0,
        (VnetHeader::GSO_TCPV4, Protocol::Tcp, Family::V4)
        | (VnetHeader::GSO_TCPV6, Protocol::Tcp, Family::V6)
        | (VnetHeader::GSO_UDP_L4, Protocol::Udp, _)
            if vnet.gso_size > 0 => {}
        _ => return None,
    }
    Some(clean)
}
