//! What of the pair crosses the wire.

use super::network::{BACKUP, MACS, NAMES, NAT_ROUTER, PRIMARY, inner};
use crate::capture::Crossing;
use std::net::Ipv4Addr;
use std::time::Duration;

/// The word of an active host, as it is on the wire of this machine: pulse's are in host order.
pub const RUNNING: [u8; 4] = 0xbdad_dbda_u32.to_ne_bytes();
/// That of one that is not.
pub const STOPPED: [u8; 4] = 0xadbd_dabd_u32.to_ne_bytes();

/// Heartbeats of a host (0: the primary) as they arrived at the other: when, and the datagram.
pub fn beats(frames: &[Crossing], of: usize) -> Vec<(Duration, Vec<u8>)> {
    let ends = if of == 0 { [PRIMARY, BACKUP] } else { [BACKUP, PRIMARY] };
    let arrived = |frame: &&Crossing| frame.to.host == NAMES[1 - of];
    let ports = [539_u16.to_be_bytes(), 539_u16.to_be_bytes()].concat();
    let datagram = |frame: &Crossing| {
        let bytes = &frame.bytes;
        let is_udp = bytes.get(12..14)? == [8, 0] && bytes.get(23)? == &17;
        let addr = |from: usize| {
            Some(<[u8; 4]>::try_from(bytes.get(from..from + 4)?).ok().map(Ipv4Addr::from)?.to_string())
        };
        let is_between = [addr(26)?, addr(30)?] == ends && bytes.get(34..38)? == ports;
        let len = usize::from(u16::from_be_bytes([*bytes.get(38)?, *bytes.get(39)?]));
        let payload = bytes.get(42..34 + len)?.to_vec();
        (is_udp && is_between).then_some((frame.at, payload))
    };
    frames.iter().filter(arrived).filter_map(datagram).collect()
}

/// send_arp's replies of a host (0: the primary) for an address, as they came to a neighbour: byte for byte.
pub fn arps(frames: &[Crossing], of: usize, addr: &str, neighbour: &str) -> Vec<Duration> {
    let Ok(ip) = addr.parse::<Ipv4Addr>() else { return Vec::new() };
    let mac = if addr == NAT_ROUTER { inner(MACS[of]) } else { MACS[of] };
    let mut expected = [0xff_u8; 6].to_vec();
    expected.extend(mac.0);
    expected.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 2]);
    expected.extend(mac.0);
    expected.extend(ip.octets());
    expected.extend([0xff; 6]);
    expected.extend(ip.octets());
    let is_it =
        |frame: &&Crossing| frame.to.host == neighbour && frame.bytes.get(..42) == Some(&expected[..]);
    frames.iter().filter(is_it).map(|frame| frame.at).collect()
}
