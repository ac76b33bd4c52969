//! Network address translation: the destination changes on the way in, the source on the way back.
//!
//! ```text
//! in    | CIP -> VIP TTL n   | cport -> vport | data |      back  | RIP -> CIP TTL m   | rport -> cport | data |
//! out   | CIP -> RIP TTL n-1 | cport -> rport | data |      out   | VIP -> CIP TTL m-1 | vport -> cport | data |
//! ```
//!
//! The client's address is never changed, so real servers answer to the client itself and must be routed through the
//! director, which puts the VIP back. IP and transport checksums are updated, not computed anew.

use super::direct_route::transmit;
use super::{Egress, Packet, Refusal, Sent};
use crate::frame::FrameSink;
use crate::lvs::{Endpoint, Protocol};
use crate::service::NextHop;
use crate::wire::checksum::Change;
use crate::wire::ip::{self, Side};
use crate::wire::transport::{self, NewPort};

/// Sends a client's packet on to `real`. `protocol`: whose ports change; `None` for AH and ESP, which have none.
///
/// # Errors
/// A [`Refusal`]; the packet is untouched then.
pub fn to_server<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    packet: &mut Packet<'f>,
    protocol: Option<Protocol>,
    real: Endpoint,
    hop: &NextHop,
) -> Result<Sent, Refusal> {
    let fit = packet.check(hop.mtu)?;
    let change = Change::default().addr(packet.head.destination, real.addr);
    ip::set_addr(packet.bytes, Side::Destination, real.addr);
    packet.head.destination = real.addr;
    let (state, head) = (packet.checksum_state(), packet.head);
    if let Some(edit) = packet.edit {
        edit.renumber(packet.segment_mut(), state);
    }
    if let Some(protocol) = protocol {
        let port = NewPort::Destination(real.port);
        transport::rewrite(packet.segment_mut(), protocol, port, change, state, &head);
    }
    transmit(egress, packet, hop, fit)
}

/// Sends a real server's packet back to the client, as coming from `virt`; `protocol` as in [`to_server`].
///
/// # Errors
/// A [`Refusal`]; the packet is untouched then.
pub fn to_client<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    packet: &mut Packet<'f>,
    protocol: Option<Protocol>,
    virt: Endpoint,
) -> Result<Sent, Refusal> {
    let hop = egress.way_to(packet.head.destination)?;
    let fit = packet.check(hop.mtu)?;
    let change = Change::default().addr(packet.head.source, virt.addr);
    ip::set_addr(packet.bytes, Side::Source, virt.addr);
    packet.head.source = virt.addr;
    let (state, head) = (packet.checksum_state(), packet.head);
    if let Some(edit) = packet.edit {
        edit.renumber(packet.segment_mut(), state);
    }
    if let Some(protocol) = protocol {
        transport::rewrite(packet.segment_mut(), protocol, NewPort::Source(virt.port), change, state, &head);
    }
    transmit(egress, packet, &hop, fit)
}
