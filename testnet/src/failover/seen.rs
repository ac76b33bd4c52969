//! What the wire shows of two directors: who advertises, who says where the VIP is, who forwards.
//!
//! The frames are read by themselves, not the directors' own words: a director that is wrong about itself is found out.

use super::site::{DIRECTORS, VIP};
use crate::capture::Crossing;
use crate::packet::Packet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

const ETHERTYPE_ARP: [u8; 2] = [8, 6];
const ETHERTYPE_IPV4: [u8; 2] = [8, 0];
const VRRP: u8 = 112;

/// What a frame is in this story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// A director advertises, with this priority. 0: it ends.
    Advert(&'static str, u8),
    /// A director says that the VIP is with it, asked by nobody.
    Claims(&'static str),
    /// A director has forwarded a client's packet; the client's port.
    Forwards(&'static str, u16),
    /// Somebody resets a client's connection; the client's port.
    Reset(u16),
}

/// A frame that matters, and when it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Since the Unix epoch, by the kernel.
    pub at: Duration,
    /// What it was.
    pub what: Sight,
}

/// The frames that matter, in the order of time.
pub fn read(frames: &[Crossing]) -> Vec<Seen> {
    frames.iter().filter_map(|frame| Some(Seen { at: frame.at, what: sight(frame)? })).collect()
}

fn sight(frame: &Crossing) -> Option<Sight> {
    let bytes = &frame.bytes;
    let kind: [u8; 2] = bytes.get(12..14)?.try_into().ok()?;
    // Each frame crosses several cables: a director's own is taken where it leaves, the client's where it arrives.
    if let Some(director) = DIRECTORS.iter().find(|name| **name == frame.from.host) {
        return match kind {
            ETHERTYPE_ARP => {
                let packet = bytes.get(14..42)?;
                let address =
                    |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?));
                (address(14)? == VIP && address(24)? == VIP).then_some(Sight::Claims(director))
            }
            ETHERTYPE_IPV4 if *bytes.get(23)? == VRRP => {
                let header = usize::from(bytes.get(14)? & 0xf) * 4;
                Some(Sight::Advert(director, *bytes.get(14 + header + 2)?))
            }
            _ => {
                let packet = Packet::read(bytes)?;
                (packet.ip.to == IpAddr::V4(VIP)).then_some(Sight::Forwards(director, packet.tcp.from))
            }
        };
    }
    if frame.to.host == crate::plan::CLIENT {
        let packet = Packet::read(bytes)?;
        return (packet.tcp.flags & 4 != 0).then_some(Sight::Reset(packet.tcp.to));
    }
    None
}

/// Who advertised between two moments with a priority, in the order of their first.
pub fn masters(seen: &[Seen], from: Duration, to: Duration) -> Vec<&'static str> {
    let mut masters = Vec::new();
    for seen in seen.iter().filter(|seen| seen.at >= from && seen.at < to) {
        if let Sight::Advert(director, 1..) = seen.what
            && !masters.contains(&director)
        {
            masters.push(director);
        }
    }
    masters
}

/// When this was seen first, from a moment on.
pub fn first(seen: &[Seen], from: Duration, is_it: impl Fn(&Sight) -> bool) -> Option<Duration> {
    seen.iter().find(|seen| seen.at >= from && is_it(&seen.what)).map(|seen| seen.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Port;

    fn crossing(from: &str, to: &str, bytes: Vec<u8>) -> Crossing {
        let wire_len = bytes.len();
        Crossing {
            at: Duration::ZERO,
            from: Port::new(from, "eth0"),
            to: Port::new(to, "eth0"),
            bytes,
            wire_len,
        }
    }

    fn arp(sender: [u8; 4], target: [u8; 4]) -> Vec<u8> {
        let mut frame = vec![0xff; 12];
        frame.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 3, 0]);
        frame.extend(sender);
        frame.extend([0; 6]);
        frame.extend(target);
        frame
    }

    #[test]
    fn gratuitous_arp_is_told_from_questions_and_answers() {
        let vip = VIP.octets();
        let sight = |from, sender, target| sight(&crossing(from, "switch", arp(sender, target)));
        assert_eq!(sight("d1", vip, vip), Some(Sight::Claims("d1")));
        assert_eq!(sight("d1", vip, [10, 2, 0, 1]), None, "an answer");
        assert_eq!(sight("d1", [10, 2, 0, 2], vip), None, "a question");
        assert_eq!(sight("rs1", vip, vip), None, "no director");
    }

    #[test]
    fn adverts_are_read_behind_a_header_of_any_length() {
        let advert = |first: u8| {
            let mut frame = vec![1; 12];
            frame.extend([8, 0, first]);
            frame.resize(14 + usize::from(first & 15) * 4, 0);
            frame[23] = VRRP;
            frame.extend([0x31, 51, 150, 1]);
            sight(&crossing("d2", "switch", frame))
        };
        assert_eq!(advert(0x45), Some(Sight::Advert("d2", 150)));
        assert_eq!(advert(0x46), Some(Sight::Advert("d2", 150)));
    }

    #[test]
    fn a_master_is_who_advertises_with_a_priority() {
        let seen = [(1, "d1", 150), (2, "d1", 0), (3, "d2", 100), (4, "d2", 100)].map(
            |(second, director, priority)| Seen {
                at: Duration::from_secs(second),
                what: Sight::Advert(director, priority),
            },
        );
        let between = |from, to| masters(&seen, Duration::from_secs(from), Duration::from_secs(to));
        assert_eq!(between(0, 5), ["d1", "d2"]);
        assert_eq!(between(2, 3), [""; 0], "it ends");
        assert_eq!(between(3, 9), ["d2"]);
    }
}
