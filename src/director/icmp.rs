//! ICMP errors about packets of known connections (`ipvs.md` §4.6). They count as packets of the connection, but neither
//! step its state nor start its life anew.

use super::admit::Admitted;
use super::classify::is_martian;
use super::{Admission, Answer, Director, DropReason, Forwarded, Owed, PassReason, Verdict};
use crate::conn::ShardGuard;
use crate::forward::{Packet, direct_route, icmp_error, tunnel};
use crate::frame::FrameSink;
use crate::lvs::{Endpoint, Family, ForwardingMethod};
use crate::service::{Flow, ServerId};
use crate::wire::encap::{self, QuotedTunnel};
use crate::wire::icmp::{self, Quoted};
use crate::wire::ip;
use crate::wire::transport::Transport;

impl<'w> Director<'w> {
    /// An error to the VIP is about a reply: it goes to the real server that sent the reply. `None`: it is about no
    /// connection.
    pub(super) fn relay_to_server<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        sink: &mut K,
    ) -> Option<Verdict> {
        let quoted = icmp::read_quoted(packet.family(), packet.segment())?;
        let flow = Flow { protocol: quoted.protocol, client: quoted.destination, virt: quoted.source };
        let shard = self.conns.shard_of(flow.protocol, &flow.client);
        let (id, method, rport) = match shard.find_inbound(&flow) {
            Some(found) => {
                let conn = shard.get(found);
                let bound = (conn.server(), conn.method(), conn.rport());
                drop(shard);
                bound
            }
            None if !self.view.tunables.schedule_icmp.is_on() => {
                drop(shard);
                let server = self.server_of_hashed(&flow, packet.port)?;
                (server.id, server.method(), flow.virt.port)
            }
            None if is_martian(flow.client.addr, self.view) => {
                return Some(Verdict::Dropped(DropReason::MartianSource));
            }
            None => match self.schedule_quoted(shard, &flow, packet) {
                Ok(bound) => bound,
                Err(Admission::Declined) => return None,
                Err(Admission::NoServer | Admission::NobodyElse(_)) => {
                    return Some(Verdict::Dropped(DropReason::NoAnswerDue));
                }
                Err(Admission::Dropped(reason)) => return Some(Verdict::Dropped(reason)),
            },
        };

        if method == ForwardingMethod::Bypass {
            return Some(self.send_on(packet, sink));
        }
        let view = self.view;
        let Some(server) = view.server(id) else {
            return Some(Verdict::Dropped(DropReason::ServerGone));
        };
        // IPVS looks at ICMPv6's only where it will change it.
        let matters = method == ForwardingMethod::Nat || packet.family() == Family::V4;
        if matters && !icmp::checksum_is_right(&packet.head, packet.segment()) {
            return Some(Verdict::Dropped(DropReason::BadChecksum));
        }
        // A deleted server gets them as before, but does not count.
        if server.available {
            self.memory.tally.server(id, |stats| {
                stats.in_pkts += 1;
                stats.in_bytes += packet.head.packet_len as u64;
            });
        }
        let Some(way) = server.hop else { return Some(Verdict::Dropped(DropReason::NoRoute)) };
        let real = Endpoint::new(server.real.endpoint.addr, rport);
        let forwarded = match self.way_of(method, real, &way, packet) {
            Ok(forwarded) => forwarded,
            Err(reason) => return Some(Verdict::Dropped(reason)),
        };
        // Linux takes such an error up on its way through the host, which has counted its hop by then: two in all.
        if !self.view.is_vip(packet.head.destination) && packet.head.ttl > 1 {
            ip::decrement_ttl(packet.bytes, &packet.head);
            packet.head.ttl -= 1;
        }
        let mut egress = self.egress(Verdict::Forwarded(forwarded), sink);
        let sent = match forwarded {
            Forwarded::Nat => icmp_error::to_server(&mut egress, packet, &quoted, real, &way),
            Forwarded::Tunnel => {
                let far = tunnel::Far::of(server);
                tunnel::send(&mut egress, packet, far, &way, view.tunables.pmtu_disc.is_on())
            }
            _ => direct_route::send(&mut egress, packet, &way),
        };
        Some(self.conclude(sent, packet, forwarded, sink))
    }

    /// Opens a connection for the flow of a quoted packet (`schedule_icmp`): its real server, method and rport.
    fn schedule_quoted(
        &mut self,
        shard: ShardGuard<'w>,
        flow: &Flow,
        packet: &Packet<'_>,
    ) -> Result<(ServerId, ForwardingMethod, u16), Admission> {
        // What is quoted of the header ends before TCP's flags, and need not have been a SYN.
        let opening = Transport::opening(flow.protocol, flow.client.port, flow.virt.port);
        let mut owed = Owed::default();
        let bound = self.admit(shard, flow, &opening, packet, &mut owed).map(|admitted| match admitted {
            Admitted::Opened(shard, opened) => {
                let conn = shard.get(opened);
                (conn.server(), conn.method(), conn.rport())
            }
            Admitted::OnePacket(server, hop) => (server, hop.method, hop.real.port),
        });
        owed.pay(self.view, self.conns);
        bound
    }

    /// An error that quotes a request to a NAT real server goes to the client, as from the VIP.
    pub(super) fn relay_to_client<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        quoted: &Quoted,
        sink: &mut K,
    ) -> Verdict {
        let view = self.view;
        let (client, real) = (quoted.source, quoted.destination);
        let shard = self.conns.shard_of(quoted.protocol, &client);
        let found = shard.find_outbound(quoted.protocol, &client, &real, |id| {
            view.server(id).is_some_and(|server| server.real.endpoint.addr == real.addr)
        });
        let Some(found) = found else {
            drop(shard);
            if !self.memory.passes.is_empty()
                && let Some(verdict) = self.follow_pass_error(packet, quoted, sink)
            {
                return verdict;
            }
            // The host's stack is kept off what real servers say, and has what other routers say.
            return if view.nat_hosts.contains(&packet.head.source) {
                self.relay(packet, sink)
            } else {
                Verdict::Passed(PassReason::NoConnection)
            };
        };
        let (virt, id) = (shard.get(found).virt(), shard.get(found).server());
        drop(shard);
        if !icmp::checksum_is_right(&packet.head, packet.segment()) {
            return Verdict::Dropped(DropReason::BadChecksum);
        }
        if view.server(id).is_some_and(|server| server.available) {
            self.memory.tally.server(id, |stats| {
                stats.out_pkts += 1;
                stats.out_bytes += packet.head.packet_len as u64;
            });
        }
        let mut egress = self.egress(Verdict::Forwarded(Forwarded::NatReply), sink);
        let sent = icmp_error::to_client(&mut egress, packet, quoted, virt);
        self.conclude(sent, packet, Forwarded::NatReply, sink)
    }

    /// An error about a packet in one of our tunnels: whose packet was in it is to know. Fragmentation needed, if the
    /// outer header that it quotes is ours, tells how much the path carries from now on.
    pub(super) fn tell_of_tunnel<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        quoted: &QuotedTunnel,
        sink: &mut K,
    ) -> Verdict {
        // What is quoted is found behind so many bytes, as if it were a message's: the outer headers are skipped.
        let inner = packet.segment().get(quoted.outer_len..);
        let Some(inner) = inner.and_then(|message| icmp::read_quoted(Family::V4, message)) else {
            return self.leave_tunnel_error(packet, quoted);
        };
        let flow = Flow { protocol: inner.protocol, client: inner.source, virt: inner.destination };
        let shard = self.conns.shard_of(flow.protocol, &flow.client);
        let known = shard.find_inbound(&flow).map(|found| shard.get(found).server());
        drop(shard);
        let hashed = || {
            let server = self.server_of_hashed(&flow, packet.port)?;
            (server.endpoint.addr == quoted.destination).then_some(server.id)
        };
        let Some(id) = known.or_else(hashed) else {
            return self.leave_tunnel_error(packet, quoted);
        };
        if !icmp::checksum_is_right(&packet.head, packet.segment()) {
            return Verdict::Dropped(DropReason::BadChecksum);
        }

        let told = icmp::read_error(packet.segment());
        let start = packet.head.header_len + icmp::LEN + quoted.outer_len;
        let Some((kind, code, mtu)) = told else { return self.leave_error(packet) };
        let Some(bytes) = std::mem::take(&mut packet.bytes).get_mut(start..) else {
            return self.leave_error(packet);
        };
        let head = match ip::read_quoted_v4(bytes) {
            Ok(head) => head,
            Err(malformed) => return malformed.into(),
        };
        let error = match (kind, code) {
            (3, 4) => {
                let mtu = self.path_carries(quoted, mtu);
                if !head.dont_fragment {
                    return Verdict::Dropped(DropReason::NoAnswerDue);
                }
                // IPVS takes off the outer IP header only: where GRE or GUE take more, the next packet is told of that.
                icmp::Error::TooBig { mtu: mtu.saturating_sub(20) }
            }
            _ => icmp::Error::Relayed { kind, code },
        };
        // IPVS counts the message twice: as it came, without the outer headers, and as it leaves.
        let there = bytes.len();
        self.count_reply(id, there);
        let mut packet = Packet { bytes, head, ..Packet::empty() };
        let verdict =
            self.answer_error(error, Answer::TunnelError, &mut packet, inner.destination.addr, sink);
        if matches!(verdict, Verdict::Answered(_)) {
            self.count_reply(id, icmp::error_len(Family::V4, there));
        }
        verdict
    }

    /// An error about a tunnel, but about no connection, or too short to tell. Linux's GRE, unlike its IP in IP and GUE,
    /// needs to see no more than what every error quotes (RFC 792: the header and 8 bytes) to learn how much a path
    /// carries.
    fn leave_tunnel_error(&self, packet: &Packet<'_>, quoted: &QuotedTunnel) -> Verdict {
        if quoted.kind.0 == encap::GRE
            && packet.segment().len() >= icmp::LEN + quoted.header_len + 8
            && let Some((3, 4, mtu)) = icmp::read_error(packet.segment())
            && icmp::checksum_is_right(&packet.head, packet.segment())
        {
            self.path_carries(quoted, mtu);
        }
        self.leave_error(packet)
    }

    /// An error to the host or to a VIP that is about nothing of ours.
    fn leave_error(&self, packet: &Packet<'_>) -> Verdict {
        if self.view.claimed.contains(&packet.head.destination) {
            return Verdict::Dropped(DropReason::Icmp);
        }
        let is_vip = self.view.on_host.contains(&packet.head.destination);
        Verdict::Passed(if is_vip { PassReason::HostsPort } else { PassReason::NotVip })
    }

    /// A router says that the way to a tunnelled real server carries only so many bytes; returns what the client is to
    /// be told of it. All servers at that RIP learn it.
    fn path_carries(&self, quoted: &QuotedTunnel, reported: u32) -> u32 {
        let is_ours = self.view.network.host_addresses.contains(&quoted.source);
        let mut told = reported;
        for server in self.view.servers.iter().flatten() {
            if server.real.endpoint.addr != quoted.destination {
                continue;
            }
            let Some(hop) = server.hop else { continue };
            let path = &server.real.path_mtu;
            told = if is_ours {
                path.learn(reported, self.now, hop.mtu)
            } else {
                path.toward(self.now, hop.mtu)
            };
        }
        told
    }
}
