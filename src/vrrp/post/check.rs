//! Which packets are believed.

use super::Post;
use crate::lvs::{Family, VrrpAuth, VrrpPeers, VrrpVersion};
use crate::vrrp::advert::Message;
use crate::vrrp::fault::Fault;
use crate::vrrp::header;
use crate::vrrp::packet::{Heard, Packet};
use std::net::IpAddr;
use std::time::Duration;

/// Most sources whose sequence numbers are remembered. They hold the key, so there are no more than routers.
pub(super) const MAX_SOURCES: usize = 256;

impl Post {
    pub(super) fn judge(&mut self, packet: &Packet<'_>) -> Result<Heard, Fault> {
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
    pub(super) fn remember(&mut self, from: IpAddr, sequence: u32) {
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
