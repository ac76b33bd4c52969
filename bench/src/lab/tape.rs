//! A capture made ready to be sent again: to the lab's VIP, each client with an address of the lab's.

use super::craft::{ETHERNET_LEN, IP_LEN, Route};
use super::pcap::Capture;
use super::spec::Replay;
use anyhow::{Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;
use std::time::Duration;
use ulvs::lvs::Protocol;
use ulvs::wire::checksum::Sum;

/// Services that one capture may have.
const MOST_SERVICES: usize = 64;
/// Longest frame of an ordinary link, without check sequence.
const LONGEST: usize = 1514;
const TTL: u8 = 64;

/// Frames to be sent, again and again.
#[derive(Debug)]
pub struct Tape {
    bytes: Vec<u8>,
    /// When each is due after the first, and where its bytes are.
    frames: Vec<(Duration, Range<usize>)>,
    /// The frames that were chosen last.
    burst: Range<usize>,
    next: usize,
    /// Whose packets they are: protocol and port.
    pub services: Vec<(Protocol, u16)>,
    /// How many flows there are.
    pub flows: u64,
    /// How many frames were left out, by the reason.
    pub left_out: BTreeMap<&'static str, u64>,
}

impl Tape {
    /// Of a capture, what the scenario wants of it; `client` gives a client of each number an address.
    ///
    /// # Errors
    /// Nothing is left, or too many services are.
    pub fn new(
        capture: &Capture,
        wanted: &Replay,
        route: Route,
        client: impl Fn(usize) -> Ipv4Addr,
    ) -> Result<Self> {
        let mut bytes = capture.bytes.clone();
        let (mut clients, mut flows) = (BTreeMap::new(), BTreeSet::new());
        let (mut services, mut left_out) = (BTreeSet::new(), BTreeMap::new());
        let mut frames: Vec<(Duration, Range<usize>)> = Vec::new();
        let mut first = None;
        for (at, place) in &capture.frames {
            match parts(&bytes[place.clone()], wanted.to) {
                Ok(Parts { source, len, head }) => {
                    let number = clients.len();
                    let number = *clients.entry(source).or_insert(number);
                    let frame = &mut bytes[place.clone()];
                    let service = rewrite(frame, head, len, (client(number), route), wanted.port);
                    flows.insert((number, frame[ETHERNET_LEN + head..][..4].to_vec(), service.0.number()));
                    services.insert((service.0.number(), service.1));
                    let first = *first.get_or_insert(*at);
                    // A capture may be out of order; its frames leave in the order of the file.
                    let due = Duration::from_nanos(at.saturating_sub(first));
                    let due = frames.last().map_or(due, |(before, _)| due.max(*before));
                    frames.push((
                        due,
                        place.start..place.start + (ETHERNET_LEN + len).max(60).min(place.len()),
                    ));
                }
                Err(why) => *left_out.entry(why).or_insert(0) += 1,
            }
        }
        let told: Vec<_> = left_out.iter().map(|(why, count)| format!("{count} {why}")).collect();
        ensure!(!frames.is_empty(), "nothing of it can be replayed: {}", told.join(", "));
        ensure!(
            services.len() <= MOST_SERVICES,
            "its packets are for {} ports: name one to which all shall go (`port`)",
            services.len()
        );
        let services = services
            .into_iter()
            .filter_map(|(protocol, port)| Some((Protocol::from_number(protocol)?, port)));
        let (services, flows) = (services.collect(), flows.len() as u64);
        Ok(Self { bytes, frames, burst: 0..0, next: 0, services, flows, left_out })
    }

    /// How many frames it has.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Begins anew.
    pub fn rewind(&mut self) {
        self.next = 0;
    }

    /// When a round is over: after its last frame comes as much time as is between two on average.
    pub fn round(&self) -> Duration {
        let last = self.frames.last().map_or(Duration::ZERO, |(due, _)| *due);
        last + last / u32::try_from(self.frames.len()).unwrap_or(u32::MAX).max(2)
    }

    /// Chooses the next frames, at most so many, of this round; returns how many. After the last the next round begins.
    pub fn take(&mut self, count: usize) -> usize {
        let end = (self.next + count).min(self.frames.len());
        self.burst = self.next..end;
        self.next = end % self.frames.len();
        self.burst.len()
    }

    /// As [`Tape::take`], those that are due so long after their round began; besides, whether the round is over with them.
    pub fn take_due(&mut self, into: Duration, most: usize) -> (usize, bool) {
        let due = self.frames[self.next..].iter().take(most).take_while(|(at, _)| *at <= into).count();
        let count = self.take(due);
        (count, count > 0 && self.next == 0)
    }

    /// The frames that were chosen last.
    pub fn burst(&self) -> impl Iterator<Item = &[u8]> {
        self.frames[self.burst.clone()].iter().map(|(_, place)| &self.bytes[place.clone()])
    }
}

/// What must be known of a frame to rewrite it.
struct Parts {
    source: Ipv4Addr,
    /// Bytes of the IP packet, and of its header.
    len: usize,
    head: usize,
}

/// Says what a frame is, or why it is left out.
fn parts(frame: &[u8], to: Option<Ipv4Addr>) -> Result<Parts, &'static str> {
    let packet = match frame.get(12..14) {
        Some([8, 0]) => &frame[ETHERNET_LEN..],
        _ => return Err("not IPv4"),
    };
    let ip = packet.first_chunk::<IP_LEN>().filter(|ip| ip[0] >> 4 == 4).ok_or("malformed")?;
    let (head, len) = (usize::from(ip[0] & 0x0f) * 4, usize::from(u16::from_be_bytes([ip[2], ip[3]])));
    let transport = match ip[9] {
        6 => 20,
        17 => 8,
        _ => return Err("neither TCP nor UDP"),
    };
    if u16::from_be_bytes([ip[6], ip[7]]) & 0x3fff != 0 {
        return Err("fragments");
    }
    let addr = |at: usize| Ipv4Addr::new(ip[at], ip[at + 1], ip[at + 2], ip[at + 3]);
    if to.is_some_and(|to| to != addr(16)) {
        return Err("to other addresses");
    }
    if head < IP_LEN || len < head + transport || packet.len() < len {
        return Err("malformed");
    }
    if ETHERNET_LEN + len > LONGEST {
        return Err("longer than 1518 bytes (captured with offloads on)");
    }
    Ok(Parts { source: addr(12), len, head })
}

/// Gives a packet other ends; returns the service that it is for then.
fn rewrite(
    frame: &mut [u8],
    head: usize,
    len: usize,
    (client, route): (Ipv4Addr, Route),
    port: Option<u16>,
) -> (Protocol, u16) {
    let (ethernet, packet) = frame.split_at_mut(ETHERNET_LEN);
    ethernet[..6].copy_from_slice(&route.to.0);
    ethernet[6..12].copy_from_slice(&route.from.0);
    let (ip, rest) = packet[..len].split_at_mut(head);
    ip[8] = TTL;
    ip[10..12].fill(0);
    ip[12..16].copy_from_slice(&client.octets());
    ip[16..20].copy_from_slice(&route.vip.octets());
    let sum = Sum::default().bytes(ip).finish();
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    if let Some(port) = port {
        rest[2..4].copy_from_slice(&port.to_be_bytes());
    }
    let is_udp = ip[9] == 17;
    let sum_at = if is_udp { 6 } else { 16 };
    // UDP may do without.
    if !is_udp || rest[6..8] != [0, 0] {
        rest[sum_at..sum_at + 2].fill(0);
        let (client, vip) = (IpAddr::V4(client), IpAddr::V4(route.vip));
        let sum = Sum::default().pseudo_header(client, vip, ip[9], rest.len()).bytes(rest).finish();
        let sum = if sum == 0 && is_udp { 0xffff } else { sum };
        rest[sum_at..sum_at + 2].copy_from_slice(&sum.to_be_bytes());
    }
    let protocol = if is_udp { Protocol::Udp } else { Protocol::Tcp };
    (protocol, u16::from_be_bytes([rest[2], rest[3]]))
}

#[cfg(test)]
mod tests {
    use super::super::craft::{Mold, Packet};
    use super::super::spec::Kind;
    use super::*;
    use std::sync::Arc;
    use testnet::checksum::{fold, pseudo, sum};
    use ulvs::lvs::Mac;

    const VIP: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 100);

    fn wanted(to: Option<Ipv4Addr>, port: Option<u16>) -> Replay {
        Replay { name: String::new(), capture: Arc::new(capture()), to, port, speed: None, loops: None }
    }

    /// Frames of two clients to two servers, one of them a fragment, and one of another protocol.
    fn capture() -> Capture {
        let route = |last| Route { from: Mac([6; 6]), to: Mac([8; 6]), vip: Ipv4Addr::new(192, 0, 2, last) };
        let mut bytes = Vec::new();
        let mut frames = Vec::new();
        for (number, (client, server, kind)) in [
            (1, 1, Kind::Udp),
            (2, 1, Kind::Syn),
            (1, 2, Kind::Udp),
            (1, 1, Kind::Udp),
            (1, 1, Kind::Udp),
            (1, 1, Kind::Udp),
        ]
        .into_iter()
        .enumerate()
        {
            let mut mold =
                Mold::new(kind, 100.min(if kind == Kind::Syn { 64 } else { 100 }), 5000, route(server), 1);
            let source = (Ipv4Addr::new(203, 0, 113, client), 4000);
            mold.make(0, &Packet { source, id: 1, before: 0, stamp_ns: 1 });
            let mut frame = mold.frame(0).to_vec();
            match number {
                3 => frame[20] |= 0x20, // more fragments
                4 => frame[12] = 0x86,
                _ => {}
            }
            frames.push((1_000_000 * number as u64, bytes.len()..bytes.len() + frame.len()));
            bytes.extend(frame);
        }
        Capture { bytes, frames }
    }

    fn route() -> Route {
        Route { from: Mac([2; 6]), to: Mac([4; 6]), vip: VIP }
    }

    fn client(number: usize) -> Ipv4Addr {
        Ipv4Addr::new(10, 64, 0, number as u8)
    }

    #[test]
    fn packets_get_other_ends_and_right_checksums() {
        let mut tape = Tape::new(&capture(), &wanted(None, Some(80)), route(), client).unwrap();
        assert_eq!((tape.len(), tape.flows), (4, 2));
        assert_eq!(tape.services, [(Protocol::Tcp, 80), (Protocol::Udp, 80)]);
        assert_eq!(tape.left_out, BTreeMap::from([("fragments", 1), ("not IPv4", 1)]));
        assert_eq!(tape.take(64), 4);
        for (number, frame) in tape.burst().enumerate() {
            let (ip, rest) = frame[14..].split_at(20);
            let len = usize::from(u16::from_be_bytes([ip[2], ip[3]])) - 20;
            let from = IpAddr::V4(client(usize::from(number == 1)));
            assert_eq!((fold(sum(ip)), IpAddr::from([ip[12], ip[13], ip[14], ip[15]])), (0xffff, from));
            let all = pseudo(from, IpAddr::V4(VIP), ip[9], len) + sum(&rest[..len]);
            assert_eq!(fold(all), 0xffff, "{number}");
        }
        assert_eq!(tape.round(), Duration::from_micros(6250));
        let at = Duration::from_micros;
        assert_eq!(tape.take_due(at(1000), 64), (2, false));
        assert_eq!(tape.take_due(at(1500), 64), (0, false));
        assert_eq!(tape.take_due(at(9000), 1), (1, false));
        assert_eq!(tape.take_due(at(9000), 64), (1, true));
        assert_eq!(tape.take_due(at(0), 64), (1, false), "the next round");
    }

    #[test]
    fn only_what_is_wanted_and_in_rounds() {
        let to = Some(Ipv4Addr::new(192, 0, 2, 2));
        let mut tape = Tape::new(&capture(), &wanted(to, None), route(), client).unwrap();
        assert_eq!((tape.len(), &tape.services[..]), (1, &[(Protocol::Udp, 5000)][..]));
        assert_eq!((tape.take(2), tape.take(2)), (1, 1));
        let none = Tape::new(&capture(), &wanted(Some(VIP), None), route(), client);
        assert!(format!("{:#}", none.unwrap_err()).contains("4 to other addresses"));
    }
}
