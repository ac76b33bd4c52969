//! The sink that looks at what comes: every frame's addresses and checksums, and the order of the packets of every flow.
//! It reads bytes by itself, by nothing of the code that it judges.

use std::net::{IpAddr, Ipv4Addr};
use testnet::checksum::{fold, pseudo, sum};
use ulvs::frame::VnetHeader;

/// Flows of numbered runs begin at this number; those of frames at 0.
pub const RUNS: u64 = 1 << 40;
const IPIP: u8 = 4;
const UDP: u8 = 17;
/// Bytes of payload that tell number and flow.
const NUMBERS: usize = 16;

/// What was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Datagrams of the load, those within super-frames each.
    pub datagrams: u64,
    /// Super-frames that they came in.
    pub supers: u64,
    /// Packets whose header makes no sense or is for somebody else.
    pub strange: u64,
    /// Packets with a wrong checksum.
    pub wrong_sum: u64,
    /// Datagrams that came after a later one of their flow, or twice.
    pub out_of_order: u64,
}

/// Looks at frames.
pub struct Audit {
    /// To whom packets must be.
    to: Ipv4Addr,
    /// For each flow of frames, and of runs, the number that was seen last, plus one.
    last: [Vec<u64>; 2],
    /// What was seen so far.
    pub seen: Seen,
}

/// Why a packet is not counted as one of the load.
enum Fault {
    Strange,
    WrongSum,
}

impl Audit {
    /// For packets to this address, of so many flows of frames and of runs.
    pub fn new(to: Ipv4Addr, frames: usize, runs: usize) -> Self {
        Self { to, last: [vec![0; frames], vec![0; runs]], seen: Seen::default() }
    }

    /// Looks at one frame, as it is in the ring.
    pub fn look(&mut self, frame: &[u8], vnet: &VnetHeader) {
        match self.payload(frame, vnet) {
            Ok((payload, each)) => {
                self.seen.supers += u64::from(vnet.is_super());
                for datagram in payload.chunks(each) {
                    self.seen.datagrams += 1;
                    self.number(datagram);
                }
            }
            Err(Fault::Strange) => self.seen.strange += 1,
            Err(Fault::WrongSum) => self.seen.wrong_sum += 1,
        }
    }

    /// The UDP payload of a frame, out of its tunnel, and how much of it is one datagram.
    fn payload<'f>(&self, frame: &'f [u8], vnet: &VnetHeader) -> Result<(&'f [u8], usize), Fault> {
        let packet = frame.get(14..).filter(|_| frame.get(12..14) == Some(&[8, 0])).ok_or(Fault::Strange)?;
        let (mut ip, mut rest) = ipv4(packet)?;
        if ip[9] == IPIP {
            (ip, rest) = ipv4(rest)?;
        }
        let addr = |at: usize| IpAddr::from([ip[at], ip[at + 1], ip[at + 2], ip[at + 3]]);
        if ip[9] != UDP || addr(16) != self.to || rest.len() < 8 {
            return Err(Fault::Strange);
        }
        if usize::from(u16::from_be_bytes([rest[4], rest[5]])) != rest.len() {
            return Err(Fault::Strange);
        }
        let addresses = pseudo(addr(12), addr(16), UDP, rest.len());
        let stated = u16::from_be_bytes([rest[6], rest[7]]);
        let is_right = if vnet.is_partial() {
            // Left to be done by whoever takes it out: the sum of the pseudo-header stands there.
            stated == fold(addresses)
        } else {
            stated != 0 && fold(addresses + sum(rest)) == 0xffff
        };
        if !is_right {
            return Err(Fault::WrongSum);
        }
        let payload = &rest[8..];
        let each = if vnet.is_super() { usize::from(vnet.gso_size) } else { payload.len() };
        if each == 0 { Err(Fault::Strange) } else { Ok((payload, each)) }
    }

    /// A datagram: its number must be above those that its flow had before.
    fn number(&mut self, datagram: &[u8]) {
        let word = |at: usize| datagram.get(at..at + 8).and_then(|bytes| bytes.first_chunk().copied());
        let (Some(number), Some(flow)) = (word(0).map(u64::from_be_bytes), word(8).map(u64::from_be_bytes))
        else {
            self.seen.strange += 1;
            return;
        };
        let (kind, flow) = if flow >= RUNS { (1, flow - RUNS) } else { (0, flow) };
        let Some(last) = usize::try_from(flow).ok().and_then(|flow| self.last[kind].get_mut(flow)) else {
            self.seen.strange += 1;
            return;
        };
        if number < *last {
            self.seen.out_of_order += 1;
        } else {
            *last = number + 1;
        }
    }
}

/// The header of an IPv4 packet without options, and what it says that it carries; its checksum must be right.
fn ipv4(packet: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let ip = packet.get(..20).filter(|ip| ip[0] == 0x45).ok_or(Fault::Strange)?;
    if fold(sum(ip)) != 0xffff {
        return Err(Fault::WrongSum);
    }
    // The frame may be padded behind it.
    let len = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
    let rest = packet.get(20..len).ok_or(Fault::Strange)?;
    Ok((ip, rest))
}

/// Writes number and flow where [`Audit`] looks for them.
pub fn mark(datagram: &mut [u8], number: u64, flow: u64) {
    if let Some(words) = datagram.first_chunk_mut::<NUMBERS>() {
        words[..8].copy_from_slice(&number.to_be_bytes());
        words[8..].copy_from_slice(&flow.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::{Shape, sample};

    const SINK: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 100);

    fn audit() -> Audit {
        Audit::new(SINK, 10, 4)
    }

    fn seen(frames: &[Vec<u8>], vnet: &VnetHeader) -> Seen {
        let mut audit = audit();
        frames.iter().for_each(|frame| audit.look(frame, vnet));
        audit.seen
    }

    #[test]
    fn what_is_right_is_counted_and_no_single_wrong_bit_passes() {
        let vnet = VnetHeader::default();
        let frame = sample(SINK, 3, Shape::Udp, 7).to_vec();
        let all_right = Seen { datagrams: 1, ..Seen::default() };
        assert_eq!(seen(std::slice::from_ref(&frame), &vnet), all_right);
        for bit in 14 * 8..frame.len() * 8 {
            let mut wrong = frame.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            let found = seen(&[wrong], &vnet);
            assert_eq!((found.datagrams, found.strange + found.wrong_sum), (0, 1), "bit {bit}");
        }
        for len in 0..frame.len() {
            assert_ne!(seen(&[frame[..len].to_vec()], &vnet), all_right, "{len}");
        }
    }

    #[test]
    fn order_is_of_each_flow() {
        let frame = |flow, number| sample(SINK, flow, Shape::Udp, number).to_vec();
        let frames = [frame(1, 0), frame(2, 5), frame(1, 1), frame(1, 3), frame(2, 6)];
        assert_eq!(seen(&frames, &VnetHeader::default()), Seen { datagrams: 5, ..Seen::default() });
        let frames = [frame(1, 1), frame(1, 0), frame(2, 0), frame(2, 0), frame(99, 0)];
        let found = seen(&frames, &VnetHeader::default());
        assert_eq!(found, Seen { datagrams: 5, out_of_order: 2, strange: 1, ..Seen::default() });
    }

    #[test]
    fn unfinished_checksums_and_super_frames() {
        let mut frame = sample(SINK, 0, Shape::Udp, 0).to_vec();
        let (from, to) = (IpAddr::from([10, 64, 0, 0]), IpAddr::V4(SINK));
        frame.truncate(14 + 20 + 8);
        for number in 0..3 {
            let mut datagram = [0; 20];
            mark(&mut datagram, number, RUNS + 2);
            frame.extend(datagram);
        }
        let len = 8 + 60;
        frame[16..18].copy_from_slice(&(20u16 + len).to_be_bytes());
        frame[24..26].fill(0);
        let header = !fold(sum(&frame[14..34]));
        frame[24..26].copy_from_slice(&header.to_be_bytes());
        frame[38..40].copy_from_slice(&len.to_be_bytes());
        frame[40..42].copy_from_slice(&fold(pseudo(from, to, UDP, usize::from(len))).to_be_bytes());
        let vnet = VnetHeader {
            flags: VnetHeader::NEEDS_CSUM,
            gso_type: VnetHeader::GSO_UDP_L4,
            gso_size: 20,
            ..VnetHeader::default()
        };
        let right = Seen { datagrams: 3, supers: 1, ..Seen::default() };
        assert_eq!(seen(std::slice::from_ref(&frame), &vnet), right);
        frame[41] ^= 1;
        assert_eq!(seen(&[frame], &vnet), Seen { wrong_sum: 1, ..Seen::default() });
    }
}
