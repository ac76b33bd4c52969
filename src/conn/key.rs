//! What connections are found by, and the keyed hashes of it.

use super::kin::{TemplateKey, number_of};
use crate::lvs::Endpoint;
use crate::service::Flow;
use ahash::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::{IpAddr, Ipv6Addr};

/// An address as entries hold it: IPv4 as `::ffff:a.b.c.d`. The family is kept apart, since IPv6 packets may carry such
/// addresses too.
pub(super) fn to_bytes(addr: IpAddr) -> [u8; 16] {
    match addr {
        IpAddr::V4(addr) => addr.to_ipv6_mapped().octets(),
        IpAddr::V6(addr) => addr.octets(),
    }
}

/// [`to_bytes`] as one number, for comparing and hashing.
#[inline]
const fn to_number(addr: IpAddr) -> u128 {
    match addr {
        IpAddr::V4(addr) => u128::from_be(0xffff_0000_0000 | addr.to_bits() as u128),
        IpAddr::V6(addr) => u128::from_be(addr.to_bits()),
    }
}

/// The address that [`to_bytes`] was given.
pub(super) fn from_bytes(bytes: [u8; 16], is_v6: bool) -> IpAddr {
    let [.., a, b, c, d] = bytes;
    if is_v6 { IpAddr::V6(Ipv6Addr::from(bytes)) } else { IpAddr::from([a, b, c, d]) }
}

/// What a request is found by: addresses as numbers and the rest in one word, so that comparing and hashing take a few
/// instructions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct InboundKey {
    client_addr: u128,
    virt_addr: u128,
    rest: u64,
}

impl InboundKey {
    #[inline]
    pub fn of(flow: &Flow) -> Self {
        Self::of_kind(Kind::Flow, flow.protocol.number(), flow.client, flow.virt)
    }

    /// The key of the connection that expects this flow from whatever port of the client.
    pub fn of_any_port(flow: &Flow) -> Self {
        let client = Endpoint::new(flow.client.addr, 0);
        Self::of_kind(Kind::AnyPort, flow.protocol.number(), client, flow.virt)
    }

    /// The key of a template.
    pub fn of_template(key: &TemplateKey) -> Self {
        Self::of_kind(Kind::Template, number_of(key.protocol), key.endpoint(), key.virt)
    }

    /// The key of a template for what a persistence engine read, by the hash of that ([`Hashes::engine_tag`]).
    pub fn of_tagged_template(key: &TemplateKey, tag: u16) -> Self {
        let tagged = Endpoint::new(key.client, tag);
        Self::of_kind(Kind::Template, number_of(key.protocol), tagged, key.virt)
    }

    #[inline]
    const fn of_kind(kind: Kind, protocol: u8, client: Endpoint, virt: Endpoint) -> Self {
        Self {
            client_addr: to_number(client.addr),
            virt_addr: to_number(virt.addr),
            rest: word(client.port, virt.port, kind as u16, protocol, client.addr.is_ipv6()),
        }
    }

    /// From the fields of an entry; the ports are the client's and the virtual one.
    pub const fn new(
        client: [u8; 16],
        virt: [u8; 16],
        ports: (u16, u16),
        kind: Kind,
        protocol: u8,
        is_v6: bool,
    ) -> Self {
        Self {
            client_addr: u128::from_ne_bytes(client),
            virt_addr: u128::from_ne_bytes(virt),
            rest: word(ports.0, ports.1, kind as u16, protocol, is_v6),
        }
    }
}

/// What an entry is to those who look for it: part of its key, so that none is found in place of another.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Kind {
    /// A connection whose ports are known.
    Flow = 0,
    /// A persistence template.
    Template = 1,
    /// A connection that its client may open from any port.
    AnyPort = 2,
    /// What nobody is to find: no key that is asked for has this.
    Nobody = 3,
}

/// What a NAT server's reply is found by. Of the RIP only 16 hashed bits: enough that a client which uses one port
/// towards thousands of services makes no long chains; the caller's look at the real server decides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct OutboundKey {
    pub client_addr: [u8; 16],
    pub client_port: u16,
    pub real_port: u16,
    pub real_tag: u16,
    pub protocol: u8,
    pub is_v6: bool,
}

/// The hash key of one table. Random per process, so that nobody outside can choose flows that collide.
pub(super) struct Hashes(RandomState);

impl Hashes {
    pub fn new(seed: Option<u64>) -> Self {
        Self(match seed {
            None => RandomState::new(),
            Some(seed) => RandomState::with_seeds(seed, !seed, seed.rotate_left(17), seed.rotate_left(41)),
        })
    }

    /// The hash that chooses the shard, and the home in its index.
    #[inline]
    pub fn client(&self, protocol: u8, client: &Endpoint) -> u64 {
        self.client_number(protocol, to_number(client.addr), client.port, client.addr.is_ipv6())
    }

    /// The same of an address as entries hold it.
    #[inline]
    pub fn client_bytes(&self, protocol: u8, addr: [u8; 16], port: u16, is_v6: bool) -> u64 {
        self.client_number(protocol, u128::from_ne_bytes(addr), port, is_v6)
    }

    #[inline]
    fn client_number(&self, protocol: u8, addr: u128, port: u16, is_v6: bool) -> u64 {
        let mut hasher = self.0.build_hasher();
        hasher.write_u128(addr);
        hasher.write_u64(word(port, 0, 0, protocol, is_v6));
        hasher.finish()
    }

    pub fn inbound(&self, key: &InboundKey) -> u64 {
        let mut hasher = self.0.build_hasher();
        hasher.write_u128(key.client_addr);
        hasher.write_u128(key.virt_addr);
        hasher.write_u64(key.rest);
        hasher.finish()
    }

    pub fn outbound(&self, key: &OutboundKey) -> u64 {
        let mut hasher = self.0.build_hasher();
        hasher.write_u128(u128::from_ne_bytes(key.client_addr));
        hasher.write_u64(word(key.client_port, key.real_port, key.real_tag, key.protocol, key.is_v6));
        hasher.finish()
    }

    /// 16 bits of what a persistence engine read, in the place of a template's client port; never 0, which is no engine.
    pub fn engine_tag(&self, data: &[u8]) -> u16 {
        let mut hasher = self.0.build_hasher();
        hasher.write(data);
        let [a, b, ..] = hasher.finish().to_ne_bytes();
        u16::from_ne_bytes([a, b]).max(1)
    }

    /// 16 bits of a RIP.
    pub fn real_tag(&self, real: IpAddr) -> u16 {
        let mut hasher = self.0.build_hasher();
        hasher.write_u128(to_number(real));
        let [a, b, ..] = hasher.finish().to_ne_bytes();
        u16::from_ne_bytes([a, b])
    }
}

/// Three ports, a protocol and a family in one word.
const fn word(a: u16, b: u16, c: u16, protocol: u8, is_v6: bool) -> u64 {
    (a as u64) << 48 | (b as u64) << 32 | (c as u64) << 16 | (protocol as u64) << 8 | is_v6 as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_bytes_and_as_numbers() {
        for addr in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::5", "0.0.0.0", "::"] {
            let addr: IpAddr = addr.parse().unwrap();
            assert_eq!(to_number(addr).to_ne_bytes(), to_bytes(addr));
            assert_eq!(from_bytes(to_bytes(addr), addr.is_ipv6()), addr);
        }
    }
}
