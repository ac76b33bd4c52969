//! What looks at every packet that arrives, at the real server or back at the client: its addresses and ports, its
//! checksums, and the order of the packets of every flow. It reads bytes by itself, by nothing of the code that it judges.

use crate::bed::{CIP, CLIENT_MAC, DIP_SERVER, INNER_MAC, OUTER_MAC, RIP_SINK, SERVER_MAC};
use crate::frames;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use testnet::checksum::{fold, pseudo, sum};
use ulvs::frame::VnetHeader;
use ulvs::lvs::Mac;

/// Flows of numbered runs begin at this number; those of frames at 0.
pub const RUNS: u64 = 1 << 40;
/// And TCP streams at this one.
pub const STREAMS: u64 = 1 << 41;
/// The clients of streams are those of frames from this number on.
pub const STREAM_CLIENTS: u64 = 1 << 32;
const ETHERNET_LEN: usize = 14;
const IPIP: u8 = 4;
const TCP: u8 = 6;
const UDP: u8 = 17;
/// Bytes of payload that tell number and flow.
pub const NUMBERS: usize = 16;
/// What the rest of it is filled with.
pub const FILLER: u8 = 0x5a;

/// What was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Packets of the load, those within super-frames each.
    pub packets: u64,
    /// Super-frames that they came in.
    pub supers: u64,
    /// Packets whose header makes no sense, or that are for or from somebody else.
    pub strange: u64,
    /// Packets with a wrong checksum.
    pub wrong_sum: u64,
    /// Packets whose payload is not what was sent: where a checksum is unfinished, it does not tell.
    pub spoilt: u64,
    /// Packets that came after a later one of their flow, or twice.
    pub out_of_order: u64,
}

/// Where it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At the real server, for what the clients sent.
    Server,
    /// At the client, for what the real server answered.
    Client,
}

/// The flows of the load.
#[derive(Clone, Debug)]
pub struct Flows {
    /// How many of frames.
    pub frames: usize,
    /// The client's ports of those of runs.
    pub runs: Vec<u16>,
    /// How many TCP streams.
    pub streams: usize,
}

/// Looks at frames.
pub struct Audit {
    side: Side,
    /// What packets that arrive here say of the server: the VIP, or behind NAT the real server.
    server: SocketAddrV4,
    /// The client's ports of runs.
    ports: Vec<u16>,
    /// For each flow of frames, of runs and of streams, the number that was seen last, plus one.
    last: [Vec<u64>; 3],
    /// What was seen so far.
    pub seen: Seen,
}

/// A frame of which all is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// Bytes before the payload.
    pub headers: usize,
    /// Bytes of payload in each packet that it was joined from; the last may have fewer.
    pub each: usize,
    /// Packets in it.
    pub packets: usize,
    pub is_tcp: bool,
}

/// Why a packet is not counted as one of the load.
enum Fault {
    Strange,
    WrongSum,
    Spoilt,
}

/// A frame that is addressed as it should be, its payload not looked at.
struct Addressed<'f> {
    payload: &'f [u8],
    client: SocketAddrV4,
    right: Right,
}

impl Audit {
    pub fn new(side: Side, server: SocketAddrV4, flows: &Flows) -> Self {
        let last = [flows.frames, flows.runs.len(), flows.streams].map(|count| vec![0; count]);
        Self { side, server, ports: flows.runs.clone(), last, seen: Seen::default() }
    }

    /// Looks at one frame, as it is in the ring.
    pub fn look(&mut self, frame: &[u8], vnet: &VnetHeader) -> Option<Right> {
        match self.judge(frame, vnet) {
            Ok(right) => {
                self.seen.supers += u64::from(vnet.is_super());
                self.seen.packets += right.packets as u64;
                return Some(right);
            }
            Err(Fault::Strange) => self.seen.strange += 1,
            Err(Fault::WrongSum) => self.seen.wrong_sum += 1,
            Err(Fault::Spoilt) => self.seen.spoilt += 1,
        }
        None
    }

    fn judge(&mut self, frame: &[u8], vnet: &VnetHeader) -> Result<Right, Fault> {
        let Addressed { payload, client, right } = self.addressed(frame, vnet)?;
        let mut numbers = payload.chunks(right.each).map(numbers);
        // All of a frame is of one flow, and of the one that its client's address and its protocol say.
        let (_, flow) = numbers.clone().next().flatten().ok_or(Fault::Strange)?;
        let (kind, at, owner) = self.owner(flow).ok_or(Fault::Strange)?;
        let is_its_own = owner == client && right.is_tcp == (kind == 2);
        if !is_its_own || !numbers.clone().all(|found| found.is_some_and(|(_, of)| of == flow)) {
            return Err(Fault::Strange);
        }
        let is_whole =
            |packet: &[u8]| packet[NUMBERS..].iter().fold(0, |wrong, byte| wrong | (byte ^ FILLER)) == 0;
        if !payload.chunks(right.each).all(is_whole) {
            return Err(Fault::Spoilt);
        }
        let last = self.last[kind].get_mut(at).ok_or(Fault::Strange)?;
        while let Some(Some((number, _))) = numbers.next() {
            if number < *last {
                self.seen.out_of_order += 1;
            } else {
                *last = number + 1;
            }
        }
        Ok(right)
    }

    /// The kind of a flow, its number among its kind, and its client.
    fn owner(&self, flow: u64) -> Option<(usize, usize, SocketAddrV4)> {
        let (kind, at) = match flow {
            STREAMS.. => (2, flow - STREAMS),
            RUNS.. => (1, flow - RUNS),
            _ => (0, flow),
        };
        let at = usize::try_from(at).ok().filter(|at| *at < self.last[kind].len())?;
        let client = match kind {
            2 => frames::client(STREAM_CLIENTS + at as u64),
            1 => SocketAddrV4::new(CIP, *self.ports.get(at)?),
            _ => frames::client(flow),
        };
        Some((kind, at, client))
    }

    /// The payload of a frame, out of its tunnel, if addresses and checksums are right.
    fn addressed<'f>(&self, frame: &'f [u8], vnet: &VnetHeader) -> Result<Addressed<'f>, Fault> {
        let (ethernet, packet) = frame.split_at_checked(ETHERNET_LEN).ok_or(Fault::Strange)?;
        let (Mac(to), Mac(from)) = match self.side {
            Side::Server => (SERVER_MAC, OUTER_MAC),
            Side::Client => (CLIENT_MAC, INNER_MAC),
        };
        if ethernet != [&to[..], &from, &[8, 0]].concat() {
            return Err(Fault::Strange);
        }
        let (mut ip, mut rest) = ipv4(packet)?;
        let mut headers = ETHERNET_LEN + ip.len();
        if ip[9] == IPIP {
            if ip[12..20] != [DIP_SERVER.octets(), RIP_SINK.octets()].concat() {
                return Err(Fault::Strange);
            }
            (ip, rest) = ipv4(rest)?;
            headers += ip.len();
        }
        let head = match ip[9] {
            TCP if rest.len() >= 20 && rest[12] >> 4 == 5 => 20,
            UDP if rest.len() >= 8 && usize::from(word(rest, 4)) == rest.len() => 8,
            _ => return Err(Fault::Strange),
        };
        let addr = |at: usize| Ipv4Addr::new(ip[at], ip[at + 1], ip[at + 2], ip[at + 3]);
        let from = SocketAddrV4::new(addr(12), word(rest, 0));
        let to = SocketAddrV4::new(addr(16), word(rest, 2));
        let (client, server) = match self.side {
            Side::Server => (from, to),
            Side::Client => (to, from),
        };
        if server != self.server {
            return Err(Fault::Strange);
        }
        let addresses = pseudo(IpAddr::V4(*from.ip()), IpAddr::V4(*to.ip()), ip[9], rest.len());
        let stated = word(rest, if ip[9] == TCP { 16 } else { 6 });
        let is_right = if vnet.is_partial() {
            // Left to be done by whoever takes it out: the sum of the pseudo-header stands there.
            stated == fold(addresses)
        } else {
            (stated != 0 || ip[9] == TCP) && fold(addresses + sum(rest)) == 0xffff
        };
        if !is_right {
            return Err(Fault::WrongSum);
        }
        let payload = &rest[head..];
        let each = if vnet.is_super() { usize::from(vnet.gso_size) } else { payload.len() };
        if each == 0 || payload.is_empty() {
            return Err(Fault::Strange);
        }
        let packets = payload.len().div_ceil(each);
        let right = Right { headers: headers + head, each, packets, is_tcp: ip[9] == TCP };
        Ok(Addressed { payload, client, right })
    }
}

/// The number of a packet within its flow, and its flow.
fn numbers(payload: &[u8]) -> Option<(u64, u64)> {
    let word = |at: usize| payload.get(at..at + 8).and_then(|bytes| bytes.first_chunk().copied());
    Some((u64::from_be_bytes(word(0)?), u64::from_be_bytes(word(8)?)))
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// The header of an IPv4 packet without options, and what it says that it carries; its checksum must be right.
fn ipv4(packet: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let ip = packet.get(..20).filter(|ip| ip[0] == 0x45).ok_or(Fault::Strange)?;
    if fold(sum(ip)) != 0xffff {
        return Err(Fault::WrongSum);
    }
    // The frame may be padded behind it.
    let rest = packet.get(20..usize::from(word(ip, 2))).ok_or(Fault::Strange)?;
    Ok((ip, rest))
}

/// Writes number and flow where [`Audit`] looks for them.
pub fn mark(payload: &mut [u8], number: u64, flow: u64) {
    if let Some(words) = payload.first_chunk_mut::<NUMBERS>() {
        words[..8].copy_from_slice(&number.to_be_bytes());
        words[8..].copy_from_slice(&flow.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bed::VIP_SINK;
    use crate::frames::Shape;
    use crate::streams;

    const VIP: SocketAddrV4 = SocketAddrV4::new(VIP_SINK, crate::scenario::SINK_PORT);
    /// Where a checksum is, behind the headers of Ethernet and IP.
    const UDP_SUM: usize = 14 + 20 + 6;
    const TCP_SUM: usize = 14 + 20 + 16;

    fn audit(side: Side) -> Audit {
        Audit::new(side, VIP, &Flows { frames: 10, runs: vec![1000, 1001, 1002, 1003], streams: 4 })
    }

    fn seen_at(side: Side, frames: &[Vec<u8>], vnet: &VnetHeader) -> Seen {
        let mut audit = audit(side);
        for frame in frames {
            let _ = audit.look(frame, vnet);
        }
        audit.seen
    }

    fn seen(frames: &[Vec<u8>], vnet: &VnetHeader) -> Seen {
        seen_at(Side::Server, frames, vnet)
    }

    /// As a director would send it on, which changes no address.
    fn sent_on(mut frame: Vec<u8>) -> Vec<u8> {
        frame[..12].copy_from_slice(&[SERVER_MAC.0, OUTER_MAC.0].concat());
        frame
    }

    /// And its answer, as the client gets it.
    fn answered(mut frame: Vec<u8>) -> Vec<u8> {
        frame[..12].copy_from_slice(&[CLIENT_MAC.0, INNER_MAC.0].concat());
        frame[26..34].rotate_left(4);
        frame[34..38].rotate_left(2);
        frame
    }

    fn datagram(flow: u64, number: u64) -> Vec<u8> {
        sent_on(frames::sample(VIP_SINK, flow, Shape::Udp, number).to_vec())
    }

    fn segment(stream: u64, number: u64) -> Vec<u8> {
        sent_on(streams::sample(VIP, stream, number))
    }

    #[test]
    fn what_is_right_is_counted_and_no_single_wrong_bit_passes() {
        let vnet = VnetHeader::default();
        let all_right = Seen { packets: 1, ..Seen::default() };
        for request in [datagram(3, 7), segment(3, 700), segment(0, 0)] {
            for (side, frame) in [(Side::Server, request.clone()), (Side::Client, answered(request))] {
                assert_eq!(seen_at(side, std::slice::from_ref(&frame), &vnet), all_right);
                for bit in 0..frame.len() * 8 {
                    let mut wrong = frame.clone();
                    wrong[bit / 8] ^= 1 << (bit % 8);
                    let found = seen_at(side, &[wrong], &vnet);
                    assert_eq!((found.packets, found.strange + found.wrong_sum), (0, 1), "bit {bit}");
                }
                for len in 0..frame.len() {
                    assert_ne!(seen_at(side, &[frame[..len].to_vec()], &vnet), all_right, "{len}");
                }
            }
        }
    }

    /// Adds to a word and takes the same from another, so that no checksum tells.
    fn shift(frame: &mut [u8], more: usize, less: usize) {
        for (at, by) in [(more, 1u16), (less, 0xfffe)] {
            let sum = fold(u32::from(word(frame, at)) + u32::from(by));
            frame[at..at + 2].copy_from_slice(&sum.to_be_bytes());
        }
    }

    #[test]
    fn addresses_and_ports_are_those_of_the_flow_and_its_service() {
        let vnet = VnetHeader::default();
        // Ports, of either end; the number of the flow.
        for (side, frame) in [(Side::Server, datagram(3, 7)), (Side::Client, answered(datagram(3, 7)))] {
            for place in [34, 36, 56] {
                let mut wrong = frame.clone();
                shift(&mut wrong, place, 58);
                let found = seen_at(side, &[wrong], &vnet);
                assert_eq!(found, Seen { strange: 1, ..Seen::default() }, "{side:?} {place}");
            }
        }
        // A real server's own address and port, as they would be if the way back did not translate.
        let real = SocketAddrV4::new(RIP_SINK, 9009);
        let mut plain = answered(sent_on(streams::sample(real, 1, 5)));
        let strange = Seen { strange: 1, ..Seen::default() };
        assert_eq!(seen_at(Side::Client, std::slice::from_ref(&plain), &vnet), strange);
        plain = answered(sent_on(streams::sample(SocketAddrV4::new(VIP_SINK, 9009), 1, 5)));
        assert_eq!(seen_at(Side::Client, std::slice::from_ref(&plain), &vnet), strange);
        // Another side's packet.
        assert_eq!(seen_at(Side::Client, &[segment(1, 5)], &vnet), strange);
        assert_eq!(seen_at(Side::Server, &[answered(segment(1, 5))], &vnet), strange);
    }

    #[test]
    fn order_is_of_each_flow() {
        let frames = [datagram(1, 0), datagram(2, 5), segment(1, 1), datagram(1, 3), segment(1, 6)];
        assert_eq!(seen(&frames, &VnetHeader::default()), Seen { packets: 5, ..Seen::default() });
        let frames = [datagram(1, 1), datagram(1, 0), segment(2, 0), segment(2, 0), datagram(99, 0)];
        let found = seen(&frames, &VnetHeader::default());
        assert_eq!(found, Seen { packets: 4, out_of_order: 2, strange: 1, ..Seen::default() });
    }

    /// Three datagrams of a run, or segments of a stream, joined; their numbers.
    fn joined(numbers: [u64; 3], is_tcp: bool) -> (Vec<u8>, VnetHeader) {
        let mut frame = if is_tcp { segment(2, 0) } else { datagram(0, 0) };
        let (head, sum_at) = if is_tcp { (54, TCP_SUM) } else { (42, UDP_SUM) };
        frame.truncate(head);
        for number in numbers {
            let mut payload = [FILLER; 20];
            mark(&mut payload, number, if is_tcp { STREAMS } else { RUNS } + 2);
            frame.extend(payload);
        }
        let len = frame.len() - 34;
        if !is_tcp {
            frame[26..30].copy_from_slice(&CIP.octets());
            frame[34..36].copy_from_slice(&1002u16.to_be_bytes());
            frame[38..40].copy_from_slice(&(len as u16).to_be_bytes());
        }
        frame[16..18].copy_from_slice(&(20 + len as u16).to_be_bytes());
        frame[24..26].fill(0);
        let header = !fold(sum(&frame[14..34]));
        frame[24..26].copy_from_slice(&header.to_be_bytes());
        let addr = |at: usize| IpAddr::from([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
        let unfinished = fold(pseudo(addr(26), addr(30), frame[23], len));
        frame[sum_at..sum_at + 2].copy_from_slice(&unfinished.to_be_bytes());
        let gso_type = if is_tcp { VnetHeader::GSO_TCPV4 } else { VnetHeader::GSO_UDP_L4 };
        let flags = VnetHeader::NEEDS_CSUM;
        (frame, VnetHeader { flags, gso_type, gso_size: 20, ..VnetHeader::default() })
    }

    #[test]
    fn unfinished_checksums_and_super_frames() {
        for is_tcp in [false, true] {
            let (frame, vnet) = joined([0, 1, 2], is_tcp);
            let right = Seen { packets: 3, supers: 1, ..Seen::default() };
            for (side, frame) in [(Side::Server, frame.clone()), (Side::Client, answered(frame.clone()))] {
                assert_eq!(seen_at(side, &[frame], &vnet), right);
            }
            let mut wrong = frame.clone();
            wrong[if is_tcp { TCP_SUM } else { UDP_SUM } + 1] ^= 1;
            assert_eq!(seen(&[wrong], &vnet), Seen { wrong_sum: 1, ..Seen::default() });
            let mut wrong = frame.clone();
            *wrong.last_mut().unwrap() ^= 1;
            assert_eq!(seen(&[wrong], &vnet), Seen { spoilt: 1, ..Seen::default() });
            let (frame, vnet) = joined([0, 2, 1], is_tcp);
            assert_eq!(seen(&[frame], &vnet), Seen { out_of_order: 1, ..right });
        }
    }
}
