//! ICMP errors about packets of a connection: they follow the connection, and tell of the addresses that each side knows.
//!
//! ```text
//! in    | router -> VIP | ICMP about VIP:vport -> CIP:cport |    out   | RIP or router -> CIP | about CIP -> RIP:rport |
//! to RS | router -> RIP | ICMP about RIP:rport -> CIP:cport |    to CIP | VIP -> CIP          | about CIP -> VIP:vport |
//! ```
//!
//! That is for NAT. For direct routing and tunnelling the message goes to the real server as any packet of the connection
//! does. Without these, path MTU discovery of the real servers is blind.

use super::direct_route::transmit;
use super::{Egress, Packet, Refusal, Sent};
use crate::frame::FrameSink;
use crate::lvs::Endpoint;
use crate::service::NextHop;
use crate::wire::icmp::{self, Quoted};
use crate::wire::ip::{self, Side};

/// Sends an error about a reply on to the real server that sent it, by NAT.
///
/// # Errors
/// A [`Refusal`]; the packet is untouched then.
pub fn to_server<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    packet: &mut Packet<'f>,
    quoted: &Quoted,
    real: Endpoint,
    hop: &NextHop,
) -> Result<Sent, Refusal> {
    let fit = packet.check(hop.mtu)?;
    ip::set_addr(packet.bytes, Side::Destination, real.addr);
    packet.head.destination = real.addr;
    let head = packet.head;
    icmp::rewrite_quoted(&head, packet.segment_mut(), quoted, Side::Source, real);
    transmit(egress, packet, hop, fit)
}

/// Sends an error about a request on to the client that sent it, as coming from the VIP, whoever said it.
///
/// # Errors
/// A [`Refusal`]; the packet is untouched then.
pub fn to_client<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    packet: &mut Packet<'f>,
    quoted: &Quoted,
    virt: Endpoint,
) -> Result<Sent, Refusal> {
    let hop = egress.way_to(packet.head.destination)?;
    let fit = packet.check(hop.mtu)?;
    ip::set_addr(packet.bytes, Side::Source, virt.addr);
    packet.head.source = virt.addr;
    let head = packet.head;
    icmp::rewrite_quoted(&head, packet.segment_mut(), quoted, Side::Destination, virt);
    transmit(egress, packet, &hop, fit)
}
