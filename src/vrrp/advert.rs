//! The advertisement, and its bytes: RFC 3768 §5.3 with RFC 2338's authentication, RFC 9568 §5.2.

use super::fault::{self, Fault};
use crate::lvs::{Family, VrrpVersion};
use crate::wire::checksum::Sum;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// Protocol number of VRRP.
pub const PROTOCOL: u8 = 112;
/// Most addresses that one advertisement has.
pub const MAX_ADDRESSES: usize = 255;
/// Before the addresses.
pub(super) const HEAD_LEN: usize = 8;
/// Behind them, in version 2.
pub(super) const AUTH_LEN: usize = 8;
const ADVERTISEMENT: u8 = 1;
/// Where an old keepalived's pseudo-header says that everything goes.
const OLD_GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18));

/// What an advertisement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advert {
    /// Of the protocol.
    pub version: VrrpVersion,
    /// 1 to 255.
    pub vrid: u8,
    /// 0: its sender ceases to be master; 255: it owns the addresses.
    pub priority: u8,
    /// Until the next one: whole seconds (version 2), hundredths (version 3).
    pub interval: Duration,
    /// At most [`MAX_ADDRESSES`], of the family of the packet.
    pub addresses: Vec<IpAddr>,
}

/// What an IPv4 checksum of version 3 is computed over. RFC 5798 could be read in two ways; RFC 9568 §5.2.8 means
/// [`Form::Message`], keepalived sends [`Form::PseudoHeader`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Form {
    /// Source, destination, protocol and length, and the message: what IPv6 always has.
    #[default]
    PseudoHeader,
    /// The message alone: what version 2 always has (keepalived: `v3_checksum_as_v2`).
    Message,
    /// As [`Form::PseudoHeader`], with 224.0.0.18 as destination also of unicast (keepalived: `old_unicast_checksum`).
    OldPseudoHeader,
}

impl Form {
    /// Those that a message may have, the likeliest first.
    pub(super) fn of(version: VrrpVersion, family: Family) -> &'static [Self] {
        match (version, family) {
            (VrrpVersion::V2, _) => &[Self::Message],
            (VrrpVersion::V3, Family::V6) => &[Self::PseudoHeader],
            (VrrpVersion::V3, Family::V4) => &[Self::PseudoHeader, Self::Message, Self::OldPseudoHeader],
        }
    }

    /// Over a message with its checksum in it: 0 if it is right.
    pub(super) fn sum(self, message: &[u8], from: IpAddr, to: IpAddr) -> u16 {
        let begun = match self {
            Self::Message => Sum::default(),
            Self::PseudoHeader => Sum::default().pseudo_header(from, to, PROTOCOL, message.len()),
            Self::OldPseudoHeader => Sum::default().pseudo_header(from, OLD_GROUP, PROTOCOL, message.len()),
        };
        begun.bytes(message).finish()
    }
}

impl Advert {
    /// The message's bytes, without IP header. `auth`: the type and the data of version 2, which version 3 has not.
    /// Addresses beyond [`MAX_ADDRESSES`] and such of the other family than `to` are left out.
    pub(super) fn to_bytes(
        &self,
        (kind, data): (u8, [u8; AUTH_LEN]),
        form: Form,
        (from, to): (IpAddr, IpAddr),
    ) -> Vec<u8> {
        let addresses =
            || self.addresses.iter().filter(|addr| addr.is_ipv4() == to.is_ipv4()).take(MAX_ADDRESSES);
        let count = u8::try_from(addresses().count()).unwrap_or(u8::MAX);
        let first = fault::number(self.version) << 4 | ADVERTISEMENT;
        let mut bytes = vec![first, self.vrid, self.priority, count];
        match self.version {
            VrrpVersion::V2 => {
                let seconds = u8::try_from(self.interval.as_secs()).unwrap_or(u8::MAX);
                bytes.extend([kind, seconds]);
            }
            VrrpVersion::V3 => {
                let hundredths = u16::try_from(self.interval.as_millis() / 10).unwrap_or(u16::MAX);
                bytes.extend(hundredths.min(0xfff).to_be_bytes());
            }
        }
        bytes.extend([0, 0]);
        for addr in addresses() {
            match addr {
                IpAddr::V4(addr) => bytes.extend(addr.octets()),
                IpAddr::V6(addr) => bytes.extend(addr.octets()),
            }
        }
        if self.version == VrrpVersion::V2 {
            bytes.extend(data);
        }
        let sum = form.sum(&bytes, from, to).to_be_bytes();
        bytes[6..HEAD_LEN].copy_from_slice(&sum);
        bytes
    }
}

/// A message whose version, length and checksum are right; it has not been looked at further.
pub(super) struct Message<'m> {
    /// All of it.
    bytes: &'m [u8],
    version: VrrpVersion,
    family: Family,
    /// What its checksum is over.
    pub form: Form,
}

impl<'m> Message<'m> {
    /// Version, type, length and checksum, in that order.
    pub fn open(bytes: &'m [u8], version: VrrpVersion, from: IpAddr, to: IpAddr) -> Result<Self, Fault> {
        let family = Family::of(from);
        let cut = Fault::Length { is: bytes.len(), expected: HEAD_LEN };
        let first = *bytes.first().ok_or(cut)?;
        let expected = fault::number(version);
        if first >> 4 != expected {
            return Err(Fault::Version { is: first >> 4, expected });
        }
        if first & 0xf != ADVERTISEMENT {
            return Err(Fault::Kind { is: first & 0xf });
        }
        let count = usize::from(bytes.get(HEAD_LEN - 1).and(bytes.get(3)).copied().ok_or(cut)?);
        let expected = HEAD_LEN
            + count * if family == Family::V4 { 4 } else { 16 }
            + if version == VrrpVersion::V2 { AUTH_LEN } else { 0 };
        if bytes.len() != expected {
            return Err(Fault::Length { is: bytes.len(), expected });
        }
        let form = Form::of(version, family).iter().find(|form| form.sum(bytes, from, to) == 0);
        Ok(Self { bytes, version, family, form: *form.ok_or(Fault::Checksum)? })
    }

    pub fn vrid(&self) -> u8 {
        self.bytes[1]
    }

    /// The type and the data of the authentication; of version 3: none.
    pub fn auth(&self) -> (u8, &'m [u8]) {
        match self.version {
            VrrpVersion::V2 => (self.bytes[4], &self.bytes[self.bytes.len() - AUTH_LEN..]),
            VrrpVersion::V3 => (0, &[]),
        }
    }

    pub fn interval(&self) -> Duration {
        match self.version {
            VrrpVersion::V2 => Duration::from_secs(self.bytes[5].into()),
            VrrpVersion::V3 => {
                let field = u16::from_be_bytes([self.bytes[4], self.bytes[5]]);
                Duration::from_millis(u64::from(field & 0xfff) * 10)
            }
        }
    }

    pub fn addresses(&self) -> Vec<IpAddr> {
        let list = &self.bytes[HEAD_LEN..];
        let count = usize::from(self.bytes[3]);
        match self.family {
            Family::V4 => list
                .as_chunks::<4>()
                .0
                .iter()
                .take(count)
                .map(|octets| Ipv4Addr::from(*octets).into())
                .collect(),
            Family::V6 => list
                .as_chunks::<16>()
                .0
                .iter()
                .take(count)
                .map(|octets| Ipv6Addr::from(*octets).into())
                .collect(),
        }
    }

    pub fn advert(&self) -> Advert {
        Advert {
            version: self.version,
            vrid: self.vrid(),
            priority: self.bytes[2],
            interval: self.interval(),
            addresses: self.addresses(),
        }
    }
}
