//! Parents and children: a connection names its parent by number, a parent counts its children.
//!
//! The parent of a connection lies in another shard as a rule (a template is filed under the masked client and port 0),
//! and no two shards are ever locked at once. So everything between the two goes by a [`ConnId`] in the hands of a
//! caller who holds no lock: count a child on the parent first ([`ShardGuard::adopt`](super::ShardGuard::adopt)), then
//! open it; close the child first, then tell the parent ([`ConnTable::release`](super::ConnTable::release)). In between
//! the parent has one child too many, which only makes it live a little longer.

use crate::lvs::{ClientMask, Endpoint, Protocol};
use std::net::IpAddr;

/// A connection's name for others, good from its opening to its end: while the place has this generation, it is the
/// same connection. (A name kept over 2^32 connections in one place would be mistaken; none is: a parent outlives its
/// children.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnId {
    pub(super) shard: u16,
    pub(super) index: u32,
    pub(super) generation: u32,
}

/// What a persistence template is found by (`ipvs.md` §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TemplateKey {
    /// The service's protocol; `None` (IPVS: protocol 0, listed as `IP`) for a firewall mark's service, which may take
    /// several.
    pub protocol: Option<Protocol>,
    /// CIP without the bits that do not count (see [`ClientMask`]).
    pub client: IpAddr,
    /// VIP and vport; port 0 for templates that serve all ports. For a firewall mark, its number as an address.
    pub virt: Endpoint,
}

impl TemplateKey {
    /// The key of a client, whose address is masked here.
    pub fn new(protocol: Option<Protocol>, client: IpAddr, mask: ClientMask, virt: Endpoint) -> Self {
        Self { protocol, client: mask.apply(client), virt }
    }

    /// Whose shard the template is in: the masked client at port 0.
    pub(super) const fn endpoint(&self) -> Endpoint {
        Endpoint::new(self.client, 0)
    }
}

/// The number that entries have for a protocol; `None` is IPVS's protocol 0.
pub(super) fn number_of(protocol: Option<Protocol>) -> u8 {
    protocol.map_or(0, Protocol::number)
}
