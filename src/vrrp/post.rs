//! What one virtual router writes, and which of the packets that come it believes.

mod check;

use super::advert::{Advert, Form, MAX_ADDRESSES, PROTOCOL};
use super::fault::{Counters, Fault};
use super::header;
use super::packet::{Heard, Outgoing, Packet};
use crate::lvs::{Family, VrrpAuth, VrrpInstance, VrrpPeers, VrrpVersion};
use crate::wire::checksum::Sum;
use crate::wire::ip;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// Type of service or traffic class: internetwork control.
const TOS: u8 = 0xc0;
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
