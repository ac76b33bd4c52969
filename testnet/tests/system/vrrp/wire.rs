//! What the wire says: adverts, and what neighbours are told.

use std::net::IpAddr;
use std::time::Duration;
use testnet::capture::Crossing;
use testnet::topology::Port;

/// An advert.
#[derive(Clone, Debug)]
pub struct Advert {
    /// Since 1970.
    pub at: Duration,
    /// The host that sent it, or that it was sent to, whichever is not the switch.
    pub host: String,
    pub vrid: u8,
    pub priority: u8,
}

/// Adverts as their senders' hosts let them go.
pub fn sent(frames: &[Crossing], lan: &str) -> Vec<Advert> {
    frames
        .iter()
        .filter(|frame| frame.to.host == lan)
        .filter_map(|frame| read(frame, &frame.from.host))
        .collect()
}

/// Adverts as they came to the first interface of this host.
pub fn received(frames: &[Crossing], host: &str) -> Vec<Advert> {
    let at = Port::new(host, "eth0");
    frames.iter().filter(|frame| frame.to == at).filter_map(|frame| read(frame, host)).collect()
}

fn read(frame: &Crossing, host: &str) -> Option<Advert> {
    let message = message(&frame.bytes)?;
    Some(Advert { at: frame.at, host: host.to_owned(), vrid: *message.get(1)?, priority: *message.get(2)? })
}

/// It has an advert in it.
pub fn is_advert(frame: &[u8]) -> bool {
    message(frame).is_some()
}

/// Of which virtual router it is.
pub fn vrid(frame: &[u8]) -> Option<u8> {
    message(frame)?.get(1).copied()
}

/// The VRRP message in a frame.
fn message(frame: &[u8]) -> Option<&[u8]> {
    let packet = frame.get(14..)?;
    match frame.get(12..14)? {
        [0x08, 0x00] => {
            let behind = packet.get(usize::from(packet.first()? & 15) * 4..)?;
            match packet.get(9)? {
                112 => Some(behind),
                // An authentication header of 24 bytes, and VRRP behind it.
                51 if *behind.first()? == 112 => behind.get(24..),
                _ => None,
            }
        }
        [0x86, 0xdd] if *packet.get(6)? == 112 => packet.get(40..),
        _ => None,
    }
}

/// When this host told its neighbours unasked where an address is.
pub fn announced(frames: &[Crossing], host: &str, vip: IpAddr) -> Vec<Duration> {
    let is_it = |frame: &&Crossing| {
        let bytes = &frame.bytes;
        frame.from.host == host
            && match vip {
                // Sender and target are the address.
                IpAddr::V4(vip) => {
                    let vip = Some(&vip.octets()[..]);
                    bytes.get(12..14) == Some(&[8, 6]) && bytes.get(28..32) == vip && bytes.get(38..42) == vip
                }
                // To all nodes, a neighbour advertisement.
                IpAddr::V6(vip) => {
                    bytes.get(12..14) == Some(&[0x86, 0xdd])
                        && bytes.get(20) == Some(&58)
                        && bytes.get(38..40) == Some(&[0xff, 0x02])
                        && bytes.get(54) == Some(&136)
                        && bytes.get(62..78) == Some(&vip.octets()[..])
                }
            }
    };
    frames.iter().filter(is_it).map(|frame| frame.at).collect()
}

/// Who became master when, by the adverts of one virtual router. Of the one that ceases, one advert may cross the first one of
/// the next, within an interval; a second one would be two masters, and is a change of its own.
pub fn masters(adverts: &[Advert], vrid: u8, interval: Duration) -> Vec<(Duration, String)> {
    let mut masters: Vec<(Duration, String)> = Vec::new();
    let mut has_crossed = false;
    for advert in adverts.iter().filter(|advert| advert.vrid == vrid && advert.priority > 0) {
        let previous = masters.len().checked_sub(2).map(|at| &masters[at].1);
        match masters.last() {
            Some((_, now)) if *now == advert.host => {}
            Some((since, _))
                if previous == Some(&advert.host) && !has_crossed && advert.at <= *since + interval =>
            {
                has_crossed = true;
            }
            _ => {
                masters.push((advert.at, advert.host.clone()));
                has_crossed = false;
            }
        }
    }
    masters
}
