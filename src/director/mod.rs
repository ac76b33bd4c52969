//! Decides the order: the one path of a frame. Start reading at [`Director::handle`].
//!
//! ```text
//! 1 classify   what is it?                                             classify
//! 2 find       a reply? else a request of a known connection?          conn
//! 3 reuse      a new SYN on a dying connection ends it                 here
//! 4 gone?      the connection's real server was deleted: drop          here
//! 5 admit      protocol gate, service, scheduler, open                 admit
//! 6 advance    state, timer, counters                                  conn
//! 7 forward    NAT, tunnel, direct routing                             send, forward
//! ```
//!
//! That order is IPVS's own and can be observed from outside. No clock, no I/O, no logging, no allocation (but for
//! opening a connection and for frames that wait for a neighbour), and nothing that can panic.

#![warn(clippy::indexing_slicing)]

mod admit;
mod ahead;
mod bypass;
mod classify;
mod direct;
mod fragment;
mod fresh;
mod ftp;
mod hashing;
mod host;
mod icmp;
mod ipsec;
mod limit;
mod owed;
mod pass;
mod persist;
mod plain;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod plain_tests;
mod reset;
mod send;
mod speak;
mod tally;
mod verdict;

pub use ahead::look_ahead;
pub use limit::{HostLimits, OpeningLimit, TokenBucket};
pub use owed::settle;
pub use tally::{NOTICES, Notice, PublishedTally, Tally, VERDICTS};
pub use verdict::{Answer, CATALOGUE, CatalogueRow, DropReason, Forwarded, PassReason, Verdict};

use crate::conn::{Advance, Conn, ConnIndex, ConnTable, Direction, End, Event, ShardGuard};
use crate::defrag::{Datagram, Defrag};
use crate::forward::{Joined, Packet, Waiting};
use crate::frame::{Frame, FrameSink};
use crate::lvs::{Endpoint, Family, ForwardingMethod, Protocol};
use crate::service::{Flow, NextHop, Passes, Server, ServerId, Snapshot};
use crate::time::Tick;
use crate::wire::icmp as wire_icmp;
use crate::wire::transport::{self, Transport};
use admit::{Admission, Admitted};
use classify::Class;
use owed::Owed;
use std::sync::Arc;

/// What a worker's director keeps from sweep to sweep.
#[derive(Debug, Default)]
pub struct Memory {
    /// What was counted.
    pub tally: Tally,
    /// Frames that wait for a neighbour.
    pub waiting: Waiting,
    /// Fragments that wait for others: all workers have the same.
    pub defrag: Arc<Defrag>,
    /// Datagrams that became whole, or were given up, and are still to be handled ([`Director::handle_joined`]): after the
    /// sweep, for their bytes are not the ring's.
    pub joined: Vec<Datagram>,
    /// Flows of health checks that go through a VIP: all workers have the same.
    pub passes: Arc<Passes>,
    /// ICMP errors that may still be sent.
    pub icmp_budget: TokenBucket,
    /// ICMP errors that single hosts may still get.
    pub icmp_hosts: HostLimits,
    /// Connections that may still be opened in this second.
    pub openings: OpeningLimit,
    /// Identification of the last outer IPv4 header.
    pub next_id: u16,
    /// State of the dice for schedulers that throw them; seed it before use.
    pub dice: u64,
}

/// The director for one sweep: everything that it may look at.
#[derive(Debug)]
pub struct Director<'w> {
    /// Now, read once per sweep.
    pub now: Tick,
    /// Services, real servers and the network as of this sweep.
    pub view: &'w Snapshot,
    /// The connections.
    pub conns: &'w ConnTable,
    /// What stays.
    pub memory: &'w mut Memory,
}

/// The way on for one packet of a connection: copied out of the table, so that the lock is gone before the bytes are
/// touched.
#[derive(Clone, Copy, Debug)]
struct Hop {
    server: ServerId,
    method: ForwardingMethod,
    real: Endpoint,
    way: Option<NextHop>,
    /// False for a packet by itself (one-packet scheduling).
    has_connection: bool,
}

impl<'w> Director<'w> {
    /// Handles one received frame: what is to leave goes into `sink`, the answer says what became of it. The caller
    /// counts the verdict (a frame that the kernel then refuses to send is dropped after all).
    pub fn handle<'f, K: FrameSink<'f>>(&mut self, frame: Frame<'f>, sink: &mut K) -> Verdict {
        match self.hurry(frame, sink) {
            Ok(verdict) => verdict,
            Err(frame) => self.guide(frame, None, sink),
        }
    }

    /// Whatever came: one frame, or a datagram that came in several.
    fn guide<'f, K: FrameSink<'f>>(
        &mut self,
        frame: Frame<'f>,
        joined: Option<Joined<'f>>,
        sink: &mut K,
    ) -> Verdict {
        let port = frame.meta.port;
        let mut packet = Packet::empty();
        let class = classify::classify(frame, self.view, &mut packet);
        packet.joined = joined;
        match class {
            Ok(Class::Transport { transport, to_vip, from_server }) => {
                self.route(&mut packet, &transport, to_vip, from_server, sink)
            }
            Ok(Class::DirectReply(transport)) => self.follow_direct_reply(&packet, &transport),
            Ok(Class::ErrorOnTheWay) => self.pass_direct_error(&packet),
            Ok(Class::IpSec { to_vip }) => self.follow_isakmp(&mut packet, to_vip, sink),
            Ok(Class::UnknownOption(at)) => self.answer_parameter_problem(&mut packet, 2, at, sink),
            Ok(Class::UnknownProtocol) => self.answer_unknown_protocol(&mut packet, sink),
            Ok(Class::Icmp(message)) => self.answer_icmp(&mut packet, message, sink),
            Ok(Class::IcmpAbout(quoted)) => self.relay_to_client(&mut packet, &quoted, sink),
            Ok(Class::IcmpAboutTunnel(quoted)) => self.tell_of_tunnel(&mut packet, &quoted, sink),
            Ok(Class::IcmpOfServer) => self.relay_error(&mut packet, sink),
            Ok(Class::Solicitation(asker)) => self.answer_solicitation(&packet, port, asker, sink),
            Ok(Class::Arp(question)) => self.answer_arp(&question, port, sink),
            Ok(Class::Fragment(place, _))
                if packet.family() == Family::V6 && place.is_odd(packet.bytes.len()) =>
            {
                // It is the payload length that makes no sense.
                self.answer_parameter_problem(&mut packet, 0, 4, sink)
            }
            Ok(Class::Fragment(place, ethernet)) => self.keep_fragment(port, &ethernet, &packet, place),
            // The host's stack is kept off a real server's fragments, for nobody can tell whose they are before.
            Err(Verdict::Passed(PassReason::NotVip)) if joined.is_some() => self.relay(&mut packet, sink),
            Err(verdict) => verdict,
        }
    }

    fn route<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        transport: &Transport,
        to_vip: bool,
        from_server: bool,
        sink: &mut K,
    ) -> Verdict {
        let protocol = transport.protocol;
        let source = Endpoint::new(packet.head.source, transport.source);
        let destination = Endpoint::new(packet.head.destination, transport.destination);
        let event = self.event_of(transport);

        if from_server {
            if !self.memory.passes.is_empty()
                && let Some(verdict) = self.follow_pass(packet, transport, source, destination, sink)
            {
                return verdict;
            }
            if let Some(known) = self.reply(protocol, source, destination, event, packet) {
                return match known {
                    Ok((virt, id)) if packet.resets => self.reset_toward_client(packet, virt, id, sink),
                    Ok((virt, id)) => self.send_to_client(packet, Some(protocol), virt, id, sink),
                    Err(reason) => Verdict::Dropped(reason),
                };
            }
        }
        if !to_vip {
            if from_server
                && protocol == Protocol::Udp
                && let Some((virt, id)) = self.speak_first(source, destination, packet)
            {
                return self.send_to_client(packet, Some(protocol), virt, id, sink);
            }
            if self.view.tunables.nat_icmp_send.is_on()
                && self.may_not_speak(transport, source, packet.segment())
            {
                return self.answer_speaker(packet, sink);
            }
            return self.relay(packet, sink);
        }

        let flow = Flow { protocol, client: source, virt: destination };
        self.serve(packet, &flow, transport, event, None, sink)
    }

    /// Steps 2 to 7 for a request. `stranger`: its client's shard, if it was looked for there already, and not found.
    fn serve<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        flow: &Flow,
        transport: &Transport,
        event: Event,
        stranger: Option<ShardGuard<'w>>,
        sink: &mut K,
    ) -> Verdict {
        let hop = self.request(flow, transport, event, packet, stranger);
        self.conclude_request(hop, packet, flow, transport, sink)
    }

    /// Step 7 for a request, or what its client is told instead.
    fn conclude_request<'f, K: FrameSink<'f>>(
        &mut self,
        hop: Result<Hop, Admission>,
        packet: &mut Packet<'f>,
        flow: &Flow,
        transport: &Transport,
        sink: &mut K,
    ) -> Verdict {
        let hop = match hop {
            Ok(hop) => hop,
            Err(Admission::Declined) => return self.answer_closed_port(packet, flow, transport, sink),
            Err(Admission::NoServer) => return self.answer_no_server(packet, sink),
            Err(Admission::NobodyElse(ended)) => {
                let len = wire_icmp::error_len(packet.family(), packet.head.packet_len);
                let verdict = self.answer_no_server(packet, sink);
                // In IPVS the old connection is still there for a moment, and the answer is taken for its reply.
                if matches!(verdict, Verdict::Answered(_)) {
                    self.count_reply(ended, len);
                }
                return verdict;
            }
            Err(Admission::Dropped(reason)) => return Verdict::Dropped(reason),
        };
        if packet.resets {
            return self.reset_toward_server(packet, Some(flow.protocol), &hop, sink);
        }
        self.send_to_server(packet, Some(flow.protocol), &hop, sink)
    }

    /// What this packet is to its connection's state.
    #[inline]
    fn event_of(&self, transport: &Transport) -> Event {
        match transport.protocol {
            Protocol::Tcp => {
                Event::of_tcp_flags(transport.flags.0).secured(self.view.tunables.secure_tcp.is_on())
            }
            Protocol::Udp => Event::Datagram,
            Protocol::Sctp => Event::Sctp(transport.chunk),
        }
    }

    /// Steps 2 and 6 for a reply: the connection's virtual endpoint and real server if this packet belongs to one, or why
    /// it is dropped.
    fn reply(
        &mut self,
        protocol: Protocol,
        real: Endpoint,
        client: Endpoint,
        event: Event,
        packet: &mut Packet<'_>,
    ) -> Option<Result<(Endpoint, ServerId), DropReason>> {
        let view = self.view;
        let mut shard = self.conns.shard_of(protocol, &client);
        let found = shard.find_outbound(protocol, &client, &real, |id| {
            view.server(id).is_some_and(|server| server.real.endpoint.addr == real.addr)
        })?;
        let (virt, id) = (shard.get(found).virt(), shard.get(found).server());
        if packet.head.ttl <= 1 && !packet.from_host || self.is_refused_by_router(packet) {
            // It goes no further, and IPVS does not see it.
            return Some(Ok((virt, id)));
        }
        let mut expected = None;
        if shard.get(found).is_ftp_control() {
            match self.help(&mut shard, found, Direction::Outbound, packet) {
                Ok(announced) => expected = announced,
                Err(reason) => return Some(Err(reason)),
            }
        }
        if protocol == Protocol::Tcp
            && let Some(server) = view.server(id).filter(|server| server.real.resets())
        {
            Self::end_reply_by_deadline(server, &mut shard, found, packet);
        }
        let advance = shard.advance(found, event, Direction::Outbound, self.now, &view.timeouts);
        drop(shard);
        if let Some(expected) = &expected {
            self.expect(expected);
        }
        if let Some(parent) = advance.proved_to {
            self.conns.assure(parent);
        }
        if let (Some(server), Some(now_active)) = (view.server(id), advance.activity) {
            server.real.set_active(now_active);
        }
        Some(Ok((virt, id)))
    }

    /// Would a router refuse a reply for its length? In IPv4 it does so before IPVS sees it.
    #[inline]
    fn is_refused_by_router(&self, packet: &Packet<'_>) -> bool {
        let network = &self.view.network;
        let is_long = packet.wire_packet_len() > usize::try_from(network.narrowest).unwrap_or(usize::MAX);
        is_long
            && packet.head.dont_fragment
            && packet.family() == Family::V4
            && !packet.from_host
            && network.way_to(packet.head.destination).is_some_and(|way| packet.is_too_long(way.mtu))
    }

    /// Steps 2 to 6 for a request: the way to its real server.
    fn request(
        &mut self,
        flow: &Flow,
        transport: &Transport,
        event: Event,
        packet: &mut Packet<'_>,
        stranger: Option<ShardGuard<'w>>,
    ) -> Result<Hop, Admission> {
        let mut owed = Owed::default();
        let hop = match self.find_or_admit(flow, transport, event, packet, stranger, &mut owed) {
            Err(Admission::NoServer) => {
                Err(owed.was_without_nat.map_or(Admission::NoServer, Admission::NobodyElse))
            }
            hop => hop,
        };
        owed.pay(self.view, self.conns);
        hop
    }

    #[inline]
    fn find_or_admit(
        &mut self,
        flow: &Flow,
        transport: &Transport,
        event: Event,
        packet: &mut Packet<'_>,
        stranger: Option<ShardGuard<'w>>,
        owed: &mut Owed,
    ) -> Result<Hop, Admission> {
        let view = self.view;
        let (mut shard, mut known) = match stranger {
            Some(shard) => (shard, None),
            None => {
                let shard = self.conns.shard_of(flow.protocol, &flow.client);
                let known = shard.find_inbound(flow);
                (shard, known)
            }
        };
        if known.is_none() && self.conns.expects_any_port() {
            drop(shard);
            self.conns.meet(flow, self.now);
            shard = self.conns.shard_of(flow.protocol, &flow.client);
            known = shard.find_inbound(flow);
        }
        if known.is_none() && !packet.from_host && classify::is_martian(flow.client.addr, view) {
            return Err(Admission::Dropped(DropReason::MartianSource));
        }
        if let Some(found) = known
            && transport.begins()
            && self.starts_anew(shard.get(found))
            && self.expire(&mut shard, found, owed)
        {
            known = None;
        }
        if let Some(found) = known
            && self.ends_by_its_server(&mut shard, found, (transport, packet), owed)?
        {
            known = None;
        }
        let found = match known {
            Some(found) => found,
            None => match self.admit(shard, flow, transport, packet, owed) {
                Ok(Admitted::Opened(locked, opened)) => {
                    shard = locked;
                    opened
                }
                Ok(Admitted::OnePacket(server, hop)) => {
                    self.count_request(server, packet);
                    return Ok(hop);
                }
                Err(Admission::NoServer) if self.may_bypass(flow, packet.port) => {
                    let opened = self.open_bypass(flow).map_err(Admission::Dropped)?;
                    shard = opened.0;
                    opened.1
                }
                Err(admission) => return Err(admission),
            },
        };
        self.follow(shard, found, event, packet, owed)
    }

    fn count_request(&mut self, server: ServerId, packet: &Packet<'_>) {
        self.count_bytes(server, packet.head.packet_len);
    }

    fn count_bytes(&mut self, server: ServerId, len: usize) {
        self.memory.tally.server(server, |stats| {
            stats.in_pkts += 1;
            stats.in_bytes += len as u64;
        });
    }

    /// Tells those whom a packet's step concerns, when the shard's lock is gone.
    #[inline]
    fn follow_up(&self, advance: &Advance, server: &Server) {
        if let Some(parent) = advance.proved_to {
            self.conns.assure(parent);
        }
        if let Some(now_active) = advance.activity {
            server.real.set_active(now_active);
        }
    }

    /// Step 3: does a packet that begins a connection end this one, to be scheduled anew?
    fn starts_anew(&self, conn: &Conn) -> bool {
        let tunables = &self.view.tunables;
        let is_quiesced = || self.view.server(conn.server()).is_some_and(|server| server.real.weight() == 0);
        (tunables.expire_nodest_conn.is_on() && is_quiesced())
            || conn.may_start_anew(tunables.conn_reuse_mode)
    }

    /// Step 4: does this connection end because its real server was deleted (`expire_nodest_conn`), or a drain's deadline
    /// left it?
    ///
    /// # Errors
    /// It has none any more, and waits for it to come back.
    #[inline]
    fn ends_by_its_server(
        &mut self,
        shard: &mut ShardGuard<'_>,
        found: ConnIndex,
        (transport, packet): (&Transport, &mut Packet<'_>),
        owed: &mut Owed,
    ) -> Result<bool, Admission> {
        let view = self.view;
        match view.server(shard.get(found).server()) {
            Some(server) if server.available && !server.real.resets() => Ok(false),
            Some(server) if server.available => {
                Ok(self.ends_by_deadline(server, shard, found, (transport, packet), owed))
            }
            None if shard.get(found).method() == ForwardingMethod::Bypass => Ok(false),
            Some(_) if view.tunables.expire_nodest_conn.is_on() && self.expire(shard, found, owed) => {
                self.memory.tally.notice(Notice::ServerGone);
                Ok(true)
            }
            _ => Err(Admission::Dropped(DropReason::ServerGone)),
        }
    }

    /// Step 6 for a request, and the way on.
    #[inline]
    fn follow(
        &mut self,
        mut shard: ShardGuard<'_>,
        found: ConnIndex,
        event: Event,
        packet: &mut Packet<'_>,
        owed: &mut Owed,
    ) -> Result<Hop, Admission> {
        let view = self.view;
        let event = match event {
            Event::Tcp(_) | Event::SecureTcp(_) if view.tunables.reset_guard.is_on() => {
                let octets = transport::read_octets(packet.segment());
                octets.map_or(event, |octets| shard.judge(found, event, octets))
            }
            _ => event,
        };
        if event == Event::Doubtful {
            self.memory.tally.notice(Notice::Doubted);
        }
        let advance = shard.advance(found, event, Direction::Inbound, self.now, &view.timeouts);
        let conn = shard.get(found);
        let (id, method, rport) = (conn.server(), conn.method(), conn.rport());
        if method == ForwardingMethod::Bypass {
            return Ok(Self::bypass_hop(conn.virt()));
        }
        let helped = if conn.is_ftp_control() {
            self.help(&mut shard, found, Direction::Inbound, packet)
        } else {
            Ok(None)
        };
        drop(shard);
        if let Ok(Some(expected)) = &helped {
            self.expect(expected);
        }

        owed.proved_to = advance.proved_to;
        let server = view.server(id).ok_or(Admission::Dropped(DropReason::ServerGone))?;
        if let Some(now_active) = advance.activity {
            server.real.set_active(now_active);
        }
        self.count_request(id, packet);
        helped.map_err(Admission::Dropped)?;
        let real = Endpoint::new(server.real.endpoint.addr, rport);
        Ok(Hop { server: id, method, real, way: server.hop, has_connection: true })
    }

    /// Ends a connection before its time (or, if it has children, has it wait for them where nobody finds it); false if
    /// its real server is not known to this snapshot (it is newer).
    fn expire(&self, shard: &mut ShardGuard<'_>, found: ConnIndex, owed: &mut Owed) -> bool {
        if shard.get(found).method() == ForwardingMethod::Bypass {
            return Self::expire_bypass(shard, found);
        }
        if self.view.server(shard.get(found).server()).is_none() {
            return false;
        }
        let (id, method) = (shard.get(found).server(), shard.get(found).method());
        owed.was_without_nat = (method != ForwardingMethod::Nat).then_some(id);
        match shard.close(found, End::Regular) {
            Some(closed) => owed.end(closed),
            None => shard.make_void(found),
        }
        true
    }
}
