//! Packets as they come and go.

use super::advert::{Advert, PROTOCOL};
use super::fault::Fault;
use super::header;
use crate::wire::ip;
use std::net::IpAddr;

/// A packet as a raw socket gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'p> {
    pub(super) from: IpAddr,
    pub(super) to: IpAddr,
    pub(super) hops: u8,
    /// With its IP header (IPv4), or without (IPv6).
    pub(super) bytes: &'p [u8],
    /// Of the IP header in `bytes`.
    pub(super) ip_len: usize,
    pub(super) has_header: bool,
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

    /// For which virtual router it is, if it is long enough to say so: whose [`super::Post::read`] is to look at it.
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
