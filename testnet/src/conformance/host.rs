//! The host around the director, as far as scenarios see it: it forwards what the director leaves to it and does not claim.

use super::checksum::{fold, sum};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ulvs::lvs::{Endpoint, Protocol};
use ulvs::service::Snapshot;

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

/// Fragments in order. IPVS gathers those of all IPv4 that its host forwards (which then leave in order, once the last has
/// come), though it were about none of its connections; ulvs leaves them to the host, and the host as they came.
pub fn put_in_order(frames: &mut [Vec<u8>]) {
    let place = |frame: &Vec<u8>| match frame.get(12..22) {
        Some([8, 0, _, _, _, _, _, _, high, low]) => u16::from_be_bytes([*high, *low]) & 0x1fff,
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

/// Comes it from a NAT real server: the host's stack is kept off that.
fn is_claimed(packet: &[u8], source: IpAddr, view: &Snapshot) -> bool {
    let (number, at) = if source.is_ipv4() {
        (packet.get(9), usize::from(packet.first().map_or(0, |first| first & 15)) * 4)
    } else {
        (packet.get(6), 40)
    };
    let protocol = match number {
        Some(6) => Protocol::Tcp,
        Some(17) => Protocol::Udp,
        Some(132) => Protocol::Sctp,
        _ => return false,
    };
    let port = packet.get(at..at + 2).and_then(|port| port.try_into().ok()).map_or(0, u16::from_be_bytes);
    view.nat_sources.contains(&(protocol, Endpoint::new(source, port)))
}
