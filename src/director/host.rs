//! The director as host of its VIPs: ARP, neighbour discovery, ping, closed ports, and errors about what cannot go.

use super::classify::is_martian;
use super::{Answer, Director, DropReason, Forwarded, PassReason, Verdict};
use crate::forward::{Packet, Refusal, Sent, answer};
use crate::frame::FrameSink;
use crate::lvs::{Endpoint, Mac, PortId, Protocol};
use crate::service::Flow;
use crate::wire::sctp::{self, Chunk};
use crate::wire::spoken::{self, Spoken};
use crate::wire::transport::{self, Transport};
use crate::wire::{Malformed, arp, icmp, ip, ndp};
use std::net::{IpAddr, Ipv4Addr};

/// The verdict on an answer that was (or was not) sent.
fn answered(sent: Result<Option<Sent>, Refusal>, answer: Answer) -> Verdict {
    match sent {
        Ok(Some(Sent::Queued)) => Verdict::Answered(answer),
        Ok(Some(Sent::Held)) => Verdict::Held,
        Ok(None) => Verdict::Dropped(DropReason::NoAnswerDue),
        Err(refusal) => Verdict::Dropped(DropReason::of(refusal)),
    }
}

impl Director<'_> {
    /// Answers an ARP request for a VIP that the director owns. Who claims to be the VIP himself gets no answer.
    pub(super) fn answer_arp<'f, K: FrameSink<'f>>(
        &mut self,
        question: &arp::Arp,
        port: PortId,
        sink: &mut K,
    ) -> Verdict {
        let target = IpAddr::V4(question.target);
        if !question.is_request || !self.view.claimed.contains(&target) || question.sender == question.target
        {
            return Verdict::Passed(PassReason::OthersAddress);
        }
        let possible =
            question.sender == Ipv4Addr::UNSPECIFIED || ip::is_possible_source(IpAddr::V4(question.sender));
        if question.sender_mac.is_group() || !possible {
            return Verdict::Dropped(DropReason::NoAnswerDue);
        }
        let Some(link) = self.view.network.link(port) else { return Verdict::Dropped(DropReason::LinkDown) };
        answered(answer::arp(sink, port, question, link.mac).map(Some), Answer::Arp)
    }

    /// Answers a neighbour solicitation for a VIP that the director owns.
    pub(super) fn answer_solicitation<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &Packet<'f>,
        port: PortId,
        asker_mac: Mac,
        sink: &mut K,
    ) -> Verdict {
        let target = match ndp::read_solicitation(&packet.head, packet.segment()) {
            Ok(target) => target,
            Err(malformed) => return malformed.into(),
        };
        let (IpAddr::V6(asker), true) = (packet.head.source, self.view.claimed.contains(&IpAddr::V6(target)))
        else {
            return Verdict::Passed(PassReason::OthersAddress);
        };
        let possible = asker.is_unspecified() || ip::is_possible_source(packet.head.source);
        if asker_mac.is_group() || !possible || asker == target {
            return Verdict::Dropped(DropReason::NoAnswerDue);
        }
        let Some(link) = self.view.network.link(port) else { return Verdict::Dropped(DropReason::LinkDown) };
        let (_, is_router) = self.view.network.forwarding;
        answered(
            answer::neighbour(sink, port, target, link.mac, is_router, asker, asker_mac).map(Some),
            Answer::Neighbour,
        )
    }

    /// ICMP to a VIP: an error follows its connection; a ping is answered if the director owns the VIP; else the host
    /// has it.
    pub(super) fn answer_icmp<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        message: icmp::Message,
        sink: &mut K,
    ) -> Verdict {
        if message == icmp::Message::Error
            && !self.count_error_about_request(packet)
            && let Some(verdict) = self.relay_to_server(packet, sink)
        {
            return verdict;
        }
        if !self.view.is_vip(packet.head.destination) {
            // The host's stack is kept off errors to networks that are marked.
            return self.relay(packet, sink);
        }
        if !self.view.claimed.contains(&packet.head.destination) {
            return Verdict::Passed(PassReason::HostsPort);
        }
        if message != icmp::Message::EchoRequest {
            return Verdict::Dropped(DropReason::Icmp);
        }
        if !icmp::checksum_is_right(&packet.head, packet.segment()) {
            return Verdict::Dropped(DropReason::BadChecksum);
        }
        answered(
            answer::echo(&mut self.egress(Verdict::Answered(Answer::Echo), sink), packet).map(Some),
            Answer::Echo,
        )
    }

    /// A packet to a VIP that opens no connection and belongs to none: the answer of a host on which nobody listens.
    pub(super) fn answer_closed_port<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        flow: &Flow,
        transport: &Transport,
        sink: &mut K,
    ) -> Verdict {
        let service = self.view.service_for(flow, packet.port);
        if service.is_none_or(|service| !service.takes_port(flow.virt.port))
            && self.view.on_host.contains(&flow.virt.addr)
        {
            return Verdict::Passed(PassReason::HostsPort);
        }
        if !self.view.is_vip(flow.virt.addr) {
            return Verdict::Dropped(DropReason::NoAnswerDue);
        }
        // A SYN belongs to no old connection: it gets its answer.
        if flow.protocol == Protocol::Tcp && !transport.flags.syn() && self.is_silent() {
            return Verdict::Dropped(DropReason::NotAdopted);
        }
        // The director as a host speaks no SCTP: it does not look at its checksum.
        let unchecked = packet.vnet.is_partial() || flow.protocol == Protocol::Sctp;
        let heard = match flow.protocol {
            Protocol::Udp => transport::of_its_length(packet.family(), packet.segment()),
            Protocol::Tcp => transport::has_whole_header(packet.segment()).then_some(packet.segment()),
            Protocol::Sctp => Some(packet.segment()),
        };
        let Some(heard) = heard else { return Malformed::Transport.into() };
        if !unchecked && !transport::checksum_is_right(&packet.head, flow.protocol, heard) {
            return Verdict::Dropped(DropReason::BadChecksum);
        }
        match flow.protocol {
            Protocol::Tcp => answered(
                answer::reset(&mut self.egress(Verdict::Answered(Answer::Reset), sink), packet),
                Answer::Reset,
            ),
            Protocol::Udp => self.answer_no_server(packet, sink),
            Protocol::Sctp => self.answer_unknown_protocol(packet, sink),
        }
    }

    /// Shortly after another director died here: its connections get silence, not an end.
    pub(super) fn is_silent(&self) -> bool {
        self.view.silent_until.is_some_and(|until| self.now < until)
    }

    /// Port unreachable: also for TCP where a service has no real server left, as in IPVS.
    pub(super) fn answer_no_server<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        sink: &mut K,
    ) -> Verdict {
        match self.voice_toward_client(packet) {
            Some(from) => {
                self.answer_error(icmp::Error::PortUnreachable, Answer::PortUnreachable, packet, from, sink)
            }
            None => Verdict::Dropped(DropReason::NoAnswerDue),
        }
    }

    /// From whom errors about a request come: the VIP, or the host's own address that it went to. Where only a mark brings the packet here (`ip rule fwmark …`),
    /// Linux's IPv6 speaks from the director's own address, and IPv4 has none to speak from.
    fn voice_toward_client(&self, packet: &Packet<'_>) -> Option<IpAddr> {
        match packet.head.destination {
            own if self.view.is_vip(own) || self.view.network.host_addresses.contains(&own) => Some(own),
            IpAddr::V6(_) => self.own_voice(packet),
            IpAddr::V4(_) => None,
        }
    }

    /// The director's own address toward who sent the packet.
    fn own_voice(&self, packet: &Packet<'_>) -> Option<IpAddr> {
        self.view.network.way_to(packet.head.source).and_then(|way| way.source)
    }

    /// A packet that is for no service and no connection, of a protocol without ports: what Linux answers by itself.
    pub(super) fn answer_unknown_protocol<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        sink: &mut K,
    ) -> Verdict {
        let vip = packet.head.destination;
        let (kind, answer) = match spoken::by_host(&packet.head, packet.segment()) {
            Spoken::Silent => return Verdict::Dropped(DropReason::Protocol),
            Spoken::Closed => (icmp::Error::PortUnreachable, Answer::PortUnreachable),
            Spoken::Unknown => (icmp::Error::ProtocolUnreachable, Answer::ProtocolUnreachable),
        };
        self.answer_error(kind, answer, packet, vip, sink)
    }

    /// An IPv6 packet of which the byte `at` makes no sense (RFC 4443 §3.4).
    pub(super) fn answer_parameter_problem<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        code: u8,
        at: u32,
        sink: &mut K,
    ) -> Verdict {
        let (vip, kind) = (packet.head.destination, icmp::Error::Parameter { code, at });
        if is_martian(packet.head.source, self.view) {
            return Verdict::Dropped(DropReason::MartianSource);
        }
        if !self.view.claimed.contains(&vip) {
            // The host has had it, too, and answers by itself.
            return Malformed::Ipv6Extension.into();
        }
        // That nobody is told about a later fragment is IPv4's rule (RFC 1122 §3.2.2).
        packet.head.is_later_fragment = false;
        self.answer_error(kind, Answer::ParameterProblem, packet, vip, sink)
    }

    /// A packet that cannot go: an ICMP error where one is due.
    pub(super) fn answer_refusal<'f, K: FrameSink<'f>>(
        &mut self,
        refusal: Refusal,
        forwarded: Forwarded,
        packet: &mut Packet<'f>,
        sink: &mut K,
    ) -> Verdict {
        let is_request = !matches!(forwarded, Forwarded::NatReply | Forwarded::Relay);
        let (kind, answer) = match refusal {
            Refusal::TtlExpired => (icmp::Error::TimeExceeded, Answer::TimeExceeded),
            Refusal::TooBig { mtu } => {
                // Linux has taken one off the TTL by then; only of IPv4 that it routes as it came, it has not.
                if packet.joined.is_some() || is_request || packet.head.destination.is_ipv6() {
                    ip::decrement_ttl(packet.bytes, &packet.head);
                }
                (icmp::Error::TooBig { mtu }, Answer::TooBig)
            }
            other => return Verdict::Dropped(DropReason::of(other)),
        };
        let from = if is_request { self.voice_toward_client(packet) } else { self.own_voice(packet) };
        match from {
            Some(from) => self.answer_error(kind, answer, packet, from, sink),
            None => Verdict::Dropped(DropReason::NoAnswerDue),
        }
    }

    /// Does `nat_icmp_send` forbid this packet of no connection: one from the port that a NAT real server serves, and not
    /// itself a refusal (`ipvs.md` §4.8)?
    pub(super) fn may_not_speak(&self, transport: &Transport, source: Endpoint, segment: &[u8]) -> bool {
        let is_abort = transport.chunk == Chunk::Abort && sctp::first(segment) == Chunk::Abort;
        !transport.flags.rst() && !is_abort && self.view.nat_servers.contains(transport.protocol, source)
    }

    /// Tells a NAT real server that nobody asked it: port unreachable, as a router would say it, one hop on.
    pub(super) fn answer_speaker<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        sink: &mut K,
    ) -> Verdict {
        if !self.routes_to(packet.head.destination) {
            return Verdict::Passed(PassReason::NoConnection);
        }
        if self.is_silent() {
            return Verdict::Dropped(DropReason::NotAdopted);
        }
        if packet.head.ttl <= 1 {
            return self.answer_refusal(Refusal::TtlExpired, Forwarded::Relay, packet, sink);
        }
        let Some(from) = self.own_voice(packet) else {
            return Verdict::Dropped(DropReason::NoAnswerDue);
        };
        ip::decrement_ttl(packet.bytes, &packet.head);
        self.answer_error(icmp::Error::PortUnreachable, Answer::PortUnreachable, packet, from, sink)
    }

    /// Do the limits let an error go to this host? Path MTU discovery is never limited, as in Linux.
    fn may_send(&mut self, kind: icmp::Error, to: IpAddr) -> bool {
        let limits = &self.view.network.icmp_limits;
        let interval = match (to, kind) {
            (_, icmp::Error::TooBig { .. }) => return true,
            (IpAddr::V4(_), kind) if !limits.limits_v4(kind.v4_type()) => return true,
            (IpAddr::V4(_), _) => limits.v4_interval_ms,
            // Linux gives a wider prefix more.
            (IpAddr::V6(_), _) => {
                let prefix = self.view.network.prefix_toward(to).unwrap_or(128);
                limits.v6_interval_ms >> (128_u8.saturating_sub(prefix) >> 5)
            }
        };
        self.memory.icmp_budget.take(self.now, limits) && self.memory.icmp_hosts.take(self.now, to, interval)
    }

    pub(super) fn answer_error<'f, K: FrameSink<'f>>(
        &mut self,
        kind: icmp::Error,
        answer: Answer,
        packet: &mut Packet<'f>,
        from: IpAddr,
        sink: &mut K,
    ) -> Verdict {
        if !icmp::deserves_error(&packet.head, packet.bytes) {
            return Verdict::Dropped(DropReason::NoAnswerDue);
        }
        if !self.may_send(kind, packet.head.source) {
            return Verdict::Dropped(DropReason::IcmpRateLimited);
        }
        answered(answer::error(&mut self.egress(Verdict::Answered(answer), sink), kind, packet, from), answer)
    }
}
