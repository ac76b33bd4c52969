//! What one virtual router writes, and which of the packets that come it believes.

use super::advert::{Advert, Form, MAX_ADDRESSES, Message, PROTOCOL};
use super::fault::{Counters, Fault};
use super::header;
use crate::lvs::{Family, VrrpAuth, VrrpInstance, VrrpPeers, VrrpVersion};
use crate::wire::checksum::Sum;
use crate::wire::ip;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// Type of service or traffic class: internetwork control.
const TOS: u8 = 0xc0;
/// Most sources whose sequence numbers are remembered. They hold the key, so there are no more than routers.
const MAX_SOURCES: usize = 256;

/// A packet as a raw socket gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'p> {
    from: IpAddr,
    to: IpAddr,
    hops: u8,
    /// With its IP header (IPv4), or without (IPv6).
    bytes: &'p [u8],
    /// Of the IP header in `bytes`.
    ip_len: usize,
    has_header: bool,
}

impl<'p> Packet<'p> {
    /// An IPv4 packet with its header, as a raw socket for protocol 112 or 51 gives it; longer than it says is no fault.
    ///
    /// # Errors
    /// [`Fault::Header`]: no sound IPv4 header, a wrong header checksum, a fragment, another protocol.
    pub fn of_v4(bytes: &'p [u8]) -> Result<Self, Fault> {
        let head = ip::read_v4(bytes).map_err(|_| Fault::Header)?;
        if head.is_fragment || !matches!(head.protocol, PROTOCOL | ip::AH) {
            return Err(Fault::Header);
        }
        Ok(Self {
            from: head.source,
            to: head.destination,
            hops: head.ttl,
            bytes: &bytes[..head.packet_len],
            ip_len: head.header_len,
            has_header: head.protocol == ip::AH,
        })
    }

    /// What a raw IPv6 socket for protocol 112 gives: the message, and what ancillary data say of its header.
    pub fn of_v6(from: IpAddr, to: IpAddr, hops: u8, message: &'p [u8]) -> Self {
        Self { from, to, hops, bytes: message, ip_len: 0, has_header: false }
    }

    /// Who sent it, by its own word.
    pub const fn from(&self) -> IpAddr {
        self.from
    }

    /// To whom.
    pub const fn to(&self) -> IpAddr {
        self.to
    }

    /// For which virtual router it is, if it is long enough to say so: whose [`Post::read`] is to look at it.
    pub fn vrid(&self) -> Option<u8> {
        let message = if self.has_header {
            header::open(self.bytes, self.ip_len)?.message
        } else {
            self.bytes.get(self.ip_len..)?
        };
        message.get(1).copied()
    }
}

/// An advertisement that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who sent it.
    pub from: IpAddr,
    /// What it says.
    pub advert: Advert,
    /// [`Fault::Addresses`], if its addresses are not ours. Worth a word: the other side is configured otherwise.
    pub remark: Option<Fault>,
}

/// A packet to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// To whom.
    pub to: IpAddr,
    /// With its IP header.
    pub packet: Vec<u8>,
    /// Length of that header.
    pub ip_len: usize,
    /// 112; 51: behind an authentication header.
    pub protocol: u8,
    /// TTL or hop limit.
    pub hops: u8,
}

impl Outgoing {
    /// Without its IP header: what a raw IPv6 socket wants.
    pub fn message(&self) -> &[u8] {
        &self.packet[self.ip_len..]
    }
}

/// What one virtual router writes and reads.
#[derive(Clone, Debug)]
pub struct Post {
    vrid: u8,
    version: VrrpVersion,
    family: Family,
    interval: Duration,
    auth: VrrpAuth,
    addresses: Vec<IpAddr>,
    peers: VrrpPeers,
    skips_addresses: bool,
    source: IpAddr,
    form: Form,
    /// IPv4 identification of the last packet that was written.
    id: u16,
    /// The highest sequence number that was written or read.
    sequence: u32,
    /// The highest one of each source.
    sequences: BTreeMap<IpAddr, u32>,
    /// From whom the last advertisement was, if its addresses have been compared.
    compared: Option<IpAddr>,
    counters: Counters,
}

impl Post {
    /// `source`: the address that it writes from, of the instance's family (IPv6: link-local, unless it goes to peers).
    pub fn new(instance: &VrrpInstance, source: IpAddr) -> Self {
        let addresses = instance.addresses.iter().map(|address| address.addr);
        Self {
            vrid: instance.vrid,
            version: instance.version,
            family: instance.family,
            interval: instance.interval,
            auth: if instance.version == VrrpVersion::V2 { instance.auth } else { VrrpAuth::None },
            addresses: addresses.take(MAX_ADDRESSES).collect(),
            peers: instance.peers.clone(),
            skips_addresses: instance.skips_addresses,
            source,
            form: Form::of(instance.version, instance.family)[0],
            id: 0,
            sequence: 0,
            sequences: BTreeMap::new(),
            compared: None,
            counters: Counters::default(),
        }
    }

    /// The interface has another address now.
    pub fn set_source(&mut self, source: IpAddr) {
        self.source = source;
    }

    /// Where it writes from.
    pub const fn source(&self) -> IpAddr {
        self.source
    }

    /// What IPv4 checksums of version 3 are over, from now until somebody is heard who does it otherwise.
    pub fn set_form(&mut self, form: Form) {
        if Form::of(self.version, self.family).contains(&form) {
            self.form = form;
        }
    }

    /// What it writes: what was heard last, or else what keepalived does.
    pub const fn form(&self) -> Form {
        self.form
    }

    /// How much was written, read and refused.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// For who counts what happens beyond reading and writing, and who sets all back to nothing.
    pub fn counters_mut(&mut self) -> &mut Counters {
        &mut self.counters
    }

    /// An advertisement of this priority, once for the group or once for each peer. All have one sequence number.
    pub fn write(&mut self, priority: u8) -> Vec<Outgoing> {
        if matches!(self.auth, VrrpAuth::Header(_)) {
            // At the end of the numbers peers believe nothing but the highest one again: RFC 2402 wants another key.
            self.sequence = self.sequence.saturating_add(1);
        }
        let (destinations, hops) = match &self.peers {
            VrrpPeers::Multicast { group } => (vec![*group], u8::MAX),
            VrrpPeers::Unicast { peers, ttl, .. } => (peers.iter().map(|peer| peer.addr).collect(), *ttl),
        };
        let advert = Advert {
            version: self.version,
            vrid: self.vrid,
            priority,
            interval: self.interval,
            addresses: self.addresses.clone(),
        };
        let packets: Vec<_> =
            destinations.into_iter().filter_map(|to| self.packet(&advert, to, hops)).collect();
        self.counters.advert_sent += packets.len() as u64;
        if priority == 0 {
            self.counters.pri_zero_sent += packets.len() as u64;
        }
        packets
    }

    /// `None` if the address is not of our family.
    fn packet(&mut self, advert: &Advert, to: IpAddr, hops: u8) -> Option<Outgoing> {
        let auth = match self.auth {
            VrrpAuth::None => (0, [0; 8]),
            VrrpAuth::Password(password) => (1, password),
            VrrpAuth::Header(_) => (2, [0; 8]),
        };
        let message = advert.to_bytes(auth, self.form, (self.source, to));
        match (self.source, to) {
            (IpAddr::V4(source), IpAddr::V4(to)) => {
                let key = if let VrrpAuth::Header(key) = self.auth { Some(key) } else { None };
                let protocol = if key.is_some() { ip::AH } else { PROTOCOL };
                let seal = key.map(|_| header::blank(source, self.sequence));
                let rest: Vec<u8> = seal.into_iter().flatten().chain(message).collect();
                // Never 0: the kernel would choose one, after the digest has been made.
                self.id = self.id.checked_add(1).unwrap_or(1);
                let mut packet = ipv4_header(source, to, protocol, hops, self.id, rest.len()).to_vec();
                packet.extend(rest);
                if let Some(key) = key {
                    header::seal(&mut packet, IPV4_LEN, &key);
                }
                Some(Outgoing { to: to.into(), packet, ip_len: IPV4_LEN, protocol, hops })
            }
            (IpAddr::V6(source), IpAddr::V6(to)) => {
                let len = u16::try_from(message.len()).ok()?;
                let head = ip::new_v6(TOS, len, PROTOCOL, hops, source, to);
                let packet: Vec<u8> = head.into_iter().chain(message).collect();
                Some(Outgoing { to: to.into(), ip_len: head.len(), packet, protocol: PROTOCOL, hops })
            }
            _ => None,
        }
    }

    /// What a packet for this virtual router says, if it is to be believed; counted either way.
    ///
    /// # Errors
    /// [`Fault`]: the first thing that is wrong. Then nothing has changed but a counter.
    pub fn read(&mut self, packet: &Packet<'_>) -> Result<Heard, Fault> {
        let heard = self.judge(packet);
        match &heard {
            Ok(heard) => {
                self.counters.advert_rcvd += 1;
                self.counters.pri_zero_rcvd += u64::from(heard.advert.priority == 0);
                heard.remark.iter().for_each(|remark| self.counters.count(remark));
            }
            Err(fault) => self.counters.count(fault),
        }
        heard
    }

    fn judge(&mut self, packet: &Packet<'_>) -> Result<Heard, Fault> {
        let from = packet.from;
        if Family::of(from) != self.family || Family::of(packet.to) != self.family {
            return Err(Fault::Header);
        }
        if from == self.source {
            return Err(Fault::Own { from });
        }
        self.check_hops(packet)?;
        let (bytes, sequence) = if packet.has_header {
            let is = packet.bytes.len().saturating_sub(packet.ip_len);
            let cut = Fault::Length { is, expected: header::LEN };
            let sealed = header::open(packet.bytes, packet.ip_len).ok_or(cut)?;
            (sealed.message, Some(sealed.sequence))
        } else {
            (packet.bytes.get(packet.ip_len..).unwrap_or_default(), None)
        };
        let message = Message::open(bytes, self.version, from, packet.to)?;
        if message.vrid() != self.vrid {
            return Err(Fault::Vrid { is: message.vrid() });
        }
        self.check_auth(packet, &message, sequence)?;
        self.check_interval(message.interval())?;
        self.check_source(from)?;

        if let Some(sequence) = sequence {
            self.remember(from, sequence);
        }
        self.form = message.form;
        let advert = message.advert();
        let remark = self.compare(from, &advert.addresses);
        Ok(Heard { from, advert, remark })
    }

    fn check_hops(&self, packet: &Packet<'_>) -> Result<(), Fault> {
        let (least, most) = match &self.peers {
            VrrpPeers::Multicast { .. } => (u8::MAX, u8::MAX),
            VrrpPeers::Unicast { peers, .. } => {
                let peer = peers.iter().find(|peer| peer.addr == packet.from);
                peer.map_or((0, u8::MAX), |peer| (peer.min_ttl, peer.max_ttl))
            }
        };
        let is = packet.hops;
        if (least..=most).contains(&is) { Ok(()) } else { Err(Fault::Hops { is, least, most }) }
    }

    fn check_auth(
        &self,
        packet: &Packet<'_>,
        message: &Message<'_>,
        sequence: Option<u32>,
    ) -> Result<(), Fault> {
        let (is, data) = message.auth();
        if is > 2 {
            return Err(Fault::AuthType { is });
        }
        let expected = match self.auth {
            VrrpAuth::None => 0,
            VrrpAuth::Password(_) => 1,
            VrrpAuth::Header(_) => 2,
        };
        if is != expected || sequence.is_some() != (expected == 2) {
            return Err(Fault::AuthMismatch { is: if sequence.is_some() { 2 } else { is }, expected });
        }
        match (self.auth, sequence) {
            (VrrpAuth::Password(password), _) if data != password => Err(Fault::AuthFailure),
            (VrrpAuth::Header(key), Some(_)) if !header::is_genuine(packet.bytes, packet.ip_len, &key) => {
                Err(Fault::AuthFailure)
            }
            (VrrpAuth::Header(_), Some(is)) => match self.sequences.get(&packet.from) {
                Some(last) if is <= *last => Err(Fault::Replayed { is, last: *last }),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Version 3 takes its master's, but none that would make it master at once.
    fn check_interval(&self, is: Duration) -> Result<(), Fault> {
        let is_right = match self.version {
            VrrpVersion::V2 => is == self.interval,
            VrrpVersion::V3 => !is.is_zero(),
        };
        if is_right { Ok(()) } else { Err(Fault::Interval { is, expected: self.interval }) }
    }

    fn check_source(&self, from: IpAddr) -> Result<(), Fault> {
        match &self.peers {
            VrrpPeers::Unicast { peers, check_source: true, .. }
                if peers.iter().all(|peer| peer.addr != from) =>
            {
                Err(Fault::Source { from })
            }
            _ => Ok(()),
        }
    }

    /// Everybody's numbers go on from the highest that anybody used: a new master is believed by those who heard the old
    /// one. What was read is compared with the same source's alone, or two masters that send at the same time would never
    /// hear one another.
    fn remember(&mut self, from: IpAddr, sequence: u32) {
        self.sequence = self.sequence.max(sequence);
        if self.sequences.len() >= MAX_SOURCES && !self.sequences.contains_key(&from) {
            let oldest = self.sequences.iter().min_by_key(|(_, sequence)| **sequence).map(|(from, _)| *from);
            if let Some(oldest) = oldest {
                self.sequences.remove(&oldest);
            }
        }
        self.sequences.insert(from, sequence);
    }

    /// In any order.
    fn compare(&mut self, from: IpAddr, theirs: &[IpAddr]) -> Option<Fault> {
        if self.skips_addresses && self.compared == Some(from) {
            return None;
        }
        self.compared = Some(from);
        let is_same = theirs.len() == self.addresses.len()
            && theirs.iter().all(|addr| self.addresses.contains(addr))
            && self.addresses.iter().all(|addr| theirs.contains(addr));
        (!is_same).then_some(Fault::Addresses { theirs: theirs.len(), ours: self.addresses.len() })
    }
}

const IPV4_LEN: usize = 20;

/// Without options, its checksum right.
fn ipv4_header(from: Ipv4Addr, to: Ipv4Addr, protocol: u8, ttl: u8, id: u16, len: usize) -> [u8; IPV4_LEN] {
    let total = u16::try_from(IPV4_LEN + len).unwrap_or(u16::MAX);
    let mut head = [0; IPV4_LEN];
    head[..2].copy_from_slice(&[0x45, TOS]);
    head[2..4].copy_from_slice(&total.to_be_bytes());
    head[4..6].copy_from_slice(&id.to_be_bytes());
    head[8..10].copy_from_slice(&[ttl, protocol]);
    head[12..16].copy_from_slice(&from.octets());
    head[16..].copy_from_slice(&to.octets());
    let sum = Sum::default().bytes(&head).finish();
    head[10..12].copy_from_slice(&sum.to_be_bytes());
    head
}

#[cfg(test)]
mod tests;
