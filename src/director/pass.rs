//! Health checks that go through the VIP: packets of this host's own, and what NAT real servers answer. They have a pass for
//! one real server, whatever service, scheduler and table say, leave no trace in these, and count for nobody.

use super::{Director, DropReason, Forwarded, Verdict};
use crate::forward::tunnel::Far;
use crate::forward::{Packet, direct_route, icmp_error, nat, tunnel};
use crate::frame::FrameSink;
use crate::lvs::{Endpoint, ForwardingMethod};
use crate::service::{Flow, Pass};
use crate::wire::icmp::{self, Quoted};
use crate::wire::transport::Transport;

impl Director<'_> {
    /// A packet that came through the door, or from a NAT real server's port; `None` if it has no pass.
    #[cold]
    pub(super) fn follow_pass<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        transport: &Transport,
        source: Endpoint,
        destination: Endpoint,
        sink: &mut K,
    ) -> Option<Verdict> {
        let protocol = transport.protocol;
        if packet.from_host {
            let flow = Flow { protocol, client: source, virt: destination };
            let pass = self.memory.passes.find(&flow)?;
            return pass.is_good(transport.flags.syn()).then(|| self.send_by_pass(packet, &pass, sink));
        }
        let flow = Flow { protocol, client: destination, virt: source };
        let pass = self.memory.passes.find_reply(&flow)?;
        if !pass.is_good(false) {
            return None;
        }
        let mut egress = self.egress(Verdict::Forwarded(Forwarded::Check), sink);
        let sent = nat::to_client(&mut egress, packet, Some(protocol), pass.flow.virt);
        Some(self.conclude(sent, packet, Forwarded::Check, sink))
    }

    /// To the real server, by its own method.
    fn send_by_pass<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        pass: &Pass,
        sink: &mut K,
    ) -> Verdict {
        let view = self.view;
        let (rip, method) = (pass.real.addr, pass.method);
        // The host delivers to itself, past the director: no answer would come back this way.
        if view.network.is_local(rip) {
            return Verdict::Dropped(DropReason::Method);
        }
        let Some(way) = view.network.way_to_server(rip, method) else {
            return Verdict::Dropped(DropReason::NoRoute);
        };
        let forwarded = Forwarded::Check;
        let mut egress = self.egress(Verdict::Forwarded(forwarded), sink);
        let sent = match method {
            ForwardingMethod::Nat => {
                nat::to_server(&mut egress, packet, Some(pass.flow.protocol), pass.real, &way)
            }
            ForwardingMethod::Tunnel => {
                let far = Far { tunnel: pass.tunnel, addr: rip, path_mtu: &pass.path_mtu };
                tunnel::send(&mut egress, packet, far, &way, view.tunables.pmtu_disc.is_on())
            }
            ForwardingMethod::DirectRoute => direct_route::send(&mut egress, packet, &way),
            ForwardingMethod::Local | ForwardingMethod::Bypass => {
                return Verdict::Dropped(DropReason::Method);
            }
        };
        if sent.is_ok() {
            pass.carry();
        }
        self.conclude(sent, packet, forwarded, sink)
    }

    /// An ICMP error about a check's packet to a NAT real server; `None` if it is about none.
    #[cold]
    pub(super) fn follow_pass_error<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        quoted: &Quoted,
        sink: &mut K,
    ) -> Option<Verdict> {
        let flow = Flow { protocol: quoted.protocol, client: quoted.source, virt: quoted.destination };
        let pass = self.memory.passes.find_reply(&flow).filter(|pass| pass.is_good(false))?;
        if !icmp::checksum_is_right(&packet.head, packet.segment()) {
            return Some(Verdict::Dropped(DropReason::BadChecksum));
        }
        let mut egress = self.egress(Verdict::Forwarded(Forwarded::Check), sink);
        let sent = icmp_error::to_client(&mut egress, packet, quoted, pass.flow.virt);
        Some(self.conclude(sent, packet, Forwarded::Check, sink))
    }
}
