//! The short way: for what nearly every packet is, a plain one (`wire::plain`) of a client to a VIP, or of a NAT real
//! server. It takes the steps of the
//! long way ([`super::Director::handle`]) in their order, but reads and moves less; whatever is special in any way goes the
//! long way instead, before anything was changed. So what comes out is the same: `tests` holds both against each other.

use super::{Director, DropReason, Forwarded, Hop, Verdict};
use crate::conn::{Direction, Event};
use crate::forward::{Packet, nat};
use crate::frame::{Frame, FrameMeta, FrameSink, PacketType, VnetHeader};
use crate::lvs::{Endpoint, ForwardingMethod, Mac, PortId, Protocol};
use crate::service::{Flow, NextHop};
use crate::wire::ip::{IpHead, Side};
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
        // What a NAT real server sends is a reply first, wherever it goes.
        let is_reply = view.may_answer(plain.protocol, plain.source);
        if !is_reply && !view.is_vip(plain.destination.addr) {
            return Err(frame);
        }
        let Some(vnet) = finished(&frame.meta.vnet, &plain) else { return Err(frame) };
        let event = match plain.protocol {
            Protocol::Tcp => Event::of_tcp_flags(plain.flags.0).secured(view.tunables.secure_tcp.is_on()),
            _ => Event::Datagram,
        };
        if is_reply {
            self.hurry_back(frame, &plain, &vnet, event, sink)
        } else {
            self.hurry_on(frame, &plain, vnet, event, sink)
        }
    }

    /// From a client to a VIP.
    #[inline]
    fn hurry_on<'f, K: FrameSink<'f>>(
        &mut self,
        frame: Frame<'f>,
        plain: &Plain,
        vnet: VnetHeader,
        event: Event,
        sink: &mut K,
    ) -> Result<Verdict, Frame<'f>> {
        let view = self.view;
        // The sequence of TCP's octets is asked for then.
        if plain.protocol == Protocol::Tcp && view.tunables.reset_guard.is_on() {
            return Err(frame);
        }
        let flow = Flow { protocol: plain.protocol, client: plain.source, virt: plain.destination };
        let mut shard = self.conns.shard_of(flow.protocol, &flow.client);
        let Some(found) = shard.find_inbound(&flow) else {
            return Ok(self.hurry_anew(frame, plain, vnet, (&flow, event), shard, sink));
        };

        let conn = shard.get(found);
        let (id, method, rport) = (conn.server(), conn.method(), conn.rport());
        let server = view.server(id).filter(|server| server.available);
        let Some((server, way)) = server.and_then(|server| Some((server, server.hop.as_ref()?))) else {
            return Err(frame);
        };
        // A SYN may begin anew; FTP's control connection is read along; what a drain left is reset.
        if plain.flags.syn() || conn.is_ftp_control() || server.real.resets() {
            return Err(frame);
        }
        let real = Endpoint::new(server.real.endpoint.addr, rport);
        let exit = self.exit_to_server(frame.bytes, plain, &vnet, method, real, way);
        if exit.is_none() && (method != ForwardingMethod::Tunnel || view.network.is_door(way.port)) {
            return Err(frame);
        }
        let advance = shard.advance(found, event, Direction::Inbound, self.now, &view.timeouts);
        drop(shard);
        self.follow_up(&advance, server);
        self.count_bytes(id, plain.packet_len);
        let Some(exit) = exit else {
            let hop = Hop { server: id, method, real, way: server.hop, has_connection: true };
            let mut packet = packet_of(frame, plain, vnet);
            return Ok(self.send_to_server(&mut packet, Some(flow.protocol), &hop, sink));
        };
        Ok(leave_to_server(frame, plain, &vnet, method, real, &exit, sink))
    }

    /// From a NAT real server to a client.
    #[inline]
    fn hurry_back<'f, K: FrameSink<'f>>(
        &mut self,
        frame: Frame<'f>,
        plain: &Plain,
        vnet: &VnetHeader,
        event: Event,
        sink: &mut K,
    ) -> Result<Verdict, Frame<'f>> {
        let view = self.view;
        let Some(way) = view.network.way_to(plain.destination.addr) else { return Err(frame) };
        let Some(exit) = self.exit(plain, &way) else { return Err(frame) };
        let mut shard = self.conns.shard_of(plain.protocol, &plain.destination);
        let is_server =
            |id| view.server(id).is_some_and(|server| server.real.endpoint.addr == plain.source.addr);
        let found = shard.find_outbound(plain.protocol, &plain.destination, &plain.source, is_server);
        let Some(found) = found else { return Err(frame) };
        let conn = shard.get(found);
        let (id, virt) = (conn.server(), conn.virt());
        if conn.is_ftp_control() || !nat::is_plain(frame.bytes, plain, vnet, virt.addr) {
            return Err(frame);
        }
        let Some(server) = view.server(id).filter(|server| !server.real.resets()) else { return Err(frame) };
        let advance = shard.advance(found, event, Direction::Outbound, self.now, &view.timeouts);
        drop(shard);
        self.follow_up(&advance, server);
        self.count_reply(id, plain.packet_len);
        let bytes = packet_bytes(frame, plain);
        nat::translate_plain(bytes, plain, Side::Source, virt, vnet.is_partial());
        Ok(leave(bytes, plain, vnet, &exit, Forwarded::NatReply, sink))
    }

    /// How a packet leaves to a real server; `None` if that is not by direct routing or NAT, or not as it is.
    #[expect(clippy::inline_always, reason = "called twice, it would be a call for each packet")]
    #[inline(always)]
    pub(super) fn exit_to_server(
        &self,
        bytes: &[u8],
        plain: &Plain,
        vnet: &VnetHeader,
        method: ForwardingMethod,
        real: Endpoint,
        way: &NextHop,
    ) -> Option<Exit> {
        match method {
            ForwardingMethod::DirectRoute => self.exit(plain, way),
            ForwardingMethod::Nat if nat::is_plain(bytes, plain, vnet, real.addr) => self.exit(plain, way),
            _ => None,
        }
    }

    /// How a packet leaves by a way that is open to it as it is; `None` if it must be refused, cut or kept waiting, or goes
    /// to this host.
    #[inline]
    fn exit(&self, plain: &Plain, way: &NextHop) -> Option<Exit> {
        let network = &self.view.network;
        let fits = plain.packet_len <= usize::try_from(way.mtu).unwrap_or(usize::MAX);
        if plain.ttl <= 1 || !fits || network.is_door(way.port) {
            return None;
        }
        let link = network.link(way.port).filter(|link| link.running)?;
        Some(Exit { port: way.port, to: way.mac?, from: link.mac })
    }
}

/// Where a frame leaves, and between which MAC addresses.
pub(super) struct Exit {
    port: PortId,
    to: Mac,
    from: Mac,
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
pub(super) fn packet_of<'f>(frame: Frame<'f>, plain: &Plain, vnet: VnetHeader) -> Packet<'f> {
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
        resets: false,
    }
}

pub(super) const fn transport_of(plain: &Plain) -> Transport {
    Transport {
        protocol: plain.protocol,
        source: plain.source.port,
        destination: plain.destination.port,
        flags: plain.flags,
        chunk: Chunk::Absent,
        is_quoted: false,
    }
}

/// The packet's bytes, without frame and padding.
fn packet_bytes<'f>(frame: Frame<'f>, plain: &Plain) -> &'f mut [u8] {
    frame.bytes.get_mut(ethernet::LEN..ethernet::LEN + plain.packet_len).unwrap_or_default()
}

/// A packet to a real server: by NAT it gets another destination.
#[expect(clippy::inline_always, reason = "called twice, it would be a call for each packet")]
#[inline(always)]
pub(super) fn leave_to_server<'f, K: FrameSink<'f>>(
    frame: Frame<'f>,
    plain: &Plain,
    vnet: &VnetHeader,
    method: ForwardingMethod,
    real: Endpoint,
    exit: &Exit,
    sink: &mut K,
) -> Verdict {
    let bytes = packet_bytes(frame, plain);
    let forwarded = if method == ForwardingMethod::Nat {
        nat::translate_plain(bytes, plain, Side::Destination, real, vnet.is_partial());
        Forwarded::Nat
    } else {
        Forwarded::DirectRoute
    };
    leave(bytes, plain, vnet, exit, forwarded, sink)
}

/// One hop less, other MAC addresses, and out.
#[inline]
fn leave<'f, K: FrameSink<'f>>(
    bytes: &'f mut [u8],
    plain: &Plain,
    vnet: &VnetHeader,
    exit: &Exit,
    forwarded: Forwarded,
    sink: &mut K,
) -> Verdict {
    ip::one_hop_less(bytes, plain.family());
    let header = ethernet::header(exit.to, exit.from, ethernet::Kind::of(plain.family()));
    match sink.emit(exit.port, vnet, &header, bytes) {
        Ok(()) => Verdict::Forwarded(forwarded),
        Err(_) => Verdict::Dropped(DropReason::SinkFull),
    }
}
