//! Where the load arrives: a ring at the server, of which every packet is looked at.

use super::craft::{ETHERNET_LEN, IP_LEN, age_of_short};
use crate::observe::Counters;
use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use std::net::Ipv4Addr;
use ulvs::frame::VnetHeader;
use ulvs::host::links::Links;
use ulvs::lvs::{Mac, Protocol};
use ulvs::ring::{MAX_SWEEP, RingConfig, RxRing};

/// Bytes of the ring: 32,768 slots, or some 900 as an ordinary user.
const RING: usize = 64 << 20;
/// Longest latency that is told apart, in nanoseconds.
const LONGEST_NS: u64 = 4_000_000_000;
/// Servers that are told apart where nobody said which there are.
const MOST_SERVERS: usize = 64;
const TCP: u8 = 6;
const UDP: u8 = 17;
const IPIP: u8 = 4;

/// What arrived at one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// To this Ethernet address.
    pub mac: Mac,
    /// To this address: of a tunnel the outer one.
    pub addr: Ipv4Addr,
    /// So many packets.
    pub packets: u64,
}

/// What arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Packets, those within super-frames each.
    pub packets: u64,
    /// Frames that they came in.
    pub frames: u64,
    /// By server.
    pub servers: Vec<Arrived>,
    /// Nanoseconds from stamp to arrival.
    pub latency: Option<Histogram<u64>>,
    /// When the first and the last came: nanoseconds since 1970.
    pub times: Option<(u64, u64)>,
}

impl Seen {
    /// Nothing, with latency or without.
    pub fn nothing(with_latency: bool) -> Self {
        let latency = with_latency.then(|| Histogram::new_with_bounds(1, LONGEST_NS, 3).ok()).flatten();
        Self { packets: 0, frames: 0, servers: Vec::new(), latency, times: None }
    }

    fn count(&mut self, mac: Mac, addr: Ipv4Addr, packets: u64) {
        let known = self.servers.iter_mut().find(|server| server.mac == mac && server.addr == addr);
        if let Some(server) = known {
            server.packets += packets;
        } else if self.servers.len() < MOST_SERVERS {
            self.servers.push(Arrived { mac, addr, packets });
        }
    }
}

/// The ring.
pub struct Sink {
    ring: RxRing,
    counters: Counters,
    /// For each port whether UDP (1) and TCP (2) to it is the load.
    ports: Box<[u8]>,
    missed: u64,
    /// What arrived since [`Sink::restart`].
    pub seen: Seen,
}

impl Sink {
    /// Opens it on an interface in the calling thread's network namespace, for packets to these ports.
    ///
    /// # Errors
    /// No such interface, or no ring.
    pub fn open(interface: &str, services: &[(Protocol, u16)]) -> Result<Self> {
        let link = Links::open()?.find(interface)?;
        ensure!(link.ethernet && link.running, "{interface}: no Ethernet link, or it is down");
        let config = RingConfig { ring_len: RING, ..RingConfig::default() };
        let ring = RxRing::open(link.ifindex, &config, None)
            .with_context(|| format!("a ring on {interface}, where load arrives"))?;
        let mut ports = vec![0; 1 << 16].into_boxed_slice();
        for (protocol, port) in services {
            ports[usize::from(*port)] |= bit(protocol.number());
        }
        let counters = Counters::here(interface)?;
        Ok(Self { ring, counters, ports, missed: 0, seen: Seen::nothing(false) })
    }

    /// Forgets everything; from now on latency is looked at, or not.
    pub fn restart(&mut self, with_latency: bool) {
        while self.take() > 0 {}
        self.missed += self.missed();
        self.seen = Seen::nothing(with_latency);
    }

    /// Frames since [`Sink::restart`] that the ring had no room for.
    pub fn missed(&mut self) -> u64 {
        self.ring.kernel_drops() - self.missed
    }

    /// The interface's counter of frames that the kernel dropped before anybody saw them.
    ///
    /// # Errors
    /// The interface is gone.
    pub fn dropped(&mut self) -> Result<u64> {
        self.counters.dropped()
    }

    /// Looks at what is there; returns how many frames were.
    pub fn take(&mut self) -> usize {
        let Self { ring, ports, seen, .. } = self;
        let mut sweep = ring.sweep(MAX_SWEEP);
        let frames = sweep.len();
        for frame in sweep.frames() {
            let vnet = VnetHeader::from_raw(frame.vnet);
            let size = if vnet.is_super() { usize::from(vnet.gso_size) } else { usize::MAX };
            let Some(found) = find(frame.bytes, ports) else { continue };
            let packets = found.data.len().div_ceil(size).max(1) as u64;
            seen.packets += packets;
            seen.frames += 1;
            seen.count(found.mac, found.addr, packets);
            let first = seen.times.map_or(frame.stamp_ns, |(first, _)| first);
            seen.times = Some((first, frame.stamp_ns));
            if let Some(latency) = &mut seen.latency {
                for number in 0..packets as usize {
                    let data = found.data.get(number * size.min(found.data.len())..).unwrap_or_default();
                    if let Some(age) = age(found.segment, data, frame.stamp_ns) {
                        latency.saturating_record(age);
                    }
                }
            }
        }
        frames
    }
}

/// A packet of the load.
struct Found<'f> {
    mac: Mac,
    addr: Ipv4Addr,
    /// The sequence number and whether it is a SYN, of TCP.
    segment: Option<(u32, bool)>,
    data: &'f [u8],
}

const fn bit(protocol: u8) -> u8 {
    match protocol {
        UDP => 1,
        TCP => 2,
        _ => 0,
    }
}

/// Says what a frame is, if it is of the load.
fn find<'f>(frame: &'f [u8], ports: &[u8]) -> Option<Found<'f>> {
    let mac = Mac(*frame.first_chunk()?);
    let packet = frame.get(ETHERNET_LEN..).filter(|_| frame.get(12..14) == Some(&[8, 0]))?;
    let (mut ip, mut rest) = ipv4(packet)?;
    let addr = Ipv4Addr::from(*ip.get(16..)?.first_chunk::<4>()?);
    if ip[9] == IPIP {
        (ip, rest) = ipv4(rest)?;
    }
    let port = u16::from_be_bytes(*rest.get(2..)?.first_chunk()?);
    if ports.get(usize::from(port))? & bit(ip[9]) == 0 {
        return None;
    }
    if ip[9] == UDP {
        return Some(Found { mac, addr, segment: None, data: rest.get(8..)? });
    }
    let (sequence, flags) = (u32::from_be_bytes(*rest.get(4..)?.first_chunk()?), *rest.get(13)?);
    let head = usize::from(rest.get(12)? >> 4) * 4;
    Some(Found { mac, addr, segment: Some((sequence, flags & 2 != 0)), data: rest.get(head..)? })
}

/// The header of an IPv4 packet that is no later fragment, and what it carries.
fn ipv4(packet: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = usize::from(packet.first().filter(|first| **first >> 4 == 4)? & 0x0f) * 4;
    let ip = packet.get(..head.max(IP_LEN))?;
    let is_later = u16::from_be_bytes([ip[6], ip[7]]) & 0x1fff != 0;
    let len = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
    // A super-frame longer than the field can say has none.
    let rest = if len < ip.len() { packet.get(ip.len()..)? } else { packet.get(ip.len()..len)? };
    (!is_later).then_some((ip, rest))
}

/// Nanoseconds from its stamp to `now_ns`, or none where the two clocks' steps make no sense of it.
fn age(segment: Option<(u32, bool)>, data: &[u8], now_ns: u64) -> Option<u64> {
    match segment {
        None => now_ns.checked_sub(u64::from_be_bytes(*data.first_chunk()?)),
        Some((sequence, true)) => Some(age_of_short(sequence, now_ns)),
        Some((_, false)) => Some(age_of_short(u32::from_be_bytes(*data.first_chunk()?), now_ns)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::craft::{Mold, Packet, Route};
    use super::super::spec::Kind;
    use super::*;

    fn frame(kind: Kind, port: u16) -> Vec<u8> {
        let route = Route { from: Mac([2; 6]), to: Mac([4; 6]), vip: Ipv4Addr::new(10, 1, 0, 100) };
        let mut mold = Mold::new(kind, 64, port, route, 1);
        let source = (Ipv4Addr::new(10, 64, 0, 1), 2000);
        mold.make(0, &Packet { source, id: 0, before: 5, stamp_ns: 10_000_000_007 });
        mold.frame(0).to_vec()
    }

    fn ports() -> Vec<u8> {
        let mut ports = vec![0; 1 << 16];
        (ports[53], ports[80]) = (1, 2);
        ports
    }

    #[test]
    fn the_load_is_found_with_its_age() {
        for (kind, port) in [(Kind::Udp, 53), (Kind::Syn, 80), (Kind::Established, 80)] {
            let (ports, bytes) = (ports(), frame(kind, port));
            let found = find(&bytes, &ports).expect("of the load");
            assert_eq!((found.mac, found.addr), (Mac([4; 6]), Ipv4Addr::new(10, 1, 0, 100)));
            assert_eq!(age(found.segment, found.data, 10_000_000_017), Some(10), "{kind:?}");
            let wrong = frame(kind, 54);
            assert!(find(&wrong, &ports).is_none());
            let mut later = bytes.clone();
            later[21] = 1;
            assert!(find(&later, &ports).is_none(), "a later fragment");
            assert!((0..42).all(|len| find(&bytes[..len], &ports).is_none()));
        }
        let (ports, bytes) = (ports(), frame(Kind::Udp, 80));
        assert!(find(&bytes, &ports).is_none(), "the port is TCP's");
    }

    #[test]
    fn a_tunnel_has_the_outer_address() {
        let inner = frame(Kind::Udp, 53);
        let mut outer = inner[..34].to_vec();
        outer[16..18].copy_from_slice(&66u16.to_be_bytes());
        outer[23] = 4;
        outer[30..34].copy_from_slice(&[10, 2, 0, 9]);
        outer.extend(&inner[14..]);
        let ports = ports();
        let found = find(&outer, &ports).expect("of the load");
        assert_eq!((found.addr, found.data.len()), (Ipv4Addr::new(10, 2, 0, 9), 18));
    }
}
