//! What the real server answers behind NAT: to every packet of the load one with the same payload, so that what comes back
//! is numbered, too.
//!
//! A super-frame is answered in one of three ways, in turn: whole; cut into single packets, which the director may join
//! again; and cut, with checksums left unfinished. Addresses and ports are swapped, which no checksum notices.

use crate::audit::Right;
use crate::bed::{OUTER_MAC, SERVER_MAC};
use anyhow::{Context, Result, ensure};
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsFd;
use testnet::checksum::{fold, pseudo, sum};
use ulvs::frame::VnetHeader;
use ulvs::ring::{Gather, GatherList, PacketSocket};

/// Messages that the kernel is given at once.
const MOST: usize = 512;
const ETHERNET_LEN: usize = 14;
const IP_LEN: usize = 20;
const TCP: u8 = 6;
/// Ethernet, IPv4, TCP.
const MOST_HEADERS: usize = ETHERNET_LEN + IP_LEN + 20;

/// What was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Packets, those within super-frames each.
    pub packets: u64,
    /// Frames that they left in.
    pub frames: u64,
    /// Packets in the largest of these.
    pub most: u64,
}

/// Whoever answers.
pub struct Answers {
    socket: PacketSocket,
    gather: Gather,
    supers: u64,
    /// What was answered so far.
    pub answered: Answered,
}

impl Answers {
    pub fn new(socket: PacketSocket) -> Self {
        Self { socket, gather: Gather::new(MOST), supers: 0, answered: Answered::default() }
    }

    /// Answers the frames of a sweep, of which all was right.
    ///
    /// # Errors
    /// The kernel does not take the answers.
    pub fn give<'f>(
        &mut self,
        frames: impl Iterator<Item = (&'f mut [u8], VnetHeader, Right)>,
    ) -> Result<()> {
        let Self { socket, gather, supers, answered } = self;
        let mut list = gather.list();
        for (frame, vnet, right) in frames {
            if list.len() + right.packets > MOST {
                flush(&mut list, socket)?;
            }
            swap(frame);
            answered.packets += right.packets as u64;
            let way = *supers % 3;
            *supers += u64::from(vnet.is_super());
            if right.packets == 1 || way == 0 {
                // That a checksum was verified is no matter of who sends.
                let vnet = if vnet.is_partial() { vnet } else { VnetHeader::default() };
                list.push(0, &vnet.to_raw(), &[], frame).context("an answer")?;
                answered.frames += 1;
                answered.most = answered.most.max(right.packets as u64);
                continue;
            }
            let (headers, payload) = frame.split_at(right.headers);
            for (number, piece) in payload.chunks(right.each).enumerate() {
                let (head, vnet) = piece_of(headers, piece, number, right, way == 2);
                list.push(0, &vnet.to_raw(), &head[..right.headers], piece).context("an answer")?;
                answered.frames += 1;
            }
        }
        flush(&mut list, socket)
    }
}

fn flush(list: &mut GatherList<'_, '_>, socket: &PacketSocket) -> Result<()> {
    let report = list.flush(socket.as_fd());
    ensure!(report.lost() == 0, "answers were not taken by the kernel: {report:?}");
    Ok(())
}

/// Makes a request its own answer.
fn swap(frame: &mut [u8]) {
    frame[..6].copy_from_slice(&OUTER_MAC.0);
    frame[6..12].copy_from_slice(&SERVER_MAC.0);
    let addresses = &mut frame[ETHERNET_LEN + 12..ETHERNET_LEN + 20];
    addresses.rotate_left(4);
    frame[ETHERNET_LEN + IP_LEN..][..4].rotate_left(2);
}

/// The headers of one packet of a super-frame, as whoever cuts it would make them.
fn piece_of(
    headers: &[u8],
    piece: &[u8],
    number: usize,
    right: Right,
    is_partial: bool,
) -> ([u8; MOST_HEADERS], VnetHeader) {
    let mut head = [0; MOST_HEADERS];
    head[..headers.len()].copy_from_slice(headers);
    let (_, packet) = head[..headers.len()].split_at_mut(ETHERNET_LEN);
    let (ip, rest) = packet.split_at_mut(IP_LEN);
    let len = rest.len() + piece.len();
    put(ip, 2, (IP_LEN + len) as u16);
    put(ip, 4, word(ip, 4).wrapping_add(number as u16));
    put(ip, 10, 0);
    put(ip, 10, !fold(sum(ip)));
    let sum_at = if right.is_tcp {
        let sequence = u32::from(word(rest, 4)) << 16 | u32::from(word(rest, 6));
        let sequence = sequence.wrapping_add((number * right.each) as u32);
        rest[4..8].copy_from_slice(&sequence.to_be_bytes());
        16
    } else {
        put(rest, 4, len as u16);
        6
    };
    let addr = |at: usize| IpAddr::V4(Ipv4Addr::new(ip[at], ip[at + 1], ip[at + 2], ip[at + 3]));
    let addresses = pseudo(addr(12), addr(16), ip[9], len);
    put(rest, sum_at, 0);
    if is_partial {
        put(rest, sum_at, fold(addresses));
        let vnet = VnetHeader {
            flags: VnetHeader::NEEDS_CSUM,
            csum_start: (ETHERNET_LEN + IP_LEN) as u16,
            csum_offset: sum_at as u16,
            ..VnetHeader::default()
        };
        return (head, vnet);
    }
    let found = !fold(addresses + sum(rest) + sum(piece));
    // In UDP 0 would say that there is none.
    put(rest, sum_at, if found == 0 && ip[9] != TCP { 0xffff } else { found });
    (head, VnetHeader::default())
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn put(bytes: &mut [u8], at: usize, word: u16) {
    bytes[at..at + 2].copy_from_slice(&word.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{NUMBERS, RUNS, STREAMS, mark};
    use crate::frames::{self, Shape};
    use crate::streams;
    use std::net::SocketAddrV4;

    const TO: Ipv4Addr = Ipv4Addr::new(10, 2, 0, 9);

    #[test]
    fn pieces_have_headers_and_checksums_of_their_own() {
        for is_tcp in [false, true] {
            let (mut frame, headers, flow) = if is_tcp {
                (streams::sample(SocketAddrV4::new(TO, 9009), 1, 3), 54, STREAMS + 1)
            } else {
                (frames::sample(TO, 1, Shape::Udp, 3).to_vec(), 42, RUNS + 1)
            };
            let first = u16::from_be_bytes([frame[18], frame[19]]);
            frame.truncate(headers);
            swap(&mut frame);
            assert_eq!(frame[26..30], TO.octets());
            let right = Right { headers, each: 30, packets: 3, is_tcp };
            let mut payload = [0; 80];
            for (number, piece) in payload.chunks_mut(30).enumerate() {
                mark(&mut piece[..NUMBERS], number as u64, flow);
            }
            for (number, piece) in payload.chunks(30).enumerate() {
                for is_partial in [false, true] {
                    let (head, vnet) = piece_of(&frame, piece, number, right, is_partial);
                    let (ip, rest) = head[ETHERNET_LEN..headers].split_at(IP_LEN);
                    assert_eq!(fold(sum(ip)), 0xffff);
                    assert_eq!(word(ip, 4), first + number as u16);
                    assert_eq!(usize::from(word(ip, 2)), headers - ETHERNET_LEN + piece.len());
                    let len = rest.len() + piece.len();
                    let addresses =
                        pseudo(IpAddr::V4(TO), IpAddr::from([ip[16], ip[17], ip[18], ip[19]]), ip[9], len);
                    let at = usize::from(vnet.csum_offset);
                    if is_partial {
                        assert_eq!((at, vnet.csum_start), (if is_tcp { 16 } else { 6 }, 34));
                        assert_eq!(word(rest, at), fold(addresses));
                    } else {
                        assert_eq!(fold(addresses + sum(rest) + sum(piece)), 0xffff);
                    }
                    if is_tcp {
                        assert_eq!(word(rest, 6), word(&frame, 40).wrapping_add(30 * number as u16));
                    } else {
                        assert_eq!(usize::from(word(rest, 4)), len);
                    }
                }
            }
        }
    }
}
