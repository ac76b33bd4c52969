//! A drain's deadline has passed, and its real server's connections are to end: each with its next packet, by a reset to
//! both sides.
//!
//! ```text
//!   C ── seq 1001 ack 5001 ──► director        what comes is not passed on
//!   C ◄───── RST seq 5001 ──── director        who sent it expects this very number (RFC 9293 §3.10.7)
//!            director ──── RST seq 1001 ──► S  and so does the other side
//! ```
//!
//! A reset that is ahead of or behind what its receiver has got so far is not believed (RFC 5961 §3.2): with direct routing
//! and tunnels more of the real server's octets may have come to the client meanwhile. So every segment is answered, not the
//! first one only: the client's last acknowledgement has the right number. What carries none (a SYN, another protocol's
//! packet) has nobody to be told: its entry is forgotten, and it is scheduled as if it were new.

use super::{Answer, Director, DropReason, Hop, Owed, Verdict};
use crate::conn::{ConnIndex, ShardGuard};
use crate::forward::{Packet, Refusal, Sent, answer, nat};
use crate::frame::FrameSink;
use crate::lvs::{Endpoint, Protocol};
use crate::service::{Server, ServerId};
use crate::wire::transport::{self, TcpFlags, Transport};

/// Does a segment with these flags say where both sides are? A reset ends the connection by itself.
const fn is_in_sequence(flags: TcpFlags) -> bool {
    flags.ack() && !flags.syn() && !flags.rst()
}

impl Director<'_> {
    /// A request of such a connection. True: it has ended, and the packet is as one of no connection. Else it goes on, as
    /// [`Packet::resets`] says: a client's reset as ever.
    #[cold]
    pub(super) fn ends_by_deadline(
        &self,
        server: &Server,
        shard: &mut ShardGuard<'_>,
        found: ConnIndex,
        (transport, packet): (&Transport, &mut Packet<'_>),
        owed: &mut Owed,
    ) -> bool {
        if transport.protocol == Protocol::Tcp && transport.flags.rst() {
            return false;
        }
        if transport.protocol != Protocol::Tcp || !is_in_sequence(transport.flags) {
            return self.expire(shard, found, owed);
        }
        end(server, shard, found, packet);
        false
    }

    /// The same for a NAT real server's segment, which is on its way whatever it is.
    #[cold]
    pub(super) fn end_reply_by_deadline(
        server: &Server,
        shard: &mut ShardGuard<'_>,
        found: ConnIndex,
        packet: &mut Packet<'_>,
    ) {
        if transport::read(Protocol::Tcp, packet.segment()).is_ok_and(|read| is_in_sequence(read.flags)) {
            end(server, shard, found, packet);
        }
    }

    /// Step 7 for a request that resets its connection.
    #[cold]
    pub(super) fn reset_toward_server<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        protocol: Option<Protocol>,
        hop: &Hop,
        sink: &mut K,
    ) -> Verdict {
        let told = self.tell_sender(packet, sink);
        let is_passed = packet.turn_into_reset()
            && self
                .pass_to_server(packet, protocol, hop, |_| Verdict::Held, sink)
                .is_ok_and(|(_, sent)| sent.is_ok());
        concluded(told, is_passed)
    }

    /// Step 7 for a reply that resets its connection. It counts as the packet that it was.
    #[cold]
    pub(super) fn reset_toward_client<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        virt: Endpoint,
        id: ServerId,
        sink: &mut K,
    ) -> Verdict {
        self.count_reply(id, packet.len_after_edit());
        packet.keeps_ttl = packet.from_host;
        let told = self.tell_sender(packet, sink);
        let is_passed = packet.turn_into_reset() && {
            let mut egress = self.egress(Verdict::Held, sink);
            nat::to_client(&mut egress, packet, Some(Protocol::Tcp), virt).is_ok()
        };
        concluded(told, is_passed)
    }

    fn tell_sender<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &Packet<'f>,
        sink: &mut K,
    ) -> Result<Option<Sent>, Refusal> {
        answer::reset(&mut self.egress(Verdict::Answered(Answer::DrainReset), sink), packet)
    }
}

/// It is over, and its packet becomes the resets that say so.
fn end(server: &Server, shard: &mut ShardGuard<'_>, found: ConnIndex, packet: &mut Packet<'_>) {
    if shard.abort(found) {
        server.real.set_active(false);
    }
    packet.resets = true;
}

/// One frame has one end: that of the reset to its sender, if there was one. (The other one, where it waits, counts as
/// nothing.)
fn concluded(told: Result<Option<Sent>, Refusal>, is_passed: bool) -> Verdict {
    match told {
        Ok(Some(Sent::Held)) => Verdict::Held,
        Ok(Some(Sent::Queued)) => Verdict::Answered(Answer::DrainReset),
        _ if is_passed => Verdict::Answered(Answer::DrainReset),
        Ok(None) => Verdict::Dropped(DropReason::NoAnswerDue),
        Err(refusal) => Verdict::Dropped(DropReason::of(refusal)),
    }
}
