//! The host around the director, as far as scenarios see it: it forwards what the director leaves to it and does not claim.

use crate::checksum::{fold, sum};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ulvs::lvs::{Endpoint, Protocol};
use ulvs::service::Snapshot;

/// IPv6's header of fragments (RFC 8200 §4.5).
const FRAGMENT_HEADER: u8 = 44;

/// The frame that a router makes of this one; `None` if it would not forward it (or not without a word of its own: an
/// end of TTL and a packet to the host itself are no business of scenarios).
pub fn forwarded(mut frame: Vec<u8>, view: &Snapshot) -> Option<Vec<u8>> {
    let kind = u16::from_be_bytes(frame.get(12..14)?.try_into().ok()?);
    let packet = frame.get_mut(14..)?;
    let (source, destination) = match kind {
        0x0800 => {
            let header = usize::from(packet.first()? & 15) * 4;
            let len = usize::from(u16::from_be_bytes(packet.get(2..4)?.try_into().ok()?));
            if packet.first()? >> 4 != 4 || header < 20 || len < header || len > packet.len() {
                return None;
            }
            if fold(sum(packet.get(..header)?)) != 0xffff || packet[8] < 2 {
                return None;
            }
            packet[8] -= 1;
            packet[10..12].fill(0);
            let checksum = !fold(sum(packet.get(..header)?));
            packet[10..12].copy_from_slice(&checksum.to_be_bytes());
            let addr = |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?));
            (IpAddr::V4(addr(12)?), IpAddr::V4(addr(16)?))
        }
        0x86dd => {
            if packet.first()? >> 4 != 6 || packet.len() < 40 || packet[7] < 2 {
                return None;
            }
            packet[7] -= 1;
            let addr = |at: usize| Some(Ipv6Addr::from(<[u8; 16]>::try_from(packet.get(at..at + 16)?).ok()?));
            (IpAddr::V6(addr(8)?), IpAddr::V6(addr(24)?))
        }
        _ => return None,
    };
    if !is_ordinary(source) || !is_ordinary(destination) {
        return None;
    }
    let (v4, v6) = view.network.forwarding;
    let forwards = if destination.is_ipv4() { v4 } else { v6 };
    let is_own = view.network.host_addresses.contains(&destination)
        || view.claimed.contains(&destination)
        || view.on_host.contains(&destination);
    if !forwards || is_own || is_claimed(packet, source, view) {
        return None;
    }
    let way = view.network.way_to(destination)?;
    let (mac, link) = (way.mac?, view.network.link(way.port)?);
    frame.get_mut(..6)?.copy_from_slice(&mac.0);
    frame.get_mut(6..12)?.copy_from_slice(&link.mac.0);
    Some(frame)
}

/// Fragments in order. IPVS gathers those of all that its host forwards (which then leave in order, once the last has
/// come), though it were about none of its connections; ulvs leaves them to the host, and the host as they came.
pub fn put_in_order(frames: &mut [Vec<u8>]) {
    let place = |frame: &Vec<u8>| match frame.get(12..22) {
        Some([8, 0, _, _, _, _, _, _, high, low]) => u16::from_be_bytes([*high, *low]) & 0x1fff,
        Some([0x86, 0xdd, _, _, _, _, _, _, 44, _]) => match frame.get(56..58) {
            Some([high, low]) => u16::from_be_bytes([*high, *low]) >> 3,
            _ => 0,
        },
        _ => 0,
    };
    frames.sort_by_key(place);
}

fn is_ordinary(addr: IpAddr) -> bool {
    let is_local = match addr {
        IpAddr::V4(addr) => addr.is_link_local() || addr.is_broadcast(),
        IpAddr::V6(addr) => addr.is_unicast_link_local(),
    };
    !(addr.is_unspecified() || addr.is_multicast() || addr.is_loopback() || is_local)
}

/// Comes it from a NAT real server: the host's stack is kept off replies, ICMP errors and fragments of theirs.
fn is_claimed(packet: &[u8], source: IpAddr, view: &Snapshot) -> bool {
    let (number, at, is_fragment) = if source.is_ipv4() {
        let field = packet.get(6..8).map_or(0, |field| u16::from_be_bytes([field[0], field[1]]));
        let header = usize::from(packet.first().map_or(0, |first| first & 15)) * 4;
        (packet.get(9), header, field & 0x3fff != 0)
    } else {
        (packet.get(6), 40, packet.get(6) == Some(&FRAGMENT_HEADER))
    };
    let is_host = view.nat_hosts.contains(&source);
    if is_fragment {
        return is_host;
    }
    let protocol = match number {
        Some(6) => Protocol::Tcp,
        Some(17) => Protocol::Udp,
        Some(132) => Protocol::Sctp,
        Some(1) => return is_host && packet.get(at).is_some_and(|kind| matches!(kind, 3 | 4 | 5 | 11 | 12)),
        Some(58) => return is_host && packet.get(at).is_some_and(|kind| matches!(kind, 1..=4)),
        _ => return false,
    };
    let port = packet.get(at..at + 2).and_then(|port| port.try_into().ok()).map_or(0, u16::from_be_bytes);
    view.may_answer(protocol, Endpoint::new(source, port))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// A packet from 10.9.0.`host` of this protocol, whose first bytes are these.
    fn packet(host: u8, field: u16, protocol: u8, inner: [u8; 2]) -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 28, 0, 1];
        packet.extend(field.to_be_bytes());
        packet.extend([64, protocol, 0, 0, 10, 9, 0, host, 10, 9, 9, 9]);
        packet.extend(inner);
        packet.extend([0; 6]);
        packet
    }

    #[test]
    fn what_is_claimed_of_real_servers() {
        let mut view = Snapshot::default();
        let addr = |host: u8| IpAddr::from([10, 9, 0, host]);
        view.nat_sources.insert((Protocol::Tcp, Endpoint::new(addr(11), 80)));
        view.nat_sources.insert((Protocol::Udp, Endpoint::new(addr(12), 0)));
        view.has_all_port_nat_sources = true;
        view.nat_hosts.extend([addr(11), addr(12)]);
        let port = |port: u16| port.to_be_bytes();
        for (is_claimed, host, field, protocol, inner) in [
            (true, 11, 0, 6, port(80)),
            (false, 11, 0, 6, port(81)),
            (false, 11, 0, 17, port(80)),
            (true, 12, 0, 17, port(4711)),
            (false, 12, 0, 6, port(4711)),
            (true, 12, 0x2000, 47, port(1)),
            (true, 11, 1, 6, port(81)),
            (true, 11, 0, 1, [3, 3]),
            (false, 11, 0, 1, [0, 0]),
            (false, 13, 0, 1, [3, 3]),
            (false, 13, 1, 6, port(80)),
        ] {
            let packet = packet(host, field, protocol, inner);
            let told = super::is_claimed(&packet, addr(host), &view);
            assert_eq!(told, is_claimed, "host {host}, field {field:x}, protocol {protocol}, {inner:?}");
        }
    }
}
