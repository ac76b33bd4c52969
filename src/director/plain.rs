//! The short way: what nearly every packet is, a plain one (`wire::plain`) from a client to a VIP. It takes the steps of the
//! long way ([`super::Director::handle`]) in their order, but reads and moves less; whatever is special in any way goes the
//! long way instead, before anything was changed. So what comes out is the same: `tests` holds both against each other.

use super::{Director, DropReason, Forwarded, Hop, Verdict};
use crate::conn::{Direction, Event};
use crate::forward::Packet;
use crate::frame::{Frame, FrameMeta, FrameSink, PacketType, VnetHeader};
use crate::lvs::{Endpoint, ForwardingMethod, Mac, Protocol};
use crate::service::{Flow, NextHop};
use crate::wire::ip::IpHead;
use crate::wire::plain::{self, Plain};
use crate::wire::sctp::Chunk;
use crate::wire::transport::Transport;
use crate::wire::{ethernet, ip};

impl Director<'_> {
    /// Handles a frame if its packet is plain, and its connection nothing special; gives it back, untouched, if not.
    #[inline]
    pub(super) fn hurry<'f, K: FrameSink<'f>>(
        &mut self,
        frame: Frame<'f>,
        sink: &mut K,
    ) -> Result<Verdict, Frame<'f>> {
        let view = self.view;
        if view.network.is_door(frame.meta.port) || !is_whole_and_ours(&frame) {
            return Err(frame);
        }
        let Some(plain) = plain::read(frame.bytes) else { return Err(frame) };
        // What a NAT real server sends is a reply first.
        if !view.is_vip(plain.destination.addr) || view.may_answer(plain.protocol, plain.source) {
            return Err(frame);
        }
        let Some(vnet) = finished(&frame.meta.vnet, &plain) else { return Err(frame) };
        let event = match plain.protocol {
            Protocol::Tcp if view.tunables.reset_guard.is_on() => return Err(frame),
            Protocol::Tcp => Event::of_tcp_flags(plain.flags.0).secured(view.tunables.secure_tcp.is_on()),
            _ => Event::Datagram,
        };
        let flow = Flow { protocol: plain.protocol, client: plain.source, virt: plain.destination };
        let mut shard = self.conns.shard_of(flow.protocol, &flow.client);
        let Some(found) = shard.find_inbound(&flow) else {
            let (mut packet, transport) = (packet_of(frame, &plain, vnet), transport_of(&plain));
            return Ok(self.serve(&mut packet, &flow, &transport, event, Some(shard), sink));
        };

        let conn = shard.get(found);
        let (id, method, rport) = (conn.server(), conn.method(), conn.rport());
        let Some((server, way)) = view
            .server(id)
            .filter(|server| server.available)
            .and_then(|server| Some((server, server.hop.as_ref()?)))
        else {
            return Err(frame);
        };
        // A SYN may begin anew; FTP's control connection is read along; what stays on this host has rules of its own.
        if plain.flags.syn() || conn.is_ftp_control() || view.network.is_door(way.port) {
            return Err(frame);
        }
        if method == ForwardingMethod::DirectRoute {
            let fits = plain.packet_len <= usize::try_from(way.mtu).unwrap_or(usize::MAX);
            let link = view.network.link(way.port).filter(|link| link.running && fits && plain.ttl > 1);
            let (Some(link), Some(mac)) = (link, way.mac) else { return Err(frame) };
            let advance = shard.advance(found, event, Direction::Inbound, self.now, &view.timeouts);
            drop(shard);
            self.follow_up(&advance, server);
            self.count_bytes(id, plain.packet_len);
            return Ok(route_directly(frame, &plain, &vnet, way, (mac, link.mac), sink));
        }
        if !matches!(method, ForwardingMethod::Nat | ForwardingMethod::Tunnel) {
            return Err(frame);
        }
        let advance = shard.advance(found, event, Direction::Inbound, self.now, &view.timeouts);
        drop(shard);
        self.follow_up(&advance, server);
        self.count_bytes(id, plain.packet_len);
        let real = Endpoint::new(server.real.endpoint.addr, rport);
        let hop = Hop { server: id, method, real, way: server.hop, has_connection: true };
        let mut packet = packet_of(frame, &plain, vnet);
        Ok(self.send_to_server(&mut packet, Some(flow.protocol), &hop, sink))
    }
}

/// Is the frame for this host, all there, and without a tag?
const fn is_whole_and_ours(frame: &Frame<'_>) -> bool {
    let FrameMeta { packet_type, vlan, wire_len, .. } = frame.meta;
    matches!(packet_type, PacketType::Host) && vlan.is_none() && wire_len as usize <= frame.bytes.len()
}

/// What is to be told to the kernel when the packet leaves; `None` for super-frames, and for what does not fit the packet.
#[inline]
fn finished(vnet: &VnetHeader, plain: &Plain) -> Option<VnetHeader> {
    if vnet.gso_type != VnetHeader::GSO_NONE {
        return None;
    }
    if !vnet.is_partial() {
        return Some(VnetHeader::default());
    }
    let start = ethernet::LEN + plain.header_len;
    let is_right = usize::from(vnet.csum_start) == start
        && vnet.csum_offset == plain.checksum_offset()
        && plain.headers_len <= plain.packet_len;
    let hdr_len = u16::try_from(ethernet::LEN + plain.headers_len).ok()?;
    is_right.then_some(VnetHeader { flags: VnetHeader::NEEDS_CSUM, hdr_len, gso_size: 0, ..*vnet })
}

/// The packet as the long way has it.
fn packet_of<'f>(frame: Frame<'f>, plain: &Plain, vnet: VnetHeader) -> Packet<'f> {
    let Frame { bytes, meta } = frame;
    let bytes = bytes.get_mut(ethernet::LEN..ethernet::LEN + plain.packet_len).unwrap_or_default();
    let head = IpHead::of_plain(bytes, plain);
    Packet {
        bytes,
        head,
        vnet,
        port: meta.port,
        from_host: false,
        keeps_ttl: false,
        joined: None,
        edit: None,
    }
}

const fn transport_of(plain: &Plain) -> Transport {
    Transport {
        protocol: plain.protocol,
        source: plain.source.port,
        destination: plain.destination.port,
        flags: plain.flags,
        chunk: Chunk::Absent,
        is_quoted: false,
    }
}

/// Direct routing: one hop less, other MAC addresses, and out.
#[inline]
fn route_directly<'f, K: FrameSink<'f>>(
    frame: Frame<'f>,
    plain: &Plain,
    vnet: &VnetHeader,
    way: &NextHop,
    (to, from): (Mac, Mac),
    sink: &mut K,
) -> Verdict {
    let bytes = frame.bytes.get_mut(ethernet::LEN..ethernet::LEN + plain.packet_len).unwrap_or_default();
    ip::one_hop_less(bytes, plain.family());
    let header = ethernet::header(to, from, ethernet::Kind::of(plain.family()));
    match sink.emit(way.port, vnet, &header, bytes) {
        Ok(()) => Verdict::Forwarded(Forwarded::DirectRoute),
        Err(_) => Verdict::Dropped(DropReason::SinkFull),
    }
}
