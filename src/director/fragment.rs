//! Fragments: they wait until their datagram is whole, which then takes the path of a frame (`ipvs.md` §4.7).
//!
//! Every fragment that waits is [`Verdict::Held`]. Of a datagram of n fragments, n - 1 end as [`Verdict::Joined`] and the
//! last one as what became of the datagram; of one that is given up, all are dropped by name, but for the first fragment
//! where its sender is told.

use super::classify::is_martian;
use super::{Answer, Director, DropReason, Verdict};
use crate::defrag::{Datagram, Fate, Piece, Refusal};
use crate::forward::{Joined, Packet};
use crate::frame::{Frame, FrameMeta, FrameSink, PacketType, VnetHeader};
use crate::lvs::PortId;
use crate::wire::fragment::Fragment;
use crate::wire::{ethernet, icmp, ip};

impl From<Refusal> for DropReason {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Duplicate => Self::FragmentDuplicate,
            Refusal::Overlap => Self::FragmentOverlap,
            Refusal::Length => Self::FragmentLength,
            Refusal::Ecn => Self::FragmentEcn,
            Refusal::NoRoom => Self::FragmentNoRoom,
            Refusal::Timeout => Self::FragmentTimeout,
        }
    }
}

impl Director<'_> {
    /// Lets a fragment wait for the others of its datagram. If it is the last, the datagram is put into
    /// [`Memory::joined`](super::Memory::joined).
    pub(super) fn keep_fragment(
        &mut self,
        port: PortId,
        ethernet: &[u8; ethernet::LEN],
        packet: &Packet<'_>,
        place: Fragment,
    ) -> Verdict {
        let piece = Piece { port, ethernet, packet: packet.bytes, head: packet.head, place };
        let (fate, given_up) = self.memory.defrag.take(&piece, self.now);
        let no_room = Verdict::Dropped(DropReason::FragmentNoRoom);
        self.memory.tally.count_many(no_room, u64::from(given_up));
        match fate {
            Fate::Kept => Verdict::Held,
            Fate::Whole(datagram) => {
                self.memory.joined.push(*datagram);
                Verdict::Held
            }
            Fate::Refused(why, others) => {
                let dropped = Verdict::Dropped(why.into());
                self.memory.tally.count_many(dropped, u64::from(others));
                dropped
            }
        }
    }

    /// Handles what [`Memory::joined`](super::Memory::joined) holds, as [`Director::handle`] does a frame. The caller counts
    /// the verdict, which is that of one of the datagram's frames; the others' have been counted.
    pub fn handle_joined<'f, K: FrameSink<'f>>(
        &mut self,
        datagram: &'f mut Datagram,
        sink: &mut K,
    ) -> Verdict {
        let others = u64::from(datagram.frames.saturating_sub(1));
        if datagram.is_late {
            self.memory.tally.count_many(Verdict::Dropped(DropReason::FragmentTimeout), others);
            return self.answer_late(&mut datagram.bytes, sink);
        }
        self.memory.tally.count_many(Verdict::Joined, others);
        let destination = ip_destination(&datagram.bytes);
        let is_routed = destination.is_none_or(|destination| !self.view.is_vip(destination));
        if !is_routed && destination.is_some_and(|destination| destination.is_ipv4()) {
            datagram.pieces.join_first(datagram.bytes.len().saturating_sub(ethernet::LEN));
        }
        let Datagram { port, bytes, pieces, .. } = datagram;
        let meta = FrameMeta {
            port: *port,
            packet_type: PacketType::Host,
            vlan: None,
            wire_len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            vnet: VnetHeader::default(),
            stamp_ns: 0,
        };
        self.guide(Frame { bytes, meta }, Some(Joined { pieces, is_routed }), sink)
    }

    /// A datagram of which something was still missing when its time was over: the sender is told, if its first fragment is
    /// there to be quoted (RFC 792, RFC 4443 §3.3).
    fn answer_late<'f, K: FrameSink<'f>>(&mut self, frame: &'f mut [u8], sink: &mut K) -> Verdict {
        let late = Verdict::Dropped(DropReason::FragmentTimeout);
        let bytes = frame.get_mut(ethernet::LEN..).unwrap_or_default();
        let head = match bytes.first().map(|byte| byte >> 4) {
            Some(4) => ip::read_v4(bytes),
            Some(6) => ip::read_v6(bytes),
            _ => return late,
        };
        let Ok(head) = head else { return late };
        let mut packet = Packet { bytes, head, ..Packet::empty() };
        let from = if self.view.claimed.contains(&head.destination) {
            Some(head.destination)
        } else if self.view.on_host.contains(&head.destination) {
            // The host has had these fragments too, and answers by itself.
            None
        } else {
            ip::decrement_ttl(packet.bytes, &packet.head);
            self.view.network.way_to(head.source).and_then(|way| way.source)
        };
        match from {
            Some(from) if !is_martian(head.source, self.view) => self.answer_error(
                icmp::Error::ReassemblyTimeExceeded,
                Answer::TimeExceeded,
                &mut packet,
                from,
                sink,
            ),
            _ => late,
        }
    }
}

/// Where the packet in an Ethernet frame goes.
fn ip_destination(frame: &[u8]) -> Option<std::net::IpAddr> {
    let packet = frame.get(ethernet::LEN..)?;
    match packet.first()? >> 4 {
        4 => packet.get(16..)?.first_chunk::<4>().map(|addr| (*addr).into()),
        _ => packet.get(24..)?.first_chunk::<16>().map(|addr| (*addr).into()),
    }
}

/// Are the fragments of this packet ours to put together: to a VIP; or, unless they go to the host, from a NAT real server
/// or to a network that rules mark? Later fragments have no ports, so more is taken than belongs to connections: what does
/// not is routed on.
pub(super) fn is_ours(head: &ip::IpHead, view: &crate::service::Snapshot) -> bool {
    let is_to_marked = || view.has_mark_services && view.marks.is_in_network(head.destination);
    view.is_vip(head.destination)
        || ((view.nat_hosts.contains(&head.source) || is_to_marked())
            && !view.network.host_addresses.contains(&head.destination)
            && !head.destination.is_multicast()
            && head.destination != std::net::IpAddr::V4(std::net::Ipv4Addr::BROADCAST))
}
