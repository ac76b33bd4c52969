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
use crate::frame::{FrameSink, VnetHeader};
use crate::lvs::{Endpoint, Family, Protocol};
use crate::service::NextHop;
use crate::wire::checksum::Change;
use crate::wire::ethernet;
use crate::wire::ip::{self, Side};
use crate::wire::plain::Plain;
use crate::wire::transport::{self, NewPort};
use std::net::IpAddr;

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

/// May a plain packet be translated by [`translate_plain`], to or from this address? Not if its UDP checksum is missing
/// (IPv4), for it is then computed in full; nor to this host itself, which has rules of its own.
#[inline]
pub fn is_plain(frame: &[u8], plain: &Plain, vnet: &VnetHeader, new: IpAddr) -> bool {
    let is_missing = || {
        let place = ethernet::LEN + plain.header_len + usize::from(plain.checksum_offset());
        frame.get(place..place + 2) == Some(&[0, 0])
    };
    let has_sum = plain.protocol == Protocol::Tcp || vnet.is_partial() || !is_missing();
    has_sum && !new.is_loopback() && Family::of(new) == plain.family()
}

/// Replaces one end of a plain packet in place; the checksums follow, as [`to_server`] and [`to_client`] have it.
#[inline]
pub fn translate_plain(packet: &mut [u8], plain: &Plain, side: Side, new: Endpoint, is_partial: bool) {
    let Some((header, segment)) = packet.split_at_mut_checked(plain.header_len) else { return };
    let (old, addr_at, port_at) = match (side, plain.family()) {
        (Side::Source, Family::V4) => (plain.source, 12, 0),
        (Side::Destination, Family::V4) => (plain.destination, 16, 2),
        (Side::Source, Family::V6) => (plain.source, 8, 0),
        (Side::Destination, Family::V6) => (plain.destination, 24, 2),
    };
    let change = Change::default().addr(old.addr, new.addr);
    match new.addr {
        IpAddr::V4(addr) => {
            put(header, addr_at, addr.octets());
            adjust(header, 10, |sum| change.apply(sum));
        }
        IpAddr::V6(addr) => put(header, addr_at, addr.octets()),
    }
    put(segment, port_at, new.port.to_be_bytes());
    let is_udp = plain.protocol == Protocol::Udp;
    adjust(segment, usize::from(plain.checksum_offset()), |sum| {
        if is_partial {
            return change.apply_partial(sum);
        }
        let sum = change.word(old.port, new.port).apply(sum);
        // 0 would mean that there is none (RFC 768).
        if is_udp && sum == 0 { 0xffff } else { sum }
    });
}

#[inline]
fn put<const N: usize>(bytes: &mut [u8], at: usize, new: [u8; N]) {
    if let Some(place) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *place = new;
    }
}

#[inline]
fn adjust(bytes: &mut [u8], at: usize, change: impl FnOnce(u16) -> u16) {
    if let Some(place) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<2>) {
        *place = change(u16::from_be_bytes(*place)).to_be_bytes();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::wire::{ip::IpHead, plain};

    /// Whatever the checksum was: a UDP checksum that comes out as 0, too.
    #[test]
    fn a_plain_packet_gets_the_checksums_of_any_other() {
        let (old, new) = ("10.9.0.100".parse().unwrap(), Endpoint::new("10.2.0.7".parse().unwrap(), 8080));
        for (protocol, at) in [(17_u8, 26), (6, 36)] {
            let mut packet =
                vec![0x45, 0, 0, 60, 0, 1, 0, 0, 64, protocol, 0, 0, 172, 16, 0, 5, 10, 9, 0, 100];
            ip::sum_v4_header(&mut packet);
            packet.extend([0x9c, 0x41, 0, 80]);
            packet.resize(60, 0x50);
            let frame = [&[0; 12][..], &[8, 0], &packet].concat();
            let plain = plain::read(&frame).unwrap();
            for sum in 0..=u16::MAX {
                packet[at..at + 2].copy_from_slice(&sum.to_be_bytes());
                for is_partial in [false, true] {
                    let (mut short, mut long) = (packet.clone(), packet.clone());
                    let vnet = VnetHeader { flags: u8::from(is_partial), ..VnetHeader::default() };
                    let frame = [&[0; 14][..], &packet].concat();
                    assert_eq!(
                        is_plain(&frame, &plain, &vnet, new.addr),
                        protocol == 6 || is_partial || sum != 0
                    );
                    if !is_plain(&frame, &plain, &vnet, new.addr) {
                        continue;
                    }
                    translate_plain(&mut short, &plain, Side::Destination, new, is_partial);
                    let change = Change::default().addr(old, new.addr);
                    ip::set_addr(&mut long, Side::Destination, new.addr);
                    let state = if is_partial {
                        transport::ChecksumState::Partial
                    } else {
                        transport::ChecksumState::Complete
                    };
                    let head = IpHead::of_plain(&long, &plain);
                    let port = NewPort::Destination(new.port);
                    transport::rewrite(&mut long[20..], plain.protocol, port, change, state, &head);
                    assert!(short == long, "{protocol} {sum:04x} {is_partial}: {short:?}, {long:?}");
                }
            }
        }
    }
}
