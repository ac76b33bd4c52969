use super::{HeldFrame, Refusal, Sent, Waiting};
use crate::frame::{FrameSink, MAX_HEAD, VnetHeader};
use crate::lvs::{Family, Mac};
use crate::service::{Network, NextHop};
use crate::time::Tick;
use crate::wire::ethernet;
use std::net::IpAddr;

/// The way out: where frames are queued, and where they wait while their next hop is unresolved.
#[derive(Debug)]
pub struct Egress<'d, K> {
    /// Links, routes and neighbours of this moment.
    pub network: &'d Network,
    /// Where frames go.
    pub sink: &'d mut K,
    /// Frames that wait for a neighbour.
    pub waiting: &'d mut Waiting,
    /// Now.
    pub now: Tick,
    /// Identification of the next outer IPv4 header.
    pub next_id: &'d mut u16,
    /// What a frame that has to wait is to be counted as when it leaves (the director's number for it).
    pub counts_as: u8,
    /// How many pieces (fragments, segments) of this packet wait already.
    pub held_pieces: usize,
}

impl<'f, K: FrameSink<'f>> Egress<'_, K> {
    /// Sends an IP packet, given as `head` (copied, may be empty) and `body` (sent from where it lies), to a next hop;
    /// or lets it wait if the next hop's MAC is unknown.
    pub(super) fn deliver(
        &mut self,
        hop: &NextHop,
        family: Family,
        vnet: &VnetHeader,
        head: &[u8],
        body: &'f [u8],
    ) -> Result<Sent, Refusal> {
        let link = self.network.link(hop.port).filter(|link| link.running).ok_or(Refusal::LinkDown)?;
        let kind = ethernet::Kind::of(family);
        let ethernet = ethernet::header(hop.mac.unwrap_or(Mac::ZERO), link.mac, kind);
        if hop.mac.is_some() && head.is_empty() {
            // Direct routing and NAT: nothing but the Ethernet header is new.
            self.sink.emit(hop.port, vnet, &ethernet, body).map_err(|_| Refusal::SinkFull)?;
            return Ok(Sent::Queued);
        }
        let mut whole = [0; MAX_HEAD];
        let place = whole.get_mut(..ethernet::LEN + head.len()).ok_or(Refusal::SinkFull)?;
        let (first, second) = place.split_at_mut(ethernet::LEN);
        first.copy_from_slice(&ethernet);
        second.copy_from_slice(head);
        if hop.mac.is_none() {
            if !self.waiting.hold(hop, vnet, place, body, self.counts_as, self.now) {
                self.waiting.take_back(hop, self.held_pieces);
                return Err(Refusal::WaitingFull);
            }
            self.held_pieces += 1;
            self.counts_as = HeldFrame::LATER_PIECE;
            return Ok(Sent::Held);
        }
        self.sink.emit(hop.port, vnet, place, body).map_err(|_| Refusal::SinkFull)?;
        Ok(Sent::Queued)
    }

    /// The way to an address over one of the director's interfaces that is up.
    pub fn way_to(&self, addr: IpAddr) -> Result<NextHop, Refusal> {
        self.network.way_to(addr).ok_or(Refusal::NoRoute)
    }

    /// A fresh identification for an IPv4 header.
    pub(super) fn take_id(&mut self) -> u16 {
        *self.next_id = self.next_id.wrapping_add(1);
        *self.next_id
    }

    /// A fresh identification for the fragments of an IPv6 packet.
    pub(super) fn take_v6_id(&mut self) -> u32 {
        self.now.0 << 16 | u32::from(self.take_id())
    }
}
