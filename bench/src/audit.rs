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
