//! The short way of a plain packet that opens a connection: to a service without persistence, whose scheduler is asked as ever.
//! It takes the steps of the long way in their order ([`super::admit`]), of which each that cannot be meant is left out.
//! Whatever is special goes the long way, before anything was changed; or from where it turned out to be, if only then: the
//! table is full, nobody may take it, its way out is not open as it is.

use super::admit::{Admission, Admitted, FTP, FTP_DATA, connection_port, no_server};
use super::classify::is_martian;
use super::plain::{leave_to_server, packet_of, transport_of};
use super::{Director, Hop, Owed, Verdict};
use crate::conn::{Event, NewConn, ShardGuard};
use crate::frame::{Frame, FrameSink, VnetHeader};
use crate::lvs::{Endpoint, PortId, Protocol};
use crate::service::{Flow, RealServer, VirtualService};
use crate::wire::plain::Plain;

impl<'w> Director<'w> {
    /// From a client to a VIP, of no known connection; `shard` is its client's.
    // Inlined it would make the way of known connections longer.
    #[inline(never)]
    pub(super) fn hurry_anew<'f, K: FrameSink<'f>>(
        &mut self,
        frame: Frame<'f>,
        plain: &Plain,
        vnet: VnetHeader,
        (flow, event): (&Flow, Event),
        mut shard: ShardGuard<'w>,
        sink: &mut K,
    ) -> Verdict {
        let view = self.view;
        let Some(service) = self.simple_service(plain, flow, frame.meta.port) else {
            let (mut packet, transport) = (packet_of(frame, plain, vnet), transport_of(plain));
            return self.serve(&mut packet, flow, &transport, event, Some(shard), sink);
        };
        let Some(server) = self.pick_server(service, flow, false) else {
            drop(shard);
            let refused = Err(no_server(service, flow));
            let (mut packet, transport) = (packet_of(frame, plain, vnet), transport_of(plain));
            return self.conclude_request(refused, &mut packet, flow, &transport, sink);
        };
        let (id, method) = (server.real.id, server.real.method());
        let real = Endpoint::new(server.real.endpoint.addr, connection_port(service, flow, &server.real));
        let new = NewConn { server: id, method, real };
        let Ok(advance) = shard.begin(flow, new, event, self.now, &view.timeouts) else {
            let chosen = (shard, service, &*server.real);
            return self.open_in_full_table(frame, plain, vnet, (flow, event), chosen, sink);
        };
        server.real.bind();
        drop(shard);
        if let Some(now_active) = advance.activity {
            server.real.set_active(now_active);
        }
        self.memory.tally.server(id, |stats| {
            stats.conns += 1;
            stats.in_pkts += 1;
            stats.in_bytes += plain.packet_len as u64;
        });
        let exit = server.hop.as_ref();
        let exit = exit.and_then(|way| self.exit_to_server(frame.bytes, plain, &vnet, method, real, way));
        let Some(exit) = exit else {
            let hop = Hop { server: id, method, real, way: server.hop, has_connection: true };
            let mut packet = packet_of(frame, plain, vnet);
            return self.send_to_server(&mut packet, Some(flow.protocol), &hop, sink);
        };
        leave_to_server(frame, plain, &vnet, method, real, &exit, sink)
    }

    /// The service of a packet that opens a connection, if nothing but its scheduler decides about that.
    #[inline]
    fn simple_service(&self, plain: &Plain, flow: &Flow, port: PortId) -> Option<&'w VirtualService> {
        let view = self.view;
        let opens = plain.protocol == Protocol::Udp
            || !plain.flags.rst() && (plain.flags.syn() || view.tunables.sloppy_tcp.is_on());
        // FTP's control connection is read along.
        let is_ftp = flow.client.port == FTP_DATA || flow.virt.port == FTP;
        if !opens
            || is_ftp
            || self.conns.expects_any_port()
            || view.tunables.hashes()
            || view.drop_packet.rate() != 0
            || is_martian(flow.client.addr, view)
        {
            return None;
        }
        let service = view.service_for(flow, port)?;
        let spec = &service.spec;
        let is_simple = spec.persistence.is_none() && !spec.one_packet && service.takes_port(flow.virt.port);
        is_simple.then_some(&**service)
    }

    /// The table is full: somebody may have to go.
    #[cold]
    fn open_in_full_table<'f, K: FrameSink<'f>>(
        &mut self,
        frame: Frame<'f>,
        plain: &Plain,
        vnet: VnetHeader,
        (flow, event): (&Flow, Event),
        (shard, service, server): (ShardGuard<'w>, &VirtualService, &RealServer),
        sink: &mut K,
    ) -> Verdict {
        let (mut packet, transport) = (packet_of(frame, plain, vnet), transport_of(plain));
        let mut owed = Owed::default();
        let hop = match self.bind(shard, service, flow, (server, None), &mut owed) {
            Ok(Admitted::Opened(shard, opened)) => self.follow(shard, opened, event, &mut packet, &mut owed),
            Ok(Admitted::OnePacket(_, hop)) => Ok(hop),
            Err(admission) => Err::<Hop, Admission>(admission),
        };
        owed.pay(self.view, self.conns);
        self.conclude_request(hop, &mut packet, flow, &transport, sink)
    }
}
