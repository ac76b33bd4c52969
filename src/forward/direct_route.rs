//! Direct routing: only the MAC address changes.
//!
//! ```text
//! in    | router MAC -> director MAC | CIP -> VIP  TTL n   | TCP cport -> vport | data |
//! out   | director MAC -> server MAC | CIP -> VIP  TTL n-1 | TCP cport -> vport | data |
//! ```
//!
//! The packet still goes to the VIP, so the real server must hold the VIP on an interface that does not answer ARP, and
//! must be on the director's link. It answers the client by itself: the reply does not pass the director. The port
//! cannot be translated.

use super::packet::Fit;
use super::{Egress, NewWords, Packet, Refusal, Sent, fragment};
use crate::frame::FrameSink;
use crate::lvs::Family;
use crate::service::NextHop;
use crate::wire::{fragment as place, ip};

/// Sends a packet, unchanged but for TTL and MAC, to `hop`.
///
/// # Errors
/// A [`Refusal`]; the packet is untouched then.
pub fn send<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    packet: &mut Packet<'f>,
    hop: &NextHop,
) -> Result<Sent, Refusal> {
    let fit = packet.check(hop.mtu)?;
    transmit(egress, packet, hop, fit)
}

/// The last step of direct routing and of NAT: one hop less, and out. From here on nothing is left to quote: what still
/// refuses (a full queue, a link that is down) asks for no ICMP error.
pub(super) fn transmit<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    packet: &mut Packet<'f>,
    hop: &NextHop,
    fit: Fit,
) -> Result<Sent, Refusal> {
    if !packet.keeps_ttl {
        ip::decrement_ttl(packet.bytes, &packet.head);
    }
    if let Some(words) = packet.edit.and_then(|edit| edit.words) {
        return transmit_edited(egress, packet, hop, fit, &words);
    }
    match fit {
        Fit::Whole => {
            let bytes = packet.take_bytes();
            egress.deliver(hop, packet.family(), &packet.vnet, &[], bytes)
        }
        Fit::Fragmented => {
            packet.finish_checksum();
            let bytes = packet.take_bytes();
            match packet.family() {
                Family::V4 => {
                    let (header, payload) = bytes.split_at(packet.head.header_len.min(bytes.len()));
                    fragment::send(egress, hop, header, &[], payload, packet.joined)
                }
                Family::V6 => {
                    let (len, names_next) = place::unfragmentable_v6(bytes);
                    let (head, payload) = bytes.split_at(len.min(bytes.len()));
                    fragment::send_v6(egress, hop, (head, names_next), &[], payload, packet.joined)
                }
            }
        }
    }
}

/// The same for a packet that gets new words: its IP header leaves as a copy.
fn transmit_edited<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    packet: &mut Packet<'f>,
    hop: &NextHop,
    fit: Fit,
    words: &NewWords,
) -> Result<Sent, Refusal> {
    if fit == Fit::Fragmented {
        packet.finish_checksum();
    }
    let (head, state) = (packet.head, packet.checksum_state());
    let Some((header, header_len, start)) = words.put(packet.bytes, &head, state) else {
        return Err(Refusal::TooBig { mtu: hop.mtu });
    };
    let header = header.get(..header_len).unwrap_or_default();
    let payload = packet.take_bytes().get(start..).unwrap_or_default();
    match fit {
        Fit::Whole => egress.deliver(hop, head.family(), &packet.vnet, header, payload),
        Fit::Fragmented => match head.family() {
            Family::V4 => fragment::send(egress, hop, header, &[], payload, packet.joined),
            Family::V6 => {
                let (len, names_next) = place::unfragmentable_v6(header);
                let (repeated, once) = header.split_at(len.min(header.len()));
                fragment::send_v6(egress, hop, (repeated, names_next), once, payload, packet.joined)
            }
        },
    }
}
